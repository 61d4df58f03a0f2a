package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"danmaku/event"
)

// plan is how a query goes about its filter.
type plan struct {
	made    bool
	folded  string // Filter.Text as it is compared
	rule    *cond  // what Filter.Rule asks; nil: nothing
	noWhole bool   // no event is stored whole
	match   lookup // query of the search index; nil: look through the events
	old     lookup // the same for parts of before schema 3, which are in plain
	plain   []int64
	indexed int64 // what the index covered when the query began

	timed bool // query.seqs is all there is, the newest by the clock first

	rooms []int64 // rows of the table room; nil: all
	kinds []int64 // numbers of kinds; nil: all
	users []int64 // rows of the table user; nil: all, or too many to list
}

const (
	// manyUsers is how many rows of the table user are not listed any more: a
	// part of a name so short is looked for in the events.
	manyUsers = 4_000
	// usersAtOnce is how many rows of the table user one query reads.
	usersAtOnce = 64
	// fewUsers is how many are put into a query of the index; someUsers, how many
	// beside a text; of more, a look through the newest finds somebody soon.
	fewUsers  = 100
	someUsers = 1000
	// sparse is the share of events in the chosen rooms below which the index
	// finds the next one faster than looking through all.
	sparse = 0.1
	// catchUp is how far a reader going forward may be behind to look through
	// the events rather than the index.
	catchUp = 2000
	// narrow is how many events of a time are read by the time line.
	narrow = 20_000
)

// prepare makes the plan.
func (q *query) prepare(ctx context.Context, r *reader) error {
	p := &q.plan
	p.made = true
	f := &q.f
	none, err := p.narrowTo(ctx, r, f)
	if err != nil || none {
		q.done = true
		return err
	}
	if p.indexed, err = r.c.number(ctx, "select value from meta where name='indexed'"); err != nil {
		return err
	}
	total, err := lastSeq(ctx, r.c)
	if err != nil {
		return err
	}
	if f.Newest {
		q.next = min(q.next, total)
	}
	share := 1.0
	if p.rooms != nil || f.From != 0 || f.To != 0 {
		h, err := r.hours(ctx, p.rooms, f.From, f.To)
		if err != nil {
			return err
		}
		q.narrow(h.first, h.last)
		if p.rooms != nil && (f.From != 0 || f.To != 0) {
			few := h.events <= narrow
			if !few && f.From != 0 && f.To != 0 && f.To-f.From <= millisPerHour { // the hours tell too little
				n, err := r.c.number(ctx, "select count(*) from (select 1 from event indexed by event_timeline where room in ("+numbers(p.rooms)+") and at>=? and at<? limit ?)", int64(f.From), int64(f.To), int64(narrow+1))
				if err != nil {
					return err
				}
				few = n <= narrow
			}
			if few {
				return q.timeline(ctx, r)
			}
		}
		if p.rooms != nil {
			share = float64(h.events) / float64(max(1, h.last-h.first+1))
		}
	}
	if f.Text != "" {
		p.folded = event.Fold(f.Text)
	}
	if !f.Newest && min(q.end, total)-q.next < catchUp {
		return nil
	}
	if p.plain, err = plainParts(ctx, r.c); err != nil {
		return err
	}
	p.match = p.lookups(f, share, false)
	if len(p.plain) > 0 {
		p.old = p.lookups(f, share, true)
	}
	return nil
}

// lookups makes the query of the search index. share is that of the chosen rooms in
// the positions they take.
func (p *plan) lookups(f *event.Filter, share float64, old bool) lookup {
	var match lookup
	if p.folded != "" {
		match = append(match, phrase(p.folded, old)...)
	}
	if n := len(p.users); p.users != nil && (n <= fewUsers || n <= someUsers && len(match) > 0) {
		match = append(match, marks(userMark, p.users))
	}
	if p.rule != nil {
		for _, t := range p.rule.lookup(old, false) {
			if !slices.ContainsFunc(match, func(o term) bool { return reflect.DeepEqual(o, t) }) {
				match = append(match, t)
			}
		}
	}
	if p.rooms != nil && share < sparse && len(p.rooms) <= fewUsers {
		match = append(match, marks(roomMark, p.rooms))
	}
	// Kinds are either rare and worth a look into the index, or they are not
	// needed when something else is there.
	if p.kinds != nil && !slices.ContainsFunc(p.kinds, func(k int64) bool { return !isMarked(k) }) && (len(match) == 0 || !slices.Contains(p.kinds, 1)) {
		match = append(match, marks(kindMark, p.kinds))
	}
	return match
}

// lookup is the query of a part of the search index; nil: look through its events.
func (p *plan) lookup(part int64) lookup {
	if slices.Contains(p.plain, part) {
		return p.old
	}
	return p.match
}

// narrowTo finds the rows of what the filter names; none: there is no such room,
// kind or user.
func (p *plan) narrowTo(ctx context.Context, r *reader, f *event.Filter) (none bool, err error) {
	if len(f.Rooms) > 0 {
		if p.rooms, err = r.roomRows(ctx, f.Rooms); err != nil {
			return false, err
		}
	}
	for _, k := range f.Kinds {
		if n := kindNumber(k); n >= 0 {
			p.kinds = append(p.kinds, n)
		}
	}
	if !f.Rule.Empty() {
		rule, err := r.resolve(ctx, f.Rule.Cond())
		if err != nil {
			return false, err
		}
		p.rule = &rule
		if f.Newest { // else events are still to come
			n, err := r.c.number(ctx, "select id from form where flags&? limit 1", int64(flagWhole))
			if err != nil {
				return false, err
			}
			p.noWhole = n == 0
		}
	}
	if f.User != "" {
		if c := p.rule.user(f.User); c != nil {
			p.users = c.ids
		} else if p.users, err = r.userRows(ctx, f.User); err != nil {
			return false, err
		}
	}
	return len(f.Rooms) > 0 && len(p.rooms) == 0 || len(f.Kinds) > 0 && len(p.kinds) == 0 || p.users != nil && len(p.users) == 0, nil
}

// narrow restricts the positions still to be read.
func (q *query) narrow(first, last int64) {
	if q.f.Newest {
		q.next, q.end = min(q.next, last), max(q.end, first)
	} else {
		q.next, q.end = max(q.next, first), min(q.end, last)
	}
}

// hours is what the table hour says of some rooms and a time, and the events that
// are not yet in it.
type hours struct{ events, first, last int64 }

func (r *reader) hours(ctx context.Context, rooms []int64, from, to event.Millis) (h hours, err error) {
	in := "(select id from room)"
	if rooms != nil {
		in = "(" + numbers(rooms) + ")"
	}
	first, last := int64(math.MinInt64), int64(math.MaxInt64)
	if from != 0 {
		first = int64(from)
	}
	if to != 0 {
		last = int64(to) - 1
	}
	err = r.c.each(ctx, "select sum(events), min(first), max(last) from (select events, first, last from hour where room in "+in+" and hour between ? and ?"+
		" union all select count(*), min(seq), max(seq) from event not indexed where seq>("+countedTo+") and room in "+in+" and at between ? and ?)", func(v []driver.Value) (bool, error) {
		h = hours{integer(v[0]), integer(v[1]), integer(v[2])}
		return false, nil
	}, floorDiv(first, millisPerHour), floorDiv(last, millisPerHour), first, last)
	return h, err
}

// timeline takes the positions from the index by room and time.
func (q *query) timeline(ctx context.Context, r *reader) error {
	lo, hi := q.next, q.end
	if q.f.Newest {
		lo, hi = hi, lo
	}
	from, to := event.Millis(math.MinInt64), event.Millis(math.MaxInt64)
	if q.f.From != 0 {
		from = q.f.From
	}
	if q.f.To != 0 {
		to = q.f.To - 1
	}
	order := "seq"
	q.plan.timed = q.f.ByClock
	switch {
	case q.plan.timed:
		order = "at desc, seq desc"
	case q.f.Newest:
		order = "seq desc"
	}
	err := r.c.each(ctx, "select seq from event indexed by event_timeline where room in ("+numbers(q.plan.rooms)+") and at between ? and ? and seq between ? and ? order by "+order, func(v []driver.Value) (bool, error) {
		q.seqs = append(q.seqs, integer(v[0]))
		return true, nil
	}, int64(from), int64(to), lo, hi)
	if q.f.Newest {
		q.next = q.end - 1
	} else {
		q.next = q.end + 1
	}
	return err
}

// where is the part of the filter that SQL decides when it looks through events.
func (p *plan) where(f *event.Filter) (string, []driver.Value) {
	var where strings.Builder
	var args []driver.Value
	for _, c := range []struct {
		column string
		in     []int64
	}{{"e.room", p.rooms}, {"e.kind", p.kinds}, {"e.user", p.users}} {
		if c.in != nil && len(c.in) <= mostInSQL {
			fmt.Fprintf(&where, " and +%s in (%s)", c.column, numbers(c.in))
		}
	}
	if f.From != 0 {
		where.WriteString(" and +e.at>=?")
		args = append(args, int64(f.From))
	}
	if f.To != 0 {
		where.WriteString(" and +e.at<?")
		args = append(args, int64(f.To))
	}
	where.WriteString(p.ruleWhere(mostInSQL))
	return where.String(), args
}

// ruleWhere is the part of the rule that SQL decides; most: see cond.sql.
func (p *plan) ruleWhere(most int) string {
	if p.rule == nil {
		return ""
	}
	s := p.rule.sql(false, most)
	switch {
	case s == "":
		return ""
	case p.noWhole:
		return " and " + s
	}
	return " and (" + s + " or " + whole + ")"
}

// mayMatch decides from the row alone what it can, before an event is made.
func (p *plan) mayMatch(f *event.Filter, row []driver.Value) bool {
	at, kind := event.Millis(integer(row[colAt])), integer(row[colKind])
	return (f.From == 0 || at >= f.From) && (f.To == 0 || at < f.To) &&
		(p.rooms == nil || slices.Contains(p.rooms, integer(row[colRoom]))) &&
		(p.kinds == nil || slices.Contains(p.kinds, kind)) &&
		p.mayHold(kind, integer(row[colUser]), text(row[colText]))
}

// asksText reports whether the filter asks for what mayHold decides and SQL does not.
func (p *plan) asksText() bool {
	return p.folded != "" || len(p.users) > mostInSQL || p.rule != nil && p.rule.asksText()
}

// userColumn is what mayHold needs to know of the user: mostly nothing.
func (p *plan) userColumn() string {
	if p.users == nil {
		return "0"
	}
	return "e.user"
}

// mayHold decides from the kind, the user and the text alone.
func (p *plan) mayHold(kind, user int64, words string) bool {
	if p.users != nil {
		if _, ok := slices.BinarySearch(p.users, user); !ok {
			return false
		}
	}
	t := foldedText{text: words}
	// The words of a super chat are in two columns.
	return (p.folded == "" || kind == 2 || strings.Contains(t.fold(), p.folded)) &&
		(p.rule == nil || p.rule.about(kind, &t) != no)
}

// roomRows returns the rows of the table room for the platform's ids.
func (r *reader) roomRows(ctx context.Context, rooms []event.RoomID) ([]int64, error) {
	ids := []int64{}
	err := r.c.each(ctx, "select id, room from room", func(v []driver.Value) (bool, error) {
		if slices.Contains(rooms, event.RoomID(integer(v[1]))) {
			ids = append(ids, integer(v[0]))
		}
		return true, nil
	})
	return ids, err
}

// userRows returns the rows of the table user whose uid is s or whose name has s
// in it; nil when there are too many to list.
func (r *reader) userRows(ctx context.Context, s string) ([]int64, error) {
	ids := []int64{}
	err := r.c.each(ctx, "select id from user where uid=?", func(v []driver.Value) (bool, error) {
		ids = append(ids, integer(v[0]))
		return true, nil
	}, s)
	if err != nil {
		return nil, err
	}
	folded := event.Fold(s)
	add := func(v []driver.Value) (bool, error) {
		if strings.Contains(event.Fold(text(v[1])), folded) {
			ids = append(ids, integer(v[0]))
		}
		return len(ids) <= manyUsers, nil
	}
	indexed, err := r.c.number(ctx, "select value from meta where name='named'")
	if err != nil {
		return nil, err
	}
	named := "select id, name from user where id in (?" + strings.Repeat(",?", usersAtOnce-1) + ")"
	for next := indexed; next > 0 && len(ids) <= manyUsers; {
		found, err := r.candidates(ctx, "names", phrase(folded, true), 1, next, manyUsers+1)
		if err != nil {
			return nil, err
		}
		for some := range slices.Chunk(found, usersAtOnce) {
			args := make([]driver.Value, usersAtOnce)
			for i := range args {
				args[i] = some[min(i, len(some)-1)] // no number twice makes no row twice
			}
			if err := r.c.each(ctx, named, add, args...); err != nil { // who was forgotten since is not there
				return nil, err
			}
			if len(ids) > manyUsers {
				return nil, nil
			}
		}
		if next = 0; len(found) > manyUsers {
			next = found[manyUsers] - 1
		}
	}
	if len(ids) <= manyUsers {
		if err = r.c.each(ctx, "select id, name from user where id>?", add, indexed); err != nil {
			return nil, err
		}
	}
	if len(ids) > manyUsers {
		return nil, nil
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// numbers is a list for SQL's in.
func numbers(n []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", ","), "[]")
}
