package digest

import "math/bits"

// counts holds numbers by the hashes of what is counted, in 24 bytes each and
// without pointers. When it has grown to its most it drops the smaller half: what
// begins anew afterwards may be too low, by no more than all that was dropped of
// one number until then.
type counts struct {
	slots   []slot // their number is a power of two
	spare   []slot // for the next time something is dropped
	most    int    // slots
	used    int
	dropped int64 // of one number, at most
}

type slot struct {
	hash  uint64 // 0: free
	n     int64
	short int64 // by how much n may be too low
}

const fewestSlots = 1 << 10

// crowded: the next add may find no room.
func (c *counts) crowded() bool { return 4*c.used >= 3*len(c.slots) }

// makeRoom lets the table grow, or drops what is small. It reports whether
// anything was dropped.
func (c *counts) makeRoom() bool {
	if len(c.slots) < c.most {
		c.rebuild(make([]slot, max(fewestSlots, 2*len(c.slots))), 0)
		return false
	}
	if c.spare == nil {
		c.spare = make([]slot, len(c.slots))
	}
	least := c.smallHalf()
	c.dropped += least
	old := c.slots
	c.rebuild(c.spare, least)
	clear(old)
	c.spare = old
	return true
}

// smallHalf is a number that half of all numbers do not exceed.
func (c *counts) smallHalf() int64 {
	var long [65]int // how many numbers have so many binary digits
	for i := range c.slots {
		long[bits.Len64(uint64(c.slots[i].n))]++ // free ones have none
	}
	digits, n := 0, 0
	for 2*n < c.used {
		digits++
		n += long[digits]
	}
	return 1<<digits - 1
}

// rebuild moves what is above least into other slots, which are free.
func (c *counts) rebuild(slots []slot, least int64) {
	old := c.slots
	c.slots, c.used = slots, 0
	for _, s := range old {
		if s.hash != 0 && s.n > least {
			*c.find(s.hash) = s
			c.used++
		}
	}
}

// find gives the slot of a hash, or the free one where it belongs.
func (c *counts) find(hash uint64) *slot {
	mask := uint64(len(c.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &c.slots[i]; s.hash == hash || s.hash == 0 {
			return s
		}
	}
}

// add adds n to a number. There must be room.
func (c *counts) add(hash uint64, n int64) *slot {
	s := c.find(hash)
	if s.hash == 0 {
		s.hash, s.short = hash, c.dropped
		c.used++
	}
	s.n += n
	return s
}
