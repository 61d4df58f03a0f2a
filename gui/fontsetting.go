package gui

import (
	"errors"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// fontTrial is how long the program must run with a font before it is trusted.
const fontTrial = 5 * time.Second

var errFontCrashed = errors.New("the program ended badly with this font")

// loadFont reads the font of the settings.
func (w *Window) loadFont() {
	s := &w.settings
	w.font, w.fontErr, w.fontSince = nil, nil, time.Now()
	if s.Font == "" {
		return
	}
	if s.FontTrial == s.Font {
		w.fontErr = errFontCrashed
		return
	}
	if w.font, w.fontErr = readFont(s.Font); w.fontErr != nil {
		w.cfg.Log.Warn("the chosen font is not used", "font", filepath.Base(s.Font), "err", w.fontErr)
		return
	}
	s.FontTrial = s.Font
	w.save()
}

// changeFont writes everything in another font, the built-in ones if path is
// empty.
func (w *Window) changeFont(path string) {
	w.settings.Font, w.settings.FontTrial = path, ""
	w.remember()
	w.loadFont()
	for _, d := range []*drawer{w.chatPen, w.paidPen, w.search.pen, w.search.sidePen, w.past.detail.pen} {
		d.ruler = newRuler(d.sizes[styleBody])
	}
	w.stage.paper = nil
	if w.apart != nil {
		w.apart.view.paper = nil
	}
	w.restyle() // with a theme that is another one, for which the toolkit forgets the fonts it has read
}

// trustFont ends the trial of a font.
func (w *Window) trustFont(now time.Time) {
	if w.font != nil && w.settings.FontTrial != "" && now.Sub(w.fontSince) >= fontTrial {
		w.settings.FontTrial = ""
		w.remember()
	}
}

// fontPicker is the choice of a font: the built-in ones, and those installed,
// which are looked for when the settings are opened.
func (w *Window) fontPicker() fyne.CanvasObject {
	t := w.words
	choices := []fontChoice{{t.FontBuiltIn, ""}}
	if f := w.settings.Font; f != "" {
		choices = append(choices, fontChoice{filepath.Base(f), f})
	}
	note := newProse("", dimInk)
	note.size = 12
	note.restyle(w.palette)
	pick := newChoice(w, nil, -1)
	fill := func() {
		names := make([]string, len(choices))
		chosen := 0
		for i, c := range choices {
			if names[i] = c.name; c.path == w.settings.Font {
				chosen = i
			}
		}
		pick.OnChanged = nil
		pick.SetOptions(names)
		pick.SetSelectedIndex(chosen)
		pick.OnChanged = func(string) {
			w.changeFont(choices[max(0, pick.SelectedIndex())].path)
			w.reopenSettings(2) // in that font
		}
	}
	fill()
	switch {
	case errors.Is(w.fontErr, errFontPoor):
		note.say(t.FontPoor, badInk)
	case w.fontErr != nil:
		note.say(t.FontBroken, badInk)
	}
	w.spawn(func() {
		found := installedFonts(fontFolders())
		w.do(func() {
			choices = append(choices[:1:1], found...)
			fill()
		})
	})
	return container.NewVBox(pick, note)
}
