package gui

import (
	"fmt"
	"image/color"
	"math"

	"danmaku/event"
	"danmaku/gui/model"
)

// pill is the width of a badge with a text.
func (d *drawer) pill(text string) float32 { return d.ruler.width(styleSmall, text) + 10 }

func (d *drawer) roomTag(id event.RoomID) string { return d.cut(styleSmall, d.roomName(id), 72) }

func (d *drawer) medalWidth(m *model.Medal) float32 {
	return d.ruler.width(styleSmall, m.Name) + d.ruler.width(styleTiny, fmt.Sprint(m.Level)) + 17
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
