package hub

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
)

func TestMain(m *testing.M) {
	code := m.Run()
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	if code == 0 && strings.Contains(string(buf), "danmaku/internal/hub.(*") {
		os.Stderr.WriteString("goroutines left over:\n" + string(buf))
		code = 1
	}
	os.Exit(code)
}

func numbered(from, to int64) []Item {
	var items []Item
	for seq := from; seq <= to; seq++ {
		items = append(items, Item{Event: &event.Event{Seq: seq, Room: 1, Kind: event.KindComment}})
	}
	return items
}

func seqs(items []Item) []int64 {
	var s []int64
	for _, i := range items {
		s = append(s, i.Seq())
	}
	return s
}

// read takes n items from a cursor.
func read(t *testing.T, c *Cursor, n int) []int64 {
	t.Helper()
	var got []int64
	for len(got) < n {
		items, err := c.Next(t.Context())
		if err != nil {
			t.Fatalf("after %d of %d items: %v", len(got), n, err)
		}
		got = append(got, seqs(items)...)
	}
	return got
}

func count(from, to int64) []int64 {
	var s []int64
	for ; from <= to; from++ {
		s = append(s, from)
	}
	return s
}

func TestALiveCursorGetsWhatIsPublishedAfterItInOrder(t *testing.T) {
	h := New(Options{})
	h.Publish(numbered(1, 10))
	c := h.Subscribe(Live)
	h.Publish(numbered(11, 700)) // over several segments
	h.Publish([]Item{{Gap: &event.Gap{Room: 1}}, {Status: &event.Status{Room: 1}}})
	h.Publish(numbered(701, 702))
	want := append(count(11, 700), 0, 0, 701, 702)
	if got := read(t, c, len(want)); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestABatchWakesAWaitingReaderOnceAndWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		c := h.Subscribe(Live)
		var got []int
		go func() {
			for {
				items, err := c.Next(context.Background())
				if err != nil {
					return
				}
				got = append(got, len(items))
			}
		}()
		synctest.Wait()
		h.Publish(numbered(1, 10))
		synctest.Wait()
		h.Publish(numbered(11, 12))
		synctest.Wait()
		h.Close()
		synctest.Wait()
		if !slices.Equal(got, []int{10, 2}) {
			t.Errorf("reads gave %v items, want one read of 10 and one of 2", got)
		}
	})
}

func TestACursorFromAPositionGetsWhatTheLogStillHolds(t *testing.T) {
	h := New(Options{})
	h.Publish(numbered(101, 110))
	if got := read(t, h.Subscribe(0), 10); !slices.Equal(got, count(101, 110)) {
		t.Errorf("after 0: %v", got)
	}
	if got := read(t, h.Subscribe(105), 5); !slices.Equal(got, count(106, 110)) {
		t.Errorf("after 105: %v", got)
	}
}

func TestWhatTheArchiveGaveIsNotGivenAgain(t *testing.T) {
	h := New(Options{})
	c := h.Subscribe(Live)
	h.Publish(numbered(1, 20))
	h.Publish([]Item{{Event: &event.Event{Kind: event.KindComment}}}) // not archived
	h.Publish(numbered(21, 22))
	c.Skip(20) // the reader queried the archive meanwhile
	if got := read(t, c, 3); !slices.Equal(got, []int64{0, 21, 22}) {
		t.Errorf("got %v, want the event without a position, then 21 and 22", got)
	}
}

func TestAReaderThatFallsBehindIsToldWhatItMissed(t *testing.T) {
	h := New(Options{Items: 2 * segmentItems})
	c := h.Subscribe(Live)
	h.Publish(numbered(1, 10))
	if got := read(t, c, 10); len(got) != 10 {
		t.Fatal(got)
	}
	h.Publish(numbered(11, 5*segmentItems))
	_, err := c.Next(t.Context())
	var lag *LaggedError
	if !errors.Is(err, ErrLagged) || !errors.As(err, &lag) {
		t.Fatalf("error %v, want ErrLagged", err)
	}
	if lag.From != 11 || lag.To != 3*segmentItems || lag.Items != 3*segmentItems-10 {
		t.Errorf("%+v, want from 11 to %d", lag, 3*segmentItems)
	}
	if got := read(t, c, 2*segmentItems); !slices.Equal(got, count(3*segmentItems+1, 5*segmentItems)) {
		t.Errorf("went on with %d to %d", got[0], got[len(got)-1])
	}
}

func TestTheLogIsBoundedByBytes(t *testing.T) {
	h := New(Options{Bytes: 1 << 20})
	for seq := int64(1); seq <= 10_000; seq++ {
		h.Publish([]Item{{Event: &event.Event{Seq: seq, Raw: make([]byte, 2000)}}})
	}
	if kept := int(h.end - h.base); kept*2800 > 1<<20+segmentItems*2800 || kept < segmentItems {
		t.Errorf("%d items kept", kept)
	}
}

func TestArchivedEventsAreKeptOnlyForAWhileWhenSoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{Archived: 10 * time.Second})
		held := func() int64 { return int64(h.end - h.base) }
		h.Publish(numbered(1, segmentItems))
		c := h.Subscribe(0)
		time.Sleep(9 * time.Second)
		h.Publish(numbered(segmentItems+1, 2*segmentItems))
		if held() != 2*segmentItems {
			t.Errorf("%d items held, want all of the last ten seconds", held())
		}
		time.Sleep(2 * time.Second)
		h.Publish([]Item{{Event: &event.Event{Kind: event.KindComment}}}) // not archived
		if held() != segmentItems+1 {
			t.Errorf("%d items held, want those of the last ten seconds", held())
		}
		_, err := c.Next(t.Context())
		var lag *LaggedError
		if !errors.As(err, &lag) || lag.From != 1 || lag.To != segmentItems {
			t.Errorf("a late reader was told %v", err)
		}
		time.Sleep(time.Hour)
		h.Publish(numbered(2*segmentItems+1, 4*segmentItems))
		if held() != 2*segmentItems+1 {
			t.Errorf("%d items held, want what is nowhere else, and what follows it", held())
		}
	})
}

func TestAClosedHubGivesWhatIsLeftThenErrClosed(t *testing.T) {
	h := New(Options{})
	c := h.Subscribe(Live)
	h.Publish(numbered(1, 3))
	h.Close()
	h.Close()
	h.Publish(numbered(4, 4))
	if got := read(t, c, 3); !slices.Equal(got, count(1, 3)) {
		t.Errorf("got %v", got)
	}
	if _, err := c.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	c := New(Options{}).Subscribe(Live)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Forty readers stall at random under a fast publisher; whatever they miss is
// told, and all else arrives once and in order.
func TestNoReaderSeesAHoleThatItIsNotToldOf(t *testing.T) {
	const events, readers = 20_000, 40
	h := New(Options{Items: 2048})
	var wg sync.WaitGroup
	for r := range readers {
		c := h.Subscribe(Live)
		rng := rand.New(rand.NewPCG(uint64(r), 1))
		wg.Go(func() {
			next, missed := int64(1), int64(0)
			for {
				items, err := c.Next(context.Background())
				var lag *LaggedError
				switch {
				case errors.As(err, &lag):
					if lag.From != next || lag.To < lag.From || int64(lag.Items) != lag.To-lag.From+1 {
						t.Errorf("reader %d expected %d and was told %+v", r, next, lag)
						return
					}
					missed += lag.To - lag.From + 1
					next = lag.To + 1
				case errors.Is(err, ErrClosed):
					if next != events+1 {
						t.Errorf("reader %d ended at %d of %d", r, next-1, events)
					}
					return
				}
				for _, item := range items {
					if item.Seq() != next {
						t.Errorf("reader %d got %d, expected %d", r, item.Seq(), next)
						return
					}
					next++
				}
				for range rng.IntN(200) {
					runtime.Gosched()
				}
			}
		})
	}
	for seq := int64(1); seq <= events; {
		n := min(1+rand.Int64N(300), events-seq+1)
		h.Publish(numbered(seq, seq+n-1))
		seq += n
		runtime.Gosched()
	}
	h.Close()
	wg.Wait()
}

func BenchmarkPublishToOneHundredReaders(b *testing.B) {
	h := New(Options{})
	var wg sync.WaitGroup
	for range 100 {
		c := h.Subscribe(Live)
		wg.Go(func() {
			for {
				if _, err := c.Next(context.Background()); errors.Is(err, ErrClosed) {
					return
				}
			}
		})
	}
	batch := numbered(1, 10)
	for b.Loop() {
		h.Publish(batch)
	}
	h.Close()
	wg.Wait()
}
