package gui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"danmaku/event"
	"danmaku/gui/model"
)

func newPastWindow(t *testing.T, a *fakeArchive, width float32) *Window {
	t.Helper()
	w := newTestWindow(t, Config{Locale: "en", Archive: a}, width, 720)
	give(t, w, liveStatus(testRoom))
	w.openPage(pagePast)
	waitFor(t, w, func() bool { return len(w.past.broadcasts) > 0 })
	return w
}

// onePast is an archive with one broadcast of twenty minutes that was told of,
// and its beginning.
func onePast() (*fakeArchive, event.Millis) {
	a := past(1200)
	from := a.events[0].At
	a.told = []model.Broadcast{{Room: testRoom, Title: "歌回", From: from, To: from + 1200_000}}
	return a, from
}

func TestThePastListsBroadcastsAndShowsTheNewest(t *testing.T) {
	a, _ := onePast()
	w := newPastWindow(t, a, 1280)
	expect(t, "the list", onScreen(w.past.list), "歌回", "20 min", "1,188")
	waitFor(t, w, func() bool { return len(w.past.detail.line.marks) == 1 && w.past.detail.list.feed.Len() > 100 })
	expect(t, "the broadcast", onScreen(w.past.detail.box), "歌回", "主播21452505", "¥240", "名场面", "第0条")
	if w.past.choose.text != "主播21452505" {
		t.Errorf("the room on show is not chosen but %q", w.past.choose.text)
	}
	w.anywhere(fyne.KeyEscape)
	if w.page != pageLive {
		t.Error("Escape leaves the page")
	}
}

func TestAClickOnTheTimeLineShowsWhatWasSaidThere(t *testing.T) {
	a, from := onePast()
	w := newPastWindow(t, a, 1280)
	d := w.past.detail
	waitFor(t, w, func() bool { return len(d.line.steps) > 0 && d.list.feed.Len() > 0 })
	size := d.line.Size()
	test.TapAt(d.line, fyne.NewPos(d.line.x(from+600_000, size.Width), size.Height/2))
	if near := d.at - from - 600_000; near < -3000 || near > 3000 {
		t.Fatalf("picked %d ms beside it", near)
	}
	waitFor(t, w, func() bool { return strings.Contains(onScreen(d.list), "第600条") })
	if strings.Contains(onScreen(d.list), "第500条") {
		t.Error("what was said long before is in sight")
	}
	for range 12 { // to the end of the broadcast
		d.list.key(fyne.KeyEnd)
		waitFor(t, w, func() bool { return !d.busy })
	}
	expect(t, "the end", onScreen(d.list), "第1199条")
	seen := map[int64]bool{}
	for i := d.list.feed.First(); i < d.list.feed.End(); i++ {
		r := d.list.feed.Row(i)
		if seen[r.Seq] {
			t.Errorf("event %d is listed twice", r.Seq)
		}
		seen[r.Seq] = true
	}
}

func TestANarrowWindowShowsListOrBroadcast(t *testing.T) {
	a, _ := onePast()
	w := newPastWindow(t, a, 480)
	if !w.past.scroll.Visible() || w.past.detail.box.Visible() {
		t.Fatal("the list is not alone")
	}
	w.past.items[0].Tapped(nil)
	if w.past.scroll.Visible() || !w.past.detail.box.Visible() {
		t.Error("the broadcast is not alone")
	}
	w.anywhere(fyne.KeyEscape)
	if !w.past.scroll.Visible() || w.page != pagePast {
		t.Error("Escape goes back to the list")
	}
}

func TestAReplayRunsBesideTheLiveRoom(t *testing.T) {
	a, from := onePast()
	w := newPastWindow(t, a, 1280)
	ctx, cancel := context.WithCancel(t.Context())
	w.ctx = ctx
	defer func() { cancel(); w.tasks.Wait() }()
	waitFor(t, w, func() bool { return len(w.past.detail.line.steps) > 0 })
	w.startReplay(w.past.detail.broadcast, from+600_000, w.past.detail.line)
	if w.page != pageLive || !w.replay.shown() || !w.replay.bar.box.Visible() {
		t.Fatal("the replay is not on show")
	}
	// What was said just before is there at once; a little later what comes next.
	until := func(text string) {
		t.Helper()
		late := time.Now().Add(time.Minute)
		for !strings.Contains(onScreen(w.chat), text) {
			if time.Now().After(late) {
				t.Fatalf("%s never comes, but:\n%s", text, onScreen(w.chat))
			}
			w.frame(time.Now())
			select {
			case f := <-queues[w]:
				f()
			default:
			}
		}
	}
	until("第599条")
	expect(t, "the header", onScreen(w.header), "Replay", "歌回")
	for range 4 {
		w.replay.key(fyne.KeyPlus)
	}
	until("第603条")
	give(t, w, commentItem(1, "said right now"))
	if r := w.model.Room(testRoom); r.Unread != 1 || r.Chat.Len() != 1 {
		t.Errorf("the live room has %d rows, %d unread", r.Chat.Len(), r.Unread)
	}
	w.replay.key(fyne.KeySpace)
	at, speed, playing := w.replay.state()
	if playing || speed != 16 {
		t.Errorf("after a pause: playing %v at %v", playing, speed)
	}
	w.replay.key(fyne.KeyLeft)
	if now, _, _ := w.replay.state(); now != at-jump {
		t.Errorf("back from %d to %d", at, now)
	}
	w.replay.bar.line.pick(from + 60_000)
	until("第59条")
	if s := onScreen(w.chat); strings.Contains(s, "第603条") {
		t.Error("what was on show before the seek stays")
	}
	if n := w.model.Replay.Totals.Comments; n < 40 || n > 80 {
		t.Errorf("%d comments in the first minute", n)
	}
	w.replay.end()
	if w.model.Replay != nil || w.replay.bar.box.Visible() || w.model.One() != w.model.Room(testRoom) {
		t.Error("the replay is not over")
	}
	w.frame(time.Now())
	expect(t, "the live room", onScreen(w.chat), "said right now")
}

func TestAnExportShowsHowFarItIs(t *testing.T) {
	a, _ := onePast()
	w := newPastWindow(t, a, 1280)
	step, orders := make(chan struct{}), make(chan Export, 4)
	var result error
	a.export = func(ctx context.Context, x Export, progress func(Progress)) (Exported, error) {
		orders <- x
		progress(Progress{Part: 0.42, Bytes: 4200})
		select {
		case <-step:
		case <-ctx.Done():
			return Exported{}, ctx.Err()
		}
		return Exported{Events: 1188, Bytes: 10_000}, result
	}
	x := w.askExport(w.past.broadcasts[0])
	x.entry.SetText("relative.xml")
	x.start()
	if x.running || x.hint.text != english.Past.NeedsName {
		t.Errorf("a name without a folder: %q", x.hint.text)
	}
	x.entry.SetText("/somewhere/a.xml")
	for _, tt := range []struct {
		err  error
		want string
	}{{ErrFileExists, english.Past.FileExists}, {nil, "1,188 events written, 9.8 kB"}} {
		result = tt.err
		x.start()
		order := <-orders
		if order.File != "/somewhere/a.xml" || order.Room != testRoom || order.Title != "歌回" || order.Replace != (tt.err == nil) {
			t.Errorf("ordered %+v", order)
		}
		waitFor(t, w, func() bool { return strings.Contains(x.hint.text, "42%") && x.bar.part > 0.4 })
		step <- struct{}{}
		waitFor(t, w, func() bool { return !x.running })
		if x.hint.text != tt.want {
			t.Errorf("it says %q, not %q", x.hint.text, tt.want)
		}
	}
	if !x.folder.Visible() || w.settings.ExportDir != "/somewhere" {
		t.Error("the folder is not offered, or not remembered")
	}
	x.start()
	<-orders
	x.start() // stops
	waitFor(t, w, func() bool { return !x.running })
	if x.hint.text != english.Past.Cancelled {
		t.Errorf("stopped: %q", x.hint.text)
	}
	x.start()
	<-orders
	w.closeSheet()
	w.tasks.Wait()
}

func TestErrorsOfAnExportSayWhatToDo(t *testing.T) {
	words := &english.Past
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("boom"), "The export failed: boom"},
		{fmt.Errorf("write x: %w", fs.ErrNotExist), words.NoFolder},
		{fmt.Errorf("write x: %w", fs.ErrPermission), words.NotAllowed},
		{fmt.Errorf("write x: %w", errDiskFull()), words.DiskFull},
		{ErrCannotHide, words.NotHere},
	} {
		if got := english.exportError(tt.err); got != tt.want {
			t.Errorf("%v: %q, not %q", tt.err, got, tt.want)
		}
	}
	for _, name := range []string{`a/b\c:d*e`, strings.Repeat("长", 100), "..", " x. "} {
		if got := fileName(name); len(got) > 120 || strings.ContainsAny(got, `/\:*?"<>|`) || strings.Trim(got, " .") != got {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}

func TestWhatARelayCannotTellIsSaid(t *testing.T) {
	a, _ := onePast()
	a.lacks = []Lack{LacksPseudonyms, LacksRooms}
	w := newPastWindow(t, a, 1280)
	expect(t, "the page", onScreen(w.past.box), "an earlier version")
	x := w.askExport(w.past.broadcasts[0])
	if !x.hide.Disabled() || x.hint.text != english.Past.NotHere {
		t.Errorf("people can be hidden: %q", x.hint.text)
	}
	w.closeSheet()

	w = newTestWindow(t, Config{Locale: "en", Archive: &fakeArchive{err: ErrNoArchive}}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "草"))
	w.openPage(pagePast)
	waitFor(t, w, func() bool { return w.past.empty.text == english.Past.RelayNoArchive })
	w.openPage(pageSearch)
	w.search.entry.SetText("草")
	waitFor(t, w, func() bool { return w.search.hint.text == english.Past.RelayNoArchive })
	w.openPerson(&model.Row{Kind: model.RowComment, UserID: "1", Name: "观众1"})
	waitFor(t, w, func() bool { return w.search.side.empty.text == english.Past.RelayNoArchive })
	w.search.around(&model.Row{Kind: model.RowComment, Room: testRoom, Seq: 1})
	waitFor(t, w, func() bool { return w.search.side.empty.text == english.Past.RelayNoArchive })
	w.tasks.Wait()
}
