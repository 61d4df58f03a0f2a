//go:build linux

package soak

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// long: run at full length.
var long = os.Getenv("DANMAKU_LONG") != ""

// bin is where the programs under test are, built once.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "danmaku-soak-")
	if err != nil {
		panic(err)
	}
	bin = dir
	build := exec.Command("go", "build", "-o", dir, "danmaku/cmd/relay", "danmaku/cmd/simroom")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program is a started relay or simulated platform.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan struct{} // closed when it has ended and log is whole

	mu  sync.Mutex
	log strings.Builder
}

var readyURL = regexp.MustCompile(`ready.*\burl="?(https?://[^" ]+)`)

// start runs a program until it is ready.
func start(t *testing.T, name string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(filepath.Join(bin, name), args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(p.done)
		defer close(ready)
		for sc := bufio.NewScanner(stderr); sc.Scan(); {
			if m := readyURL.FindStringSubmatch(sc.Text()); m != nil && len(ready) == 0 {
				ready <- m[1]
			}
			p.mu.Lock()
			p.log.WriteString(sc.Text() + "\n")
			p.mu.Unlock()
		}
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	if p.url = <-ready; p.url == "" {
		t.Fatalf("%s ended without being ready:\n%s", name, p.said())
	}
	return p
}

// platform starts a simulated platform with one room.
func platform(t *testing.T, args ...string) *program {
	return start(t, "simroom", append([]string{"--listen", "127.0.0.1:0", "--room", room, "--profile", "event"}, args...)...)
}

const room = "21452505"

// relay starts a relay of the platform's room on an archive.
func relay(t *testing.T, listen, upstream, archive string) *program {
	return start(t, "relay", "--listen", listen, "--room", room, "--upstream", upstream, "--archive", archive)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func (p *program) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Error(err)
	}
}

// kill ends it as a power cut does.
func (p *program) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGCONT) // a stopped one too
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop ends it as Ctrl-C does.
func (p *program) stop() {
	p.t.Helper()
	p.signal(os.Interrupt)
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("%s ended with %d:\n%s", p.cmd.Path, code, p.said())
	}
}

// sample is what a program holds at a moment.
type sample struct {
	rss        int // KiB
	files      int
	goroutines int
	cpu        time.Duration // used so far
}

func (s sample) String() string {
	return fmt.Sprintf("RSS %d MiB, %d goroutines, %d descriptors, %.1f s of CPU", s.rss>>10, s.goroutines, s.files, s.cpu.Seconds())
}

// sample looks at a running relay.
func (p *program) sample() sample {
	p.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	var s sample
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		p.t.Fatalf("%v:\n%s", err, p.said())
	}
	s.rss = int(number(p.t, string(status), "VmRSS:"))
	files, err := os.ReadDir(proc + "fd")
	if err != nil {
		p.t.Fatal(err)
	}
	s.files = len(files)
	metrics := p.get("/metrics")
	s.goroutines = int(number(p.t, metrics, "\ngo_goroutines "))
	s.cpu = time.Duration(number(p.t, metrics, "\nprocess_cpu_seconds_total ") * float64(time.Second))
	return s
}

// number reads what follows a mark in a text.
func number(t *testing.T, text, mark string) float64 {
	t.Helper()
	_, rest, found := strings.Cut(text, mark)
	if found {
		if f := strings.Fields(rest); len(f) > 0 {
			if n, err := strconv.ParseFloat(f[0], 64); err == nil {
				return n
			}
		}
	}
	t.Fatalf("no number after %q in:\n%.2000s", mark, text)
	return 0
}

func (p *program) get(path string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatalf("%v; the relay said:\n%s", err, p.said())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	return string(b)
}
