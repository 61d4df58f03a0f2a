package store

import (
	"context"
	"database/sql/driver"
	"slices"
)

// Parts of the search index that were made before schema 3 have no words of traits
// and pairs: they are listed in the table plain, get no such words while they are
// filled, and are searched without. Making a part anew takes it off the list.

const plainTable = `
-- Parts of the search index without the words that came with schema 3; see plain.go.
create table plain(part integer primary key);
`

// listPlain puts all parts that there are on the list.
const listPlain = `
insert into plain with recursive part(n) as (
 select 0 union all select n+1 from part where n<((select value from meta where name='indexed')-1)/(select value from meta where name='part'))
select n from part where (select value from meta where name='indexed')>0;
`

func plainParts(ctx context.Context, c *conn) (parts []int64, err error) {
	err = c.each(ctx, "select part from plain", func(r []driver.Value) (bool, error) {
		parts = append(parts, integer(r[0]))
		return true, nil
	})
	return parts, err
}

// eventWords makes the words of an event as its part of the index has them.
func (w *writer) eventWords(u *unindexed) error {
	if !w.plainKnown {
		var err error
		if w.plain, err = plainParts(context.Background(), w.c); err != nil {
			return err
		}
		w.plainKnown = true
	}
	w.words.event(u, slices.Contains(w.plain, partOf(u.seq, w.partSize)))
	return nil
}
