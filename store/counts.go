package store

import (
	"cmp"
	"slices"

	"danmaku/event"
)

// counts gathers what is to be added to the tables minute and hour, so that each
// row is written once. Events come into these tables when they come into the search
// index: up to meta's 'counted'. What waits is counted by who asks, from its rows:
// ten events at a time cost a fifth less so, since their counts are as many rows on
// as many pages as the events themselves.
type counts struct {
	minutes []minuteCount
	hours   []hourCount
	hour    int // place of the row of the event before: mostly the next one's too
}

type minuteCount struct{ room, minute, kind, events, paid int64 }

type hourCount struct{ room, hour, events, first, last int64 }

const (
	millisPerMinute = 60_000
	millisPerHour   = 3_600_000
)

// paid is what an event adds to the counts. A command may claim any amount; what
// is beyond all money would spoil the sums, so it counts as nothing.
func paid(e *event.Event) event.Money {
	const most = 1 << 50 // a million million yuan
	if m := e.Paid(); -most < m && m < most {
		return m
	}
	return 0
}

// floorDiv is a / b rounded down, for b > 0.
func floorDiv(a, b int64) int64 {
	if a < 0 && a%b != 0 {
		return a/b - 1
	}
	return a / b
}

// lately is among how many of the last rows the one of an event is looked for.
const lately = 32

func (c *counts) clear() { c.minutes, c.hours = c.minutes[:0], c.hours[:0] }

// add counts an event n times: once, or minus once when it is removed.
func (c *counts) add(room, kind, seq int64, e *event.Event, n int64) {
	hour := floorDiv(int64(e.At), millisPerHour)
	if i := c.hour; i < len(c.hours) && c.hours[i].room == room && c.hours[i].hour == hour {
		c.hours[i].add(seq, n)
	} else if i := slices.IndexFunc(c.hours, func(h hourCount) bool { return h.room == room && h.hour == hour }); i >= 0 {
		c.hour = i
		c.hours[i].add(seq, n)
	} else {
		c.hour = len(c.hours)
		c.hours = append(c.hours, hourCount{room, hour, n, seq, seq})
	}
	if e.Of != "" {
		return
	}
	m := minuteCount{room, floorDiv(int64(e.At), millisPerMinute), kind, n, n * int64(paid(e))}
	for i := len(c.minutes) - 1; i >= max(0, len(c.minutes)-lately); i-- {
		if l := &c.minutes[i]; l.room == m.room && l.minute == m.minute && l.kind == m.kind {
			l.events += m.events
			l.paid += m.paid
			return
		}
	}
	c.minutes = append(c.minutes, m)
}

func (h *hourCount) add(seq, n int64) {
	h.events += n
	h.first, h.last = min(h.first, seq), max(h.last, seq)
}

// flush adds what was gathered to the tables.
func (c *counts) flush(db *conn) error {
	for _, h := range c.hours {
		err := db.exec("insert into hour(room, hour, events, first, last) values(?,?,?,?,?) on conflict do update set events=events+excluded.events, first=min(first,excluded.first), last=max(last,excluded.last)",
			h.room, h.hour, h.events, h.first, h.last)
		if err != nil {
			return err
		}
	}
	slices.SortFunc(c.minutes, func(a, b minuteCount) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.minute, b.minute), cmp.Compare(a.kind, b.kind))
	})
	for i := 0; i < len(c.minutes); {
		m := c.minutes[i]
		for i++; i < len(c.minutes) && c.minutes[i].room == m.room && c.minutes[i].minute == m.minute && c.minutes[i].kind == m.kind; i++ {
			m.events += c.minutes[i].events
			m.paid += c.minutes[i].paid
		}
		err := db.exec("insert into minute(room, minute, kind, events, paid) values(?,?,?,?,?) on conflict do update set events=events+excluded.events, paid=paid+excluded.paid",
			m.room, m.minute, m.kind, m.events, m.paid)
		if err == nil && m.events < 0 {
			err = db.exec("delete from minute where room=? and minute=? and kind=? and events=0 and paid=0", m.room, m.minute, m.kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
