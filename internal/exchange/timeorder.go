package exchange

import (
	"cmp"
	"slices"

	"danmaku/event"
)

// maxWindow is how many events are sorted at once.
const maxWindow = 100_000

// InTimeOrder gives the events of f in the order in which they belong on a time
// line. An archive's own order, in which ask gives what it is asked for, is that
// of arrival: recordings imported later stand behind what is newer. Time is
// walked through in windows of a span, which are divided until they are small
// enough to be sorted in memory; first and last say where there are events at
// all.
func InTimeOrder(ask func(event.Filter) Events, f event.Filter, first, last, span event.Millis) Events {
	return func(yield func(event.Event, error) bool) {
		w := &timeWalk{ask: ask, f: f, yield: yield}
		from, to := max(f.From, first), last
		if f.To != 0 {
			to = min(f.To, last)
		}
		for from < to {
			end := min(to, from+span)
			if !w.window(from, end, span) {
				return
			}
			from = end
		}
		w.flush()
	}
}

type timeWalk struct {
	ask   func(event.Filter) Events
	f     event.Filter
	yield func(event.Event, error) bool
	held  []event.Event // may belong behind what the next window begins with
	list  []event.Event
}

// window gives the events from one moment to another, a span of time that may
// be divided. It returns false when nothing more is wanted.
func (w *timeWalk) window(from, to, span event.Millis) bool {
	f := w.f
	f.From, f.To, f.Newest = from, to, false
	w.list = w.list[:0]
	for e, err := range w.ask(f) {
		if err != nil {
			w.yield(e, err)
			return false
		}
		if len(w.list) == maxWindow && span > 10_000 {
			return w.divided(from, to, span)
		}
		w.list = append(w.list, e)
	}
	w.list = append(w.list, w.held...)
	w.held = w.held[:0]
	slices.SortStableFunc(w.list, func(a, b event.Event) int {
		return cmp.Or(cmp.Compare(Moment(&a), Moment(&b)), cmp.Compare(a.Seq, b.Seq))
	})
	for i, e := range w.list {
		if Moment(&e) >= to {
			w.held = append(w.held, w.list[i:]...)
			break
		}
		if !w.yield(e, nil) {
			return false
		}
	}
	clear(w.list)
	return true
}

// divided walks through a window that holds too much in smaller ones.
func (w *timeWalk) divided(from, to, span event.Millis) bool {
	step := max(span/24, 10_000)
	for from < to {
		end := min(to, from+step)
		if !w.window(from, end, step) {
			return false
		}
		from = end
	}
	return true
}

func (w *timeWalk) flush() {
	for _, e := range w.held {
		if !w.yield(e, nil) {
			return
		}
	}
}
