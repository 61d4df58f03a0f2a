package store

import (
	"math"
	"testing"

	"danmaku/event"
)

// TestTheWordsOfTraitsAreThoseOfTheEventsThatAreAskedFor goes through all bounds of
// levels: an event within them has one of the words, if there are words for them.
func TestTheWordsOfTraitsAreThoseOfTheEventsThatAreAskedFor(t *testing.T) {
	within := func(low, high, n int64) bool { return low <= n && n <= high }
	asked := 0
	for low := int64(-1); low <= 125; low++ {
		for _, high := range []int64{low - 1, low, low + 1, low + 7, 40, math.MaxInt64} {
			medal, guard := medalTraits(low, high), guardTraits(low, high)
			for n := int64(0); n <= 125; n++ {
				has := traitsOf(&event.Event{User: &event.User{Guard: int(n), Medal: &event.Medal{Level: int(n)}}})
				if within(low, high, n) && medal != 0 && has&medal == 0 {
					t.Fatalf("medal %d is not found between %d and %d", n, low, high)
				}
				if within(low, high, n) && guard != 0 && has&guard == 0 {
					t.Fatalf("guard %d is not found between %d and %d", n, low, high)
				}
				if within(low, high, n) && (low >= 21 && medal == 0 || low >= 1 && guard == 0) {
					t.Fatalf("there is no word for %d to %d", low, high)
				}
			}
			if medal != 0 || guard != 0 {
				asked++
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d bounds have words", asked)
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
	if len(words) != len(traitLetters) || traitMedal<<(len(medalBands)-1) != 1<<(len(traitLetters)-1) {
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
