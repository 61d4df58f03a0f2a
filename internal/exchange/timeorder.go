package exchange

import (
	"cmp"
	"slices"

	"danmaku/event"
)

const (
	// mostHeld is how many events ByMoment keeps back at most.
	mostHeld = 16_384
	// lateness is how much later than the platform's clock says an event may
	// have arrived without being out of order.
	lateness = event.Millis(60_000)
)

// ByMoment takes events in the order of the platform's clock and gives them in
// that in which they belong on a time line; see Moment. It keeps back a minute of
// events, or mostHeld: one that came even later is given as soon as it is read.
func ByMoment(events Events) Events {
	return func(yield func(event.Event, error) bool) {
		var h heldBack
		for e, err := range events {
			if err != nil {
				yield(e, err)
				return
			}
			settled := e.At - lateness
			h.add(e)
			for h.len() > 0 && (h.len() > mostHeld || h.settled(settled)) {
				if !yield(h.take(), nil) {
					return
				}
			}
		}
		for h.len() > 0 {
			if !yield(h.take(), nil) {
				return
			}
		}
	}
}

// heldBack is a heap of events: the earliest moment first, in the same moment
// the lowest position.
type heldBack struct {
	heap   []heldPlace
	events []event.Event // in no order
	free   []int         // places in events
}

type heldPlace struct {
	moment event.Millis
	seq    int64
	at     int // in events
}

func (p heldPlace) before(o heldPlace) bool {
	return p.moment < o.moment || p.moment == o.moment && p.seq < o.seq
}

func (h *heldBack) len() int { return len(h.heap) }

// settled: none that is still to be read belongs before the first.
func (h *heldBack) settled(until event.Millis) bool {
	first := h.heap[0]
	return first.moment <= until && h.events[first.at].At <= until
}

func (h *heldBack) add(e event.Event) {
	p := heldPlace{moment: Moment(&e), seq: e.Seq}
	if n := len(h.free); n > 0 {
		p.at = h.free[n-1]
		h.free = h.free[:n-1]
		h.events[p.at] = e
	} else {
		p.at = len(h.events)
		h.events = append(h.events, e)
	}
	h.heap = append(h.heap, p)
	i := len(h.heap) - 1
	for i > 0 && p.before(h.heap[(i-1)/2]) {
		h.heap[i] = h.heap[(i-1)/2]
		i = (i - 1) / 2
	}
	h.heap[i] = p
}

func (h *heldBack) take() event.Event {
	first := h.heap[0]
	last := h.heap[len(h.heap)-1]
	h.heap = h.heap[:len(h.heap)-1]
	for i := 0; len(h.heap) > 0; {
		child := 2*i + 1
		if child+1 < len(h.heap) && h.heap[child+1].before(h.heap[child]) {
			child++
		}
		if child >= len(h.heap) || !h.heap[child].before(last) {
			h.heap[i] = last
			break
		}
		h.heap[i] = h.heap[child]
		i = child
	}
	e := h.events[first.at]
	h.events[first.at] = event.Event{}
	h.free = append(h.free, first.at)
	return e
}

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
