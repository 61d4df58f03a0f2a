package decoder

import (
	"danmaku/event"
)

// redPacketStart reads the data of POPULARITY_RED_POCKET_START: a red packet
// that can be grabbed. What it is worth is told in coins, and is 80 % of what
// was paid.
func redPacketStart(e *event.Event, data value) error {
	id := data.get("lot_id").id()
	if id == "" {
		return errNoData
	}
	at(e, data.get("current_time"), data.get("start_time"))
	e.User = user(data.get("sender_uid"), data.get("sender_name"))
	e.User.Face = data.get("sender_face").text()
	p := &event.RedPacket{
		ID: id, Phase: "start",
		Value:   data.get("total_price").coins(),
		Comment: data.get("danmu").text(),
		Start:   stamp(data.get("start_time").int()),
		End:     stamp(data.get("end_time").int()),
	}
	for v := range data.get("awards").elements {
		a := event.Award{ID: v.get("gift_id").id(), Name: v.get("gift_name").text(), Count: v.get("num").small()}
		p.Awards = append(p.Awards, a)
		p.Count += a.Count
	}
	e.Kind, e.RedPacket, e.Key = event.KindRedPacket, p, "redpacket:"+id+":start"
	return nil
}

// batteryPrice is what one battery (电池) is in money: ten are one CNY.
const batteryPrice = 100

// redPacketNew reads the data of POPULARITY_RED_POCKET_NEW: somebody paid for
// a red packet. The price is in batteries.
func redPacketNew(e *event.Event, data value) error {
	id := data.get("lot_id").id()
	if id == "" {
		return errNoData
	}
	at(e, data.get("current_time"), data.get("start_time"))
	e.User = user(data.get("uid"), data.get("uname"))
	e.User.Medal = oldMedal(data.get("medal_info"))
	addInfo(e.User, data.get("sender_uinfo"))
	e.Kind, e.RedPacket, e.Key = event.KindRedPacket, &event.RedPacket{
		ID: id, Phase: "bought",
		Price: times(data.get("price").coins(), batteryPrice),
		Count: data.get("num").small(),
		Start: stamp(data.get("start_time").int()),
	}, "redpacket:"+id+":bought"
	return nil
}

// redPacketWinners reads the data of POPULARITY_RED_POCKET_WINNER_LIST:
// winners as [uid, name, bag id, gift id], and the gifts by id.
func redPacketWinners(e *event.Event, data value) error {
	id := data.get("lot_id").id()
	if id == "" {
		return errNoData
	}
	p := &event.RedPacket{ID: id, Phase: "winners", Count: data.get("total_num").small()}
	gifts := data.get("awards")
	for v := range data.get("winner_info").elements {
		gift := v.at(3).id()
		p.Awards = append(p.Awards, event.Award{ID: gift, Name: gifts.path(gift, "award_name").text(), Count: 1,
			Winner: &event.Person{ID: v.at(0).id(), Name: v.at(1).text()}})
	}
	e.Kind, e.RedPacket, e.Key = event.KindRedPacket, p, "redpacket:"+id+":winners"
	return nil
}

// lottery reads the data of the ANCHOR_LOT commands; phase is which of them.
func lottery(e *event.Event, data value, phase string) error {
	id := data.get("id").id()
	if id == "" {
		return errNoData
	}
	at(e, data.get("current_time"))
	l := &event.Lottery{
		ID: id, Phase: phase,
		Name:    data.get("award_name").text(),
		Count:   data.get("award_num").small(),
		Comment: data.get("danmu").text(),
		Require: data.get("require_text").text(),
		Seconds: data.get("time").small(),
	}
	if l.Require == "" {
		l.Require = data.get("reject_reason").text()
	}
	for v := range data.get("award_users").elements {
		a := event.Award{Name: l.Name, Count: 1, Winner: &event.Person{ID: v.get("uid").id(), Name: v.get("uname").text()}}
		if n := v.get("num").small(); n > 0 {
			a.Count = n
		}
		l.Awards = append(l.Awards, a)
	}
	e.Kind, e.Lottery, e.Key = event.KindLottery, l, "lottery:"+id+":"+phase
	if phase == "check" {
		e.Key += ":" + data.get("status").text()
	}
	return nil
}
