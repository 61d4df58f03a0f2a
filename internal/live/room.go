package live

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/protocol"
)

const (
	infoLife     = 10 * time.Minute // while not connected, what is known of a room is asked for again after this
	backlogPause = 2 * time.Minute  // least time between two questions for the last comments
	lockedPause  = 10 * time.Minute // between two looks at a locked room
	missingPause = 3 * time.Minute  // between two looks for a room that was there
)

// room is what the connections of one room share.
type room struct {
	c Config

	// mu is held while Emit and Notify run, so that what all connections
	// deliver and every change of state are in one order.
	mu    lock
	lanes []lane
	info  event.Status // what is known of the room itself
	last  event.Status // as told last
	told  bool

	end      event.Millis // up to where connections of this time connected, that ended, heard everything
	lost     failure      // why the last connection ended
	lostAt   time.Time    // when the room was last connected; zero: it is, or never was
	masks    masking
	merge    merge
	joiner   decoder.Joiner
	waking   bool // somebody waits to give what the joiner holds
	estimate estimator
	rhythm   rhythm
	signer   who
	backlogs sync.WaitGroup
	backlog  time.Time // when the last comments were last asked for

	gate     chan struct{} // holds one while the platform is asked about room or token
	known    bool          // info was asked for
	infoAt   time.Time
	endpoint Endpoint
	issue    int // counts the endpoints asked for
}

// lock is a mutex made of a channel of one: whoever waits for it while Emit
// blocks is seen as waiting by testing/synctest.
type lock chan struct{}

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

// who the platform takes us for.
type who struct{ loggedIn, expired bool }

func newRoom(c Config) *room {
	r := &room{c: c, mu: make(lock, 1), gate: make(chan struct{}, 1), merge: newMerge(c.Redundant), estimate: newEstimator()}
	r.info.Room = c.Room
	return r
}

// id is the long id as far as known.
func (r *room) id() event.RoomID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.info.Room
}

// prepare asks what room this is, once, and again when it was not connected for
// a while: a broadcast may have ended meanwhile.
func (r *room) prepare(ctx context.Context) error {
	if r.c.Lookup == nil {
		return nil
	}
	select {
	case r.gate <- struct{}{}:
		defer func() { <-r.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	now := time.Now()
	away := !r.lostAt.IsZero() && now.Sub(r.lostAt) >= time.Minute
	fresh := r.known && (!away || r.infoAt.After(r.lostAt) && now.Sub(r.infoAt) < infoLife)
	id := r.info.Room
	r.mu.Unlock()
	if fresh {
		return nil
	}
	s, err := r.c.Lookup(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		f := failed(err)
		if r.known && f.state == event.StateWaiting {
			return nil // what is known will do; a connection matters more
		}
		if r.known && f.fatal {
			return &notFoundNow{err}
		}
		return err
	}
	s.Room = max(s.Room, 0)
	if s.Room == 0 {
		s.Room = id
	}
	locked := s.State == event.StateLocked
	r.info = event.Status{Room: s.Room, Completeness: r.info.Completeness, ShortID: s.ShortID, Title: s.Title, Streamer: s.Streamer, Area: s.Area, Live: s.Live, LiveFrom: s.LiveFrom}
	r.known, r.infoAt = !locked, time.Now()
	if locked {
		return &lockedError{until: s.Until}
	}
	r.tell(event.At(time.Now()))
	return nil
}

// notFoundNow is a room that was there and is no more: looked for again later.
type notFoundNow struct{ err error }

func (e *notFoundNow) Error() string { return e.err.Error() }

func (e *notFoundNow) Status() event.Status {
	s := event.Status{State: event.StateWaiting, Cause: event.CauseUnknown, Until: event.At(time.Now().Add(missingPause))}
	s.Advice = "The platform no longer knows this room; looking again by itself from time to time."
	return s
}

// lockedError is a room the platform locked.
type lockedError struct{ until event.Millis }

func (e *lockedError) Error() string { return "the room is locked" }

func (e *lockedError) Status() event.Status {
	next := event.At(time.Now().Add(lockedPause))
	if e.until > event.At(time.Now()) {
		next = min(next, e.until)
	}
	return event.Status{State: event.StateLocked, Cause: event.CauseUnknown, Advice: adviceLocked, Until: next}
}

// resolve returns an endpoint newer than issue number used, asking for one when
// there is none. Both connections of a room share it.
func (r *room) resolve(ctx context.Context, used int) (Endpoint, int, error) {
	select {
	case r.gate <- struct{}{}:
		defer func() { <-r.gate }()
	case <-ctx.Done():
		return Endpoint{}, 0, ctx.Err()
	}
	if r.issue > used {
		return r.endpoint, r.issue, nil
	}
	e, err := r.c.Resolve(ctx, r.id())
	if err == nil && len(e.URLs) == 0 {
		err = errors.New("live: no comment server to dial")
	}
	if err != nil && r.found() && failed(err).fatal {
		err = &notFoundNow{err}
	}
	if err != nil {
		return Endpoint{}, 0, err
	}
	r.endpoint = e
	r.issue++
	return e, r.issue, nil
}

// trying tells that lane i is at it.
func (r *room) trying(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.lanes[i]
	l.state, l.until = event.StateConnecting, 0
	r.tell(event.At(time.Now()))
}

// up tells that lane i is connected since at.
func (r *room) up(ctx context.Context, i int, at event.Millis, e Endpoint, host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.connected()
	l := &r.lanes[i]
	l.connected, l.since, l.heard, l.host = true, at, at, host
	l.fail, l.until = failure{}, 0
	r.merge.joined(i, at)
	r.signer = who{loggedIn: e.UID != 0, expired: e.Expired}
	away := r.lostAt.IsZero() || time.Since(r.lostAt) >= 5*time.Second
	if first {
		r.masks = masking{}
		r.estimate.restart()
		r.end, r.lostAt = 0, time.Time{}
	}
	r.tell(at)
	if first && away && r.c.Backlog != nil && e.AuthBody == nil && (r.backlog.IsZero() || time.Since(r.backlog) >= backlogPause) {
		r.backlog = time.Now()
		id := r.info.Room
		r.backlogs.Go(func() { r.fillIn(ctx, id, at) })
	}
}

// down tells that lane i is not connected: why, and when it tries again. heard
// is up to where the connection delivered everything.
func (r *room) down(i int, f failure, heard, until event.Millis) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &r.lanes[i]
	was := r.hangUp(i, heard)
	l.fail, l.state, l.until = f, f.state, until
	now := event.At(time.Now())
	if was {
		r.lost = f
		if since := r.since(); since > r.end {
			// The other connection came up after this one had died unnoticed:
			// between the two nobody listened.
			gap := r.compose()
			gap.State, gap.Cause, gap.Detail, gap.Advice = event.StateConnecting, f.cause, f.detail(), f.advice
			gap.Heard, gap.Since, gap.Host = r.end, now, ""
			r.last = gap
			r.c.Notify(gap)
			r.end, now = 0, since
		}
	}
	r.tell(now)
}

// hangUp notes that lane i is not connected any more, if it was, and up to when
// it heard everything.
func (r *room) hangUp(i int, heard event.Millis) bool {
	l := &r.lanes[i]
	if !l.connected {
		return false
	}
	l.connected = false
	r.end = max(r.end, heard, l.since)
	if !r.connected() {
		r.lostAt = time.Now()
	}
	return true
}

// leave notes that lane i ends because the session does.
func (r *room) leave(i int, heard event.Millis) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hangUp(i, heard)
}

// stopped tells that the session is over.
func (r *room) stopped() {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.compose()
	s.State, s.Cause, s.Detail, s.Advice, s.Until = event.StateStopped, "", "", "", 0
	s.Since = event.At(time.Now())
	r.c.Notify(s)
}

// connected reports whether any lane is.
func (r *room) connected() bool {
	for i := range r.lanes {
		if r.lanes[i].connected {
			return true
		}
	}
	return false
}

// since is when the longest standing connection began.
func (r *room) since() event.Millis {
	var at event.Millis
	for i := range r.lanes {
		if l := &r.lanes[i]; l.connected && (at == 0 || l.since < at) {
			at = l.since
		}
	}
	return at
}

// tell notifies of the state if it is another than was told last; it began at.
func (r *room) tell(at event.Millis) {
	s := r.compose()
	s.Since = r.last.Since
	if !r.told || s.State != r.last.State {
		s.Since = at
	}
	if r.told && s == r.last {
		return
	}
	r.last, r.told = s, true
	r.c.Notify(s)
}

// compose makes the room's status out of its lanes'; Since is left open.
func (r *room) compose() event.Status {
	s := r.info
	if r.connected() {
		s.State, s.Heard = event.StateOnline, 0
		for i := range r.lanes {
			l := &r.lanes[i]
			switch {
			case l.connected && s.Host == "":
				s.Host = l.host
			case l.connected:
				s.Host += " + " + l.host
			case l.fail.err != nil:
				s.Detail = "one of two connections is down: " + l.fail.detail()
			}
		}
		switch {
		case r.masks.on && r.signer.expired:
			s.State, s.Advice = event.StateMasked, adviceExpired
		case r.masks.on && r.signer.loggedIn:
			s.State, s.Advice = event.StateMasked, adviceHidden
		case r.masks.on:
			s.State, s.Advice = event.StateMasked, adviceMasked
		case r.known && !s.Live:
			s.State, s.Advice = event.StateOffline, adviceOffline
		case s.Completeness != nil && s.Completeness.Comments != nil && s.Completeness.Comments.High < 0.9:
			s.Advice = adviceThinned
		}
		return s
	}
	l := &r.lanes[0]
	for i := range r.lanes {
		if r.lanes[i].state == event.StateNotFound {
			l = &r.lanes[i]
		}
	}
	s.State, s.Until, s.Heard = l.state, l.until, r.end
	f := l.fail
	if f.err == nil {
		f = r.lost
	}
	s.Cause, s.Detail, s.Advice = f.cause, f.detail(), f.advice
	if f.err == nil {
		s.Advice = adviceFirst
	}
	return s
}

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

// hostOf is the host of an address, for people.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
