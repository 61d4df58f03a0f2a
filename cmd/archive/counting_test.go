package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/internal/exchange"
	"danmaku/store"
)

func TestATallyIsExactWhileThereIsRoom(t *testing.T) {
	ta := newTally(10)
	for i := range 10 {
		for range i + 1 {
			ta.add(fmt.Sprint("k", i), "", 1)
		}
	}
	for i, e := range ta.top(3) {
		if e.key != fmt.Sprint("k", 9-i) || e.count != int64(10-i) || e.over != 0 {
			t.Errorf("place %d: %+v", i, e)
		}
	}
}

func TestAFullTallyStillFindsWhatIsFrequent(t *testing.T) {
	ta := newTally(200)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		ta.add(fmt.Sprint("rare", rnd.IntN(50_000)), "", 1)
		if i%20 == 0 {
			ta.add(fmt.Sprint("frequent", i/20%5), "a name", 1)
		}
	}
	if len(ta.byKey) != 200 || len(ta.rarest) != 200 {
		t.Fatalf("%d places", len(ta.byKey))
	}
	for _, e := range ta.top(5) {
		if !strings.HasPrefix(e.key, "frequent") || e.count < 1000 || e.count-e.over > 1000 || e.note != "a name" {
			t.Errorf("%+v", e)
		}
	}
}

func TestDistinctThingsAreCountedOnceAndNearlyRightWhenMany(t *testing.T) {
	d := newDistinct()
	for range 3 {
		for i := range 1000 {
			d.add(fmt.Sprint(i))
		}
	}
	if d.count() != 1000 || !d.exact() {
		t.Errorf("%d, exact %v", d.count(), d.exact())
	}
	for i := range 1_000_000 {
		d.add(fmt.Sprint(i))
	}
	if n := d.count(); n < 990_000 || n > 1_010_000 || d.exact() || len(d.seen) > maxDistinct {
		t.Errorf("%d of a million, %d kept", n, len(d.seen))
	}
}

func TestASeriesGetsCoarserInsteadOfLonger(t *testing.T) {
	s := series{step: minute}
	rnd := rand.New(rand.NewPCG(3, 4))
	base := at(0)
	sum := int64(0)
	for range 20_000 {
		n := int64(rnd.IntN(5))
		s.add(base+event.Millis(rnd.Int64N(90*int64(day)))-45*day, n, event.Money(n))
		sum += n
	}
	var comments int64
	for _, p := range s.points {
		comments += p.comments
	}
	if comments != sum || len(s.points) > maxPoints || len(s.points) < maxPoints/4 {
		t.Errorf("%d comments of %d in %d points", comments, sum, len(s.points))
	}
	if r := s.rounded(); len(r.points) > maxDrawn+2 || r.step%minute != 0 {
		t.Errorf("%d points of %d ms are drawn", len(r.points), r.step)
	} else {
		comments = 0
		for _, p := range r.points {
			comments += p.comments
		}
		if comments != sum {
			t.Errorf("%d comments drawn of %d", comments, sum)
		}
	}
}

func TestWordsOfAComment(t *testing.T) {
	tests := map[string]string{
		"草":                    "草",
		"草草草草":                 "草",
		"哈哈哈哈哈":                "哈哈",
		"８８８８８":                "88",
		"awslawsl AWSL":        "awsl",
		"生日快乐":                 "生日快乐 生日 日快 快乐 生日快 日快乐",
		"hello, World the end": "hello world end",
		"[dog]可爱":              "dog 可爱",
		"？！。 ":                 "",
	}
	for in, want := range tests {
		if got := strings.Join(words(in), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPartsOfAFrequentWordAreNotCountedBesideIt(t *testing.T) {
	ta := newWordTally()
	for range 50 {
		ta.comment("生日快乐")
	}
	for range 40 {
		ta.comment("今天生日")
	}
	var got []string
	for _, w := range ta.best(5) {
		got = append(got, w.key)
	}
	if !slices.Contains(got, "生日快乐") || !slices.Contains(got, "生日") || slices.Contains(got, "日快乐") || slices.Contains(got, "快乐") {
		t.Errorf("got %v", got)
	}
}

// evenComments gives n comments spread over a time, of as many people.
func evenComments(from, seconds, n int, text string) []event.Event {
	var list []event.Event
	for i := range n {
		e := comment(i, 1, fmt.Sprint("user", i), text)
		e.Key = fmt.Sprintf("dm:%d-%d", from, i)
		e.At = at(from) + event.Millis(i*seconds*1000/n)
		e.Received = e.At
		list = append(list, e)
	}
	return list
}

func TestAHighlightIsWhereManySpeakUp(t *testing.T) {
	events := evenComments(0, 3600, 1800, "普通的话") // one every two seconds
	events = append(events, evenComments(1200, 20, 100, "草")...)
	events = append(events, evenComments(2400, 15, 200, "名场面")...)
	loud := evenComments(3000, 20, 100, "刷屏")
	for i := range loud {
		loud[i].User = &event.User{ID: "1", Name: "one who floods"}
	}
	events = append(events, loud...)
	slices.SortStableFunc(events, func(a, b event.Event) int { return int(a.At - b.At) })
	h := newHighlighter(10, nil)
	for i := range events {
		h.event(&events[i])
	}
	list := h.best()
	if len(list) != 2 {
		t.Fatalf("%d highlights: %+v", len(list), list)
	}
	for i, want := range []struct {
		at   int
		word string
	}{{1200, "草"}, {2400, "名场面"}} {
		if d := list[i].Peak - at(want.at); d < -20_000 || d > 20_000 || len(list[i].Words) == 0 || list[i].Words[0] != want.word {
			t.Errorf("highlight %d: %+v", i, list[i])
		}
	}
	if list[1].Score <= list[0].Score {
		t.Errorf("the louder one has the lower score: %+v", list)
	}
}

func TestWordsLookedForMakeAHighlight(t *testing.T) {
	events := evenComments(0, 3600, 1800, "普通的话")
	events = append(events, evenComments(1800, 10, 8, "这里要切片")...)
	slices.SortStableFunc(events, func(a, b event.Event) int { return int(a.At - b.At) })
	find := func(words ...string) []highlight {
		h := newHighlighter(10, words)
		for i := range events {
			h.event(&events[i])
		}
		return h.best()
	}
	if list := find(); len(list) != 0 {
		t.Errorf("without the word: %+v", list)
	}
	if list := find("切片"); len(list) != 1 || list[0].Hits == 0 {
		t.Errorf("with the word: %+v", list)
	}
}

func TestAHighlighterForgetsWhatIsLongOver(t *testing.T) {
	h := newHighlighter(3, nil)
	for i := range 50 {
		for _, e := range evenComments(i*86400, 600, 300, "x") {
			h.event(&e)
		}
		for _, e := range evenComments(i*86400+600, 10, 100+i, "y") {
			h.event(&e)
		}
	}
	if len(h.found) > 4*3+100 || len(h.people) > 1000 || cap(h.texts) > 2*maxTexts {
		t.Errorf("%d found, %d people, %d texts kept", len(h.found), len(h.people), cap(h.texts))
	}
	if list := h.best(); len(list) != 3 || list[2].Peak < at(47*86400) {
		t.Errorf("%+v", list)
	}
}

func TestEventsAreGivenInTheOrderOfTime(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var list []event.Event
	for i := range 5000 {
		e := comment(i, 1, "u", "x")
		e.Seq = int64(i + 1)
		e.At = at(0) + event.Millis(rnd.Int64N(5*int64(day)))
		e.Received = e.At + event.Millis(rnd.IntN(4000))
		list = append(list, e)
	}
	ask := func(f event.Filter) exchange.Events {
		return func(yield func(event.Event, error) bool) {
			for _, e := range list {
				if f.Match(&e) && !yield(e, nil) {
					return
				}
			}
		}
	}
	last, n := event.Millis(0), 0
	for e, err := range inTimeOrder(ask, event.Filter{}, at(0)-at(0)%day, at(0)+6*day) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Received < last {
			t.Fatalf("event %d is %d ms late", e.Seq, last-e.Received)
		}
		last = e.Received
		n++
	}
	if n != len(list) {
		t.Errorf("%d of %d events", n, len(list))
	}
}

func TestABusyDayIsDivided(t *testing.T) {
	asked, most := 0, 0
	from := at(0) - at(0)%day
	// 300 events a second, made up as they are asked for.
	ask := func(f event.Filter) exchange.Events {
		asked++
		return func(yield func(event.Event, error) bool) {
			n := 0
			for m := max(f.From, from); m < min(f.To, from+day/12); m += 3 {
				if n++; n > most {
					most = n
				}
				if !yield(event.Event{At: m, Received: m}, nil) {
					return
				}
			}
		}
	}
	last, n := event.Millis(0), 0
	for e := range inTimeOrder(ask, event.Filter{}, from, from+day) {
		if e.At < last {
			t.Fatal("out of order")
		}
		last = e.At
		n++
	}
	if want := int(day / 12 / 3); n != want || most > maxWindow+1 || asked > 2000 {
		t.Errorf("%d of %d events, %d at most at once, asked %d times", n, want, most, asked)
	}
}

func TestCountersAndEventsGiveTheSameActivity(t *testing.T) {
	path := newArchive(t, append(broadcast(), evenComments(3600, 7200, 500, "later")...)...)
	a, err := store.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	f := event.Filter{Rooms: []event.RoomID{1, 100}, From: at(0), To: at(7200)}
	one, two := newActivity(), newActivity()
	if err := one.fromCounters(t.Context(), a, f); err != nil {
		t.Fatal(err)
	}
	for e, err := range a.Query(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		two.add(e.At, e.Kind, store.Count{Events: 1, Paid: e.Paid()})
	}
	if fmt.Sprint(one.kinds) != fmt.Sprint(two.kinds) || fmt.Sprint(one.peaks(100)) != fmt.Sprint(two.peaks(100)) || len(one.peaks(100)) == 0 {
		t.Errorf("counters %v %v\nevents   %v %v", one.kinds, one.peaks(100), two.kinds, two.peaks(100))
	}
}
