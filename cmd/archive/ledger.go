package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"danmaku/event"
	"danmaku/internal/digest"
	"danmaku/store"
)

type ledgerFlags struct {
	timesFlags
	User  string `help:"Only this person: the id, or a part of the name." placeholder:"USER"`
	Limit int    `help:"At most this many persons, those who paid most first; 0: the first 100,000." default:"50"`
	By    string `help:"A sum for each: ${enum}; purchase lists every purchase with its position in the archive." enum:"all,room,broadcast,person,purchase" default:"all"`
	formatFlag
}

// account is a line of the ledger.
type account struct {
	Name   string       `json:"name"`
	ID     string       `json:"id,omitempty"`
	From   event.Millis `json:"from,omitempty"`
	Ledger store.Ledger `json:"ledger"`
}

func (p *program) ledger(ctx context.Context, s *ledgerFlags) error {
	a, f, err := p.ask(ctx, selection{timesFlags: s.timesFlags, User: s.User})
	if err != nil {
		return err
	}
	defer a.Close()
	if s.By == "purchase" {
		return p.purchases(ctx, a, f, s.Format)
	}
	accounts, err := p.accounts(ctx, a, f, s.By, s.Limit)
	if err != nil {
		return err
	}
	pr := printer{p, s.Format, []column{{head: "", max: 40, color: cyan, spare: true}, {head: "ID", color: dim, spare: true, first: s.By == "person"}, {head: "SINCE", color: dim, day: true, spare: true}, {head: "GIFTS", right: true, first: true}, {head: "SUPER CHATS", right: true, first: true},
		{head: "TAKEN AWAY", right: true, spare: true, first: true}, {head: "GUARDS", right: true, first: true}, {head: "RED PACKETS", right: true, spare: true, first: true}, {head: "TOTAL CNY", right: true, color: magenta}, {head: "FREE GIFTS", right: true, spare: true, first: true}},
		[]string{"name", "id", "from", "gifts", "super_chats", "deleted", "guards", "red_packets", "total", "free_gifts"}}
	return list(pr, accounts, func(c *account) []string {
		l := &c.Ledger
		since, free := "", ""
		if c.From != 0 {
			since = clock(c.From)
		}
		if l.FreeGifts.Events > 0 {
			free = event.Grouped(l.FreeGifts.Count)
		}
		return []string{c.Name, c.ID, since, orNothing(l.Gifts), orNothing(l.SuperChats), orNothing(l.Deleted), orNothing(guards(l)), orNothing(l.RedPackets), cny(l.Total), free}
	}, func(c *account) []string {
		l := &c.Ledger
		n := func(m event.Money) string { return strconv.FormatInt(int64(m), 10) }
		return []string{c.Name, c.ID, instant(c.From), n(l.Gifts.Money), n(l.SuperChats.Money), n(l.Deleted.Money), n(guards(l).Money), n(l.RedPackets.Money), n(l.Total), strconv.FormatInt(l.FreeGifts.Count, 10)}
	})
}

func orNothing(s store.Sum) string {
	if s.Events == 0 {
		return ""
	}
	return cny(s.Money)
}

// guards adds up the levels.
func guards(l *store.Ledger) (all store.Sum) {
	for _, g := range l.Guards {
		all.Events += g.Events
		all.Count += g.Count
		all.Money += g.Money
	}
	return all
}

func (p *program) accounts(ctx context.Context, a *store.Archive, f event.Filter, by string, limit int) ([]account, error) {
	var list []account
	add := func(name, id string, from event.Millis, f event.Filter) error {
		l, err := a.Ledger(ctx, f)
		list = append(list, account{name, id, from, l})
		return err
	}
	switch by {
	case "person":
		return payers(ctx, a, f, limit)
	case "all":
		return list, add("", "", 0, f)
	}
	rooms, err := a.Rooms(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := p.roomsOf(ctx, a, f.Rooms)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		name := ""
		for _, r := range rooms {
			if r.Room == id {
				name = r.Streamer
			}
		}
		one := f
		one.Rooms = []event.RoomID{id}
		if by == "room" {
			if err := add(name, id.String(), 0, one); err != nil {
				return nil, err
			}
			continue
		}
		broadcasts, err := a.Broadcasts(ctx, id, f.From, f.To)
		if err != nil {
			return nil, err
		}
		for _, b := range broadcasts {
			title := name
			if n := len(b.Titles); n > 0 {
				title = b.Titles[n-1].Title
			}
			one.From, one.To = max(b.From, f.From), b.To
			if f.To != 0 && (one.To == 0 || one.To > f.To) {
				one.To = f.To
			}
			if err := add(title, id.String(), b.From, one); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// mostPayers bounds the list of those who paid.
const mostPayers = 100_000

// payers gives the ledgers of those who paid most. A first pass finds out who
// they are, a second one sums up exactly, so that memory does not grow with the
// number of people.
func payers(ctx context.Context, a *store.Archive, f event.Filter, limit int) ([]account, error) {
	if limit <= 0 || limit > mostPayers {
		limit = mostPayers
	}
	most := digest.NewTally(limit, peopleBits)
	for b, err := range a.Purchases(ctx, f) {
		if err != nil {
			return nil, err
		}
		if u := b.Event.User; u != nil {
			most.Add(who(u), "", max(1, int64(b.Money)))
		}
	}
	place := map[string]int{}
	var list []account
	for _, t := range most.Top(limit) {
		place[t.Key] = len(list)
		list = append(list, account{ID: idOf(t.Key), Ledger: store.Ledger{Guards: map[int]store.Sum{}}})
	}
	for b, err := range a.Purchases(ctx, f) {
		if err != nil {
			return nil, err
		}
		if u := b.Event.User; u != nil {
			if i, ok := place[who(u)]; ok {
				list[i].Name = u.Name
				list[i].Ledger.Add(&b)
			}
		}
	}
	slices.SortStableFunc(list, func(x, y account) int { return cmp.Compare(y.Ledger.Total, x.Ledger.Total) })
	return list, nil
}

// purchases lists what the sums are made of.
func (p *program) purchases(ctx context.Context, a *store.Archive, f event.Filter, format string) error {
	if format == "json" || format == "jsonl" {
		return p.purchasesJSON(ctx, a, f, format)
	}
	t := p.table(column{head: "SEQ", right: true, color: dim}, column{head: "TIME", color: dim, day: true}, column{head: "ROOM", right: true, color: dim, first: len(f.Rooms) == 1}, column{head: "USER", max: 20, color: cyan},
		column{head: "ID", color: dim, first: true}, column{head: "WHAT", max: 40}, column{head: "CNY", right: true, color: magenta}, column{head: "", spare: true, words: true})
	w := p.data(false)
	if format == "csv" {
		fmt.Fprintln(w, "seq,at,room,user_id,user,kind,what,paid,deleted_by")
	}
	var sum event.Money
	n := 0
	for b, err := range a.Purchases(ctx, f) {
		if err != nil {
			return err
		}
		e := &b.Event
		id, name := "", ""
		if e.User != nil {
			id, name = e.User.ID, e.User.Name
		}
		sum += b.Money
		n++
		if format == "csv" {
			by := ""
			if b.Deleted {
				by = strconv.FormatInt(b.By, 10)
			}
			_, err = fmt.Fprintf(w, "%d,%s,%d,%s,%s,%s,%s,%d,%s\n", e.Seq, instant(e.At), e.Room, csvField(id), csvField(name), e.Kind, csvField(what(e)), b.Money, by)
		} else {
			note := ""
			if b.Deleted {
				note = fmt.Sprintf("taken away at %d", b.By)
			}
			err = t.row(strconv.FormatInt(e.Seq, 10), clock(e.At), e.Room.String(), name, id, what(e), cny(b.Money), note)
		}
		if err != nil {
			return err
		}
	}
	if format == "csv" {
		return nil
	}
	if n == 0 {
		fmt.Fprintln(p.errs, "archive: nothing found")
		return nil
	}
	if err := t.close(); err != nil {
		return err
	}
	fmt.Fprintf(p.errs, "archive: %s, %s\n", many(int64(n), "purchase"), cny(sum))
	return nil
}

func (p *program) purchasesJSON(ctx context.Context, a *store.Archive, f event.Filter, format string) error {
	w := p.data(true)
	open, between, end := "[", ",\n ", "]\n"
	if format == "jsonl" {
		open, between, end = "", "\n", "\n"
	}
	line := []byte(open)
	n := 0
	for b, err := range a.Purchases(ctx, f) {
		if err != nil {
			return err
		}
		if n > 0 {
			line = append(line, between...)
		}
		n++
		line = fmt.Appendf(line, `{"paid":%d,"deleted_by":%d,"event":`, b.Money, b.By)
		line = append(b.Event.AppendJSON(line, false), '}')
		if _, err := w.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	if n > 0 || format == "json" {
		line = append(line, end...)
	}
	_, err := w.Write(line)
	return err
}
