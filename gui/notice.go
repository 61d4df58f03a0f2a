package gui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// noticeTime is how long a notice stays.
const noticeTime = 8 * time.Second

// notice says for a while what was just done, and undoes it; or it says something
// until it has been seen.
type notice struct {
	w     *Window
	box   *fyne.Container
	text  *pane
	undo  *chip
	say   string
	until time.Time
	stays bool // until it is answered: there is nothing to undo
}

func newNotice(w *Window) *notice {
	n := &notice{w: w}
	n.text = newPane(fyne.NewSize(80, 40), func(c *cell, size fyne.Size) {
		r := c.rect(0, 0, size.Width, size.Height, w.palette.raised, 10)
		r.StrokeWidth, r.StrokeColor = 1, w.palette.edge
		c.write(14, 0, size.Height, cutTo(n.say, 13, false, size.Width-n.undo.MinSize().Width-34), 13, false, w.palette.text)
	})
	n.undo = newChip("", nil, nil).with(chipBare)
	n.box = container.New(n, n.text, n.undo)
	n.box.Hide()
	return n
}

// Layout is part of fyne.Layout.
func (n *notice) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	n.text.Resize(size)
	m := n.undo.MinSize()
	n.undo.Resize(m)
	n.undo.Move(fyne.NewPos(size.Width-m.Width-6, (size.Height-m.Height)/2))
}

// MinSize is part of fyne.Layout.
func (n *notice) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(measure(n.say, 13, false)+n.undo.MinSize().Width+36, 40)
}

// show says something, and offers to undo it.
func (n *notice) show(text string, undo func()) {
	n.until, n.stays = time.Now().Add(noticeTime), false
	n.open(text, func() {
		n.hide()
		undo()
	})
}

// tell says something until it is answered.
func (n *notice) tell(text string) {
	n.stays = true
	n.open(text, n.hide)
}

func (n *notice) open(text string, answer func()) {
	w := n.w
	n.say, n.undo.tap = text, answer
	n.undo.on = true // in the colour of what can be done
	n.undo.setText(n.answer())
	n.box.Show()
	w.root.Refresh()
	n.text.repaint()
	w.stir()
}

func (n *notice) answer() string {
	if n.stays {
		return n.w.words.OK
	}
	return n.w.words.Undo
}

func (n *notice) hide() {
	if n.box.Visible() {
		n.box.Hide()
		n.w.stir()
	}
}

// second takes the notice away when its time is over.
func (n *notice) second(now time.Time) {
	if !n.stays && now.After(n.until) {
		n.hide()
	}
}

// takeBack undoes what the notice on show tells of.
func (n *notice) takeBack() {
	if n.box.Visible() {
		n.undo.tap()
	}
}

func (n *notice) restyle() {
	n.undo.text = n.answer()
	n.undo.restyle(n.w.palette)
	n.text.repaint()
}
