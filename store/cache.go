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
