package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// stageBox is the stage in the main window, in the place of the chat, with its
// two buttons.
type stageBox struct {
	w    *Window
	box  *fyne.Container
	clip *container.Clip
	gear *chip
	out  *chip // into a window of its own
}

func newStageBox(w *Window) *stageBox {
	b := &stageBox{w: w, clip: container.NewClip(w.stage)}
	b.clip.ExtendBaseWidget(b.clip) // it would pass sizes on only once it is drawn
	b.gear = newChip("", theme.SettingsIcon(), w.openStageSettings).with(chipPlain)
	b.out = newChip("", theme.ViewFullScreenIcon(), w.toggleApart).with(chipPlain)
	w.stage.menu = func(at fyne.Position) { w.popStageMenu(w.window.Canvas(), at) }
	b.box = container.New(b, b.clip, b.gear, b.out)
	b.box.Hide()
	w.stage.Hide()
	return b
}

// Layout is part of fyne.Layout.
func (b *stageBox) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	b.clip.Resize(size)
	for i, c := range []*chip{b.out, b.gear} {
		c.Resize(fyne.NewSize(36, 32))
		c.Move(fyne.NewPos(size.Width-float32(44*(i+1)), size.Height-40))
	}
}

// MinSize is part of fyne.Layout.
func (b *stageBox) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(80, 60) }

func (b *stageBox) restyle() {
	b.gear.restyle(b.w.palette)
	b.out.restyle(b.w.palette)
}

// ShowStage opens the stage: in the place of the chat, or in a window of its
// own.
func (w *Window) ShowStage(apart bool) {
	switch {
	case apart:
		w.openApart()
	case w.tabs.chosen != tabStage:
		w.toggleStage()
	}
}

// toggleStage puts the stage in the place of the chat, or takes it away.
func (w *Window) toggleStage() {
	if w.page != pageLive {
		w.openPage(pageLive)
	}
	if w.tabs.chosen == tabStage {
		w.tabs.choose(tabChat)
	} else {
		w.tabs.choose(tabStage)
	}
}

// stageChips lights the buttons of the stages that are in sight. A stage that
// has come into sight begins empty.
func (w *Window) stageChips() {
	shown := w.page == pageLive && w.tabs.chosen == tabStage
	if shown != w.stage.Visible() {
		if shown {
			w.stage.Show()
		} else {
			w.stage.Hide()
		}
		w.stage.clear()
	}
	w.curtain.setOn(w.tabs.chosen == tabStage)
	w.actor.out.setOn(w.apart != nil)
}
