package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"danmaku/event"
)

func TestASecondStartTellsTheFirstAndEnds(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), strings.Repeat("long", 30))} {
		first, err := claim(t.Context(), dir, "viewer", call{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		heard, ended := make(chan call, 4), make(chan struct{})
		go func() {
			defer close(ended)
			first.Run(ctx, func(c call) { heard <- c })
		}()
		want := call{Rooms: []event.RoomID{1, 22}}
		if _, err := claim(t.Context(), dir, "viewer", want); !errors.Is(err, errRunning) {
			t.Fatalf("the second claim: %v", err)
		}
		if got := <-heard; !reflect.DeepEqual(got, want) {
			t.Errorf("heard %+v", got)
		}
		other, err := claim(t.Context(), dir, instanceName("http://relay"), call{})
		if err != nil {
			t.Errorf("a claim to something else: %v", err)
		} else {
			other.close()
		}
		cancel()
		<-ended
		again, err := claim(t.Context(), dir, "viewer", call{})
		if err != nil {
			t.Fatalf("after the first has ended: %v", err)
		}
		again.close()
	}
}

func TestASocketLeftBehindIsNoHindrance(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(socketAddress(dir, "viewer"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	i, err := claim(t.Context(), dir, "viewer", call{})
	if err != nil {
		t.Fatal(err)
	}
	i.close()
}
