package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
)

// The search index takes events in lots: FTS4 writes a segment for each
// transaction and merges segments later, so ten events at a time cost three
// times as much as five hundred. Queries look through the events that wait.
const indexLot = 512

// loadUnindexed finds the events that wait, when another program has written.
func (w *writer) loadUnindexed(ctx context.Context) error {
	w.waiting = w.waiting[:0]
	s := newScanner(w.c)
	return w.c.each(ctx, "select "+eventColumns+" from event e where e.seq>(select value from meta where name='indexed') order by e.seq", func(r []driver.Value) (bool, error) {
		e, err := s.scan(ctx, r)
		w.waiting = append(w.waiting, toIndex(&e, integer(r[colRoom]), integer(r[colKind]), integer(r[colUser])))
		return true, err
	})
}

// index brings the events that wait into the search index, if they make a lot.
func (w *writer) index() error {
	if len(w.waiting) < indexLot {
		return nil
	}
	part := int64(-1)
	for _, u := range w.waiting {
		if p := partOf(u.seq, w.partSize); p != part {
			part = p
			if err := w.makePart(part); err != nil {
				return err
			}
		}
		if err := w.indexOne(u); err != nil {
			return err
		}
	}
	last := w.waiting[len(w.waiting)-1].seq
	w.waiting = w.waiting[:0]
	if err := w.c.exec("update meta set value=? where name='indexed'", last); err != nil {
		return err
	}
	if err := w.indexNames(); err != nil {
		return err
	}
	return w.mergePart(part)
}

// indexOne brings one event into the search index.
func (w *writer) indexOne(u unindexed) error {
	if err := w.eventWords(&u); err != nil {
		return err
	}
	return w.c.exec(w.partSQL(u.seq, "insert into %s(docid, words) values(?,?)"), u.seq, string(w.words.buf))
}

// partSQL is a statement about the part that has a position.
func (w *writer) partSQL(seq int64, format string) string {
	part := partOf(seq, w.partSize)
	if w.sqlPart != part || w.sqlFormat != format {
		w.sqlPart, w.sqlFormat, w.sql = part, format, fmt.Sprintf(format, partName(part))
	}
	return w.sql
}

// The index is in parts, of a million positions each, so that what is searched
// in an old one does not pass the newer, no merge of segments takes long, and a
// part that is full can be merged for good. The size is in meta's 'part'.
const defaultPartSize = 1 << 20

func partOf(seq, size int64) int64 { return (seq - 1) / size }

func partName(part int64) string { return "search_" + strconv.FormatInt(part, 10) }

// makePart makes the table of a part, unless it is there.
func (w *writer) makePart(part int64) error {
	return w.c.script("create virtual table if not exists " + partName(part) + " using fts4(" + indexOptions + ")")
}

// mergePart goes on merging the newest part that is full, a little.
func (w *writer) mergePart(part int64) error {
	ctx := context.Background()
	merged, err := w.c.number(ctx, "select value from meta where name='merged'")
	if err != nil || merged >= part {
		return err
	}
	name := partName(merged)
	before, err := w.c.number(ctx, "select total_changes()")
	if err != nil {
		return err
	}
	if err := w.c.exec("insert into " + name + "(" + name + ") values('merge=64,2')"); err != nil {
		return err
	}
	after, err := w.c.number(ctx, "select total_changes()")
	if err != nil || after-before >= 2 { // as FTS4's documentation says: there is more
		return err
	}
	return w.c.exec("update meta set value=? where name='merged'", merged+1)
}

// indexNames does for the names of users what index does for events.
func (w *writer) indexNames() error {
	type name struct {
		id   int64
		name string
	}
	var names []name
	err := w.c.each(context.Background(), "select id, name from user where id>(select value from meta where name='named') order by id", func(r []driver.Value) (bool, error) {
		names = append(names, name{integer(r[0]), text(r[1])})
		return true, nil
	})
	if err != nil || len(names) == 0 {
		return err
	}
	for _, n := range names {
		w.words.name(n.name)
		if err := w.c.exec("insert into names(docid, words) values(?,?)", n.id, string(w.words.buf)); err != nil {
			return err
		}
	}
	return w.c.exec("update meta set value=? where name='named'", names[len(names)-1].id)
}
