package store

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"danmaku/event"
)

// remarks are n comments of a room, one every step milliseconds from a moment on.
func remarks(name string, room event.RoomID, from event.Millis, n int, step event.Millis) []event.Event {
	list := make([]event.Event, n)
	for i := range list {
		at := from + event.Millis(i)*step
		list[i] = event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindComment, Cmd: "DANMU_MSG", Key: fmt.Sprintf("%s:%d", name, i), At: at, Received: at,
			User: &event.User{ID: fmt.Sprint(i % 7), Name: name}, Comment: &event.Comment{Text: fmt.Sprintf("%s 第%d条 %s", name, i, []string{"草", "好", "w"}[i%3])}}
	}
	return list
}

// newestFirst sorts events as a query for the newest by the clock gives them.
func newestFirst(events []event.Event) []event.Event {
	slices.SortFunc(events, func(a, b event.Event) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Seq, a.Seq)) })
	return events
}

func stretchesOf(t *testing.T, a *Archive) (rows []stretch) {
	t.Helper()
	err := a.read(context.Background(), func(r *reader) (err error) {
		rows, err = r.stretches(context.Background())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

const (
	day  = event.Millis(24 * 3600_000)
	noon = event.Millis(1_700_000_000_000)
)

// upsideDown is an archive with two recordings of one room that were imported in
// the wrong order while two others were live.
func upsideDown(t *testing.T) *Archive {
	a := open(t, Options{})
	live := slices.Concat(remarks("live", 1, noon, 3000, 1000), remarks("other", 2, noon+500, 3000, 1000))
	slices.SortFunc(live, func(a, b event.Event) int { return cmp.Compare(a.At, b.At) })
	appendAll(t, a, live[:3000])
	appendAll(t, a, remarks("second", 3, noon-1*day, 2000, 700))
	appendAll(t, a, remarks("first", 3, noon-2*day, 2000, 700))
	appendAll(t, a, live[3000:])
	// The same hours once more, from somebody else's recording.
	appendAll(t, a, remarks("again", 1, noon+300, 2500, 1100))
	return a
}

func TestTheNewestByTheClockComesFirstWhateverWasImportedWhen(t *testing.T) {
	a := upsideDown(t)
	for name, f := range map[string]event.Filter{
		"all":             {},
		"a word":          {Text: "草"},
		"a word in a few": {Text: "第77条"},
		"nothing":         {Text: "囧囧"},
		"a room":          {Rooms: []event.RoomID{3}},
		"two rooms":       {Rooms: []event.RoomID{1, 3}, Text: "w"},
		"a person":        {User: "5"},
		"a time":          {From: noon - day, To: noon + 200_000},
		"an hour":         {Rooms: []event.RoomID{1}, From: noon + 100_000, To: noon + 2_000_000},
		"positions":       {After: 2500},
		"raw":             {Raw: true, Text: "第3"},
		"no such room":    {Rooms: []event.RoomID{9}},
	} {
		t.Run(name, func(t *testing.T) {
			want := newestFirst(ask(t, a, f))
			f.ByClock, f.Newest = true, true
			same(t, ask(t, a, f), want)
			for _, f.Limit = range []int{1, 100, 101} {
				same(t, ask(t, a, f), want[:min(f.Limit, len(want))])
			}
			// Page by page, each behind the last event of the one before.
			var pages []event.Event
			for f.Limit = 333; ; f.Before = pages[len(pages)-1].Seq {
				page := ask(t, a, f)
				if pages = append(pages, page...); len(page) < f.Limit {
					break
				}
			}
			same(t, pages, want)
		})
	}
}

func TestByClockWithoutNewestIsByTime(t *testing.T) {
	a := upsideDown(t)
	f := event.Filter{Rooms: []event.RoomID{3}}
	same(t, ask(t, a, event.Filter{Rooms: f.Rooms, ByClock: true}), collect(t, a.ByTime(context.Background(), f)))
}

func TestAnArchiveWrittenLiveIsOneStretch(t *testing.T) {
	a := open(t, Options{})
	rnd := rand.New(rand.NewPCG(1, 2))
	live := remarks("live", 1, noon, 4000, 100)
	for i, e := range live {
		e.At -= event.Millis(rnd.IntN(3000)) // it took so long to arrive
		if i%500 == 0 {
			e.At -= day // the platform tells on joining what was said before
			e.Backlog = true
		}
		live[i] = e
	}
	for lot := range slices.Chunk(live, 500) {
		appendAll(t, a, lot)
		a = openAt(t, a.path, Options{})
	}
	if rows := stretchesOf(t, a); len(rows) != 1 {
		t.Errorf("%d stretches: %v", len(rows), rows[:3])
	}
	same(t, ask(t, a, event.Filter{Newest: true, ByClock: true}), newestFirst(ask(t, a, event.Filter{})))
}

func TestAFileThatHasTheNewestFirstMakesFewStretches(t *testing.T) {
	a := open(t, Options{})
	appendAll(t, a, remarks("live", 1, noon, 1000, 1000))
	file := remarks("file", 2, noon-day, 20_000, 20_000)
	slices.Reverse(file)
	for lot := range slices.Chunk(file, 512) {
		appendAll(t, a, lot)
		a = openAt(t, a.path, Options{}) // what was known of the stretch is read again
	}
	appendAll(t, a, remarks("later", 1, noon+day, 1000, 1000))
	if rows := stretchesOf(t, a); len(rows) > len(file)/shortStretch+2 {
		t.Errorf("%d stretches", len(rows))
	}
	f := event.Filter{Text: "第1", Newest: true, ByClock: true}
	same(t, ask(t, a, f), newestFirst(ask(t, a, event.Filter{Text: f.Text})))
}

// What is noted while events are appended, by whomever, is what a migration finds.
func TestAnOldArchiveIsGivenItsStretches(t *testing.T) {
	a := upsideDown(t)
	b := openAt(t, a.path, Options{})
	for lot := range slices.Chunk(remarks("two programs", 4, noon-9*day, 3000, 1000), 100) {
		appendAll(t, a, lot)
		a, b = b, a
	}
	written := stretchesOf(t, a)
	if len(written) < 4 {
		t.Fatalf("stretches: %v", written)
	}
	err := a.write(context.Background(), func(w *writer) error {
		if err := w.c.exec("delete from stretch"); err != nil {
			return err
		}
		return fillStretches(w.c)
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := stretchesOf(t, a); !slices.Equal(found, written) {
		t.Errorf("a migration finds %v, written were %v", found, written)
	}
}

func TestStretchesHoldWhatTheySay(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s := newStretches()
		rows := map[int64]stretch{}
		var moments []int64
		now := int64(noon)
		for seq := int64(1); seq < 20_000; seq++ {
			switch rnd.IntN(1 + 3000*int(seed%3+1)) {
			case 0:
				now -= rnd.Int64N(100_000_000)
			case 1:
				now += rnd.Int64N(100_000_000)
			default:
				now += rnd.Int64N(3000) - 1000 - 600*int64(seed%2)
			}
			moments = append(moments, now)
			for _, row := range s.add(seq, now) {
				rows[row.last] = row
			}
		}
		first, n := int64(1), 0
		for _, last := range slices.Sorted(func(yield func(int64) bool) {
			for k := range rows {
				if !yield(k) {
					return
				}
			}
		}) {
			row := rows[last]
			newest := int64(-1 << 63)
			for seq := first; seq <= min(last, int64(len(moments))); seq++ {
				m := moments[seq-1]
				if m > row.newest {
					t.Fatalf("seed %d: event %d is of %d, its stretch goes to %d", seed, seq, m, row.newest)
				}
				if newest != -1<<63 && m < newest-row.slack {
					t.Fatalf("seed %d: event %d steps back by %d", seed, seq, newest-m)
				}
				newest = max(newest, m)
			}
			if last-first+1 < shortStretch && last != openEnd {
				t.Fatalf("seed %d: stretch %d to %d is short", seed, first, last)
			}
			first = last + 1
			n++
		}
		if n == 0 {
			t.Fatalf("seed %d: no stretch", seed)
		}
	}
}

func TestAQueryAlongTheClockEndsWithItsContext(t *testing.T) {
	a := upsideDown(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range a.Query(ctx, event.Filter{Newest: true, ByClock: true}) {
		if err != nil {
			return
		}
		if n++; n == 10 {
			cancel()
		}
	}
	t.Errorf("went on to the end, %d events", n)
}
