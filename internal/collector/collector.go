// Package collector brings the sessions of all rooms into one loop: it commits
// what they deliver to the archive, then publishes it, keeps the archive's
// coverage and what rooms are called, and tells of gaps and states, all in one
// order.
//
// When the archive cannot be written the show goes on: events are published
// with Seq 0, coverage ends, and writing is tried again until it works.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/hub"
	"danmaku/internal/live"
)

const (
	maxBatch = 512 // events of one commit
	// inbox is how many deliveries wait for the loop before sessions stop
	// reading their sockets.
	inbox = 256
)

// Archive is where events, coverage and what rooms are called are kept; see
// package store.
type Archive interface {
	Append(ctx context.Context, batch []event.Event) ([]event.Event, error)
	Online(ctx context.Context, room event.RoomID, at event.Millis) error
	Alive(ctx context.Context, room event.RoomID, at event.Millis) error
	Gone(ctx context.Context, room event.RoomID, at event.Millis, cause event.Cause, detail string) error
	Describe(ctx context.Context, s event.Status, at event.Millis) error
}

// Config is what a Collector needs.
type Config struct {
	Archive Archive // nil: nothing is kept
	Hub     *hub.Hub
	// Session gives the configuration of a room's session; Room, Emit and
	// Notify are the collector's to set.
	Session func(event.RoomID) live.Config
	Log     *slog.Logger // nil: silent
}

// ErrNotJoined: the room is not among those being watched.
var ErrNotJoined = errors.New("collector: not in that room")

// ErrStopping: no room can be joined any more.
var ErrStopping = errors.New("collector: stopping")

// Collector watches rooms. Rooms may be joined before Run begins; they are
// watched from then on.
type Collector struct {
	config   Config
	in       chan input
	begun    chan struct{} // closed when Run begins
	ctx      context.Context
	sessions sync.WaitGroup

	mu       sync.Mutex
	members  []*member                // in the order they joined
	known    map[event.RoomID]*member // by every id they are known by
	stopping bool
	past     decoder.Drift // of rooms that were left

	loop loop
}

// member is a room being watched.
type member struct {
	asked  event.RoomID
	cancel context.CancelFunc
	found  chan struct{} // closed when it is clear which room this is, or why that is not
	once   sync.Once
	gone   chan struct{} // closed when the session has ended and all of it is published
	err    error         // why the session ended; after gone

	status       event.Status       // guarded by Collector.mu
	events, errs int64              // guarded by Collector.mu
	decoders     []*decoder.Decoder // guarded by Collector.mu

	span  span  // the loop's
	noted noted // the loop's
	told  bool  // the loop's: readers were told a status
}

// input is what sessions send to the loop, in order.
type input struct {
	m        *member
	delivery live.Delivery
	status   *event.Status
	ended    bool
}

// New returns a collector. It starts nothing.
func New(c Config) *Collector {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	col := &Collector{config: c, in: make(chan input, inbox), begun: make(chan struct{}), known: map[event.RoomID]*member{}}
	col.loop.init(col)
	return col
}

// Run watches the rooms until ctx ends, and returns when every session has
// ended and all they delivered is committed and published. It returns the
// context's error. It must be called once.
func (c *Collector) Run(ctx context.Context) error {
	c.mu.Lock()
	c.ctx = ctx
	c.mu.Unlock()
	close(c.begun)
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		c.mu.Lock()
		c.stopping = true
		c.mu.Unlock()
		c.sessions.Wait() // they send until they end
		close(c.in)
	}()
	c.loop.run(context.WithoutCancel(ctx))
	<-done
	return ctx.Err()
}

// Join watches a room, by its long or short id, and returns its state once it is
// known which room that is, or why it is not yet known: then the session keeps
// trying. A room that does not exist is an error, with the state not_found. A
// room that is watched already is returned as it is.
func (c *Collector) Join(ctx context.Context, room event.RoomID) (event.Status, error) {
	select {
	case <-c.begun:
	case <-ctx.Done():
		return event.Status{Room: room}, ctx.Err()
	}
	m, err := c.join(room)
	if err != nil {
		return event.Status{Room: room}, err
	}
	select {
	case <-m.found:
	case <-m.gone:
	case <-ctx.Done():
		return c.statusOf(m), ctx.Err()
	}
	s := c.statusOf(m)
	if s.State == event.StateNotFound {
		select { // such a session ends by itself, and says why
		case <-m.gone:
		case <-ctx.Done():
			return s, ctx.Err()
		}
		return s, fmt.Errorf("collector: join room %d: %w", room, m.err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.known[s.Room]; other != nil && other != m {
		return c.shown(other), nil // the same room under another number
	}
	return s, nil
}

func (c *Collector) join(room event.RoomID) (*member, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.known[room]; m != nil {
		return m, nil
	}
	if c.stopping {
		return nil, ErrStopping
	}
	ctx, cancel := context.WithCancel(c.ctx)
	m := &member{asked: room, cancel: cancel, found: make(chan struct{}), gone: make(chan struct{})}
	m.status = event.Status{Room: room, State: event.StateConnecting, Since: event.At(time.Now())}
	c.known[room] = m
	c.members = append(c.members, m)
	s := c.config.Session(room)
	s.Room = room
	s.Emit = func(_ context.Context, d live.Delivery) error {
		// The loop takes everything until the last session has ended: what was
		// received is never dropped because the program is stopping.
		c.in <- input{m: m, delivery: d}
		return nil
	}
	s.Decoder = func() *decoder.Decoder {
		d := decoder.New(s.Limits)
		c.mu.Lock()
		defer c.mu.Unlock()
		m.decoders = append(m.decoders, d)
		return d
	}
	s.Notify = func(st event.Status) {
		if c.name(m, st) {
			c.in <- input{m: m, status: &st}
		}
	}
	c.sessions.Go(func() {
		defer cancel()
		m.err = live.Run(ctx, s)
		c.in <- input{m: m, ended: true}
	})
	return m, nil
}

// name makes m known by the ids its session found. When the room is watched
// already, under another id, m's session ends before it connects, and nothing
// is told of it: name returns false.
func (c *Collector) name(m *member, s event.Status) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.known[s.Room]; other != nil && other != m {
		c.known[m.asked] = other
		m.status = s
		m.cancel()
		return false
	}
	c.known[s.Room] = m
	if s.ShortID != 0 && c.known[s.ShortID] == nil {
		c.known[s.ShortID] = m
	}
	return true
}

// Leave stops watching a room and returns when all it delivered is committed
// and published.
func (c *Collector) Leave(ctx context.Context, room event.RoomID) error {
	c.mu.Lock()
	m := c.known[room]
	c.mu.Unlock()
	if m == nil {
		return ErrNotJoined
	}
	m.cancel()
	select {
	case <-m.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forget removes m after its session ended.
func (c *Collector) forget(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.past.Merge(m.drift())
	c.members = slices.DeleteFunc(c.members, func(o *member) bool { return o == m })
	for id, o := range c.known {
		if o == m {
			delete(c.known, id)
		}
	}
}

// Rooms returns the state of every room being watched, in the order they were
// joined.
func (c *Collector) Rooms() []event.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	rooms := make([]event.Status, 0, len(c.members))
	for _, m := range c.members {
		if c.known[m.asked] == m { // not one that turned out to be another's second name
			rooms = append(rooms, c.shown(m))
		}
	}
	return rooms
}

// Drift returns what was not understood of the platform's commands in a room
// that is being watched; room 0: in all rooms since the start.
func (c *Collector) Drift(room event.RoomID) (decoder.Drift, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room != 0 {
		m := c.known[room]
		if m == nil {
			return decoder.Drift{}, ErrNotJoined
		}
		return m.drift(), nil
	}
	var all decoder.Drift
	all.Merge(c.past)
	for _, m := range c.members {
		all.Merge(m.drift())
	}
	return all, nil
}

// drift is of one room; Collector.mu must be held.
func (m *member) drift() decoder.Drift {
	var all decoder.Drift
	for _, d := range m.decoders {
		all.Merge(d.Drift())
	}
	return all
}

func (c *Collector) statusOf(m *member) event.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown(m)
}

// shown is a room's status as readers see it; mu must be held.
func (c *Collector) shown(m *member) event.Status {
	s := m.status
	s.Events, s.DecodeErrors = m.events, m.errs
	failure := c.loop.stats.Failure
	s.Archived = c.config.Archive != nil && failure == ""
	if failure != "" && s.State.Connected() {
		s.Detail = "not archived: " + failure
		s.Advice = "Events are shown but not kept: make room on the disk, check the archive's folder, or end the program that locks the file. Writing is tried again by itself."
	}
	return s
}
