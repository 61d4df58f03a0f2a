package gui

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
)

// Account logs in to the platform and out. Its methods are called from
// goroutines of the window, but for State.
type Account interface {
	State() AccountState
	// Login shows a code to scan and returns when the login is done, the code
	// has expired or ctx ends. Its errors may be a *LoginError.
	Login(ctx context.Context, show func(LoginStep)) error
	// Logout forgets the login.
	Logout(ctx context.Context) error
}

// AccountState is what is known of the login without asking the platform.
type AccountState struct {
	LoggedIn bool
	ID       string // of the user, if it is known
	// Pending: the login changed since the rooms were joined, and counts from
	// the next start on.
	Pending bool
	// OpenLive: rooms are joined by the official platform's identity codes too.
	OpenLive bool
}

// LoginStep is how far a login is.
type LoginStep struct {
	Code    image.Image // to be scanned; black and white, a pixel for each module
	Until   event.Millis
	Scanned bool // now it is to be confirmed on the phone
}

// LoginProblem names why a login failed.
type LoginProblem string

// Why a login fails.
const (
	LoginExpired     LoginProblem = "expired"
	LoginRefused     LoginProblem = "refused"
	LoginRiskControl LoginProblem = "risk_control"
	LoginTooFrequent LoginProblem = "too_frequent"
)

// LoginError is a login that failed for a reason the window has advice for.
type LoginError struct {
	Problem LoginProblem
	Err     error
}

func (e *LoginError) Error() string { return e.Err.Error() }

// Unwrap returns the platform's error.
func (e *LoginError) Unwrap() error { return e.Err }

// accountWords is what the sheet of the account says.
type accountWords struct {
	Title, Why, Begin, Again, Asking, Scan, Scanned, Done string
	LoggedIn, LoggedInAs, Pending, Logout, LoggedOut      string
	Failed, OpenLiveOn, OpenLiveOff                       string
	Problems                                              map[string]string
}

// codeSide is how large the code is drawn.
const codeSide = 216

// login is the sheet of the account.
type login struct {
	w     *Window
	code  *canvas.Image
	frame *fyne.Container
	text  *prose
	hint  *prose
	act   *chip
	doing task
	until event.Millis
}

// openAccount opens the sheet.
func (w *Window) openAccount() {
	v := &login{w: w, text: newProse("", dimInk), hint: newProse("", dimInk)}
	v.code = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
	v.code.SetMinSize(fyne.NewSize(codeSide, codeSide))
	white := &canvas.Rectangle{FillColor: rgb(0xffffff), CornerRadius: 8}
	v.frame = container.NewCenter(container.NewStack(white, container.New(padded{6, 6, 6, 6}, v.code)))
	v.frame.Hide()
	v.act = newChip("", nil, nil)
	official := newProse(w.words.Account.OpenLiveOff, faintInk)
	if w.cfg.Account.State().OpenLive {
		official.text = w.words.Account.OpenLiveOn
	}
	official.size = 12
	for _, p := range []*prose{v.text, v.hint, official} {
		p.restyle(w.palette)
	}
	v.act.restyle(w.palette)
	v.refresh()
	foot := container.NewBorder(nil, nil, nil, v.act)
	body := container.NewVBox(v.text, v.frame, v.hint, container.New(padded{top: 6}, official))
	s := w.openSheet(w.words.Account.Title, container.NewBorder(nil, foot, nil, nil, container.NewVScroll(body)), 440, 500)
	s.closed = v.doing.stop
	s.note = v.hint
}

// refresh says how things stand when nothing is being done.
func (v *login) refresh() {
	words := &v.w.words.Account
	v.frame.Hide()
	state := v.w.cfg.Account.State()
	if !state.LoggedIn {
		v.text.set(words.Why)
		v.act.look = chipAccent
		v.act.icon = theme.LoginIcon()
		v.act.setText(words.Begin)
		v.act.tap = v.begin
	} else {
		text := words.LoggedIn
		if state.ID != "" {
			text = fmt.Sprintf(words.LoggedInAs, state.ID)
		}
		v.text.set(text)
		v.act.look = chipPlain
		v.act.icon = theme.LogoutIcon()
		v.act.setText(words.Logout)
		v.act.tap = v.end
	}
	if state.Pending {
		v.hint.say(words.Pending, goodInk)
	}
	v.act.Refresh()
}

// begin asks for a code and waits until it is scanned.
func (v *login) begin() {
	words := &v.w.words.Account
	v.hint.say(words.Asking, dimInk)
	v.doing.start(v.w, 0, func(ctx context.Context, show func(func())) {
		err := v.w.cfg.Account.Login(ctx, func(s LoginStep) { show(func() { v.step(s) }) })
		show(func() { v.done(err) })
	})
}

func (v *login) step(s LoginStep) {
	words := &v.w.words.Account
	if s.Code != nil {
		v.until = s.Until
		v.code.Image = s.Code
		v.code.Refresh()
		v.frame.Show()
	}
	if s.Scanned {
		v.hint.say(words.Scanned, goodInk)
		return
	}
	v.hint.say(fmt.Sprintf(words.Scan, v.until.Time().Format(time.TimeOnly)), dimInk)
}

func (v *login) done(err error) {
	words := &v.w.words.Account
	v.refresh()
	if err == nil {
		v.hint.say(words.Done, goodInk)
		return
	}
	v.act.setText(words.Again)
	var known *LoginError
	if errors.As(err, &known) {
		v.hint.say(words.Problems[string(known.Problem)], badInk)
		return
	}
	v.hint.say(fmt.Sprintf(words.Failed, err), badInk)
}

func (v *login) end() {
	words := &v.w.words.Account
	v.doing.start(v.w, joinTimeout, func(ctx context.Context, show func(func())) {
		err := v.w.cfg.Account.Logout(ctx)
		show(func() {
			v.refresh()
			if err != nil {
				v.hint.say(fmt.Sprintf(words.Failed, err), badInk)
			} else {
				v.hint.say(words.LoggedOut, goodInk)
			}
		})
	})
}
