package decoder

import (
	"strconv"

	"danmaku/event"
)

// guardBuy reads the data of GUARD_BUY: the list price, and no number of the
// purchase. The toast of the same purchase knows both (see Joiner).
func guardBuy(e *event.Event, data value) {
	level := guardLevel(data.get("guard_level"))
	if level == 0 {
		return
	}
	start := data.get("start_time").int()
	at(e, data.get("start_time"))
	e.User = user(data.get("uid"), data.get("username"))
	e.User.Guard = level
	g := &event.Guard{
		Level: level,
		Name:  data.get("gift_name").text(),
		Count: int(data.get("num").int()),
		Unit:  "月",
		Price: event.Money(data.get("price").int()),
	}
	g.Price = guardPrice(g)
	e.Kind, e.Guard = event.KindGuard, g
	if start > 0 {
		e.Key = "guard:" + e.User.ID + ":" + strconv.FormatInt(start, 10) + ":" + strconv.Itoa(level)
	}
}

// guardPrice returns the price of the whole purchase. It is not known whether
// the platform tells the price of all months or of one: less than half the
// list price of all can only be one. (The deepest discount seen is 30 %.)
func guardPrice(g *event.Guard) event.Money {
	list := map[int]event.Money{1: 19998000, 2: 1998000, 3: 198000}[g.Level]
	if n := event.Money(g.Count); n > 1 && n < 1000 && g.Unit == "月" && g.Price < list*n/2 {
		return g.Price * n
	}
	return g.Price
}
