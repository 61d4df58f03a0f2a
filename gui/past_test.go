package gui

import (
	"context"
	"iter"

	"danmaku/event"
	"danmaku/gui/model"
)

func (a *fakeArchive) Lacks() []Lack { return a.lacks }

func (a *fakeArchive) Rooms(context.Context) ([]model.PastRoom, error) {
	if a.err != nil {
		return nil, a.err
	}
	var list []model.PastRoom
	for i := range a.events {
		e := &a.events[i]
		if len(list) == 0 || list[len(list)-1].Room != e.Room {
			list = append(list, model.PastRoom{Room: e.Room, Streamer: "主播" + e.Room.String(), From: e.At})
		}
		r := &list[len(list)-1]
		r.Events++
		r.To = e.At + 1
	}
	return list, nil
}

func (a *fakeArchive) Broadcasts(_ context.Context, room event.RoomID) (list []model.Broadcast, _ error) {
	for _, b := range a.told {
		if b.Room == room {
			list = append(list, b)
		}
	}
	return list, nil
}

func (a *fakeArchive) Timeline(_ context.Context, room event.RoomID, from, to, step event.Millis) (list []model.Step, _ error) {
	for i := range a.events {
		e := &a.events[i]
		if e.Room != room || e.At < from || to != 0 && e.At >= to {
			continue
		}
		at := from + (e.At-from)/step*step
		if len(list) == 0 || list[len(list)-1].From != at {
			list = append(list, model.Step{From: at})
		}
		s := &list[len(list)-1]
		s.Events++
		if e.Comment != nil {
			s.Comments++
		}
		if e.Gift != nil {
			s.Gifts += e.Paid()
		}
	}
	return list, nil
}

func (a *fakeArchive) Highlights(_ context.Context, _ event.RoomID, from, to event.Millis) ([]model.Highlight, error) {
	middle := from + (to-from)/2
	return []model.Highlight{{Peak: middle, From: middle - 10_000, To: middle + 10_000, Comments: 40, Words: []string{"名场面"}}}, nil
}

func (a *fakeArchive) Replay(ctx context.Context, room event.RoomID, from, to event.Millis) iter.Seq2[event.Event, error] {
	return a.Query(ctx, event.Filter{Rooms: []event.RoomID{room}, From: from, To: to})
}

func (a *fakeArchive) Export(ctx context.Context, x Export, progress func(Progress)) (Exported, error) {
	return a.export(ctx, x, progress)
}
