package main

import (
	"cmp"
	"container/heap"
	"slices"
)

// tally counts how often things come, of as many as there may be, in the memory
// of a fixed number of places: when all are taken, the rarest makes room and
// leaves its count to the newcomer. What is frequent is counted nearly exactly,
// and all is exact as long as there was room.
type tally struct {
	places int
	byKey  map[string]*tallied
	rarest tallyHeap
}

// tallied is one thing. Over is how much of Count may belong to others.
type tallied struct {
	key         string
	count, over int64
	note        string // the latest said of it: a name
	place       int
}

func newTally(places int) *tally {
	return &tally{places: places, byKey: map[string]*tallied{}}
}

func (t *tally) add(key, note string, n int64) {
	if n <= 0 {
		return
	}
	e := t.byKey[key]
	switch {
	case e != nil:
		e.count += n
		heap.Fix(&t.rarest, e.place)
	case len(t.byKey) < t.places:
		e = &tallied{key: key, count: n}
		t.byKey[key] = e
		heap.Push(&t.rarest, e)
	default:
		e = t.rarest[0]
		delete(t.byKey, e.key)
		e.key, e.over, e.note = key, e.count, ""
		e.count += n
		t.byKey[key] = e
		heap.Fix(&t.rarest, 0)
	}
	if note != "" {
		e.note = note
	}
}

// top gives the n most frequent, those of equal count in the order of keys.
func (t *tally) top(n int) []tallied {
	list := make([]tallied, 0, len(t.rarest))
	for _, e := range t.rarest {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b tallied) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key))
	})
	return list[:min(n, len(list))]
}

type tallyHeap []*tallied

func (h tallyHeap) Len() int           { return len(h) }
func (h tallyHeap) Less(i, k int) bool { return h[i].count < h[k].count }
func (h tallyHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].place, h[k].place = i, k
}
func (h *tallyHeap) Push(x any) {
	e := x.(*tallied)
	e.place = len(*h)
	*h = append(*h, e)
}
func (h *tallyHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
