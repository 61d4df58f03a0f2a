package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/collector"
)

// settleTime is how long the other rooms wait for one that connects anew.
const settleTime = 10 * time.Second

// logins has a channel for each session of the web, by the number it was joined
// with, that is closed when the login changes. The zero value is ready.
type logins struct {
	one   sync.Mutex // held while the login changes
	mu    sync.Mutex
	rooms []event.RoomID // in the order they joined
	over  map[event.RoomID]chan struct{}
}

// of returns the channel of a session.
func (l *logins) of(room event.RoomID) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.channel(room)
}

func (l *logins) channel(room event.RoomID) chan struct{} {
	if l.over == nil {
		l.over = map[event.RoomID]chan struct{}{}
	}
	if l.over[room] == nil {
		l.over[room] = make(chan struct{})
		l.rooms = append(l.rooms, room)
	}
	return l.over[room]
}

// renew closes the channel of a session and gives it another.
func (l *logins) renew(room event.RoomID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if over := l.over[room]; over != nil {
		l.over[room] = make(chan struct{})
		close(over)
	}
}

// forget lets go of a session that has ended.
func (l *logins) forget(room event.RoomID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.over, room)
	l.rooms = slices.DeleteFunc(l.rooms, func(r event.RoomID) bool { return r == room })
}

// all returns the sessions in the order they joined.
func (l *logins) all() []event.RoomID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rooms)
}

// SetLogin has the rooms that were joined by the web connect anew with other
// cookies, or none: one after the other, within the allowance of calls. It
// returns when the last one is connected or has had its time, or ctx ends.
func (e *Engine) SetLogin(ctx context.Context, cookies bilibili.Cookies) error {
	e.logins.one.Lock()
	defer e.logins.one.Unlock()
	if err := e.platform.SetCookies(ctx, cookies); err != nil {
		return err
	}
	for _, room := range e.logins.all() {
		from := event.At(time.Now())
		e.logins.renew(room)
		if err := e.settle(ctx, room, from); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until a room has connected since from, or for settleTime.
func (e *Engine) settle(ctx context.Context, room event.RoomID, from event.Millis) error {
	late := time.NewTimer(settleTime)
	defer late.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, s := range e.Collector.Rooms() {
			if (s.Room == room || s.ShortID == room) && s.State.Connected() && s.Since >= from {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ErrNoAccess: no app's access to the official platform was given.
var ErrNoAccess = errors.New("engine: no access to Open Live was given")

// EnterCode joins the room of an identity code by the official platform, and
// returns which room that is. The code is tried once.
func (e *Engine) EnterCode(ctx context.Context, code bilibili.Secret) (event.RoomID, error) {
	if e.official == nil {
		return 0, ErrNoAccess
	}
	room, added, err := e.official.Enter(ctx, code)
	if err != nil {
		return 0, err
	}
	if added {
		e.enter(ctx, room)
	}
	return room, ctx.Err()
}

// DropCode forgets an identity code and leaves the room it led to.
func (e *Engine) DropCode(ctx context.Context, code bilibili.Secret) error {
	if e.official == nil {
		return ErrNoAccess
	}
	for _, c := range e.official.Codes() {
		if c.Code.Is(code) && c.Room != 0 && c.Err == nil {
			if err := e.Collector.Leave(ctx, c.Room); err != nil && !errors.Is(err, collector.ErrNotJoined) {
				return err
			}
		}
	}
	e.official.Drop(code)
	return nil
}

// Codes returns how the identity codes fare; ok is false without access to the
// official platform.
func (e *Engine) Codes() (codes []bilibili.CodeState, ok bool) {
	if e.official == nil {
		return nil, false
	}
	return e.official.Codes(), true
}
