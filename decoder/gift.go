package decoder

import (
	"errors"
	"strings"

	"danmaku/decoder/internal/pb"
	"danmaku/event"
)

// gift reads the data of SEND_GIFT.
func gift(e *event.Event, data value) error {
	if !data.isObject() {
		return errNoData
	}
	at(e, data.get("timestamp"))
	e.User = user(data.get("uid"), data.get("uname"))
	e.User.Face = data.get("face").text()
	e.User.Guard = guardLevel(data.get("guard_level"))
	e.User.Wealth = data.get("wealth_level").small()
	e.User.Medal = oldMedal(data.get("medal_info"))
	addInfo(e.User, data.get("sender_uinfo"))

	g := &event.Gift{
		ID:     data.get("giftId").text(),
		Name:   data.get("giftName").text(),
		Count:  data.get("num").small(),
		Action: data.get("action").text(),
		Icon:   data.path("gift_info", "img_basic").text(),
		Combo:  data.get("batch_combo_id").text(),
	}
	price, total := data.get("price").coins(), data.get("total_coin").coins()
	if !data.get("total_coin").exists() {
		total = times(price, g.Count)
	}
	giftMoney(g, data.get("coin_type").text(), price, total)
	if box := data.get("blind_gift"); box.isObject() {
		g.BlindBox = &event.BlindBox{
			Name:  box.get("original_gift_name").text(),
			Price: box.get("original_gift_price").coins(),
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
	return nil
}

// giftMoney sets what a gift cost. Only gold coins are money; the price of a
// silver gift is not, though it may be far from 0. For a blind box total is
// what the boxes cost and price the worth of what came out.
func giftMoney(g *event.Gift, coin string, price, total event.Money) {
	if coin != "gold" {
		return
	}
	g.UnitPrice = price
	if total > 0 {
		g.Paid, g.Total = true, total
	}
}

// person reads {uid,uname}; nil when it names nobody.
func person(v value) *event.Person {
	if !v.isObject() {
		return nil
	}
	p := event.Person{ID: v.get("uid").id(), Name: v.get("uname").text()}
	if p == (event.Person{}) {
		return nil
	}
	return &p
}

// giftV2 reads the data of SEND_GIFT_V2: one sender and a list of items, each
// of which becomes an event. The sum of what is paid is over the items:
// total_coin is for all pieces of one item, as in SEND_GIFT.
func (d *Decoder) giftV2(dst []event.Event, data value) ([]event.Event, error) {
	m := &pb.SendGift{}
	if err := d.protobuf(data.get("pb"), m); err != nil {
		return dst, err
	}
	d.checkProtobuf(m)
	if len(m.GetGiftList()) == 0 {
		return dst, errors.New("data.pb: no gift in the list")
	}
	first := dst[len(dst)-1]
	u := pbUser(m.GetUid(), m.GetUname())
	u.Face = utf8Text(m.GetFace())
	u.Guard = level(m.GetGuardLevel())
	u.Wealth = clamp(m.GetWealthInfo().GetLevel())
	if old := m.GetMedalInfo(); len(old.GetName()) > 0 || old.GetLevel() > 0 {
		u.Medal = &event.Medal{
			Name: utf8Text(old.GetName()), Level: clamp(old.GetLevel()),
			Room: event.RoomID(old.GetAnchorRoomid()), Owner: utf8Text(old.GetAnchorUname()),
			Lit: old.GetIsLighted() != 0, Guard: level(old.GetGuardLevel()), Color: rgb(old.GetColor()),
		}
	}
	addPbInfo(u, m.GetSenderUinfo())

	dst = dst[:len(dst)-1]
	for i, item := range m.GetGiftList() {
		e := first
		if i > 0 {
			e.Key = "" // the identity of the message would make the items one
		}
		e.Kind, e.User, e.Gift = event.KindGift, u, giftItem(m, item)
		if i > 0 { // no event shares what a reader may change
			own := *u
			if u.Medal != nil {
				medal := *u.Medal
				own.Medal = &medal
			}
			e.User = &own
		}
		if t := stamp(item.GetTimestamp()); t != 0 {
			e.At = t
		}
		if id := utf8Text(item.GetTid()); id != "" && id != "0" {
			e.Key = "gift:" + id
		}
		dst = append(dst, e)
	}
	return dst, nil
}

func giftItem(m *pb.SendGift, item *pb.GiftItem) *event.Gift {
	g := &event.Gift{
		ID:     number(item.GetGiftId()),
		Name:   utf8Text(item.GetGiftName()),
		Count:  clamp(item.GetNum()),
		Action: utf8Text(item.GetAction()),
		Icon:   utf8Text(item.GetGiftInfo().GetImgBasic()),
		Combo:  utf8Text(item.GetBatchComboId()),
	}
	giftMoney(g, string(item.GetCoinType()), coins(item.GetPrice()), coins(item.GetTotalCoin()))
	if box := m.GetBlindGift(); box != nil {
		g.BlindBox = &event.BlindBox{Name: utf8Text(box.GetOriginalGiftName()), Price: coins(box.GetOriginalGiftPrice())}
	}
	if to := item.GetReceiveUserInfo(); to.GetUid() != 0 || len(to.GetUname()) > 0 {
		g.Receiver = &event.Person{ID: number(to.GetUid()), Name: utf8Text(to.GetUname())}
	}
	if to := m.GetSendMaster(); to.GetUid() != 0 || len(to.GetUname()) > 0 {
		g.Receiver = &event.Person{ID: number(to.GetUid()), Name: utf8Text(to.GetUname())}
	}
	return g
}

// betweenMarks returns the name that the platform marks in a text as <%name%>.
func betweenMarks(s string) string {
	_, s, ok := strings.Cut(s, "<%")
	if !ok {
		return ""
	}
	s, _, ok = strings.Cut(s, "%>")
	if !ok {
		return ""
	}
	return strings.TrimSpace(s)
}

// unmarked takes those marks out of a text.
func unmarked(s string) string {
	return strings.NewReplacer("<%", "", "%>", "").Replace(s)
}
