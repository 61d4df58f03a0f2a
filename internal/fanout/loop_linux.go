package fanout

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// loops owns plain TCP sockets: one goroutine waits for epoll and tells the
// loops what happened to which socket; each loop alone reads, writes and closes
// its sockets, so that a descriptor is never used after it was closed.
type loops struct {
	server *Server
	fd     int      // of epoll
	epoll  *os.File // the same, waited for by the Go runtime: no thread is blocked
	all    []*loop

	mu    sync.Mutex
	turn  int
	conns []*conn // by descriptor
}

// newLoops returns nil where the kernel gives no epoll: then every connection
// has its own goroutines.
func newLoops(s *Server) *loops {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil
	}
	l := &loops{server: s, fd: fd, epoll: os.NewFile(uintptr(fd), "epoll")}
	for range s.o.Loops {
		l.all = append(l.all, &loop{loops: l, wake: make(chan struct{}, 1), groups: map[*Log][]*conn{}})
	}
	return l
}

func tuneTCP(c *net.TCPConn, o Options) {
	_ = c.SetWriteBuffer(o.SendBuffer)
	rc, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = rc.Control(func(fd uintptr) {
		// A host that vanished: its connection ends when a ping is not acknowledged.
		ms := int((o.Stuck + o.Ping).Milliseconds())
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, ms)
	})
}

func (l *loops) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, lp := range l.all {
		wg.Go(func() { lp.run(ctx) })
	}
	stop := context.AfterFunc(ctx, func() { l.epoll.SetReadDeadline(time.Now()) })
	defer stop()
	l.poll()
	wg.Wait()
	l.epoll.Close()
}

// poll hands events to the loops until the context's end wakes it.
func (l *loops) poll() {
	rc, err := l.epoll.SyscallConn()
	if err != nil {
		return
	}
	events := make([]unix.EpollEvent, 256)
	hit := make([]post, 0, len(events))
	for {
		n := 0
		err := rc.Read(func(fd uintptr) bool {
			var err error
			n, err = unix.EpollWait(int(fd), events, 0)
			return n > 0 || err != nil && !errors.Is(err, unix.EINTR)
		})
		if err != nil {
			return
		}
		hit = hit[:0]
		l.mu.Lock()
		for _, e := range events[:max(n, 0)] {
			// A number may have been closed and given out again since: then the
			// wrong connection looks at its socket once more, which is harmless.
			if int(e.Fd) < len(l.conns) && l.conns[e.Fd] != nil {
				hit = append(hit, post{c: l.conns[e.Fd], what: postEvent, in: e.Events&^unix.EPOLLOUT != 0})
			}
		}
		l.mu.Unlock()
		for _, lp := range l.all {
			lp.events(hit)
		}
	}
}

// add moves a connection's socket out of the Go runtime into a loop.
func (l *loops) add(c *net.TCPConn, sub *Subscription) error {
	rc, err := c.SyscallConn()
	if err != nil {
		return err
	}
	fd := -1
	if err := rc.Control(func(x uintptr) {
		fd, err = unix.FcntlInt(x, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil || fd < 0 {
		return errors.Join(errors.New("fanout: take over a socket"), err)
	}
	c.Close() // the duplicate stays
	l.mu.Lock()
	lp := l.all[l.turn%len(l.all)]
	l.turn++
	for len(l.conns) <= fd {
		l.conns = append(l.conns, nil)
	}
	n := &conn{fd: fd, loop: lp, sink: newSink(sub, time.Now())}
	l.conns[fd] = n
	l.mu.Unlock()
	lp.post(post{c: n, what: postAdded})
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(fd)}
	if err := unix.EpollCtl(l.fd, unix.EPOLL_CTL_ADD, fd, &e); err != nil {
		lp.post(post{c: n, what: postBroken})
	}
	return nil
}

func (l *loops) wake(logs []*Log) {
	for _, lp := range l.all {
		lp.mu.Lock()
		lp.dirty = append(lp.dirty, logs...)
		lp.mu.Unlock()
		lp.kick()
	}
}

func (l *loops) drain() {
	for _, lp := range l.all {
		lp.post(post{what: postDrain})
	}
}

type postKind uint8

const (
	postAdded postKind = iota
	postEvent
	postOlder
	postBroken
	postDrain
)

type post struct {
	c     *conn
	what  postKind
	in    bool // there is something to read
	older Older
	err   error
}

// conn is a socket in a loop.
type conn struct {
	sink
	fd      int
	loop    *loop
	reader  *frameReader // nil between messages
	full    bool         // the socket takes no more for now
	deaf    bool         // after a protocol error: input is thrown away
	closed  bool
	member  int       // place in the group of its log
	inAll   int       // place in the loop's list
	expires time.Time // of the wait for the client's close frame
}

// loop is one writing goroutine and its sockets.
type loop struct {
	loops *loops
	wake  chan struct{}

	mu    sync.Mutex
	dirty []*Log
	posts []post

	// The goroutine's own.
	groups map[*Log][]*conn
	all    []*conn
	buf    []byte
	now    time.Time
}

func (lp *loop) kick() {
	select {
	case lp.wake <- struct{}{}:
	default:
	}
}

func (lp *loop) post(p post) {
	lp.mu.Lock()
	lp.posts = append(lp.posts, p)
	lp.mu.Unlock()
	lp.kick()
}

func (lp *loop) events(hit []post) {
	n := 0
	lp.mu.Lock()
	for _, p := range hit {
		if p.c.loop == lp {
			lp.posts = append(lp.posts, p)
			n++
		}
	}
	lp.mu.Unlock()
	if n > 0 {
		lp.kick()
	}
}

func (lp *loop) run(ctx context.Context) {
	lp.buf = make([]byte, 16<<10)
	o := lp.loops.server.o
	sweep := time.NewTicker(min(time.Second, o.Stuck/4, o.Ping/4, o.Answer/4))
	defer sweep.Stop()
	var dirty []*Log
	var posts []post
	for {
		select {
		case <-lp.wake:
		case <-sweep.C:
			lp.now = time.Now()
			lp.sweep()
		case <-ctx.Done():
			for len(lp.all) > 0 {
				c := lp.all[len(lp.all)-1]
				if c.ending == "" {
					c.ending = EndShutdown
				}
				lp.close(c)
			}
			return
		}
		lp.mu.Lock()
		dirty, lp.dirty = lp.dirty, dirty[:0]
		posts, lp.posts = lp.posts, posts[:0]
		lp.mu.Unlock()
		lp.now = time.Now()
		for _, p := range posts {
			lp.handle(p)
		}
		for _, l := range dirty {
			group := lp.groups[l]
			for i := len(group) - 1; i >= 0; i-- { // backwards: closing takes one out
				if c := group[i]; !c.full && c.phase == phaseLive {
					lp.flush(c)
				}
			}
		}
		clear(dirty)
		clear(posts)
	}
}

func (lp *loop) handle(p post) {
	c := p.c
	if c != nil && c.closed {
		return
	}
	switch p.what {
	case postAdded:
		c.inAll = len(lp.all)
		lp.all = append(lp.all, c)
		g := lp.groups[c.live.log]
		c.member = len(g)
		lp.groups[c.live.log] = append(g, c)
	case postEvent:
		c.full = false
		if p.in && !lp.read(c) {
			return
		}
	case postOlder:
		c.older(p.older, p.err)
	case postBroken:
		lp.close(c)
		return
	case postDrain:
		for i := len(lp.all) - 1; i >= 0; i-- {
			c := lp.all[i]
			c.drain(lp.loops.server.drainReason)
			if !c.full {
				lp.flush(c)
			}
		}
		return
	}
	if !c.full {
		lp.flush(c)
	}
}

func (c *conn) put(b []byte) (int, error) {
	for {
		n, err := unix.Write(c.fd, b)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return 0, errShort
		case err != nil:
			return 0, err
		case n < len(b):
			return n, errShort
		}
		return n, nil
	}
}

func (lp *loop) flush(c *conn) {
	switch c.sink.flush(c.put, lp.now) {
	case stateFull:
		c.full = true
	case stateDead:
		lp.close(c)
	case stateOlder:
		c.waiting = true
		lp.loops.server.enqueue(job{c.sub.Older, func(o Older, err error) {
			lp.post(post{c: c, what: postOlder, older: o, err: err})
		}})
	case stateDone:
		if c.answer {
			lp.close(c)
		} else if c.expires.IsZero() {
			c.expires = lp.now.Add(lp.loops.server.o.Answer)
		}
	}
}

// read takes what the client sent; false: the connection is closed.
func (lp *loop) read(c *conn) bool {
	for range 16 {
		n, err := unix.Read(c.fd, lp.buf)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return true
		case err != nil || n <= 0:
			lp.close(c)
			return false
		}
		if !c.deaf {
			if c.reader == nil {
				c.reader = &frameReader{limit: c.sub.Limit, deflated: c.sub.Deflated}
			}
			if bad := c.reader.feed(lp.buf[:n], c.receive); bad != nil {
				c.end(bad, EndProtocol)
				c.deaf = true
				c.reader = nil
			} else if c.reader.idle() {
				c.reader = nil
			}
		}
	}
	lp.post(post{c: c, what: postEvent, in: true}) // others first
	return true
}

// sweep looks after what no event tells of.
func (lp *loop) sweep() {
	o := lp.loops.server.o
	for i := len(lp.all) - 1; i >= 0; i-- {
		c := lp.all[i]
		switch quiet := lp.now.Sub(c.moved); {
		case !c.expires.IsZero():
			if lp.now.After(c.expires) {
				lp.close(c)
			}
		case c.full:
			// A little room does not raise an event: try, before judging.
			c.full = false
			if lp.flush(c); c.closed {
				continue
			}
			c.release()
			if quiet = lp.now.Sub(c.moved); c.full && quiet >= o.Stuck {
				if len(c.cut) == 0 { // best effort: the kernel has hardly any room
					_, _ = c.put(appendClose(nil, CloseTooSlow, "too slow: nothing was read; come back with after="))
				}
				c.ending = EndStuck
				lp.close(c)
			}
		case quiet >= o.Ping && c.phase != phaseClosing:
			c.own = AppendHeader(c.own, opPing, 0)
			lp.flush(c)
		}
	}
}

func (lp *loop) close(c *conn) {
	if c.closed {
		return
	}
	c.closed = true
	l := lp.loops
	l.mu.Lock()
	l.conns[c.fd] = nil
	l.mu.Unlock()
	unix.Close(c.fd) // leaves epoll by itself

	last := len(lp.all) - 1
	lp.all[c.inAll] = lp.all[last]
	lp.all[c.inAll].inAll = c.inAll
	lp.all[last] = nil
	lp.all = lp.all[:last]
	g := lp.groups[c.live.log]
	last = len(g) - 1
	g[c.member] = g[last]
	g[c.member].member = c.member
	g[last] = nil
	if last == 0 {
		delete(lp.groups, c.live.log)
	} else {
		lp.groups[c.live.log] = g[:last]
	}
	l.server.gone(&c.sink)
}
