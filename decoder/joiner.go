package decoder

import (
	"bytes"
	"strings"

	"danmaku/event"
)

// The messages of one purchase come within a second or two. A GUARD_BUY
// without toast is a purchase of its own after guardWait; what was passed on
// is remembered for guardMemory, for messages that are late.
const (
	guardWait   event.Millis = 3000
	guardMemory event.Millis = 30000
	maxGuards                = 256 // remembered at once; a storm of purchases is some tens
)

// Joiner makes one event of the up to three commands that tell one purchase of
// a guard membership. The first toast (it knows the price paid) is the
// purchase; the other toast and GUARD_BUY become events of kind other with Of
// set to its key. A GUARD_BUY is held back for three seconds, and is the
// purchase when no toast comes.
//
// Everything that goes in comes out, once. A Joiner is for the events of one
// room, starts no goroutine and looks at no clock: the time (milliseconds,
// ours) is handed in. Its zero value is ready. Not for concurrent use.
type Joiner struct {
	held   []held  // GUARD_BUY in the order they came
	passed []guard // purchases passed on, oldest first
}

type held struct {
	event event.Event
	until event.Millis
}

// guard is a purchase that was passed on.
type guard struct {
	key, cmd, who string
	level, count  int
	at            event.Millis // our clock
	bought        bool         // its GUARD_BUY is known
}

// Add takes an event that came at now and appends to dst what may go on:
// mostly just that event. Events held longer than they should be come with it.
func (j *Joiner) Add(dst []event.Event, e event.Event, now event.Millis) []event.Event {
	dst = j.Due(dst, now)
	if e.Kind != event.KindGuard || e.Guard == nil || e.User == nil {
		return append(dst, e)
	}
	switch {
	case e.Cmd == "GUARD_BUY":
		return j.addBuy(dst, e, now)
	case strings.HasPrefix(e.Cmd, "USER_TOAST_MSG"):
		return j.addToast(dst, e, now)
	}
	return append(dst, e)
}

func (j *Joiner) addBuy(dst []event.Event, e event.Event, now event.Millis) []event.Event {
	for _, h := range j.held {
		if e.Key != "" && h.event.Key == e.Key { // the same message once more
			return append(dst, e)
		}
	}
	for i := range j.passed {
		p := &j.passed[i]
		if p.key == e.Key && e.Key != "" {
			return append(dst, e)
		}
		if !p.bought && p.cmd != e.Cmd && p.same(&e) {
			p.bought = true
			return append(dst, repeat(e, p.key))
		}
	}
	if len(j.held) == maxGuards {
		dst = append(dst, j.pass(j.held[0].event, now))
		j.held = j.held[1:]
	}
	j.held = append(j.held, held{e, now + guardWait})
	return dst
}

func (j *Joiner) addToast(dst []event.Event, e event.Event, now event.Millis) []event.Event {
	for i := range j.passed {
		p := &j.passed[i]
		switch {
		case p.key == e.Key && p.cmd == e.Cmd: // the same message once more
			return append(dst, e)
		case p.key == e.Key && e.Key != "", given(&e) && p.same(&e):
			return append(dst, repeat(e, p.key))
		case p.cmd == "GUARD_BUY" && !p.bought && p.same(&e): // this toast is late
			p.bought = true
			return append(dst, repeat(e, p.key))
		}
	}
	e = j.pass(e, now)
	dst = append(dst, e)
	for i, h := range j.held {
		p := &j.passed[len(j.passed)-1]
		if p.same(&h.event) {
			p.bought = true
			j.held = append(j.held[:i], j.held[i+1:]...)
			return append(dst, repeat(h.event, p.key))
		}
	}
	return dst
}

// pass notes a purchase as passed on.
func (j *Joiner) pass(e event.Event, now event.Millis) event.Event {
	if len(j.passed) == maxGuards {
		j.passed = append(j.passed[:0], j.passed[1:]...)
	}
	j.passed = append(j.passed, guard{key: e.Key, cmd: e.Cmd, who: who(&e), level: e.Guard.Level, count: e.Guard.Count, at: now})
	return e
}

func who(e *event.Event) string {
	if e.User.ID != "" {
		return e.User.ID
	}
	return "\x00" + e.User.Name
}

// same reports whether e may be of the same purchase: GUARD_BUY has no number
// to be sure.
func (g *guard) same(e *event.Event) bool {
	return g.who == who(e) && g.level == e.Guard.Level && g.count == e.Guard.Count
}

// given reports whether a toast says that a membership was given: such a one
// follows the toast of the purchase, under another number.
func given(e *event.Event) bool { return bytes.Contains(e.Raw, []byte(`"source":2`)) }

// repeat makes e an event that repeats the one named by of.
func repeat(e event.Event, of string) event.Event {
	if e.Key == of && e.Key != "" {
		e.Key += ":" + e.Cmd // the two toasts have the same number
	}
	e.Kind, e.Of, e.Guard = event.KindOther, of, nil
	return e
}

// Due appends the events whose time to be held is over.
func (j *Joiner) Due(dst []event.Event, now event.Millis) []event.Event {
	n := 0
	for n < len(j.held) && j.held[n].until <= now {
		dst = append(dst, j.pass(j.held[n].event, now))
		n++
	}
	j.held = j.held[n:]
	n = 0
	for n < len(j.passed) && j.passed[n].at+guardMemory <= now {
		n++
	}
	j.passed = j.passed[n:]
	return dst
}

// Next returns when Due has something to give; ok is false when nothing is
// held.
func (j *Joiner) Next() (at event.Millis, ok bool) {
	if len(j.held) == 0 {
		return 0, false
	}
	return j.held[0].until, true
}

// Flush appends everything held, for the end of a session.
func (j *Joiner) Flush(dst []event.Event, now event.Millis) []event.Event {
	for _, h := range j.held {
		dst = append(dst, j.pass(h.event, now))
	}
	j.held = nil
	return dst
}
