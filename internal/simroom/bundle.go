package simroom

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"sync"

	"danmaku/protocol"

	"github.com/andybalholm/brotli"
	"github.com/andybalholm/brotli/matchfinder"
	"github.com/gorilla/websocket"
)

// message is one WebSocket message of a room. It is made once and shared by
// all connections: each encoding is made when the first connection needs it.
type message struct {
	plain [views][]byte // packets of version 0, one after the other
	count [views]int    // how many
	// tail is where the packets begin that follow the bundle as packets of
	// their own in the same message; len(plain) when there are none.
	tail [views]int
	// verbatim is a recorded message as it was, by the version of its packet.
	verbatim map[protocol.Version][]byte
	frames   [views][4]frame
	encoders *encoders
}

type frame struct {
	once     sync.Once
	prepared *websocket.PreparedMessage
	err      error
}

// add appends a command to what a view gets to see.
func (m *message) add(v view, command []byte) {
	m.plain[v] = protocol.Append(m.plain[v], protocol.Packet{Op: protocol.OpCommand, Body: command})
	m.count[v]++
	m.tail[v] = len(m.plain[v])
}

// frame gives the message for a connection that asked for a version; nil when
// there is nothing in it for this view.
func (m *message) frame(v view, ask protocol.Version) (*websocket.PreparedMessage, error) {
	if m.count[v] == 0 && m.verbatim == nil {
		return nil, nil
	}
	f := &m.frames[v][ask]
	f.once.Do(func() {
		var b []byte
		if b, f.err = m.encode(v, ask); f.err == nil {
			f.prepared, f.err = websocket.NewPreparedMessage(websocket.BinaryMessage, b)
		}
	})
	return f.prepared, f.err
}

// encode writes the packets as a server does that was asked for a version:
// bundles compressed, a single short command as it is.
func (m *message) encode(v view, ask protocol.Version) ([]byte, error) {
	if b, ok := m.verbatim[ask]; ok && v == web {
		return b, nil
	}
	head, tail := m.plain[v][:m.tail[v]], m.plain[v][m.tail[v]:]
	if ask != protocol.Zlib && ask != protocol.Brotli || m.count[v] == 1 && len(head) < 1000 {
		return m.plain[v], nil
	}
	body, err := m.encoders.compress(ask, head)
	if err != nil {
		return nil, err
	}
	return append(protocol.Append(nil, protocol.Packet{Version: ask, Op: protocol.OpCommand, Body: body}), tail...), nil
}

// encoders keeps compressors for reuse: making one costs more than a bundle.
type encoders struct{ brotli, zlib sync.Pool }

func newEncoders() *encoders {
	e := &encoders{}
	e.brotli.New = func() any { return brotli.NewWriterV2(io.Discard, 2) }
	e.zlib.New = func() any { w, _ := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed); return w }
	return e
}

func (e *encoders) compress(v protocol.Version, plain []byte) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch v {
	case protocol.Zlib:
		w := e.zlib.Get().(*zlib.Writer)
		defer e.zlib.Put(w)
		w.Reset(&out)
		if _, err = w.Write(plain); err == nil {
			err = w.Close()
		}
	case protocol.Brotli:
		w := e.brotli.Get().(*matchfinder.Writer)
		defer e.brotli.Put(w)
		w.Reset(&out)
		if _, err = w.Write(plain); err == nil {
			err = w.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("simroom: compress a bundle: %w", err)
	}
	return out.Bytes(), nil
}
