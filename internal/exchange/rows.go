package exchange

import "math"

// motion is a text on its way over the picture: x is its left edge at start,
// in pixels; it moves by speed pixels a tick and is gone at end. speed 0: it
// stands. A tick is a hundredth of a second, the unit of ASS.
type motion struct {
	start, end int64
	x, width   float64
	speed      float64
}

// rows gives texts a row and a moment in which they meet no other text. A row
// needs to remember only the latest text of each direction and the latest
// standing one: earlier ones are further on their way (they met nobody).
type rows struct {
	width  float64 // of the picture
	gap    float64 // least distance of two texts in a row
	scroll int64   // how long a text takes to cross
	stand  int64   // how long a text stands
	left   float64 // standing texts do not begin left of this
	list   []rowState
}

type rowState struct{ toLeft, toRight, still motion }

// moving returns the motion of a text that crosses the picture.
func (r *rows) moving(start int64, width float64, toRight bool) motion {
	m := motion{start: start, end: start + r.scroll, x: r.width, width: width, speed: -(r.width + width) / float64(r.scroll)}
	if toRight {
		m.x, m.speed = -width, -m.speed
	}
	return m
}

// standing returns the motion of a text in the middle of the picture, moved to
// the right where something else stands at the left.
func (r *rows) standing(start int64, width float64) motion {
	x := max((r.width-width)/2, r.left)
	if x+width > r.width {
		x = (r.width - width) / 2
	}
	return motion{start: start, end: start + r.stand, x: x, width: width}
}

// band is the rows from top up to but not including end; upwards: the last
// ones first.
type band struct {
	top, end int
	upwards  bool
}

// place finds count rows of a band, next to each other, in which m is free of
// other texts: the first that are free at once, else those that are free
// soonest, at most patience late. It remembers m there and returns the top row
// and the moment m starts; false: none is free in time.
func (r *rows) place(m motion, b band, count int, patience int64) (row int, start int64, ok bool) {
	n := min(b.end, len(r.list)) - b.top
	if n <= 0 {
		return 0, 0, false
	}
	count = max(1, min(count, n))
	best, bestStart := -1, m.start+patience+1
	for i := range n - count + 1 {
		top := b.top + i
		if b.upwards {
			top = b.top + n - count - i
		}
		if at := r.free(m, top, count, bestStart); at < bestStart {
			best, bestStart = top, at
			if at == m.start {
				break
			}
		}
	}
	if best < 0 {
		return 0, 0, false
	}
	m.end += bestStart - m.start
	m.start = bestStart
	for k := best; k < best+count; k++ {
		switch {
		case m.speed < 0:
			r.list[k].toLeft = m
		case m.speed > 0:
			r.list[k].toRight = m
		default:
			r.list[k].still = m
		}
	}
	return best, bestStart, true
}

// free returns the first moment m may start in count rows from top, or
// something not before limit.
func (r *rows) free(m motion, top, count int, limit int64) int64 {
	start := m.start
	for settled := false; !settled && start < limit; {
		settled = true
		for k := top; k < top+count; k++ {
			s := &r.list[k]
			for _, o := range [...]*motion{&s.toLeft, &s.toRight, &s.still} {
				if o.end <= start {
					continue
				}
				if next := r.after(*o, m, start); next > start {
					start, settled = next, false
				}
			}
		}
	}
	return start
}

// after returns the first moment, not before start, at which m can start so
// that it keeps clear of o, which is in the row already, and of all that came
// into the row before o.
func (r *rows) after(o, m motion, start int64) int64 {
	if o.speed > 0 || m.speed > 0 { // seen in a mirror all moves to the left
		o.x, o.speed = r.width-o.x-o.width, -o.speed
		m.x, m.speed = r.width-m.x-m.width, -m.speed
	}
	next := o.end
	switch {
	case o.speed < 0 && m.speed < 0:
		// The tail of o must have come in, and m must not catch up before o is gone.
		in := o.start + ceil((o.width+r.gap)/-o.speed)
		next = max(in, o.end-floor((r.width-r.gap)/-m.speed))
	case o.speed < 0 && m.speed == 0: // o has to pass the place of m
		next = o.start + ceil((o.x+o.width+r.gap-m.x)/-o.speed)
	case o.speed == 0 && m.speed < 0: // m must arrive when o is gone
		next = o.end - floor((r.width-o.x-o.width-r.gap)/-m.speed)
	}
	return max(start, min(next, o.end))
}

// Rounding errors must not cost a tick.
func ceil(f float64) int64  { return int64(math.Ceil(f - 1e-9)) }
func floor(f float64) int64 { return int64(math.Floor(f + 1e-9)) }
