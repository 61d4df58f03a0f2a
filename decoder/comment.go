package decoder

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"

	"danmaku/event"
)

var errNoInfo = errors.New("no info")

// commentEvent holds what nearly every comment needs in one piece of memory.
type commentEvent struct {
	user    event.User
	comment event.Comment
}

// comment reads DANMU_MSG: a list of lists whose length grew over the years,
// so that everything may be missing. See docs/protocol.md.
func (d *Decoder) comment(e *event.Event, root value) error {
	info := root.get("info")
	head, text, sender := info.at(0), info.at(1), info.at(2)
	if !head.isArray() || !sender.isArray() {
		return d.commentOnlyV2(e, root.get("dm_v2"))
	}
	at(e, head.at(4))
	all := &commentEvent{}
	u, c := &all.user, &all.comment
	e.Kind, e.User, e.Comment = event.KindComment, u, c

	d.words.add(&c.Text, text)
	c.Mode = mode(head.at(1).int())
	c.Size = head.at(2).small()
	c.Color = commentColor(head.at(3).int())
	c.Mirror = e.Cmd == mirrored

	uid := sender.at(0)
	if uid.int() != 0 {
		d.words.add(&u.ID, uid)
	} else {
		u.Masked = true
	}
	d.words.add(&u.Name, sender.at(1))
	u.Admin = sender.at(2).bool()
	u.Level = info.at(4).at(0).small()
	u.Guard = guardLevel(info.at(7))
	u.Wealth = info.at(16).at(0).small()

	var id value
	d.commentHead(u, c, info, &id)
	d.commentMedal(u, head.at(15).path("user", "medal"), info.at(3))

	if id.exists() {
		d.words.buf = append(d.words.buf, "dm:"...)
		from := len(d.words.buf) - 3
		d.words.buf = id.appendText(d.words.buf)
		d.words.spans = append(d.words.spans, span{&e.Key, from, len(d.words.buf)})
	} else {
		e.Key = commentKey(info)
	}
	d.words.put()
	c.Emotes = d.emotes(c.Text)
	d.addV2(e, root.get("dm_v2"), id.exists())
	return nil
}

const (
	mirrored  = "DANMU_MSG_MIRROR" // a comment of a linked room
	maxEmotes = 64                 // a comment has at most 40 characters
)

// commentColor is rgb for a text, which always has a colour: 0 is black.
func commentColor(n int64) string {
	if c := rgb(n); c != "" {
		return c
	}
	return "#000000"
}

func mode(n int64) string {
	switch n {
	case 4:
		return "bottom"
	case 5:
		return "top"
	case 6:
		return "reverse"
	case 7:
		return "positioned"
	}
	return "scroll"
}

// commentHead reads the first list: picture, lottery, and the two objects
// about the comment (extra, JSON text of its own) and its sender.
func (d *Decoder) commentHead(u *event.User, c *event.Comment, info value, id *value) {
	head := info.at(0)
	d.inner.nodes = d.inner.nodes[:0]
	c.Lottery = head.at(9).int() == 2
	if aim := head.at(16); aim.get("activity_source").int() != 0 && aim.get("activity_identity").text() != "" {
		c.Lottery = true
	}
	if pic := head.at(13); head.at(12).int() == kindPicture && pic.isObject() {
		c.Sticker = &event.Emote{
			Width:  pixels(pic.get("width").int()),
			Height: pixels(pic.get("height").int()),
		}
		d.words.add(&c.Sticker.Text, info.at(1))
		d.words.add(&c.Sticker.ID, pic.get("emoticon_unique"))
		d.words.add(&c.Sticker.URL, pic.get("url"))
	}
	about := head.at(15)
	who := about.get("user")
	if u.Masked && who.get("uid").int() != 0 {
		d.words.add(&u.ID, who.get("uid"))
		u.Masked = false
	}
	base := who.get("base")
	d.words.add(&u.Face, base.get("face"))
	if base.get("is_mystery").bool() {
		u.Masked = true
	}
	if u.Guard == 0 {
		u.Guard = guardLevel(who.path("guard", "level"))
	}
	if n := who.path("wealth", "level").int(); n > 0 {
		u.Wealth = int(n)
	}

	extra := about.get("extra")
	if !extra.isText() {
		return
	}
	d.scratch = extra.appendText(d.scratch[:0])
	if d.inner.parse(d.scratch) != nil {
		return
	}
	var replyID, replyName value
	for k, v := range d.inner.root().members {
		switch string(k) {
		case "id_str":
			if v.isText() && len(v.bytes()) > 0 {
				*id = v
			}
		case "is_mirror":
			c.Mirror = c.Mirror || v.bool()
		case "reply_mid":
			replyID = v
		case "reply_uname":
			replyName = v
		}
	}
	if replyID.int() != 0 || replyName.isText() && len(replyName.bytes()) > 0 {
		c.ReplyTo = &event.ReplyTo{}
		if replyID.int() != 0 {
			d.words.add(&c.ReplyTo.ID, replyID)
		}
		d.words.add(&c.ReplyTo.Name, replyName)
	}
}

// commentMedal takes the medal of uinfo, which is the one shown, and what only
// the old list knows (whose it is) when both are the same medal.
func (d *Decoder) commentMedal(u *event.User, shown, old value) {
	name, level := shown.get("name"), shown.get("level").int()
	if len(name.bytes()) > 0 || level > 0 {
		u.Medal = newMedal(shown)
		if same := old.at(12); same.exists() && same.int() != shown.get("ruid").int() {
			return
		}
	} else if old.count() == 0 || len(old.at(1).bytes()) == 0 && old.at(0).int() == 0 {
		return
	} else {
		u.Medal = &event.Medal{
			Level: old.at(0).small(),
			Color: color(old.at(4)),
			Guard: guardLevel(old.at(10)),
			Lit:   old.at(11).bool(),
		}
		d.words.add(&u.Medal.Name, old.at(1))
	}
	d.words.add(&u.Medal.Owner, old.at(2))
	u.Medal.Room = event.RoomID(old.at(3).int())
}

// pixels is a size that cannot break a window.
func pixels(n int64) int { return int(min(max(n, 0), math.MaxInt16)) }

// emotes returns the pictures inside a comment, as the extra just read lists
// them, in the order of their first place in the text.
func (d *Decoder) emotes(text string) []event.Emote {
	list := d.inner.root().get("emots")
	if !list.isObject() {
		return nil
	}
	var out []event.Emote
	for k, v := range list.members {
		if len(out) == maxEmotes {
			break
		}
		out = append(out, event.Emote{
			Text: string(k), ID: v.get("emoticon_unique").text(), URL: v.get("url").text(),
			Width: pixels(v.get("width").int()), Height: pixels(v.get("height").int()),
		})
	}
	place := func(e event.Emote) int {
		if i := bytes.Index([]byte(text), []byte(e.Text)); i >= 0 {
			return i
		}
		return len(text)
	}
	slices.SortStableFunc(out, func(a, b event.Emote) int { return place(a) - place(b) })
	return out
}

// commentKey is the key of a comment without an id (before 2023): a hash of
// what together is unique: moment, sender, check token, random number, text.
func commentKey(info value) string {
	head := info.at(0)
	who := info.at(2).at(0)
	if who.int() == 0 {
		who = head.at(7)
	}
	h := uint64(14695981039346656037) // FNV-1a
	for _, v := range []value{head.at(4), who, info.at(9).get("ct"), head.at(5), info.at(1)} {
		for _, c := range v.bytes() {
			h = (h ^ uint64(c)) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return "dm:" + strconv.FormatUint(h, 16)
}
