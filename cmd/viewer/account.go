package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/bilibili"

	"rsc.io/qr"
)

// cookieFile is the login's name in the data folder.
const cookieFile = "cookies.txt"

// account keeps a login in a file that rooms are joined with from the next
// start on.
type account struct {
	file     string // of the cookies
	upstream string
	official bool
	log      *slog.Logger
	changed  atomic.Bool // since the start
}

// State reads who is logged in from the file.
func (a *account) State() gui.AccountState {
	s := gui.AccountState{OpenLive: a.official, Pending: a.changed.Load()}
	cookies, err := bilibili.ReadCookies(a.file)
	if err != nil || !cookies.LoggedIn() {
		return s
	}
	s.LoggedIn, s.ID = true, userOf(a.file)
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
	platform, err := bilibili.New(bilibili.Config{Upstream: a.upstream, Log: a.log})
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
	expired := false
	cookies, err := code.Run(ctx, func(s bilibili.LoginState) {
		expired = s == bilibili.LoginExpired
		if s == bilibili.LoginScanned {
			show(gui.LoginStep{Scanned: true})
		}
	})
	if expired && err != nil {
		return &gui.LoginError{Problem: gui.LoginExpired, Err: err}
	}
	if err != nil {
		return loginError(err)
	}
	if err := os.MkdirAll(filepath.Dir(a.file), 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := cookies.Write(a.file); err != nil {
		return err
	}
	a.changed.Store(true)
	return nil
}

// loginError names what the window has advice for.
func loginError(err error) error {
	for _, known := range []struct {
		is      error
		problem gui.LoginProblem
	}{{bilibili.ErrRefused, gui.LoginRefused}, {bilibili.ErrRiskControl, gui.LoginRiskControl}, {bilibili.ErrTooFrequent, gui.LoginTooFrequent}} {
		if errors.Is(err, known.is) {
			return &gui.LoginError{Problem: known.problem, Err: err}
		}
	}
	return err
}

// Logout deletes the login.
func (a *account) Logout(context.Context) error {
	if err := os.Remove(a.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	a.changed.Store(true)
	return nil
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
