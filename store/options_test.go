package store

import (
	"path/filepath"
	"testing"
)

func TestTheWriterKeepsAsMuchInMemoryAsItIsTold(t *testing.T) {
	for bytes, want := range map[int]int64{0: -16000, 4 << 20: -4096, 1: -1} {
		a, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Cache: bytes})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.w.c.number(t.Context(), "pragma cache_size"); err != nil || got != want {
			t.Errorf("told %d bytes: cache_size %d (%v), want %d", bytes, got, err, want)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}
