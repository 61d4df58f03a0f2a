package collector

import (
	"context"
	"time"

	"danmaku/event"
	"danmaku/internal/hub"
	"danmaku/internal/live"
)

// aliveEvery is the least time between two signs of life written for a room
// that delivers no events (milliseconds).
const aliveEvery = 5_000

// loop is the one goroutine that commits and publishes.
type loop struct {
	c     *Collector
	notes notes
	disk  disk

	batch      []event.Event // to be committed, in order
	deliveries []taken       // what batch is made of
	items      []hub.Item    // to be published
	stats      Stats         // guarded by Collector.mu
}

// taken is a delivery in the batch.
type taken struct {
	m       *member
	n       int // events
	message []byte
	at      event.Millis
}

// Stats counts what a collector did since the start.
type Stats struct {
	Received   int64 // events from sessions
	Stored     int64 // events committed
	Duplicates int64 // events the archive had already
	Unarchived int64 // events published without being kept, though there is an archive
	Commits    int64
	CommitTime time.Duration // of all commits together
	Failure    string        // why the archive cannot be written now; "": it can
}

// Stats returns the counters.
func (c *Collector) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loop.stats
}

func (l *loop) init(c *Collector) {
	l.c = c
	l.notes.log = c.config.Log
}

// run takes what sessions send until the channel is closed.
func (l *loop) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(l.nextWake())
		select {
		case in, ok := <-l.c.in:
			if !ok {
				l.notes.flush(time.Now())
				return
			}
			l.take(ctx, in)
		case <-timer.C:
		}
		for more := true; more && len(l.batch) < maxBatch; {
			select {
			case in, ok := <-l.c.in:
				if more = ok; ok {
					l.take(ctx, in)
				}
			default:
				more = false
			}
		}
		l.flush(ctx)
		now := time.Now()
		if l.disk.failing && !now.Before(l.disk.next) && l.catchUp(ctx, now) {
			l.recovered()
			l.publish()
		}
		l.notes.tick(now)
	}
}

// nextWake is how long the loop may sleep when nothing comes.
func (l *loop) nextWake() time.Duration {
	d := time.Hour
	now := time.Now()
	if l.disk.failing {
		d = min(d, max(0, l.disk.next.Sub(now)))
	}
	if at := l.notes.due(); !at.IsZero() {
		d = min(d, max(0, at.Sub(now)))
	}
	return d
}

func (l *loop) take(ctx context.Context, in input) {
	switch {
	case in.status != nil:
		l.flush(ctx)
		l.status(ctx, in.m, *in.status)
	case in.ended:
		l.flush(ctx)
		l.c.forget(in.m)
		in.m.ready()
		close(in.m.gone)
	default:
		l.deliver(in.m, in.delivery)
	}
}

func (l *loop) deliver(m *member, d live.Delivery) {
	m.span.heard = max(m.span.heard, d.Received)
	l.batch = append(l.batch, d.Events...)
	l.deliveries = append(l.deliveries, taken{m: m, n: len(d.Events), message: d.Message, at: d.Received})
	l.c.mu.Lock()
	m.events += int64(len(d.Events))
	m.errs += int64(d.Errors)
	l.stats.Received += int64(len(d.Events))
	l.c.mu.Unlock()
	for _, line := range d.News {
		l.notes.drift(line, d.Room)
	}
	if d.Errors > 0 {
		l.notes.unread(d.Room, d.Errors)
	}
}

// flush commits the batch and publishes it.
func (l *loop) flush(ctx context.Context) {
	if len(l.deliveries) == 0 {
		return
	}
	stored, kept := l.commit(ctx)
	k, n := 0, 0
	for _, d := range l.deliveries {
		before := k
		for range d.n {
			e := &l.batch[n]
			n++
			switch {
			case !kept:
				l.items = append(l.items, hub.Item{Event: e})
				k++
			case k < len(stored) && stored[k].Key == e.Key && stored[k].Room == e.Room:
				l.items = append(l.items, hub.Item{Event: &stored[k]})
				k++
			}
		}
		if k > before && d.message != nil {
			l.items = append(l.items, hub.Item{Bundle: &hub.Bundle{Room: l.batch[n-1].Room, Message: d.message}})
		}
	}
	l.publish()
	if kept {
		clear(l.batch)
		l.batch = l.batch[:0]
	} else {
		l.batch = nil // the events belong to the hub's readers now
	}
	clear(l.deliveries)
	l.deliveries = l.deliveries[:0]
}

func (l *loop) publish() {
	l.c.config.Hub.Publish(l.items)
	clear(l.items)
	l.items = l.items[:0]
}

// commit writes the batch to the archive, and signs of life of rooms without
// events. It returns the events that were stored; kept is false when there is
// no archive, or none that can be written.
func (l *loop) commit(ctx context.Context) (stored []event.Event, kept bool) {
	a := l.c.config.Archive
	if a == nil {
		return nil, false
	}
	now := time.Now()
	if l.disk.failing {
		if now.Before(l.disk.next) || !l.catchUp(ctx, now) {
			l.lose()
			return nil, false
		}
	}
	if len(l.batch) > 0 {
		var err error
		if stored, err = a.Append(ctx, l.batch); err != nil {
			l.fail(err)
			l.lose()
			return nil, false
		}
		l.c.mu.Lock()
		l.stats.Commits++
		l.stats.CommitTime += time.Since(now)
		l.stats.Stored += int64(len(stored))
		l.stats.Duplicates += int64(len(l.batch) - len(stored))
		l.c.mu.Unlock()
	}
	if err := l.signs(ctx); err != nil {
		l.fail(err) // the events are in; only signs of life are not
	} else if l.disk.failing {
		l.recovered()
	}
	return stored, true
}

// signs tells the archive of rooms that are alive but have no events to tell it.
func (l *loop) signs(ctx context.Context) error {
	for _, d := range l.deliveries {
		if d.n > 0 {
			d.m.span.alive = max(d.m.span.alive, d.at)
		}
	}
	for _, d := range l.deliveries {
		s := &d.m.span
		if d.n > 0 || !s.open || d.at-s.alive < aliveEvery {
			continue
		}
		if err := l.c.config.Archive.Alive(ctx, s.room, d.at); err != nil {
			return err
		}
		s.alive = d.at
	}
	return nil
}
