package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

func TestALoginThatFailsTellsTheWindowWhyAndWhenToTryAgain(t *testing.T) {
	for _, v := range []struct {
		fault   string
		problem gui.LoginProblem
		pause   time.Duration // before another try, at least; 0: none
		scanned bool
	}{
		{"no-confirm", gui.LoginExpired, 0, true},
		{"decline", gui.LoginVoid, 0, true},
		{"poll=-352", gui.LoginRiskControl, time.Minute, false},
		{"poll=-412", gui.LoginRefused, 5 * time.Minute, false},
		{"poll=-799", gui.LoginTooFrequent, 10 * time.Second, false},
		{"-412", gui.LoginRefused, 5 * time.Minute, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			fault, err := simroom.ParseFault(v.fault)
			if err != nil {
				t.Fatal(err)
			}
			c := busyRoom()
			c.Faults = []simroom.Fault{fault}
			a, s := accountOf(t, c)
			var last gui.LoginStep
			scanned := false
			try := func() *gui.LoginError {
				var known *gui.LoginError
				err := a.Login(t.Context(), func(s gui.LoginStep) { last, scanned = s, scanned || s.Scanned })
				if !errors.As(err, &known) {
					t.Fatalf("%s: %v", v.fault, err)
				}
				return known
			}
			e := try()
			if e.Problem != v.problem || scanned != v.scanned || last.Scanned != v.scanned {
				t.Errorf("%s: %s, scanned %t: %v", v.fault, e.Problem, scanned, e)
			}
			now := event.At(time.Now())
			if v.pause == 0 && e.Until != 0 || v.pause > 0 && e.Until < now+event.Millis(v.pause.Milliseconds()) {
				t.Errorf("%s: until %v", v.fault, e.Until)
			}
			const generate = "/x/passport-login/web/qrcode/generate"
			calls := s.Calls()[generate]
			again := try()
			if asked := s.Calls()[generate] > calls; again.Problem != v.problem || again.Until != e.Until || asked != (v.pause == 0) {
				t.Errorf("%s, again: %s until %v, asked for another code: %t", v.fault, again.Problem, again.Until, asked)
			}
		})
	}
}

// accountOf is the account of a platform in the bubble.
func accountOf(t *testing.T, c simroom.Config) (*account, *simroom.Server) {
	t.Helper()
	s, err := simroom.New(c)
	if err != nil {
		t.Fatal(err)
	}
	pipe := simroom.NewPipe()
	server := &http.Server{Handler: s.Handler()}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() { _ = server.Serve(pipe) })
	transport := &http.Transport{DialContext: pipe.Dial}
	t.Cleanup(func() {
		cancel()
		transport.CloseIdleConnections()
		_ = server.Close()
		work.Wait()
	})
	a := newAccount(&flags{}, t.TempDir(), quiet())
	a.logins = sync.OnceValues(func() (*bilibili.Client, error) {
		return bilibili.New(bilibili.Config{Upstream: "http://platform.test:80", Transport: transport})
	})
	return a, s
}
