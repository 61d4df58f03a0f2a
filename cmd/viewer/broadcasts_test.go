package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/gui/model"
	"danmaku/internal/engine"
)

func TestThePastIsTheSameThroughARelay(t *testing.T) {
	p := startPlatform(t, busyRoom())
	dir := t.TempDir()
	from := keepBroadcast(t, filepath.Join(dir, "a.db"))
	l := newLocal(engine.Config{Archive: filepath.Join(dir, "a.db"), Upstream: p.url, Log: quiet()}, "127.0.0.1:0")
	collect(t, l)
	ctx, to := t.Context(), from+600_000
	state, err := l.Serve(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRemote(&flags{Relay: state.URL}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := l.Rooms(ctx)
	if err != nil || len(rooms) != 1 || rooms[0].Room != room || rooms[0].Events != 600+15*12+3 {
		t.Errorf("rooms: %+v, %v", rooms, err)
	}
	type answers struct {
		told  []model.Broadcast
		steps []model.Step
		marks []model.Highlight
		seqs  []int64
		file  []byte
	}
	ask := func(a gui.Archive, name string) (x answers) {
		t.Helper()
		var errs [4]error
		x.told, errs[0] = a.Broadcasts(ctx, room)
		x.steps, errs[1] = a.Timeline(ctx, room, from, to, 60_000)
		x.marks, errs[2] = a.Highlights(ctx, room, from, to)
		for e, err := range a.Replay(ctx, room, from, to) {
			if err != nil {
				t.Fatal(err)
			}
			x.seqs = append(x.seqs, e.Seq)
		}
		file := filepath.Join(dir, name)
		told := 0
		_, errs[3] = a.Export(ctx, gui.Export{Format: gui.FormatJSONL, File: file, Room: room, From: from, To: to}, func(gui.Progress) { told++ })
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if told == 0 {
			t.Errorf("%s: no progress was told", name)
		}
		x.file, err = os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	mine, theirs := ask(l, "mine.jsonl"), ask(r, "theirs.jsonl")
	if !reflect.DeepEqual(mine.told, theirs.told) || len(mine.told) != 1 || mine.told[0].Title != "歌回" || mine.told[0].From != from || mine.told[0].To != to {
		t.Errorf("broadcasts: %+v, through the relay %+v", mine.told, theirs.told)
	}
	if !reflect.DeepEqual(mine.steps, theirs.steps) || len(mine.steps) < 10 {
		t.Errorf("steps: %+v, through the relay %+v", mine.steps, theirs.steps)
	}
	if !reflect.DeepEqual(mine.marks, theirs.marks) || len(mine.marks) != 1 || mine.marks[0].Peak < from+290_000 || mine.marks[0].Peak > from+320_000 {
		t.Errorf("highlights: %+v, through the relay %+v", mine.marks, theirs.marks)
	}
	if !reflect.DeepEqual(mine.seqs, theirs.seqs) || len(mine.seqs) < 780 {
		t.Errorf("%d events of a replay, through the relay %d", len(mine.seqs), len(theirs.seqs))
	}
	if !bytes.Equal(mine.file, theirs.file) || bytes.Count(mine.file, []byte("\n")) < 780 {
		t.Errorf("files of %d and %d bytes", len(mine.file), len(theirs.file))
	}
	if _, err := r.Export(ctx, gui.Export{Format: gui.FormatXML, File: filepath.Join(dir, "x"), Room: room, Anonymise: true}, nil); !errors.Is(err, gui.ErrCannotHide) {
		t.Errorf("pseudonyms through a relay: %v", err)
	}
	exportRefusals(t, l, dir, from, to)
}

// exportRefusals checks that an export that does not come about leaves the
// folder as it was.
func exportRefusals(t *testing.T, l *local, dir string, from, to event.Millis) {
	t.Helper()
	x := gui.Export{Format: gui.FormatXML, File: filepath.Join(dir, "mine.jsonl"), Room: room, From: from, To: to}
	if _, err := l.Export(t.Context(), x, func(gui.Progress) {}); !errors.Is(err, gui.ErrFileExists) {
		t.Errorf("over a file: %v", err)
	}
	x.File = filepath.Join(dir, "no folder", "a.xml")
	if _, err := l.Export(t.Context(), x, func(gui.Progress) {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into no folder: %v", err)
	}
	x.File = filepath.Join(dir, "stopped.xml")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := l.Export(ctx, x, func(gui.Progress) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	cancel()
	if left, _ := filepath.Glob(filepath.Join(dir, "*stopped*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	x.Anonymise = true
	if done, err := l.Export(t.Context(), x, func(gui.Progress) {}); err != nil || done.Events != 600+15*12 {
		t.Errorf("with pseudonyms: %+v, %v", done, err)
	} else if b, _ := os.ReadFile(x.File); bytes.Contains(b, []byte("观众7")) {
		t.Error("a name is in the file")
	}
}

func TestBroadcastsAreWorkedOutOfWhatWasTold(t *testing.T) {
	live := func(at event.Millis, session string) event.Event {
		return event.Event{At: at, Live: &event.Live{Session: session}}
	}
	off := func(at event.Millis) event.Event { return event.Event{At: at, Offline: &event.Offline{}} }
	title := func(at event.Millis, s string) event.Event {
		return event.Event{At: at, RoomInfo: &event.RoomInfo{Title: s}}
	}
	got := told(5, []event.Event{title(1, "one"), live(10, "a"), live(11, "a"), off(20), live(22, "a"), off(30), off(31), title(35, "two"), live(40, "b"), live(50, "c"), title(55, "three")})
	want := []model.Broadcast{{Room: 5, Title: "one", From: 10, To: 30}, {Room: 5, Title: "two", From: 40, To: 50}, {Room: 5, Title: "three", From: 50}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
}

func TestAnEarlierRelayIsAskedInAnotherWayAndThatIsSaid(t *testing.T) {
	p := startPlatform(t, busyRoom())
	dir := t.TempDir()
	from := keepBroadcast(t, filepath.Join(dir, "a.db"))
	l := newLocal(engine.Config{Archive: filepath.Join(dir, "a.db"), Upstream: p.url, Rooms: []event.RoomID{room}, Log: quiet()}, "127.0.0.1:0")
	wait := collect(t, l)
	wait("comments", func(items []gui.Item) bool { return comments(items) > 0 })
	state, err := l.Serve(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(state.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/v1/broadcasts" {
			http.NotFound(w, q)
			return
		}
		q.Host = u.Host
		proxy.ServeHTTP(w, q)
	}))
	defer old.Close()
	r, err := newRemote(&flags{Relay: old.URL}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(r.Lacks(), gui.LacksRooms) {
		t.Error("it is said before it is known")
	}
	rooms, err := r.Rooms(t.Context())
	if err != nil || len(rooms) != 1 || rooms[0].Room != room || !slices.Contains(r.Lacks(), gui.LacksRooms) {
		t.Errorf("rooms %+v, %v; lacking %v", rooms, err, r.Lacks())
	}
	list, err := r.Broadcasts(t.Context(), room)
	if err != nil || len(list) == 0 || list[0].Title != "歌回" || list[0].From != from {
		t.Errorf("broadcasts %+v, %v", list, err)
	}
}

func TestARelayWithoutAnArchiveSaysSo(t *testing.T) {
	l := newLocal(engine.Config{Log: quiet()}, "127.0.0.1:0")
	collect(t, l)
	state, err := l.Serve(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRemote(&flags{Relay: state.URL}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rooms(t.Context()); !errors.Is(err, gui.ErrNoArchive) {
		t.Errorf("rooms: %v", err)
	}
	for _, err := range r.Query(t.Context(), event.Filter{Newest: true, Text: "草"}) {
		if !errors.Is(err, gui.ErrNoArchive) {
			t.Errorf("search: %v", err)
		}
	}
}
