package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/store"
)

// keepBroadcast makes an archive with one broadcast of ten minutes: a comment
// every second, and a crowd in the middle.
func keepBroadcast(t *testing.T, path string) event.Millis {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	from := event.At(time.Now().Add(-time.Hour))
	add := func(list []event.Event, at event.Millis, n int, text string) []event.Event {
		return append(list, event.Event{Key: fmt.Sprint("dm:", n), Platform: event.Bilibili, Room: room, Kind: event.KindComment, Cmd: "DANMU_MSG", At: at, Received: at,
			User: &event.User{ID: fmt.Sprint(n), Name: fmt.Sprint("观众", n)}, Comment: &event.Comment{Text: text, Mode: "scroll", Color: "#ffffff", Size: 25}})
	}
	list := []event.Event{{Key: "room:1", Room: room, Platform: event.Bilibili, Kind: event.KindRoom, Cmd: "ROOM_CHANGE", At: from, Received: from, RoomInfo: &event.RoomInfo{Title: "歌回"}},
		{Key: "live:1", Room: room, Platform: event.Bilibili, Kind: event.KindLive, Cmd: "LIVE", At: from, Received: from, Live: &event.Live{Session: "1", Start: from}}}
	n := 0
	for s := range 600 {
		at := from + event.Millis(s)*1000
		list = add(list, at, n, fmt.Sprintf("第%d秒", s))
		n++
		for i := 0; s >= 300 && s < 315 && i < 12; i++ {
			list = add(list, at+event.Millis(i)*50, n, "名场面")
			n++
		}
	}
	list = append(list, event.Event{Key: "off:1", Room: room, Platform: event.Bilibili, Kind: event.KindOffline, Cmd: "PREPARING", At: from + 600_000, Received: from + 600_000, Offline: &event.Offline{}})
	for len(list) > 0 {
		k := min(len(list), 500)
		if _, err := a.Append(t.Context(), list[:k]); err != nil {
			t.Fatal(err)
		}
		list = list[k:]
	}
	return from
}

func TestABroadcastIsLookedAtReplayedAndExportedBesideALiveRoom(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	folder := t.TempDir()
	archive := filepath.Join(folder, "past.db")
	keepBroadcast(t, archive)
	settings, err := json.Marshal(map[string]any{"language": "en", "appearance": "dark", "width": 1200, "height": 760, "export_dir": folder, "export_format": "xml"})
	if err != nil {
		t.Fatal(err)
	}
	v := startViewer(t, string(settings), "--upstream", p.url, "--room", room.String(), "--archive", archive)
	v.until("live comments", func() bool { return v.look().Chat.Held > 5 })

	v.key("ctrl+h")
	v.until("the broadcasts", func() bool {
		d := v.look()
		return d.Page == "past" && len(d.Broadcasts) >= 2 && len(d.Past.Rows) > 3
	})
	if d := v.look(); !strings.Contains(strings.Join(d.Broadcasts, "\n"), "歌回") {
		t.Errorf("listed: %v", d.Broadcasts)
	}
	// The live broadcast is the first, the one of an hour ago the second.
	v.key("Right")
	v.until("the older broadcast", func() bool {
		d := v.look()
		return strings.Contains(strings.Join(d.Past.Rows, "\n"), "第5秒")
	})

	v.key("ctrl+s")
	v.until("the export", func() bool { return v.look().Sheet == "Export" })
	v.act("key", "Return")
	v.until("a written file", func() bool { return strings.Contains(v.look().Note, "events written") })
	files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files: %v, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil || bytes.Count(b, []byte("<d ")) != 600+15*12 {
		t.Errorf("%d comments in the file, %v", bytes.Count(b, []byte("<d ")), err)
	}
	if rest, _ := filepath.Glob(filepath.Join(folder, ".*xml*")); len(rest) != 0 {
		t.Errorf("left behind: %v", rest)
	}
	v.key("Escape")
	v.until("no sheet", func() bool { return v.look().Sheet == "" })

	v.key("Return")
	v.until("the replay", func() bool {
		d := v.look()
		return d.Page == "live" && d.Replay != "" && strings.Contains(strings.Join(d.Chat.Rows, "\n"), "秒")
	})
	for range 4 {
		v.key("equal")
	}
	v.until("what was said minutes later", func() bool {
		return strings.Contains(strings.Join(v.look().Chat.Rows, "\n"), "第9")
	})
	before := v.look()
	v.key("space")
	paused := v.look().Replay
	v.until("more of the live room", func() bool { return v.look().Events > before.Events+20 })
	if now := v.look().Replay; now != paused {
		t.Errorf("paused at %q, it goes on to %q", paused, now)
	}
	if d := v.look(); d.Lagged != 0 || !strings.Contains(d.Rooms[0], "online") {
		t.Errorf("beside the replay: %+v", d)
	}
	pixels(t, v)
}

func TestASecondStartBringsTheFirstForward(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url)
	v.until("the first page", func() bool { return v.look().Welcome })
	again := exec.Command(screen.binary, "--upstream", p.url, "--room", room.String())
	again.Env = v.cmd.Env
	out, err := again.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "brought to the front") {
		t.Fatalf("the second start: %v\n%s", err, out)
	}
	v.until("the room the second start asked for", func() bool { d := v.look(); return d.Shown == "璃猫" && len(d.Chat.Rows) > 0 })
}
