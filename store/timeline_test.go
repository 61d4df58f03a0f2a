package store

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"danmaku/event"
)

func TestTimelineCountsWhatIsStored(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{RawKeep: -1})
	g := newGenerator(6)
	var all []event.Event
	for range 11 { // the last of them wait to be counted
		all = append(all, appendAll(t, a, g.batch(300))...)
		g.now += 90_000
	}
	minute := event.Millis(60_000)
	start := event.Millis(1700000000000) / minute * minute
	for _, c := range []struct {
		room     event.RoomID
		from, to event.Millis
		step     time.Duration
	}{
		{21452505, start, start + 20*minute, time.Minute},
		{21452505, 0, 0, time.Minute},
		{0, start, start + 10*minute + 12345, 5 * time.Minute},
		{1, start + 777, start + 10*minute, time.Minute},
		{1, start, start + 10*minute, 7 * time.Second},
		{1, start, start + 1, time.Hour},
		{77, 0, 0, time.Minute},
	} {
		want := map[event.Millis]Bucket{}
		for _, e := range all {
			if c.room != 0 && e.Room != c.room || c.from != 0 && e.At < c.from || c.to != 0 && e.At >= c.to || e.Of != "" {
				continue
			}
			step := event.Millis(c.step.Milliseconds())
			at := c.from + event.Millis(floorDiv(int64(e.At-c.from), int64(step)))*step
			b := want[at]
			if b.Kinds == nil {
				b = Bucket{From: at, Kinds: map[event.Kind]Count{}}
			}
			b.Events++
			b.Paid += paid(&e)
			k := b.Kinds[e.Kind]
			b.Kinds[e.Kind] = Count{k.Events + 1, k.Paid + paid(&e)}
			want[at] = b
		}
		got, err := a.Timeline(ctx, c.room, c.from, c.to, c.step)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("%+v: %d steps, want %d", c, len(got), len(want))
		}
		for i, b := range got {
			w := want[b.From]
			if i > 0 && b.From <= got[i-1].From {
				t.Errorf("%+v: step %d after %d", c, b.From, got[i-1].From)
			}
			if b.Count != w.Count || !maps.Equal(b.Kinds, w.Kinds) {
				t.Errorf("%+v: step %d:\n got %+v\nwant %+v", c, b.From, b, w)
			}
		}
	}
	if _, err := a.Timeline(ctx, 1, 0, 0, time.Microsecond); err == nil {
		t.Error("a step of a microsecond was taken")
	}
}

// TestCountsHoldWhileEventsComeAndGo: some events wait to be counted, others are.
func TestCountsHoldWhileEventsComeAndGo(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	g := newGenerator(61)
	for i := range 60 {
		batch := g.batch(21)
		for k := range batch[:7] {
			batch[k].User = &event.User{ID: fmt.Sprint(i % 5), Name: "某"}
		}
		appendAll(t, a, batch)
		if i%13 == 12 {
			if _, err := a.Forget(ctx, fmt.Sprint(i%5), nil); err != nil {
				t.Fatal(err)
			}
			sound(t, a)
		}
		if i%9 != 8 {
			continue
		}
		events, first, last := map[roomKey]int64{}, map[roomKey]int64{}, map[roomKey]int64{}
		for e, err := range a.Query(ctx, event.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			k := roomKey{e.Platform, e.Room}
			if events[k]++; events[k] == 1 {
				first[k] = e.Seq
			}
			last[k] = e.Seq
		}
		rooms, err := a.Rooms(ctx)
		if err != nil || len(rooms) < len(events) {
			t.Fatal(err, len(rooms))
		}
		for _, r := range rooms {
			k := roomKey{r.Platform, r.Room}
			if r.Events != events[k] || r.Events > 0 && (r.First > first[k] || r.Last < last[k]) {
				t.Errorf("%+v, but there are %d events from %d to %d", r, events[k], first[k], last[k])
			}
		}
	}
	sound(t, a)
	b := openAt(t, a.path, Options{}) // another program goes on
	appendAll(t, b, g.batch(100))
	appendAll(t, a, g.batch(600))
	sound(t, b)
}
