package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"danmaku/decoder"
	"danmaku/internal/bilibili"
	"danmaku/internal/cli"
	"danmaku/protocol"

	"github.com/gorilla/websocket"
)

func TestMain(m *testing.M) {
	code := m.Run()
	stacks := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); code == 0; runtime.Gosched() {
		all := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(all, "danmaku/internal/simroom.(*") {
			break
		}
		if time.Now().After(late) { // some end a moment after their test
			os.Stderr.WriteString("goroutines left over:\n" + all)
			code = 1
		}
	}
	os.Exit(code)
}

// program is a running simroom.
type program struct {
	url  string
	log  chan string // what it logged after it was ready; closed at its end
	code chan int
	stop context.CancelFunc
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, w := io.Pipe()
	p := &program{log: make(chan string, 100), code: make(chan int, 1), stop: stop}
	go func() {
		f := &flags{}
		p.code <- cli.Run(ctx, f.command(), joinFaults(args), io.Discard, w)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	url := regexp.MustCompile(`url=(http://127\.0\.0\.1:[0-9]+)`)
	for lines.Scan() {
		if m := url.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
			break
		}
	}
	if p.url == "" {
		t.Fatal("it was never ready")
	}
	go func() {
		defer close(p.log)
		for lines.Scan() {
			p.log <- lines.Text()
		}
	}()
	return p
}

func roomInit(t *testing.T, base, id string) (code, live int) {
	t.Helper()
	p, err := http.Get(base + "/room/v1/Room/room_init?id=" + id)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	var a struct {
		Code int
		Data struct {
			Live int `json:"live_status"`
		}
	}
	if err := json.NewDecoder(p.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a.Code, a.Data.Live
}

func TestItServesTheRoomsItIsGivenUntilAnInterrupt(t *testing.T) {
	p := start(t, "--room", "1000001/77=small", "--room", "1000002")
	for id, want := range map[string]int{"77": 0, "1000001": 0, "1000002": 0, "520": 60004} {
		if code, _ := roomInit(t, p.url, id); code != want {
			t.Errorf("room %s: code %d, want %d", id, code, want)
		}
	}
	p.stop()
	if code := <-p.code; code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	sent := 0
	for line := range p.log {
		if strings.Contains(line, "msg=sent") {
			sent++
		}
	}
	if sent != 2 {
		t.Errorf("%d rooms were summed up in the log", sent)
	}
}

func TestFaultsOfTheCommandLineHappen(t *testing.T) {
	p := start(t, "--fault", "-412@0s/10m")
	if code, _ := roomInit(t, p.url, "520"); code != -412 {
		t.Errorf("code %d", code)
	}
	p.stop()
	<-p.code
}

func TestAMistakeInTheFlagsExitsWithTwo(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, []byte("what is this"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]int{
		"--profile huge": cli.ExitUsage, "--room here": cli.ExitUsage, "--room 5=huge": cli.ExitUsage, "--fault quake": cli.ExitUsage, "--speed fast": cli.ExitUsage,
		"--protover 1": cli.ExitUsage, "--count -1": cli.ExitUsage, "--bundle 0": cli.ExitUsage, "--room 5 --room 5": cli.ExitUsage, "--replay /nowhere": cli.ExitUsage,
		"--replay " + bad: cli.ExitFailed, "--listen nowhere:x": cli.ExitFailed, "--help": cli.ExitDone, "--version": cli.ExitDone,
	} {
		f := &flags{}
		var out strings.Builder
		if code := cli.Run(context.Background(), f.command(), joinFaults(strings.Fields(args)), &out, &out); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", args, code, want, out.String())
		}
	}
}

func TestTheHelpNamesEveryFault(t *testing.T) {
	f := &flags{}
	var out strings.Builder
	cli.Run(context.Background(), f.command(), []string{"--help"}, &out, &out)
	for _, name := range []string{"half-open", "expire-token", "-352", "zlib-bomb=MB", "duplicate=messages", "NAME[=VALUE]"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("%s is not in the help", name)
		}
	}
}

func TestFaultsAreJoinedToTheirFlag(t *testing.T) {
	got := joinFaults([]string{"--fault", "-352@0s", "--room", "1", "--fault=drop", "--fault"})
	if want := []string{"--fault=-352@0s", "--room", "1", "--fault=drop", "--fault"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestItStopsAfterSoManyEventsWhenTheClientHasThem(t *testing.T) {
	p := start(t, "--count", "3000", "--rate", "20000", "--seed", "4")
	platform, err := bilibili.New(bilibili.Config{Upstream: p.url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := platform.Endpoint(t.Context(), 7734200)
	if err != nil {
		t.Fatal(err)
	}
	ws, _, err := websocket.DefaultDialer.Dial(e.URLs[0], http.Header{"User-Agent": {e.UserAgent}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if err := ws.WriteMessage(websocket.BinaryMessage, protocol.AppendAuth(nil, protocol.Auth{Room: 7734200, Protover: 3, Platform: "web", Type: 2, Buvid: e.Buvid, Key: e.Token})); err != nil {
		t.Fatal(err)
	}
	d, n := decoder.New(decoder.Limits{}), 0
	for {
		_, b, err := ws.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseGoingAway) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		list, err := d.Packets(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.Op == protocol.OpCommand {
				n++
			}
		}
	}
	if code := <-p.code; code != cli.ExitDone {
		t.Errorf("exit code %d", code)
	}
	var sum string
	for line := range p.log {
		if strings.Contains(line, "msg=sent") {
			sum = line
		}
	}
	if !strings.Contains(sum, " commands="+strconv.Itoa(n)+" events=3000 unheard=0 ") || !strings.Contains(sum, " money.gift=") {
		t.Errorf("%d commands arrived; logged: %s", n, sum)
	}
}
