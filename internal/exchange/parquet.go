package exchange

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// rowGroup bounds the rows kept in memory until a part of a Parquet file is
// written.
const rowGroup = 1 << 16

// rowGroupBytes ends a part sooner when its commands are large.
const rowGroupBytes = 32 << 20

// pageCodec compresses as parquet.Zstd does, whose encoders keep 16 MB each to look
// back in, although a page is never that long.
type pageCodec struct {
	compress.Codec
	encoder *zstd.Encoder
}

func newPageCodec() (pageCodec, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	return pageCodec{&parquet.Zstd, e}, err
}

func (c pageCodec) Encode(dst, src []byte) ([]byte, error) {
	return c.encoder.EncodeAll(src, dst[:0]), nil
}

type flatRaw struct {
	flat
	Raw string `parquet:"raw"`
}

// WriteParquet writes a table with a row for each event: times are timestamps,
// money is in thousandths of CNY, detail holds JSON. With raw it has a column
// for the commands too.
func WriteParquet(w io.Writer, events Events, raw bool) (Summary, error) {
	if raw {
		return writeParquet(w, events, func(r *flatRaw) *flat { return &r.flat }, func(r *flatRaw, raw []byte) { r.Raw = string(raw) })
	}
	return writeParquet(w, events, func(r *flat) *flat { return r }, func(*flat, []byte) {})
}

func writeParquet[T any](w io.Writer, events Events, columns func(*T) *flat, setRaw func(*T, []byte)) (Summary, error) {
	var sum Summary
	codec, err := newPageCodec()
	if err != nil {
		return sum, fmt.Errorf("exchange: write parquet: %w", err)
	}
	out := parquet.NewGenericWriter[T](w, parquet.Compression(codec), parquet.MaxRowsPerRowGroup(rowGroup), parquet.CreatedBy("danmaku", "", ""))
	rows := make([]T, 0, 512)
	size := 0 // of the commands in this part of the file
	flush := func() error {
		n, err := out.Write(rows)
		sum.Written += int64(n)
		rows = rows[:0]
		if err == nil && size >= rowGroupBytes {
			size = 0
			err = out.Flush()
		}
		return err
	}
	for e, err := range events {
		if err != nil {
			return sum, err
		}
		rows = rows[:len(rows)+1]
		row := &rows[len(rows)-1]
		columns(row).fill(&e)
		setRaw(row, e.Raw)
		size += len(e.Raw)
		if len(rows) == cap(rows) || size >= rowGroupBytes {
			if err := flush(); err != nil {
				return sum, fmt.Errorf("exchange: write parquet: %w", err)
			}
		}
	}
	err = flush()
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return sum, fmt.Errorf("exchange: write parquet: %w", err)
	}
	return sum, nil
}
