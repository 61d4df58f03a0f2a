package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"danmaku/event"
)

// cond is what a rule asks, with the rows of the small tables that are meant. A
// query asks it three times: the search index for candidates, SQL about the columns
// that are numbers, and Go about the text. Each may let too much through; what is
// left is held against the rule itself.
type cond struct {
	event.Cond
	parts []cond
	ids   []int64 // rooms, kinds, users, medals or forms; see listed
	// listed says that ids are all that there are; else they are too many.
	listed bool
	last   int64 // the last form when they were listed
	// The words of CondKinds, and of its opposite; nil: they do not help.
	marked, otherwise lookup
}

// resolve finds the rows of what a rule names.
func (r *reader) resolve(ctx context.Context, c event.Cond) (cond, error) {
	out := cond{Cond: c}
	var err error
	switch c.Op {
	case event.CondAll, event.CondAny, event.CondNot, event.CondPattern:
		for _, part := range c.Parts {
			p, err := r.resolve(ctx, part)
			if err != nil {
				return out, err
			}
			out.parts = append(out.parts, p)
		}
	case event.CondUser:
		out.ids, err = r.userRows(ctx, c.Text)
		out.listed = out.ids != nil
	case event.CondRooms:
		out.ids, err = r.roomRows(ctx, c.Rooms)
		out.listed = true
	case event.CondKinds:
		for _, k := range c.Kinds {
			if n := kindNumber(k); n >= 0 {
				out.ids = append(out.ids, n)
			}
		}
		out.listed = true
		if out.marked, err = r.kindWords(ctx, out.ids, true); err == nil {
			out.otherwise, err = r.kindWords(ctx, out.ids, false)
		}
	case event.CondMedalName:
		out.ids, out.listed, err = r.medalRows(ctx, c.Text)
	case event.CondSticker:
		out.ids, out.last, err = r.formRows(ctx, `"sticker":{`)
		out.listed = true
	case event.CondLottery:
		out.ids, out.last, err = r.formRows(ctx, `"lottery":true`)
		out.listed = true
	}
	return out, err
}

// user returns the part of a rule that lets through nothing but events of a person;
// nil: it has none, or there is no rule.
func (c *cond) user(who string) *cond {
	switch {
	case c == nil:
	case c.Op == event.CondUser && c.Text == who:
		return c
	case c.Op == event.CondAll:
		for i := range c.parts {
			if found := c.parts[i].user(who); found != nil {
				return found
			}
		}
	}
	return nil
}

// kindWords returns the words of kinds, or of all others. Of those without a word
// there must be no event.
func (r *reader) kindWords(ctx context.Context, kinds []int64, of bool) (lookup, error) {
	var found []int64
	for k := range int64(len(event.Kinds())) {
		switch {
		case slices.Contains(kinds, k) != of:
		case isMarked(k):
			found = append(found, k)
		default:
			row, err := r.c.first(ctx, "select 1 from form where kind=? limit 1", k)
			if err != nil || row != nil {
				return nil, err
			}
		}
	}
	return lookup{marks(kindMark, found)}, nil
}

// How many numbers a list in a statement has at most: SQLite makes a table of them
// whenever it begins, be it to look through many rows or for one.
const (
	mostInSQL    = 2000
	mostInSQLOne = 16
)

// manyMedals is how many rows of the table medal are not listed any more: those of
// one name differ in level and more.
const manyMedals = 2000

// medalRows returns the rows of the table medal that have s, which is folded, in
// their name.
func (r *reader) medalRows(ctx context.Context, s string) (ids []int64, listed bool, err error) {
	var names []string
	if err = r.c.each(ctx, "select distinct name from medal", func(v []driver.Value) (bool, error) {
		if name := text(v[0]); strings.Contains(event.Fold(name), s) {
			names = append(names, name)
		}
		return true, nil
	}); err != nil {
		return nil, false, err
	}
	for _, name := range names {
		if err = r.c.each(ctx, "select id from medal where name=?", func(v []driver.Value) (bool, error) {
			ids = append(ids, integer(v[0]))
			return len(ids) <= manyMedals, nil
		}, name); err != nil || len(ids) > manyMedals {
			return nil, false, err
		}
	}
	return ids, true, nil
}

// formRows returns the forms of comments whose detail has something in it, and the
// last form that there is. What stands in quotation marks in a text is escaped there.
func (r *reader) formRows(ctx context.Context, detail string) (ids []int64, last int64, err error) {
	if last, err = r.c.number(ctx, "select max(id) from form"); err != nil {
		return nil, 0, err
	}
	err = r.c.each(ctx, "select id from form where kind=0 and instr(detail, ?)", func(v []driver.Value) (bool, error) {
		ids = append(ids, integer(v[0]))
		return true, nil
	}, detail)
	return ids, last, err
}

// whole finds the rows that are whole events in JSON, of which the other columns say
// nothing; see rest. No other row begins so.
const whole = `substr(e.rest,1,9)='{"event":'`

// sql is a condition that holds whenever c does (or, with not, does not) for a row
// that is not whole; "": always. Lists of more than most numbers are left out.
func (c *cond) sql(not bool, most int) string {
	in := func(column string) string {
		switch {
		case !c.listed || len(c.ids) > most:
			return ""
		case not:
			return "(" + column + " is null or " + column + " not in (" + numbers(c.ids) + "))"
		}
		return column + " in (" + numbers(c.ids) + ")"
	}
	// exactly: the column says all there is to know.
	exactly := func(s string) string {
		if not {
			return "not ifnull(" + s + ",0)"
		}
		return s
	}
	// about: it holds for more events than the condition.
	about := func(s string) string {
		if not {
			return ""
		}
		return s
	}
	switch c.Op {
	case event.CondNot:
		return c.parts[0].sql(!not, most)
	case event.CondAll, event.CondAny:
		var parts []string
		for i := range c.parts {
			s := c.parts[i].sql(not, most)
			if s == "" && (c.Op == event.CondAny) != not {
				return ""
			}
			if s != "" {
				parts = append(parts, s)
			}
		}
		join := " and "
		if (c.Op == event.CondAny) != not {
			join = " or "
			if len(parts) == 0 {
				return "0"
			}
		}
		if len(parts) < 2 {
			return strings.Join(parts, "")
		}
		return "(" + strings.Join(parts, join) + ")"
	case event.CondRooms:
		return in("e.room")
	case event.CondKinds:
		return in("e.kind")
	case event.CondUser:
		return in("e.user")
	case event.CondMedalName:
		return in("e.medal")
	case event.CondTime:
		return exactly(c.within("e.at"))
	case event.CondMedal:
		return exactly("(select " + c.within("m.level") + " from medal m where m.id=e.medal)")
	case event.CondLit:
		return exactly("(select m.lit from medal m where m.id=e.medal)")
	case event.CondGuard:
		return "(e.kind=4 or " + exactly(c.within("(ifnull(e.standing,0)&3)")) + ")"
	case event.CondLevel:
		return exactly(c.within("(e.standing>>3&1023)"))
	case event.CondAdmin:
		return exactly("(e.standing&4)<>0")
	case event.CondPrice:
		if c.Min <= 0 && c.Max >= 0 { // what costs nothing has an amount all the same, sometimes
			return about("e.kind in (1,2,4,15)")
		}
		return about("(e.kind in (1,2,4,15) and e.of is null and " + c.within("e.amount") + ")")
	case event.CondCount:
		return about("(e.kind in (1,4,8) and " + c.within("e.num") + ")")
	case event.CondPaid:
		return about("(e.kind in (1,2,4,15) and e.of is null and e.amount>0)")
	case event.CondReply:
		return about("(e.kind=0 and e.rest is not null)")
	case event.CondSticker, event.CondLottery:
		if len(c.ids) > most {
			return about("e.kind=0")
		}
		return about("(e.form in (" + numbers(c.ids) + ") or e.form>" + strconv.FormatInt(c.last, 10) + ")")
	}
	return ""
}

// within is that a column is between the bounds.
func (c *cond) within(column string) string {
	switch {
	case c.Min > c.Max:
		return "0"
	case c.Min == math.MinInt64:
		return fmt.Sprintf("%s<=%d", column, c.Max)
	case c.Max == math.MaxInt64:
		return fmt.Sprintf("%s>=%d", column, c.Min)
	}
	return fmt.Sprintf("%s between %d and %d", column, c.Min, c.Max)
}

// asksText reports whether the text has to be looked at.
func (c *cond) asksText() bool {
	return c.Op == event.CondText || c.Op == event.CondPattern ||
		(c.Op == event.CondAll || c.Op == event.CondAny || c.Op == event.CondNot) && slices.ContainsFunc(c.parts, func(p cond) bool { return p.asksText() })
}

// answer is what can be said of a condition without the event.
type answer int

const (
	no answer = iota - 1
	unknown
	yes
)

// about tells of an event's kind and text whether c holds. Of super chats the text
// is not all that is compared.
func (c *cond) about(kind int64, t *foldedText) answer {
	switch c.Op {
	case event.CondText:
		if strings.Contains(t.fold(), c.Text) {
			return yes
		}
	case event.CondPattern:
		if kind == 2 {
			return unknown
		}
		if event.MatchPattern(c.Pattern, t.text) {
			return yes
		}
	case event.CondNot:
		return -c.parts[0].about(kind, t)
	case event.CondAll:
		all := yes
		for i := range c.parts {
			if all = min(all, c.parts[i].about(kind, t)); all == no {
				break
			}
		}
		return all
	case event.CondAny:
		one := no
		for i := range c.parts {
			if one = max(one, c.parts[i].about(kind, t)); one == yes {
				break
			}
		}
		return one
	default:
		return unknown
	}
	if kind == 2 {
		return unknown
	}
	return no
}

// foldedText is a text that is folded when it is asked for.
type foldedText struct {
	text, folded string
	done         bool
}

func (t *foldedText) fold() string {
	if !t.done {
		t.folded, t.done = event.Fold(t.text), true
	}
	return t.folded
}

// lookup is what the index must hold wherever c does; nil: it cannot help. old: the
// index is one of before schema 3.
func (c *cond) lookup(old, not bool) lookup {
	if not && c.Op != event.CondNot && c.Op != event.CondAll && c.Op != event.CondAny && c.Op != event.CondKinds {
		return nil
	}
	has := func(t traits, kinds ...int64) lookup {
		if old || t == 0 {
			return nil
		}
		one := marks(kindMark, kinds)
		t.each(func(word string) { one.words = append(one.words, word) })
		return lookup{one}
	}
	// either: by the traits, or by the kinds that may have them.
	either := func(t traits, kinds ...int64) lookup {
		if t != 0 {
			return has(t)
		}
		return has(traitUnlike, kinds...)
	}
	switch c.Op {
	case event.CondNot:
		return c.parts[0].lookup(old, !not)
	case event.CondAll, event.CondAny:
		var all lookup
		one := term{}
		for i := range c.parts {
			part := c.parts[i].lookup(old, not)
			if (c.Op == event.CondAll) != not {
				all = append(all, part...)
				continue
			}
			if part == nil {
				return nil
			}
			one.choice = append(one.choice, part)
		}
		if one.choice != nil {
			all = lookup{one}
		}
		return all
	case event.CondText:
		if c.Text != "" {
			return phrase(c.Text, old)
		}
	case event.CondPattern:
		if len(c.parts) > 0 {
			return c.parts[0].lookup(old, false)
		}
	case event.CondUser:
		if c.listed && len(c.ids) <= fewUsers {
			return lookup{marks(userMark, c.ids)}
		}
	case event.CondRooms:
		if len(c.ids) <= fewUsers {
			return lookup{marks(roomMark, c.ids)}
		}
	case event.CondKinds:
		if not {
			return c.otherwise
		}
		return c.marked
	case event.CondMedal:
		return has(ofBands(medalBands[:], traitMedal, c.Min, c.Max))
	case event.CondLevel:
		return has(ofBands(levelBands[:], traitLevel, c.Min, c.Max))
	case event.CondPaid:
		return has(traitUnlike, 1, 2, 4, 15)
	case event.CondPrice:
		return either(ofBands(priceBands[:], traitPrice, c.Min, c.Max), 1, 2, 4, 15)
	case event.CondCount:
		return either(ofBands(countBands[:], traitCount, c.Min, c.Max), 1, 4, 8)
	case event.CondGuard:
		return has(guardTraits(c.Min, c.Max))
	case event.CondAdmin:
		return has(traitAdmin)
	case event.CondReply:
		return has(traitReply)
	case event.CondSticker:
		return has(traitSticker)
	case event.CondLottery:
		return has(traitLottery)
	}
	return nil
}
