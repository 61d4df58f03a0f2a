package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type flags struct {
	Common
	Room   []int64 `help:"Rooms."`
	Listen string  `default:"127.0.0.1:0"`
	Demo   bool
	Sub    struct {
		Limit int `default:"100"`
	} `cmd:"" default:"withargs"`
	Other struct {
		Limit int `default:"7"`
	} `cmd:""`
}

func run(t *testing.T, f *flags, do func(context.Context) error, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), Command{Name: "relay", Help: "Test.", Flags: f, Run: func(ctx context.Context, path string, log *slog.Logger) error {
		log.Info("ready", "path", path)
		return do(ctx)
	}}, args, &out, &errs)
	return code, out.String(), errs.String()
}

func ok(context.Context) error { return nil }

func TestCommandLineGoesAboveEnvironmentAboveFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "danmaku.toml")
	if err := os.WriteFile(file, []byte("listen = 'file'\nroom = [1, 2]\nlog_level = 'warn'\ndemo = true\n[sub]\nlimit = 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var f flags
	if code, _, stderr := run(t, &f, ok, "--config", file); code != 0 {
		t.Fatal(code, stderr)
	}
	if f.Listen != "file" || len(f.Room) != 2 || !f.Demo || f.LogLevel != "warn" || f.Sub.Limit != 5 || f.Other.Limit != 7 {
		t.Errorf("from the file: %+v", f)
	}
	t.Setenv("DANMAKU_LISTEN", "environment")
	t.Setenv("DANMAKU_CONFIG", file)
	f = flags{}
	if code, _, stderr := run(t, &f, ok); code != 0 || f.Listen != "environment" || len(f.Room) != 2 {
		t.Errorf("the environment goes above the file: %d %s %+v", code, stderr, f)
	}
	f = flags{}
	if code, _, stderr := run(t, &f, ok, "--listen", "line", "--room", "9", "--room", "8"); code != 0 || f.Listen != "line" || len(f.Room) != 2 || f.Room[0] != 9 {
		t.Errorf("the command line goes above all: %d %s %+v", code, stderr, f)
	}
}

func TestAFileMayHaveKeysOfOtherPrograms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shared.toml")
	call := func(text string) (flags, int, string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var f flags
		var out, errs bytes.Buffer
		code := Run(t.Context(), Command{Name: "archive", Flags: &f, Others: []string{"room", "token-file", "serve"},
			Run: func(context.Context, string, *slog.Logger) error { return nil }}, []string{"--config", file}, &out, &errs)
		return f, code, errs.String()
	}
	f, code, stderr := call("room = [1]\ntoken_file = 'x'\nlisten = 'mine'\n[serve]\nanything = 1\n")
	if code != 0 || f.Listen != "mine" || len(f.Room) != 0 {
		t.Errorf("exit %d, %s, %+v", code, stderr, f)
	}
	if _, code, stderr := call("room = [1]\ntoken-fil = 'x'\n"); code != ExitUsage || !strings.Contains(stderr, "token-fil") {
		t.Errorf("a key of no program: exit %d, %s", code, stderr)
	}
}

func TestAMistakeInTheCallExits2AndSaysWhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(file, []byte("lissten = 'x'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want string
		args []string
	}{
		{"--nope", []string{"--nope"}},
		{"--log-format", []string{"--log-format", "xml"}},
		{"lissten", []string{"--config", file}},
		{"missing.toml", []string{"--config", "missing.toml"}},
		{"unexpected", []string{"surplus"}},
	}
	for _, tt := range tests {
		code, stdout, stderr := run(t, &flags{}, ok, tt.args...)
		if code != ExitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", tt.args, code, stdout, stderr)
		}
	}
}

func TestExitCodesAndOutputs(t *testing.T) {
	if code, stdout, _ := run(t, &flags{}, ok, "--help"); code != 0 || !strings.Contains(stdout, "--listen") || !strings.Contains(stdout, "DANMAKU_LISTEN") {
		t.Errorf("--help: %d %s", code, stdout)
	}
	if code, stdout, _ := run(t, &flags{}, ok, "--version"); code != 0 || !strings.HasPrefix(stdout, "relay ") {
		t.Errorf("--version: %d %s", code, stdout)
	}
	if code, _, stderr := run(t, &flags{}, func(context.Context) error { return errors.New("disk full") }); code != ExitFailed || !strings.Contains(stderr, "relay: disk full") {
		t.Errorf("a failure: %d %s", code, stderr)
	}
	if code, _, stderr := run(t, &flags{}, func(context.Context) error { return Usagef("both") }); code != ExitUsage || !strings.Contains(stderr, "both") {
		t.Errorf("a usage error: %d %s", code, stderr)
	}
	if code, stdout, stderr := run(t, &flags{}, ok, "--log-format", "json"); code != 0 || stdout != "" || !strings.Contains(stderr, `"msg":"ready"`) {
		t.Errorf("logs go to standard error as JSON: %d %q %q", code, stdout, stderr)
	}
}

func TestAnInterruptIsACleanEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	code := Run(ctx, Command{Name: "relay", Flags: &flags{}, Run: func(ctx context.Context, _ string, _ *slog.Logger) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}, nil, &bytes.Buffer{}, &bytes.Buffer{})
	if code != ExitDone {
		t.Errorf("exit %d", code)
	}
}
