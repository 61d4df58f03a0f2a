package live

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
)

func guardBuy(uid int) string {
	return fmt.Sprintf(`{"cmd":"GUARD_BUY","data":{"uid":%d,"username":"舰长%d","guard_level":3,"num":1,"price":198000,"gift_id":10003,"gift_name":"舰长","start_time":1700000000,"end_time":1700000000}}`, uid, uid)
}

func guardToast(uid int) string {
	return fmt.Sprintf(`{"cmd":"USER_TOAST_MSG","data":{"uid":%d,"username":"舰长%d","guard_level":3,"num":1,"unit":"月","price":138000,"role_name":"舰长","op_type":1,"toast_msg":"<%%舰长%d%%> 开通了舰长","payflow_id":"PF%d","start_time":1700000000,"end_time":1700000000}}`, uid, uid, uid, uid)
}

func guardToastV2(uid int) string {
	return fmt.Sprintf(`{"cmd":"USER_TOAST_MSG_V2","data":{"sender_uinfo":{"uid":%d,"base":{"name":"舰长%d"}},"guard_info":{"guard_level":3,"role_name":"舰长","op_type":1,"start_time":1700000000,"end_time":1700000000},"pay_info":{"num":1,"unit":"月","price":138000,"payflow_id":"PF%d"},"option":{"source":0},"toast_msg":"<%%舰长%d%%> 开通了舰长"}}`, uid, uid, uid, uid)
}

// purchases are the guard events, and what they cost together.
func purchases(events []event.Event) (n int, total event.Money) {
	for i := range events {
		if events[i].Kind == event.KindGuard && events[i].Of == "" {
			n++
		}
		total += events[i].Paid()
	}
	return n, total
}

func TestAGuardPurchaseIsOneEventWhateverTellsIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		hosts  []string
	}{{"one connection", notLive, []string{"a:1"}}, {"two connections", redundant, []string{"a:1", "b:2"}}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, room := twoHosts(t)
				s := start(t, h, c.change)
				synctest.Wait()
				orders := [][]func(int) string{{guardBuy, guardToast, guardToastV2}, {guardToastV2, guardToast, guardBuy}, {guardToast, guardBuy, guardToastV2}}
				for i, order := range orders {
					for _, command := range order {
						room.say(command(i+1), c.hosts...)
						<-time.After(300 * time.Millisecond)
					}
				}
				<-time.After(time.Minute)
				events := s.all()
				if n, total := purchases(events); n != 3 || total != 3*138000 || len(events) != 9 {
					t.Errorf("%d purchases for %d in %d events, want 3 for 414000 in 9", n, total, len(events))
				}
				for _, e := range events {
					if e.Kind == event.KindOther && (e.Of == "" || len(e.Raw) == 0) {
						t.Errorf("%s repeats nothing: %+v", e.Cmd, e)
					}
				}
				s.stop()
			})
		})
	}
}

func TestAGuardPurchaseWithoutToastIsToldAfterThreeSecondsOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, room := twoHosts(t)
		s := start(t, h, notLive)
		<-time.After(10 * time.Second)
		room.say(guardBuy(1), "a:1")
		<-time.After(2900 * time.Millisecond)
		if n := len(s.all()); n != 0 {
			t.Errorf("%d events at once", n)
		}
		<-time.After(200 * time.Millisecond)
		if n, total := purchases(s.all()); n != 1 || total != 198000 {
			t.Errorf("%d purchases for %d after three seconds", n, total)
		}
		room.say(guardBuy(2), "a:1")
		<-time.After(100 * time.Millisecond)
		s.stop() // what is held goes on before the session ends
		if n, _ := purchases(s.all()); n != 2 || s.last().State != event.StateStopped {
			t.Errorf("%d purchases at the end", n)
		}
	})
}
