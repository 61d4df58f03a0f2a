package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/internal/cli"
)

func TestImportReportsEachPlaceAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "new", "archive.db"), filepath.Join(dir, "bad\x1bname.jsonl")
	good := comment(1, 100, "a", "good")
	lines := string(good.AppendJSON(nil, false)) + "\nbad \x1b[31m line\n" + strings.Replace(string(good.AppendJSON(nil, false)), "dm:00000001", "dm:2", 1) + "\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := call(t, nil, "--archive", path, "import", file)
	if code != 0 || !strings.Contains(stdout, "JSON lines, room 100: 2 events, 2 new, 0 known before, 1 place not read") || !strings.Contains(stderr, "name.jsonl:2: ") || strings.ContainsRune(stdout+stderr, '\x1b') {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	if _, stdout, _ := call(t, nil, "--archive", path, "import", file); !strings.Contains(stdout, "2 events, 0 new, 2 known before") {
		t.Errorf("again: %q", stdout)
	}
	code, stdout, stderr = call(t, nil, "--archive", path, "import", file, filepath.Join(dir, "none"), filepath.Dir(path))
	if code != cli.ExitFailed || !strings.Contains(stderr, "2 of 3 files") || !strings.Contains(stdout, "2 events, 0 new") {
		t.Errorf("with files that are none: exit %d, %q, %q", code, stdout, stderr)
	}
}

func TestImportOfAFolderTakesTheRecordingsInIt(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"day/b.jsonl": "first", "a.jsonl": "two", ".hidden.jsonl": "hidden", "a.flv": "a video"} {
		e := comment(len(text), 100, "園田", text)
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(e.AppendJSON(nil, false), '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "archive.db")
	stdout, _ := mustCall(t, "--archive", path, "import", dir)
	if n := strings.Count(stdout, "1 event, 1 new"); n != 2 || strings.Count(stdout, "\n") != 2 {
		t.Errorf("%s", stdout)
	}
	if code, _, stderr := call(t, nil, "--archive", path, "import", t.TempDir()); code != cli.ExitFailed || !strings.Contains(stderr, ".jsonl") {
		t.Errorf("an empty folder: exit %d, %s", code, stderr)
	}
}

func TestImportAsksForWhatAFileDoesNotSay(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "comments.xml")
	if err := os.WriteFile(file, []byte(`<i><d p="1.5,1,25,16777215,0,0,0,0">x</d></i>`), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "archive.db")
	for _, tt := range []struct{ args, want string }{{"", "--start"}, {"--start 2026-01-01", "--room"}} {
		code, _, stderr := call(t, nil, append([]string{"--archive", path, "import", file}, strings.Fields(tt.args)...)...)
		if code != cli.ExitFailed || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit %d, %q", tt.args, code, stderr)
		}
	}
	mustCall(t, "--archive", path, "import", file, "--start", "2026-01-01", "--room", "5")
	named := filepath.Join(dir, "录制-77-20260102-030405-678-title.xml")
	if err := os.Rename(file, named); err != nil {
		t.Fatal(err)
	}
	stdout, _ := mustCall(t, "--archive", path, "import", named)
	if !strings.Contains(stdout, "room 77: 1 event, 1 new") {
		t.Errorf("%q", stdout)
	}
}
