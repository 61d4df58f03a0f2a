package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"

	"danmaku/event"
)

// Events are changed in two cases only: somebody is forgotten, or commands are
// decoded anew. Everything that was made from an event changes in the same
// transaction: its row and its counts. Its words are added to the search index,
// and the former ones leave it when the part is rebuilt.

// editor changes events within one transaction.
type editor struct {
	w       *writer
	s       scanner
	insert  *stmt
	indexed int64
	counted int64
	counts  counts
	changed []unindexed // what is to be found by other words
}

// edit runs f and then brings the counts up to date.
func (w *writer) edit(f func(ed *editor) error) error {
	ctx := context.Background()
	insert, err := w.c.prepare(insertEvent)
	if err != nil {
		return err
	}
	ed := &editor{w: w, s: newScanner(w.c), insert: insert}
	if ed.indexed, err = w.c.number(ctx, "select value from meta where name='indexed'"); err != nil {
		return err
	}
	if ed.counted, err = w.c.number(ctx, countedTo); err != nil {
		return err
	}
	// Positions are not given out again.
	if err := w.c.exec(raiseFloor, w.last); err != nil {
		return err
	}
	if err := f(ed); err != nil {
		return err
	}
	if err := ed.counts.flush(w.c); err != nil {
		return err
	}
	// Of what was changed twice the last counts.
	slices.Reverse(ed.changed)
	slices.SortStableFunc(ed.changed, func(a, b unindexed) int { return cmp.Compare(a.seq, b.seq) })
	ed.changed = slices.CompactFunc(ed.changed, func(a, b unindexed) bool { return a.seq == b.seq })
	if err := w.indexEvents(ed.changed); err != nil {
		return err
	}
	w.fresh = false // what waits for the index and the counts, and the open raw rows, are read again
	return nil
}

// at returns the event at a position; false: there is none.
func (ed *editor) at(seq int64) (e event.Event, row []driver.Value, ok bool, err error) {
	row, err = ed.w.c.first(context.Background(), "select "+eventColumns+" from event e where e.seq=?", seq)
	if err != nil || row == nil {
		return e, nil, false, err
	}
	e, err = ed.s.scan(context.Background(), row)
	return e, row, err == nil, err
}

// remove deletes the event at a position. It reports whether there was one.
func (ed *editor) remove(seq int64) (bool, error) {
	e, row, ok, err := ed.at(seq)
	if err != nil || !ok {
		return false, err
	}
	room := integer(row[colRoom])
	if seq <= ed.indexed {
		if err := ed.w.c.exec("insert or ignore into stale(part) values(?)", partOf(seq, ed.w.partSize)); err != nil {
			return false, err
		}
	}
	if seq <= ed.counted {
		ed.counts.add(room, integer(row[colKind]), seq, &e, -1)
	}
	if e.SuperChatDelete != nil {
		if err := ed.w.c.exec("delete from deleted where room=? and seq=?", room, seq); err != nil {
			return false, err
		}
	}
	return true, ed.w.c.exec("delete from event where seq=?", seq)
}

// replace puts another event in the place of the one at e.Seq. When the archive
// has the same event elsewhere, there is none in the place after that, and it
// reports false.
func (ed *editor) replace(e *event.Event) (bool, error) {
	if _, err := ed.remove(e.Seq); err != nil {
		return false, err
	}
	room, err := ed.w.interned.room(ed.w.c, e.Platform, e.Room)
	if err != nil {
		return false, err
	}
	u, err := ed.w.insert(ed.insert, e.Seq, room, e)
	if err != nil {
		return false, fmt.Errorf("event %d: %w", e.Seq, err)
	}
	if u.seq == 0 {
		return false, nil
	}
	if err := ed.w.clock.raise(ed.w.c, e.Seq, moment(int64(e.At), int64(e.Received))); err != nil {
		return false, err
	}
	if u.seq <= ed.counted {
		ed.counts.add(room, u.kind, u.seq, e, 1)
	}
	if u.seq <= ed.indexed { // found at once, by the words of the former event too until the part is rebuilt
		ed.changed = append(ed.changed, u)
	}
	return true, nil
}
