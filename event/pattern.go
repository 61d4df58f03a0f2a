package event

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// mostChoices bounds the characters of a class that are looked for one by one, and
// the pieces of a pattern that are looked for together.
const mostChoices = 8

// patternNeeds returns what is a part of every folded text that a regular
// expression matches: of its fixed letters those that stay what they are when the
// text is folded, whatever stands beside them. ok: there is something.
func patternNeeds(pattern string) (needs Cond, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return Cond{}, false
	}
	return needsOf(re)
}

func needsOf(re *syntax.Regexp) (Cond, bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return literalNeeds(re.Rune)
	case syntax.OpCharClass:
		var choices []Cond
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				c, ok := literalNeeds([]rune{r})
				if !ok || len(choices) == mostChoices {
					return Cond{}, false
				}
				choices = append(choices, c)
			}
		}
		return oneNeeded(choices)
	case syntax.OpCapture, syntax.OpPlus:
		return needsOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needsOf(re.Sub[0])
		}
	case syntax.OpConcat:
		var all []Cond
		for _, part := range re.Sub {
			if c, ok := needsOf(part); ok && len(all) < mostChoices {
				all = append(all, c)
			}
		}
		if len(all) == 1 {
			return all[0], true
		}
		return Cond{Op: CondAll, Parts: all}, len(all) > 0
	case syntax.OpAlternate:
		var choices []Cond
		for _, part := range re.Sub {
			c, ok := needsOf(part)
			if !ok {
				return Cond{}, false
			}
			choices = append(choices, c)
		}
		return oneNeeded(choices)
	}
	return Cond{}, false
}

func oneNeeded(choices []Cond) (Cond, bool) {
	switch len(choices) {
	case 0:
		return Cond{}, false
	case 1:
		return choices[0], true
	}
	return Cond{Op: CondAny, Parts: choices}, true
}

// literalNeeds cuts a literal where folding may change it, and takes the longest
// piece. Ideographs, digits and most punctuation stay what they are. A letter may
// become another with a mark behind it, so it counts only before something that is
// no mark; if nothing else does, see letterNeeds. What differs from it in case only
// folds to the same.
func literalNeeds(literal []rune) (Cond, bool) {
	best, piece := "", ""
	for i, r := range literal {
		switch {
		case '0' <= r && r <= '9', 0x4e00 <= r && r <= 0x9fff, strings.ContainsRune("!,.?:;-[]()#@。、", r):
			piece += string(r)
		case strings.ContainsRune("！，．？：；（）", r): // folded to those of ASCII
			piece += string(r - '！' + '!')
		case isPlainLetter(r) && i+1 < len(literal) && literal[i+1] < unicode.MaxASCII:
			piece += string(unicode.ToLower(r))
		default:
			piece = ""
		}
		if len(piece) > len(best) {
			best = piece
		}
	}
	if i := slices.IndexFunc(literal, isPlainLetter); best == "" && i >= 0 {
		return letterNeeds(unicode.ToLower(literal[i])), true
	}
	return Cond{Op: CondText, Text: best}, best != ""
}

func isPlainLetter(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }

// letterNeeds is that a text has a letter of ASCII, in lower case: as it is or with
// marks, which together are one character when a text is folded.
func letterNeeds(letter rune) Cond {
	choices := []Cond{{Op: CondText, Text: string(letter)}}
	for _, block := range [...]struct{ from, to rune }{{0xc0, 0x24f}, {0x1e00, 0x1eff}} { // of Latin letters with marks
		for r := block.from; r <= block.to; r++ {
			if apart := norm.NFD.String(string(r)); rune(apart[0]) == letter {
				choices = append(choices, Cond{Op: CondText, Text: string(r)})
			}
		}
	}
	one, _ := oneNeeded(choices)
	return one
}
