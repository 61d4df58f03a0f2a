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

// loadFont reads the font of the settings. The toolkit keeps the fonts it first
// used, so this is done once, before anything is measured.
func (w *Window) loadFont() {
	s := &w.settings
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

// trustFont ends the trial of a font.
func (w *Window) trustFont(since time.Duration) {
	if w.font != nil && w.settings.FontTrial != "" && since >= fontTrial {
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
			w.settings.Font, w.settings.FontTrial = choices[max(0, pick.SelectedIndex())].path, ""
			w.remember()
			note.say(t.FontLater, goodInk)
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
