package simroom

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"encoding/binary"
	"io"
	"slices"
	"strconv"
	"strings"

	"danmaku/protocol"

	"github.com/andybalholm/brotli"
)

// bad makes the message of a fault that sends one; nil for other faults.
func (s *Server) bad(f Fault, r *room) []byte {
	megabytes := func(otherwise string) int {
		n, _ := strconv.Atoi(cmp.Or(f.Value, otherwise))
		return n << 20
	}
	parts := func(size int) int { return max(2, size/bombPart) * bombPart }
	command := func(body string) []byte {
		return protocol.Append(nil, protocol.Packet{Op: protocol.OpCommand, Body: []byte(body)})
	}
	good := command(`{"cmd":"WATCHED_CHANGE","data":{"num":1,"text_small":"1","text_large":"1人看过"}}`)
	bundle := func(v protocol.Version, body []byte) []byte {
		return protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: body})
	}
	switch f.Name {
	case "corrupt":
		body, _ := s.encoders.compress(protocol.Brotli, bytes.Repeat(good, 5))
		for i := 6; i < len(body); i += 7 {
			body[i] ^= 0x55
		}
		return bundle(protocol.Brotli, body)
	case "truncated":
		body, _ := s.encoders.compress(protocol.Brotli, bytes.Repeat(good, 50))
		return bundle(protocol.Brotli, body[:len(body)*2/3])
	case "bomb":
		return bundle(protocol.Brotli, bomb(parts(megabytes("1024")), func(w io.Writer) flusher { return brotli.NewWriterLevel(w, 9) }))
	case "zlib-bomb":
		size := parts(megabytes("1024"))
		body := bomb(size, func(w io.Writer) flusher { return zlib.NewWriter(w) })
		binary.BigEndian.PutUint32(body[len(body)-4:], uint32(size%65521)<<16|1) // the Adler-32 of so many zeros
		return bundle(protocol.Zlib, body)
	case "giant":
		return command(`{"cmd":"SIM_GIANT","data":{"text":"` + strings.Repeat("大", megabytes("32")/3) + `"}}`)
	case "bad-length":
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b, uint32(len(b)+1000))
		return b
	case "zero-length":
		b := bytes.Clone(good)
		binary.BigEndian.PutUint32(b, 0)
		return b
	case "short-header":
		return good[:7]
	case "bad-json":
		return command(`{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,`)
	case "bad-utf8":
		return command("{\"cmd\":\"DANMU_MSG\",\"info\":[[0,1,25,16777215,1700000000000],\"\xff\xfe\xc3(\",[1,\"\x80\",0]]}")
	case "bad-type":
		return command(`{"cmd":"DANMU_MSG","info":{"0":"no","1":[[]],"2":true},"data":"text"}`)
	}
	return nil
}

// flusher is a compressor that can end a part at a whole byte.
type flusher interface {
	io.WriteCloser
	Flush() error
}

const bombPart = 4 << 20

// bomb is a small thing that unpacks to size bytes, some whole parts. Only two parts are really
// packed: after the second, each further one looks the same.
func bomb(size int, packer func(io.Writer) flusher) []byte {
	var out bytes.Buffer
	w := packer(&out)
	zeros := make([]byte, bombPart)
	var second []byte
	for range 2 {
		from := out.Len()
		if _, err := w.Write(zeros); err != nil {
			return nil // a bytes.Buffer takes everything
		}
		if err := w.Flush(); err != nil {
			return nil
		}
		second = bytes.Clone(out.Bytes()[from:])
	}
	head := bytes.Clone(out.Bytes())
	w.Close()
	tail := bytes.Clone(out.Bytes()[len(head):])
	return slices.Concat(head, bytes.Repeat(second, size/bombPart-2), tail)
}

// inject sends bytes to all connections between what is said.
func (r *room) inject(ctx context.Context, b []byte) {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-r.turn }()
	for _, c := range r.connections() {
		c.send(ctx, outgoing{bytes: b}, false)
	}
}
