package decoder

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"danmaku/event"
)

// The three commands that tell one purchase: a captain for a month, at the
// price paid (toasts) and at the list price (GUARD_BUY).
const (
	testToast   = `{"cmd":"USER_TOAST_MSG","data":{"uid":%[1]d,"username":"早起的鸟","guard_level":3,"num":1,"unit":"月","price":138000,"role_name":"舰长","op_type":1,"toast_msg":"<%%早起的鸟%%> 开通了舰长","payflow_id":"flow%[2]d","start_time":1790000000,"end_time":1790000000}}`
	testToastV2 = `{"cmd":"USER_TOAST_MSG_V2","data":{"sender_uinfo":{"uid":%[1]d,"base":{"name":"早起的鸟"}},"guard_info":{"guard_level":3,"role_name":"舰长","op_type":1,"start_time":1790000000},"pay_info":{"num":1,"unit":"月","price":138000,"payflow_id":"flow%[2]d"},"option":{"source":%[3]d},"toast_msg":"<%%早起的鸟%%> 开通了舰长"}}`
	testBuy     = `{"cmd":"GUARD_BUY","data":{"uid":%[1]d,"username":"早起的鸟","guard_level":3,"num":1,"price":198000,"gift_id":10003,"gift_name":"舰长","start_time":%[2]d,"end_time":%[2]d}}`
)

func toastOf(t *testing.T, uid, flow int) event.Event {
	return one(t, fmt.Sprintf(testToast, uid, flow))
}

func toastV2Of(t *testing.T, uid, flow, source int) event.Event {
	return one(t, fmt.Sprintf(testToastV2, uid, flow, source))
}

func buyOf(t *testing.T, uid, start int) event.Event { return one(t, fmt.Sprintf(testBuy, uid, start)) }

// purchases are the keys and prices of what counts; repeats what names one of
// them.
func purchases(events []event.Event) (keys []string, paid event.Money, repeats []string) {
	for _, e := range events {
		if e.Kind == event.KindGuard {
			keys = append(keys, e.Key)
		} else {
			repeats = append(repeats, e.Of)
		}
		paid += e.Paid()
	}
	return keys, paid, repeats
}

func TestThreeMessagesOfAPurchaseAreOnePurchaseInAnyOrder(t *testing.T) {
	all := []event.Event{toastV2Of(t, 7, 1, 0), toastOf(t, 7, 1), buyOf(t, 7, 1790000000)}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		var j Joiner
		var out []event.Event
		now := testReceived
		for _, i := range order {
			out = j.Add(out, all[i], now)
			now += 400
		}
		out = j.Flush(out, now)
		keys, paid, repeats := purchases(out)
		if !slices.Equal(keys, []string{"guard:flow1"}) || paid != 138000 || !slices.Equal(repeats, []string{"guard:flow1", "guard:flow1"}) {
			t.Errorf("order %v: purchases %v for %d, repeats of %v", order, keys, paid, repeats)
		}
		seen := map[string]bool{}
		for _, e := range out {
			if seen[e.Key] || e.Raw == nil {
				t.Errorf("order %v: key %q twice, or its raw is lost", order, e.Key)
			}
			seen[e.Key] = true
		}
	}
}

func TestAPurchaseWithoutAToastIsPassedOnAfterThreeSeconds(t *testing.T) {
	var j Joiner
	if out := j.Add(nil, buyOf(t, 7, 1790000000), testReceived); len(out) != 0 {
		t.Fatalf("%d events at once", len(out))
	}
	at, ok := j.Next()
	if !ok || at != testReceived+guardWait {
		t.Fatalf("next at %d, %v", at, ok)
	}
	if out := j.Due(nil, at-1); len(out) != 0 {
		t.Fatalf("%d events too early", len(out))
	}
	out := j.Due(nil, at)
	if keys, paid, _ := purchases(out); !slices.Equal(keys, []string{"guard:7:1790000000:3"}) || paid != 198000 {
		t.Fatalf("purchases %v for %d", keys, paid)
	}
	if _, ok := j.Next(); ok {
		t.Error("still something held")
	}
	// A toast that comes later repeats it, and does not count again.
	out = j.Add(nil, toastOf(t, 7, 1), at+5000)
	if keys, paid, repeats := purchases(out); len(keys) != 0 || paid != 0 || !slices.Equal(repeats, []string{"guard:7:1790000000:3"}) {
		t.Errorf("purchases %v for %d, repeats of %v", keys, paid, repeats)
	}
	// The next purchase of the same person is another one.
	out = j.Add(nil, toastOf(t, 7, 2), at+guardMemory+5001)
	if keys, _, _ := purchases(out); !slices.Equal(keys, []string{"guard:flow2"}) {
		t.Errorf("purchases %v", keys)
	}
}

func TestPurchasesOfTwoPeopleAtOnceStayTwo(t *testing.T) {
	var j Joiner
	var out []event.Event
	for _, e := range []event.Event{buyOf(t, 7, 1790000000), buyOf(t, 8, 1790000000), toastOf(t, 8, 2), toastOf(t, 7, 1), toastV2Of(t, 7, 1, 0), toastV2Of(t, 8, 2, 0)} {
		out = j.Add(out, e, testReceived)
	}
	keys, paid, repeats := purchases(j.Flush(out, testReceived))
	if !slices.Equal(keys, []string{"guard:flow2", "guard:flow1"}) || paid != 2*138000 || !slices.Equal(repeats, []string{"guard:flow2", "guard:flow1", "guard:flow1", "guard:flow2"}) {
		t.Errorf("purchases %v for %d, repeats of %v", keys, paid, repeats)
	}
}

func TestTheToastOfTheOneWhoWasGivenIsNoPurchase(t *testing.T) {
	var j Joiner
	out := j.Add(nil, toastV2Of(t, 7, 1, 0), testReceived)
	out = j.Add(out, toastV2Of(t, 7, 2, 2), testReceived+100)
	if keys, _, repeats := purchases(out); !slices.Equal(keys, []string{"guard:flow1"}) || !slices.Equal(repeats, []string{"guard:flow1"}) {
		t.Errorf("purchases %v, repeats of %v", keys, repeats)
	}
}

func TestTheSameMessageAgainIsPassedOnAsItIs(t *testing.T) {
	// Who keeps events by their key throws the second away.
	var j Joiner
	toast, buy := toastOf(t, 7, 1), buyOf(t, 8, 1790000000)
	out := j.Add(j.Add(nil, toast, testReceived), toast, testReceived)
	if len(out) != 2 || !reflect.DeepEqual(out[0], out[1]) {
		t.Errorf("%+v", out)
	}
	out = j.Flush(j.Add(j.Add(nil, buy, testReceived), buy, testReceived), testReceived)
	if len(out) != 2 || !reflect.DeepEqual(out[0], out[1]) {
		t.Errorf("%+v", out)
	}
}

func TestEverythingGoesThroughTheJoinerOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		var j Joiner
		var out []event.Event
		now, in := testReceived, 0
		raws := map[string]int{}
		for range 600 { // more than are remembered
			uid, flow := 1+rng.IntN(400), rng.IntN(1000)
			var e event.Event
			switch rng.IntN(4) {
			case 0:
				e = toastOf(t, uid, flow)
			case 1:
				e = toastV2Of(t, uid, flow, rng.IntN(3))
			case 2:
				e = buyOf(t, uid, 1790000000+rng.IntN(5))
			default:
				e = one(t, `{"cmd":"PREPARING","roomid":"5"}`)
			}
			raws[string(e.Raw)]++
			in++
			now += event.Millis(rng.IntN(20))
			out = j.Add(out, e, now)
			if len(j.held) > maxGuards || len(j.passed) > maxGuards {
				t.Fatalf("%d held, %d remembered", len(j.held), len(j.passed))
			}
		}
		if out = j.Flush(out, now); len(out) != in {
			t.Fatalf("%d events of %d", len(out), in)
		}
		for _, e := range out {
			raws[string(e.Raw)]--
			if e.Kind == event.KindOther && e.Cmd != "PREPARING" && e.Of == "" {
				t.Fatalf("%s repeats nothing", e.Cmd)
			}
		}
		for raw, n := range raws {
			if n != 0 {
				t.Fatalf("%d too few of %s", n, raw)
			}
		}
	}
}
