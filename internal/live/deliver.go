package live

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/protocol"
)

// deliver passes on what lane i received, without what was there before.
func (r *room) deliver(ctx context.Context, i int, d Delivery) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d.Room = r.info.Room
	if i >= 0 {
		r.lanes[i].heard = d.Received
	}
	n := len(d.Events)
	d.Events = r.merge.fresh(i, d.Received, d.Events)
	if len(d.Events) < n {
		d.Message = pack(d.Events)
	}
	for k := range d.Events {
		r.learn(&d.Events[k], d.Received)
	}
	d.Events = r.join(d.Events, d.Received)
	if err := r.c.Emit(ctx, d); err != nil {
		return &emitError{err}
	}
	r.info.Completeness = r.estimate.estimate(d.Received)
	r.tell(event.At(time.Now()))
	r.wake(ctx)
	return nil
}

// join makes one event of the commands of one guard purchase.
func (r *room) join(events []event.Event, now event.Millis) []event.Event {
	if _, holds := r.joiner.Next(); !holds && !slices.ContainsFunc(events, guard) {
		return events
	}
	joined := make([]event.Event, 0, len(events)+1)
	for _, e := range events {
		joined = r.joiner.Add(joined, e, now)
	}
	return r.onceEach(joined)
}

func guard(e event.Event) bool { return e.Kind == event.KindGuard }

// onceEach leaves out guard purchases, and what repeats them, that went on
// before: what the joiner gives has other keys than what it took.
func (r *room) onceEach(events []event.Event) []event.Event {
	return slices.DeleteFunc(events, func(e event.Event) bool {
		return (e.Kind == event.KindGuard || e.Of != "") && guardCommand(e.Cmd) && e.Key != "" && r.merge.seen(e.Key)
	})
}

func guardCommand(cmd string) bool {
	return cmd == "GUARD_BUY" || strings.HasPrefix(cmd, "USER_TOAST_MSG")
}

// wake sees to it that what the joiner holds goes on in time, though nothing
// else may come from the room.
func (r *room) wake(ctx context.Context) {
	at, holds := r.joiner.Next()
	if !holds || r.waking {
		return
	}
	r.waking = true
	r.backlogs.Go(func() {
		t := time.NewTimer(time.Until(at.Time()) + time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waking = false
		now := event.At(time.Now())
		if ctx.Err() != nil {
			now = max(now, at) // the session or connection ends: whatever is held goes on
		}
		due := r.onceEach(r.joiner.Due(nil, now))
		if len(due) > 0 {
			if err := r.c.Emit(ctx, Delivery{Room: r.info.Room, Received: due[len(due)-1].Received, Events: due}); err != nil {
				r.c.Log.Debug("guard purchases not delivered", "room", r.info.Room, "err", err)
			}
		}
		r.wake(ctx)
	})
}

// pack makes a message of the commands that events were made from; nil for none.
func pack(events []event.Event) []byte {
	var msg []byte
	for i := range events {
		if i > 0 && bytes.Equal(events[i].Raw, events[i-1].Raw) {
			continue // several events of one command
		}
		msg = protocol.Append(msg, protocol.Packet{Op: protocol.OpCommand, Body: events[i].Raw})
	}
	return msg
}

// emitError ends the session: the taker of deliveries takes no more.
type emitError struct{ err error }

func (e *emitError) Error() string { return "live: deliver: " + e.err.Error() }

func (e *emitError) Unwrap() error { return e.err }

// learn takes from an event what it says of the room.
func (r *room) learn(e *event.Event, now event.Millis) {
	if e.Backlog {
		return
	}
	switch {
	case e.Live != nil:
		r.info.Live = true
		if e.Live.Start != 0 {
			r.info.LiveFrom = e.Live.Start
		} else if r.info.LiveFrom == 0 {
			r.info.LiveFrom = e.At
		}
	case e.Offline != nil:
		r.info.Live, r.info.LiveFrom = false, 0
	case e.RoomInfo != nil:
		if e.RoomInfo.Title != "" {
			r.info.Title = e.RoomInfo.Title
		}
		if a := e.RoomInfo.Area; a != "" {
			if p := e.RoomInfo.ParentArea; p != "" && p != a {
				a = p + " · " + a
			}
			r.info.Area = a
		}
	}
	r.masks.see(e)
	r.estimate.see(e, now)
}

// fillIn delivers the platform's last comments and standing super chats from
// before the connection at since. Later ones the connection tells itself, in
// their place among all others and with more to them; the platform's times are
// whole seconds, so the second of the connection itself is left to it too.
func (r *room) fillIn(ctx context.Context, id event.RoomID, since event.Millis) {
	b, err := r.c.Backlog(ctx, id)
	if err != nil {
		r.c.Log.Debug("not all of the backlog could be had", "room", id, "err", err)
	}
	events, errs := b.Events, 0
	dec := decoder.New(r.c.Limits)
	now := event.At(time.Now())
	for _, command := range b.Commands {
		if events, err = dec.Events(events, id, now, command); err != nil {
			errs++
		}
	}
	since -= since % 1000
	events = slices.DeleteFunc(events, func(e event.Event) bool { return e.At >= since })
	for i := range events {
		events[i].Backlog = true
	}
	if len(events) == 0 || ctx.Err() != nil {
		return
	}
	if err := r.deliver(ctx, -1, Delivery{Received: now, Events: events, Errors: errs}); err != nil {
		r.c.Log.Debug("backlog not delivered", "room", id, "err", err)
	}
}
