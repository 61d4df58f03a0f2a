package simroom

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"encoding/binary"
	"io"
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
		return bundle(protocol.Brotli, bomb(megabytes("1024"), func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 9) }))
	case "zlib-bomb":
		return bundle(protocol.Zlib, bomb(megabytes("1024"), func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }))
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

// bomb is a small thing that unpacks to something large.
func bomb(size int, packer func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	w := packer(&out)
	zeros := make([]byte, 1<<20)
	for ; size > 0; size -= len(zeros) {
		if _, err := w.Write(zeros[:min(size, len(zeros))]); err != nil {
			break // a bytes.Buffer takes everything
		}
	}
	w.Close()
	return out.Bytes()
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
