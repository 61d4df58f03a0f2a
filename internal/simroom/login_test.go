package simroom

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// code asks for a QR code.
func (g *guest) code() (key string) {
	g.t.Helper()
	var d struct {
		Key string `json:"qrcode_key"`
	}
	decode(g.t, g.call("/x/passport-login/web/qrcode/generate"), &d)
	return d.Key
}

// asked tells how far the QR code got: the outer code and that of the login.
func (g *guest) asked(key string) (outer, state int) {
	g.t.Helper()
	outer, data := g.tryCall("/x/passport-login/web/qrcode/poll?qrcode_key=" + key)
	if outer != 0 {
		return outer, 0
	}
	var d struct{ Code int }
	decode(g.t, data, &d)
	return 0, d.Code
}

const (
	notScanned   = 86101
	notConfirmed = 86090
	void         = 86038
)

func TestThePersonWithThePhoneDoesWhatTheFaultSays(t *testing.T) {
	type step struct {
		at   time.Duration
		want int
	}
	for fault, steps := range map[string][]step{
		"":               {{0, notScanned}, {4 * time.Second, notConfirmed}, {6 * time.Second, 0}},
		"no-scan":        {{6 * time.Second, notScanned}, {179 * time.Second, notScanned}, {181 * time.Second, void}},
		"no-confirm":     {{0, notScanned}, {4 * time.Second, notConfirmed}, {179 * time.Second, notConfirmed}, {181 * time.Second, void}},
		"decline":        {{0, notScanned}, {4 * time.Second, notConfirmed}, {5 * time.Second, void}, {6 * time.Second, void}},
		"expire-code@2s": {{0, notScanned}, {3 * time.Second, void}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var specs []string
			if fault != "" {
				specs = []string{fault}
			}
			_, g := faulty(t, "event", specs...)
			began := time.Now()
			key := g.code()
			for _, s := range steps {
				pass(time.Until(began.Add(s.at)))
				if outer, state := g.asked(key); outer != 0 || state != s.want {
					t.Errorf("%s: after %v %d, %d; want %d", fault, s.at, outer, state, s.want)
				}
			}
		})
	}
}

func TestACodeAskedForAfterTheOthersWereVoidIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "expire-code@2s")
		g.code()
		pass(3 * time.Second)
		if _, state := g.asked(g.code()); state != notScanned {
			t.Errorf("state %d", state)
		}
	})
}

func TestAskingForTheQRCodeIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "poll@0s/1m", "poll=-412@1m/1m")
		key := g.code()
		if outer, _ := g.asked(key); outer != -352 {
			t.Errorf("code %d", outer)
		}
		g.call("/room/v1/Room/room_init?id=520") // other calls are fine
		pass(90 * time.Second)
		p, err := g.http.Get(g.base + "/x/passport-login/web/qrcode/poll?qrcode_key=" + key)
		if err != nil {
			t.Fatal(err)
		}
		p.Body.Close()
		if outer, _ := g.asked(key); outer != -412 || p.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("code %d, status %d", outer, p.StatusCode)
		}
	})
}
