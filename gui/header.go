package gui

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	headerHeight = 64
	chartWidth   = 200
	statusHeight = 26
)

// paintHeader draws title, streamer and numbers of the room on show, and the
// chart of the last hour.
func (w *Window) paintHeader(c *cell, size fyne.Size) {
	p := w.palette
	c.rect(0, size.Height-1, size.Width, 1, p.edge, 0)
	room := w.model.Shown()
	left, right := float32(16), size.Width-102 // of the buttons of search and past
	if w.narrow {
		left = 56
	} else {
		right -= 42 // the button of the stage
	}
	if size.Width > 640 {
		w.paintChart(c, right-chartWidth, 12, chartWidth, size.Height-26, room)
		right -= chartWidth + 20
	}
	title := w.words.AllRooms
	if w.model.One() != nil {
		title = model.CleanText(room.Status.Title)
		if title == "" {
			title = room.Name()
		}
	}
	c.write(left, 8, 26, cutTo(title, 16, true, right-left), 16, true, p.text)
	x := left
	const y, h = 36, 18
	if s := &room.Status; w.model.One() != nil {
		text, ground, ink := w.words.NotLive, p.chosen, p.dim
		switch {
		case room.Replay:
			text, ground, ink = w.words.Past.Replaying, p.warn, p.ground
		case s.Live:
			text, ground, ink = w.words.Live, p.accent, p.onAccent
		}
		told := s.Live || s.Title != "" || s.State == event.StateOffline || room.Replay // the official platform does not
		if told {
			bw := measure(text, 11, true) + 12
			c.rect(x, y, bw, h, ground, 4)
			c.write(x+6, y, h, text, 11, true, ink)
			x += bw + 9
		}
		name := cutTo(room.Name(), 12.5, false, max(60, (right-x)/3))
		if !told && room.Name() == title { // nobody has told a title: the name need not be said twice
			name = cutTo(strings.TrimPrefix(roomURL(s.Room), "https://"), 12.5, false, right-x)
		}
		x += c.write(x, y, h, name, 12.5, false, p.dim) + 12
	} else {
		x += c.write(x, y, h, w.connected(), 12.5, false, p.dim) + 12
	}
	for _, f := range w.facts(room) {
		fw := measure(f.value, 12.5, true) + 4 + measure(f.label, 11.5, false)
		if x+fw > right {
			break
		}
		x += c.write(x, y, h, f.value, 12.5, true, p.text) + 4
		x += c.write(x, y, h, f.label, 11.5, false, p.faint) + 13
	}
}

type fact struct{ value, label string }

// facts are the numbers of a room, most wanted first.
func (w *Window) facts(r *model.Room) []fact {
	var f []fact
	if r.Replay {
		at, _, _ := w.replay.state()
		f = append(f, fact{at.Time().Format("2006-01-02 15:04:05"), ""})
	} else if r.Status.Live && r.Status.LiveFrom > 0 {
		f = append(f, fact{clock(time.Duration(w.now()-r.Status.LiveFrom) * time.Millisecond), ""})
	}
	add := func(n *int64, label string) {
		if n != nil && *n > 0 {
			f = append(f, fact{w.words.count(*n), label})
		}
	}
	add(r.Stats.Watched, w.words.Watched)
	add(r.Stats.Online, w.words.Online)
	add(r.Stats.Likes, w.words.Likes)
	return f
}

// paintChart draws events per half minute of the last hour.
func (w *Window) paintChart(c *cell, x, y, width, height float32, room *model.Room) {
	w.steps = room.Rate.Steps(w.steps[:0], w.now())
	top := int32(1)
	for _, n := range w.steps {
		top = max(top, n)
	}
	const bars = model.RateSteps / 2 // two steps to a bar, so that it can be seen
	bw := width / bars
	c.rect(x, y+height, width, 1, w.palette.edge, 0)
	for i := range bars {
		n := max(w.steps[2*i], w.steps[2*i+1])
		if n == 0 {
			continue
		}
		h := max(1, height*float32(n)/float32(top))
		ink := fade(w.palette.accent, 0x90)
		if i == bars-1 {
			ink = w.palette.accent
		}
		c.rect(x+float32(i)*bw, y+height-h, max(1, bw-1), h, ink, 0)
	}
}

// paintStatus draws the line at the foot of the window.
func (w *Window) paintStatus(c *cell, size fyne.Size) {
	p := w.palette
	c.rect(0, 0, size.Width, size.Height, p.side, 0)
	c.rect(0, 0, size.Width, 1, p.edge, 0)
	room := w.model.Shown()
	x, h := float32(12), size.Height
	put := func(text string, ink color.NRGBA, dot bool) {
		if dot {
			c.rect(x, h/2-3, 7, 7, ink, 3.5)
			x += 13
			ink = p.dim
		}
		x += c.write(x, 1, h, text, 11.5, false, ink) + 18
	}
	if len(w.model.Rooms) == 0 {
		return
	}
	archived, connected := w.archived()
	switch {
	case connected && archived:
		put(w.words.Archived, p.good, true)
	case connected:
		put(w.words.NotArchived, p.bad, true)
	}
	switch {
	case room.Gaps == 0 && connected:
		put(w.words.NoGaps, p.dim, false)
	case room.Gaps > 0:
		put(fmt.Sprintf(w.words.GapsOf, room.Gaps, w.words.span(time.Duration(w.model.Missed(room, w.now()))*time.Millisecond)), p.warn, false)
	}
	put(fmt.Sprintf(w.words.PerSecond, short(room.Rate.PerSecond(w.now()))), p.dim, false)
	if size.Width > 560 {
		put(many(w.words.Comments, int64(room.Totals.Comments), w.words.count(int64(room.Totals.Comments))), p.dim, false)
	}
	if w.relay.on() {
		put(fmt.Sprintf(w.words.Relay.Sign, w.cfg.Relay.State().Subscribers), p.dim, false)
	}
	right := size.Width - 12
	if w.model.Lagged > 0 {
		t := many(w.words.LaggedLine, int64(w.model.Lagged), w.model.Lagged)
		right -= measure(t, 11.5, false)
		c.write(right, 1, h, t, 11.5, false, p.warn)
		right -= 18
	}
	if n := w.frames.droppedLately(); n > 0 && size.Width > 700 {
		t := many(w.words.Dropped, int64(n), n)
		right -= measure(t, 11.5, false)
		c.write(right, 1, h, t, 11.5, false, p.faint)
	}
}

// archived reports whether the rooms on show are being archived; any is false
// when nothing is connected.
func (w *Window) archived() (archived, any bool) {
	if w.unlinked() {
		return false, false
	}
	archived = true
	for _, r := range w.model.Rooms {
		if one := w.model.One(); one != nil && one != r || !r.Status.State.Connected() {
			continue
		}
		any = true
		archived = archived && r.Status.Archived
	}
	return archived, any
}

// trouble returns what is wrong with the rooms on show, worst first: a title,
// what to do, and whether waiting does not help.
func (w *Window) trouble() (title, advice string, bad bool) {
	if l := w.model.Link; w.unlinked() {
		title = w.words.NoRelay
		if l.Until > w.now() {
			title += " · " + fmt.Sprintf(w.words.NextTry, w.words.span(time.Duration(l.Until-w.now())*time.Millisecond))
		}
		why, ok := w.words.LinkProblems[l.Why]
		if !ok {
			why = strings.TrimPrefix(l.Err, "subscriber: ")
		}
		return title, join(fmt.Sprintf(w.words.NoRelayAdvice, l.URL), why), l.Until == 0
	}
	rank := func(s event.State) int {
		switch s {
		case event.StateNotFound, event.StateLocked, event.StateRefused, event.StateRiskControl:
			return 3
		case event.StateWaiting, event.StateStopped:
			return 2
		case event.StateConnecting, event.StateMasked:
			return 1
		}
		return 0
	}
	var worst *model.Room
	for _, r := range w.model.Rooms {
		if one := w.model.One(); one != nil && one != r {
			continue
		}
		if w.model.One() == nil && r.Status.State == event.StateConnecting {
			continue // the list of rooms says so; with many rooms the banner would come and go
		}
		if k := rank(r.Status.State); k > 0 && (worst == nil || k > rank(worst.Status.State)) {
			worst = r
		}
	}
	archived, any := w.archived()
	lost := any && !archived && w.wantArchive
	if worst != nil && (!lost || rank(worst.Status.State) > 1) {
		title, advice = w.words.trouble(&worst.Status, w.now())
		if s := &worst.Status; s.State == event.StateWaiting && s.Cause == event.CauseToken && w.byCode(s.Room) {
			advice = w.words.Account.CodeLost
		} else if there, ok := w.words.MaskedThere[s.Masking]; ok && w.model.Link != nil {
			advice = there
		}
		if w.model.One() == nil {
			title = worst.Name() + " · " + title
		}
		return title, advice, rank(worst.Status.State) == 3
	}
	if lost {
		return w.words.NotArchived + " · " + w.words.Causes[event.CauseDisk], w.words.NotArchivedAdvice, true
	}
	return "", "", false
}

// paintBanner draws what is wrong under the header.
func (w *Window) paintBanner(c *cell, size fyne.Size) {
	title, advice, bad := w.trouble()
	ground, ink := w.palette.warnGround, w.palette.warn
	if bad {
		ground, ink = w.palette.badGround, w.palette.bad
	}
	c.rect(0, 0, size.Width, size.Height, ground, 0)
	c.rect(0, 0, 3, size.Height, ink, 0)
	c.write(16, 5, 20, cutTo(title, 13, true, size.Width-32), 13, true, ink)
	for i, l := range breakLines(advice, 12, size.Width-32) {
		c.write(16, 25+float32(i)*18, 18, l, 12, false, w.palette.text)
	}
}

// bannerHeight is how much room the banner needs; 0 when all is well.
func (w *Window) bannerHeight(width float32) float32 {
	title, advice, _ := w.trouble()
	if title == "" {
		return 0
	}
	if advice == "" {
		return 30
	}
	return 32 + 18*float32(len(breakLines(advice, 12, width-32)))
}
