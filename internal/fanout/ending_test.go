package fanout

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestControlFramesAreAnswered(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		ended := make(chan Ending, 1)
		p := subscribe(t, s, Subscription{Log: l, Closed: func(e Ending) { ended <- e }})
		p.send(opPing, []byte("are you there"))
		p.want(opPong, "are you there")
		p.send(opPong, []byte("unasked"))
		p.send(OpText, []byte("what a subscriber says is not listened to"))
		// A ping between the fragments of a message, and all in pieces of one byte.
		all := append(masked(OpText, []byte("a")), masked(finBit|opPing, []byte("x"))...)
		all = append(all, masked(finBit|opCont, []byte("b"))...)
		for i := range all {
			p.conn.Write(all[i : i+1])
		}
		p.want(opPong, "x")
		say(s, l, 1, "still served")
		p.want(OpText, "still served")
		p.send(opClose, []byte{0x03, 0xe8, 'b', 'y', 'e'})
		p.want(opClose, "\x03\xe8")
		p.wantEnd()
		if e := <-ended; e != EndClient {
			t.Errorf("ended by %s", e)
		}
	})
}

func TestAClientThatJustGoesIsForgotten(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		ended := make(chan Ending, 1)
		p := subscribe(t, s, Subscription{Log: NewLog(1 << 20), Closed: func(e Ending) { ended <- e }})
		p.conn.Close()
		if e := <-ended; e != EndClient {
			t.Errorf("ended by %s", e)
		}
	})
}

func TestARefusalIsReadableByTheClient(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		ended := make(chan Ending, 1)
		p := subscribe(t, s, Subscription{Log: l, Place: l.End(), First: AppendFrame(nil, OpText, []byte("hello")),
			Close: &CloseError{CloseRefused, "another archive"}, Closed: func(e Ending) { ended <- e }})
		p.want(OpText, "hello")
		if reason := p.wantClose(CloseRefused); reason != "another archive" {
			t.Errorf("reason %q", reason)
		}
		if e := <-ended; e != EndRefused {
			t.Errorf("ended by %s", e)
		}
	})
}

func TestDrainGivesEverythingPublishedThenCloses(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(8 << 20)
		var peers []*peer
		for range 5 {
			peers = append(peers, subscribe(t, s, Subscription{Log: l, Place: l.End()}))
		}
		for n := range 100 {
			say(s, l, int64(n+1), fmt.Sprint(n))
		}
		drained := make(chan error, 1)
		go func() {
			drained <- s.Drain(t.Context(), func() *CloseError { return &CloseError{CloseGoingAway, "back soon"} })
		}()
		for _, p := range peers {
			for n := range 100 {
				p.want(OpText, fmt.Sprint(n))
			}
			p.wantClose(CloseGoingAway)
		}
		if err := <-drained; err != nil {
			t.Error(err)
		}
		server, _ := pair(t)
		if err := s.Add(server, Subscription{Log: l}); !errors.Is(err, ErrNotRunning) {
			t.Errorf("a new subscriber was taken: %v", err)
		}
	})
}

func TestSilentConnectionsArePinged(t *testing.T) {
	serveTest(t, Options{Ping: 50 * time.Millisecond}, func(t *testing.T, s *Server) {
		p := subscribe(t, s, Subscription{Log: NewLog(1 << 20)})
		p.want(opPing, "")
		p.want(opPing, "")
	})
}

func TestACloseFrameThatIsNotAnsweredEndsTheConnectionAnyway(t *testing.T) {
	serveTest(t, Options{Answer: 50 * time.Millisecond}, func(t *testing.T, s *Server) {
		p := subscribe(t, s, Subscription{Log: NewLog(1 << 20), Close: &CloseError{CloseRefused, "no"}})
		if op, _ := p.frame(); op != opClose {
			t.Fatal(op)
		}
		p.wantEnd()
	})
}
