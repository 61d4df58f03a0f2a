package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// shortcuts connects the keyboard.
func (w *Window) shortcuts() {
	c := w.window.Canvas()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			w.closeSheet()
			return
		}
		if w.sheet == nil {
			w.chat.key(e.Name)
		}
	})
	on := func(key fyne.KeyName, mod fyne.KeyModifier, do func()) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: mod}, func(fyne.Shortcut) { do() })
	}
	on(fyne.KeyN, fyne.KeyModifierControl, w.askRoom)
	on(fyne.KeyComma, fyne.KeyModifierControl, w.openSettings)
	on(fyne.KeyW, fyne.KeyModifierControl, func() { w.window.Close() })
	on(fyne.KeyQ, fyne.KeyModifierControl, func() { w.window.Close() })
	for i, k := range []fyne.KeyName{fyne.Key0, fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9} {
		on(k, fyne.KeyModifierControl, func() { w.chooseRoom(i) })
	}
}

// chooseRoom puts the nth room on show, 0 for all.
func (w *Window) chooseRoom(n int) {
	switch {
	case n == 0:
		w.selectRoom(nil)
	case n <= len(w.model.Rooms):
		w.selectRoom(w.model.Rooms[n-1])
	}
}
