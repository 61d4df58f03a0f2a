package exchange

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"danmaku/event"
)

// A packet's header: length of all (4), of the header (2), version (2),
// operation (4), sequence (4), big-endian.
const packetHeader = 16

// isFrames: a 4-byte length before each WebSocket message, or the bare packets
// of one message after the other.
func isFrames(head []byte) bool {
	return lengthPrefixed(head) || packetStart(head)
}

func lengthPrefixed(b []byte) bool {
	if len(b) < 4+packetHeader {
		return false
	}
	n := binary.BigEndian.Uint32(b)
	return n >= packetHeader && n <= maxLine && packetStart(b[4:]) && binary.BigEndian.Uint32(b[4:]) <= n
}

func packetStart(b []byte) bool {
	if len(b) < packetHeader {
		return false
	}
	n, header, version := binary.BigEndian.Uint32(b), binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:])
	return n >= packetHeader && n <= maxLine && header == packetHeader && version <= 3
}

// readFrames reads messages as they came from the socket.
func readFrames(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		if o.Message == nil {
			yield(event.Event{}, fmt.Errorf("exchange: %w", ErrNoDecoder))
			return
		}
		head, _ := in.Peek(4 + packetHeader)
		prefixed := lengthPrefixed(head)
		var events []event.Event
		var message []byte
		clock := o.Start
		for n := int64(1); ; n++ {
			var err error
			message, err = nextFrame(in, message[:0], prefixed)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				// There is no finding the next frame without the length of this one.
				yield(event.Event{}, &Unread{Item: n, Err: err})
				return
			}
			events, err = o.Message(events[:0], o.Room, clock, message)
			if err != nil && !yield(event.Event{}, &Unread{Item: n, Err: err}) {
				return
			}
			for _, e := range events {
				if e.At != 0 {
					clock = e.At
				}
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// nextFrame reads one message into dst. io.EOF: none follows.
func nextFrame(in *bufio.Reader, dst []byte, prefixed bool) ([]byte, error) {
	head, err := in.Peek(4)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return dst, io.EOF
	}
	if err != nil {
		return dst, errCutOff
	}
	size := int64(binary.BigEndian.Uint32(head))
	if prefixed {
		_, _ = in.Discard(4) // it is buffered
	}
	if size < packetHeader || size > maxLine {
		return dst, fmt.Errorf("a frame of %d bytes; what follows was not read", size)
	}
	// Grown as the bytes come: the length may be a lie.
	for int64(len(dst)) < size {
		part, err := in.Peek(int(min(size-int64(len(dst)), headSize)))
		dst = append(dst, part...)
		_, _ = in.Discard(len(part)) // it is buffered
		if err != nil && int64(len(dst)) < size {
			return dst, errCutOff
		}
	}
	return dst, nil
}
