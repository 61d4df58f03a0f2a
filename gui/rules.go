package gui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"danmaku/event"
	"danmaku/gui/model"
)

// applyRules compiles what the settings say about people and words, and shows
// the lists accordingly.
func (w *Window) applyRules() {
	w.model.Rules = model.Rules{FoldRepeats: !w.settings.NoFolding, Arrivals: w.settings.Arrivals, Cheap: w.settings.CheapBelow,
		Muted: muting(w.settings.Mutes), Highlight: anyRule(w.settings.Highlights)}
}

// anyRule holds when one of the rules does; rules that cannot be read are left
// out. Without any it is nil.
func anyRule(texts []string) func(*event.Event) bool {
	rules, _ := readRules(texts)
	if len(rules) == 0 {
		return nil
	}
	return func(e *event.Event) bool {
		return slices.ContainsFunc(rules, func(r *event.Rule) bool { return r.Match(e) })
	}
}

// muting names the rules that hide an event. Without any rule it is nil.
func muting(texts []string) func(*event.Event) []string {
	rules, names := readRules(texts)
	if len(rules) == 0 {
		return nil
	}
	return func(e *event.Event) (by []string) {
		for i, r := range rules {
			if r.Match(e) {
				by = append(by, names[i])
			}
		}
		return by
	}
}

// readRules returns the rules that can be read, and their texts.
func readRules(texts []string) (rules []*event.Rule, names []string) {
	for _, t := range texts {
		if r, err := event.ParseRule(t, time.Now()); err == nil && !r.Empty() {
			rules, names = append(rules, r), append(names, t)
		}
	}
	return rules, names
}

// muted reports whether a rule hides an event.
func (w *Window) muted(e *event.Event) bool {
	return w.model.Rules.Muted != nil && len(w.model.Rules.Muted(e)) > 0
}

// personRule is the rule about one person.
func personRule(r *model.Row) string {
	who := r.UserID
	if who == "" {
		who = strings.ReplaceAll(r.Name, `"`, "")
	}
	return `user:"` + who + `"`
}

// nameRule remembers whom a rule is about, by its id alone nobody would know;
// names of rules there are no longer are forgotten.
func (w *Window) nameRule(rule string, r *model.Row) {
	s := &w.settings
	people := make(map[string]string)
	for q, name := range s.People {
		if slices.Contains(s.Highlights, q) || slices.Contains(s.Mutes, q) || slices.ContainsFunc(s.Alerts, func(a AlertRule) bool { return a.Rule == q }) {
			people[q] = name
		}
	}
	if r.UserID != "" && r.Name != "" {
		people[rule] = r.Name
	}
	s.People = people
}

// ruleName is a rule as people read it.
func (w *Window) ruleName(rule string) string {
	if name := w.settings.People[rule]; name != "" {
		return name + "  ·  " + rule
	}
	return rule
}

// ruleItem is the entry of a menu that puts a person on a list of rules, or
// takes the person off. Either is said, and can be undone.
func (w *Window) ruleItem(rules *[]string, r *model.Row, put, take, isOn, isOff string) *fyne.MenuItem {
	rule := personRule(r)
	set := func(on bool) {
		*rules = slices.DeleteFunc(slices.Clone(*rules), func(q string) bool { return q == rule })
		if on {
			w.nameRule(rule, r)
			*rules = append(*rules, rule)
		}
		w.personChanged(r)
	}
	on, text, said := !slices.Contains(*rules, rule), put, isOn
	if !on {
		text, said = take, isOff
	}
	return fyne.NewMenuItem(text, func() {
		set(on)
		w.notice.show(join(w.chatPen.name(r), said), func() { set(!on) })
	})
}

// alertItem is the entry of a menu that has the user called about a person, or
// no longer. Either can be undone.
func (w *Window) alertItem(r *model.Row) *fyne.MenuItem {
	rule := personRule(r)
	of := func(a AlertRule) bool { return a.Rule == rule }
	before, text, done := slices.Clone(w.settings.Alerts), w.words.Alerts.Person, w.words.Alerts.Watched
	if slices.ContainsFunc(before, of) {
		text, done = w.words.Alerts.NoPerson, w.words.Alerts.NotWatched
	}
	set := func(list []AlertRule) {
		w.settings.Alerts = list
		w.remember()
		w.applyAlerts()
	}
	return fyne.NewMenuItem(text, func() {
		list := slices.DeleteFunc(slices.Clone(before), of)
		if len(list) == len(before) {
			w.nameRule(rule, r)
			list = append(list, AlertRule{Rule: rule})
		}
		set(list)
		said := join(w.chatPen.name(r), done)
		if w.settings.AlertsOff {
			said = join(said, w.words.Alerts.Paused)
		}
		w.notice.show(said, func() { set(before) })
	})
}

// personChanged shows the person of a row as the rules have it now, everywhere
// in the lists: marked, hidden, or shown again.
func (w *Window) personChanged(r *model.Row) {
	w.remember()
	w.applyRules()
	rule := personRule(r)
	marked, muted := slices.Contains(w.settings.Highlights, rule), slices.Contains(w.settings.Mutes, rule)
	w.model.Edit(func(q *model.Row) {
		if !muted {
			q.Unmute(rule)
		}
		if q.Mine() && q.UserID == r.UserID && (r.UserID != "" || q.Name == r.Name) {
			if q.Highlight = marked; muted {
				q.Mute(rule)
			}
		}
	})
	w.relist()
}

// unmute shows again what a rule hid.
func (w *Window) unmute(rule string) {
	w.model.Edit(func(q *model.Row) { q.Unmute(rule) })
	w.relist()
}

// relist draws the lists anew.
func (w *Window) relist() {
	w.chat.reset()
	w.paid.reset()
	w.refreshPins()
	w.stir()
}

// askNote opens a sheet for a note on somebody.
func (w *Window) askNote(r *model.Row) {
	key := personKey(r.UserID, r.Name)
	entry := newField(w, w.words.NoteHint)
	entry.SetText(w.settings.Notes[key])
	save := func() {
		if w.settings.Notes == nil {
			w.settings.Notes = make(map[string]string)
		}
		if text := model.CleanText(strings.TrimSpace(entry.Text)); text != "" {
			w.settings.Notes[key] = text
		} else {
			delete(w.settings.Notes, key)
		}
		w.remember()
		w.closeSheet()
		w.search.relayout()
	}
	entry.OnSubmitted = func(string) { save() }
	ok := newChip(w.words.OK, nil, save)
	ok.restyle(w.palette)
	w.openSheet(fmt.Sprintf(w.words.NoteOn, w.chatPen.name(r)), container.NewVBox(container.NewBorder(nil, nil, nil, ok, entry)), 420, 130)
	w.window.Canvas().Focus(entry)
}
