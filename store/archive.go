package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Options are what a program may choose; the zero value is right for most.
type Options struct {
	// BusyTimeout is how long a write waits for another program's; 0: 5 s.
	BusyTimeout time.Duration
	// RawKeep is how long commands as received are kept; 0: for ever, negative:
	// not at all. Older ones go little by little as newer ones are appended.
	RawKeep time.Duration
	// Readers is how many queries read at once; 0: 4.
	Readers int
	// Cache is how many bytes of the file the writing side keeps in memory at most,
	// beside the people and medals it knows, of which there are fewer with a smaller
	// one; 0: 16 MB, which a busy relay is quicker with.
	Cache int
	// Trace, unless nil, is told each statement of the writing connection and its
	// values before it runs: for benchmarks. It must not keep the slice. The search
	// index is written past FTS4: of each text in it, Trace is told besides, behind
	// TraceFTS4, the statement by which FTS4 would insert the same, which does not run.
	Trace func(statement string, values []driver.Value)

	partSize int64 // of a new file's search index; 0: defaultPartSize
	recent   int64 // keys that are known whatever their time; 0: recentSize
}

// Archive is an open archive file. Its methods may be called from many
// goroutines. It starts none.
type Archive struct {
	path     string
	o        Options
	id       string
	readOnly bool

	// mu guards the writing side.
	mu     sync.Mutex
	w      *writer             // nil: to be opened again
	last   int64               // the highest position known to be given out; see notBelow
	spans  map[int64]*liveSpan // of coverage, opened by this Archive; by room row
	closed bool

	readers chan *reader // a place for each reader; nil: not opened yet
	failing atomic.Bool  // writing is; readers are not kept open then, see letGo
}

const (
	defaultBusyTimeout = 5 * time.Second
	defaultReaders     = 4
)

// Open opens the archive at path for reading and writing, makes it when there
// is none, and brings an older schema up to date. The folder must exist.
//
// Errors to tell apart: ErrNewerSchema, ErrNotArchive, ErrCorrupt, ErrReadOnly,
// ErrLocked, ErrFull.
func Open(ctx context.Context, path string, o Options) (*Archive, error) {
	if o.BusyTimeout == 0 {
		o.BusyTimeout = defaultBusyTimeout
	}
	if o.recent == 0 {
		o.recent = recentSize
	}
	a := newArchive(path, o)
	w, err := openWriter(ctx, a.path, "", a.o, a.spans)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, classify(err))
	}
	a.w, a.id = w, w.id
	return a, nil
}

// OpenReadOnly opens an archive that this program only reads, perhaps while
// another one writes it. An older schema that needs a migration is refused.
func OpenReadOnly(ctx context.Context, path string) (*Archive, error) {
	a := newArchive(path, Options{BusyTimeout: defaultBusyTimeout})
	a.readOnly = true
	r, err := a.reader(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, classify(err))
	}
	a.id = r.id
	a.release(r, nil)
	return a, nil
}

func newArchive(path string, o Options) *Archive {
	if o.Readers <= 0 {
		o.Readers = defaultReaders
	}
	a := &Archive{path: path, o: o, spans: map[int64]*liveSpan{}, readers: make(chan *reader, o.Readers)}
	for range o.Readers {
		a.readers <- nil
	}
	return a
}

// ID is made when the file is and never changes: positions of one archive mean
// nothing in another.
func (a *Archive) ID() string { return a.id }

// Path returns the file's path as it was opened.
func (a *Archive) Path() string { return a.path }

// Close waits for calls in progress and closes the file. Iterators of Query
// that are still running end with ErrClosed.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil
	}
	a.closed = true
	for range cap(a.readers) {
		if r := <-a.readers; r != nil {
			r.c.close()
		}
	}
	close(a.readers)
	if a.w == nil {
		return nil
	}
	// Last, because the last connection puts the log into the file.
	if err := a.w.c.close(); err != nil {
		return fmt.Errorf("store: close %s: %w", a.path, classify(err))
	}
	return nil
}

// LastSeq returns the highest position given out; 0 in an empty archive.
func (a *Archive) LastSeq(ctx context.Context) (int64, error) {
	var last int64
	err := a.read(ctx, func(r *reader) (err error) {
		last, err = lastSeq(ctx, r.c)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: last position: %w", err)
	}
	return last, nil
}

// lastSeq reads the highest position given out. The floor is what is left of
// events that were deleted: their positions are not used again.
func lastSeq(ctx context.Context, c *conn) (int64, error) {
	return c.number(ctx, "select max(coalesce((select max(seq) from event), 0), coalesce((select value from meta where name='floor'), 0))")
}

// write runs f in a transaction of the writing connection and commits. When
// anything fails nothing of f is kept, and the next write starts afresh.
func (a *Archive) write(ctx context.Context, f func(w *writer) error) error {
	return a.withWriter(ctx, func(w *writer) error { return w.transaction(f) })
}

// withWriter runs f on the writing side, which is opened again if it must be.
func (a *Archive) withWriter(ctx context.Context, f func(w *writer) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.closed {
		return ErrClosed
	}
	if a.readOnly {
		return fmt.Errorf("%w: it was opened for reading", ErrReadOnly)
	}
	if a.w != nil && !a.w.inPlace(a.path) {
		a.letGo()
	}
	if a.w == nil {
		if err := a.reopen(ctx); err != nil {
			a.letGo()
			return classify(err)
		}
	}
	err := f(a.w)
	switch {
	case err == nil:
		a.failing.Store(false)
		a.last = max(a.last, a.w.last)
	case lost(err):
		a.letGo()
	}
	return classify(err)
}

// letGo closes the connections that nobody uses: those whose file fails under them
// are not used again, and a disk that has become read-only can be unmounted, and so
// repaired, only when nothing of it is open.
func (a *Archive) letGo() {
	a.failing.Store(true)
	if a.w != nil {
		a.w.c.close() // what it would tell is known
		a.w = nil
	}
	for range cap(a.readers) {
		select {
		case r := <-a.readers:
			if r != nil {
				r.c.close()
			}
			defer func() { a.readers <- nil }()
		default:
			return
		}
	}
}

// reopen opens the writing side again after the file was let go of, and only the
// file of this archive: without its disk the mount point is an empty folder, and a
// new archive made in there would be missed when the disk is back.
func (a *Archive) reopen(ctx context.Context) error {
	if _, err := stillThere(a.path); err != nil {
		return err
	}
	w, err := openWriter(ctx, a.path, a.id, a.o, a.spans)
	if err != nil {
		return err
	}
	if err := w.notBelow(a.last); err != nil {
		w.c.close() // the first error says why
		return err
	}
	a.w = w
	return nil
}

// stillThere finds the file of an archive that was open before. It looks before
// SQLite does, which deletes the log beside an empty file.
func stillThere(path string) (os.FileInfo, error) {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, vanished("there is no " + path)
	case err == nil && st.Size() == 0:
		return nil, vanished(path + " is empty now")
	}
	return st, err
}

// sameArchive refuses another file than that of the archive with this id. v and
// err are what version said of it.
func sameArchive(ctx context.Context, c *conn, path, id string, v int, err error) error {
	switch {
	case errors.Is(err, ErrNotArchive):
		return vanished(path + " is a file of another program now")
	case err != nil:
		return err
	case v < 0:
		return vanished(path + " is empty now")
	}
	row, err := c.first(ctx, "select value from meta where name='id'")
	if err == nil && (row == nil || text(row[0]) != id) {
		err = vanished(path + " is another archive now")
	}
	return err
}

// vanished is an ErrVanished that says what is found instead and what to do.
func vanished(found string) error {
	return fmt.Errorf("%w: %s; put it back or mount its disk again, no restart is needed", ErrVanished, found)
}

// lost reports errors after which a connection is better replaced.
func lost(err error) bool {
	var se sqlite3.Error
	if !errors.As(err, &se) {
		return false
	}
	return se.Code == sqlite3.ErrIoErr || se.Code == sqlite3.ErrCantOpen || se.Code == sqlite3.ErrCorrupt || se.Code == sqlite3.ErrReadonly
}
