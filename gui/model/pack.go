package model

import (
	"bytes"
	"compress/flate"
	"io"
)

// packer makes the rows of old chunks small: a hundred thousand rows of chat would
// otherwise be most of what grows in the window's memory. One serves all lists of a
// model: what a compressor needs is large itself, and the list of a room that is
// watched alone has the same chunks as that of all rooms. It is not for concurrent
// use. The zero value is ready.
type packer struct {
	deflate *flate.Writer
	inflate io.Reader
	buf     bytes.Buffer

	plain, before []byte // what was put last, and before that
	packed        []byte // of plain
}

// pack puts rows one after another, but for those that are nil. Nobody may change
// what it returns: the same rows give the same bytes.
func (p *packer) pack(rows []*Row) []byte {
	p.plain, p.before = p.before, p.plain
	w := writer(p.plain[:0])
	for _, r := range rows {
		if r != nil {
			r.short(&w)
		}
	}
	if p.plain = w; p.packed != nil && bytes.Equal(p.plain, p.before) {
		return p.packed
	}
	p.buf.Reset()
	if p.deflate == nil {
		p.deflate, _ = flate.NewWriter(&p.buf, flate.BestSpeed) // the level is a valid one
	} else {
		p.deflate.Reset(&p.buf)
	}
	// A buffer takes all that is written.
	_, _ = p.deflate.Write(p.plain)
	_ = p.deflate.Close()
	p.packed = bytes.Clone(p.buf.Bytes())
	return p.packed
}

// unpack returns the rows as pack got them, when told their number and which of them
// were nil.
func (p *packer) unpack(packed []byte, n int, isNil func(k int) bool) []*Row {
	from := bytes.NewReader(packed)
	if p.inflate == nil {
		p.inflate = flate.NewReader(from)
	} else {
		_ = p.inflate.(flate.Resetter).Reset(from, nil) // cannot fail without a dictionary
	}
	p.buf.Reset()
	if _, err := p.buf.ReadFrom(p.inflate); err != nil {
		panic("model: what was packed is broken: " + err.Error()) // it never left our memory
	}
	left := reader(p.buf.String())
	rows := make([]*Row, n)
	for k := range rows {
		if !isNil(k) {
			rows[k] = left.row()
		}
	}
	return rows
}
