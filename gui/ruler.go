package gui

import (
	"slices"
	"strings"
	"unicode/utf8"

	"danmaku/gui/model"
)

// style is a font and a size that rows are written in.
type style int

const (
	styleBody  style = iota // comments
	styleBold               // names, prices
	styleSmall              // badges, times
	styleTiny               // levels in medals
	styleCount
)

// ruler measures text by the width of each character, which it asks the
// toolkit for only once. The built-in fonts have no kerning, so the sum is what
// will be drawn. Used only by the goroutine that draws.
type ruler struct {
	sizes [styleCount]float32
	line  float32 // height of a line of comments
	table [styleCount]advances
}

// advances is the width of every character met so far; 0 is unknown.
type advances struct {
	low   [0x100]float32
	pages [lastWritten>>8 + 1]*[0x100]float32
}

// lastWritten is the last character anything is written with: what follows are
// tags and characters for private use.
const lastWritten = 0x3ffff

// newRuler makes a ruler for comments of a size.
func newRuler(size float32) *ruler {
	r := &ruler{sizes: [styleCount]float32{size, size, max(9, size-3), max(8, size-4)}}
	r.line = float32(int(size*1.5 + 0.5))
	return r
}

// advance is the width of one character; it fits model.Wrap.
func (r *ruler) advance(s int, c rune) float32 {
	if c < 0 || c > lastWritten {
		c = utf8.RuneError
	}
	t := &r.table[s]
	row := &t.low
	if c >= 0x100 {
		p := &t.pages[c>>8]
		if *p == nil {
			*p = new([0x100]float32)
		}
		row = *p
	}
	w := row[c&0xff]
	if w == 0 {
		w = r.ask(style(s), c)
		row[c&0xff] = w
	}
	return w
}

func (r *ruler) ask(s style, c rune) float32 {
	switch {
	case c == 0x200d, c >= 0x300 && c <= 0x36f, c >= 0x1f3fb && c <= 0x1f3ff:
		return 0.01 // drawn with its neighbour
	case c == ' ':
		// A lone space is measured as nothing by some drivers.
		return textWidth("| |", r.sizes[s], s == styleBold) - 2*r.advance(int(s), '|')
	}
	return max(0.01, textWidth(string(c), r.sizes[s], s == styleBold))
}

// emojiWidth is the room an emoji takes in a text, with a little air.
func (r *ruler) emojiWidth(st style) float32 { return float32(int(r.sizes[st]*1.3+0.5)) + 2 }

// run is the width of a text without emoji.
func (r *ruler) run(st style, text string) float32 {
	if st == styleBold && !boldable(text) {
		st = styleBody
	}
	var w float32
	for _, c := range text {
		w += r.advance(int(st), c)
	}
	return w
}

// width is the width of a text on one line.
func (r *ruler) width(st style, text string) float32 {
	var w float32
	spell(text, func(text string, pic *picture) {
		if pic != nil {
			w += r.emojiWidth(st)
		} else {
			w += r.run(st, text)
		}
	})
	return w
}

// cut shortens a text to a width, with an ellipsis when anything is left out.
func (r *ruler) cut(st style, text string, width float32) string {
	if text = readable(text); r.width(st, text) <= width {
		return text
	}
	width -= r.advance(int(st), '…')
	var w float32
	kept, full := 0, false
	spell(text, func(part string, pic *picture) {
		if full {
			return
		}
		if pic != nil {
			if w += r.emojiWidth(st); w > width {
				full = true
			} else {
				kept += len(part)
			}
			return
		}
		bold := st == styleBold && !boldable(part)
		for _, c := range part {
			s := st
			if bold {
				s = styleBody
			}
			if w += r.advance(int(s), c); w > width {
				full = true
				return
			}
			kept += utf8.RuneLen(c)
		}
	})
	return text[:kept] + "…"
}

// breakLines breaks a text of the interface into lines of a width.
func breakLines(text string, size, width float32) []string {
	text = readable(text)
	var lines []string
	advance := func(_ int, c rune) float32 { return measure(string(c), size, false) } // an emoji is a picture
	last := -1
	model.Wrap([]model.Span{{Text: text}}, width, advance, func(p model.Piece) {
		if p.Line != last {
			lines, last = append(lines, ""), p.Line
		}
		lines[len(lines)-1] += text[p.From:p.To]
	})
	return lines
}

// evenLines breaks a text into lines of about the same width: a last one of two
// letters looks like a mistake. Where lines can end behind a clause, they do.
func evenLines(text string, size, width float32) []string {
	clauses := func(lines []string) bool {
		return !slices.ContainsFunc(lines[:len(lines)-1], func(l string) bool { return !strings.HasSuffix(l, "。") && !strings.HasSuffix(l, "、") })
	}
	best := breakLines(text, size, width)
	for lines := best; len(lines) > 1; {
		width -= size / 2
		if lines = breakLines(text, size, width); len(lines) != len(best) {
			break
		}
		if clauses(lines) || !clauses(best) {
			best = lines
		}
	}
	return best
}
