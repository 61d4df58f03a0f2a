package gui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"danmaku/event"
	"danmaku/gui/model"
)

// onScreen gathers every text of an object and what is in it, as far as it is
// not hidden.
func onScreen(o fyne.CanvasObject) string {
	var b strings.Builder
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *canvas.Text:
			b.WriteString(o.Text + "\n")
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	walk(o)
	return b.String()
}

func expect(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not show %q but:\n%s", where, want, text)
		}
	}
}

func TestACommentIsShownWithItsPerson(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "zh_CN"}, 1280, 720)
	it := commentItem(1, "主播晚上好")
	it.Event.User.Guard, it.Event.User.Admin = 3, true
	it.Event.User.Medal = &event.Medal{Name: "小狐狸", Level: 21, Lit: true}
	give(t, w, liveStatus(testRoom), it)
	expect(t, "the chat", onScreen(w.chat), "主播晚上好", "观众1", "房管", "舰长", "小狐狸", "21")
	expect(t, "the header", onScreen(w.header), "标题", "直播中", "主播21452505")
	expect(t, "the sidebar", onScreen(w.side.list), "主播21452505", "标题")
	expect(t, "the status bar", onScreen(w.status), "已存档", "没有缺失")
}

func TestGiftsAndSuperChatsAreSetApart(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en_GB"}, 1280, 720)
	now := event.At(time.Now())
	give(t, w, liveStatus(testRoom),
		Item{Event: &event.Event{Room: testRoom, Kind: event.KindGift, At: now, Received: now, User: &event.User{ID: "1", Name: "giver"},
			Gift: &event.Gift{Name: "小花花", Count: 12, Total: 1200, Paid: true}}},
		Item{Event: &event.Event{Room: testRoom, Kind: event.KindSuperChat, At: now, Received: now, User: &event.User{ID: "2", Name: "rich"},
			SuperChat: &event.SuperChat{ID: "9", Text: "please sing", Price: 100_000, Start: now, End: now + 60_000}}},
		Item{Event: &event.Event{Room: testRoom, Kind: event.KindGuard, At: now, Received: now, User: &event.User{ID: "3", Name: "sailor"},
			Guard: &event.Guard{Level: 3, Count: 1, Unit: "月", Price: 198_000}}})
	expect(t, "the list of gifts", onScreen(w.paid), "giver", "小花花 × 12", "¥1.2", "rich", "¥100", "sailor", "became Captain × 1 mo", "¥198")
	expect(t, "the pins", onScreen(w.column.pins), "rich", "please sing", "¥100")
	expect(t, "the totals", onScreen(w.column.head), "¥299.2", "3 givers")
	chat := onScreen(w.chat)
	expect(t, "the chat", chat, "please sing", "sailor")
	if strings.Contains(chat, "小花花") {
		t.Error("a gift is in the chat")
	}
}

func TestTroubleIsSaidWithWhatToDo(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	now := event.At(time.Now())
	give(t, w, Item{Status: &event.Status{Room: testRoom, State: event.StateRiskControl, Until: now + 600_000, Streamer: "x"}})
	w.root.Refresh()
	expect(t, "the banner", onScreen(w.banner), "Checked by the platform", "Log in if you have not")
	if !w.banner.Visible() || w.banner.Size().Height < 40 {
		t.Error("the banner is not in sight")
	}
	give(t, w, liveStatus(testRoom))
	if w.banner.Visible() {
		t.Error("the banner stays after the trouble is over")
	}
}

func TestAFullDiskIsSaidBeforeHiddenNames(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en", Archive: &fakeArchive{}}, 1280, 720)
	give(t, w, Item{Status: &event.Status{Room: testRoom, State: event.StateMasked, Masking: event.MaskedGuest, Live: true, Streamer: "x"}})
	w.root.Refresh()
	expect(t, "the banner", onScreen(w.banner), "Not archived", "Make room on the disk")
	give(t, w, Item{Status: &event.Status{Room: testRoom, State: event.StateMasked, Masking: event.MaskedGuest, Live: true, Streamer: "x", Archived: true}})
	expect(t, "the banner", onScreen(w.banner), "Names hidden", "You are not logged in")
	give(t, w, Item{Link: &model.Link{Online: true, URL: "http://127.0.0.1:1"}})
	expect(t, "the banner", onScreen(w.banner), "Log in where it runs")
}

func TestWithoutARoomTheWindowSaysWhatToDo(t *testing.T) {
	demo := make(chan struct{}, 1)
	w := newTestWindow(t, Config{Locale: "ja_JP", Demo: func(context.Context) error { demo <- struct{}{}; return nil }}, 900, 600)
	w.eachSecond()
	expect(t, "the first page", onScreen(w.welcome.box), "配信を見る", "デモ配信で試す")
	test.Tap(w.welcome.demo)
	<-demo
	give(t, w, liveStatus(testRoom))
	if w.welcome.box.Visible() {
		t.Error("the first page stays when there is a room")
	}
}

func TestAddingARoomByItsAddress(t *testing.T) {
	b := newFakeBackend()
	w := newTestWindow(t, Config{Backend: b, Locale: "en"}, 1280, 720)
	entry, hint, act := w.addressEntry(func() {})
	entry.SetText("what")
	act()
	if hint.text != english.BadAddress {
		t.Errorf("a wrong address: %q", hint.text)
	}
	entry.SetText("https://live.bilibili.com/7777?spm=1")
	act()
	if id := <-b.joined; id != 7777 {
		t.Errorf("joined %d", id)
	}
	waitFor(t, w, func() bool { return w.model.Room(7777) != nil && w.model.One() == w.model.Room(7777) })
	for _, again := range []string{"8888", "7777"} { // the list stays in its order
		entry.SetText(again)
		act()
		<-b.joined
		waitFor(t, w, func() bool { return w.model.One() != nil && w.model.One().Status.Room.String() == again })
	}
	b.err = errors.New("no such room")
	entry.SetText("404")
	act()
	<-b.joined
	waitFor(t, w, func() bool { return strings.Contains(hint.text, "no such room") })
	if got := fmt.Sprint(savedSettings(t, w).Rooms); got != "[7777 8888]" {
		t.Errorf("remembered %s", got)
	}
}

func TestARoomThatDoesNotExistIsNotListed(t *testing.T) {
	b := newFakeBackend()
	w := newTestWindow(t, Config{Backend: b, Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), liveStatus(7777))
	w.selectRoom(w.model.Room(testRoom))
	for i := range 100 {
		give(t, w, commentItem(i, fmt.Sprint("number ", i)))
	}
	w.chat.scroll(-500)
	entry, hint, act := w.addressEntry(func() {})
	entry.SetText("404")
	b.err, b.state = errors.New("a chain of packages"), event.StateNotFound
	none := Item{Status: &event.Status{Room: 404, State: event.StateNotFound}}
	give(t, w, none)
	act()
	<-b.joined
	waitFor(t, w, func() bool { return hint.text == "No such room · Check the number. It is not tried again." })
	give(t, w, none) // the room's last word may come later
	if w.model.Room(404) != nil || strings.Contains(onScreen(w.side.list), "404") {
		t.Error("the room is listed")
	}
	if away, _ := w.chat.feed.Away(); !away || w.model.One() != w.model.Room(testRoom) {
		t.Error("what was on show is so no longer")
	}
	b.err, b.state = nil, ""
	entry.SetText("404")
	act()
	<-b.joined
	waitFor(t, w, func() bool { return w.model.Room(404) != nil })
}

func TestNothingIsCalledConnectedThatIsNot(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en", Archive: &fakeArchive{}}, 1280, 720)
	refused := func(id event.RoomID) Item {
		return Item{Status: &event.Status{Room: id, State: event.StateRiskControl, Streamer: "x"}}
	}
	give(t, w, refused(testRoom), refused(7777))
	expect(t, "the empty chat", onScreen(w.chat), "Not connected yet")
	give(t, w, liveStatus(testRoom), liveStatus(7777))
	expect(t, "the empty chat", onScreen(w.chat), "Connected. The first comment")
	give(t, w, Item{Link: &model.Link{URL: "http://127.0.0.1:1", Err: "refused"}})
	w.eachSecond()
	expect(t, "the banner", onScreen(w.banner), "No connection to the relay", "refused")
	expect(t, "the header", onScreen(w.header), "No connection to the relay")
	give(t, w, Item{Link: &model.Link{URL: "http://127.0.0.1:1", Why: model.LinkShutdown, Err: "refused"}})
	w.words = &chinese
	w.banner.repaint()
	if s := onScreen(w.banner); !strings.Contains(s, "正在关闭或重启") || strings.Contains(s, "refused") {
		t.Errorf("the banner says in Chinese %q", s)
	}
	w.words = &english
	if s := onScreen(w.status); strings.Contains(s, "Archived") || strings.Contains(s, "No gaps") {
		t.Errorf("the status bar says %q", s)
	}
	give(t, w, Item{Left: testRoom}, Item{Left: 7777})
	w.eachSecond()
	if w.welcome.box.Visible() {
		t.Error("a room is asked for when the relay is gone")
	}
}

func TestTheTabsOfANarrowWindowSayWhatWasPaid(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 480, 800)
	now := event.At(time.Now())
	give(t, w, liveStatus(testRoom), Item{Event: &event.Event{Room: testRoom, Kind: event.KindGift, At: now, Received: now, User: &event.User{ID: "1", Name: "giver"},
		Gift: &event.Gift{Name: "小花花", Count: 12, Total: 1200, Paid: true}}})
	w.eachSecond()
	expect(t, "the tabs", onScreen(w.tabs.box), "Gifts  ¥1.2")
}

func TestTheListSticksUntilItIsScrolledUp(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	for i := range 200 {
		give(t, w, commentItem(i, fmt.Sprint("comment number ", i)))
	}
	expect(t, "the chat", onScreen(w.chat), "comment number 199")
	w.chat.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 300)})
	w.frame(time.Now())
	before := onScreen(w.chat.body)
	for i := 200; i < 205; i++ {
		give(t, w, commentItem(i, fmt.Sprint("comment number ", i)))
	}
	if after := onScreen(w.chat.body); after != before {
		t.Errorf("the list moved while it was scrolled up:\n%s\nbecame\n%s", before, after)
	}
	expect(t, "the button", onScreen(w.chat.newer), "5 new")
	test.Tap(w.chat.newer)
	w.frame(time.Now())
	expect(t, "the chat", onScreen(w.chat.body), "comment number 204")
	if w.chat.newer.Visible() {
		t.Error("the button stays at the newest row")
	}
	w.chat.key(fyne.KeyHome)
	w.frame(time.Now())
	expect(t, "the chat", onScreen(w.chat.body), "comment number 0")
}

func TestOnlyNewAndChangedRowsAreDrawnAnew(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	for i := range 500 {
		give(t, w, commentItem(i, fmt.Sprint("x", i)))
	}
	w.chat.painted = 0
	give(t, w, commentItem(501, "new"))
	if w.chat.painted != 1 {
		t.Errorf("%d rows drawn for one new one", w.chat.painted)
	}
	w.chat.painted = 0
	give(t, w, commentItem(502, "new"))
	if w.chat.painted != 1 {
		t.Errorf("%d rows drawn for a repeat", w.chat.painted)
	}
	expect(t, "the chat", onScreen(w.chat.body), "× 2")
	if n := len(w.chat.shown) + len(w.chat.free); n > 80 {
		t.Errorf("%d cells for one window", n)
	}
}

func TestAnIdleRoomStopsTheAnimation(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "x"))
	if !w.moving.Load() {
		t.Fatal("no frames though something came in")
	}
	now := time.Now()
	for range 10 * idleFrames {
		now = now.Add(frameTime)
		w.frame(now)
	}
	if w.moving.Load() {
		t.Error("frames go on with nothing to draw")
	}
	if err := w.inbox.put(t.Context(), []Item{commentItem(2, "y")}); err != nil {
		t.Fatal(err)
	}
	if !w.moving.Load() {
		t.Error("it sleeps on though something came in")
	}
}

func TestTheWindowFitsNarrowAndWideScreens(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "x"))
	for _, tt := range []struct {
		width, height      float32
		side, column, tabs bool
	}{{1280, 720, true, true, false}, {800, 600, true, true, false}, {480, 800, false, false, true}} {
		w.window.Resize(fyne.NewSize(tt.width, tt.height))
		w.root.Refresh()
		if w.side.box.Visible() != tt.side || w.column.box.Visible() != tt.column || w.tabs.box.Visible() != tt.tabs {
			t.Errorf("%v: rooms %v, gifts %v, tabs %v", tt.width, w.side.box.Visible(), w.column.box.Visible(), w.tabs.box.Visible())
		}
		if s := w.chat.Size(); s.Width < 300 || s.Height < 300 || w.chat.Position().X+s.Width > tt.width {
			t.Errorf("%v: the chat is %v at %v", tt.width, s, w.chat.Position())
		}
	}
	w.tabs.choose(1)
	if w.chat.Visible() || !w.column.box.Visible() {
		t.Error("the second tab does not show the gifts")
	}
}

func TestLanguageAndLookChangeAtOnce(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	to := event.At(time.Now())
	give(t, w, liveStatus(testRoom), commentItem(1, "x"), Item{Gap: &event.Gap{Room: testRoom, From: to - 14_000, To: &to, Cause: event.CauseNetwork}})
	expect(t, "the chat", onScreen(w.chat), "Missed 14 s · network")
	w.settings.Language, w.settings.Appearance = Chinese, Light
	w.restyle()
	w.frame(time.Now())
	expect(t, "the chat", onScreen(w.chat), "缺失 14 秒 · 网络")
	expect(t, "the status bar", onScreen(w.status), "已存档")
	if w.palette != &lightPalette {
		t.Error("it is still dark")
	}
	w.openSettings()
	w.closeSheet()
}

func TestRoomsAreChosenByClickAndKey(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	other := commentItem(1, "from the other room")
	other.Event.Room = 7
	give(t, w, liveStatus(testRoom), liveStatus(7), commentItem(2, "from the first room"), other)
	expect(t, "all rooms", onScreen(w.chat), "from the first room", "from the other room", "主播7")
	w.chooseRoom(2)
	w.frame(time.Now())
	if s := onScreen(w.chat); strings.Contains(s, "first room") || !strings.Contains(s, "other room") {
		t.Errorf("room 2 shows:\n%s", s)
	}
	give(t, w, commentItem(3, "again"))
	expect(t, "the sidebar", onScreen(w.side.list), "1")
	w.side.items[1].Tapped(nil)
	w.frame(time.Now())
	expect(t, "room 1", onScreen(w.chat), "again")
	if w.model.Room(testRoom).Unread != 0 {
		t.Error("still unread")
	}
	w.side.items[1].MouseIn(&desktop.MouseEvent{})
	w.side.items[1].MouseOut()
}

func TestTheMenuOfARowCopies(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "copy me"))
	w.rowMenu(w.chat.shown[0].row, fyne.NewPos(10, 10), 0)
	w.copy(w.rowText(w.chat.shown[0].row))
	if got := w.cfg.App.Clipboard().Content(); !strings.HasSuffix(got, "观众1: copy me") {
		t.Error(got)
	}
	for _, k := range []model.RowKind{model.RowGift, model.RowGuard, model.RowSuperChat, model.RowGap, model.RowNotice} {
		if s := w.rowText(&model.Row{Kind: k, Name: "n", Text: "t", Item: "i"}); len(s) < 10 {
			t.Errorf("kind %d is copied as %q", k, s)
		}
	}
}

func TestRunFeedsTheWindowUntilItsContextEnds(t *testing.T) {
	b := newFakeBackend()
	w := newTestWindow(t, Config{Backend: b, Locale: "en"}, 1280, 720)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	for w.moving.Load() { // asleep, so that what comes has to wake it
		w.frame(time.Now())
	}
	b.items <- []Item{liveStatus(testRoom), commentItem(1, "hello")}
	waitFor(t, w, func() bool { return w.model.Shown().Chat.Len() == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := w.inbox.put(t.Context(), []Item{commentItem(2, "late")}); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAWindowInWhichNothingChangesIsNotDrawnAgain(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "草"))
	for _, p := range []*pane{w.header, w.status, w.column.head, w.column.pins, w.banner, &w.side.items[1].pane} {
		p.repaint()
		before := p.look
		p.repaint()
		if p.Size().Width > 0 && p.Size().Height > 0 && (before == 0 || p.look != before) {
			t.Errorf("a pane looks different the second time: %x, %x", before, p.look)
		}
	}
	before := w.header.look
	s := liveStatus(testRoom)
	s.Status.Title = "another title"
	give(t, w, s)
	if w.header.look == before {
		t.Error("another title looks the same")
	}
}

func TestWithoutAGraphicsCardLessIsDrawn(t *testing.T) {
	used := time.Duration(0)
	w := newTestWindow(t, Config{Locale: "en", CPU: func() time.Duration { return used }}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	second := func(frames int, each time.Duration) {
		for range frames {
			w.frames.tick(time.Now())
		}
		used += time.Duration(frames) * each
		w.eachSecond()
	}
	for range 10 {
		second(60, time.Millisecond)
		second(5, 50*time.Millisecond)
	}
	if w.frames.dear {
		t.Fatal("a graphics card is missed where there is one, or where little is drawn")
	}
	for range dearSeconds {
		second(50, 12*time.Millisecond)
	}
	if !w.frames.dear || !w.chat.glideOff {
		t.Fatalf("still drawn as often as before, gliding: %v", !w.chat.glideOff)
	}
	now := time.Now().Add(time.Minute)
	w.touched = false
	w.frame(now.Add(dearPause))
	if err := w.inbox.put(t.Context(), []Item{commentItem(9, "later")}); err != nil {
		t.Fatal(err)
	}
	w.touched = false
	w.frame(now.Add(dearPause + frameTime))
	if w.model.Shown().Chat.Len() != 0 {
		t.Error("drawn a frame later")
	}
	w.frame(now.Add(2 * dearPause))
	if w.model.Shown().Chat.Len() != 1 {
		t.Error("never drawn")
	}
}
