// Package relay is the HTTP face of danmaku: the live feed over WebSocket, SSE,
// NDJSON and polling, the archive's queries, the platform's own protocol for
// existing clients, the overlay page and the dashboard, and what operators
// need.
//
// Every way to subscribe reads the same shared logs: an event is encoded once,
// a distinct filter is applied once, and a slow reader costs nobody anything.
package relay

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"danmaku/event"
	"danmaku/internal/fanout"
	"danmaku/internal/hub"
)

// History is what the relay asks the archive; the store's Archive is one.
type History interface {
	// Query gives matching events in ascending order of Seq, or newest first.
	Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error]
	Coverage(ctx context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error)
	// LastSeq is the highest position that is committed; 0: none.
	LastSeq(ctx context.Context) (int64, error)
	// ID tells archives apart.
	ID() string
}

// Rooms is what the relay asks the sessions; the collector is one.
type Rooms interface {
	Rooms() []event.Status
	Join(ctx context.Context, room event.RoomID) (event.Status, error)
	Leave(ctx context.Context, room event.RoomID) error
}

// Config is what a Relay works with. Hub is required.
type Config struct {
	Hub     *hub.Hub
	History History // nil: there is no archive
	Rooms   Rooms   // nil: rooms cannot be listed, joined or left
	Log     *slog.Logger
	Version string // of the program, for pages and metrics

	// Tokens, if not nil, are asked of every request; see ParseTokens.
	Tokens *Tokens
	// AllowOrigins are origins of web pages besides the relay's own that may
	// read from it ("https://example.com"; "*": all), and by their host names
	// also names that the relay may be addressed by.
	AllowOrigins []string

	// Timeline answers /v1/timeline, Broadcasts answers /v1/broadcasts with the
	// rooms of the archive and the broadcasts of one of them, and Export writes
	// what /v1/export asks for; nil: there is no archive. Stats adds numbers of the
	// rest of the program to /metrics.
	Timeline   func(ctx context.Context, room event.RoomID, from, to event.Millis, step time.Duration) (any, error)
	Broadcasts func(ctx context.Context, room event.RoomID, from, to event.Millis) (rooms, broadcasts any, err error)
	Export     func(ctx context.Context, w io.Writer, e Export) error
	Stats      func() []Stat

	// Subscribers bounds the streams at the same time, PerAddress those of one
	// address that is not this machine's; zero: 50,000 and 128.
	Subscribers, PerAddress int

	// Stuck and Ping are fanout's; zero takes its defaults. Portable switches
	// the epoll loops off.
	Stuck, Ping time.Duration
	Portable    bool
}

// Relay serves one hub's events. Make it with New, have Run running, and serve
// Handler.
type Relay struct {
	config  Config
	log     *slog.Logger
	feeds   *feeds
	pieces  pieces
	sockets *fanout.Server
	mux     *http.ServeMux
	handler http.Handler
	slots   chan struct{} // archive queries of HTTP streams at the same time
	exports chan struct{} // exports at the same time

	started  chan struct{} // closed when Run serves
	start    sync.Once
	draining context.Context // ends when streams are to end
	drain    context.CancelFunc
	streams  streams
	count    counters
	guests   atomic.Uint64 // numbers those whom a dialect gives names
	since    time.Time
	speakUp  time.Duration // firstWord; tests on a busy machine take more

	subscribed tally // streams
	conns      tally // connections before they become one
}

// New makes a relay; it starts nothing.
func New(c Config) *Relay {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Subscribers <= 0 {
		c.Subscribers = defaultSubscribers
	}
	if c.PerAddress <= 0 {
		c.PerAddress = defaultPerAddress
	}
	r := &Relay{
		config:  c,
		log:     c.Log,
		feeds:   newFeeds(),
		sockets: fanout.NewServer(fanout.Options{Portable: c.Portable, Stuck: c.Stuck, Ping: c.Ping}),
		mux:     http.NewServeMux(),
		slots:   make(chan struct{}, 4),
		exports: make(chan struct{}, 2),
		started: make(chan struct{}),
		since:   time.Now(),
		speakUp: firstWord,
	}
	r.draining, r.drain = context.WithCancel(context.Background())
	r.feeds.wake = r.sockets.Wake
	r.routes()
	return r
}

// drainTime is how long subscribers may take to get what is published and the
// closing message when the relay stops.
const drainTime = 5 * time.Second

// Run moves events from the hub to the subscribers until the hub is closed or
// ctx ends. Then every subscriber gets what is published so far and is closed
// with 1001, and Run returns when all are gone or have had five seconds.
func (r *Relay) Run(ctx context.Context) error {
	err := errors.New("relay: Run called twice")
	r.start.Do(func() { err = r.run(ctx) })
	return err
}

func (r *Relay) run(ctx context.Context) error {
	cursor := r.config.Hub.Subscribe(hub.Live)
	if h := r.config.History; h != nil {
		last, err := h.LastSeq(ctx)
		if err != nil {
			r.log.Warn("the archive does not tell its last position", "err", err)
		}
		cursor.Skip(last)
		r.feeds.begin(last)
	}
	r.feeds.mu.Lock()
	for _, s := range r.rooms() {
		r.feeds.know(&s)
	}
	r.feeds.mu.Unlock()
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { r.beat(inner) })
	served := make(chan error, 1)
	wg.Go(func() { served <- r.sockets.Run(inner) })
	if err := r.sockets.Started(ctx); err != nil {
		cancel()
		wg.Wait()
		return errors.Join(err, <-served)
	}
	close(r.started)

	err := r.pump(ctx, cursor)

	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer stop()
	r.feeds.flush()
	r.drain()
	if e := r.sockets.Drain(grace, retryReason); e != nil {
		r.log.Info("subscribers that did not answer were cut off", "subscribers", r.sockets.Open())
	}
	r.streams.wait(grace)
	cancel()
	wg.Wait()
	if errors.Is(err, hub.ErrClosed) {
		return nil
	}
	return err
}

// pump hands the hub's items to the feeds.
func (r *Relay) pump(ctx context.Context, cursor *hub.Cursor) error {
	for {
		items, err := cursor.Next(ctx)
		var lag *hub.LaggedError
		switch {
		case errors.As(err, &lag):
			r.missed(ctx, lag)
		case err != nil:
			return err
		}
		r.feeds.publish(items)
	}
}

// missed makes good for items that the hub dropped before the relay got to
// them: the archive has the events. What it cannot give is told.
func (r *Relay) missed(ctx context.Context, lag *hub.LaggedError) {
	if h := r.config.History; h != nil && lag.To > 0 {
		var err error
		items := make([]hub.Item, 0, pieceEvents)
		for e, qerr := range h.Query(ctx, event.Filter{After: r.feeds.position(), Before: lag.To + 1, Raw: true}) {
			if err = qerr; err != nil {
				break
			}
			if items = append(items, hub.Item{Event: &e}); len(items) == cap(items) {
				r.feeds.publish(items)
				items = items[:0]
			}
		}
		r.feeds.publish(items)
		if err == nil {
			return
		}
		r.log.Warn("what the relay missed cannot be read from the archive", "err", err)
	}
	r.log.Warn("the relay fell behind and left events out", "from", lag.From, "to", lag.To, "items", lag.Items)
	r.feeds.lagged(lag)
}

// Handler is the relay's HTTP handler. Requests are answered once Run serves.
func (r *Relay) Handler() http.Handler { return r.handler }

// ready waits until Run serves.
func (r *Relay) ready(ctx context.Context) error {
	select {
	case <-r.started:
		return nil
	default:
	}
	select {
	case <-r.started:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// streams counts HTTP streams, which net/http owns.
type streams struct {
	mu    sync.Mutex
	n     int
	empty chan struct{}
}

func (s *streams) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n += n; s.n == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

func (s *streams) wait(ctx context.Context) {
	s.mu.Lock()
	if s.n == 0 {
		s.mu.Unlock()
		return
	}
	s.empty = make(chan struct{})
	empty := s.empty
	s.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}
