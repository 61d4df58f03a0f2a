package gui

import (
	"fmt"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"danmaku/gui/model"
)

// feedView shows a model.Feed. It draws only the rows in sight, with cells that
// are used again, and touches only those that changed; nothing in it depends on
// how many rows there are.
type feedView struct {
	widget.BaseWidget
	feed    *model.Feed
	draw    func(r *model.Row, c *cell, hover bool) float32
	resized func(width float32) // heights are different from now on
	tapped  func(r *model.Row, at fyne.Position)
	menu    func(r *model.Row, at fyne.Position, over float32) // below at, or above the row, which is so high
	moved   func()                                             // scrolled by hand: something has to draw

	size  fyne.Size
	body  *fyne.Container
	shown []shownRow
	next  []shownRow
	free  []*cell
	dirty *canvas.Rectangle
	thumb *canvas.Rectangle
	newer *chip
	empty *prose

	words     *words
	palette   *palette
	glide     float32 // how far the list still has to glide to its end
	glideOff  bool
	quiet     bool // no button to the newest row
	fromTop   bool // what matters most is at the top
	lastEnd   int64
	lastFrame time.Time

	picked   *model.Row // by the keyboard; nil: none
	mouse    fyne.Position
	over     bool
	overAt   time.Time // when the mouse last moved there
	dragging bool
	dragFrom float32 // of the thumb to the pointer
	painted  int     // rows drawn anew, for tests and the benchmark
}

// shownRow is a row in sight and the cell it is drawn with.
type shownRow struct {
	index   int64
	row     *model.Row
	version int32
	hover   bool
	y, h    float32
	cell    *cell
}

func newFeedView(draw func(*model.Row, *cell, bool) float32) *feedView {
	v := &feedView{draw: draw, body: newStill(), dirty: &canvas.Rectangle{}, thumb: &canvas.Rectangle{CornerRadius: 3}, feed: &model.Feed{}}
	v.newer = newChip("", nil, func() { v.stick() })
	v.newer.Hide()
	v.empty = newMessage()
	v.thumb.Hide()
	v.ExtendBaseWidget(v)
	return v
}

// show puts another list on show.
func (v *feedView) show(f *model.Feed) {
	if v.feed != f {
		v.feed = f
		v.reset()
	}
}

// reset draws everything anew: another list, language, theme or size.
func (v *feedView) reset() {
	for _, s := range v.shown {
		v.free = append(v.free, s.cell)
	}
	clear(v.shown)
	v.shown = v.shown[:0]
	v.glide, v.lastEnd = 0, v.feed.End()
}

// repaint draws the rows in sight anew where they are.
func (v *feedView) repaint() {
	for i := range v.shown {
		v.shown[i].version = -1
	}
}

// restyle takes another look.
func (v *feedView) restyle(p *palette, w *words) {
	v.palette, v.words = p, w
	v.thumb.FillColor = fade(p.dim, 0x80)
	v.newer.restyle(p)
	v.empty.restyle(p)
	v.reset()
}

func (v *feedView) stick() {
	v.feed.Stick()
	v.picked = nil
	v.glide, v.lastEnd = 0, v.feed.End()
	v.notify()
}

func (v *feedView) notify() {
	if v.moved != nil {
		v.moved()
	}
}

// update draws what changed. It returns true while the list is gliding and
// wants another frame.
func (v *feedView) update(now time.Time) (again bool) {
	height := v.size.Height
	if height <= 0 || v.size.Width <= 0 || v.words == nil {
		return false
	}
	v.move(now)
	v.next = v.next[:0]
	old := 0
	v.feed.Show(height, v.glide, func(i int64, r *model.Row, y, h float32) {
		for old < len(v.shown) && v.shown[old].index < i {
			v.free = append(v.free, v.shown[old].cell)
			old++
		}
		s := shownRow{index: i, row: r, version: r.Version, y: y, h: h}
		s.hover = r == v.picked || v.over && !v.dragging && v.mouse.Y >= y && v.mouse.Y < y+h
		if old < len(v.shown) && v.shown[old].index == i && v.shown[old].row == r {
			o := &v.shown[old]
			old++
			s.cell = o.cell
			if o.version != s.version || o.hover != s.hover {
				v.paint(&s)
			}
		} else {
			s.cell = v.cell()
			v.paint(&s)
		}
		s.cell.box.Move(fyne.NewPos(0, float32(math.Round(float64(y)))))
		v.next = append(v.next, s)
	})
	for ; old < len(v.shown); old++ {
		v.free = append(v.free, v.shown[old].cell)
	}
	v.shown, v.next = v.next, v.shown
	v.body.Objects = v.body.Objects[:0]
	for i := range v.shown {
		v.body.Objects = append(v.body.Objects, v.shown[i].cell.box)
	}
	v.furniture()
	canvas.Refresh(v.dirty)
	return v.glide > 0
}

func (v *feedView) paint(s *shownRow) {
	v.draw(s.row, s.cell, s.hover)
	v.painted++
}

func (v *feedView) cell() *cell {
	if n := len(v.free); n > 0 {
		c := v.free[n-1]
		v.free = v.free[:n-1]
		return c
	}
	return newCell()
}

const (
	glideTime = 70 * time.Millisecond
	glideRows = 12 // more at once are not glided to
)

// move works out how far the list glides in this frame, by the wall clock.
func (v *feedView) move(now time.Time) {
	dt := now.Sub(v.lastFrame)
	v.lastFrame = now
	end := v.feed.End()
	if away, _ := v.feed.Away(); away || v.glideOff || end-v.lastEnd > glideRows || v.lastEnd < v.feed.First() {
		v.glide, v.lastEnd = 0, end
		return
	}
	if v.glide > 0 {
		v.glide *= float32(math.Exp(-float64(dt) / float64(glideTime)))
	}
	if v.lastEnd < end {
		for i := v.lastEnd; i < end; i++ {
			v.glide += v.feed.RowHeight(i)
		}
		v.lastEnd = end
	}
	if v.glide < 0.6 || v.glide > v.size.Height/2 {
		v.glide = 0
	}
}

// furniture places the scroll bar, the button and the message.
func (v *feedView) furniture() {
	w, h := v.size.Width, v.size.Height
	away, newer := v.feed.Away()
	if away && !v.quiet {
		text := "↓"
		if newer > 0 {
			text = "↓ " + fmt.Sprintf(v.words.Newer, newer)
		}
		v.newer.setText(text)
		m := v.newer.MinSize()
		v.newer.Resize(m)
		v.newer.Move(fyne.NewPos((w-m.Width)/2, h-m.Height-12))
		v.newer.Show()
	} else {
		v.newer.Hide()
	}
	total := v.feed.Total()
	if total <= float64(h) {
		v.thumb.Hide()
	} else {
		th := max(28, h*float32(float64(h)/total))
		part := v.feed.Top(h) / max(1, total-float64(h))
		v.thumb.Resize(fyne.NewSize(5, th))
		v.thumb.Move(fyne.NewPos(w-8, float32(min(1, part))*(h-th)))
		v.thumb.Show()
	}
	if total == 0 {
		v.empty.Show()
	} else {
		v.empty.Hide()
	}
}

// at finds the row under a position.
func (v *feedView) at(p fyne.Position) *model.Row {
	for i := range v.shown {
		if s := &v.shown[i]; p.Y >= s.y && p.Y < s.y+s.h {
			return s.row
		}
	}
	return nil
}

// scroll moves the list; dy is positive towards newer rows.
func (v *feedView) scroll(dy float32) {
	v.feed.Scroll(v.size.Height, dy)
	v.glide, v.lastEnd = 0, v.feed.End()
	v.notify()
}

// key scrolls by the keyboard and reports whether the key was for it.
func (v *feedView) key(k fyne.KeyName) bool {
	if v.pick(k) {
		return true
	}
	switch h := v.size.Height; k {
	case fyne.KeyPageUp:
		v.scroll(-h * 0.9)
	case fyne.KeyPageDown:
		v.scroll(h * 0.9)
	case fyne.KeyUp:
		v.scroll(-60)
	case fyne.KeyDown:
		v.scroll(60)
	case fyne.KeyHome:
		v.feed.ScrollFraction(h, 0)
		v.notify()
	case fyne.KeyEnd:
		v.stick()
	default:
		return false
	}
	return true
}

// Scrolled follows the mouse wheel.
func (v *feedView) Scrolled(e *fyne.ScrollEvent) { v.scroll(-e.Scrolled.DY) }

// Tapped tells which row was clicked.
func (v *feedView) Tapped(e *fyne.PointEvent) {
	if r := v.at(e.Position); r != nil && v.tapped != nil && e.Position.X < v.size.Width-barWidth {
		v.tapped(r, e.AbsolutePosition)
	}
}

// TappedSecondary opens the menu of a row.
func (v *feedView) TappedSecondary(e *fyne.PointEvent) {
	if r := v.at(e.Position); r != nil && v.menu != nil {
		v.menu(r, e.AbsolutePosition, 0)
	}
}

// MouseDown begins to drag the scroll bar, or jumps along it.
func (v *feedView) MouseDown(e *desktop.MouseEvent) {
	if e.Position.X < v.size.Width-barWidth-2 || !v.thumb.Visible() || e.Button != desktop.MouseButtonPrimary {
		return
	}
	v.dragging = true
	v.dragFrom = v.thumb.Size().Height / 2
	if y := e.Position.Y - v.thumb.Position().Y; y >= 0 && y <= v.thumb.Size().Height {
		v.dragFrom = y
	}
	v.drag(e.Position.Y)
}

// MouseUp ends dragging.
func (v *feedView) MouseUp(*desktop.MouseEvent) { v.dragging = false }

// Dragged moves the scroll bar.
func (v *feedView) Dragged(e *fyne.DragEvent) {
	if v.dragging {
		v.drag(e.Position.Y)
	}
}

// DragEnd ends dragging.
func (v *feedView) DragEnd() { v.dragging = false }

func (v *feedView) drag(y float32) {
	way := v.size.Height - v.thumb.Size().Height
	if way <= 0 {
		return
	}
	v.feed.ScrollFraction(v.size.Height, float64((y-v.dragFrom)/way))
	v.glide, v.lastEnd = 0, v.feed.End()
	v.notify()
}

// MouseIn, MouseMoved and MouseOut light the row under the mouse.
func (v *feedView) MouseIn(e *desktop.MouseEvent) { v.MouseMoved(e) }

// MouseMoved lights the row under the mouse.
func (v *feedView) MouseMoved(e *desktop.MouseEvent) {
	v.mouse, v.over, v.overAt = e.Position, true, time.Now()
	v.notify()
}

// lightStays is how long the row under a mouse that rests stays lit. The toolkit
// does not tell when the mouse leaves the window.
const lightStays = 3 * time.Second

// dim lights no row when the mouse has not moved for a while.
func (v *feedView) dim(now time.Time) {
	if v.over && now.Sub(v.overAt) > lightStays {
		v.MouseOut()
	}
}

// MouseOut lights no row.
func (v *feedView) MouseOut() {
	v.over = false
	v.notify()
}

// CreateRenderer is called by the toolkit.
func (v *feedView) CreateRenderer() fyne.WidgetRenderer {
	return &feedRenderer{v: v, objects: []fyne.CanvasObject{v.dirty, v.empty, v.body, v.thumb, v.newer}}
}

type feedRenderer struct {
	v       *feedView
	objects []fyne.CanvasObject
}

func (r *feedRenderer) Layout(size fyne.Size) {
	v := r.v
	changed := v.size.Width != size.Width
	v.size = size
	v.body.Resize(size)
	v.empty.Resize(size)
	if changed && v.resized != nil {
		v.resized(size.Width)
		v.reset()
	}
	v.update(time.Now())
}
func (r *feedRenderer) MinSize() fyne.Size           { return fyne.NewSize(80, 60) }
func (r *feedRenderer) Refresh()                     { canvas.Refresh(r.v.dirty) }
func (r *feedRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *feedRenderer) Destroy()                     {}
