package gui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
)

// The lists of rules, in the order of their tabs.
const (
	rulesHighlight = iota
	rulesMute
	rulesAlert
)

// ruleSheet edits the rules: what stands out, what is not shown, what calls the
// user.
type ruleSheet struct {
	w       *Window
	which   int
	tabs    [3]*chip
	about   *prose
	entry   *field
	mark    *pane // under the box, where the mistake is
	problem *prose
	list    *fyne.Container
	foot    *fyne.Container
	help    *fyne.Container
	body    *fyne.Container // all of it

	wrong *event.RuleError
}

// openRules opens the sheet of rules at one of its lists.
func (w *Window) openRules(which int) {
	t := &w.words.Alerts
	s := &ruleSheet{w: w, which: which, list: container.NewVBox(), foot: container.NewVBox()}
	for i, name := range []string{t.Highlights, t.Mutes, t.Alerts} {
		s.tabs[i] = newChip(name, nil, func() { s.choose(i) }).with(chipPlain)
		s.tabs[i].restyle(w.palette)
	}
	s.about, s.problem = newProse("", dimInk), newProse("", badInk)
	for _, p := range []*prose{s.about, s.problem} {
		p.restyle(w.palette)
	}
	s.entry = newField(w, t.Hint)
	s.entry.OnChanged = func(string) { s.check() }
	s.entry.OnSubmitted = func(string) { s.add() }
	s.mark = newPane(fyne.NewSize(1, 4), s.paintMark)
	add := newChip(w.words.Add, nil, s.add)
	help := newChip("", theme.QuestionIcon(), s.toggleHelp).with(chipPlain)
	for _, c := range []*chip{add, help} {
		c.restyle(w.palette)
	}
	s.help = w.examples(func(rule string) { s.entry.SetText(rule); w.window.Canvas().Focus(s.entry) })
	s.help.Hide()
	row := container.NewBorder(nil, nil, nil, container.NewHBox(help, add), container.NewVBox(container.New(tight{}, s.entry, s.mark)))
	top := container.NewVBox(container.NewGridWithColumns(3, s.tabs[0], s.tabs[1], s.tabs[2]), s.about, row, s.problem, s.help)
	s.body = container.NewVBox(top, s.list, s.foot)
	body := container.NewVScroll(container.New(padded{right: 10}, s.body)) // the bar stands beside
	sheet := w.openSheet(t.Title, body, 560, 560)
	w.rules = s
	sheet.closed = func() { w.rules = nil }
	s.choose(which)
	w.window.Canvas().Focus(s.entry)
	if w.cfg.Notify != nil && w.cfg.Notifies != nil {
		w.spawn(func() {
			err := w.notifies()
			w.do(func() {
				if w.hears(err); w.rules == s {
					s.fill()
					s.arrange()
				}
			})
		})
	}
}

// tight puts the mark right under the box.
type tight struct{}

// Layout is part of fyne.Layout.
func (tight) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(size.Width, h))
	o[1].Move(fyne.NewPos(0, h))
	o[1].Resize(fyne.NewSize(size.Width, 4))
}

// MinSize is part of fyne.Layout.
func (tight) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize().AddWidthHeight(0, 4) }

func (s *ruleSheet) choose(which int) {
	t := &s.w.words.Alerts
	s.which = which
	for i, c := range s.tabs {
		c.setOn(i == which)
	}
	s.about.set([]string{t.AboutHighlights, t.AboutMutes, t.AboutAlerts}[which])
	s.check()
	s.fill()
	s.arrange()
}

// arrange makes room for texts that have become longer or shorter.
func (s *ruleSheet) arrange() {
	s.body.Refresh()
	if s.w.sheet != nil {
		s.w.sheet.pop.Refresh()
	}
}

// texts are the rules of the chosen list.
func (s *ruleSheet) texts() (texts []string) {
	switch s.which {
	case rulesHighlight:
		return s.w.settings.Highlights
	case rulesMute:
		return s.w.settings.Mutes
	}
	for _, a := range s.w.settings.Alerts {
		texts = append(texts, a.Rule)
	}
	return texts
}

// check says what is wrong with the box, while it is typed in.
func (s *ruleSheet) check() {
	s.wrong = nil
	text := s.entry.Text
	if _, err := event.ParseRule(text, time.Now()); err != nil {
		if !errors.As(err, &s.wrong) {
			s.wrong = &event.RuleError{}
		}
		s.problem.say(s.w.words.ruleError(s.wrong), badInk)
	} else if slices.Contains(s.texts(), strings.TrimSpace(text)) {
		s.problem.say(s.w.words.Alerts.Duplicated, dimInk)
	} else {
		s.problem.say("", badInk)
	}
	s.mark.repaint()
	s.arrange()
}

// paintMark underlines the part of the box that is wrong.
func (s *ruleSheet) paintMark(c *cell, size fyne.Size) {
	s.w.underline(c, size, s.entry.Text, s.wrong)
}

// underline marks the part of a text in a box above that is wrong.
func (w *Window) underline(c *cell, size fyne.Size, text string, wrong *event.RuleError) {
	if wrong == nil || wrong.From > len(text) {
		return
	}
	pad := theme.InnerPadding()
	x := pad + textWidth(text[:wrong.From], theme.TextSize(), false)
	width := float32(8)
	if to := min(wrong.To, len(text)); to > wrong.From {
		width = max(width, textWidth(text[wrong.From:to], theme.TextSize(), false))
	}
	if x+width <= size.Width-pad { // the box has not scrolled
		c.rect(x, 0, width, 3, w.palette.bad, 1.5)
	}
}

func (s *ruleSheet) add() {
	text := strings.TrimSpace(s.entry.Text)
	s.check()
	if text == "" || s.wrong != nil || slices.Contains(s.texts(), text) {
		return
	}
	w := s.w
	switch s.which {
	case rulesHighlight:
		w.settings.Highlights = append(w.settings.Highlights, text)
	case rulesMute:
		w.settings.Mutes = append(w.settings.Mutes, text)
	case rulesAlert:
		w.settings.Alerts = append(w.settings.Alerts, AlertRule{Rule: text})
	}
	s.entry.SetText("")
	s.changed()
}

func (s *ruleSheet) remove(i int) {
	w := s.w
	switch s.which {
	case rulesHighlight:
		w.settings.Highlights = slices.Delete(w.settings.Highlights, i, i+1)
	case rulesMute:
		rule := w.settings.Mutes[i]
		w.settings.Mutes = slices.Delete(w.settings.Mutes, i, i+1)
		w.unmute(rule)
	case rulesAlert:
		w.settings.Alerts = slices.Delete(w.settings.Alerts, i, i+1)
	}
	s.changed()
	w.window.Canvas().Focus(s.entry) // the button that had the keys is gone
}

// changed takes the rules into use and shows them.
func (s *ruleSheet) changed() {
	s.apply()
	s.fill()
	s.arrange()
}

func (s *ruleSheet) apply() {
	s.w.remember()
	s.w.applyRules()
	s.w.applyAlerts()
}

// fill lists the rules.
func (s *ruleSheet) fill() {
	w, t := s.w, &s.w.words.Alerts
	s.list.RemoveAll()
	s.foot.RemoveAll()
	texts := s.texts()
	for i, text := range texts {
		name := newProse(w.ruleName(text), textInk)
		name.restyle(w.palette)
		buttons := container.NewHBox()
		if s.which == rulesAlert {
			a := &w.settings.Alerts[i]
			buttons.Add(s.toggle(!a.Silent, theme.VolumeUpIcon(), theme.VolumeMuteIcon(), func(on bool) { a.Silent = !on }))
			buttons.Add(s.toggle(!a.Hidden, theme.VisibilityIcon(), theme.VisibilityOffIcon(), func(on bool) { a.Hidden = !on }))
		}
		gone := newChip("", theme.DeleteIcon(), func() { s.remove(i) }).with(chipPlain)
		gone.restyle(w.palette)
		buttons.Add(gone)
		s.list.Add(container.NewBorder(nil, nil, nil, buttons, container.New(padded{top: 8, left: 4}, name)))
	}
	if len(texts) == 0 {
		s.say(s.list, t.None, faintInk)
	}
	if s.which == rulesAlert {
		s.alertFoot()
	}
}

func (s *ruleSheet) say(in *fyne.Container, text string, ink inkOf) { s.w.sayIn(in, text, ink) }

// sayIn adds a small text to a container.
func (w *Window) sayIn(in *fyne.Container, text string, ink inkOf) {
	p := newProse(text, ink)
	p.size = 12
	p.restyle(w.palette)
	in.Add(p)
}

// toggle is a chip that is on or off.
func (s *ruleSheet) toggle(on bool, yes, no fyne.Resource, set func(bool)) *chip {
	c := newChip("", no, nil).with(chipPlain)
	show := func() {
		if c.icon, c.on = no, on; on {
			c.icon = yes
		}
		c.restyle(s.w.palette)
	}
	c.tap = func() {
		on = !on
		set(on)
		s.apply()
		show()
	}
	show()
	return c
}

// alertFoot tells how alerts come to the user.
func (s *ruleSheet) alertFoot() {
	w, t := s.w, &s.w.words.Alerts
	off := newCheck(w, t.Off, nil)
	off.SetChecked(w.settings.AlertsOff)
	off.OnChanged = func(on bool) { w.settings.AlertsOff = on; w.remember() }
	if w.cfg.Sound == nil {
		s.foot.Add(off)
		s.say(s.foot, t.NoSound, dimInk)
	} else {
		try := newChip(t.Try, theme.VolumeUpIcon(), w.sound).with(chipPlain)
		try.restyle(w.palette)
		s.foot.Add(container.NewBorder(nil, nil, nil, try, off))
		s.say(s.foot, fmt.Sprintf(t.SoundBy, w.cfg.SoundBy), dimInk)
	}
	if w.cfg.Notify == nil || w.unheard {
		s.say(s.foot, t.NoNotify, dimInk)
	}
}

func (s *ruleSheet) toggleHelp() {
	if s.help.Visible() {
		s.help.Hide()
	} else {
		s.help.Show()
	}
	s.arrange()
}
