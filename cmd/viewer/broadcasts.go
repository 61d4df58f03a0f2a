package main

import (
	"context"
	"iter"
	"slices"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/gui/model"
	"danmaku/internal/digest"
	"danmaku/internal/exchange"
	"danmaku/store"
)

const maxHighlights = 12

// said are the kinds of events that stand on a recording's time line.
var said = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}

// shown are the kinds of events a replay shows: all but those the window has
// no place for.
func shown() []event.Kind {
	return slices.DeleteFunc(event.Kinds(), func(k event.Kind) bool { return k == event.KindOther || k == event.KindRecall })
}

// archives are the open archives: of the first line, and of a demo.
func (l *local) archives(ctx context.Context) ([]*store.Archive, error) {
	if _, err := l.main(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*store.Archive
	for _, n := range l.lines {
		if n.Archive != nil {
			list = append(list, n.Archive)
		}
	}
	if len(list) == 0 {
		return nil, errNotReady
	}
	return list, nil
}

// Lacks returns nothing: an archive of our own tells all.
func (l *local) Lacks() []gui.Lack { return nil }

// Rooms returns the rooms that there are events of.
func (l *local) Rooms(ctx context.Context) ([]model.PastRoom, error) {
	archives, err := l.archives(ctx)
	if err != nil {
		return nil, err
	}
	var list []model.PastRoom
	for _, a := range archives {
		rooms, err := a.Rooms(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rooms {
			if r.Events > 0 {
				list = append(list, model.PastRoom{Room: r.Room, Streamer: r.Streamer, Events: r.Events, From: r.From, To: r.To})
			}
		}
	}
	return list, nil
}

// Broadcasts returns what the platform told of a room's broadcasts.
func (l *local) Broadcasts(ctx context.Context, room event.RoomID) ([]model.Broadcast, error) {
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return nil, err
	}
	told, err := a.Broadcasts(ctx, room, 0, 0)
	return broadcasts(room, told), err
}

// broadcasts are what an archive tells of a room's, as the window has them.
func broadcasts(room event.RoomID, told []store.Broadcast) []model.Broadcast {
	list := make([]model.Broadcast, 0, len(told))
	for _, b := range told {
		m := model.Broadcast{Room: room, From: b.From, To: b.To}
		for _, t := range b.Titles { // the last one it had
			if t.Title != "" {
				m.Title = t.Title
			}
		}
		list = append(list, m)
	}
	return list
}

// Timeline counts the events of a room by steps.
func (l *local) Timeline(ctx context.Context, room event.RoomID, from, to, step event.Millis) ([]model.Step, error) {
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return nil, err
	}
	buckets, err := a.Timeline(ctx, room, from, to, time.Duration(step)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	return steps(buckets), nil
}

func steps(buckets []store.Bucket) []model.Step {
	list := make([]model.Step, 0, len(buckets))
	for _, b := range buckets {
		list = append(list, model.Step{From: b.From, Events: b.Events, Comments: b.Kinds[event.KindComment].Events,
			Gifts: b.Kinds[event.KindGift].Paid, SuperChats: b.Kinds[event.KindSuperChat].Paid, Guards: b.Kinds[event.KindGuard].Paid})
	}
	return list
}

// Highlights finds the moments in which a room spoke up.
func (l *local) Highlights(ctx context.Context, room event.RoomID, from, to event.Millis) ([]model.Highlight, error) {
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return nil, err
	}
	return highlights(ctx, exchange.ByMoment(a.ByTime(ctx, inRoom(room, from, to, said))))
}

// Replay gives the events of a room in the order in which they were seen.
func (l *local) Replay(ctx context.Context, room event.RoomID, from, to event.Millis) iter.Seq2[event.Event, error] {
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return func(yield func(event.Event, error) bool) { yield(event.Event{}, err) }
	}
	return exchange.ByMoment(a.ByTime(ctx, inRoom(room, from, to, shown())))
}

// inRoom are the events of some kinds in a room.
func inRoom(room event.RoomID, from, to event.Millis, kinds []event.Kind) event.Filter {
	return event.Filter{Rooms: []event.RoomID{room}, Kinds: kinds, From: from, To: to}
}

// highlights finds the highlights in events that come in the order of time.
func highlights(ctx context.Context, events exchange.Events) ([]model.Highlight, error) {
	finder := digest.NewFinder(maxHighlights, nil)
	for e, err := range events {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if e.Of == "" {
			finder.Add(&e, exchange.Moment(&e))
		}
	}
	var list []model.Highlight
	for _, h := range finder.Best() {
		list = append(list, model.Highlight{Peak: h.Peak, From: h.From, To: h.To, Comments: h.Comments, Paid: h.Paid, Words: h.Words, Sample: h.Sample})
	}
	return list, nil
}
