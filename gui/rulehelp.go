package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// examples explains the language of rules; a click uses an example.
func (w *Window) examples(use func(rule string)) *fyne.Container {
	t := &w.words.Alerts
	room := "21452505"
	if r := w.model.One(); r != nil {
		room = r.Status.Room.String()
	}
	box := container.NewVBox()
	w.sayIn(box, t.HelpTitle, dimInk)
	for _, e := range []struct{ rule, means string }{
		{"抽奖", t.HelpWord}, {`"next time"`, t.HelpPhrase}, {`/^6+$/`, t.HelpRegex}, {`user:"小明"`, t.HelpUser}, {"kind:superchat price>30", t.HelpPrice},
		{"kind:live", t.HelpLive}, {"kind:gift,guard", t.HelpKind}, {"medal>20", t.HelpMedal}, {"guard:any", t.HelpGuard}, {"草 -www", t.HelpNot},
		{"草 or lol", t.HelpOr}, {"room:" + room, t.HelpRoom},
	} {
		b := newButton(fyne.NewSize(200, 26), func() { use(e.rule) })
		b.paint = func(c *cell, size fyne.Size) {
			if b.over {
				c.rect(0, 0, size.Width, size.Height, w.palette.hover, 6)
			}
			c.write(8, 0, size.Height, e.rule, 13, false, w.palette.accent)
			left := max(190, 24+measure(e.rule, 13, false))
			c.write(left, 0, size.Height, cutTo(e.means, 12.5, false, size.Width-left-8), 12.5, false, w.palette.dim)
		}
		box.Add(b)
	}
	return box
}

// openRuleHelp shows the examples over the search; one that is clicked goes into
// its box.
func (w *Window) openRuleHelp() {
	box := w.examples(func(rule string) {
		w.closeSheet()
		w.search.open(rule)
	})
	s := w.openSheet(w.words.Search, container.NewVScroll(box), 520, 470)
	s.closed = func() {
		if w.page == pageSearch {
			w.window.Canvas().Focus(w.search.entry)
		}
	}
}
