package decoder

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"danmaku/decoder/internal/pb"
	"danmaku/event"

	"google.golang.org/protobuf/proto"
)

// protobuf reads the message that is in v as base64, with or without padding.
func (d *Decoder) protobuf(v value, m proto.Message) error {
	if !v.isText() {
		return errors.New("no data.pb")
	}
	d.scratch = v.appendText(d.scratch[:0])
	text := bytes.TrimRight(d.scratch, "=")
	n, err := base64.RawStdEncoding.Decode(text, text)
	if err != nil {
		return fmt.Errorf("data.pb: %w", err)
	}
	if err := proto.Unmarshal(text[:n], m); err != nil {
		return fmt.Errorf("data.pb: %w", err)
	}
	return nil
}

// utf8Text returns the words of a protobuf message, broken characters replaced.
func utf8Text(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }

// number returns an id as text; "" for 0.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// level is guardLevel for a number already read.
func level(n int64) int {
	if n >= 1 && n <= 3 {
		return int(n)
	}
	return 0
}

// pbUser is user for a protobuf message.
func pbUser(uid int64, name []byte) *event.User {
	return &event.User{ID: number(uid), Name: utf8Text(name), Masked: uid == 0}
}

// addPbInfo is addInfo for a protobuf message.
func addPbInfo(u *event.User, info *pb.UserInfo) {
	if info == nil {
		return
	}
	if u.ID == "" {
		u.ID = number(info.GetUid())
		u.Masked = u.ID == ""
	}
	base := info.GetBase()
	if u.Name == "" {
		u.Name = utf8Text(base.GetName())
	}
	if u.Face == "" {
		u.Face = utf8Text(base.GetFace())
	}
	if base.GetIsMystery() {
		u.Masked = true
	}
	if u.Guard == 0 {
		u.Guard = level(info.GetGuard().GetLevel())
	}
	if n := clamp(info.GetWealth().GetLevel()); n > 0 {
		u.Wealth = n
	}
	if m := info.GetMedal(); len(m.GetName()) > 0 || m.GetLevel() > 0 {
		shown := &event.Medal{
			Name:  utf8Text(m.GetName()),
			Level: clamp(m.GetLevel()),
			Lit:   m.GetIsLight() != 0,
			Guard: level(m.GetGuardLevel()),
			Color: rgb(m.GetColor()),
		}
		if shown.Color == "" {
			shown.Color = hexColor(string(m.GetV2ColorStart()))
		}
		if old := u.Medal; old != nil && old.Name == shown.Name {
			shown.Room, shown.Owner = old.Room, old.Owner
		}
		u.Medal = shown
	}
}
