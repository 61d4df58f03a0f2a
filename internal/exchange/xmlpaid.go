package exchange

import (
	"fmt"
	"strconv"
	"strings"

	"danmaku/event"
)

// paid reads gift, sc, guard and toast.
func (r *xmlReader) paid(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	e := event.Event{Key: el.value("key"), Room: r.room, User: r.user(el, "")}
	pos, err := r.position(el.value("ts"))
	if err != nil {
		return dst, err
	}
	sent, _ := strconv.ParseInt(el.value("sent", "timestamp"), 10, 64)
	r.times(&e, pos, sent)
	if e.At == 0 {
		return dst, ErrNoStart
	}
	number := func(names ...string) int64 {
		n, _ := strconv.ParseInt(strings.TrimSpace(el.value(names...)), 10, 64)
		return n
	}
	count := int(min(max(number("giftcount", "count", "num"), 1), 1<<30))
	switch el.name {
	case "gift":
		e.Kind, e.Cmd = event.KindGift, "SEND_GIFT"
		g := &event.Gift{Name: el.value("giftname"), Count: count, UnitPrice: event.Money(number("price"))}
		g.Paid = el.value("cointype") == "金瓜子"
		if g.Paid {
			g.Total = g.UnitPrice * event.Money(count)
			if t, ok := el.attr("total"); ok {
				n, err := strconv.ParseInt(t, 10, 64)
				if err != nil {
					return dst, fmt.Errorf("gift with a total of %q", t)
				}
				g.Total = event.Money(n)
			}
		}
		e.Gift = g
	case "sc":
		e.Kind, e.Cmd = event.KindSuperChat, "SUPER_CHAT_MESSAGE"
		price, err := parseMoney(el.value("price"))
		if err != nil {
			return dst, err
		}
		if r.dialect == Blrec { // thousandths there, CNY in the other dialects
			price /= 1000
		}
		seconds := int(min(max(number("time"), 0), 1<<20))
		e.SuperChat = &event.SuperChat{ID: strings.TrimPrefix(e.Key, "sc:"), Text: el.text, Price: price, Seconds: seconds,
			Start: e.At, End: e.At + event.Millis(seconds)*1000}
	default:
		e.Kind, e.Cmd = event.KindGuard, "GUARD_BUY"
		if el.name == "toast" {
			e.Cmd = "USER_TOAST_MSG"
		}
		level := int(number("level"))
		name := el.value("giftname", "role")
		if level < 1 || level > 3 {
			level = event.GuardLevel(name)
		}
		if name == "" {
			name = event.GuardName(level)
		}
		unit, ok := el.attr("unit")
		if !ok {
			unit = "月"
		}
		e.Guard = &event.Guard{Level: level, Name: name, Count: count, Unit: unit, Price: event.Money(number("price"))}
		if e.Guard.Price < 0 {
			e.Guard.Price = 0
		}
	}
	if r.dialect == Blrec && e.Guard != nil {
		return r.pairedGuard(dst, el, e)
	}
	return r.decoded(dst, el, "data", e)
}

// pairedGuard keeps a purchase back until its twin must have come; of two, the
// toast counts: its price is what was really paid.
func (r *xmlReader) pairedGuard(dst []event.Event, el *xmlElement, e event.Event) ([]event.Event, error) {
	dst = r.settledGuards(dst, e.Received-10_000)
	for i := range r.guards {
		o := &r.guards[i]
		if o.Cmd == e.Cmd || o.Guard.Level != e.Guard.Level || o.User == nil || e.User == nil || o.User.ID != e.User.ID || o.User.Name != e.User.Name {
			continue
		}
		if e.Cmd == "USER_TOAST_MSG" {
			*o = e
		}
		return dst, nil
	}
	if len(r.guards) < 1000 {
		r.guards = append(r.guards, e)
		return dst, nil
	}
	return append(dst, e), nil
}

// settledGuards gives those that came before a moment.
func (r *xmlReader) settledGuards(dst []event.Event, before event.Millis) []event.Event {
	keep := r.guards[:0]
	for _, g := range r.guards {
		if g.Received < before {
			dst = append(dst, g)
		} else {
			keep = append(keep, g)
		}
	}
	r.guards = keep
	return dst
}

// biliupPaid reads s: times in seconds of the clock, money in thousandths.
func (r *xmlReader) biliupPaid(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	at, err := strconv.ParseInt(el.value("timestamp"), 10, 64)
	if err != nil || at < 1e8 || at > 1e11 {
		return dst, fmt.Errorf("element s without a time")
	}
	e := event.Event{Room: r.room, At: event.Millis(at * 1000), User: r.user(el, "")}
	e.Received = e.At
	price, _ := strconv.ParseInt(el.value("price"), 10, 64) // "None" for guards
	count, _ := strconv.Atoi(el.value("num"))
	count = max(1, count)
	switch t := el.value("type"); t {
	case "gift":
		// The coin is not told, and free gifts have a price too: no sum is made up.
		e.Kind, e.Cmd = event.KindGift, "SEND_GIFT"
		e.Gift = &event.Gift{Name: el.value("giftname"), Count: count, UnitPrice: event.Money(price)}
	case "super_chat":
		e.Kind, e.Cmd = event.KindSuperChat, "SUPER_CHAT_MESSAGE"
		e.SuperChat = &event.SuperChat{Text: el.text, Price: event.Money(price), Start: e.At}
	case "guard_buy":
		e.Kind, e.Cmd = event.KindGuard, "GUARD_BUY"
		name := el.value("giftname")
		e.Guard = &event.Guard{Level: event.GuardLevel(name), Name: name, Count: count, Unit: "月", Price: event.Money(max(0, price))}
	default:
		return dst, fmt.Errorf("element s of type %q is not known", t)
	}
	return append(dst, e), nil
}
