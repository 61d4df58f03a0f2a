package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/bilibili"

	"rsc.io/qr"
)

// cookieFile is the login's name in the data folder.
const cookieFile = "cookies.txt"

// account is what the rooms are joined with: a login, kept in a file, and the
// identity codes of Open Live.
type account struct {
	file  string // of the cookies
	fixed bool   // it was named at the start: it is only looked at
	line  *local
	codes *codeBook
	log   *slog.Logger
	// logins makes the calls of logins: one for all of them, so that a pause the
	// platform asked for outlasts the try.
	logins func() (*bilibili.Client, error)
}

// newAccount reads what is kept in the data folder. Its line is set later.
func newAccount(f *flags, dir string, log *slog.Logger) *account {
	a := &account{file: f.CookieFile, fixed: f.CookieFile != "", log: log}
	a.logins = sync.OnceValues(func() (*bilibili.Client, error) { return bilibili.New(bilibili.Config{Upstream: f.Upstream, Log: log}) })
	if !a.fixed {
		a.file = credentials(dir, cookieFile, f.Upstream)
	}
	var err error
	if a.codes, err = openCodeBook(credentials(dir, codesFile, f.Upstream)); err != nil {
		log.Warn("the identity codes that were kept cannot be read", "err", err)
	}
	return a
}

// given is the file of cookies to begin with; "": nobody is logged in.
func (a *account) given() string {
	if cookies, err := bilibili.ReadCookies(a.file); !a.fixed && (err != nil || !cookies.LoggedIn()) {
		return ""
	}
	return a.file
}

// credentials is the path of a file of credentials in the data folder. What is
// for an upstream has a name of its own: the platform's own credentials are
// none of its business, nor are its the platform's.
func credentials(dir, name, upstream string) string {
	if upstream == "" {
		return filepath.Join(dir, name)
	}
	sum := sha256.Sum256([]byte(upstream))
	ext := filepath.Ext(name)
	return filepath.Join(dir, fmt.Sprintf("%s-%x%s", strings.TrimSuffix(name, ext), sum[:6], ext))
}

// State reads who is logged in from the file, and asks the line for the codes.
func (a *account) State() gui.AccountState {
	s := gui.AccountState{Fixed: a.fixed}
	if cookies, err := bilibili.ReadCookies(a.file); err == nil && cookies.LoggedIn() {
		s.LoggedIn, s.ID = true, userOf(a.file)
	}
	var codes []bilibili.CodeState
	s.Changing, s.Keys, codes = a.line.access()
	for _, c := range codes {
		state := gui.CodeState{Room: c.Room, Kept: a.codes.has(c.Code)}
		if c.Err != nil {
			state.Problem = codeProblem(c.Err)
		}
		s.Codes = append(s.Codes, state)
	}
	return s
}

// userOf is the number of the user whose cookies a file has: the one value in it
// that is no secret.
func userOf(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if fields := strings.Split(sc.Text(), "\t"); len(fields) == 7 && fields[5] == "DedeUserID" {
			return fields[6]
		}
	}
	return ""
}

// Login shows a code until it is scanned and confirmed, and keeps the login.
func (a *account) Login(ctx context.Context, show func(gui.LoginStep)) error {
	platform, err := a.logins()
	if err != nil {
		return err
	}
	defer platform.CloseIdle()
	code, err := platform.BeginLogin(ctx)
	if err != nil {
		return loginError(err)
	}
	picture, err := drawCode(code.URL)
	if err != nil {
		return err
	}
	show(gui.LoginStep{Code: picture, Until: event.At(code.Expires)})
	cookies, err := code.Run(ctx, func(s bilibili.LoginState) {
		switch s {
		case bilibili.LoginWaiting, bilibili.LoginScanned:
			show(gui.LoginStep{Scanned: s == bilibili.LoginScanned})
		}
	})
	if err != nil {
		return loginError(err)
	}
	if err := os.MkdirAll(filepath.Dir(a.file), 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := cookies.Write(a.file); err != nil {
		return err
	}
	return a.line.setLogin(ctx, cookies)
}

// loginError names what the window has advice for.
func loginError(err error) error {
	for _, known := range []struct {
		is      error
		problem gui.LoginProblem
	}{{bilibili.ErrCodeExpired, gui.LoginExpired}, {bilibili.ErrCodeVoid, gui.LoginVoid},
		{bilibili.ErrRefused, gui.LoginRefused}, {bilibili.ErrRiskControl, gui.LoginRiskControl}, {bilibili.ErrTooFrequent, gui.LoginTooFrequent}} {
		if errors.Is(err, known.is) {
			e := &gui.LoginError{Problem: known.problem, Err: err}
			var refusal *bilibili.APIError
			if errors.As(err, &refusal) && !refusal.Until.IsZero() {
				e.Until = event.At(refusal.Until)
			}
			return e
		}
	}
	return err
}

// Logout deletes the login.
func (a *account) Logout(ctx context.Context) error {
	if err := os.Remove(a.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return a.line.setLogin(ctx, bilibili.Cookies{})
}

// drawCode draws a QR code, a pixel for each module, with the quiet space of
// four modules that scanners need.
func drawCode(text string) (image.Image, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	const quiet = 4
	side := code.Size + 2*quiet
	m := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !code.Black(x-quiet, y-quiet) {
				m.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	return m, nil
}
