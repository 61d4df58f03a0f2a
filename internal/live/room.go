package live

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"danmaku/decoder"
	"danmaku/event"
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

// who the platform takes us for: known by a login or as an app, or by a login
// that has expired.
type who struct{ known, expired bool }

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
	r.signer = who{known: e.UID != 0 || e.AuthBody != nil, expired: e.Expired}
	if r.info.Streamer == "" {
		r.info.Streamer = e.Streamer
	}
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
			s.State, s.Masking, s.Advice = event.StateMasked, event.MaskedExpired, adviceExpired
		case r.masks.on && r.signer.known:
			s.State, s.Masking, s.Advice = event.StateMasked, event.MaskedAlways, adviceHidden
		case r.masks.on:
			s.State, s.Masking, s.Advice = event.StateMasked, event.MaskedGuest, adviceMasked
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

// hostOf is the host of an address, for people.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
