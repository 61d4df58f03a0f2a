//go:build linux

package soak

import (
	"context"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/subscriber"
)

// ledger is what all subscribers together saw: one digest for each position.
type ledger struct {
	mu      sync.Mutex
	digests []uint32 // by position; 0: not seen yet
	last    atomic.Int64
	more    chan struct{} // something new was seen
}

// see notes an event and reports whether others have seen the same under its
// position.
func (l *ledger) see(seq int64, digest uint32) bool {
	l.mu.Lock()
	for int64(len(l.digests)) <= seq {
		l.digests = append(l.digests, 0)
	}
	was := l.digests[seq]
	l.digests[seq] = digest
	l.mu.Unlock()
	if seq > l.last.Load() {
		l.last.Store(seq)
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
	return was == 0 || was == digest
}

// digest is of an event's key, which comes behind its position.
func digest(message []byte) uint32 {
	_, rest, _ := strings.Cut(string(message[:min(len(message), 200)]), `"key":"`)
	key, _, _ := strings.Cut(rest, `"`)
	return crc32.ChecksumIEEE([]byte(key)) | 1
}

// A thousand subscribers are killed and come back at random, and ten times the
// relay is killed with SIGKILL and started again on the same archive, all while
// the room goes on. In the end each has every event once, in order.
func TestEverySubscriberHasEveryEventOnceAfterKillsOfSubscribersAndRelay(t *testing.T) {
	subscribers, kills, life := 50, 3, int64(200) // events in a life of the relay, about
	if long {
		subscribers, kills, life = 1000, 10, 800
	}
	archive := filepath.Join(t.TempDir(), "kills.db")
	// A thousand who die every 250 events come back so often that more than this
	// would only make them fall behind.
	sim := platform(t, "--rate", "60")
	r := relay(t, "127.0.0.1:0", sim.url, archive)
	url := r.url

	seen := &ledger{more: make(chan struct{}, 1)}
	var end atomic.Int64 // the last position there will be; 0: not known
	var up atomic.Pointer[chan struct{}]
	running := make(chan struct{})
	close(running)
	up.Store(&running)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	show, over := context.WithCancel(ctx) // ends when the room has said all
	defer over()
	var killed atomic.Int64 // subscribers
	var work sync.WaitGroup
	for i := range subscribers {
		s := &stubborn{t: t, i: i, url: url, rng: rand.New(rand.NewPCG(uint64(i), 1)), seen: seen, end: &end, up: &up, show: show, killed: &killed}
		work.Go(func() {
			if i%10 == 0 {
				s.library(ctx)
			} else {
				s.plain(ctx)
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		work.Wait()
		close(finished)
	}()
	fail := func() {
		cancel()
		<-finished
		t.FailNow()
	}
	// reach waits until some subscriber has seen a position.
	reach := func(seq int64) {
		for seen.last.Load() < seq {
			select {
			case <-seen.more:
			case <-finished:
				fail()
			case <-time.After(2 * time.Minute):
				t.Errorf("nothing new after %d; the relay said:\n%s", seen.last.Load(), r.said())
				fail()
			}
		}
	}
	began := time.Now()
	for range kills {
		reach(seen.last.Load() + life/4 + rand.Int64N(life*3/2))
		down := make(chan struct{})
		up.Store(&down)
		r.kill()
		r = relay(t, strings.TrimPrefix(url, "http://"), sim.url, archive)
		close(down)
	}
	reach(seen.last.Load() + life)
	sim.stop()
	last := settled(t, archive, 1<<62)
	t.Logf("%d subscribers killed %d times, the relay %d times; %d events, %v", subscribers, killed.Load(), kills, last, time.Since(began).Round(time.Second))
	end.Store(last)
	over() // everybody comes back once more, for what is left
	select {
	case <-finished:
	case <-time.After(10 * time.Minute):
		t.Errorf("some subscribers do not reach position %d; the relay said:\n%s", last, r.said())
		fail()
	}
	r.stop()
	if after := settled(t, archive, last); after != last {
		t.Errorf("the archive went on from %d to %d", last, after)
	}
	if killed.Load() < int64(subscribers) {
		t.Errorf("only %d times was a subscriber killed", killed.Load())
	}
}

// stubborn is a subscriber that is killed and comes back until it has all.
type stubborn struct {
	t      *testing.T
	i      int
	url    string
	rng    *rand.Rand
	seen   *ledger
	end    *atomic.Int64
	up     *atomic.Pointer[chan struct{}] // closed while the relay runs
	show   context.Context
	killed *atomic.Int64

	after int64 // what survives its death
}

// take judges one event.
func (s *stubborn) take(seq int64, digest uint32) bool {
	if seq != s.after+1 {
		s.t.Errorf("subscriber %d got %d after %d", s.i, seq, s.after)
		return false
	}
	if !s.seen.see(seq, digest) {
		s.t.Errorf("subscriber %d got another event as %d than others did", s.i, seq)
		return false
	}
	s.after = seq
	return true
}

// until is what a connection lives under.
func (s *stubborn) until(ctx context.Context) context.Context {
	if s.end.Load() == 0 {
		return s.show
	}
	return ctx
}

// life is how many events it lives for; nobody dies when the show is over.
func (s *stubborn) life() int {
	if s.show.Err() != nil {
		return -1
	}
	return 5 + s.rng.IntN(500)
}

func (s *stubborn) done() bool {
	end := s.end.Load()
	return end != 0 && s.after >= end
}

// plain is a WebSocket that is dropped now and then.
func (s *stubborn) plain(ctx context.Context) {
	for !s.done() && ctx.Err() == nil {
		<-*s.up.Load()
		left := s.life() // events until it is killed
		_ = follow(s.until(ctx), s.url, fmt.Sprintf("?after=%d", s.after), func(b []byte) bool {
			seq := position(b)
			if seq == 0 {
				if strings.HasPrefix(string(b), `{"lagged"`) {
					s.t.Errorf("subscriber %d was told %s", s.i, b)
				}
				return !s.done()
			}
			if !s.take(seq, digest(b)) {
				return false
			}
			if left--; left == 0 {
				s.killed.Add(1)
			}
			return left != 0 && !s.done()
		})
		if s.t.Failed() {
			return
		}
	}
}

// library is our own client, killed in the same way.
func (s *stubborn) library(ctx context.Context) {
	for !s.done() && ctx.Err() == nil {
		life, kill := context.WithCancel(s.until(ctx))
		left := s.life()
		_ = subscriber.Run(life, subscriber.Config{URL: s.url, All: true, Filter: event.Filter{After: s.after}, Emit: func(item subscriber.Item) {
			switch {
			case life.Err() != nil: // not seen any more
			case item.Lagged != nil:
				s.t.Errorf("subscriber %d was told %+v", s.i, item.Lagged)
				kill()
			case item.Event != nil:
				if !s.take(item.Event.Seq, crc32.ChecksumIEEE([]byte(item.Event.Key))|1) {
					kill()
				}
				if left--; left == 0 {
					s.killed.Add(1)
				}
				if left == 0 || s.done() {
					kill()
				}
			case s.done():
				kill()
			}
		}})
		kill()
		if s.t.Failed() {
			return
		}
	}
}
