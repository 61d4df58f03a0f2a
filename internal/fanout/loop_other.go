//go:build !linux

package fanout

import (
	"context"
	"net"
)

// loops needs epoll; elsewhere every connection has its own goroutines.
type loops struct{}

func newLoops(*Server) *loops { return nil }

func (*loops) run(context.Context)                   {}
func (*loops) add(*net.TCPConn, *Subscription) error { return nil }
func (*loops) wake([]*Log)                           {}
func (*loops) drain()                                {}

func tuneTCP(c *net.TCPConn, o Options) { _ = c.SetWriteBuffer(o.SendBuffer) }
