package store

import (
	"context"
	"database/sql/driver"
	"math"
)

// Events stand in the archive in the order of their arrival. Live that is the
// order of the clock too, but for seconds; a recording that is imported steps
// back. The table stretch notes where, and how far within a stretch, so that a
// query can go along the clock without looking at all events: an archive that was
// only ever written live has one row.

const (
	// jitter is how far the clock may step back within a stretch.
	jitter = 5_000
	// leastSlack is the least step back that is noted; see stretch.
	leastSlack = 64
	// shortStretch is how long a stretch is at least: the clock of a file that has
	// the newest first steps back all the time.
	shortStretch = 512
	// mixedStretch is how long one is that has no order.
	mixedStretch = 4096
	// openEnd stands for a position, time or slack that nobody knows yet.
	openEnd = math.MaxInt64
)

// stretch is a row of the table: the events from first, behind the last one of the
// row before, to last. None is of a moment later than newest, and none of one
// earlier than any before it by more than slack.
type stretch struct{ first, last, newest, slack int64 }

// moment is the later of an event's two clocks, in which order events arrive: what
// the platform tells late is old by its own clock only.
func moment(at, received int64) int64 { return max(at, received) }

// stretches finds out where the stretches end while events are appended.
type stretches struct {
	first  int64 // of the present one
	newest int64
	slack  int64
	mixed  int64 // where it ends if it has no order; 0: it has
}

func newStretches() stretches { return stretches{first: 1, newest: math.MinInt64} }

// add takes the next event. It returns the rows to put into the table, mostly none.
func (s *stretches) add(seq, moment int64) (rows []stretch) {
	step := int64(0)
	if moment < s.newest {
		step = s.newest - moment
	}
	switch {
	case s.mixed != 0 && seq > s.mixed:
		rows = append(rows, stretch{s.first, s.mixed, s.newest, openEnd})
		*s = stretches{first: seq, newest: moment}
	case s.mixed != 0 || step <= s.slack:
		s.newest = max(s.newest, moment)
	case step <= jitter:
		for s.slack = max(s.slack, leastSlack); s.slack < step; {
			s.slack *= 2
		}
		rows = append(rows, stretch{s.first, openEnd, openEnd, s.slack})
	case seq-s.first >= shortStretch:
		rows = append(rows, stretch{s.first, seq - 1, s.newest, s.slack}, stretch{seq, openEnd, openEnd, 0})
		*s = stretches{first: seq, newest: moment}
	default:
		s.mixed = s.first + mixedStretch - 1
		rows = append(rows, stretch{s.first, s.mixed, openEnd, openEnd}, stretch{s.mixed + 1, openEnd, openEnd, 0})
		s.slack = 0
	}
	return rows
}

func putStretches(c *conn, rows []stretch) error {
	for _, r := range rows {
		if err := c.exec("insert or replace into stretch(last, newest, slack) values(?,?,?)", r.last, r.newest, r.slack); err != nil {
			return err
		}
	}
	return nil
}

// note adds an event and writes the rows.
func (s *stretches) note(c *conn, seq, at, received int64) error {
	return putStretches(c, s.add(seq, moment(at, received)))
}

// raise says that the event at a position has another moment now. That its stretch
// is still in order is not looked after: what is decoded anew rarely has another
// time, and is out of its place by no more than that.
func (s *stretches) raise(c *conn, seq, moment int64) error {
	return c.exec("update stretch set newest=max(newest, ?) where last=(select min(last) from stretch where last>=?)", moment, seq)
}

// load finds out how the present stretch stands. Its newest moment is among the
// last events, or it is hardly later.
func (s *stretches) load(ctx context.Context, c *conn, last int64) error {
	*s = newStretches()
	err := c.each(ctx, "select last, newest, slack from stretch order by last desc limit 3", func(r []driver.Value) (bool, error) {
		switch end := integer(r[0]); {
		case end == openEnd:
			s.slack = integer(r[2])
		case integer(r[1]) == openEnd:
			s.mixed = end
		default:
			s.first = end + 1
			return false, nil
		}
		return true, nil
	})
	if err != nil || last < s.first {
		return err
	}
	from := s.first
	if s.mixed == 0 {
		from = max(from, last-255)
	}
	s.newest, err = c.number(ctx, "select max(max(at, at+delay)) from event where seq>=?", from)
	return err
}

// fillStretches makes the rows for an archive that has events already.
func fillStretches(c *conn) error {
	s := newStretches()
	var rows []stretch
	err := c.each(context.Background(), "select seq, max(at, at+delay) from event order by seq", func(r []driver.Value) (bool, error) {
		rows = append(rows, s.add(integer(r[0]), integer(r[1]))...)
		return true, nil
	})
	if err != nil {
		return err
	}
	return putStretches(c, rows)
}

// stretches returns all of an archive, in order.
func (r *reader) stretches(ctx context.Context) ([]stretch, error) {
	var list []stretch
	next := int64(1)
	err := r.c.each(ctx, "select last, newest, slack from stretch order by last", func(v []driver.Value) (bool, error) {
		list = append(list, stretch{next, integer(v[0]), integer(v[1]), integer(v[2])})
		next = integer(v[0]) + 1
		return true, nil
	})
	if n := len(list); err == nil && (n == 0 || list[n-1].last != openEnd) {
		list = append(list, stretch{next, openEnd, openEnd, 0})
	}
	return list, err
}
