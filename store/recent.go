package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"hash/maphash"

	"danmaku/event"
)

// recentKeys knows the keys of the newest events, whatever time they claim. The
// timeline index finds an event again only at the same room and time, and an
// index over all keys would touch a random page of the file for every event
// (see docs/performance.md). The same event at another time comes soon after, from a
// repeat of the platform; purchases and other rare events, which may come back late,
// have an index of their own. Of all others the platform tells the same time with
// the same key, by every connection and to every recorder: the time is in the
// command, or, of a comment from before 2023, in the key. Only what it tells on
// joining has whole seconds for the comments that it sent with thousandths before;
// see writer.atItsSecond.
//
// What it says is a hint: the row decides. So it needs no undoing when a
// transaction fails or events are deleted.
type recentKeys struct {
	seed     maphash.Seed
	new, old map[uint64]int64 // hash of room and key to seq
	to       int64            // it has seen all events up to here
	size     int64            // of new, before it becomes old
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
	from := max(k.to, last-k.size)
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
	if int64(len(k.new)) >= k.size {
		k.old, k.new = k.new, make(map[uint64]int64, k.size)
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
func (w *writer) stored(e *event.Event, kind, room int64, key []byte) (bool, error) {
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
	if !isOnce(kind) {
		return w.atItsSecond(e, room, key)
	}
	for try := 0; ; try++ {
		found, other := false, false
		err := w.c.each(ctx, "select room, key from event where hash=? and "+onceKinds, func(r []driver.Value) (bool, error) {
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

// live is how far an event may be behind the newest moment of the archive without
// being taken for one from a recording.
const live = 60_000

// atItsSecond finds a comment of the backlog by the one that came live, and the other
// way round: the quiet room's last comments are told on joining, days later, and
// somebody's recording of a broadcast has those from before we joined. Both times
// are of the same second (in all of 88 captured comments, which have both), and who
// tells whole seconds is in the index at their beginning. A live event pays nothing.
func (w *writer) atItsSecond(e *event.Event, room int64, key []byte) (bool, error) {
	from := floorDiv(int64(e.At), 1000) * 1000
	to := from
	switch {
	case e.Backlog:
		to += 999
	case int64(e.At) == from || int64(e.At)+live >= w.clock.newest:
		return false, nil
	}
	row, err := w.c.first(context.Background(), "select key from event indexed by event_timeline where room=? and at between ? and ? and hash=?", room, from, to, keyHash(key, 0))
	return err == nil && row != nil && bytes.Equal(blob(row[0]), key), err
}

// isOnce is onceKinds.
func isOnce(kind int64) bool {
	return kind >= 1 && kind <= 4 || kind >= 10 && kind <= 12 || kind >= 14 && kind <= 16
}
