package store

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"danmaku/event"
)

// inIndex reports whether the index would give the text for the query: every
// term of the query is in the words of the text.
func inIndex(text, query string) bool {
	var w words
	w.event(&unindexed{room: 1, text: text}, false)
	have := strings.Fields(string(w.buf))
	stands := func(at int, words []string) bool {
		for i, word := range words {
			if word != "" && have[at+i] != word {
				return false
			}
		}
		return true
	}
	for _, t := range phrase(event.Fold(query), false) {
		found := false
		for at := 0; at+len(t.words) <= len(have); at++ {
			found = found || stands(at, t.words)
		}
		if !found {
			return false
		}
	}
	return true
}

func TestEveryPartOfATextIsFoundInItsWords(t *testing.T) {
	for _, c := range []struct{ text, query string }{
		{"草", "草"}, {"60fps", "0f"}, {"60fps", "60FPS"}, {"打call", "打c"}, {"打call", "l"}, {"chatgpt好用", "t好"}, {"a b", "b"}, {"a b", "a "}, {"a b", " "},
		{"哈哈哈哈哈哈哈", "哈哈哈哈哈哈"}, {"？？？？？？？？", "？？？？？？？"}, {"ＡＢＣ", "abc"}, {"ﾊﾟ", "パ"}, {"666666666", "66666666"}, {"x\x00y", "\x00"}, {"\u0091a", "\u0091"},
		{"[dog]", "["}, {"a\"b", `"`}, {"👨‍👩‍👧", "👩"}, {"下次一定下次一定下次一定", "次一定下次一定下"},
	} {
		if !strings.Contains(event.Fold(c.text), event.Fold(c.query)) {
			t.Errorf("the case %q in %q is wrong", c.query, c.text)
		}
		if !inIndex(c.text, c.query) {
			t.Errorf("%q is not found in %q: %v", c.query, c.text, phrase(event.Fold(c.query), false))
		}
	}
	g := newGenerator(1)
	for range 20000 {
		text := g.longText()
		if q := g.part(text); text != "" && strings.Contains(event.Fold(text), event.Fold(q)) && !inIndex(text, q) {
			t.Fatalf("%q is not found in %q: %v", q, text, phrase(event.Fold(q), false))
		}
	}
}

// longText returns a text with repetitions.
func (g *generator) longText() string {
	var b strings.Builder
	for range g.IntN(5) {
		b.WriteString(strings.Repeat(pieces[g.IntN(len(pieces))], 1+g.IntN(3)*g.IntN(8)))
	}
	return b.String()
}

func TestQueryForARunDoesNotFindShorterOnes(t *testing.T) {
	if inIndex("哈哈哈哈哈哈", "哈哈哈哈哈哈哈哈哈哈哈哈") {
		t.Error("twelve are found among six")
	}
	if inIndex("666666", "66666666666") {
		t.Error("eleven digits are found among six")
	}
}

func FuzzPartOfTextIsFound(f *testing.F) {
	f.Add("60fps打call", uint(2), uint(6))
	f.Add("哈哈哈哈哈哈哈哈 ？？？", uint(3), uint(20))
	f.Add("ｶﾞ\u200bé\x00", uint(0), uint(3))
	f.Fuzz(func(t *testing.T, text string, from, to uint) {
		folded := event.Fold(text)
		if !utf8.ValidString(folded) {
			return
		}
		r := []rune(folded)
		lo, hi := min(int(from%1000), len(r)), min(int(to%1000), len(r))
		if lo >= hi {
			return
		}
		q := string(r[lo:hi])
		if strings.Contains(folded, event.Fold(q)) && !inIndex(text, q) {
			t.Errorf("%q is not found in %q", q, text)
		}
	})
}

func BenchmarkWordsOfAnEvent(b *testing.B) {
	g := &generator{Rand: rand.New(rand.NewPCG(1, 1))}
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = g.text()
	}
	var w words
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.event(&unindexed{room: 3, user: 12345, text: texts[i%len(texts)]}, false)
	}
}
