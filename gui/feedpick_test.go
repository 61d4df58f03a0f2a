package gui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"danmaku/gui/model"
)

func TestALineIsPickedByTheKeyboard(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	for i := range 60 {
		give(t, w, commentItem(i, fmt.Sprint("line ", i)))
	}
	var opened []string
	w.chat.menu = func(r *model.Row, _ fyne.Position, _ float32) { opened = append(opened, r.Text) }
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

func TestTheLightUnderAMouseThatRestsGoesOut(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "one"), commentItem(2, "two"))
	lit := func() (n int) {
		w.frame(time.Now())
		for _, s := range w.chat.shown {
			if s.hover {
				n++
			}
		}
		return n
	}
	s := w.chat.shown[1]
	over := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, s.y+s.h/2)}}
	w.chat.MouseIn(over)
	w.eachSecond()
	if n := lit(); n != 1 {
		t.Fatalf("%d rows are lit under the mouse", n)
	}
	w.chat.overAt = time.Now().Add(-lightStays - time.Second)
	w.eachSecond()
	if n := lit(); n != 0 {
		t.Errorf("%d rows are lit although the mouse may be gone", n)
	}
	w.chat.MouseMoved(over)
	if n := lit(); n != 1 {
		t.Errorf("%d rows are lit when it moves again", n)
	}
}
