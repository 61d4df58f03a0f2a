package relay

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zlib"

	"danmaku/internal/fanout"
	"danmaku/internal/hub"
	"danmaku/protocol"
)

// Limits of what is unpacked for clients that want another version than the
// platform sent.
const (
	bundleLimit = 16 << 20 // bytes
	bundleDepth = 3        // bundles in bundles; one is usual
)

// packer turns messages of the platform into the form a client's protover asks
// for. It is not for concurrent use.
type packer struct {
	brotliIn  *brotli.Reader
	zlibIn    io.ReadCloser
	brotliOut *brotli.Writer
	zlibOut   *zlib.Writer
	buf       bytes.Buffer
}

// converted is one message of a room's socket in the forms that somebody wants;
// each is made at most once.
type converted struct {
	message []byte
	packets []protocol.Packet // top level
	plain   []byte            // all commands as packets of version 0; nil: not yet
	made    [4][]byte         // by protocol.Version
	err     error
}

func newConverted(b *hub.Bundle) *converted {
	c := &converted{message: b.Message}
	rest := b.Message
	for len(rest) > 0 && c.err == nil {
		var p protocol.Packet
		if p, rest, c.err = protocol.Next(rest); c.err == nil {
			c.packets = append(c.packets, p)
		}
	}
	return c
}

// popularity is what a heartbeat reply inside the message says.
func (c *converted) popularity() (uint32, bool) {
	for _, p := range c.packets {
		if p.Op == protocol.OpHeartbeatReply {
			n, err := protocol.ParseHeartbeatReply(p.Body)
			return n, err == nil
		}
	}
	return 0, false
}

// frames gives WebSocket frames for a client that asked for version v: the
// message as it came if such a client can read it, else one made from it.
func (c *converted) frames(v protocol.Version, pk *packer) ([]byte, error) {
	if c.made[v] != nil || c.err != nil && len(c.packets) == 0 {
		return c.made[v], c.err
	}
	if c.passable(v) {
		c.made[v] = fanout.AppendFrame(nil, fanout.OpBinary, c.message)
		return c.made[v], nil
	}
	if c.plain == nil {
		plain, err := pk.flatten([]byte{}, c.packets, 0)
		if c.plain = plain; err != nil {
			c.err = err // what was read before it is passed on
		}
	}
	switch {
	case len(c.plain) == 0:
	case v == protocol.Plain:
		// Clients that want no bundles expect a message per packet.
		var out []byte
		for rest := c.plain; len(rest) > 0; {
			_, next, err := protocol.Next(rest)
			if err != nil {
				return nil, fmt.Errorf("relay: own packets: %w", err)
			}
			out = fanout.AppendFrame(out, fanout.OpBinary, rest[:len(rest)-len(next)])
			rest = next
		}
		c.made[v] = out
	default:
		body := pk.compress(v, c.plain)
		c.made[v] = fanout.AppendFrame(nil, fanout.OpBinary,
			protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: body}))
	}
	return c.made[v], c.err
}

// passable reports whether a client of version v reads the message as it is:
// commands only, each plain or of its own version.
func (c *converted) passable(v protocol.Version) bool {
	for _, p := range c.packets {
		if p.Op != protocol.OpCommand || p.Version != protocol.Plain && p.Version != v {
			return false
		}
	}
	// Several packets in one message are more than clients of version 0 expect.
	return c.err == nil && len(c.packets) > 0 && (v != protocol.Plain || len(c.packets) == 1)
}

// flatten appends all commands as packets of version 0.
func (pk *packer) flatten(dst []byte, packets []protocol.Packet, depth int) ([]byte, error) {
	for _, p := range packets {
		if p.Op != protocol.OpCommand || len(p.Body) == 0 {
			continue
		}
		if p.Version != protocol.Zlib && p.Version != protocol.Brotli {
			dst = protocol.Append(dst, protocol.Packet{Op: protocol.OpCommand, Body: p.Body})
			continue
		}
		if depth == bundleDepth {
			return dst, errors.New("relay: bundles nested too deep")
		}
		body, err := pk.unpack(p)
		var inner []protocol.Packet
		for rest := body; len(rest) > 0; {
			var q protocol.Packet
			var e error
			if q, rest, e = protocol.Next(rest); e != nil {
				err = errors.Join(err, e)
				break
			}
			inner = append(inner, q)
		}
		var e error
		if dst, e = pk.flatten(dst, inner, depth+1); err != nil || e != nil {
			return dst, errors.Join(err, e)
		}
	}
	return dst, nil
}

// unpack decompresses a bundle; the result is its own memory.
func (pk *packer) unpack(p protocol.Packet) ([]byte, error) {
	var in io.Reader
	switch p.Version {
	case protocol.Brotli:
		if pk.brotliIn == nil {
			pk.brotliIn = brotli.NewReader(nil)
		}
		if err := pk.brotliIn.Reset(bytes.NewReader(p.Body)); err != nil {
			return nil, fmt.Errorf("relay: bundle: %w", err)
		}
		in = pk.brotliIn
	default:
		var err error
		if pk.zlibIn == nil {
			pk.zlibIn, err = zlib.NewReader(bytes.NewReader(p.Body))
		} else {
			err = pk.zlibIn.(zlib.Resetter).Reset(bytes.NewReader(p.Body), nil)
		}
		if err != nil {
			return nil, fmt.Errorf("relay: bundle: %w", err)
		}
		in = pk.zlibIn
	}
	b, err := io.ReadAll(io.LimitReader(in, bundleLimit+1))
	switch {
	case len(b) > bundleLimit:
		return b[:0], fmt.Errorf("relay: bundle: larger than %d bytes", bundleLimit)
	case err != nil:
		return b, fmt.Errorf("relay: bundle: %w", err)
	}
	return b, nil
}

// compress makes the body of a bundle; it is valid until the next call.
func (pk *packer) compress(v protocol.Version, plain []byte) []byte {
	pk.buf.Reset()
	var out io.WriteCloser
	if v == protocol.Brotli {
		if pk.brotliOut == nil {
			pk.brotliOut = brotli.NewWriterLevel(&pk.buf, 4)
		} else {
			pk.brotliOut.Reset(&pk.buf)
		}
		out = pk.brotliOut
	} else {
		if pk.zlibOut == nil {
			pk.zlibOut = zlib.NewWriter(&pk.buf)
		} else {
			pk.zlibOut.Reset(&pk.buf)
		}
		out = pk.zlibOut
	}
	_, _ = out.Write(plain) // a bytes.Buffer takes everything
	_ = out.Close()
	return pk.buf.Bytes()
}
