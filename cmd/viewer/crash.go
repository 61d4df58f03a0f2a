package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"danmaku/internal/cli"
)

const (
	logLimit    = 1 << 20 // bytes of one log file; one older one is kept
	crashTail   = 60      // lines of the log in a report
	crashLimit  = 1 << 20 // bytes of a trace
	crashesKept = 5
)

// recorder keeps what a report about a crash needs: a log file, and a file the
// runtime writes into when the program dies of a panic in any goroutine.
type recorder struct {
	dir, name string
	log       *rotating
}

func (r *recorder) pending() string { return filepath.Join(r.dir, r.name+".crash") }

// startRecorder begins to record. report is the file about the last time, if
// the program died then.
func startRecorder(dir, name string, now time.Time) (r *recorder, report string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("data folder: %w", err)
	}
	r = &recorder{dir: dir, name: name, log: &rotating{path: filepath.Join(dir, name+".log")}}
	report, err = r.collect(now)
	if err != nil {
		return nil, "", fmt.Errorf("crash report: %w", err)
	}
	f, err := os.OpenFile(r.pending(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, report, fmt.Errorf("crash file: %w", err)
	}
	defer f.Close() // the runtime has its own copy
	_, err = fmt.Fprintf(f, "danmaku %s, %s on %s/%s, started %s\n%s", cli.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, now.Format(time.RFC3339), crashMark)
	if err == nil {
		err = debug.SetCrashOutput(f, debug.CrashOptions{})
	}
	if err != nil {
		return nil, report, fmt.Errorf("crash file: %w", err)
	}
	return r, report, nil
}

// crashMark ends the head of the file; what follows was written by the runtime.
const crashMark = "----\n"

// logger is log, and the same into the log file.
func (r *recorder) logger(log *slog.Logger) *slog.Logger {
	return slog.New(slog.NewMultiHandler(log.Handler(), slog.NewTextHandler(r.log, nil)))
}

// collect makes a report of what the runtime left behind last time; it returns
// its path, or "" when the program ended well or was killed.
func (r *recorder) collect(now time.Time) (string, error) {
	text, err := os.ReadFile(r.pending())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer os.Remove(r.pending())
	head, trace, _ := bytes.Cut(text, []byte(crashMark))
	if len(bytes.TrimSpace(trace)) == 0 {
		return "", nil
	}
	trace = trace[:min(len(trace), crashLimit)]
	lines := strings.Split(strings.TrimSpace(r.log.read()), "\n")
	lines = lines[max(0, len(lines)-crashTail):]
	report := string(head) + "\nThe last lines of the log:\n" + strings.Join(lines, "\n") + "\n\nWhat happened:\n" + string(trace)
	path := filepath.Join(r.dir, "crash-"+now.Format("20060102-150405")+".txt")
	if err := os.WriteFile(path, []byte(withoutSecrets(report)), 0o600); err != nil {
		return "", err
	}
	r.forgetOld()
	return path, nil
}

// forgetOld keeps only the newest reports.
func (r *recorder) forgetOld() {
	files, err := filepath.Glob(filepath.Join(r.dir, "crash-*.txt"))
	if err != nil {
		return // the pattern is a good one
	}
	slices.Sort(files) // by their dates
	for _, f := range files[:max(0, len(files)-crashesKept)] {
		_ = os.Remove(f)
	}
}

// stop says that the program ended well.
func (r *recorder) stop() {
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_ = os.Remove(r.pending())
	r.log.close()
}

var secret = regexp.MustCompile(`(?i)((?:sessdata|bili_jct|dedeuserid\w*|buvid\w*|qrcode_key|access_key\w*|identity_code|authorization|cookie|token|secret)["']?\s*[=:]\s*)("[^"\n]*"|[^\s;&,]+)`)

// withoutSecrets takes values out that could be credentials. None should be in
// a log to begin with.
func withoutSecrets(s string) string { return secret.ReplaceAllString(s, "$1[redacted]") }

// rotating is a log file that does not grow for ever.
type rotating struct {
	path string
	mu   sync.Mutex
	f    *os.File
	size int64
}

// Write appends a line; what cannot be written is dropped, because the log goes
// to standard error too.
func (l *rotating) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil || l.size > logLimit {
		if err := l.open(); err != nil {
			return len(b), nil
		}
	}
	n, err := l.f.Write(b)
	l.size += int64(n)
	if err != nil {
		_ = l.f.Close()
		l.f = nil
	}
	return len(b), nil
}

func (l *rotating) open() error {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
	if info, err := os.Stat(l.path); err == nil && info.Size() > logLimit {
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	l.f, l.size = f, 0
	if info, err := f.Stat(); err == nil {
		l.size = info.Size()
	}
	return nil
}

func (l *rotating) read() string {
	b, err := os.ReadFile(l.path)
	if err != nil {
		return "(no log)"
	}
	return string(b)
}

func (l *rotating) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
