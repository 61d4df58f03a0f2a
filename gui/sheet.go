package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// sheet is a card over the window with a title, a way to close it and a body.
type sheet struct {
	title  string
	pop    *widget.PopUp
	closed func()
	note   *prose // what it says of what it is doing; may be nil
	also   *prose // and what else it says; may be nil
}

// openSheet shows a body on a card of at most the given width and height; a
// height of 0 takes what the body asks for.
func (w *Window) openSheet(title string, body fyne.CanvasObject, width, height float32) *sheet {
	w.closeSheet()
	s := &sheet{title: title}
	size := w.window.Canvas().Size()
	heading := &canvas.Text{Text: readable(cutTo(title, 16, true, min(max(width, 200), size.Width-24)-80)), Color: w.palette.text, TextSize: 16}
	embolden(heading, true)
	leave := newChip("", theme.CancelIcon(), w.closeSheet).with(chipBare)
	leave.restyle(w.palette)
	top := container.NewBorder(nil, nil, nil, leave, container.New(padded{left: 4}, container.NewCenter()), heading)
	content := container.New(padded{16, 12, 16, 16}, container.NewBorder(container.New(padded{bottom: 8}, top), nil, nil, nil, body))
	s.pop = widget.NewModalPopUp(content, w.window.Canvas())
	want := content.MinSize()
	if height > 0 {
		want.Height = height
	}
	s.pop.Resize(fyne.NewSize(min(max(width, want.Width), size.Width-24), min(want.Height, size.Height-24)))
	w.sheet = s
	s.pop.Show()
	return s
}

// closeSheet takes the sheet away, if there is one.
func (w *Window) closeSheet() {
	if s := w.sheet; s != nil {
		w.sheet = nil
		s.pop.Hide()
		w.welcome.focus() // below the sheet its box may have come or gone
		if s.closed != nil {
			s.closed()
		}
	}
}

// padded keeps a distance around the only child that counts, the last.
type padded struct{ left, top, right, bottom float32 }

// Layout is part of fyne.Layout.
func (p padded) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(p.left, p.top))
		o.Resize(fyne.NewSize(max(0, size.Width-p.left-p.right), max(0, size.Height-p.top-p.bottom)))
	}
}

// MinSize is part of fyne.Layout.
func (p padded) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range objects {
		m = m.Max(o.MinSize())
	}
	return m.AddWidthHeight(p.left+p.right, p.top+p.bottom)
}
