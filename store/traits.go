package store

import (
	"math/bits"
	"unicode/utf8"

	"danmaku/event"
)

// What is rare about an event and asked for has words too: that it is an admin's or
// a guard's, a high level of the medal or the person, what it cost, how many there
// were. What most events have, a look through the newest finds as fast.
type traits uint64

// The words of traits are traitMark and a small letter or a digit; each has a bit,
// by its place.
const traitLetters = "arsl1234bcdefghi8jkmnopqtuvwxyz0567"

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

// The traits behind those.
const (
	// traitUnlike says that what was bought, or is counted, is not of the event's
	// kind: then the word of the kind does not find it. No room sends such events.
	traitUnlike = traitMedal << len(medalBands)
	traitLevel  = traitUnlike << 1
	traitPrice  = traitLevel << len(levelBands)
	traitCount  = traitPrice << len(priceBands)
)

// The lowest values of each band that has a word: of what is asked for, where few
// events are. Everything below the first is frequent, and needs no word.
var (
	// Medals from level 21 are for guards, or for years of loyalty.
	medalBands = [...]int64{21, 26, 31, 36, 41, 61, 81, 101}
	// Of people who speak in rooms, half have a level below 5 and one in thirty
	// one above 25. The highest is 60.
	levelBands = [...]int64{26, 31, 36, 41, 46, 51, 61}
	// Money: most gifts cost less than ten yuan; super chats and guards begin at 30.
	priceBands = [...]int64{10_000, 30_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 10_000_000}
	// Pieces of a gift, months of a guard, likes.
	countBands = [...]int64{10, 100, 1000}
)

// inBands returns the trait of a value; first is that of the first band.
func inBands(bands []int64, first traits, value int64) traits {
	for i := len(bands) - 1; i >= 0; i-- {
		if value >= bands[i] {
			return first << i
		}
	}
	return 0
}

// ofBands returns the traits one of which an event has if its value is between two;
// 0: no word says it.
func ofBands(bands []int64, first traits, low, high int64) (t traits) {
	if low < bands[0] {
		return 0
	}
	for i, from := range bands {
		if high >= from && (i+1 == len(bands) || low < bands[i+1]) {
			t |= first << i
		}
	}
	return t
}

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
			t |= inBands(medalBands[:], traitMedal, int64(u.Medal.Level))
		}
		t |= inBands(levelBands[:], traitLevel, int64(u.Level))
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
	return t | ofPurchase(e)
}

// ofPurchase are the traits of what can be bought or is counted, as rules ask for
// them; see the rules' price and count.
func ofPurchase(e *event.Event) (t traits) {
	if e.Gift == nil && e.SuperChat == nil && e.Guard == nil && e.RedPacket == nil && e.Like == nil {
		return 0
	}
	if e.Gift != nil && e.Kind != event.KindGift || e.SuperChat != nil && e.Kind != event.KindSuperChat || e.Guard != nil && e.Kind != event.KindGuard ||
		e.RedPacket != nil && e.Kind != event.KindRedPacket || e.Like != nil && e.Kind != event.KindLike {
		t = traitUnlike
	}
	n := 0
	switch {
	case e.Gift != nil:
		n = e.Gift.Count
	case e.Guard != nil:
		n = e.Guard.Count
	case e.Like != nil:
		n = e.Like.Count
	}
	return t | inBands(priceBands[:], traitPrice, int64(e.Paid())) | inBands(countBands[:], traitCount, int64(n))
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

// each calls f for the word of each trait.
func (t traits) each(f func(word string)) {
	for ; t != 0; t &= t - 1 {
		f(string(traitMark) + traitLetters[bits.TrailingZeros64(uint64(t)):][:1])
	}
}

// appendTo adds the words to those of an event.
func (t traits) appendTo(buf []byte) []byte {
	for ; t != 0; t &= t - 1 {
		buf = append(utf8.AppendRune(append(buf, ' '), traitMark), traitLetters[bits.TrailingZeros64(uint64(t))])
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
