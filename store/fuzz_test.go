package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// What a damaged file may hold is an error, whatever it is: never a panic, and
// no more memory than the row is worth.
func FuzzRowOfCommands(f *testing.F) {
	var row []byte
	for i, raw := range []string{`{"cmd":"LIVE"}`, ``, `{"cmd":"DANMU_MSG"}`} {
		row = binary.AppendUvarint(row, uint64(i)*3)
		row = binary.AppendUvarint(row, uint64(i))
		row = binary.AppendUvarint(row, uint64(len(raw)))
		row = append(row, raw...)
	}
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(row, false)
	f.Add(row[:len(row)-1], false)
	f.Add(enc.EncodeAll(row, nil), true)
	f.Add([]byte{0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, false)
	f.Fuzz(func(t *testing.T, data []byte, sealed bool) {
		commands, err := new(frames).unpack(7, sealed, data)
		if err != nil {
			if !errors.Is(err, errFrame) {
				t.Errorf("not told as damage: %v", err)
			}
			return
		}
		if sealed {
			return
		}
		// A row that can be read says the same when it is written again.
		var again []byte
		for _, k := range commands {
			again = binary.AppendUvarint(again, uint64(k.seq-7))
			again = binary.AppendUvarint(again, uint64(k.more))
			again = binary.AppendUvarint(again, uint64(len(k.raw)))
			again = append(again, k.raw...)
		}
		if len(again) > len(data) || len(again) == len(data) && !bytes.Equal(again, data) {
			t.Errorf("read as %d bytes: %x, was %x", len(again), again, data)
		}
	})
}

func FuzzLeafOfTheIndex(f *testing.F) {
	leaf := []byte{0, 2, 'a', 'b', 3, 9, 3, 0, 1, 1, 'c', 6, 9, 2, 4, 0, 1, 0}
	f.Add(leaf)
	f.Add(leaf[:len(leaf)-2])
	f.Add([]byte{0, 2, 'a', 'b', 0x80})
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'})
	f.Fuzz(func(t *testing.T, leaf []byte) {
		places := 0
		err := eachWordOfLeaf(leaf, func(word []byte, _, _ int64) {
			if places++; len(word) > len(leaf)*len(leaf) {
				t.Errorf("a word of %d bytes in a leaf of %d", len(word), len(leaf))
			}
		})
		if places > len(leaf) {
			t.Errorf("%d places in %d bytes", places, len(leaf))
		}
		if err != nil && !errors.Is(err, errSegment) {
			t.Errorf("not told as damage: %v", err)
		}
		docs, err := inLeaf(leaf, "ab")
		if err != nil && !errors.Is(err, errSegment) {
			t.Errorf("not told as damage: %v", err)
		}
		var c wordCursor
		c.add(docs)
		for doc, last := c.seek(1<<62), int64(1<<62); doc != 0; doc = c.seek(doc - 1) {
			if doc >= last || doc < 0 {
				t.Fatalf("document %d after %d", doc, last)
			}
			last = doc
			if n := len(c.positions(nil, doc)); n > len(leaf) {
				t.Errorf("%d places in %d bytes", n, len(leaf))
			}
		}
		s, err := stopAt(7, leaf)
		for _, word := range []string{"ab", "abc", "c"} {
			if err == nil {
				_, err = s.childOf(word)
			}
		}
		if err != nil && !errors.Is(err, errSegment) {
			t.Errorf("not told as damage: %v", err)
		}
	})
}
