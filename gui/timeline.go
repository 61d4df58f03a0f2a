package gui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"danmaku/event"
	"danmaku/gui/model"
)

// timeline is the chart of a time: comments upwards, money downwards, what was
// not recorded shaded, highlights marked. A click picks a moment.
type timeline struct {
	widget.BaseWidget
	w     *Window
	cell  *cell
	dirty *canvas.Rectangle
	slim  bool // bars alone, for the player
	min   fyne.Size

	from, to event.Millis
	step     event.Millis
	steps    []model.Step
	gaps     []event.Gap
	marks    []model.Highlight
	at       event.Millis // where the reader or the replay is; 0: nowhere
	pick     func(event.Millis)

	over  bool
	mouse float32
}

func newTimeline(w *Window, slim bool, pick func(event.Millis)) *timeline {
	t := &timeline{w: w, cell: newCell(), dirty: &canvas.Rectangle{}, slim: slim, pick: pick, min: fyne.NewSize(120, 150)}
	if slim {
		t.min = fyne.NewSize(80, 30)
	}
	t.ExtendBaseWidget(t)
	return t
}

// show puts another time on show, of which nothing is counted yet.
func (t *timeline) show(from, to event.Millis) {
	t.from, t.to, t.step, t.steps, t.gaps, t.marks, t.at = from, to, 0, nil, nil, nil, 0
	t.repaint()
}

// Parts of the chart that are not bars.
const (
	ticksHeight = 18
	marksHeight = 20
	moneyHeight = 22
	edgeWidth   = 8 // left and right of the bars
)

// x is where a moment is.
func (t *timeline) x(at event.Millis, width float32) float32 {
	if t.to <= t.from {
		return 0
	}
	return edgeWidth + float32(float64(at-t.from)/float64(t.to-t.from))*(width-2*edgeWidth)
}

// moment is the one at a place.
func (t *timeline) moment(x, width float32) event.Millis {
	part := float64(x-edgeWidth) / float64(max(1, width-2*edgeWidth))
	return t.from + event.Millis(min(1, max(0, part))*float64(t.to-t.from))
}

func (t *timeline) repaint() {
	size := t.Size()
	if size.Width <= 0 || size.Height <= 0 {
		return
	}
	c := t.cell
	c.begin()
	t.paint(c, size)
	c.end(size.Width, size.Height)
	canvas.Refresh(t.dirty)
}

func (t *timeline) paint(c *cell, size fyne.Size) {
	p := t.w.palette
	top, base := float32(2), size.Height-2
	if !t.slim {
		c.rect(0, 0, size.Width, size.Height, p.card, 8)
		top, base = marksHeight+4, size.Height-ticksHeight-moneyHeight
	}
	if t.to <= t.from {
		return
	}
	for i := range t.gaps {
		g := &t.gaps[i]
		end := t.to
		if g.To != nil {
			end = *g.To
		}
		a, b := t.x(max(g.From, t.from), size.Width), t.x(min(end, t.to), size.Width)
		if b > a {
			c.rect(a, top, max(2, b-a), base-top, fade(p.warn, 0x38), 0)
		}
	}
	t.paintBars(c, size, top, base)
	if t.slim {
		t.paintMarks(c, size, top)
		if t.at != 0 {
			c.rect(t.x(t.at, size.Width)-1, 0, 2, size.Height, p.text, 1)
		}
		if t.over {
			t.paintHover(c, size, 0, base)
		}
		return
	}
	c.rect(edgeWidth, base, size.Width-2*edgeWidth, 1, p.edge, 0)
	foot := size.Height - ticksHeight
	for _, k := range model.Ticks(t.from, t.to, max(2, int(size.Width/76))) {
		x := t.x(k.At, size.Width)
		c.rect(x, foot-3, 1, 4, p.faint, 0)
		tw := measure(k.Label, 10.5, false)
		if x-tw/2 > 2 && x+tw/2 < size.Width-2 {
			c.write(x-tw/2, foot, ticksHeight, k.Label, 10.5, false, p.dim)
		}
	}
	if t.at != 0 {
		c.rect(t.x(t.at, size.Width)-1, marksHeight, 2, foot-marksHeight, p.text, 1)
	}
	t.paintMarks(c, size, top)
	if t.over {
		t.paintHover(c, size, top, base)
	}
}

// paintBars draws comments upwards from the base, and money below it.
func (t *timeline) paintBars(c *cell, size fyne.Size, top, base float32) {
	p := t.w.palette
	most, dearest := int64(1), event.Money(1)
	for i := range t.steps {
		most = max(most, t.steps[i].Comments)
		dearest = max(dearest, t.steps[i].Paid())
	}
	wide := t.x(t.from+t.step, size.Width) - t.x(t.from, size.Width)
	gap := float32(0)
	if wide > 3 {
		gap = 1
	}
	for i := range t.steps {
		s := &t.steps[i]
		x := t.x(s.From, size.Width)
		if x > size.Width-edgeWidth {
			break
		}
		if s.Comments > 0 {
			h := max(1, (base-top)*float32(s.Comments)/float32(most))
			ink := fade(p.accent, 0xb0)
			if t.slim {
				ink = fade(p.dim, 0x90)
				if t.at != 0 && s.From < t.at {
					ink = fade(p.accent, 0xc0)
				}
			}
			c.rect(x, base-h, max(1, wide-gap), h, ink, 0)
		}
		if m := s.Paid(); m > 0 && !t.slim {
			c.rect(x, base+2, max(1, wide-gap), max(2, (moneyHeight-5)*float32(m)/float32(dearest)), fade(p.money, 0xc8), 0)
		}
	}
}

// paintMarks draws the highlights: numbers above the chart, points above bars
// alone.
func (t *timeline) paintMarks(c *cell, size fyne.Size, top float32) {
	p := t.w.palette
	for i := range t.marks {
		x := t.x(t.marks[i].Peak, size.Width)
		if t.slim {
			c.rect(x-2, 0, 4, 4, p.warn, 2)
			continue
		}
		c.rect(x-0.5, marksHeight-1, 1, 6, p.accent, 0)
		c.rect(x-8, 3, 16, 16, p.accent, 8)
		n := fmt.Sprint(i + 1)
		c.write(x-measure(n, 10, true)/2, 3, 16, n, 10, true, p.onAccent)
	}
}

// paintHover says what was at the place under the mouse.
func (t *timeline) paintHover(c *cell, size fyne.Size, top, base float32) {
	p := t.w.palette
	at := t.moment(t.mouse, size.Width)
	x := t.x(at, size.Width)
	c.rect(x, top, 1, base-top, p.dim, 0)
	text := at.Time().Format("15:04:05")
	if t.slim {
		text = clock(time.Duration(at-t.from) * time.Millisecond)
	} else if s := t.stepAt(at); s != nil {
		text += "  " + many(t.w.words.Comments, s.Comments, event.Grouped(s.Comments))
		if m := s.Paid(); m > 0 {
			text += "  " + money(m)
		}
	}
	tw := measure(text, 11, false) + 14
	left := min(max(2, x-tw/2), size.Width-tw-2)
	c.rect(left, top, tw, 20, p.raised, 6)
	c.write(left+7, top, 20, text, 11, false, p.text)
}

func (t *timeline) stepAt(at event.Millis) *model.Step {
	for i := range t.steps {
		if s := &t.steps[i]; at >= s.From && at < s.From+t.step {
			return s
		}
	}
	return nil
}

// Tapped picks a moment: that of a highlight when its number is clicked.
func (t *timeline) Tapped(e *fyne.PointEvent) {
	if t.pick == nil || t.to <= t.from {
		return
	}
	at := t.moment(e.Position.X, t.Size().Width)
	if !t.slim && e.Position.Y < marksHeight+2 {
		for i := range t.marks {
			if x := t.x(t.marks[i].Peak, t.Size().Width); e.Position.X > x-9 && e.Position.X < x+9 {
				at = t.marks[i].Peak
			}
		}
	}
	t.pick(at)
}

// Dragged picks the moment under the mouse when the player is dragged.
func (t *timeline) Dragged(e *fyne.DragEvent) {
	t.mouse = e.Position.X
	t.repaint()
}

// DragEnd picks where the mouse was let go.
func (t *timeline) DragEnd() {
	if t.pick != nil && t.to > t.from {
		t.pick(t.moment(t.mouse, t.Size().Width))
	}
}

// MouseIn shows what is under the mouse.
func (t *timeline) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved shows what is under the mouse.
func (t *timeline) MouseMoved(e *desktop.MouseEvent) {
	t.over, t.mouse = true, e.Position.X
	t.repaint()
}

// MouseOut shows nothing.
func (t *timeline) MouseOut() {
	t.over = false
	t.repaint()
}

// Cursor shows that it can be clicked.
func (t *timeline) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer is called by the toolkit.
func (t *timeline) CreateRenderer() fyne.WidgetRenderer { return &timelineRenderer{t} }

type timelineRenderer struct{ t *timeline }

func (r *timelineRenderer) Layout(fyne.Size)   { r.t.repaint() }
func (r *timelineRenderer) MinSize() fyne.Size { return r.t.min }
func (r *timelineRenderer) Refresh()           {}
func (r *timelineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.t.dirty, r.t.cell.box}
}
func (r *timelineRenderer) Destroy() {}
