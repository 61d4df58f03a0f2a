package exchange

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"danmaku/event"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	var all string
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); { // what is just ending gets a moment
		all = string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(all, "exchange.Ahead") {
			os.Exit(code)
		}
		runtime.Gosched()
	}
	fmt.Fprintf(os.Stderr, "goroutines left over:\n%s\n", all)
	os.Exit(1)
}

func TestReadingAheadChangesNothing(t *testing.T) {
	bad := errors.New("a place that was not read")
	for _, n := range []int{0, 1, aheadLot - 1, aheadLot, aheadLot + 1, 20*aheadLot + 7} {
		events := func(yield func(event.Event, error) bool) {
			for i := range n {
				var err error
				if i%5 == 3 {
					err = bad
				}
				if !yield(event.Event{Seq: int64(i)}, err) {
					return
				}
			}
		}
		i := 0
		for e, err := range Ahead(events) {
			if e.Seq != int64(i) || (i%5 == 3) != errors.Is(err, bad) {
				t.Fatalf("of %d: %d, %v at place %d", n, e.Seq, err, i)
			}
			i++
		}
		if i != n {
			t.Errorf("%d of %d", i, n)
		}
	}
}

func TestWhatWasReadingAheadHasEndedWithTheIteration(t *testing.T) {
	var reading atomic.Bool
	var read int
	events := func(yield func(event.Event, error) bool) {
		reading.Store(true)
		defer reading.Store(false)
		for yield(event.Event{}, nil) {
			read++
		}
	}
	n := 0
	for range Ahead(events) {
		if n++; n == 1000 {
			break
		}
	}
	if reading.Load() {
		t.Error("it is still reading")
	}
	if most := n + (aheadLots+3)*aheadLot; read > most {
		t.Errorf("%d events were read for %d, want at most %d", read, n, most)
	}
}

func TestFewLargeCommandsAreReadAhead(t *testing.T) {
	raw := make([]byte, aheadBytes/2)
	read := 0
	events := func(yield func(event.Event, error) bool) {
		for yield(event.Event{Raw: raw}, nil) {
			read++
		}
	}
	for range Ahead(events) {
		break
	}
	if most := 2 * (aheadLots + 3); read > most {
		t.Errorf("%d commands of half a megabyte were read for one, want at most %d", read, most)
	}
}
