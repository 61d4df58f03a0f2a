package relay

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/klauspost/compress/flate"

	"danmaku/event"
	"danmaku/internal/fanout"
)

// format is how a message looks on one way to subscribe.
type format uint8

const (
	formatText    format = iota // a WebSocket text message
	formatDeflate               // the same, compressed by RFC 7692
	formatSSE                   // text/event-stream
	formatLines                 // application/x-ndjson
)

// message is one thing to tell subscribers, encoded at most once for all.
type message struct {
	name string // "": an event; else the name of the notice: gap, lagged, status, hello
	seq  int64
	json []byte

	deflated []byte // cached; nil: not yet
}

// compressFrom is the size from which compressing a message is worth it.
const compressFrom = 200

// append writes a message in a format.
func (f format) append(dst []byte, m *message, z *deflater) []byte {
	switch f {
	case formatSSE:
		if m.name != "" {
			dst = append(append(append(dst, "event: "...), m.name...), '\n')
		}
		if m.seq != 0 {
			dst = append(strconv.AppendInt(append(dst, "id: "...), m.seq, 10), '\n')
		}
		return append(append(append(dst, "data: "...), m.json...), "\n\n"...)
	case formatLines:
		return append(append(dst, m.json...), '\n')
	case formatDeflate:
		if len(m.json) >= compressFrom {
			if m.deflated == nil {
				m.deflated = z.deflate(m.deflated, m.json)
			}
			dst = fanout.AppendHeaderDeflated(dst, fanout.OpText, len(m.deflated))
			return append(dst, m.deflated...)
		}
	}
	return fanout.AppendFrame(dst, fanout.OpText, m.json)
}

// deflater compresses single messages as RFC 7692 wants them without context
// takeover. It is not for concurrent use.
type deflater struct {
	w   *flate.Writer
	buf bytes.Buffer
}

func (z *deflater) deflate(dst, p []byte) []byte {
	z.buf.Reset()
	if z.w == nil {
		z.w, _ = flate.NewWriter(&z.buf, 3) // 3 is a valid level
	} else {
		z.w.Reset(&z.buf)
	}
	_, _ = z.w.Write(p) // a bytes.Buffer takes everything
	_ = z.w.Flush()
	return append(dst, bytes.TrimSuffix(z.buf.Bytes(), []byte{0, 0, 0xff, 0xff})...)
}

func notice(name string, v any) *message {
	b, err := json.Marshal(map[string]any{name: v})
	if err != nil {
		b = []byte(`{}`) // our own types always marshal
	}
	return &message{name: name, json: b}
}

// hello is the first message: what the subscriber must know to come back.
type hello struct {
	Version int    `json:"version"`
	Archive string `json:"archive"`
	Seq     int64  `json:"seq"`
}

// lagged tells a subscriber what it missed by its own slowness.
type lagged struct {
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Messages uint64 `json:"messages"` // how many messages were left out
}

func laggedMessage(m fanout.Missed) *message {
	return notice("lagged", lagged{m.From, m.To, m.Frames})
}

func gapMessage(g *event.Gap) *message { return notice("gap", g) }

// retryReason is the closing message of a stopping relay: a hint that spreads
// those who come back over some seconds.
func retryReason() *fanout.CloseError {
	return &fanout.CloseError{Code: fanout.CloseGoingAway, Reason: "shutting down; retry in " + retryHint().String()}
}

func retryHint() time.Duration {
	return 500*time.Millisecond + rand.N(2500*time.Millisecond).Round(time.Millisecond)
}
