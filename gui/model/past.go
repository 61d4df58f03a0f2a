package model

import (
	"cmp"
	"slices"

	"danmaku/event"
)

// PastRoom is a room the archive has something of.
type PastRoom struct {
	Room     event.RoomID
	Streamer string
	Events   int64
	From, To event.Millis // of its earliest and latest event, to the hour
}

// Name is what to call the room: the streamer, or the number.
func (r *PastRoom) Name() string {
	if n := CleanName(r.Streamer); n != "" {
		return n
	}
	return r.Room.String()
}

// Broadcast is a time in which a room was live, or in which something was
// recorded of it.
type Broadcast struct {
	Room     event.RoomID
	Streamer string
	Title    string
	From, To event.Millis
	// Told: the platform told of its beginning. Otherwise it is a stretch of
	// events between two long silences.
	Told bool
	// Rough: From or To, or both, are known to the length of a step only.
	Rough    bool
	Comments int64
	Paid     event.Money
}

// Step is what happened in one step of a time line.
type Step struct {
	From       event.Millis
	Events     int64
	Comments   int64
	Gifts      event.Money
	SuperChats event.Money
	Guards     event.Money
}

// Paid is all that was paid in the step.
func (s *Step) Paid() event.Money { return s.Gifts + s.SuperChats + s.Guards }

// Highlight is a moment in which a room spoke up.
type Highlight struct {
	Peak, From, To event.Millis
	Comments       int64
	Paid           event.Money
	Words          []string
	Sample         string
}

// quiet is how long nothing happens between two stretches.
const quiet = event.Millis(45 * 60_000)

// Past lists the broadcasts of a room, the newest first: those the platform
// told of, and besides them the stretches in which something was recorded all
// the same. Steps are of the length given and in order; a broadcast without an
// end ends with the last of its events.
func Past(room PastRoom, told []Broadcast, steps []Step, length event.Millis) []Broadcast {
	list := make([]Broadcast, 0, len(told))
	for _, b := range told {
		b.Room, b.Streamer, b.Told, b.Comments, b.Paid = room.Room, room.Streamer, true, 0, 0
		list = append(list, b)
	}
	slices.SortStableFunc(list, func(a, b Broadcast) int { return cmp.Compare(a.From, b.From) })
	ended := make([]bool, len(list))
	for i := range list {
		ended[i] = list[i].To > list[i].From
		if !ended[i] {
			list[i].To, list[i].Rough = list[i].From, true
		}
	}
	n := len(list)
	var open *Broadcast
	var rest []Broadcast
	k := 0 // the last of the told that began before the step ended
	for i := range steps {
		s := &steps[i]
		if s.Comments == 0 && s.Paid() == 0 {
			continue
		}
		for k < n && list[k].From < s.From+length {
			k++
		}
		if k > 0 {
			b := &list[k-1]
			last := b.To
			if !ended[k-1] && s.From-last <= quiet*4 {
				b.To = s.From + length
			}
			if s.From < b.To || !ended[k-1] && b.To > last {
				b.Comments += s.Comments
				b.Paid += s.Paid()
				open = nil
				continue
			}
		}
		if open == nil || s.From-open.To > quiet {
			rest = append(rest, Broadcast{Room: room.Room, Streamer: room.Streamer, From: s.From, To: s.From, Rough: true})
			open = &rest[len(rest)-1]
		}
		open.To = s.From + length
		open.Comments += s.Comments
		open.Paid += s.Paid()
	}
	// A broadcast of which nothing was recorded is nothing to look at, and a word
	// or two in an empty room are no broadcast.
	list = slices.DeleteFunc(append(list, rest...), func(b Broadcast) bool {
		least := int64(1)
		if !b.Told {
			least = 3
		}
		return b.Comments < least && b.Paid == 0 || b.To <= b.From
	})
	slices.SortStableFunc(list, func(a, b Broadcast) int { return cmp.Compare(b.From, a.From) })
	return list
}

// ListStep is the length of the steps in which a room's whole past is counted
// for its list of broadcasts.
func ListStep(from, to event.Millis) event.Millis {
	const steps = 15_000 // a relay answers no more than 20,000
	step := event.Millis(10 * 60_000)
	for (to-from)/step > steps {
		step *= 2
	}
	return step
}

// ChartStep is the length of the steps in which a chart shows a time: some
// hundred bars at most. Short steps are counted from the events themselves, so
// only short times have them.
func ChartStep(from, to event.Millis) event.Millis {
	for _, step := range []event.Millis{5_000, 10_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000} {
		bars := (to - from) / step
		if step < 60_000 && bars <= 200 || step >= 60_000 && bars <= 240 {
			return step
		}
	}
	return max(3_600_000, (to-from)/240/3_600_000*3_600_000+3_600_000)
}

// Tick is a labelled moment of a chart.
type Tick struct {
	At    event.Millis
	Label string
}

// Ticks gives round moments of the local clock, at most so many.
func Ticks(from, to event.Millis, most int) []Tick {
	if most < 1 || to <= from {
		return nil
	}
	const minute = event.Millis(60_000)
	step := event.Millis(0)
	for _, m := range []event.Millis{1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080} {
		if step = m * minute; (to-from)/step <= event.Millis(most) {
			break
		}
	}
	for (to-from)/step > event.Millis(most) {
		step *= 2
	}
	layout := "15:04"
	if step >= 1440*minute {
		layout = "01-02"
	}
	_, offset := from.Time().Zone()
	shift := event.Millis(offset) * 1000
	first := (from+shift+step-1)/step*step - shift
	var list []Tick
	for at := first; at < to; at += step {
		list = append(list, Tick{at, at.Time().Format(layout)})
	}
	return list
}

// Trim brings the rough ends of a broadcast to where its events begin and end,
// by steps of the length given.
func (b *Broadcast) Trim(steps []Step, length event.Millis) {
	if !b.Rough || len(steps) == 0 {
		return
	}
	if !b.Told {
		b.From = max(b.From, steps[0].From)
	}
	b.To = min(b.To, steps[len(steps)-1].From+length)
	b.Rough = false
}

// Until sums the steps before a moment up: the totals a replay begins with.
func Until(steps []Step, at event.Millis, length event.Millis) Totals {
	var t Totals
	for i := range steps {
		s := &steps[i]
		if s.From+length > at {
			break
		}
		t.Comments += int(s.Comments)
		t.Gifts += s.Gifts
		t.SuperChats += s.SuperChats
		t.Guards += s.Guards
	}
	return t
}
