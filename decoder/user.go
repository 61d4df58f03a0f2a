package decoder

import (
	"danmaku/event"
)

// id returns a user id as text; 0, which stands for a hidden user, gives "".
func (v value) id() string {
	if v.isNumber() && v.int() == 0 {
		return ""
	}
	if s := v.text(); s != "0" {
		return s
	}
	return ""
}

// user returns the one who did it, from the fields every command has under
// names of its own. Without an id the platform hides the user.
func user(uid, name value) *event.User {
	u := &event.User{ID: uid.id(), Name: name.text()}
	u.Masked = u.ID == ""
	return u
}

// addInfo completes u by a uinfo object, which is what the web page shows: its
// medal and wealth win, the rest fills in what is missing.
func addInfo(u *event.User, info value) {
	if !info.isObject() {
		return
	}
	if u.ID == "" {
		u.ID = info.get("uid").id()
		u.Masked = u.ID == ""
	}
	base := info.get("base")
	if u.Name == "" {
		u.Name = base.get("name").text()
	}
	if u.Face == "" {
		u.Face = base.get("face").text()
	}
	if base.get("is_mystery").bool() {
		u.Masked = true
	}
	if u.Guard == 0 {
		u.Guard = guardLevel(info.path("guard", "level"))
	}
	if n := info.path("wealth", "level").small(); n > 0 {
		u.Wealth = n
	}
	if m := newMedal(info.get("medal")); m != nil {
		// The old object of the same medal knows where it is from.
		if old := u.Medal; old != nil && old.Name == m.Name {
			m.Room, m.Owner = old.Room, old.Owner
		}
		u.Medal = m
	}
}

// guardLevel returns 1 governor, 2 admiral, 3 captain; 0 for anything else.
func guardLevel(v value) int { return level(v.int()) }

// newMedal reads the medal of a uinfo object; nil: none worn.
func newMedal(v value) *event.Medal {
	m := &event.Medal{
		Name:  v.get("name").text(),
		Level: v.get("level").small(),
		Lit:   v.get("is_light").bool(),
		Guard: guardLevel(v.get("guard_level")),
		Color: color(v.get("color")),
	}
	if m.Name == "" && m.Level == 0 {
		return nil
	}
	if m.Color == "" {
		m.Color = color(v.get("v2_medal_color_start"))
	}
	return m
}

// oldMedal reads a medal_info or fans_medal object; nil: none worn.
func oldMedal(v value) *event.Medal {
	m := &event.Medal{
		Name:  v.get("medal_name").text(),
		Level: v.get("medal_level").small(),
		Room:  event.RoomID(v.get("anchor_roomid").int()),
		Owner: v.get("anchor_uname").text(),
		Lit:   v.get("is_lighted").bool(),
		Guard: guardLevel(v.get("guard_level")),
		Color: color(v.get("medal_color")),
	}
	if m.Name == "" && m.Level == 0 {
		return nil
	}
	return m
}

// color returns "#rrggbb" of a colour written as number, as #RRGGBB or as
// #RRGGBBAA; "" when there is none.
func color(v value) string {
	if v.isNumber() {
		return rgb(v.int())
	}
	if !v.isText() {
		return ""
	}
	if n := v.int(); n > 0 {
		return rgb(n)
	}
	return hexColor(v.text())
}

// hexColor returns "#rrggbb" of #RRGGBB or #RRGGBBAA; "" of anything else.
func hexColor(s string) string {
	if len(s) != 7 && len(s) != 9 || s[0] != '#' {
		return ""
	}
	out := []byte(s[:7])
	for i, c := range out[1:] {
		if !isHex(c) {
			return ""
		}
		if c < 'a' && c > '9' {
			out[i+1] = c | 0x20
		}
	}
	return string(out)
}

// rgb writes a colour number as "#rrggbb"; 0, used for "none", gives "".
func rgb(n int64) string {
	if n == 0xffffff {
		return "#ffffff" // most comments
	}
	return string(appendRGB(nil, n))
}

// appendRGB appends what rgb returns.
func appendRGB(dst []byte, n int64) []byte {
	if n <= 0 || n > 0xffffff {
		return dst
	}
	const digits = "0123456789abcdef"
	dst = append(dst, '#')
	for shift := 20; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}
