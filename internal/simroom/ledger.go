package simroom

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"sync"

	"danmaku/event"
)

// Sent is what a room has sent: what a client must have received, if nothing
// was lost on the way.
type Sent struct {
	Room     event.RoomID
	Messages int64 // WebSocket messages
	Commands int64 // packets of op 5
	Events   int64 // commands, each item of a gift list counted for itself
	Unheard  int64 // events said while no connection was there to hear
	// Kinds counts the events by kind; those that only repeat what another
	// command told (copies, translations, sums, further messages of a guard
	// purchase) are in Repeats instead.
	Kinds    map[event.Kind]int64
	Repeats  map[event.Kind]int64
	ByName   map[string]int64 // commands by name
	Money    map[event.Kind]event.Money
	Checksum uint32 // CRC-32C over all commands in order, each after its length as 4 bytes, big-endian
}

type ledger struct {
	mu     sync.Mutex
	sent   Sent
	record bool
	said   [][]byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // done in hardware

func newLedger(room event.RoomID, record bool) *ledger {
	return &ledger{record: record, sent: Sent{Room: room, Kinds: map[event.Kind]int64{}, Repeats: map[event.Kind]int64{},
		ByName: map[string]int64{}, Money: map[event.Kind]event.Money{}}}
}

func (l *ledger) add(h *happening, command []byte, heard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.sent
	n := int64(h.events())
	s.Commands++
	s.Events += n
	if !heard {
		s.Unheard += n
	}
	s.ByName[h.name()]++
	kind := h.kind()
	if h.repeats() {
		s.Repeats[kind] += n
	} else {
		s.Kinds[kind] += n
		if m := h.money(); m != 0 {
			s.Money[kind] += m
		}
	}
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(command)))
	s.Checksum = crc32.Update(crc32.Update(s.Checksum, castagnoli, size[:]), castagnoli, command)
	if l.record {
		l.said = append(l.said, append([]byte(nil), command...))
	}
}

func (l *ledger) message() {
	l.mu.Lock()
	l.sent.Messages++
	l.mu.Unlock()
}

func (l *ledger) snapshot() Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sent
	s.Kinds, s.Repeats, s.ByName, s.Money = maps.Clone(s.Kinds), maps.Clone(s.Repeats), maps.Clone(s.ByName), maps.Clone(s.Money)
	return s
}

func (l *ledger) commands() [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said[:len(l.said):len(l.said)]
}
