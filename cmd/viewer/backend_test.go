package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/engine"
)

// collect runs a backend and gathers what it hands over, until the test ends.
func collect(t *testing.T, b gui.Backend) (wait func(what string, ok func([]gui.Item) bool)) {
	t.Helper()
	var mu sync.Mutex
	var items []gui.Item
	more := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- b.Feed(ctx, func(_ context.Context, some []gui.Item) error {
			mu.Lock()
			items = append(items, some...)
			mu.Unlock()
			select {
			case more <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the feed ended with: %v", err)
		}
	})
	return func(what string, ok func([]gui.Item) bool) {
		t.Helper()
		late := time.After(patience)
		for {
			mu.Lock()
			good := ok(items)
			mu.Unlock()
			if good {
				return
			}
			select {
			case <-more:
			case err := <-done:
				done <- err
				t.Fatalf("the feed ended while the test waited for %s: %v", what, err)
			case <-late:
				t.Fatalf("the test waited in vain for %s", what)
			}
		}
	}
}

func comments(items []gui.Item) (n int) {
	for _, it := range items {
		if it.Event != nil && it.Event.Comment != nil {
			n++
		}
	}
	return n
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestALineOfItsOwnFeedsTheWindowAndServesARelay(t *testing.T) {
	p := startPlatform(t, busyRoom())
	l := newLocal(engine.Config{Archive: filepath.Join(t.TempDir(), "a.db"), Upstream: p.url, Log: quiet()}, "127.0.0.1:0")
	wait := collect(t, l)
	ctx := t.Context()
	if s, err := l.Join(ctx, room); err != nil || s.Room != room {
		t.Fatalf("%+v, %v", s, err)
	}
	wait("comments", func(items []gui.Item) bool { return comments(items) > 20 })
	wait("a state", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Status != nil && it.Status.State == event.StateOnline })
	})
	state, err := l.Serve(ctx, true)
	if err != nil || !state.On || l.State() != state {
		t.Fatalf("%+v, %v", state, err)
	}

	r, err := newRemote(&flags{Relay: state.URL}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	seen := collect(t, r)
	seen("comments through the relay", func(items []gui.Item) bool { return comments(items) > 5 })
	seen("the room through the relay", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Status != nil && it.Status.Room == room })
	})
	comparePasts(t, l, r)
	if _, err := r.Coverage(ctx, room, 1, event.At(time.Now())); err != nil {
		t.Error(err)
	}
	if _, err := l.Coverage(ctx, room, 1, event.At(time.Now())); err != nil {
		t.Error(err)
	}
	if err := r.Leave(ctx, room); err != nil {
		t.Error(err)
	}
	seen("the end of the room", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Left == room })
	})
	if s, err := l.Serve(ctx, false); err != nil || s.On || l.State().On {
		t.Errorf("switched off: %+v, %v", s, err)
	}
	seen("the end of the relay", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Link != nil && !it.Link.Online })
	})
}

// comparePasts asks the archive and the relay in front of it the same, of the time
// up to now: the room goes on meanwhile.
func comparePasts(t *testing.T, l *local, r *remote) {
	t.Helper()
	now := event.At(time.Now())
	var before int64
	for e, err := range l.Query(t.Context(), event.Filter{To: now, Newest: true, ByClock: true, Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		before = e.Seq
	}
	for _, f := range []event.Filter{
		{Rooms: []event.RoomID{room}, To: now, Before: before, Newest: true, ByClock: true, Limit: 7},
		{Rooms: []event.RoomID{room}, Kinds: []event.Kind{event.KindComment, event.KindGift}, To: now, Before: before, Newest: true, ByClock: true},
		{Rooms: []event.RoomID{room}, From: now - 60_000, To: now, ByClock: true},
	} {
		seqs := func(a gui.Archive) (out []int64) {
			var last event.Event
			for e, err := range a.Query(t.Context(), f) {
				if err != nil {
					t.Fatal(err)
				}
				if len(out) > 0 && (f.Newest && e.At > last.At || !f.Newest && e.At < last.At) {
					t.Errorf("%+v: event %d of %d comes behind one of %d", f, e.Seq, e.At, last.At)
				}
				last = e
				out = append(out, e.Seq)
			}
			if !f.Newest {
				slices.Sort(out) // in a moment there is no order
			}
			return out
		}
		mine, theirs := seqs(l), seqs(r)
		for again := seqs(l); !slices.Equal(mine, again); again = seqs(l) { // something old has come
			mine, theirs = again, seqs(r)
		}
		if len(mine) == 0 || !slices.Equal(mine, theirs) {
			t.Errorf("%+v: the archive says %v, the relay %v", f, mine, theirs)
		}
	}
}

func TestADemoStartedByAClickBringsItsOwnArchive(t *testing.T) {
	l := newLocal(engine.Config{Log: quiet()}, "127.0.0.1:0")
	wait := collect(t, l)
	if err := l.startDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait("comments", func(items []gui.Item) bool { return comments(items) > 5 })
	n := 0
	for _, err := range l.Query(t.Context(), event.Filter{Limit: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d events in the demo's archive", n)
	}
	if len(l.hosts()) != 1 {
		t.Errorf("pictures may come from %v", l.hosts())
	}
}

func TestARelayThatCannotBeReachedIsTold(t *testing.T) {
	r, err := newRemote(&flags{Relay: "127.0.0.1:1"}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	wait := collect(t, r)
	wait("the news", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool {
			return it.Link != nil && !it.Link.Online && it.Link.Err != "" && it.Link.Until > 0
		})
	})
}
