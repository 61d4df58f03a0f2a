package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// pane is a part of the window that draws itself: paint is called again when
// its size changes or repaint is.
type pane struct {
	widget.BaseWidget
	cell  *cell
	dirty *canvas.Rectangle
	paint func(c *cell, size fyne.Size)
	min   fyne.Size
	look  uint64 // sum of what is drawn
}

func newPane(min fyne.Size, paint func(c *cell, size fyne.Size)) *pane {
	p := &pane{cell: newCell(), dirty: &canvas.Rectangle{}, paint: paint, min: min}
	p.ExtendBaseWidget(p)
	return p
}

func (p *pane) repaint() {
	size := p.Size()
	if size.Width <= 0 || size.Height <= 0 {
		return
	}
	p.cell.begin()
	p.paint(p.cell, size)
	p.cell.end(size.Width, size.Height)
	// The clock asks for this every second: a window in which nothing changes is
	// not drawn again.
	if look := p.cell.sum(); look != p.look {
		p.look = look
		canvas.Refresh(p.dirty)
	}
}

// CreateRenderer is called by the toolkit.
func (p *pane) CreateRenderer() fyne.WidgetRenderer { return &paneRenderer{p} }

type paneRenderer struct{ p *pane }

func (r *paneRenderer) Layout(fyne.Size)   { r.p.repaint() }
func (r *paneRenderer) MinSize() fyne.Size { return r.p.min }
func (r *paneRenderer) Refresh()           {}
func (r *paneRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.p.dirty, r.p.cell.box}
}
func (r *paneRenderer) Destroy() {}

// button is a pane that can be clicked.
type button struct {
	pane
	over   bool
	tapped func()
	menu   func(at fyne.Position)
}

func newButton(min fyne.Size, tapped func()) *button {
	b := &button{tapped: tapped}
	b.cell, b.dirty, b.min = newCell(), &canvas.Rectangle{}, min
	b.ExtendBaseWidget(b)
	return b
}

// Tapped does what the button is for.
func (b *button) Tapped(*fyne.PointEvent) {
	if b.tapped != nil {
		b.tapped()
	}
}

// TappedSecondary opens the button's menu.
func (b *button) TappedSecondary(e *fyne.PointEvent) {
	if b.menu != nil {
		b.menu(e.AbsolutePosition)
	}
}

// MouseIn lights the button.
func (b *button) MouseIn(*desktop.MouseEvent) { b.over = true; b.repaint() }

// MouseMoved does nothing.
func (b *button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut puts the light out.
func (b *button) MouseOut() { b.over = false; b.repaint() }

// Cursor shows that it can be clicked.
func (b *button) Cursor() desktop.Cursor { return desktop.PointerCursor }

// write puts a text of the interface in a line box; it returns its width.
func (c *cell) write(x, y, height float32, s string, size float32, bold bool, ink color.NRGBA) float32 {
	from := x
	spell(s, func(text string, pic *picture) {
		if pic != nil {
			c.image(x+1, y+(height-size*1.25)/2, size*1.25, size*1.25, pic)
			x += size*1.25 + 2
			return
		}
		c.line(x, y, height, text, size, bold, ink)
		x += textWidth(text, size, bold)
	})
	return x - from
}

// measure is the width of a text of the interface.
func measure(s string, size float32, bold bool) float32 {
	var w float32
	spell(s, func(text string, pic *picture) {
		if pic != nil {
			w += size*1.25 + 2
		} else {
			w += textWidth(text, size, bold)
		}
	})
	return w
}

// cutTo shortens a text of the interface to a width.
func cutTo(s string, size float32, bold bool, width float32) string {
	if measure(s, size, bold) <= width {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if measure(string(runes[:mid])+"…", size, bold) <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}

// disc draws the round sign of a streamer or room.
func (c *cell) disc(x, y, d float32, name string, fill color.NRGBA) {
	c.rect(x, y, d, d, fill, d/2)
	s := firstRune(name)
	size := d * 0.44
	c.write(x+(d-measure(s, size, true))/2, y, d, s, size, true, rgb(0xffffff))
}
