package gui

import (
	"context"
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// welcome is what a window without a room shows: what to do, and a demo.
type welcome struct {
	w      *Window
	box    *fyne.Container
	ground *canvas.Rectangle
	logo   *canvas.Image
	title  *canvas.Text
	text   *prose
	entry  *field
	hint   *prose
	add    *chip
	demo   *chip
	gear   *chip // in a narrow window the other one is behind this
}

func newWelcome(w *Window) *welcome {
	v := &welcome{w: w, ground: &canvas.Rectangle{}, title: &canvas.Text{Alignment: fyne.TextAlignCenter, TextSize: 22}}
	v.logo = canvas.NewImageFromResource(Icon())
	v.logo.FillMode = canvas.ImageFillContain
	v.logo.SetMinSize(fyne.NewSize(72, 72))
	v.text = newProse("", dimInk)
	v.text.size, v.text.centred = 14, true
	var act func()
	v.entry, v.hint, act = w.addressEntry(func() {})
	v.hint.centred = true
	v.hint.set("")
	v.add = newChip("", nil, act)
	v.demo = newChip("", nil, v.startDemo).with(chipPlain)
	form := container.NewBorder(nil, nil, nil, v.add, v.entry)
	column := container.NewVBox(v.logo, container.New(padded{top: 10, bottom: 2}, v.title), v.text,
		container.New(padded{top: 14, bottom: 4}, form), v.hint)
	v.gear = newChip("", theme.SettingsIcon(), w.openSettings).with(chipPlain)
	more := container.NewHBox()
	if w.cfg.Demo != nil {
		more.Add(v.demo)
	}
	more.Add(v.gear)
	column.Add(container.New(padded{top: 10}, container.NewCenter(more)))
	v.box = container.NewStack(v.ground, container.New(narrowColumn(420), column))
	return v
}

// narrowColumn centres its child and keeps it from growing wide.
type narrowColumn float32

// Layout is part of fyne.Layout.
func (n narrowColumn) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		w := min(float32(n), size.Width-32)
		o.Resize(fyne.NewSize(w, o.MinSize().Height))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos((size.Width-w)/2, max(12, (size.Height-h)/2.3)))
	}
}

// MinSize is part of fyne.Layout.
func (narrowColumn) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 200) }

func (v *welcome) restyle() {
	w := v.w
	v.ground.FillColor = w.palette.ground
	v.title.Text, v.title.Color = w.words.Welcome, w.palette.text
	embolden(v.title, true)
	v.text.set(w.words.WelcomeText)
	v.text.restyle(w.palette)
	v.hint.restyle(w.palette)
	v.entry.SetPlaceHolder(w.words.AddRoomHint)
	v.add.setText(w.words.Add)
	v.demo.setText(w.words.TryDemo)
	v.add.restyle(w.palette)
	v.demo.restyle(w.palette)
	v.gear.setText(w.words.Settings)
	v.gear.restyle(w.palette)
	v.box.Refresh()
}

func (v *welcome) show(on bool) {
	show(v.box, on)
	v.focus()
}

// focus gives the keys to the box when it is what one sees, and takes them away
// when it is not.
func (v *welcome) focus() {
	switch c := v.w.window.Canvas(); {
	case !v.box.Visible() && c.Focused() == fyne.Focusable(v.entry):
		c.Unfocus()
	case v.box.Visible() && c.Focused() == nil && v.w.sheet == nil:
		c.Focus(v.entry)
	}
}

func (v *welcome) startDemo() {
	w := v.w
	v.demo.setText(w.words.StartingDemo)
	ctx := w.ctx
	w.spawn(func() {
		err := w.cfg.Demo(ctx)
		w.do(func() {
			v.demo.setText(w.words.TryDemo)
			if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
				v.hint.say(fmt.Sprintf(w.words.JoinFailed, w.words.reason(err)), badInk)
			}
		})
	})
}
