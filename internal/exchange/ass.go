package exchange

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"danmaku/event"
)

// WriteASS writes subtitles in the script format of SSA v4+: comments cross the
// picture or stand at the top or bottom, in rows in which no two ever touch;
// super chats, guards and paid gifts appear as boxes at the bottom left. What
// finds no room in time is kept as a line of type Comment, which players do
// not show. Events should come in the order of time; one that comes out of
// order is shown as soon as its row is free.
func WriteASS(w io.Writer, events Events, o Options) (Summary, error) {
	a := newASSWriter(w, o)
	a.header(o.Recording)
	for e, err := range events {
		if err != nil {
			return a.sum, err
		}
		a.event(&e)
		if a.out.err != nil {
			break
		}
	}
	a.boxes.finish()
	a.flushBoxes()
	return a.sum, a.out.close(ASS)
}

// assWriter is one script being written.
type assWriter struct {
	out   *output
	sum   Summary
	style Style
	time  timeline
	rows  rows
	boxes column

	em       float64 // of a normal comment
	row      float64 // height of a row
	foot     float64 // y of the column's foot
	boxLeft  float64
	boxWidth float64
	upper    band // for scrolling and top comments
	lower    band // for bottom comments
	patience int64
}

func newASSWriter(w io.Writer, o Options) *assWriter {
	s := o.Style.withDefaults()
	a := &assWriter{out: newOutput(w), style: s, time: newTimeline(o.Recording), patience: ticks(s.Patience)}
	width, height := float64(s.Width), float64(s.Height)
	a.em = float64(s.FontSize) * emPerLine(s.Font)
	a.row = math.Max(1, float64(s.FontSize)*1.04)
	n := max(1, int(height*0.98/a.row))
	a.upper = band{0, max(1, min(n, int(math.Round(float64(n)*s.Area)))), false}
	a.lower = band{min(n-1, n*3/4), n, true}
	a.foot = height * 0.97
	a.boxLeft = math.Round(width * 0.0125)
	a.boxWidth = math.Round(math.Min(width*0.45, a.em*13))
	a.boxes = column{height: a.foot - height*math.Max(0.3, math.Min(s.Area, 0.6)), gap: math.Round(float64(s.FontSize) * 0.15)}
	a.rows = rows{width: width, gap: a.em * 0.6, scroll: ticks(s.Scroll), stand: ticks(s.Stand), list: make([]rowState, n)}
	if !s.NoBoxes {
		a.rows.left = a.boxLeft*2 + a.boxWidth
	}
	return a
}

func (a *assWriter) header(r Recording) {
	s := &a.style
	title := r.Title
	if r.Streamer != "" {
		title = r.Streamer + " " + title
	}
	outline := math.Max(1, math.Round(a.em*0.6)/10)
	a.out.line = fmt.Appendf(a.out.line, `[Script Info]
; made by danmaku
Title: %s
ScriptType: v4.00+
Collisions: Normal
PlayResX: %d
PlayResY: %d
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
`, string(appendASSText(nil, title)), s.Width, s.Height)
	alpha := 255 - int(math.Round(s.Opacity*255))
	bold := 0
	if s.Bold {
		bold = -1
	}
	font := strings.Map(func(r rune) rune {
		if r < ' ' || r == ',' {
			return -1
		}
		return r
	}, s.Font)
	for _, st := range []struct {
		name        string
		align, bold int
		alpha       int
		outline     float64
	}{
		{"R2L", 7, bold, alpha, outline}, {"L2R", 7, bold, alpha, outline}, {"TOP", 8, bold, alpha, outline}, {"BTM", 8, bold, alpha, outline},
		{"SP", 7, bold, 0, outline}, {"MSG", 7, bold, 0, 0},
	} {
		a.out.line = fmt.Appendf(a.out.line, "Style: %s,%s,%d,&H%02XFFFFFF,&H%02XFFFFFF,&H%02X000000,&H%02X000000,%d,0,0,0,100,100,0,0,1,%g,0,%d,0,0,0,1\n",
			st.name, font, s.FontSize, st.alpha, st.alpha, st.alpha, st.alpha, st.bold, st.outline, st.align)
	}
	a.out.line = append(a.out.line, "\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"...)
	a.out.flush()
}

func (a *assWriter) event(e *event.Event) {
	if e.Of != "" {
		a.sum.Left++
		return
	}
	pos := a.time.position(e)
	start := (pos + 5) / 10
	if pos < 0 {
		a.sum.Left++
		a.sum.Early++
		return
	}
	if !a.style.NoBoxes {
		a.boxes.advance(start)
		a.flushBoxes()
	}
	switch {
	case e.Comment != nil:
		a.sum.Written++
		a.comment(e, start)
	case a.style.NoBoxes:
		a.sum.Left++
	case e.SuperChat != nil, e.Guard != nil, e.Gift != nil && e.Gift.Paid && e.Gift.Total >= a.style.GiftMin:
		a.sum.Written++
		a.box(e, start)
	default:
		a.sum.Left++
	}
}

// Layers, from below: scrolling, standing, positioned comments, boxes.
const (
	layerScroll = iota
	layerStand
	layerPositioned
	layerBox
	layerBoxText
)

func (a *assWriter) comment(e *event.Event, start int64) {
	c := e.Comment
	if c.Mode == "positioned" {
		if p, ok := parsePositioned(c.Text); ok {
			a.positioned(p, c, start)
			return
		}
	}
	size := float64(a.style.FontSize)
	if c.Size > 0 && c.Size != 25 {
		size = math.Round(size * math.Max(0.4, math.Min(4, float64(c.Size)/25)))
	}
	scale := size / float64(a.style.FontSize)
	width := textWidth(c.Text)
	if a.style.Names && e.User != nil {
		width += textWidth(e.User.Name) + textWidth(": ")
	}
	width = math.Ceil(width * a.em * scale)
	count := max(1, ceil(size/a.row))

	style, layer, where, patience := "R2L", layerScroll, a.upper, a.patience
	m := a.rows.moving(start, width, false)
	switch c.Mode {
	case "reverse":
		style, m = "L2R", a.rows.moving(start, width, true)
	case "top", "bottom":
		// A crowd of scrolling ones would never let a standing one in: it may wait longer.
		style, layer, patience = "TOP", layerStand, a.patience+a.rows.scroll
		if c.Mode == "bottom" {
			style, where = "BTM", a.lower
		}
		m = a.rows.standing(start, width)
	}
	row, at, ok := a.rows.place(m, where, int(count), patience)
	if !ok {
		a.sum.Crowded++
		row, at = where.top, start
	}
	y := int64(math.Round(float64(row)*a.row + float64(a.style.Height)*0.008))
	a.line(ok, layer, at, at+m.end-m.start, style)
	switch {
	case m.speed < 0:
		a.move(int64(a.style.Width), y, -int64(width), y)
	case m.speed > 0:
		a.move(-int64(width), y, int64(a.style.Width), y)
	default:
		a.pos(int64(math.Round(m.x+m.width/2)), y)
	}
	if scale != 1 {
		a.out.line = strconv.AppendInt(append(a.out.line, `\fs`...), int64(size), 10)
	}
	color := colorNumber(c.Color, white)
	if color != white {
		a.out.line = appendColor(append(a.out.line, `\c`...), color)
		if dark(color) {
			a.out.line = append(a.out.line, `\3c&HFFFFFF&`...)
		}
	}
	if a.style.Names && e.User != nil {
		a.out.line = appendColor(append(a.out.line, `\c`...), 0xf7cabc)
		a.out.line = appendASSText(append(a.out.line, '}'), e.User.Name+": ")
		a.out.line = appendColor(append(a.out.line, `{\c`...), color)
	}
	a.out.line = append(a.out.line, '}')
	a.out.line = appendASSText(a.out.line, c.Text)
	a.end()
}

// line begins a line of the script up to the tags of its text.
func (a *assWriter) line(shown bool, layer int, from, to int64, style string) {
	l := a.out.line
	if shown {
		l = append(l, "Dialogue: "...)
	} else {
		l = append(l, "Comment: "...)
	}
	l = append(l, byte('0'+layer), ',')
	l = append(appendTicks(l, from), ',')
	l = append(appendTicks(l, to), ',')
	l = append(l, style...)
	a.out.line = append(l, ",,0,0,0,,{"...)
}

func (a *assWriter) end() {
	a.out.line = append(a.out.line, '\n')
	a.out.flush()
}

func (a *assWriter) move(x1, y1, x2, y2 int64) {
	a.out.line = appendInts(append(a.out.line, `\move(`...), x1, y1, x2, y2)
	a.out.line = append(a.out.line, ')')
}

func (a *assWriter) pos(x, y int64) {
	a.out.line = appendInts(append(a.out.line, `\pos(`...), x, y)
	a.out.line = append(a.out.line, ')')
}

func appendInts(dst []byte, v ...int64) []byte {
	for i, n := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, n, 10)
	}
	return dst
}

// appendTicks writes hundredths of a second as H:MM:SS.cc.
func appendTicks(dst []byte, t int64) []byte {
	t = max(0, t)
	dst = strconv.AppendInt(dst, t/360000, 10)
	m, s, c := t/6000%60, t/100%60, t%100
	return append(dst, ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10), '.', byte('0'+c/10), byte('0'+c%10))
}

// appendColor writes a colour as ASS has it: blue first.
func appendColor(dst []byte, rgb uint32) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, "&H"...)
	for _, b := range [...]byte{byte(rgb), byte(rgb >> 8), byte(rgb >> 16)} {
		dst = append(dst, hex[b>>4], hex[b&15])
	}
	return append(dst, '&')
}

// dark: a black outline would swallow the text.
func dark(rgb uint32) bool {
	r, g, b := rgb>>16, rgb>>8&255, rgb&255
	return r*299+g*587+b*114 < 50*1000
}

// appendASSText appends text so that a player shows it and obeys nothing in
// it: braces become full-width ones (not all players know \{), a backslash is
// parted from what follows, spaces at the ends become hard ones, controls and
// marks that turn the direction of all that follows are left out.
func appendASSText(dst []byte, s string) []byte {
	body := strings.TrimRight(strings.TrimLeft(s, " "), " ")
	lead := len(s) - len(strings.TrimLeft(s, " "))
	for range lead {
		dst = append(dst, `\h`...)
	}
	start := 0
	for i := 0; i < len(body); {
		b := body[i]
		var with string
		size := 1
		switch {
		case b >= ' ' && b < 0x7f && b != '{' && b != '}' && b != '\\':
			i++
			continue
		case b == '{':
			with = "｛"
		case b == '}':
			with = "｝"
		case b == '\\':
			with = "\\\u200b"
		case b == '\n' || b == '\t' || b == '\r':
			with = " "
		case b < utf8.RuneSelf:
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(body[i:])
			if r == utf8.RuneError && size == 1 {
				with = "\ufffd"
			} else if !hidden(r) {
				i += size
				continue
			}
		}
		dst = append(append(dst, body[start:i]...), with...)
		i += size
		start = i
	}
	dst = append(dst, body[start:]...)
	if body != "" {
		for range len(s) - lead - len(body) {
			dst = append(dst, `\h`...)
		}
	}
	return dst
}

// hidden: C1 controls, direction overrides and isolates, line separators,
// byte order marks.
func hidden(r rune) bool {
	return r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r == 0xfeff
}
