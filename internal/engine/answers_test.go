package engine

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/internal/relay"
	"danmaku/store"
)

func TestExportsForAVideoAreInTheOrderOfTime(t *testing.T) {
	a, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const start = event.Millis(1700000000000)
	said := func(text string, at event.Millis) event.Event {
		return event.Event{Key: "dm:" + text, Platform: event.Bilibili, Room: 7, Kind: event.KindComment, Cmd: "DANMU_MSG", At: at, Received: at,
			User: &event.User{ID: "1", Name: "观众"}, Comment: &event.Comment{Text: text, Mode: "scroll", Color: "#ffffff", Size: 25}}
	}
	// The recording of an earlier hour was imported later.
	for _, e := range []event.Event{said("later", start+3_600_000), said("last", start+7_200_000), said("earlier", start)} {
		if _, err := a.Append(t.Context(), []event.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	e := &Engine{Archive: a}
	for format, want := range map[string][]string{
		"xml": {"earlier", "later", "last"}, "ass": {"earlier", "later", "last"}, "jsonl": {"later", "last", "earlier"},
	} {
		var b bytes.Buffer
		if err := e.export(context.Background(), &b, relay.Export{Format: format, Filter: event.Filter{Rooms: []event.RoomID{7}}}); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		at := -1
		for _, text := range want {
			i := strings.Index(b.String(), text)
			if i <= at {
				t.Errorf("%s: %q stands at %d, behind what is to follow it:\n%s", format, text, i, b.String())
			}
			at = i
		}
	}
}
