package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// header builds a header field by field, true or not.
func header(size uint32, head, version uint16, op, seq uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	b = binary.BigEndian.AppendUint16(b, head)
	b = binary.BigEndian.AppendUint16(b, version)
	b = binary.BigEndian.AppendUint32(b, op)
	return binary.BigEndian.AppendUint32(b, seq)
}

func TestNextReadsBackWhatAppendWrote(t *testing.T) {
	in := []Packet{
		{Version: Plain, Op: OpCommand, Seq: 0, Body: []byte(`{"cmd":"LIVE"}`)},
		{Version: Brotli, Op: OpCommand, Seq: 1, Body: []byte{1, 2, 3}},
		{Version: Control, Op: OpAuthReply, Seq: 1<<32 - 1, Body: []byte(`{"code":0}`)},
		{Version: 7, Op: 99, Body: nil},
	}
	var b []byte
	for _, p := range in {
		b = Append(b, p)
	}
	for i, want := range in {
		p, rest, err := Next(b)
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if p.Version != want.Version || p.Op != want.Op || p.Seq != want.Seq || !bytes.Equal(p.Body, want.Body) {
			t.Errorf("packet %d: got %+v, want %+v", i, p, want)
		}
		b = rest
	}
	if len(b) != 0 {
		t.Errorf("%d bytes left over", len(b))
	}
}

func TestNextSharesMemoryButNeverTheNextPacket(t *testing.T) {
	b := Append(nil, Packet{Op: OpCommand, Body: []byte("one")})
	n := len(b)
	b = Append(b, Packet{Op: OpCommand, Body: []byte("two")})
	p, _, err := Next(b)
	if err != nil {
		t.Fatal(err)
	}
	if &p.Body[0] != &b[HeaderSize] {
		t.Error("the body is a copy")
	}
	_ = append(p.Body, "overwrites"...)
	if b[n+3] != HeaderSize+3 {
		t.Error("appending to the body reached the packet behind it")
	}
}

func TestNextTakesALongerHeader(t *testing.T) {
	b := append(header(22, 20, 0, 5, 0), "xxxxab"...)
	p, rest, err := Next(b)
	if err != nil || string(p.Body) != "ab" || len(rest) != 0 {
		t.Errorf("got body %q, rest %q, error %v", p.Body, rest, err)
	}
}

func TestNextRefusesWhatCannotBeTrue(t *testing.T) {
	tests := []struct {
		name  string
		in    []byte
		field string
		short bool
	}{
		{"nothing", nil, "header", true},
		{"half a header", header(16, 16, 0, 5, 0)[:9], "header", true},
		{"packet length 0", header(0, 16, 0, 5, 0), "packet length", false},
		{"packet length under header length", header(15, 16, 0, 5, 0), "packet length", false},
		{"header length 0", header(16, 0, 0, 5, 0), "header length", false},
		{"header length 15", header(16, 15, 0, 5, 0), "header length", false},
		{"body cut off", append(header(20, 16, 0, 5, 0), 1, 2, 3), "packet length", true},
		{"length of 4 GB", append(header(1<<32-1, 16, 0, 5, 0), 1), "packet length", true},
		{"header longer than the data", header(65535, 65535, 0, 5, 0), "packet length", true},
		{"heartbeat reply without its number", append(header(20, 16, 1, 3, 0), 0, 0), "packet length", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, rest, err := Next(tt.in)
			var fe *FormatError
			if !errors.As(err, &fe) {
				t.Fatalf("got %+v and error %v, want a FormatError", p, err)
			}
			if fe.Field != tt.field || errors.Is(err, ErrShort) != tt.short {
				t.Errorf("got field %q, short %v: %v", fe.Field, errors.Is(err, ErrShort), err)
			}
			if len(rest) != len(tt.in) || p.Body != nil {
				t.Error("an error advanced")
			}
			if !strings.HasPrefix(err.Error(), "protocol: ") {
				t.Errorf("error %q does not say where it is from", err)
			}
		})
	}
}

func TestHeartbeatReplyDropsTheEchoThatItsLengthDoesNotCount(t *testing.T) {
	command := Append(nil, Packet{Op: OpCommand, Body: []byte(`{}`)})
	tests := []struct {
		name string
		tail []byte
		rest []byte
	}{
		{"no echo", nil, nil},
		{"echo of an empty object", []byte("{}"), nil},
		{"echo of the old web page", []byte("[object Object]"), nil},
		{"long echo", []byte(strings.Repeat("a", 100)), nil},
		{"a packet behind it", command, command},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := append(AppendHeartbeatReply(nil, 512), tt.tail...)
			p, rest, err := Next(b)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := ParseHeartbeatReply(p.Body); n != 512 || err != nil || len(p.Body) != 4 {
				t.Errorf("popularity %d of %d bytes, error %v", n, len(p.Body), err)
			}
			if !bytes.Equal(rest, tt.rest) {
				t.Errorf("rest is %q, want %q", rest, tt.rest)
			}
		})
	}
}

func TestCapturedFramesAreRead(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "samples", "_frames")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no captured frames beside this repository")
	}
	read := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p, rest, err := Next(read("001-heartbeat-up.hex"))
	if err != nil || p.Op != OpHeartbeat || string(p.Body) != "[object Object]" || len(rest) != 0 {
		t.Errorf("heartbeat: %+v, %q, %v", p, rest, err)
	}
	p, _, err = Next(read("002-auth-reply.hex"))
	if err != nil || p.Op != OpAuthReply {
		t.Fatalf("auth reply: %+v, %v", p, err)
	}
	if r, err := ParseAuthReply(p.Body); err != nil || r.Code != AuthAccepted {
		t.Errorf("auth reply: %+v, %v", r, err)
	}
	p, rest, err = Next(read("003-brotli-watched-change.hex"))
	if err != nil || p.Op != OpCommand || p.Version != Brotli || len(rest) != 0 {
		t.Errorf("bundle: %v %v, %q, %v", p.Op, p.Version, rest, err)
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte{})
	f.Add(header(0, 16, 0, 5, 0))
	f.Add(header(16, 0, 3, 5, 0))
	f.Add(header(1<<32-1, 65535, 3, 5, 0))
	f.Add(Append(Append(nil, Packet{Op: OpCommand, Body: []byte("{}")}), Packet{Version: Brotli, Op: OpCommand, Body: []byte("x")}))
	f.Add(append(AppendHeartbeatReply(nil, 1), "[object Object]"...))
	f.Add(AppendAuth(nil, Auth{Room: 1, Protover: 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			p, rest, err := Next(b)
			if err != nil {
				var fe *FormatError
				if !errors.As(err, &fe) || err.Error() == "" || len(rest) != len(b) {
					t.Fatalf("error %v with %d of %d bytes left", err, len(rest), len(b))
				}
				return
			}
			if len(rest)+HeaderSize+len(p.Body) > len(b) {
				t.Fatalf("%d bytes gave a body of %d and %d left", len(b), len(p.Body), len(rest))
			}
			again, left, err := Next(Append(nil, p))
			if err != nil || again.Op != p.Op || again.Version != p.Version || !bytes.Equal(again.Body, p.Body) || len(left) != 0 {
				t.Fatalf("written and read again: %+v, %v, want %+v", again, err, p)
			}
			b = rest
		}
	})
}
