package decoder

import (
	"fmt"
	"strings"
	"time"

	"danmaku/event"
)

// The values of Moderation.Operator.
const (
	byAdmin    = "admin"
	byStreamer = "streamer"
	byPlatform = "platform"
)

// platformZone is how the platform writes times as text.
var platformZone = time.FixedZone("UTC+8", 8*60*60)

func moderate(e *event.Event, m event.Moderation) error {
	e.Kind, e.Moderation = event.KindModeration, &m
	return nil
}

// cutOffV2 reads the data of CUT_OFF_V2, a dialogue for the streamer: its
// title and its labelled lines are the text.
func cutOffV2(e *event.Event, data value) error {
	at(e, data.get("timestamp"))
	dialogue := data.get("cut_off_data")
	lines := []string{dialogue.get("cut_off_title").text()}
	for v := range dialogue.get("cut_off_message_list").elements {
		lines = append(lines, strings.Trim(v.get("label").text()+"："+v.get("content").text(), "："))
	}
	return moderate(e, event.Moderation{Action: "cutoff", Operator: byPlatform, Text: strings.Trim(strings.Join(lines, "\n"), "\n")})
}

// lock reads ROOM_LOCK: the room is closed until a moment written as text.
func lock(e *event.Event, root value) error {
	m := event.Moderation{Action: "lock", Operator: byPlatform, Text: root.get("expire").text()}
	if t, err := time.ParseInLocation(time.DateTime, m.Text, platformZone); err == nil && t.Unix() > 0 {
		m.Until = event.At(t)
	}
	return moderate(e, m)
}

// block reads ROOM_BLOCK_MSG: an administrator or the streamer bans a viewer.
func block(e *event.Event, root, data value) error {
	uid, name := data.get("uid"), data.get("uname")
	if !uid.exists() {
		uid, name = root.get("uid"), root.get("uname")
	}
	e.User = user(uid, name)
	m := event.Moderation{Action: "block", Target: e.User.ID, Until: stamp(data.get("block_expired").int()),
		Text: data.get("vaild_period").text()} // the platform's spelling
	switch data.get("operator").int() {
	case 1:
		m.Operator = byAdmin
	case 2:
		m.Operator = byStreamer
	}
	return moderate(e, m)
}

// silence reads the data of ROOM_SILENT_ON; second is when it ends, -1 when
// somebody ends it.
func silence(e *event.Event, data value) error {
	m := event.Moderation{Action: "silence", Target: data.get("type").text(), Until: stamp(data.get("second").int()), Text: data.get("msg").text()}
	if m.Target != "member" {
		m.Level = data.get("level").small()
	}
	return moderate(e, m)
}

// recall reads the data of RECALL_DANMU_MSG. With type 2 everything a user
// wrote goes.
func recall(e *event.Event, data value) error {
	target := data.get("target_id").id()
	switch n := data.get("recall_type").int(); n {
	case 1:
		return moderate(e, event.Moderation{Action: "recall", Target: target})
	case 2:
		return moderate(e, event.Moderation{Action: "recall_user", Target: target})
	case 3:
		return moderate(e, event.Moderation{Action: "recall_all"})
	default:
		return fmt.Errorf("recall_type %d is not known", n)
	}
}

// admins reads ROOM_ADMINS: the whole list of the room's administrators.
func admins(e *event.Event, root value) error {
	var ids []string
	for v := range root.get("uids").elements {
		ids = append(ids, v.id())
	}
	return moderate(e, event.Moderation{Action: "admins", Operator: byStreamer, Target: strings.Join(ids, ",")})
}
