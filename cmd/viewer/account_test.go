package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/bilibili"
	"danmaku/internal/engine"
	"danmaku/internal/simroom"
)

func TestAnIdentityCodeIsKeptOnlyWhereTheUserAgrees(t *testing.T) {
	p := startPlatform(t, busyRoom())
	for name, value := range map[string]string{"ACCESS_KEY_ID": simroom.AccessKeyID, "ACCESS_KEY_SECRET": simroom.AccessKeySecret, "APP_ID": strconv.Itoa(simroom.AppID)} {
		t.Setenv(bilibili.AccessEnv+name, value)
	}
	dir := t.TempDir()
	f := &flags{Upstream: p.url}
	a := newAccount(f, dir, quiet())
	if a.given() != "" {
		t.Errorf("logged in by %s", a.given())
	}
	l := newLocal(engine.Config{Upstream: p.url, CodesLater: true, Codes: a.codes.all(), Log: quiet()}, "127.0.0.1:0")
	a.line, l.leaves = l, a.left
	wait := collect(t, l)
	for text, want := range map[string]gui.CodeProblem{"身份码": gui.CodeUnreadable, "SIM999": gui.CodeWrong} {
		_, err := a.EnterCode(t.Context(), text, true)
		var known *gui.CodeError
		if !errors.As(err, &known) || known.Problem != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	code := simroom.IdentityCode(room)
	s, err := a.EnterCode(t.Context(), code, false)
	if err != nil || s.Room != room {
		t.Fatalf("%+v, %v", s, err)
	}
	wait("comments by the official route", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Event != nil && it.Event.Cmd == "LIVE_OPEN_PLATFORM_DM" })
	})
	file := credentials(dir, codesFile, p.url)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("kept unasked: %v", err)
	}
	if _, err := a.EnterCode(t.Context(), " "+code+"\n", true); err != nil {
		t.Fatal(err)
	}
	state := a.State()
	if !state.Keys || len(state.Codes) != 1 || state.Codes[0] != (gui.CodeState{Room: room, Kept: true}) {
		t.Errorf("%+v", state)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	again := newAccount(f, dir, quiet())
	if codes := again.codes.all(); len(codes) != 1 || !codes[0].Is(bilibili.NewSecret(code)) {
		t.Errorf("%d codes at the next start", len(codes))
	}
	if other := newAccount(&flags{}, dir, quiet()); len(other.codes.all()) != 0 {
		t.Error("the platform is told the codes of a simulated one")
	}
	if err := l.Leave(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("kept after the room was left: %v", err)
	}
	if err := a.DropCode(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if state := a.State(); len(state.Codes) != 0 {
		t.Errorf("%+v", state)
	}
	wait("the end of the room", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool { return it.Left == room })
	})
}

func TestACodeThatIsKeptJoinsItsRoomAtTheNextStart(t *testing.T) {
	p := startPlatform(t, busyRoom())
	for name, value := range map[string]string{"ACCESS_KEY_ID": simroom.AccessKeyID, "ACCESS_KEY_SECRET": simroom.AccessKeySecret, "APP_ID": strconv.Itoa(simroom.AppID)} {
		t.Setenv(bilibili.AccessEnv+name, value)
	}
	dir := t.TempDir()
	f := &flags{Upstream: p.url}
	if err := newAccount(f, dir, quiet()).codes.keep(bilibili.NewSecret(simroom.IdentityCode(room)), true); err != nil {
		t.Fatal(err)
	}
	a := newAccount(f, dir, quiet())
	l := newLocal(engine.Config{Upstream: p.url, CodesLater: true, Codes: a.codes.all(), Log: quiet()}, "127.0.0.1:0")
	wait := collect(t, l)
	wait("the room", func(items []gui.Item) bool {
		return slices.ContainsFunc(items, func(it gui.Item) bool {
			return it.Status != nil && it.Status.Room == room && it.Status.State == event.StateOnline
		})
	})
}

func TestALoginNamedAtTheStartIsOnlyLookedAt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(file, []byte("SESSDATA=abc; DedeUserID=12"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAccount(&flags{CookieFile: file}, dir, quiet())
	a.line = newLocal(engine.Config{Log: quiet()}, "")
	if s := a.State(); !s.Fixed || !s.LoggedIn || a.given() != file {
		t.Errorf("%+v", s)
	}
	if path := credentials(dir, cookieFile, "http://127.0.0.1:1"); !strings.HasPrefix(filepath.Base(path), "cookies-") || credentials(dir, cookieFile, "") != filepath.Join(dir, cookieFile) {
		t.Errorf("of an upstream: %s", path)
	}
}
