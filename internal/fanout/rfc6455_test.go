package fanout

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// exchange is what a client sends and everything that the server, which returns
// each message, is to answer until the end of the connection.
type exchange struct {
	name string
	send []byte
	want []byte
}

// rules are the cases of RFC 6455 for a server, in the order of the sections
// that the usual suites have: framing, pings, reserved bits, opcodes,
// fragments, UTF-8, closing. Those that do not end by themselves end by a close
// frame of the client's.
func rules() (all []exchange) {
	bye := masked(finBit|opClose, []byte{0x03, 0xe8})
	byeToo := []byte{finBit | opClose, 2, 0x03, 0xe8}
	text := func(s string) []byte { return AppendFrame(nil, OpText, []byte(s)) }
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	fine := func(name string, send, want []byte) {
		all = append(all, exchange{name, join(send, bye), join(want, byeToo)})
	}
	// The reason is ours to choose: only the code is compared.
	bad := func(name string, code int, send, before []byte) {
		all = append(all, exchange{name, send, join(before, []byte{finBit | opClose, byte(code >> 8), byte(code)})})
	}

	for _, n := range []int{0, 1, 125, 126, 127, 128, 65535, 65536, 100_000} {
		payload := bytes.Repeat([]byte("*"), n)
		for _, op := range []byte{OpText, OpBinary} {
			fine(fmt.Sprintf("message %d of %d bytes", op, n), masked(finBit|op, payload), answer(op, payload))
		}
	}

	for _, payload := range []string{"", "Hello", "\x00\xff\xfe\xfd\xfc\xfb\x00\xff", strings.Repeat("\xfe", 125)} {
		fine(fmt.Sprintf("ping with %d bytes", len(payload)), masked(finBit|opPing, []byte(payload)), AppendFrame(nil, opPong, []byte(payload)))
		fine(fmt.Sprintf("pong with %d bytes that nobody asked for", len(payload)), masked(finBit|opPong, []byte(payload)), nil)
	}
	var pings, pongs []byte
	for n := range 10 {
		pings = append(pings, masked(finBit|opPing, fmt.Appendf(nil, "payload-%d", n))...)
		pongs = AppendFrame(pongs, opPong, fmt.Appendf(nil, "payload-%d", n))
	}
	fine("ten pings", pings, pongs)
	bad("a ping of 126 bytes", CloseProtocol, masked(finBit|opPing, make([]byte, 126)), nil)

	for bits := byte(0x10); bits <= 0x70; bits += 0x10 {
		for _, op := range []byte{OpText, OpBinary, opPing, opPong, opClose} {
			bad(fmt.Sprintf("reserved bits %x of opcode %d", bits, op), CloseProtocol, join(masked(finBit|OpText, []byte("a")), masked(finBit|bits|op, []byte("b"))), text("a"))
		}
	}
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		bad(fmt.Sprintf("reserved opcode %d", op), CloseProtocol, join(masked(finBit|OpText, []byte("a")), masked(finBit|op, nil), masked(finBit|opPing, nil)), text("a"))
	}
	bad("no mask", CloseProtocol, join(masked(finBit|OpText, []byte("a")), text("b")), text("a"))

	fragment, last := func(s string) []byte { return masked(opCont, []byte(s)) }, func(s string) []byte { return masked(finBit|opCont, []byte(s)) }
	begin, ping, pong := masked(OpText, []byte("fragment1")), masked(finBit|opPing, []byte("p")), AppendFrame(nil, opPong, []byte("p"))
	bad("a ping in two frames", CloseProtocol, join(masked(opPing, []byte("f")), last("g")), nil)
	bad("a pong in two frames", CloseProtocol, join(masked(opPong, []byte("f")), last("g")), nil)
	bad("a close in two frames", CloseProtocol, join(masked(opClose, []byte{0x03, 0xe8}), last("g")), nil)
	fine("a text in two frames", join(begin, last("fragment2")), text("fragment1fragment2"))
	fine("a ping between two frames", join(begin, ping, last("fragment2")), join(pong, text("fragment1fragment2")))
	fine("pings between five frames", join(begin, fragment("2"), ping, fragment("3"), fragment("4"), ping, last("5")), join(pong, pong, text("fragment12345")))
	fine("empty frames", join(masked(OpText, nil), fragment(""), last("")), text(""))
	fine("an empty frame in the middle", join(begin, fragment(""), last("x")), text("fragment1x"))
	bad("a last frame of nothing", CloseProtocol, join(last("x"), masked(finBit|OpText, []byte("a"))), nil)
	bad("a frame of nothing", CloseProtocol, join(fragment("x"), masked(finBit|OpText, []byte("a"))), nil)
	bad("a frame after the last one", CloseProtocol, join(begin, last("2"), fragment("3")), text("fragment12"))
	bad("a text inside a text", CloseProtocol, join(begin, masked(finBit|OpText, []byte("a"))), nil)
	bad("a binary inside a text", CloseProtocol, join(begin, masked(OpBinary, []byte("a"))), nil)

	for _, s := range []string{"κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\x00", "\u007f", "\u0080", "߿", "\u0800", "\uffff", "\ufdd0", "𐀀", "\U0010ffff", "草😀"} {
		fine(fmt.Sprintf("UTF-8 %+q", s), masked(finBit|OpText, []byte(s)), text(s))
		cut := len(s) / 2 // inside a character, mostly
		fine(fmt.Sprintf("UTF-8 %+q in two frames", s), join(masked(OpText, []byte(s[:cut])), last(s[cut:])), text(s))
	}
	for _, s := range []string{"\xce\xba\xed\xa0\x80edited", "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "κόσ\xce", "\xe2\x82"} {
		bad(fmt.Sprintf("not UTF-8 %+q", s), CloseBadText, masked(finBit|OpText, []byte(s)), nil)
		bad(fmt.Sprintf("not UTF-8 %+q in two frames", s), CloseBadText, join(masked(OpText, []byte("a"+s[:1])), last(s[1:])), nil)
		fine(fmt.Sprintf("bytes %+q", s), masked(finBit|OpBinary, []byte(s)), AppendFrame(nil, OpBinary, []byte(s)))
	}

	closing := func(b ...byte) []byte { return masked(finBit|opClose, b) }
	all = append(all, exchange{"a close without a code", closing(), []byte{finBit | opClose, 0}})
	all = append(all, exchange{"what follows a close", join(masked(finBit|OpText, []byte("a")), closing(0x03, 0xe8), ping, masked(finBit|OpText, []byte("b")), closing(0x03, 0xe8)),
		join(text("a"), byeToo)})
	all = append(all, exchange{"a close inside a message", join(begin, closing(0x03, 0xe8), last("x")), byeToo})
	bad("half a code", CloseProtocol, closing(3), nil)
	bad("a reason that is not UTF-8", CloseBadText, closing(0x03, 0xe8, 0xce, 0xba, 0xed, 0xa0, 0x80), nil)
	bad("a close of 126 bytes", CloseProtocol, closing(append([]byte{0x03, 0xe8}, make([]byte, 124)...)...), nil)
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		b := []byte{byte(code >> 8), byte(code)}
		all = append(all, exchange{fmt.Sprintf("close code %d", code), closing(append(b, "bye"...)...), append([]byte{finBit | opClose, 2}, b...)})
	}
	for _, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		bad(fmt.Sprintf("close code %d", code), CloseProtocol, closing(byte(code>>8), byte(code)), nil)
	}
	return all
}

// answer is what the server of these tests says to a message: the same; of a
// long one how long it was and how it ended, for answers are not to be long.
func answer(op byte, b []byte) []byte {
	if len(b) > 1000 {
		b = fmt.Appendf(nil, "%d bytes, %q", len(b), b[len(b)-10:])
	}
	return AppendFrame(nil, op, b)
}

// carriers are the ways in which bytes reach a server.
func carriers(t *testing.T) map[string]func(t *testing.T) (server, client net.Conn) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	trusts := secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusts.ServerName = "example.com"
	return map[string]func(t *testing.T) (server, client net.Conn){
		"TCP": func(t *testing.T) (net.Conn, net.Conn) {
			s, c := pair(t)
			return s, c
		},
		"TLS": func(t *testing.T) (net.Conn, net.Conn) {
			s, c := pair(t)
			return tls.Server(s, secure.TLS.Clone()), tls.Client(c, trusts)
		},
	}
}

func TestTheRulesOfRFC6455Hold(t *testing.T) {
	carriers := carriers(t)
	serveTest(t, Options{Answer: time.Minute}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		for carrier, connect := range carriers {
			for _, x := range rules() {
				steps := []int{1 << 20, 1}
				switch {
				case len(x.send) > 10_000:
					steps[1] = 997
				case carrier == "TLS": // what comes out of it is in pieces as it went in
					steps = steps[:1]
				}
				for _, step := range steps {
					server, client := connect(t)
					sub := Subscription{Log: l, Place: l.End(), Limit: 1 << 20, Receive: func(op byte, b []byte) ([]byte, *CloseError) {
						return answer(op, b), nil
					}}
					if err := s.Add(server, sub); err != nil {
						t.Fatal(err)
					}
					client.SetDeadline(time.Now().Add(time.Minute))
					go func() {
						for b := range slices.Chunk(x.send, step) {
							if _, err := client.Write(b); err != nil {
								return // it may have closed before it has read all of what is wrong
							}
						}
					}()
					if got, err := untilClose(client); err != nil || !bytes.Equal(got, x.want) {
						t.Errorf("%s, %s, %d bytes at a time: got %d bytes %.60x and %v, want %d bytes %.60x", carrier, x.name, step, len(got), got, err, len(x.want), x.want)
					}
					client.Close()
				}
			}
		}
	})
}

// untilClose reads frames up to the close frame. Of one with a reason only the
// code is returned.
func untilClose(r io.Reader) (all []byte, err error) {
	for {
		op, b, err := readFrame(r)
		switch {
		case err != nil:
			return all, err
		case op != opClose:
			all = AppendFrame(all, op, b)
			continue
		case len(b) > 2:
			return append(append(all, finBit|opClose), b[:2]...), nil
		default:
			return AppendFrame(all, opClose, b), nil
		}
	}
}

// After its close frame the server ends the connection as soon as the client
// has answered, or had begun.
func TestTheConnectionEndsAfterTheCloseHandshake(t *testing.T) {
	carriers := carriers(t)
	serveTest(t, Options{Answer: time.Minute}, func(t *testing.T, s *Server) {
		for carrier, connect := range carriers {
			server, client := connect(t)
			if err := s.Add(server, Subscription{Log: NewLog(1 << 20)}); err != nil {
				t.Fatal(err)
			}
			client.SetDeadline(time.Now().Add(time.Minute))
			if _, err := client.Write(masked(finBit|opClose, []byte{0x03, 0xe9})); err != nil {
				t.Fatal(err)
			}
			if _, err := untilClose(client); err != nil {
				t.Fatal(carrier, err)
			}
			if n, err := io.Copy(io.Discard, client); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: %d bytes and %v instead of the end", carrier, n, err)
			}
			client.Close()
		}
	})
}
