package live

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
)

// said is what a room's two servers both send, and to whom.
type said struct {
	mu    sync.Mutex
	peers map[string]*peer
}

func (s *said) enter(p *peer) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers == nil {
		s.peers = map[string]*peer{}
	}
	s.peers[p.host] = p
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.peers[p.host] == p {
			delete(s.peers, p.host)
		}
	}
}

func (s *said) to(host string) *peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[host]
}

// say sends a command over the servers named.
func (s *said) say(command string, hosts ...string) {
	for _, h := range hosts {
		if p := s.to(h); p != nil {
			p.command("%s", command)
		}
	}
}

func twoHosts(t *testing.T) (*hosts, *said) {
	room := &said{}
	return newHosts(t, func(p *peer) {
		p.accept()
		defer room.enter(p)()
		p.answer(nil)
	}), room
}

func redundant(c *Config) { notLive(c); c.Redundant = true }

func TestTwoConnectionsBringEachEventOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, room := twoHosts(t)
		s := start(t, h, redundant)
		synctest.Wait()
		if h.count() != 2 || h.dialed(0) == h.dialed(1) {
			t.Fatalf("%d connections, want two to different hosts", h.count())
		}
		for i := range 100 {
			first, second := "a:1", "b:2"
			if i%3 == 0 {
				first, second = second, first
			}
			room.say(comment(fmt.Sprint("k", i), fmt.Sprint(i)), first)
			<-time.After(50 * time.Millisecond)
			room.say(comment(fmt.Sprint("k", i), fmt.Sprint(i)), second)
		}
		// Without a key, and truly said three times.
		for range 3 {
			room.say(`{"cmd":"WIDGET_X","data":{"n":1}}`, "a:1", "b:2")
		}
		synctest.Wait()
		if n := len(s.all()); n != 103 {
			t.Errorf("%d events, want 103", n)
		}
		if st := s.last(); st.Host != "a:1 + b:2" {
			t.Errorf("status %+v", st)
		}
		s.stop()
	})
}

func TestLosingEitherConnectionLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, room := twoHosts(t)
		s := start(t, h, redundant)
		synctest.Wait()
		n := 0
		for round := range 20 {
			host := []string{"a:1", "b:2"}[round%2]
			for range 10 {
				room.say(comment(fmt.Sprint("k", n), "。"), "a:1", "b:2")
				n++
				<-time.After(time.Second)
			}
			if p := room.to(host); p != nil {
				p.Close()
			}
			for range 20 { // one of them is away for a while
				room.say(comment(fmt.Sprint("k", n), "。"), "a:1", "b:2")
				n++
				<-time.After(time.Second)
			}
		}
		synctest.Wait()
		if got := len(s.all()); got != n {
			t.Errorf("%d events, want %d", got, n)
		}
		if gaps := s.gaps(); len(gaps) != 0 {
			t.Errorf("gaps %+v", gaps)
		}
		if h.count() != 22 {
			t.Errorf("%d connections, want 22", h.count())
		}
		s.stop()
	})
}

func TestAHoleBetweenTwoConnectionsIsFoundAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// a dies unnoticed, b is lost and back before that is noticed.
		var b *peer
		var mu sync.Mutex
		dead := make(chan struct{})
		h := newHosts(t, func(p *peer) {
			p.accept()
			if p.host == "b:2" {
				mu.Lock()
				b = p
				mu.Unlock()
				p.answer(nil)
				return
			}
			if p.n > 1 {
				p.answer(nil)
				return
			}
			p.answer(dead)
			for _, ok := p.next(); ok; _, ok = p.next() {
			}
		})
		began := time.Now()
		s := start(t, h, redundant)
		<-time.After(61 * time.Second)
		close(dead) // both were last heard at 60 s; it would be noticed at 105 s
		<-time.After(9 * time.Second)
		mu.Lock()
		b.Close() // at 70 s
		mu.Unlock()
		<-time.After(5 * time.Minute)
		gaps := s.gaps()
		if len(gaps) != 1 || gaps[0].To == nil {
			t.Fatalf("gaps %+v", gaps)
		}
		from, to := gaps[0].From.Time().Sub(began), gaps[0].To.Time().Sub(began)
		// What b was sent after its last message, a server that is cut off does
		// not say: the gap begins there.
		if from != 60*time.Second || to < 70*time.Second || to > 72*time.Second {
			t.Errorf("gap from %v to %v, want from 60 s to b's return", from, to)
		}
		s.stop()
	})
}

func TestASecondConnectionThatNeverWorksDoesNotHurtTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, room := twoHosts(t)
		h.refuse["b:2"] = errUnreachable
		s := start(t, h, func(c *Config) {
			redundant(c)
			inner := c.Resolve
			c.Resolve = func(ctx context.Context, id event.RoomID) (Endpoint, error) {
				e, err := inner(ctx, id)
				e.URLs = []string{"ws://a:1/sub", "ws://b:2/sub"}
				return e, err
			}
		})
		<-time.After(10 * time.Second)
		for i := range 60 {
			room.say(comment(fmt.Sprint("k", i), "。"), "a:1")
			<-time.After(time.Minute)
		}
		st := s.last()
		if len(s.gaps()) != 0 || len(s.all()) != 60 || !st.State.Connected() || st.Detail == "" {
			t.Errorf("gaps %v, %d events, %+v", s.gaps(), len(s.all()), st)
		}
		s.stop()
	})
}

func TestWhatAServerSaysAgainAfterAReconnectIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, room := twoHosts(t)
		s := start(t, h, notLive)
		synctest.Wait()
		keyless := `{"cmd":"WIDGET_X","data":{"n":%d}}`
		for i := range 5 {
			room.say(fmt.Sprintf(keyless, i), "a:1")
			room.say(comment(fmt.Sprint("k", i), "。"), "a:1")
			<-time.After(time.Second)
		}
		room.to("a:1").Close()
		<-time.After(5 * time.Second)
		for i := range 5 { // the same again, from the next server
			room.say(fmt.Sprintf(keyless, i), "b:2")
			room.say(comment(fmt.Sprint("k", i), "。"), "b:2")
		}
		for range 3 { // new, and truly said three times
			room.say(fmt.Sprintf(keyless, 7), "b:2")
		}
		<-time.After(20 * time.Second)
		room.say(fmt.Sprintf(keyless, 1), "b:2") // long after the reconnect it is a new one
		synctest.Wait()
		if n := len(s.all()); n != 14 {
			t.Errorf("%d events, want 14", n)
		}
		s.stop()
	})
}
