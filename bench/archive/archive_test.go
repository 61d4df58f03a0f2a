package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/store"
)

// TestEverySectionIsMeasured runs the whole program on a small archive. That the
// search finds what a scan finds is part of it.
func TestEverySectionIsMeasured(t *testing.T) {
	var out bytes.Buffer
	err := bench(&out, "", config{rows: 1200, rounds: 1, comments: 3000, repeat: 1, dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"store / C", "never together", "100 %", "bytes a comment", "events/s"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing of %q in:\n%s", want, &out)
		}
	}
}

// TestTheRowsOfCAreThoseOfTheStore compares the archives that both sides wrote.
func TestTheRowsOfCAreThoseOfTheStore(t *testing.T) {
	t.Run("searched by FTS4's own insertion", func(t *testing.T) { testRowsOfC(t, false) })
	t.Run("by the very statements of the store", func(t *testing.T) { testRowsOfC(t, true) })
}

func testRowsOfC(t *testing.T, very bool) {
	dir := t.TempDir()
	events := newTraffic(2, 3, 100).many(1100, anything, false)
	r, err := record(filepath.Join(dir, "store.db"), events, 100, very)
	if err != nil {
		t.Fatal(err)
	}
	l, err := openLimit(filepath.Join(dir, "c.db"), r)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if err := l.run(1 + 11); err != nil {
		t.Fatal(err)
	}
	if int(l.done) != len(r.ops) {
		t.Errorf("%d of %d bytes of the recording are used", l.done, len(r.ops))
	}
	for _, f := range []event.Filter{{}, {Text: "哈哈"}, {Text: "6"}, {Kinds: []event.Kind{event.KindSuperChat}}} {
		a, b := found(t, filepath.Join(dir, "store.db"), f), found(t, filepath.Join(dir, "c.db"), f)
		if a != b || a == "" {
			t.Errorf("%+v: the store's archive gives\n%s\nthat of C\n%s", f, a, b)
		}
	}
}

func found(t *testing.T, path string, f event.Filter) string {
	t.Helper()
	a, err := store.OpenReadOnly(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var b strings.Builder
	for e, err := range a.Query(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		j, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(j, '\n'))
	}
	return b.String()
}
