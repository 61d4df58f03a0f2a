package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

const tabsHeight = 40

// The tabs. In a wide window gifts have a column of their own, and the stage
// takes the place of the chat.
const (
	tabChat = iota
	tabPaid
	tabStage
	tabCount
)

// tabs choose between chat, gifts and stage in a narrow window.
type tabs struct {
	w      *Window
	chosen int
	items  []*button
	box    *fyne.Container
}

func newTabs(w *Window) *tabs {
	t := &tabs{w: w}
	for i := range tabCount {
		b := newButton(fyne.NewSize(60, tabsHeight), func() { t.choose(i) })
		b.paint = func(c *cell, size fyne.Size) { t.paint(c, size, i, b.over) }
		t.items = append(t.items, b)
	}
	t.box = container.New(sideBySide{}, t.items[0], t.items[1], t.items[2])
	return t
}

// sideBySide gives all the same width, without a seam.
type sideBySide struct{}

// Layout is part of fyne.Layout.
func (sideBySide) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width / float32(len(objects))
	for i, o := range objects {
		o.Move(fyne.NewPos(width*float32(i), 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
}

// MinSize is part of fyne.Layout.
func (sideBySide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		m = m.Max(o.MinSize())
	}
	return fyne.NewSize(m.Width*float32(len(objects)), m.Height)
}

func (t *tabs) choose(i int) {
	t.chosen = i
	t.w.stageChips()
	t.w.root.Refresh()
	t.restyle()
	t.w.stir()
}

// toggleGifts turns a narrow window to the gifts, or back to the chat; in a wide
// one it takes the keys to the gifts, or back.
func (w *Window) toggleGifts() {
	switch {
	case w.page != pageLive:
		return
	case !w.narrow && w.paid.picked != nil:
		w.paid.stick()
		return
	case !w.narrow:
		w.paid.key(fyne.KeyReturn)
		return
	}
	if w.tabs.chosen == tabPaid {
		w.tabs.choose(tabChat)
	} else {
		w.tabs.choose(tabPaid)
	}
}

func (t *tabs) restyle() {
	for _, b := range t.items {
		b.repaint()
	}
}

func (t *tabs) paint(c *cell, size fyne.Size, i int, over bool) {
	p := t.w.palette
	text, ink := t.w.words.Chat, p.dim
	switch i {
	case tabStage:
		text = t.w.words.Stage.Tab
	case tabPaid:
		text = t.w.words.Paid
		if m := t.w.model.Shown().Totals.Money(); m > 0 {
			text += "  " + money(m)
		}
	}
	if over {
		c.rect(0, 0, size.Width, size.Height, p.hover, 0)
	}
	c.rect(0, size.Height-1, size.Width, 1, p.edge, 0)
	if i == t.chosen {
		ink = p.accent
		c.rect(0, size.Height-2, size.Width, 2, p.accent, 0)
	}
	text = cutTo(text, 13, true, size.Width-12)
	c.write((size.Width-measure(text, 13, true))/2, 0, size.Height-2, text, 13, true, ink)
}
