package relay

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Limits that hold for everybody; loopback addresses are not counted one by
// one, because everything on this machine shares one.
const (
	defaultSubscribers = 50_000 // streams at the same time
	defaultPerAddress  = 128    // streams of one address
	connsPerAddress    = 256    // connections of one address, streams not counted
)

// addressOf is the address that a peer is counted by: an IPv6 network counts
// as one, as one customer has at least that much.
func addressOf(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	a := ap.Addr().Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// tally counts by address.
type tally struct {
	mu    sync.Mutex
	total int
	each  map[netip.Addr]int
}

// add counts one more, unless that is too many.
func (t *tally) add(a netip.Addr, total, each int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	counted := a.IsValid() && !a.IsLoopback()
	if t.total >= total || counted && t.each[a] >= each {
		return false
	}
	t.total++
	if counted {
		if t.each == nil {
			t.each = map[netip.Addr]int{}
		}
		t.each[a]++
	}
	return true
}

func (t *tally) remove(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	if n, ok := t.each[a]; ok {
		if n == 1 {
			delete(t.each, a)
		} else {
			t.each[a] = n - 1
		}
	}
}

func (t *tally) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// admit counts a stream in; without a problem the caller calls leave once.
func (r *Relay) admit(req *http.Request) (leave func(), p *problem) {
	a := addressOf(req.RemoteAddr)
	if !r.subscribed.add(a, r.config.Subscribers, r.config.PerAddress) {
		r.count.refused.Add(1)
		return nil, &problem{http.StatusTooManyRequests, "too_many_subscribers", "there are too many subscribers, or too many from this address",
			"close some, or subscribe once to several rooms"}
	}
	return sync.OnceFunc(func() { r.subscribed.remove(a) }), nil
}

// ConnState is for http.Server: it closes what one address opens beyond a
// limit, before a request is read.
func (r *Relay) ConnState(c net.Conn, s http.ConnState) {
	a := addressOf(c.RemoteAddr().String())
	switch s {
	case http.StateNew:
		if !r.conns.add(a, 1<<31, connsPerAddress) {
			r.count.refused.Add(1)
			r.conns.add(a, 1<<31, 1<<31) // its end is told, too
			c.Close()
		}
	case http.StateHijacked, http.StateClosed:
		r.conns.remove(a)
	}
}
