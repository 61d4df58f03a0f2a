package dialect

import (
	"encoding/json"
	"errors"

	"danmaku/event"
)

// What clients of blivechat's sockets may say.

// ErrIdentityCode: a page asks by a streamer's identity code, which only the
// official platform can resolve.
var ErrIdentityCode = errors.New("identity codes are not served: use the number of the room")

// Join reads what a page asks for first: its room.
func Join(message []byte) (event.RoomID, error) {
	var m struct {
		Cmd  int `json:"cmd"`
		Data struct {
			RoomKey *blcKey   `json:"roomKey"`
			RoomID  anyString `json:"roomId"` // old pages
		} `json:"data"`
	}
	if err := json.Unmarshal(message, &m); err != nil || m.Cmd != blcJoin {
		return 0, errors.New("the first message must join a room")
	}
	value := m.Data.RoomID
	if k := m.Data.RoomKey; k != nil {
		if k.Type == 2 {
			return 0, ErrIdentityCode
		}
		value = k.Value
	}
	room := number(string(value))
	if room <= 0 {
		return 0, errors.New("the room key is not a room's number")
	}
	return event.RoomID(room), nil
}

// PluginSaid is what a plugin may tell its host. At most one field is set.
type PluginSaid struct {
	Log  string       // a line for the log
	Text *event.Event // a comment to show; room 0: in all rooms
}

// ParsePlugin reads a message of a plugin; heartbeats say nothing. The event's
// Key and times are the caller's to set.
func ParsePlugin(message []byte) (PluginSaid, error) {
	var m struct {
		Cmd  int             `json:"cmd"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(message, &m); err != nil {
		return PluginSaid{}, errors.New("a message is not JSON")
	}
	switch m.Cmd {
	case blcLog:
		var d struct {
			Msg string `json:"msg"`
		}
		if json.Unmarshal(m.Data, &d) != nil {
			return PluginSaid{}, errors.New("a line for the log cannot be read")
		}
		return PluginSaid{Log: d.Msg}, nil
	case blcAddText:
		var d struct {
			Content, AuthorName, AvatarURL, Translation string
			UID                                         anyString
			AuthorType, GuardLevel, MedalLevel          int
			RoomKey                                     *blcKey
		}
		if json.Unmarshal(m.Data, &d) != nil {
			return PluginSaid{}, errors.New("a text to add cannot be read")
		}
		e := &event.Event{Platform: Injected, Kind: event.KindComment, Cmd: "PLUGIN",
			User:    &event.User{ID: string(d.UID), Name: d.AuthorName, Face: d.AvatarURL, Guard: min(max(d.GuardLevel, 0), 3), Admin: d.AuthorType == 2},
			Comment: &event.Comment{Text: d.Content, Mode: "scroll", Color: "#ffffff", Size: 25}}
		if d.RoomKey != nil {
			e.Room = event.RoomID(number(string(d.RoomKey.Value)))
		}
		if d.MedalLevel > 0 {
			e.User.Medal = &event.Medal{Level: d.MedalLevel, Room: e.Room}
		}
		return PluginSaid{Text: e}, nil
	}
	return PluginSaid{}, nil
}
