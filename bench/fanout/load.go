package main

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"danmaku/internal/crowd"
)

// load is what subscribers are put under.
type load struct {
	readers, stalled int
	rate             float64 // messages a second; 0: as many as leave inFlight ones on the way
	burst            int     // messages handed over at once
	inFlight         int
	size             int           // bytes of a message, about; 0: the line's, and the relay's as they come
	idle             bool          // nothing is said
	behind           int           // the readers come back after so many messages
	pause            time.Duration // the server is stopped for so long in the middle
}

// result is what one run of one peer gave.
type result struct {
	perDelivery float64 // microseconds of the server's CPU
	system      float64 // share of it spent in the kernel
	perSecond   float64 // deliveries
	perRead     float64 // messages in one read of a subscriber
	p50, p99    float64 // milliseconds from the publisher to the subscriber
	lost        int64   // had not arrived 5 s after the end, at readers that are not stalled
	repeated    int64
	closed      int // readers
	perConn     float64
	rss         float64 // MiB at the end
	grown       float64 // MiB since the subscribers have connected
	took        float64 // seconds until all had everything
}

var began = time.Now()

// meter counts what a crowd receives. Its own fields belong to the crowd's
// goroutine; the rest is published after each round.
type meter struct {
	readers  int
	next     []uint32 // by reader
	begun    []bool
	acks     [1 << 14]int
	count    int64
	repeated int64
	late     histogram
	since    atomic.Int64 // latencies count from here on
	reader   int          // who was read last, and when: one look at the clock does for a few messages of one read
	now      int64
	where    int // of the stamp in the message before: they look alike

	delivered atomic.Int64
	acked     atomic.Uint32 // all readers have all before this one
	more      chan struct{}
}

func newMeter(readers int) *meter {
	return &meter{readers: readers, next: make([]uint32, readers), begun: make([]bool, readers), more: make(chan struct{}, 1)}
}

func (m *meter) take(i int, b []byte) string {
	switch { // those that ask on their own whether we live
	case len(b) < 16 && strings.HasPrefix(string(b), "PING"): // NATS
		return "PONG\r\n"
	case string(b) == "{}": // centrifuge
		return "{}"
	}
	if i != m.reader || m.count%16 == 0 {
		m.reader, m.now = i, int64(time.Since(began))
	}
	for len(b) >= stampSize {
		s, rest, ok := nextStamp(b, &m.where)
		if !ok {
			return ""
		}
		b = rest
		if m.begun[i] && int32(s.seq-m.next[i]) < 0 {
			m.repeated++
			continue
		}
		m.begun[i], m.next[i] = true, s.seq+1
		m.count++
		m.acks[s.seq%uint32(len(m.acks))]++
		if since := m.since.Load(); since != 0 && s.at >= since {
			m.late.add(m.now - s.at)
		}
	}
	return ""
}

func (m *meter) round() {
	m.delivered.Store(m.count)
	a := m.acked.Load()
	was := a
	for i := a % uint32(len(m.acks)); m.acks[i] >= m.readers; i = a % uint32(len(m.acks)) {
		m.acks[i] = 0
		a++
	}
	if a != was {
		m.acked.Store(a)
		select {
		case m.more <- struct{}{}:
		default:
		}
	}
}

// publish sends until stop is closed, and returns how many messages it sent.
func (m *meter) publish(l load, send func([]stamp) error, stop <-chan struct{}) (n uint32, err error) {
	batch := make([]stamp, 0, max(l.burst, l.inFlight))
	out := func(k int) error {
		batch = batch[:0]
		at := int64(time.Since(began))
		for range k {
			batch = append(batch, stamp{at, n})
			n++
		}
		return send(batch)
	}
	if l.inFlight > 0 {
		for {
			if room := l.inFlight - int(n-m.acked.Load()); room > 0 {
				if err := out(room); err != nil {
					return n, err
				}
				continue
			}
			select {
			case <-m.more:
			case <-stop:
				return n, nil
			}
		}
	}
	gap := time.Duration(float64(l.burst) / l.rate * float64(time.Second))
	for due := time.Now(); ; due = due.Add(gap) {
		select {
		case <-time.After(time.Until(due)):
		case <-stop:
			return n, nil
		}
		if err := out(l.burst); err != nil {
			return n, err
		}
	}
}

// errClosed ends a measurement: the server has closed all readers.
var errClosed = errors.New("the server closed all readers")

// run measures one peer once.
func run(name string, l load, line int, length time.Duration, profile string) (res result, err error) {
	c, err := start(name, l.size, line)
	if err != nil {
		return res, err
	}
	defer c.stop()
	before, err := c.usage()
	if err != nil {
		return res, err
	}
	m := newMeter(l.readers)
	config := crowd.Config{URL: c.url, Readers: l.readers, Stalled: l.stalled, Take: m.take, Round: m.round}
	switch name {
	case "nats":
		config.Say = []string{"CONNECT {\"verbose\":false}\r\n", "SUB d 1\r\n"}
	case "centrifuge", "centrifuge-wait":
		config.Say = []string{`{"id":1,"connect":{}}`, `{"id":2,"subscribe":{"channel":"` + channel + `"}}`}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := crowd.Connect(ctx, config)
	if err != nil {
		return res, err
	}
	defer w.Close()
	reading := make(chan error, 1)
	go func() { reading <- w.Run(ctx) }()
	wait := func(d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case err := <-reading:
			if err == nil {
				err = errClosed
			}
			return err
		}
	}
	if err := wait(time.Second); err != nil { // let the handshakes' garbage go
		return res, err
	}
	idle, err := c.usage()
	if err != nil {
		return res, err
	}
	if l.idle {
		if err := wait(length); err != nil {
			return res, err
		}
		end, err := c.usage()
		res.perConn = float64(end.rss-before.rss) / float64(l.readers)
		res.rss = float64(end.rss) / 1024
		return res, err
	}

	stopped := make(chan struct{})
	published := make(chan uint32, 1)
	go func() {
		n, _ := m.publish(l, c.send, stopped) // a feed that breaks is seen by what is missing
		published <- n
	}()
	stop := sync.OnceValue(func() (deliveries int64) { // that there should be
		close(stopped)
		return int64(<-published) * int64(l.readers)
	})
	defer func() {
		if want := stop(); errors.Is(err, errClosed) { // a result too
			res = result{closed: l.readers, lost: want - m.delivered.Load(), perDelivery: math.NaN()}
			err = nil
		}
	}()
	if err := wait(1500 * time.Millisecond); err != nil { // until it runs evenly
		return res, err
	}
	if profile != "" {
		p, err := c.perf(profile, length)
		if err != nil {
			return res, err
		}
		defer func() { _ = p.Wait() }()
	}
	u0, err := c.usage()
	if err != nil {
		return res, err
	}
	m.since.Store(int64(time.Since(began)))
	d0, t0 := m.delivered.Load(), time.Now()
	if l.pause > 0 {
		if err := wait(length / 2); err != nil {
			return res, err
		}
		c.signal(syscall.SIGSTOP)
		if err := wait(l.pause); err != nil {
			return res, err
		}
		c.signal(syscall.SIGCONT)
		length /= 2
	}
	if err := wait(length); err != nil {
		return res, err
	}
	u1, err := c.usage()
	if err != nil {
		return res, err
	}
	d1, seconds := m.delivered.Load(), time.Since(t0).Seconds()
	want := stop()
	for end := time.Now().Add(5 * time.Second); m.delivered.Load() < want && time.Now().Before(end); {
		if err := wait(20 * time.Millisecond); err != nil {
			return res, err
		}
	}
	last, err := c.usage()
	if err != nil {
		return res, err
	}
	cancel()
	if err := <-reading; err != nil {
		return res, err
	}
	n := float64(d1 - d0)
	cpu := u1.cpu - u0.cpu
	res = result{perDelivery: float64(cpu.Nanoseconds()) / 1e3 / n, system: float64(u1.system-u0.system) / float64(cpu), perSecond: n / seconds,
		perRead: float64(m.count) / float64(w.Reads), p50: m.late.quantile(.5), p99: m.late.quantile(.99), lost: want - m.count, repeated: m.repeated,
		rss: float64(last.rss) / 1024, grown: float64(last.rss-idle.rss) / 1024, perConn: float64(idle.rss-before.rss) / float64(l.readers+l.stalled)}
	for _, k := range w.Closed {
		res.closed += k
	}
	if n == 0 {
		res.perDelivery = math.NaN()
	}
	return res, nil
}
