package main

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// What people write on a stream must not steer a terminal: escape sequences
// (C0, DEL, the C1 controls that some terminals take for escapes), and marks
// that reverse the direction of all that follows.

func steers(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || turnsText(r)
}

func turnsText(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c || r == 0x2028 || r == 0x2029
}

// printable gives s as it may stand in one line of a terminal: line breaks
// become ⏎, tabs spaces, what steers becomes a visible stand-in.
func printable(s string) string {
	clean := true
	for i, r := range s {
		if steers(r) || r == utf8.RuneError || r == 0xfeff || i == 0 && unicode.In(r, unicode.Mn, unicode.Me) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case i == 0 && unicode.In(r, unicode.Mn, unicode.Me):
			b.WriteString("◌") // else it would sit on the column before
			b.WriteRune(r)
		case r == '\r' && strings.HasPrefix(s[i:], "\r\n"), r == 0xfeff:
		case r == '\n' || r == 0x2028 || r == 0x2029:
			b.WriteRune('⏎')
		case r == '\t':
			b.WriteByte(' ')
		case r < ' ':
			b.WriteRune(0x2400 + r) // ␛ and its like
		case r == 0x7f:
			b.WriteRune('␡')
		case steers(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// safeWriter passes text on to a terminal with all that would steer it taken
// out. It is for formats meant for programs, when somebody looks at them.
type safeWriter struct {
	w    io.Writer
	json bool   // escape instead of replacing: what is shown stays the same JSON
	part []byte // an unfinished character
	out  []byte
}

func (s *safeWriter) Write(p []byte) (int, error) {
	in := p
	if len(s.part) > 0 {
		in = append(s.part, p...)
	}
	s.out, s.part = s.out[:0], nil
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		if r == utf8.RuneError && size == 1 && !utf8.FullRune(in) {
			s.part = append([]byte(nil), in...)
			break
		}
		switch {
		case r == '\n' || r == '\t':
			s.out = append(s.out, byte(r))
		case steers(r) && s.json:
			const hex = "0123456789abcdef"
			s.out = append(s.out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		case steers(r):
			s.out = utf8.AppendRune(s.out, utf8.RuneError)
		default:
			s.out = append(s.out, in[:size]...)
		}
		in = in[size:]
	}
	if _, err := s.w.Write(s.out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// cells measures text in columns of a terminal. Ambiguous characters count as
// one column, as terminals with a Unicode font have them by default.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// pad fills s with spaces up to w columns, or cuts it there.
func pad(s string, w int) string {
	n := cells.StringWidth(s)
	if n > w {
		s = cells.Truncate(s, w, "…")
		n = cells.StringWidth(s)
	}
	return s + strings.Repeat(" ", max(0, w-n))
}

// ink colours words for a terminal; the zero value leaves them as they are.
type ink struct{ on bool }

// The colours in use, as SGR parameters; they read well on dark and light.
const (
	dim     = "2"
	bold    = "1"
	hit     = "1;31"
	cyan    = "36"
	yellow  = "33"
	magenta = "35"
	green   = "32"
)

func (i ink) paint(code, s string) string {
	if !i.on || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
