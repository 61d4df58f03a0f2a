package gui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	columnWidth  = 296
	columnHead   = 44
	stripHeight  = 44
	pinLines     = 3
	pinPad       = 10
	pinGap       = 6
	stripPinWide = 168
)

// column shows what was paid: super chats while they are on show, with the
// time they have left, and below them gifts, guards and super chats as a list.
type column struct {
	w      *Window
	box    *fyne.Container
	ground *pane
	head   *pane
	pins   *pane
	scroll *container.Scroll
	list   *feedView
	shown  float32 // height of the pins on show
}

func newColumn(w *Window, list *feedView) *column {
	k := &column{w: w, list: list}
	k.ground = newPane(fyne.Size{}, func(c *cell, size fyne.Size) {
		c.rect(0, 0, 1, size.Height, w.palette.edge, 0)
		if k.shown > 0 { // pins that scroll end at a line, not in the list's first card
			c.rect(1, columnHead+k.shown, size.Width-1, 1, w.palette.edge, 0)
		}
	})
	k.head = newPane(fyne.Size{}, k.paintHead)
	k.pins = newPane(fyne.Size{}, k.paintPins)
	k.scroll = container.NewVScroll(k.pins)
	k.box = container.New(k, k.ground, k.head, k.scroll, list)
	return k
}

// Layout is part of fyne.Layout.
func (k *column) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	k.ground.Resize(size)
	k.head.Move(fyne.NewPos(1, 0))
	k.head.Resize(fyne.NewSize(size.Width-1, columnHead))
	k.place(size)
}

// place divides the height between pins and list.
func (k *column) place(size fyne.Size) {
	h := k.height(size.Width - 1)
	show := min(h, (size.Height-columnHead)*0.5)
	if show != k.shown {
		k.shown = show
		k.ground.repaint()
	}
	k.pins.min = fyne.NewSize(1, h)
	k.scroll.Move(fyne.NewPos(1, columnHead))
	k.scroll.Resize(fyne.NewSize(size.Width-1, show))
	k.pins.Resize(fyne.NewSize(size.Width-1, h))
	k.scroll.Refresh()
	if show > 0 {
		show++ // the line
	}
	k.list.Move(fyne.NewPos(1, columnHead+show))
	k.list.Resize(fyne.NewSize(size.Width-1, max(0, size.Height-columnHead-show)))
}

// MinSize is part of fyne.Layout.
func (k *column) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 100) }

// refresh follows the pins of the room on show.
func (k *column) refresh() {
	if !k.box.Visible() || k.box.Size().Width <= 0 {
		return
	}
	k.head.repaint()
	if h := k.height(k.box.Size().Width - 1); h != k.pins.min.Height {
		k.place(k.box.Size())
	}
	k.pins.repaint()
}

func (k *column) restyle() {
	k.ground.repaint()
	k.place(k.box.Size())
	k.refresh()
}

func (k *column) paintHead(c *cell, size fyne.Size) {
	p, t := k.w.palette, &k.w.model.Shown().Totals
	c.rect(0, size.Height-1, size.Width, 1, p.edge, 0)
	x := float32(14)
	of := k.w.words.Totals
	if k.w.model.One() == nil {
		of = k.w.words.AllRooms
	}
	x += c.write(x, 0, size.Height-1, of, 12.5, false, p.dim) + 8
	c.write(x, 0, size.Height-1, money(t.Money()), 15, true, p.money)
	if t.Givers > 0 {
		s := many(k.w.words.Givers, int64(t.Givers), event.Grouped(int64(t.Givers)))
		c.write(size.Width-14-measure(s, 11.5, false), 0, size.Height-1, s, 11.5, false, p.faint)
	}
}

// pinText breaks a super chat into the lines its pin shows.
func (k *column) pinText(p *model.Pin, width float32) []string {
	lines := breakLines(p.Text, 13, width-2*pinPad)
	if len(lines) > pinLines {
		lines = lines[:pinLines]
		lines[pinLines-1] = cutTo(lines[pinLines-1]+"……", 13, false, width-2*pinPad)
	}
	return lines
}

func pinHeight(lines int) float32 { return 32 + float32(lines)*20 + 10 }

// height is how much room all pins need.
func (k *column) height(width float32) float32 {
	h := float32(0)
	for _, p := range k.w.model.Shown().Pinned() {
		h += pinHeight(len(k.pinText(p, width-20))) + pinGap
	}
	if h > 0 {
		h += 2*pinGap - 2
	}
	return h
}

func (k *column) paintPins(c *cell, size fyne.Size) {
	y := float32(pinGap + 2)
	width := size.Width - 20
	for _, p := range k.w.model.Shown().Pinned() {
		lines := k.pinText(p, width)
		h := pinHeight(len(lines))
		k.w.paintPin(c, 10, y, width, h, p)
		for i, l := range lines {
			c.write(10+pinPad, y+32+float32(i)*20, 20, l, 13, false, rgb(0xffffff))
		}
		y += h + pinGap
	}
	if len(k.w.model.Shown().Pinned()) > 0 {
		c.rect(0, size.Height-1, size.Width, 1, k.w.palette.edge, 0)
	}
}

// paintPin draws the card of a pin: who, how much, how long still.
func (w *Window) paintPin(c *cell, x, y, width, h float32, p *model.Pin) {
	white := rgb(0xffffff)
	back := tierColor(p.Row)
	c.rect(x, y, width, h, back, 8)
	head := c.rect(x, y, width, 28, color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0x2e}, 0)
	head.TopLeftCornerRadius, head.TopRightCornerRadius = 8, 8
	price := money(p.Price)
	pw := measure(price, 13, true)
	left := clock(time.Duration(p.Until-w.now()) * time.Millisecond)
	lw := measure(left, 11, false)
	name := p.Name
	if name == "" {
		name = w.words.Anonymous
	}
	c.write(x+width-pinPad-pw-lw-10, y, 28, left, 11, false, fade(white, 0xcc))
	if w.paidPen.rooms {
		tag := cutTo(w.paidPen.roomName(p.Room), 11, false, 72)
		lw += measure(tag, 11, false) + 10
		c.write(x+width-pinPad-pw-lw-10, y, 28, tag, 11, false, fade(white, 0xcc))
	}
	c.write(x+pinPad, y, 28, cutTo(name, 13, true, width-2*pinPad-pw-lw-18), 13, true, white)
	c.write(x+width-pinPad-pw, y, 28, price, 13, true, white)
	c.rect(x+pinPad, y+h-5, width-2*pinPad, 2, fade(white, 0x40), 1)
	c.rect(x+pinPad, y+h-5, (width-2*pinPad)*p.Left(w.now()), 2, fade(white, 0xd0), 1)
}

// strip shows the pins of a narrow window side by side, over the chat.
type strip struct {
	w      *Window
	pane   *pane
	scroll *container.Scroll
}

func newStrip(w *Window) *strip {
	s := &strip{w: w}
	s.pane = newPane(fyne.NewSize(1, stripHeight), s.paint)
	s.scroll = container.NewHScroll(s.pane)
	return s
}

func (s *strip) refresh() {
	s.pane.min.Width = float32(len(s.w.model.Shown().Pinned()))*(stripPinWide+6) + 12
	s.pane.Resize(fyne.NewSize(max(s.pane.min.Width, s.scroll.Size().Width), stripHeight))
	s.pane.repaint()
}

func (s *strip) paint(c *cell, size fyne.Size) {
	c.rect(0, size.Height-1, size.Width, 1, s.w.palette.edge, 0)
	white := rgb(0xffffff)
	x := float32(10)
	for _, p := range s.w.model.Shown().Pinned() {
		c.rect(x, 6, stripPinWide, stripHeight-12, tierColor(p.Row), 8)
		c.rect(x, 6, stripPinWide*p.Left(s.w.now()), stripHeight-12, fade(white, 0x1e), 8)
		price := money(p.Price)
		pw := measure(price, 12, true)
		c.write(x+10, 6, stripHeight-12, cutTo(p.Name+"  "+p.Text, 12, false, stripPinWide-pw-28), 12, false, white)
		c.write(x+stripPinWide-10-pw, 6, stripHeight-12, price, 12, true, white)
		x += stripPinWide + 6
	}
}
