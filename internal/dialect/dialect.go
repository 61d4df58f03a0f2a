// Package dialect says events in the words of other programs, so that overlays
// and plugins written for those connect to the relay unchanged. It is pure: an
// event in, the JSON of one message out. Sockets and addresses are the relay's.
//
// The field tables were gathered from the published types and documentation of
// each interface and from watching its traffic; no code of those programs was
// used. Compatible with them is all that this claims to be.
package dialect

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"danmaku/event"
)

// Dialect is a way of saying what happened.
type Dialect uint8

// The dialects. None is our own JSON.
const (
	None            Dialect = iota
	Blivechat               // blivechat's room socket, /api/chat
	BlivechatPlugin         // blivechat's plugin socket, /api/plugin/websocket
	Laplace                 // LAPLACE event bridge
	OneComme                // OneComme, /sub?p=
	SocialStream            // Social Stream Ninja
)

func (d Dialect) String() string {
	return [...]string{"none", "blivechat", "blivechat-plugin", "laplace", "onecomme", "socialstream"}[d]
}

// Kinds are the kinds of events that a dialect has words for.
func (d Dialect) Kinds() []event.Kind {
	kinds := []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}
	switch d {
	case None:
		return nil
	case SocialStream:
		return kinds
	case BlivechatPlugin:
		return append(kinds, event.KindSuperChatDelete)
	case Blivechat:
		return append(kinds, event.KindSuperChatDelete, event.KindModeration)
	case OneComme:
		return append(kinds, event.KindSuperChatDelete, event.KindModeration, event.KindStats)
	}
	return append(kinds, event.KindSuperChatDelete, event.KindModeration, event.KindStats, event.KindEnter, event.KindFollow, event.KindShare,
		event.KindLike, event.KindLive, event.KindOffline, event.KindRoom, event.KindRedPacket, event.KindLottery, event.KindNotice)
}

// Append appends the message that tells an event; nothing when the dialect has
// no word for it. What repeats another event is told by no dialect, except as
// the translation of a super chat.
func (d Dialect) Append(dst []byte, e *event.Event) []byte {
	var m any
	switch {
	case e.Of != "" && (e.SuperChat == nil || e.SuperChat.Translated == ""):
	case e.Of != "" && d != Blivechat && d != BlivechatPlugin:
	case d == Blivechat:
		m = blivechat(e)
	case d == BlivechatPlugin:
		m = blivechatPlugin(e)
	case d == Laplace:
		m = laplace(e)
	case d == OneComme:
		m = oneComme(e)
	case d == SocialStream:
		m = socialStream(e)
	}
	if m == nil {
		return dst
	}
	return appendJSON(dst, m)
}

// Heartbeat is what a dialect's server sends all the time, so that its clients
// know it to be there; nil: nothing.
func (d Dialect) Heartbeat(now event.Millis) []byte {
	switch d {
	case Blivechat, BlivechatPlugin:
		return []byte(`{"cmd":0,"data":{}}`)
	case Laplace:
		return appendJSON(nil, map[string]any{"type": "ping", "timestamp": now})
	}
	return nil
}

func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // our own types always marshal
		return dst
	}
	return append(dst, b...)
}

// noFace is the platform's picture for people without one.
const noFace = "https://static.hdslb.com/images/member/noface.gif"

// person is an event's user with what every dialect wants filled in.
func person(e *event.Event) event.User {
	u := event.User{}
	if e.User != nil {
		u = *e.User
	}
	if u.Face == "" {
		u.Face = noFace
	}
	return u
}

// id is an event's identity without the sort that our keys begin with: the
// platform's own id where it has one. Never empty: pages tell rows apart by it.
func id(e *event.Event) string {
	if _, id, ok := strings.Cut(e.Key, ":"); ok && id != "" {
		return id
	}
	return strconv.FormatInt(int64(e.Received), 10) + "-" + strconv.FormatInt(e.Seq, 10)
}

// moment is when it happened, by the platform's clock where that is known.
func moment(e *event.Event) event.Millis {
	if e.At != 0 {
		return e.At
	}
	return e.Received
}

// number reads an id that a dialect wants as a number; hidden ones and those of
// the official platform, which are no numbers, are 0.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// yuan is an amount in CNY.
func yuan(m event.Money) float64 { return float64(m) / 1000 }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// worn is the medal of this room, which is the only one that overlays show.
func worn(e *event.Event, u *event.User) event.Medal {
	if u.Medal == nil || u.Medal.Room != e.Room {
		return event.Medal{}
	}
	return *u.Medal
}

// gave is a gift in words.
func gave(g *event.Gift) string {
	action := g.Action
	if action == "" {
		action = "赠送"
	}
	return action + " " + g.Name + " ×" + strconv.Itoa(g.Count)
}

// bought is a guard membership in words.
func bought(g *event.Guard) string {
	verb := "开通了"
	if g.Renewal {
		verb = "续费了"
	}
	s := verb + guardName(g.Level, g.Name)
	if g.Count > 1 {
		s += " ×" + strconv.Itoa(g.Count) + g.Unit
	}
	return s
}

func guardName(level int, name string) string {
	return cmp.Or(name, event.GuardName(level))
}
