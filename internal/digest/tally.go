package digest

import (
	"cmp"
	"container/heap"
	"slices"
)

// Tally counts how often things come, of as many as there may be, in the memory
// of a fixed number of places: when all are taken, the rarest makes room and
// leaves its count to the newcomer. What is frequent is counted nearly exactly,
// and all is exact as long as there was room.
type Tally struct {
	places int
	byKey  map[string]*Tallied
	rarest tallyHeap
}

// Tallied is one thing and how often it came. Over is how much of Count may
// belong to others.
type Tallied struct {
	Key         string
	Count, Over int64
	Note        string // the latest said of it: a name

	place int
}

// NewTally makes a tally with so many places.
func NewTally(places int) *Tally {
	return &Tally{places: places, byKey: map[string]*Tallied{}}
}

// Add counts a thing n times more; note, unless empty, is what to say of it.
func (t *Tally) Add(key, note string, n int64) {
	if n <= 0 {
		return
	}
	e := t.byKey[key]
	switch {
	case e != nil:
		e.Count += n
		heap.Fix(&t.rarest, e.place)
	case len(t.byKey) < t.places:
		e = &Tallied{Key: key, Count: n}
		t.byKey[key] = e
		heap.Push(&t.rarest, e)
	default:
		e = t.rarest[0]
		delete(t.byKey, e.Key)
		e.Key, e.Over, e.Note = key, e.Count, ""
		e.Count += n
		t.byKey[key] = e
		heap.Fix(&t.rarest, 0)
	}
	if note != "" {
		e.Note = note
	}
}

// Top gives the n most frequent, those of equal count in the order of keys.
func (t *Tally) Top(n int) []Tallied {
	list := make([]Tallied, 0, len(t.rarest))
	for _, e := range t.rarest {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b Tallied) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	return list[:min(n, len(list))]
}

type tallyHeap []*Tallied

func (h tallyHeap) Len() int           { return len(h) }
func (h tallyHeap) Less(i, k int) bool { return h[i].Count < h[k].Count }
func (h tallyHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].place, h[k].place = i, k
}
func (h *tallyHeap) Push(x any) {
	e := x.(*Tallied)
	e.place = len(*h)
	*h = append(*h, e)
}
func (h *tallyHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
