package event

import "testing"

func TestFilterMatch(t *testing.T) {
	e := Event{Seq: 10, Room: 5, Kind: KindComment, At: 1000, User: &User{ID: "42", Name: "Ａｌｉｃｅ"}, Comment: &Comment{Text: "ＡＢＣ ｶﾞ 草"}}
	tests := []struct {
		what string
		f    Filter
		want bool
	}{
		{"the zero filter wants all", Filter{}, true},
		{"its room", Filter{Rooms: []RoomID{4, 5}}, true},
		{"another room", Filter{Rooms: []RoomID{4}}, false},
		{"its kind", Filter{Kinds: []Kind{KindGift, KindComment}}, true},
		{"another kind", Filter{Kinds: []Kind{KindGift}}, false},
		{"from is inclusive", Filter{From: 1000}, true},
		{"from later", Filter{From: 1001}, false},
		{"to is exclusive", Filter{To: 1000}, false},
		{"to later", Filter{To: 1001}, true},
		{"after a lower seq", Filter{After: 9}, true},
		{"after its seq", Filter{After: 10}, false},
		{"the user's id", Filter{User: "42"}, true},
		{"a part of the id is not the id", Filter{User: "4"}, false},
		{"a part of the name, folded", Filter{User: "lic"}, true},
		{"text folded for width and case", Filter{Text: "abc"}, true},
		{"half-width kana", Filter{Text: "ガ"}, true},
		{"absent text", Filter{Text: "木"}, false},
	}
	for _, tt := range tests {
		if got := tt.f.Match(&e); got != tt.want {
			t.Errorf("%s: got %v", tt.what, got)
		}
	}
	if f := (Filter{After: 99}); !f.Match(&Event{Seq: 0}) {
		t.Error("an event that is not archived has no position, so After must not hide it")
	}
	if f := (Filter{User: "x"}); f.Match(&Event{Seq: 1}) {
		t.Error("an event without a user matches a user filter")
	}
}

func TestPaidCountsAPurchaseOnce(t *testing.T) {
	gift := &Gift{Total: 500, Paid: true}
	tests := []struct {
		what string
		e    Event
		want Money
	}{
		{"a paid gift", Event{Gift: gift}, 500},
		{"a free gift with a price", Event{Gift: &Gift{UnitPrice: 100}}, 0},
		{"a super chat", Event{SuperChat: &SuperChat{Price: 30000}}, 30000},
		{"a guard", Event{Guard: &Guard{Price: 138000}}, 138000},
		{"a bought red packet", Event{RedPacket: &RedPacket{Phase: "bought", Price: 2000}}, 2000},
		{"its start tells the worth, not a purchase", Event{RedPacket: &RedPacket{Phase: "start", Price: 2000, Value: 1600}}, 0},
		{"a repeat of another event", Event{Gift: gift, Of: "gift:1"}, 0},
		{"a comment", Event{Comment: &Comment{}}, 0},
	}
	for _, tt := range tests {
		if got := tt.e.Paid(); got != tt.want {
			t.Errorf("%s: got %d want %d", tt.what, got, tt.want)
		}
	}
}
