package fanout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

func TestGarbageClosesItsSenderWithTheRightCodeAndNobodyElse(t *testing.T) {
	big := appendHeader(nil, finBit|OpBinary, 1<<40)
	big[1] |= maskBit
	tests := []struct {
		name string
		send []byte
		code int
	}{
		{"not masked", AppendFrame(nil, OpText, []byte("x")), CloseProtocol},
		{"reserved bit 2", masked(finBit|0x20|OpText, nil), CloseProtocol},
		{"compressed without agreement", masked(finBit|rsv1Bit|OpText, nil), CloseProtocol},
		{"reserved opcode", masked(finBit|3, nil), CloseProtocol},
		{"reserved control opcode", masked(finBit|11, nil), CloseProtocol},
		{"fragmented ping", masked(opPing, nil), CloseProtocol},
		{"long ping", masked(finBit|opPing, make([]byte, 126)), CloseProtocol},
		{"continuation of nothing", masked(finBit|opCont, nil), CloseProtocol},
		{"message inside a message", append(masked(OpText, nil), masked(finBit|OpText, nil)...), CloseProtocol},
		{"text that is not UTF-8", masked(finBit|OpText, []byte{0xff}), CloseBadText},
		{"half a close code", masked(finBit|opClose, []byte{3}), CloseProtocol},
		{"close code 1005", masked(finBit|opClose, []byte{0x03, 0xed}), CloseProtocol},
		{"close reason that is not UTF-8", masked(finBit|opClose, []byte{0x03, 0xe8, 0xff}), CloseBadText},
		{"too long", masked(finBit|OpBinary, make([]byte, 5000)), CloseTooBig},
		{"a terabyte announced", append(big, 0, 0, 0, 0), CloseTooBig},
		{"too long in fragments", append(masked(OpBinary, make([]byte, 3000)), masked(finBit|opCont, make([]byte, 3000))...), CloseTooBig},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), CloseProtocol},
	}
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		other := subscribe(t, s, Subscription{Log: l, Place: l.End()})
		for i, tt := range tests {
			ended := make(chan Ending, 1)
			p := subscribe(t, s, Subscription{Log: l, Place: l.End(), Closed: func(e Ending) { ended <- e }})
			if _, err := p.conn.Write(tt.send); err != nil {
				t.Fatal(err)
			}
			if op, b := p.frame(); op != opClose || len(b) < 2 || int(binary.BigEndian.Uint16(b)) != tt.code {
				t.Errorf("%s: frame %d %q, want close %d", tt.name, op, b, tt.code)
			}
			p.wantEnd()
			if e := <-ended; e != EndProtocol {
				t.Errorf("%s: ended by %s", tt.name, e)
			}
			say(s, l, int64(i+1), tt.name)
			other.want(OpText, tt.name)
		}
	})
}

func FuzzFrameReader(f *testing.F) {
	f.Add(masked(finBit|OpText, []byte("hello")))
	f.Add(append(masked(OpText, []byte("a")), masked(finBit|opCont, []byte("b"))...))
	f.Add(masked(finBit|opClose, []byte{3, 0xe8}))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		type message struct {
			op byte
			b  string
		}
		read := func(step int) (got []message, end *CloseError) {
			r := frameReader{limit: 1000}
			b := bytes.Clone(in)
			for len(b) > 0 && end == nil {
				n := min(step, len(b))
				end = r.feed(b[:n], func(op byte, p []byte) *CloseError {
					if op < opClose && len(p) > 1000 || op >= opClose && len(p) > 125 {
						t.Fatalf("%d bytes passed for op %d", len(p), op)
					}
					got = append(got, message{op, string(p)})
					return nil
				})
				b = b[n:]
			}
			if cap(r.message) > 4*1000+64 || len(r.head) > 14 {
				t.Fatalf("keeps %d bytes of a message", cap(r.message))
			}
			return got, end
		}
		whole, end1 := read(len(in) + 1)
		bytewise, end2 := read(1)
		if fmt.Sprint(whole) != fmt.Sprint(bytewise) || (end1 == nil) != (end2 == nil) || end1 != nil && *end1 != *end2 {
			t.Fatalf("whole: %v %v\nin bytes: %v %v", whole, end1, bytewise, end2)
		}
	})
}

func TestFirstReadsOneMessageAndNotAByteMore(t *testing.T) {
	server, client := pair(t)
	big := bytes.Repeat([]byte("x"), 300)
	client.Write(masked(finBit|opPing, []byte("early")))
	client.Write(masked(finBit|opPong, nil))
	client.Write(masked(OpBinary, big[:100]))
	client.Write(masked(opCont, nil))
	client.Write(append(masked(finBit|opCont, big[100:]), "next"...))
	op, b, err := First(server, 1000, 10*time.Second)
	if op != OpBinary || !bytes.Equal(b, big) || err != nil {
		t.Fatalf("op %d, %d bytes, %v", op, len(b), err)
	}
	rest := make([]byte, 4)
	if _, err := io.ReadFull(server, rest); string(rest) != "next" || err != nil {
		t.Errorf("what follows is %q, %v", rest, err)
	}
	var ce *CloseError
	client.Write(masked(finBit|OpBinary, make([]byte, 2000)))
	if _, _, err := First(server, 1000, 10*time.Second); !errors.As(err, &ce) || ce.Code != CloseTooBig {
		t.Errorf("too long: %v", err)
	}
	if _, _, err := First(server, 1000, time.Millisecond); err == nil {
		t.Error("no error though nothing came")
	}
}
