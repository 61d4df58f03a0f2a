package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/bilibili"
	"danmaku/internal/engine"
)

// codesFile is the name of the kept identity codes in the data folder.
const codesFile = "open-live-codes.txt"

// codeBook keeps the identity codes that the user wants kept.
type codeBook struct {
	file string

	mu    sync.Mutex
	codes []bilibili.Secret
}

// openCodeBook reads what is kept.
func openCodeBook(file string) (*codeBook, error) {
	codes, err := bilibili.ReadCodes(file)
	return &codeBook{file: file, codes: codes}, err
}

func (b *codeBook) all() []bilibili.Secret {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.codes)
}

func (b *codeBook) has(code bilibili.Secret) bool { return slices.ContainsFunc(b.all(), code.Is) }

// keep writes a code down, or strikes it out.
func (b *codeBook) keep(code bilibili.Secret, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.codes, code.Is) == on {
		return nil
	}
	codes := slices.DeleteFunc(slices.Clone(b.codes), code.Is)
	if on {
		codes = append(codes, code)
	}
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := bilibili.WriteCodes(b.file, codes); err != nil {
		return err
	}
	b.codes = codes
	return nil
}

// EnterCode joins the room of an identity code by the official platform.
func (a *account) EnterCode(ctx context.Context, text string, keep bool) (event.Status, error) {
	code, err := bilibili.ParseCode(text)
	if err != nil {
		return event.Status{}, codeError(err)
	}
	s, err := a.line.enterCode(ctx, code)
	if err != nil {
		return s, codeError(err)
	}
	if keep {
		err = a.codes.keep(code, true)
	}
	return s, err
}

// DropCode forgets the n-th of the codes that State lists.
func (a *account) DropCode(ctx context.Context, n int) error {
	_, _, codes := a.line.access()
	if n < 0 || n >= len(codes) {
		return nil // gone meanwhile
	}
	return errors.Join(a.codes.keep(codes[n].Code, false), a.line.dropCode(ctx, codes[n].Code))
}

// codeError names what the window has advice for.
func codeError(err error) error {
	if p := codeProblem(err); p != gui.CodeOther {
		return &gui.CodeError{Problem: p, Err: err}
	}
	return err
}

func codeProblem(err error) gui.CodeProblem {
	for _, known := range []struct {
		is      error
		problem gui.CodeProblem
	}{
		{bilibili.ErrNoCode, gui.CodeUnreadable}, {bilibili.ErrCode, gui.CodeWrong}, {bilibili.ErrRunning, gui.CodeRunning}, {bilibili.ErrCooling, gui.CodeCooling},
		{bilibili.ErrFull, gui.CodeFull}, {bilibili.ErrAccess, gui.CodeAccess}, {bilibili.ErrClock, gui.CodeClock}, {bilibili.ErrNotAllowed, gui.CodeNotAllowed},
		{bilibili.ErrTooFrequent, gui.CodeTooFrequent}, {bilibili.ErrRefused, gui.CodeTooFrequent}, {engine.ErrNoAccess, gui.CodeNoKeys},
	} {
		if errors.Is(err, known.is) {
			return known.problem
		}
	}
	return gui.CodeOther
}

// access tells whether rooms are connecting anew after a login, whether
// there is access to Open Live, and how the codes fare.
func (l *local) access() (changing, keys bool, codes []bilibili.CodeState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 {
		return false, false, nil
	}
	codes, keys = l.lines[0].Codes()
	return l.changing > 0, keys, codes
}

// setLogin has the rooms connect anew with other cookies, in the background.
func (l *local) setLogin(ctx context.Context, cookies bilibili.Cookies) error {
	n, err := l.main(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ctx.Err(); err != nil {
		return err
	}
	l.changing++
	l.running.Go(func() {
		err := n.SetLogin(l.ctx, cookies)
		l.mu.Lock()
		l.changing--
		l.mu.Unlock()
		if err != nil && l.ctx.Err() == nil {
			l.config.Log.Warn("not every room was connected anew after the login changed", "err", err)
		}
	})
	return nil
}

// enterCode joins the room of an identity code.
func (l *local) enterCode(ctx context.Context, code bilibili.Secret) (event.Status, error) {
	n, err := l.main(ctx)
	if err != nil {
		return event.Status{}, err
	}
	room, err := n.EnterCode(ctx, code)
	if err != nil {
		return event.Status{}, err
	}
	return n.Collector.Join(ctx, room) // it is, or was left meanwhile
}

// dropCode forgets an identity code and leaves its room.
func (l *local) dropCode(ctx context.Context, code bilibili.Secret) error {
	n, err := l.main(ctx)
	if err != nil {
		return err
	}
	return n.DropCode(ctx, code)
}

// left strikes out the code of a room that the user left: it is not to come
// back at the next start.
func (a *account) left(room event.RoomID) {
	_, _, codes := a.line.access()
	for _, c := range codes {
		if c.Room == room {
			if err := a.codes.keep(c.Code, false); err != nil {
				a.log.Warn("the identity code of a room that was left is still kept", "room", room, "err", err)
			}
		}
	}
}
