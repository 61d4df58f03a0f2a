package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
)

// Search and Verify read the search index as it is on disk; see lookup.go for why
// search does. Nothing in SQLite gives its words back: the table fts4aux miscounts
// tables with order=desc. The format is described in "FTS3 and FTS4 Extensions",
// section "Data Structures":
//
//   - An index is a set of segments, one row of <name>_segdir each. Its leaves
//     are the blobs of <name>_segments from start_block to leaves_end_block, or,
//     if there are none, the root itself. Else the root leads to them.
//   - A node that is no leaf is its height, the number of its first child, then
//     words as in a leaf, without documents. Children have numbers in a row; what
//     is not below the n-th word is in the n-th child after the first.
//   - A leaf is the number 0, then for each word the length of what it shares
//     with the word before (not for the first), the length of the rest, the
//     rest, the length of its documents, and the documents.
//   - A document is its id (after the first the distance to the one before,
//     which with order=desc is downwards), its positions (each the distance to
//     the one before, plus 2) and a 0.
//
// Numbers are varints.

var errSegment = errors.New("a node of the search index cannot be read")

// segment is a row of the segments' table.
type segment struct {
	start, end int64 // its leaves; 0: the root is the leaf
	root       []byte
}

func segmentsOf(ctx context.Context, c *conn, name string) (all []segment, err error) {
	err = c.each(ctx, "select start_block, leaves_end_block, root from "+name+"_segdir", func(r []driver.Value) (bool, error) {
		all = append(all, segment{integer(r[0]), integer(r[1]), blob(r[2])})
		return true, nil
	})
	return all, err
}

// nextWord reads the next word of a node; last is the one before it.
func (v *varints) nextWord(last []byte, first bool) []byte {
	shared := int64(0)
	if !first {
		shared = v.next()
	}
	rest := v.bytes(v.next())
	if shared < 0 || shared > int64(len(last)) {
		v.ok = false
	}
	if !v.ok {
		return nil
	}
	return append(last[:shared], rest...)
}

// eachWord calls f for every place where the index has a word.
func eachWord(ctx context.Context, c *conn, name string, f func(word []byte, doc, position int64)) error {
	segments, err := segmentsOf(ctx, c, name)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if s.start == 0 {
			if err := eachWordOfLeaf(s.root, f); err != nil {
				return fmt.Errorf("%s: root: %w", name, err)
			}
			continue
		}
		err := c.each(ctx, "select blockid, block from "+name+"_segments where blockid between ? and ?", func(r []driver.Value) (bool, error) {
			if err := eachWordOfLeaf(blob(r[1]), f); err != nil {
				return false, fmt.Errorf("%s: block %d: %w", name, integer(r[0]), err)
			}
			return true, ctx.Err()
		}, s.start, s.end)
		if err != nil {
			return err
		}
	}
	return nil
}

// varints reads numbers one after the other; ok is false after the end.
type varints struct {
	b  []byte
	ok bool
}

func (v *varints) next() int64 {
	n, k := binary.Uvarint(v.b)
	if k <= 0 {
		v.ok = false
		return 0
	}
	v.b = v.b[k:]
	return int64(n)
}

// bytes reads n bytes.
func (v *varints) bytes(n int64) []byte {
	if n < 0 || n > int64(len(v.b)) {
		v.ok = false
		return nil
	}
	b := v.b[:n]
	v.b = v.b[n:]
	return b
}

func eachWordOfLeaf(leaf []byte, f func(word []byte, doc, position int64)) error {
	in := varints{leaf, true}
	if in.next() != 0 || !in.ok {
		return errSegment
	}
	var word []byte
	for first := true; len(in.b) > 0; first = false {
		if word = in.nextWord(word, first); !in.ok {
			return errSegment
		}
		docs := varints{in.bytes(in.next()), true}
		doc, firstDoc := int64(0), true
		for in.ok && docs.ok && len(docs.b) > 0 {
			if d := docs.next(); firstDoc {
				doc, firstDoc = d, false
			} else {
				doc -= d
			}
			position := int64(0)
			for docs.ok {
				d := docs.next()
				if d == 0 {
					break
				}
				if d == 1 { // another column: there is but one
					return errSegment
				}
				position += d - 2
				f(word, doc, position)
			}
		}
		if !in.ok || !docs.ok {
			return errSegment
		}
	}
	return nil
}
