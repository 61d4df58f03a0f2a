package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestCommentsFlyOverTheStageOfTheWindow(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en","appearance":"dark","width":1200,"height":760}`, "--upstream", p.url, "--room", room.String())
	v.until("comments", func() bool { return len(v.look().Chat.Rows) > 3 })
	v.key("ctrl+d")
	v.until("flying comments", func() bool { return len(v.look().Stage) > 2 })
	if d := v.look(); len(d.Chat.Rows) != 0 {
		t.Error("the chat is in sight together with the stage")
	}
	pixels(t, v)
	v.key("ctrl+d")
	v.until("the chat", func() bool { d := v.look(); return len(d.Stage) == 0 && len(d.Chat.Rows) > 3 })

	// A window of its own, beside the chat.
	main := v.id
	v.key("ctrl+shift+d")
	v.until("a second window", func() bool { return len(v.windows()) == 2 })
	v.until("flying comments", func() bool { d := v.look(); return len(d.Stage) > 2 && len(d.Chat.Rows) > 3 })
	for _, id := range v.windows() {
		if id != main {
			v.id = id
		}
	}
	pixels(t, v)
	v.key("Escape")
	v.id = main
	v.until("one window", func() bool { return len(v.windows()) == 1 })
}

// windows are the program's, as far as they are on the screen.
func (v *viewer) windows() []string {
	v.t.Helper()
	out, err := v.tool("search", "--onlyvisible", "--pid", strconv.Itoa(v.cmd.Process.Pid))
	if err != nil {
		return nil
	}
	return strings.Fields(out)
}

func TestOneSwitchStartsTheRelay(t *testing.T) {
	needScreen(t)
	p := startPlatform(t, busyRoom())
	v := startViewer(t, `{"language":"en"}`, "--upstream", p.url, "--room", room.String(), "--listen", "127.0.0.1:0")
	v.until("comments", func() bool { return len(v.look().Chat.Rows) > 1 })
	v.key("ctrl+r")
	v.until("the sheet", func() bool { return v.look().Sheet == "Relay" })
	v.act("key", "Return") // the switch has the focus
	v.until("the relay", func() bool { return v.look().Relay != "" })
	res, err := http.Get(v.look().Relay + "/v1/rooms")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var rooms any
	if err := json.NewDecoder(res.Body).Decode(&rooms); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s, %v", res.Status, err)
	}
	v.act("key", "Return")
	v.until("its end", func() bool { return v.look().Relay == "" })
	v.key("Escape")
}
