package digest

import (
	"cmp"
	"fmt"
	"maps"
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
	const bits = 12 // room for 3,072
	tally, want := NewTally(20, bits), map[string]int64{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		// Flat: what is frequent in the end was nowhere for long.
		key, n := fmt.Sprint("k", rnd.IntN(3000)), rnd.Int64N(3)
		want[key] += n
		tally.Add(key, "note of "+key, n)
	}
	keys := slices.SortedFunc(maps.Keys(want), func(a, b string) int {
		return cmp.Or(cmp.Compare(want[b], want[a]), strings.Compare(a, b))
	})
	top := tally.Top(20)
	if len(top) != 20 {
		t.Fatalf("%d given", len(top))
	}
	for i, e := range top {
		if e.Key != keys[i] || e.Count != want[e.Key] || e.Short != 0 || e.Note != "note of "+e.Key {
			t.Errorf("place %d: %+v, want %s %d", i, e, keys[i], want[keys[i]])
		}
	}
}

func TestAFullTallyFindsWhatIsFrequentAndTellsWhatItMayMiss(t *testing.T) {
	const bits = 10
	tally, want := NewTally(5, bits), map[string]int64{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		key := fmt.Sprint("rare", rnd.IntN(50_000))
		if i%20 == 0 {
			key = fmt.Sprint("frequent", i/20%5)
		}
		want[key]++
		tally.Add(key, "", 1)
	}
	if len(tally.all.slots) != 1<<bits || len(tally.byHash) != 5 || len(tally.least) != 5 {
		t.Fatalf("%d slots, %d and %d kept", len(tally.all.slots), len(tally.byHash), len(tally.least))
	}
	tally.Add("latecomer", "", 3000)
	late := tally.Top(1)[0]
	if late.Key != "latecomer" || late.Count != 3000 || late.Short == 0 || late.Short > 300 {
		t.Errorf("%+v", late)
	}
	for _, e := range tally.Top(5)[1:] {
		if !strings.HasPrefix(e.Key, "frequent") || e.Count != want[e.Key] || e.Short != 0 {
			t.Errorf("%+v, really %d: it was there from the beginning", e, want[e.Key])
		}
	}
}

func TestWhatLeadsIsNotForgottenWhenATallyIsFull(t *testing.T) {
	tally := NewTally(1, 10)
	tally.Add("first", "", 2)
	for i := range 10_000 {
		tally.Add(fmt.Sprint(i), "", 1)
	}
	tally.Add("first", "", 3)
	if top := tally.Top(1); top[0].Key != "first" || top[0].Count != 5 {
		t.Errorf("%+v", top)
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
		"豈々ーㄅ":                 "豈々ー 豈々 々ー", // rarer ranges of characters
	}
	var s splitter
	for in, want := range tests {
		if got := strings.Join(s.words(in), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPartsOfAFrequentWordAreNotCountedBesideIt(t *testing.T) {
	ta := NewWordTally(5)
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
