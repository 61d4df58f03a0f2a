package main

import (
	"os"
	"path/filepath"
	"testing"

	"danmaku/gui"
)

func TestWhatIsKeptIsListedAndDeleted(t *testing.T) {
	root := t.TempDir()
	k := &kept{archive: filepath.Join(root, "danmaku", "danmaku.db"), data: filepath.Join(root, "danmaku"), cache: filepath.Join(root, "cache"), settings: filepath.Join(root, "config")}
	mine := filepath.Join(root, "danmaku", "my own.xml")
	for _, path := range []string{k.archive, k.archive + "-wal", filepath.Join(k.data, cookieFile), filepath.Join(k.data, "viewer.log"),
		filepath.Join(k.data, "crash-20261122-200000.txt"), filepath.Join(k.cache, "pictures", "a"), filepath.Join(k.settings, "settings.json"), mine} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := map[gui.KeptKind]int64{gui.KeptArchive: 200, gui.KeptLogin: 100, gui.KeptPictures: 100, gui.KeptReports: 200, gui.KeptSettings: 100}
	list := k.Kept()
	if len(list) != len(want) {
		t.Errorf("listed: %+v", list)
	}
	for _, l := range list {
		if l.Bytes != want[l.Kind] {
			t.Errorf("%s: %d bytes, not %d", l.Kind, l.Bytes, want[l.Kind])
		}
	}
	k.finish(quiet())
	if len(k.Kept()) != 5 {
		t.Error("deleted without being asked to")
	}
	k.EraseAtEnd()
	k.finish(quiet())
	if list := k.Kept(); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("a file of the user's own: %v", err)
	}
}
