package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Readers must not write, and must not keep much.
const readerSettings = `
pragma query_only=on;
pragma cache_size=-8000`

// reader is a connection that only reads. One goroutine uses it at a time.
type reader struct {
	scanner
	fileFacts
	file os.FileInfo // what was opened
}

// openReader opens a connection for reading; with an id only of the archive with that id.
func openReader(ctx context.Context, path, id string, o Options) (*reader, error) {
	st, err := os.Stat(path)
	if id != "" {
		st, err = stillThere(path)
	}
	if err != nil {
		return nil, err
	}
	r, err := openReaderWith(ctx, path, id, "mode=ro", o)
	if readOnlyDisk(err) {
		if _, e := os.Stat(path + "-wal"); errors.Is(e, fs.ErrNotExist) {
			// SQLite wants to make the files beside it, unless told that nobody writes.
			r, err = openReaderWith(ctx, path, id, "mode=ro&immutable=1", o)
		}
	}
	if err != nil {
		return nil, err
	}
	r.file = st
	return r, nil
}

func readOnlyDisk(err error) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && (se.Code == sqlite3.ErrCantOpen || se.Code == sqlite3.ErrReadonly)
}

func openReaderWith(ctx context.Context, path, id, params string, o Options) (*reader, error) {
	c, err := openConn(path, params, o.BusyTimeout)
	if err != nil {
		return nil, err
	}
	r := &reader{scanner: newScanner(c)}
	v, err := version(ctx, c)
	if id != "" {
		err = sameArchive(ctx, c, path, id, v, err)
	}
	switch {
	case err != nil:
	case v < 0:
		err = fmt.Errorf("%w: it is empty", ErrNotArchive)
	case v < schemaVersion:
		err = fmt.Errorf("the schema is version %d: open it once with the relay or the viewer, or run archive compact, to bring it to version %d", v, schemaVersion)
	default:
		if err = c.script(readerSettings); err == nil {
			r.fileFacts, err = readFacts(ctx, c)
		}
	}
	if err != nil {
		c.close() // the first error says why
		return nil, err
	}
	return r, nil
}

// reader returns a reader for the caller alone, waiting for one to be free.
func (a *Archive) reader(ctx context.Context) (*reader, error) {
	var r *reader
	var ok bool
	select {
	case r, ok = <-a.readers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !ok {
		return nil, ErrClosed
	}
	if r != nil {
		if st, err := os.Stat(a.path); err == nil && os.SameFile(st, r.file) {
			return r, nil
		}
		r.c.close() // the file is gone or another one
	}
	r, err := openReader(ctx, a.path, a.id, a.o)
	if err != nil {
		a.readers <- nil
		return nil, err
	}
	return r, nil
}

// release gives a reader back. err is what its use ended with.
func (a *Archive) release(r *reader, err error) {
	if a.failing.Load() || err != nil && lost(err) {
		r.c.close()
		r = nil
	} else {
		r.c.tidy()
	}
	a.readers <- r
}

// read runs f on a reader, in one view of the file.
func (a *Archive) read(ctx context.Context, f func(r *reader) error) error {
	r, err := a.reader(ctx)
	if err != nil {
		return classify(err)
	}
	if err = r.c.exec("begin"); err == nil {
		r.frames.drop()
		err = f(r)
		_ = r.c.exec("rollback") // of a reading transaction: nothing to undo
	}
	a.release(r, err)
	return classify(err)
}
