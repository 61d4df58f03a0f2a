package event_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"danmaku/event"
)

// TestFoldingFollowsTheRuleForEveryCharacter: texts of ideographs, kana and ASCII
// have a shorter way, which must not tell.
func TestFoldingFollowsTheRuleForEveryCharacter(t *testing.T) {
	rule := func(s string) string {
		return strings.Map(unicode.ToLower, norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")))
	}
	check := func(s string) {
		if got, want := event.Fold(s), rule(s); got != want {
			t.Fatalf("%+q is folded to %+q, want %+q", s, got, want)
		}
	}
	for r := rune(0); r < 0x20000; r++ {
		check(string(r))
		check("かA" + string(r) + "ハ啊")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("aZ09 \x00Éé中文草はばパぱヴーヽッｶﾞ゙゚\u0301\u3099Ａ（！㍿각\u1100\u1161ǅßİ😂")
	for range 20000 {
		var b strings.Builder
		for range rnd.IntN(8) {
			b.WriteRune(alphabet[rnd.IntN(len(alphabet))])
		}
		check(b.String())
		check(b.String() + "\xff中")
	}
}
