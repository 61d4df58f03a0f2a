package decoder

import (
	"errors"
	"strconv"
	"strings"

	"danmaku/event"
)

// One purchase of a guard membership sends up to four commands: two toasts
// (USER_TOAST_MSG_V2, USER_TOAST_MSG), GUARD_BUY, and a banner for the whole
// site. Here each is decoded for itself; Joiner makes them one.

var errNoLevel = errors.New("no guard_level")

// guardBuy reads the data of GUARD_BUY: the list price, and no number of the
// purchase.
func guardBuy(e *event.Event, data value) error {
	l := guardLevel(data.get("guard_level"))
	if l == 0 {
		return errNoLevel
	}
	start := data.get("start_time").int()
	at(e, data.get("start_time"))
	e.User = user(data.get("uid"), data.get("username"))
	e.User.Guard = l
	e.Kind, e.Guard = event.KindGuard, &event.Guard{
		Level: l,
		Name:  data.get("gift_name").text(),
		Count: data.get("num").small(),
		Unit:  "月",
		Price: data.get("price").coins(),
	}
	e.Guard.Price = guardPrice(e.Guard)
	if start > 0 {
		e.Key = "guard:" + e.User.ID + ":" + strconv.FormatInt(start, 10) + ":" + strconv.Itoa(l)
	}
	return nil
}

// toast reads the data of USER_TOAST_MSG: what was really paid, and the number
// of the purchase. The form of 2018 has no price; GUARD_BUY is the purchase
// then, and the toast stays kind other.
func toast(e *event.Event, data value) error {
	l := guardLevel(data.get("guard_level"))
	if l == 0 {
		return errNoLevel
	}
	at(e, data.get("start_time"))
	e.User = user(data.get("uid"), data.get("username"))
	e.User.Guard = l
	if !data.get("price").exists() {
		return nil
	}
	setToast(e, &event.Guard{
		Level: l,
		Name:  data.get("role_name").text(),
		Count: data.get("num").small(),
		Unit:  data.get("unit").text(),
		Price: data.get("price").coins(),
	}, data.get("payflow_id"), data.get("toast_msg"), data.get("op_type"))
	return nil
}

// toastV2 reads the data of USER_TOAST_MSG_V2: the same in other places.
func toastV2(e *event.Event, data value) error {
	info, pay, sender := data.get("guard_info"), data.get("pay_info"), data.get("sender_uinfo")
	l := guardLevel(info.get("guard_level"))
	if l == 0 {
		return errNoLevel
	}
	at(e, info.get("start_time"))
	e.User = user(sender.get("uid"), sender.path("base", "name"))
	e.User.Guard = l
	addInfo(e.User, sender)
	setToast(e, &event.Guard{
		Level: l,
		Name:  info.get("role_name").text(),
		Count: pay.get("num").small(),
		Unit:  pay.get("unit").text(),
		Price: pay.get("price").coins(),
	}, pay.get("payflow_id"), data.get("toast_msg"), info.get("op_type"))
	return nil
}

func setToast(e *event.Event, g *event.Guard, payflow, text, op value) {
	g.Price = guardPrice(g)
	// op_type means 1 new, 2 renewed, 3 renewed by itself, but 2 and 3 were
	// captured with a text that says "opened".
	if words := text.text(); words != "" {
		g.Renewal = strings.Contains(words, "续费")
	} else {
		g.Renewal = op.int() == 2 || op.int() == 3
	}
	e.Kind, e.Guard = event.KindGuard, g
	if id := payflow.id(); id != "" {
		e.Key = "guard:" + id
	}
}

// guardPrice returns the price of the whole purchase. It is not known whether
// the platform tells the price of all months or of one: less than six tenths
// of the list price of all can only be one. (The deepest discount seen is
// 30 %.)
func guardPrice(g *event.Guard) event.Money {
	list := [4]event.Money{0, 19998000, 1998000, 198000}[g.Level]
	if g.Count > 1 && g.Unit == "月" && g.Price*5 < times(list, g.Count)*3 {
		return times(g.Price, g.Count)
	}
	return g.Price
}
