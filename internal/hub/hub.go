// Package hub is the fan-out inside the process: one shared log of what
// happened, in order, and any number of cursors that read it at their own
// pace. Publishing never waits for a reader; a reader that falls behind the
// log's bounds is told exactly how much it missed.
package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"danmaku/event"
)

// Item is one entry of the log: exactly one of its pointers is set. Published
// items are shared by all readers and must never be changed.
type Item struct {
	Event  *event.Event
	Gap    *event.Gap    // a span that a room's socket missed: told when it begins (To nil) and when it ends
	Status *event.Status // what a room's session is doing now
	Bundle *Bundle
}

// Bundle is one message of a room's comment socket exactly as received, for
// readers that pass the platform's own protocol on. It follows the events made
// from it in the log.
type Bundle struct {
	Room    event.RoomID
	Message []byte // one or more packets, mostly one compressed one
}

// Seq is the archive position of an item; 0 for what is not in the archive.
func (i Item) Seq() int64 {
	if i.Event == nil {
		return 0
	}
	return i.Event.Seq
}

// cost estimates the memory that an item keeps alive.
func (i Item) cost() int {
	switch {
	case i.Event != nil:
		return 800 + len(i.Event.Raw)
	case i.Bundle != nil:
		return 64 + len(i.Bundle.Message)
	}
	return 256
}

// Options bounds what the log keeps for readers that are behind. The newest
// segment is always kept. Zero fields take the defaults.
type Options struct {
	Items int // default 8,192
	Bytes int // estimated; default 12 MiB
	// Archived is how long events that are in the archive are kept at least,
	// unless the other bounds are met: a reader that is later reads them there.
	// 0: until the other bounds are met.
	Archived time.Duration
}

// segmentItems is the length of one piece of the log; dropping old items
// drops whole pieces.
const segmentItems = 256

// Live, given to Subscribe, starts a cursor at the end of the log.
const Live int64 = -1

var (
	// ErrLagged: the log no longer holds what the cursor was to read next.
	// It is always a *LaggedError.
	ErrLagged = errors.New("hub: reader lagged behind")
	// ErrClosed: the hub is closed and the cursor has read everything.
	ErrClosed = errors.New("hub: closed")
)

// LaggedError tells what a cursor missed. The cursor has already moved on to
// the oldest item that is left: a reader with an archive queries the events
// after its own last Seq up to To and goes on.
type LaggedError struct {
	From, To int64 // positions of the missed events, inclusive; 0 when none of them is archived
	Items    int   // how many entries of the log
}

func (e *LaggedError) Error() string {
	return fmt.Sprintf("hub: reader lagged behind: %d items missed, seq %d to %d", e.Items, e.From, e.To)
}

// Is makes errors.Is(err, ErrLagged) true.
func (e *LaggedError) Is(target error) bool { return target == ErrLagged }

type segment struct {
	items  []Item // grows in place up to its capacity; never changes otherwise
	cost   int
	newest time.Time // when its newest item came
	only   bool      // an event in it is nowhere else
}

// Hub is the shared log. Its methods may be called from any goroutine; only
// one goroutine at a time may publish if order is to mean anything.
type Hub struct {
	options Options

	mu       sync.Mutex
	segments []*segment    // oldest first
	base     uint64        // position of the first item of segments[0]
	end      uint64        // position after the newest item
	cost     int           // of all segments
	dropped  int64         // highest Seq that the log has held and dropped
	last     int64         // highest Seq that the log has held
	wake     chan struct{} // closed at the next publication; nil when nobody waits
	closed   bool
}

// New makes an empty hub.
func New(o Options) *Hub {
	if o.Items <= 0 {
		o.Items = 8192
	}
	if o.Bytes <= 0 {
		o.Bytes = 12 << 20
	}
	return &Hub{options: o}
}

// Publish appends a batch and wakes every waiting reader once. It never waits
// for readers. The items must not be changed any more; the slice itself may be
// reused. After Close it does nothing.
func (h *Hub) Publish(batch []Item) {
	if len(batch) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	now := time.Now()
	for _, item := range batch {
		n := len(h.segments)
		if n == 0 || len(h.segments[n-1].items) == segmentItems {
			h.segments = append(h.segments, &segment{items: make([]Item, 0, segmentItems)})
			n++
		}
		s, c := h.segments[n-1], item.cost()
		s.items = append(s.items, item)
		s.cost += c
		s.newest = now
		s.only = s.only || item.Event != nil && item.Event.Seq == 0
		h.cost += c
		h.end++
		h.last = max(h.last, item.Seq())
	}
	for len(h.segments) > 1 && (h.cost > h.options.Bytes || int(h.end-h.base) > h.options.Items || h.old(now)) {
		h.drop()
	}
	if h.wake != nil {
		close(h.wake)
		h.wake = nil
	}
}

// old reports whether the oldest segment has been kept long enough.
func (h *Hub) old(now time.Time) bool {
	s := h.segments[0]
	return h.options.Archived > 0 && !s.only && now.Sub(s.newest) > h.options.Archived
}

func (h *Hub) drop() {
	s := h.segments[0]
	for _, item := range s.items {
		h.dropped = max(h.dropped, item.Seq())
	}
	h.base += uint64(len(s.items))
	h.cost -= s.cost
	h.segments[0] = nil
	h.segments = h.segments[1:]
}

// Close ends the log: readers get what is left, then ErrClosed.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	if h.wake != nil {
		close(h.wake)
		h.wake = nil
	}
}

// LastSeq is the highest archive position published so far; 0: none.
func (h *Hub) LastSeq() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

// Subscribe makes a cursor. With Live it starts at the end of the log, with a
// position of the archive at the oldest item that the log still holds and that
// is not at or below it; what is older is for the archive to tell. To have
// both, subscribe first (Live), query the archive, then Skip to the last Seq
// it gave. A cursor that is no longer wanted is simply forgotten: it holds no
// memory of the log.
func (h *Hub) Subscribe(after int64) *Cursor {
	h.mu.Lock()
	defer h.mu.Unlock()
	if after < 0 {
		return &Cursor{hub: h, at: h.end, given: h.last}
	}
	return &Cursor{hub: h, at: h.base, given: after}
}

// Cursor is one reader's place in the log. It is not for concurrent use.
type Cursor struct {
	hub   *Hub
	at    uint64
	given int64 // highest Seq the reader has
}

// Next waits until there is something to read and returns all of it that lies
// together in memory; the slice is shared and must not be changed. Events at or
// below the last Seq given are left out, so a reader that caught up from the
// archive sees nothing twice. The error is ErrLagged, ErrClosed or the
// context's.
func (c *Cursor) Next(ctx context.Context) ([]Item, error) {
	for {
		items, wake, err := c.read()
		if err != nil || len(items) > 0 {
			return items, err
		}
		if wake == nil { // all of a segment was already given; read on
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Skip leaves out what is at or below a position that the reader has got from
// the archive meanwhile.
func (c *Cursor) Skip(seq int64) { c.given = max(c.given, seq) }

func (c *Cursor) read() ([]Item, <-chan struct{}, error) {
	h := c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.at < h.base {
		return nil, nil, c.skip()
	}
	if c.at == h.end {
		if h.closed {
			return nil, nil, ErrClosed
		}
		if h.wake == nil {
			h.wake = make(chan struct{})
		}
		return nil, h.wake, nil
	}
	// Every segment but the newest is full, so the place is found by division.
	n := int(c.at - h.base)
	items := h.segments[n/segmentItems].items[n%segmentItems:]
	c.at += uint64(len(items))
	return c.fresh(items), nil, nil
}

// fresh leaves out the events the reader has already got from the archive.
func (c *Cursor) fresh(items []Item) []Item {
	last := c.given
	skip := false
	for _, item := range items {
		if s := item.Seq(); s != 0 && s <= c.given {
			skip = true
		} else {
			last = max(last, s)
		}
	}
	if skip {
		var kept []Item
		for _, item := range items {
			if s := item.Seq(); s == 0 || s > c.given {
				kept = append(kept, item)
			}
		}
		items = kept
	}
	c.given = last
	return items[:len(items):len(items)]
}

func (c *Cursor) skip() error {
	h := c.hub
	e := &LaggedError{Items: int(h.base - c.at)}
	if h.dropped > c.given {
		e.From, e.To = c.given+1, h.dropped
		c.given = h.dropped
	}
	c.at = h.base
	return e
}
