package engine

import (
	"context"
	"slices"

	"danmaku/event"
	"danmaku/store"
)

// broadcasts tells of the rooms of the archive, and of the broadcasts of one of
// them.
func (e *Engine) broadcasts(ctx context.Context, room event.RoomID, from, to event.Millis) (rooms, broadcasts any, err error) {
	known, err := e.Archive.Rooms(ctx)
	if err != nil {
		return nil, nil, err
	}
	known = slices.DeleteFunc(known, func(r store.Room) bool { return r.Events == 0 || room != 0 && r.Room != room && r.ShortID != room })
	list := []store.Broadcast{}
	if room != 0 {
		told, err := e.Archive.Broadcasts(ctx, room, from, to)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, told...)
	}
	return append([]store.Room{}, known...), list, nil
}
