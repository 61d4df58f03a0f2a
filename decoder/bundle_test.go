package decoder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"danmaku/protocol"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zlib"
)

// pack writes commands as one WebSocket message: a bundle of that version, or
// bare packets.
func pack(v protocol.Version, commands ...string) []byte {
	var plain []byte
	for _, c := range commands {
		plain = protocol.Append(plain, protocol.Packet{Op: protocol.OpCommand, Body: []byte(c)})
	}
	return bundle(v, plain)
}

// bundle wraps bytes as the body of a packet of that version.
func bundle(v protocol.Version, plain []byte) []byte {
	var b bytes.Buffer
	switch v {
	case protocol.Brotli:
		w := brotli.NewWriterLevel(&b, 5)
		w.Write(plain)
		w.Close()
	case protocol.Zlib:
		w := zlib.NewWriter(&b)
		w.Write(plain)
		w.Close()
	default:
		return plain
	}
	return protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: b.Bytes()})
}

func bodiesOf(packets []protocol.Packet) []string {
	var out []string
	for _, p := range packets {
		out = append(out, string(p.Body))
	}
	return out
}

func TestPacketsOpensEveryVersion(t *testing.T) {
	commands := []string{`{"cmd":"A"}`, `{"cmd":"B","data":{"x":[1,2,3]}}`, ``, `{"cmd":"C"}`}
	d := New(Limits{})
	for _, v := range []protocol.Version{protocol.Plain, protocol.Control, protocol.Zlib, protocol.Brotli, protocol.Zlib, protocol.Brotli} {
		got, err := d.Packets(nil, pack(v, commands...))
		if err != nil || fmt.Sprint(bodiesOf(got)) != fmt.Sprint(commands) {
			t.Errorf("%v: got %q, %v", v, bodiesOf(got), err)
		}
	}
}

func TestPacketsKeepsTheOrderOfMixedAndNestedPackets(t *testing.T) {
	var msg []byte
	msg = protocol.AppendAuthReply(msg, protocol.AuthReply{})
	msg = append(msg, pack(protocol.Plain, "1", "2")...)
	msg = append(msg, bundle(protocol.Brotli, append(pack(protocol.Plain, "3"), pack(protocol.Zlib, "4", "5")...))...)
	msg = append(msg, pack(protocol.Zlib, "6")...)
	msg = protocol.AppendHeartbeatReply(msg, 7)
	got, err := New(Limits{}).Packets(nil, append(msg, "[object Object]"...))
	want := []string{`{"code":0}`, "1", "2", "3", "4", "5", "6", "\x00\x00\x00\x07"}
	if err != nil || fmt.Sprint(bodiesOf(got)) != fmt.Sprint(want) {
		t.Errorf("got %q, %v", bodiesOf(got), err)
	}
}

func TestPacketsGivesWhatItReadBeforeTheError(t *testing.T) {
	whole := pack(protocol.Plain, "1", "2")
	lying := func(size uint32) []byte {
		b := pack(protocol.Plain, "lying")
		binary.BigEndian.PutUint32(b, size)
		return b
	}
	cut := func(b []byte, n int) []byte { return b[:len(b)-n] }
	spoiled := func(v protocol.Version) []byte {
		b := pack(v, "3", "4")
		for i := protocol.HeaderSize; i < len(b); i++ {
			b[i] ^= 0x5a
		}
		return b
	}
	tests := []struct {
		name  string
		bad   []byte
		stage Stage
		limit bool
	}{
		{"truncated header", whole[:9], StagePacket, false},
		{"length 0", lying(0), StagePacket, false},
		{"length under the header's", lying(15), StagePacket, false},
		{"length over the message's", lying(500), StagePacket, false},
		{"cut brotli", bundle(protocol.Brotli, whole)[:20], StagePacket, false},
		{"bad brotli", spoiled(protocol.Brotli), StageBundle, false},
		{"bad zlib", spoiled(protocol.Zlib), StageBundle, false},
		{"brotli that ends early", protocol.Append(nil, protocol.Packet{Version: 3, Op: 5, Body: cut(bundle(protocol.Brotli, whole), 3)[16:]}), StageBundle, false},
		{"empty brotli", protocol.Append(nil, protocol.Packet{Version: 3, Op: 5}), StageBundle, false},
		{"empty zlib", protocol.Append(nil, protocol.Packet{Version: 2, Op: 5}), StageBundle, false},
		{"a version nobody knows", protocol.Append(nil, protocol.Packet{Version: 9, Op: 5, Body: []byte("x")}), StageBundle, false},
		{"four bundles in each other", bundle(3, bundle(2, bundle(3, bundle(2, whole)))), StageBundle, true},
		{"a bundle with a lie inside", bundle(3, lying(0)), StagePacket, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := New(Limits{})
			got, err := d.Packets(nil, append(bytes.Clone(whole), tt.bad...))
			var e *Error
			if !errors.As(err, &e) || e.Stage != tt.stage || errors.Is(err, ErrLimit) != tt.limit {
				t.Fatalf("error %v", err)
			}
			if len(got) < 2 || string(got[0].Body) != "1" || string(got[1].Body) != "2" {
				t.Errorf("what stood before was lost: %q", bodiesOf(got))
			}
			s := d.Stats()
			if s.PacketErrors+s.BundleErrors != 1 || (s.BundleErrors == 1) != (tt.stage == StageBundle) {
				t.Errorf("counted %+v", s)
			}
			// The session goes on.
			for _, v := range []protocol.Version{2, 3} {
				if got, err := d.Packets(nil, pack(v, "5")); err != nil || len(got) != 1 || string(got[0].Body) != "5" {
					t.Errorf("the next message, version %d: %q, %v", v, bodiesOf(got), err)
				}
			}
		})
	}
}

func TestBundleThatEndsEarlyGivesItsWholePackets(t *testing.T) {
	noise := make([]byte, 1<<16) // does not compress: cutting its end leaves the start readable
	for i := range noise {
		noise[i] = byte(i*i*i>>5 ^ i>>3 ^ i*7919>>4)
	}
	for _, v := range []protocol.Version{protocol.Zlib, protocol.Brotli} {
		full := pack(v, "first", "second", string(noise))
		body := full[protocol.HeaderSize : len(full)-100]
		d := New(Limits{})
		got, err := d.Packets(nil, protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: body}))
		var e *Error
		if !errors.As(err, &e) || e.Stage != StageBundle {
			t.Errorf("%v: error %v", v, err)
		}
		if len(got) != 2 || string(got[1].Body) != "second" {
			t.Errorf("%v: %d packets", v, len(got))
		}
		if s := d.Stats(); s.BundleErrors != 1 || s.PacketErrors != 0 {
			t.Errorf("%v: counted %+v", v, s)
		}
	}
}

// zeros is an endless stream of zero bytes up to n.
func compressedZeros(t *testing.T, v protocol.Version, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	var w interface {
		Write([]byte) (int, error)
		Close() error
	} = zlib.NewWriter(&b)
	if v == protocol.Brotli {
		w = brotli.NewWriterLevel(&b, 1)
	}
	chunk := make([]byte, 1<<20)
	for ; n > 0; n -= len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: b.Bytes()})
}

func TestABombIsStoppedAtTheLimit(t *testing.T) {
	for _, v := range []protocol.Version{protocol.Zlib, protocol.Brotli} {
		bomb := compressedZeros(t, v, 1<<28)
		d := New(Limits{Body: 1 << 20})
		allocs := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got, err := d.Packets(nil, bomb)
				if !errors.Is(err, ErrLimit) || len(got) != 0 {
					b.Fatalf("%d packets, error %v", len(got), err)
				}
			}
		})
		if allocs.AllocedBytesPerOp() > 32<<20 { // a reader that is made anew takes eleven
			t.Errorf("%v: a bomb of %d bytes took %d bytes of memory", v, len(bomb), allocs.AllocedBytesPerOp())
		}
	}
}

func TestLimitOfPacketsHoldsForTheWholeMessage(t *testing.T) {
	var commands []string
	for range 6 {
		commands = append(commands, "{}")
	}
	msg := append(pack(protocol.Plain, commands...), pack(protocol.Brotli, commands...)...)
	d := New(Limits{Packets: 10})
	kept := []protocol.Packet{{Op: 99}}
	got, err := d.Packets(kept, msg)
	if !errors.Is(err, ErrLimit) || len(got) != 1+10 || got[0].Op != 99 {
		t.Errorf("%d packets, error %v", len(got), err)
	}
	if got, err := d.Packets(nil, pack(protocol.Brotli, commands...)); err != nil || len(got) != 6 {
		t.Errorf("the next message: %d packets, error %v", len(got), err)
	}
}

func TestMemoryOfAGiantMessageIsGivenBack(t *testing.T) {
	d := New(Limits{})
	if _, err := d.Packets(nil, pack(protocol.Brotli, string(make([]byte, 4<<20)))); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Packets(nil, pack(protocol.Brotli, "{}")); err != nil {
		t.Fatal(err)
	}
	if cap(d.buf) > keptBuffer {
		t.Errorf("%d bytes are kept", cap(d.buf))
	}
}

func FuzzPackets(f *testing.F) {
	f.Add([]byte{})
	for v := protocol.Plain; v <= 4; v++ {
		f.Add(pack(v, `{"cmd":"A"}`, `{"cmd":"B"}`))
	}
	f.Add(bundle(3, pack(2, "{}")))
	f.Add(bundle(2, bundle(3, bundle(2, bundle(3, nil)))))
	f.Add(append(protocol.AppendHeartbeatReply(nil, 1), "[object Object]"...))
	f.Fuzz(func(t *testing.T, msg []byte) {
		d := New(Limits{Body: 1 << 16, Packets: 100})
		for range 2 { // the second time with readers that are used
			got, err := d.Packets(nil, msg)
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			n := 0
			for _, p := range got {
				n += len(p.Body)
			}
			if len(got) > 100 || n > len(msg)+1<<16 {
				t.Fatalf("%d packets of %d bytes from %d", len(got), n, len(msg))
			}
		}
	})
}
