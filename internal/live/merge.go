package live

import (
	"hash/maphash"
	"slices"

	"danmaku/event"
)

const (
	mergeKeys = 16384   // keys of one generation; two are kept
	mergeAge  = 600_000 // milliseconds after which a generation is closed
	pairAge   = 10_000  // milliseconds within which both connections bring the same event
	maxPairs  = 16384
	rawsAge   = 300_000 // milliseconds after which events without a key are forgotten
	replayAge = 10_000  // milliseconds after a connection is made in which a server may say again what it said before
)

// merge leaves out events that were delivered before: one a server sends again
// after a reconnect, one both connections of a room bring, one of the backlog.
// It remembers hashes of keys for at least 10 minutes or 16,384 events; what is
// older, the archive knows.
type merge struct {
	seed    maphash.Seed
	young   map[uint64]struct{}
	old     map[uint64]struct{}
	turned  event.Millis
	raws    map[uint64]event.Millis // events without a key, and when they first came
	rawsAt  event.Millis            // when raws was begun
	since   [2]event.Millis         // by lane: when its connection was made
	pairs   map[uint64]pair         // events without a key that one connection brought; nil with a single one
	sweepAt event.Millis
}

// pair is an event without a key that one lane brought n times more often than
// the other.
type pair struct {
	lane int
	n    int
	at   event.Millis
}

func newMerge(redundant bool) merge {
	m := merge{seed: maphash.MakeSeed(), young: map[uint64]struct{}{}, old: map[uint64]struct{}{}, raws: map[uint64]event.Millis{}}
	if redundant {
		m.pairs = map[uint64]pair{}
	}
	return m
}

// fresh returns the events that were not there before, in the same array.
func (m *merge) fresh(lane int, now event.Millis, events []event.Event) []event.Event {
	if len(m.young) >= mergeKeys || now-m.turned >= mergeAge {
		m.old, m.young, m.turned = m.young, map[uint64]struct{}{}, now
	}
	if now-m.rawsAt >= rawsAge || len(m.raws) >= mergeKeys {
		clear(m.raws)
		m.rawsAt = now
	}
	// What a server says again it says in whole messages: one that tells
	// something new is new in all its parts.
	old := !slices.ContainsFunc(events, func(e event.Event) bool { return e.Key != "" && !m.knows(mergeKey(&e)) })
	kept := events[:0]
	for i := range events {
		e := &events[i]
		if e.Key != "" && m.seen(mergeKey(e)) || e.Key == "" && m.again(lane, now, e, old) {
			continue
		}
		if kept = kept[:len(kept)+1]; len(kept) <= i {
			kept[len(kept)-1] = *e
		}
	}
	clear(events[len(kept):])
	return kept
}

// mergeKey is an event's key. The commands of one guard purchase share theirs,
// and all of them are wanted: the joiner makes one event of them.
func mergeKey(e *event.Event) string {
	if e.Kind == event.KindGuard {
		return e.Cmd + " " + e.Key
	}
	return e.Key
}

func (m *merge) seen(key string) bool {
	h := maphash.String(m.seed, key)
	if _, ok := m.young[h]; ok {
		return true
	}
	_, ok := m.old[h]
	m.young[h] = struct{}{} // an old one is remembered on
	return ok
}

// knows is seen without taking note.
func (m *merge) knows(key string) bool {
	h := maphash.String(m.seed, key)
	_, young := m.young[h]
	_, old := m.old[h]
	return young || old
}

// again reports whether e, which has no key, was delivered before: by the other
// connection, or, when its connection was only just made and it came in an old
// message, by one before that.
func (m *merge) again(lane int, now event.Millis, e *event.Event, old bool) bool {
	if lane < 0 {
		return false
	}
	h := maphash.Bytes(m.seed, e.Raw)
	if m.paired(lane, now, h) {
		return true
	}
	first, met := m.raws[h]
	if old && met && now < m.since[lane]+replayAge && first < m.since[lane] {
		return true
	}
	if m.pairs != nil {
		m.await(lane, now, h)
	}
	if !met && len(m.raws) < mergeKeys {
		m.raws[h] = now
	}
	return false
}

// paired reports whether e, which has no key, is what the other connection
// brought a moment ago. Each copy is matched with one copy: an event that truly
// comes twice comes twice over both.
func (m *merge) paired(lane int, now event.Millis, h uint64) bool {
	p, ok := m.pairs[h]
	if !ok || p.lane == lane || now-p.at > pairAge {
		return false
	}
	if p.n--; p.n == 0 {
		delete(m.pairs, h)
	} else {
		m.pairs[h] = p
	}
	return true
}

// await takes note of an event without a key that the other connection may
// bring, too.
func (m *merge) await(lane int, now event.Millis, h uint64) {
	p := m.pairs[h]
	if p.lane != lane || now-p.at > pairAge {
		p = pair{lane: lane}
	}
	p.n++
	p.at = now
	m.pairs[h] = p
	if len(m.pairs) < maxPairs && now-m.sweepAt <= pairAge {
		return
	}
	m.sweepAt = now
	for h, p := range m.pairs {
		if now-p.at > pairAge {
			delete(m.pairs, h)
		}
	}
	if len(m.pairs) >= maxPairs {
		clear(m.pairs)
	}
}

// joined tells that a lane has just come up: it will not bring what the other
// one brought before.
func (m *merge) joined(lane int, now event.Millis) {
	m.since[lane] = now
	for h, p := range m.pairs {
		if p.lane != lane {
			delete(m.pairs, h)
		}
	}
}
