package relay

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// Limits of a query.
const (
	roomsLimit  = 1000 // rooms in one filter
	textLimit   = 200  // bytes of a text or name to look for
	batchMax    = time.Second
	batchMin    = time.Millisecond
	waitMax     = 2 * time.Minute
	defaultPoll = 500
	maxPoll     = 5000
)

// values reads a query's parameters and keeps the first error, so that a
// handler asks for one after the other and looks at err once.
type values struct {
	url.Values
	now time.Time
	err *problem
}

func (v *values) fail(name, value, want string) {
	if v.err == nil {
		if len(value) > 40 {
			value = value[:40] + "…"
		}
		v.err = &problem{Status: 400, Code: "bad_parameter",
			Message: fmt.Sprintf("%s=%s is not understood", name, strconv.QuoteToASCII(value)), Hint: name + " is " + want}
	}
}

// list gives a parameter that may be repeated or separated by commas.
func (v *values) list(name string) []string {
	var all []string
	for _, s := range v.Values[name] {
		for item := range strings.SplitSeq(s, ",") {
			if item = strings.TrimSpace(item); item != "" {
				all = append(all, item)
			}
		}
	}
	return all
}

func (v *values) rooms(resolve func(event.RoomID) event.RoomID) []event.RoomID {
	var rooms []event.RoomID
	for _, s := range v.list("room") {
		id, err := strconv.ParseInt(s, 10, 64)
		if err != nil || id <= 0 {
			v.fail("room", s, "a room's number, repeated or separated by commas for several")
			return nil
		}
		if room := resolve(event.RoomID(id)); !slices.Contains(rooms, room) {
			rooms = append(rooms, room)
		}
		if len(rooms) > roomsLimit {
			v.fail("room", s, fmt.Sprintf("limited to %d rooms; leave it out for all", roomsLimit))
			return nil
		}
	}
	return rooms
}

// oneRoom reads the room of a question that is about one room, or about none in
// particular (0). From and to are checked along with it.
func (v *values) oneRoom(resolve func(event.RoomID) event.RoomID) (room event.RoomID, from, to event.Millis) {
	rooms := v.rooms(resolve)
	from, to = v.when("from"), v.when("to")
	switch {
	case v.err != nil:
	case len(rooms) > 1:
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "this is asked of one room, or without a room", "give one room=, or none"}
	case to != 0 && from > to:
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "from is later than to", "swap them"}
	case len(rooms) == 1:
		room = rooms[0]
	}
	return room, from, to
}

func (v *values) kinds() []event.Kind {
	var kinds []event.Kind
	for _, s := range v.list("kind") {
		k := event.Kind(s)
		if !slices.Contains(event.Kinds(), k) {
			v.fail("kind", s, "one or more of "+join(event.Kinds()))
			return nil
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func join[T ~string](items []T) string {
	var b strings.Builder
	for i, s := range items {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(s))
	}
	return b.String()
}

func (v *values) text(name string) string {
	s := v.Get(name)
	if len(s) > textLimit || strings.ToValidUTF8(s, "") != s {
		v.fail(name, s, fmt.Sprintf("a text of at most %d bytes of UTF-8", textLimit))
		return ""
	}
	return s
}

// number reads a whole number from low to high; missing: none.
func (v *values) number(name string, none, low, high int64) int64 {
	s := v.Get(name)
	if s == "" {
		return none
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		v.fail(name, s, fmt.Sprintf("a whole number from %d to %d", low, high))
		return none
	}
	return n
}

func (v *values) flag(name string) bool {
	switch s := v.Get(name); s {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	default:
		v.fail(name, s, "0 or 1")
		return false
	}
}

func (v *values) duration(name string, low, high time.Duration) time.Duration {
	s := v.Get(name)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if n, e := strconv.ParseInt(s, 10, 32); e == nil { // plain numbers are seconds
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < low || d > high {
		v.fail(name, s, fmt.Sprintf("a time such as 30s, from %s to %s", low, high))
		return 0
	}
	return d
}

// when reads a moment: Unix milliseconds or what the archive's command line
// takes (RFC 3339, a date, a time ago such as 2h).
func (v *values) when(name string) event.Millis {
	s := v.Get(name)
	if s == "" {
		return 0
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		return event.Millis(n)
	}
	at, err := event.ParseWhen(s, v.now)
	if err != nil {
		v.fail(name, s, "Unix milliseconds, RFC 3339, a date, or a time ago such as 2h")
		return 0
	}
	return at
}

const afterNone int64 = -1

// selection reads what a subscriber wants. resume is the position it comes
// back with, or afterNone.
func (r *Relay) selection(v *values) (s selection, resume int64) {
	s.filter = event.Filter{
		Rooms: v.rooms(r.longID),
		Kinds: v.kinds(),
		User:  v.text("user"),
		Text:  v.text("q"),
		Raw:   v.flag("raw"),
	}
	s.statuses = v.flag("status")
	s.batch = v.duration("batch", batchMin, batchMax)
	return s, v.number("after", afterNone, 0, 1<<62)
}

// longID resolves the short id of a room that is joined.
func (r *Relay) longID(room event.RoomID) event.RoomID {
	if r.config.Rooms == nil || room >= 100_000 {
		return room // short ids are small
	}
	for _, s := range r.config.Rooms.Rooms() {
		if s.ShortID == room && s.ShortID != 0 {
			return s.Room
		}
	}
	return room
}
