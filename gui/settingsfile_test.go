package gui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/event"
)

func mustLoad(t *testing.T, f *settingsFile) Settings {
	t.Helper()
	s, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSave(t *testing.T, f *settingsFile, s *Settings) {
	t.Helper()
	if err := f.save(s); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsSurviveARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	f := settingsIn(dir)
	s := mustLoad(t, &f)
	if s.TextSize != 14 || s.Appearance != System {
		t.Errorf("%+v", s)
	}
	s.Language, s.Rooms, s.TextSize = Japanese, []event.RoomID{1, 2}, 18
	mustSave(t, &f, &s)
	again := settingsIn(dir)
	if got := mustLoad(t, &again); got.Language != Japanese || len(got.Rooms) != 2 || got.TextSize != 18 {
		t.Errorf("%+v", got)
	}
	s.Rooms = nil
	mustSave(t, &f, &s)
	if got := mustLoad(t, &again); len(got.Rooms) != 0 || got.TextSize != 18 {
		t.Errorf("after a room was left: %+v", got)
	}
}

func TestWindowsThatShareTheSettingsDoNotUndoEachOthers(t *testing.T) {
	dir := t.TempDir()
	f, g := settingsIn(dir), settingsIn(dir)
	first := mustLoad(t, &f)
	first.Rooms, first.Language = []event.RoomID{7}, English
	mustSave(t, &f, &first)
	second := mustLoad(t, &g)
	first.Highlights = []string{"草"}
	first.Rooms = append(first.Rooms, 8)
	mustSave(t, &f, &first)
	second.Language = Chinese
	mustSave(t, &g, &second)
	last := settingsIn(dir)
	if got := mustLoad(t, &last); len(got.Rooms) != 2 || len(got.Highlights) != 1 || got.Language != Chinese {
		t.Errorf("%+v", got)
	}
}

func TestAFileOfSettingsThatIsRubbishIsPutAside(t *testing.T) {
	for _, bad := range []string{"", "{", `[]`, `{"rooms":"x"}`} {
		f := settingsIn(t.TempDir())
		if err := os.WriteFile(f.path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := f.load()
		if err == nil || !strings.Contains(err.Error(), f.path) || got.TextSize != 14 || got.Appearance != System {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
		if b, err := os.ReadFile(f.path + ".unreadable"); err != nil || string(b) != bad {
			t.Errorf("%q is not there any more: %q %v", bad, b, err)
		}
		mustSave(t, &f, &got)
		if got := mustLoad(t, &f); got.TextSize != 14 {
			t.Errorf("after %q: %+v", bad, got)
		}
	}
	f := settingsIn(t.TempDir())
	if err := os.WriteFile(f.path, []byte(`{"text_size":9999,"appearance":"pink","width":-3,"of_a_later_version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustLoad(t, &f)
	if s.TextSize != 14 || s.Appearance != System || s.Width < 300 {
		t.Errorf("%+v", s)
	}
	s.Times = true
	mustSave(t, &f, &s)
	if b, err := os.ReadFile(f.path); err != nil || !strings.Contains(string(b), "of_a_later_version") {
		t.Errorf("what a later version keeps is gone: %s %v", b, err)
	}
}

func TestSettingsThatCannotBeWrittenLeaveThoseThereAre(t *testing.T) {
	dir := t.TempDir()
	f := settingsIn(dir)
	s := mustLoad(t, &f)
	s.Rooms = []event.RoomID{7}
	mustSave(t, &f, &s)
	in := filepath.Join(dir, "in the way")
	if err := os.WriteFile(in, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := settingsIn(filepath.Join(in, "folder"))
	if err := g.save(&s); err == nil {
		t.Error("no error from a folder that cannot be")
	}
	if got := mustLoad(t, &f); len(got.Rooms) != 1 {
		t.Errorf("%+v", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".write-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
