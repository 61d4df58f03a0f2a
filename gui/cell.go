package gui

import (
	"hash/maphash"
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// still is a layout that leaves everything where it was put and asks for no
// room, so that a text that grows does not make the toolkit lay out the window.
type still struct{}

func (still) Layout([]fyne.CanvasObject, fyne.Size) {}
func (still) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
func newStill(objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: still{}, Objects: objects}
}

// cell draws one row with primitives that are used again for the next one.
// Drawing on a nil cell does nothing: the same code that draws a row measures
// its height.
type cell struct {
	box     *fyne.Container
	rects   []*canvas.Rectangle
	texts   []*canvas.Text
	images  []*canvas.Image
	nRect   int
	nText   int
	nImage  int
	objects []fyne.CanvasObject
	hash    maphash.Hash
}

func newCell() *cell { return &cell{box: newStill()} }

// begin forgets what was drawn.
func (c *cell) begin() {
	if c == nil {
		return
	}
	c.nRect, c.nText, c.nImage = 0, 0, 0
	c.objects = c.objects[:0]
}

// end puts what was drawn on show.
func (c *cell) end(width, height float32) {
	if c == nil {
		return
	}
	c.box.Objects = c.objects
	c.box.Resize(fyne.NewSize(width, height))
}

func (c *cell) rect(x, y, w, h float32, fill color.NRGBA, radius float32) *canvas.Rectangle {
	if c == nil {
		return nil
	}
	if c.nRect == len(c.rects) {
		c.rects = append(c.rects, &canvas.Rectangle{})
	}
	r := c.rects[c.nRect]
	c.nRect++
	r.FillColor, r.CornerRadius, r.StrokeWidth, r.StrokeColor = fill, radius, 0, nil
	r.TopLeftCornerRadius, r.TopRightCornerRadius = 0, 0
	r.Hidden = false
	r.Move(fyne.NewPos(x, y))
	r.Resize(fyne.NewSize(w, h))
	c.objects = append(c.objects, r)
	return r
}

// line writes a run of text without emoji in a line box of the given height, in
// whose middle it stands.
func (c *cell) line(x, y, height float32, s string, size float32, bold bool, ink color.NRGBA) *canvas.Text {
	if c == nil || s == "" {
		return nil
	}
	if c.nText == len(c.texts) {
		c.texts = append(c.texts, &canvas.Text{})
	}
	t := c.texts[c.nText]
	c.nText++
	t.Text, t.Color, t.TextSize = s, ink, size
	embolden(t, bold)
	t.Hidden = false
	t.Move(fyne.NewPos(x, y))
	t.Resize(fyne.NewSize(1, height))
	c.objects = append(c.objects, t)
	return t
}

// text writes s, emoji included, in a style of the ruler.
func (c *cell) text(r *ruler, st style, x, y, height float32, s string, ink color.NRGBA) {
	if c == nil {
		return
	}
	spell(s, func(text string, pic *picture) {
		if pic != nil {
			w := r.emojiWidth(st)
			c.image(x+1, y+(height-w+2)/2, w-2, w-2, pic)
			x += w
			return
		}
		c.line(x, y, height, text, r.sizes[st], st == styleBold, ink)
		x += r.run(st, text)
	})
}

func (c *cell) image(x, y, w, h float32, res *picture) {
	if c == nil || res == nil {
		return
	}
	if c.nImage == len(c.images) {
		c.images = append(c.images, &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleSmooth})
	}
	i := c.images[c.nImage]
	c.nImage++
	if i.Image != res.image {
		i.Image = res.image
		i.Refresh()
	}
	i.Hidden, i.CornerRadius = false, 0
	if w > 40 {
		i.CornerRadius = 8
	}
	i.Move(fyne.NewPos(x, y))
	i.Resize(fyne.NewSize(w, h))
	c.objects = append(c.objects, i)
}

// drawn is all that shows of a primitive.
type drawn struct {
	at                fyne.Position
	size              fyne.Size
	fill, stroke      color.Color
	width             float32 // of the stroke
	radius, left, top float32
	text              string
	textSize          float32
	style             fyne.TextStyle
	image             image.Image
}

// sum tells apart what was drawn from what was drawn before.
func (c *cell) sum() uint64 {
	h := &c.hash
	h.Reset()
	for _, o := range c.objects {
		d := drawn{at: o.Position(), size: o.Size()}
		switch o := o.(type) {
		case *canvas.Rectangle:
			d.fill, d.stroke, d.width = o.FillColor, o.StrokeColor, o.StrokeWidth
			d.radius, d.left, d.top = o.CornerRadius, o.TopLeftCornerRadius, o.TopRightCornerRadius
		case *canvas.Text:
			d.fill, d.text, d.textSize, d.style = o.Color, o.Text, o.TextSize, o.TextStyle
		case *canvas.Image:
			d.image, d.radius = o.Image, o.CornerRadius
		}
		maphash.WriteComparable(h, d)
	}
	maphash.WriteComparable(h, c.box.Size())
	return h.Sum64()
}
