package gui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

// press gives keys to whatever has the focus, as the toolkit does.
func press(w *Window, keys ...fyne.KeyName) {
	for _, k := range keys {
		e := &fyne.KeyEvent{Name: k}
		if f := w.window.Canvas().Focused(); f != nil {
			f.TypedKey(e)
		} else {
			w.window.Canvas().OnTypedKey()(e)
		}
	}
}

func TestHitsAreReachedFromTheBox(t *testing.T) {
	for _, width := range []float32{1280, 480} {
		w := newSearchWindow(t, past(100), width)
		w.search.entry.SetText("第9")
		waitFor(t, w, func() bool { return w.search.list.feed.Len() == 11 && !w.search.asking })
		press(w, fyne.KeyDown)
		if r := w.search.list.picked; r == nil || !strings.Contains(r.Text, "第99条") {
			t.Fatalf("picked first: %+v", r)
		}
		press(w, fyne.KeyDown)
		hit := w.search.list.picked
		if hit == nil || !strings.Contains(hit.Text, "第98条") {
			t.Fatalf("picked next: %+v", hit)
		}
		w.search.around(hit)
		waitFor(t, w, func() bool { return w.search.side.feed.Len() > 10 })
		if alone := width < 720; w.search.entry.Visible() == alone || alone && w.window.Canvas().Focused() != nil {
			t.Errorf("%v wide: the box is in sight: %v, the keys go to %T", width, w.search.entry.Visible(), w.window.Canvas().Focused())
		}
		press(w, fyne.KeyReturn)
		if w.search.side.picked == nil {
			t.Error("the keys do not reach what was said around")
		}
		press(w, fyne.KeyEscape, fyne.KeyEscape)
		if w.search.sideOpen || !w.search.entry.Visible() || w.window.Canvas().Focused() != fyne.Focusable(w.search.entry) {
			t.Error("Escape does not lead back to the box")
		}
		w.tasks.Wait()
	}
}

func TestEveryRoomIsReachedByKeys(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 400)
	for i := range 12 {
		give(t, w, liveStatus(testRoom+event.RoomID(i)))
	}
	last := w.model.Rooms[11]
	for range 12 {
		w.nextRoom(1)
	}
	if w.model.One() != last {
		t.Errorf("on show: %v", w.model.One())
	}
	if it := w.side.shown(); it == nil || it.Position().Y+roomHeight > w.side.scroll.Offset.Y+w.side.scroll.Size().Height {
		t.Error("the room is not in sight in the list")
	}
	w.nextRoom(1)
	if w.model.One() != last {
		t.Error("the end of the list is no end")
	}
	w.chooseRoom(0)
	if w.model.One() != nil || w.side.scroll.Offset.Y != 0 {
		t.Errorf("all rooms: %v, scrolled by %v", w.model.One(), w.side.scroll.Offset.Y)
	}
}

func TestARowThatWasClickedIsCopied(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "first"), commentItem(2, "second"))
	row := func(n int64) *model.Row { f := w.model.Shown().Chat; return f.Row(f.First() + n) }
	w.chat.tapped(row(0), fyne.Position{})
	if w.chat.picked != row(0) {
		t.Fatal("it is not picked")
	}
	w.copyPicked()
	if got := w.cfg.App.Clipboard().Content(); !strings.HasSuffix(got, "观众1: first") {
		t.Errorf("copied %q", got)
	}
	w.chat.tapped(row(0), fyne.Position{})
	if w.chat.picked != nil {
		t.Error("a second click leaves it picked")
	}
}

func TestEscapeTakesTheKeysFromAButton(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "first"))
	w.window.Canvas().Focus(w.seek)
	press(w, fyne.KeyEscape, fyne.KeyReturn)
	if w.page != pageLive || w.chat.picked == nil {
		t.Errorf("on page %d, picked %v", w.page, w.chat.picked)
	}
}
