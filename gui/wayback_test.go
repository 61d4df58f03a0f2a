package gui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"danmaku/event"
	"danmaku/gui/model"
)

func TestACardOpenedElsewhereLeadsBackThere(t *testing.T) {
	for _, width := range []float32{1280, 480} {
		for _, from := range []page{pageLive, pagePast} {
			w := newSearchWindow(t, past(100), width)
			w.openPage(from)
			w.openPerson(&model.Row{Kind: model.RowComment, UserID: "5", Name: "观众5"})
			waitFor(t, w, func() bool { return w.search.side.feed.Len() == 10 })
			press(w, fyne.KeyEscape)
			if w.page != from || w.search.sideOpen {
				t.Errorf("%v wide: from page %d to page %d", width, from, w.page)
			}
			w.openPerson(&model.Row{Kind: model.RowComment, UserID: "5", Name: "观众5"})
			w.openPage(from)
			w.openPage(pageSearch)
			if w.search.sideOpen {
				t.Error("the card is still there when the page is opened to search")
			}
			w.openPerson(&model.Row{Kind: model.RowComment, UserID: "5", Name: "观众5"})
			w.search.sideShut.Tapped(nil)
			if w.page != pageSearch {
				t.Error("a hit's card does not lead back to the hits")
			}
			w.tasks.Wait()
		}
	}
}

func TestTheListHasTheKeysWhenTheFirstRoomCameThroughTheSheet(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	w.eachSecond()
	w.welcome.focus()
	if w.window.Canvas().Focused() != fyne.Focusable(w.welcome.entry) {
		t.Fatal("the first page's box does not have the keys")
	}
	w.askRoom()
	give(t, w, liveStatus(testRoom), commentItem(1, "first")) // the room is there before the sheet goes
	w.closeSheet()
	press(w, fyne.KeyReturn)
	if w.chat.picked == nil {
		t.Errorf("the keys go to %T", w.window.Canvas().Focused())
	}
}

func TestTheMenuOfALineLeavesItInSight(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	for i := range 60 {
		give(t, w, commentItem(i, fmt.Sprint("line ", i)))
	}
	press(w, fyne.KeyReturn) // the lowest
	w.frame(time.Now())
	s := w.chat.shown[w.chat.pickedAt()]
	press(w, fyne.KeyReturn)
	over, ok := w.window.Canvas().Overlays().Top().(fyne.Widget)
	if !ok {
		t.Fatal("no menu")
	}
	menu := test.WidgetRenderer(over).Objects()[0]
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(w.chat).Y + s.y
	if y := menu.Position().Y; y+menu.Size().Height > top+1 {
		t.Errorf("the menu stands from %v to %v, the line begins at %v", y, y+menu.Size().Height, top)
	}
}

func TestAQuestionThatWasLeftIsAskedAgain(t *testing.T) {
	w := newSearchWindow(t, past(100), 1280)
	w.search.entry.SetText("第99条")
	w.openPage(pageLive) // before there is an answer
	w.openPage(pageSearch)
	if w.search.list.empty.text == english.NothingFound {
		t.Error("it says that nothing was found")
	}
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 1 })
}

func TestHitsNameTheirRoomUnlessItWasAskedFor(t *testing.T) {
	w := newSearchWindow(t, past(100), 1280)
	give(t, w, liveStatus(testRoom+1))
	w.selectRoom(w.model.Room(testRoom))
	w.search.entry.SetText("第99条")
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 1 })
	if !w.search.pen.rooms {
		t.Error("nothing says in which of two rooms it was said")
	}
	w.search.chips[0].Tapped(nil)
	if w.search.pen.rooms {
		t.Error("each hit names the only room that was asked for")
	}
	w.search.stop()
}

func TestACardSaysSinceWhenInAsFewWordsAsItTakes(t *testing.T) {
	at := func(s string) event.Millis {
		d, err := time.ParseInLocation("2006-01-02 15:04", s, time.Local)
		if err != nil {
			t.Fatal(err)
		}
		return event.At(d)
	}
	last := at("2026-11-22 19:20")
	for _, tt := range []struct {
		first event.Millis
		want  string
	}{
		{at("2026-11-20 08:00"), "From 2026-11-20 to 2026-11-22 19:20"},
		{at("2026-11-22 08:00"), "From 2026-11-22 08:00 to 19:20"},
		{last, "2026-11-22 19:20"},
	} {
		if got := (&person{first: tt.first, last: last}).facts(&english)[0]; got != tt.want {
			t.Errorf("%q, not %q", got, tt.want)
		}
	}
}

func TestWhatWasPaidNamesItsRoomAmongSeveral(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	now := event.At(time.Now())
	give(t, w, liveStatus(1), liveStatus(2),
		Item{Event: &event.Event{Room: 1, Kind: event.KindGift, At: now, Received: now, User: &event.User{ID: "1", Name: "giver"}, Gift: &event.Gift{Name: "小花花", Count: 12, Total: 1200, Paid: true}}},
		Item{Event: &event.Event{Room: 2, Kind: event.KindSuperChat, At: now, Received: now, User: &event.User{ID: "2", Name: "rich"}, SuperChat: &event.SuperChat{ID: "9", Text: "please sing", Price: 100_000, Start: now, End: now + 60_000}}},
		Item{Event: &event.Event{Room: 2, Kind: event.KindGuard, At: now, Received: now, User: &event.User{ID: "3", Name: "sailor"}, Guard: &event.Guard{Level: 3, Count: 1, Unit: "月", Price: 198_000}}})
	w.selectRoom(nil)
	w.frame(time.Now())
	expect(t, "the column", onScreen(w.paid), "小花花 × 12 · 主播1", "主播2", "Captain × 1 mo · 主播2")
	expect(t, "the pins", onScreen(w.column.pins), "rich", "主播2")
	expect(t, "the sum", onScreen(w.column.head), "All rooms", "¥299.2")
	expect(t, "the chat", onScreen(w.chat), "主播2")
	w.selectRoom(w.model.Room(2))
	w.frame(time.Now())
	if s := onScreen(w.paid) + onScreen(w.column.pins) + onScreen(w.chat); strings.Contains(s, "主播2") {
		t.Errorf("the only room on show is named:\n%s", s)
	}
}

func TestACardOfSeveralRoomsNamesThem(t *testing.T) {
	a := past(100)
	for i := range 50 {
		a.events[i].Room = testRoom + 1
	}
	w := newSearchWindow(t, a, 1280)
	w.openPerson(&model.Row{Kind: model.RowComment, UserID: "5", Name: "观众5"})
	waitFor(t, w, func() bool { return w.search.side.feed.Len() == 10 })
	if !w.search.sidePen.rooms {
		t.Error("nothing says in which of two rooms it was said")
	}
	w.search.around(w.search.side.feed.Row(w.search.side.feed.First()))
	if w.search.sidePen.rooms {
		t.Error("all of one room's rows name it")
	}
	w.tasks.Wait()
}

func TestAReplayAskedForEarlyBeginsWhereSomethingWasRecorded(t *testing.T) {
	a, from := onePast()
	a.told = []model.Broadcast{{Room: testRoom, From: from - 3600_000, To: from + 1200_000, Title: "歌回"}}
	w := newPastWindow(t, a, 1280)
	ctx, cancel := context.WithCancel(t.Context())
	w.ctx = ctx
	defer func() { cancel(); w.tasks.Wait() }()
	w.past.pick(0)
	if w.past.detail.counted {
		t.Fatal("the chart is there at once")
	}
	press(w, fyne.KeyReturn)
	waitFor(t, w, w.replay.on)
	if at, _, _ := w.replay.state(); at < from-model.ChartStep(from-3600_000, from+1200_000) || len(w.replay.steps) == 0 {
		t.Errorf("it begins %d ms before, with %d steps of its chart", from-at, len(w.replay.steps))
	}
}

func TestHitsThatComeLaterLeaveTheListWhereItIs(t *testing.T) {
	a := past(200)
	slices.Reverse(a.events)
	w := newSearchWindow(t, a, 1280)
	rule, err := event.ParseRule("草", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	top := func() string { w.search.list.update(time.Now()); return w.search.list.shown[0].row.Text }
	for _, hits := range [][]event.Event{a.events[:3], a.events[3:40], a.events[40:100]} { // few enough to fit, then more
		w.search.answer(rule, found{hits: hits, till: 1}, 100, nil)
		if got := top(); got != a.events[0].Comment.Text {
			t.Fatalf("after %d more hits the first in sight is %q", len(hits), got)
		}
	}
	w.search.list.key(fyne.KeyEnd)
	end := top()
	w.search.answer(rule, found{hits: a.events[100:], till: 1}, 100, nil)
	if got := top(); got != end {
		t.Errorf("at the end %q was the first in sight, with more hits %q is", end, got)
	}
}

func TestTheSheetInAnotherLookHasTheKeysWhereTheyWere(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	for control, change := range []func(*choice){
		func(c *choice) { c.SetSelectedIndex(0) }, // Chinese
		func(c *choice) { c.SetSelectedIndex(2) }, // light
	} {
		w.reopenSettings(control)
		c, ok := w.window.Canvas().Focused().(*choice)
		if !ok {
			t.Fatalf("control %d is a %T", control, w.window.Canvas().Focused())
		}
		change(c)
		again, ok := w.window.Canvas().Focused().(*choice)
		if !ok || again == c || again.SelectedIndex() != c.SelectedIndex() {
			t.Errorf("control %d: the keys are at a %T", control, w.window.Canvas().Focused())
		}
	}
	if w.language() != Chinese || w.palette != &lightPalette {
		t.Errorf("it is %s, light: %v", w.language(), w.palette == &lightPalette)
	}
	w.tasks.Wait()
}

func TestARuleThatWasCorrectedHasRoom(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	w.openRules(rulesAlert)
	s := sheetOf(t, w)
	for _, text := range []string{"one", "price>x", "price>1", "three"} {
		s.entry.SetText(text)
		s.add()
	}
	if end := s.list.Position().Y + s.list.MinSize().Height; len(s.list.Objects) != 3 || end > s.foot.Position().Y {
		t.Errorf("%d rules end at %v, what stands below begins at %v", len(s.list.Objects), end, s.foot.Position().Y)
	}
}

func TestAButtonOfARuleKeepsTheKeys(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	w.settings.Alerts = []AlertRule{{Rule: "one"}}
	w.openRules(rulesAlert)
	s := sheetOf(t, w)
	var buttons []*chip
	for _, o := range s.list.Objects[0].(*fyne.Container).Objects {
		if row, ok := o.(*fyne.Container); ok {
			for _, o := range row.Objects {
				if c, ok := o.(*chip); ok {
					buttons = append(buttons, c)
				}
			}
		}
	}
	if len(buttons) != 3 {
		t.Fatalf("%d buttons", len(buttons))
	}
	w.window.Canvas().Focus(buttons[0])
	for _, silent := range []bool{true, false} {
		press(w, fyne.KeyReturn)
		if w.window.Canvas().Focused() != fyne.Focusable(buttons[0]) || savedSettings(t, w).Alerts[0].Silent != silent || buttons[0].on == silent {
			t.Errorf("pressed: silent %v, shown on %v", savedSettings(t, w).Alerts[0].Silent, buttons[0].on)
		}
	}
	w.window.Canvas().Focus(buttons[2])
	press(w, fyne.KeyReturn)
	if len(w.settings.Alerts) != 0 || w.window.Canvas().Focused() != fyne.Focusable(s.entry) {
		t.Errorf("%d rules, the keys at %T", len(w.settings.Alerts), w.window.Canvas().Focused())
	}
}

// slowBackend answers a wish for a room when it is told to.
type slowBackend struct {
	*fakeBackend
	answer map[event.RoomID]chan struct{}
}

func (b *slowBackend) Join(_ context.Context, id event.RoomID) (event.Status, error) {
	<-b.answer[id]
	return event.Status{Room: id, State: event.StateOnline, Live: true}, nil
}

func TestTheNextStartShowsTheRoomsAsTheyWere(t *testing.T) {
	for _, tt := range []struct {
		name          string
		shown, choose event.RoomID
		want          event.RoomID
	}{
		{"one of them", 2, 0, 2},
		{"all of them", 0, 0, 0},
		{"another one, chosen before all were there", 2, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &slowBackend{newFakeBackend(), map[event.RoomID]chan struct{}{1: make(chan struct{}), 2: make(chan struct{}), 3: make(chan struct{})}}
			w := newTestWindow(t, Config{Backend: b, Locale: "en", Restore: true}, 1280, 720)
			w.settings.Rooms, w.model.Order, w.wanted = []event.RoomID{3, 1, 2}, []event.RoomID{3, 1, 2}, tt.shown
			w.restore()
			for _, id := range []event.RoomID{1, 3, 2} {
				close(b.answer[id])
				waitFor(t, w, func() bool { return w.model.Room(id) != nil })
				if id == tt.choose {
					w.selectRoom(w.model.Room(id))
				}
			}
			w.remember()
			var got []event.RoomID
			for _, r := range w.model.Rooms {
				got = append(got, r.Status.Room)
			}
			s := savedSettings(t, w)
			if !slices.Equal(got, []event.RoomID{3, 1, 2}) || !slices.Equal(s.Rooms, got) || s.Shown != tt.want {
				t.Errorf("listed %v, remembered %v, on show %v", got, s.Rooms, s.Shown)
			}
			if r := w.model.One(); r == nil && tt.want != 0 || r != nil && r.Status.Room != tt.want {
				t.Errorf("on show: %v", r)
			}
			w.tasks.Wait()
		})
	}
}

func TestAReplayThatEndsLeadsBackToTheRoomOfBefore(t *testing.T) {
	a, from := onePast()
	w := newPastWindow(t, a, 1280)
	ctx, cancel := context.WithCancel(t.Context())
	w.ctx = ctx
	defer func() { cancel(); w.tasks.Wait() }()
	give(t, w, liveStatus(testRoom+1), liveStatus(testRoom+2))
	d := w.past.detail
	before := w.model.Room(testRoom + 1)
	w.selectRoom(before)
	for range 2 { // another replay takes the place of the first
		w.startReplay(d.broadcast, from+600_000, d.line)
	}
	w.replay.end()
	if w.model.One() != before {
		t.Errorf("on show: %v", w.model.One())
	}
	w.startReplay(d.broadcast, from+600_000, d.line)
	other := w.model.Room(testRoom + 2)
	w.selectRoom(other)
	w.replay.end()
	if w.model.One() != other {
		t.Errorf("a replay that is not on show takes away what is: %v", w.model.One())
	}
	w.selectRoom(before)
	w.startReplay(d.broadcast, from+600_000, d.line)
	w.drop(testRoom + 1)
	w.replay.end()
	if w.model.Selected != nil {
		t.Errorf("a room that was left is on show: %v", w.model.Selected)
	}
}
