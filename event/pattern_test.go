package event

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// holds says whether a folded text has what a pattern needs.
func (c Cond) holds(folded string) bool {
	switch c.Op {
	case CondAll:
		for _, part := range c.Parts {
			if !part.holds(folded) {
				return false
			}
		}
		return true
	case CondAny:
		for _, part := range c.Parts {
			if part.holds(folded) {
				return true
			}
		}
		return false
	}
	return strings.Contains(folded, c.Text)
}

func TestWhatAPatternNeedsIsFoundWithoutIt(t *testing.T) {
	for pattern, want := range map[string]string{
		`^6+$`:         "6",
		`抽奖|红包`:        "(抽奖|红包)",
		`(好听|可爱)！`:     "(好听|可爱)&!",
		`(?i)Next`:     "nex",
		`nex t`:        "nex",
		`[草艹]{2,}`:     "(艹|草)",
		`x?`:           "",
		`[0-9]{5}`:     "",
		`.*`:           "",
		`a|.`:          "",
		`(草|)`:         "",
		`é`:            "",
		`か`:            "",                                // may become が
		`^x.y$`:        "(x|ẋ|ẍ)&(y|ý|ÿ|ŷ|ȳ|ẏ|ẙ|ỳ|ỵ|ỷ|ỹ)", // which marks may make of them
		`[qQ]+`:        "q",
		`下次.*一定`:       "下次&一定",
		`(?:ab){3}<=q`: "a&q",
	} {
		c, ok := patternNeeds(pattern)
		got := ""
		if ok {
			got = describe(c)
		}
		if got != want {
			t.Errorf("%s needs %q, want %q", pattern, got, want)
		}
	}
	if _, ok := patternNeeds(`(`); ok {
		t.Error("what is no pattern needs something")
	}
}

// TestALetterWithMarksIsFound: with every mark that makes another character of it.
func TestALetterWithMarksIsFound(t *testing.T) {
	with := 0
	needs := map[string]Cond{}
	for r := rune(0x80); r < 0x10000; r++ { // above are none
		apart := norm.NFD.String(string(r))
		if apart[0] >= 0x80 || !unicode.IsLetter(rune(apart[0])) {
			continue
		}
		with++
		letter := apart[:1]
		if _, ok := needs[letter]; !ok {
			c, ok := patternNeeds(letter)
			if !ok {
				t.Fatalf("/%s/ needs nothing", letter)
			}
			needs[letter] = c
		}
		if c, folded := needs[letter], Fold(apart); !c.holds(folded) {
			t.Errorf("/%s/ matches %q, which is folded to %q and has not what it needs: %s", letter, apart, folded, describe(c))
		}
	}
	if with < 400 {
		t.Errorf("only %d letters with marks", with)
	}
}

func describe(c Cond) string {
	var parts []string
	for _, p := range c.Parts {
		parts = append(parts, describe(p))
	}
	switch c.Op {
	case CondAll:
		return strings.Join(parts, "&")
	case CondAny:
		return "(" + strings.Join(parts, "|") + ")"
	}
	return c.Text
}

func FuzzWhatAPatternNeeds(f *testing.F) {
	f.Add(`(?i)k+ſ[草艹]`, "K\u212aſ艹")
	f.Add(`e`, "e\u0301")
	f.Add(`は`, "は\u3099")
	f.Add(`！？a=b`, "！？a=\u0338b")
	f.Add("\xff6", "\xff6")
	f.Add(`1⁄2|½`, "½")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > maxRule {
			return
		}
		needs, ok := patternNeeds(pattern)
		if !ok {
			return
		}
		for _, s := range []string{text, pattern, pattern + text, strings.ToUpper(pattern), pattern + "\u0301"} {
			if MatchPattern(p, s) && !needs.holds(Fold(s)) {
				t.Errorf("%q matches %q, which does not have %q when it is folded: %q", pattern, s, describe(needs), Fold(s))
			}
		}
	})
}
