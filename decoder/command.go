package decoder

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"danmaku/event"
)

// Events appends to dst the events of one command, the body of an OpCommand
// packet, and returns it: mostly one, several for a gift message with several
// items, none for an empty body (the platform sends those). A command that is
// not known becomes one event of kind other. Each event owns its memory; events of one command share Raw.
//
// The events' room is room, or what the command says when room is 0. received
// is our clock.
//
// A body that is not JSON gives an *Error and one event of kind other whose
// Raw is {"undecodable":"<base64>"}: an archive must hold valid JSON, and the
// bytes must not be lost. Broken UTF-8 alone is decoded, with U+FFFD for what
// is broken, and gets the same Raw. Both can be given to Events again.
func (d *Decoder) Events(dst []event.Event, room event.RoomID, received event.Millis, command []byte) ([]event.Event, error) {
	if len(command) == 0 {
		return dst, nil
	}
	d.counted.commands.Add(1)
	e := event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindOther, At: received, Received: received}

	t := d.report.seen[string(peekName(command))]
	var err error
	var plan *template
	if t == nil || t.like == nil {
		err = d.doc.parse(command)
	} else {
		fresh, like := 0, false
		fresh, like, err = d.doc.parseLike(t.like, command)
		// The more there is in a template the better: what a command lacks
		// costs nothing, what it has more must be read.
		if err == nil && (fresh > len(command)/2 || fresh > len(command)/8 && len(d.doc.nodes) > len(t.like.nodes)) {
			like = t.like.keep(&d.doc)
		}
		if like {
			plan = t.like
		}
	}
	root := d.doc.root()
	if err == nil && !root.isObject() {
		err = errors.New("not a JSON object")
	}
	cmd := root.get("cmd")
	if err == nil && !cmd.exists() {
		if inside := root.get("undecodable"); inside.isText() {
			again, bad := base64.StdEncoding.DecodeString(inside.text())
			if bad == nil && !bytes.HasPrefix(again, []byte(undecodableStart)) {
				d.counted.commands.Add(-1)
				return d.Events(dst, room, received, again)
			}
		}
	}
	if err != nil || !d.doc.utf8 {
		e.Raw = undecodable(command)
	} else {
		e.Raw = bytes.Clone(command)
	}
	if err == nil && !cmd.isText() {
		err = errors.New("no cmd")
	}
	if err != nil {
		t = d.tallyOf(nil)
		t.count.Add(1)
		d.failed(t, err)
		d.counted.events.Add(1)
		return append(dst, e), d.fail(StageCommand, fmt.Errorf("%d bytes: %w", len(command), err))
	}
	if name := d.commandName(cmd); t == nil || t.name != string(name) {
		t, plan = d.tallyOf(name), nil
	}
	e.Cmd = t.name
	if n := t.count.Add(1); n <= alwaysChecked || n%checkedOneIn == 0 {
		d.check(t, root)
	}

	if e.Room == 0 {
		e.Room = roomOf(root)
	}
	// The envelope: not every command has one.
	at(&e, root.get("send_time"), root.get("timestamp"), root.path("data", "timestamp"))
	if id := root.get("msg_id"); id.isText() && len(id.bytes()) > 0 {
		e.Key = "msg:" + id.text()
	}
	first := len(dst)
	dst, err = d.decode(append(dst, e), root, plan)
	d.counted.events.Add(int64(len(dst) - first))
	d.checked()
	if err != nil {
		d.failed(t, err)
		return dst, d.fail(StageCommand, fmt.Errorf("%s: %w", t.shown, err))
	}
	return dst, nil
}

// peekName returns the name of a command that begins in the usual way; it may
// be wrong, and serves to find a template.
func peekName(command []byte) []byte {
	rest, ok := bytes.CutPrefix(command, []byte(`{"cmd":"`))
	if !ok {
		return nil
	}
	if i := bytes.IndexByte(rest[:min(len(rest), 64)], '"'); i >= 0 {
		rest = rest[:i]
	}
	if i := bytes.IndexByte(rest, ':'); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

const undecodableStart = `{"undecodable":"`

// undecodable wraps bytes that cannot stand in JSON.
func undecodable(b []byte) []byte {
	out := append(make([]byte, 0, len(b)*4/3+24), undecodableStart...)
	out = base64.StdEncoding.AppendEncode(out, b)
	return append(out, `"}`...)
}

// commandName returns what stands before the first colon: broadcast
// parameters follow it (DANMU_MSG:4:0:2:2:2:0).
func (d *Decoder) commandName(cmd value) []byte {
	b := cmd.bytes()
	if cmd.kind() != isString || !d.doc.utf8 {
		b = cmd.appendText(nil)
	}
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		b = b[:i]
	}
	return b
}

// roomOf returns the room a command names, for commands without context. Of
// the two rooms of a banner it is the first that is not it.
func roomOf(root value) event.RoomID {
	data := root.get("data")
	for _, v := range []value{root.get("roomid"), root.get("room_id"), data.get("roomid"), data.get("room_id")} {
		if n := v.int(); n > 0 {
			return event.RoomID(n)
		}
	}
	return 0
}

// decode makes the last event of dst, so far of kind other, what its command
// is. It appends more when the command is several events. With an error the
// event stays of kind other.
func (d *Decoder) decode(dst []event.Event, root value, t *template) ([]event.Event, error) {
	e := &dst[len(dst)-1]
	data := root.get("data")
	switch e.Cmd {
	case "DANMU_MSG", mirrored:
		return dst, d.comment(e, root, t)
	case "SEND_GIFT":
		return dst, gift(e, data)
	case "SEND_GIFT_V2":
		return d.giftV2(dst, data)
	case "INTERACT_WORD":
		return dst, interact(e, data)
	case "INTERACT_WORD_V2":
		return dst, d.interactV2(e, data)
	case "ENTRY_EFFECT", "ENTRY_EFFECT_MUST_RECEIVE":
		return dst, entryEffect(e, data)
	case "WELCOME", "WELCOME_GUARD":
		return dst, welcome(e, data)
	case "LIKE_INFO_V3_CLICK":
		return dst, like(e, data)
	case "SUPER_CHAT_MESSAGE":
		return dst, superChat(e, data)
	case "SUPER_CHAT_MESSAGE_JPN":
		return dst, superChatTwin(e, data)
	case "SUPER_CHAT_MESSAGE_DELETE":
		return dst, deleteSuperChats(e, data.get("ids"))
	case "GUARD_BUY":
		return dst, guardBuy(e, data)
	case "USER_TOAST_MSG":
		return dst, toast(e, data)
	case "USER_TOAST_MSG_V2":
		return dst, toastV2(e, data)
	case "ONLINE_RANK_V3":
		return dst, d.rankV3(e, data)
	}
	if strings.HasPrefix(e.Cmd, openLive) {
		return dst, openCommand(e, data)
	}
	return dst, decodeRoom(e, root, data)
}

// decodeRoom decodes what is about the room rather than about one viewer.
func decodeRoom(e *event.Event, root, data value) error {
	switch e.Cmd {
	case "WATCHED_CHANGE":
		return stats(e, &event.Stats{Watched: data.get("num").optional()})
	case "ONLINE_RANK_COUNT":
		return online(e, data)
	case "LIKE_INFO_V3_UPDATE":
		return stats(e, &event.Stats{Likes: data.get("click_count").optional()})
	case "ROOM_REAL_TIME_MESSAGE_UPDATE":
		return stats(e, &event.Stats{Followers: data.get("fans").optional(), FanClub: data.get("fans_club").optional()})
	case "ONLINE_RANK_V2":
		return rank(e, data)
	case "ONLINE_RANK_TOP3":
		return rankTop3(e, data)
	case "LIVE":
		return live(e, root)
	case "PREPARING":
		e.Kind, e.Offline = event.KindOffline, &event.Offline{Rotation: root.get("round").int() == 1}
	case "ROOM_CHANGE":
		return roomChange(e, data)
	case "WARNING":
		return moderate(e, event.Moderation{Action: "warning", Operator: byPlatform, Text: root.get("msg").text()})
	case "CUT_OFF":
		return moderate(e, event.Moderation{Action: "cutoff", Operator: byPlatform, Text: root.get("msg").text()})
	case "CUT_OFF_V2":
		return cutOffV2(e, data)
	case "ROOM_LOCK":
		return lock(e, root)
	case "ROOM_BLOCK_MSG":
		return block(e, root, data)
	case "ROOM_SILENT_ON":
		return silence(e, data)
	case "ROOM_SILENT_OFF":
		return moderate(e, event.Moderation{Action: "silence_end", Text: data.get("msg").text()})
	case "RECALL_DANMU_MSG":
		return recall(e, data)
	case "ROOM_ADMINS":
		return admins(e, root)
	case "room_admin_entrance":
		return moderate(e, event.Moderation{Action: "admin", Target: root.get("uid").id(), Operator: byStreamer, Text: root.get("msg").text()})
	case "ROOM_ADMIN_REVOKE":
		return moderate(e, event.Moderation{Action: "admin_end", Target: root.get("uid").id(), Operator: byStreamer, Text: root.get("msg").text()})
	case "POPULARITY_RED_POCKET_START", "POPULARITY_RED_POCKET_V2_START":
		return redPacketStart(e, data)
	case "POPULARITY_RED_POCKET_NEW", "POPULARITY_RED_POCKET_V2_NEW":
		return redPacketNew(e, data)
	case "POPULARITY_RED_POCKET_WINNER_LIST", "POPULARITY_RED_POCKET_V2_WINNER_LIST":
		return redPacketWinners(e, data)
	case "ANCHOR_LOT_CHECKSTATUS":
		return lottery(e, data, "check")
	case "ANCHOR_LOT_START":
		return lottery(e, data, "start")
	case "ANCHOR_LOT_END":
		return lottery(e, data, "end")
	case "ANCHOR_LOT_AWARD":
		return lottery(e, data, "award")
	case "NOTICE_MSG":
		return banner(e, root)
	case "COMMON_NOTICE_DANMAKU":
		return noticeComment(e, data)
	case "SYS_MSG":
		return notice(e, root.get("msg").text())
	default:
		// No viewer needs the rest, but whom it is about must be known to who
		// wants to be forgotten.
		if name := data.get("uname"); name.isText() && data.get("uid").exists() {
			e.User = user(data.get("uid"), name)
		}
	}
	return nil
}

// stamp turns a moment of the platform into milliseconds. It writes seconds,
// milliseconds and nanoseconds, the same field not always in the same unit.
func stamp(n int64) event.Millis {
	switch {
	case n <= 0:
		return 0
	case n < 1e11:
		return event.Millis(n * 1000)
	case n < 1e14:
		return event.Millis(n)
	case n < 1e17:
		return event.Millis(n / 1e3)
	}
	return event.Millis(n / 1e6)
}

// firstStamp returns the first moment given that is known.
func firstStamp(moments ...value) event.Millis {
	for _, v := range moments {
		if t := stamp(v.int()); t != 0 {
			return t
		}
	}
	return 0
}

// at sets the platform's clock of e to the first moment given that is known.
func at(e *event.Event, moments ...value) {
	if t := firstStamp(moments...); t != 0 {
		e.At = t
	}
}

// small returns a number of things, of a level, of seconds: never negative, never too much for an int.
func (v value) small() int { return clamp(v.int()) }

func clamp(n int64) int { return int(min(max(n, 0), 1<<31-1)) }

// coins returns an amount of money, never negative and small enough that an
// amount times a number of months or pieces is right.
func (v value) coins() event.Money { return coins(v.int()) }

func coins(n int64) event.Money { return event.Money(min(max(n, 0), 1<<40)) }

// times returns price for n pieces.
func times(price event.Money, n int) event.Money { return price * event.Money(min(n, 1<<20)) }
