package gui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	barWideFrom = 620 // from here on everything stands in one line
	barHigh     = 46
	barHighTwo  = 86
)

// replayBar drives a replay: play and pause, a line to seek on, the speed.
type replayBar struct {
	w      *Window
	r      *replay
	box    *fyne.Container
	ground *pane
	play   *chip
	clock  *pane
	line   *timeline
	slower *chip
	speed  *pane
	faster *chip
	leave  *chip
}

func newReplayBar(w *Window, r *replay) *replayBar {
	b := &replayBar{w: w, r: r}
	b.ground = newPane(fyne.Size{}, func(c *cell, size fyne.Size) {
		c.rect(0, 0, size.Width, size.Height, w.palette.side, 0)
		c.rect(0, 0, size.Width, 1, w.palette.edge, 0)
	})
	b.play = newChip("", theme.MediaPlayIcon(), r.toggle)
	b.clock = newPane(fyne.NewSize(120, 30), b.paintClock)
	b.line = newTimeline(w, true, func(at event.Millis) { r.seek(at) })
	b.slower = newChip("-", nil, func() { r.touch((*model.Player).Slower) }).with(chipBare)
	b.speed = newPane(fyne.NewSize(40, 30), b.paintSpeed)
	b.faster = newChip("+", nil, func() { r.touch((*model.Player).Faster) }).with(chipBare)
	b.leave = newChip("", theme.CancelIcon(), r.end).with(chipBare)
	b.slower.size, b.faster.size = 17, 17
	b.box = container.New(b, b.ground, b.play, b.clock, b.line, b.slower, b.speed, b.faster, b.leave)
	return b
}

// height is what the bar needs at a width.
func (b *replayBar) height(width float32) float32 {
	switch {
	case !b.r.shown():
		return 0
	case width < barWideFrom:
		return barHighTwo
	}
	return barHigh
}

// Layout is part of fyne.Layout.
func (b *replayBar) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
	place(b.ground, 0, 0, size.Width, size.Height)
	y := size.Height - barHigh + 7
	place(b.play, 12, y, 40, 32)
	place(b.clock, 62, y, 128, 32)
	x := size.Width - 12
	for _, part := range []struct {
		o    fyne.CanvasObject
		wide float32
	}{{b.leave, 34}, {b.faster, 32}, {b.speed, 44}, {b.slower, 32}} {
		x -= part.wide
		place(part.o, x, y, part.wide, 32)
		x -= 2
	}
	if size.Width < barWideFrom {
		place(b.line, 8, 8, size.Width-16, 34)
	} else {
		place(b.line, 192, 6, x-200, 34)
	}
	b.refresh()
}

// MinSize is part of fyne.Layout.
func (b *replayBar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(300, barHigh) }

func (b *replayBar) restyle() {
	for _, c := range []*chip{b.play, b.slower, b.faster, b.leave} {
		c.restyle(b.w.palette)
	}
	b.refresh()
}

// show takes over what a chart knows of the broadcast.
func (b *replayBar) show(chart *timeline) {
	b.line.show(chart.from, chart.to)
	b.line.step, b.line.steps, b.line.gaps, b.line.marks = chart.step, chart.steps, chart.gaps, chart.marks
}

// refresh draws where the replay is.
func (b *replayBar) refresh() {
	at, _, playing := b.r.state()
	icon := theme.MediaPlayIcon()
	if playing {
		icon = theme.MediaPauseIcon()
	}
	b.play.setIcon(icon)
	b.line.at = at
	b.ground.repaint()
	b.clock.repaint()
	b.speed.repaint()
	b.line.repaint()
}

func (b *replayBar) paintClock(c *cell, size fyne.Size) {
	at, _, _ := b.r.state()
	from, to := b.r.broadcast.From, b.r.broadcast.To
	if b.r.problem != "" {
		c.write(0, 0, size.Height, cutTo(fmt.Sprintf(b.w.words.Past.Failed, b.r.problem), 11.5, false, size.Width), 11.5, false, b.w.palette.bad)
		return
	}
	span := func(m event.Millis) string { return clock(time.Duration(m) * time.Millisecond) }
	x := c.write(0, 0, size.Height, span(at-from), 13, true, b.w.palette.text)
	c.write(x+5, 0, size.Height, "/ "+span(to-from), 12, false, b.w.palette.dim)
}

func (b *replayBar) paintSpeed(c *cell, size fyne.Size) {
	_, speed, _ := b.r.state()
	text := speedText(speed)
	c.write((size.Width-measure(text, 13, true))/2, 0, size.Height, text, 13, true, b.w.palette.text)
}
