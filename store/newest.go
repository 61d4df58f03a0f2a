package store

import (
	"cmp"
	"container/heap"
	"context"
	"database/sql/driver"
	"fmt"
	"iter"

	"danmaku/event"
)

// byClock is Query along the clock.
func (a *Archive) byClock(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	if !f.Newest {
		return a.ByTime(ctx, f)
	}
	return func(yield func(event.Event, error) bool) {
		q := &newestQuery{f: f}
		for given := 0; f.Limit <= 0 || given < f.Limit; given++ {
			e, err := q.pull(ctx, a)
			if err != nil {
				yield(event.Event{}, fmt.Errorf("store: query the newest: %w", err))
				return
			}
			if e == nil || !yield(*e, nil) {
				return
			}
		}
	}
}

// newestQuery is a Query for the newest by the clock in progress. Each stretch of
// the archive is read from its end, and not before its newest moment is reached.
// An event is given when all that is still to be read is older.
type newestQuery struct {
	f       event.Filter
	begun   bool
	behind  place   // where the event Filter.Before stands
	sorted  *source // few events, along the clock already; nil: many
	sources sources
	held    heldEvents
}

// mostHeld is how many events are held back at most; what comes from further off
// its place than that stays off it.
const mostHeld = 1 << 15

// ahead is how many events more than its limit a query asks the index for, as it
// sees that one is in its place by the next ones. soonest is how many it reads
// first, a screen full of hits: reading the others takes longer than finding them
// when they are not in memory.
const (
	ahead   = 16
	soonest = 24
)

// place is where an event stands along the clock.
type place struct{ at, seq int64 }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.at, o.at), cmp.Compare(p.seq, o.seq))
}

// pull returns the next event; nil: there is none.
func (n *newestQuery) pull(ctx context.Context, a *Archive) (*event.Event, error) {
	if !n.begun {
		if err := a.read(ctx, func(r *reader) error { return n.prepare(ctx, r) }); err != nil {
			return nil, err
		}
		n.begun = true
	}
	for {
		e, err := n.next(ctx, a)
		if err != nil || e == nil || n.behind == (place{}) || n.behind.compare(placeOf(e)) > 0 {
			return e, err
		}
	}
}

func placeOf(e *event.Event) place { return place{int64(e.At), e.Seq} }

func (n *newestQuery) next(ctx context.Context, a *Archive) (*event.Event, error) {
	if n.sorted != nil {
		return n.sorted.pull(ctx, a)
	}
	for {
		if len(n.held) > 0 && (len(n.sources) == 0 || n.held[0].At > event.Millis(n.sources[0].bound) || len(n.held) > mostHeld) {
			return heap.Pop(&n.held).(*event.Event), nil
		}
		if len(n.sources) == 0 {
			return nil, nil
		}
		s := n.sources[0]
		e, err := s.pull(ctx, a)
		if err != nil {
			return nil, err
		}
		if e == nil {
			heap.Pop(&n.sources)
			continue
		}
		heap.Push(&n.held, e)
		if at := moment(int64(e.At), int64(e.Received)); at < s.bound-s.slack {
			s.bound = at + s.slack
			heap.Fix(&n.sources, 0)
		}
	}
}

func (n *newestQuery) prepare(ctx context.Context, r *reader) error {
	f := n.f
	f.Before, f.Limit = 0, 0
	if n.f.Before > 0 {
		if err := n.find(ctx, r, n.f.Before); err != nil {
			return err
		}
		if n.behind != (place{}) && (f.To == 0 || int64(f.To) > n.behind.at+1) {
			f.To = event.Millis(n.behind.at + 1)
		}
	}
	q := newQuery(f)
	if n.f.Limit > 0 {
		q.more = n.f.Limit + ahead
		q.size = min(q.more, soonest)
	}
	if err := q.prepare(ctx, r); err != nil || q.done {
		return err
	}
	if q.plan.timed {
		n.sorted = &source{query: q}
		return nil
	}
	stretches, err := r.stretches(ctx)
	if err != nil {
		return err
	}
	for _, st := range stretches {
		if st.newest < int64(f.From) {
			continue
		}
		part := *q
		part.next, part.end = min(q.next, st.last), max(q.end, st.first)
		if part.next < part.end {
			continue
		}
		s := &source{query: &part, bound: st.newest, slack: st.slack}
		if n.f.Limit > 0 {
			s.sizes = []int{min(q.more-q.size, fullPage), 2 * ahead}
		}
		if f.To != 0 {
			s.bound = min(s.bound, int64(f.To)-1)
		}
		n.sources = append(n.sources, s)
	}
	heap.Init(&n.sources)
	return nil
}

// find looks where the event at a position stands: if it is no more, the one before
// it stands for it. A position that is not given out yet is behind nothing.
func (n *newestQuery) find(ctx context.Context, r *reader, seq int64) error {
	last, err := lastSeq(ctx, r.c)
	if err != nil || seq > last {
		return err
	}
	return r.c.each(ctx, "select at from event where seq<=? order by seq desc limit 1", func(v []driver.Value) (bool, error) {
		n.behind = place{integer(v[0]), seq}
		return false, nil
	}, seq)
}

// source is a stretch that is being read from its end.
type source struct {
	*query
	read  int   // of found
	bound int64 // no event that is still to be read has a later time
	slack int64
	sizes []int // of the second page, with which there should be enough, and the third
}

// pull returns the next event of the stretch; nil: there is none.
func (s *source) pull(ctx context.Context, a *Archive) (*event.Event, error) {
	for s.read == len(s.found) {
		if s.done {
			return nil, nil
		}
		s.read = 0
		if err := a.read(ctx, func(r *reader) error { return s.page(ctx, r) }); err != nil {
			return nil, err
		}
		if len(s.sizes) > 0 {
			s.size, s.sizes = max(1, s.sizes[0]), s.sizes[1:]
		}
	}
	e := s.found[s.read] // the next page is written over this one
	s.read++
	return &e, nil
}

// sources is a heap: the highest bound first.
type sources []*source

func (s sources) Len() int           { return len(s) }
func (s sources) Less(i, j int) bool { return s[i].bound > s[j].bound }
func (s sources) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sources) Push(x any)        { *s = append(*s, x.(*source)) }
func (s *sources) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}

// heldEvents is a heap: the newest event first, at the same time the one that came
// last.
type heldEvents []*event.Event

func (h heldEvents) Len() int           { return len(h) }
func (h heldEvents) Less(i, j int) bool { return placeOf(h[i]).compare(placeOf(h[j])) > 0 }
func (h heldEvents) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heldEvents) Push(x any)        { *h = append(*h, x.(*event.Event)) }
func (h *heldEvents) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
