package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

func TestAPanicLeavesAReportWithoutSecrets(t *testing.T) {
	t.Cleanup(func() { _ = debug.SetCrashOutput(nil, debug.CrashOptions{}) })
	dir, now := t.TempDir(), time.Date(2026, 11, 22, 20, 0, 0, 0, time.Local)
	r, report, err := startRecorder(dir, "viewer", now)
	if err != nil || report != "" {
		t.Fatalf("the first start: %q, %v", report, err)
	}
	r.logger(quiet()).Info("joined", "room", 7)
	r.logger(quiet()).Warn("a call failed", "url", "http://x/?token=abcdef&room=7", "cookie", "SESSDATA=s3cr3t; bili_jct=t0ps3cret")
	r.log.close()
	// What the runtime would write at a panic.
	f, err := os.OpenFile(r.pending(), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, "panic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n")
	f.Close()

	r, report, err = startRecorder(dir, "viewer", now)
	if err != nil || report != filepath.Join(dir, "crash-20261122-200000.txt") {
		t.Fatalf("the next start: %q, %v", report, err)
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"danmaku ", "started 2026-11-22T20:00:00", "msg=joined room=7", "panic: index out of range", "goroutine 1", "room=7"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the report lacks %q:\n%s", want, b)
		}
	}
	for _, never := range []string{"s3cr3t", "t0ps3cret", "abcdef"} {
		if strings.Contains(string(b), never) {
			t.Errorf("the report has %q:\n%s", never, b)
		}
	}
	r.stop()
	if _, report, err = startRecorder(dir, "viewer", now); err != nil || report != "" {
		t.Errorf("after a good end: %q, %v", report, err)
	}
	if _, report, err = startRecorder(dir, "viewer", now); err != nil || report != "" {
		t.Errorf("after it was killed: %q, %v", report, err)
	}
}

func TestOnlyTheNewestReportsStay(t *testing.T) {
	dir := t.TempDir()
	r := &recorder{dir: dir, name: "viewer"}
	for i := range 9 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("crash-2026112%d-000000.txt", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.forgetOld()
	left, _ := filepath.Glob(filepath.Join(dir, "crash-*"))
	if len(left) != crashesKept || !strings.Contains(left[0], "20261124") {
		t.Errorf("left: %v", left)
	}
}

func TestTheLogDoesNotGrowForEver(t *testing.T) {
	l := &rotating{path: filepath.Join(t.TempDir(), "viewer.log")}
	defer l.close()
	line := []byte(strings.Repeat("x", 1000) + "\n")
	for range 3 * logLimit / len(line) {
		if _, err := l.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{l.path, l.path + ".1"} {
		if info, err := os.Stat(path); err != nil || info.Size() > logLimit+2000 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}
