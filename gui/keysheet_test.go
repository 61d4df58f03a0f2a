package gui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
)

func TestAQuestionMarkListsEveryKey(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en", Relay: &fakeRelay{}}, 1280, 720)
	w.window.Canvas().OnTypedRune()('?')
	if w.sheet == nil {
		t.Fatal("no sheet")
	}
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Ctrl R", "Relay", "Search the archive")
	listed := map[string]bool{}
	for _, l := range w.keyLines() {
		listed[strings.ReplaceAll(l.keys, " ", "+")] = true
	}
	// Every bound key is on the sheet, digits as one.
	name := func(s string) string {
		parts := strings.Split(strings.TrimPrefix(s, "CustomDesktop:"), "+")
		slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
		for i, p := range parts {
			parts[i] = map[string]string{"Control": "Ctrl"}[p]
			if parts[i] == "" {
				parts[i] = p
			}
		}
		return strings.Join(parts, "+")
	}
	for bound := range w.bound {
		s := name(bound)
		if key := s[strings.LastIndex(s, "+")+1:]; key >= "0" && key <= "9" || key == "Q" {
			continue // Ctrl 0–9; Q is W under another name
		} else if key == "Prior" || key == "Next" {
			s = "Ctrl+PgUp+PgDn"
		}
		if s = strings.ReplaceAll(s, "Shift+Ctrl", "Ctrl+Shift"); !listed[s] {
			t.Errorf("%s (%s) is not on the sheet", bound, s)
		}
	}
}

func TestControlsLeaveTheWindowsKeysToTheWindow(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 800, 600)
	give(t, w, liveStatus(testRoom))
	ticked := 0
	box := newCheck(w, "x", func(bool) { ticked++ })
	list := newChoice(w, []string{"a", "b"}, 0)
	number := newSlider(w, 1, 10, 1, 5)
	for _, c := range []fyne.Focusable{box, list, number} {
		w.openSheet("sheet", container.NewVBox(box, list, number), 200, 200)
		w.window.Canvas().Focus(c)
		c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if w.sheet != nil {
			t.Errorf("%T keeps Escape to itself", c)
		}
	}
	box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	number.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if ticked != 1 || list.SelectedIndex() != 1 || number.Value != 6 {
		t.Errorf("ticked %d times, chosen %d, at %v", ticked, list.SelectedIndex(), number.Value)
	}
}

func TestButtonsCanBePressedByTheKeyboard(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 480, 720)
	give(t, w, liveStatus(testRoom))
	pressed := 0
	c := newChip("x", nil, func() { pressed++ })
	w.openSheet("sheet", c, 200, 100)
	w.window.Canvas().Focus(c)
	for _, k := range []fyne.KeyName{fyne.KeyReturn, fyne.KeySpace} {
		c.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if pressed != 2 {
		t.Errorf("pressed %d times", pressed)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.sheet != nil {
		t.Error("Escape does not close the sheet while a button has the focus")
	}
	s := &desktop.CustomShortcut{KeyName: fyne.KeyG, Modifier: fyne.KeyModifierControl}
	w.bound[s.ShortcutName()]()
	if w.tabs.chosen != tabPaid {
		t.Error("the gifts are not shown")
	}
	w.bound[s.ShortcutName()]()
	if w.tabs.chosen != tabChat {
		t.Error("the chat does not come back")
	}
}
