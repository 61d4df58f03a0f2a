package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"danmaku/event"
)

// Query gives the events that match f: in ascending order of Seq, or descending
// with f.Newest. It ends after an error.
//
// It reads in pages and holds no view of the file while the caller works, so a
// slow caller hinders nobody, may stop anywhere, and may call the Archive inside
// the loop. An event stored meanwhile behind the place already read is not
// given; one stored before it is.
//
// Events share what they have in common (medals, emotes): do not change them.
func (a *Archive) Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		q := newQuery(f)
		for !q.done {
			err := a.read(ctx, func(r *reader) error { return q.page(ctx, r) })
			if err != nil {
				yield(event.Event{}, fmt.Errorf("store: query: %w", err))
				return
			}
			for _, e := range q.found {
				if !yield(e, nil) {
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

// query is a Query in progress.
type query struct {
	f      event.Filter
	after  int64 // positions still to be read: above after and below before
	before int64
	left   int // events still wanted; -1: all
	size   int
	found  []event.Event
	done   bool
}

func newQuery(f event.Filter) *query {
	q := &query{f: f, after: f.After, before: math.MaxInt64, left: -1, size: firstPage}
	if f.Before > 0 {
		q.before = f.Before
	}
	if f.Limit > 0 {
		q.left = f.Limit
	}
	return q
}

// page fills found with the next events.
func (q *query) page(ctx context.Context, r *reader) error {
	q.found = q.found[:0]
	where, args, err := q.where(ctx, r)
	if err != nil {
		return err
	}
	order := "asc"
	if q.f.Newest {
		order = "desc"
	}
	read := 0
	sql := "select " + eventColumns + " from event e where " + where + " order by e.seq " + order + " limit ?"
	err = r.c.each(ctx, sql, func(row []driver.Value) (bool, error) {
		read++
		e, err := r.scan(ctx, row)
		if err != nil {
			return false, err
		}
		if q.f.Newest {
			q.before = e.Seq
		} else {
			q.after = e.Seq
		}
		if !q.f.Match(&e) {
			return true, nil
		}
		q.found = append(q.found, e)
		if q.left > 0 {
			q.left--
		}
		return q.left != 0, nil
	}, append(args, int64(q.size))...)
	if err != nil {
		return err
	}
	q.done = q.left == 0 || read < q.size
	q.size = min(q.size*2, fullPage)
	if !q.f.Raw {
		return nil
	}
	for i := range q.found {
		e := &q.found[i]
		if e.Raw, err = r.frames.find(ctx, r.c, e.Seq); err != nil {
			return err
		}
	}
	return nil
}

// where is the part of the filter that SQL can decide.
func (q *query) where(ctx context.Context, r *reader) (string, []driver.Value, error) {
	where := "e.seq>? and e.seq<?"
	args := []driver.Value{q.after, q.before}
	add := func(s string, v ...driver.Value) {
		where += " and " + s
		args = append(args, v...)
	}
	if len(q.f.Rooms) > 0 {
		rooms, err := r.roomRows(ctx, q.f.Rooms)
		if err != nil {
			return "", nil, err
		}
		add("+e.room in (" + numbers(rooms) + ")")
	}
	if len(q.f.Kinds) > 0 {
		kinds := make([]int64, len(q.f.Kinds))
		for i, k := range q.f.Kinds {
			kinds[i] = kindNumber(k)
		}
		add("e.kind in (" + numbers(kinds) + ")")
	}
	if q.f.From != 0 {
		add("e.at>=?", int64(q.f.From))
	}
	if q.f.To != 0 {
		add("e.at<?", int64(q.f.To))
	}
	return where, args, nil
}

// roomRows returns the rows of the table room for the platform's ids.
func (r *reader) roomRows(ctx context.Context, rooms []event.RoomID) ([]int64, error) {
	var ids []int64
	err := r.c.each(ctx, "select id, room from room", func(v []driver.Value) (bool, error) {
		if slices.Contains(rooms, event.RoomID(integer(v[1]))) {
			ids = append(ids, integer(v[0]))
		}
		return true, nil
	})
	return ids, err
}

// numbers is a list for SQL's in.
func numbers(n []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", ","), "[]")
}
