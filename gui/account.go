package gui

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

// Account is what rooms are joined with: a login, and the identity codes of the
// official Open Live platform. Its methods are called from goroutines of the
// window, but for State, which is quick.
type Account interface {
	State() AccountState
	// Login shows a code to scan and returns when the login is done, the code
	// has expired or ctx ends. The rooms connect anew with it, one after the
	// other. Its errors may be a *LoginError.
	Login(ctx context.Context, show func(LoginStep)) error
	// Logout forgets the login; the rooms connect anew without it.
	Logout(ctx context.Context) error
	// EnterCode joins the room of a streamer's identity code, and keeps the code
	// for the next start if that is wanted. Its errors may be a *CodeError.
	EnterCode(ctx context.Context, code string, keep bool) (event.Status, error)
	// DropCode forgets the n-th code of AccountState and leaves its room.
	DropCode(ctx context.Context, n int) error
}

// AccountState is what is known of the account without asking the platform.
type AccountState struct {
	LoggedIn bool
	ID       string // of the user, if it is known
	// Fixed: the login was named at the start and is not changed here.
	Fixed bool
	// Changing: rooms are connecting anew after the login changed.
	Changing bool
	// Keys: there is an app's access to Open Live; without it no identity code
	// can be used.
	Keys  bool
	Codes []CodeState
}

// CodeState is how an identity code fares.
type CodeState struct {
	Room    event.RoomID // 0: not found yet
	Kept    bool         // for the next start
	Problem CodeProblem  // why its room could not be joined the last time it was tried
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
	LoginVoid        LoginProblem = "void" // before its time, such as by declining it on the phone
	LoginRefused     LoginProblem = "refused"
	LoginRiskControl LoginProblem = "risk_control"
	LoginTooFrequent LoginProblem = "too_frequent"
)

// LoginError is a login that failed for a reason the window has advice for.
type LoginError struct {
	Problem LoginProblem
	Until   event.Millis // there is no use in trying before; 0: at any time
	Err     error
}

func (e *LoginError) Error() string { return e.Err.Error() }

// Unwrap returns the platform's error.
func (e *LoginError) Unwrap() error { return e.Err }

// accountWords is what the sheet of the account says.
type accountWords struct {
	Title, LoginTitle, Why, Begin, Again, Asking, Scan, Scanned, Done string
	LoggedIn, LoggedInAs, Fixed, Changing, Logout, LoggedOut, Failed  string
	Problems                                                          map[string]string
	NotBefore, LoginGone                                              string

	CodeTitle, CodeWhy, CodeHint, CodeKeep, CodeEnter, CodeAsking string
	CodeDone, CodeNoKeys, CodeKept, CodeOnce, CodeFinding         string
	CodeLeft, CodeDrop, CodeDropped, CodeLost                     string
	CodeProblems                                                  map[string]string
}

// codeSide is how large the code is drawn.
const codeSide = 204

// accountSheet is the sheet of the account: the login on one side, the codes on the
// other.
type accountSheet struct {
	w     *Window
	code  *canvas.Image // to be scanned
	frame *fyne.Container
	text  *prose
	hint  *prose
	act   *chip
	doing task
	until event.Millis
	// outcome is what the hint says when the rooms have connected anew.
	outcome string

	codes *codeList
}

// openAccount opens the sheet.
func (w *Window) openAccount() {
	if w.cfg.Account == nil {
		return
	}
	v := &accountSheet{w: w, text: newProse("", dimInk), hint: newProse("", dimInk)}
	v.code = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
	v.code.SetMinSize(fyne.NewSize(codeSide, codeSide))
	white := &canvas.Rectangle{FillColor: rgb(0xffffff), CornerRadius: 8}
	v.frame = container.NewCenter(container.NewStack(white, container.New(padded{6, 6, 6, 6}, v.code)))
	v.frame.Hide()
	v.act = newChip("", nil, nil)
	for _, p := range []*prose{v.text, v.hint} {
		p.restyle(w.palette)
	}
	v.act.restyle(w.palette)
	v.codes = newCodes(w)
	login := w.half(w.words.Account.LoginTitle, v.text, v.frame, v.hint, container.NewHBox(v.act))
	codes := w.half(w.words.Account.CodeTitle, v.codes.body...)
	both := container.NewGridWithColumns(2, login, codes)
	width, height := float32(760), float32(480)
	if w.window.Canvas().Size().Width < 720 {
		both, width, height = container.NewVBox(login, codes), 440, 640
	}
	v.refresh()
	v.codes.refresh()
	s := w.openSheet(w.words.Account.Title, container.NewVScroll(container.New(padded{right: 10}, both)), width, height)
	w.account = v
	s.closed = func() {
		w.account = nil
		v.doing.stop()
		v.codes.doing.stop()
	}
	s.note, s.also = v.hint, v.codes.hint
	if v.act.Visible() {
		w.window.Canvas().Focus(v.act)
	}
}

// half is a heading with what belongs under it.
func (w *Window) half(title string, body ...fyne.CanvasObject) *fyne.Container {
	heading := newProse(title, textInk)
	heading.bold = true
	heading.restyle(w.palette)
	return container.New(padded{right: 12, bottom: 12}, container.NewVBox(append([]fyne.CanvasObject{heading}, body...)...))
}

// second follows what goes on behind the sheet.
func (v *accountSheet) second() {
	if !v.doing.busy() {
		v.refresh()
	}
	v.codes.refresh()
}

// refresh says how things stand when nothing is being done.
func (v *accountSheet) refresh() {
	words := &v.w.words.Account
	v.frame.Hide()
	state := v.w.cfg.Account.State()
	text := words.Why
	v.act.look, v.act.icon, v.act.tap = chipAccent, theme.LoginIcon(), v.begin
	press := words.Begin
	switch {
	case state.LoggedIn && v.w.loginExpired():
		text = words.LoginGone
	case state.LoggedIn:
		if text = words.LoggedIn; state.ID != "" {
			text = fmt.Sprintf(words.LoggedInAs, state.ID)
		}
		v.act.look, v.act.icon, v.act.tap = chipPlain, theme.LogoutIcon(), v.end
		press = words.Logout
	}
	if state.Fixed {
		text = join(text, words.Fixed)
	}
	v.text.set(text)
	show(v.act, !state.Fixed)
	v.act.setText(press)
	if state.Changing {
		v.hint.say(words.Changing, goodInk)
	} else if v.hint.text == words.Changing {
		v.hint.say(v.outcome, goodInk)
	}
	v.act.Refresh()
}

// loginExpired reports whether a room is joined with a login that the platform
// no longer accepts.
func (w *Window) loginExpired() bool {
	return slices.ContainsFunc(w.model.Rooms, func(r *model.Room) bool { return r.Status.Masking == event.MaskedExpired })
}

// begin asks for a code and waits until it is scanned.
func (v *accountSheet) begin() {
	words := &v.w.words.Account
	v.hint.say(words.Asking, dimInk)
	v.act.setText(words.Again)
	v.doing.start(v.w, 0, func(ctx context.Context, show func(func())) {
		err := v.w.cfg.Account.Login(ctx, func(s LoginStep) { show(func() { v.step(s) }) })
		show(func() { v.done(err) })
	})
}

func (v *accountSheet) step(s LoginStep) {
	words := &v.w.words.Account
	if s.Code != nil {
		v.until = s.Until
		v.code.Image = s.Code
		v.code.Refresh()
		v.frame.Show()
	}
	until := v.until.Time().Format(time.TimeOnly)
	if s.Scanned {
		v.hint.say(fmt.Sprintf(words.Scanned, until), goodInk)
		return
	}
	v.hint.say(fmt.Sprintf(words.Scan, until), dimInk)
}

func (v *accountSheet) done(err error) {
	words := &v.w.words.Account
	v.doing.stop()
	v.refresh()
	if err == nil {
		v.finished(words.Done)
		return
	}
	v.act.setText(words.Again)
	var known *LoginError
	if errors.As(err, &known) {
		text := words.Problems[string(known.Problem)]
		if known.Until > 0 {
			text += fmt.Sprintf(words.NotBefore, known.Until.Time().Format(time.TimeOnly))
		}
		v.hint.say(text, badInk)
		return
	}
	v.hint.say(fmt.Sprintf(words.Failed, v.w.words.reason(err)), badInk)
}

// finished says what came of it, once the rooms have connected anew.
func (v *accountSheet) finished(outcome string) {
	v.outcome = outcome
	if v.w.cfg.Account.State().Changing {
		outcome = v.w.words.Account.Changing
	}
	v.hint.say(outcome, goodInk)
}

func (v *accountSheet) end() {
	words := &v.w.words.Account
	v.doing.start(v.w, joinTimeout, func(ctx context.Context, show func(func())) {
		err := v.w.cfg.Account.Logout(ctx)
		show(func() {
			v.doing.stop()
			v.refresh()
			if err != nil {
				v.hint.say(fmt.Sprintf(words.Failed, v.w.words.reason(err)), badInk)
			} else {
				v.finished(words.LoggedOut)
			}
		})
	})
}
