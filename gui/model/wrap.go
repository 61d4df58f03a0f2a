package model

import "unicode/utf8"

// Span is a run of text in one style, or a box of a fixed size, in a row that
// flows into lines.
type Span struct {
	Text  string
	Style int     // index of the font and size; the measure knows it
	Box   bool    // a badge or picture: Width is given and it is never broken
	Width float32 // of a box
	Tag   int     // the caller's own
}

// Piece is a part of a span on one line.
type Piece struct {
	Span     int // index
	From, To int // bytes of the span's text
	Line     int
	X, Width float32
}

// Wrap lays spans out on lines of the given width and returns how many lines
// that took; emit, which may be nil, is called for every piece in reading
// order. Lines break at spaces, between Chinese, Japanese and picture
// characters, and inside a word only when the word alone is wider than a line.
// Closing punctuation does not begin a line.
func Wrap(spans []Span, width float32, advance func(style int, r rune) float32, emit func(Piece)) int {
	w := wrapper{width: width, advance: advance, emit: emit}
	for i := range spans {
		if s := &spans[i]; s.Box {
			w.box(i, s)
		} else {
			w.text(i, s)
		}
	}
	return w.line + 1
}

type wrapper struct {
	width   float32
	advance func(int, rune) float32
	emit    func(Piece)
	line    int
	x       float32
}

func (w *wrapper) box(i int, s *Span) {
	if w.x > 0 && w.x+s.Width > w.width {
		w.newLine()
	}
	if w.emit != nil {
		w.emit(Piece{Span: i, Line: w.line, X: w.x, Width: s.Width})
	}
	w.x += s.Width
}

func (w *wrapper) newLine() {
	w.line++
	w.x = 0
}

func (w *wrapper) text(i int, s *Span) {
	start, startX := 0, w.x // of the piece being gathered
	flush := func(end int) {
		if end > start && w.emit != nil {
			w.emit(Piece{Span: i, From: start, To: end, Line: w.line, X: startX, Width: w.x - startX})
		}
	}
	for at := 0; at < len(s.Text); {
		end, uw, space := w.unit(s, at)
		if w.x+uw <= w.width {
			w.x += uw
			at = end
			continue
		}
		if space { // a space at the end of a line is not seen
			flush(at)
			w.newLine()
			start, startX, at = end, 0, end
			continue
		}
		if w.x > 0 && uw <= w.width {
			flush(at)
			w.newLine()
			start, startX = at, 0
			continue
		}
		for at < end { // a word wider than a line
			r, n := utf8.DecodeRuneInString(s.Text[at:])
			rw := w.advance(s.Style, r)
			if w.x > 0 && w.x+rw > w.width {
				flush(at)
				w.newLine()
				start, startX = at, 0
			}
			w.x += rw
			at += n
		}
	}
	flush(len(s.Text))
}

// unit finds what has to stay together from at on: where it ends and how wide
// it is, and whether it is a run of spaces.
func (w *wrapper) unit(s *Span, at int) (end int, width float32, space bool) {
	first, n := utf8.DecodeRuneInString(s.Text[at:])
	end, width = at+n, w.advance(s.Style, first)
	space = first == ' '
	word := !space && inWord(first)
	last := first
	for end < len(s.Text) {
		r, n := utf8.DecodeRuneInString(s.Text[end:])
		switch {
		case space && r == ' ':
		case space:
			return end, width, true
		case glued(last, r):
		case word && inWord(r):
		default:
			return end, width, false
		}
		width += w.advance(s.Style, r)
		end += n
		last = r
		if end-at > 4*maxName {
			return end, width, space // a flood: break anywhere
		}
	}
	return end, width, space
}

// inWord tells the characters between which a line is not broken.
func inWord(r rune) bool {
	return r != ' ' && (r < 0x1100 && r > 0x20 || r >= 0xac00 && r <= 0xd7a3)
}

// glued tells whether r may not begin a line after last.
func glued(last, r rune) bool {
	switch {
	case r == 0x200d || last == 0x200d || r >= 0x1f3fb && r <= 0x1f3ff || r >= 0x300 && r <= 0x36f || r == 0x20e3:
		return true
	case r == '，' || r == '。' || r == '！' || r == '？' || r == '、' || r == '；' || r == '：' || r == '）' || r == '」' ||
		r == '』' || r == '》' || r == '】' || r == '”' || r == '’' || r == '…' || r == 'ー' || r == '～' || r == '!' || r == '?' || r == ',' || r == '.' || r == ')' || r == ']':
		return last != r // a row of the same mark may be broken
	case last == '（' || last == '「' || last == '『' || last == '《' || last == '【' || last == '“':
		return true
	}
	return false
}
