package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"danmaku/event"
)

const (
	dialTimeout = 10 * time.Second
	maxBackoff  = time.Minute
	steady      = 30 * time.Second // a connection that held this long starts the back-off anew
	renewAfter  = 3                // failed tries in a row after which a new token is asked for (protocol.md 2.1)
)

// lane is one connection of a room after another. Its fields are guarded by
// room.mu.
type lane struct {
	connected bool
	since     event.Millis // of the connection
	heard     event.Millis // last sign of life
	host      string
	state     event.State // while not connected
	fail      failure     // why the last try or connection ended
	until     event.Millis
}

// run connects, for ever. It returns nil when ctx ends, else what makes going on
// pointless.
func (l *lane) run(ctx context.Context, r *room, i int) error {
	var (
		tries  int // since a connection that held
		misses int // since a connection
		next   = i // which server
		used   int // issue of the endpoint that is no good any more
		dec    = r.c.Decoder()
	)
	for {
		changed := r.c.Changed() // before anything is asked for
		r.trying(i)
		c := connection{room: r, lane: i, next: next, used: used, dec: dec}
		began := time.Now()
		err := c.run(ctx)
		if ctx.Err() != nil {
			r.leave(i, c.heard)
			return nil
		}
		var emit *emitError
		if errors.As(err, &emit) {
			return err
		}
		f := failed(err)
		next++
		misses++
		if c.online {
			misses = 0
			if time.Since(c.onlineAt) >= steady {
				tries = 0
			}
		}
		if f.renew || misses >= renewAfter {
			used, misses = max(used, c.issue), 0
		}
		if f.fatal && !r.found() {
			f.state = event.StateNotFound
			r.down(i, f, 0, 0)
			return fmt.Errorf("%w: %w", errNotFound, err)
		}
		wait := backoff(tries, rand.Int64N)
		tries++
		until := event.At(time.Now().Add(wait))
		if f.until > until {
			// The platform said when; a little later, not all rooms at once.
			wait = time.Until(f.until.Time())
			wait += time.Duration(rand.Int64N(int64(min(wait/8, time.Minute)) + 1))
			until = event.At(time.Now().Add(wait))
		}
		r.c.Log.Debug("not connected", "room", r.id(), "lane", i, "try", tries, "took", time.Since(began), "wait", wait, "err", err)
		r.down(i, f, c.heard, until)
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-changed:
			t.Stop()
			used, tries = max(used, c.issue), 0
		case <-t.C:
		}
	}
}

// found reports whether the room is known to exist.
func (r *room) found() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}
