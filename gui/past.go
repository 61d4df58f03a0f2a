package gui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	pastTimeout  = 2 * time.Minute
	pastRooms    = 40  // rooms whose broadcasts are listed together
	pastListed   = 300 // broadcasts in the list
	pastItemHigh = 62
	pastListWide = 300
	pastWide     = 720 // from here on list and broadcast stand side by side
)

// pastPage is the page of broadcasts: their list, and the one that was chosen.
type pastPage struct {
	w      *Window
	box    *fyne.Container
	ground *pane
	leave  *chip
	choose *chip // which room
	list   *fyne.Container
	scroll *container.Scroll
	empty  *prose
	lacks  *prose // what the archive cannot give; under the list
	items  []*button
	detail *pastDetail

	reading    task
	rooms      []model.PastRoom
	room       event.RoomID // 0: all
	broadcasts []model.Broadcast
	chosen     int // -1: none
	opened     bool
}

func newPast(w *Window) *pastPage {
	p := &pastPage{w: w, chosen: -1, list: newStill(), empty: newMessage()}
	p.scroll = container.NewVScroll(p.list)
	p.ground = newPane(fyne.Size{}, p.paint)
	p.lacks = newProse("", dimInk)
	p.lacks.size = 12
	p.leave = newChip("", theme.NavigateBackIcon(), p.back).with(chipBare)
	p.choose = newChip("", theme.MenuDropDownIcon(), p.chooseRoom).with(chipPlain)
	p.detail = newPastDetail(w)
	p.box = container.New(p, p.ground, p.leave, p.choose, p.scroll, p.empty, p.lacks, p.detail.box)
	return p
}

// Layout is part of fyne.Layout.
func (p *pastPage) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
	place(p.ground, 0, 0, size.Width, size.Height)
	wide := size.Width > pastWide
	left := size.Width
	if wide {
		left = pastListWide
	}
	place(p.leave, 8, 10, 34, 36)
	place(p.choose, 48, 12, min(p.choose.MinSize().Width, left-58), 32)
	foot := float32(0)
	if p.lacks.text != "" {
		place(p.lacks, 16, 0, left-32, 20) // its width says how high it is
		foot = p.lacks.height + 16
		place(p.lacks, 16, size.Height-foot+8, left-32, p.lacks.height)
	}
	place(p.scroll, 0, 56, left-1, size.Height-56-foot)
	place(p.empty, 0, 56, left-1, size.Height-56)
	alone := !wide && p.chosen >= 0 // one at a time
	for _, o := range []fyne.CanvasObject{p.choose, p.scroll} {
		show(o, !alone)
	}
	show(p.lacks, !alone && p.lacks.text != "")
	show(p.empty, !alone && len(p.broadcasts) == 0)
	show(p.detail.box, wide && len(p.broadcasts) > 0 || alone) // else there is nothing to choose from
	if wide {
		place(p.detail.box, left, 0, size.Width-left, size.Height)
	} else {
		place(p.detail.box, 0, 46, size.Width, size.Height-46)
	}
	p.fill()
}

// MinSize is part of fyne.Layout.
func (p *pastPage) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 200) }

// show makes a part of a page visible or not.
func show(o fyne.CanvasObject, on bool) {
	if on != o.Visible() {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

func (p *pastPage) paint(c *cell, size fyne.Size) {
	ink := p.w.palette
	if size.Width > pastWide {
		c.rect(pastListWide-1, 0, 1, size.Height, ink.edge, 0)
	}
}

func (p *pastPage) restyle() {
	w := p.w
	p.leave.restyle(w.palette)
	p.choose.restyle(w.palette)
	p.empty.restyle(w.palette)
	p.lacks.restyle(w.palette)
	p.ground.repaint()
	p.detail.restyle()
	p.say()
}

// open shows the page and reads the list anew; a list that is there already
// stays until the new one has come.
func (p *pastPage) open() {
	if !p.opened {
		p.opened = true
		if r := p.w.model.One(); r != nil && !r.Replay {
			p.room = r.Status.Room
		}
	}
	p.read()
}

// close gives up reading the list. What is being found out about the broadcast
// on show goes on: it is there when the page is opened again.
func (p *pastPage) close() { p.reading.stop() }

// key does what a key does on the page, and reports whether it is one of its
// own.
func (p *pastPage) key(k fyne.KeyName) bool {
	if p.w.page != pagePast {
		return false
	}
	switch k {
	case fyne.KeyLeft:
		p.pick(max(p.chosen-1, min(0, len(p.broadcasts)-1)))
	case fyne.KeyRight:
		p.pick(min(p.chosen+1, len(p.broadcasts)-1))
	case fyne.KeyReturn, fyne.KeyEnter:
		if p.detail.on {
			p.detail.play.tap()
		}
	default:
		return false
	}
	return true
}

// export opens the sheet that writes the chosen broadcast to a file.
func (p *pastPage) export() {
	if p.w.page == pagePast && p.detail.on {
		p.detail.export.tap()
	}
}

// back leaves the broadcast in a narrow window, then the page.
func (p *pastPage) back() {
	if p.chosen >= 0 && p.box.Size().Width <= pastWide {
		p.pick(-1)
		return
	}
	p.w.openPage(pageLive)
}

// read asks the archive for the rooms and the broadcasts of the chosen one.
func (p *pastPage) read() {
	if p.w.cfg.Archive == nil {
		p.empty.set(p.w.words.Past.NoArchive)
		return
	}
	if len(p.broadcasts) == 0 {
		p.empty.set(p.w.words.Past.Loading)
	}
	room := p.room
	p.reading.start(p.w, pastTimeout, func(ctx context.Context, show func(func())) {
		rooms, list, err := readPast(ctx, p.w.cfg.Archive, room)
		show(func() { p.answer(rooms, list, err) })
	})
}

// readPast reads the rooms of an archive, and the broadcasts of one of them or
// of all, the newest first.
func readPast(ctx context.Context, a Archive, room event.RoomID) (rooms []model.PastRoom, list []model.Broadcast, err error) {
	rooms, err = a.Rooms(ctx)
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(rooms, func(x, y model.PastRoom) int { return int(y.To - x.To) })
	n := 0
	for _, r := range rooms {
		if room != 0 && r.Room != room {
			continue
		}
		if n++; n > pastRooms {
			break
		}
		told, err := a.Broadcasts(ctx, r.Room)
		if err != nil {
			return rooms, nil, err
		}
		step := model.ListStep(r.From, r.To)
		from := r.From - r.From%step
		steps, err := a.Timeline(ctx, r.Room, from, r.To+step, step)
		if err != nil {
			return rooms, nil, err
		}
		list = append(list, model.Past(r, told, steps, step)...)
	}
	slices.SortStableFunc(list, func(x, y model.Broadcast) int { return int(y.From - x.From) })
	return rooms, list[:min(len(list), pastListed)], nil
}

func (p *pastPage) answer(rooms []model.PastRoom, list []model.Broadcast, err error) {
	if rooms != nil {
		p.rooms = rooms
	}
	known := slices.ContainsFunc(p.rooms, func(r model.PastRoom) bool { return r.Room == p.room })
	if p.room != 0 && !known && err == nil { // the room on show has no past yet
		p.room = 0
		p.read()
		return
	}
	var kept *model.Broadcast
	if p.chosen >= 0 {
		kept = &p.broadcasts[p.chosen]
	}
	p.broadcasts, p.chosen = list, -1
	if kept != nil {
		p.chosen = slices.IndexFunc(list, func(b model.Broadcast) bool { return within(kept, &b) })
	}
	p.empty.set(p.w.words.Past.Empty)
	if err != nil {
		p.empty.set(p.w.words.pastError(err))
	}
	lacks := ""
	if slices.Contains(p.w.cfg.Archive.Lacks(), LacksRooms) {
		lacks = p.w.words.Past.OnlyWatched
	}
	p.lacks.set(lacks)
	p.say()
	p.box.Refresh()
	if p.chosen < 0 && len(list) > 0 && p.box.Size().Width > pastWide {
		p.pick(0)
	}
}

// trimmed takes over when a broadcast of the list really began and ended.
func (p *pastPage) trimmed(b *model.Broadcast) {
	if p.chosen >= 0 && p.chosen < len(p.broadcasts) && within(b, &p.broadcasts[p.chosen]) {
		p.broadcasts[p.chosen] = *b
		p.fill()
	}
}

// within reports whether a broadcast is the rough one, looked at more closely.
func within(b, rough *model.Broadcast) bool {
	return b.Room == rough.Room && b.From >= rough.From && b.From < rough.To
}

// pastError says why the past could not be read.
func (w *words) pastError(err error) string {
	if errors.Is(err, ErrNoArchive) {
		return w.Past.RelayNoArchive
	}
	return fmt.Sprintf(w.Past.Failed, w.reason(err))
}

// say brings the texts up to date with what is there.
func (p *pastPage) say() {
	name := p.w.words.Past.ChooseRoom
	if p.room != 0 {
		name = p.roomName(p.room)
	}
	p.choose.setText(cutTo(name, 13, false, pastListWide-120))
	p.fill()
}

func (p *pastPage) roomName(id event.RoomID) string {
	if r := p.w.model.Room(id); r != nil && r.Status.Streamer != "" {
		return r.Name()
	}
	for i := range p.rooms {
		if p.rooms[i].Room == id {
			return p.rooms[i].Name()
		}
	}
	return id.String()
}

// chooseRoom opens the menu of rooms.
func (p *pastPage) chooseRoom() {
	to := func(id event.RoomID) func() {
		return func() {
			p.room = id
			p.chosen, p.broadcasts = -1, nil
			p.detail.clear()
			p.say()
			p.read()
		}
	}
	items := []*fyne.MenuItem{fyne.NewMenuItem(p.w.words.Past.ChooseRoom, to(0)), fyne.NewMenuItemSeparator()}
	for i := range p.rooms {
		r := &p.rooms[i]
		items = append(items, fyne.NewMenuItem(cutTo(p.roomName(r.Room), 14, false, 220), to(r.Room)))
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.choose)
	p.w.popMenu(items, at.AddXY(0, p.choose.Size().Height+4))
}

// fill brings the list up to date.
func (p *pastPage) fill() {
	width := p.scroll.Size().Width
	for len(p.items) < len(p.broadcasts) {
		i := len(p.items)
		b := newButton(fyne.NewSize(100, pastItemHigh), func() { p.pick(i) })
		b.paint = func(c *cell, size fyne.Size) { p.paintItem(c, size, i, b.over) }
		p.items = append(p.items, b)
		p.list.Objects = append(p.list.Objects, b)
	}
	for i, b := range p.items {
		if i >= len(p.broadcasts) {
			b.Hide()
			continue
		}
		b.Show()
		b.Move(fyne.NewPos(0, float32(i*pastItemHigh)))
		b.Resize(fyne.NewSize(width, pastItemHigh))
		b.repaint()
	}
	height := float32(len(p.broadcasts)*pastItemHigh + 8)
	p.list.Layout = tall(height)
	p.list.Resize(fyne.NewSize(width, height))
	p.scroll.Refresh()
}

func (p *pastPage) paintItem(c *cell, size fyne.Size, i int, over bool) {
	if i >= len(p.broadcasts) {
		return
	}
	ink, b := p.w.palette, &p.broadcasts[i]
	switch {
	case i == p.chosen:
		c.rect(6, 2, size.Width-12, size.Height-4, ink.chosen, 8)
	case over:
		c.rect(6, 2, size.Width-12, size.Height-4, ink.hover, 8)
	}
	title, bold := p.w.broadcastTitle(b), b.Title != ""
	shade := ink.text
	if !bold {
		shade = ink.dim
	}
	if p.room == 0 {
		title = p.roomName(b.Room) + " · " + title
	}
	right := size.Width - 16
	c.write(16, 8, 22, cutTo(title, 13.5, bold, right-16), 13.5, bold, shade)
	c.write(16, 30, 20, cutTo(p.w.broadcastTime(b), 11.5, false, right-16-64), 11.5, false, ink.dim)
	count := p.w.words.count(b.Comments)
	c.write(right-measure(count, 11.5, true), 30, 20, count, 11.5, true, ink.accent)
}

// broadcastTitle is what to call a broadcast.
func (w *Window) broadcastTitle(b *model.Broadcast) string {
	switch title := model.CleanText(b.Title); {
	case title != "":
		return title
	case b.Told:
		return w.words.Past.Untitled
	}
	return w.words.Past.Stretch
}

// broadcastTime says when a broadcast was, and how long.
func (w *Window) broadcastTime(b *model.Broadcast) string {
	from := b.From.Time()
	layout := "2006-01-02 15:04"
	if from.Year() == time.Now().Year() {
		layout = "01-02 15:04"
	}
	about := ""
	if b.Rough {
		about = "~"
	}
	return from.Format(layout) + " · " + about + w.words.span(time.Duration(b.To-b.From)*time.Millisecond)
}

// pick shows a broadcast of the list, -1 none.
func (p *pastPage) pick(i int) {
	p.chosen = i
	if i >= 0 {
		p.detail.show(p.broadcasts[i])
	} else {
		p.detail.clear()
	}
	p.Layout(nil, p.box.Size())
	p.w.stir()
}
