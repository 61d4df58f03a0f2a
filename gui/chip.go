package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// chipLook is how a chip stands out.
type chipLook int

const (
	chipAccent chipLook = iota // filled: the thing to do now
	chipPlain                  // quiet, on a card
	chipBare                   // nothing but its icon or text until the mouse is over it
)

// chip is a small button: an icon, a text, or both.
type chip struct {
	widget.BaseWidget
	text   string
	icon   fyne.Resource
	tap    func()
	look   chipLook
	on     bool // pressed in: a switch, or the chosen one
	over   bool
	p      *palette
	ground *canvas.Rectangle
	label  *canvas.Text
	image  *canvas.Image
	size   float32
	danger bool

	focused bool
}

func newChip(text string, icon fyne.Resource, tap func()) *chip {
	c := &chip{text: text, icon: icon, tap: tap, size: 13, p: &darkPalette}
	c.ground = &canvas.Rectangle{CornerRadius: 8}
	c.label = &canvas.Text{Alignment: fyne.TextAlignCenter, TextSize: c.size}
	c.image = &canvas.Image{FillMode: canvas.ImageFillContain}
	c.ExtendBaseWidget(c)
	return c
}

func (c *chip) with(look chipLook) *chip { c.look = look; return c }

func (c *chip) setText(s string) {
	if c.text != s {
		c.text = s
		c.Refresh()
	}
}

func (c *chip) setIcon(icon fyne.Resource) {
	if c.icon != icon {
		c.icon = icon
		c.Refresh()
	}
}

func (c *chip) setOn(on bool) {
	if c.on != on {
		c.on = on
		c.Refresh()
	}
}

func (c *chip) restyle(p *palette) {
	c.p = p
	c.Refresh()
}

// colors are the ground and ink a chip has now.
func (c *chip) colors() (ground, ink color.NRGBA) {
	p := c.p
	switch {
	case c.look == chipAccent && c.over:
		return mix(p.accent, p.text, 0.12), p.onAccent
	case c.look == chipAccent:
		return p.accent, p.onAccent
	case c.on:
		return p.chosen, p.accent
	case c.over:
		return p.hover, p.text
	case c.look == chipPlain:
		return p.raised, p.text
	}
	return color.NRGBA{}, p.dim
}

// mix blends two colours; part 0 gives a, 1 gives b.
func mix(a, b color.NRGBA, part float64) color.NRGBA {
	f := func(x, y uint8) uint8 { return uint8(float64(x)*(1-part) + float64(y)*part) }
	return color.NRGBA{R: f(a.R, b.R), G: f(a.G, b.G), B: f(a.B, b.B), A: f(a.A, b.A)}
}

// Tapped does what the chip is for.
func (c *chip) Tapped(*fyne.PointEvent) {
	if c.tap != nil {
		c.tap()
	}
}

// MouseIn lights the chip.
func (c *chip) MouseIn(*desktop.MouseEvent) { c.over = true; c.Refresh() }

// MouseMoved does nothing.
func (c *chip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut puts the light out.
func (c *chip) MouseOut() { c.over = false; c.Refresh() }

// Cursor shows that it can be clicked.
func (c *chip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer is called by the toolkit.
func (c *chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{c: c, objects: []fyne.CanvasObject{c.ground, c.image, c.label}}
	r.Refresh()
	return r
}

type chipRenderer struct {
	c       *chip
	objects []fyne.CanvasObject
	tinted  fyne.Resource
	icon    fyne.Resource // that tinted was made of
	ink     color.NRGBA
}

func (r *chipRenderer) textWidth() float32 {
	if r.c.text == "" {
		return 0
	}
	return textWidth(r.c.text, r.c.size, r.c.look == chipAccent)
}

func (r *chipRenderer) Layout(size fyne.Size) {
	c := r.c
	c.ground.Resize(size)
	c.ground.CornerRadius = min(8, size.Height/2)
	tw, iw, gap := r.textWidth(), float32(0), float32(0)
	if c.icon != nil {
		iw = 18
		if tw > 0 {
			gap = 6
		}
	}
	x := (size.Width - tw - iw - gap) / 2
	c.image.Move(fyne.NewPos(x, (size.Height-18)/2))
	c.image.Resize(fyne.NewSize(iw, 18))
	c.label.Move(fyne.NewPos(x+iw+gap, 0))
	c.label.Resize(fyne.NewSize(tw, size.Height))
}

func (r *chipRenderer) MinSize() fyne.Size {
	w := r.textWidth()
	if r.c.icon != nil {
		w += 18
		if r.c.text != "" {
			w += 6
		}
	}
	if r.c.text == "" {
		return fyne.NewSize(w+14, 32)
	}
	return fyne.NewSize(w+24, 32)
}

func (r *chipRenderer) Refresh() {
	c := r.c
	ground, ink := c.colors()
	if c.danger {
		ink = c.p.bad
	}
	c.ground.FillColor = ground
	c.ground.StrokeWidth, c.ground.StrokeColor = 0, nil
	if c.look == chipPlain {
		c.ground.StrokeWidth, c.ground.StrokeColor = 1, mix(c.p.edge, c.p.faint, 0.35)
	}
	if c.focused {
		c.ground.StrokeWidth, c.ground.StrokeColor = 2, mix(c.p.accent, c.p.text, 0.4)
	}
	c.label.Text, c.label.Color, c.label.TextSize = c.text, ink, c.size
	embolden(c.label, c.look == chipAccent)
	c.image.Hidden = c.icon == nil
	if c.icon != nil && (r.icon != c.icon || r.ink != ink) {
		r.tinted, r.icon, r.ink = tint(c.icon, ink), c.icon, ink
		c.image.Resource = r.tinted
		c.image.Refresh()
	}
	r.Layout(c.Size())
	canvas.Refresh(c.ground)
}

func (r *chipRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *chipRenderer) Destroy()                     {}

// tint gives a single-coloured icon of the toolkit another colour.
func tint(icon fyne.Resource, c color.NRGBA) fyne.Resource {
	content := icon.Content()
	if themed, ok := icon.(*theme.ThemedResource); ok {
		content = themed.Content()
	}
	svg, err := canvas.RecolorSVG(content, c)
	if err != nil {
		return icon
	}
	return fyne.NewStaticResource(hexColor(c)+icon.Name(), svg)
}

func hexColor(c color.NRGBA) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c.R>>4], digits[c.R&15], digits[c.G>>4], digits[c.G&15], digits[c.B>>4], digits[c.B&15]})
}
