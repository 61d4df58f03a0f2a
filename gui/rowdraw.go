package gui

import (
	"fmt"
	"hash/maphash"
	"image/color"
	"math"
	"strings"
	"time"

	"fyne.io/fyne/v2/canvas"

	"danmaku/event"
	"danmaku/gui/model"
)

// drawer draws rows. One drawer serves a list at one width; everything it
// depends on is in it, so that drawing and measuring agree.
type drawer struct {
	*ruler
	*palette
	w         *words
	width     float32
	seed      maphash.Seed
	times     bool // show when a comment was written
	dates     bool // with its day, when that is not today
	rooms     bool // show which room a row is from
	medals    bool
	roomName  func(event.RoomID) string
	picture   func(e *event.Emote) *picture // nil: not there (yet)
	fetchable func(e *event.Emote) bool     // false: it never will be
	spans     []model.Span
	pics      []*picture // of the emoji among the spans
}

const (
	rowX       = 14 // left and right edge of rows
	rowY       = 3  // above and below a row
	barWidth   = 10 // kept free for the scroll bar
	stickerMax = 96
)

// What a span is; its Tag.
const (
	spanGap = iota
	spanTime
	spanRoom
	spanAdmin
	spanGuard
	spanMedal
	spanName
	spanReply
	spanText
	spanEmote
	spanTimes
	spanPrice
	spanFaint
	spanEmoji
)

func (d *drawer) inner() float32 { return d.width - 2*rowX - barWidth }

// nameColor gives everybody a colour of their own, guards that of their level.
func (d *drawer) nameColor(r *model.Row) color.NRGBA {
	if r.Guard >= 1 && r.Guard <= 3 {
		return d.guards[r.Guard]
	}
	who := r.UserID
	if who == "" {
		who = r.Name
	}
	return d.names[maphash.String(d.seed, who)%uint64(len(d.names))]
}

func (d *drawer) name(r *model.Row) string {
	if r.Name == "" {
		return d.w.Anonymous
	}
	return r.Name
}

// chat draws a row of the chat, or measures it when c is nil.
func (d *drawer) chat(r *model.Row, c *cell, hover bool) float32 {
	c.begin()
	var h float32
	switch r.Kind {
	case model.RowComment:
		h = d.comment(r, c, hover)
	case model.RowSuperChat:
		h = d.superChat(r, c, rowX, d.inner(), rowY+2)
	case model.RowGuard:
		h = d.bought(r, c)
	case model.RowGift:
		h = d.gave(r, c, hover)
	case model.RowGap, model.RowLagged:
		h = d.rule(c, d.w.line(r), d.warn)
	case model.RowLive, model.RowOffline, model.RowTitle:
		h = d.rule(c, d.w.line(r), d.dim)
	case model.RowModeration, model.RowLottery, model.RowRedPacket:
		h = d.note(c, d.w.line(r), d.accent)
	case model.RowArrival:
		h = d.note(c, d.w.line(r), d.faint)
	default:
		h = d.note(c, d.w.line(r), d.dim)
	}
	c.end(d.width, h)
	return h
}

func (d *drawer) box(tag int, width float32) {
	d.spans = append(d.spans, model.Span{Box: true, Width: width, Tag: tag})
}

func (d *drawer) run(tag int, st style, text string) {
	if text == "" {
		return
	}
	if st == styleBold && !boldable(text) {
		st = styleBody
	}
	split(text, func(text string, pic *picture) {
		if pic == nil {
			d.spans = append(d.spans, model.Span{Text: text, Style: int(st), Tag: tag})
			return
		}
		d.spans = append(d.spans, model.Span{Box: true, Width: d.emojiWidth(st), Style: int(st), Tag: spanEmoji | len(d.pics)<<8})
		d.pics = append(d.pics, pic)
	})
}

// clear begins another text.
func (d *drawer) clear() { d.spans, d.pics = d.spans[:0], d.pics[:0] }

// put draws a piece of a text in a line box of the given height.
func (d *drawer) put(c *cell, p model.Piece, x, y, height float32, ink color.NRGBA) *canvas.Text {
	s := &d.spans[p.Span]
	if s.Tag&0xff == spanEmoji {
		w := s.Width - 2
		c.image(x+1, y+(height-w)/2, w, w, d.pics[s.Tag>>8])
		return nil
	}
	return c.line(x, y, height, s.Text[p.From:p.To], d.sizes[s.Style], style(s.Style) == styleBold, ink)
}

// pill is the width of a badge with a text.
func (d *drawer) pill(text string) float32 { return d.ruler.width(styleSmall, text) + 10 }

// head appends the spans that tell who: badges and name.
func (d *drawer) head(r *model.Row) {
	if d.times {
		d.run(spanTime, styleSmall, d.clock(r.At))
		d.box(spanGap, 7)
	}
	if d.rooms {
		d.box(spanRoom, d.pill(d.roomTag(r.Room)))
		d.box(spanGap, 5)
	}
	if r.Admin {
		d.box(spanAdmin, d.pill(d.w.Admin))
		d.box(spanGap, 4)
	}
	if r.Guard >= 1 && r.Guard <= 3 {
		d.box(spanGuard, d.pill(d.w.guard(int(r.Guard))))
		d.box(spanGap, 4)
	}
	if r.Medal != nil && d.medals {
		d.box(spanMedal, d.medalWidth(r.Medal))
		d.box(spanGap, 5)
	}
	d.run(spanName, styleBold, d.name(r))
}

// clock writes a moment of today as its time, of another day with that.
func (d *drawer) clock(at event.Millis) string {
	t := at.Time()
	if y, m, day := time.Now().Date(); d.dates {
		if y2, m2, day2 := t.Date(); y != y2 {
			return t.Format("2006-01-02 15:04")
		} else if m != m2 || day != day2 {
			return t.Format("01-02 15:04")
		}
	}
	return t.Format("15:04")
}

func (d *drawer) roomTag(id event.RoomID) string { return d.cut(styleSmall, d.roomName(id), 72) }

func (d *drawer) medalWidth(m *model.Medal) float32 {
	return d.ruler.width(styleSmall, m.Name) + d.ruler.width(styleTiny, fmt.Sprint(m.Level)) + 17
}

func (d *drawer) comment(r *model.Row, c *cell, hover bool) float32 {
	d.clear()
	d.head(r)
	d.box(spanGap, 8)
	if r.Reply != "" {
		d.run(spanReply, styleBody, "@"+r.Reply+" ")
	}
	sticker := float32(0)
	if r.Sticker != nil && d.fetchable(r.Sticker) {
		sticker = stickerMax
	} else {
		d.body(r)
	}
	if r.Count > 1 {
		d.box(spanGap, 6)
		d.box(spanTimes, d.pill(fmt.Sprintf(d.w.Repeats, r.Count)))
	}
	h := 2*rowY + float32(model.Wrap(d.spans, d.inner(), d.advance, nil))*d.line + sticker
	if c == nil {
		return h
	}
	if r.Highlight {
		c.rect(0, 0, d.width-barWidth, h, d.marked, 0)
		c.rect(0, 0, 3, h, d.warn, 0)
	} else if hover {
		c.rect(0, 0, d.width-barWidth, h, d.hover, 0)
	}
	d.flow(r, c, rowX, rowY, d.inner())
	if sticker > 0 {
		d.sticker(r, c, rowX, h-rowY-sticker)
	}
	return h
}

func (d *drawer) sticker(r *model.Row, c *cell, x, y float32) {
	p := d.picture(r.Sticker)
	if p == nil {
		c.rect(x, y+4, stickerMax-8, stickerMax-8, d.card, 8)
		c.text(d.ruler, styleSmall, x+8, y+4, stickerMax-8, d.cut(styleSmall, r.Text, stickerMax-24), d.faint)
		return
	}
	c.image(x, y+4, stickerMax-8, stickerMax-8, p)
}

// body appends the words of a comment, with its emotes as boxes.
func (d *drawer) body(r *model.Row) {
	eachEmote(r, d.fetchable, func(text string, emote int) {
		if emote < 0 {
			d.run(spanText, styleBody, text)
			return
		}
		d.spans = append(d.spans, model.Span{Box: true, Width: d.line + 2, Tag: spanEmote + emote<<8})
	})
}

// flow wraps the gathered spans and draws them.
func (d *drawer) flow(r *model.Row, c *cell, x0, y0, width float32) int {
	ink := d.text
	switch {
	case r.Backlog, r.Recalled:
		ink = d.faint
	case r.Mirror:
		ink = d.dim
	}
	return model.Wrap(d.spans, width, d.advance, func(p model.Piece) {
		s := &d.spans[p.Span]
		x, y := x0+p.X, y0+float32(p.Line)*d.line
		switch s.Tag & 0xff {
		case spanGap:
		case spanTime, spanFaint:
			d.put(c, p, x, y+1, d.line, d.faint)
		case spanEmoji, spanText:
			if t := d.put(c, p, x, y, d.line, ink); t != nil {
				t.TextStyle.Strikethrough = r.Recalled
			}
		case spanRoom:
			d.badge(c, x, y, s.Width, d.roomTag(r.Room), d.raised, d.dim)
		case spanAdmin:
			d.badge(c, x, y, s.Width, d.w.Admin, fade(d.warn, 0x38), d.warn)
		case spanGuard:
			g := d.guards[r.Guard]
			d.badge(c, x, y, s.Width, d.w.guard(int(r.Guard)), fade(g, 0x38), g)
		case spanMedal:
			d.medal(c, x, y, s.Width, r.Medal, r.Lit)
		case spanName:
			col := d.nameColor(r)
			if r.Backlog {
				col = d.faint
			}
			d.put(c, p, x, y, d.line, col)
		case spanReply:
			d.put(c, p, x, y, d.line, d.dim)
		case spanPrice:
			d.put(c, p, x, y, d.line, d.money)
		case spanEmote:
			e := &r.Emotes[s.Tag>>8]
			if p := d.picture(e); p != nil {
				c.image(x+1, y, d.line, d.line, p)
			} else {
				c.rect(x+2, y+2, d.line-4, d.line-4, d.card, 4)
				name := firstRune(strings.TrimLeft(e.Text, "[【(（"))
				c.text(d.ruler, styleSmall, x+2+(d.line-4-d.ruler.width(styleSmall, name))/2, y, d.line, name, d.faint)
			}
		case spanTimes:
			d.badge(c, x, y, s.Width, fmt.Sprintf(d.w.Repeats, r.Count), fade(d.accent, 0x30), d.accent)
		}
	})
}

// badge draws a pill with a text in the middle of a line.
func (d *drawer) badge(c *cell, x, y, w float32, text string, ground, ink color.NRGBA) {
	h := d.sizes[styleSmall] + 6
	top := y + (d.line-h)/2
	c.rect(x, top, w, h, ground, 4)
	c.text(d.ruler, styleSmall, x+5, top, h, text, ink)
}

// medal draws a fan medal: its name on its colour, its level beside.
func (d *drawer) medal(c *cell, x, y, w float32, m *model.Medal, lit bool) {
	if c == nil {
		return
	}
	h := d.sizes[styleSmall] + 6
	top := y + (d.line-h)/2
	col := d.medalColor(m, lit)
	level := fmt.Sprint(m.Level)
	lw := d.ruler.width(styleTiny, level) + 8
	c.rect(x, top, w, h, col, 4)
	c.rect(x+w-lw-1, top+1, lw, h-2, color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xee}, 3)
	c.text(d.ruler, styleSmall, x+5, top, h, m.Name, rgb(0xffffff))
	c.text(d.ruler, styleTiny, x+w-lw-1+4, top, h, level, col)
}

// medalColor is the medal's own colour, or one by its level, dark enough for
// white letters; grey when it is not lit.
func (d *drawer) medalColor(m *model.Medal, lit bool) color.NRGBA {
	if !lit {
		return rgb(0x6b7280)
	}
	v := m.Color
	if v == 0 {
		v = [...]uint32{0x5c968e, 0x5d7b9e, 0x8d7ca6, 0xbe6686, 0xc79d24, 0x1a544b, 0x06154c, 0x2d0855, 0x7a0423, 0xff610b}[min(9, max(0, m.Level-1)/4)]
	}
	c := rgb(v)
	for luminance(c) > 0.30 {
		c.R, c.G, c.B = uint8(int(c.R)*9/10), uint8(int(c.G)*9/10), uint8(int(c.B)*9/10)
	}
	if luminance(c) < 0.03 { // nearly black: lift it off a dark ground
		c.R, c.G, c.B = c.R/2+0x30, c.G/2+0x30, c.B/2+0x38
	}
	return c
}

// rule draws a line across with a text in its middle.
func (d *drawer) rule(c *cell, text string, ink color.NRGBA) float32 {
	h := d.line + 2*rowY + 4
	if c == nil {
		return h
	}
	text = d.cut(styleSmall, text, d.inner()-48)
	w := d.ruler.width(styleSmall, text)
	x := (d.width - barWidth - w) / 2
	mid := float32(int(h / 2))
	c.rect(rowX, mid, max(0, x-rowX-10), 1, fade(ink, 0x50), 0)
	c.rect(x+w+10, mid, max(0, d.width-barWidth-rowX-(x+w+10)), 1, fade(ink, 0x50), 0)
	c.text(d.ruler, styleSmall, x, 0, h, text, ink)
	return h
}

// note draws a short notice in small letters.
func (d *drawer) note(c *cell, text string, ink color.NRGBA) float32 {
	d.clear()
	d.run(spanText, styleSmall, text)
	lh := d.line - 2
	lines := model.Wrap(d.spans, d.inner(), d.advance, func(p model.Piece) {
		d.put(c, p, rowX+p.X, rowY+float32(p.Line)*lh, lh, ink)
	})
	return 2*rowY + float32(lines)*lh
}

// bought draws a guard purchase in the chat: tinted, with a bar at its side.
func (d *drawer) bought(r *model.Row, c *cell) float32 {
	d.clear()
	g := d.guards[min(3, max(1, r.Level))]
	if d.dates {
		d.run(spanTime, styleSmall, d.clock(r.At))
		d.box(spanGap, 7)
	}
	d.box(spanGuard, d.pill(d.w.guard(r.Level)))
	d.box(spanGap, 6)
	d.run(spanName, styleBold, d.name(r))
	d.box(spanGap, 6)
	d.run(spanText, styleBody, d.w.guardBought(r))
	if r.Price > 0 {
		d.box(spanGap, 8)
		d.run(spanPrice, styleBold, money(r.Price))
	}
	width := d.inner() - 16
	lines := model.Wrap(d.spans, width, d.advance, nil)
	h := float32(lines)*d.line + 2*rowY + 12
	if c == nil {
		return h
	}
	c.rect(rowX, rowY, d.inner(), h-2*rowY, fade(g, 0x26), 6)
	c.rect(rowX, rowY, 3, h-2*rowY, g, 1.5)
	row := *r
	row.Guard = int8(min(3, max(1, r.Level)))
	d.flow(&row, c, rowX+12, rowY+6, width)
	return h
}

// gave draws a gift as a line of text, among comments.
func (d *drawer) gave(r *model.Row, c *cell, hover bool) float32 {
	d.clear()
	d.head(r)
	d.box(spanGap, 8)
	d.run(spanReply, styleBody, fmt.Sprintf("%s × %d", r.Item, r.Count))
	if r.Price > 0 {
		d.box(spanGap, 8)
		d.run(spanPrice, styleBold, money(r.Price))
	}
	h := 2*rowY + float32(model.Wrap(d.spans, d.inner(), d.advance, nil))*d.line
	if c == nil {
		return h
	}
	if hover {
		c.rect(0, 0, d.width-barWidth, h, d.hover, 0)
	}
	d.flow(r, c, rowX, rowY, d.inner())
	return h
}

// superChat draws a super chat as a card, in the chat and in the column.
func (d *drawer) superChat(r *model.Row, c *cell, x, width, y float32) float32 {
	const pad = 12
	price := money(r.Price)
	pw := d.ruler.width(styleBold, price)
	d.clear()
	d.run(spanText, styleBody, r.Text)
	lines := model.Wrap(d.spans, width-2*pad, d.advance, nil)
	head := d.line + 10
	body := float32(lines)*d.line + 14
	detail := 0
	if r.Detail != "" {
		d.clear()
		d.run(spanText, styleSmall, r.Detail)
		detail = model.Wrap(d.spans, width-2*pad, d.advance, nil)
	}
	small := d.line - 3
	h := 2*y + head + body + float32(detail)*small
	if c == nil {
		return h
	}
	back := tierColor(r)
	white := rgb(0xffffff)
	c.rect(x, y, width, h-2*y, back, 8)
	top := c.rect(x, y, width, head, color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0x2e}, 0)
	top.TopLeftCornerRadius, top.TopRightCornerRadius = 8, 8
	if d.dates { // among hits, when it was
		at := d.clock(r.At)
		pw += d.ruler.width(styleSmall, at) + 10
		c.text(d.ruler, styleSmall, x+width-pad-pw, y, head, at, fade(white, 0xcc))
	}
	c.text(d.ruler, styleBold, x+pad, y, head, d.cut(styleBold, d.name(r), width-2*pad-pw-16), white)
	c.text(d.ruler, styleBold, x+width-pad-d.ruler.width(styleBold, price), y, head, price, white)
	d.clear()
	d.run(spanText, styleBody, r.Text)
	model.Wrap(d.spans, width-2*pad, d.advance, func(p model.Piece) {
		if t := d.put(c, p, x+pad+p.X, y+head+6+float32(p.Line)*d.line, d.line, white); t != nil {
			t.TextStyle.Strikethrough = r.Recalled
		}
	})
	if detail > 0 {
		d.clear()
		d.run(spanText, styleSmall, r.Detail)
		model.Wrap(d.spans, width-2*pad, d.advance, func(p model.Piece) {
			d.put(c, p, x+pad+p.X, y+head+float32(lines)*d.line+8+float32(p.Line)*small, small, fade(white, 0xcc))
		})
	}
	return h
}

// tierColor is a super chat's colour, dark enough for white letters.
func tierColor(r *model.Row) color.NRGBA {
	c := rgb(r.Back)
	if r.Back == 0 {
		for _, t := range tiers {
			if int64(r.Price) >= t.from*1000 {
				c = rgb(t.back)
				break
			}
		}
	}
	for luminance(c) > 0.23 {
		c.R, c.G, c.B = uint8(int(c.R)*9/10), uint8(int(c.G)*9/10), uint8(int(c.B)*9/10)
	}
	return c
}

// paid draws a row of the column of gifts, or measures it when c is nil.
func (d *drawer) paid(r *model.Row, c *cell, hover bool) float32 {
	c.begin()
	var h float32
	if r.Kind == model.RowSuperChat {
		h = d.superChat(r, c, 10, d.width-20, 4)
	} else {
		h = d.gift(r, c, hover)
	}
	c.end(d.width, h)
	return h
}

func (d *drawer) gift(r *model.Row, c *cell, hover bool) float32 {
	const x, pad, y = 10, 10, 3
	h := 2*d.line + 10 + 2*y
	if c == nil {
		return h
	}
	width := d.width - 2*x
	ground, ink := d.card, d.dim
	what := fmt.Sprintf("%s × %d", r.Item, r.Count)
	nameInk := d.nameColor(r)
	if r.Kind == model.RowGuard {
		g := d.guards[min(3, max(1, r.Level))]
		ground, ink, nameInk = fade(g, 0x30), d.text, g
		what = d.w.guardBought(r)
	}
	if hover {
		ground = d.hover
	}
	c.rect(x, y, width, h-2*y, ground, 6)
	if r.Price >= 100_000 || r.Kind == model.RowGuard {
		bar := d.money
		if r.Kind == model.RowGuard {
			bar = nameInk
		}
		c.rect(x, y, 3, h-2*y, bar, 1.5)
	}
	price := ""
	if r.Price > 0 {
		price = money(r.Price)
	}
	pw := d.ruler.width(styleBold, price)
	left := float32(x + pad + 2)
	if r.Icon != "" {
		if p := d.picture(&event.Emote{URL: r.Icon}); p != nil {
			side := 2*d.line - 6
			c.image(left-2, y+8, side, side, p)
			left += side + 6
		}
	}
	right := x + width - pad
	c.text(d.ruler, styleBold, left, y+5, d.line, d.cut(styleBold, d.name(r), right-left-pw-10), nameInk)
	c.text(d.ruler, styleBold, right-pw, y+5, d.line, price, d.money)
	at := r.At.Time().Format("15:04")
	tw := d.ruler.width(styleSmall, at)
	c.text(d.ruler, styleSmall, left, y+5+d.line, d.line, d.cut(styleSmall, what, right-left-tw-10), ink)
	c.text(d.ruler, styleSmall, right-tw, y+5+d.line, d.line, at, d.faint)
	return h
}

// luminance is the relative luminance of a colour, from 0 to 1 (WCAG 2).
func luminance(c color.NRGBA) float64 {
	lin := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}
