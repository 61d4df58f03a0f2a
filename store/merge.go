package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// mergeAt is how many segments of a level become one of the next: FTS4's number.
const mergeAt = 16

// place returns the number for a new segment of a level, which is merged before
// if it is full.
func (t *indexTable) place(level int64) (int64, error) {
	n, err := t.c.number(context.Background(), t.lastSegment, level)
	if err != nil || n < mergeAt {
		return n, err
	}
	return 0, t.merge(level)
}

// merge puts the segments of a level together into one of the next. In a part of
// the index that is at most an eighth of it, 4 MB.
func (t *indexTable) merge(level int64) error {
	idx, err := t.place(level + 1)
	if err != nil {
		return err
	}
	out, err := t.newSegment()
	if err != nil {
		return err
	}
	from, err := t.segments(level)
	if err != nil {
		return err
	}
	if err := mergeInto(out, from); err != nil {
		return fmt.Errorf("merge %s: %w", t.name, err)
	}
	for _, s := range from {
		if s.start == 0 {
			continue
		}
		if err := t.c.exec("delete from "+t.name+"_segments where blockid between ? and ?", s.start, s.end); err != nil {
			return err
		}
	}
	if err := t.c.exec("delete from "+t.name+"_segdir where level=?", level); err != nil {
		return err
	}
	return out.finish(level+1, idx)
}

// segments returns the segments of a level, the newest first.
func (t *indexTable) segments(level int64) (all []*segmentReader, err error) {
	err = t.c.each(context.Background(), "select start_block, leaves_end_block, end_block, root from "+t.name+"_segdir where level=? order by idx desc", func(r []driver.Value) (bool, error) {
		s := &segmentReader{t: t, start: integer(r[0]), next: integer(r[0]), leavesEnd: integer(r[1]), end: integer(r[2])}
		if t, ok := r[2].(string); ok { // FTS4 writes the size of the leaves behind it
			end, _, _ := strings.Cut(t, " ")
			s.end, _ = strconv.ParseInt(end, 10, 64)
		}
		if s.start == 0 {
			s.begin(blob(r[3]))
		} else if s.leavesEnd < s.start || s.end < s.leavesEnd {
			return false, errSegment
		}
		all = append(all, s)
		return true, nil
	}, level)
	return all, err
}

// segmentReader goes through the words of a segment.
type segmentReader struct {
	t                           *indexTable
	start, next, leavesEnd, end int64 // blocks: the first leaf, the next one to be read, the last, the last of all nodes; 0: the root is the leaf
	leaf                        varints
	first                       bool // nothing of the leaf has been read
	word, docs                  []byte
}

// advance goes on to the next word; false: there is none.
func (s *segmentReader) advance() (bool, error) {
	for len(s.leaf.b) == 0 {
		if s.start == 0 || s.next > s.leavesEnd {
			return false, nil
		}
		row, err := s.t.c.first(context.Background(), "select block from "+s.t.name+"_segments where blockid=?", s.next)
		if err != nil {
			return false, err
		}
		if row == nil {
			return false, fmt.Errorf("block %d: %w", s.next, errSegment)
		}
		s.next++
		s.begin(blob(row[0]))
	}
	s.word = s.leaf.nextWord(s.word, s.first)
	s.first = false
	if s.docs = s.leaf.bytes(s.leaf.next()); !s.leaf.ok {
		return false, errSegment
	}
	return true, nil
}

func (s *segmentReader) begin(leaf []byte) {
	s.leaf, s.first = varints{leaf, true}, true
	if s.leaf.next() != 0 {
		s.leaf.ok = false // not a leaf
	}
}

// mergeInto writes all words of some segments, the newest first, into one.
func mergeInto(out *segmentWriter, from []*segmentReader) error {
	var err error
	advance := func(s *segmentReader) (more bool) {
		if err == nil {
			more, err = s.advance()
		}
		return more
	}
	left := from[:0:0]
	for _, s := range from {
		if advance(s) {
			left = append(left, s)
		}
	}
	var word, docs []byte
	var lists [][]byte
	for len(left) > 0 && err == nil {
		word = append(word[:0], left[0].word...)
		for _, s := range left[1:] {
			if bytes.Compare(s.word, word) < 0 {
				word = append(word[:0], s.word...)
			}
		}
		lists = lists[:0]
		left = slices.DeleteFunc(left, func(s *segmentReader) bool {
			if !bytes.Equal(s.word, word) {
				return false
			}
			lists = append(lists, s.docs)
			return !advance(s)
		})
		if err == nil {
			docs, err = mergeDocuments(docs[:0], lists)
		}
		if err == nil {
			err = out.add(word, docs)
		}
	}
	return err
}

// mergeDocuments adds the documents of some lists, the newest first. Mostly they
// come one list after the other, and only the number at the border changes.
func mergeDocuments(to []byte, lists [][]byte) ([]byte, error) {
	begin := len(to)
	last := int64(0)
	for i, list := range lists {
		first, n := binary.Uvarint(list)
		if n <= 0 || first == 0 || first > math.MaxInt64 {
			return to, errSegment
		}
		doc, rest := int64(first), list[n:]
		if i > 0 && doc >= last {
			return mergeMixed(to[:begin], lists)
		}
		if i > 0 {
			first = uint64(last - doc)
		}
		to = append(binary.AppendUvarint(to, first), rest...)
		var err error
		if last, err = lastDocument(doc, rest); err != nil {
			return to, err
		}
	}
	return to, nil
}

// lastDocument walks from the first document of a list, behind whose number rest
// begins, to the last.
func lastDocument(doc int64, rest []byte) (int64, error) {
	for {
		_, after, d, err := nextDocument(rest)
		if err != nil || after == nil {
			return doc, err
		}
		if rest = after; d >= doc {
			return 0, errSegment
		}
		doc -= d
	}
}

// nextDocument cuts a list behind the places of a document, and reads how far
// down the next document is; after is nil if there is none.
func nextDocument(list []byte) (places, after []byte, down int64, err error) {
	i := 0
	for i < len(list) && list[i] != 0 { // no number but 0 has such a byte
		i++
	}
	if i++; i >= len(list) {
		if i > len(list) {
			err = errSegment
		}
		return list, nil, 0, err
	}
	d, n := binary.Uvarint(list[i:])
	if n <= 0 || d == 0 || d > math.MaxInt64 {
		return nil, nil, 0, errSegment
	}
	return list[:i], list[i+n:], int64(d), nil
}

// mergeMixed is mergeDocuments for lists whose documents come in turns: those of
// events that were changed. Of a document that several have, the newest is kept.
func mergeMixed(to []byte, lists [][]byte) ([]byte, error) {
	type document struct {
		doc    int64
		places []byte
	}
	var all []document
	for _, list := range lists {
		first, n := binary.Uvarint(list)
		if n <= 0 || first > math.MaxInt64 {
			return to, errSegment
		}
		for doc, rest := int64(first), list[n:]; rest != nil; {
			places, after, down, err := nextDocument(rest)
			if err != nil || down >= doc {
				return to, errSegment
			}
			all = append(all, document{doc, places})
			doc, rest = doc-down, after
		}
	}
	slices.SortStableFunc(all, func(a, b document) int { return cmp.Compare(b.doc, a.doc) })
	all = slices.CompactFunc(all, func(a, b document) bool { return a.doc == b.doc })
	last := int64(0)
	for i, d := range all {
		n := d.doc
		if i > 0 {
			n = last - d.doc
		}
		to = append(binary.AppendUvarint(to, uint64(n)), d.places...)
		last = d.doc
	}
	return to, nil
}
