package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// timesFlags say which rooms and times a command is about.
type timesFlags struct {
	Room []int64 `help:"Only these rooms, by long or short id." placeholder:"ID"`
	From string  `help:"Not before: 2026-11-22, \"2026-11-22 20:00\", \"yesterday 20:00\", 20:00 (today), RFC 3339, 2h or 2w (ago)." placeholder:"TIME"`
	To   string  `help:"Before this time." placeholder:"TIME"`
}

// selection is the part of events a command is about.
type selection struct {
	timesFlags
	User string   `help:"Only this person: the id, or a part of the name." placeholder:"USER"`
	Kind []string `help:"Only these kinds, such as comment,superchat." placeholder:"KIND"`
}

// filter turns a selection into a filter.
func (s *selection) filter(p *program) (event.Filter, error) {
	f := event.Filter{User: s.User}
	for _, r := range s.Room {
		f.Rooms = append(f.Rooms, event.RoomID(r))
	}
	for _, k := range s.Kind {
		kind := event.Kind(strings.ToLower(strings.TrimSpace(k)))
		if !slices.Contains(event.Kinds(), kind) {
			return f, cli.Usagef("--kind %s: no such kind; there are %s", k, kindNames())
		}
		f.Kinds = append(f.Kinds, kind)
	}
	var err error
	if f.From, err = p.when("--from", s.From); err != nil {
		return f, err
	}
	if f.To, err = p.when("--to", s.To); err != nil {
		return f, err
	}
	if f.From != 0 && f.To != 0 && f.From >= f.To {
		return f, cli.Usagef("--from %s is not before --to %s", s.From, s.To)
	}
	return f, nil
}

func kindNames() string {
	var names []string
	for _, k := range event.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (p *program) when(flag, s string) (event.Millis, error) {
	if s == "" {
		return 0, nil
	}
	m, err := event.ParseWhen(s, p.now())
	if err != nil {
		return 0, cli.Usagef("%s: %w", flag, err)
	}
	return m, nil
}

type searchFlags struct {
	Text string `arg:"" optional:"" help:"Words to find anywhere in what people wrote; without it all events are listed."`
	selection
	Rule    string `help:"What holds besides, in the language of the window's search box: \"price>30\", \"medal:name -kind:gift\", \"is:admin or guard:captain\"." placeholder:"RULE"`
	Seq     int64  `help:"Only the event at this position, which ledger and jsonl tell; with --raw and --format json the command it was." placeholder:"N"`
	Limit   int    `help:"At most this many, 0: all." default:"100"`
	Context int    `short:"C" help:"Show this many events of the room around each hit (table only)." default:"0"`
	Count   bool   `help:"Print only how many there are; --limit has no effect."`
	Raw     bool   `help:"Add the command as received (json and jsonl)."`
	Format  string `help:"How to print: ${enum}." enum:"table,json,jsonl,csv" default:"table"`
}

func (p *program) search(ctx context.Context, s *searchFlags) error {
	if s.Limit < 0 || s.Context < 0 || s.Seq < 0 {
		return cli.Usagef("--limit, --context and --seq cannot be below 0")
	}
	rule, err := event.ParseRule(s.Rule, p.now())
	if err != nil {
		return cli.Usagef("--rule: %w", err)
	}
	a, f, err := p.ask(ctx, s.selection)
	if err != nil {
		return err
	}
	defer a.Close()
	f.Text, f.Newest, f.Raw = s.Text, true, s.Raw
	if !rule.Empty() {
		f.Rule = rule
	}
	if s.Seq != 0 {
		f.After, f.Before = s.Seq-1, s.Seq+1
	}
	if s.Count {
		return p.countHits(ctx, a, f)
	}
	f.ByClock = s.Seq == 0
	if s.Limit > 0 {
		f.Limit = s.Limit + 1 // one more tells that there are more
	}
	hits := &hits{limit: s.Limit}
	events := hits.take(a.Query(ctx, f))
	switch s.Format {
	case "json":
		_, err = exchange.WriteJSON(p.data(true), events, s.Raw)
	case "jsonl":
		_, err = exchange.WriteJSONL(p.data(true), events, s.Raw)
	case "csv":
		_, err = exchange.WriteCSV(p.data(false), events)
	default:
		err = p.printHits(ctx, a, events, f, s.Context)
	}
	if err != nil {
		return err
	}
	switch {
	case hits.count == 0:
		fmt.Fprintln(p.errs, "archive: nothing found")
	case hits.more:
		fmt.Fprintf(p.errs, "archive: the newest %s; there are more (--limit 0 shows all, --count counts them)\n", event.Grouped(hits.count))
	case s.Format == "table":
		fmt.Fprintf(p.errs, "archive: %s found\n", event.Grouped(hits.count))
	}
	return nil
}

// hits counts what passes and stops at the limit.
type hits struct {
	limit int
	count int64
	more  bool
}

func (h *hits) take(events exchange.Events) exchange.Events {
	return func(yield func(event.Event, error) bool) {
		for e, err := range events {
			if err == nil && h.limit > 0 && h.count == int64(h.limit) {
				h.more = true
				return
			}
			if err == nil {
				h.count++
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (p *program) countHits(ctx context.Context, a *store.Archive, f event.Filter) error {
	var n int64
	for _, err := range a.Query(ctx, f) {
		if err != nil {
			return err
		}
		n++
	}
	_, err := fmt.Fprintln(p.out, n)
	return err
}

// printHits prints the table, each hit among its neighbours where asked.
func (p *program) printHits(ctx context.Context, a *store.Archive, events exchange.Events, f event.Filter, around int) error {
	t := p.table(
		column{head: "TIME", color: dim, day: true}, column{head: "ROOM", right: true, color: dim, first: len(f.Rooms) == 1}, column{head: "KIND", max: 12},
		column{head: "USER", max: 20, color: cyan, spare: true}, column{head: "GUARD", spare: true}, column{head: "TEXT", plain: true})
	line := func(e *event.Event, isHit bool) error {
		text := printable(describe(e))
		switch {
		case isHit && f.Text != "":
			text = p.ink.mark(text, f.Text)
		case isHit:
			text = p.ink.paint(kindColor(e.Kind), text)
		default:
			text = p.ink.paint(dim, text)
		}
		name, guard := "", ""
		if e.User != nil {
			name, guard = e.User.Name, event.GuardName(e.User.Guard)
			if name == "" {
				name = e.User.ID
			}
		}
		return t.row(clock(e.At), e.Room.String(), string(e.Kind), name, guard, text)
	}
	first := true
	for e, err := range events {
		if err != nil {
			return err
		}
		if around == 0 {
			if err := line(&e, true); err != nil {
				return err
			}
			continue
		}
		if !first {
			if err := t.separator("--"); err != nil {
				return err
			}
		}
		first = false
		for n, err := range neighbours(ctx, a, &e, around) {
			if err != nil {
				return err
			}
			if err := line(&n, n.Seq == e.Seq); err != nil {
				return err
			}
		}
	}
	return t.close()
}

// nearby is how far around a hit its neighbours are looked for at first; 0: anywhere.
var nearby = [...]event.Millis{2 * 60_000, 3600_000, 0}

// neighbours gives the comments, gifts and super chats of the room around e, by
// the clock, e among them.
func neighbours(ctx context.Context, a *store.Archive, e *event.Event, n int) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		near := event.Filter{Rooms: []event.RoomID{e.Room}, ByClock: true,
			Kinds: []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}}
		before, err := precedents(ctx, a, e, near, n)
		if err != nil {
			yield(event.Event{}, err)
			return
		}
		for _, b := range slices.Backward(before) {
			if !yield(b, nil) {
				return
			}
		}
		if !yield(*e, nil) {
			return
		}
		near.From = e.At
		left := n
		for b, err := range a.Query(ctx, near) {
			if err == nil && b.At == e.At && b.Seq <= e.Seq {
				continue // it is among those before
			}
			if left == 0 || !yield(b, err) || err != nil {
				return
			}
			left--
		}
	}
}

// precedents returns the n events before e, the last first.
func precedents(ctx context.Context, a *store.Archive, e *event.Event, near event.Filter, n int) (before []event.Event, err error) {
	near.Newest, near.Limit, near.Before, near.To = true, n, e.Seq, e.At+1
	for _, span := range nearby {
		if near.From = 0; span != 0 {
			near.From = max(e.At-span, 1)
		}
		before = before[:0]
		for b, err := range a.Query(ctx, near) {
			if err != nil {
				return nil, err
			}
			before = append(before, b)
		}
		if len(before) == n {
			break
		}
	}
	return before, nil
}

// mark colours the first place in text where the words searched for stand, as
// the search compares them: width and case folded.
func (i ink) mark(text, words string) string {
	if !i.on {
		return text
	}
	var folded strings.Builder
	var from []int // for each byte of folded, where its character begins in text
	for at, r := range text {
		f := event.Fold(string(r))
		folded.WriteString(f)
		for range len(f) {
			from = append(from, at)
		}
	}
	want := event.Fold(words)
	at := strings.Index(folded.String(), want)
	if at < 0 || want == "" {
		return text
	}
	start, last := from[at], from[at+len(want)-1]
	_, size := utf8.DecodeRuneInString(text[last:])
	return text[:start] + i.paint(hit, text[start:last+size]) + text[last+size:]
}

// data is where a format for programs goes: as it is into a file or pipe,
// made harmless on a terminal.
func (p *program) data(json bool) io.Writer {
	if !p.tty {
		return p.out
	}
	return &safeWriter{w: p.out, json: json}
}
