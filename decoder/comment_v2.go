package decoder

import (
	"danmaku/decoder/internal/pb"
	"danmaku/event"
)

// addV2 completes a comment by its dm_v2, which was filled from March to
// October 2023 and is empty since. An older scheme with other field numbers
// gives itself away by another text, and is left alone. A user the comment
// hides stays hidden.
func (d *Decoder) addV2(e *event.Event, v2 value, hasID bool) {
	if !v2.isText() || len(v2.bytes()) == 0 {
		return
	}
	m := &pb.Comment{}
	if d.protobuf(v2, m) != nil || string(m.GetText()) != e.Comment.Text {
		return
	}
	u, sender := e.User, m.GetUser()
	if u.Name == "" {
		u.Name = utf8Text(sender.GetName())
	}
	if u.Face == "" {
		u.Face = utf8Text(sender.GetFace())
	}
	if u.Wealth == 0 {
		u.Wealth = clamp(sender.GetWealth().GetLevel())
	}
	if u.Medal == nil {
		u.Medal = medalV2(m)
	}
	if id := utf8Text(m.GetIdStr()); !hasID && id != "" {
		e.Key = "dm:" + id
	}
	if e.Comment.Emotes == nil && e.Comment.Sticker == nil {
		e.Comment.Emotes, e.Comment.Sticker = emotesV2(m)
	}
}

// commentOnlyV2 decodes a comment that has nothing else.
func (d *Decoder) commentOnlyV2(e *event.Event, v2 value) error {
	if !v2.isText() || len(v2.bytes()) == 0 {
		return errNoInfo
	}
	m := &pb.Comment{}
	if err := d.protobuf(v2, m); err != nil {
		return err
	}
	if len(m.GetText()) == 0 || len(m.GetIdStr()) == 0 {
		return errNoInfo
	}
	if t := stamp(m.GetTime()); t != 0 {
		e.At = t
	}
	sender := m.GetUser()
	u := pbUser(sender.GetUid(), sender.GetName())
	u.Face = utf8Text(sender.GetFace())
	u.Level = clamp(sender.GetLevel().GetLevel())
	u.Wealth = clamp(sender.GetWealth().GetLevel())
	u.Medal = medalV2(m)
	c := &event.Comment{
		Text: utf8Text(m.GetText()), Mode: mode(m.GetMode()), Size: clamp(m.GetFontSize()), Color: commentColor(m.GetColor()),
		Lottery: m.GetAggregation().GetSource() != 0 && len(m.GetAggregation().GetIdentity()) > 0,
		Mirror:  e.Cmd == mirrored,
	}
	c.Emotes, c.Sticker = emotesV2(m)
	e.Kind, e.User, e.Comment, e.Key = event.KindComment, u, c, "dm:"+utf8Text(m.GetIdStr())
	return nil
}

func medalV2(m *pb.Comment) *event.Medal {
	x := m.GetUser().GetMedal()
	if len(x.GetName()) == 0 { // who wears none has one of level 1 here
		return nil
	}
	return &event.Medal{
		Name: utf8Text(x.GetName()), Level: clamp(x.GetLevel()), Room: event.RoomID(m.GetRoom().GetRoomid()), Owner: utf8Text(m.GetRoom().GetName()),
		Lit: x.GetIsLighted() != 0, Guard: level(x.GetGuardLevel()), Color: rgb(x.GetColor()),
	}
}

const kindPicture = 1 // of a comment: the whole of it is a picture

func emotesV2(m *pb.Comment) (inline []event.Emote, sticker *event.Emote) {
	for _, x := range m.GetEmotes() {
		one := event.Emote{
			Text: utf8Text(x.GetToken()), ID: utf8Text(x.GetEmote().GetUnique()), URL: utf8Text(x.GetEmote().GetUrl()),
			Width: pixels(x.GetEmote().GetWidth()), Height: pixels(x.GetEmote().GetHeight()),
		}
		if m.GetKind() == kindPicture {
			return nil, &one
		}
		if len(inline) < maxEmotes {
			inline = append(inline, one)
		}
	}
	return inline, nil
}
