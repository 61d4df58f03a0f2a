package exchange

import (
	"math/rand/v2"
	"testing"

	"danmaku/event"
)

const (
	day   = event.Millis(24 * 3600_000)
	start = event.Millis(1_700_000_000_000)
)

func TestEventsAreGivenInTheOrderOfTime(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var list []event.Event
	for i := range 5000 {
		e := event.Event{Seq: int64(i + 1), Kind: event.KindComment}
		e.At = start + event.Millis(rnd.Int64N(5*int64(day)))
		e.Received = e.At + event.Millis(rnd.IntN(4000))
		list = append(list, e)
	}
	ask := func(f event.Filter) Events {
		return func(yield func(event.Event, error) bool) {
			for _, e := range list {
				if f.Match(&e) && !yield(e, nil) {
					return
				}
			}
		}
	}
	last, n := event.Millis(0), 0
	for e, err := range InTimeOrder(ask, event.Filter{}, start-start%day, start+6*day, day) {
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
	from := start - start%day
	// 300 events a second, made up as they are asked for.
	ask := func(f event.Filter) Events {
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
	for e := range InTimeOrder(ask, event.Filter{}, from, from+day, day) {
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
