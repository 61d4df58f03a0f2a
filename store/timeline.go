package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"time"

	"danmaku/event"
)

// Count is how many events there were, and what was paid by them.
type Count struct {
	Events int64       `json:"events"`
	Paid   event.Money `json:"paid,omitempty"`
}

// Bucket is what happened in a room within one step of a time line. Events that
// repeat others (event.Event.Of) are not counted. Paid is gross: super chats
// that were deleted later are in it; see Ledger.
type Bucket struct {
	From event.Millis `json:"from"` // the step begins
	Count
	Kinds map[event.Kind]Count `json:"kinds"`
}

// Timeline counts the events of a room (0: of all rooms) between from and to
// (platform clock; 0: no bound) by steps, and returns the steps in which there
// were events, in order. The steps begin at from, or without it at multiples of
// step. Whole minutes are read from counters, so any room and time is instant;
// other steps are counted from the events.
func (a *Archive) Timeline(ctx context.Context, room event.RoomID, from, to event.Millis, step time.Duration) ([]Bucket, error) {
	t := timeline{origin: int64(from), step: step.Milliseconds()}
	if t.step <= 0 {
		return nil, fmt.Errorf("store: timeline: step %v is less than a millisecond", step)
	}
	err := a.read(ctx, func(r *reader) error {
		where := "(select id from room)"
		if room != 0 {
			ids, err := r.roomRows(ctx, []event.RoomID{room})
			if err != nil {
				return err
			}
			where = "(" + numbers(ids) + ")"
		}
		lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
		if from != 0 {
			lo = int64(from)
		}
		if to != 0 {
			hi = int64(to)
		}
		if t.step%millisPerMinute != 0 || lo%millisPerMinute != 0 && from != 0 {
			return t.fromEvents(ctx, r, "event e where", where, lo, hi)
		}
		first, last := floorDiv(lo, millisPerMinute), floorDiv(hi, millisPerMinute)
		const uncounted = "event e not indexed where e.seq>(" + countedTo + ") and"
		if to == 0 {
			if err := t.fromMinutes(ctx, r, where, first, math.MaxInt64); err != nil {
				return err
			}
			return t.fromEvents(ctx, r, uncounted, where, lo, hi)
		}
		// Whole minutes, then what is left of the last one.
		end := last * millisPerMinute
		if err := t.fromMinutes(ctx, r, where, first, last); err != nil {
			return err
		}
		if err := t.fromEvents(ctx, r, uncounted, where, lo, end); err != nil {
			return err
		}
		return t.fromEvents(ctx, r, "event e where", where, max(lo, end), hi)
	})
	if err != nil {
		return nil, fmt.Errorf("store: timeline of room %d: %w", room, err)
	}
	slices.SortFunc(t.buckets, func(a, b Bucket) int { return int(a.From - b.From) })
	return t.buckets, nil
}

type timeline struct {
	origin, step int64
	buckets      []Bucket
	place        map[event.Millis]int
}

func (t *timeline) add(at int64, kind event.Kind, n Count) {
	from := event.Millis(t.origin + floorDiv(at-t.origin, t.step)*t.step)
	i, ok := t.place[from]
	if !ok {
		if t.place == nil {
			t.place = map[event.Millis]int{}
		}
		i = len(t.buckets)
		t.place[from] = i
		t.buckets = append(t.buckets, Bucket{From: from, Kinds: map[event.Kind]Count{}})
	}
	b := &t.buckets[i]
	b.Events += n.Events
	b.Paid += n.Paid
	k := b.Kinds[kind]
	b.Kinds[kind] = Count{k.Events + n.Events, k.Paid + n.Paid}
}

func (t *timeline) fromMinutes(ctx context.Context, r *reader, rooms string, from, to int64) error {
	kinds := event.Kinds()
	return r.c.each(ctx, "select minute, kind, events, paid from minute where room in "+rooms+" and minute>=? and minute<?", func(v []driver.Value) (bool, error) {
		k := integer(v[1])
		if k < 0 || k >= int64(len(kinds)) {
			return false, fmt.Errorf("%w: unknown kind %d in table minute", ErrCorrupt, k)
		}
		t.add(integer(v[0])*millisPerMinute, kinds[k], Count{integer(v[2]), event.Money(integer(v[3]))})
		return true, nil
	}, from, to)
}

func (t *timeline) fromEvents(ctx context.Context, r *reader, events, rooms string, from, to int64) error {
	return r.c.each(ctx, "select "+eventColumns+" from "+events+" e.room in "+rooms+" and e.at>=? and e.at<?", func(v []driver.Value) (bool, error) {
		e, err := r.scan(ctx, v)
		if err == nil && e.Of == "" {
			t.add(int64(e.At), e.Kind, Count{1, paid(&e)})
		}
		return true, err
	}, from, to)
}
