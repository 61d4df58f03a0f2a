package store

import (
	"bytes"
	"context"
	"encoding/binary"
)

// Segments of the search index are written here and not by FTS4, which takes
// several times as long from words to the same bytes. The format is in
// segments.go. FTS4 reads, merges and goes on with what is written here, and this
// program with what FTS4 wrote.

// indexTable is a table of the search index.
type indexTable struct {
	c        *conn
	name     string
	nodeSize int // most bytes of a node, but for a leaf with a single word

	insertBlock, insertSegment, lastBlock, lastSegment string // statements
}

// nodeMargin is what a page of the file needs besides a node that it holds.
const nodeMargin = 39

func newIndexTable(c *conn, name string, pageSize int64) *indexTable {
	return &indexTable{
		c: c, name: name, nodeSize: int(pageSize) - nodeMargin,
		insertBlock:   "insert into " + name + "_segments(blockid, block) values(?,?)",
		insertSegment: "insert into " + name + "_segdir(level, idx, start_block, leaves_end_block, end_block, root) values(?,?,?,?,?,?)",
		lastBlock:     "select max(blockid) from " + name + "_segments",
		lastSegment:   "select max(idx)+1 from " + name + "_segdir where level=?",
	}
}

// put writes a lot as a new segment.
func (t *indexTable) put(l *lot) error {
	if len(l.words) == 0 {
		return nil
	}
	idx, err := t.place(0)
	if err != nil {
		return err
	}
	s, err := t.newSegment()
	if err != nil {
		return err
	}
	if err := l.each(s.add); err != nil {
		return err
	}
	return s.finish(0, idx)
}

// segmentWriter writes a segment: leaves as the words come, then what leads to them.
type segmentWriter struct {
	t           *indexTable
	first, next int64    // the block of the first leaf, and the next one to be written
	leaf        []byte   // in progress
	word        []byte   // its last one
	begins      [][]byte // the first words of all leaves but the first
}

func (t *indexTable) newSegment() (*segmentWriter, error) {
	last, err := t.c.number(context.Background(), t.lastBlock)
	return &segmentWriter{t: t, first: last + 1, next: last + 1, leaf: []byte{0}}, err
}

// write stores a node in the next block.
func (s *segmentWriter) write(node []byte) error {
	s.next++
	return s.t.c.exec(s.t.insertBlock, s.next-1, node)
}

// add adds a word with the list of its documents. The words come in their order.
func (s *segmentWriter) add(word, docs []byte) error {
	if len(s.leaf) > 1 {
		shared := sharedPrefix(s.word, word)
		n := len(s.leaf)
		s.leaf = binary.AppendUvarint(s.leaf, uint64(shared))
		s.leaf = appendBytes(appendBytes(s.leaf, word[shared:]), docs)
		s.word = append(s.word[:shared], word[shared:]...)
		if len(s.leaf) <= s.t.nodeSize {
			return nil
		}
		if err := s.write(s.leaf[:n]); err != nil {
			return err
		}
		s.begins = append(s.begins, bytes.Clone(word))
	}
	s.leaf = appendBytes(appendBytes(append(s.leaf[:0], 0), word), docs)
	s.word = append(s.word[:0], word...)
	return nil
}

// finish writes the rest and the row of the segments' table.
func (s *segmentWriter) finish(level, idx int64) error {
	if s.next == s.first { // a single leaf
		return s.t.c.exec(s.t.insertSegment, level, idx, int64(0), int64(0), int64(0), s.leaf)
	}
	if err := s.write(s.leaf); err != nil {
		return err
	}
	leavesEnd := s.next - 1
	for height, child := uint64(1), s.first; ; height++ {
		// The nodes of this height: begins are the first words of all their
		// children but the first one. The word that a full node has no place for
		// is where the next node begins.
		layer, begins := s.next, s.begins
		s.begins = nil
		node := appendHead(nil, height, child)
		var last []byte
		for _, word := range begins {
			child++
			n, shared := len(node), 0
			if last != nil {
				shared = sharedPrefix(last, word)
				node = binary.AppendUvarint(node, uint64(shared))
			}
			node = appendBytes(node, word[shared:])
			last = word
			if len(node) <= s.t.nodeSize {
				continue
			}
			if err := s.write(node[:n]); err != nil {
				return err
			}
			s.begins = append(s.begins, word)
			node, last = appendHead(node[:0], height, child), nil
		}
		if len(s.begins) == 0 {
			return s.t.c.exec(s.t.insertSegment, level, idx, s.first, leavesEnd, s.next-1, node)
		}
		if err := s.write(node); err != nil {
			return err
		}
		child = layer
	}
}

// appendHead adds what a node that leads to others begins with.
func appendHead(to []byte, height uint64, child int64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, height), uint64(child))
}

// appendBytes adds bytes behind their length.
func appendBytes(to, b []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(b))), b...)
}

func sharedPrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
