package exchange

import (
	"math"
	"slices"

	"danmaku/event"
)

// box is a card for a super chat or a guard, or a strip for a gift, in the
// column at the bottom left. It stands still while it is there. Times are in
// ticks.
type box struct {
	e           event.Event
	lines       []string // of a super chat's words
	height      float64
	rise        float64 // distance of its lower edge from the column's foot
	first, end  int64
	run         string // equal for gifts that share a strip
	count       int
	total       event.Money
	said        words // what the strip says, since when
	grown       int64 // when the run first grew beyond what is said
	shownBefore bool  // not in its first words any more
}

// words is what changes in a strip.
type words struct {
	since int64
	count int
	total event.Money
}

// showing is one stretch of time in which a box stands unchanged.
type showing struct {
	box         *box
	words       words
	from, to    int64
	first, last bool // of the box
}

// column gives boxes a place: the lowest gap they fit into. When it is full,
// the cheapest gift that has been seen for a moment makes room; super chats
// and guards wait their turn, gifts do not.
type column struct {
	height, gap float64
	list        []*box // by rise
	waiting     []*box
	shown       []showing // to be written
	crowded     []*box    // never shown
}

const (
	giftTicks    = 600
	guardTicks   = 1000
	paidTicks    = 3000 // the longest a super chat stays
	glimpseTicks = 150  // a gift has been seen by then
	runTicks     = 50   // least time between two changes of a strip
	maxWaiting   = 200
)

// add puts b up at the tick it is due, or lets it wait.
func (c *column) add(b *box) {
	b.said = words{b.first, b.count, b.total}
	queued := len(c.waiting) > 0
	if !queued && (c.fit(b) || c.makeRoom(b)) {
		return
	}
	if b.e.Gift != nil || len(c.waiting) >= maxWaiting || b.height > c.height {
		c.crowded = append(c.crowded, b)
		return
	}
	c.waiting = append(c.waiting, b)
}

// join adds a gift to the strip that shows the same run, if there is one.
func (c *column) join(run string, now int64, g *event.Gift) bool {
	for _, b := range c.list {
		if b.run == run && b.end > now {
			if b.count == b.said.count {
				b.grown = now
			}
			b.count += g.Count
			b.total += g.Total
			b.end = max(b.end, now+giftTicks)
			return true
		}
	}
	return false
}

// fit places b in the lowest gap it fits into.
func (c *column) fit(b *box) bool {
	rise, at := 0.0, 0
	for _, o := range c.list {
		if o.rise-rise >= b.height+c.gap {
			break
		}
		rise = o.rise + o.height + c.gap
		at++
	}
	if rise+b.height > c.height {
		return false
	}
	b.rise = rise
	c.list = slices.Insert(c.list, at, b)
	return true
}

func (c *column) makeRoom(b *box) bool {
	for {
		cheapest := -1
		for i, o := range c.list {
			if o.e.Gift == nil || b.first-o.first < glimpseTicks || b.e.Gift != nil && o.total > b.total {
				continue
			}
			if cheapest < 0 || o.total < c.list[cheapest].total {
				cheapest = i
			}
		}
		if cheapest < 0 {
			return false
		}
		c.remove(cheapest, b.first)
		if c.fit(b) {
			return true
		}
	}
}

func (c *column) remove(i int, now int64) {
	b := c.list[i]
	c.list = slices.Delete(c.list, i, i+1)
	c.retell(b, now)
	c.shown = append(c.shown, showing{b, b.said, b.said.since, now, !b.shownBefore, true})
}

// retell changes what a strip says, when its run has grown and it is time.
func (c *column) retell(b *box, now int64) {
	at := max(b.grown, b.said.since+runTicks)
	if b.count == b.said.count || at >= now {
		return
	}
	c.shown = append(c.shown, showing{b, b.said, b.said.since, at, !b.shownBefore, false})
	b.shownBefore = true
	b.said = words{at, b.count, b.total}
}

// advance lets time pass: boxes whose time is over go, waiting ones come.
func (c *column) advance(now int64) {
	for {
		next := -1
		for i, b := range c.list {
			c.retell(b, min(now, b.end))
			if b.end <= now && (next < 0 || b.end < c.list[next].end) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		end := c.list[next].end
		c.remove(next, end)
		for len(c.waiting) > 0 {
			b := c.waiting[0]
			b.end += end - b.first
			b.first, b.said.since = end, end
			if !c.fit(b) {
				break
			}
			c.waiting = slices.Delete(c.waiting, 0, 1)
		}
	}
}

// finish lets all boxes have their time.
func (c *column) finish() { c.advance(math.MaxInt64) }
