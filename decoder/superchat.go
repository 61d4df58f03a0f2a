package decoder

import (
	"danmaku/event"
)

// superChat reads the data of SUPER_CHAT_MESSAGE. Its price is in CNY. The
// same id may be pushed twice; the start is the same each time, ts need not be.
func superChat(e *event.Event, data value) {
	id := data.get("id").id()
	if id == "" {
		return
	}
	at(e, data.get("start_time"), data.get("ts"))
	e.Key = "sc:" + id
	info := data.get("user_info")
	e.User = user(data.get("uid"), info.get("uname"))
	e.User.Face = info.get("face").text()
	e.User.Guard = guardLevel(info.get("guard_level"))
	e.User.Level = int(info.get("user_level").int())
	e.User.Admin = info.get("manager").bool()
	e.User.Medal = oldMedal(data.get("medal_info"))
	addInfo(e.User, data.get("uinfo"))
	if data.get("is_mystery").bool() {
		e.User.Masked = true
	}

	s := &event.SuperChat{
		ID:         id,
		Text:       data.get("message").text(),
		Translated: data.get("message_trans").text(),
		Price:      event.Money(data.get("price").int() * 1000),
		Seconds:    int(data.get("time").int()),
		Start:      stamp(data.get("start_time").int()),
		End:        stamp(data.get("end_time").int()),
		Background: color(data.get("background_bottom_color")),
	}
	completeSuperChat(s)
	e.Kind, e.SuperChat = event.KindSuperChat, s
}

// completeSuperChat fills in what a trimmed command lacks.
func completeSuperChat(s *event.SuperChat) {
	if s.Seconds == 0 && s.Start != 0 && s.End > s.Start {
		s.Seconds = int((s.End - s.Start) / 1000)
	}
	if s.Background == "" {
		s.Background = tierColor(s.Price)
	}
}

// tierColor is the colour the web page gives a super chat of that price.
func tierColor(price event.Money) string {
	switch cny := price / 1000; {
	case cny >= 2000:
		return "#ab1a32"
	case cny >= 1000:
		return "#e54d4d"
	case cny >= 500:
		return "#e09443"
	case cny >= 100:
		return "#e2b52b"
	case cny >= 50:
		return "#427d9e"
	}
	return "#2a60b2"
}
