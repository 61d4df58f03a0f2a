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

func TestEventsOfTheClockComeInTheOrderTheyWereSeen(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for name, late := range map[string]func() event.Millis{
		"in time":                       func() event.Millis { return event.Millis(rnd.IntN(4000)) },
		"the platform's clock ahead":    func() event.Millis { return event.Millis(rnd.IntN(4000)) - 600_000 },
		"the recorder's a day ahead":    func() event.Millis { return day + event.Millis(rnd.IntN(4000)) },
		"some an hour late, but seldom": func() event.Millis { return 3_600_000 * event.Millis(rnd.IntN(50)/49) },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 100_000
			given := 0
			events := func(yield func(event.Event, error) bool) {
				for ; given < n; given++ {
					e := event.Event{Seq: int64(given + 1), At: start + event.Millis(given*200)}
					e.Received = e.At + late()
					if !yield(e, nil) {
						return
					}
				}
			}
			last, got := event.Millis(0), 0
			for e, err := range ByMoment(events) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Received < last {
					t.Fatalf("event %d is %d ms too late", e.Seq, last-e.Received)
				}
				last = e.Received
				if got++; given-got > mostHeld {
					t.Fatalf("%d events are kept back", given-got)
				}
			}
			if got != n {
				t.Errorf("%d of %d events", got, n)
			}
		})
	}
}

func TestWhatCameFarTooLateIsGivenAllTheSame(t *testing.T) {
	const n = 3 * mostHeld
	events := func(yield func(event.Event, error) bool) {
		for i := range n { // all received at once, years later
			if !yield(event.Event{Seq: int64(i + 1), At: start + event.Millis(i), Received: start + 1000*day}, nil) {
				return
			}
		}
	}
	got := int64(0)
	for e := range ByMoment(events) {
		if got++; e.Seq != got {
			t.Fatalf("event %d at place %d", e.Seq, got)
		}
	}
	if got != n {
		t.Errorf("%d of %d events", got, n)
	}
}
