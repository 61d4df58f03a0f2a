package simroom

import (
	"context"
	"time"

	"danmaku/protocol"
)

// replay plays the room's recording from its beginning: at a speed, or (0)
// as fast as all connections read. Either way it waits for slow connections
// rather than leave anything out, and at full speed it stops while there are
// no connections at all.
func (r *room) replay(ctx, traffic context.Context) error {
	speed, began := r.s.config.Speed, time.Now()
	var batch []happening
	flush := func() {
		r.say(ctx, batch, true)
		batch = batch[:0]
	}
	for item, err := range r.Recording.items(r.s.config.Seed) {
		if err != nil {
			flush()
			return err
		}
		if speed > 0 {
			if due := began.Add(time.Duration(float64(item.at) / speed)); time.Until(due) > 0 {
				flush()
				if !sleep(traffic, time.Until(due)) {
					return nil
				}
			}
		} else if !r.listened(ctx) {
			return nil
		}
		switch {
		case item.message != nil:
			flush()
			if err := r.sayRecorded(ctx, item.message); err != nil {
				return err
			}
		case item.popularity != nil:
			r.setPopularity(*item.popularity)
		case r.s.config.Count == 0 || r.s.take(1):
			batch = append(batch, item.happening)
			if len(batch) >= r.s.config.Bundle {
				flush()
			}
		}
		if traffic.Err() != nil {
			break
		}
	}
	flush()
	return nil
}

func (r *room) setPopularity(n uint32) {
	r.mu.Lock()
	r.popularity = n
	r.mu.Unlock()
}

// sayRecorded sends a recorded WebSocket message as one message: untouched to
// those who asked for its version, packed anew for the others. Replies to the
// recorded client are left out.
func (r *room) sayRecorded(ctx context.Context, b []byte) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-r.turn }()
	m := &message{encoders: r.s.encoders}
	heard := len(r.connections()) > 0
	version, err := unpack(b, 1, func(body []byte) {
		h, ok := command(body)
		if !ok {
			h = happening{sort: rawCommand, raw: body, rawKind: "other", who: &viewer{}}
		}
		if r.s.config.Count > 0 && !r.s.take(1) {
			return
		}
		m.add(web, body)
		m.add(masked, maskCommand(body))
		r.ledger.add(&h, body, heard)
		r.remember(&h)
	}, r.setPopularity)
	if err != nil {
		return err
	}
	if m.count[web] == 0 {
		return nil
	}
	if r.s.config.Count == 0 { // else it may have been cut short
		m.verbatim = map[protocol.Version][]byte{version: b}
		if version == protocol.Plain {
			m.verbatim = map[protocol.Version][]byte{protocol.Plain: b, protocol.Zlib: b, protocol.Brotli: b}
		}
	}
	r.ledger.message()
	r.deliver(ctx, m, true)
	return nil
}
