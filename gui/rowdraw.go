package gui

import (
	"fmt"
	"hash/maphash"
	"image/color"
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
	if hover && r.Kind != model.RowComment && r.Kind != model.RowGift { // these light up whole
		c.rect(0, rowY, 3, h-2*rowY, d.accent, 1.5)
	}
	c.end(d.width, h)
	return h
}

func (d *drawer) box(tag int, width float32) {
	d.spans = append(d.spans, model.Span{Box: true, Width: width, Tag: tag})
}

func (d *drawer) run(tag int, st style, text string) {
	if text = readable(text); text == "" {
		return
	}
	if st == styleBold && !boldable(text) {
		st = styleBody
	}
	spell(text, func(text string, pic *picture) {
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

// strike crosses a piece of a line of comments out. The toolkit's own way is a
// style of its own, for which it would read all fonts once more: 11 MB.
func (d *drawer) strike(c *cell, x, y, width float32, ink color.NRGBA) {
	c.rect(x, y+float32(int(d.line/2)), width, 1, ink, 0)
}

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
	}
	if sticker == 0 || d.dates { // among hits, what was found is to be read
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
			if t := d.put(c, p, x, y, d.line, ink); t != nil && r.Recalled {
				d.strike(c, x, y, p.Width, ink)
			}
		case spanRoom:
			d.badge(c, x, y, s.Width, d.roomTag(r.Room), d.chosen, d.dim)
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
