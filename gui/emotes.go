package gui

import (
	"strings"

	"danmaku/event"
	"danmaku/gui/model"
)

// eachEmote calls do for the parts of a comment in order: texts, with emote -1,
// and emotes that can be fetched, with their index.
func eachEmote(r *model.Row, fetchable func(*event.Emote) bool, do func(text string, emote int)) {
	text := r.Text
	for text != "" && len(r.Emotes) > 0 {
		at, which := -1, 0
		for i := range r.Emotes {
			if n := r.Emotes[i].Text; n != "" && fetchable(&r.Emotes[i]) {
				if k := strings.Index(text, n); k >= 0 && (at < 0 || k < at) {
					at, which = k, i
				}
			}
		}
		if at < 0 {
			break
		}
		if at > 0 {
			do(text[:at], -1)
		}
		do("", which)
		text = text[at+len(r.Emotes[which].Text):]
	}
	if text != "" {
		do(text, -1)
	}
}
