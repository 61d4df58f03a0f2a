package gui

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

// past is an archive of n comments, one a second, with a few other things.
func past(n int) *fakeArchive {
	a := &fakeArchive{}
	start := event.At(time.Now()) - event.Millis(n)*1000
	for i := range n {
		e := event.Event{Seq: int64(i + 1), Key: fmt.Sprint("dm:", i), Room: testRoom, Kind: event.KindComment, At: start + event.Millis(i)*1000,
			User: &event.User{ID: fmt.Sprint(i % 10), Name: fmt.Sprintf("观众%d", i%10)}, Comment: &event.Comment{Text: fmt.Sprintf("第%d条 草", i)}}
		if i%100 == 50 {
			e.Kind, e.Comment = event.KindGift, nil
			e.Gift = &event.Gift{Name: "气球", Count: 2, Total: 20_000, Paid: true}
		}
		if i == n-5 {
			e.User.Name = "改名了"
		}
		a.events = append(a.events, e)
	}
	return a
}

func newSearchWindow(t *testing.T, a Archive, width float32) *Window {
	w := newTestWindow(t, Config{Locale: "en", Archive: a}, width, 720)
	give(t, w, liveStatus(testRoom))
	w.openPage(pageSearch)
	return w
}

func TestSearchFindsWhileTyping(t *testing.T) {
	w := newSearchWindow(t, past(1000), 1280)
	expect(t, "the empty page", onScreen(w.search.box), "Type what to look for")
	w.search.entry.SetText("第99")
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 11 }) // 第99条 and 第990条 to 第999条
	expect(t, "the page", onScreen(w.search.box), "第999条", "11 hits")
	if first := w.search.list.feed.Row(w.search.list.feed.First()); !strings.Contains(first.Text, "第999条") {
		t.Errorf("the first hit is %q, not the newest", first.Text)
	}
	w.search.entry.SetText("nowhere")
	waitFor(t, w, func() bool { return strings.Contains(onScreen(w.search.box), "Nothing found") })
	w.search.entry.SetText(`kind:gift price>=20 user:0`)
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 10 })
	expect(t, "the page", onScreen(w.search.box), "气球 × 2", "¥20")
}

// A recording that was imported later stands behind in the archive.
func TestSearchAndCardsShowTheNewestByTheClockFirst(t *testing.T) {
	a := past(300)
	for _, e := range past(250).events {
		e.Seq, e.At = e.Seq+300, e.At-event.Millis(30*24*3600_000)
		e.Comment = &event.Comment{Text: "早 草"}
		a.events = append(a.events, e)
	}
	w := newSearchWindow(t, a, 1280)
	falling := func(f *model.Feed, n int) {
		t.Helper()
		waitFor(t, w, func() bool { return f.Len() >= n && !w.search.stale })
		for i := f.First() + 1; i < f.End(); i++ {
			if f.Row(i).At > f.Row(i-1).At {
				t.Fatalf("row %d of %d stands behind one of %d", i, f.Row(i).At, f.Row(i-1).At)
			}
		}
	}
	for _, question := range []string{"草", "草 or 早", "user:3"} {
		w.search.entry.SetText(question)
		falling(w.search.list.feed, 20)
		if f := w.search.list.feed; strings.HasPrefix(f.Row(f.First()).Text, "早") {
			t.Errorf("%s: %q comes first", question, f.Row(f.First()).Text)
		}
	}
	w.search.entry.SetText("草 or 早")
	w.search.list.key(fyne.KeyEnd)
	for n := searchPage; n < 540; n += searchPage {
		falling(w.search.list.feed, n)
		w.search.list.key(fyne.KeyEnd)
	}
	w.openPerson(w.search.list.feed.Row(w.search.list.feed.First()))
	falling(w.search.side.feed, 50)
}

func TestAMistakeInASearchIsExplained(t *testing.T) {
	w := newSearchWindow(t, past(10), 1280)
	w.search.entry.SetText("usr:me")
	expect(t, "the hint", onScreen(w.search.hint), `"usr"`, "no such field")
	w.search.entry.SetText(`"half`)
	expect(t, "the hint", onScreen(w.search.hint), "not closed")
	w.search.entry.SetText("")
	if s := onScreen(w.search.hint); s != "" {
		t.Errorf("the hint stays: %s", s)
	}
}

func TestSearchGoesOnWhenScrolledDown(t *testing.T) {
	w := newSearchWindow(t, past(1000), 1280)
	w.search.entry.SetText("草")
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == searchPage })
	expect(t, "the hint", onScreen(w.search.hint), "200 hits so far")
	for want := 2 * searchPage; want <= 4*searchPage; want += searchPage {
		w.search.list.key(fyne.KeyEnd)
		waitFor(t, w, func() bool { return w.search.list.feed.Len() >= want })
	}
	seen := map[int64]bool{}
	f := w.search.list.feed
	for i := f.First(); i < f.End(); i++ {
		if seq := f.Row(i).Seq; seen[seq] {
			t.Fatalf("event %d is listed twice", seq)
		} else {
			seen[seq] = true
		}
	}
}

func TestChipsPutFiltersIntoTheBox(t *testing.T) {
	w := newSearchWindow(t, past(10), 1280)
	w.search.entry.SetText("草")
	w.search.chips[0].Tapped(nil)
	w.search.chips[1].Tapped(nil)
	if got := w.search.entry.Text; got != "草 room:21452505 kind:comment" {
		t.Error(got)
	}
	w.search.chips[3].Tapped(nil) // another kind replaces the first
	w.search.chips[0].Tapped(nil)
	if got := w.search.entry.Text; got != "草 kind:gift" {
		t.Error(got)
	}
	if !w.search.chips[3].on || w.search.chips[1].on || w.search.chips[0].on {
		t.Error("the chips do not show what is in the box")
	}
	w.search.stop()
}

func TestAHitShowsWhatWasSaidAroundIt(t *testing.T) {
	w := newSearchWindow(t, past(1000), 1280)
	w.search.entry.SetText("第500条")
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 1 })
	w.search.list.tapped(w.search.list.feed.Row(w.search.list.feed.First()), fyne.Position{})
	waitFor(t, w, func() bool { return w.search.side.feed.Len() > 100 })
	expect(t, "around it", onScreen(w.search.side), "第499条", "第500条", "第501条")
	marked := 0
	for i := w.search.side.feed.First(); i < w.search.side.feed.End(); i++ {
		if w.search.side.feed.Row(i).Highlight {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("%d rows are marked", marked)
	}
	w.anywhere(fyne.KeyEscape)
	if w.search.sideOpen || w.page != pageSearch {
		t.Error("Escape closes the panel first")
	}
	w.anywhere(fyne.KeyEscape)
	if w.page != pageLive {
		t.Error("then the page")
	}
}

func TestAPersonsCardTellsAll(t *testing.T) {
	for _, width := range []float32{1280, 480} {
		w := newSearchWindow(t, past(1000), width)
		w.openPerson(&model.Row{Kind: model.RowComment, UserID: "5", Name: "观众5"})
		waitFor(t, w, func() bool { return w.search.side.feed.Len() == 100 })
		expect(t, "the card", onScreen(w.search.sideHead), "改名了", "Former names: 观众5", "100 comments")
		w.settings.Notes = map[string]string{"5": "owes me a song"}
		w.search.relayout()
		expect(t, "the card", onScreen(w.search.sideHead), "owes me a song")
		w.settings.Notes["5"] = "comes every Friday, asks for the same song again and again, and leaves before it is over; hums"
		w.search.relayout()
		expect(t, "the card with a long note", onScreen(w.search.sideHead), "comes every Friday", "hums")
		if listed := w.search.list.Visible(); listed != (width > 1000) {
			t.Errorf("at %v the hits are visible: %v", width, listed)
		}
		w.search.shutSide()
	}
}

func TestWithoutAnArchiveSearchSaysSo(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	w.openPage(pageSearch)
	expect(t, "the page", onScreen(w.search.box), "Nothing is kept")
}

func TestMutedAndMarkedPeople(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(1, "one"), commentItem(2, "two"), commentItem(3, "three"))
	row := w.chat.shown[0].row
	w.ruleItem(&w.settings.Mutes, row, "Mute", "", "muted", "").Action()
	if w.notice.say != "观众1 · muted" {
		t.Errorf("it says %q", w.notice.say)
	}
	w.frame(time.Now())
	if s := onScreen(w.chat.body); strings.Contains(s, "one\n") || !strings.Contains(s, "two") {
		t.Errorf("after muting:\n%s", s)
	}
	give(t, w, commentItem(1, "again"))
	if s := onScreen(w.chat.body); strings.Contains(s, "again") {
		t.Error("a muted person speaks")
	}
	w.notice.takeBack()
	w.frame(time.Now())
	expect(t, "after taking it back", onScreen(w.chat.body), "one\n", "two", "again")
	if len(w.settings.Mutes) != 0 {
		t.Errorf("still muted: %v", w.settings.Mutes)
	}
	w.ruleItem(&w.settings.Highlights, row, "", "", "", "").Action()
	give(t, w, commentItem(1, "once more"))
	last := w.model.Shown().Chat
	if r := last.Row(last.End() - 1); !r.Highlight || r.Text != "once more" {
		t.Errorf("%+v", r)
	}
	if got := savedSettings(t, w); len(got.Mutes) != 0 || len(got.Highlights) != 1 {
		t.Errorf("remembered: %v, %v", got.Mutes, got.Highlights)
	}
	w.askNote(row)
	w.closeSheet()
}

func TestExamplesOfRulesGoIntoTheSearchBox(t *testing.T) {
	w := newSearchWindow(t, past(100), 1280)
	w.openRuleHelp()
	expect(t, "the help", onScreen(w.sheet.pop.Content), "medal>20", "a fan medal above level 20")
	w.closeSheet()
	w.search.entry.SetText("草 medal>x")
	if w.search.wrong == nil || len(w.search.mark.cell.objects) != 1 {
		t.Errorf("the mistake is not marked: %v", w.search.wrong)
	}
	w.search.entry.SetText("草")
	if w.search.wrong != nil || len(w.search.mark.cell.objects) != 0 {
		t.Errorf("a mistake is marked: %v", w.search.wrong)
	}
	w.search.stop()
	w.tasks.Wait()
}

func TestAChoiceIsFoundMergedAndWithoutRepetition(t *testing.T) {
	a := past(300)
	rule, err := event.ParseRule("第299条 or 第150条 or 草", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// On a slow machine hits come in portions.
	find := func(limit int) (hits []event.Event, last found) {
		t.Helper()
		last, err := findHits(t.Context(), a, rule, 0, limit, func(x found) { hits = append(hits, x.hits...) })
		if err != nil || !last.done {
			t.Fatalf("done %v, %v", last.done, err)
		}
		return append(hits, last.hits...), last
	}
	hits, x := find(1000)
	if x.till != 0 || len(hits) != 297 {
		t.Fatalf("%d hits, till %d", len(hits), x.till)
	}
	for i := range hits[1:] {
		if hits[i].Seq <= hits[i+1].Seq {
			t.Fatalf("event %d stands before %d", hits[i].Seq, hits[i+1].Seq)
		}
	}
	if hits, x = find(10); len(hits) != 10 || x.till != hits[9].Seq {
		t.Errorf("a page of ten: %d hits, till %d", len(hits), x.till)
	}
}

func TestWhatIsRareIsLookedForToTheEndOfTheArchive(t *testing.T) {
	a := past(3 * searchScan / 2)
	w := newSearchWindow(t, a, 1280)
	w.search.entry.SetText("/^第3条/")
	waitFor(t, w, func() bool { return w.search.list.feed.Len() == 1 && !w.search.asking })
	expect(t, "the page", onScreen(w.search.box), "第3条", "1 hit")
	w.search.entry.SetText("/^nothing/")
	waitFor(t, w, func() bool { return !w.search.asking })
	expect(t, "the page", onScreen(w.search.box), "Nothing found")
	w.tasks.Wait()
}

func TestHitsStayUntilTheNextOnesAreThereOrItTakesLong(t *testing.T) {
	w := newSearchWindow(t, past(300), 1280)
	list := w.search.list.feed
	w.search.entry.SetText("第299条")
	waitFor(t, w, func() bool { return !w.search.asking })
	expect(t, "the page", onScreen(w.search.box), "第299条", "1 hit")
	w.search.entry.SetText("第298条")
	if list.Len() != 1 || list.Row(list.First()).Text != "第299条 草" {
		t.Fatalf("%d rows while the next question is asked", list.Len())
	}
	waitFor(t, w, func() bool { return !w.search.asking })
	if list.Len() != 1 || list.Row(list.First()).Text != "第298条 草" {
		t.Errorf("%d rows afterwards", list.Len())
	}
	w.search.entry.SetText("")
	if list.Len() != 0 {
		t.Errorf("%d rows without a question", list.Len())
	}

	held := make(chan struct{})
	w.cfg.Archive = &heldArchive{w.cfg.Archive, held}
	w.search.entry.SetText("第297条")
	waitFor(t, w, func() bool { return !w.search.stale })
	expect(t, "a long search", onScreen(w.search.box), "Searching")
	close(held)
	waitFor(t, w, func() bool { return !w.search.asking })
	expect(t, "the page", onScreen(w.search.box), "第297条", "1 hit")
	w.tasks.Wait()
}

// heldArchive answers no question before held is closed.
type heldArchive struct {
	Archive
	held chan struct{}
}

func (a *heldArchive) Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		select {
		case <-a.held:
		case <-ctx.Done():
		}
		a.Archive.Query(ctx, f)(yield)
	}
}
