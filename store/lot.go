package store

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// lot collects the words of documents for one segment of the search index. The
// documents come from the highest down, as they stand in the index.
type lot struct {
	words  []lotWord        // each once, as they came
	short  map[uint64]int32 // numbers of words of up to eight bytes, by lotWord.key
	long   map[string]int32 // of longer ones
	places []lotPlace
	sorted []lotPlace // the same by word
	from   []int32    // where in sorted the places of a word begin, by its number
	docs   []byte     // scratch
}

// lotWord is a word of a lot. Words have no byte 0, so key and long sort as the
// words themselves.
type lotWord struct {
	key    uint64 // the first eight bytes
	long   string // the word, if it is longer
	number int32
	places int32 // how many
}

type lotPlace struct {
	doc            int64
	word, position int32
}

// fullLot is how many places a lot may have before it has to be written: memory,
// for texts of any length.
const fullLot = 1 << 18

func (l *lot) full() bool { return len(l.places) >= fullLot }

func (l *lot) reset() {
	if l.short == nil {
		l.short, l.long = map[uint64]int32{}, map[string]int32{}
	}
	clear(l.short)
	clear(l.long)
	l.words, l.places = l.words[:0], l.places[:0]
}

// add adds a document with its words, each behind a space.
func (l *lot) add(doc int64, words []byte) {
	for position := int32(0); len(words) > 0; position++ {
		words = words[1:]
		n := 0
		key := uint64(0)
		for n < len(words) && words[n] != ' ' {
			if n < 8 {
				key = key<<8 | uint64(words[n])
			}
			n++
		}
		if n < 8 {
			key <<= 8 * (8 - n)
		}
		number := int32(len(l.words))
		known := false
		if n <= 8 {
			if old, ok := l.short[key]; ok {
				number, known = old, true
			} else {
				l.short[key] = number
			}
		} else if old, ok := l.long[string(words[:n])]; ok {
			number, known = old, true
		}
		if !known {
			w := lotWord{key: key, number: number}
			if n > 8 {
				w.long = string(words[:n])
				l.long[w.long] = number
			}
			l.words = append(l.words, w)
		}
		l.words[number].places++
		l.places = append(l.places, lotPlace{doc, number, position})
		words = words[n:]
	}
}

// each calls f for every word, in their order, with the list of its documents as
// a segment has it. Both are valid until f returns. The lot is of no use then,
// until reset.
func (l *lot) each(f func(word, docs []byte) error) error {
	slices.SortFunc(l.words, func(a, b lotWord) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.long, b.long)
	})
	l.from = slices.Grow(l.from[:0], len(l.words))[:len(l.words)]
	n := int32(0)
	for _, w := range l.words {
		l.from[w.number] = n
		n += w.places
	}
	l.sorted = slices.Grow(l.sorted[:0], len(l.places))[:len(l.places)]
	for _, p := range l.places {
		l.sorted[l.from[p.word]] = p
		l.from[p.word]++
	}
	left := l.sorted
	var short [8]byte
	for _, w := range l.words {
		l.docs = appendDocuments(l.docs[:0], left[:w.places])
		left = left[w.places:]
		word := binary.BigEndian.AppendUint64(short[:0], w.key)
		for n := len(word); word[n-1] == 0; n-- {
			word = word[:n-1]
		}
		if w.long != "" {
			word = []byte(w.long)
		}
		if err := f(word, l.docs); err != nil {
			return err
		}
	}
	return nil
}

// appendDocuments adds the list of the documents that have a word at some places.
func appendDocuments(to []byte, places []lotPlace) []byte {
	doc, position := int64(0), int32(0)
	for i, p := range places {
		switch {
		case i == 0:
			to = binary.AppendUvarint(to, uint64(p.doc))
		case p.doc != doc:
			to = binary.AppendUvarint(append(to, 0), uint64(doc-p.doc))
			position = 0
		}
		to = binary.AppendUvarint(to, uint64(p.position-position)+2)
		doc, position = p.doc, p.position
	}
	return append(to, 0)
}
