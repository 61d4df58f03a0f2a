package decoder

import (
	"strings"

	"danmaku/event"
)

func notice(e *event.Event, text string) error {
	if text = strings.TrimSpace(unmarked(text)); text == "" {
		return errNoText
	}
	e.Kind, e.Notice = event.KindNotice, &event.Notice{Text: text}
	return nil
}

// banner reads NOTICE_MSG, a banner for the whole site. It has one text for
// the room it is about and one for all others.
func banner(e *event.Event, root value) error {
	own, others := root.get("msg_self").text(), root.get("msg_common").text()
	if others == "" || own != "" && root.get("real_roomid").int() == int64(e.Room) {
		return notice(e, own)
	}
	return notice(e, others)
}

// noticeComment reads the data of COMMON_NOTICE_DANMAKU: pieces of text,
// pictures and links.
func noticeComment(e *event.Event, data value) error {
	var text strings.Builder
	for v := range data.get("content_segments").elements {
		text.WriteString(v.get("text").text())
	}
	return notice(e, text.String())
}
