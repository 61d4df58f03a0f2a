package gui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/gui/model"
)

func TestALineIsPickedByTheKeyboard(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	for i := range 60 {
		give(t, w, commentItem(i, fmt.Sprint("line ", i)))
	}
	var opened []string
	w.chat.menu = func(r *model.Row, at fyne.Position) { opened = append(opened, r.Text) }
	press := func(keys ...fyne.KeyName) {
		for _, k := range keys {
			w.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
			w.frame(time.Now())
		}
	}
	press(fyne.KeyReturn, fyne.KeyReturn)
	press(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyDown, fyne.KeyReturn)
	if len(opened) != 2 || opened[0] != "line 59" || opened[1] != "line 57" {
		t.Errorf("menus of %q", opened)
	}
	give(t, w, commentItem(100, "a newer one"))
	press(fyne.KeyReturn)
	if opened[len(opened)-1] != "line 57" {
		t.Errorf("new lines move the choice to %q", opened[len(opened)-1])
	}
	for range 80 {
		press(fyne.KeyUp)
	}
	press(fyne.KeyReturn)
	if got := opened[len(opened)-1]; got != "line 0" {
		t.Errorf("the oldest line is %q", got)
	}
	press(fyne.KeyEscape)
	if w.chat.picked != nil {
		t.Error("Escape does not let go")
	}
}
