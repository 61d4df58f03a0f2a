package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"

	"danmaku/event"
)

// Append commits the events in one transaction and returns those it stored, in
// their order and with Seq set. When it fails, nothing of the batch is stored.
//
// Events that are in the archive already are left out. The same room and key
// mean the same event. It is recognised: always, when it has the same time; at
// any time if it is a purchase or another rare event (gift, super chat, its
// deletion, guard, red packet, lottery, live, offline, title, moderation); in the
// same second, if one of the two is from what the platform told on joining; else
// at another time among the newest 32,768 keys at least. Events
// without key are always stored. Two events whose keys merely have the same
// hash are told apart.
//
// The batch is only read. What is returned shares its details and Raw.
func (a *Archive) Append(ctx context.Context, batch []event.Event) ([]event.Event, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	var stored []event.Event
	err := a.write(ctx, func(w *writer) error {
		stored = make([]event.Event, 0, len(batch))
		return w.append(batch, &stored)
	})
	if err != nil {
		return nil, fmt.Errorf("store: append %d events: %w", len(batch), err)
	}
	return stored, nil
}

const insertEvent = `insert into event(seq, room, at, hash, kind, form, user, standing, medal, delay, key, of, text, num, amount, rest)
 values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

func (w *writer) append(batch []event.Event, stored *[]event.Event) error {
	insert, err := w.c.prepare(insertEvent)
	if err != nil {
		return err
	}
	seen := map[int64]event.Millis{} // newest sign of life of each room
	for i := range batch {
		e := &batch[i]
		room, err := w.interned.room(w.c, e.Platform, e.Room)
		if err != nil {
			return err
		}
		seen[room] = max(seen[room], e.Received)
		u, err := w.insert(insert, w.last+1, room, e)
		if err != nil {
			return fmt.Errorf("event %q of room %d: %w", e.Key, e.Room, err)
		}
		if u.seq == 0 {
			continue
		}
		w.last++
		w.counts.add(room, w.row.kind, w.last, e, 1)
		if err := w.clock.note(w.c, w.last, int64(e.At), int64(e.Received)); err != nil {
			return err
		}
		w.waiting = append(w.waiting, u)
		*stored = append(*stored, *e)
		(*stored)[len(*stored)-1].Seq = w.last
	}
	if err := w.keepRaw(*stored); err != nil {
		return err
	}
	if err := w.index(); err != nil {
		return err
	}
	return w.signsOfLife(seen)
}

// insert stores one event at a position and returns what the search index needs;
// nothing when the event is stored already.
func (w *writer) insert(insert *stmt, seq, room int64, e *event.Event) (u unindexed, err error) {
	r := &w.row
	if err := split(r, e); err != nil {
		return u, err
	}
	key := packKey(e.Key)
	if key != nil {
		if known, err := w.stored(e, r.kind, room, key); err != nil || known {
			return u, err
		}
	}
	form, err := w.form(w.c, r, e)
	if err != nil {
		return u, err
	}
	u = toIndex(e, room, r.kind, 0)
	u.seq = seq
	var user, stand, medal driver.Value
	if e.User != nil {
		if u.user, err = w.user(w.c, e.User); err != nil {
			return u, err
		}
		user, stand = u.user, r.standing
		if e.User.Medal != nil && r.flags&flagWhole == 0 {
			id, err := w.medal(w.c, e.User.Medal)
			if err != nil {
				return u, err
			}
			medal = id
		}
	}
	for try := 0; ; try++ {
		var hash driver.Value // null is never a duplicate
		if key != nil {
			hash = keyHash(key, try)
		}
		w.values = [...]driver.Value{seq, room, int64(e.At), hash, r.kind, form, user, stand, medal, int64(e.Received - e.At),
			optional(key), optional(packKey(e.Of)), r.text, r.num, r.amount, optionalText(r.rest)}
		err := insert.exec(w.values[:]...)
		if err == nil {
			break
		}
		if !duplicate(err) {
			return u, err
		}
		row, err := w.c.first(context.Background(), "select key from event where room=? and at=? and hash=?", room, int64(e.At), hash)
		if err != nil {
			return u, err
		}
		if row == nil {
			return u, errDangling
		}
		if bytes.Equal(blob(row[0]), key) {
			return unindexed{}, nil
		}
		// Another event with the same hash at the same moment: this one gets another.
	}
	if key != nil {
		w.recent.add(seq, room, key)
	}
	w.recent.to = max(w.recent.to, seq)
	return u, w.noteDeleted(room, seq, e)
}

// optional keeps an empty blob from being stored as anything but null.
func optional(b []byte) driver.Value {
	if len(b) == 0 {
		return nil
	}
	return b
}

func optionalText(b []byte) driver.Value {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}
