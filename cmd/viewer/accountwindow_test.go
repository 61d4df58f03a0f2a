package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

func TestALoginByQRCodeReachesTheRoomOnShow(t *testing.T) {
	needScreen(t)
	c := busyRoom()
	mask, err := simroom.ParseFault("mask")
	if err != nil {
		t.Fatal(err)
	}
	c.Faults = []simroom.Fault{mask}
	p := startPlatform(t, c)
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url, "--room", room.String())
	v.until("hidden names", func() bool {
		return slices.ContainsFunc(v.look().Rooms, func(r string) bool { return strings.Contains(r, "masked") })
	})
	v.key("ctrl+l")
	v.until("the account", func() bool { return v.look().Sheet == "Account" })
	v.key("Return") // the button has the focus
	v.until("a code to scan", func() bool { return strings.Contains(v.look().Note, "Scan") })
	v.until("the login", func() bool { return strings.Contains(v.look().Note, "logged in now") })
	v.until("names", func() bool {
		return slices.ContainsFunc(v.look().Rooms, func(r string) bool { return strings.Contains(r, "online") })
	})
	files, err := filepath.Glob(filepath.Join(v.data, "cookies*.txt"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) == cookieFile {
		t.Fatalf("files of cookies: %v, %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	v.key("Return")
	v.until("hidden names again", func() bool {
		return slices.ContainsFunc(v.look().Rooms, func(r string) bool { return strings.Contains(r, "masked") })
	})
	if _, err := os.Stat(files[0]); !os.IsNotExist(err) {
		t.Errorf("after the logout: %v", err)
	}
}

func TestAnIdentityCodeIsTypedIntoTheWindow(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	for name, value := range map[string]string{"ACCESS_KEY_ID": simroom.AccessKeyID, "ACCESS_KEY_SECRET": simroom.AccessKeySecret, "APP_ID": strconv.Itoa(simroom.AppID)} {
		t.Setenv(bilibili.AccessEnv+name, value)
	}
	code := simroom.IdentityCode(room)
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url, "--log-level", "debug")
	v.until("the first page", func() bool { return v.look().Welcome })
	v.key("ctrl+l")
	v.until("the account", func() bool { return v.look().Sheet == "Account" })
	v.until("the field for the code", func() bool { // which is there when the line has started
		if v.look().Focus == "Identity code" {
			return true
		}
		v.key("Tab")
		return false
	})
	v.act("type", "--delay", "20", "SIM0")
	v.key("Return")
	v.until("a refusal", func() bool { return strings.Contains(v.look().Note, "identity code is wrong") })
	v.key("ctrl+a")
	v.act("type", "--delay", "20", code)
	v.key("Return")
	v.until("the room", func() bool {
		d := v.look()
		return strings.Contains(d.Note, "The room is joined") && d.Shown == "璃猫" && len(d.Chat.Rows) > 0
	})
	if d := v.look(); p.Calls()["/xlive/web-room/v1/index/getDanmuInfo"] != 0 || !strings.Contains(d.Rooms[0], "online") {
		t.Errorf("calls %v, rooms %v", p.Calls(), d.Rooms)
	}
	if files, _ := filepath.Glob(filepath.Join(v.data, "open-live-codes*")); len(files) != 0 {
		t.Errorf("the code was kept unasked: %v", files)
	}
	if strings.Contains(v.printed(), code) {
		t.Errorf("the log has the code:\n%s", v.printed())
	}
}
