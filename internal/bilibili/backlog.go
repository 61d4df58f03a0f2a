package bilibili

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"danmaku/event"
)

// Backlog is what the platform still tells about the time before we listened,
// oldest first. Package live has a type of the same fields.
type Backlog struct {
	// Events are the last comments, ten at most, under the keys they had live.
	Events []event.Event
	// Commands are the super chats still on screen, each as the command it was.
	Commands [][]byte
}

// Backlog asks for a room's last comments and standing super chats, by its long
// id, when the budget is idle. One of both may fail; an error comes with what
// could be had. The anonymous may get nothing (protocol.md 2.1).
func (c *Client) Backlog(ctx context.Context, room event.RoomID) (Backlog, error) {
	var b Backlog
	if err := c.budget.waitIdle(ctx); err != nil {
		return b, endpointError("gethistory", err)
	}
	var errs [2]error
	b.Events, errs[0] = c.history(ctx, room)
	b.Commands, errs[1] = c.superChats(ctx, room)
	return b, errors.Join(errs[:]...)
}

// history asks for the last comments.
func (c *Client) history(ctx context.Context, room event.RoomID) ([]event.Event, error) {
	const name = "gethistory"
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/xlive/web-room/v1/dM/gethistory", query: "roomid=" + room.String()})
	if err != nil {
		return nil, err
	}
	var data struct {
		Room  []json.RawMessage `json:"room"`
		Admin []json.RawMessage `json:"admin"`
	}
	if err := a.data(name, &data); err != nil {
		return nil, err
	}
	now := event.At(time.Now())
	seen := map[string]bool{}
	var events []event.Event
	for _, raw := range append(data.Room, data.Admin...) {
		e, ok := pastComment(room, now, raw)
		if !ok || seen[e.Key] || len(events) >= 100 {
			continue
		}
		seen[e.Key] = true
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b event.Event) int { return int(a.At - b.At) })
	return events, nil
}

// pastComment reads one item of gethistory. Without id_str it has no identity,
// and it might be one that was received live: it is left out.
func pastComment(room event.RoomID, now event.Millis, raw json.RawMessage) (event.Event, bool) {
	var item struct {
		Text  string `json:"text"`
		UID   number `json:"uid"`
		Name  string `json:"nickname"`
		Time  string `json:"timeline"`
		ID    string `json:"id_str"`
		Admin number `json:"isadmin"`
		Guard number `json:"guard_level"`
		Check struct {
			TS number `json:"ts"`
		} `json:"check_info"`
		Kind     number `json:"dm_type"`
		Emoticon struct {
			Unique string `json:"emoticon_unique"`
			URL    string `json:"url"`
			Width  number `json:"width"`
			Height number `json:"height"`
		} `json:"emoticon"`
		User struct {
			UID  number `json:"uid"`
			Base struct {
				Name string `json:"name"`
				Face string `json:"face"`
			} `json:"base"`
		} `json:"user"`
	}
	if json.Unmarshal(raw, &item) != nil || item.ID == "" {
		return event.Event{}, false
	}
	e := event.Event{
		Key: "dm:" + item.ID, Platform: event.Bilibili, Room: room, Kind: event.KindComment, Cmd: "DANMU_MSG",
		Received: now, Backlog: true,
		User:    &event.User{Name: item.Name, Guard: int(item.Guard), Admin: item.Admin == 1, Face: item.User.Base.Face},
		Comment: &event.Comment{Text: item.Text, Mode: "scroll", Color: "#ffffff", Size: 25, Emotes: []event.Emote{}},
		Raw:     slices.Clone(raw),
	}
	if item.UID != 0 {
		e.User.ID = item.UID.String()
	}
	e.User.Masked = item.UID == 0 || strings.HasSuffix(item.Name, "***")
	switch t, err := time.ParseInLocation(time.DateTime, item.Time, beijing); {
	case item.Check.TS > 0:
		e.At = event.Millis(item.Check.TS) * 1000
	case err == nil:
		e.At = event.At(t)
	default:
		return event.Event{}, false
	}
	if item.Kind == 1 && item.Emoticon.URL != "" {
		e.Comment.Sticker = &event.Emote{Text: item.Text, ID: item.Emoticon.Unique, URL: item.Emoticon.URL,
			Width: int(item.Emoticon.Width), Height: int(item.Emoticon.Height)}
	}
	return e, true
}

// superChats asks for the super chats on screen; an item has the shape of the
// command's data (protocol.md 2.1).
func (c *Client) superChats(ctx context.Context, room event.RoomID) ([][]byte, error) {
	const name = "getMessageList"
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/av/v1/SuperChat/getMessageList", query: "room_id=" + room.String()})
	if err != nil {
		return nil, err
	}
	var data struct {
		List []json.RawMessage `json:"list"`
	}
	if len(a.Data) == 0 || string(a.Data) == "null" {
		return nil, nil
	}
	if err := a.data(name, &data); err != nil {
		return nil, err
	}
	var commands [][]byte
	for _, item := range data.List {
		if len(commands) == 100 {
			break
		}
		command := append([]byte(`{"cmd":"SUPER_CHAT_MESSAGE","data":`), item...)
		command = append(command, `,"roomid":`+room.String()+`}`...)
		commands = append(commands, command)
	}
	slices.Reverse(commands) // the newest comes first
	return commands, nil
}
