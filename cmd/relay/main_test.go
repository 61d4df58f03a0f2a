package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// program is this command, built once for all tests.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "relay-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "relay")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// running is a started relay.
type running struct {
	cmd  *exec.Cmd
	url  string
	rest chan string // what it logged after it was ready
}

var urlKey = regexp.MustCompile(`\burl="?(https?://[^" ]+)`)

func start(t *testing.T, args ...string) *running {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	r := &running{cmd: cmd, rest: make(chan string, 1)}
	sc := bufio.NewScanner(stderr)
	var log strings.Builder
	for r.url == "" && sc.Scan() {
		log.WriteString(sc.Text() + "\n")
		if m := urlKey.FindStringSubmatch(sc.Text()); m != nil && strings.Contains(sc.Text(), "ready") {
			r.url = m[1]
		}
	}
	if r.url == "" {
		t.Fatalf("the relay ended without being ready:\n%s", log.String())
	}
	go func() {
		for sc.Scan() {
			log.WriteString(sc.Text() + "\n")
		}
		r.rest <- log.String()
	}()
	return r
}

// interrupt sends the signal of Ctrl-C and returns the log when it has ended.
func (r *running) interrupt(t *testing.T) (exit int, log string) {
	t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	log = <-r.rest
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode(), log
}

func TestTheDemoServesEventsAndEndsCleanlyOnOneInterrupt(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "kept.db")
	r := start(t, "--demo", "--listen", "127.0.0.1:0", "--archive", archive)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/v1/events?kind=comment&after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	sc := bufio.NewScanner(resp.Body)
	sc.Buffer(nil, 1<<20)
	comments := 0
	for comments < 5 && sc.Scan() {
		var e struct {
			Seq     int64
			Comment *struct{ Text string }
		}
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, sc.Text())
		}
		if e.Comment != nil {
			if e.Seq == 0 || e.Comment.Text == "" {
				t.Errorf("a comment without a position or text: %s", sc.Text())
			}
			comments++
		}
	}
	if comments < 5 {
		t.Fatalf("the stream ended after %d comments: %v", comments, sc.Err())
	}
	health, err := http.Get(r.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(health.Body)
	_ = health.Body.Close()
	if err != nil || health.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s %s %v", health.Status, body, err)
	}
	exit, log := r.interrupt(t)
	if exit != 0 || !strings.Contains(log, "stopped") || strings.Contains(log, "ERROR") {
		t.Errorf("exit %d, log:\n%s", exit, log)
	}
	if _, err := os.Stat(archive); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(archive + "-wal"); err == nil {
		t.Error("a clean end leaves a write-ahead log behind")
	}
}

func TestMistakesInTheCallExit2WithAMessage(t *testing.T) {
	for want, args := range map[string][]string{
		"--token-file":        {"--listen", "0.0.0.0:0", "--archive", ""},
		"exclude each other":  {"--demo", "--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"},
		"positive number":     {"--room=-5"},
		"unknown flag":        {"--cookie", "SESSDATA=1"},
		"belong together":     {"--tls-cert", "x.pem", "--listen", "127.0.0.1:0", "--archive", ""},
		"--log-format":        {"--log-format", "yaml"},
		"a NATS server":       {"--nats", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--archive", ""},
		"unexpected argument": {"21452505"},
	} {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+t.TempDir())
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 2 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want %q", args, code, &stdout, &stderr, want)
		}
	}
}

func TestWhatCannotBeOpenedExits1AndSaysWhat(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("these are my notes\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"notes.txt":   {"--archive", text, "--listen", "127.0.0.1:0"},
		"cookies.txt": {"--cookie-file", "cookies.txt", "--archive", "", "--listen", "127.0.0.1:0"},
		"Open Live":   {"--open-live-file", text, "--archive", "", "--listen", "127.0.0.1:0"},
		"token file":  {"--token-file", "absent", "--archive", "", "--listen", "127.0.0.1:0"},
	} {
		var stderr bytes.Buffer
		cmd := exec.Command(program, args...)
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: exit %d, stderr %q", args, code, &stderr)
		}
	}
}
