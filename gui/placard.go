package gui

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"golang.org/x/image/draw"

	"danmaku/event"
	"danmaku/gui/model"
)

// placards turn comments into pictures for the stage: letters with an outline,
// emoji and emotes in one image, so that moving a comment is moving one object.
// The toolkit writes the letters, so a character our fonts lack looks as it
// does in the chat.
type placards struct {
	*ruler
	palette   *palette
	words     *words
	track     float32 // height of a line with its outline
	scale     float32 // pixels of the screen for one of the toolkit
	picture   func(*event.Emote) *picture
	fetchable func(*event.Emote) bool

	paper   software.WindowlessCanvas
	box     *fyne.Container
	texts   []*canvas.Text
	parts   []part
	brush   []spread
	outline []uint8
	missing bool // a picture of the parts has not come yet
}

// part is a piece of a placard: a text or a picture.
type part struct {
	text  string
	style style
	ink   color.NRGBA
	pic   *picture
	x, w  float32
}

// Lengths of a placard, in parts of the letters' size.
const (
	trackPart   = 1.42
	edgePart    = 0.09 // the outline's width
	stickerPart = 3    // tracks a sticker takes
	longest     = 2400 // pixels; no honest comment is as wide
)

func newPlacards(size, scale float32) *placards {
	p := &placards{ruler: newRuler(size), palette: &darkPalette, scale: scale, box: newStill(), paper: software.NewTransparentCanvas()}
	p.track = float32(math.Ceil(float64(size * trackPart)))
	p.brush = brush(float64(p.edge() * scale))
	p.paper.SetPadded(false)
	p.paper.SetScale(scale)
	p.paper.SetContent(p.box)
	return p
}

// edge is the width of the outline.
func (p *placards) edge() float32 { return max(1, p.sizes[styleBody]*edgePart) }

// size is what a row takes on the stage.
func (p *placards) size(r *model.Row) (width float32, span int) {
	if r.Sticker != nil && p.fetchable(r.Sticker) {
		return stickerPart * p.track, stickerPart
	}
	return min(longest, p.compose(r)), 1
}

// framed reports whether a row stands on a ground of its own.
func framed(r *model.Row) bool { return r.Kind != model.RowComment }

// compose lays the parts of a row out on a line; it returns their width with
// the outline or the ground around them.
func (p *placards) compose(r *model.Row) float32 {
	p.parts, p.missing = p.parts[:0], false
	pad := p.edge()
	white := rgb(0xffffff)
	if framed(r) {
		pad = p.sizes[styleBody] * 0.5
	}
	x := pad
	name := r.Name
	if name == "" {
		name = p.words.Anonymous
	}
	gap := p.sizes[styleBody] * 0.4
	switch r.Kind {
	case model.RowSuperChat:
		x = p.run(x, styleBold, money(r.Price), white) + gap
		x = p.run(x, styleBold, name, fade(white, 0xd8)) + gap
		x = p.run(x, styleBold, r.Text, white)
	case model.RowGuard:
		x = p.run(x, styleBold, name, white) + gap
		x = p.run(x, styleBold, p.words.guardBought(r), white)
	default:
		x = p.comment(x, r, rgb(r.Color))
	}
	return float32(math.Ceil(float64(x + pad)))
}

func (p *placards) run(x float32, st style, text string, ink color.NRGBA) float32 {
	spell(text, func(text string, pic *picture) {
		w := p.emojiWidth(st)
		if pic == nil {
			w = p.ruler.run(st, text)
		}
		p.parts = append(p.parts, part{text: text, style: st, ink: ink, pic: pic, x: x, w: w})
		x += w
	})
	return x
}

// comment lays out the words of a comment, with its emotes as pictures.
func (p *placards) comment(x float32, r *model.Row, ink color.NRGBA) float32 {
	eachEmote(r, p.fetchable, func(text string, emote int) {
		if emote < 0 {
			x = p.run(x, styleBold, text, ink)
			return
		}
		w := p.track * 0.96
		pic := p.picture(&r.Emotes[emote])
		if pic == nil {
			p.missing = true
		}
		p.parts = append(p.parts, part{pic: pic, x: x, w: w})
		x += w
	})
	return x
}

// draw makes the picture of a row, in memory that is used again when it is
// large enough. missing tells that an emote or sticker has not come yet.
func (p *placards) draw(r *model.Row, old *image.RGBA) (img *image.RGBA, missing bool) {
	if r.Sticker != nil && p.fetchable(r.Sticker) {
		side := p.pixels(stickerPart * p.track)
		img = blank(old, side, side)
		pic := p.picture(r.Sticker)
		if pic != nil {
			draw.ApproxBiLinear.Scale(img, fit(pic.image.Bounds(), img.Rect), pic.image, pic.image.Bounds(), draw.Over, nil)
		}
		return img, pic == nil
	}
	width := min(longest, p.compose(r))
	img = blank(old, p.pixels(width), p.pixels(p.track))
	if framed(r) {
		p.ground(img, r)
		p.letters(img, width, false, 0)
	} else {
		p.letters(img, width, true, edgeInk(rgb(r.Color)))
	}
	for i := range p.parts {
		if t := &p.parts[i]; t.pic != nil {
			side := t.w
			if side > p.track*0.9 {
				side = p.track * 0.9
			}
			x, y := t.x+(t.w-side)/2, (p.track-side)/2
			at := image.Rect(p.pixels(x), p.pixels(y), p.pixels(x+side), p.pixels(y+side))
			draw.ApproxBiLinear.Scale(img, fit(t.pic.image.Bounds(), at), t.pic.image, t.pic.image.Bounds(), draw.Over, nil)
		}
	}
	if r.Highlight {
		p.mark(img)
	}
	return img, p.missing
}

func (p *placards) pixels(v float32) int { return int(math.Round(float64(v * p.scale))) }

// letters writes the texts of the parts, with an outline of a shade of grey
// around them when they are outlined.
func (p *placards) letters(img *image.RGBA, width float32, outlined bool, edge uint8) {
	p.box.Objects = p.box.Objects[:0]
	for i := range p.parts {
		t := &p.parts[i]
		if t.pic != nil || t.text == "" {
			continue
		}
		if len(p.box.Objects) == len(p.texts) {
			p.texts = append(p.texts, &canvas.Text{})
		}
		c := p.texts[len(p.box.Objects)]
		c.Text, c.Color, c.TextSize = t.text, t.ink, p.sizes[t.style]
		embolden(c, t.style == styleBold)
		c.Move(fyne.NewPos(t.x, 0))
		c.Resize(fyne.NewSize(1, p.track))
		p.box.Objects = append(p.box.Objects, c)
	}
	if len(p.box.Objects) == 0 {
		return
	}
	p.paper.Resize(fyne.NewSize(width, p.track))
	ink, ok := p.paper.Capture().(*image.NRGBA)
	if !ok {
		return // the toolkit's painter always gives one
	}
	w, h := min(img.Rect.Dx(), ink.Rect.Dx()), min(img.Rect.Dy(), ink.Rect.Dy())
	if outlined {
		p.outlineOf(ink, w, h)
	}
	for y := range h {
		src, dst := ink.Pix[y*ink.Stride:], img.Pix[y*img.Stride:]
		for x := range w {
			a := int(src[4*x+3])
			o := 0
			if outlined {
				o = int(p.outline[y*w+x])
			}
			if a == 0 && o == 0 {
				continue
			}
			s, d := src[4*x:4*x+4], dst[4*x:4*x+4]
			for k := range 3 {
				under := int(edge)*o/255 + int(d[k])*(255-o)/255
				d[k] = uint8((int(s[k])*a + under*(255-a)) / 255)
			}
			alpha := o + int(d[3])*(255-o)/255
			d[3] = uint8(a + alpha*(255-a)/255)
		}
	}
}

// edgeInk is the shade of the outline: black, and white for dark letters.
func edgeInk(c color.NRGBA) uint8 {
	if luminance(c) < 0.06 {
		return 0xff
	}
	return 0
}

// spread is how far a letter reaches beyond itself, at one neighbour.
type spread struct{ dx, dy, weight int }

// brush is the shape of the outline: full inside its radius, fading over the
// last pixel.
func brush(radius float64) (all []spread) {
	r := int(math.Ceil(radius))
	for dy := -r; dy <= r; dy++ {
		for dx := -r; dx <= r; dx++ {
			if v := min(1, radius+0.5-math.Hypot(float64(dx), float64(dy))); v > 0 {
				all = append(all, spread{dx, dy, int(225 * v)})
			}
		}
	}
	return all
}

// outlineOf spreads the letters by the width of the outline.
func (p *placards) outlineOf(ink *image.NRGBA, w, h int) {
	if cap(p.outline) < w*h {
		p.outline = make([]uint8, w*h)
	}
	p.outline = p.outline[:w*h]
	clear(p.outline)
	for y := range h {
		row := ink.Pix[y*ink.Stride:]
		for x := range w {
			a := int(row[4*x+3])
			if a == 0 {
				continue
			}
			for _, s := range p.brush {
				if nx, ny := x+s.dx, y+s.dy; nx >= 0 && ny >= 0 && nx < w && ny < h {
					if v := uint8(a * s.weight / 255); v > p.outline[ny*w+nx] {
						p.outline[ny*w+nx] = v
					}
				}
			}
		}
	}
}

// ground fills the card of a super chat or guard.
func (p *placards) ground(img *image.RGBA, r *model.Row) {
	fill := tierColor(r)
	if r.Kind == model.RowGuard {
		fill = mix(p.palette.guards[min(3, max(1, r.Level))], rgb(0), 0.45)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	radius := float64(h) * 0.28
	for y := range h {
		for x := range w {
			in := corner(float64(x)+0.5, float64(y)+0.5, float64(w), float64(h), radius)
			if in <= 0 {
				continue
			}
			a := in * 0.93
			i := y*img.Stride + 4*x
			img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = uint8(float64(fill.R)*a), uint8(float64(fill.G)*a), uint8(float64(fill.B)*a), uint8(255*a)
		}
	}
}

// mark underlines what the user's own rules highlight.
func (p *placards) mark(img *image.RGBA) {
	c := p.palette.accent
	w, h := img.Rect.Dx(), img.Rect.Dy()
	thick := max(2, p.pixels(2))
	draw.Draw(img, image.Rect(0, h-thick, w, h), &image.Uniform{c}, image.Point{}, draw.Over)
}

// corner tells how much of a pixel lies in a rectangle with round corners.
func corner(x, y, w, h, radius float64) float64 {
	dx, dy := max(radius-x, x-(w-radius), 0), max(radius-y, y-(h-radius), 0)
	return min(1, max(0, radius-math.Hypot(dx, dy)+0.5))
}

// fit is the largest rectangle in the middle of a space that keeps a picture's
// shape.
func fit(pic, space image.Rectangle) image.Rectangle {
	w, h := space.Dx(), space.Dy()
	if pic.Dx()*h > pic.Dy()*w {
		h = max(1, pic.Dy()*w/pic.Dx())
	} else {
		w = max(1, pic.Dx()*h/pic.Dy())
	}
	at := space.Min.Add(image.Pt((space.Dx()-w)/2, (space.Dy()-h)/2))
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}

// blank is an empty picture, in the memory of an old one when that is enough.
func blank(old *image.RGBA, w, h int) *image.RGBA {
	w, h = max(1, w), max(1, h)
	if old == nil || cap(old.Pix) < 4*w*h {
		return image.NewRGBA(image.Rect(0, 0, w, h))
	}
	pix := old.Pix[:4*w*h]
	clear(pix)
	return &image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}
