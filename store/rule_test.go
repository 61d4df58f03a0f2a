package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

// rule returns a random rule about what events of the generator may be.
func (g *generator) rule(all []event.Event, depth int) string {
	e := all[g.IntN(len(all))]
	number := func(field string, around int) string {
		return field + []string{">", ">=", "<", "<=", ":"}[g.IntN(5)] + fmt.Sprint(max(0, around-2+g.IntN(5)))
	}
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, ``) + `"` }
	named := func(s string) string { // a field needs something
		if strings.TrimSpace(strings.ReplaceAll(s, `"`, ``)) == "" {
			return "哈"
		}
		return quoted(s)
	}
	choice := 20
	if depth > 3 {
		choice = 16
	}
	switch g.IntN(choice) {
	case 0, 1:
		return quoted(g.part(e.Text()))
	case 2:
		return quoted(g.word())
	case 3:
		return "/" + []string{"^6+$", "草|好听", "(?i)nice", "[哈草]", "哈{2,}", "^.{1,2}$", "6.*哈", "(60fps)?2333", "é", "[^哈]", "."}[g.IntN(11)] + "/"
	case 4:
		if e.User != nil && e.User.Name != "" {
			if name := []rune(e.User.Name); g.flip() {
				return "user:" + named(string(name[g.IntN(len(name)):]))
			}
		}
		return "user:3493000000000001"
	case 5:
		return fmt.Sprintf("room:%d,77", max(1, e.Room))
	case 6:
		return "kind:" + string(e.Kind) + []string{"", ",comment", ",gift,superchat"}[g.IntN(3)]
	case 7:
		return number("medal", []int{0, 20, 26, 31, 36, 39}[g.IntN(6)])
	case 8:
		return "medal:" + named(g.word())
	case 9:
		return "guard" + []string{":", ">", "<", ">=", "<="}[g.IntN(5)] + []string{"captain", "admiral", "governor", "any"}[g.IntN(4)]
	case 10:
		return number("price", []int{int(e.Paid()) / 1000, 0, 10, 30, 50, 100, 1000}[g.IntN(7)])
	case 11:
		return number("count", []int{0, 3, 10, 100, 500, 1000}[g.IntN(6)])
	case 12:
		return number("level", []int{0, 26, 30, 31, 40, 50, 61}[g.IntN(7)])
	case 13, 14:
		return "is:" + []string{"admin", "guard", "medal", "paid", "reply", "sticker", "lottery"}[g.IntN(7)]
	case 15:
		return []string{"from:", "to:"}[g.IntN(2)] + quoted((g.now - event.Millis(g.IntN(200_000))).Time().Format("2006-01-02 15:04"))
	case 16:
		return "-" + g.rule(all, depth+1)
	case 17:
		return "(" + g.rule(all, depth+1) + " or " + g.rule(all, depth+1) + ")"
	case 18:
		return "-(" + g.rule(all, depth+1) + " " + g.rule(all, depth+1) + ")"
	}
	return "(" + g.rule(all, depth+1) + " " + g.rule(all, depth+1) + ")"
}

// TestRulesFindWhatMatchFinds asks the archive rules by the search index, with and
// without the words of schema 3, by columns and by text: all of it, and nothing
// else, is what Rule.Match says.
func TestRulesFindWhatMatchFinds(t *testing.T) {
	a, all := searchArchive(t, 4500)
	g := newGenerator(14)
	hits := 0
	for round, rounds := 0, 160; round < rounds; round++ {
		if round == rounds/2 { // the first two parts as if they were old
			if err := a.w.c.script("insert into plain values(0),(1)"); err != nil {
				t.Fatal(err)
			}
		}
		text := g.rule(all, 0)
		rule, err := event.ParseRule(text, time.Now())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		f := event.Filter{Rule: rule, Newest: g.flip()}
		if g.flip() { // what the window asks
			f, _ = rule.Filter()
			f.Rule, f.Newest = rule, g.flip()
		}
		var want, got []int64
		for i := range all {
			if f.Match(&all[i]) {
				want = append(want, all[i].Seq)
			}
		}
		for _, e := range ask(t, a, f) {
			got = append(got, e.Seq)
		}
		if f.Newest {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s (%+v): %d events are found, %d wanted; the first that differs: %s", text, f, len(got), len(want), firstDifference(got, want))
		}
		hits += len(got)
	}
	if hits < 20_000 {
		t.Errorf("only %d hits: the rules are not worth much", hits)
	}
}

// TestTheIndexFindsWhatIsRare: with such rules not all events of an archive, here one
// of comments only, are looked through to know that there is nothing, or little.
func TestTheIndexFindsWhatIsRare(t *testing.T) {
	a := open(t, Options{RawKeep: -1})
	g := newGenerator(31)
	batch := make([]event.Event, 600)
	for i := range batch {
		batch[i] = g.kind(event.KindComment)
	}
	appendAll(t, a, batch)
	narrows := func(text string) (narrows bool) {
		t.Helper()
		err := a.read(t.Context(), func(r *reader) error {
			rule, err := r.resolve(t.Context(), ruleOf(t, text).Cond())
			narrows = rule.lookup(false, false) != nil
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return narrows
	}
	for _, text := range []string{
		"level>49", "level>30", "level:60", "level>30 草", "-level<=49 草", "price>30", "price>0", "price:30", "price<5", "count>0", "count>99", "is:paid", "is:paid or is:reply",
		"price>99 or count>=1000 or level>55", "kind:gift", "kind:superchat,guard", "kind:gift or is:sticker", "kind:enter", "-kind:comment", "-(kind:comment or is:paid)",
	} {
		if !narrows(text) {
			t.Errorf("%s: the index cannot help", text)
		}
	}
	for _, text := range []string{"level>10", "-level>49", "-is:paid", "kind:comment", "-kind:gift", "is:paid or level>3"} {
		if narrows(text) {
			t.Errorf("%s: the index is asked, though most events have no word for it", text)
		}
	}
}

func firstDifference(got, want []int64) string {
	for _, seq := range want {
		if !slices.Contains(got, seq) {
			return fmt.Sprint("missed ", seq)
		}
	}
	for _, seq := range got {
		if !slices.Contains(want, seq) {
			return fmt.Sprint("too much ", seq)
		}
	}
	return "the order"
}

func ruleOf(t *testing.T, text string) *event.Rule {
	t.Helper()
	rule, err := event.ParseRule(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return rule
}
