package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
	sqlite3 "github.com/mattn/go-sqlite3"

	"danmaku/event"
)

// Settings of the writing connection. The log is checkpointed every 32 MB: less
// often costs a longer recovery, more often writes busy pages again and again.
// NORMAL can lose the last moments at a power cut, never the file; a killed
// program loses nothing.
const writerSettings = `
pragma synchronous=normal;
pragma wal_autocheckpoint=8000;
pragma journal_size_limit=67108864;
pragma cache_size=-16000;
pragma foreign_keys=off;
pragma secure_delete=fast`

// peopleShare is how many bytes of Options.Cache go with one person, and one
// medal, that is known without asking the file: 16 MB with cacheSize of them.
const peopleShare = 512

// writer is the writing side of an Archive: one connection and what it knows of
// the file. It is used under Archive.mu.
type writer struct {
	c *conn
	fileFacts
	keep  time.Duration // Options.RawKeep
	busy  time.Duration // Options.BusyTimeout
	file  os.FileInfo   // what was opened
	hasty bool          // the last begin has waited in vain

	// What follows is true of the file as of our last transaction; begin checks
	// whether another program has written since.
	version int64 // pragma data_version
	fresh   bool  // the fields below are filled in
	last    int64 // the highest position given out
	interned
	open    openFrame
	waiting []unindexed

	recent recentKeys
	spans  map[int64]*liveSpan // Archive.spans
	commit []func()            // see afterCommit
	enc    *zstd.Encoder
	clock  stretches
	row    row // scratch
	words  words
	lot    lot
	counts counts
	values [16]driver.Value // of insertEvent
	table  *indexTable      // the part of the search index that was written last

	plain      []int64 // parts of the search index; see eventWords
	plainKnown bool
}

// openWriter opens a connection for writing and migrates the schema. Without an
// id it makes the archive when there is none, else it opens only the one with that id.
func openWriter(ctx context.Context, path, id string, o Options, spans map[int64]*liveSpan) (*writer, error) {
	mode := "mode=rw"
	if id == "" {
		mode = "mode=rwc"
	}
	c, err := openConn(path, mode, o.BusyTimeout)
	if err != nil {
		return nil, err
	}
	c.trace = o.Trace
	w := &writer{c: c, keep: o.RawKeep, busy: o.BusyTimeout, spans: spans, recent: recentKeys{size: o.recent}}
	if err := w.setUp(ctx, path, id, o); err != nil {
		c.close() // the first error says why
		return nil, err
	}
	return w, nil
}

func (w *writer) setUp(ctx context.Context, path, id string, o Options) error {
	v, err := version(ctx, w.c) // before anything is changed
	if id != "" {
		err = sameArchive(ctx, w.c, path, id, v, err)
	}
	if err != nil {
		return err
	}
	mode, err := w.c.first(ctx, "pragma journal_mode=wal")
	if err != nil {
		return err
	}
	if m := text(mode[0]); m != "wal" {
		return fmt.Errorf("%w: its disk does not allow a write-ahead log (journal mode %s)", ErrReadOnly, m)
	}
	if err := w.c.script(writerSettings); err != nil {
		return err
	}
	if o.Cache > 0 {
		if err := w.c.script("pragma cache_size=-" + strconv.Itoa(max(1, o.Cache>>10))); err != nil {
			return err
		}
		w.limit(min(max(o.Cache/peopleShare, 1), cacheSize))
	}
	if v > 0 && v < schemaVersion {
		err = migrate(ctx, w.c, path, migrations())
	} else if v < 0 {
		err = w.create(ctx, o.partSize)
	}
	if err != nil {
		return err
	}
	if w.fileFacts, err = readFacts(ctx, w.c); err != nil {
		return err
	}
	w.file, err = os.Stat(path)
	return err
}

// create makes the schema, unless another program has been faster.
func (w *writer) create(ctx context.Context, partSize int64) error {
	if err := w.c.script("begin immediate"); err != nil {
		return err
	}
	v, err := version(ctx, w.c)
	if err == nil && v < 0 {
		err = create(w.c, partSize)
	}
	if err == nil {
		err = w.c.script("commit")
	}
	if err != nil {
		_ = w.c.script("rollback")
		return err
	}
	// The id must be on the disk before anything fails: by it the archive is opened
	// again. Another program that reads or writes may keep it from getting there: it is then put there later.
	_, err = w.c.first(ctx, "pragma wal_checkpoint(full)")
	return err
}

// notBelow keeps positions up to last from being given out again: a disk that failed
// may have lost what was committed, and read by others, in its last moments. Those
// are a gap then.
func (w *writer) notBelow(last int64) error {
	return w.transaction(func(w *writer) error {
		if w.last >= last {
			return nil
		}
		for room, s := range w.spans {
			if err := w.c.exec("update span set open=0, cause=?, detail='the disk lost what was written last' where id=? and room=? and open=1", string(event.CauseDisk), s.id, room); err != nil {
				return err
			}
		}
		w.afterCommit(func() { clear(w.spans) })
		w.forget()
		return w.c.exec(raiseFloor, last)
	})
}

const raiseFloor = "insert into meta(name, value) values('floor', ?) on conflict do update set value=max(value, excluded.value)"

// fileFacts is what a file says of itself for ever.
type fileFacts struct {
	id       string
	partSize int64 // positions in a part of the search index
	pageSize int64 // bytes of a page of the file
}

func readFacts(ctx context.Context, c *conn) (f fileFacts, err error) {
	err = c.each(ctx, "select name, value from meta", func(r []driver.Value) (bool, error) {
		switch text(r[0]) {
		case "id":
			f.id = text(r[1])
		case "part":
			f.partSize = integer(r[1])
		}
		return true, nil
	})
	if err == nil {
		f.pageSize, err = c.number(ctx, "pragma page_size")
	}
	if err == nil && (f.id == "" || f.partSize <= 0) {
		err = fmt.Errorf("%w: its table meta has no id", ErrCorrupt)
	}
	return f, err
}

// inPlace reports whether the path still leads to the open file. SQLite would
// go on writing to a file that was deleted or whose disk was unmounted.
func (w *writer) inPlace(path string) bool {
	st, err := os.Stat(path)
	return err == nil && os.SameFile(st, w.file)
}

// transaction runs f between begin and commit.
func (w *writer) transaction(f func(w *writer) error) error {
	w.commit = w.commit[:0]
	err := w.begin()
	before := w.last
	if err == nil {
		err = f(w)
	}
	if err == nil {
		err = w.c.exec("commit")
	}
	if err != nil {
		// SQLite has rolled back already after some errors: then this one fails.
		_ = w.c.script("rollback")
		w.forget()
		w.recent.to = min(w.recent.to, before)
		return err
	}
	for _, f := range w.commit {
		f()
	}
	return nil
}

// afterCommit has f called when the transaction is committed: for what is kept
// in memory and would be wrong if it were not.
func (w *writer) afterCommit(f func()) { w.commit = append(w.commit, f) }

// begin takes the write lock and finds out what other programs have written.
func (w *writer) begin() error {
	if err := w.lock(); err != nil {
		return err
	}
	v, err := w.c.number(context.Background(), "pragma data_version")
	if err != nil {
		return err
	}
	if v != w.version {
		w.forget()
		w.version = v
	}
	return w.load(context.Background())
}

// lock begins a transaction. Who has waited in vain tries again and again: those
// tries wait but a moment, so that a lock that is held for long does not stop the
// caller each time.
func (w *writer) lock() error {
	err := w.c.exec("begin immediate")
	var se sqlite3.Error
	if hasty := errors.As(err, &se) && se.Code == sqlite3.ErrBusy; hasty != w.hasty {
		w.hasty = hasty
		wait := w.busy
		if hasty {
			wait /= 50
		}
		if e := w.c.script(fmt.Sprintf("pragma busy_timeout=%d", wait.Milliseconds())); err == nil {
			err = e
		}
	}
	return err
}

// load reads what the writer keeps of the file, unless it is as it was.
func (w *writer) load(ctx context.Context) error {
	if w.fresh {
		return nil
	}
	var err error
	if w.last, err = lastSeq(ctx, w.c); err != nil {
		return err
	}
	if err := w.recent.load(ctx, w.c, w.last); err != nil {
		return err
	}
	if err := w.clock.load(ctx, w.c, w.last); err != nil {
		return err
	}
	if err := w.open.load(ctx, w.c); err != nil {
		return err
	}
	if err := w.loadUnindexed(ctx); err != nil {
		return err
	}
	w.fresh = true
	return nil
}

// forget drops what may no longer be true of the file.
func (w *writer) forget() {
	w.fresh, w.plainKnown, w.table = false, false, nil
	w.interned.clear()
}

// duplicate reports whether an error is a violation of a unique index.
func duplicate(err error) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && se.ExtendedCode == sqlite3.ErrConstraintUnique
}

var errDangling = fmt.Errorf("%w: a row that others refer to is missing", ErrCorrupt)
