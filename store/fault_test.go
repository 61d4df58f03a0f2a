package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"danmaku/event"
)

// resumes checks that a failed Append left nothing behind and that the same
// Archive takes events again.
func resumes(t *testing.T, a *Archive, g *generator, want []event.Event) {
	t.Helper()
	want = append(want, appendAll(t, a, g.batch(200))...)
	for i := range want {
		if want[i].Seq != int64(i+1) {
			t.Fatalf("position %d given to event %d", want[i].Seq, i+1)
		}
	}
	same(t, ask(t, a, event.Filter{Raw: true}), want)
	sound(t, a)
}

func TestAFullDiskIsToldAndWritingResumes(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{partSize: 1024})
	g := newGenerator(41)
	want := appendAll(t, a, g.batch(700))
	pages, err := a.w.c.number(ctx, "pragma page_count")
	if err != nil {
		t.Fatal(err)
	}
	// SQLite then does as it does when the disk has no room.
	if _, err := a.w.c.number(ctx, fmt.Sprintf("pragma max_page_count=%d", pages+20)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var stored []event.Event
		stored, err = a.Append(ctx, g.batch(50))
		want = append(want, stored...)
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("the error is %v", err)
	}
	if len(ask(t, a, event.Filter{})) != len(want) {
		t.Error("reading does not go on")
	}
	if _, err := a.Append(ctx, g.batch(400)); !errors.Is(err, ErrFull) {
		t.Errorf("still full, but: %v", err)
	}
	if a.w != nil {
		if _, err := a.w.c.number(ctx, "pragma max_page_count=1000000000"); err != nil {
			t.Fatal(err)
		}
	}
	resumes(t, a, g, want)
}

func TestALockedArchiveIsToldAndWritingResumes(t *testing.T) {
	a := open(t, Options{BusyTimeout: 100 * time.Millisecond})
	g := newGenerator(42)
	want := appendAll(t, a, g.batch(100))
	other, err := openConn(a.path, "mode=rw", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.script("begin immediate"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Append(context.Background(), g.batch(10)); !errors.Is(err, ErrLocked) {
			t.Fatalf("the error is %v", err)
		}
	}
	if wait, err := a.w.c.number(context.Background(), "pragma busy_timeout"); err != nil || wait != 2 {
		t.Errorf("a further try waits %d ms, %v", wait, err)
	}
	if err := other.script("rollback"); err != nil {
		t.Fatal(err)
	}
	resumes(t, a, g, want)
	if wait, err := a.w.c.number(context.Background(), "pragma busy_timeout"); err != nil || wait != 100 {
		t.Errorf("when it works again a try waits %d ms, %v", wait, err)
	}
}

func TestAnArchiveThatCannotBeWrittenIsToldAndWritingResumes(t *testing.T) {
	a := open(t, Options{})
	g := newGenerator(43)
	want := appendAll(t, a, g.batch(100))
	if err := a.w.c.script("pragma query_only=on"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(context.Background(), g.batch(10)); !errors.Is(err, ErrReadOnly) {
		t.Fatalf("the error is %v", err)
	}
	resumes(t, a, g, want) // on a new connection
}

func TestAnArchiveThatVanishesIsToldAndWritingResumesWhenItIsBack(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	g := newGenerator(44)
	if err := a.Online(ctx, 1, 1000); err != nil {
		t.Fatal(err)
	}
	want := appendAll(t, a, g.batch(300))
	away := filepath.Join(filepath.Dir(a.path), "away")
	if err := os.Mkdir(away, 0o700); err != nil {
		t.Fatal(err)
	}
	move := func(from, to string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(from, "archive.db*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			if err := os.Rename(f, filepath.Join(to, filepath.Base(f))); err != nil {
				t.Fatal(err)
			}
		}
	}
	move(filepath.Dir(a.path), away)
	for range 2 {
		if _, err := a.Append(ctx, g.batch(10)); !errors.Is(err, ErrVanished) {
			t.Fatalf("the error is %v", err)
		}
		if _, err := a.LastSeq(ctx); !errors.Is(err, ErrVanished) {
			t.Fatalf("reading: %v", err)
		}
	}
	if m, _ := filepath.Glob(a.path + "*"); len(m) != 0 {
		t.Errorf("made in its place: %v", m)
	}
	// Another archive in its place is not written to.
	b := openAt(t, a.path, Options{})
	if _, err := a.Append(ctx, g.batch(10)); !errors.Is(err, ErrVanished) {
		t.Fatalf("with another archive in its place: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(a.path); err != nil {
		t.Fatal(err)
	}
	move(away, filepath.Dir(a.path))
	resumes(t, a, g, want)
	// The span of coverage is still the one that was opened before.
	if err := a.Gone(ctx, 1, 9000, event.CauseNetwork, ""); err != nil {
		t.Fatal(err)
	}
	c, err := a.Coverage(ctx, 1, 0, 0)
	if err != nil || len(c.Spans) != 1 || c.Spans[0].From != 1000 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestErrorsSayWhatACallerCanDo(t *testing.T) {
	for _, c := range []struct {
		err  error
		want error
	}{
		{sqlite3.Error{Code: sqlite3.ErrFull}, ErrFull},
		{sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.ENOSPC}, ErrFull},
		{sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: errQuota}, ErrFull},
		{sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EIO}, ErrVanished},
		{sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.EACCES}, ErrReadOnly},
		{sqlite3.Error{Code: sqlite3.ErrReadonly}, ErrReadOnly},
		{sqlite3.Error{Code: sqlite3.ErrReadonly, ExtendedCode: sqlite3.ErrReadonlyDbMoved}, ErrVanished},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, ErrLocked},
		{sqlite3.Error{Code: sqlite3.ErrCorrupt}, ErrCorrupt},
		{sqlite3.Error{Code: sqlite3.ErrNotADB}, ErrCorrupt},
		{os.ErrPermission, ErrReadOnly},
	} {
		if got := classify(c.err); !errors.Is(got, c.want) || !errors.Is(got, c.err) {
			t.Errorf("%#v became %v, want %v", c.err, got, c.want)
		}
	}
	if err := classify(sqlite3.Error{Code: sqlite3.ErrError}); errors.Is(err, ErrFull) || errors.Is(err, ErrVanished) {
		t.Errorf("an error of ours became %v", err)
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "noise.db")
	if err := os.WriteFile(path, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("noise: %v", err)
	}
}

// A disk that has become read-only, or whose folder was unmounted, stays busy as long
// as somebody has a file of it open: it could be neither repaired nor mounted anew.
func TestAFileThatCannotBeWrittenIsLetGo(t *testing.T) {
	open := func(path string) (n int) {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc/self/fd to see open files by: ", err)
		}
		for _, f := range files {
			if to, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name())); err == nil && filepath.Dir(to) == filepath.Dir(path) {
				n++
			}
		}
		return n
	}
	folder := filepath.Join(t.TempDir(), "volume")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	a := openAt(t, filepath.Join(folder, "archive.db"), Options{})
	g := newGenerator(46)
	want := appendAll(t, a, g.batch(300))
	for range 3 { // in loops within each other, so that several connections are open
		for range a.Query(context.Background(), event.Filter{Limit: 2}) {
			ask(t, a, event.Filter{Limit: 2})
		}
	}
	if open(a.path) == 0 {
		t.Fatal("nothing is open")
	}
	away := folder + "-away"
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(context.Background(), g.batch(10)); !errors.Is(err, ErrVanished) {
		t.Fatalf("the error is %v", err)
	}
	if n := open(filepath.Join(away, "archive.db")); n != 0 {
		t.Errorf("%d files are still open", n)
	}
	if err := os.Rename(away, folder); err != nil {
		t.Fatal(err)
	}
	if same(t, ask(t, a, event.Filter{Raw: true}), want); open(a.path) != 0 {
		t.Error("a query before writing has been tried again leaves the file open")
	}
	resumes(t, a, g, want)
}

// When a disk is unmounted by itself, its mount point is an empty folder in which
// anything may turn up. Nothing in there is made, written to or migrated.
func TestOnlyTheArchiveThatWasLetGoIsOpenedAgain(t *testing.T) {
	ctx := context.Background()
	another := func(path string, change string) error {
		b, err := Open(ctx, path, Options{})
		if err != nil {
			return err
		}
		if err := b.w.c.script(change); err != nil {
			return err
		}
		return b.Close()
	}
	for name, put := range map[string]func(path string) error{
		"nothing":       func(string) error { return nil },
		"an empty file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"an empty file of SQLite": func(path string) error {
			c, err := openConn(path, "mode=rwc", 0)
			if err != nil {
				return err
			}
			if err := c.script("pragma journal_mode=wal; vacuum"); err != nil {
				return err
			}
			return c.close()
		},
		"another archive": func(path string) error { return another(path, "") },
		"another archive of an older version": func(path string) error {
			return another(path, "delete from meta where name='counted'; pragma user_version=2")
		},
		"another program's": func(path string) error { return another(path, "pragma application_id=5") },
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "volume")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			a := openAt(t, filepath.Join(folder, "archive.db"), Options{})
			g := newGenerator(47)
			want := appendAll(t, a, g.batch(100))
			away := folder + "-away"
			if err := os.Rename(folder, away); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := put(a.path); err != nil {
				t.Fatal(err)
			}
			found := contents(t, folder)
			for range 3 {
				_, err := a.Append(ctx, g.batch(10))
				if !errors.Is(err, ErrVanished) {
					t.Fatalf("writing: %v", err)
				}
				for _, word := range []string{a.path, "mount its disk"} {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%q does not say %q", err, word)
					}
				}
				if _, err := a.LastSeq(ctx); !errors.Is(err, ErrVanished) {
					t.Fatalf("reading: %v", err)
				}
			}
			if now := contents(t, folder); !maps.Equal(now, found) {
				t.Errorf("files were changed or made: %v, before %v", slices.Sorted(maps.Keys(now)), slices.Sorted(maps.Keys(found)))
			}
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(away, folder); err != nil {
				t.Fatal(err)
			}
			resumes(t, a, g, want)
		})
	}
}

// contents are the files of a folder by name, without those that SQLite needs to
// look into another one.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if log := strings.HasSuffix(f.Name(), "-wal"); log && len(b) == 0 || strings.HasSuffix(f.Name(), "-shm") {
			continue
		}
		all[f.Name()] = string(b)
	}
	return all
}

// A disk that fails may lose the last moments, which subscribers have seen.
func TestPositionsThatADiskLostAreNotGivenOutAgain(t *testing.T) {
	ctx := context.Background()
	folder := filepath.Join(t.TempDir(), "volume")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	a := openAt(t, filepath.Join(folder, "archive.db"), Options{})
	g := newGenerator(48)
	kept := appendAll(t, a, g.batch(100))
	const room = 77
	sign := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sign(a.Online(ctx, room, 1000))
	sign(a.Alive(ctx, room, 5000))
	older := folder + "-older.db"
	if err := a.Backup(ctx, older, nil); err != nil {
		t.Fatal(err)
	}
	lost := appendAll(t, a, g.batch(50))
	sign(a.Alive(ctx, room, 9000))
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(ctx, g.batch(10)); !errors.Is(err, ErrVanished) {
		t.Fatalf("the error is %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(older, a.path); err != nil {
		t.Fatal(err)
	}
	again := appendAll(t, a, g.batch(200))
	if first, after := again[0].Seq, lost[len(lost)-1].Seq; first != after+1 {
		t.Errorf("position %d comes after %d", first, after)
	}
	same(t, ask(t, a, event.Filter{Raw: true}), append(kept, again...))
	// What was lost is no more covered than what could not be written.
	sign(a.Gone(ctx, room, 9500, event.CauseDisk, ""))
	sign(a.Online(ctx, room, 12_000))
	sign(a.Alive(ctx, room, 13_000))
	c, err := a.Coverage(ctx, room, 0, 13_000)
	if err != nil || !slices.Equal(c.Spans, []event.Span{{From: 1000, To: 5000}, {From: 12_000, To: 13_000}}) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, gap := range c.Gaps {
		if gap.Cause != event.CauseDisk {
			t.Errorf("a gap because of %s, want disk: %+v", gap.Cause, c.Gaps)
		}
	}
	sound(t, a)
}

// What a new archive is known by does not wait in the log, which a disk that fails may lose.
func TestANewArchiveIsKnownWithoutItsLog(t *testing.T) {
	a := open(t, Options{})
	file, err := os.ReadFile(a.path)
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "alone.db")
	if err := os.WriteFile(alone, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if b := openAt(t, alone, Options{}); b.ID() != a.ID() {
		t.Errorf("the id is %s, was %s", b.ID(), a.ID())
	}
}
