package bilibili

import (
	"context"
	"errors"
	"net/url"
	"time"

	"danmaku/event"
)

// beijing is the zone of the platform's text times.
var beijing = time.FixedZone("UTC+8", 8*3600)

// Room tells which room a long or short id means, and what is on there: Room,
// ShortID, Title, Area, Streamer, Live and LiveFrom are set as far as known.
// State is "" or StateLocked, then with Until when the platform says it. A room
// that does not exist is ErrNoRoom.
//
// It makes two calls: room_init for existence and locks, getRoomBaseInfo for
// title and streamer, which is done without when it fails.
func (c *Client) Room(ctx context.Context, id event.RoomID) (event.Status, error) {
	const name = "room_init"
	if id <= 0 {
		return event.Status{}, &APIError{Endpoint: name, Code: 60004, Message: "room numbers are positive"}
	}
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/room/v1/Room/room_init", query: "id=" + id.String()})
	if err != nil {
		return event.Status{}, err
	}
	var data struct {
		Room     number `json:"room_id"`
		Short    number `json:"short_id"`
		Live     number `json:"live_status"`
		LiveTime number `json:"live_time"`
		Locked   bool   `json:"is_locked"`
		LockTill number `json:"lock_till"`
	}
	if err := a.data(name, &data); err != nil {
		return event.Status{}, err
	}
	if data.Room <= 0 {
		return event.Status{}, &APIError{Endpoint: name, Message: "data not understood: no room_id"}
	}
	s := event.Status{Room: event.RoomID(data.Room), ShortID: event.RoomID(data.Short), Live: data.Live == 1}
	if s.Live && data.LiveTime > 0 { // -62170012800 when off
		s.LiveFrom = event.Millis(data.LiveTime) * 1000
	}
	if data.Locked {
		s.State = event.StateLocked
		if data.LockTill > 0 {
			s.Until = event.Millis(data.LockTill) * 1000
		}
	}
	if err := c.describe(ctx, &s); err != nil {
		if ctx.Err() != nil {
			return event.Status{}, endpointError(name, ctx.Err())
		}
		c.log.Debug("room has no description", "room", s.Room, "err", err)
	}
	return s, nil
}

// describe fills in title, area and streamer.
func (c *Client) describe(ctx context.Context, s *event.Status) error {
	const name = "getRoomBaseInfo"
	query := url.Values{"req_biz": {"web_room_componet"}, "room_ids": {s.Room.String()}} // the platform's spelling
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/xlive/web-room/v1/index/getRoomBaseInfo", query: query.Encode()})
	if err != nil {
		if ignoreMissing(err) == nil {
			return c.describeOld(ctx, s)
		}
		return err
	}
	type room struct {
		Room   number `json:"room_id"`
		Title  string `json:"title"`
		Name   string `json:"uname"`
		Area   string `json:"area_name"`
		Parent string `json:"parent_area_name"`
		Live   string `json:"live_time"`
	}
	var data struct {
		Rooms map[string]room `json:"by_room_ids"`
	}
	if err := a.data(name, &data); err != nil {
		return err
	}
	r, ok := data.Rooms[s.Room.String()]
	if !ok {
		return errors.New("bilibili: " + name + ": the room is not in the answer")
	}
	s.Title, s.Streamer, s.Area = clip(r.Title, 400), clip(r.Name, 200), area(r.Parent, r.Area)
	liveFrom(s, r.Live)
	return nil
}

// describeOld is describe by get_info, which knows no streamer's name.
func (c *Client) describeOld(ctx context.Context, s *event.Status) error {
	const name = "get_info"
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/room/v1/Room/get_info", query: "room_id=" + s.Room.String()})
	if err != nil {
		return err
	}
	var data struct {
		Title  string `json:"title"`
		Area   string `json:"area_name"`
		Parent string `json:"parent_area_name"`
		Live   string `json:"live_time"`
	}
	if err := a.data(name, &data); err != nil {
		return err
	}
	s.Title, s.Area = clip(data.Title, 400), area(data.Parent, data.Area)
	liveFrom(s, data.Live)
	return nil
}

// liveFrom reads a start of broadcast such as "2026-11-22 20:00:00".
func liveFrom(s *event.Status, text string) {
	t, err := time.ParseInLocation(time.DateTime, text, beijing)
	if err == nil && s.Live && s.LiveFrom == 0 && t.Year() > 2000 {
		s.LiveFrom = event.At(t)
	}
}

func area(parent, name string) string {
	switch {
	case parent == "" || parent == name:
		return clip(name, 200)
	case name == "":
		return clip(parent, 200)
	}
	return clip(parent+" · "+name, 200)
}
