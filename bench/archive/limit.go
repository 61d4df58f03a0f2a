package main

/*
#include "limit.h"
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"danmaku/event"
	"danmaku/store"
)

// recording is what the store told SQLite to keep: the settings, the tables, the
// rows, the words, and where transactions begin and end. What it asks (is this
// event known?) and what it counts (minutes, hours) is not in it.
//
// The store writes the search index past FTS4. A program in C would insert the
// words into FTS4's table, so that is in the recording instead, unless it is to be
// of the very statements that the store ran.
type recording struct {
	statements []string
	ops        []byte // see limit_run
	commit     int    // the number of the statement that commits
}

// recorded says whether a statement is one of the recording. FTS4 writes its own
// tables by statements in capitals; they follow from those that insert words.
func recorded(sql string, very bool) bool {
	ofSegments := strings.Contains(sql, "_segments") || strings.Contains(sql, "_segdir")
	switch {
	case strings.HasPrefix(sql, store.TraceFTS4):
		return !very
	case ofSegments:
		return very && !strings.HasPrefix(sql, "select ")
	case strings.HasPrefix(sql, "pragma "):
		return strings.Contains(sql, "=")
	case strings.HasPrefix(sql, "insert into "):
		return !strings.Contains(sql, "on conflict")
	}
	return strings.HasPrefix(sql, "create ") || sql == "begin immediate" || sql == "commit"
}

// record has the store insert events in batches and notes what it tells SQLite;
// very: without FTS4's insertion in place of the store's own.
func record(path string, events []event.Event, batch int, very bool) (*recording, error) {
	r := &recording{}
	numbers := map[string]int{}
	var failed error
	ctx := context.Background()
	a, err := store.Open(ctx, path, store.Options{Trace: func(sql string, values []driver.Value) {
		if !recorded(strings.TrimSpace(sql), very) || failed != nil {
			return
		}
		sql = strings.TrimPrefix(sql, store.TraceFTS4)
		i, ok := numbers[sql]
		if !ok {
			i = len(r.statements)
			numbers[sql] = i
			r.statements = append(r.statements, sql)
		}
		if sql == "commit" {
			r.commit = i
		}
		if r.ops = append(r.ops, byte(i)); i > 255 {
			failed = errors.New("more than 256 different statements")
		}
		for _, v := range values {
			if err := r.value(v); err != nil {
				failed = fmt.Errorf("%q: %w", sql, err)
			}
		}
	}})
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(events); i += batch {
		if _, err := a.Append(ctx, events[i:min(i+batch, len(events))]); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return r, errors.Join(failed, a.Close())
}

func (r *recording) value(v driver.Value) error {
	switch v := v.(type) {
	case nil:
		r.ops = append(r.ops, 'n')
	case int64:
		r.ops = binary.NativeEndian.AppendUint64(append(r.ops, 'i'), uint64(v))
	case string:
		r.bytes('t', []byte(v))
	case []byte:
		r.bytes('b', v)
	default:
		return fmt.Errorf("a value of type %T", v)
	}
	return nil
}

func (r *recording) bytes(kind byte, b []byte) {
	r.ops = binary.NativeEndian.AppendUint32(append(r.ops, kind), uint32(len(b)))
	r.ops = append(r.ops, b...)
}

// limit runs a recording in C.
type limit struct {
	l    *C.limit
	ops  *C.char // in C's memory, since SQLite keeps pointers into it
	size C.size_t
	done C.long
	r    *recording
}

func openLimit(path string, r *recording) (*limit, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	l := &limit{l: C.limit_open(name), ops: (*C.char)(C.CBytes(r.ops)), size: C.size_t(len(r.ops)), r: r}
	if l.l == nil {
		return nil, fmt.Errorf("%s cannot be opened", path)
	}
	for i, sql := range r.statements {
		s := C.CString(sql)
		C.limit_prepare(l.l, C.int(i), s)
		C.free(unsafe.Pointer(s))
	}
	return l, nil
}

// run goes on until so many transactions more are committed.
func (l *limit) run(transactions int) error {
	from := unsafe.Add(unsafe.Pointer(l.ops), l.done)
	n := C.limit_run(l.l, (*C.char)(from), l.size-C.size_t(l.done), C.int(l.r.commit), C.int(transactions))
	if n < 0 {
		return fmt.Errorf("in C: %s", C.GoString(C.limit_error(l.l)))
	}
	l.done += n
	return nil
}

func (l *limit) close() {
	C.limit_close(l.l)
	C.free(unsafe.Pointer(l.ops))
}
