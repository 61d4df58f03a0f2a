package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// The errors that a caller can act on; match them with errors.Is. After each
// but ErrClosed the same Archive can be used again: once the cause is gone, the
// next call succeeds.
var (
	// ErrFull: no room on the disk (or its quota). Nothing of the batch was kept.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the file, its folder or its disk cannot be written.
	ErrReadOnly = errors.New("the archive cannot be written")
	// ErrLocked: another program holds the write lock for longer than Options.BusyTimeout.
	ErrLocked = errors.New("another program is writing to the archive")
	// ErrVanished: the file is no longer where it was opened. Another one in its place,
	// empty or not, is left as it is.
	ErrVanished = errors.New("the archive file is gone")
	// ErrCorrupt: the file is damaged, or not a SQLite file.
	ErrCorrupt = errors.New("the archive file is damaged")
	// ErrNotArchive: a SQLite file of another program.
	ErrNotArchive = errors.New("not an archive of danmaku")
	// ErrNewerSchema: the file was written by a newer version; see SchemaError.
	ErrNewerSchema = errors.New("the archive was written by a newer version of danmaku")
	// ErrClosed: the Archive was closed.
	ErrClosed = errors.New("the archive is closed")
)

// SchemaError is an ErrNewerSchema with the versions of both sides.
type SchemaError struct {
	File, Program int // version of the file's schema, and the newest this program knows
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("%v: its schema is version %d, this program knows up to %d; update this program", ErrNewerSchema, e.File, e.Program)
}

// Unwrap makes errors.Is(err, ErrNewerSchema) hold.
func (e *SchemaError) Unwrap() error { return ErrNewerSchema }

// classify puts the error of this package that says what a caller can do in
// front of an error of the driver.
func classify(err error) error {
	var se sqlite3.Error
	if !errors.As(err, &se) {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
		return err
	}
	kind := error(nil)
	switch se.Code {
	case sqlite3.ErrFull:
		kind = ErrFull
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		kind = ErrLocked
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		kind = ErrReadOnly
		if se.ExtendedCode == sqlite3.ErrReadonlyDbMoved {
			kind = ErrVanished
		}
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		kind = ErrCorrupt
	case sqlite3.ErrCantOpen, sqlite3.ErrIoErr:
		switch se.SystemErrno {
		case syscall.ENOSPC, errQuota:
			kind = ErrFull
		case syscall.EROFS, syscall.EACCES, syscall.EPERM:
			kind = ErrReadOnly
		case syscall.ENOENT, syscall.ENODEV, syscall.ENXIO, syscall.EIO:
			kind = ErrVanished
		}
	}
	if kind == nil {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}
