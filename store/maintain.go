package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Backup copies the archive, as it is at the beginning, to a new file, while
// programs go on writing. The file appears when it is whole.
func (a *Archive) Backup(ctx context.Context, path string, progress Progress) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: backup to %s: %w", path, fs.ErrExist)
	}
	err := a.read(ctx, func(r *reader) error { return copyTo(ctx, r.c, path, progress) })
	if err != nil {
		return fmt.Errorf("store: backup to %s: %w", path, err)
	}
	return nil
}

// backupPages is how many pages are copied at once.
const backupPages = 1024

// copyTo copies the file of a connection page by page. The connection must have
// a transaction open that has read something or will: it holds the view.
func copyTo(ctx context.Context, c *conn, path string, progress Progress) (err error) {
	if _, err := c.number(ctx, "select count(*) from meta"); err != nil {
		return err
	}
	tmp := path + ".part"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := openConn(tmp, "mode=rwc", defaultBusyTimeout)
	if err != nil {
		return err
	}
	defer func() {
		if e := to.close(); err == nil {
			err = e
		}
		if err == nil {
			err = os.Rename(tmp, path)
		}
		if err != nil {
			_ = os.Remove(tmp) // it is of no use
		}
	}()
	b, err := to.c.Backup("main", c.c, "main")
	if err != nil {
		return err
	}
	for done := false; !done; {
		if err = ctx.Err(); err == nil {
			done, err = b.Step(backupPages)
		}
		if err != nil {
			return errors.Join(err, b.Finish())
		}
		progress.tell(int64(b.PageCount()-b.Remaining()), int64(b.PageCount()))
	}
	return b.Finish()
}

// Compact merges the search index, makes parts of earlier versions anew, rewrites the file without its free places
// and empties the log. It needs as much free disk as the file has, and others
// cannot write meanwhile.
func (a *Archive) Compact(ctx context.Context) error {
	var parts []string
	err := a.write(ctx, func(w *writer) error { return w.c.exec("insert or ignore into stale select part from plain") })
	if err == nil {
		err = a.rebuild(ctx)
	}
	if err != nil {
		return fmt.Errorf("store: compact %s: %w", a.path, err)
	}
	err = a.read(ctx, func(r *reader) error {
		indexed, err := r.c.number(ctx, "select value from meta where name='indexed'")
		for p := int64(0); indexed > 0 && p <= partOf(indexed, r.partSize); p++ {
			parts = append(parts, partName(p))
		}
		return err
	})
	for _, name := range append(parts, "names") {
		if err == nil {
			err = a.write(ctx, func(w *writer) error {
				return w.c.script("insert into " + name + "(" + name + ") values('optimize')")
			})
		}
	}
	if err == nil {
		err = a.withWriter(ctx, func(w *writer) error { return w.c.script("vacuum") })
	}
	if err == nil {
		err = a.checkpoint(ctx)
	}
	if err != nil {
		return fmt.Errorf("store: compact %s: %w", a.path, err)
	}
	return nil
}

// checkpoint puts the log into the file and empties it, as far as readers let it.
func (a *Archive) checkpoint(ctx context.Context) error {
	return a.withWriter(ctx, func(w *writer) error {
		_, err := w.c.number(ctx, "pragma wal_checkpoint(truncate)")
		var se sqlite3.Error
		if errors.As(err, &se) && (se.Code == sqlite3.ErrBusy || se.Code == sqlite3.ErrLocked) {
			return nil // a reader of another program; the log is emptied another time
		}
		return err
	})
}
