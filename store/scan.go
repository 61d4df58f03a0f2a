package store

import (
	"context"
	"database/sql/driver"
)

// scanSpan is how many positions are looked through at once when most are not
// wanted: the view of the file is let go in between, and who asked may stop.
const scanSpan = 1 << 17

// scan looks at the next events one after the other.
func (q *query) scan(ctx context.Context, r *reader) error {
	where, args := q.plan.where(&q.f)
	lo, hi, order := q.next, q.end, "asc"
	if q.f.Newest {
		lo, hi, order = q.end, q.next, "desc"
	}
	lo, hi = q.plan.unsearched(q.next, lo, hi, q.f.Newest, r.partSize)
	if where != "" || q.plan.asksText() {
		if q.f.Newest {
			lo = max(lo, hi-scanSpan+1)
		} else if end, err := lastSeq(ctx, r.c); err != nil {
			return err
		} else if lo+scanSpan <= end {
			hi = min(hi, lo+scanSpan-1)
		}
	}
	read, last := 0, int64(0)
	asked := ctx
	if where == "" {
		ctx = aPage(ctx)
	}
	columns, take := eventColumns, func(row []driver.Value) error { return q.take(ctx, r, row) }
	if q.plan.asksText() && q.keep == nil {
		// Only what is needed is read of those that are not wanted.
		columns, take = "e.seq, e.kind, e.text, "+q.plan.userColumn(), func(row []driver.Value) error {
			if q.plan.mayHold(integer(row[1]), integer(row[3]), text(row[2])) {
				q.seqs = append(q.seqs, integer(row[0]))
			}
			if read%fullPage == 0 {
				return asked.Err()
			}
			return nil
		}
	}
	size := q.size
	if columns != eventColumns {
		size = scanSpan // those that pass are few, or many and read a page at a time
	}
	err := r.c.each(ctx, "select "+columns+" from event e where e.seq between ? and ?"+where+" order by e.seq "+order+" limit ?", func(row []driver.Value) (bool, error) {
		read++
		last = integer(row[0])
		err := take(row)
		return !q.done && len(q.seqs) < q.size, err
	}, append([]driver.Value{lo, hi}, append(args, int64(size))...)...)
	if err != nil || q.done {
		return err
	}
	switch {
	case read == size || len(q.seqs) >= q.size:
		q.next = last + 1
		if q.f.Newest {
			q.next = last - 1
		}
	case q.f.Newest:
		q.next = lo - 1
	case hi < q.end:
		q.next = hi + 1
	default:
		q.next, q.end = 1, 0 // nothing is left
	}
	return nil
}

// aPage is the context of a statement that passes no rows without giving them, of
// which who takes them knows when to stop. The driver asks a context that may end
// about each row, twice.
func aPage(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// unsearched cuts what is to be looked through at the part of the index that can be
// searched instead.
func (p *plan) unsearched(next, lo, hi int64, newest bool, partSize int64) (int64, int64) {
	if next > p.indexed {
		if newest {
			return max(lo, p.indexed+1), hi
		}
		return lo, hi
	}
	if p.match == nil && p.old == nil {
		return lo, hi
	}
	part := partOf(next, partSize)
	return max(lo, part*partSize+1), min(hi, (part+1)*partSize, p.indexed)
}
