package decoder

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

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
	d.stats.Commands++
	before := len(dst)
	e := event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindOther, At: received, Received: received}

	err := d.doc.parse(command)
	root := d.doc.root()
	if err == nil && !root.isObject() {
		err = errors.New("not a JSON object")
	}
	if err == nil {
		if inside := root.get("undecodable"); inside.isText() && !root.get("cmd").exists() {
			if again, bad := base64.StdEncoding.DecodeString(inside.text()); bad == nil && !bytes.Equal(again, command) {
				return d.Events(dst, room, received, again)
			}
		}
	}
	if err != nil || !d.doc.utf8 {
		e.Raw = undecodable(command)
	} else {
		e.Raw = bytes.Clone(command)
	}
	if err != nil {
		d.stats.Events++
		return append(dst, e), d.fail(StageCommand, fmt.Errorf("%d bytes: %w", len(command), err))
	}
	cmd := root.get("cmd")
	if !cmd.isText() {
		d.stats.Events++
		return append(dst, e), d.fail(StageCommand, errors.New("no cmd"))
	}
	e.Cmd = d.commandName(cmd)
	if e.Room == 0 {
		e.Room = roomOf(root)
	}
	// The envelope: not every command has one.
	if t := stamp(root.get("send_time").int()); t != 0 {
		e.At = t
	}
	if id := root.get("msg_id"); id.isText() {
		e.Key = "msg:" + id.text()
	}
	dst = d.decode(append(dst, e), root)
	d.stats.Events += int64(len(dst) - before)
	return dst, nil
}

// undecodable wraps bytes that cannot stand in JSON.
func undecodable(b []byte) []byte {
	out := append(make([]byte, 0, len(b)*4/3+24), `{"undecodable":"`...)
	out = base64.StdEncoding.AppendEncode(out, b)
	return append(out, `"}`...)
}

// commandName returns what stands before the first colon: broadcast
// parameters follow it (DANMU_MSG:4:0:2:2:2:0).
func (d *Decoder) commandName(cmd value) string {
	b := cmd.bytes()
	if cmd.kind() != 's' || !d.doc.utf8 {
		b = cmd.appendText(nil)
	}
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		b = b[:i]
	}
	return d.name(b)
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
// is. It appends more when the command is several events.
func (d *Decoder) decode(dst []event.Event, root value) []event.Event {
	e := &dst[len(dst)-1]
	data := root.get("data")
	switch e.Cmd {
	case "DANMU_MSG", "DANMU_MSG_MIRROR":
		d.comment(e, root)
	case "SEND_GIFT":
		gift(e, data)
	case "SUPER_CHAT_MESSAGE":
		superChat(e, data)
	case "GUARD_BUY":
		guardBuy(e, data)
	case "INTERACT_WORD":
		interact(e, data)
	case "LIVE":
		live(e, root)
	case "PREPARING":
		e.Kind, e.Offline = event.KindOffline, &event.Offline{Rotation: root.get("round").int() == 1}
	case "ROOM_CHANGE":
		e.Kind, e.RoomInfo = event.KindRoom, &event.RoomInfo{
			Title: data.get("title").text(), Area: data.get("area_name").text(), ParentArea: data.get("parent_area_name").text()}
	case "WATCHED_CHANGE":
		stats(e, &event.Stats{Watched: data.get("num").count64()})
	case "ONLINE_RANK_COUNT":
		// count saturates near 10,000; online_count goes on.
		online := data.get("online_count")
		if !online.exists() {
			online = data.get("count")
		}
		stats(e, &event.Stats{Online: online.count64()})
	}
	return dst
}

func stats(e *event.Event, s *event.Stats) {
	if *s != (event.Stats{}) {
		e.Kind, e.Stats = event.KindStats, s
	}
}

// live reads LIVE. Of the two messages that a start sends only the first has
// live_time; the moment the stream began is in the sub session key too.
func live(e *event.Event, root value) {
	l := &event.Live{Session: root.get("live_key").text(), Start: stamp(root.get("live_time").int())}
	e.Kind, e.Live = event.KindLive, l
	sub := root.get("sub_session_key").text()
	if i := bytes.LastIndexByte([]byte(sub), ':'); i >= 0 {
		if t, err := strconv.ParseInt(sub[i+1:], 10, 64); err == nil && t > 0 {
			e.At = stamp(t)
		}
	} else if l.Start != 0 {
		e.At = l.Start
	}
	switch {
	case sub != "":
		e.Key = "live:" + sub
	case l.Session != "":
		e.Key = "live:" + l.Session
	}
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

// at sets the platform's clock of e to the first moment given that is known.
func at(e *event.Event, moments ...value) {
	for _, v := range moments {
		if t := stamp(v.int()); t != 0 {
			e.At = t
			return
		}
	}
}

// count64 returns a number that may be missing.
func (v value) count64() *int64 {
	if v.kind() != '0' && !v.isText() {
		return nil
	}
	n := v.int()
	return &n
}
