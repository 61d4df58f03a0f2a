package engine

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/hub"
	"danmaku/internal/simroom"
)

// states waits for states of rooms, in the order in which they are told.
type states struct {
	t      *testing.T
	cursor *hub.Cursor
	last   map[event.RoomID]event.Status
}

func watchStates(t *testing.T, l *line) *states {
	return &states{t: t, cursor: l.Hub.Subscribe(hub.Live), last: map[event.RoomID]event.Status{}}
}

func (s *states) until(what string, ok func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		items, err := s.cursor.Next(ctx)
		if err != nil {
			s.t.Fatalf("waiting for %s: %v; last seen %+v", what, err, s.last)
		}
		for _, it := range items {
			if it.Status != nil {
				s.last[it.Status.Room] = *it.Status
			}
		}
	}
}

// scanned logs in to a simulated platform.
func scanned(t *testing.T, upstream string) bilibili.Cookies {
	t.Helper()
	c, err := bilibili.New(bilibili.Config{Upstream: upstream})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	code, err := c.BeginLogin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := code.Run(t.Context(), func(bilibili.LoginState) {})
	if err != nil {
		t.Fatal(err)
	}
	return cookies
}

func TestALoginAndALogoutReachTheRoomsThatAreBeingWatched(t *testing.T) {
	mask, err := simroom.ParseFault("mask")
	if err != nil {
		t.Fatal(err)
	}
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room}, {ID: 1002}}, Profile: "event", Faults: []simroom.Fault{mask}}, "127.0.0.1:0")
	l := startLine(t, Config{Archive: filepath.Join(t.TempDir(), "danmaku.db"), Upstream: p.url, Rooms: []event.RoomID{room, 1002}})
	s := watchStates(t, l)
	both := func(state event.State) func() bool {
		return func() bool { return s.last[room].State == state && s.last[1002].State == state }
	}
	s.until("hidden names", both(event.StateMasked))
	cookies := scanned(t, p.url)
	if err := l.SetLogin(t.Context(), cookies); err != nil {
		t.Fatal(err)
	}
	s.until("names", both(event.StateOnline))
	came := comments(t, l)
	for e := range came {
		if e.Received > s.last[room].Since && e.User != nil && e.User.ID != "" && !e.User.Masked {
			break
		}
	}
	if n := p.server.Calls()["/sub"]; n != 4 {
		t.Errorf("%d connections were made for two rooms and one login", n)
	}
	if err := l.SetLogin(t.Context(), bilibili.Cookies{}); err != nil {
		t.Fatal(err)
	}
	s.until("hidden names again", both(event.StateMasked))
}

func TestRoomsConnectAnewOneAfterTheOther(t *testing.T) {
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room}, {ID: 1002}, {ID: 1003}}, Profile: "small"}, "127.0.0.1:0")
	l := startLine(t, Config{Upstream: p.url, Rooms: []event.RoomID{room, 1002, 1003}})
	s := watchStates(t, l)
	s.until("three rooms", func() bool {
		return s.last[room].State == event.StateOnline && s.last[1002].State == event.StateOnline && s.last[1003].State == event.StateOnline
	})
	done := make(chan error, 1)
	cursor := l.Hub.Subscribe(hub.Live)
	go func() { done <- l.SetLogin(t.Context(), bilibili.Cookies{}) }()
	var away, order []event.RoomID
	for len(order) < 3 {
		items, err := cursor.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			switch {
			case it.Status == nil:
			case it.Status.State == event.StateWaiting:
				if away = append(away, it.Status.Room); it.Status.Cause != event.CauseToken || !strings.Contains(it.Status.Advice, "logged in or out") {
					t.Errorf("the room is said to be away because of %+v", it.Status)
				}
				if len(away) != len(order)+1 {
					t.Errorf("room %d went before the one before it was back: %v, %v", it.Status.Room, away, order)
				}
			case it.Status.State == event.StateOnline && len(away) > len(order):
				order = append(order, it.Status.Room)
			}
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestACodeEnteredLaterJoinsItsRoomByTheOfficialRouteAndIsNeverLogged(t *testing.T) {
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room}, {ID: 1002}}, Profile: "event"}, "127.0.0.1:0")
	log := &lockedLog{}
	l := startLine(t, Config{Archive: filepath.Join(t.TempDir(), "danmaku.db"), Upstream: p.url, OpenLiveFile: officialFile(t), CodesLater: true,
		Rooms: []event.RoomID{1002}, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if _, err := l.EnterCode(t.Context(), bilibili.NewSecret("SIM000WRONG")); !errors.Is(err, bilibili.ErrCode) {
		t.Errorf("a wrong code: %v", err)
	}
	code := bilibili.NewSecret(simroom.IdentityCode(room))
	if got, err := l.EnterCode(t.Context(), code); err != nil || got != room {
		t.Fatalf("room %d, %v", got, err)
	}
	for e := range comments(t, l) {
		if e.Cmd == "LIVE_OPEN_PLATFORM_DM" && e.Room == room {
			break
		}
	}
	if codes, ok := l.Codes(); !ok || len(codes) != 1 || codes[0].Room != room {
		t.Errorf("codes %+v, %t", codes, ok)
	}
	if err := l.DropCode(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if rooms := l.Collector.Rooms(); len(rooms) != 1 || rooms[0].Room != 1002 {
		t.Errorf("rooms left: %+v", rooms)
	}
	if n := p.server.Calls()["/v2/app/end"]; n != 1 {
		t.Errorf("the app was ended %d times", n)
	}
	l.stop()
	for _, secret := range []string{simroom.IdentityCode(room), "SIM000WRONG", simroom.AccessKeySecret} {
		if strings.Contains(log.text(), secret) {
			t.Errorf("the log has %s:\n%s", secret, log.text())
		}
	}
}

func TestWithoutAccessNoCodeIsTaken(t *testing.T) {
	l := startLine(t, Config{CodesLater: true, Upstream: "http://127.0.0.1:1"})
	if _, err := l.EnterCode(t.Context(), bilibili.NewSecret("X")); !errors.Is(err, ErrNoAccess) {
		t.Errorf("got %v", err)
	}
	if _, ok := l.Codes(); ok {
		t.Error("there is access")
	}
}
