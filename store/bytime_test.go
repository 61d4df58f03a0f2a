package store

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"danmaku/event"
)

func TestByTimeGivesWhatQueryGivesInTheOrderOfTheClock(t *testing.T) {
	a := open(t, Options{})
	g := newGenerator(11)
	rnd := rand.New(rand.NewPCG(3, 4))
	first := g.now
	for range 12 {
		var batch []event.Event
		for range 500 {
			e := g.event()
			// Out of order, many at the same moment, some of them without key.
			e.At = first + event.Millis(rnd.IntN(40))*1000
			if rnd.IntN(3) == 0 {
				e.At, e.Key = first+7000, ""
			}
			batch = append(batch, e)
		}
		appendAll(t, a, batch)
	}
	for name, f := range map[string]event.Filter{
		"all":              {},
		"one room":         {Rooms: g.rooms[:1]},
		"two rooms, raw":   {Rooms: g.rooms[1:], Raw: true},
		"kinds":            {Kinds: []event.Kind{event.KindComment, event.KindGuard}},
		"a time":           {From: first + 3000, To: first + 9000},
		"within a moment":  {From: first + 7000, To: first + 7001},
		"a person":         {User: g.users[2].Name, Rooms: g.rooms[:2]},
		"a word":           {Text: "草"},
		"positions":        {After: 400, Before: 3000},
		"no such room":     {Rooms: []event.RoomID{5}},
		"nothing then":     {From: first + 50_000_000},
		"the first ninety": {Limit: 90},
	} {
		t.Run(name, func(t *testing.T) {
			limit := f.Limit
			f.Limit = 0
			want := ask(t, a, f)
			f.Limit = limit
			var got []event.Event
			for e, err := range a.ByTime(context.Background(), f) {
				if err != nil {
					t.Fatal(err)
				}
				if n := len(got); n > 0 && got[n-1].At > e.At {
					t.Fatalf("event %d of %d stands behind one of %d", e.Seq, e.At, got[n-1].At)
				}
				got = append(got, e)
			}
			if limit > 0 {
				if len(got) != limit {
					t.Errorf("%d events", len(got))
				}
				return
			}
			if newest := f; f.Before == 0 { // which asks for something else then
				newest.ByClock, newest.Newest = true, true
				same(t, ask(t, a, newest), newestFirst(slices.Clone(want)))
			}
			slices.SortFunc(got, func(x, y event.Event) int { return cmp.Compare(x.Seq, y.Seq) })
			same(t, got, want)
		})
	}
}

func TestByTimeEndsWithItsContext(t *testing.T) {
	a := open(t, Options{})
	g := newGenerator(12)
	for range 10 {
		var batch []event.Event
		for range 500 {
			batch = append(batch, g.event())
		}
		appendAll(t, a, batch)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range a.ByTime(ctx, event.Filter{}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
			return
		}
		if n++; n == 10 {
			cancel()
		}
	}
	t.Errorf("went on to the end, %d events", n)
}
