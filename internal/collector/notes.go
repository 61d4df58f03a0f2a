package collector

import (
	"log/slog"
	"time"

	"danmaku/event"
)

const (
	noteWindow    = time.Minute
	maxDriftLines = 500
	noteLines     = 6 // lines about rooms in one window; what is more is counted
)

// notes writes to the log what an operator acts on, a few lines a minute: with
// fifty rooms an outage would fill it otherwise.
type notes struct {
	log    *slog.Logger
	from   time.Time // beginning of the window
	lines  int
	lost   int // told of no more in this window
	online int
	other  int
	bad    int // messages and commands that could not be read
	badIn  event.RoomID
	known  map[string]bool // lines about drift that were written
}

// noted is what the log was told of a room.
type noted struct {
	state event.State
	cause event.Cause
	tries int
}

func (n *notes) room() bool {
	now := time.Now()
	n.tick(now)
	if n.from.IsZero() {
		n.from = now
	}
	n.lines++
	return n.lines <= noteLines
}

// due is when the window's counts are to be written; zero: nothing to write.
func (n *notes) due() time.Time {
	if n.lost+n.online+n.other+n.bad == 0 {
		return time.Time{}
	}
	return n.from.Add(noteWindow)
}

// tick ends the window when it is over.
func (n *notes) tick(now time.Time) {
	if !n.from.IsZero() && now.Sub(n.from) >= noteWindow {
		n.flush(now)
	}
}

// flush writes what was only counted.
func (n *notes) flush(now time.Time) {
	if n.lost+n.online+n.other > 0 {
		n.log.Info("more rooms changed their state", "lost", n.lost, "online", n.online, "other", n.other, "within", now.Sub(n.from).Round(time.Second))
	}
	if n.bad > 0 {
		n.log.Warn("messages that could not be read; they are kept as they are", "count", n.bad, "room", n.badIn)
	}
	*n = notes{log: n.log, known: n.known}
}

// unread counts what could not be read.
func (n *notes) unread(room event.RoomID, count int) {
	if n.from.IsZero() {
		n.from = time.Now()
	}
	n.bad += count
	n.badIn = room
}

// drift tells, once whatever the number of rooms, what is new on the platform.
func (n *notes) drift(line string, room event.RoomID) {
	if n.known[line] || len(n.known) >= maxDriftLines {
		return
	}
	if n.known == nil {
		n.known = map[string]bool{}
	}
	n.known[line] = true
	n.log.Warn("the platform says something new", "what", line, "room", room)
}

// state tells of a room's change, once for an outage and once for its end.
func (n *notes) state(m *member, st event.Status, was bool) {
	before := &m.noted
	connected := st.State.Connected()
	switch {
	case connected && st.State == before.state:
	case connected:
		if !n.room() {
			n.online++
			break
		}
		args := []any{"room", st.Room, "state", st.State, "host", st.Host, "title", st.Title}
		if before.tries > 0 {
			args = append(args, "tries", before.tries)
		}
		if st.State == event.StateMasked {
			args = append(args, "advice", st.Advice)
		}
		n.log.Info("connected", args...)
	case st.State == event.StateConnecting && !was:
		return // the next line says how it went
	case st.State == event.StateStopped:
		if n.room() {
			n.log.Info("left", "room", st.Room)
		} else {
			n.other++
		}
	case st.State == before.state && st.Cause == before.cause:
		before.tries++
		return
	default:
		if !n.room() {
			n.lost++
			break
		}
		args := []any{"room", st.Room, "state", st.State, "cause", st.Cause, "detail", st.Detail, "advice", st.Advice}
		if st.Until != 0 {
			args = append(args, "next", st.Until.Time().Format(time.TimeOnly))
		}
		n.log.Warn("not connected", args...)
	}
	tries := 0
	if !connected {
		tries = before.tries + 1
	}
	*before = noted{state: st.State, cause: st.Cause, tries: tries}
}
