package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"danmaku/event"
)

func TestTheWriterKeepsAsMuchInMemoryAsItIsTold(t *testing.T) {
	for bytes, want := range map[int]struct{ pages, people int64 }{0: {-16000, 0}, 4 << 20: {-4096, cacheSize / 4}, 1: {-1, 1}} {
		a, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Cache: bytes})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.w.c.number(t.Context(), "pragma cache_size"); err != nil || got != want.pages {
			t.Errorf("told %d bytes: cache_size %d (%v), want %d", bytes, got, err, want.pages)
		}
		for range 2 { // people who are no longer known are found in the file
			for i := range 20 {
				e := event.Event{Room: 1, Kind: event.KindComment, At: 1, User: &event.User{ID: fmt.Sprint(i), Medal: &event.Medal{Name: fmt.Sprint("m", i)}}, Comment: &event.Comment{Text: "草"}}
				if _, err := a.Append(t.Context(), []event.Event{e}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, table := range []string{"user", "medal"} {
			if n, err := a.w.c.number(t.Context(), "select count(*) from "+table); err != nil || n != 20 {
				t.Errorf("told %d bytes: %d rows of %s (%v), want 20", bytes, n, table, err)
			}
		}
		if a.w.users.size != int(want.people) {
			t.Errorf("told %d bytes: %d people known, want %d", bytes, a.w.users.size, want.people)
		}
		if known := len(a.w.users.new) + len(a.w.users.old); want.people == 1 && known > 2 {
			t.Errorf("%d people are kept in memory, want 2", known)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
