package decoder

import (
	"strings"

	"danmaku/event"
)

// The commands of the official platform all begin with this. Times are in
// seconds, ids of users are texts of its own (open_id), and msg_id inside data
// is the identity.
const openLive = "LIVE_OPEN_PLATFORM_"

// openCommand decodes one of them.
func openCommand(e *event.Event, data value) error {
	if !data.isObject() {
		return errNoData
	}
	at(e, data.get("timestamp"))
	if id := data.get("msg_id").id(); id != "" {
		e.Key = "msg:" + id
	}
	switch strings.TrimPrefix(e.Cmd, openLive) {
	case "DM", "DM_MIRROR":
		openComment(e, data)
	case "SEND_GIFT":
		openGift(e, data)
	case "SUPER_CHAT":
		return openSuperChat(e, data)
	case "SUPER_CHAT_DEL":
		return deleteSuperChats(e, data.get("message_ids"))
	case "GUARD":
		openGuard(e, data)
	case "LIKE":
		e.User = openUser(data)
		e.Kind, e.Like = event.KindLike, &event.Like{Text: data.get("like_text").text(), Count: data.get("like_count").small()}
	case "LIVE_ROOM_ENTER":
		e.User = openUser(data)
		e.Kind, e.Enter = event.KindEnter, &event.Enter{}
	case "LIVE_START":
		e.Kind, e.Live = event.KindLive, &event.Live{Start: stamp(data.get("timestamp").int())}
	case "LIVE_END":
		e.Kind, e.Offline = event.KindOffline, &event.Offline{}
	}
	return nil
}

// openUser reads the fields all these commands name their user by. uid is 0
// or missing since 2024, and real in older recordings.
func openUser(data value) *event.User {
	id := data.get("open_id")
	if id.id() == "" {
		id = data.get("uid")
	}
	u := user(id, data.get("uname"))
	u.Face = data.get("uface").text()
	u.Guard = guardLevel(data.get("guard_level"))
	u.Wealth = data.get("glory_level").small()
	u.Admin = data.get("is_admin").bool()
	if name, level := data.get("fans_medal_name").text(), data.get("fans_medal_level").small(); name != "" || level > 0 {
		u.Medal = &event.Medal{Name: name, Level: level, Lit: data.get("fans_medal_wearing_status").bool()}
	}
	return u
}

func openComment(e *event.Event, data value) {
	e.User = openUser(data)
	c := &event.Comment{
		Text: data.get("msg").text(),
		Mode: "scroll", Color: "#ffffff", Size: 25, // this platform does not say
		Mirror: strings.HasSuffix(e.Cmd, "_MIRROR"),
	}
	if data.get("dm_type").int() == 1 {
		c.Sticker = &event.Emote{Text: c.Text, URL: data.get("emoji_img_url").text()}
	}
	reply := event.ReplyTo{ID: data.get("reply_open_id").id(), Name: data.get("reply_uname").text()}
	if reply != (event.ReplyTo{}) {
		c.ReplyTo = &reply
	}
	e.Kind, e.Comment = event.KindComment, c
	e.Key = strings.Replace(e.Key, "msg:", "dm:", 1)
}

// openGift: price is what the item is worth, r_price what was paid for one,
// and paid alone says whether it cost money (a free gift has a price too).
func openGift(e *event.Event, data value) {
	e.User = openUser(data)
	g := &event.Gift{
		ID:    data.get("gift_id").text(),
		Name:  data.get("gift_name").text(),
		Count: data.get("gift_num").small(),
		Icon:  data.get("gift_icon").text(),
		Combo: data.path("combo_info", "combo_id").text(),
	}
	if data.get("paid").bool() {
		price := data.get("price").coins()
		paid := price
		if v := data.get("r_price"); v.exists() {
			paid = v.coins()
		}
		giftMoney(g, "gold", price, times(paid, g.Count))
		if data.path("blind_gift", "status").bool() {
			g.BlindBox = &event.BlindBox{Price: paid}
		}
	}
	if to := data.get("anchor_info"); to.isObject() {
		u := openUser(to)
		if u.ID != "" || u.Name != "" {
			g.Receiver = &event.Person{ID: u.ID, Name: u.Name}
		}
	}
	e.Kind, e.Gift = event.KindGift, g
	e.Key = strings.Replace(e.Key, "msg:", "gift:", 1)
}

func openSuperChat(e *event.Event, data value) error {
	id := data.get("message_id").id()
	if id == "" {
		return errNoID
	}
	e.User = openUser(data)
	s := &event.SuperChat{
		ID:    id,
		Text:  data.get("message").text(),
		Price: cny(data.get("rmb")),
		Start: stamp(data.get("start_time").int()),
		End:   stamp(data.get("end_time").int()),
	}
	completeSuperChat(s)
	e.Kind, e.SuperChat, e.Key = event.KindSuperChat, s, "sc:"+id
	return nil
}

// openGuard: a unit other than 月 is a text that stands for number and unit.
func openGuard(e *event.Event, data value) {
	u := openUser(data)
	who := openUser(data.get("user_info"))
	u.ID, u.Name, u.Face, u.Masked = who.ID, who.Name, who.Face, who.Masked
	g := &event.Guard{
		Level: guardLevel(data.get("guard_level")),
		Count: data.get("guard_num").small(),
		Unit:  data.get("guard_unit").text(),
		Price: data.get("price").coins(),
	}
	g.Name = event.GuardName(g.Level)
	g.Price = guardPrice(g)
	e.Kind, e.User, e.Guard = event.KindGuard, u, g
	e.Key = strings.Replace(e.Key, "msg:", "guard:", 1)
}
