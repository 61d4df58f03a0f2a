package store

import (
	"math"
	"testing"

	"danmaku/event"
)

// TestTheWordsOfTraitsAreThoseOfTheEventsThatAreAskedFor goes through all bounds
// about the borders of the bands: an event within them has one of the words, if
// there are words for them, and there are from the first band on.
func TestTheWordsOfTraitsAreThoseOfTheEventsThatAreAskedFor(t *testing.T) {
	ofUser := func(u event.User) traits { return traitsOf(&event.Event{User: &u}) }
	for _, x := range []struct {
		name  string
		bands []int64
		asked func(low, high int64) traits
		has   func(n int64) traits
	}{
		{"guard", []int64{1, 2, 3, 4}, guardTraits, func(n int64) traits { return ofUser(event.User{Guard: int(n)}) }},
		{"medal", medalBands[:], func(low, high int64) traits { return ofBands(medalBands[:], traitMedal, low, high) },
			func(n int64) traits { return ofUser(event.User{Medal: &event.Medal{Level: int(n)}}) }},
		{"level", levelBands[:], func(low, high int64) traits { return ofBands(levelBands[:], traitLevel, low, high) },
			func(n int64) traits { return ofUser(event.User{ID: "", Masked: true, Level: int(n)}) }},
		{"price", priceBands[:], func(low, high int64) traits { return ofBands(priceBands[:], traitPrice, low, high) },
			func(n int64) traits {
				return traitsOf(&event.Event{Kind: event.KindRedPacket, RedPacket: &event.RedPacket{Phase: "bought", Price: event.Money(n)}})
			}},
		{"count", countBands[:], func(low, high int64) traits { return ofBands(countBands[:], traitCount, low, high) },
			func(n int64) traits {
				return traitsOf(&event.Event{Kind: event.KindLike, Like: &event.Like{Count: int(n)}})
			}},
	} {
		values := []int64{-7, 0, math.MaxInt32}
		for _, from := range x.bands {
			values = append(values, from-1, from, from+1, from+2)
		}
		for _, low := range values {
			for _, high := range append(values, math.MaxInt64) {
				asked := x.asked(low, high)
				if low > high {
					continue
				}
				if low >= x.bands[0] && asked == 0 {
					t.Errorf("%s: there is no word for %d to %d", x.name, low, high)
				}
				for _, n := range values {
					if low <= n && n <= high && asked != 0 && x.has(n)&asked == 0 {
						t.Errorf("%s: %d is not found between %d and %d", x.name, n, low, high)
					}
				}
			}
		}
	}
}

func TestEveryTraitHasAWordOfItsOwn(t *testing.T) {
	words := map[string]bool{}
	for i := range traitLetters {
		traits(1 << i).each(func(word string) { words[word] = true })
		if got, want := string(traits(1<<i).appendTo(nil)), " "+string(traitMark)+traitLetters[i:i+1]; got != want {
			t.Errorf("trait %d: %q, want %q", i, got, want)
		}
	}
	if len(words) != len(traitLetters) || traitCount<<(len(countBands)-1) != 1<<(len(traitLetters)-1) {
		t.Errorf("%d words for %d traits", len(words), len(traitLetters))
	}
}

// TestAPartOfAnOldSchemaIsSearchedAndMadeNew: without the new words, then with them.
func TestAPartOfAnOldSchemaIsSearchedAndMadeNew(t *testing.T) {
	a, _ := searchArchive(t, 4500)
	rule := event.Filter{Rule: ruleOf(t, "guard:any or 好听"), Newest: true}
	want := ask(t, a, rule)
	if err := a.w.c.script("insert into plain values(0),(1)"); err != nil {
		t.Fatal(err)
	}
	a.w.plainKnown = false
	same(t, ask(t, a, rule), want)
	if err := a.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := plainParts(t.Context(), a.w.c); err != nil || len(left) > 0 {
		t.Errorf("parts %v are still without the new words, %v", left, err)
	}
	sound(t, a)
	same(t, ask(t, a, rule), want)
}
