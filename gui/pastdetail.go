package gui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	momentBefore = event.Millis(30_000) // shown before the moment that was picked
	momentRows   = 300                  // read at once
	markWide     = 148
	markHigh     = 48
	detailHead   = 58
	chartHigh    = 168
)

// pastDetail shows one broadcast: its chart, its highlights, and what was said
// at the moment picked there.
type pastDetail struct {
	w        *Window
	box      *fyne.Container
	head     *pane
	play     *chip
	export   *chip
	line     *timeline
	marks    *fyne.Container
	strip    *container.Scroll
	markHint *prose
	said     *pane // heads the list
	list     *feedView
	pen      *drawer
	empty    *prose

	on        bool
	broadcast model.Broadcast
	at        event.Millis // the moment picked
	reading   task
	counted   bool // the chart is there
	eager     bool // to be replayed then
	finding   bool // highlights are being looked for
	problem   string

	listing task
	busy    bool
	more    bool         // there is more to list
	next    event.Millis // where it goes on
	seen    map[int64]struct{}
}

func newPastDetail(w *Window) *pastDetail {
	d := &pastDetail{w: w, empty: newMessage(), markHint: newProse("", faintInk)}
	pen := *w.chatPen
	pen.ruler, pen.times, pen.dates, pen.rooms = newRuler(13), true, false, false
	d.pen = &pen
	d.head = newPane(fyne.Size{}, d.paintHead)
	d.said = newPane(fyne.Size{}, d.paintSaid)
	d.play = newChip("", theme.MediaPlayIcon(), d.replay)
	d.export = newChip("", theme.DownloadIcon(), func() { _ = w.askExport(d.broadcast) }).with(chipPlain)
	d.line = newTimeline(w, false, d.pick)
	d.marks = newStill()
	d.strip = container.NewHScroll(d.marks)
	d.list = newFeedView(d.pen.chat)
	d.list.feed.Height = func(r *model.Row) float32 { return d.pen.chat(r, nil, false) }
	d.list.resized = func(width float32) { d.pen.width = width; d.list.feed.Relayout() }
	d.list.moved = func() { d.list.update(time.Now()); d.follow(); d.loadMore() }
	d.list.glideOff, d.list.quiet, d.list.fromTop = true, true, true
	d.list.menu = w.rowMenu
	d.box = container.New(d, d.head, d.play, d.export, d.line, d.strip, d.markHint, d.said, d.list, d.empty)
	d.clear()
	return d
}

// Layout is part of fyne.Layout.
func (d *pastDetail) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
	const edge = 16
	for _, o := range []fyne.CanvasObject{d.head, d.play, d.export, d.line, d.said, d.list} {
		show(o, d.on)
	}
	show(d.strip, d.on && len(d.line.marks) > 0)
	show(d.markHint, d.on && len(d.line.marks) == 0)
	show(d.empty, !d.on)
	place(d.empty, 0, 0, size.Width, size.Height)
	y, right := float32(0), size.Width-edge
	play, export := d.play.MinSize().Width, d.export.MinSize().Width
	if size.Width > 560 {
		place(d.export, right-export, 14, export, 34)
		place(d.play, right-export-8-play, 14, play, 34)
		place(d.head, 0, 0, right-export-8-play-12, detailHead)
		y = detailHead
	} else {
		place(d.head, 0, 0, size.Width, detailHead)
		place(d.play, edge, detailHead, play, 34)
		place(d.export, edge+play+8, detailHead, export, 34)
		y = detailHead + 44
	}
	chart := float32(chartHigh)
	if size.Height < 560 {
		chart = 120
	}
	place(d.line, 12, y, size.Width-24, chart)
	y += chart + 8
	place(d.strip, 12, y, size.Width-24, markHigh+6)
	place(d.markHint, edge, y+2, size.Width-2*edge, 22)
	if d.strip.Visible() {
		y += markHigh + 8
	} else {
		y += 26
	}
	place(d.said, 0, y, size.Width, 32)
	place(d.list, 0, y+32, size.Width, size.Height-y-32)
}

// MinSize is part of fyne.Layout.
func (d *pastDetail) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 200) }

func (d *pastDetail) restyle() {
	w := d.w
	d.play.text, d.export.text = w.words.Past.Replay, w.words.Past.Export
	d.pen.palette, d.pen.w, d.pen.medals = w.palette, w.words, w.chatPen.medals
	d.play.restyle(w.palette)
	d.export.restyle(w.palette)
	d.empty.restyle(w.palette)
	d.empty.set(w.words.Past.Choose)
	d.markHint.restyle(w.palette)
	d.list.feed.Relayout()
	d.list.restyle(w.palette, w.words)
	d.refresh()
	d.list.update(time.Now())
}

// refresh draws everything but the list anew.
func (d *pastDetail) refresh() {
	switch words := &d.w.words.Past; {
	case d.problem != "":
		d.markHint.say(fmt.Sprintf(words.Failed, d.problem), badInk)
	case d.finding:
		d.markHint.say(words.Seeking, faintInk)
	default:
		d.markHint.say(words.NoHighlights, faintInk)
	}
	d.fillMarks()
	d.Layout(nil, d.box.Size())
	d.head.repaint()
	d.line.repaint()
	d.said.repaint()
}

// clear shows no broadcast.
func (d *pastDetail) clear() {
	d.stop()
	d.on = false
	d.list.feed.Clear()
	d.line.show(0, 0)
	d.Layout(nil, d.box.Size())
}

func (d *pastDetail) stop() {
	d.reading.stop()
	d.listing.stop()
	d.busy = false
}

// show puts a broadcast on show and reads what is to be known of it.
func (d *pastDetail) show(b model.Broadcast) {
	d.on, d.broadcast, d.finding, d.problem = true, b, true, ""
	d.counted, d.eager = false, false
	step := model.ChartStep(b.From, b.To)
	d.line.show(b.From, b.To)
	d.line.step = step
	d.refresh()
	d.reading.start(d.w, pastTimeout, func(ctx context.Context, show func(func())) {
		a := d.w.cfg.Archive
		failed := func(err error) {
			if err != nil && !errors.Is(err, context.Canceled) {
				show(func() { d.problem, d.eager = d.w.words.reason(err), false; d.refresh() })
			}
		}
		steps, err := a.Timeline(ctx, b.Room, b.From, b.To, step)
		if err != nil {
			failed(err)
			return
		}
		show(func() {
			d.line.steps = steps
			d.broadcast.Trim(steps, step)
			d.line.from, d.line.to = d.broadcast.From, d.broadcast.To
			d.w.past.trimmed(&d.broadcast)
			if d.at <= d.broadcast.From && len(steps) > 0 { // begin where something was recorded
				d.at = max(d.broadcast.From, steps[0].From)
				d.line.at = d.at
			}
			d.refresh()
			if d.counted = true; d.eager && d.w.page == pagePast {
				d.replay()
			}
		})
		coverage, err := a.Coverage(ctx, b.Room, b.From, b.To)
		if err == nil && len(coverage.Spans) > 0 { // of what was imported nobody knows how complete it is
			show(func() { d.line.gaps = coverage.Gaps; d.refresh() })
		}
		failed(err)
		marks, err := a.Highlights(ctx, b.Room, b.From, b.To)
		if err == nil {
			show(func() { d.line.marks, d.finding = marks, false; d.refresh() })
		}
		failed(err)
	})
	d.pick(b.From)
}

// replay plays the broadcast from the chosen moment on; as soon as its chart is
// there, which says where something was recorded and what the sums are.
func (d *pastDetail) replay() {
	if d.eager = !d.counted && d.problem == ""; !d.eager {
		d.w.startReplay(d.broadcast, d.at, d.line)
	}
}

// pick lists what was said at a moment.
func (d *pastDetail) pick(at event.Millis) {
	d.at, d.line.at = at, at
	d.list.feed.Clear()
	d.list.reset()
	d.list.empty.set("")
	d.more, d.next, d.seen = true, max(d.broadcast.From, at-momentBefore), make(map[int64]struct{})
	d.busy = false
	d.line.repaint()
	d.said.repaint()
	d.load(true)
}

// load lists more; first says that nothing is listed yet.
func (d *pastDetail) load(first bool) {
	if d.busy || !d.more {
		return
	}
	d.busy = true
	from, to, room := d.next, d.broadcast.To, d.broadcast.Room
	d.listing.start(d.w, pastTimeout, func(ctx context.Context, show func(func())) {
		var events []event.Event
		more := false
		for e, err := range d.w.cfg.Archive.Replay(ctx, room, from, to) {
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					show(func() { d.problem = d.w.words.reason(err); d.refresh() })
				}
				break
			}
			if len(events) >= 2*momentRows {
				more = true
				break
			}
			events = append(events, e)
		}
		show(func() { d.listed(events, more, first) })
	})
}

func (d *pastDetail) listed(events []event.Event, more, first bool) {
	d.busy, d.more = false, more
	f := d.list.feed
	f.Hold(d.list.size.Height)
	aim := int64(-1)
	for i := range events {
		e := &events[i]
		d.next = e.At
		if _, ok := d.seen[e.Seq]; ok || e.Of != "" {
			continue
		}
		d.seen[e.Seq] = struct{}{}
		r := d.w.model.RowOf(e)
		if r == nil || r.Kind == model.RowArrival && !d.w.settings.Arrivals {
			continue
		}
		f.Append(r)
		if aim < 0 && r.At >= d.at {
			aim = f.End() - 1
		}
	}
	if f.Len() == 0 && !more {
		d.list.empty.set(d.w.words.Past.NothingSaid)
	}
	if first && f.Len() > 0 {
		if aim < 0 {
			aim = f.End() - 1
		}
		f.ScrollTo(aim, d.list.size.Height, min(60, d.list.size.Height/4))
	}
	d.list.update(time.Now())
	if f.Len() == 0 && more {
		d.load(first)
	}
}

// loadMore goes on when the list is scrolled near its end.
func (d *pastDetail) loadMore() {
	f := d.list.feed
	if f.Len() > 0 && f.Total()-f.Top(d.list.size.Height) < 3*float64(d.list.size.Height) {
		d.load(false)
	}
}

// follow moves the chart's hand to what is at the top of the list.
func (d *pastDetail) follow() {
	if len(d.list.shown) == 0 {
		return
	}
	for _, s := range d.list.shown {
		if s.y+s.h > 60 {
			if at := s.row.At; at >= d.broadcast.From && at != d.line.at {
				d.at, d.line.at = at, at
				d.line.repaint()
				d.said.repaint()
			}
			return
		}
	}
}

func (d *pastDetail) paintHead(c *cell, size fyne.Size) {
	p, b := d.w.palette, &d.broadcast
	c.write(16, 8, 24, cutTo(d.w.broadcastTitle(b), 16, true, size.Width-24), 16, true, p.text)
	facts := d.w.broadcastTime(b) + "  ·  " + many(d.w.words.Comments, b.Comments, event.Grouped(b.Comments))
	if b.Paid > 0 {
		facts += "  ·  " + money(b.Paid)
	}
	facts = "  ·  " + facts
	name := cutTo(d.w.past.roomName(b.Room), 12, false, max(60, size.Width-24-measure(facts, 12, false)))
	c.write(16, 33, 20, cutTo(name+facts, 12, false, size.Width-24), 12, false, p.dim)
}

func (d *pastDetail) paintSaid(c *cell, size fyne.Size) {
	p := d.w.palette
	c.rect(0, 0, size.Width, 1, p.edge, 0)
	c.write(16, 2, 30, fmt.Sprintf(d.w.words.Past.SaidAt, d.at.Time().Format("15:04:05")), 12.5, true, p.text)
}

// fillMarks lists the highlights beside each other.
func (d *pastDetail) fillMarks() {
	d.marks.Objects = d.marks.Objects[:0]
	for i := range d.line.marks {
		h := &d.line.marks[i]
		b := newButton(fyne.NewSize(markWide, markHigh), func() { d.pick(h.Peak) })
		b.paint = func(c *cell, size fyne.Size) { d.paintMark(c, size, i, h, b.over) }
		b.Move(fyne.NewPos(float32(i*(markWide+6)), 0))
		b.Resize(fyne.NewSize(markWide, markHigh))
		d.marks.Objects = append(d.marks.Objects, b)
	}
	width := float32(len(d.line.marks) * (markWide + 6))
	d.marks.Layout = broad(width)
	d.marks.Resize(fyne.NewSize(width, markHigh))
	d.strip.Refresh()
}

// pickMark goes to a highlight, the first being 0.
func (d *pastDetail) pickMark(i int) {
	if d.on && i < len(d.line.marks) {
		d.pick(d.line.marks[i].Peak)
	}
}

// broad is a still layout that asks for a width.
type broad float32

func (broad) Layout([]fyne.CanvasObject, fyne.Size)   {}
func (b broad) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(float32(b), 1) }

func (d *pastDetail) paintMark(c *cell, size fyne.Size, i int, h *model.Highlight, over bool) {
	p := d.w.palette
	ground := p.card
	if over {
		ground = p.hover
	}
	c.rect(0, 0, size.Width, size.Height, ground, 8)
	c.rect(8, 7, 16, 16, p.accent, 8)
	n := fmt.Sprint(i + 1)
	c.write(16-measure(n, 10, true)/2, 7, 16, n, 10, true, p.onAccent)
	c.write(30, 6, 18, h.Peak.Time().Format("15:04:05"), 12, true, p.text)
	count := d.w.words.count(h.Comments)
	c.write(size.Width-8-measure(count, 11, false), 6, 18, count, 11, false, p.dim)
	about := strings.Join(h.Words, " ")
	if about == "" {
		about = h.Sample
	}
	if h.Comments == 0 && h.Paid > 0 {
		about = money(h.Paid)
	}
	c.write(8, 25, 18, cutTo(model.CleanText(about), 11.5, false, size.Width-16), 11.5, false, p.dim)
}
