package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"math"
	"slices"

	"danmaku/event"
)

// Query gives the events that match f: in ascending order of Seq, or descending
// with f.Newest. With f.ByClock it goes along the clock, as ByTime does, or the
// newest first. It ends after an error.
//
// It reads in pages and holds no view of the file while the caller works, so a
// slow caller hinders nobody, may stop anywhere, and may call the Archive inside
// the loop. An event stored meanwhile behind the place already read is not
// given; one stored before it is.
//
// Events share what they have in common (medals, emotes): do not change them.
func (a *Archive) Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	if f.ByClock {
		return a.byClock(ctx, f)
	}
	return func(yield func(event.Event, error) bool) {
		q := newQuery(f)
		for !q.done {
			err := a.read(ctx, func(r *reader) error { return q.page(ctx, r) })
			if err != nil {
				yield(event.Event{}, fmt.Errorf("store: query: %w", err))
				return
			}
			for i := range q.found {
				if !yield(q.found[i], nil) {
					return
				}
			}
		}
	}
}

// Pages begin small, so that the first events come at once, and grow.
const (
	firstPage = 128
	fullPage  = 1024
)

// query is a Query in progress: where it is and what is to be done next.
type query struct {
	f    event.Filter
	left int // events still wanted; -1: all
	size int // of the next page
	plan plan

	// next and end bound what is still to be read: next is the first position
	// to look at, end the last one (ascending or descending).
	next, end int64
	// seqs are positions to look at, in order, before going on from next.
	seqs []int64
	more int // how many positions the next search in the index asks for

	found []event.Event
	keep  func(row []driver.Value) // instead of making events
	done  bool
}

func newQuery(f event.Filter) *query {
	q := &query{f: f, left: -1, size: firstPage, more: firstPage}
	if f.Limit > 0 {
		q.left = f.Limit
		q.more = f.Limit
	}
	q.next, q.end = f.After+1, math.MaxInt64
	if f.Before > 0 {
		q.end = f.Before - 1
	}
	if f.Newest {
		q.next, q.end = q.end, q.next
	}
	return q
}

// mostSteps bounds what one view of the file is held for.
const mostSteps = 16

// page fills found with the next events. There may be none although it is not done.
func (q *query) page(ctx context.Context, r *reader) error {
	q.found = q.found[:0]
	if !q.plan.made {
		if err := q.prepare(ctx, r); err != nil || q.done {
			return err
		}
	}
	for steps := 0; len(q.found) == 0 && !q.done && steps < mostSteps; steps++ {
		err := q.step(ctx, r)
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	q.size = min(q.size*2, fullPage)
	if !q.f.Raw {
		return nil
	}
	for i := range q.found {
		e := &q.found[i]
		raw, err := r.frames.find(ctx, r.c, e.Seq)
		if err != nil {
			return err
		}
		e.Raw = raw
	}
	return nil
}

// step reads on, at most one page.
func (q *query) step(ctx context.Context, r *reader) error {
	if len(q.seqs) > 0 {
		return q.readSeqs(ctx, r)
	}
	if q.f.Newest && q.next < q.end || !q.f.Newest && q.next > q.end {
		q.done = true
		return nil
	}
	if q.next <= q.plan.indexed {
		if match := q.plan.lookup(partOf(q.next, r.partSize)); match != nil {
			return q.search(ctx, r, match)
		}
	}
	return q.scan(ctx, r)
}

// take adds an event to the page if it is wanted.
func (q *query) take(ctx context.Context, r *reader, row []driver.Value) error {
	if !q.plan.mayMatch(&q.f, row) {
		return nil
	}
	if q.keep != nil {
		q.keep(row)
		return nil
	}
	e := more(&q.found)
	if err := r.scanTo(ctx, row, e); err != nil || !q.f.Match(e) {
		q.found = q.found[:len(q.found)-1]
		return err
	}
	if q.left > 0 {
		q.left--
		q.done = q.left == 0
	}
	return nil
}

// more makes place for one more event.
func more(events *[]event.Event) *event.Event {
	if n := len(*events); n < cap(*events) {
		*events = (*events)[:n+1]
	} else {
		*events = append(*events, event.Event{})
	}
	return &(*events)[len(*events)-1]
}

// readSeqs looks at the events at the front of seqs.
func (q *query) readSeqs(ctx context.Context, r *reader) error {
	rule := q.plan.ruleWhere(mostInSQLOne)
	for len(q.seqs) > 0 && len(q.found) < q.size && !q.done {
		row, err := r.c.first(ctx, "select "+eventColumns+" from event e where e.seq=?"+rule, q.seqs[0])
		if err != nil {
			return err
		}
		q.seqs = q.seqs[1:]
		if row == nil {
			continue // deleted since, or not what the rule asks
		}
		if err := q.take(ctx, r, row); err != nil {
			return err
		}
	}
	return nil
}

// search fills seqs from the part of the index that has the next position.
func (q *query) search(ctx context.Context, r *reader, match lookup) error {
	part := partOf(q.next, r.partSize)
	first, last := part*r.partSize+1, min((part+1)*r.partSize, q.plan.indexed)
	n := q.more
	if !q.f.Newest {
		n = int(r.partSize) // the index has the newest first: all of them, to begin at the other end
	}
	lo, hi := max(q.next, first), min(q.end, last)
	if q.f.Newest {
		lo, hi = max(q.end, first), min(q.next, last)
	}
	seqs, err := r.candidates(ctx, partName(part), match, lo, hi, n)
	if err != nil {
		return err
	}
	switch {
	case !q.f.Newest:
		slices.Reverse(seqs)
		q.next = hi + 1
	case len(seqs) == n:
		q.next = seqs[n-1] - 1
	default:
		q.next = lo - 1
	}
	q.seqs = seqs
	q.more = min(max(firstPage, 8*q.more), maxCandidates)
	return nil
}

// maxCandidates bounds what is asked of the index at once.
const maxCandidates = 1 << 16
