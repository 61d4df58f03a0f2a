package digest

import (
	"cmp"
	"container/heap"
	"hash/maphash"
	"slices"
	"strings"
)

// Tally counts how often things come and gives the most frequent. Only of those
// it keeps names; all are counted by a hash of 64 bits, exactly as long as there
// are no more different ones than fit (see NewTally). Beyond that the rarest are
// forgotten, and counted too low when they come again: Short tells by how much at
// most.
type Tally struct {
	seed   maphash.Seed
	all    counts
	keep   int
	byHash map[uint64]*Tallied // the most frequent so far
	least  tallyHeap           // the same
}

// Tallied is one thing and how often it came.
type Tallied struct {
	Key   string
	Count int64
	Short int64  // by how much Count may be too low; 0: it is exact
	Note  string // the latest said of it: a name

	hash  uint64
	place int // in the heap
}

// NewTally makes a tally that can give the keep most frequent. It has 2^bits places
// of 24 bytes, of which three quarters are filled before anything is forgotten, and
// twice as many from then on.
func NewTally(keep, bits int) *Tally {
	for 1<<bits < 4*keep { // those kept are never dropped and must not fill it
		bits++
	}
	return &Tally{seed: maphash.MakeSeed(), all: counts{most: max(fewestSlots, 1<<bits)}, keep: max(1, keep), byHash: map[uint64]*Tallied{}}
}

// Add counts a thing n times more; note, unless empty, is what to say of it.
func (t *Tally) Add(key, note string, n int64) {
	if n <= 0 {
		return
	}
	if t.all.crowded() && t.all.makeRoom() {
		for _, e := range t.least { // those are never forgotten
			s := t.all.add(e.hash, 0)
			s.n, s.short = e.Count, e.Short
		}
	}
	hash := max(1, maphash.String(t.seed, key))
	s := t.all.add(hash, n)
	count := s.n
	if len(t.least) == t.keep && count < t.least[0].Count {
		return // as most are, and what is kept counts as much as in t.all
	}
	e := t.byHash[hash]
	switch {
	case e != nil:
		e.Count = count
		heap.Fix(&t.least, e.place)
	case len(t.least) < t.keep:
		e = &Tallied{Key: strings.Clone(key), Count: count, Short: s.short, hash: hash}
		t.byHash[hash] = e
		heap.Push(&t.least, e)
	case order(&Tallied{Key: key, Count: count}, t.least[0]) < 0:
		e = t.least[0]
		delete(t.byHash, e.hash)
		e.Key, e.Count, e.Short, e.Note, e.hash = strings.Clone(key), count, s.short, "", hash
		t.byHash[hash] = e
		heap.Fix(&t.least, 0)
	default:
		return
	}
	if note != "" && note != e.Note {
		e.Note = strings.Clone(note)
	}
}

// Top gives the n most frequent, those of equal count in the order of keys.
func (t *Tally) Top(n int) []Tallied {
	list := make([]Tallied, 0, len(t.least))
	for _, e := range t.least {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b Tallied) int { return order(&a, &b) })
	return list[:min(n, len(list))]
}

// order puts the most frequent first.
func order(a, b *Tallied) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Key, b.Key))
}

// tallyHeap has the last in order first.
type tallyHeap []*Tallied

func (h tallyHeap) Len() int           { return len(h) }
func (h tallyHeap) Less(i, k int) bool { return order(h[i], h[k]) > 0 }
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
