package store

import "cmp"

// cache is a map of bounded size that keeps what was used lately: when the new
// half is full it becomes the old one, and what is still used comes back.
type cache[K comparable, V any] struct {
	size     int // entries of each half; 0: cacheSize
	new, old map[K]V
}

const cacheSize = 1 << 15

func (c *cache[K, V]) get(k K) (V, bool) {
	if v, ok := c.new[k]; ok {
		return v, true
	}
	v, ok := c.old[k]
	if ok {
		c.put(k, v)
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	if c.new == nil {
		c.new = map[K]V{}
	}
	size := cmp.Or(c.size, cacheSize)
	if len(c.new) >= size {
		c.old, c.new = c.new, make(map[K]V, size)
	}
	c.new[k] = v
}

// byRow is a cache of rows by their number. Each has one place, without a search,
// which it shares with rows far from it: numbers are given out one after the other.
type byRow[V any] struct {
	places []rowValue[V]
}

type rowValue[V any] struct {
	id    int64
	value *V
}

const (
	leastRows = 1 << 6
	mostRows  = 2 * cacheSize
)

// get returns the value of a row; nil: it is not known.
func (c *byRow[V]) get(id int64) *V {
	if len(c.places) == 0 {
		return nil
	}
	if p := &c.places[id&int64(len(c.places)-1)]; p.id == id {
		return p.value
	}
	return nil
}

func (c *byRow[V]) put(id int64, value *V) {
	size := max(len(c.places), leastRows)
	for id >= int64(size) && size < mostRows {
		size *= 2
	}
	if size > len(c.places) {
		before := c.places
		c.places = make([]rowValue[V], size)
		for _, p := range before {
			if p.value != nil {
				c.places[p.id&int64(size-1)] = p
			}
		}
	}
	c.places[id&int64(size-1)] = rowValue[V]{id, value}
}
