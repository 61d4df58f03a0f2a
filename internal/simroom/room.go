package simroom

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"
)

// room is a simulated room at work.
type room struct {
	Room
	s        *Server
	profile  Profile
	streamer *viewer
	ledger   *ledger
	turn     chan struct{} // held while something is being said
	// The turn's: buffers for writing commands, and the mean size of one.
	scratch, command []byte
	size             int
	serial, messages int64

	mu         sync.Mutex
	conns      map[*conn]struct{}
	arrival    chan struct{} // closed, and replaced, when a connection comes
	live       bool
	liveFrom   time.Time
	popularity uint32
	history    []happening // the last comments, oldest first
	held       *message    // by the fault out-of-order
	standing   []standing
	recent     []*message // for deliveries after a reconnect
}

// run says what the room has to say, once somebody listens: a recording, or
// made-up traffic until traffic ends.
func (r *room) run(ctx, traffic context.Context) {
	if !r.listened(traffic) {
		return
	}
	if r.Recording != nil {
		if err := r.replay(ctx, traffic); err != nil && ctx.Err() == nil {
			r.s.log.Error("the recording ended early", "room", r.ID, "err", err)
		}
		return
	}
	g := newGenerator(r, r.s.config.Seed, r.profile)
	began := time.Now()
	quiet := 0
	for {
		at, batch := g.next(func(d time.Duration) time.Time { return r.s.skewed(began.Add(d)) })
		if r.s.config.Rush {
			if !r.listened(traffic) {
				return
			}
		} else if !sleep(traffic, time.Until(began.Add(at))) {
			return
		}
		if !r.isLive() { // only a few stay to chat
			if quiet++; quiet%10 != 0 {
				continue
			}
		}
		batch = r.affordable(batch)
		r.say(ctx, batch, r.s.config.Rush)
		if traffic.Err() != nil {
			return
		}
	}
}

// affordable leaves out what would be more than the server is to say.
func (r *room) affordable(batch []happening) []happening {
	if r.s.config.Count == 0 {
		return batch
	}
	return slices.DeleteFunc(batch, func(h happening) bool { return !r.s.take(int64(h.events())) })
}

// listened waits for the first connection.
func (r *room) listened(ctx context.Context) bool {
	for {
		r.mu.Lock()
		n, arrival := len(r.conns), r.arrival
		r.mu.Unlock()
		if n > 0 {
			return true
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return false
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// say sends happenings to all connections, as bundles. With wait it blocks
// until every connection has room for them; without, a connection whose queue
// is full is cut off.
func (r *room) say(ctx context.Context, batch []happening, wait bool) {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-r.turn }()
	batch = r.thinned(batch)
	for len(batch) > 0 {
		n := min(len(batch), r.s.config.Bundle)
		r.deliver(ctx, r.message(batch[:n]), wait)
		batch = batch[n:]
	}
}

// thinned leaves out the share of the comments that the fault thin asks for.
func (r *room) thinned(batch []happening) []happening {
	v, on := r.s.active("thin", r)
	if !on {
		return batch
	}
	share, _ := strconv.ParseFloat(cmp.Or(v, "0.5"), 64)
	return slices.DeleteFunc(batch, func(h happening) bool {
		return h.sort == sayComment && float64(crc(h.id)%1000) < 1000*share
	})
}

// message writes the commands of one WebSocket message and enters them into
// the ledger. It needs the turn.
func (r *room) message(batch []happening) *message {
	conns := r.connections()
	var want [views]bool
	for _, c := range conns {
		want[c.view] = true
	}
	m := &message{encoders: r.s.encoders}
	m.plain[web] = make([]byte, 0, r.size*len(batch)*5/4)
	buf := r.command
	// Now and then a packet follows the bundle in the same message.
	r.messages++
	loose := r.messages%25 == 0 && len(batch) > 2
	for i := range batch {
		tail := m.tail
		h := &batch[i]
		r.serial++
		h.serial = r.serial
		buf = r.append(buf[:0], h, web)
		m.add(web, buf)
		r.ledger.add(h, buf, len(conns) > 0)
		if want[masked] {
			buf = r.append(buf[:0], h, masked)
			m.add(masked, buf)
		}
		if want[open] {
			for _, one := range h.singly() {
				if buf = r.append(buf[:0], &one, open); len(buf) > 0 {
					m.add(open, buf)
				}
			}
		}
		if loose && i == len(batch)-1 {
			m.tail = tail
		}
		r.remember(h)
	}
	r.command, r.size = buf, len(m.plain[web])/len(batch)
	r.ledger.message()
	return m
}

// remember keeps what the HTTP calls tell of the past.
func (r *room) remember(h *happening) {
	switch h.sort {
	case sayComment:
		r.mu.Lock()
		r.history = append(r.history, *h)
		r.history = slices.Delete(r.history, 0, max(0, len(r.history)-20))
		r.mu.Unlock()
	case saySuperChat:
		item := standing{id: h.id, item: r.appendSuperChatData(nil, h), end: h.at.Add(time.Duration(h.chat.seconds) * time.Second)}
		r.mu.Lock()
		r.standing = append(r.standing, item)
		r.standing = slices.Delete(r.standing, 0, max(0, len(r.standing)-100))
		r.mu.Unlock()
	case deleteSuperChat:
		r.mu.Lock()
		r.standing = slices.DeleteFunc(r.standing, func(s standing) bool { return s.id == h.id })
		r.mu.Unlock()
	case roomChange:
		r.mu.Lock()
		r.Title = h.text
		r.mu.Unlock()
	case rawCommand:
		if h.rawCmd == "LIVE" || h.rawCmd == "PREPARING" {
			r.mu.Lock()
			if r.live = h.rawCmd == "LIVE"; r.live {
				r.liveFrom = time.Now()
			}
			r.mu.Unlock()
		}
	}
}

// deliver gives a message to all connections, in one order for all of them.
func (r *room) deliver(ctx context.Context, m *message, wait bool) {
	r.mu.Lock()
	held := r.held
	r.held = nil
	if _, on := r.s.active("out-of-order", r); on && held == nil {
		r.held = m
		r.mu.Unlock()
		return
	}
	r.recent = append(r.recent, m)
	r.recent = slices.Delete(r.recent, 0, max(0, len(r.recent)-64))
	r.mu.Unlock()
	for _, c := range r.connections() {
		c.send(ctx, outgoing{message: m}, wait)
		if held != nil {
			c.send(ctx, outgoing{message: held}, wait)
		}
	}
}

func (r *room) connections() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*conn, 0, len(r.conns))
	for c := range r.conns {
		list = append(list, c)
	}
	return list
}

// drain waits until the connections have been sent all that was said.
func (r *room) drain(ctx context.Context) {
	r.mu.Lock()
	held := r.held
	r.held = nil
	r.mu.Unlock()
	for _, c := range r.connections() {
		if held != nil {
			c.send(ctx, outgoing{message: held}, true)
		}
		done := make(chan struct{})
		c.send(ctx, outgoing{done: done}, true)
		select {
		case <-done:
		case <-c.gone:
		case <-ctx.Done():
		}
	}
}

func (r *room) join(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c] = struct{}{}
	close(r.arrival)
	r.arrival = make(chan struct{})
}

func (r *room) leave(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

func (r *room) isLive() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live
}
