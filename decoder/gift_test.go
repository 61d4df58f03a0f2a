package decoder

import (
	"encoding/base64"
	"testing"

	"danmaku/decoder/internal/pb"
	"danmaku/event"

	"google.golang.org/protobuf/proto"
)

func giftsOf(t *testing.T, m *pb.SendGift) []event.Event {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	command := `{"cmd":"SEND_GIFT_V2","msg_id":"1:1000:1000","data":{"dmscore":4,"pb":"` + base64.StdEncoding.EncodeToString(b) + `"}}`
	events, err := New(Limits{}).Events(nil, testRoom, testReceived, []byte(command))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// Five boxes of 33 CNY, out of which came five each of two things: as captured
// in 2026, what was paid stands at both.
func TestEveryItemOfAGiftListIsAGiftOfItsOwn(t *testing.T) {
	item := func(id int64, name, tid string, price, worth int64) *pb.GiftItem {
		return &pb.GiftItem{GiftId: id, GiftName: []byte(name), Num: 5, Price: price, TotalCoin: 165000, ComboTotalCoin: worth, CoinType: []byte("gold"),
			Tid: []byte(tid), Timestamp: 1790000000, Action: []byte("投喂"), BatchComboId: []byte("c1")}
	}
	events := giftsOf(t, &pb.SendGift{
		Uid: 77, Uname: []byte("早起的鸟"), GuardLevel: 3, WealthInfo: &pb.SendGift_WealthInfo{Level: 31},
		SenderUinfo: &pb.UserInfo{Uid: 77, Medal: &pb.UserInfo_Medal{Name: []byte("星星"), Level: 26}},
		BlindGift:   &pb.SendGift_BlindGift{OriginalGiftName: []byte("盲盒"), OriginalGiftPrice: 33000},
		GiftList:    []*pb.GiftItem{item(1, "甲", "t1", 35000, 175000), item(2, "乙", "t2", 20000, 100000)},
	})
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	var paid event.Money
	for i, e := range events {
		g := e.Gift
		if e.Kind != event.KindGift || e.Key != []string{"gift:t1", "gift:t2"}[i] || e.At != 1790000000000 || g.Name != []string{"甲", "乙"}[i] ||
			g.ID != []string{"1", "2"}[i] || g.Count != 5 || g.UnitPrice != []event.Money{35000, 20000}[i] || g.Total != 165000 || !g.Paid || g.Combo != "c1" ||
			g.BlindBox == nil || *g.BlindBox != (event.BlindBox{Name: "盲盒", Price: 33000}) {
			t.Errorf("item %d: %s at %d: %+v %+v", i, e.Key, e.At, g, g.BlindBox)
		}
		if e.User.ID != "77" || e.User.Guard != 3 || e.User.Wealth != 31 || e.User.Medal == nil || e.User.Medal.Name != "星星" {
			t.Errorf("item %d: %+v", i, e.User)
		}
		paid += e.Paid()
	}
	if paid != 330000 {
		t.Errorf("%d paid", paid)
	}
	if events[0].User == events[1].User || events[0].User.Medal == events[1].User.Medal {
		t.Error("two events share a user that a reader may change")
	}
}

func TestSilverIsNoMoney(t *testing.T) {
	events := giftsOf(t, &pb.SendGift{Uid: 77, GiftList: []*pb.GiftItem{{GiftId: 1, Num: 9, Price: 1000, TotalCoin: 9000, CoinType: []byte("silver"), Tid: []byte("t1")}}})
	if g := events[0].Gift; g.Paid || g.Total != 0 || g.UnitPrice != 0 || g.Count != 9 || events[0].Paid() != 0 {
		t.Errorf("%+v", g)
	}
}

func TestItemsWithoutATransactionAreNotOneGift(t *testing.T) {
	events := giftsOf(t, &pb.SendGift{Uid: 77, GiftList: []*pb.GiftItem{{GiftId: 1, Num: 1, CoinType: []byte("gold")}, {GiftId: 2, Num: 1, CoinType: []byte("gold")}}})
	if len(events) != 2 || events[0].Key != "msg:1:1000:1000" || events[1].Key != "" {
		t.Errorf("%d events with keys %q and %q", len(events), events[0].Key, events[1].Key)
	}
}

func TestAGiftOfAHiddenSenderIsMasked(t *testing.T) {
	if u := giftsOf(t, &pb.SendGift{Uname: []byte("早***"), GiftList: []*pb.GiftItem{{GiftId: 1, Num: 1}}})[0].User; !u.Masked || u.ID != "" || u.Name != "早***" {
		t.Errorf("%+v", u)
	}
}
