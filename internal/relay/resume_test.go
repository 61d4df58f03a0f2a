package relay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"danmaku/event"
	"danmaku/internal/hub"
	"danmaku/internal/subscriber"
)

// life is one run of a relay that will be killed: no goodbye to anybody.
type life struct {
	hub    *hub.Hub
	cancel context.CancelFunc
	server *http.Server
	done   chan struct{}

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func live(t *testing.T, addr string, archive *memory, c Config) *life {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	l := &life{hub: hub.New(hub.Options{Items: 512}), conns: map[net.Conn]bool{}, done: make(chan struct{})}
	c.Hub, c.History = l.hub, archive
	r := New(c)
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.server = &http.Server{Handler: r.Handler(), ConnState: func(c net.Conn, s http.ConnState) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns[c] = true
	}}
	var wg sync.WaitGroup
	wg.Go(func() { r.Run(ctx) })
	wg.Go(func() { l.server.Serve(ln) })
	go func() {
		wg.Wait()
		close(l.done)
	}()
	return l
}

// kill breaks everything off as SIGKILL does, as far as a subscriber sees it.
func (l *life) kill() {
	l.mu.Lock()
	for c := range l.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
	l.mu.Unlock()
	l.server.Close()
	l.cancel()
	<-l.done
}

// Subscribers come and go at random, and the relay is killed again and again,
// while events go on: in the end each has every event once, in order.
func TestEverySubscriberEndsWithEveryEventOnceThroughKillsOfBothSides(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		const total, subscribers, lives = 1800, 12, 6
		archive := &memory{id: "A1"}
		reserve, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := reserve.Addr().String()
		reserve.Close()
		var wg sync.WaitGroup
		for i := range subscribers {
			rng := rand.New(rand.NewPCG(uint64(i), 9))
			wg.Go(func() {
				after := int64(0)
				for after < total {
					ctx, kill := context.WithCancel(context.Background())
					left := 50 + rng.IntN(500) // events until this one is killed
					err := subscriber.Run(ctx, subscriber.Config{URL: "http://" + addr, All: true, ID: "A1", Filter: event.Filter{After: after},
						Emit: func(item subscriber.Item) {
							if item.Lagged != nil {
								t.Errorf("subscriber %d lost %+v", i, item.Lagged)
							}
							if item.Event == nil || ctx.Err() != nil {
								return // what comes after the kill was not seen
							}
							if item.Event.Seq != after+1 || item.Event.Comment.Text != fmt.Sprint(after+1) {
								t.Errorf("subscriber %d got %d after %d", i, item.Event.Seq, after)
								kill()
								return
							}
							after = item.Event.Seq
							if left--; left == 0 || after == total {
								kill()
							}
						}})
					kill()
					if t.Failed() || ctx.Err() == nil {
						t.Errorf("subscriber %d at %d: %v", i, after, err)
						return
					}
				}
			})
		}
		n := 0
		for range lives {
			l := live(t, addr, archive, c)
			for until := n + total/lives; n < until; {
				var items []hub.Item
				var batch []event.Event
				for range min(1+rand.IntN(40), until-n) {
					n++
					batch = append(batch, comment(1, fmt.Sprint(n)))
				}
				batch = archive.append(batch...)
				for i := range batch {
					items = append(items, hub.Item{Event: &batch[i]})
				}
				if n < until { // it dies between commit and publication of the last batch
					l.hub.Publish(items)
				}
				runtime.Gosched()
			}
			l.kill()
		}
		l := live(t, addr, archive, c)
		wg.Wait()
		l.kill()
	})
}
