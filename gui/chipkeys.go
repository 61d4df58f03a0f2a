package gui

import "fyne.io/fyne/v2"

// Chips can be reached by the tabulator and pressed by the keyboard. Keys that
// are not theirs go where they would go if nothing had the focus.

// FocusGained shows that keys go to the chip.
func (c *chip) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost shows that they no longer do.
func (c *chip) FocusLost() { c.focused = false; c.Refresh() }

// TypedKey presses the chip by Enter and space.
func (c *chip) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.Tapped(nil)
		return
	}
	if on := fyne.CurrentApp().Driver().CanvasForObject(c); on != nil && on.OnTypedKey() != nil {
		on.OnTypedKey()(e)
	}
}

// TypedRune passes letters on.
func (c *chip) TypedRune(r rune) {
	if on := fyne.CurrentApp().Driver().CanvasForObject(c); r != ' ' && on != nil && on.OnTypedRune() != nil {
		on.OnTypedRune()(r)
	}
}
