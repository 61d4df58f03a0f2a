package gui

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// fakeRelay does what a test tells it.
type fakeRelay struct {
	state RelayState
	err   error
	asked chan bool
}

func (r *fakeRelay) Serve(_ context.Context, on bool) (RelayState, error) {
	r.asked <- on
	if r.err == nil {
		r.state = RelayState{On: on, URL: "http://127.0.0.1:32668", Subscribers: 3}
	}
	return r.state, r.err
}

func (r *fakeRelay) State() RelayState { return r.state }

func TestTheRelayIsSwitchedOnAndTellsItsAddresses(t *testing.T) {
	r := &fakeRelay{asked: make(chan bool, 1)}
	w := newTestWindow(t, Config{Locale: "en", Relay: r}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	w.openRelay()
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Off", "Start the relay")
	w.relay.set(true)
	if on := <-r.asked; !on {
		t.Error("switched off")
	}
	waitFor(t, w, func() bool { return !w.relay.busy })
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Running on port 32668", "3 subscribers", "http://127.0.0.1:32668/overlay/21452505",
		"ws://127.0.0.1:32668/v1/events", "No token", "Stop the relay")
	expect(t, "the status bar", onScreen(w.status), "Relay · 3")
	if !savedSettings(t, w).Relay {
		t.Error("it is not remembered")
	}
	r.state.Token = true
	w.eachSecond()
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "?token=TOKEN")
	w.relay.set(false)
	<-r.asked
	waitFor(t, w, func() bool { return !w.relay.busy })
	if s := onScreen(w.sheet.pop.Content); strings.Contains(s, "overlay/") || !strings.Contains(s, "Start the relay") {
		t.Errorf("after switching off:\n%s", s)
	}
	w.closeSheet()
}

func TestARelayThatDoesNotStartSaysWhy(t *testing.T) {
	r := &fakeRelay{asked: make(chan bool, 1), err: &PortTakenError{Address: "127.0.0.1:32668", Err: errors.New("bind: in use")}}
	w := newTestWindow(t, Config{Locale: "en", Relay: r}, 480, 720)
	w.openRelay()
	w.relay.set(true)
	<-r.asked
	waitFor(t, w, func() bool { return !w.relay.busy })
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "127.0.0.1:32668 is in use", "--listen")
	r.err = errors.New("no luck")
	w.relay.set(true)
	<-r.asked
	waitFor(t, w, func() bool { return !w.relay.busy })
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "no luck")
}
