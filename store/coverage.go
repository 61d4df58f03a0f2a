package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"danmaku/event"
)

// A span of coverage is open from Online to Gone. Its end is the last committed
// sign of life: an event of Append, or Alive. A program that is killed leaves
// its span open; the next Online closes it where it ended, with cause restart,
// and until then Coverage calls it ended when silentAfter has passed.

// silentAfter is how long an open span may go without sign of life. Sessions
// tell one every 30 s.
const silentAfter = event.Millis(3 * 60 * 1000)

// liveSpan is a span that this Archive has opened.
type liveSpan struct {
	id    int64
	until event.Millis
}

// Online says that the room's session is online from at on (our clock).
func (a *Archive) Online(ctx context.Context, room event.RoomID, at event.Millis) error {
	err := a.write(ctx, func(w *writer) error {
		id, err := w.interned.room(w.c, event.Bilibili, room)
		if err != nil {
			return err
		}
		// What is still open was not closed: its program was killed.
		if err := w.c.exec("update span set open=0, cause=? where room=? and open=1", string(event.CauseRestart), id); err != nil {
			return err
		}
		return w.startSpan(id, at)
	})
	if err != nil {
		return fmt.Errorf("store: room %d online: %w", room, err)
	}
	return nil
}

func (w *writer) startSpan(room int64, at event.Millis) error {
	id, err := w.c.insert("insert into span(room, since, until, open, cause, detail) values(?,?,?,1,'','')", room, int64(at), int64(at))
	if err != nil {
		return err
	}
	w.afterCommit(func() { w.spans[room] = &liveSpan{id: id, until: at} })
	return nil
}

// Alive says that the room's session is online at the moment at.
func (a *Archive) Alive(ctx context.Context, room event.RoomID, at event.Millis) error {
	err := a.write(ctx, func(w *writer) error {
		id, err := w.interned.room(w.c, event.Bilibili, room)
		if err != nil {
			return err
		}
		return w.signsOfLife(map[int64]event.Millis{id: at})
	})
	if err != nil {
		return fmt.Errorf("store: room %d alive: %w", room, err)
	}
	return nil
}

// Gone says that the session ended at the moment at, and why: the cause of the
// gap that begins. A room that was not online gets a new cause for its gap.
func (a *Archive) Gone(ctx context.Context, room event.RoomID, at event.Millis, cause event.Cause, detail string) error {
	err := a.write(ctx, func(w *writer) error {
		id, err := w.interned.room(w.c, event.Bilibili, room)
		if err != nil {
			return err
		}
		s := w.spans[id]
		w.afterCommit(func() { delete(w.spans, id) })
		if s != nil {
			return w.c.exec("update span set until=max(since, ?), open=0, cause=?, detail=? where id=?", int64(at), string(cause), detail, s.id)
		}
		return w.c.exec("insert into span(room, since, until, open, cause, detail) values(?,?,?,0,?,?)", id, int64(at), int64(at), string(cause), detail)
	})
	if err != nil {
		return fmt.Errorf("store: room %d gone: %w", room, err)
	}
	return nil
}

// signsOfLife extends the spans of rooms that this Archive has opened.
func (w *writer) signsOfLife(seen map[int64]event.Millis) error {
	for room, at := range seen {
		s := w.spans[room]
		if s == nil || at <= s.until {
			continue
		}
		if err := w.c.exec("update span set until=? where id=?", int64(at), s.id); err != nil {
			return err
		}
		w.afterCommit(func() { s.until = at })
	}
	return nil
}

// Coverage tells when the room's session was online and its events were
// committed, between from and to (0: no bound), and for the rest why not. The
// time before the first span is a gap only if from asks for it.
func (a *Archive) Coverage(ctx context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error) {
	cov := event.Coverage{Room: room, Spans: []event.Span{}, Gaps: []event.Gap{}}
	err := a.read(ctx, func(r *reader) error {
		ids, err := r.roomRows(ctx, []event.RoomID{room})
		if err != nil {
			return err
		}
		c := coverer{cov: &cov, from: from, to: to, now: event.At(time.Now())}
		err = r.c.each(ctx, "select since, until, open, cause, detail from span where room in ("+numbers(ids)+") order by since, id", func(v []driver.Value) (bool, error) {
			c.add(event.Millis(integer(v[0])), event.Millis(integer(v[1])), integer(v[2]) != 0, event.Cause(text(v[3])), text(v[4]))
			return true, nil
		})
		c.finish()
		return err
	})
	if err != nil {
		return cov, fmt.Errorf("store: coverage of room %d: %w", room, err)
	}
	return cov, nil
}

// coverer turns rows of the table span into spans and gaps.
type coverer struct {
	cov           *event.Coverage
	from, to, now event.Millis
	any           bool
	end           event.Millis // of the rows so far
	open          bool
	cause         event.Cause
	detail        string
}

func (c *coverer) add(since, until event.Millis, open bool, cause event.Cause, detail string) {
	if !c.any && c.from != 0 {
		c.end, c.cause, c.detail = c.from, event.CauseOfflineStart, "not recorded yet"
		c.any = since > c.from
	}
	if c.any && since > c.end {
		c.gap(c.end, since)
	}
	if until > since {
		c.span(since, until)
	}
	if !c.any || until >= c.end {
		c.end, c.open, c.cause, c.detail = until, open, cause, detail
	}
	c.any = true
}

// span adds the part of a span that was asked for.
func (c *coverer) span(since, until event.Millis) {
	since = max(since, c.from)
	if c.to != 0 {
		until = min(until, c.to)
	}
	if since >= until {
		return
	}
	if n := len(c.cov.Spans); n > 0 && c.cov.Spans[n-1].To >= since {
		c.cov.Spans[n-1].To = max(c.cov.Spans[n-1].To, until)
		return
	}
	c.cov.Spans = append(c.cov.Spans, event.Span{From: since, To: until})
}

func (c *coverer) gap(since, until event.Millis) {
	since = max(since, c.from)
	if c.to != 0 {
		until = min(until, c.to)
	}
	if since < until {
		c.cov.Gaps = append(c.cov.Gaps, event.Gap{Room: c.cov.Room, From: since, To: &until, Cause: orUnknown(c.cause), Detail: c.detail})
	}
}

// finish adds the gap after the last row.
func (c *coverer) finish() {
	if !c.any && c.from != 0 { // no row at all
		c.any, c.end, c.cause, c.detail = true, c.from, event.CauseOfflineStart, "not recorded yet"
	}
	if !c.any || c.to != 0 && c.end >= c.to {
		return
	}
	if c.open {
		if c.now-c.end < silentAfter {
			return // it is recording now
		}
		c.cause, c.detail = event.CauseRestart, "the program ended without saying so"
	}
	if c.to != 0 && c.to <= c.now {
		c.gap(c.end, c.to)
		return
	}
	c.cov.Gaps = append(c.cov.Gaps, event.Gap{Room: c.cov.Room, From: max(c.end, c.from), Cause: orUnknown(c.cause), Detail: c.detail})
}

func orUnknown(c event.Cause) event.Cause {
	if c == "" {
		return event.CauseUnknown
	}
	return c
}
