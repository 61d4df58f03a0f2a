package store

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// rebuildLot is how many positions go into a new part of the search index in one
// transaction, so that others can write in between.
const rebuildLot = 8192

// rebuild makes the stale parts of the search index anew. Until a part is done
// the old one serves: it finds too much, which does no harm.
func (a *Archive) rebuild(ctx context.Context) error {
	for {
		part := int64(-1)
		err := a.write(ctx, func(w *writer) error {
			row, err := w.c.first(ctx, "select min(part) from stale")
			if err != nil || row[0] == nil {
				return err
			}
			part = integer(row[0])
			return w.c.script(fmt.Sprintf("drop table if exists %[1]s_new; create virtual table %[1]s_new using fts4(%[2]s)", partName(part), indexOptions))
		})
		if err != nil || part < 0 {
			return err
		}
		for next := int64(1); next > 0; {
			from := next
			err := a.write(ctx, func(w *writer) (err error) {
				next, err = w.rebuildFrom(ctx, part, from)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
}

// rebuildFrom puts the words of the next events into the new part and returns
// where to go on; 0 when the new part has taken the place of the old.
func (w *writer) rebuildFrom(ctx context.Context, part, next int64) (int64, error) {
	indexed, err := w.c.number(ctx, "select value from meta where name='indexed'")
	if err != nil {
		return 0, err
	}
	name := partName(part)
	next = max(next, part*w.partSize+1)
	end := min((part+1)*w.partSize, indexed)
	to := min(next+rebuildLot-1, end)
	s := newScanner(w.c)
	table := newIndexTable(w.c, name+"_new", w.pageSize)
	w.lot.reset()
	err = w.c.each(ctx, "select "+eventColumns+" from event e where e.seq between ? and ? order by e.seq desc", func(r []driver.Value) (bool, error) {
		e, err := s.scan(ctx, r)
		if err != nil {
			return false, err
		}
		if w.lot.full() {
			if err := table.put(&w.lot); err != nil {
				return false, err
			}
			w.lot.reset()
		}
		u := toIndex(&e, integer(r[colRoom]), integer(r[colKind]), integer(r[colUser]))
		w.words.event(&u, false)
		w.lot.add(e.Seq, w.words.buf)
		return true, nil
	}, next, to)
	if err == nil {
		err = table.put(&w.lot)
	}
	if err != nil || to < end {
		return to + 1, err
	}
	w.plainKnown = false
	return 0, w.c.script(fmt.Sprintf(`drop table %[1]s; alter table %[1]s_new rename to %[1]s;
delete from stale where part=%[2]d; delete from plain where part=%[2]d; update meta set value=min(value, %[2]d) where name='merged'`, name, part))
}

// rebuildNames makes the index of users' names anew.
func (a *Archive) rebuildNames(ctx context.Context) error {
	return a.write(ctx, func(w *writer) error {
		err := w.c.script("drop table names; create virtual table names using fts4(" + indexOptions + "); update meta set value=0 where name='named'")
		if err != nil {
			return err
		}
		return w.indexNames()
	})
}
