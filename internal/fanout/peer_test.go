package fanout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); {
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
	client.SetDeadline(time.Now().Add(time.Minute))
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

// small makes the client's receive buffer small, so that little is in flight.
func small(c *net.TCPConn) { _ = c.SetReadBuffer(4096) }
