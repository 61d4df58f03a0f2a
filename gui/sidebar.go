package gui

import (
	"fmt"
	"hash/fnv"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	sidebarWide   = 232
	sidebarSlim   = 64
	roomHeight    = 54
	discSize      = 36
	sidebarFooter = 48
)

// sidebar lists the rooms: all of them first, then one by one.
type sidebar struct {
	w      *Window
	box    *fyne.Container
	list   *fyne.Container
	scroll *container.Scroll
	ground *pane
	items  []*roomItem
	add    *chip
	gear   *chip
	slim   bool
}

// roomItem is one entry; its room is nil for all rooms.
type roomItem struct {
	*button
	room *model.Room
}

func newSidebar(w *Window) *sidebar {
	s := &sidebar{w: w, list: newStill()}
	s.scroll = container.NewVScroll(s.list)
	s.add = newChip("", theme.ContentAddIcon(), w.askRoom).with(chipPlain)
	s.gear = newChip("", theme.SettingsIcon(), w.openSettings).with(chipBare)
	s.ground = newPane(fyne.Size{}, func(c *cell, size fyne.Size) {
		c.rect(0, 0, size.Width, size.Height, w.palette.side, 0)
		c.rect(size.Width-1, 0, 1, size.Height, w.palette.edge, 0)
	})
	s.box = container.New(s, s.ground, s.scroll, s.add, s.gear)
	return s
}

// Layout arranges the sidebar; it is part of fyne.Layout.
func (s *sidebar) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s.slim = size.Width < 120
	s.ground.Resize(size)
	s.scroll.Move(fyne.NewPos(0, 8))
	s.scroll.Resize(fyne.NewSize(size.Width-1, max(0, size.Height-sidebarFooter-8-s.extra())))
	y := size.Height - sidebarFooter + 8
	if s.slim {
		s.add.Move(fyne.NewPos((size.Width-40)/2, y-40))
		s.add.Resize(fyne.NewSize(40, 32))
		s.gear.Move(fyne.NewPos((size.Width-40)/2, y))
		s.gear.Resize(fyne.NewSize(40, 32))
	} else {
		s.add.Move(fyne.NewPos(10, y))
		s.add.Resize(fyne.NewSize(size.Width-10-52, 32))
		s.gear.Move(fyne.NewPos(size.Width-46, y))
		s.gear.Resize(fyne.NewSize(36, 32))
	}
	s.words()
	s.refresh()
}

func (s *sidebar) extra() float32 {
	if s.slim {
		return 40
	}
	return 0
}

// MinSize is part of fyne.Layout.
func (s *sidebar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(sidebarSlim, 100) }

func (s *sidebar) words() {
	if s.slim {
		s.add.setText("")
	} else {
		s.add.setText(s.w.words.AddRoom)
	}
}

func (s *sidebar) restyle() {
	s.words()
	s.add.restyle(s.w.palette)
	s.gear.restyle(s.w.palette)
	s.ground.repaint()
	s.refresh()
}

// rooms are those listed, in their order: nil, all of them, when there are
// several, and last the replay.
func (s *sidebar) rooms() []*model.Room {
	var list []*model.Room
	if len(s.w.model.Rooms) > 1 {
		list = append(list, nil)
	}
	list = append(list, s.w.model.Rooms...)
	if r := s.w.model.Replay; r != nil {
		list = append(list, r)
	}
	return list
}

// shown is the entry of what is on show, or nil.
func (s *sidebar) shown() *roomItem {
	for _, it := range s.items {
		if it.Visible() && it.room == s.w.model.One() {
			return it
		}
	}
	return nil
}

// reveal scrolls the list to what is on show.
func (s *sidebar) reveal() {
	s.refresh()
	it := s.shown()
	if it == nil {
		return
	}
	top, height := it.Position().Y, s.scroll.Size().Height
	if s.scroll.Offset.Y > top || s.scroll.Offset.Y+height < top+roomHeight {
		s.scroll.ScrollToOffset(fyne.NewPos(0, min(max(0, top-height/2), max(0, s.list.Size().Height-height))))
	}
}

// refresh brings the entries up to date with the model.
func (s *sidebar) refresh() {
	rooms := s.rooms()
	several := len(rooms) > 0 && rooms[0] == nil
	if several {
		rooms = rooms[1:]
	}
	n := len(rooms) + 1
	for len(s.items) < n {
		it := &roomItem{button: newButton(fyne.NewSize(sidebarSlim, roomHeight), nil)}
		it.tapped = func() { s.w.selectRoom(it.room) }
		it.menu = func(at fyne.Position) { s.w.roomMenu(it.room, at) }
		it.paint = func(c *cell, size fyne.Size) { s.w.paintRoom(c, size, it.room, it.over) }
		s.items = append(s.items, it)
		s.list.Objects = append(s.list.Objects, it.button)
	}
	width := s.scroll.Size().Width
	for i, it := range s.items {
		if i >= n || i == 0 && !several {
			it.Hide()
			continue
		}
		it.room = nil
		if i > 0 {
			it.room = rooms[i-1]
		}
		k := i
		if !several {
			k--
		}
		it.Show()
		it.Move(fyne.NewPos(0, float32(k*roomHeight)))
		it.Resize(fyne.NewSize(width, roomHeight))
		it.repaint()
	}
	total := fyne.NewSize(width, float32(n*roomHeight))
	s.list.Layout = tall(total.Height)
	s.list.Resize(total)
}

// tall is a still layout that asks for a height.
type tall float32

func (tall) Layout([]fyne.CanvasObject, fyne.Size)   {}
func (t tall) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, float32(t)) }

// roomColor gives a room a colour of its own.
func roomColor(id event.RoomID) color.NRGBA {
	if id == 0 {
		return rgb(0x5b6374)
	}
	h := fnv.New32a()
	fmt.Fprint(h, int64(id))
	return rgb([...]uint32{0x3b82c4, 0x2f9e6b, 0xb8772a, 0x8a5cc9, 0x1f8f97, 0xc24f5f, 0x6d7f22, 0x5a62d6, 0xc04a90, 0x4f8379}[h.Sum32()%10])
}

// stateColor is the colour of the dot beside a room.
func (w *Window) stateColor(s *event.Status) color.NRGBA {
	if w.unlinked() { // this was the last that was heard
		return w.palette.faint
	}
	switch s.State {
	case event.StateOnline, event.StateMasked:
		return w.palette.good
	case event.StateOffline:
		return w.palette.faint
	case event.StateConnecting, event.StateWaiting:
		return w.palette.warn
	}
	return w.palette.bad
}

// paintRoom draws one entry of the sidebar, or of the list of rooms of a
// narrow window. room is nil for all rooms.
func (w *Window) paintRoom(c *cell, size fyne.Size, room *model.Room, over bool) {
	p := w.palette
	chosen := w.model.One() == room
	if chosen {
		c.rect(6, 2, size.Width-12, size.Height-4, p.chosen, 8)
	} else if over {
		c.rect(6, 2, size.Width-12, size.Height-4, p.hover, 8)
	}
	x, y := float32(14), (size.Height-discSize)/2
	name, line, ink, unread := w.words.AllRooms, "", p.dim, 0
	dot := color.NRGBA{}
	if room == nil {
		line = w.connected()
		c.disc(x, y, discSize, "∞", roomColor(0))
		for _, r := range w.model.Rooms {
			unread += r.Unread
		}
		if w.model.One() == nil {
			unread = 0
		}
	} else {
		s := &room.Status
		name, unread = room.Name(), room.Unread
		line = model.CleanText(s.Title)
		if title, _ := w.words.trouble(s, w.now()); title != "" {
			line = w.words.state(s)
			if s.State != event.StateMasked {
				ink = w.stateColor(s)
			}
		} else if !s.Live {
			line = w.words.state(s)
		}
		dot = w.stateColor(s)
		if room.Replay {
			line, ink, dot = w.replay.line(), p.warn, p.warn
		}
		c.disc(x, y, discSize, name, roomColor(s.Room))
	}
	if dot.A > 0 {
		ground := p.side
		if chosen {
			ground = p.chosen
		} else if over {
			ground = p.hover
		}
		c.rect(x+discSize-12, y+discSize-12, 14, 14, ground, 7)
		c.rect(x+discSize-10, y+discSize-10, 10, 10, dot, 5)
	}
	slim := size.Width < 120
	right := size.Width - 16
	if unread > 0 {
		text := fmt.Sprint(min(unread, 99))
		if unread > 99 {
			text = "99+"
		}
		bw := max(18, measure(text, 10.5, true)+10)
		bx, by := right-bw, size.Height/2-9
		if slim {
			bx, by = x+discSize-bw+8, y-5
		}
		c.rect(bx, by, bw, 18, p.accent, 9)
		c.write(bx+(bw-measure(text, 10.5, true))/2, by, 18, text, 10.5, true, p.onAccent)
		right -= bw + 8
	}
	if slim {
		return
	}
	x += discSize + 11
	c.write(x, y-2, 21, cutTo(name, 13.5, true, right-x), 13.5, true, p.text)
	c.write(x, y+18, 18, cutTo(line, 11.5, false, right-x), 11.5, false, ink)
}

// connected says how many rooms are connected.
func (w *Window) connected() string {
	if w.unlinked() {
		return w.words.NoRelay
	}
	n, all := 0, 0
	for _, r := range w.model.Rooms {
		all++
		if r.Status.State.Connected() {
			n++
		}
	}
	if all == 0 {
		return ""
	}
	if n == all {
		return w.words.AllConnected
	}
	return fmt.Sprintf(w.words.SomeConnected, n, all)
}
