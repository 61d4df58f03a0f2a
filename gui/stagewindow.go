package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// stageWindow is the stage in a window of its own: with or without a frame,
// above other windows or not.
type stageWindow struct {
	window fyne.Window
	view   *stageView
}

// gripSide is the corner by which a window without a frame is resized.
const gripSide = 26

// openApart opens the stage in a window of its own, or shows the one there is.
func (w *Window) openApart() {
	if w.apart != nil {
		w.apart.window.RequestFocus()
		return
	}
	s := &w.settings.Stage
	win := w.cfg.App.NewWindow(w.words.Stage.Title)
	if d, ok := w.cfg.App.Driver().(desktop.Driver); ok && s.Frameless {
		win = d.CreateSplashWindow()
		win.SetTitle(w.words.Stage.Title)
	}
	if d, ok := win.(desktop.Window); ok && s.OnTop {
		d.RequestAlwaysOnTop()
	}
	win.SetPadded(false)
	win.SetIcon(Icon())
	a := &stageWindow{window: win, view: newStageView(w)}
	a.view.menu = func(at fyne.Position) { w.popStageMenu(win.Canvas(), at) }
	content := container.NewStack(container.NewClip(a.view))
	if s.Frameless {
		content.Add(newGrip(win))
	}
	win.SetContent(content)
	win.Resize(fyne.NewSize(between(s.Width, 200, 8000, 800), between(s.Height, 120, 8000, 450)))
	win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			win.Close()
		}
	})
	win.SetOnClosed(func() {
		if w.apart != a {
			return // another one took its place
		}
		s.Width, s.Height = win.Canvas().Size().Width, win.Canvas().Size().Height
		w.apart = nil
		w.remember()
		w.stageChips()
	})
	w.apart = a
	win.Show()
	if d, ok := win.(desktop.Window); ok && s.Frameless {
		w.letCarry(a, d)
	}
	a.view.restyle()
	w.stageChips()
	w.stir()
}

// letCarry lets the mouse move a window without a frame. The toolkit does not
// tell where a window is, so it is first put where it was last time.
func (w *Window) letCarry(a *stageWindow, d desktop.Window) {
	s := &w.settings.Stage
	if s.X == 0 && s.Y == 0 {
		s.X, s.Y = 160, 160
	}
	d.RequestPosition(s.X, s.Y)
	a.view.carry = func(by fyne.Delta) {
		scale := a.window.Canvas().Scale()
		s.X, s.Y = max(0, s.X+int(by.DX*scale)), max(0, s.Y+int(by.DY*scale))
		d.RequestPosition(s.X, s.Y)
	}
}

// closeApart closes the window of the stage, if there is one.
func (w *Window) closeApart() {
	if a := w.apart; a != nil {
		a.window.Close()
	}
}

// reopenApart makes the window anew: a frame and a place above others can only
// be chosen before a window is shown.
func (w *Window) reopenApart() {
	if a := w.apart; a != nil {
		w.settings.Stage.Width, w.settings.Stage.Height = a.window.Canvas().Size().Width, a.window.Canvas().Size().Height
		w.apart = nil
		a.window.Close()
		w.openApart()
	}
}

// popStageMenu opens the menu of a stage, in either window.
func (w *Window) popStageMenu(c fyne.Canvas, at fyne.Position) {
	t, s := &w.words.Stage, &w.settings.Stage
	onTop := fyne.NewMenuItem(t.OnTop, func() { s.OnTop = !s.OnTop; w.remember(); w.reopenApart() })
	onTop.Checked = s.OnTop
	frame := fyne.NewMenuItem(t.Frameless, func() { s.Frameless = !s.Frameless; w.remember(); w.reopenApart() })
	frame.Checked = s.Frameless
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(w.words.Settings, func() { w.window.RequestFocus(); w.openStageSettings() }),
		fyne.NewMenuItemSeparator(), onTop, frame,
	}
	if w.apart != nil {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(w.words.Close, w.closeApart))
	} else {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(t.Apart, w.openApart))
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

// grip resizes a window without a frame.
type grip struct {
	widget.BaseWidget
	win fyne.Window
}

func newGrip(win fyne.Window) fyne.CanvasObject {
	g := &grip{win: win}
	g.ExtendBaseWidget(g)
	return container.NewBorder(nil, container.NewBorder(nil, nil, nil, g), nil, nil)
}

// Dragged follows the mouse.
func (g *grip) Dragged(e *fyne.DragEvent) {
	size := g.win.Canvas().Size()
	g.win.Resize(fyne.NewSize(max(200, size.Width+e.Dragged.DX), max(120, size.Height+e.Dragged.DY)))
}

// DragEnd does nothing.
func (g *grip) DragEnd() {}

// Cursor shows what the corner is for.
func (g *grip) Cursor() desktop.Cursor { return desktop.HResizeCursor }

// CreateRenderer is called by the toolkit.
func (g *grip) CreateRenderer() fyne.WidgetRenderer {
	icon := canvas.NewImageFromResource(theme.Icon("dragCornerIndicator"))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSize(gripSide, gripSide))
	icon.Translucency = 0.5
	return widget.NewSimpleRenderer(icon)
}

// toggleApart opens the stage's own window or closes it.
func (w *Window) toggleApart() {
	if w.apart != nil {
		w.closeApart()
		return
	}
	w.openApart()
}
