package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"

	"danmaku/event"

	"github.com/klauspost/compress/zstd"
)

// Commands as received are kept many to a row of the table raw, because alone
// they hardly compress. A transaction puts its commands into a row of their own,
// as they are: what was acknowledged is on disk. When 128 have gathered in such
// open rows, the same transaction that brings the last replaces them by sealed
// ones: compressed, of 64 to 256 commands.
//
// The data of a row is, for each command: the position of its first event (as
// the difference to the row's first), how many events after that one share it,
// its length, and its bytes; numbers are unsigned varints. Sealed data is one
// zstd frame around that.
const (
	frameSeal  = 128     // open commands that are sealed
	frameMax   = 256     // commands in a sealed row
	frameBytes = 1 << 20 // bytes of commands in a row, unless one alone has more
	// maxFrame is what a reader unpacks at most.
	maxFrame = 1 << 28
)

// command is one command with the events made from it.
type command struct {
	seq  int64 // of the first event
	more int64 // how many events after it share the command
	raw  []byte
}

// openFrame is the commands in open rows.
type openFrame struct {
	first    int64 // seq of the first open row; 0: none
	commands []command
	bytes    int
}

// load reads the open rows at the end of the table.
func (f *openFrame) load(ctx context.Context, c *conn) error {
	*f = openFrame{}
	var rows [][]byte
	var firsts []int64
	err := c.each(ctx, "select first, sealed, data from raw order by first desc", func(r []driver.Value) (bool, error) {
		if integer(r[1]) != 0 {
			return false, nil
		}
		firsts = append(firsts, integer(r[0]))
		rows = append(rows, blob(r[2]))
		return true, nil
	})
	if err != nil {
		return err
	}
	for i := len(rows) - 1; i >= 0; i-- {
		err := eachCommand(firsts[i], rows[i], func(k command) error {
			f.add(k)
			return nil
		})
		if err != nil {
			return err
		}
		f.first = firsts[len(firsts)-1]
	}
	return nil
}

func (f *openFrame) add(k command) {
	f.commands = append(f.commands, k)
	f.bytes += len(k.raw)
}

// keepRaw stores the commands of events that were stored in this transaction.
func (w *writer) keepRaw(stored []event.Event) error {
	if w.keep < 0 {
		return nil
	}
	f := &w.open
	n := len(f.commands)
	var newest event.Millis
	for i := range stored {
		e := &stored[i]
		newest = max(newest, e.Received)
		if len(e.Raw) == 0 {
			continue
		}
		if k := len(f.commands); k > n {
			last := &f.commands[k-1]
			if last.seq+last.more+1 == e.Seq && bytes.Equal(last.raw, e.Raw) {
				last.more++
				continue
			}
		}
		f.add(command{seq: e.Seq, raw: e.Raw})
	}
	if len(f.commands) == n {
		return w.pruneRaw(newest)
	}
	if len(f.commands) < frameSeal && f.bytes < frameBytes {
		if f.first == 0 {
			f.first = f.commands[n].seq
		}
		// The caller's bytes are its own again when Append returns.
		for i := n; i < len(f.commands); i++ {
			f.commands[i].raw = bytes.Clone(f.commands[i].raw)
		}
		if err := w.putFrame(f.commands[n:], newest, false); err != nil {
			return err
		}
		return w.pruneRaw(newest)
	}
	if f.first != 0 {
		if err := w.c.exec("delete from raw where first>=?", f.first); err != nil {
			return err
		}
	}
	for rest := f.commands; len(rest) > 0; {
		k := cut(rest)
		if err := w.putFrame(rest[:k], newest, true); err != nil {
			return err
		}
		rest = rest[k:]
	}
	clear(f.commands)
	*f = openFrame{commands: f.commands[:0]}
	return w.pruneRaw(newest)
}

// cut returns how many of the commands go into the next sealed row.
func cut(rest []command) int {
	n := len(rest)
	if n > frameMax {
		n = min(frameMax, (n+1)/2) // so that the last row is no crumb
	}
	size := 0
	for i, k := range rest[:n] {
		if size += len(k.raw); size > frameBytes && i > 0 {
			return i
		}
	}
	return n
}

// putFrame stores one row.
func (w *writer) putFrame(commands []command, newest event.Millis, seal bool) error {
	first, last := commands[0].seq, commands[len(commands)-1]
	var data []byte
	for _, k := range commands {
		data = binary.AppendUvarint(data, uint64(k.seq-first))
		data = binary.AppendUvarint(data, uint64(k.more))
		data = binary.AppendUvarint(data, uint64(len(k.raw)))
		data = append(data, k.raw...)
	}
	if seal {
		if w.enc == nil {
			enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(frameBytes))
			if err != nil {
				return err
			}
			w.enc = enc
		}
		data = w.enc.EncodeAll(data, nil)
	}
	return w.c.exec("insert into raw(first, last, newest, commands, sealed, data) values(?,?,?,?,?,?)",
		first, last.seq+last.more, int64(newest), int64(len(commands)), oneIf(seal), data)
}

// pruneRaw deletes a few rows that are older than Options.RawKeep.
func (w *writer) pruneRaw(newest event.Millis) error {
	if w.keep <= 0 || newest == 0 {
		return nil
	}
	before := int64(newest) - w.keep.Milliseconds()
	last, err := w.c.number(context.Background(), "select max(first) from (select first, newest from raw order by first limit 4) where newest<?", before)
	if err != nil || last == 0 {
		return err
	}
	err = w.c.exec("delete from raw where first<=? and newest<?", last, before)
	if err == nil && w.open.first != 0 && last >= w.open.first {
		err = w.open.load(context.Background(), w.c)
	}
	return err
}

var errFrame = errors.New("a row of raw commands cannot be read")

// eachCommand calls f for every command of a row's data. The bytes alias data.
func eachCommand(first int64, data []byte, f func(command) error) error {
	for len(data) > 0 {
		var v [3]uint64
		for i := range v {
			n := 0
			if v[i], n = binary.Uvarint(data); n <= 0 {
				return fmt.Errorf("%w: row %d ends within a number", errFrame, first)
			}
			data = data[n:]
		}
		if v[2] > uint64(len(data)) {
			return fmt.Errorf("%w: row %d: command of %d bytes, %d left", errFrame, first, v[2], len(data))
		}
		k := command{seq: first + int64(v[0]), more: int64(v[1]), raw: data[:v[2]:v[2]]}
		data = data[v[2]:]
		if err := f(k); err != nil {
			return err
		}
	}
	return nil
}

// frames gives a reader the commands of events; it keeps the last row unpacked.
type frames struct {
	dec         *zstd.Decoder
	first, last int64
	commands    []command
}

// unpack returns the commands of a row.
func (f *frames) unpack(first int64, sealed bool, data []byte) ([]command, error) {
	if sealed {
		if f.dec == nil {
			dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame))
			if err != nil {
				return nil, err
			}
			f.dec = dec
		}
		var err error
		if data, err = f.dec.DecodeAll(data, nil); err != nil {
			return nil, fmt.Errorf("%w: row %d: %w", errFrame, first, err)
		}
	}
	var commands []command
	err := eachCommand(first, data, func(k command) error {
		commands = append(commands, k)
		return nil
	})
	return commands, err
}

// find returns the command of an event; nil: not kept.
func (f *frames) find(ctx context.Context, c *conn, seq int64) ([]byte, error) {
	if seq < f.first || seq > f.last || f.commands == nil {
		row, err := c.first(ctx, "select first, last, sealed, data from raw where first<=? order by first desc limit 1", seq)
		if err != nil || row == nil || integer(row[1]) < seq {
			return nil, err
		}
		commands, err := f.unpack(integer(row[0]), integer(row[2]) != 0, blob(row[3]))
		if err != nil {
			return nil, err
		}
		f.first, f.last, f.commands = integer(row[0]), integer(row[1]), commands
	}
	for i := range f.commands { // at most 256
		if k := &f.commands[i]; k.seq <= seq && seq <= k.seq+k.more {
			return k.raw, nil
		}
	}
	return nil, nil
}

// drop forgets the row it keeps: open rows are replaced.
func (f *frames) drop() { f.first, f.last, f.commands = 0, -1, nil }
