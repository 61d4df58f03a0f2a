package decoder

import (
	"danmaku/event"
)

// gift reads the data of SEND_GIFT.
func gift(e *event.Event, data value) {
	if !data.isObject() {
		return
	}
	at(e, data.get("timestamp"))
	e.User = user(data.get("uid"), data.get("uname"))
	e.User.Face = data.get("face").text()
	e.User.Guard = guardLevel(data.get("guard_level"))
	e.User.Wealth = int(data.get("wealth_level").int())
	e.User.Medal = oldMedal(data.get("medal_info"))
	addInfo(e.User, data.get("sender_uinfo"))

	g := &event.Gift{
		ID:     data.get("giftId").text(),
		Name:   data.get("giftName").text(),
		Count:  int(data.get("num").int()),
		Action: data.get("action").text(),
		Icon:   data.path("gift_info", "img_basic").text(),
		Combo:  data.get("batch_combo_id").text(),
	}
	total := data.get("total_coin").int()
	price := data.get("price").int()
	if !data.get("total_coin").exists() {
		total = price * int64(g.Count)
	}
	giftMoney(g, data.get("coin_type").text(), price, total)
	if box := data.get("blind_gift"); box.isObject() {
		g.BlindBox = &event.BlindBox{
			Name:  box.get("original_gift_name").text(),
			Price: event.Money(box.get("original_gift_price").int()),
		}
	}
	g.Receiver = person(data.get("receive_user_info"))
	if other := person(data.get("send_master")); other != nil {
		g.Receiver = other
	}
	e.Kind, e.Gift = event.KindGift, g
	id := data.get("tid").id()
	if id == "" {
		id = data.get("rnd").id()
	}
	if id != "" {
		e.Key = "gift:" + id
	}
}

// giftMoney sets what a gift cost. Only gold coins are money; the price of a
// silver gift is not, though it may be far from 0. For a blind box total is
// what the boxes cost and price the worth of what came out.
func giftMoney(g *event.Gift, coin string, price, total int64) {
	if coin != "gold" {
		return
	}
	g.UnitPrice = event.Money(price)
	if total > 0 {
		g.Paid, g.Total = true, event.Money(total)
	}
}

// person reads {uid,uname}; nil when it names nobody.
func person(v value) *event.Person {
	p := event.Person{ID: v.get("uid").id(), Name: v.get("uname").text()}
	if p == (event.Person{}) {
		return nil
	}
	return &p
}
