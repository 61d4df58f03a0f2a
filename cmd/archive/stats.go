package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/digest"
	"danmaku/internal/exchange"
	"danmaku/store"
)

type statsFlags struct {
	selection
	Limit  int    `help:"Length of the lists." default:"10"`
	Chart  string `help:"Draw a chart into this file too, .png or .svg." placeholder:"FILE"`
	Font   string `help:"Font file for the chart (.ttf, .otf, .ttc); found on the machine when not given." placeholder:"FILE"`
	Format string `help:"How to print: ${enum}." enum:"table,json,jsonl,csv" default:"table"`
}

// statistics is what the command tells.
type statistics struct {
	First     event.Millis               `json:"first"`
	Last      event.Millis               `json:"last"`
	Events    int64                      `json:"events"`
	Kinds     map[event.Kind]store.Count `json:"kinds"`
	People    int64                      `json:"people"` // who wrote or paid
	New       int64                      `json:"new"`    // of them, never seen before the time asked for
	Returning int64                      `json:"returning"`
	Exact     bool                       `json:"exact"` // false: People, New and Returning are estimates
	Ledger    store.Ledger               `json:"ledger"`
	Senders   []person                   `json:"senders"`
	Payers    []person                   `json:"payers"`
	Words     []word                     `json:"words"`
	Peaks     []peak                     `json:"peaks"`
	// By how much counts in the lists may be too low at most, because there were
	// more different people or words than are told apart; 0: all are exact.
	SendersShort int64       `json:"senders_short"`
	PayersShort  event.Money `json:"payers_short"`
	WordsShort   int64       `json:"words_short"`
	activity     *activity
}

type person struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Comments int64       `json:"comments,omitempty"`
	Paid     event.Money `json:"paid,omitempty"`
}

type word struct {
	Word     string `json:"word"`
	Comments int64  `json:"comments"`
}

const (
	peopleBits = 19 // the comments and payments of 393,216 people are counted exactly
	longest    = 10_000
)

func (p *program) stats(ctx context.Context, s *statsFlags) error {
	if s.Limit < 1 || s.Limit > longest {
		return cli.Usagef("--limit must be from 1 to %d", longest)
	}
	if s.Chart != "" && !isChart(s.Chart) {
		return cli.Usagef("--chart %s: the file's name must end in .png or .svg", s.Chart)
	}
	a, f, err := p.ask(ctx, s.selection)
	if err != nil {
		return err
	}
	defer a.Close()
	// Much is kept here and little of it goes: with half the room for garbage it
	// takes a sixth less memory and no more time.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	st, err := p.collect(ctx, a, f, s.Limit)
	if err != nil {
		return err
	}
	if st.Events == 0 {
		fmt.Fprintln(p.errs, "archive: nothing found")
		return nil
	}
	if s.Chart != "" {
		if err := drawChart(s.Chart, s.Font, st, p.warn); err != nil {
			return err
		}
		fmt.Fprintf(p.errs, "archive: chart drawn in %s\n", printable(s.Chart))
	}
	switch s.Format {
	case "json":
		return p.printJSON(st)
	case "jsonl":
		return st.rows(p.data(true), func(w io.Writer, r row) error {
			b, err := json.Marshal(r)
			if err == nil {
				_, err = w.Write(append(b, '\n'))
			}
			return err
		})
	case "csv":
		w := p.data(false)
		if _, err := io.WriteString(w, "list,name,id,count,paid\n"); err != nil {
			return err
		}
		return st.rows(w, func(w io.Writer, r row) error {
			_, err := fmt.Fprintf(w, "%s,%s,%s,%d,%d\n", r.List, csvField(r.Name), csvField(r.ID), r.Count, r.Paid)
			return err
		})
	}
	return p.printStats(st)
}

func (p *program) warn(s string) { fmt.Fprintln(p.errs, "archive: "+s) }

func csvField(s string) string {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// row is a line of the statistics for programs.
type row struct {
	List  string      `json:"list"`
	Name  string      `json:"name"`
	ID    string      `json:"id,omitempty"`
	Count int64       `json:"count"`
	Paid  event.Money `json:"paid"`
}

func (st *statistics) rows(w io.Writer, give func(io.Writer, row) error) error {
	var list []row
	for _, k := range st.activity.sortedKinds() {
		list = append(list, row{"kinds", string(k), "", st.Kinds[k].Events, st.Kinds[k].Paid})
	}
	list = append(list, row{"people", "all", "", st.People, 0}, row{"people", "new", "", st.New, 0}, row{"people", "returning", "", st.Returning, 0})
	for _, m := range st.moneyRows() {
		list = append(list, row{"money", m.name, "", m.sum.Count, m.sum.Money})
	}
	for _, s := range st.Senders {
		list = append(list, row{"senders", s.Name, s.ID, s.Comments, 0})
	}
	for _, s := range st.Payers {
		list = append(list, row{"payers", s.Name, s.ID, 0, s.Paid})
	}
	for _, s := range st.Words {
		list = append(list, row{"words", s.Word, "", s.Comments, 0})
	}
	for _, s := range st.Peaks {
		list = append(list, row{"peaks", s.Minute.Time().Format("2006-01-02T15:04Z07:00"), "", s.Comments, 0})
	}
	for _, r := range list {
		if err := give(w, r); err != nil {
			return err
		}
	}
	return nil
}

// who is a person's place in a tally: the id, or the name of one whose id is
// hidden.
func who(u *event.User) string {
	if u.ID != "" {
		return u.ID
	}
	return "\x00" + u.Name
}

func (p *program) collect(ctx context.Context, a *store.Archive, f event.Filter, limit int) (*statistics, error) {
	st := &statistics{activity: newActivity(limit), Ledger: store.Ledger{Guards: map[int]store.Sum{}}}
	people, senders, payers, words := newDistinct(), digest.NewTally(limit, peopleBits), digest.NewTally(limit, peopleBits), digest.NewWordTally(limit)

	plain := f.User == "" && len(f.Kinds) == 0
	if plain {
		if err := st.activity.fromCounters(ctx, a, f); err != nil {
			return nil, err
		}
	}
	spoken := f
	if plain {
		spoken.Kinds = []event.Kind{event.KindComment}
	}
	total := int64(0)
	if plain {
		total = st.activity.kinds[event.KindComment].Events
	}
	bar := p.bar("stats", total)
	defer bar.done()
	for e, err := range watched(ctx, exchange.Ahead(a.Query(ctx, spoken)), bar, nil) {
		if err != nil {
			return nil, err
		}
		if e.Of != "" {
			continue
		}
		if !plain {
			st.activity.add(e.At, e.Kind, store.Count{Events: 1, Paid: e.Paid()})
		}
		if e.Comment == nil {
			continue
		}
		words.Comment(e.Comment.Text)
		if e.User != nil {
			people.add(who(e.User))
			senders.Add(who(e.User), e.User.Name, 1)
		}
	}
	for b, err := range a.Purchases(ctx, f) {
		if err != nil {
			return nil, err
		}
		st.Ledger.Add(&b)
		if u := b.Event.User; u != nil {
			people.add(who(u))
			payers.Add(who(u), u.Name, int64(b.Money))
		}
	}
	bar.done()
	st.First, st.Last, st.Kinds = st.activity.first, st.activity.last, st.activity.kinds
	for _, c := range st.Kinds {
		st.Events += c.Events
	}
	st.Exact = people.exact()
	st.Senders, st.Payers, st.Words = []person{}, []person{}, []word{}
	for _, t := range senders.Top(limit) {
		st.Senders = append(st.Senders, person{ID: idOf(t.Key), Name: t.Note, Comments: t.Count})
		st.SendersShort = max(st.SendersShort, t.Short)
	}
	for _, t := range payers.Top(limit) {
		st.Payers = append(st.Payers, person{ID: idOf(t.Key), Name: t.Note, Paid: event.Money(t.Count)})
		st.PayersShort = max(st.PayersShort, event.Money(t.Short))
	}
	for _, t := range words.Best(limit) {
		if t.Count > 1 {
			st.Words = append(st.Words, word{t.Key, t.Count})
			st.WordsShort = max(st.WordsShort, t.Short)
		}
	}
	st.Peaks = st.activity.peaks(limit)
	st.People = people.count()
	return st, p.countNew(ctx, a, f, people, st)
}

func idOf(key string) string {
	if strings.HasPrefix(key, "\x00") {
		return ""
	}
	return key
}

// maxAsked bounds for how many people the archive is asked whether it knew
// them; of more, evenly chosen ones stand for all.
const maxAsked = 5_000

// countNew tells people who were in these rooms before from those who were not.
func (p *program) countNew(ctx context.Context, a *store.Archive, f event.Filter, people *distinct, st *statistics) error {
	if f.From == 0 {
		st.New = st.People // before the beginning there was nobody
		return nil
	}
	asked := people.sample(maxAsked)
	bar := p.bar("people", int64(len(asked)))
	defer bar.done()
	known := 0
	for _, key := range asked {
		before := event.Filter{Rooms: f.Rooms, To: f.From, User: strings.TrimPrefix(key, "\x00"), Kinds: personKinds}
		for e, err := range a.Query(ctx, before) {
			if err != nil {
				return err
			}
			if e.User != nil && who(e.User) == key {
				known++
				break
			}
		}
		bar.add(1)
	}
	if len(asked) > 0 {
		st.Returning = int64(float64(st.People) * float64(known) / float64(len(asked)))
	}
	st.Exact = st.Exact && int64(len(asked)) == st.People
	st.New = st.People - st.Returning
	return nil
}

var personKinds = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard, event.KindRedPacket}
