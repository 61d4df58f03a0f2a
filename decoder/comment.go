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
	medal   event.Medal
}

// comment reads DANMU_MSG: a list of lists whose length grew over the years,
// so that everything may be missing. t is the template it is like, or nil.
func (d *Decoder) comment(e *event.Event, root value, t *template) error {
	var f commentFields
	d.commentFields(&f, root, t)
	if !f[fUID].exists() || !f[fText].exists() {
		return d.commentOnlyV2(e, f[fV2])
	}
	at(e, f[fSent])
	all := &commentEvent{}
	u, c := &all.user, &all.comment
	e.Kind, e.User, e.Comment = event.KindComment, u, c

	d.words.add(&c.Text, f[fText])
	c.Mode = mode(f[fMode].int())
	c.Size = f[fSize].small()
	if !d.words.addColor(&c.Color, f[fColor]) {
		c.Color = "#000000" // a text always has a colour: 0 is black
	}
	c.Lottery = f[fLottery].int() == 2 ||
		f[fActivity].get("activity_source").int() != 0 && f[fActivity].get("activity_identity").text() != ""
	c.Mirror = e.Cmd == mirrored || f[fMirror].bool()
	if pic := f[fPicture]; f[fKind].int() == kindPicture && pic.isObject() {
		c.Sticker = &event.Emote{Width: pixels(pic.get("width").int()), Height: pixels(pic.get("height").int())}
		d.words.add(&c.Sticker.Text, f[fText])
		d.words.add(&c.Sticker.ID, pic.get("emoticon_unique"))
		d.words.add(&c.Sticker.URL, pic.get("url"))
	}
	if id := f[fReplyID].int(); id != 0 || len(f[fReplyName].bytes()) > 0 && f[fReplyName].isText() {
		c.ReplyTo = &event.ReplyTo{}
		if id != 0 {
			d.words.add(&c.ReplyTo.ID, f[fReplyID])
		}
		d.words.add(&c.ReplyTo.Name, f[fReplyName])
	}
	d.commentUser(u, &f)
	d.commentMedal(u, &all.medal, f[fInfoMedal], f[fMedalList])

	hasID := len(f[fID].bytes()) > 0 && f[fID].isText()
	if hasID {
		d.words.addPrefixed(&e.Key, "dm:", f[fID])
	} else {
		e.Key = commentKey(root.get("info"))
	}
	d.words.put()
	if list := f[fEmotes]; list.isObject() {
		c.Emotes = emotes(list, c.Text)
	}
	d.addV2(e, f[fV2], hasID)
	return nil
}

// commentUser fills in who wrote it.
func (d *Decoder) commentUser(u *event.User, f *commentFields) {
	switch {
	case f[fUID].int() != 0:
		d.words.add(&u.ID, f[fUID])
	case f[fInfoUID].int() != 0:
		d.words.add(&u.ID, f[fInfoUID])
	default:
		u.Masked = true
	}
	u.Masked = u.Masked || f[fMystery].bool()
	d.words.add(&u.Name, f[fName])
	d.words.add(&u.Face, f[fFace])
	u.Admin = f[fAdmin].bool()
	u.Level = f[fLevel].small()
	if u.Guard = guardLevel(f[fGuard]); u.Guard == 0 {
		u.Guard = guardLevel(f[fInfoGuard].get("level"))
	}
	if u.Wealth = f[fInfoWealth].get("level").small(); u.Wealth == 0 {
		u.Wealth = f[fWealth].small()
	}
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

// commentMedal takes the medal of uinfo, which is the one shown, and what only
// the old list knows (whose it is) when both are the same medal. m is where it
// goes.
func (d *Decoder) commentMedal(u *event.User, m *event.Medal, shown, old value) {
	var name, lit, tint, gradient, ruid value
	for key, v := range shown.members {
		switch string(key) {
		case "name":
			name = v
		case "level":
			m.Level = v.small()
		case "color":
			tint = v
		case "is_light":
			lit = v
		case "ruid":
			ruid = v
		case "guard_level":
			m.Guard = guardLevel(v)
		case "v2_medal_color_start":
			gradient = v
		}
	}
	if len(name.bytes()) == 0 && m.Level == 0 { // uinfo has none
		if name = old.at(1); len(name.bytes()) == 0 && old.at(0).int() == 0 {
			return
		}
		m.Level, m.Guard = old.at(0).small(), guardLevel(old.at(10))
		lit, tint, gradient, ruid = value{}, old.at(4), value{}, value{}
	}
	if !lit.exists() {
		lit = old.at(11)
	}
	m.Lit = lit.bool()
	u.Medal = m
	d.words.add(&m.Name, name)
	if !d.words.addColor(&m.Color, tint) {
		d.words.addColor(&m.Color, gradient)
	}
	if same := old.at(12); same.exists() && ruid.exists() && same.int() != ruid.int() {
		return
	}
	d.words.add(&m.Owner, old.at(2))
	m.Room = event.RoomID(old.at(3).int())
}

// pixels is a size that cannot break a window.
func pixels(n int64) int { return int(min(max(n, 0), math.MaxInt16)) }

// emotes returns the pictures inside a comment in the order of their first
// place in the text.
func emotes(list value, text string) []event.Emote {
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
