package decoder

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"danmaku/protocol"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zlib"
)

// keptBuffer is how much memory for opened bundles a Decoder keeps between
// messages; a larger need is met and given back.
const keptBuffer = 1 << 20

// Packets appends to dst the packets of one WebSocket message, bundles opened
// and in order, and returns it. With an error (always an *Error) the packets
// read before it are there all the same: the session goes on.
//
// The packets share the memory of msg and of the Decoder: they are valid until
// the next call.
func (d *Decoder) Packets(dst []protocol.Packet, msg []byte) ([]protocol.Packet, error) {
	d.counted.messages.Add(1)
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	d.buf = d.buf[:0]
	return d.flatten(dst, len(dst)+d.limits.Packets, msg, 0)
}

func (d *Decoder) flatten(dst []protocol.Packet, most int, b []byte, depth int) ([]protocol.Packet, error) {
	for len(b) > 0 {
		p, rest, err := protocol.Next(b)
		if err != nil {
			return dst, d.fail(StagePacket, err)
		}
		b = rest
		if p.Op != protocol.OpCommand || p.Version < protocol.Zlib {
			if len(dst) >= most {
				return dst, d.fail(StagePacket, fmt.Errorf("more than %d packets in one message: %w", d.limits.Packets, ErrLimit))
			}
			dst = append(dst, p)
			continue
		}
		if depth == d.limits.Depth {
			return dst, d.fail(StageBundle, fmt.Errorf("bundles nested deeper than %d: %w", d.limits.Depth, ErrLimit))
		}
		inside, bad := d.open(p)
		dst, err = d.flatten(dst, most, inside, depth+1)
		if bad != nil {
			// Whatever was cut off inside is a consequence of this.
			if err != nil {
				d.counted.packet.Add(-1)
			}
			return dst, d.fail(StageBundle, bad)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// open returns the packets inside a bundle, and with an error what came out
// before it.
func (d *Decoder) open(p protocol.Packet) ([]byte, error) {
	d.src.Reset(p.Body)
	var r io.Reader
	switch p.Version {
	case protocol.Brotli:
		if d.brotli == nil {
			d.brotli = brotli.NewReader(&d.src)
		} else if err := d.brotli.Reset(&d.src); err != nil {
			return nil, fmt.Errorf("brotli: %w", err)
		}
		r = d.brotli
	case protocol.Zlib:
		if d.zlib == nil {
			z, err := zlib.NewReader(&d.src)
			if err != nil {
				return nil, fmt.Errorf("zlib: %w", err)
			}
			d.zlib = z.(zlibReader)
		} else if err := d.zlib.Reset(&d.src, nil); err != nil {
			return nil, fmt.Errorf("zlib: %w", err)
		}
		r = d.zlib
	default:
		return nil, fmt.Errorf("a command of %s", p.Version)
	}
	from := len(d.buf)
	for {
		if len(d.buf) == cap(d.buf) {
			// Packets already given keep the old memory.
			d.buf = slices.Grow(d.buf, max(len(d.buf), 32<<10))
		}
		// One byte more than the limit tells "full" from "too much".
		end := min(cap(d.buf), d.limits.Body+1)
		n, err := r.Read(d.buf[len(d.buf):end])
		d.buf = d.buf[:len(d.buf)+n]
		if len(d.buf) > d.limits.Body {
			d.buf = d.buf[:d.limits.Body]
			return d.buf[from:], fmt.Errorf("more than %d bytes in one message: %w", d.limits.Body, ErrLimit)
		}
		if errors.Is(err, io.EOF) {
			return d.buf[from:], nil
		}
		if err != nil {
			return d.buf[from:], fmt.Errorf("%s after %d bytes: %w", p.Version, len(d.buf)-from, err)
		}
	}
}
