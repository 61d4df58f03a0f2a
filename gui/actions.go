package gui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"danmaku/event"
	"danmaku/gui/model"
)

// joinTimeout bounds how long finding a room may take.
const joinTimeout = 30 * time.Second

// addressEntry is a field for a room: its number or address. Enter joins.
func (w *Window) addressEntry(joined func()) (entry *field, hint *prose, act func()) {
	entry = newField(w, w.words.AddRoomHint)
	hint = newProse(w.words.AddRoomHelp, dimInk)
	hint.restyle(w.palette)
	act = func() {
		id, err := model.ParseAddress(entry.Text)
		switch {
		case errors.Is(err, model.ErrShortAddress):
			hint.say(w.words.ShortAddress, badInk)
			return
		case err != nil:
			hint.say(w.words.BadAddress, badInk)
			return
		}
		hint.say(w.words.Joining, dimInk)
		entry.Disable()
		w.join(id, true, func(status event.Status, err error) {
			entry.Enable()
			if err != nil {
				hint.say(w.words.joinError(&status, err, w.now()), badInk)
				if status.State == event.StateNotFound {
					w.unfound[id] = struct{}{}
					w.drop(id)
				}
				return
			}
			entry.SetText("")
			hint.say(w.words.AddRoomHelp, dimInk)
			joined()
		})
	}
	entry.OnSubmitted = func(string) { act() }
	return entry, hint, act
}

// askRoom opens the sheet that adds a room.
func (w *Window) askRoom() {
	entry, hint, act := w.addressEntry(w.closeSheet)
	paste := newChip("", pasteIcon(), func() { entry.SetText(w.cfg.App.Clipboard().Content()) }).with(chipPlain)
	add := newChip(w.words.Add, nil, act)
	for _, c := range []*chip{paste, add} {
		c.restyle(w.palette)
	}
	row := container.NewBorder(nil, nil, nil, container.NewHBox(paste, add), entry)
	w.openSheet(w.words.AddRoomTitle, container.NewBorder(row, nil, nil, nil, hint), 460, 190)
	w.window.Canvas().Focus(entry)
}

// join watches a room, and puts it on show if that is asked for; done is called
// on the goroutine that draws.
func (w *Window) join(id event.RoomID, show bool, done func(event.Status, error)) {
	ctx := w.ctx
	delete(w.unfound, id)
	w.spawn(func() {
		ctx, cancel := context.WithTimeout(ctx, joinTimeout)
		defer cancel()
		status, err := w.cfg.Backend.Join(ctx, id)
		w.do(func() {
			if err == nil && status.Room != 0 {
				w.merge(w.model.Apply([]Item{{Status: &status}}, w.now()))
				w.rememberRoom(status.Room, true)
				if show || status.Room == w.wanted {
					w.selectRoom(w.model.Room(status.Room))
				}
			}
			done(status, err)
		})
	})
}

// unlisted leaves out what is told of rooms that were asked for and do not
// exist: they are not in the list.
func (w *Window) unlisted(items []Item) []Item {
	if len(w.unfound) == 0 {
		return items
	}
	return slices.DeleteFunc(items, func(i Item) bool {
		if i.Status == nil {
			return false
		}
		_, ok := w.unfound[i.Status.Room]
		return ok
	})
}

func (w *Window) rememberRoom(id event.RoomID, watched bool) {
	rooms := slices.Clone(w.settings.Rooms)
	switch at := slices.Index(rooms, id); {
	case watched && at < 0:
		rooms = append(rooms, id)
	case !watched && at >= 0:
		rooms = slices.Delete(rooms, at, at+1)
	}
	w.settings.Rooms = rooms // in the order of the list, also when one is asked for again
	if w.cfg.Restore {
		w.model.Order = rooms
	}
	w.remember()
}

// leave stops watching a room.
func (w *Window) leave(id event.RoomID) {
	ctx := w.ctx
	w.rememberRoom(id, false)
	w.spawn(func() {
		ctx, cancel := context.WithTimeout(ctx, joinTimeout)
		defer cancel()
		err := w.cfg.Backend.Leave(ctx, id)
		w.do(func() {
			if err != nil {
				w.cfg.Log.Warn("leaving a room failed", "room", id, "err", err)
			}
			w.drop(id)
		})
	})
}

// drop takes a room off the list; what is on show stays as it is, unless it is
// that room.
func (w *Window) drop(id event.RoomID) {
	shown := w.model.Shown()
	w.model.Leave(id)
	if w.model.Shown() != shown {
		w.selectRoom(w.model.Selected)
	}
	w.refreshSlow()
}

func roomURL(id event.RoomID) string { return "https://live.bilibili.com/" + id.String() }

// roomMenu opens the menu of a room.
func (w *Window) roomMenu(r *model.Room, at fyne.Position) {
	if r == nil {
		return
	}
	if r.Replay {
		w.popMenu([]*fyne.MenuItem{fyne.NewMenuItem(w.words.Past.Leave, w.replay.end)}, at)
		return
	}
	id := r.Status.Room
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(w.words.OpenInBrowser, func() {
			w.open(roomURL(id))
		}),
		fyne.NewMenuItem(w.words.CopyAddress, func() { w.copy(roomURL(id)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(w.words.LeaveRoom, func() { w.leave(id) }),
	}
	w.popMenu(items, at)
}

// open shows something outside of the window.
func (w *Window) open(what string) {
	if w.cfg.Open == nil {
		return
	}
	if err := w.cfg.Open(what); err != nil {
		w.cfg.Log.Warn("nothing to open it with", "err", err)
	}
}

func (w *Window) popMenu(items []*fyne.MenuItem, at fyne.Position) {
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), w.window.Canvas(), at)
}

func (w *Window) copy(s string) { w.cfg.App.Clipboard().SetContent(s) }

// rowMenu opens the menu of a row at a place, or above what of the row is over it.
func (w *Window) rowMenu(r *model.Row, at fyne.Position, over float32) {
	var items []*fyne.MenuItem
	if w.page == pageSearch {
		items = append(items, fyne.NewMenuItem(w.words.Around, func() { w.search.around(r) }), fyne.NewMenuItemSeparator())
	}
	items = append(items, fyne.NewMenuItem(w.words.Copy, func() { w.copy(w.rowText(r)) }))
	if r.Text != "" {
		items = append(items, fyne.NewMenuItem(w.words.CopyText, func() { w.copy(r.Text) }))
	}
	if r.Mine() && r.Name != "" {
		items = append(items, fyne.NewMenuItem(w.words.CopyName, func() { w.copy(r.Name) }))
	}
	if r.Mine() && (r.UserID != "" || r.Name != "") {
		items = append(items, fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(w.words.AllOfPerson, func() { w.openPerson(r) }),
			w.ruleItem(&w.settings.Highlights, r, w.words.HighlightPerson, w.words.NoHighlight, w.words.Highlighted, w.words.NotHighlighted),
			w.ruleItem(&w.settings.Mutes, r, w.words.MutePerson, w.words.NoMute, w.words.Muted, w.words.NotMuted),
			w.alertItem(r),
			fyne.NewMenuItem(w.words.NotePerson, func() { w.askNote(r) }))
	}
	if c := w.window.Canvas(); over > 0 { // where it does not fit below, the toolkit would lay it over the row
		if h := widget.NewPopUpMenu(fyne.NewMenu("", items...), c).MinSize().Height; at.Y+h > c.Size().Height && at.Y-over-h >= 0 {
			at.Y -= over + h
		}
	}
	w.popMenu(items, at)
}

// rowText is a row as a line of text.
func (w *Window) rowText(r *model.Row) string {
	at := r.At.Time().Format("15:04:05")
	switch r.Kind {
	case model.RowComment:
		return at + " " + w.chatPen.name(r) + ": " + r.Text
	case model.RowSuperChat:
		return at + " " + w.chatPen.name(r) + " " + money(r.Price) + ": " + r.Text
	case model.RowGuard:
		return strings.TrimSpace(at + " " + w.chatPen.name(r) + " " + w.words.guardBought(r) + " " + money(r.Price))
	case model.RowGift:
		return fmt.Sprintf("%s %s: %s × %d %s", at, w.chatPen.name(r), r.Item, r.Count, money(r.Price))
	}
	return at + " " + w.words.line(r)
}

// openRooms lists the rooms over a narrow window.
func (w *Window) openRooms() {
	list := container.NewVBox()
	add := func(r *model.Room) {
		b := newButton(fyne.NewSize(240, roomHeight), func() {
			w.closeSheet()
			w.selectRoom(r)
		})
		b.paint = func(c *cell, size fyne.Size) { w.paintRoom(c, size, r, b.over) }
		b.menu = func(at fyne.Position) { w.roomMenu(r, at) }
		list.Add(b)
	}
	if len(w.model.Rooms) > 1 {
		add(nil)
	}
	for _, r := range w.model.Rooms {
		add(r)
	}
	if r := w.model.Replay; r != nil {
		add(r)
	}
	more := newChip(w.words.AddRoom, addIcon(), w.askRoom).with(chipPlain)
	settings := newChip(w.words.Settings, settingsIcon(), w.openSettings).with(chipPlain)
	for _, c := range []*chip{more, settings} {
		c.restyle(w.palette)
	}
	foot := container.NewGridWithColumns(2, more, settings)
	size := w.window.Canvas().Size()
	height := min(float32(len(list.Objects))*(roomHeight+4)+130, size.Height-24)
	w.openSheet(w.words.AllRooms, container.NewBorder(nil, container.New(padded{top: 8}, foot), nil, nil, container.NewVScroll(list)), 380, height)
}
