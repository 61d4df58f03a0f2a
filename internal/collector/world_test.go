package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/hub"
	"danmaku/internal/live"
	"danmaku/internal/simroom"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		var left string
		buf := make([]byte, 1<<20)
		for late := time.Now().Add(time.Minute); time.Now().Before(late); { // what is just ending gets a moment
			_, left, _ = strings.Cut(string(buf[:runtime.Stack(buf, true)]), "\n\n") // the first is this one
			if !strings.Contains(left, "danmaku/") {
				os.Exit(0)
			}
			runtime.Gosched()
		}
		fmt.Fprintf(os.Stderr, "goroutines left over:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// world is a simulated platform with a collector watching it, all in one
// synctest bubble.
type world struct {
	t        *testing.T
	platform *simroom.Server
	client   *bilibili.Client
	hub      *hub.Hub
	c        *Collector
	log      *lockedBuffer
	stop     func() // ends the collector and waits for it

	mu    sync.Mutex
	items []hub.Item // all that was published
}

type worldConfig struct {
	sim       simroom.Config
	archive   Archive
	budget    *bilibili.Budget
	cookies   bilibili.Cookies
	redundant bool
	keep      bool           // keep what was published
	dialed    func(net.Conn) // is handed each connection to a comment server; nil: nobody is
}

func newWorld(t *testing.T, wc worldConfig) *world {
	t.Helper()
	w := &world{t: t, hub: hub.New(hub.Options{}), log: &lockedBuffer{}}
	var err error
	if w.platform, err = simroom.New(wc.sim); err != nil {
		t.Fatal(err)
	}
	pipe := simroom.NewPipe()
	server := &http.Server{Handler: w.platform.Handler()}
	platformCtx, stopPlatform := context.WithCancel(context.Background())
	var platform sync.WaitGroup
	platform.Go(func() { w.platform.Run(platformCtx) })
	platform.Go(func() { server.Serve(pipe) })

	if wc.budget == nil {
		wc.budget = bilibili.NewBudget(1000, 1000)
	}
	transport := &http.Transport{DialContext: pipe.Dial}
	if w.client, err = bilibili.New(bilibili.Config{Upstream: "http://platform.test:80", Transport: transport, Budget: wc.budget, Cookies: wc.cookies}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	w.c = New(Config{Archive: wc.archive, Hub: w.hub, Log: log, Session: func(event.RoomID) live.Config {
		return live.Config{
			Lookup: w.client.Room,
			Resolve: func(ctx context.Context, room event.RoomID) (live.Endpoint, error) {
				e, err := w.client.Endpoint(ctx, room)
				return live.Endpoint(e), err
			},
			Backlog: func(ctx context.Context, room event.RoomID) (live.Backlog, error) {
				b, err := w.client.Backlog(ctx, room)
				return live.Backlog(b), err
			},
			Pace: w.client.Budget().Dial, Redundant: wc.redundant,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := pipe.Dial(ctx, network, address)
				if err == nil && wc.dialed != nil {
					wc.dialed(conn)
				}
				return conn, err
			},
		}
	}})
	ctx, cancel := context.WithCancel(context.Background())
	var running, reading sync.WaitGroup
	running.Go(func() {
		if err := w.c.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		w.hub.Close()
	})
	if wc.keep {
		cursor := w.hub.Subscribe(0)
		reading.Go(func() {
			for {
				batch, err := cursor.Next(context.Background())
				if err != nil {
					if !errors.Is(err, hub.ErrClosed) {
						t.Errorf("reading the hub: %v", err)
					}
					return
				}
				w.mu.Lock()
				w.items = append(w.items, batch...)
				w.mu.Unlock()
			}
		})
	}
	w.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		reading.Wait()
	})
	t.Cleanup(func() {
		w.stop()
		transport.CloseIdleConnections()
		stopPlatform()
		server.Close()
		platform.Wait()
	})
	return w
}

func (w *world) join(room event.RoomID) event.Status {
	w.t.Helper()
	s, err := w.c.Join(w.t.Context(), room)
	if err != nil {
		w.t.Fatalf("join %d: %v", room, err)
	}
	return s
}

// published returns the items published so far.
func (w *world) published() []hub.Item {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.items)
}

// told are the gaps and states published so far, in words.
func (w *world) told() (gaps []event.Gap, states []string) {
	for _, i := range w.published() {
		switch {
		case i.Gap != nil:
			gaps = append(gaps, *i.Gap)
		case i.Status != nil:
			states = append(states, fmt.Sprintf("%d %s", i.Status.Room, i.Status.State))
		}
	}
	return gaps, states
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// memory is an archive in memory that can be made to fail.
type memory struct {
	mu     sync.Mutex
	broken error
	events []event.Event
	keys   map[string]bool
	spans  []memorySpan
	alive  int
	names  []event.Status // as described
}

type memorySpan struct {
	room     event.RoomID
	from, to event.Millis
	open     bool
	cause    event.Cause
}

func (a *memory) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = err
}

func (a *memory) Append(_ context.Context, batch []event.Event) ([]event.Event, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return nil, a.broken
	}
	if a.keys == nil {
		a.keys = map[string]bool{}
	}
	var stored []event.Event
	for _, e := range batch {
		if s := a.span(e.Room); s != nil {
			s.to = max(s.to, e.Received)
		}
		key := fmt.Sprint(e.Room, e.Key)
		if e.Key != "" && a.keys[key] {
			continue
		}
		a.keys[key] = true
		e.Seq = int64(len(a.events) + 1)
		a.events = append(a.events, e)
		stored = append(stored, e)
	}
	return stored, nil
}

// span is the room's open one.
func (a *memory) span(room event.RoomID) *memorySpan {
	for i := len(a.spans) - 1; i >= 0; i-- {
		if s := &a.spans[i]; s.room == room && s.open {
			return s
		}
	}
	return nil
}

func (a *memory) Online(_ context.Context, room event.RoomID, at event.Millis) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if a.span(room) != nil {
		panic("online twice")
	}
	a.spans = append(a.spans, memorySpan{room: room, from: at, to: at, open: true})
	return nil
}

func (a *memory) Alive(_ context.Context, room event.RoomID, at event.Millis) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	a.alive++
	a.span(room).to = at
	return nil
}

func (a *memory) Gone(_ context.Context, room event.RoomID, at event.Millis, cause event.Cause, _ string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	s := a.span(room)
	if s == nil { // a new cause for the gap
		a.spans = append(a.spans, memorySpan{room: room, from: at, to: at, cause: cause})
		return nil
	}
	s.to, s.open, s.cause = max(s.from, at), false, cause
	return nil
}

func (a *memory) Describe(_ context.Context, s event.Status, _ event.Millis) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	a.names = append(a.names, s)
	return nil
}

// coverage are the spans, as seconds since start.
func (a *memory) coverage(start time.Time, room event.RoomID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var b strings.Builder
	for _, s := range a.spans {
		if s.room != room {
			continue
		}
		end := string(s.cause)
		if s.open {
			end = "open"
		}
		fmt.Fprintf(&b, "[%.1f %.1f %s]", s.from.Time().Sub(start).Seconds(), s.to.Time().Sub(start).Seconds(), end)
	}
	return b.String()
}

func (a *memory) all() []event.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.events)
}
