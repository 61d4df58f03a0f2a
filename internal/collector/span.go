package collector

import (
	"context"
	"slices"
	"time"

	"danmaku/event"
	"danmaku/internal/hub"
)

const (
	retryFirst = time.Second
	retryMost  = 10 * time.Second
)

// span is a room's coverage as the loop knows it, and what of it the archive
// still has to be told.
type span struct {
	room      event.RoomID
	connected bool
	since     event.Millis // of the connection
	open      bool         // the archive has an open span
	began     event.Millis // of that span
	heard     event.Millis // last sign of life
	alive     event.Millis // the one the archive was told last
	resume    event.Millis // when events are kept again after some were lost; 0: none were

	end    event.Millis // where the archive's open span has to end; 0: it goes on
	cause  event.Cause
	detail string

	missing *event.Gap // open: the session is not connected
	unkept  *event.Gap // open: events are not kept

	about event.Status // what the session knows of the room; see about
	noted event.Status // the part of it the archive was told last
}

// about is the part of a status that says what a room is called and since when
// it is live. Who joins a broadcast that is on already gets no event that tells
// its title or its beginning.
func about(s event.Status) event.Status {
	return event.Status{Room: s.Room, ShortID: s.ShortID, Title: s.Title, Streamer: s.Streamer, Area: s.Area, Live: s.Live, LiveFrom: s.LiveFrom}
}

// disk is the state of an archive that cannot be written.
type disk struct {
	failing bool
	err     error
	next    time.Time // of the next try
	tries   int       // since it worked for a while
	since   time.Time // when it worked again
}

// status takes a change of a session's state: coverage, gaps, and the state
// itself for readers.
func (l *loop) status(ctx context.Context, m *member, st event.Status) {
	s := &m.span
	was := s.connected
	s.room, s.connected = st.Room, st.State.Connected()
	s.about = about(st)
	switch {
	case !was && s.connected:
		s.since, s.resume = st.Since, 0
		if g := s.missing; g != nil {
			closed := *g
			closed.To = &st.Since
			s.missing = nil
			l.items = append(l.items, hub.Item{Gap: &closed})
		}
	case was && !s.connected:
		cause, detail := st.Cause, st.Detail
		if st.State == event.StateStopped {
			cause = event.CauseRestart
		} else {
			if cause == "" {
				cause = event.CauseUnknown
			}
			s.missing = &event.Gap{Room: st.Room, From: st.Heard, Cause: cause, Detail: detail}
			open := *s.missing
			l.items = append(l.items, hub.Item{Gap: &open})
		}
		l.closeUnkept(s, st.Heard)
		if s.open && s.end == 0 {
			s.end, s.cause, s.detail = st.Heard, cause, detail
		}
	}
	if l.c.config.Archive != nil && !l.disk.failing {
		if err := l.settle(ctx, m); err != nil {
			l.fail(err)
		}
	}
	if !was && !s.connected {
		l.recause(ctx, m, st)
	}
	l.notes.state(m, st, was)
	l.c.mu.Lock()
	before := m.status
	m.status = st
	shown := l.c.shown(m)
	l.c.mu.Unlock()
	vague := st.State == event.StateConnecting && st.Room == m.asked && st.Title == "" && st.Streamer == ""
	if !vague {
		m.ready()
	}
	switch {
	case vague && !m.told: // in a moment it is known which room this is
	case m.told && before.Room != st.Room:
		old := event.Status{Room: before.Room, State: event.StateStopped, Since: st.Since}
		l.items = append(l.items, hub.Item{Status: &old}, hub.Item{Status: &shown})
	default:
		m.told = true
		l.items = append(l.items, hub.Item{Status: &shown})
	}
	l.publish()
}

// recause begins a new gap where an open one turns out to go on for another
// reason: a connection is lost by the network, then the token is refused. That
// the network fails in between is no news.
func (l *loop) recause(ctx context.Context, m *member, st event.Status) {
	s := &m.span
	g := s.missing
	if g == nil || st.State == event.StateConnecting || st.State == event.StateStopped || st.Cause == "" || st.Cause == g.Cause || st.Cause == event.CauseNetwork {
		return
	}
	at := max(st.Since, g.From)
	closed := *g
	closed.To = &at
	s.missing = &event.Gap{Room: st.Room, From: at, Cause: st.Cause, Detail: st.Detail}
	open := *s.missing
	l.items = append(l.items, hub.Item{Gap: &closed}, hub.Item{Gap: &open})
	if l.c.config.Archive == nil || l.disk.failing || s.open {
		return
	}
	if err := l.c.config.Archive.Gone(ctx, s.room, at, st.Cause, st.Detail); err != nil {
		l.fail(err)
	}
}

// closeUnkept ends the gap of events that were not kept, if there is one.
func (l *loop) closeUnkept(s *span, to event.Millis) {
	if g := s.unkept; g != nil {
		closed := *g
		closed.To = &to
		s.unkept = nil
		l.items = append(l.items, hub.Item{Gap: &closed})
	}
}

// ready says that Join need not wait any longer.
func (m *member) ready() { m.once.Do(func() { close(m.found) }) }

// settle tells the archive what it does not know yet of a room: its coverage,
// and while it is connected what it is called.
func (l *loop) settle(ctx context.Context, m *member) error {
	a, s := l.c.config.Archive, &m.span
	if s.open && s.end != 0 {
		if err := a.Gone(ctx, s.room, s.end, s.cause, s.detail); err != nil {
			return err
		}
		s.open, s.end = false, 0
	}
	if s.connected && !s.open {
		at := s.since
		if s.resume > at {
			at = s.resume
		}
		if err := a.Online(ctx, s.room, at); err != nil {
			return err
		}
		s.open, s.began, s.alive, s.resume = true, at, at, 0
	}
	// Without a name nobody has looked at the room's page: nothing is known.
	if named := s.about.Title != "" || s.about.Streamer != ""; s.connected && named && s.about != s.noted {
		if err := a.Describe(ctx, s.about, event.At(time.Now())); err != nil {
			return err
		}
		s.noted = s.about
	}
	return nil
}

// fail begins, or goes on with, a time in which the archive cannot be written.
func (l *loop) fail(err error) {
	first := !l.disk.failing
	if first && time.Since(l.disk.since) > time.Minute {
		l.disk.tries = 0
	}
	l.disk.failing, l.disk.err = true, err
	wait := retryMost
	if l.disk.tries < 5 {
		wait = min(retryMost, retryFirst<<l.disk.tries)
	}
	l.disk.tries++
	l.disk.next = time.Now().Add(wait)
	l.c.mu.Lock()
	l.stats.Failure = err.Error()
	l.c.mu.Unlock()
	if first {
		l.c.config.Log.Error("the archive cannot be written; events go on unarchived", "err", err)
		l.tellAll()
	}
}

// lose takes note that the events of the batch are not kept: coverage of their
// rooms ends where they begin.
func (l *loop) lose() {
	n := 0
	for _, d := range l.deliveries {
		if d.n == 0 {
			continue
		}
		s := &d.m.span
		at := l.batch[n].Received
		n += d.n
		s.resume = at + 1
		if s.open && s.end == 0 {
			s.end, s.cause, s.detail = at, event.CauseDisk, l.disk.err.Error()
		}
		if s.unkept == nil && s.connected {
			s.unkept = &event.Gap{Room: s.room, From: at, Cause: event.CauseDisk, Detail: l.disk.err.Error()}
			open := *s.unkept
			l.items = append(l.items, hub.Item{Gap: &open})
		}
	}
	l.c.mu.Lock()
	l.stats.Unarchived += int64(len(l.batch))
	l.c.mu.Unlock()
}

// catchUp tries to tell the archive all it missed of coverage. It reports
// whether the archive took it.
func (l *loop) catchUp(ctx context.Context, now time.Time) bool {
	l.c.mu.Lock()
	members := slices.Clone(l.c.members)
	l.c.mu.Unlock()
	for _, m := range members {
		s := &m.span
		if s.resume != 0 { // what comes from here on is kept
			s.resume = max(s.resume, l.pendingSince(m, event.At(now)))
		}
		err := l.settle(ctx, m)
		if err == nil && s.open && s.heard > s.alive {
			if err = l.c.config.Archive.Alive(ctx, s.room, s.heard); err == nil {
				s.alive = s.heard
			}
		}
		if err != nil {
			l.fail(err)
			return false
		}
	}
	return true
}

// recovered ends a time in which the archive could not be written.
func (l *loop) recovered() {
	l.disk.failing, l.disk.since = false, time.Now()
	l.c.mu.Lock()
	l.stats.Failure = ""
	members := slices.Clone(l.c.members)
	l.c.mu.Unlock()
	l.c.config.Log.Info("the archive can be written again")
	for _, m := range members {
		l.closeUnkept(&m.span, m.span.began)
	}
	l.tellAll()
}

// pendingSince is when the first event of m in the batch was received, or now.
func (l *loop) pendingSince(m *member, now event.Millis) event.Millis {
	for _, d := range l.deliveries {
		if d.m == m && d.n > 0 {
			return d.at
		}
	}
	return now
}

// tellAll publishes every room's state anew, after the archive's changed.
func (l *loop) tellAll() {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	for _, m := range l.c.members {
		shown := l.c.shown(m)
		l.items = append(l.items, hub.Item{Status: &shown})
	}
}
