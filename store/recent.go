package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"hash/maphash"
)

// recentKeys knows the keys of the newest events, whatever time they claim. The
// timeline index finds an event again only at the same room and time, and an
// index over all keys would touch a random page of the file for every event
// (see docs/performance.md). The same event at another time comes from a second
// connection, a repeat of the platform or a backlog, so soon after; purchases,
// which may come back late, have an index of their own.
//
// What it says is a hint: the row decides. So it needs no undoing when a
// transaction fails or events are deleted.
type recentKeys struct {
	seed     maphash.Seed
	new, old map[uint64]int64 // hash of room and key to seq
	to       int64            // it has seen all events up to here
	buf      []byte
}

// recentSize is how many keys are known at least (once there have been so many).
const recentSize = 1 << 15

// load reads the keys of events it has not seen.
func (k *recentKeys) load(ctx context.Context, c *conn, last int64) error {
	if k.new == nil {
		k.seed = maphash.MakeSeed()
		k.new = map[uint64]int64{}
	}
	from := max(k.to, last-recentSize)
	err := c.each(ctx, "select seq, room, key from event where seq>? and key is not null order by seq", func(r []driver.Value) (bool, error) {
		k.add(integer(r[0]), integer(r[1]), blob(r[2]))
		return true, nil
	}, from)
	k.to = last
	return err
}

func (k *recentKeys) hash(room int64, key []byte) uint64 {
	k.buf = append(binary.AppendVarint(k.buf[:0], room), key...)
	return maphash.Bytes(k.seed, k.buf)
}

func (k *recentKeys) add(seq, room int64, key []byte) {
	if len(k.new) >= recentSize {
		k.old, k.new = k.new, make(map[uint64]int64, recentSize)
	}
	k.new[k.hash(room, key)] = seq
}

// find returns the position where the key may be; 0: not known.
func (k *recentKeys) find(room int64, key []byte) int64 {
	h := k.hash(room, key)
	if seq, ok := k.new[h]; ok {
		return seq
	}
	return k.old[h]
}

// stored reports whether the event of this room and key is in the archive, as
// far as it can be told without its time.
func (w *writer) stored(kind, room int64, key []byte) (bool, error) {
	ctx := context.Background()
	if seq := w.recent.find(room, key); seq != 0 {
		row, err := w.c.first(ctx, "select room, key from event where seq=?", seq)
		if err != nil {
			return false, err
		}
		if row != nil && integer(row[0]) == room && bytes.Equal(blob(row[1]), key) {
			return true, nil
		}
	}
	if !isMoney(kind) {
		return false, nil
	}
	for try := 0; ; try++ {
		found, other := false, false
		err := w.c.each(ctx, "select room, key from event where hash=? and kind in (1,2,3,4,15)", func(r []driver.Value) (bool, error) {
			same := bytes.Equal(blob(r[1]), key)
			found = same && integer(r[0]) == room
			other = other || !same
			return !found, nil
		}, keyHash(key, try))
		if err != nil || found || !other {
			return found, err
		}
	}
}

// isMoney says which kinds the index event_money holds.
func isMoney(kind int64) bool {
	return kind >= 1 && kind <= 4 || kind == 15
}
