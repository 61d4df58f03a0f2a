package dialect

import (
	"strconv"

	"danmaku/event"
)

// Commands of blivechat's sockets. Those to plugins that tell events are those
// to rooms with 48 added.
const (
	blcHeartbeat   = 0
	blcJoin        = 1 // from a page; to a plugin: its start
	blcText        = 2
	blcGift        = 3
	blcGuard       = 4
	blcSuperChat   = 5
	blcDelete      = 6
	blcTranslation = 7
	blcFatal       = 8

	blcAddRoom    = 2
	blcRoomInit   = 3
	blcRemoveRoom = 4
	blcLog        = 30
	blcAddText    = 31
	blcPlugin     = 48
)

type blcMessage struct {
	Cmd  int `json:"cmd"`
	Data any `json:"data"`
}

// blcPerson is what the messages about money have in common.
type blcPerson struct {
	ID            string `json:"id"`
	AvatarURL     string `json:"avatarUrl"`
	Timestamp     int64  `json:"timestamp"` // seconds
	AuthorName    string `json:"authorName"`
	UID           string `json:"uid"`
	PrivilegeType int    `json:"privilegeType"` // guard level
	MedalLevel    int    `json:"medalLevel"`    // 0 unless it is this room's
	MedalName     string `json:"medalName"`
}

func blcWho(e *event.Event) blcPerson {
	u := person(e)
	medal := worn(e, &u)
	return blcPerson{ID: id(e), AvatarURL: u.Face, Timestamp: int64(moment(e)) / 1000, AuthorName: u.Name, UID: u.ID,
		PrivilegeType: u.Guard, MedalLevel: medal.Level, MedalName: medal.Name}
}

// blivechat says an event as a page of a room is told it.
func blivechat(e *event.Event) any {
	cmd, data := blcEvent(e)
	if data == nil {
		return nil
	}
	return blcMessage{cmd, data}
}

func blcEvent(e *event.Event) (cmd int, data any) {
	switch {
	case e.Comment != nil:
		return blcText, blcComment(e)
	case e.Gift != nil:
		free := event.Money(0)
		if !e.Gift.Paid {
			free = e.Gift.UnitPrice * event.Money(e.Gift.Count)
		}
		return blcGift, struct {
			blcPerson
			TotalCoin     event.Money `json:"totalCoin"` // 1000 are 1 CNY
			TotalFreeCoin event.Money `json:"totalFreeCoin"`
			GiftName      string      `json:"giftName"`
			Num           int         `json:"num"`
			GiftID        int64       `json:"giftId"`
			GiftIconURL   string      `json:"giftIconUrl"`
		}{blcWho(e), e.Gift.Total, free, e.Gift.Name, e.Gift.Count, number(e.Gift.ID), e.Gift.Icon}
	case e.Guard != nil:
		who := blcWho(e)
		who.PrivilegeType = e.Guard.Level
		return blcGuard, struct {
			blcPerson
			Num       int         `json:"num"`
			Unit      string      `json:"unit"`
			TotalCoin event.Money `json:"total_coin"` // so written on the wire
		}{who, e.Guard.Count, e.Guard.Unit, e.Guard.Price}
	case e.SuperChat != nil && e.Of != "":
		return blcTranslation, []string{e.SuperChat.ID, e.SuperChat.Translated}
	case e.SuperChat != nil:
		who := blcWho(e)
		if e.SuperChat.ID != "" {
			who.ID = e.SuperChat.ID // what it is deleted by
		}
		return blcSuperChat, struct {
			blcPerson
			Price       float64 `json:"price"` // CNY
			Content     string  `json:"content"`
			Translation string  `json:"translation"`
		}{who, yuan(e.SuperChat.Price), e.SuperChat.Text, e.SuperChat.Translated}
	case e.SuperChatDelete != nil && len(e.SuperChatDelete.IDs) > 0:
		return blcDelete, map[string][]string{"ids": e.SuperChatDelete.IDs}
	case e.Moderation != nil && e.Moderation.Action == "recall" && e.Moderation.Target != "":
		return blcDelete, map[string][]string{"ids": {e.Moderation.Target}}
	}
	return 0, nil
}

// blcComment is a row of 18 values. Whether a phone number is verified is not
// known and taken to be so: pages can leave out those who have none.
func blcComment(e *event.Event) []any {
	u, c := person(e), e.Comment
	medal := worn(e, &u)
	author := 0
	switch {
	case u.Admin:
		author = 2
	case u.Guard > 0:
		author = 1
	}
	content, params := 0, []any{}
	if c.Sticker != nil && c.Sticker.URL != "" {
		content, params = 1, []any{c.Sticker.URL}
	}
	return []any{u.Face, int64(moment(e)) / 1000, u.Name, author, c.Text, u.Guard, bit(c.Lottery), u.Level, 0, 1,
		medal.Level, id(e), "", content, params, []any{}, u.ID, medal.Name}
}

type blcRoomKey struct {
	Type  int          `json:"type"` // 1: a room id
	Value event.RoomID `json:"value"`
}

type blcExtra struct {
	Room       event.RoomID `json:"roomId"`
	Key        blcRoomKey   `json:"roomKey"`
	FromPlugin bool         `json:"isFromPlugin"`
}

// Injected is the platform of comments that a plugin added: they were never
// said in the room.
const Injected = "plugin"

func extra(room event.RoomID, injected bool) blcExtra {
	return blcExtra{room, blcRoomKey{1, room}, injected}
}

type blcPluginMessage struct {
	Cmd   int      `json:"cmd"`
	Data  any      `json:"data"`
	Extra blcExtra `json:"extra"`
}

func blivechatPlugin(e *event.Event) any {
	cmd, data := blcEvent(e)
	if data == nil {
		return nil
	}
	return blcPluginMessage{cmd + blcPlugin, data, extra(e.Room, e.Platform == Injected)}
}

// PluginRoom tells plugins of a room that was joined, or left.
func PluginRoom(room event.RoomID, joined bool) [][]byte {
	if !joined {
		return [][]byte{appendJSON(nil, blcPluginMessage{blcRemoveRoom, struct{}{}, extra(room, false)})}
	}
	return [][]byte{
		appendJSON(nil, blcPluginMessage{blcAddRoom, struct{}{}, extra(room, false)}),
		appendJSON(nil, blcPluginMessage{blcRoomInit, map[string]bool{"isSuccess": true}, extra(room, false)}),
	}
}

// PluginStart is the first message to a plugin.
func PluginStart(version, plugin string) []byte {
	return appendJSON(nil, blcMessage{blcJoin, map[string]string{"blcVersion": "danmaku " + version, "sdkVersion": "1.0.0", "pluginId": plugin}})
}

// PluginRooms is the answer to /api/plugin/rooms.
func PluginRooms(rooms []event.RoomID) []byte {
	type entry struct {
		Room event.RoomID `json:"roomId"`
		Key  blcRoomKey   `json:"roomKey"`
	}
	list := []entry{}
	for _, r := range rooms {
		list = append(list, entry{r, blcRoomKey{1, r}})
	}
	return appendJSON(nil, map[string]any{"rooms": list})
}

// Fatal tells a page why it is not served; the page gives up for good. Code 1
// is a wrong room key, 2 too many tries, 3 too many connections.
func Fatal(code int, why string) []byte {
	return appendJSON(nil, blcMessage{blcFatal, map[string]any{"type": code, "msg": why}})
}

// blcKey is whatever room key a client sent.
type blcKey struct {
	Type  int       `json:"type"`
	Value anyString `json:"value"`
}

// anyString reads a JSON string or number as text.
type anyString string

func (s *anyString) UnmarshalJSON(b []byte) error {
	if unquoted, err := strconv.Unquote(string(b)); err == nil {
		*s = anyString(unquoted)
		return nil
	}
	*s = anyString(b)
	return nil
}
