package bilibili

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/internal/simroom"
)

const (
	pathGenerate = "/x/passport-login/web/qrcode/generate"
	pathPoll     = "/x/passport-login/web/qrcode/poll"
)

func TestALoginThatComesToNothingEndsAndSaysWhy(t *testing.T) {
	for _, v := range []struct {
		fault  string
		states []LoginState
		means  error
		after  time.Duration // at most
		polls  int           // at most
	}{
		{"no-scan", []LoginState{LoginWaiting, LoginExpired}, ErrCodeExpired, 185 * time.Second, 92},
		{"no-confirm", []LoginState{LoginWaiting, LoginScanned, LoginExpired}, ErrCodeExpired, 185 * time.Second, 92},
		{"decline", []LoginState{LoginWaiting, LoginScanned, LoginExpired}, ErrCodeVoid, 7 * time.Second, 4},
		{"expire-code@1s", []LoginState{LoginWaiting, LoginExpired}, ErrCodeVoid, 3 * time.Second, 2},
		{"poll=-352@3s", []LoginState{LoginWaiting}, ErrRiskControl, 5 * time.Second, 3},
		{"poll=-412@3s", []LoginState{LoginWaiting}, ErrRefused, 5 * time.Second, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			fault, err := simroom.ParseFault(v.fault)
			if err != nil {
				t.Fatal(err)
			}
			s, config := simulated(t, simroom.Config{Faults: []simroom.Fault{fault}})
			c, _ := New(config)
			l, err := c.BeginLogin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			var states []LoginState
			_, err = l.Run(t.Context(), func(s LoginState) { states = append(states, s) })
			if !errors.Is(err, v.means) || !slices.Equal(states, v.states) || time.Since(began) > v.after {
				t.Errorf("%s: after %v %v, states %v", v.fault, time.Since(began), err, states)
			}
			<-time.After(10 * time.Minute)
			if n := s.Calls()[pathPoll]; n > v.polls {
				t.Errorf("%s: asked %d times", v.fault, n)
			}
		})
	}
}

func TestAfterRiskControlNoCodeIsAskedForBeforeThePauseIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault, err := simroom.ParseFault("poll=-352@0s/150s")
		if err != nil {
			t.Fatal(err)
		}
		s, config := simulated(t, simroom.Config{Faults: []simroom.Fault{fault}})
		c, _ := New(config)
		try := func() error {
			l, err := c.BeginLogin(t.Context())
			if err == nil {
				_, err = l.Run(t.Context(), func(LoginState) {})
			}
			return err
		}
		var e *APIError
		for i, least := range []time.Duration{time.Minute, 2 * time.Minute} {
			if err := try(); !errors.As(err, &e) || e.Held || time.Until(e.Until) < least {
				t.Fatalf("try %d: %v", i, err)
			}
			calls := s.Calls()
			until := e.Until
			if err := try(); !errors.As(err, &e) || !e.Held || !e.Until.Equal(until) {
				t.Errorf("try %d, again at once: %v", i, err)
			}
			if now := s.Calls(); now[pathGenerate] != calls[pathGenerate] || now[pathPoll] != calls[pathPoll] {
				t.Errorf("try %d, again at once: calls %v", i, now)
			}
			<-time.After(time.Until(until))
		}
		if err := try(); err != nil {
			t.Errorf("after the pauses: %v", err)
		}
	})
}
