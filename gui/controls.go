package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// The toolkit's own controls keep every key while they have the focus: Escape
// would no longer close a sheet. These leave the window's keys to the window, and
// Enter does with them what space does.

// check is a box to tick.
type check struct {
	widget.Check
	w *Window
}

func newCheck(w *Window, text string, changed func(bool)) *check {
	c := &check{w: w}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey is called by the toolkit.
func (c *check) TypedKey(e *fyne.KeyEvent) {
	if isEnter(e.Name) {
		c.TypedRune(' ')
		return
	}
	c.w.anywhere(e.Name)
}

// choice is a list of which one is chosen.
type choice struct {
	widget.Select
	w *Window
}

func newChoice(w *Window, names []string, chosen int) *choice {
	c := &choice{w: w}
	c.Options, c.PlaceHolder = names, " "
	c.ExtendBaseWidget(c)
	c.SetSelectedIndex(chosen)
	return c
}

// TypedKey is called by the toolkit.
func (c *choice) TypedKey(e *fyne.KeyEvent) {
	if isEnter(e.Name) {
		e = &fyne.KeyEvent{Name: fyne.KeySpace}
	}
	if !c.w.anywhere(e.Name) {
		c.Select.TypedKey(e)
	}
}

// slider is a number to slide.
type slider struct {
	widget.Slider
	w *Window
}

func newSlider(w *Window, low, high, step, value float64) *slider {
	s := &slider{w: w}
	s.Min, s.Max, s.Step, s.Value = low, high, step, value
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey is called by the toolkit.
func (s *slider) TypedKey(e *fyne.KeyEvent) {
	if !s.w.anywhere(e.Name) {
		s.Slider.TypedKey(e)
	}
}

func isEnter(k fyne.KeyName) bool { return k == fyne.KeyReturn || k == fyne.KeyEnter }
