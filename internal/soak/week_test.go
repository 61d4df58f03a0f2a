//go:build linux

package soak

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"danmaku/store"
)

// A week of a busy room, as fast as the line takes it: what the relay holds
// does not grow, and who reads everything gets everything once.
func TestAWeekOfABusyRoomLeavesNothingBehind(t *testing.T) {
	span := time.Hour
	if long {
		span = 7 * 24 * time.Hour
	}
	count := int64(40 * span.Seconds()) // the profile's average rate
	archive := filepath.Join(t.TempDir(), "week.db")
	sim := platform(t, "--speed", "max", "--count", strconv.FormatInt(count, 10))
	r := relay(t, "127.0.0.1:0", sim.url, archive)

	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer func() {
		cancel()
		readers.Wait()
	}()
	var seen atomic.Int64           // position of the one that reads all
	progress := make(chan int64, 1) // the newest it reached
	complete := make(chan struct{})
	var last atomic.Int64 // the archive's last position, when it is known
	last.Store(-1)
	readers.Go(func() {
		defer close(complete)
		err := follow(ctx, r.url, "?after=0", func(b []byte) bool {
			if seq := position(b); seq != 0 {
				if seq != seen.Load()+1 {
					t.Errorf("%d after %d", seq, seen.Load())
					return false
				}
				seen.Store(seq)
				select {
				case <-progress: // only the newest counts
				default:
				}
				progress <- seq
			}
			return seen.Load() != last.Load()
		})
		if err != nil && ctx.Err() == nil {
			t.Errorf("the reader of everything, at %d: %v", seen.Load(), err)
		}
	})
	readers.Go(func() { comeAndGo(ctx, t, r.url) })
	readers.Go(func() { readLines(ctx, t, r.url) })
	readers.Go(func() { stall(ctx, t, r.url) })

	const samples = 48
	var all []sample
	next := int64(0)
	look := func(at int64) {
		if at < next {
			return
		}
		s := r.sample()
		t.Logf("%9d events: %v", at, s)
		if at > count/8 { // caches are full
			all = append(all, s)
		}
		next = at + count/samples
	}
	began := time.Now()
	for ended := sim.done; ended != nil; {
		select {
		case at := <-progress:
			look(at)
		case <-ended:
			ended = nil
		case <-complete:
			t.Fatalf("reading ended at %d; the relay said:\n%s", seen.Load(), r.said())
		}
	}
	sent := int64(number(t, sim.said(), " events="))
	kept := settled(t, archive, sent)
	t.Logf("%d events sent, %d positions, %v, %.0f events/s; %v", sent, kept, time.Since(began).Round(time.Second),
		float64(kept)/time.Since(began).Seconds(), r.sample())
	if kept != sent {
		t.Errorf("%d events were sent, the archive has %d", sent, kept)
	}
	for last.Store(kept); seen.Load() < kept; {
		select {
		case at := <-progress: // the reader may be far behind the room
			look(at)
		case <-complete:
			if seen.Load() < kept {
				t.Fatalf("reading ended at %d of %d", seen.Load(), kept)
			}
		}
	}
	cancel()
	readers.Wait()
	judge(t, all)
	r.stop()
}

// settled waits until the archive has that many events, or takes no more.
func settled(t *testing.T, path string, want int64) (last int64) {
	t.Helper()
	a, err := store.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for same := 0; same < 300; same++ { // fifteen seconds
		n, err := a.LastSeq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n != last {
			same = 0
		}
		if last = n; last >= want {
			break
		}
		<-tick.C
	}
	return last
}

// judge compares the samples of the second half with those of the first.
func judge(t *testing.T, all []sample) {
	t.Helper()
	if len(all) < 8 {
		t.Fatalf("only %d samples", len(all))
	}
	most := func(part []sample) (m sample) {
		for _, s := range part {
			m.rss, m.files, m.goroutines = max(m.rss, s.rss), max(m.files, s.files), max(m.goroutines, s.goroutines)
		}
		return m
	}
	first, second := most(all[:len(all)/2]), most(all[len(all)/2:])
	t.Logf("most in the first half: %v", first)
	t.Logf("most in the second half: %v", second)
	slack := 8 << 10
	if !long {
		slack = 24 << 10 // after an hour's worth caches are still filling
	}
	if second.rss > first.rss*11/10+slack {
		t.Errorf("RSS grew from %d to %d MiB", first.rss>>10, second.rss>>10)
	}
	// The one that comes and goes makes a few more or less.
	if second.files > first.files+8 || second.goroutines > first.goroutines+16 {
		t.Errorf("descriptors grew from %d to %d, goroutines from %d to %d", first.files, second.files, first.goroutines, second.goroutines)
	}
}

// comeAndGo connects, reads some live events and leaves, again and again.
func comeAndGo(ctx context.Context, t *testing.T, url string) {
	for n := 0; ctx.Err() == nil; n++ {
		left := 200
		err := follow(ctx, url, fmt.Sprintf("?batch=%dms", 1+n%1000), func([]byte) bool { left--; return left > 0 })
		if err != nil && ctx.Err() == nil {
			t.Errorf("the one that comes and goes: %v", err)
			return
		}
	}
}

// readLines follows the comments as lines.
func readLines(ctx context.Context, t *testing.T, url string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/events?format=ndjson&kind=comment&after=0", nil)
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	last := int64(0)
	sc := bufio.NewScanner(resp.Body)
	for sc.Scan() {
		if seq := position(sc.Bytes()); seq != 0 && seq <= last {
			t.Errorf("lines: %d after %d", seq, last)
			return
		} else if seq != 0 {
			last = seq
		}
	}
	if err := sc.Err(); ctx.Err() == nil {
		t.Errorf("the lines ended at %d: %v", last, err)
	}
}

// stall subscribes and reads nothing, as long as it is let; then again.
func stall(ctx context.Context, t *testing.T, url string) {
	for ctx.Err() == nil {
		err := follow(ctx, url, "?after=0", func([]byte) bool {
			select {
			case <-ctx.Done():
			case <-time.After(90 * time.Second): // longer than the relay puts up with
			}
			return false
		})
		if err != nil && ctx.Err() == nil {
			t.Errorf("the one that stalls: %v", err)
			return
		}
	}
}
