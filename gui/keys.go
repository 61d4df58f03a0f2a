package gui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// shortcuts connects the keyboard.
func (w *Window) shortcuts() {
	c := w.window.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if !w.anywhere(e.Name) && w.sheet == nil && !w.replay.key(e.Name) && !w.past.key(e.Name) {
			w.list().key(e.Name)
		}
	})
	c.SetOnTypedRune(w.typedRune)
	w.bound = make(map[string]func())
	on := func(key fyne.KeyName, mod fyne.KeyModifier, do func()) {
		s := &desktop.CustomShortcut{KeyName: key, Modifier: mod}
		w.bound[s.ShortcutName()] = do
		c.AddShortcut(s, func(fyne.Shortcut) { do() })
	}
	on(fyne.KeyN, fyne.KeyModifierControl, w.askRoom)
	on(fyne.KeyF, fyne.KeyModifierControl, func() { w.openPage(pageSearch) })
	on(fyne.KeyH, fyne.KeyModifierControl, func() { w.openPage(pagePast) })
	on(fyne.KeyS, fyne.KeyModifierControl, func() { w.past.export() })
	on(fyne.KeyComma, fyne.KeyModifierControl, w.openSettings)
	on(fyne.KeyD, fyne.KeyModifierControl, w.toggleStage)
	on(fyne.KeyR, fyne.KeyModifierControl, w.openRelay)
	on(fyne.KeyG, fyne.KeyModifierControl, w.toggleGifts)
	on(fyne.KeyM, fyne.KeyModifierControl, w.openRoomMenu)
	on(fyne.KeyPageUp, fyne.KeyModifierControl, func() { w.nextRoom(-1) })
	on(fyne.KeyPageDown, fyne.KeyModifierControl, func() { w.nextRoom(1) })
	on(fyne.KeyE, fyne.KeyModifierControl, func() { w.openRules(rulesHighlight) })
	if w.cfg.Account != nil {
		on(fyne.KeyL, fyne.KeyModifierControl, w.openAccount)
	}
	c.AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { w.copyPicked() })
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.notice.takeBack() })
	on(fyne.KeyD, fyne.KeyModifierControl|fyne.KeyModifierShift, w.toggleApart)
	on(fyne.KeyW, fyne.KeyModifierControl, func() { w.window.Close() })
	on(fyne.KeyQ, fyne.KeyModifierControl, func() { w.window.Close() })
	for i, k := range []fyne.KeyName{fyne.Key0, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9} {
		on(k, fyne.KeyModifierControl, func() { w.chooseRoom(i) })
	}
}

// list is the list that keys scroll.
func (w *Window) list() *feedView {
	switch {
	case w.page == pageSearch && w.search.sideOpen:
		return w.search.side
	case w.page == pageSearch:
		return w.search.list
	case w.page == pagePast:
		return w.past.detail.list
	case w.narrow && w.tabs.chosen == tabPaid, !w.narrow && w.paid.picked != nil:
		return w.paid
	}
	return w.chat
}

// anywhere does what keys do wherever the focus is, and reports whether a key
// is one of them.
func (w *Window) anywhere(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyEscape:
		switch {
		case w.sheet != nil:
			w.closeSheet()
		case w.list().picked != nil:
			w.list().choose(nil)
		case w.search.sideOpen && w.page == pageSearch:
			w.search.shutSide()
		case w.page == pagePast:
			w.past.back()
		case w.page != pageLive:
			w.openPage(pageLive)
		default:
			w.window.Canvas().Unfocus() // the keys go to the list again
		}
	case fyne.KeyF12:
		w.saveDiagnostic()
	default:
		return false
	}
	return true
}

// chooseRoom puts the nth room on show, 0 for all.
func (w *Window) chooseRoom(n int) {
	switch {
	case n == 0:
		w.selectRoom(nil)
	case n <= len(w.model.Rooms):
		w.selectRoom(w.model.Rooms[n-1])
	}
	w.side.reveal()
}

// nextRoom puts the room on show that stands so many further down in the list.
func (w *Window) nextRoom(by int) {
	rooms := w.side.rooms()
	if at := slices.Index(rooms, w.model.One()); len(rooms) > 0 {
		w.selectRoom(rooms[min(max(0, at+by), len(rooms)-1)])
		w.side.reveal()
	}
}

// openRoomMenu opens the menu of the room on show.
func (w *Window) openRoomMenu() {
	at := fyne.NewPos(16, headerHeight-8)
	if it := w.side.shown(); it != nil && !w.narrow {
		at = fyne.CurrentApp().Driver().AbsolutePositionForObject(it.button).AddXY(discSize, roomHeight-8)
	}
	w.roomMenu(w.model.One(), at)
}

// copyPicked copies the picked row.
func (w *Window) copyPicked() {
	if r := w.list().picked; r != nil {
		w.copy(w.rowText(r))
	}
}

// field is an entry that leaves the window's own keys to the window.
type field struct {
	widget.Entry
	w    *Window
	keys func(fyne.KeyName) bool // takes those that mean something else here; may be nil
}

func newField(w *Window, hint string) *field {
	f := &field{w: w}
	f.ExtendBaseWidget(f)
	f.SetPlaceHolder(hint)
	return f
}

// TypedKey is called by the toolkit.
func (f *field) TypedKey(e *fyne.KeyEvent) {
	if !f.w.anywhere(e.Name) && (f.keys == nil || !f.keys(e.Name)) {
		f.Entry.TypedKey(e)
	}
}

// TypedShortcut is called by the toolkit.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if do, ok := f.w.bound[s.ShortcutName()]; ok {
		do()
		return
	}
	f.Entry.TypedShortcut(s)
}
