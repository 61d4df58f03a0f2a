package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// prose is a text of the interface that flows into lines. The toolkit's own
// label breaks Chinese and Japanese in the wrong places.
type prose struct {
	widget.BaseWidget
	text    string
	size    float32
	ink     inkOf
	centred bool
	bold    bool
	middle  bool // in the middle of a high space, too
	widest  float32

	p      *palette
	cell   *cell
	dirty  *canvas.Rectangle
	height float32
}

// inkOf chooses a colour of a palette.
type inkOf func(*palette) color.NRGBA

func dimInk(p *palette) color.NRGBA   { return p.dim }
func textInk(p *palette) color.NRGBA  { return p.text }
func faintInk(p *palette) color.NRGBA { return p.faint }
func badInk(p *palette) color.NRGBA   { return p.bad }

func newProse(text string, ink inkOf) *prose {
	v := &prose{text: text, size: 13, ink: ink, p: &darkPalette, cell: newCell(), dirty: &canvas.Rectangle{}, height: 1}
	v.ExtendBaseWidget(v)
	return v
}

// newMessage is the quiet text in the middle of an empty list.
func newMessage() *prose {
	m := newProse("", faintInk)
	m.size, m.centred, m.middle, m.widest = 14, true, true, 420
	return m
}

func (v *prose) set(s string) {
	if v.text != s {
		v.text = s
		v.fill()
	}
}

func (v *prose) say(s string, ink inkOf) {
	v.text, v.ink = s, ink
	v.fill()
}

func (v *prose) restyle(p *palette) {
	v.p = p
	v.fill()
}

func (v *prose) lineHeight() float32 { return float32(int(v.size*1.6 + 0.5)) }

// fill breaks the text into lines.
func (v *prose) fill() {
	size := v.Size()
	if size.Width <= 0 {
		return
	}
	width := size.Width
	if v.middle {
		width -= 40
	}
	if v.widest > 0 {
		width = min(width, v.widest)
	}
	var lines []string
	switch {
	case v.text == "":
	case v.centred:
		lines = evenLines(v.text, v.size, width)
	default:
		lines = breakLines(v.text, v.size, width)
	}
	lh := v.lineHeight()
	v.height = float32(len(lines)) * lh
	y := float32(0)
	if v.middle {
		y = max(10, (size.Height-v.height)/2.4)
	}
	v.cell.begin()
	for _, l := range lines {
		x := float32(0)
		if v.centred {
			x = (size.Width - measure(l, v.size, false)) / 2
		}
		v.cell.write(x, y, lh, l, v.size, v.bold, v.ink(v.p))
		y += lh
	}
	v.cell.end(size.Width, size.Height)
	canvas.Refresh(v.dirty)
}

// CreateRenderer is called by the toolkit.
func (v *prose) CreateRenderer() fyne.WidgetRenderer { return &proseRenderer{v} }

type proseRenderer struct{ v *prose }

func (r *proseRenderer) Layout(fyne.Size) { r.v.fill() }
func (r *proseRenderer) MinSize() fyne.Size {
	if r.v.middle {
		return fyne.Size{}
	}
	return fyne.NewSize(40, r.v.height)
}
func (r *proseRenderer) Refresh() {}
func (r *proseRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.v.dirty, r.v.cell.box}
}
func (r *proseRenderer) Destroy() {}
