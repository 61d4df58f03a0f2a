package fanout

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options tunes a Server. Zero fields take the defaults.
type Options struct {
	// Portable serves every connection with goroutines of its own, as TLS and
	// systems without epoll need it anyway.
	Portable bool
	// Loops is the number of writing loops on Linux; default: one per CPU.
	Loops int
	// Stuck is how long a subscriber may take nothing; default 60 s.
	Stuck time.Duration
	// Ping is the silence after which a ping is sent; default 30 s.
	Ping time.Duration
	// SendBuffer bounds what a stalled subscriber holds in the kernel; default 64 KiB.
	SendBuffer int
	// Older is how many Older functions run at the same time; default 4.
	Older int
	// Answer is how long a closed connection may take to answer the close
	// frame; default 3 s.
	Answer time.Duration
}

// ErrNotRunning is returned by Add before Run, after it, and while draining.
var ErrNotRunning = errors.New("fanout: not accepting connections")

// Server owns WebSocket connections after their handshake and sends each what
// its Subscription says. On Linux a few loops own plain TCP sockets, which then
// cost well under 2 KiB each; all others have two goroutines each.
type Server struct {
	o    Options
	open atomic.Int64

	draining atomic.Pointer[func() *CloseError]

	mu      sync.Mutex
	accept  bool
	empty   chan struct{} // closed when draining and no connection is left
	streams map[*stream]struct{}
	loops   *loops // nil: portable only

	jobs    []job // Older calls that wait for a worker
	jobMore chan struct{}

	started chan struct{}   // closed when connections are accepted
	ctx     context.Context // of Run
	streamG sync.WaitGroup
}

type job struct {
	call func(context.Context) (Older, error)
	done func(Older, error)
}

// NewServer makes a server; it does nothing before Run.
func NewServer(o Options) *Server {
	if o.Loops <= 0 {
		o.Loops = runtime.GOMAXPROCS(0)
	}
	if o.Stuck <= 0 {
		o.Stuck = time.Minute
	}
	if o.Ping <= 0 {
		o.Ping = 30 * time.Second
	}
	if o.SendBuffer <= 0 {
		o.SendBuffer = 64 << 10
	}
	if o.Older <= 0 {
		o.Older = 4
	}
	if o.Answer <= 0 {
		o.Answer = 3 * time.Second
	}
	return &Server{o: o, streams: map[*stream]struct{}{}, jobMore: make(chan struct{}, 1), started: make(chan struct{}), empty: make(chan struct{})}
}

// Run serves until ctx ends, then breaks all connections that are left and
// returns when everything it started has ended. Drain first to end politely.
func (s *Server) Run(ctx context.Context) error {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.mu.Lock()
	if s.ctx != nil {
		s.mu.Unlock()
		return errors.New("fanout: Run called twice")
	}
	s.ctx = inner
	if !s.o.Portable {
		s.loops = newLoops(s)
	}
	s.accept = true
	s.mu.Unlock()
	var wg sync.WaitGroup
	for range s.o.Older {
		wg.Go(func() { s.work(inner) })
	}
	if s.loops != nil {
		wg.Go(func() { s.loops.run(inner) })
	}
	close(s.started)
	<-ctx.Done()
	s.mu.Lock()
	s.accept = false
	s.mu.Unlock()
	cancel()
	s.streamG.Wait()
	wg.Wait()
	return ctx.Err()
}

// Started waits until Run accepts connections.
func (s *Server) Started(ctx context.Context) error {
	select {
	case <-s.started:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Open is the number of connections.
func (s *Server) Open() int { return int(s.open.Load()) }

// Add takes over a connection whose handshake is done and of which no byte has
// been read since. It is closed by the server; on an error it is closed at once
// and Closed is not called.
func (s *Server) Add(conn net.Conn, sub Subscription) error {
	if sub.Limit <= 0 {
		sub.Limit = 4 << 10
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.accept {
		conn.Close()
		return ErrNotRunning
	}
	tcp, plain := conn.(*net.TCPConn)
	socket := tcp
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		socket, _ = t.NetConn().(*net.TCPConn)
	}
	if socket != nil {
		tuneTCP(socket, s.o)
	}
	if plain && s.loops != nil {
		if err := s.loops.add(tcp, &sub); err != nil {
			conn.Close()
			return err
		}
		s.open.Add(1)
		return nil
	}
	c := &stream{server: s, conn: conn, in: make(chan message, 8), kick: make(chan struct{}, 1)}
	c.sink = newSink(&sub, time.Now())
	c.reader = frameReader{limit: sub.Limit, deflated: sub.Deflated}
	s.streams[c] = struct{}{}
	s.open.Add(1)
	s.streamG.Add(2)
	go c.write(s.ctx)
	go c.read()
	return nil
}

// Wake tells the loops that these logs have new frames. Call it once per batch,
// after Publish of each log.
func (s *Server) Wake(logs []*Log) {
	if l := s.loops; l != nil && len(logs) > 0 {
		l.wake(logs)
	}
}

// Drain takes no new connections, lets every subscriber have all that is
// published and closes it with what reason returns. It returns when all are
// gone or ctx ends.
func (s *Server) Drain(ctx context.Context, reason func() *CloseError) error {
	s.mu.Lock()
	s.accept = false
	if s.draining.CompareAndSwap(nil, &reason) {
		if s.open.Load() == 0 {
			close(s.empty)
		}
		for c := range s.streams {
			c.nudge()
		}
		if s.loops != nil {
			s.loops.drain()
		}
	}
	s.mu.Unlock()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) drainReason() *CloseError { return (*s.draining.Load())() }

// gone counts a connection out.
func (s *Server) gone(k *sink) {
	if k.ending == "" {
		k.ending = EndClient
	}
	if k.sub.Closed != nil {
		k.sub.Closed(k.ending)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Add(-1) == 0 && s.draining.Load() != nil {
		close(s.empty)
	}
}

// enqueue has a worker call Older.
func (s *Server) enqueue(j job) {
	s.mu.Lock()
	s.jobs = append(s.jobs, j)
	s.mu.Unlock()
	select {
	case s.jobMore <- struct{}{}:
	default:
	}
}

func (s *Server) work(ctx context.Context) {
	for {
		s.mu.Lock()
		var j job
		if len(s.jobs) > 0 {
			j, s.jobs = s.jobs[0], s.jobs[1:]
		}
		more := len(s.jobs) > 0
		s.mu.Unlock()
		if more {
			select {
			case s.jobMore <- struct{}{}:
			default:
			}
		}
		if j.call != nil {
			j.done(j.call(ctx))
			continue
		}
		select {
		case <-s.jobMore:
		case <-ctx.Done():
			return
		}
	}
}
