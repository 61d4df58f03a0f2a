package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// sharedRecordings are real recordings beside the repository, where they are
// there.
func sharedRecordings(t *testing.T) []string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "recordings")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real recordings beside the repository: ", err)
	}
	var files []string
	for _, pattern := range []string{"commands/*.jsonl", "csv/*.csv", "ddc-2019-text/*", "jsonl/*.jsonl*", "ws-frames/*.lp32", "ws-frames/*.jsonl.gz", "xml/*.xml"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no recordings match %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(f string) bool {
		info, err := os.Stat(f)
		return err == nil && info.Size() > largestRecording && strings.HasSuffix(f, ".txt.gz")
	})
}

// all gives every event of an archive.
func all(t *testing.T, path string, raw bool) []event.Event {
	t.Helper()
	a, err := store.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var list []event.Event
	for e, err := range a.Query(t.Context(), event.Filter{Raw: raw}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// mustCall runs the command and fails unless it exits 0.
func mustCall(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := call(t, nil, args...)
	if code != 0 {
		t.Fatalf("archive %v: exit %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout, stderr
}

// importAll imports every recording, with what the files do not tell.
func importAll(t *testing.T, path string, files []string) {
	t.Helper()
	calls := map[string][]string{}
	for _, f := range files {
		args := ""
		switch base := filepath.Base(f); {
		case strings.HasPrefix(base, "bili-live-listener"), strings.HasPrefix(base, "blive-ws"):
			args = "--room 7777"
		case strings.HasPrefix(base, "other-platform"):
			args = "--room 8888 --start 2023-01-01"
		}
		calls[args] = append(calls[args], f)
	}
	for args, files := range calls {
		mustCall(t, slices.Concat([]string{"--archive", path, "import"}, strings.Fields(args), files)...)
	}
}

// TestSharedRecordingsComeBackEqual imports every real recording, exports all to
// JSON lines and XML, and imports those into empty archives.
func TestSharedRecordingsComeBackEqual(t *testing.T) {
	files := sharedRecordings(t)
	dir := t.TempDir()
	one := filepath.Join(dir, "one.db")
	importAll(t, one, files)
	was := all(t, one, true)
	if len(was) < leastEvents {
		t.Errorf("only %d events", len(was))
	}
	t.Run("by way of JSON lines", func(t *testing.T) {
		lines, two := filepath.Join(dir, "all.jsonl"), filepath.Join(dir, "two.db")
		mustCall(t, "--archive", one, "export", "-o", lines)
		mustCall(t, "--archive", two, "import", lines)
		sameEvents(t, was, all(t, two, true), true)
	})
	t.Run("stored once however often imported", func(t *testing.T) {
		var some []string
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() < 50_000 {
				some = append(some, f)
			}
		}
		importAll(t, one, some)
		if n := len(all(t, one, false)); n != len(was) {
			t.Errorf("%d events, were %d", n, len(was))
		}
	})
	for _, raw := range []bool{false, true} {
		t.Run(fmt.Sprintf("by way of XML, raw %v", raw), func(t *testing.T) { throughXML(t, one, raw) })
	}
}

func sameEvents(t *testing.T, was, is []event.Event, raw bool) {
	t.Helper()
	if len(was) != len(is) {
		t.Errorf("%d events, were %d", len(is), len(was))
	}
	wrong := 0
	for i := range min(len(was), len(is)) {
		if a, b := was[i].AppendJSON(nil, raw), is[i].AppendJSON(nil, raw); !bytes.Equal(a, b) {
			t.Errorf("event %d\n was %s\n  is %s", i, a, b)
			if wrong++; wrong == 3 {
				return
			}
		}
	}
}

// xmlForm is what XML without raw attributes has a place for: comments, gifts,
// super chats and guards with their key, both times to the millisecond, id and
// name of the sender, and of the detail what the dialect's attributes hold.
func xmlForm(e event.Event) string {
	id, name := "", ""
	if e.User != nil {
		id, name = e.User.ID, e.User.Name
	}
	s := fmt.Sprintf("%d %s %d %d %q %q ", e.Room, e.Key, e.At, exchange.Moment(&e), id, name)
	switch {
	case e.Comment != nil:
		c := e.Comment
		return s + fmt.Sprintf("%q %s %s %d", legalXML(c.Text), c.Mode, c.Color, c.Size)
	case e.Gift != nil:
		g := e.Gift
		return s + fmt.Sprintf("%q %d %d %d %v", g.Name, g.Count, g.UnitPrice, g.Total, g.Paid)
	case e.SuperChat != nil:
		c := e.SuperChat
		return s + fmt.Sprintf("%q %d %d", legalXML(c.Text), c.Price, c.Seconds)
	case e.Guard != nil:
		g := e.Guard
		return s + fmt.Sprintf("%d %q %d %q %d", g.Level, g.Name, g.Count, g.Unit, g.Price)
	}
	return ""
}

// legalXML leaves out what XML cannot hold.
func legalXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
}

// throughXML exports every room to XML and imports the files again. With raw it
// takes the rooms that have commands as received.
func throughXML(t *testing.T, one string, raw bool) {
	a, err := store.OpenReadOnly(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	rooms, err := a.Rooms(t.Context())
	if err != nil || len(rooms) < 30 {
		t.Fatalf("%d rooms, %v", len(rooms), err)
	}
	dir := t.TempDir()
	two := filepath.Join(dir, "two.db")
	taken := map[event.RoomID]bool{}
	command := []string{"--archive", two, "import"}
	for _, r := range rooms {
		if raw && r.Events > 1000 {
			continue
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", r.Room))
		args := []string{"--archive", one, "export", "--room", r.Room.String(), "-o", file}
		if raw {
			args = append(args, "--raw")
		}
		if _, stderr := mustCall(t, args...); strings.Contains(stderr, "no events") {
			continue
		}
		taken[r.Room] = true
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte(`<?xml version="1.0" encoding="UTF-8"?><i>`)) {
			t.Errorf("room %d: begins with %.60q", r.Room, data)
		}
		command = append(command, file)
	}
	mustCall(t, command...)
	forms := func(list []event.Event) map[string]int {
		m := map[string]int{}
		for _, e := range list {
			if f := xmlForm(e); f != "" && e.Of == "" && taken[e.Room] {
				m[f]++
			}
		}
		return m
	}
	was, is := forms(all(t, one, false)), forms(all(t, two, false))
	if len(was) < 500 {
		t.Errorf("only %d events", len(was))
	}
	wrong := 0
	for f := range was {
		if is[f] != was[f] && wrong < 5 {
			t.Errorf("lost or changed: %s", f)
			wrong++
		}
	}
	for f := range is {
		if was[f] == 0 && wrong < 10 {
			t.Errorf("came from nowhere: %s", f)
			wrong++
		}
	}
}
