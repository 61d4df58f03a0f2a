package crowd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Config says who subscribes to what.
type Config struct {
	URL     string // ws://ADDRESS/PATH
	Readers int    // subscribers that read all they are sent
	Stalled int    // further ones that never read
	// Say is sent by each as text messages after the handshake.
	Say []string
	// Take, if not nil, is called with each data message; the bytes are only
	// valid during the call. What it returns is sent as a text message.
	Take func(reader int, message []byte) (answer string)
	// Round, if not nil, is called after each round of reading.
	Round func()
}

// Crowd is a number of connected subscribers.
type Crowd struct {
	c       Config
	epoll   int
	conns   []conn
	stalled []net.Conn
	buf     []byte

	// What was seen so far. Only for Take, Round, and after Run.
	Messages int64
	Reads    int64       // system calls that gave something
	Closed   map[int]int // readers that were closed, by close code; 0: without one
	Broken   error       // the first connection that was no WebSocket any more
}

type conn struct {
	fd   int    // -1: closed
	tail []byte // of an incomplete frame
	code int
}

// Connect makes all the connections, some at a time.
func Connect(ctx context.Context, c Config) (*Crowd, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "ws" {
		return nil, fmt.Errorf("crowd: %q is not an address such as ws://127.0.0.1:80/", c.URL)
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("crowd: epoll: %w", err)
	}
	w := &Crowd{c: c, epoll: epoll, conns: make([]conn, c.Readers), stalled: make([]net.Conn, c.Stalled),
		buf: make([]byte, 1<<20), Closed: map[int]int{}}
	for i := range w.conns {
		w.conns[i].fd = -1
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	turn := make(chan struct{}, 32)
	for i := range c.Stalled + c.Readers {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			if ctx.Err() != nil {
				return
			}
			if err := w.connect(ctx, u, i); err != nil {
				cancel(fmt.Errorf("crowd: subscriber %d: %w", i, err))
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		w.Close()
		return nil, context.Cause(ctx)
	}
	return w, nil
}

// connect makes connection i; the stalled ones come first.
func (w *Crowd) connect(ctx context.Context, u *url.URL, i int) error {
	stalls := i < w.c.Stalled
	d := net.Dialer{Timeout: time.Minute, Control: func(_, _ string, c syscall.RawConn) (err error) {
		if stalls { // as little as possible is to be in flight
			err = c.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096) })
		}
		return err
	}}
	nc, err := d.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	rest, err := w.handshake(nc, u)
	if err != nil {
		nc.Close()
		return err
	}
	if stalls {
		w.stalled[i] = nc
		return nil
	}
	f, err := nc.(*net.TCPConn).File()
	nc.Close()
	if err != nil {
		return err
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	i -= w.c.Stalled
	w.conns[i] = conn{fd: fd, tail: rest}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)})
}

// handshake asks for the upgrade and returns what came behind the answer.
func (w *Crowd) handshake(nc net.Conn, u *url.URL) (rest []byte, err error) {
	if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	ask := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host +
		"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	if _, err := io.WriteString(nc, ask); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(nc, 4096)
	resp, err := http.ReadResponse(r, nil) //nolint:bodyclose // a switch of protocols has none
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("the upgrade was answered %s", resp.Status)
	}
	for _, s := range w.c.Say {
		if _, err := nc.Write(clientFrame(opText, []byte(s))); err != nil {
			return nil, err
		}
	}
	rest, _ = r.Peek(r.Buffered())
	return bytes.Clone(rest), nc.SetDeadline(time.Time{})
}

// Close drops every connection without a word.
func (w *Crowd) Close() {
	for i := range w.conns {
		w.drop(&w.conns[i])
	}
	for _, c := range w.stalled {
		if c != nil {
			c.Close()
		}
	}
	if w.epoll >= 0 {
		unix.Close(w.epoll)
	}
	w.epoll = -1
}

func (w *Crowd) drop(c *conn) {
	if c.fd >= 0 {
		unix.Close(c.fd)
	}
	c.fd, c.tail = -1, nil
}

// Run reads until ctx ends, all readers are closed, or one gets what is no
// WebSocket.
func (w *Crowd) Run(ctx context.Context) error {
	for i := range w.conns { // what came with the handshake
		if c := &w.conns[i]; c.fd >= 0 {
			c.tail = w.frames(i, c, c.tail)
		}
	}
	open := len(w.conns)
	events := make([]unix.EpollEvent, 1024)
	for ctx.Err() == nil && open > 0 && w.Broken == nil {
		n, err := unix.EpollWait(w.epoll, events, 20) // to see the context's end
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("crowd: epoll: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			c := &w.conns[e.Fd]
			if !w.read(int(e.Fd), c) {
				w.Closed[c.code]++
				w.drop(c)
				open--
			}
		}
		if w.c.Round != nil {
			w.c.Round()
		}
	}
	return w.Broken
}

// read takes what a socket has; false: the connection is over.
func (w *Crowd) read(i int, c *conn) bool {
	held := copy(w.buf, c.tail)
	n, err := unix.Read(c.fd, w.buf[held:])
	if err == unix.EAGAIN || err == unix.EINTR {
		return true
	}
	if err != nil || n <= 0 {
		return false
	}
	w.Reads++
	rest := w.frames(i, c, w.buf[:held+n])
	if len(rest) == len(w.buf) {
		w.Broken = fmt.Errorf("crowd: subscriber %d was sent a frame of more than %d bytes", i, len(w.buf))
	}
	if c.tail = append(c.tail[:0], rest...); len(c.tail) == 0 && cap(c.tail) > 4<<10 {
		c.tail = nil
	}
	return true
}

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// frames handles the whole frames at the beginning of b and returns the rest.
func (w *Crowd) frames(i int, c *conn, b []byte) []byte {
	for len(b) >= 2 {
		head, size := 2, int(b[1])
		switch size {
		case 126:
			head = 4
		case 127:
			head = 10
		}
		if len(b) < head {
			return b
		}
		if head > 2 {
			size = 0
			for _, x := range b[2:head] {
				size = size<<8 | int(x)
			}
		}
		op := b[0] & 15
		if b[0]&0xf0 != 0x80 || b[1]&0x80 != 0 || op == 0 || op > 2 && op < opClose || op > opPong || size < 0 {
			w.Broken = fmt.Errorf("crowd: subscriber %d was sent what begins with %x, no whole message", i, b[:head])
			return nil
		}
		if len(b)-head < size {
			return b
		}
		payload := b[head : head+size]
		b = b[head+size:]
		switch op {
		case opClose:
			if len(payload) >= 2 {
				c.code = int(payload[0])<<8 | int(payload[1])
			}
			w.send(c, opClose, payload)
		case opPing:
			w.send(c, opPong, payload)
		case opPong:
		default:
			w.Messages++
			if w.c.Take == nil {
				continue
			}
			if answer := w.c.Take(i, payload); answer != "" {
				w.send(c, opText, []byte(answer))
			}
		}
	}
	return b
}

// send sends a little; a server that takes no more sees it from the silence.
func (w *Crowd) send(c *conn, op byte, payload []byte) {
	_, _ = unix.Write(c.fd, clientFrame(op, payload))
}

// clientFrame makes a short frame. The mask is zero, which is allowed and
// leaves the payload as it is.
func clientFrame(op byte, payload []byte) []byte {
	payload = payload[:min(len(payload), 125)]
	return append([]byte{0x80 | op, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}
