//go:build linux

package soak

import (
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"danmaku/internal/crowd"
)

// audience is a crowd that checks that every reader gets every event once, in
// order.
type audience struct {
	t     *testing.T
	crowd *crowd.Crowd
	next  []int64 // by reader
	told  int     // how often one was told that it missed something

	bytes, events int64

	reached  atomic.Int64 // the position that all have
	slowest  int          // a reader that has no more
	progress chan struct{}
	ended    chan error
	stop     context.CancelFunc
}

// gather connects a crowd to a relay and has it read until stop.
func gather(t *testing.T, url, query string, readers, stalled int) *audience {
	t.Helper()
	a := &audience{t: t, next: make([]int64, readers), progress: make(chan struct{}, 1), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	var err error
	a.crowd, err = crowd.Connect(ctx, crowd.Config{URL: "ws" + strings.TrimPrefix(url, "http") + "/v1/events" + query,
		Readers: readers, Stalled: stalled, Take: a.take, Round: a.round})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		a.ended <- a.crowd.Run(ctx)
	}()
	a.stop = func() {
		cancel()
		<-ran
		a.crowd.Close()
	}
	t.Cleanup(a.stop)
	return a
}

func (a *audience) take(i int, b []byte) string {
	seq := position(b)
	if seq == 0 {
		if bytes.HasPrefix(b, []byte(`{"lagged"`)) {
			a.told++
		}
		return ""
	}
	a.bytes += int64(len(b))
	a.events++
	if a.next[i] != 0 && a.next[i] != seq {
		a.t.Errorf("reader %d got %d instead of %d", i, seq, a.next[i])
	}
	a.next[i] = seq + 1
	return ""
}

// round finds out what all have got.
func (a *audience) round() {
	was := a.next[a.slowest]
	if a.reached.Load() == was-1 { // it has not moved on
		return
	}
	for i, n := range a.next {
		if n < a.next[a.slowest] {
			a.slowest = i
		}
	}
	a.reached.Store(a.next[a.slowest] - 1)
	select {
	case a.progress <- struct{}{}:
	default:
	}
}

// wait waits until all have a position.
func (a *audience) wait(seq int64) {
	a.t.Helper()
	limit := time.After(5 * time.Minute)
	for a.reached.Load() < seq {
		select {
		case <-a.progress:
		case err := <-a.ended:
			a.t.Fatalf("the crowd stopped reading: %v; closed: %v", err, a.crowd.Closed)
		case <-limit:
			a.t.Fatalf("not all readers reach %d: the slowest has %d", seq, a.reached.Load())
		}
	}
}

// whole ends the reading; nobody may have lost anything or been closed.
func (a *audience) whole() {
	a.t.Helper()
	a.stop()
	if a.told > 0 || len(a.crowd.Closed) > 0 {
		a.t.Errorf("%d times a reader was told that it missed something; closed: %v", a.told, a.crowd.Closed)
	}
}

// Very many subscribers of a busy room all get all of it.
func TestNobodyInALargeCrowdLosesAnEvent(t *testing.T) {
	readers, events := 1000, int64(1500)
	if long {
		readers, events = 10_000, 12_000 // over three minutes: the burst of 150/s and the storm of gifts are in them
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < uint64(readers)+100 {
		t.Skipf("the limit of open files is %d; %d readers need more: ulimit -Hn", limit.Max, readers)
	}
	var rate []string
	if !long {
		rate = []string{"--rate", "300"}
	}
	sim := platform(t, rate...)
	r := relay(t, "127.0.0.1:0", sim.url, filepath.Join(t.TempDir(), "crowd.db"))
	before := r.sample()
	a := gather(t, r.url, "?after=0", readers, 0)
	a.wait(1)
	idle := r.sample()
	began := time.Now()
	a.wait(events)
	end := r.sample()
	a.whole()
	deliveries := float64(events) * float64(readers)
	t.Logf("%d readers, %d events each in %v: %.0f deliveries/s, at most %.2f us of the relay's CPU each", readers, events, time.Since(began).Round(time.Second),
		deliveries/time.Since(began).Seconds(), float64((end.cpu-before.cpu).Microseconds())/deliveries)
	t.Logf("before the crowd: %v", before)
	t.Logf("when all had the first event: %v; open files may be %d", idle, limit.Max)
	t.Logf("at the end: %v", end)
}

// Half of the readers never read. The others lose nothing, and the stalled
// ones hold next to no memory of the relay.
func TestStalledReadersHarmNobody(t *testing.T) {
	// In the short form the logs of the relay hold fourteen seconds, so that readers on
	// a busy machine keep up, and the stalled are behind by more than that.
	events, rate := int64(3000), "150"
	if long {
		events, rate = 120_000, "2000"
	}
	grown := func(stalled int) int {
		sim := platform(t, "--rate", rate)
		r := relay(t, "127.0.0.1:0", sim.url, filepath.Join(t.TempDir(), "stalled.db"))
		a := gather(t, r.url, "?raw=1", 100, stalled)
		a.wait(events / 2)
		half := r.sample()
		a.wait(events)
		end := r.sample()
		a.whole()
		t.Logf("%d stalled: messages of %d bytes; halfway %v; at the end %v", stalled, a.bytes/a.events, half, end)
		r.kill()
		sim.kill()
		return end.rss
	}
	without, with := grown(0), grown(100)
	t.Logf("RSS with 100 stalled readers: %+.1f MiB", float64(with-without)/1024)
	if long && with-without > 10<<10 {
		t.Errorf("100 stalled readers cost %d KiB", with-without)
	}
}

// A relay that was stopped for two seconds goes on where it was: no reader is
// closed, none loses anything.
func TestAPauseOfTheRelayClosesNobody(t *testing.T) {
	rounds, rate := 1, int64(100) // of which the logs hold twenty seconds
	if long {
		rounds, rate = 5, 500
	}
	sim := platform(t, "--rate", strconv.FormatInt(rate, 10))
	r := relay(t, "127.0.0.1:0", sim.url, filepath.Join(t.TempDir(), "pause.db"))
	a := gather(t, r.url, "?raw=1", 200, 0)
	a.wait(rate)
	for range rounds {
		r.signal(syscall.SIGSTOP)
		<-time.After(2 * time.Second) // what is tested is this time
		at := a.reached.Load()
		r.signal(syscall.SIGCONT)
		a.wait(at + 4*rate) // more than came in the pause
	}
	a.whole()
}
