package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/simroom"
)

// Tests of the window drive the real program in a real window on a virtual
// display. They are skipped where the tools for that are missing, unless CI or
// DANMAKU_WINDOW_TESTS is set: then a missing tool is a failure.

const patience = 5 * time.Minute // for anything to come about, on the slowest machine

// screen is a virtual display with a window manager, for all tests.
var screen struct {
	once    sync.Once
	missing string // why there is none
	display string
	binary  string
	dir     string
	stop    []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range slices.Backward(screen.stop) {
		stop()
	}
	os.Exit(code)
}

// needScreen starts the display and builds the program, once.
func needScreen(t *testing.T) {
	t.Helper()
	screen.once.Do(func() {
		for _, tool := range []string{"Xvfb", "xdotool"} {
			if _, err := exec.LookPath(tool); err != nil {
				screen.missing = tool + " is not installed"
				return
			}
		}
		dir, err := os.MkdirTemp("", "danmaku-window-")
		if err != nil {
			t.Fatal(err)
		}
		screen.dir = dir
		screen.stop = append(screen.stop, func() { _ = os.RemoveAll(dir) })
		screen.binary = filepath.Join(dir, "viewer")
		args := []string{"build", "-o", screen.binary}
		if raceEnabled {
			args = append(args, "-race")
		}
		if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		screen.display = startDisplay(t)
		if _, err := exec.LookPath("openbox"); err == nil {
			wm := exec.Command("openbox")
			wm.Env = append(os.Environ(), "DISPLAY="+screen.display)
			if err := wm.Start(); err != nil {
				t.Fatal(err)
			}
			screen.stop = append(screen.stop, func() { _ = wm.Process.Kill(); _ = wm.Wait() })
		}
	})
	if screen.missing == "" {
		return
	}
	if os.Getenv("CI") != "" || os.Getenv("DANMAKU_WINDOW_TESTS") != "" {
		t.Fatal(screen.missing)
	}
	t.Skip(screen.missing)
}

// startDisplay starts Xvfb on a number of its own choice.
func startDisplay(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	screen.stop = append(screen.stop, func() { _ = x.Process.Kill(); _ = x.Wait() })
	_ = r.SetReadDeadline(time.Now().Add(patience))
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// viewer is the running program.
type viewer struct {
	t      *testing.T
	cmd    *exec.Cmd
	id     string // of its window
	data   string // its data folder
	home   string
	ended  chan struct{}
	err    error
	mu     sync.Mutex
	output bytes.Buffer
}

// Write takes what the program prints.
func (v *viewer) Write(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.output.Write(b)
}

func (v *viewer) printed() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.output.String()
}

// startViewer starts the program with settings of its own and waits for its
// window. At the end of the test it is interrupted and must end well.
func startViewer(t *testing.T, settings string, args ...string) *viewer {
	t.Helper()
	needScreen(t)
	home := t.TempDir()
	v := &viewer{t: t, home: home, data: filepath.Join(home, "data", "danmaku"), ended: make(chan struct{})}
	if settings != "" {
		dir := filepath.Join(home, "config", "fyne", appID)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v.cmd = exec.Command(screen.binary, args...)
	v.cmd.Env = append(os.Environ(), "DISPLAY="+screen.display, "WAYLAND_DISPLAY=", "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "XDG_RUNTIME_DIR="+home,
		"LANG=zh_CN.UTF-8", "LC_ALL=", "LC_MESSAGES=", "LIBGL_ALWAYS_SOFTWARE=1", "GORACE=halt_on_error=1",
		"DBUS_SESSION_BUS_ADDRESS=disabled:") // else a bus is started, and outlives the test
	v.cmd.Stdout, v.cmd.Stderr = v, v
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		v.err = v.cmd.Wait()
		close(v.ended)
	}()
	t.Cleanup(v.stop)
	v.until("its window", func() bool {
		out, err := v.tool("search", "--onlyvisible", "--pid", fmt.Sprint(v.cmd.Process.Pid))
		ids := strings.Fields(out)
		if err != nil || len(ids) == 0 {
			return false
		}
		v.id = ids[len(ids)-1]
		return true
	})
	return v
}

// stop interrupts the program, which must end by itself and without a word
// about threads or races.
func (v *viewer) stop() {
	v.t.Helper()
	select {
	case <-v.ended:
	default:
		_ = v.cmd.Process.Signal(os.Interrupt)
		select {
		case <-v.ended:
		case <-time.After(patience):
			_ = v.cmd.Process.Signal(syscall.SIGQUIT) // it prints where every goroutine stands
			select {
			case <-v.ended:
			case <-time.After(patience):
				_ = v.cmd.Process.Kill()
				<-v.ended
			}
			v.t.Errorf("the viewer did not end when it was interrupted")
		}
	}
	if v.err != nil {
		v.t.Errorf("the viewer ended with: %v", v.err)
	}
	out := v.printed()
	for _, bad := range []string{"Error in Fyne call thread", "DATA RACE", "panic:"} {
		if strings.Contains(out, bad) {
			v.t.Errorf("the viewer printed %q", bad)
		}
	}
	if v.t.Failed() {
		v.t.Logf("the viewer printed:\n%s", out)
	}
}

func (v *viewer) tool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+screen.display)
	out, err := cmd.Output()
	return string(out), err
}

// act drives mouse and keyboard.
func (v *viewer) act(args ...string) {
	v.t.Helper()
	if _, err := v.tool(args...); err != nil {
		v.t.Fatalf("xdotool %v: %v", args, err)
	}
}

func (v *viewer) key(keys ...string) {
	v.t.Helper()
	v.act("windowfocus", v.id)
	v.act(append([]string{"key", "--clearmodifiers"}, keys...)...)
}

// until waits for something to come about in the program.
func (v *viewer) until(what string, ok func() bool) {
	v.t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-v.ended:
			v.t.Fatalf("the viewer ended while the test waited for %s: %v\n%s", what, v.err, v.printed())
		case <-late:
			v.t.Fatalf("the test waited in vain for %s; the window shows %+v", what, v.look())
		}
	}
}

// look has the program write down what it shows, by its own key for that.
func (v *viewer) look() gui.Diagnostic {
	v.t.Helper()
	path := filepath.Join(v.data, "diagnostic.json")
	_ = os.Remove(path)
	v.key("F12")
	var d gui.Diagnostic
	late := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	again := time.NewTicker(5 * time.Second) // a key goes astray when another window takes the focus meanwhile
	defer again.Stop()
	for {
		b, err := os.ReadFile(path)
		if err == nil {
			if err := json.Unmarshal(b, &d); err != nil {
				v.t.Fatal(err)
			}
			return d
		}
		select {
		case <-tick.C:
		case <-again.C:
			v.key("F12")
		case <-v.ended:
			v.t.Fatalf("the viewer ended: %v\n%s", v.err, v.printed())
		case <-late:
			v.t.Fatal("the viewer does not write its diagnostic")
		}
	}
}

// platform is a simulated platform in this process.
type platform struct {
	*simroom.Server
	url  string
	stop func() // may be called more than once; the end of the test does
}

func startPlatform(t *testing.T, c simroom.Config) *platform {
	t.Helper()
	s, err := simroom.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hs := &http.Server{Handler: s.Handler()}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := hs.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := s.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	stop := func() {
		cancel()
		_ = hs.Close()
		wg.Wait()
	}
	t.Cleanup(stop)
	return &platform{s, "http://" + l.Addr().String(), stop}
}

const room = event.RoomID(21452505)

func busyRoom() simroom.Config {
	return simroom.Config{Rooms: []simroom.Room{{ID: room, UID: 1, Streamer: "璃猫", Title: "歌回", Area: "虚拟", ParentArea: "虚拟", Medal: "小狐狸"}}, Profile: "small", Rate: 40, Seed: 7}
}

// pixels waits until the window is really drawn: what the program believes to
// show reaches the screen a frame or two later. White words on a dark ground
// have some eighty colours, a window that nothing was drawn into one or two.
func pixels(t *testing.T, v *viewer) {
	t.Helper()
	if _, err := exec.LookPath("import"); err != nil {
		t.Log("ImageMagick is not installed: the picture is not looked at")
		return
	}
	v.until("a picture", func() bool {
		cmd := exec.Command("import", "-window", v.id, "-format", "%k", "info:-")
		cmd.Env = append(os.Environ(), "DISPLAY="+screen.display)
		out, err := cmd.Output()
		var colours int
		if _, e := fmt.Sscan(string(out), &colours); err != nil || e != nil {
			return false
		}
		return colours > 16
	})
}
