package digest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
)

func at(seconds int) event.Millis { return 1_700_000_000_000 + event.Millis(seconds)*1000 }

// evenComments gives n comments spread over a time, of as many people.
func evenComments(from, seconds, n int, text string) []event.Event {
	var list []event.Event
	for i := range n {
		e := event.Event{Kind: event.KindComment, User: &event.User{ID: fmt.Sprint("user", i), Name: fmt.Sprint("user", i)}, Comment: &event.Comment{Text: text}}
		e.Key = fmt.Sprintf("dm:%d-%d", from, i)
		e.At = at(from) + event.Millis(i*seconds*1000/n)
		e.Received = e.At
		list = append(list, e)
	}
	return list
}

func TestATallyIsExactWhileThereIsRoom(t *testing.T) {
	ta := NewTally(10)
	for i := range 10 {
		for range i + 1 {
			ta.Add(fmt.Sprint("k", i), "", 1)
		}
	}
	for i, e := range ta.Top(3) {
		if e.Key != fmt.Sprint("k", 9-i) || e.Count != int64(10-i) || e.Over != 0 {
			t.Errorf("place %d: %+v", i, e)
		}
	}
}

func TestAFullTallyStillFindsWhatIsFrequent(t *testing.T) {
	ta := NewTally(200)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		ta.Add(fmt.Sprint("rare", rnd.IntN(50_000)), "", 1)
		if i%20 == 0 {
			ta.Add(fmt.Sprint("frequent", i/20%5), "a name", 1)
		}
	}
	if len(ta.byKey) != 200 || len(ta.rarest) != 200 {
		t.Fatalf("%d places", len(ta.byKey))
	}
	for _, e := range ta.Top(5) {
		if !strings.HasPrefix(e.Key, "frequent") || e.Count < 1000 || e.Count-e.Over > 1000 || e.Note != "a name" {
			t.Errorf("%+v", e)
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
		if got := strings.Join(Words(in), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPartsOfAFrequentWordAreNotCountedBesideIt(t *testing.T) {
	ta := NewWordTally()
	for range 50 {
		ta.Comment("生日快乐")
	}
	for range 40 {
		ta.Comment("今天生日")
	}
	var got []string
	for _, w := range ta.Best(5) {
		got = append(got, w.Key)
	}
	if !slices.Contains(got, "生日快乐") || !slices.Contains(got, "生日") || slices.Contains(got, "日快乐") || slices.Contains(got, "快乐") {
		t.Errorf("got %v", got)
	}
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
	h := NewFinder(10, nil)
	for i := range events {
		h.Add(&events[i], events[i].At)
	}
	list := h.Best()
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
	find := func(words ...string) []Highlight {
		h := NewFinder(10, words)
		for i := range events {
			h.Add(&events[i], events[i].At)
		}
		return h.Best()
	}
	if list := find(); len(list) != 0 {
		t.Errorf("without the word: %+v", list)
	}
	if list := find("切片"); len(list) != 1 || list[0].Hits == 0 {
		t.Errorf("with the word: %+v", list)
	}
}

func TestAHighlighterForgetsWhatIsLongOver(t *testing.T) {
	h := NewFinder(3, nil)
	for i := range 50 {
		for _, e := range evenComments(i*86400, 600, 300, "x") {
			h.Add(&e, e.At)
		}
		for _, e := range evenComments(i*86400+600, 10, 100+i, "y") {
			h.Add(&e, e.At)
		}
	}
	if len(h.found) > 4*3+100 || len(h.people) > 1000 || cap(h.texts) > 2*maxTexts {
		t.Errorf("%d found, %d people, %d texts kept", len(h.found), len(h.people), cap(h.texts))
	}
	if list := h.Best(); len(list) != 3 || list[2].Peak < at(47*86400) {
		t.Errorf("%+v", list)
	}
}
