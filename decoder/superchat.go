package decoder

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"danmaku/event"
)

var (
	errNoID   = errors.New("no id")
	errNoText = errors.New("no text")
)

// superChat reads the data of SUPER_CHAT_MESSAGE. Its price is in CNY. The
// same id may be pushed twice; the start is the same each time, ts need not be.
func superChat(e *event.Event, data value) error {
	id := data.get("id").id()
	if id == "" {
		return errNoID
	}
	e.Key = "sc:" + id
	superChatSender(e, data)
	s := &event.SuperChat{
		ID:         id,
		Text:       data.get("message").text(),
		Translated: data.get("message_trans").text(),
		Price:      cny(data.get("price")),
		Seconds:    data.get("time").small(),
		Start:      stamp(data.get("start_time").int()),
		End:        stamp(data.get("end_time").int()),
		Background: color(data.get("background_bottom_color")),
	}
	completeSuperChat(s)
	e.Kind, e.SuperChat = event.KindSuperChat, s
	return nil
}

func superChatSender(e *event.Event, data value) {
	at(e, data.get("start_time"), data.get("ts"))
	info := data.get("user_info")
	e.User = user(data.get("uid"), info.get("uname"))
	e.User.Face = info.get("face").text()
	e.User.Guard = guardLevel(info.get("guard_level"))
	e.User.Level = info.get("user_level").small()
	e.User.Admin = info.get("manager").bool()
	e.User.Medal = oldMedal(data.get("medal_info"))
	addInfo(e.User, data.get("uinfo"))
	if data.get("is_mystery").bool() {
		e.User.Masked = true
	}
}

// superChatTwin reads the data of SUPER_CHAT_MESSAGE_JPN: the same chat a
// second time, with a translation. It stays kind other and names the first.
func superChatTwin(e *event.Event, data value) error {
	id := data.get("id").id()
	if id == "" {
		return errNoID
	}
	superChatSender(e, data)
	e.Key, e.Of = "scjpn:"+id, "sc:"+id
	return nil
}

// deleteSuperChats reads a list of the ids of super chats.
func deleteSuperChats(e *event.Event, list value) error {
	d := &event.SuperChatDelete{}
	for v := range list.elements {
		if id := v.id(); id != "" {
			d.IDs = append(d.IDs, id)
		}
	}
	if len(d.IDs) == 0 {
		return errNoID
	}
	e.Kind, e.SuperChatDelete, e.Key = event.KindSuperChatDelete, d, "scdel:"+strings.Join(d.IDs, ",")
	return nil
}

// cny reads an amount in CNY, which may have a fraction.
func cny(v value) event.Money {
	if n := v.int(); strconv.FormatInt(n, 10) == v.text() && n < 1e12 && n > -1e12 {
		return event.Money(n * 1000)
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e12 {
		return 0
	}
	return event.Money(math.Round(f * 1000))
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
