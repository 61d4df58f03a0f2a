package simroom

import (
	"context"
	"strconv"
	"time"
)

// liveKey is the platform's identity of a broadcast.
func (r *room) liveKey() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strconv.FormatInt(r.liveFrom.UnixMilli()*1_000+int64(r.ID)%1_000, 10)
}

// offline ends the broadcast and after a time starts a new one. A start is
// told twice, the second time without its time (protocol.md 4.8).
func (r *room) offline(ctx context.Context, d time.Duration) {
	r.mu.Lock()
	r.live = false
	r.mu.Unlock()
	now := r.s.now()
	r.say(ctx, []happening{{sort: liveOff, at: now, id: "off" + strconv.FormatInt(now.UnixMilli(), 10)}}, false)
	if !sleep(ctx, d) {
		return
	}
	r.mu.Lock()
	r.live, r.liveFrom = true, time.Now()
	r.mu.Unlock()
	now = r.s.now()
	h := happening{sort: liveOn, at: now, id: r.liveKey(), n: now.Unix()}
	again := h
	again.n = 0
	r.say(ctx, []happening{h}, false)
	r.say(ctx, []happening{again}, false)
}

// greet is what a new connection gets before it takes part: after the fault
// duplicate the last messages once more, and while names are hidden from who is
// not logged in the notice that says so.
func (r *room) greet(ctx context.Context, c *conn) {
	r.mu.Lock()
	recent := r.recent[:len(r.recent):len(r.recent)]
	r.mu.Unlock()
	if v, on := r.s.active("duplicate", r); on {
		n, err := strconv.Atoi(v)
		if err != nil {
			n = 20
		}
		for _, m := range recent[max(0, len(recent)-n):] {
			c.send(ctx, outgoing{message: m}, true)
		}
	}
	if whom, _ := r.s.active("mask", r); c.view == masked && whom != "all" {
		m := &message{encoders: r.s.encoders}
		h := happening{sort: logInNotice}
		m.add(masked, r.appendNews(nil, &h))
		c.send(ctx, outgoing{message: m}, true)
	}
}
