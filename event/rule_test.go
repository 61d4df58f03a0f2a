package event

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var ruleNow = time.UnixMilli(1_700_000_000_000)

func said(text string) *Event {
	return &Event{Kind: KindComment, Room: 7, At: At(ruleNow), Comment: &Comment{Text: text},
		User: &User{ID: "42", Name: "小明Ming", Guard: 3, Level: 21, Medal: &Medal{Name: "小狐狸", Level: 20, Lit: true}}}
}

func bought(kind Kind, price Money) *Event {
	e := &Event{Kind: kind, Room: 8, At: At(ruleNow) - 3_600_000, User: &User{ID: "9", Name: "rich"}}
	switch kind {
	case KindGift:
		e.Gift = &Gift{Name: "花", Count: 10, Total: price, Paid: price > 0}
	case KindSuperChat:
		e.SuperChat = &SuperChat{Text: "加油 fight", Price: price}
	case KindGuard:
		e.Guard = &Guard{Level: 1, Count: 1, Price: price}
	}
	return e
}

func TestRulesAskWhatTheySay(t *testing.T) {
	hello := said("Hello 世界，ＡＢＣ")
	reply := said("好的")
	reply.Comment.ReplyTo, reply.User.Admin = &ReplyTo{ID: "1"}, true
	gift, sc, guard := bought(KindGift, 500), bought(KindSuperChat, 30_000), bought(KindGuard, 19_998_000)
	for _, tt := range []struct {
		rule string
		yes  []*Event
		no   []*Event
	}{
		{"", []*Event{hello, gift}, nil},
		{"  ", []*Event{hello}, nil},
		{"hello", []*Event{hello}, []*Event{gift, reply}},
		{"HELLO 世界", []*Event{hello}, []*Event{reply}},
		{"abc", []*Event{hello}, nil}, // width is folded
		{`"hello 世"`, []*Event{hello}, []*Event{reply}},
		{`“hello 世”`, []*Event{hello}, []*Event{reply}},
		{`/^He(l+)o/`, []*Event{hello}, []*Event{reply}},
		{`/HELLO/i`, []*Event{hello}, nil},
		{`/HELLO/`, nil, []*Event{hello}},
		{`/a\/b/`, []*Event{said("a/b")}, []*Event{hello}},
		{"-hello", []*Event{reply, gift}, []*Event{hello}},
		{"not hello", []*Event{reply}, []*Event{hello}},
		{"- hello", []*Event{reply}, []*Event{hello}},
		{"--hello", []*Event{hello}, []*Event{reply}},
		{"hello or 好的", []*Event{hello, reply}, []*Event{gift}},
		{"(hello or 好的) 世界", []*Event{hello}, []*Event{reply}},
		{"-(hello or 好的)", []*Event{gift}, []*Event{hello, reply}},
		{"user:ming", []*Event{hello}, []*Event{gift}},
		{"user:42", []*Event{hello}, []*Event{gift}},
		{`user:"小明 "`, nil, []*Event{hello}},
		{"room:7", []*Event{hello}, []*Event{gift}},
		{"room:7,8", []*Event{hello, gift}, nil},
		{"kind:gift,guard", []*Event{gift, guard}, []*Event{hello, sc}},
		{"KIND:Gift", []*Event{gift}, []*Event{hello}},
		{"medal>19", []*Event{hello}, []*Event{gift}},
		{"medal>20", nil, []*Event{hello}},
		{"medal>=20", []*Event{hello}, nil},
		{"medal:狐", []*Event{hello}, []*Event{gift}},
		{"medal:20", []*Event{hello}, []*Event{gift}},
		{"guard:captain", []*Event{hello}, []*Event{guard, gift}},
		{"guard:舰长", []*Event{hello}, []*Event{guard}},
		{"guard:any", []*Event{hello, guard}, []*Event{gift}},
		{"guard>captain", []*Event{guard}, []*Event{hello, gift}},
		{"price>=30", []*Event{sc, guard}, []*Event{gift, hello}},
		{"price>30", []*Event{guard}, []*Event{sc, hello}},
		{"price<1", []*Event{gift}, []*Event{sc, hello}},
		{"price:0.5", []*Event{gift}, nil},
		{"price=¥30", []*Event{sc}, nil},
		{"count>=10", []*Event{gift}, []*Event{guard, hello}},
		{"level>20", []*Event{hello}, []*Event{gift}},
		{"is:admin", []*Event{reply}, []*Event{hello}},
		{"is:reply", []*Event{reply}, []*Event{hello, gift}},
		{"is:paid", []*Event{gift, sc}, []*Event{hello, bought(KindGift, 0)}},
		{"from:30m", []*Event{hello}, []*Event{gift}},
		{"to:30m", []*Event{gift}, []*Event{hello}},
		{"fight kind:superchat price>=30 -user:明", []*Event{sc}, []*Event{hello, gift}},
		{"https://b23.tv", []*Event{said("看 https://b23.tv/x")}, []*Event{hello}},
		{`":-)"`, []*Event{said(":-)")}, nil},
		{"a:b", []*Event{said("a:b")}, []*Event{hello}},
		{"order", []*Event{said("order")}, []*Event{hello}}, // begins with or
		{"3>2", []*Event{said("3>2")}, nil},
		{"()", []*Event{hello}, nil},
	} {
		r, err := ParseRule(tt.rule, ruleNow)
		if err != nil {
			t.Errorf("%q: %v", tt.rule, err)
			continue
		}
		f, exact := r.Filter()
		for i, e := range append(append([]*Event{}, tt.yes...), tt.no...) {
			want := i < len(tt.yes)
			if got := r.Match(e); got != want {
				t.Errorf("%q about %+v: %v", tt.rule, e, got)
			}
			if got := f.Match(e); want && !got || exact && got != want {
				t.Errorf("%q: its filter %+v (exact %v) says %v of %+v", tt.rule, f, exact, got, e)
			}
		}
		if r.String() != tt.rule {
			t.Errorf("%q is %q now", tt.rule, r.String())
		}
	}
}

func TestAWrongRuleSaysWhatAndWhere(t *testing.T) {
	for _, tt := range []struct {
		rule    string
		problem RuleProblem
		token   string
	}{
		{`"hello`, RuleUnclosedQuote, `"hello`},
		{`a “b`, RuleUnclosedQuote, `“b`},
		{`user:"x`, RuleUnclosedQuote, `"x`},
		{`x /ab`, RuleUnclosedRegex, `/ab`},
		{`/a\/`, RuleUnclosedRegex, `/a\/`},
		{`/(/`, RuleBadRegex, `/(/`},
		{`(a b`, RuleUnclosedGroup, `(`},
		{`a) b`, RuleStrayBracket, `)`},
		{`a -`, RuleNothingToNot, `-`},
		{`not`, RuleNothingToNot, `not`},
		{`(-)`, RuleNothingToNot, `-`},
		{`or a`, RuleNothingToOr, `or`},
		{`a or`, RuleNothingToOr, ``},
		{`a or or b`, RuleNothingToOr, `or`},
		{`usr:x`, RuleUnknownField, `usr`},
		{`user:`, RuleNoValue, `user:`},
		{`price> 30`, RuleNoValue, `price>`},
		{`price>much`, RuleBadNumber, `much`},
		{`price>nan`, RuleBadNumber, `nan`},
		{`room:home`, RuleBadNumber, `home`},
		{`medal>high`, RuleBadNumber, `high`},
		{`kind:gifts`, RuleBadKind, `gifts`},
		{`guard:boss`, RuleBadGuard, `boss`},
		{`is:nice`, RuleBadIs, `nice`},
		{`from:soon`, RuleBadTime, `soon`},
		{`user>a`, RuleNoOrder, `a`},
		{strings.Repeat("a", 1001), RuleTooLong, `a`},
		{strings.Repeat("a ", 65), RuleTooManyWords, `a`},
		{strings.Repeat("(", 20), RuleTooDeep, `(`},
		{strings.Repeat("-", 40) + "a", RuleTooDeep, `-`},
	} {
		_, err := ParseRule(tt.rule, ruleNow)
		var e *RuleError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", tt.rule, err)
			continue
		}
		if e.Problem != tt.problem || e.Token != tt.token {
			t.Errorf("%q: %s at %q, not %s at %q", tt.rule, e.Problem, e.Token, tt.problem, tt.token)
		}
		if tt.rule[e.From:e.To] != e.Token {
			t.Errorf("%q: the place is %d to %d", tt.rule, e.From, e.To)
		}
		if msg := e.Error(); strings.HasSuffix(msg, ": ") {
			t.Errorf("%q: no words for %s", tt.rule, e.Problem)
		}
	}
}

// FuzzParseRule checks that no text harms the parser, and that a rule's filter
// never hides an event the rule holds for.
func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"a or b", `"x" /y/i -z`, "user:1 room:2 kind:gift", "medal>3 guard:any price>=30", "(a or (b -c)) from:2h", "“中文” 或 「日本」", "/(/", "not", "\xff or -\xff"} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		r, err := ParseRule(text, ruleNow)
		if err != nil {
			var e *RuleError
			if !errors.As(err, &e) || e.From < 0 || e.From > e.To || e.To > len(text) || text[e.From:e.To] != e.Token || e.Error() == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			if utf8.ValidString(text) && !utf8.ValidString(e.Token) {
				t.Fatalf("%q: the place cuts a letter in two: %q", text, e.Token)
			}
			return
		}
		rnd := rand.New(rand.NewPCG(seed, 2))
		filter, exact := r.Filter()
		for range 20 {
			e := said(text[:rnd.IntN(len(text)+1)])
			switch rnd.IntN(4) {
			case 0:
				e = bought(KindGift, Money(rnd.IntN(100_000)))
			case 1:
				e = bought(KindSuperChat, 30_000)
				e.SuperChat.Text = text
			case 2:
				e.Comment.Text = fmt.Sprint("x", text, "y")
				e.User.Name = text
			}
			m, g := r.Match(e), filter.Match(e)
			if m && !g || exact && m != g {
				t.Fatalf("%q: the rule says %v, its filter %+v (exact %v) %v, of %+v", text, m, filter, exact, g, e)
			}
		}
	})
}

func BenchmarkRuleMatch(b *testing.B) {
	r, err := ParseRule(`(抽奖 or 红包 or /[0-9]{6,}/) -user:42 medal>=3`, ruleNow)
	if err != nil {
		b.Fatal(err)
	}
	e := said("今天主播会抽奖吗，等了好久了")
	b.ReportAllocs()
	for b.Loop() {
		r.Match(e)
	}
}

func TestAChoiceOfWordsIsAskedForWordByWord(t *testing.T) {
	for text, want := range map[string][]Filter{
		"草":                                         {{Text: "草"}},
		"草 or 哈哈":                                   {{Text: "草"}, {Text: "哈哈"}},
		"(草 or user:7) room:5":                      {{Text: "草", Rooms: []RoomID{5}}, {User: "7", Rooms: []RoomID{5}}},
		"草 or (medal>20 哈哈)":                        {{Text: "草"}, {Text: "哈哈"}},
		"草 or medal>20":                             {{}},
		"kind:gift or kind:guard":                   {{Kinds: []Kind{KindGift, KindGuard}}},
		"(a or b) (c or d or e)":                    {{Text: "a"}, {Text: "b"}},
		"a or b or c or d or e or f or g or h or i": {{}},
	} {
		r, err := ParseRule(text, time.Now())
		if err != nil {
			t.Fatal(text, err)
		}
		got, exact := r.Filters()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, not %+v", text, got, want)
		}
		if wantExact := text == "草" || text == "草 or 哈哈" || text == "kind:gift or kind:guard" || text == "(草 or user:7) room:5"; exact != wantExact {
			t.Errorf("%s: exact %v", text, exact)
		}
	}
}
