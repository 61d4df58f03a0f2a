package store

import (
	"context"
	"fmt"
)

// walk looks for words in a segment, one after the other. It keeps the nodes on the
// way to the last one and where it stopped in each, so that words that come in order
// cost one pass over a node: a part of a name may stand for hundreds of people.
type walk struct {
	segment
	word string // the last one looked for
	way  []stop // from the root
}

// entry is what a segment has of a word: its documents, nil if there are none; or
// the number of the large leaf that holds them, if it holds the word.
type entry struct {
	docs  []byte
	large int64
	size  int // of the documents, about
}

// maxHeight is more than any tree of an index has: a damaged one ends.
const maxHeight = 16

// largeLeaf is the size from which a leaf is not read on the way: it is the list of
// one word.
const largeLeaf = 16 << 10

// find looks for a word in the segment of an index.
func (w *walk) find(ctx context.Context, r *reader, name, word string) (entry, error) {
	if word < w.word {
		w.way = w.way[:0]
	}
	w.word = word
	if len(w.way) == 0 {
		root, err := stopAt(0, w.root)
		if err != nil {
			return entry{}, fmt.Errorf("%s: root: %w", name, err)
		}
		w.way = append(w.way, root)
	}
	for depth := range maxHeight {
		s := &w.way[depth]
		if s.leaf {
			docs, err := s.docsOf(word)
			if err != nil {
				return entry{}, fmt.Errorf("%s: block %d: %w", name, s.block, err)
			}
			return entry{docs: docs, size: len(docs)}, nil
		}
		block, err := s.childOf(word)
		if err != nil {
			return entry{}, fmt.Errorf("%s: block %d: %w", name, s.block, err)
		}
		if depth+1 < len(w.way) && w.way[depth+1].block == block {
			continue
		}
		w.way = w.way[:depth+1]
		row, err := r.c.first(ctx, "select length(block), case when length(block)<? then block end from "+name+"_segments where blockid=?", int64(largeLeaf), block)
		if err != nil {
			return entry{}, err
		}
		if row == nil {
			return entry{}, fmt.Errorf("%s: block %d: %w", name, block, errSegment)
		}
		if size := integer(row[0]); size >= largeLeaf {
			return entry{large: block, size: int(size)}, nil
		}
		next, err := stopAt(block, blob(row[1]))
		if err != nil {
			return entry{}, fmt.Errorf("%s: block %d: %w", name, block, err)
		}
		w.way = append(w.way, next)
	}
	return entry{}, fmt.Errorf("%s: %w", name, errSegment)
}

// stop is a node and a place in it: the first word that is not before the one looked
// for last.
type stop struct {
	block int64 // 0: the root
	leaf  bool
	in    varints // what is behind the place
	begun bool    // a word was read
	here  bool    // there is a word at the place; else the node ends
	word  []byte
	docs  []byte // of a leaf's word
	child int64  // of another node: where what is before the word is
}

// stopAt begins to read a node.
func stopAt(block int64, node []byte) (stop, error) {
	s := stop{block: block, in: varints{node, true}}
	if s.leaf = s.in.next() == 0; !s.leaf {
		s.child = s.in.next()
	}
	if !s.in.ok {
		return s, errSegment
	}
	return s, s.step()
}

// step goes on to the next word of the node.
func (s *stop) step() error {
	if s.here = len(s.in.b) > 0; !s.here {
		return nil
	}
	s.word = s.in.nextWord(s.word, !s.begun)
	s.begun = true
	if s.leaf {
		s.docs = s.in.bytes(s.in.next())
	}
	if !s.in.ok {
		return errSegment
	}
	return nil
}

// docsOf returns the documents of a word of a leaf; nil: it is not there. It is not
// before the last one.
func (s *stop) docsOf(word string) ([]byte, error) {
	for s.here && string(s.word) < word {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	if !s.here || string(s.word) != word {
		return nil, nil
	}
	return s.docs, nil
}

// childOf returns the number of the child in which a word may be. It is not before
// the last one.
func (s *stop) childOf(word string) (int64, error) {
	for s.here && string(s.word) <= word {
		s.child++
		if err := s.step(); err != nil {
			return 0, err
		}
	}
	return s.child, nil
}

// inLeaf returns the documents of a word in a leaf; nil: it is not there.
func inLeaf(leaf []byte, word string) ([]byte, error) {
	s, err := stopAt(0, leaf)
	if err != nil || !s.leaf {
		return nil, errSegment
	}
	return s.docsOf(word)
}
