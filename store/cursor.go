package store

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// wordCursor goes through the documents that have a word (or one of some words),
// downwards. A word has a list in each segment of the index.
type wordCursor struct {
	lists  []docList // a heap: the list with the highest document is the first
	size   int       // bytes of the lists
	broken bool
}

func (c *wordCursor) add(data []byte) {
	if len(data) == 0 {
		return
	}
	c.size += len(data)
	l := docList{data: data}
	if !l.first() {
		c.broken = true
		return
	}
	c.lists = append(c.lists, l)
	for i := len(c.lists) - 1; i > 0 && c.lists[(i-1)/2].doc < c.lists[i].doc; i = (i - 1) / 2 {
		c.lists[i], c.lists[(i-1)/2] = c.lists[(i-1)/2], c.lists[i]
	}
}

// seek goes on to the highest document that is not above doc, and returns it; 0:
// there is none.
func (c *wordCursor) seek(doc int64) int64 {
	for len(c.lists) > 0 && c.lists[0].doc > doc {
		l := &c.lists[0]
		if l.seek(doc); l.doc == 0 {
			c.broken = c.broken || l.broken
			last := len(c.lists) - 1
			c.lists[0] = c.lists[last]
			c.lists = c.lists[:last]
		}
		c.sink()
	}
	if len(c.lists) == 0 {
		return 0
	}
	return c.lists[0].doc
}

// sink restores the heap after the first list has gone on.
func (c *wordCursor) sink() {
	for i := 0; ; {
		k := 2*i + 1
		if k >= len(c.lists) {
			return
		}
		if k+1 < len(c.lists) && c.lists[k+1].doc > c.lists[k].doc {
			k++
		}
		if c.lists[i].doc >= c.lists[k].doc {
			return
		}
		c.lists[i], c.lists[k] = c.lists[k], c.lists[i]
		i = k
	}
}

// positions are places of words in one document; the fields are kept for the next.
type positions struct{ first, other []int64 }

// together reports whether a document has the words of a phrase at their distances.
func (p *positions) together(phrase []wordAt, doc int64) bool {
	p.first = phrase[0].cursor.positions(p.first[:0], doc)
	for _, w := range phrase[1:] {
		p.other = w.cursor.positions(p.other[:0], doc)
		distance := w.at - phrase[0].at
		p.first = slices.DeleteFunc(p.first, func(at int64) bool { return !slices.Contains(p.other, at+distance) })
		if len(p.first) == 0 {
			return false
		}
	}
	return true
}

// positions adds where the word stands in a document that the cursor is at. Several
// lists have the document if its event was changed.
func (c *wordCursor) positions(to []int64, doc int64) []int64 {
	for i := range c.lists {
		if c.lists[i].doc == doc {
			to = c.lists[i].positions(to)
		}
	}
	return to
}

// docList reads the documents of one word in one segment; see segments.go.
type docList struct {
	data   []byte
	at     int   // in data, behind the number of doc: where its positions are
	doc    int64 // 0: the end
	broken bool
}

// number reads the varint at l.at.
func (l *docList) number() (n int64, ok bool) {
	for shift := 0; l.at < len(l.data) && shift < 64; shift += 7 {
		b := l.data[l.at]
		l.at++
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			return n, true
		}
	}
	return 0, false
}

func (l *docList) first() bool {
	var ok bool
	if l.doc, ok = l.number(); !ok || l.doc <= 0 {
		l.doc, l.broken = 0, true
	}
	return l.doc > 0
}

// seek goes on to the highest document that is not above doc; 0: there is none.
// Most of the time of a search is spent here: the places of a word, a few bytes,
// are passed eight bytes at once, to the 0 behind them.
func (l *docList) seek(doc int64) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for l.doc > doc {
		i := l.at
		for i+8 <= len(l.data) {
			x := binary.LittleEndian.Uint64(l.data[i:])
			if zeros := (x - ones) &^ x & tops; zeros != 0 { // a bit for the first byte that is 0
				i += bits.TrailingZeros64(zeros) / 8
				break
			}
			i += 8
		}
		for i < len(l.data) && l.data[i] != 0 { // no number but 0 has such a byte
			i++
		}
		if l.at = i + 1; l.at >= len(l.data) {
			l.doc, l.broken = 0, i >= len(l.data)
			return
		}
		d := int64(l.data[l.at])
		if d < 0x80 {
			l.at++
		} else {
			var ok bool
			if d, ok = l.number(); !ok {
				d = -1
			}
		}
		if d < 0 || d >= l.doc {
			l.doc, l.broken = 0, true
			return
		}
		l.doc -= d
	}
}

// positions adds the places of the word in the present document.
func (l *docList) positions(to []int64) []int64 {
	p := *l
	for place := int64(0); ; {
		d, ok := p.number()
		if !ok || d < 2 {
			return to
		}
		place += d - 2
		to = append(to, place)
	}
}
