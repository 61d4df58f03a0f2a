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
	givers     map[string]struct{}
}

// Money is everything that was paid.
func (t *Totals) Money() event.Money { return t.Gifts + t.SuperChats + t.Guards }

// Pin is a super chat while it is on show.
type Pin struct {
	*Row
	Start event.Millis
	ID    string
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

func newRoom(id event.RoomID, limit int) *Room {
	return &Room{
		Status: event.Status{Room: id, State: event.StateConnecting},
		Chat:   &Feed{Limit: limit},
		Paid:   &Feed{Limit: limit / 10},
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

// Rate counts events per second of the last hour, in steps.
type Rate struct {
	steps [RateSteps]int32
	last  int64 // number of the newest step
	// A second count for the number in the status bar.
	seconds [8]int32
	second  int64
}

// The chart's steps.
const (
	RateSteps   = 120
	RateSeconds = 30 // of one step
)

// Add counts n events at a moment.
func (r *Rate) Add(at event.Millis, n int) {
	r.advance(at)
	if step := int64(at) / (RateSeconds * 1000); step > r.last-RateSteps && step >= 0 && step <= r.last {
		r.steps[step%RateSteps] += int32(n)
	}
	if s := int64(at) / 1000; s > r.second-int64(len(r.seconds)) && s >= 0 && s <= r.second {
		r.seconds[s%int64(len(r.seconds))] += int32(n)
	}
}

func (r *Rate) advance(at event.Millis) {
	for step := int64(at) / (RateSeconds * 1000); r.last < step; {
		r.last = max(r.last+1, step-RateSteps)
		r.steps[r.last%RateSteps] = 0
	}
	for s := int64(at) / 1000; r.second < s; {
		r.second = max(r.second+1, s-int64(len(r.seconds)))
		r.seconds[r.second%int64(len(r.seconds))] = 0
	}
}

// Steps appends the counts of the last hour, oldest first.
func (r *Rate) Steps(dst []int32, now event.Millis) []int32 {
	r.advance(now)
	for i := int64(RateSteps) - 1; i >= 0; i-- {
		if step := r.last - i; step >= 0 {
			dst = append(dst, r.steps[step%RateSteps])
		} else {
			dst = append(dst, 0)
		}
	}
	return dst
}

// PerSecond returns the mean over the last five whole seconds.
func (r *Rate) PerSecond(now event.Millis) float64 {
	r.advance(now)
	var sum int32
	for i := int64(1); i <= 5; i++ {
		if s := r.second - i; s >= 0 {
			sum += r.seconds[s%int64(len(r.seconds))]
		}
	}
	return float64(sum) / 5
}
