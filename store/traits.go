package store

import (
	"math/bits"
	"unicode/utf8"

	"danmaku/event"
)

// What is rare about an event and asked for has words too: that it is an admin's or
// a guard's, the level of a high medal. What most events have, a look through the
// newest finds as fast.
type traits uint32

// The words of traits are traitMark and a small letter or a digit; each has a bit,
// by its place.
const traitLetters = "arsl1234bcdefghi"

const (
	traitAdmin traits = 1 << iota
	traitReply
	traitSticker
	traitLottery
	traitGuard // level 1; then 2, 3, and above
	_
	_
	traitGuardAbove
	traitMedal // the first of medalBands; then the others
)

// medalBands are the lowest medal levels of each band that has a word. Levels from
// 21 are for guards, or for years of loyalty.
var medalBands = [...]int64{21, 26, 31, 36, 41, 61, 81, 101}

func traitsOf(e *event.Event) (t traits) {
	switch g := e.GuardLevel(); {
	case g > 3:
		t = traitGuardAbove
	case g > 0:
		t = traitGuard << (g - 1)
	}
	if u := e.User; u != nil {
		if u.Admin {
			t |= traitAdmin
		}
		if u.Medal != nil {
			for i := len(medalBands) - 1; i >= 0; i-- {
				if int64(u.Medal.Level) >= medalBands[i] {
					t |= traitMedal << i
					break
				}
			}
		}
	}
	if c := e.Comment; c != nil {
		if c.ReplyTo != nil {
			t |= traitReply
		}
		if c.Sticker != nil {
			t |= traitSticker
		}
		if c.Lottery {
			t |= traitLottery
		}
	}
	return t
}

// guardTraits returns the traits one of which an event has if its guard level is
// between two; 0: no word says it.
func guardTraits(low, high int64) (t traits) {
	if low < 1 {
		return 0
	}
	for level := low; level <= min(high, 3); level++ {
		t |= traitGuard << (level - 1)
	}
	if high > 3 {
		t |= traitGuardAbove
	}
	return t
}

// medalTraits does the same for the level of a medal.
func medalTraits(low, high int64) (t traits) {
	if low < medalBands[0] {
		return 0
	}
	for i, from := range medalBands {
		if high >= from && (i+1 == len(medalBands) || low < medalBands[i+1]) {
			t |= traitMedal << i
		}
	}
	return t
}

// each calls f for the word of each trait.
func (t traits) each(f func(word string)) {
	for ; t != 0; t &= t - 1 {
		f(string(traitMark) + traitLetters[bits.TrailingZeros32(uint32(t)):][:1])
	}
}

// appendTo adds the words to those of an event.
func (t traits) appendTo(buf []byte) []byte {
	for ; t != 0; t &= t - 1 {
		buf = append(utf8.AppendRune(append(buf, ' '), traitMark), traitLetters[bits.TrailingZeros32(uint32(t))])
	}
	return buf
}

// unindexed is what the search index needs of an event.
type unindexed struct {
	seq, room, kind, user int64
	traits                traits
	text                  string
}

// toIndex is what the search index needs of an event; room, kind and user are the
// numbers in its row.
func toIndex(e *event.Event, room, kind, user int64) unindexed {
	return unindexed{seq: e.Seq, room: room, kind: kind, user: user, traits: traitsOf(e), text: e.Text()}
}
