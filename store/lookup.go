package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A query of the search index is answered here and not by FTS4's MATCH, which
// needs about 30 ns for each wordAt of a word that it passes, and reads the lists of
// all words. Here a word whose list costs more to read than it saves is left out:
// what is found is a little too much then, which is compared with the filter anyway.

// lookup is a query of the search index: what all of its terms say must hold.
type lookup []term

// term says that an event has these words one after the other ("" stands for a word
// that need not be looked up); with any, at least one of them; or that one of some
// lookups holds.
type term struct {
	words  []string
	any    bool
	choice []lookup
}

// What is weighed: a byte of a list to be read and passed, and an event to be read
// and compared, in nanoseconds; what a document takes in a list; and the share of the
// documents of some words that has another one at least, and of those of the rarest
// that has all: what is asked for together often stands together.
const (
	byteCost = 1.3
	rowCost  = 3000.0
	docBytes = 3.3
	together = 0.25

	allTogether = 0.04
)

// candidates returns the documents of an index, numbered between from and to, that
// a lookup finds: the highest first, at most n. Some may be too much.
func (r *reader) candidates(ctx context.Context, name string, q lookup, from, to int64, n int) ([]int64, error) {
	docs, err := r.lookUp(ctx, name, q, from, to, n)
	if errors.Is(err, errSegment) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return docs, err
}

func (r *reader) lookUp(ctx context.Context, name string, q lookup, from, to int64, n int) ([]int64, error) {
	segments, err := segmentsOf(ctx, r.c, name)
	if err != nil {
		return nil, err
	}
	l := looking{ctx: ctx, r: r, name: name, walks: make([]walk, len(segments)), size: max(1, to), from: max(from, 1), found: map[string]*located{}}
	for i, s := range segments {
		l.walks[i].segment = s
	}
	all, err := l.open(q)
	if err != nil || all == nil {
		return nil, err
	}
	var found []int64
	for doc := to; len(found) < n; doc-- {
		if doc = all.seek(doc, &l); doc == 0 {
			break
		}
		found = append(found, doc)
	}
	for _, c := range l.cursors {
		if c.broken {
			return found, errSegment
		}
	}
	return found, nil
}

// looking is a lookup in progress in one index.
type looking struct {
	ctx     context.Context
	r       *reader
	name    string
	walks   []walk // one of each segment
	size    int64  // documents of the index, about
	from    int64  // the lowest that is wanted
	found   map[string]*located
	cursors []*wordCursor
	positions
}

// located is where the lists of a word are.
type located struct {
	lists [][]byte
	large []int64 // blocks that hold such a list, if they hold the word
	size  int     // bytes of all
}

// locate finds the lists of a word. Small ones are read on the way.
func (l *looking) locate(word string) (*located, error) {
	if w := l.found[word]; w != nil {
		return w, nil
	}
	w := &located{}
	for i := range l.walks {
		e, err := l.walks[i].find(l.ctx, l.r, l.name, word)
		if err != nil {
			return nil, err
		}
		if e.large != 0 {
			w.large = append(w.large, e.large)
		} else if len(e.docs) > 0 {
			w.lists = append(w.lists, e.docs)
		}
		w.size += e.size
	}
	l.found[word] = w
	return w, nil
}

// read reads the large lists of a word too.
func (l *looking) read(word string, w *located) error {
	for _, block := range w.large {
		row, err := l.r.c.first(l.ctx, "select block from "+l.name+"_segments where blockid=?", block)
		if err != nil {
			return err
		}
		if row == nil {
			return fmt.Errorf("%s: block %d: %w", l.name, block, errSegment)
		}
		docs, err := inLeaf(blob(row[0]), word)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		if len(docs) > 0 {
			w.lists = append(w.lists, docs)
		}
	}
	w.large = nil
	return nil
}

// matches gives the documents of a lookup, downwards: those of one cursor, those that
// all of some others have, or that any has.
type matches struct {
	cursor  *wordCursor
	all     []*matches
	phrases [][]wordAt
	any     []*matches
}

// wordAt is a word and where it stands in a phrase.
type wordAt struct {
	cursor *wordCursor
	at     int64
}

// part is what a lookup asks of the index, before it is decided what is read.
type part struct {
	words  []string // one of them
	choice []lookup
	size   int // bytes of lists
}

// open begins a lookup; nil: there is nothing.
func (l *looking) open(q lookup) (*matches, error) {
	parts, err := l.parts(q)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.size - b.size })
	s := &matches{}
	cursors := map[string]*wordCursor{}
	rows, least := float64(l.size), 0.0 // that are left to be read
	for i, p := range parts {
		if i > 0 && rows*rowCost < float64(p.size)*byteCost {
			break // and the others are larger
		}
		share := float64(p.size) / docBytes / float64(l.size)
		if i == 0 {
			rows *= min(1, share)
			least = rows * allTogether
		} else {
			rows = max(least, rows*min(1, max(share, together)))
		}
		one, err := l.openPart(p)
		if err != nil || one == nil {
			return nil, err
		}
		s.all = append(s.all, one)
		if len(p.words) == 1 {
			cursors[p.words[0]] = one.cursor
		}
	}
	for _, t := range q {
		var phrase []wordAt
		for i, word := range t.words {
			if c := cursors[word]; c != nil && !t.any {
				phrase = append(phrase, wordAt{c, int64(i)})
			}
		}
		if len(phrase) > 1 {
			s.phrases = append(s.phrases, phrase)
		}
	}
	return s, nil
}

// parts lists what a lookup asks; nothing when one of it is not in the index.
func (l *looking) parts(q lookup) (parts []part, err error) {
	add := func(p part) bool {
		if p.choice == nil && len(p.words) == 1 && slices.ContainsFunc(parts, func(o part) bool { return len(o.words) == 1 && o.words[0] == p.words[0] }) {
			return true
		}
		parts = append(parts, p)
		return p.size > 0
	}
	for _, t := range q {
		p := part{choice: t.choice}
		for _, choice := range t.choice {
			some, err := l.parts(choice)
			if err != nil {
				return nil, err
			}
			if len(some) > 0 {
				p.size += slices.MinFunc(some, func(a, b part) int { return a.size - b.size }).size
			}
		}
		words := t.words
		if t.any {
			words = slices.Sorted(slices.Values(words)) // see walk
		}
		for _, word := range words {
			if word == "" {
				continue
			}
			w, err := l.locate(word)
			if err != nil {
				return nil, err
			}
			if t.any {
				p.words = append(p.words, word)
				p.size += w.size
			} else if !add(part{words: []string{word}, size: w.size}) {
				return nil, nil
			}
		}
		if (t.any || t.choice != nil) && !add(p) {
			return nil, nil
		}
	}
	return parts, nil
}

func (l *looking) openPart(p part) (*matches, error) {
	if p.choice != nil {
		s := &matches{}
		for _, choice := range p.choice {
			one, err := l.open(choice)
			if err != nil {
				return nil, err
			}
			if one != nil {
				s.any = append(s.any, one)
			}
		}
		if len(s.any) == 0 {
			return nil, nil
		}
		return s, nil
	}
	c := &wordCursor{}
	for _, word := range p.words {
		w := l.found[word]
		if err := l.read(word, w); err != nil {
			return nil, err
		}
		for _, docs := range w.lists {
			c.add(docs)
		}
	}
	l.cursors = append(l.cursors, c)
	if len(c.lists) == 0 && !c.broken {
		return nil, nil
	}
	return &matches{cursor: c}, nil
}

// seek goes on to the highest document that is not above doc, and returns it; 0:
// there is none that is wanted.
func (s *matches) seek(doc int64, l *looking) int64 {
	switch {
	case s.cursor != nil:
		if doc = s.cursor.seek(doc); doc < l.from {
			return 0
		}
		return doc
	case s.any != nil:
		best := int64(0)
		for _, one := range s.any {
			best = max(best, one.seek(doc, l))
		}
		return best
	}
	for {
		for i := 0; i < len(s.all); {
			d := s.all[i].seek(doc, l)
			if d == 0 {
				return 0
			}
			if d < doc && i > 0 {
				i = 0 // what the rarer ones have there is to be seen
			} else {
				i++
			}
			doc = d
		}
		if !slices.ContainsFunc(s.phrases, func(p []wordAt) bool { return !l.together(p, doc) }) {
			return doc
		}
		if doc--; doc < l.from {
			return 0
		}
	}
}
