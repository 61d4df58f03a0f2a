package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"danmaku/gui"
)

func TestTheWindowShowsALiveRoomAndArchivesIt(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en","appearance":"dark","width":1200,"height":760}`, "--upstream", p.url, "--room", room.String())
	v.until("comments", func() bool { return len(v.look().Chat.Rows) > 12 })
	d := v.look()
	if d.Welcome || d.Banner != "" || d.Shown != "璃猫" || !d.Dark || d.Language != gui.English || len(d.Rooms) != 1 || !strings.Contains(d.Rooms[0], "online") {
		t.Errorf("%+v", d)
	}

	// Scroll up: it stays there, and counts what is new.
	v.act("mousemove", "--window", v.id, "500", "400")
	v.until("the scroll lock", func() bool {
		v.act("click", "4") // the toolkit must have seen the move first
		return v.look().Chat.Away
	})
	var held gui.Diagnostic
	v.until("the end of the scrolling", func() bool {
		before := held
		held = v.look()
		return slices.Equal(before.Chat.Rows, held.Chat.Rows)
	})
	v.until("new comments below", func() bool { return v.look().Chat.Newer > 5 })
	// Repeats may be folded into rows in sight; the rows stay the same ones.
	now, same := v.look(), 0
	for i := range min(len(now.Chat.Rows), len(held.Chat.Rows)) {
		if now.Chat.Rows[i] == held.Chat.Rows[i] {
			same++
		}
	}
	if len(now.Chat.Rows) != len(held.Chat.Rows) || same < len(held.Chat.Rows)/2 {
		t.Errorf("the list moved while it was locked:\n%s\nbecame\n%s", strings.Join(held.Chat.Rows, "\n"), strings.Join(now.Chat.Rows, "\n"))
	}
	v.key("End")
	v.until("the newest comment", func() bool { return !v.look().Chat.Away })

	// The language changes at once, in the sheet of settings.
	v.key("ctrl+comma")
	v.until("the settings", func() bool { return v.look().Sheet == "Settings" })
	v.key("Escape")
	v.until("no settings", func() bool { return v.look().Sheet == "" })

	// What was said is found again.
	v.key("ctrl+f")
	v.until("the search", func() bool { return v.look().Page == "search" })
	v.act("type", "--delay", "10", "kind:comment")
	v.until("hits", func() bool { return len(v.look().Search.Rows) > 5 })
	v.key("Escape")
	v.until("the live page", func() bool { return v.look().Page == "live" })

	if _, err := os.Stat(filepath.Join(v.data, "danmaku.db")); err != nil {
		t.Errorf("no archive: %v", err)
	}
	pixels(t, v)
}

func TestTheFirstStartLeadsToADemo(t *testing.T) {
	v := startViewer(t, `{"language":"zh","appearance":"light","width":1000,"height":700}`)
	v.until("the first page", func() bool { return v.look().Welcome })
	if d := v.look(); d.Language != gui.Chinese || d.Dark {
		t.Errorf("%+v", d)
	}
	// The button is found by walking down the middle of the page.
	v.until("the demo", func() bool {
		for y := 380; y < 560; y += 16 {
			v.act("mousemove", "--window", v.id, "616", fmt.Sprint(y), "click", "1")
		}
		return !v.look().Welcome
	})
	v.until("comments of the demo", func() bool { return len(v.look().Chat.Rows) > 3 })
}

func TestARoomIsAddedByTyping(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url)
	v.key("ctrl+n")
	v.until("the sheet", func() bool { return v.look().Sheet == "Watch another room" })
	v.act("type", "--delay", "20", "live.bilibili.com/"+room.String()+"?x=1")
	v.act("key", "Return")
	v.until("the room", func() bool { d := v.look(); return d.Sheet == "" && d.Shown == "璃猫" && len(d.Chat.Rows) > 0 })
}

func TestTheWindowSaysWhenThePlatformGoes(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url, "--room", room.String())
	v.until("comments", func() bool { return len(v.look().Chat.Rows) > 2 })
	p.stop()
	v.until("the trouble", func() bool { return strings.Contains(v.look().Banner, "Connection lost") })
	v.until("the gap line", func() bool {
		return slices.ContainsFunc(v.look().Chat.Rows, func(r string) bool { return strings.Contains(r, "Missing since here") })
	})
}

func TestAWrongCallSaysSo(t *testing.T) {
	needScreen(t)
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"--room -1", []string{"--room=-1"}},
		{"belong to it", []string{"--relay", "http://127.0.0.1:1", "--demo"}},
		{"--relay ftp", []string{"--relay", "ftp://x"}},
	} {
		cmd := exec.Command(screen.binary, tt.args...)
		cmd.Env = append(os.Environ(), "DISPLAY="+screen.display)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), tt.want) {
			t.Errorf("%v: %v, %s", tt.args, err, out)
		}
	}
	cmd := exec.Command(screen.binary)
	cmd.Env = append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "no display") {
		t.Errorf("without a display: %v, %s", err, out)
	}
}

// TestTheEnvironmentIsSetBeforeTheToolkitReadsIt looks at the order in which Go
// initialises packages: see danmaku/gui/prelude.
func TestTheEnvironmentIsSetBeforeTheToolkitReadsIt(t *testing.T) {
	needScreen(t)
	cmd := exec.Command(screen.binary, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	ours := bytes.Index(out, []byte("init danmaku/gui/prelude "))
	theirs := bytes.Index(out, []byte("init fyne.io/fyne/v2/internal/cache "))
	if ours < 0 || theirs < 0 || ours > theirs {
		t.Errorf("danmaku/gui/prelude at %d, fyne.io/fyne/v2/internal/cache at %d", ours, theirs)
	}
}
