package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"strconv"
)

// The search index takes events in lots: each is a segment, and segments are
// merged later, so ten events at a time would cost three times as much as five
// hundred. Queries look through the events that wait.
const indexLot = 512

// countedTo is the last position that the tables minute and hour have.
const countedTo = "select value from meta where name='counted'"

// loadUnindexed finds the events that wait, when another program has written.
func (w *writer) loadUnindexed(ctx context.Context) error {
	w.waiting = w.waiting[:0]
	w.counts.clear()
	counted, err := w.c.number(ctx, countedTo)
	if err != nil {
		return err
	}
	s := newScanner(w.c)
	return w.c.each(ctx, "select "+eventColumns+" from event e where e.seq>(select value from meta where name='indexed') order by e.seq", func(r []driver.Value) (bool, error) {
		e, err := s.scan(ctx, r)
		if err != nil {
			return false, err
		}
		w.waiting = append(w.waiting, toIndex(&e, integer(r[colRoom]), integer(r[colKind]), integer(r[colUser])))
		if e.Seq > counted {
			w.counts.add(integer(r[colRoom]), integer(r[colKind]), e.Seq, &e, 1)
		}
		return true, nil
	})
}

// index brings the events that wait into the search index and the counts, if they
// make a lot.
func (w *writer) index() error {
	if len(w.waiting) < indexLot {
		return nil
	}
	if err := w.indexEvents(w.waiting); err != nil {
		return err
	}
	last := w.waiting[len(w.waiting)-1].seq
	w.waiting = w.waiting[:0]
	if err := w.counts.flush(w.c); err != nil {
		return err
	}
	w.counts.clear()
	if err := w.c.exec("update meta set value=? where name in ('indexed', 'counted')", last); err != nil {
		return err
	}
	if err := w.indexNames(); err != nil {
		return err
	}
	return w.mergePart(partOf(last, w.partSize))
}

// indexEvents brings events into the search index; they are in ascending order.
func (w *writer) indexEvents(all []unindexed) error {
	if err := w.traceWords(all); err != nil {
		return err
	}
	for i := len(all); i > 0; {
		part := partOf(all[i-1].seq, w.partSize)
		w.lot.reset()
		for ; i > 0 && partOf(all[i-1].seq, w.partSize) == part && !w.lot.full(); i-- {
			if err := w.eventWords(&all[i-1]); err != nil {
				return err
			}
			w.lot.add(all[i-1].seq, w.words.buf)
		}
		t, err := w.part(part)
		if err != nil {
			return err
		}
		if err := t.put(&w.lot); err != nil {
			return err
		}
	}
	return nil
}

// TraceFTS4 begins what Options.Trace is told of the search index; see there.
const TraceFTS4 = "/* FTS4 would */ "

// traceWords tells Options.Trace the words of events.
func (w *writer) traceWords(all []unindexed) error {
	if w.c.trace == nil {
		return nil
	}
	for i := range all {
		part := partOf(all[i].seq, w.partSize)
		if _, err := w.part(part); err != nil {
			return err
		}
		if err := w.eventWords(&all[i]); err != nil {
			return err
		}
		w.traceDocument(partName(part), all[i].seq)
	}
	return nil
}

// traceDocument tells Options.Trace the words of a document, which are in w.words.
func (w *writer) traceDocument(table string, doc int64) {
	if w.c.trace != nil {
		w.c.trace(TraceFTS4+"insert into "+table+"(docid, words) values(?,?)", []driver.Value{doc, string(w.words.buf)})
	}
}

// The index is in parts, of a million positions each, so that what is searched
// in an old one does not pass the newer, no merge of segments takes long, and a
// part that is full can be merged for good. The size is in meta's 'part'.
const defaultPartSize = 1 << 20

func partOf(seq, size int64) int64 { return (seq - 1) / size }

func partName(part int64) string { return "search_" + strconv.FormatInt(part, 10) }

// part returns the table of a part, which it makes unless it is there.
func (w *writer) part(part int64) (*indexTable, error) {
	name := partName(part)
	if w.table != nil && w.table.name == name {
		return w.table, nil
	}
	if err := w.c.script("create virtual table if not exists " + name + " using fts4(" + indexOptions + ")"); err != nil {
		return nil, err
	}
	w.table = newIndexTable(w.c, name, w.pageSize)
	return w.table, nil
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

// nameLot is how many names go into a segment at most.
const nameLot = 8192

// indexNames does for the names of users what index does for events.
func (w *writer) indexNames() error {
	type name struct {
		id   int64
		name string
	}
	var names []name
	for {
		names = names[:0]
		err := w.c.each(context.Background(), "select id, name from user where id>(select value from meta where name='named') order by id limit ?", func(r []driver.Value) (bool, error) {
			names = append(names, name{integer(r[0]), text(r[1])})
			return true, nil
		}, int64(nameLot))
		if err != nil || len(names) == 0 {
			return err
		}
		for _, n := range names {
			w.words.name(n.name)
			w.traceDocument("names", n.id)
		}
		w.lot.reset()
		for _, n := range slices.Backward(names) {
			w.words.name(n.name)
			w.lot.add(n.id, w.words.buf)
		}
		if err := newIndexTable(w.c, "names", w.pageSize).put(&w.lot); err != nil {
			return err
		}
		if err := w.c.exec("update meta set value=? where name='named'", names[len(names)-1].id); err != nil {
			return err
		}
		if len(names) < nameLot {
			return nil
		}
	}
}
