package store

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"danmaku/event"
)

func TestLedgerKeepsPaidFreeBlindAndDeletedApart(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	n := 0
	ev := func(at event.Millis, uid string, kind event.Kind, fill func(e *event.Event)) event.Event {
		n++
		e := event.Event{Platform: event.Bilibili, Room: 1, Kind: kind, Key: fmt.Sprintf("msg:%d", n), At: at, Received: at}
		if uid != "" {
			e.User = &event.User{ID: uid, Name: "名" + uid}
		}
		fill(&e)
		return e
	}
	gift := func(g event.Gift) func(e *event.Event) { return func(e *event.Event) { e.Gift = &g } }
	chat := func(id string, m event.Money) func(e *event.Event) {
		return func(e *event.Event) { e.SuperChat = &event.SuperChat{ID: id, Text: "hi", Price: m} }
	}
	appendAll(t, a, []event.Event{
		ev(10, "1", event.KindGift, gift(event.Gift{Name: "小花花", Count: 3, UnitPrice: 100, Total: 300, Paid: true})),
		ev(20, "1", event.KindGift, gift(event.Gift{Name: "辣条", Count: 50, UnitPrice: 100, Paid: false})),
		ev(30, "2", event.KindGift, gift(event.Gift{Name: "城堡", Count: 2, UnitPrice: 16000, Total: 30000, Paid: true, BlindBox: &event.BlindBox{Name: "盲盒", Price: 15000}})),
		ev(40, "2", event.KindSuperChat, chat("7", 50000)),
		ev(50, "3", event.KindSuperChat, chat("8", 30000)),
		ev(60, "", event.KindSuperChatDelete, func(e *event.Event) { e.SuperChatDelete = &event.SuperChatDelete{IDs: []string{"8", "404"}} }),
		ev(70, "3", event.KindGuard, func(e *event.Event) {
			e.Guard = &event.Guard{Level: 3, Count: 3, Unit: "月", Price: 594000}
		}),
		ev(70, "3", event.KindGuard, func(e *event.Event) {
			e.Guard = &event.Guard{Level: 3, Count: 3, Unit: "月", Price: 594000}
			e.Of = "msg:7" // the same purchase, told again
		}),
		ev(80, "1", event.KindRedPacket, func(e *event.Event) { e.RedPacket = &event.RedPacket{Phase: "bought", Price: 16000, Count: 1} }),
		ev(81, "", event.KindRedPacket, func(e *event.Event) { e.RedPacket = &event.RedPacket{Phase: "start", Price: 16000} }),
		ev(90, "1", event.KindComment, func(e *event.Event) { e.Comment = &event.Comment{Text: "no money"} }),
	})
	ledger := func(f event.Filter) Ledger {
		t.Helper()
		l, err := a.Ledger(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	want := Ledger{
		Gifts: Sum{2, 5, 30300}, FreeGifts: Sum{1, 50, 5000}, BlindBoxes: Sum{1, 2, 30000}, BlindValue: 32000,
		SuperChats: Sum{2, 2, 80000}, Deleted: Sum{1, 1, 30000}, Guards: map[int]Sum{3: {1, 3, 594000}}, RedPackets: Sum{1, 1, 16000},
		Total: 30300 + 50000 + 594000 + 16000,
	}
	if got := ledger(event.Filter{Rooms: []event.RoomID{1}}); !reflect.DeepEqual(got, want) {
		t.Errorf("all:\n got %+v\nwant %+v", got, want)
	}
	if got := ledger(event.Filter{From: 20, To: 70}); got.Total != 80000 || got.Deleted.Money != 30000 {
		t.Errorf("a part of the time: %+v", got)
	}
	if got := ledger(event.Filter{User: "3"}); got.Total != 594000 {
		t.Errorf("one person: %+v", got)
	}
	if got := ledger(event.Filter{Rooms: []event.RoomID{2}}); got.Total != 0 {
		t.Errorf("a room without events: %+v", got)
	}
	payers, err := a.Payers(ctx, event.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var sum event.Money
	for _, p := range payers {
		sum += p.Ledger.Total
	}
	if sum != want.Total || len(payers) != 3 || payers[0].User.ID != "3" || payers[2].Ledger.Total != 16300 {
		t.Errorf("payers: %+v", payers)
	}
	sum = 0
	for p, err := range a.Purchases(ctx, event.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Deleted != (p.By != 0) || p.Deleted && p.Event.SuperChat.ID != "8" {
			t.Errorf("purchase %+v", p)
		}
		sum += p.Money
	}
	if sum != want.Total {
		t.Errorf("the purchases come to %d, the ledger to %d", sum, want.Total)
	}
}

func TestLedgerIsExactOverManyPurchases(t *testing.T) {
	a := open(t, Options{RawKeep: -1})
	g := newGenerator(9)
	var total, free event.Money
	for range 20 {
		batch := make([]event.Event, 500)
		for i := range batch {
			e := g.kind(event.KindGift)
			e.Of = ""
			e.Key = fmt.Sprintf("gift:%d", g.n)
			total += e.Paid()
			if e.Gift != nil && !e.Gift.Paid {
				free += e.Gift.UnitPrice * event.Money(e.Gift.Count)
			}
			batch[i] = e
		}
		appendAll(t, a, batch)
		appendAll(t, a, batch) // a second recorder
	}
	l, err := a.Ledger(context.Background(), event.Filter{})
	if err != nil || l.Total != total || l.FreeGifts.Money != free {
		t.Errorf("total %d, free %d, %v; want %d and %d", l.Total, l.FreeGifts.Money, err, total, free)
	}
}
