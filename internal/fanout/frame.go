package fanout

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Opcodes of RFC 6455 section 5.2.
const (
	OpText   byte = 1
	OpBinary byte = 2
	opCont   byte = 0
	opClose  byte = 8
	opPing   byte = 9
	opPong   byte = 10

	finBit  = 0x80
	rsv1Bit = 0x40 // a compressed message, RFC 7692
	maskBit = 0x80
)

// Close codes of RFC 6455 section 7.4.1 and our own.
const (
	CloseNormal      = 1000
	CloseGoingAway   = 1001 // shutting down: come back
	CloseProtocol    = 1002
	CloseUnsupported = 1003
	CloseBadText     = 1007
	CloseRefused     = 1008 // do not come back
	CloseTooBig      = 1009
	CloseTooSlow     = 4000 // come back with after=
)

// CloseError is the code and reason that a connection is closed with.
type CloseError struct {
	Code   int
	Reason string // at most 123 bytes of UTF-8
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("fanout: close %d: %s", e.Code, e.Reason)
}

// HeaderSize is the length of the header of a server frame with a payload of
// n bytes.
func HeaderSize(n int) int {
	switch {
	case n < 126:
		return 2
	case n < 1<<16:
		return 4
	}
	return 10
}

// AppendHeader appends the header of one whole unmasked message.
func AppendHeader(dst []byte, op byte, n int) []byte { return appendHeader(dst, finBit|op, n) }

// AppendHeaderDeflated is AppendHeader for a payload compressed by RFC 7692.
func AppendHeaderDeflated(dst []byte, op byte, n int) []byte {
	return appendHeader(dst, finBit|rsv1Bit|op, n)
}

func appendHeader(dst []byte, first byte, n int) []byte {
	switch {
	case n < 126:
		return append(dst, first, byte(n))
	case n < 1<<16:
		return append(dst, first, 126, byte(n>>8), byte(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(n))
}

// AppendFrame appends one whole message.
func AppendFrame(dst []byte, op byte, payload []byte) []byte {
	return append(AppendHeader(dst, op, len(payload)), payload...)
}

// appendClose appends a close frame; code 0 makes one without a code.
func appendClose(dst []byte, code int, reason string) []byte {
	if code == 0 {
		return AppendHeader(dst, opClose, 0)
	}
	for len(reason) > 123 {
		_, n := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-n]
	}
	dst = AppendHeader(dst, opClose, 2+len(reason))
	return append(append(dst, byte(code>>8), byte(code)), reason...)
}

// frameReader takes apart what a client sends, in pieces of any size. It
// follows RFC 6455 section 5 to the letter for a server: an unmasked frame, a
// reserved bit, an unknown opcode, a wrong fragment or a bad control frame
// ends the connection.
type frameReader struct {
	limit    int  // bytes of a data message
	deflated bool // RFC 7692 was agreed: the first frame of a message may set RSV1

	head   []byte // incomplete header
	inside bool   // in a payload
	first  byte   // first byte of the current frame
	left   uint64 // payload bytes to come
	mask   [4]byte
	turn   int // which byte of the mask is next

	op         byte   // of the message being read; 0: none
	compressed bool   // RSV1 of its first frame
	message    []byte // payload of its frames so far
	control    []byte // payload of the control frame being read
}

// received is called with each control frame and each whole data message; the
// payload is only valid during the call. It returns the error to close with.
type received func(op byte, payload []byte) *CloseError

// feed takes the next bytes, which it may change. After an error it must not be
// called again.
func (r *frameReader) feed(b []byte, got received) *CloseError {
	for {
		if !r.inside {
			var err *CloseError
			if b, err = r.header(b); err != nil || !r.inside {
				return err
			}
		}
		n := min(uint64(len(b)), r.left)
		piece := b[:n]
		b = b[n:]
		r.left -= n
		for i := range piece {
			piece[i] ^= r.mask[(r.turn+i)&3]
		}
		r.turn = (r.turn + int(n)) & 3
		if r.first&0xf >= opClose {
			r.control = append(r.control, piece...)
		} else {
			r.message = append(r.message, piece...)
		}
		if r.left > 0 {
			return nil
		}
		r.inside = false
		if err := r.whole(got); err != nil {
			return err
		}
	}
}

// header reads a frame's header; it is incomplete when r.inside stays false.
func (r *frameReader) header(b []byte) ([]byte, *CloseError) {
	for need := 2; ; {
		if len(r.head) >= 2 {
			if need = 6; r.head[1]&127 == 126 {
				need = 8
			} else if r.head[1]&127 == 127 {
				need = 14
			}
		}
		n := min(need-len(r.head), len(b))
		r.head = append(r.head, b[:n]...)
		b = b[n:]
		if len(r.head) < need {
			return b, nil
		}
		if need > 2 {
			break
		}
		if err := r.check(r.head[0], r.head[1]); err != nil {
			return b, err
		}
	}
	h := r.head
	switch size := uint64(h[1] & 127); size {
	case 126:
		r.left = uint64(binary.BigEndian.Uint16(h[2:]))
	case 127:
		r.left = binary.BigEndian.Uint64(h[2:])
	default:
		r.left = size
	}
	copy(r.mask[:], h[len(h)-4:])
	r.turn, r.inside, r.first = 0, true, h[0]
	r.head = nil
	if r.first&0xf < opClose && (r.left > uint64(r.limit) || int(r.left)+len(r.message) > r.limit) {
		return b, &CloseError{CloseTooBig, fmt.Sprintf("messages to this address are limited to %d bytes", r.limit)}
	}
	return b, nil
}

// check looks at the first two bytes of a frame.
func (r *frameReader) check(b0, b1 byte) *CloseError {
	op := b0 & 0xf
	switch {
	case b1&maskBit == 0:
		return &CloseError{CloseProtocol, "a client's frames must be masked"}
	case b0&0x30 != 0, b0&rsv1Bit != 0 && (!r.deflated || op != OpText && op != OpBinary):
		return &CloseError{CloseProtocol, "a reserved bit is set"}
	case op > opPong, op > OpBinary && op < opClose:
		return &CloseError{CloseProtocol, "unknown opcode"}
	case op >= opClose && (b0&finBit == 0 || b1&127 > 125):
		return &CloseError{CloseProtocol, "a control frame is fragmented or longer than 125 bytes"}
	case op == opCont && r.op == 0:
		return &CloseError{CloseProtocol, "a continuation without a message"}
	case (op == OpText || op == OpBinary) && r.op != 0:
		return &CloseError{CloseProtocol, "a new message inside a fragmented one"}
	}
	if op == OpText || op == OpBinary {
		r.op, r.compressed = op, b0&rsv1Bit != 0
	}
	return nil
}

// whole is called at the end of each frame.
func (r *frameReader) whole(got received) *CloseError {
	op := r.first & 0xf
	if op >= opClose {
		p := r.control
		r.control = nil
		if op == opClose {
			if err := checkClose(p); err != nil {
				return err
			}
		}
		return got(op, p)
	}
	if r.first&finBit == 0 {
		return nil
	}
	op, p := r.op, r.message
	r.op, r.message = 0, nil
	if op == OpText && !r.compressed && !utf8.Valid(p) {
		return &CloseError{CloseBadText, "a text message is not UTF-8"}
	}
	return got(op, p)
}

// checkClose judges the payload of a client's close frame.
func checkClose(p []byte) *CloseError {
	if len(p) == 0 {
		return nil
	}
	if len(p) == 1 {
		return &CloseError{CloseProtocol, "a close frame with half a code"}
	}
	switch code := int(binary.BigEndian.Uint16(p)); {
	case code < 1000, code >= 1004 && code <= 1006, code >= 1015 && code < 3000, code >= 5000:
		return &CloseError{CloseProtocol, "a close code that must not be sent"}
	}
	if !utf8.Valid(p[2:]) {
		return &CloseError{CloseBadText, "the reason of a close frame is not UTF-8"}
	}
	return nil
}

// idle reports whether the reader is between messages, so that it can be
// forgotten.
func (r *frameReader) idle() bool {
	return !r.inside && len(r.head) == 0 && r.op == 0
}
