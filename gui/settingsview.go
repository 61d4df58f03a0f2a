package gui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"danmaku/event"
)

// openSettings opens the sheet of settings. Every change shows at once.
func (w *Window) openSettings() {
	t := w.words
	changed := func() {
		w.applyRules()
		w.remember()
		w.restyle()
	}
	choose := func(names []string, chosen int, do func(int)) fyne.CanvasObject {
		s := newChoice(w, names, chosen)
		s.OnChanged = func(string) { do(s.SelectedIndex()) }
		return s
	}
	tick := func(text string, on bool, do func(bool)) fyne.CanvasObject {
		c := newCheck(w, text, nil)
		c.SetChecked(on)
		c.OnChanged = func(on bool) { do(on); changed() }
		return c
	}

	var names []string
	lang := 0
	for i, l := range Languages() {
		names = append(names, l.Name)
		if l.Language == w.language() {
			lang = i
		}
	}
	language := choose(names, lang, func(i int) {
		w.settings.Language = Languages()[i].Language
		changed()
		w.reopenSettings(0) // in the new language
	})
	looks := []Appearance{System, Dark, Light}
	look := 0
	for i, a := range looks {
		if a == w.settings.Appearance {
			look = i
		}
	}
	appearance := choose([]string{t.LookSystem, t.LookDark, t.LookLight}, look, func(i int) {
		w.settings.Appearance = looks[i]
		changed()
		w.reopenSettings(1)
	})
	size := newSlider(w, 11, 28, 1, float64(w.settings.TextSize))
	sizeLabel := widget.NewLabel(fmt.Sprint(w.settings.TextSize))
	size.OnChanged = func(v float64) { sizeLabel.SetText(fmt.Sprint(v)) }
	size.OnChangeEnded = func(v float64) { w.settings.TextSize = float32(v); changed() }

	prices := []event.Money{0, 100, 1000, 10_000, 30_000}
	var priceNames []string
	price := 0
	for i, p := range prices {
		priceNames = append(priceNames, fmt.Sprintf(t.CheaperThan, money(p)))
		if p == 0 {
			priceNames[0] = t.ShowAllGifts
		}
		if p == w.settings.CheapBelow {
			price = i
		}
	}
	cheap := choose(priceNames, price, func(i int) { w.settings.CheapBelow = prices[i]; changed() })

	form := container.New(layout.NewFormLayout(),
		widget.NewLabel(t.LanguageLabel), language,
		widget.NewLabel(t.LookLabel), appearance,
		widget.NewLabel(t.FontLabel), w.fontPicker(),
		widget.NewLabel(t.TextSizeLabel), container.NewBorder(nil, nil, nil, sizeLabel, size),
		widget.NewLabel(t.GiftsLabel), cheap,
	)
	checks := container.NewVBox(
		tick(t.FoldRepeats, !w.settings.NoFolding, func(on bool) { w.settings.NoFolding = !on }),
		tick(t.ShowMedals, !w.settings.NoMedals, func(on bool) { w.settings.NoMedals = !on }),
		tick(t.ShowTimes, w.settings.Times, func(on bool) { w.settings.Times = on }),
		tick(t.ShowArrivals, w.settings.Arrivals, func(on bool) { w.settings.Arrivals = on }),
	)
	more := w.settingsChips()
	version := widget.NewLabel("danmaku " + w.cfg.Version)
	version.Importance = widget.LowImportance
	body := container.NewVBox(form, container.New(padded{top: 4}, checks), more, version)
	w.openSheet(t.Settings, container.NewVScroll(container.New(padded{right: 10}, body)), 470, 640) // the bar stands beside
}

// reopenSettings opens the sheet anew, with the keys at the control they were at.
func (w *Window) reopenSettings(control int) {
	w.openSettings()
	for range control + 1 {
		w.window.Canvas().FocusNext()
	}
}

// settingsChips lead from the settings to those that have a sheet of their own.
func (w *Window) settingsChips() fyne.CanvasObject {
	grid := container.NewGridWithColumns(2)
	add := func(text string, icon fyne.Resource, do func()) {
		c := newChip(text, icon, do).with(chipPlain)
		c.restyle(w.palette)
		grid.Add(c)
	}
	add(w.words.Stage.Title, stageIcon(), w.openStageSettings)
	add(w.words.Alerts.Title, theme.ListIcon(), func() { w.openRules(rulesHighlight) })
	if w.cfg.Relay != nil {
		add(w.words.Relay.Title, theme.MailForwardIcon(), w.openRelay)
	}
	if w.cfg.Account != nil {
		add(w.words.Account.Title, theme.AccountIcon(), w.openAccount)
	}
	add(w.words.Desk.OpenFolder, theme.FolderOpenIcon(), func() { w.open(w.cfg.DataDir) })
	if w.cfg.Data != nil {
		add(w.words.Desk.Erase, theme.DeleteIcon(), w.askErase)
	}
	add(w.words.Keys.Title+" (?)", theme.QuestionIcon(), w.openKeys)
	return container.New(padded{top: 8, bottom: 4}, grid)
}
