package fanout

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		code = leftOver()
	}
	os.Exit(code)
}

// leftOver reports goroutines of this package that outlive the tests; some end
// a moment after their test.
func leftOver() int {
	var stacks string
	for range 3000 {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "fanout.(*") {
			return 0
		}
		runtime.Gosched()
	}
	os.Stderr.WriteString("goroutines left over:\n" + stacks)
	return 1
}

// peer is the client's side of a connection, byte by byte.
type peer struct {
	t    *testing.T
	conn *net.TCPConn
}

// serveTest runs a server in both ways; every test holds for both.
func serveTest(t *testing.T, o Options, test func(t *testing.T, s *Server)) {
	for _, portable := range []bool{false, true} {
		t.Run(map[bool]string{false: "loops", true: "portable"}[portable], func(t *testing.T) {
			o.Portable = portable
			if o.Answer == 0 {
				o.Answer = 200 * time.Millisecond
			}
			s := NewServer(o)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				s.Run(ctx)
				close(done)
			}()
			s.Started(ctx)
			defer func() {
				cancel()
				<-done
				if s.Open() != 0 {
					t.Errorf("%d connections left open", s.Open())
				}
			}()
			test(t, s)
		})
	}
}

// pair gives both sides of a TCP connection.
func pair(t *testing.T) (server, client *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return s.(*net.TCPConn), c.(*net.TCPConn)
}

func subscribe(t *testing.T, s *Server, sub Subscription) *peer {
	t.Helper()
	server, client := pair(t)
	if err := s.Add(server, sub); err != nil {
		t.Fatal(err)
	}
	client.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{t, client}
}

// frame reads one frame of the server.
func (p *peer) frame() (op byte, payload []byte) {
	p.t.Helper()
	op, payload, err := readFrame(p.conn)
	if err != nil {
		p.t.Fatalf("read a frame: %v", err)
	}
	return op, payload
}

func readFrame(r io.Reader) (byte, []byte, error) {
	var h [8]byte
	if _, err := io.ReadFull(r, h[:2]); err != nil {
		return 0, nil, err
	}
	if h[0]&0xf0 != finBit || h[1]&maskBit != 0 {
		return 0, nil, fmt.Errorf("frame begins with %x", h[:2])
	}
	n := int(h[1])
	op := h[0] & 0xf
	switch n {
	case 126:
		if _, err := io.ReadFull(r, h[:2]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(h[:]))
	case 127:
		if _, err := io.ReadFull(r, h[:8]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint64(h[:]))
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return op, b, err
}

func (p *peer) want(op byte, payload string) {
	p.t.Helper()
	if o, b := p.frame(); o != op || string(b) != payload {
		p.t.Fatalf("got frame %d %.80q, want %d %.80q", o, b, op, payload)
	}
}

// wantClose reads on to the close frame, answers it and waits for the end.
func (p *peer) wantClose(code int) string {
	p.t.Helper()
	for {
		op, b := p.frame()
		if op != opClose {
			continue
		}
		got, reason := 0, ""
		if len(b) >= 2 {
			got, reason = int(binary.BigEndian.Uint16(b)), string(b[2:])
		}
		if got != code {
			p.t.Fatalf("closed with %d %q, want %d", got, reason, code)
		}
		p.send(opClose, b)
		p.wantEnd()
		return reason
	}
}

func (p *peer) wantEnd() {
	p.t.Helper()
	if n, err := io.Copy(io.Discard, p.conn); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatalf("%d bytes and %v instead of the end", n, err)
	}
}

// send sends one masked frame.
func (p *peer) send(op byte, payload []byte) {
	p.t.Helper()
	// The server may close before it has read all of what is wrong.
	_, _ = p.conn.Write(masked(finBit|op, payload))
}

func masked(first byte, payload []byte) []byte {
	h := appendHeader(nil, first, len(payload))
	h[1] |= maskBit
	mask := [4]byte{1, 2, 3, 4}
	h = append(h, mask[:]...)
	for i, c := range payload {
		h = append(h, c^mask[i&3])
	}
	return h
}

var saying sync.Mutex // a log has one writer at a time

// say publishes texts as one batch.
func say(s *Server, l *Log, seq int64, texts ...string) {
	saying.Lock()
	defer saying.Unlock()
	for i, text := range texts {
		n := int64(0)
		if seq > 0 {
			n = seq + int64(i)
		}
		copy(l.Add(n, HeaderSize(len(text))+len(text)), AppendFrame(nil, OpText, []byte(text)))
	}
	l.Publish()
	s.Wake([]*Log{l})
}

func text(m Missed) []byte {
	return AppendFrame(nil, OpText, fmt.Appendf(nil, "lagged %d %d %d", m.From, m.To, m.Frames))
}

func TestASubscriberGetsItsOwnFramesThenTheLog(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		say(s, l, 1, "before")
		p := subscribe(t, s, Subscription{Log: l, Place: l.End(), First: AppendFrame(nil, OpText, []byte("hello"))})
		p.want(OpText, "hello")
		say(s, l, 2, "a", strings.Repeat("b", 300), strings.Repeat("c", 70_000))
		p.want(OpText, "a")
		p.want(OpText, strings.Repeat("b", 300))
		p.want(OpText, strings.Repeat("c", 70_000))
		say(s, l, 5, "d")
		p.want(OpText, "d")
	})
}

func TestEverySubscriberGetsEveryFrameOfItsLogInOrder(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		logs := []*Log{NewLog(64 << 20), NewLog(64 << 20)}
		const frames = 3000
		var wg sync.WaitGroup
		for i := range 40 {
			l := logs[i%2]
			p := subscribe(t, s, Subscription{Log: l, Place: l.End()})
			wg.Go(func() {
				for n := range frames {
					op, b, err := readFrame(p.conn)
					if err != nil || op != OpText || !strings.HasPrefix(string(b), fmt.Sprintf("%d/%d/", i%2, n)) {
						t.Errorf("subscriber %d, frame %d: op %d %.30q %v", i, n, op, b, err)
						return
					}
				}
			})
		}
		for n := 0; n < frames; {
			batch := min(1+rand.IntN(20), frames-n)
			for i, l := range logs {
				var texts []string
				for k := range batch {
					texts = append(texts, fmt.Sprintf("%d/%d/%s", i, n+k, strings.Repeat("x", rand.IntN(400))))
				}
				say(s, l, int64(n+1), texts...)
			}
			n += batch
		}
		wg.Wait()
	})
}

func TestASubscriberCatchesUpThenGoesOnLiveWithoutRepeats(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		place := l.End()
		step := 0
		p := subscribe(t, s, Subscription{Log: l, First: AppendFrame(nil, OpText, []byte("hello")),
			Older: func(context.Context) (Older, error) {
				switch step++; step {
				case 1:
					say(s, l, 3, "3", "4", "5") // published meanwhile; 3 and 4 are in the archive too
					return Older{Frames: AppendFrame(AppendFrame(nil, OpText, []byte("1")), OpText, []byte("2"))}, nil
				case 2:
					return Older{}, nil // nothing found in this stretch
				}
				return Older{Frames: AppendFrame(AppendFrame(nil, OpText, []byte("3")), OpText, []byte("4")), Done: true, Place: place, Skip: 4}, nil
			}})
		for _, want := range []string{"hello", "1", "2", "3", "4", "5"} {
			p.want(OpText, want)
		}
		say(s, l, 6, "6")
		p.want(OpText, "6")
		say(s, l, 0, "not archived")
		p.want(OpText, "not archived")
	})
}

func TestAnArchiveThatCannotBeReadClosesWithComeBack(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		ended := make(chan Ending, 1)
		p := subscribe(t, s, Subscription{Log: l, Closed: func(e Ending) { ended <- e },
			Older: func(context.Context) (Older, error) { return Older{}, errors.New("disk") }})
		p.wantClose(CloseGoingAway)
		if e := <-ended; e != EndError {
			t.Errorf("ended by %s", e)
		}
	})
}

// small makes the client's receive buffer small, so that little is in flight.
func small(c *net.TCPConn) { _ = c.SetReadBuffer(4096) }

func TestASlowReaderIsMovedOnAndToldHowMuchItMissed(t *testing.T) {
	serveTest(t, Options{SendBuffer: 8 << 10}, func(t *testing.T, s *Server) {
		l := NewLog(32 << 10)
		server, client := pair(t)
		small(client)
		client.SetDeadline(time.Now().Add(20 * time.Second))
		if err := s.Add(server, Subscription{Log: l, Place: l.End(), Lagged: text}); err != nil {
			t.Fatal(err)
		}
		healthy := subscribe(t, s, Subscription{Log: l, Place: l.End(), Lagged: text})
		const frames = 8_000 // far more than the kernel's buffers hold
		for n := int64(1); n <= frames; n++ {
			say(s, l, n, fmt.Sprintf("%d %s", n, strings.Repeat("x", 1000)))
			if op, b := healthy.frame(); op != OpText || !strings.HasPrefix(string(b), fmt.Sprintf("%d ", n)) {
				t.Fatalf("the healthy reader got %.40q, expected %d", b, n)
			}
		}
		say(s, l, frames+1, "end")
		next, missed := int64(1), int64(0)
		for {
			op, b, err := readFrame(client)
			if err != nil || op != OpText {
				t.Fatalf("op %d: %v", op, err)
			}
			var from, to, count, n int64
			if string(b) == "end" {
				break
			}
			if _, err := fmt.Sscanf(string(b), "lagged %d %d %d", &from, &to, &count); err == nil {
				if from != next || count != to-from+1 {
					t.Fatalf("told %s, the last one received was %d", b, next-1)
				}
				next, missed = to+1, missed+count
				if next == frames+2 {
					break // the end itself was among the missed
				}
				continue
			}
			if _, err := fmt.Sscan(string(b), &n); err != nil || n != next {
				t.Fatalf("got %.40q, expected %d", b, next)
			}
			next++
		}
		if missed == 0 {
			t.Error("nothing was missed: the test proves nothing")
		}
		say(s, l, frames+2, "again live")
		for {
			if op, b, err := readFrame(client); err != nil || op == OpText && string(b) == "again live" {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
	})
}

func TestAReaderThatTakesNothingIsClosed(t *testing.T) {
	serveTest(t, Options{SendBuffer: 8 << 10, Stuck: 300 * time.Millisecond}, func(t *testing.T, s *Server) {
		l := NewLog(8 << 20)
		server, client := pair(t)
		small(client)
		ended := make(chan Ending, 1)
		if err := s.Add(server, Subscription{Log: l, Place: l.End(), Closed: func(e Ending) { ended <- e }}); err != nil {
			t.Fatal(err)
		}
		say(s, l, 1, strings.Repeat("x", 6<<20))
		if e := <-ended; e != EndStuck {
			t.Errorf("ended by %s, want %s", e, EndStuck)
		}
	})
}

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

func TestGarbageClosesItsSenderWithTheRightCodeAndNobodyElse(t *testing.T) {
	big := appendHeader(nil, finBit|OpBinary, 1<<40)
	big[1] |= maskBit
	tests := []struct {
		name string
		send []byte
		code int
	}{
		{"not masked", AppendFrame(nil, OpText, []byte("x")), CloseProtocol},
		{"reserved bit 2", masked(finBit|0x20|OpText, nil), CloseProtocol},
		{"compressed without agreement", masked(finBit|rsv1Bit|OpText, nil), CloseProtocol},
		{"reserved opcode", masked(finBit|3, nil), CloseProtocol},
		{"reserved control opcode", masked(finBit|11, nil), CloseProtocol},
		{"fragmented ping", masked(opPing, nil), CloseProtocol},
		{"long ping", masked(finBit|opPing, make([]byte, 126)), CloseProtocol},
		{"continuation of nothing", masked(finBit|opCont, nil), CloseProtocol},
		{"message inside a message", append(masked(OpText, nil), masked(finBit|OpText, nil)...), CloseProtocol},
		{"text that is not UTF-8", masked(finBit|OpText, []byte{0xff}), CloseBadText},
		{"half a close code", masked(finBit|opClose, []byte{3}), CloseProtocol},
		{"close code 1005", masked(finBit|opClose, []byte{0x03, 0xed}), CloseProtocol},
		{"close reason that is not UTF-8", masked(finBit|opClose, []byte{0x03, 0xe8, 0xff}), CloseBadText},
		{"too long", masked(finBit|OpBinary, make([]byte, 5000)), CloseTooBig},
		{"a terabyte announced", append(big, 0, 0, 0, 0), CloseTooBig},
		{"too long in fragments", append(masked(OpBinary, make([]byte, 3000)), masked(finBit|opCont, make([]byte, 3000))...), CloseTooBig},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), CloseProtocol},
	}
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		other := subscribe(t, s, Subscription{Log: l, Place: l.End()})
		for i, tt := range tests {
			ended := make(chan Ending, 1)
			p := subscribe(t, s, Subscription{Log: l, Place: l.End(), Closed: func(e Ending) { ended <- e }})
			if _, err := p.conn.Write(tt.send); err != nil {
				t.Fatal(err)
			}
			if op, b := p.frame(); op != opClose || len(b) < 2 || int(binary.BigEndian.Uint16(b)) != tt.code {
				t.Errorf("%s: frame %d %q, want close %d", tt.name, op, b, tt.code)
			}
			p.wantEnd()
			if e := <-ended; e != EndProtocol {
				t.Errorf("%s: ended by %s", tt.name, e)
			}
			say(s, l, int64(i+1), tt.name)
			other.want(OpText, tt.name)
		}
	})
}

func TestMessagesReachReceiveAndItsAnswersComeBack(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		p := subscribe(t, s, Subscription{Log: NewLog(1 << 20), Receive: func(op byte, b []byte) ([]byte, *CloseError) {
			if op == OpText {
				return nil, &CloseError{CloseUnsupported, "binary only"}
			}
			return AppendFrame(nil, OpBinary, append([]byte("got "), b...)), nil
		}})
		p.send(OpBinary, []byte("one"))
		p.want(OpBinary, "got one")
		p.conn.Write(append(masked(OpBinary, []byte("tw")), masked(finBit|opCont, []byte("o"))...))
		p.want(OpBinary, "got two")
		p.send(OpText, []byte("three"))
		p.wantClose(CloseUnsupported)
	})
}

func TestAClientThatAsksAndNeverReadsIsCutOff(t *testing.T) {
	serveTest(t, Options{SendBuffer: 4 << 10}, func(t *testing.T, s *Server) {
		server, client := pair(t)
		small(client)
		ended := make(chan Ending, 1)
		if err := s.Add(server, Subscription{Log: NewLog(1 << 20), Closed: func(e Ending) { ended <- e }}); err != nil {
			t.Fatal(err)
		}
		ping := bytes.Repeat(masked(finBit|opPing, bytes.Repeat([]byte{'p'}, 125)), 1000)
		client.SetWriteDeadline(time.Now().Add(time.Second))
		for range 200 {
			if _, err := client.Write(ping); err != nil {
				break
			}
		}
		if s.o.Portable {
			// Its goroutine simply does not read on: nothing piles up.
			if _, err := client.Write(ping); err == nil {
				t.Error("25 MB of pings were taken")
			}
			return
		}
		client.Close()
		<-ended
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

func TestALogKeepsNoMoreThanItIsAllowed(t *testing.T) {
	l := NewLog(256 << 10)
	first := l.End()
	for n := int64(1); n <= 10_000; n++ {
		l.Add(n, 1000)
		l.Publish()
	}
	size := 0
	for _, s := range l.window.Load().segments {
		size += len(s.buf)
	}
	if size > 256<<10+2*segmentMax {
		t.Errorf("%d bytes kept", size)
	}
	if l.Holds(first) || !l.Holds(l.End()) {
		t.Error("Holds is wrong")
	}
	r := l.Reader(first, 0)
	b, missed, err := r.Next(t.Context())
	if b != nil || err != nil || missed.From != 1 || missed.To != 10_000 || missed.Frames != 10_000 {
		t.Errorf("%d bytes, missed %+v, %v", len(b), missed, err)
	}
}

// Any cutting of writes leaves the place and the rest of the cut frame right.
func TestAPlaceAdvancedByAnyAmountsGivesEveryByteOnce(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 7))
		l := NewLog(64 << 20)
		var want []byte
		k := live{log: l}
		var got []byte
		take := func(all bool) {
			for {
				s, b, lagged := k.read()
				if lagged {
					t.Fatal("lagged")
				}
				if len(b) == 0 {
					return
				}
				n := rng.IntN(len(b) + 1)
				if all {
					n = len(b)
				}
				got = append(got, b[:n]...)
				got = append(got, k.place.advance(s, n)...)
				if !all && rng.IntN(2) == 0 {
					return
				}
			}
		}
		for n := range 300 {
			b := bytes.Repeat([]byte{byte(n)}, 1+rng.IntN(700))
			copy(l.Add(int64(n+1), len(b)), b)
			want = append(want, b...)
			if rng.IntN(3) == 0 {
				l.Publish()
				take(false)
			}
		}
		l.Publish()
		take(true)
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %d bytes, want %d", seed, len(got), len(want))
		}
		if k.place != l.End() {
			t.Fatalf("seed %d: place %+v, end %+v", seed, k.place, l.End())
		}
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add(masked(finBit|OpText, []byte("hello")))
	f.Add(append(masked(OpText, []byte("a")), masked(finBit|opCont, []byte("b"))...))
	f.Add(masked(finBit|opClose, []byte{3, 0xe8}))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		type message struct {
			op byte
			b  string
		}
		read := func(step int) (got []message, end *CloseError) {
			r := frameReader{limit: 1000}
			b := bytes.Clone(in)
			for len(b) > 0 && end == nil {
				n := min(step, len(b))
				end = r.feed(b[:n], func(op byte, p []byte) *CloseError {
					if op < opClose && len(p) > 1000 || op >= opClose && len(p) > 125 {
						t.Fatalf("%d bytes passed for op %d", len(p), op)
					}
					got = append(got, message{op, string(p)})
					return nil
				})
				b = b[n:]
			}
			if cap(r.message) > 4*1000+64 || len(r.head) > 14 {
				t.Fatalf("keeps %d bytes of a message", cap(r.message))
			}
			return got, end
		}
		whole, end1 := read(len(in) + 1)
		bytewise, end2 := read(1)
		if fmt.Sprint(whole) != fmt.Sprint(bytewise) || (end1 == nil) != (end2 == nil) || end1 != nil && *end1 != *end2 {
			t.Fatalf("whole: %v %v\nin bytes: %v %v", whole, end1, bytewise, end2)
		}
	})
}

func TestFirstReadsOneMessageAndNotAByteMore(t *testing.T) {
	server, client := pair(t)
	big := bytes.Repeat([]byte("x"), 300)
	client.Write(masked(finBit|opPing, []byte("early")))
	client.Write(masked(finBit|opPong, nil))
	client.Write(masked(OpBinary, big[:100]))
	client.Write(masked(opCont, nil))
	client.Write(append(masked(finBit|opCont, big[100:]), "next"...))
	op, b, err := First(server, 1000, 10*time.Second)
	if op != OpBinary || !bytes.Equal(b, big) || err != nil {
		t.Fatalf("op %d, %d bytes, %v", op, len(b), err)
	}
	rest := make([]byte, 4)
	if _, err := io.ReadFull(server, rest); string(rest) != "next" || err != nil {
		t.Errorf("what follows is %q, %v", rest, err)
	}
	var ce *CloseError
	client.Write(masked(finBit|OpBinary, make([]byte, 2000)))
	if _, _, err := First(server, 1000, 10*time.Second); !errors.As(err, &ce) || ce.Code != CloseTooBig {
		t.Errorf("too long: %v", err)
	}
	if _, _, err := First(server, 1000, time.Millisecond); err == nil {
		t.Error("no error though nothing came")
	}
}
