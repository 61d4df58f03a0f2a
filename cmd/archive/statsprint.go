package main

import (
	"fmt"
	"strconv"
	"time"

	"danmaku/event"
	"danmaku/store"
)

type moneyRow struct {
	name string
	sum  store.Sum
}

// moneyRows gives what was paid by kind, without kinds nothing was paid for.
func (st *statistics) moneyRows() []moneyRow {
	l := &st.Ledger
	list := []moneyRow{{"gifts", l.Gifts}, {"super chats", l.SuperChats}, {"super chats taken away", store.Sum{Events: l.Deleted.Events, Count: l.Deleted.Count, Money: -l.Deleted.Money}}}
	for level := 1; level <= 3; level++ {
		list = append(list, moneyRow{event.GuardName(level), l.Guards[level]})
	}
	list = append(list, moneyRow{"guards of other levels", l.Guards[0]}, moneyRow{"red packets", l.RedPackets})
	var out []moneyRow
	for _, m := range list {
		if m.sum.Events > 0 {
			out = append(out, m)
		}
	}
	return out
}

func (p *program) printStats(st *statistics) error {
	fmt.Fprintf(p.out, "%s  to  %s\n", clock(st.First), clock(st.Last))
	fmt.Fprintf(p.out, "%s events", p.ink.paint(bold, event.Grouped(st.Events)))
	if st.People > 0 {
		about := ""
		if !st.Exact {
			about = "about "
		}
		fmt.Fprintf(p.out, ", %s%s people wrote or paid", about, p.ink.paint(bold, event.Grouped(st.People)))
		if st.Returning > 0 {
			fmt.Fprintf(p.out, ": %s%s new, %s%s returning", about, event.Grouped(st.New), about, event.Grouped(st.Returning))
		}
	}
	fmt.Fprintln(p.out)
	if err := p.printKinds(st); err != nil {
		return err
	}
	if err := p.printMoney(st); err != nil {
		return err
	}
	people := func(head string, list []person) error {
		t := p.table(column{head: head, max: 30, color: cyan}, column{head: "ID", color: dim, spare: true, first: true}, column{head: "COMMENTS", right: true, spare: true}, column{head: "PAID", right: true, spare: true})
		for _, u := range list {
			comments, paid := "", ""
			if u.Comments > 0 {
				comments = event.Grouped(u.Comments)
			}
			if u.Paid > 0 {
				paid = cny(u.Paid)
			}
			name := u.Name
			if name == "" {
				name = "?"
			}
			if err := t.row(name, u.ID, comments, paid); err != nil {
				return err
			}
		}
		return p.block(t)
	}
	if err := people("WROTE MOST", st.Senders); err != nil {
		return err
	}
	p.printShort(st.SendersShort > 0, event.Grouped(st.SendersShort), "people")
	if err := people("PAID MOST", st.Payers); err != nil {
		return err
	}
	p.printShort(st.PayersShort > 0, cny(st.PayersShort), "people")
	t := p.table(column{head: "WORDS", max: 30, color: cyan}, column{head: "COMMENTS", right: true}, column{})
	top := int64(0)
	for _, w := range st.Words {
		top = max(top, w.Comments)
		if err := t.row(w.Word, event.Grouped(w.Comments), meter(w.Comments, top)); err != nil {
			return err
		}
	}
	if err := p.block(t); err != nil {
		return err
	}
	p.printShort(st.WordsShort > 0, event.Grouped(st.WordsShort), "words")
	t = p.table(column{head: "PEAK MINUTES", color: dim}, column{head: "COMMENTS", right: true}, column{})
	top = 0
	for _, k := range st.Peaks {
		top = max(top, k.Comments)
		if err := t.row(k.Minute.Time().Format("2006-01-02 15:04"), event.Grouped(k.Comments), meter(k.Comments, top)); err != nil {
			return err
		}
	}
	return p.block(t)
}

// printShort tells that the counts of the list before may be too low.
func (p *program) printShort(may bool, most, of string) {
	if may {
		fmt.Fprintln(p.out, p.ink.paint(dim, "some up to "+most+" too low: there are more different "+of+" than are told apart"))
	}
}

// block prints a table below an empty line; nothing when it has no rows.
func (p *program) block(t *table) error {
	if !t.started && len(t.held) == 0 {
		return nil
	}
	fmt.Fprintln(p.out)
	return t.close()
}

func (p *program) printKinds(st *statistics) error {
	t := p.table(column{head: "KIND"}, column{head: "EVENTS", right: true}, column{head: "PER HOUR", right: true, spare: true})
	hours := time.Duration(st.Last-st.First).Seconds() * 1e6 / 3600 // Millis as nanoseconds
	for _, k := range st.activity.sortedKinds() {
		rate := ""
		if hours >= 0.5 {
			rate = strconv.FormatFloat(float64(st.Kinds[k].Events)/hours, 'f', 1, 64)
		}
		if err := t.row(string(k), event.Grouped(st.Kinds[k].Events), rate); err != nil {
			return err
		}
	}
	return p.block(t)
}

func (p *program) printMoney(st *statistics) error {
	t := p.table(column{head: "MONEY"}, column{head: "TIMES", right: true}, column{head: "PIECES", right: true}, column{head: "CNY", right: true, color: magenta})
	list := st.moneyRows()
	if len(list) == 0 {
		return nil
	}
	for _, m := range list {
		if err := t.row(m.name, event.Grouped(m.sum.Events), event.Grouped(m.sum.Count), cny(m.sum.Money)); err != nil {
			return err
		}
	}
	if err := t.row("total", "", "", cny(st.Ledger.Total)); err != nil {
		return err
	}
	if err := p.block(t); err != nil {
		return err
	}
	if b := st.Ledger.BlindBoxes; b.Events > 0 {
		fmt.Fprintf(p.out, "blind boxes: %s paid for %s, worth %s\n", cny(b.Money), event.Grouped(b.Count), cny(st.Ledger.BlindValue))
	}
	if g := st.Ledger.FreeGifts; g.Events > 0 {
		fmt.Fprintf(p.out, "free gifts: %s\n", event.Grouped(g.Count))
	}
	return nil
}

// meter draws a part of the most as a bar of blocks.
func meter(n, most int64) string {
	if most <= 0 {
		return ""
	}
	const eighths = 8 * 20
	k := int(n * eighths / most)
	s := ""
	for ; k >= 8; k -= 8 {
		s += "█"
	}
	if k > 0 {
		s += string(rune('▉' + 7 - k))
	}
	return s
}
