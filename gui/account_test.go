package gui

import (
	"context"
	"errors"
	"image"
	"os"
	"strings"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/gui/model"
)

// fakeAccount does what a test tells it.
type fakeAccount struct {
	state   AccountState
	scanned chan bool  // the code was, or no longer is
	confirm chan error // ends a login
	entered chan string
	dropped chan int
	err     error // of EnterCode
}

func newFakeAccount() *fakeAccount {
	return &fakeAccount{scanned: make(chan bool), confirm: make(chan error), entered: make(chan string, 4), dropped: make(chan int, 4)}
}

func (a *fakeAccount) State() AccountState { return a.state }

func (a *fakeAccount) Login(ctx context.Context, show func(LoginStep)) error {
	show(LoginStep{Code: image.NewGray(image.Rect(0, 0, 29, 29)), Until: event.At(time.Now().Add(time.Minute))})
	for {
		select {
		case scanned := <-a.scanned:
			show(LoginStep{Scanned: scanned})
		case err := <-a.confirm:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *fakeAccount) Logout(context.Context) error { return nil }

func (a *fakeAccount) EnterCode(_ context.Context, code string, keep bool) (event.Status, error) {
	if keep {
		code += " kept"
	}
	a.entered <- code
	return event.Status{Room: testRoom, State: event.StateOnline, Streamer: "璃猫"}, a.err
}

func (a *fakeAccount) DropCode(_ context.Context, n int) error {
	a.dropped <- n
	return nil
}

func TestALoginIsSaidToReachTheRooms(t *testing.T) {
	a := newFakeAccount()
	for _, width := range []float32{1280, 480} {
		a.state = AccountState{}
		w := newTestWindow(t, Config{Locale: "en", Account: a}, width, 720)
		give(t, w, liveStatus(testRoom))
		w.openAccount()
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Log in by QR code", "need an app's keys")
		w.account.begin()
		waitFor(t, w, func() bool { return w.account.frame.Visible() })
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Valid until")
		w.eachSecond()
		if !w.account.frame.Visible() {
			t.Error("the code goes after a second")
		}
		for _, scanned := range []bool{true, false} {
			a.scanned <- scanned
			waitFor(t, w, func() bool {
				return strings.Contains(w.account.hint.text, "Now confirm on the phone, before") == scanned
			})
		}
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Valid until")
		a.confirm <- &LoginError{Problem: LoginRefused, Err: errors.New("-412"), Until: event.At(time.Date(2026, 11, 22, 20, 4, 5, 0, time.Local))}
		waitFor(t, w, func() bool { return strings.Contains(onScreen(w.sheet.pop.Content), "refuses requests") })
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "Not before 20:04:05")
		if w.account.frame.Visible() || w.account.doing.busy() {
			t.Error("a code that is good for nothing is still shown")
		}
		w.account.begin()
		waitFor(t, w, func() bool { return w.account.frame.Visible() })
		a.state = AccountState{LoggedIn: true, ID: "123", Changing: true}
		a.confirm <- nil
		waitFor(t, w, func() bool { return !w.account.frame.Visible() })
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "logged in as user 123", "connecting anew", "Log out")
		a.state.Changing = false
		w.eachSecond()
		expect(t, "the sheet", onScreen(w.sheet.pop.Content), "You are logged in now")
		a.state.Fixed = true
		w.eachSecond()
		if s := onScreen(w.sheet.pop.Content); strings.Contains(s, "Log out") || !strings.Contains(s, "--cookie-file") {
			t.Errorf("a login named at the start:\n%s", s)
		}
		w.closeSheet()
		w.tasks.Wait()
	}
}

func TestHiddenNamesAreToldWithWhatHelps(t *testing.T) {
	a := newFakeAccount()
	a.state = AccountState{LoggedIn: true, ID: "123"}
	w := newTestWindow(t, Config{Locale: "en", Account: a}, 1280, 720)
	masked := liveStatus(testRoom)
	masked.Status.State = event.StateMasked
	for masking, want := range map[event.Masking]string{
		"": "log", event.MaskedGuest: "You are not logged in", event.MaskedAlways: "Nothing can be done", event.MaskedExpired: "Log in again",
	} {
		masked.Status.Masking = masking
		give(t, w, masked)
		expect(t, "the banner", onScreen(w.banner), want)
		w.openAccount()
		s := onScreen(w.sheet.pop.Content)
		if masking == event.MaskedExpired {
			expect(t, "the sheet", s, "has expired", "Log in by QR code")
		} else {
			expect(t, "the sheet", s, "logged in as user 123", "Log out")
		}
		w.closeSheet()
	}
	w.model.Link = &model.Link{Online: true}
	for masking, want := range map[event.Masking]string{
		event.MaskedGuest: "The relay is not logged in", event.MaskedAlways: "Nothing can be done", event.MaskedExpired: "The login of the relay has expired",
	} {
		masked.Status.Masking = masking
		give(t, w, masked)
		expect(t, "the banner", onScreen(w.banner), want)
	}
	w.tasks.Wait()
}

func TestAnIdentityCodeIsEnteredListedAndDropped(t *testing.T) {
	a := newFakeAccount()
	a.state.Keys = true
	w := newTestWindow(t, Config{Locale: "en", Account: a}, 1280, 720)
	w.openAccount()
	v := w.account.codes
	if !v.entry.Password {
		t.Error("whoever sees the screen can read the code")
	}
	v.enter() // nothing is in the box
	v.entry.SetText("WRONG")
	a.err = &CodeError{Problem: CodeWrong, Err: errors.New("7007")}
	v.enter()
	if code := <-a.entered; code != "WRONG" {
		t.Errorf("entered %q", code)
	}
	waitFor(t, w, func() bool { return strings.Contains(v.hint.text, "wrong or has expired") })
	if v.entry.Text != "WRONG" || v.entry.Disabled() {
		t.Error("a mistake cannot be mended")
	}
	a.err = nil
	v.entry.SetText("RIGHT")
	v.keep.SetChecked(true)
	a.state.Codes = []CodeState{{Room: testRoom, Kept: true}, {Problem: CodeRunning}}
	v.enter()
	if code := <-a.entered; code != "RIGHT kept" {
		t.Errorf("entered %q", code)
	}
	waitFor(t, w, func() bool { return v.entry.Text == "" })
	s := onScreen(w.sheet.pop.Content)
	expect(t, "the sheet", s, "The room is joined", "璃猫", "kept", "runs in this room already")
	if strings.Contains(s, "RIGHT") {
		t.Error("the code is on the screen")
	}
	if w.model.One() != w.model.Room(testRoom) || w.model.Room(testRoom) == nil {
		t.Error("the room is not on show")
	}
	w.remember()
	if b, err := os.ReadFile(w.kept.path); err != nil || strings.Contains(string(b), "RIGHT") {
		t.Errorf("the settings have the code, or are not there: %s %v", b, err)
	}
	v.drop(1)
	if n := <-a.dropped; n != 1 {
		t.Errorf("dropped %d", n)
	}
	waitFor(t, w, func() bool { return strings.Contains(v.hint.text, "Removed") })

	// A session that the platform ends is told with what to do about it.
	lost := liveStatus(testRoom)
	lost.Status.State, lost.Status.Cause = event.StateWaiting, event.CauseToken
	give(t, w, lost)
	expect(t, "the banner", onScreen(w.banner), "official session ended")
	w.closeSheet()
	w.tasks.Wait()
}
