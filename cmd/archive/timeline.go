package main

import (
	"context"
	"fmt"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// timeLine gives the events of one room in the order of time, and fills in what
// the archive knows of the recording. Times of two rooms on one line would make
// no sense.
func (p *program) timeLine(ctx context.Context, a *store.Archive, f event.Filter, room store.Room, r *exchange.Recording) (exchange.Events, error) {
	f.Rooms = []event.RoomID{room.Room}
	if len(f.Kinds) == 0 {
		f.Kinds = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}
	}
	if r.Start != 0 && f.From == 0 {
		f.From = r.Start - 60_000 // sent before the recording began, shown in it
	}
	r.Room, r.ShortID = room.Room, room.ShortID
	if r.Streamer == "" {
		r.Streamer = room.Streamer
	}
	if r.Title == "" {
		at := r.Start
		if at == 0 {
			at = f.From
		}
		title, err := titleAt(ctx, a, room, at)
		if err != nil {
			return nil, err
		}
		r.Title, r.Area = title.Title, title.Area
	}
	return exchange.ByMoment(exchange.Ahead(a.ByTime(ctx, f))), nil
}

// titleAt is the title a room had; without a moment the last.
func titleAt(ctx context.Context, a *store.Archive, room store.Room, at event.Millis) (store.Title, error) {
	found := store.Title{Title: room.Title, Area: room.Area}
	if at == 0 {
		return found, nil
	}
	broadcasts, err := a.Broadcasts(ctx, room.Room, at, at+1)
	for _, b := range broadcasts {
		for _, t := range b.Titles {
			if t.From <= at || found.Title == "" {
				found = t
			}
		}
	}
	return found, err
}

// broadcast narrows a filter to one broadcast: the last, or the one that was on
// at a time. The recording is taken to have begun with it unless told.
func (p *program) broadcast(ctx context.Context, a *store.Archive, which string, room store.Room, f *event.Filter, start *event.Millis) error {
	if f.From != 0 || f.To != 0 {
		return cli.Usagef("--broadcast and --from or --to exclude each other")
	}
	var at, to event.Millis
	if which != "last" {
		var err error
		if at, err = p.when("--broadcast", which); err != nil {
			return err
		}
		to = at + 1
		if len(which) == len(time.DateOnly) {
			to = at + day
		}
	}
	broadcasts, err := a.Broadcasts(ctx, room.Room, at, to)
	if err != nil {
		return err
	}
	if len(broadcasts) == 0 {
		return fmt.Errorf("no broadcast of room %d is known then; archive broadcasts --room %d lists them", room.Room, room.Room)
	}
	b := broadcasts[len(broadcasts)-1]
	f.From, f.To = b.From, b.To
	if *start == 0 {
		*start = b.From
	}
	return nil
}

// timeBar makes the bar of work on a room in the order of time.
func (p *program) timeBar(what string, f event.Filter, room store.Room) (*bar, func(event.Millis, int64) int64) {
	from, to := max(f.From, room.From), room.To
	if f.To != 0 {
		to = min(to, f.To)
	}
	return p.bar(what, int64(max(1, to-from))), func(at event.Millis, _ int64) int64 { return int64(min(max(at, from), to) - from) }
}

// bySeq is the place of an event among all that come in the order of the archive.
func bySeq(_ event.Millis, seq int64) int64 { return seq }

// watched moves the bar: to the place of an event in the work, which its time and
// position tell, or by the number of events where place is nil. It ends with ctx.
func watched(ctx context.Context, events exchange.Events, b *bar, place func(event.Millis, int64) int64) exchange.Events {
	return func(yield func(event.Event, error) bool) {
		n, told := int64(0), int64(0)
		for e, err := range events {
			if n++; n%256 == 0 && err == nil {
				now := n
				if place != nil {
					now = place(e.At, e.Seq)
				}
				b.add(now - told)
				told = now
				err = ctx.Err()
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
