package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

// officialFile writes a file of access to the simulated Open Live platform.
func officialFile(t *testing.T, codes ...string) string {
	t.Helper()
	text := fmt.Sprintf("access_key_id = %s\naccess_key_secret = %s\napp_id = %d\n", simroom.AccessKeyID, simroom.AccessKeySecret, simroom.AppID)
	for _, code := range codes {
		text += "identity_code = " + code + "\n"
	}
	path := filepath.Join(t.TempDir(), "open-live.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// comments tells of comments as they come to a subscriber.
func comments(t *testing.T, l *line) <-chan event.Event {
	t.Helper()
	came := make(chan event.Event, 10_000)
	subscribe(t, l.url, "kind=comment&after=0", func(m message) bool {
		if m.Event.Comment != nil {
			came <- m.Event
		}
		return true
	})
	return came
}

func TestARoomIsJoinedByItsIdentityCodeThroughOpenLiveAlone(t *testing.T) {
	c := simroom.Config{Rooms: []simroom.Room{{ID: room, Streamer: "星野铃"}, {ID: 1002}}, Profile: "event"}
	p := startPlatform(t, c, "127.0.0.1:0")
	archive := filepath.Join(t.TempDir(), "danmaku.db")
	l := startLine(t, Config{Archive: archive, Upstream: p.url, OpenLiveFile: officialFile(t, simroom.IdentityCode(room))})
	came := comments(t, l)
	for range 20 {
		if e := <-came; e.Cmd != "LIVE_OPEN_PLATFORM_DM" || e.Room != room || e.User == nil || e.User.ID == "" || e.User.Masked || e.Seq == 0 {
			t.Fatalf("event %+v by %+v", e, e.User)
		}
	}
	if rooms := l.Collector.Rooms(); len(rooms) != 1 || rooms[0].State != event.StateOnline || rooms[0].Streamer != "星野铃" {
		t.Errorf("rooms %+v", rooms)
	}

	// Who leaves ends the app; who comes back starts it anew.
	if err := l.Collector.Leave(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	if n := p.server.Calls()["/v2/app/end"]; n != 1 {
		t.Errorf("the app was ended %d times when its room was left", n)
	}
	for len(came) > 0 {
		<-came
	}
	if _, err := l.Collector.Join(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	<-came

	l.stop()
	calls := p.server.Calls()
	for path, n := range calls {
		if strings.HasSuffix(strings.ToLower(path), "heartbeat") {
			continue // how many there are is a matter of how long it took
		}
		if want := map[string]int{"/v2/app/start": 2, "/v2/app/end": 2, "/sub": 2}[path]; n != want {
			t.Errorf("%s was called %d times, want %d", path, n, want)
		}
	}
	if calls["/v2/app/end"] != 2 {
		t.Errorf("calls %v", calls)
	}
	_, events := commands(t, archive)
	if n := len(slices.DeleteFunc(events, func(e event.Event) bool { return e.Comment == nil })); n < 20 {
		t.Errorf("%d comments in the archive", n)
	}
}

func TestTheWebAndTheOfficialRouteStandSideBySide(t *testing.T) {
	for name, value := range map[string]string{"ACCESS_KEY_ID": simroom.AccessKeyID, "ACCESS_KEY_SECRET": simroom.AccessKeySecret,
		"APP_ID": fmt.Sprint(int64(simroom.AppID)), "IDENTITY_CODE": simroom.IdentityCode(room)} {
		t.Setenv(bilibili.AccessEnv+name, value)
	}
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room}, {ID: 1002}}, Profile: "event"}, "127.0.0.1:0")
	l := startLine(t, Config{Archive: filepath.Join(t.TempDir(), "danmaku.db"), Upstream: p.url, Rooms: []event.RoomID{1002}})
	cmds := map[event.RoomID]string{}
	for came := comments(t, l); len(cmds) < 2; {
		e := <-came
		cmds[e.Room] = e.Cmd
	}
	if cmds[room] != "LIVE_OPEN_PLATFORM_DM" || !strings.HasPrefix(cmds[1002], "DANMU_MSG") {
		t.Errorf("commands %v", cmds)
	}
}

func TestTheOfficialRouteTakesOverARoomThatTheWebHasJoined(t *testing.T) {
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room}}, Profile: "event"}, "127.0.0.1:0")
	l := startLine(t, Config{Archive: filepath.Join(t.TempDir(), "danmaku.db"), Upstream: p.url, Rooms: []event.RoomID{room}})
	came := comments(t, l)
	if e := <-came; e.Cmd != "DANMU_MSG" {
		t.Fatalf("the web's comments come as %s", e.Cmd)
	}
	access, err := bilibili.ReadAccess(officialFile(t, simroom.IdentityCode(room)), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if l.official, err = bilibili.NewOpenLive(bilibili.OpenConfig{Upstream: p.url, Access: access}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = l.official.Run(ctx, func(room event.RoomID) { l.enter(ctx, room) }) })
	for e := range came {
		if e.Cmd == "LIVE_OPEN_PLATFORM_DM" {
			break
		}
	}
	for late := time.Now().Add(time.Minute); ; runtime.Gosched() { // the platform hears of the end of the other a moment later
		n := p.server.Connections(room)
		if n == 1 {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("%d connections to the room", n)
		}
	}
	l.stop()
	stop()
	wg.Wait()
	l.official.CloseIdle()
}

func TestADemoAsksNothingOfOpenLive(t *testing.T) {
	t.Setenv(bilibili.AccessEnv+"APP_ID", "not a number")
	l := startLine(t, Config{Demo: true})
	<-comments(t, l)
	if l.official != nil {
		t.Error("the demo has access to Open Live")
	}
}

func TestAccessThatIsNotWholeIsRefusedAtTheStart(t *testing.T) {
	path := officialFile(t)
	_, err := Open(t.Context(), Config{OpenLiveFile: path})
	if err == nil || !strings.Contains(err.Error(), "identity_code missing") || strings.Contains(err.Error(), simroom.AccessKeySecret) {
		t.Errorf("got %v", err)
	}
}
