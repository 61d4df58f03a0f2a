package model

import (
	"slices"

	"danmaku/event"
)

// Room is one watched room.
type Room struct {
	Status event.Status
	Chat   *Feed // comments, super chats, guards, notices, gaps
	Paid   *Feed // gifts, guards and super chats
	Pins   []*Pin
	Unread int
	Replay bool // the past on show: in no sum, and not among the watched rooms
	Totals Totals
	Stats  event.Stats // the newest number of each
	Rate   Rate
	Gaps   int
	Missed event.Millis // length of the closed gaps
	open   map[event.Millis]*Row
}

// Totals are the sums of a broadcast, or since the room was joined when that
// is later.
type Totals struct {
	Comments   int
	Gifts      event.Money
	SuperChats event.Money
	Guards     event.Money
	Givers     int
	givers     map[uint64]struct{} // hashes
}

// Money is everything that was paid.
func (t *Totals) Money() event.Money { return t.Gifts + t.SuperChats + t.Guards }

// Pin is a super chat while it is on show.
type Pin struct {
	*Row
	Start event.Millis
	ID    string
}

// Pinned returns the pins that no rule of the user's hides.
func (r *Room) Pinned() []*Pin {
	if !slices.ContainsFunc(r.Pins, func(p *Pin) bool { return p.Hidden() }) {
		return r.Pins
	}
	return slices.DeleteFunc(slices.Clone(r.Pins), func(p *Pin) bool { return p.Hidden() })
}

// Left returns which part of a pin's time is still to come, from 1 to 0.
func (p *Pin) Left(now event.Millis) float32 {
	if p.Until <= p.Start {
		return 0
	}
	return min(1, max(0, float32(p.Until-now)/float32(p.Until-p.Start)))
}

// maxPins bounds what a hostile room can pin.
const maxPins = 200

func newRoom(id event.RoomID, limit int, p *packer) *Room {
	return &Room{
		Status: event.Status{Room: id, State: event.StateConnecting},
		Chat:   &Feed{Limit: limit, packer: p},
		Paid:   &Feed{Limit: limit / 10, packer: p},
		open:   make(map[event.Millis]*Row),
	}
}

// Name is what to call the room: the streamer, or the number.
func (r *Room) Name() string {
	if n := CleanName(r.Status.Streamer); n != "" {
		return n
	}
	return r.Status.Room.String()
}

// Expire drops the pins whose time is over and reports whether there were any.
func (r *Room) Expire(now event.Millis) bool {
	n := len(r.Pins)
	r.Pins = slices.DeleteFunc(r.Pins, func(p *Pin) bool { return p.Until <= now })
	return len(r.Pins) != n
}

func (r *Room) pin(p *Pin) {
	if slices.ContainsFunc(r.Pins, func(q *Pin) bool { return q.ID == p.ID }) {
		return
	}
	r.Pins = slices.Insert(r.Pins, 0, p)
	if len(r.Pins) > maxPins {
		r.Pins = r.Pins[:maxPins]
	}
}

// Rate counts events over the last hour, finely over its last minutes.
type Rate struct {
	seconds, short, long steps
	first                event.Millis // of the first event counted
}

// RateSteps is how many bars a chart of a rate has.
const RateSteps = 120

// Lengths of one step, in milliseconds: the short ones make ten minutes, the
// long ones an hour.
const (
	secondStep = 1000
	shortStep  = 5_000
	longStep   = 30_000
)

// steps is a ring of counters, one for each span of time.
type steps struct {
	n    [RateSteps]int32
	last int64 // number of the newest step
}

func (s *steps) advance(at event.Millis, length int64) {
	for step := int64(at) / length; s.last < step; {
		s.last = max(s.last+1, step-RateSteps)
		s.n[s.last%RateSteps] = 0
	}
}

func (s *steps) add(at event.Millis, length int64, n int) {
	s.advance(at, length)
	if step := int64(at) / length; step > s.last-RateSteps && step >= 0 && step <= s.last {
		s.n[step%RateSteps] += int32(n)
	}
}

// Add counts n events at a moment.
func (r *Rate) Add(at event.Millis, n int) {
	if r.first == 0 || at < r.first {
		r.first = at
	}
	r.seconds.add(at, secondStep, n)
	r.short.add(at, shortStep, n)
	r.long.add(at, longStep, n)
}

// Steps appends RateSteps counts, oldest first: of the last ten minutes while
// no more is known, of the last hour after that.
func (r *Rate) Steps(dst []int32, now event.Millis) []int32 {
	s, length := &r.long, int64(longStep)
	if r.first == 0 || now-r.first < RateSteps*shortStep {
		s, length = &r.short, shortStep
	}
	s.advance(now, length)
	for i := int64(RateSteps) - 1; i >= 0; i-- {
		if step := s.last - i; step >= 0 {
			dst = append(dst, s.n[step%RateSteps])
		} else {
			dst = append(dst, 0)
		}
	}
	return dst
}

// PerSecond returns the mean over the last five whole seconds.
func (r *Rate) PerSecond(now event.Millis) float64 {
	s := &r.seconds
	s.advance(now, secondStep)
	var sum int32
	for i := int64(1); i <= 5; i++ {
		if step := s.last - i; step >= 0 {
			sum += s.n[step%RateSteps]
		}
	}
	return float64(sum) / 5
}
