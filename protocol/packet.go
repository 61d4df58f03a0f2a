// Package protocol reads and writes the packets of the comment socket: a
// 16-byte header and a body. It knows nothing of compression, of the network
// or of what a command means.
//
// The wire facts are those of docs/protocol.md: all numbers big-endian, the
// packet length counts the header, one WebSocket message may hold several
// packets back to back.
package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderSize is the length of the header this package writes, and the
// smallest it accepts.
const HeaderSize = 16

// Version says how the body of a packet is to be read.
type Version uint16

// The versions in use. A client meets all of them whatever it asked for.
const (
	Plain   Version = 0 // one JSON document
	Control Version = 1 // a body of its own: auth, heartbeats
	Zlib    Version = 2 // a bundle: a zlib stream of packets
	Brotli  Version = 3 // a bundle: a brotli stream of packets
)

func (v Version) String() string {
	switch v {
	case Plain:
		return "plain"
	case Control:
		return "control"
	case Zlib:
		return "zlib"
	case Brotli:
		return "brotli"
	}
	return fmt.Sprintf("version %d", uint16(v))
}

// Op is what a packet is for. Decide by Op and never by Version alone: the
// auth reply was seen with versions 0 and 1.
type Op uint32

// The operations a room client sends (up) and meets (down).
const (
	OpHeartbeat      Op = 2 // up
	OpHeartbeatReply Op = 3 // down: popularity, an obsolete number
	OpCommand        Op = 5 // down: a command, or a bundle of them
	OpAuth           Op = 7 // up, the first packet, within five seconds
	OpAuthReply      Op = 8 // down
)

func (o Op) String() string {
	switch o {
	case OpHeartbeat:
		return "heartbeat"
	case OpHeartbeatReply:
		return "heartbeat reply"
	case OpCommand:
		return "command"
	case OpAuth:
		return "auth"
	case OpAuthReply:
		return "auth reply"
	}
	return fmt.Sprintf("operation %d", uint32(o))
}

// Packet is one packet.
type Packet struct {
	Version Version
	Op      Op
	Seq     uint32 // clients send 1; carries no information
	Body    []byte // as given to Next: shares its memory
}

// ErrShort is found (errors.Is) in the error of a packet that is cut off.
var ErrShort = errors.New("packet is cut off")

// FormatError says which header field cannot be true.
type FormatError struct {
	Field  string // "header", "packet length" or "header length"
	Offset int    // of the field, counted from the start of the packet
	Value  uint32 // what it says; for "header" the bytes needed
	Have   int    // how many bytes there are from the start of the packet
}

func (e *FormatError) Error() string {
	switch {
	case e.Field == "header":
		return fmt.Sprintf("protocol: %d bytes are too few for a header of %d", e.Have, e.Value)
	case e.short():
		return fmt.Sprintf("protocol: %s %d at byte %d, but only %d bytes are there", e.Field, e.Value, e.Offset, e.Have)
	}
	return fmt.Sprintf("protocol: %s %d at byte %d is too small", e.Field, e.Value, e.Offset)
}

func (e *FormatError) short() bool { return uint64(e.Value) > uint64(e.Have) }

// Is makes errors.Is(err, ErrShort) tell a cut packet from a senseless one.
func (e *FormatError) Is(target error) bool { return target == ErrShort && e.short() }

// Next reads the packet at the start of b and returns what follows it. It
// never panics; with an error (always a *FormatError) rest is b, because there
// is no way to find the next packet.
//
// A heartbeat reply is read by its own rule: its body is the 4 bytes after the
// header, and what comes then is an echo of the heartbeat that the packet
// length does not count. The echo is dropped; only something that is itself a
// whole packet stays in rest.
func Next(b []byte) (p Packet, rest []byte, err error) {
	if len(b) < HeaderSize {
		return Packet{}, b, &FormatError{Field: "header", Value: HeaderSize, Have: len(b)}
	}
	size := binary.BigEndian.Uint32(b)
	head := uint32(binary.BigEndian.Uint16(b[4:]))
	p = Packet{
		Version: Version(binary.BigEndian.Uint16(b[6:])),
		Op:      Op(binary.BigEndian.Uint32(b[8:])),
		Seq:     binary.BigEndian.Uint32(b[12:]),
	}
	switch {
	case head < HeaderSize:
		return Packet{}, b, &FormatError{Field: "header length", Offset: 4, Value: head, Have: len(b)}
	case size < head:
		return Packet{}, b, &FormatError{Field: "packet length", Value: size, Have: len(b)}
	}
	if p.Op == OpHeartbeatReply {
		end := uint64(head) + 4
		if end > uint64(len(b)) {
			return Packet{}, b, &FormatError{Field: "packet length", Value: uint32(end), Have: len(b)}
		}
		p.Body, rest = b[head:end:end], b[end:]
		if !startsPacket(rest) {
			rest = nil
		}
		return p, rest, nil
	}
	if uint64(size) > uint64(len(b)) {
		return Packet{}, b, &FormatError{Field: "packet length", Value: size, Have: len(b)}
	}
	p.Body = b[head:size:size]
	return p, b[size:], nil
}

// startsPacket reports whether b begins with a packet a server would send.
// The echoes known ("", "{}", "[object Object]") are shorter than a header.
func startsPacket(b []byte) bool {
	if len(b) < HeaderSize {
		return false
	}
	size := binary.BigEndian.Uint32(b)
	return binary.BigEndian.Uint16(b[4:]) == HeaderSize && size >= HeaderSize && uint64(size) <= uint64(len(b)) &&
		binary.BigEndian.Uint16(b[6:]) <= uint16(Brotli)
}

// Append writes p to the end of dst and returns the result. Version, Op, Seq
// and Body are written as they are; the body may be nil.
func Append(dst []byte, p Packet) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(HeaderSize+len(p.Body)))
	dst = binary.BigEndian.AppendUint16(dst, HeaderSize)
	dst = binary.BigEndian.AppendUint16(dst, uint16(p.Version))
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.Op))
	dst = binary.BigEndian.AppendUint32(dst, p.Seq)
	return append(dst, p.Body...)
}
