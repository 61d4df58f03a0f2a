package gui

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"danmaku/event"
	"danmaku/gui/model"
)

// TestMain fails when a test left a goroutine of ours running.
func TestMain(m *testing.M) {
	debug.SetGCPercent(50) // every test has the toolkit read its fonts anew, twenty megabytes
	test.NewApp()          // its own goroutines stay
	before := runtime.NumGoroutine()
	code := m.Run()
	deadline := time.Now().Add(time.Minute)
	for runtime.NumGoroutine() > before+4 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); code == 0 && n > before+4 {
		buf := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "%d goroutines before, %d after:\n%s", before, n, buf[:runtime.Stack(buf, true)])
		code = 1
	}
	os.Exit(code)
}

// fakeBackend hands over what a test gives it.
type fakeBackend struct {
	items  chan []Item
	joined chan event.RoomID
	left   chan event.RoomID
	err    error // of Join
	state  event.State
}

func newFakeBackend() *fakeBackend {
	return &fakeBackend{items: make(chan []Item), joined: make(chan event.RoomID, 8), left: make(chan event.RoomID, 8)}
}

func (b *fakeBackend) Feed(ctx context.Context, put func(context.Context, []Item) error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case items := <-b.items:
			if err := put(ctx, items); err != nil {
				return err
			}
		}
	}
}

func (b *fakeBackend) Join(_ context.Context, id event.RoomID) (event.Status, error) {
	b.joined <- id
	return event.Status{Room: id, State: cmp.Or(b.state, event.StateConnecting)}, b.err
}

func (b *fakeBackend) Leave(_ context.Context, id event.RoomID) error {
	b.left <- id
	return nil
}

// fakeArchive is a past made by hand, oldest first. Its other answers are in
// past_test.go.
type fakeArchive struct {
	events []event.Event
	told   []model.Broadcast
	lacks  []Lack
	err    error // of every question
	export func(context.Context, Export, func(Progress)) (Exported, error)
}

func (a *fakeArchive) Query(_ context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		n := 0
		if a.err != nil {
			yield(event.Event{}, a.err)
			return
		}
		events := a.events
		if f.ByClock {
			events = slices.Clone(events)
			slices.SortStableFunc(events, func(a, b event.Event) int { return cmp.Compare(a.At, b.At) })
		}
		behind := f.Before == 0
		for i := range events {
			e := events[i]
			if f.Newest {
				e = events[len(events)-1-i]
			}
			if e.Seq == f.Before {
				behind = true
				continue
			}
			if !f.Match(&e) || f.Newest && !behind || !f.Newest && f.Before != 0 && e.Seq > f.Before {
				continue
			}
			if n++; f.Limit > 0 && n > f.Limit || !yield(e, nil) {
				return
			}
		}
	}
}

func (a *fakeArchive) Coverage(context.Context, event.RoomID, event.Millis, event.Millis) (event.Coverage, error) {
	return event.Coverage{}, nil
}

// newTestApp starts a toolkit without a screen, whose fonts go with it.
func newTestApp(t testing.TB) fyne.App {
	t.Helper()
	t.Cleanup(forgetFonts)
	return test.NewTempApp(t)
}

// newTestWindow makes a window of a size in a language, on no screen.
func newTestWindow(t testing.TB, c Config, width, height float32) *Window {
	t.Helper()
	app := newTestApp(t)
	if c.Backend == nil {
		c.Backend = newFakeBackend()
	}
	c.App, c.Log, c.SettingsDir = app, slog.New(slog.DiscardHandler), t.TempDir()
	w := New(c)
	queue := make(chan func(), 1024)
	w.do = func(f func()) { queue <- f }
	queues[w] = queue
	t.Cleanup(func() { delete(queues, w) })
	w.window.Resize(fyne.NewSize(width, height))
	return w
}

// savedSettings are those the next start would find.
func savedSettings(t testing.TB, w *Window) Settings {
	t.Helper()
	f := settingsIn(w.cfg.SettingsDir)
	s, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// queues hold what other goroutines want done on the one that draws.
var queues = map[*Window]chan func(){}

// waitFor does what other goroutines ask for until ok.
func waitFor(t *testing.T, w *Window, ok func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	for !ok() {
		select {
		case f := <-queues[w]:
			f()
		case <-late:
			t.Fatal("it never came about")
		}
	}
}

const testRoom = event.RoomID(21452505)

func liveStatus(id event.RoomID) Item {
	return Item{Status: &event.Status{Room: id, State: event.StateOnline, Live: true, Title: "标题", Streamer: fmt.Sprint("主播", id), Archived: true}}
}

func commentItem(n int, text string) Item {
	now := event.At(time.Now())
	return Item{Event: &event.Event{Room: testRoom, Kind: event.KindComment, Key: fmt.Sprint("dm:", n), At: now, Received: now,
		User: &event.User{ID: fmt.Sprint(n), Name: fmt.Sprint("观众", n)}, Comment: &event.Comment{Text: text, Color: "#ffffff"}}}
}

// give hands items to the window, and draws frames until it has come to rest.
func give(t *testing.T, w *Window, items ...Item) {
	t.Helper()
	if err := w.inbox.put(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	w.frame(now)
	w.eachSecond()
	w.frame(now.Add(time.Second))
	w.frame(now.Add(2 * time.Second))
}
