package main

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"danmaku/event"
	"danmaku/store"
)

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
	if few := d.sample(maxAsked); len(few) != 1000 {
		t.Errorf("%d of a thousand are named", len(few))
	}
	for i := range 1_000_000 {
		d.add(fmt.Sprint(i))
	}
	if n := d.count(); n < 990_000 || n > 1_010_000 || d.exact() || len(d.seen) > maxDistinct {
		t.Errorf("%d of a million, %d kept", n, len(d.seen))
	}
	names := map[string]bool{}
	for _, s := range d.sample(maxAsked) {
		names[s] = true
	}
	if len(names) != maxAsked || len(d.named) > maxNamed {
		t.Errorf("%d are named, %d kept", len(names), len(d.named))
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

func TestCountersAndEventsGiveTheSameActivity(t *testing.T) {
	path := newArchive(t, append(broadcast(), evenComments(3600, 7200, 500, "later")...)...)
	a, err := store.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	f := event.Filter{Rooms: []event.RoomID{1, 100}, From: at(0), To: at(7200)}
	one, two := newActivity(100), newActivity(100)
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

func TestLettersInFancyDressAreDrawnPlainWhereTheFontLacksThem(t *testing.T) {
	c := &chartFont{} // the drawing library's own font
	for s, want := range map[string]struct {
		out      string
		complete bool
	}{
		"𝕃𝕦𝕟𝕒": {"Luna", true}, "ｗｗｗ": {"www", true}, "née 1": {"née 1", true}, "nice👍": {"nice", true}, "主播a": {"□□a", false}, "\x1b[1m": {"[1m", true},
	} {
		if out, complete := c.drawable(s); out != want.out || complete != want.complete {
			t.Errorf("%q is drawn as %q, %v; want %q, %v", s, out, complete, want.out, want.complete)
		}
	}
}
