package simroom

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"danmaku/protocol"

	"github.com/andybalholm/brotli"
)

// frameStep is between recorded messages, of which no time is known.
const frameStep = 500 * time.Millisecond

// readFrames reads WebSocket messages with 4 bytes of length before each.
func readFrames(b *bufio.Reader, yield yielder) error {
	for n := 0; ; n++ {
		var size [4]byte
		if _, err := io.ReadFull(b, size[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("frame %d: %w", n+1, err)
		}
		length := binary.BigEndian.Uint32(size[:])
		if length > maxFrame {
			return fmt.Errorf("frame %d: %d bytes are too many", n+1, length)
		}
		var m bytes.Buffer // grows with what is there, not with what is promised
		if _, err := io.CopyN(&m, b, int64(length)); err != nil {
			return fmt.Errorf("frame %d: %w", n+1, io.ErrUnexpectedEOF)
		}
		if !yield(recorded{at: time.Duration(n) * frameStep, message: m.Bytes()}, nil) {
			return errEnough
		}
	}
}

// readPackets reads packets that follow each other; each is one message.
func readPackets(b *bufio.Reader, yield yielder) error {
	all, err := io.ReadAll(io.LimitReader(b, maxFrame))
	if err != nil {
		return err
	}
	for n := 0; len(all) > 0; n++ {
		_, rest, err := protocol.Next(all)
		if err != nil {
			return fmt.Errorf("packet %d: %w", n+1, err)
		}
		if !yield(recorded{at: time.Duration(n) * frameStep, message: all[:len(all)-len(rest)]}, nil) {
			return errEnough
		}
		all = rest
	}
	return nil
}

// unpack walks a recorded message down to its commands and the popularity.
func unpack(b []byte, depth int, each func(command []byte), popularity func(uint32)) (first protocol.Version, err error) {
	for n := 0; len(b) > 0; n++ {
		p, rest, err := protocol.Next(b)
		if err != nil {
			return first, err
		}
		b = rest
		if n == 0 {
			first = p.Version
		}
		switch {
		case p.Op == protocol.OpHeartbeatReply:
			if v, err := protocol.ParseHeartbeatReply(p.Body); err == nil {
				popularity(v)
			}
		case p.Op != protocol.OpCommand || len(p.Body) == 0:
		case p.Version == protocol.Zlib || p.Version == protocol.Brotli:
			if depth == 0 {
				return first, errors.New("bundles inside of bundles")
			}
			plain, err := decompress(p.Version, p.Body)
			if err != nil {
				return first, err
			}
			if _, err := unpack(plain, depth-1, each, popularity); err != nil {
				return first, err
			}
		default:
			each(p.Body)
		}
	}
	return first, nil
}

func decompress(v protocol.Version, body []byte) ([]byte, error) {
	var r io.Reader = brotli.NewReader(bytes.NewReader(body))
	if v == protocol.Zlib {
		z, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("unpack a bundle: %w", err)
		}
		r = z
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxFrame+1))
	if err != nil {
		return nil, fmt.Errorf("unpack a bundle: %w", err)
	}
	if len(plain) > maxFrame {
		return nil, fmt.Errorf("a bundle unpacks to more than %d MB", maxFrame>>20)
	}
	return plain, nil
}

// commandName finds the name of a command, up to the first colon, and the
// type of an arrival.
func commandName(raw []byte) (name string, msgType int, ok bool) {
	const start = `{"cmd":"`
	if bytes.HasPrefix(raw, []byte(start)) {
		if i := bytes.IndexByte(raw[len(start):], '"'); i > 0 {
			name = string(raw[len(start) : len(start)+i])
		}
	}
	if name == "" || strings.Contains(name, `\`) || strings.HasPrefix(name, "INTERACT_WORD") {
		var c struct {
			Cmd  string          `json:"cmd"`
			Data json.RawMessage `json:"data"`
		}
		if json.Unmarshal(raw, &c) != nil || c.Cmd == "" {
			return "", 0, false
		}
		var d struct {
			MsgType int `json:"msg_type"`
		}
		if json.Unmarshal(c.Data, &d) == nil {
			msgType = d.MsgType
		}
		name = c.Cmd
	}
	name, _, _ = strings.Cut(name, ":")
	return name, msgType, true
}
