package simroom

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Pipe is a network inside the process for tests under virtual time: a
// server listens on it, and everything that is dialled reaches that server,
// whatever the address, except port 1, where as on a real machine nobody
// listens.
type Pipe struct {
	conns chan net.Conn
	once  sync.Once
	down  chan struct{}
}

// NewPipe makes a network with nobody on it.
func NewPipe() *Pipe { return &Pipe{conns: make(chan net.Conn), down: make(chan struct{})} }

// Accept waits for the next that dials.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.down:
		return nil, net.ErrClosed
	}
}

// Close ends listening: dialling fails from now on.
func (p *Pipe) Close() error { p.once.Do(func() { close(p.down) }); return nil }

// Addr is a name to tell the pipe by.
func (p *Pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// Dial connects to whoever listens; it fits http.Transport.DialContext and
// websocket.Dialer.NetDialContext.
func (p *Pipe) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	if _, port, _ := net.SplitHostPort(address); port == "1" {
		return nil, fmt.Errorf("dial %s: connection refused", address)
	}
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.down:
		return nil, fmt.Errorf("dial %s: connection refused", address)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
