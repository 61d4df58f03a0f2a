package fanout

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// stream is a connection served by two goroutines: the reader hands whole
// messages to the writer, which owns all else.
type stream struct {
	sink
	server *Server
	conn   net.Conn
	reader frameReader
	in     chan message
	kick   chan struct{} // the server drains
}

type message struct {
	op      byte
	payload []byte
	err     *CloseError // the reader ended with it
}

func (c *stream) nudge() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// read ends when the connection is closed for reading.
func (c *stream) read() {
	defer c.server.streamG.Done()
	defer close(c.in)
	buf := make([]byte, 512)
	for {
		n, err := c.conn.Read(buf)
		if n > 0 {
			bad := c.reader.feed(buf[:n], func(op byte, payload []byte) *CloseError {
				c.in <- message{op: op, payload: append([]byte(nil), payload...)}
				return nil
			})
			if bad != nil {
				c.in <- message{err: bad}
				break
			}
		}
		if err != nil {
			return
		}
	}
	for { // what comes after a protocol error is not looked at
		if _, err := c.conn.Read(buf); err != nil {
			return
		}
	}
}

// write owns the connection; when it ends everything is released.
func (c *stream) write(ctx context.Context) {
	defer c.server.streamG.Done()
	c.serve(ctx)
	c.conn.Close()
	for range c.in { // lets the reader end
	}
	s := c.server
	s.mu.Lock()
	delete(s.streams, c)
	s.mu.Unlock()
	s.gone(&c.sink)
}

func (c *stream) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Now()) })
	defer stop()
	older := make(chan func(), 1)
	ping := time.NewTimer(c.server.o.Ping)
	defer ping.Stop()
	put := func(b []byte) (int, error) {
		c.conn.SetWriteDeadline(time.Now().Add(c.server.o.Stuck))
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		n, err := c.conn.Write(b)
		if n > 0 && n < len(b) && errors.Is(err, os.ErrDeadlineExceeded) {
			err = errShort // slow, but not stuck
		}
		return n, err
	}
	var done <-chan time.Time // how long the answer to our close frame may take
	for {
		if reason := c.server.draining.Load(); reason != nil {
			c.drain(*reason)
		}
		wake := *c.live.log.wake.Load()
		switch c.flush(put, time.Now()) {
		case stateDead:
			if time.Since(c.moved) >= c.server.o.Stuck && ctx.Err() == nil {
				c.ending = EndStuck
			}
			return
		case stateFull:
			continue
		case stateOlder:
			c.waiting = true
			c.server.enqueue(job{c.sub.Older, func(o Older, err error) { older <- func() { c.older(o, err) } }})
		case stateDone:
			if c.answer {
				return
			}
			if done == nil {
				done = time.After(c.server.o.Answer)
			}
		}
		if c.phase != phaseLive {
			wake = nil
		}
		select {
		case <-wake:
		case <-c.kick:
		case back := <-older:
			back()
		case m, ok := <-c.in:
			if !ok {
				return
			}
			err := m.err
			if err == nil {
				err = c.receive(m.op, m.payload)
			}
			if err != nil {
				c.end(err, EndProtocol)
			}
		case <-ping.C:
			if c.phase != phaseClosing && time.Since(c.moved) >= c.server.o.Ping {
				c.own = AppendHeader(c.own, opPing, 0)
			}
			ping.Reset(c.server.o.Ping - time.Since(c.moved)%c.server.o.Ping)
		case <-done:
			return
		case <-ctx.Done():
			c.ending = EndShutdown
			return
		}
	}
}
