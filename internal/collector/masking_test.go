package collector

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

func TestHiddenNamesComeWithTheirReasonAndWhatHelps(t *testing.T) {
	old, err := bilibili.ParseCookies([]byte("SESSDATA=old%2C; DedeUserID=5"))
	if err != nil {
		t.Fatal(err)
	}
	const room event.RoomID = 7734200
	for _, v := range []struct {
		name    string
		fault   string
		cookies bilibili.Cookies
		login   bool // by QR code, before the room is joined
		state   event.State
		masking event.Masking
		advice  string
	}{
		{"nobody", "mask", bilibili.Cookies{}, false, event.StateMasked, event.MaskedGuest, "you are not logged in. Log in"},
		{"expired", "mask", old, false, event.StateMasked, event.MaskedExpired, "has expired"},
		{"somebody", "mask=all", bilibili.Cookies{}, true, event.StateMasked, event.MaskedAlways, "logged in or not"},
		{"shown", "mask", bilibili.Cookies{}, true, event.StateOnline, "", ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldConfig{archive: &memory{}, cookies: v.cookies, sim: simroom.Config{Rate: 5, Faults: faults(t, v.fault)}})
				if v.login {
					l, err := w.client.BeginLogin(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					cookies, err := l.Run(t.Context(), func(bilibili.LoginState) {})
					if err != nil {
						t.Fatal(err)
					}
					if err := w.client.SetCookies(t.Context(), cookies); err != nil {
						t.Fatal(err)
					}
				}
				w.join(room)
				<-time.After(time.Minute)
				s := w.c.Rooms()[0]
				if s.State != v.state || s.Masking != v.masking || !strings.Contains(s.Advice, v.advice) {
					t.Errorf("%s, %q: %s", s.State, s.Masking, s.Advice)
				}
			})
		})
	}
}
