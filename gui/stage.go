package gui

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"danmaku/event"
	"danmaku/gui/model"
)

// stageView shows flying comments. Each is one picture, made when it starts;
// a frame only moves pictures, to where the wall clock says they are. Pictures
// are used again, so that nothing is made or thrown away while they fly.
type stageView struct {
	widget.BaseWidget
	w     *Window
	stage model.Stage
	pace  model.Pace
	paper *placards
	epoch time.Time

	size      fyne.Size
	scale     float32
	ground    *canvas.Rectangle
	dirty     *canvas.Rectangle
	note      *canvas.Text
	low, high flyers // those that move, and those that stay, over them
	skip      bool   // the frame that is left out next
	frames    int    // drawn since the last second
	counted   time.Time
	idled     bool // nothing flew for a while since then
	menu      func(at fyne.Position)
	carry     func(by fyne.Delta) // moves its window; nil: that has a frame
	held      *fyne.Position      // where the mouse took hold of it
}

// flyers are the pictures of one layer of the stage.
type flyers struct {
	box  *fyne.Container
	up   []*flyer
	free []*flyer
}

// flyer is a comment under way.
type flyer struct {
	model.Flight
	row     *model.Row
	image   *canvas.Image
	pixels  *image.RGBA
	missing bool // an emote has not come yet
}

// launches is how many comments start in one frame at most: making a picture
// takes a fraction of a millisecond, and comments come in lumps.
const launches = 2

func newStageView(w *Window) *stageView {
	v := &stageView{w: w, epoch: time.Now(), ground: &canvas.Rectangle{}, dirty: &canvas.Rectangle{}, note: &canvas.Text{TextSize: 11.5}}
	v.low.box, v.high.box = newStill(), newStill()
	v.ExtendBaseWidget(v)
	return v
}

// on reports whether the stage is in sight.
func (v *stageView) on() bool { return v.Visible() && v.size.Width > 0 && v.size.Height > 0 }

// offer puts a row up to fly.
func (v *stageView) offer(r *model.Row) {
	s := &v.w.settings.Stage
	if s.ScrollOnly && r.Mode != "scroll" {
		copied := *r
		copied.Mode = "scroll"
		r = &copied
	}
	first := r.Highlight || framed(r) && !s.NoPaidFirst || (r.Admin || r.Guard > 0) && !s.NoTeamFirst
	v.stage.Offer(r, time.Since(v.epoch), first)
}

// update moves what flies and starts what waits. It returns true while the
// stage wants another frame.
func (v *stageView) update(now time.Time) (again bool) {
	if !v.on() || v.paper == nil {
		return false
	}
	if v.skip = v.pace.Half && !v.skip; v.skip {
		return true
	}
	v.frames++
	at := now.Sub(v.epoch)
	v.low.move(v, at)
	v.high.move(v, at)
	if v.stage.Waiting() > 0 {
		v.stage.Launch(at, v.aloft(), launches, v.paper.size, func(r *model.Row, f model.Flight) { v.launch(r, f, at) })
	}
	if v.aloft() == 0 {
		v.idled = true
		return v.stage.Waiting() > 0
	}
	return true
}

func (v *stageView) aloft() int { return len(v.low.up) + len(v.high.up) }

// move puts every picture of a layer where it is at a moment.
func (l *flyers) move(v *stageView, at time.Duration) {
	kept := l.up[:0]
	for _, f := range l.up {
		if at >= f.End {
			l.retire(f)
			continue
		}
		kept = append(kept, f)
		if f.Layer == model.LayerScroll {
			f.image.Move(fyne.NewPos(v.snap(f.X(at, v.size.Width)), f.Y))
		}
	}
	clear(l.up[len(kept):])
	l.up = kept
}

func (l *flyers) retire(f *flyer) {
	f.row = nil
	f.image.Hide()
	l.free = append(l.free, f)
}

// snap puts a position on a pixel of the screen, so that letters stay sharp.
func (v *stageView) snap(x float32) float32 {
	return float32(math.Round(float64(x*v.scale))) / v.scale
}

// launch starts a comment.
func (v *stageView) launch(r *model.Row, flight model.Flight, at time.Duration) {
	l := &v.low
	if flight.Layer != model.LayerScroll {
		l = &v.high
	}
	var f *flyer
	if n := len(l.free); n > 0 {
		f, l.free = l.free[n-1], l.free[:n-1]
	} else {
		f = &flyer{image: &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}}
		l.box.Objects = append(l.box.Objects, f.image)
	}
	f.Flight, f.row = flight, r
	v.paint(f)
	f.image.Translucency = 1 - v.w.settings.Stage.opacity()
	f.image.Move(fyne.NewPos(v.snap(f.X(at, v.size.Width)), f.Y))
	f.image.Show()
	l.up = append(l.up, f)
}

// paint makes the picture of a flyer.
func (v *stageView) paint(f *flyer) {
	f.pixels, f.missing = v.paper.draw(f.row, f.pixels)
	f.image.Image = f.pixels
	f.image.Resize(fyne.NewSize(float32(f.pixels.Rect.Dx())/v.scale, float32(f.pixels.Rect.Dy())/v.scale))
	f.image.Refresh()
}

// arrived paints those anew that waited for an emote.
func (v *stageView) arrived() {
	for _, l := range []*flyers{&v.low, &v.high} {
		for _, f := range l.up {
			if f.missing {
				v.paint(f)
			}
		}
	}
}

// clear empties the stage.
func (v *stageView) clear() {
	for _, l := range []*flyers{&v.low, &v.high} {
		for _, f := range l.up {
			l.retire(f)
		}
		clear(l.up)
		l.up = l.up[:0]
	}
	v.stage.Clear()
}

// second takes in how the last second went, and says so when the machine does
// not keep up.
func (v *stageView) second(now time.Time) {
	span := now.Sub(v.counted)
	if !v.idled && v.on() && span > 500*time.Millisecond && span < 3*time.Second {
		v.pace.Second(int(float64(v.frames)/span.Seconds()+0.5), v.aloft(), v.w.settings.Stage.most())
		v.stage.Most = v.pace.Limit(v.w.settings.Stage.most())
	}
	v.frames, v.counted, v.idled = 0, now, v.aloft() == 0
	v.say()
}

// say writes what the stage has to say about itself.
func (v *stageView) say() {
	text, t := "", &v.w.words.Stage
	switch {
	case v.pace.Most > 0:
		text = fmt.Sprintf(t.Fewer, v.stage.Most)
	case v.pace.Half:
		text = t.HalfFrames
	case v.aloft() == 0 && v.stage.Waiting() == 0:
		text = t.Empty
	}
	if text == v.note.Text {
		return
	}
	v.note.Text = text
	v.placeNote()
	v.note.Refresh()
}

func (v *stageView) placeNote() {
	m := v.note.MinSize()
	v.note.Resize(m)
	v.note.Move(fyne.NewPos(12, v.size.Height-m.Height-8))
}

// restyle takes another look, and the settings.
func (v *stageView) restyle() {
	s := &v.w.settings.Stage
	v.ground.FillColor = s.ground(v.w.palette)
	v.note.Color = fade(rgb(0xffffff), 0x90)
	if luminance(s.ground(v.w.palette)) > 0.4 {
		v.note.Color = fade(rgb(0), 0xa0)
	}
	scale := float32(1)
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		scale = c.Scale()
	}
	if v.paper == nil || v.paper.sizes[styleBody] != s.size() || v.scale != scale {
		v.scale = scale
		v.paper = newPlacards(s.size(), scale)
		v.clear()
	}
	v.paper.palette, v.paper.words = v.w.palette, v.w.words
	v.paper.picture, v.paper.fetchable = v.w.chatPen.picture, v.w.chatPen.fetchable
	v.stage.Track, v.stage.Gap = v.paper.track, s.size()*0.7
	v.stage.Area, v.stage.Cross, v.stage.Hold = s.area(), s.cross(), 5*time.Second
	v.stage.Most = v.pace.Limit(s.most())
	for _, l := range []*flyers{&v.low, &v.high} {
		for _, f := range l.up {
			f.image.Translucency = 1 - s.opacity()
			f.image.Refresh()
		}
	}
	v.say()
	canvas.Refresh(v.ground)
}

// TappedSecondary opens the menu of the stage.
func (v *stageView) TappedSecondary(e *fyne.PointEvent) {
	if v.menu != nil {
		v.menu(e.AbsolutePosition)
	}
}

// Dragged moves a stage without a frame.
func (v *stageView) Dragged(e *fyne.DragEvent) {
	if v.carry == nil {
		return
	}
	if v.held == nil {
		at := e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY)
		v.held = &at
	}
	v.carry(fyne.NewDelta(e.Position.X-v.held.X, e.Position.Y-v.held.Y))
}

// DragEnd lets go of it.
func (v *stageView) DragEnd() { v.held = nil }

// Cursor is the ordinary one.
func (v *stageView) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// CreateRenderer is called by the toolkit.
func (v *stageView) CreateRenderer() fyne.WidgetRenderer {
	return &stageRenderer{v: v, objects: []fyne.CanvasObject{v.ground, v.dirty, v.note, v.low.box, v.high.box}}
}

type stageRenderer struct {
	v       *stageView
	objects []fyne.CanvasObject
}

func (r *stageRenderer) Layout(size fyne.Size) {
	v := r.v
	v.size = size
	v.ground.Resize(size)
	v.low.box.Resize(size)
	v.high.box.Resize(size)
	v.stage.Resize(size.Width, size.Height)
	for _, f := range v.high.up {
		f.image.Move(fyne.NewPos(v.snap(f.X(0, size.Width)), f.Y))
	}
	v.restyle()
	v.placeNote()
}
func (r *stageRenderer) MinSize() fyne.Size           { return fyne.NewSize(80, 60) }
func (r *stageRenderer) Refresh()                     { canvas.Refresh(r.v.dirty) }
func (r *stageRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *stageRenderer) Destroy()                     {}

// toStages hands what has come in to the stages that are in sight.
func (w *Window) toStages(items []Item) {
	if !w.stage.on() && w.apart == nil {
		return
	}
	one := w.model.One()
	for i := range items {
		e := items[i].Event
		if e == nil || e.Backlog || e.Of != "" || e.Comment == nil && e.SuperChat == nil && e.Guard == nil || one != nil && one.Status.Room != e.Room || one == nil && e.Room < 0 { // of a replay that is not on show
			continue
		}
		if !w.muted(e) {
			w.fly(e)
		}
	}
}

// fly shows an event on every stage in sight.
func (w *Window) fly(e *event.Event) {
	r := w.model.RowOf(e)
	if r == nil {
		return
	}
	for _, v := range w.stages() {
		v.offer(r)
	}
}

// stages are those in sight.
func (w *Window) stages() (all []*stageView) {
	if w.stage.on() {
		all = append(all, w.stage)
	}
	if w.apart != nil && w.apart.view.on() {
		all = append(all, w.apart.view)
	}
	return all
}

// moveStages draws a frame of every stage; it returns true while one of them
// wants another.
func (w *Window) moveStages(now time.Time) (again bool) {
	if w.stage.on() {
		again = w.stage.update(now)
	}
	if w.apart != nil {
		again = w.apart.view.update(now) || again
	}
	return again
}

// groundColor is a colour of the stage behind the comments.
type groundColor struct {
	id    string
	color color.NRGBA
}

// grounds are the choices; the first is the window's own. Green and magenta are
// for programs that cut one colour out.
var grounds = []groundColor{{id: ""}, {"black", rgb(0)}, {"green", rgb(0x00b140)}, {"magenta", rgb(0xff00ff)}}
