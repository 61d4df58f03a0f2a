package gui

import (
	"fmt"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// StageSettings is how comments fly. Zero is the default of each.
type StageSettings struct {
	Size        float32 `json:"size,omitempty"`    // of letters; 0: 24
	Seconds     float32 `json:"seconds,omitempty"` // from edge to edge; 0: 9
	Faint       int     `json:"faint,omitempty"`   // percent of transparency
	Unused      int     `json:"unused,omitempty"`  // percent of the height kept free below
	Most        int     `json:"most,omitempty"`    // comments at once; 0: 120
	ScrollOnly  bool    `json:"scroll_only,omitempty"`
	NoPaidFirst bool    `json:"no_paid_first,omitempty"`
	NoTeamFirst bool    `json:"no_team_first,omitempty"`
	Ground      string  `json:"ground,omitempty"`

	// The window of its own.
	Frameless bool    `json:"frameless,omitempty"`
	OnTop     bool    `json:"on_top,omitempty"`
	Width     float32 `json:"width,omitempty"`
	Height    float32 `json:"height,omitempty"`
	X         int     `json:"x,omitempty"` // on the screen, without a frame; 0, 0: anywhere
	Y         int     `json:"y,omitempty"`
}

// between gives v when it is one of the sensible values, or else the default.
func between(v, low, high, otherwise float32) float32 {
	if v < low || v > high || v != v {
		return otherwise
	}
	return v
}

func (s *StageSettings) size() float32 { return between(s.Size, 12, 72, 24) }

func (s *StageSettings) cross() time.Duration {
	return time.Duration(float64(between(s.Seconds, 3, 30, 9)) * float64(time.Second))
}

func (s *StageSettings) opacity() float64 {
	return 1 - float64(between(float32(s.Faint), 0, 90, 0))/100
}
func (s *StageSettings) area() float32 { return 1 - between(float32(s.Unused), 0, 90, 0)/100 }
func (s *StageSettings) most() int     { return int(between(float32(s.Most), 5, 500, 120)) }

func (s *StageSettings) ground(p *palette) color.NRGBA {
	for _, g := range grounds[1:] {
		if g.id == s.Ground {
			return g.color
		}
	}
	// Colours of comments are chosen for video: on white most are pale.
	if p == &lightPalette {
		return rgb(0x39404d)
	}
	return mix(p.ground, rgb(0), 0.35)
}

// openStageSettings opens the sheet of the stage. Every change shows at once.
func (w *Window) openStageSettings() {
	t, s := &w.words.Stage, &w.settings.Stage
	changed := func() {
		w.remember()
		w.restyleStages()
	}
	slide := func(low, high, step, value float64, show func(float64) string, set func(float64)) fyne.CanvasObject {
		label := widget.NewLabel(show(value))
		v := newSlider(w, low, high, step, value)
		v.OnChanged = func(x float64) { label.SetText(show(x)) }
		v.OnChangeEnded = func(x float64) { set(x); changed() }
		return container.NewBorder(nil, nil, nil, label, v)
	}
	tick := func(text string, on bool, do func(bool)) fyne.CanvasObject {
		c := newCheck(w, text, nil)
		c.SetChecked(on)
		c.OnChanged = func(on bool) { do(on); changed() }
		return c
	}
	percent := func(v float64) string { return fmt.Sprintf("%.0f%%", v) }
	number := func(v float64) string { return fmt.Sprintf("%.0f", v) }

	amounts := []int{30, 60, 120, 300}
	var names []string
	chosen := 2
	for i, n := range amounts {
		names = append(names, fmt.Sprintf(t.AtOnce, n))
		if n == s.most() {
			chosen = i
		}
	}
	density := newChoice(w, names, chosen)
	density.OnChanged = func(string) { s.Most = amounts[density.SelectedIndex()]; changed() }
	chosen = 0
	for i, g := range grounds {
		if g.id == s.Ground {
			chosen = i
		}
	}
	ground := newChoice(w, []string{t.GroundWindow, t.GroundBlack, t.GroundGreen, t.GroundMagenta}, chosen)
	ground.OnChanged = func(string) { s.Ground = grounds[ground.SelectedIndex()].id; changed() }

	form := container.New(layout.NewFormLayout(),
		widget.NewLabel(t.Size), slide(14, 60, 1, float64(s.size()), number, func(v float64) { s.Size = float32(v) }),
		widget.NewLabel(t.Speed), slide(4, 20, 1, s.cross().Seconds(), func(v float64) string { return fmt.Sprintf(w.words.Seconds, int(v)) }, func(v float64) { s.Seconds = float32(v) }),
		widget.NewLabel(t.Opacity), slide(20, 100, 5, 100*s.opacity(), percent, func(v float64) { s.Faint = 100 - int(v) }),
		widget.NewLabel(t.Area), slide(25, 100, 5, float64(100*s.area()), percent, func(v float64) { s.Unused = 100 - int(v) }),
		widget.NewLabel(t.Density), density,
		widget.NewLabel(t.Ground), ground,
	)
	honest := newProse(t.Honest, dimInk)
	honest.size = 12
	honest.restyle(w.palette)
	body := container.NewVBox(form,
		tick(t.PaidFirst, !s.NoPaidFirst, func(on bool) { s.NoPaidFirst = !on }),
		tick(t.TeamFirst, !s.NoTeamFirst, func(on bool) { s.NoTeamFirst = !on }),
		tick(t.ScrollOnly, s.ScrollOnly, func(on bool) { s.ScrollOnly = on }),
		tick(t.OnTop, s.OnTop, func(on bool) { s.OnTop = on; w.reopenApart() }),
		tick(t.Frameless, s.Frameless, func(on bool) { s.Frameless = on; w.reopenApart() }),
		honest)
	w.openSheet(t.Title, container.NewVScroll(container.New(padded{right: 10}, body)), 480, 560) // the bar stands beside
}

// restyleStages gives every stage the settings as they are now.
func (w *Window) restyleStages() {
	w.stage.restyle()
	if w.apart != nil {
		w.apart.view.restyle()
	}
	w.stir()
}
