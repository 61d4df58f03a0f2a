package event

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the public JSON form of e to dst; raw says whether the
// command as received is part of it, byte for byte except for line breaks
// between its tokens: the form is always one line, as NDJSON and SSE need it.
// Every reader of the relay gets these bytes, so the frequent details are
// written by hand and only the rare ones by encoding/json; a test holds the two
// forms equal.
func (e *Event) AppendJSON(dst []byte, raw bool) []byte {
	dst = append(dst, `{"seq":`...)
	dst = strconv.AppendInt(dst, e.Seq, 10)
	dst = appendField(dst, `,"key":`, e.Key)
	dst = appendField(dst, `,"platform":`, e.Platform)
	dst = append(dst, `,"room":`...)
	dst = strconv.AppendInt(dst, int64(e.Room), 10)
	dst = appendField(dst, `,"kind":`, string(e.Kind))
	dst = appendField(dst, `,"cmd":`, e.Cmd)
	dst = append(dst, `,"at":`...)
	dst = strconv.AppendInt(dst, int64(e.At), 10)
	dst = append(dst, `,"received":`...)
	dst = strconv.AppendInt(dst, int64(e.Received), 10)
	if e.Of != "" {
		dst = appendField(dst, `,"of":`, e.Of)
	}
	if e.Backlog {
		dst = append(dst, `,"backlog":true`...)
	}
	if e.User != nil {
		dst = append(dst, `,"user":`...)
		dst = e.User.appendJSON(dst)
	}
	switch {
	case e.Comment != nil:
		dst = append(dst, `,"comment":`...)
		dst = e.Comment.appendJSON(dst)
	case e.Gift != nil:
		dst = append(dst, `,"gift":`...)
		dst = e.Gift.appendJSON(dst)
	default:
		dst = e.appendRareDetail(dst)
	}
	if raw && len(e.Raw) > 0 {
		dst = append(dst, `,"raw":`...)
		dst = appendLine(dst, e.Raw)
	}
	return append(dst, '}')
}

// MarshalJSON gives the same form as AppendJSON, Raw included when it is set.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil, true), nil }

// appendLine appends JSON without the line breaks it may have between tokens;
// inside texts it has none.
func appendLine(dst []byte, raw json.RawMessage) []byte {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return append(dst, raw...)
	}
	for _, b := range raw {
		if b != '\n' && b != '\r' {
			dst = append(dst, b)
		}
	}
	return dst
}

func (e *Event) appendRareDetail(dst []byte) []byte {
	name, v := e.rareDetail()
	if name == "" {
		return dst
	}
	dst = append(append(append(dst, ',', '"'), name...), '"', ':')
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // plain structs of text and numbers: cannot happen
		panic("event: encode " + name + ": " + err.Error())
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

func (e *Event) rareDetail() (name string, v any) {
	switch {
	case e.SuperChat != nil:
		return "superchat", e.SuperChat
	case e.SuperChatDelete != nil:
		return "superchat_delete", e.SuperChatDelete
	case e.Guard != nil:
		return "guard", e.Guard
	case e.Enter != nil:
		return "enter", e.Enter
	case e.Follow != nil:
		return "follow", e.Follow
	case e.Share != nil:
		return "share", e.Share
	case e.Like != nil:
		return "like", e.Like
	case e.Live != nil:
		return "live", e.Live
	case e.Offline != nil:
		return "offline", e.Offline
	case e.RoomInfo != nil:
		return "room_info", e.RoomInfo
	case e.Stats != nil:
		return "stats", e.Stats
	case e.Moderation != nil:
		return "moderation", e.Moderation
	case e.RedPacket != nil:
		return "redpacket", e.RedPacket
	case e.Lottery != nil:
		return "lottery", e.Lottery
	case e.Notice != nil:
		return "notice", e.Notice
	}
	return "", nil
}

func (u *User) appendJSON(dst []byte) []byte {
	dst = appendField(dst, `{"id":`, u.ID)
	dst = appendField(dst, `,"name":`, u.Name)
	dst = appendBool(dst, `,"masked":`, u.Masked)
	if u.Face != "" {
		dst = appendField(dst, `,"face":`, u.Face)
	}
	dst = appendNonZero(dst, `,"guard":`, u.Guard)
	if u.Admin {
		dst = append(dst, `,"admin":true`...)
	}
	dst = appendNonZero(dst, `,"level":`, u.Level)
	dst = appendNonZero(dst, `,"wealth":`, u.Wealth)
	if m := u.Medal; m != nil {
		dst = appendField(dst, `,"medal":{"name":`, m.Name)
		dst = append(dst, `,"level":`...)
		dst = strconv.AppendInt(dst, int64(m.Level), 10)
		dst = appendNonZero(dst, `,"room":`, m.Room)
		if m.Owner != "" {
			dst = appendField(dst, `,"owner":`, m.Owner)
		}
		dst = appendBool(dst, `,"lit":`, m.Lit)
		dst = appendNonZero(dst, `,"guard":`, m.Guard)
		if m.Color != "" {
			dst = appendField(dst, `,"color":`, m.Color)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func (c *Comment) appendJSON(dst []byte) []byte {
	dst = appendField(dst, `{"text":`, c.Text)
	dst = appendField(dst, `,"mode":`, c.Mode)
	dst = appendField(dst, `,"color":`, c.Color)
	dst = append(dst, `,"size":`...)
	dst = strconv.AppendInt(dst, int64(c.Size), 10)
	dst = append(dst, `,"emotes":[`...)
	for i := range c.Emotes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.Emotes[i].appendJSON(dst)
	}
	dst = append(dst, `],"sticker":`...)
	if c.Sticker != nil {
		dst = c.Sticker.appendJSON(dst)
	} else {
		dst = append(dst, `null`...)
	}
	dst = append(dst, `,"reply_to":`...)
	if r := c.ReplyTo; r != nil {
		dst = appendField(dst, `{"id":`, r.ID)
		dst = appendField(dst, `,"name":`, r.Name)
		dst = append(dst, '}')
	} else {
		dst = append(dst, `null`...)
	}
	if c.Lottery {
		dst = append(dst, `,"lottery":true`...)
	}
	if c.Mirror {
		dst = append(dst, `,"mirror":true`...)
	}
	return append(dst, '}')
}

func (m *Emote) appendJSON(dst []byte) []byte {
	dst = appendField(dst, `{"text":`, m.Text)
	if m.ID != "" {
		dst = appendField(dst, `,"id":`, m.ID)
	}
	dst = appendField(dst, `,"url":`, m.URL)
	dst = append(dst, `,"width":`...)
	dst = strconv.AppendInt(dst, int64(m.Width), 10)
	dst = append(dst, `,"height":`...)
	dst = strconv.AppendInt(dst, int64(m.Height), 10)
	return append(dst, '}')
}

func (g *Gift) appendJSON(dst []byte) []byte {
	dst = appendField(dst, `{"id":`, g.ID)
	dst = appendField(dst, `,"name":`, g.Name)
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendInt(dst, int64(g.Count), 10)
	dst = append(dst, `,"unit_price":`...)
	dst = strconv.AppendInt(dst, int64(g.UnitPrice), 10)
	dst = append(dst, `,"total":`...)
	dst = strconv.AppendInt(dst, int64(g.Total), 10)
	dst = appendBool(dst, `,"paid":`, g.Paid)
	dst = appendField(dst, `,"action":`, g.Action)
	dst = appendField(dst, `,"icon":`, g.Icon)
	dst = appendField(dst, `,"combo":`, g.Combo)
	if b := g.BlindBox; b != nil {
		dst = appendField(dst, `,"blind_box":{"name":`, b.Name)
		dst = append(dst, `,"price":`...)
		dst = strconv.AppendInt(dst, int64(b.Price), 10)
		dst = append(dst, '}')
	} else {
		dst = append(dst, `,"blind_box":null`...)
	}
	if r := g.Receiver; r != nil {
		dst = appendField(dst, `,"receiver":{"id":`, r.ID)
		dst = appendField(dst, `,"name":`, r.Name)
		dst = append(dst, '}')
	} else {
		dst = append(dst, `,"receiver":null`...)
	}
	return append(dst, '}')
}

func appendField(dst []byte, name, value string) []byte {
	return appendString(append(dst, name...), value)
}

func appendBool(dst []byte, name string, v bool) []byte {
	return strconv.AppendBool(append(dst, name...), v)
}

func appendNonZero[T ~int | ~int64](dst []byte, name string, v T) []byte {
	if v == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, name...), int64(v), 10)
}

const hex = "0123456789abcdef"

// appendString appends s as JSON text. Bytes that are not UTF-8 become
// U+FFFD, and the two line separators are escaped, as encoding/json does.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			switch b {
			case '"', '\\':
				dst = append(dst, '\\', b)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			i += size
			start = i
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
			i += size
			start = i
		default:
			i += size
		}
	}
	return append(append(dst, s[start:]...), '"')
}
