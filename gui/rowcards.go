package gui

import (
	"fmt"
	"image/color"

	"danmaku/event"
	"danmaku/gui/model"
)

// bought draws a guard purchase in the chat: tinted, with a bar at its side.
func (d *drawer) bought(r *model.Row, c *cell) float32 {
	d.clear()
	g := d.guards[min(3, max(1, r.Level))]
	if d.dates {
		d.run(spanTime, styleSmall, d.clock(r.At))
		d.box(spanGap, 7)
	}
	if d.rooms {
		d.box(spanRoom, d.pill(d.roomTag(r.Room)))
		d.box(spanGap, 5)
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
	if d.rooms {
		tag := d.roomTag(r.Room)
		pw += d.ruler.width(styleSmall, tag) + 10
		c.text(d.ruler, styleSmall, x+width-pad-pw, y, head, tag, fade(white, 0xcc))
	}
	c.text(d.ruler, styleBold, x+pad, y, head, d.cut(styleBold, d.name(r), width-2*pad-pw-16), white)
	c.text(d.ruler, styleBold, x+width-pad-d.ruler.width(styleBold, price), y, head, price, white)
	d.clear()
	d.run(spanText, styleBody, r.Text)
	model.Wrap(d.spans, width-2*pad, d.advance, func(p model.Piece) {
		px, py := x+pad+p.X, y+head+6+float32(p.Line)*d.line
		if t := d.put(c, p, px, py, d.line, white); t != nil && r.Recalled {
			d.strike(c, px, py, p.Width, white)
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
	if d.rooms {
		what += " · " + d.roomTag(r.Room)
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
