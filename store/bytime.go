package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"math"

	"danmaku/event"
)

// ByTime gives the events that match f in the order of the platform's clock,
// those of one moment of a room in no particular order. Query's order is that of
// arrival, in which recordings imported later stand behind what is newer.
//
// It reads in pages as Query does, and needs the same small memory for a minute
// and for years. Filter.Newest has no effect.
func (a *Archive) ByTime(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		q := &timeQuery{f: f}
		left := f.Limit
		for {
			e, err := q.pull(ctx, a)
			if err != nil {
				yield(event.Event{}, fmt.Errorf("store: query by time: %w", err))
				return
			}
			if e == nil || !yield(*e, nil) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// timeQuery is a ByTime in progress: a place in the time line of each room.
type timeQuery struct {
	f     event.Filter
	plan  plan
	rooms []*timeLine
}

// timeLine is a place in a room's events, in the order of the index: by time,
// then those without key by position, then the others by the hash of the key.
type timeLine struct {
	room    int64
	at, seq int64
	hash    driver.Value // of the event read last; nil: it has no key
	begun   bool
	done    bool // all is read

	page []event.Event
	next int // in page
	size int // of the next page
}

// pull returns the next event; nil: there is none.
func (q *timeQuery) pull(ctx context.Context, a *Archive) (*event.Event, error) {
	if !q.plan.made {
		if err := a.read(ctx, func(r *reader) error { return q.prepare(ctx, r) }); err != nil {
			return nil, err
		}
	}
	var first *timeLine
	for _, l := range q.rooms {
		for l.next == len(l.page) && !l.done {
			if err := a.read(ctx, func(r *reader) error { return q.read(ctx, r, l) }); err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if l.next < len(l.page) && (first == nil || earlier(&l.page[l.next], &first.page[first.next])) {
			first = l
		}
	}
	if first == nil {
		return nil, nil
	}
	first.next++
	return &first.page[first.next-1], nil
}

func earlier(a, b *event.Event) bool {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq)) < 0
}

func (q *timeQuery) prepare(ctx context.Context, r *reader) error {
	q.plan.made = true
	if none, err := q.plan.narrowTo(ctx, r, &q.f); err != nil || none {
		return err
	}
	rooms := q.plan.rooms
	if rooms == nil {
		if err := r.c.each(ctx, "select id from room", func(v []driver.Value) (bool, error) {
			rooms = append(rooms, integer(v[0]))
			return true, nil
		}); err != nil {
			return err
		}
	}
	for _, room := range rooms {
		q.rooms = append(q.rooms, &timeLine{room: room, size: firstPage})
	}
	return nil
}

// read fills the page of a room with what follows.
func (q *timeQuery) read(ctx context.Context, r *reader, l *timeLine) error {
	l.page, l.next = l.page[:0], 0
	where, args := q.plan.where(&q.f)
	if where == "" {
		ctx = aPage(ctx)
	}
	left := l.size
	before := *l
	take := func(place, order string, bounds ...driver.Value) error {
		if left == 0 {
			return nil
		}
		all := append([]driver.Value{l.room}, bounds...)
		all = append(append(all, args...), int64(left))
		return r.c.each(ctx, "select "+eventColumns+", e.hash from event e indexed by event_timeline where e.room=? and "+place+where+" order by "+order+" limit ?", func(row []driver.Value) (bool, error) {
			left--
			l.begun, l.at, l.seq, l.hash = true, integer(row[colAt]), integer(row[colSeq]), row[colHash]
			return true, q.take(ctx, r, l, row)
		}, all...)
	}
	after, until := int64(math.MinInt64), int64(math.MaxInt64)
	if q.f.From != 0 {
		after = int64(q.f.From) - 1
	}
	if q.f.To != 0 {
		until = int64(q.f.To) - 1
	}
	if before.begun {
		// First the rest of the moment that the page before ended in.
		after = before.at
		hash := before.hash
		if hash == nil {
			if err := take("e.at=? and e.hash is null and e.seq>?", "e.seq", before.at, before.seq); err != nil {
				return err
			}
			hash = int64(math.MinInt64)
		}
		if err := take("e.at=? and e.hash>?", "e.hash", before.at, hash); err != nil {
			return err
		}
	}
	if err := take("e.at>? and e.at<=?", "e.at, e.hash, e.seq", after, until); err != nil {
		return err
	}
	l.done = left > 0
	l.size = min(l.size*2, max(fullPage/len(q.rooms), 16))
	return nil
}

// colHash stands behind the others.
const colHash = colRest + 1

func (q *timeQuery) take(ctx context.Context, r *reader, l *timeLine, row []driver.Value) error {
	seq := integer(row[colSeq])
	if seq <= q.f.After || q.f.Before > 0 && seq >= q.f.Before || !q.plan.mayMatch(&q.f, row) {
		return nil
	}
	e := more(&l.page)
	err := r.scanTo(ctx, row, e)
	wanted := err == nil && q.f.Match(e)
	if wanted && q.f.Raw {
		e.Raw, err = r.frames.find(ctx, r.c, e.Seq)
	}
	if !wanted || err != nil {
		l.page = l.page[:len(l.page)-1]
	}
	return err
}
