// Package event is the record every part of danmaku speaks: what happened in a
// live room, in the shape that is archived, shown and re-broadcast.
//
// The JSON form of [Event] is a public promise (schema/event.json on the
// relay): fields may be added, never renamed or given another meaning.
package event

import (
	"encoding/json"
	"strconv"
	"time"
)

// RoomID is the platform's long id of a room. Short ids are aliases and are
// resolved before a session starts. 0 means no room.
type RoomID int64

func (r RoomID) String() string { return strconv.FormatInt(int64(r), 10) }

// Millis is a moment in Unix milliseconds. 0 means unknown.
type Millis int64

// At returns t in Unix milliseconds; the zero time gives 0.
func At(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time returns m as a local time; 0 gives the zero time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m))
}

// Money is an amount in thousandths of CNY, the platform's "gold coin".
type Money int64

// Bilibili is the value of Event.Platform for bilibili rooms.
const Bilibili = "bilibili"

// Kind names what an event is; the event's detail object has the same name.
type Kind string

// The kinds of the public contract. Other has no detail object.
const (
	KindComment         Kind = "comment"
	KindGift            Kind = "gift"
	KindSuperChat       Kind = "superchat"
	KindSuperChatDelete Kind = "superchat_delete"
	KindGuard           Kind = "guard"
	KindEnter           Kind = "enter"
	KindFollow          Kind = "follow"
	KindShare           Kind = "share"
	KindLike            Kind = "like"
	KindRecall          Kind = "recall" // reserved: the platform's recalls are moderation
	KindLive            Kind = "live"
	KindOffline         Kind = "offline"
	KindRoom            Kind = "room"
	KindStats           Kind = "stats"
	KindModeration      Kind = "moderation"
	KindRedPacket       Kind = "redpacket"
	KindLottery         Kind = "lottery"
	KindNotice          Kind = "notice"
	KindOther           Kind = "other"
)

// Kinds returns every kind, in the order of the contract. The position of a
// kind is its number in archives: new kinds go at the end.
func Kinds() []Kind {
	return []Kind{KindComment, KindGift, KindSuperChat, KindSuperChatDelete, KindGuard, KindEnter, KindFollow,
		KindShare, KindLike, KindRecall, KindLive, KindOffline, KindRoom, KindStats, KindModeration,
		KindRedPacket, KindLottery, KindNotice, KindOther}
}

// Event is one thing that happened in a room. At most one detail pointer is
// set: the one named by Kind.
type Event struct {
	// Seq is the position in the archive; 0: not archived.
	Seq int64 `json:"seq"`
	// Key is the platform's identity of the event, prefixed by its sort
	// ("dm:…"): the same key in a room is the same event. Empty: none known.
	Key      string `json:"key"`
	Platform string `json:"platform"`
	Room     RoomID `json:"room"`
	Kind     Kind   `json:"kind"`
	// Cmd is the platform's command name before the first colon.
	Cmd string `json:"cmd"`
	// At is the platform's clock, Received is ours.
	At       Millis `json:"at"`
	Received Millis `json:"received"`
	// Of is the key of the event this one repeats: a combo summary, a
	// translation twin, a copy. Such an event is never counted again.
	Of string `json:"of,omitempty"`
	// Backlog marks what the platform told on joining, from before we listened.
	Backlog bool `json:"backlog,omitempty"`

	User *User `json:"user,omitempty"`

	Comment         *Comment         `json:"comment,omitempty"`
	Gift            *Gift            `json:"gift,omitempty"`
	SuperChat       *SuperChat       `json:"superchat,omitempty"`
	SuperChatDelete *SuperChatDelete `json:"superchat_delete,omitempty"`
	Guard           *Guard           `json:"guard,omitempty"`
	Enter           *Enter           `json:"enter,omitempty"`
	Follow          *Follow          `json:"follow,omitempty"`
	Share           *Share           `json:"share,omitempty"`
	Like            *Like            `json:"like,omitempty"`
	Live            *Live            `json:"live,omitempty"`
	Offline         *Offline         `json:"offline,omitempty"`
	RoomInfo        *RoomInfo        `json:"room_info,omitempty"` // kind "room": that name is the id's
	Stats           *Stats           `json:"stats,omitempty"`
	Moderation      *Moderation      `json:"moderation,omitempty"`
	RedPacket       *RedPacket       `json:"redpacket,omitempty"`
	Lottery         *Lottery         `json:"lottery,omitempty"`
	Notice          *Notice          `json:"notice,omitempty"`

	// Raw is the command exactly as received: the archive's truth. A reader
	// that did not ask for it gets the event without it; see AppendJSON.
	Raw json.RawMessage `json:"raw,omitempty"`
}
