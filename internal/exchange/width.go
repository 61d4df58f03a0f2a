package exchange

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// asciiAdvance holds the advance widths of the printable ASCII characters in
// thousandths of an em, as Noto Sans CJK (and Source Han Sans, the same design)
// has them. Other sans-serif faces differ by a few per cent.
var asciiAdvance = [0x7f - 0x20]uint16{
	224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392,
	555, 555, 555, 555, 555, 555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474,
	946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543, 812, 723, 742,
	633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559,
	606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552, 284, 926, 610, 606,
	620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
}

// textWidth estimates how wide s is, in ems.
func textWidth(s string) float64 {
	w := 0
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if b >= 0x20 && b < 0x7f {
				w += int(asciiAdvance[b-0x20])
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		w += advance(r)
		i += size
	}
	return float64(w) / 1000
}

// advance estimates the width of one character beyond ASCII, in thousandths
// of an em, rather too wide than too narrow.
func advance(r rune) int {
	switch {
	case r >= 0x3400 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0x20000 && r <= 0x3ffff:
		return 1000 // ideographs, hangul syllables
	case r >= 0x1f000 && r <= 0x1faff:
		return 1275 // emoji, in the emoji fonts of all systems wider than an em
	case r >= 0xff61 && r <= 0xff9f:
		return 500 // half-width kana
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r >= 0xfe00 && r <= 0xfe0f:
		return 0 // combining marks, joiners, variation selectors
	case r < 0x2000:
		return 650 // Latin, Greek, Cyrillic, Arabic and other alphabets
	case runewidth.RuneWidth(r) == 2:
		return 1000
	case r < 0x2100:
		return 850 // dashes, quotes
	}
	return 1000
}

// emPerLine is the size of an em in a font whose lines are one high: players
// take Fontsize for the height of a line, not of an em.
func emPerLine(font string) float64 {
	name := strings.ToLower(font)
	for _, f := range []struct {
		part string
		line float64 // ascent and descent of the font, in ems
	}{
		{"noto sans cjk", 1.448}, {"source han sans", 1.448}, {"noto sans sc", 1.448}, {"思源黑体", 1.448},
		{"yahei", 1.32}, {"雅黑", 1.32}, {"pingfang", 1.4}, {"苹方", 1.4}, {"wenquanyi", 1.17}, {"simhei", 1.14}, {"黑体", 1.14}, {"arial", 1.149},
	} {
		if strings.Contains(name, f.part) {
			return 1 / f.line
		}
	}
	return 1 / 1.14
}

// clip returns s shortened to at most max ems, the cut marked by an ellipsis.
func clip(s string, max float64) string {
	if textWidth(s) <= max {
		return s
	}
	w, end := 1.0, 0 // the ellipsis
	for i, r := range s {
		w += textWidth(string(r))
		if w > max {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return s[:end] + "…"
}

// wrap breaks s into at most n lines of at most max ems, between words where
// a line has any, else anywhere; what does not fit is marked by an ellipsis.
func wrap(s string, max float64, n int) []string {
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		for rest := strings.TrimSpace(paragraph); rest != ""; {
			if len(lines) == n-1 {
				return append(lines, clip(rest, max))
			}
			line := firstLine(rest, max)
			lines = append(lines, strings.TrimRight(line, " "))
			rest = strings.TrimLeft(rest[len(line):], " ")
			if len(lines) == n {
				return lines
			}
		}
	}
	return lines
}

func firstLine(s string, max float64) string {
	w, space := 0.0, 0
	for i, r := range s {
		cw := textWidth(string(r))
		if w+cw > max && i > 0 && cw > 0 {
			if space > 0 && r < 0x2000 && r != ' ' {
				return s[:space]
			}
			return s[:i]
		}
		w += cw
		if r == ' ' {
			space = i + 1
		}
	}
	return s
}
