package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// keyLine is a line of the sheet of keys.
type keyLine struct{ keys, means string }

// keyLines are the keys of the window.
func (w *Window) keyLines() []keyLine {
	t := &w.words.Keys
	lines := []keyLine{{"?", t.ThisSheet}, {"Ctrl N", t.AddRoom}, {"Ctrl 0–9", t.Choose}, {"Ctrl PgUp PgDn", t.NextRoom}, {"Ctrl M", t.RoomMenu}, {"Ctrl F", t.Search}, {"Ctrl H", w.words.Past.Title}, {"Ctrl S", w.words.Past.KeyExport}, {"← → 1–9", w.words.Past.KeyList}, {"Space ← → + -", w.words.Past.KeyPlayer}, {"Ctrl D", t.Stage}, {"Ctrl Shift D", t.Apart}, {"Ctrl G", t.Gifts}}
	if w.cfg.Relay != nil {
		lines = append(lines, keyLine{"Ctrl R", t.Relay})
	}
	if w.cfg.Account != nil {
		lines = append(lines, keyLine{"Ctrl L", w.words.Account.Title})
	}
	return append(lines, keyLine{"Ctrl E", t.Rules}, keyLine{"Ctrl Z", t.Undo}, keyLine{"Ctrl ,", t.Settings}, keyLine{"↑ ↓ PgUp PgDn", t.Scroll}, keyLine{"Home End", t.Ends}, keyLine{"Enter ↑ ↓ Enter", t.Pick}, keyLine{"Ctrl C", w.words.Copy},
		keyLine{"Tab", t.Next}, keyLine{"Enter", t.Press}, keyLine{"Esc", t.Close}, keyLine{"Ctrl W", t.Quit}, keyLine{"F12", t.Diagnostic})
}

const keyLineHeight = 23

// openKeys shows the keys.
func (w *Window) openKeys() {
	lines := w.keyLines()
	p := newPane(fyne.NewSize(300, keyLineHeight*float32(len(lines))), func(c *cell, size fyne.Size) {
		for i, l := range lines {
			y := float32(i) * keyLineHeight
			kw := measure(l.keys, 12.5, true) + 14
			c.rect(0, y+2, kw, keyLineHeight-5, w.palette.hover, 5)
			c.write(7, y, keyLineHeight-1, l.keys, 12.5, true, w.palette.text)
			left := max(kw+10, 140)
			c.write(left, y, keyLineHeight-1, cutTo(l.means, 13, false, size.Width-left), 13, false, w.palette.text)
		}
	})
	w.openSheet(w.words.Keys.Title, container.NewVScroll(p), 440, 84+p.min.Height)
}

// typedRune is what letters do that nothing else wants.
func (w *Window) typedRune(r rune) {
	switch {
	case w.sheet != nil:
	case r == '?' || r == '？':
		w.openKeys()
	case w.page == pagePast && r >= '1' && r <= '9':
		w.past.detail.pickMark(int(r - '1'))
	}
}
