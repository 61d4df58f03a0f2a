package exchange

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"danmaku/event"
)

// contentKeys makes keys for events whose file has no identity of theirs: a
// hash of what happened, and the how-manieth of its like it is, because people
// do write the same twice. Only so many recent events are remembered, in two
// generations; the result depends on the file alone.
type contentKeys struct {
	recent, older map[[12]byte]uint32
	buf           []byte
}

// anonymous begins the keys made here.
const anonymous = "import:"

// Anonymous reports whether an event with this key comes from a file that had no
// identity of it: the same event has another key elsewhere.
func Anonymous(key string) bool { return key == "" || strings.HasPrefix(key, anonymous) }

const contentGeneration = 1 << 16

func newContentKeys() *contentKeys {
	return &contentKeys{recent: map[[12]byte]uint32{}}
}

// key gives the key of e; at is its time as exactly as the file has it.
func (c *contentKeys) key(e *event.Event, at event.Millis) string {
	b := c.buf[:0]
	b = binary.BigEndian.AppendUint64(b, uint64(e.Room))
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = appendHashed(b, string(e.Kind))
	if u := e.User; u != nil {
		if u.ID != "" {
			b = appendHashed(b, u.ID)
		} else {
			b = appendHashed(appendHashed(b, ""), u.Name)
		}
	}
	switch {
	case e.Comment != nil:
		b = appendHashed(b, e.Comment.Text)
	case e.Gift != nil:
		b = appendHashed(b, e.Gift.Name)
		b = binary.BigEndian.AppendUint64(b, uint64(e.Gift.Count))
	case e.SuperChat != nil:
		b = appendHashed(b, e.SuperChat.Text)
		b = binary.BigEndian.AppendUint64(b, uint64(e.SuperChat.Price))
	case e.Guard != nil:
		b = binary.BigEndian.AppendUint64(b, uint64(e.Guard.Level))
		b = binary.BigEndian.AppendUint64(b, uint64(e.Guard.Count))
	case e.Raw != nil:
		b = append(appendHashed(b, e.Cmd), e.Raw...)
	default:
		b = append(b, detailJSON(e)...)
	}
	c.buf = b
	sum := sha256.Sum256(b)
	id := [12]byte(sum[:12])
	nth, ok := c.recent[id]
	if !ok {
		nth = c.older[id]
	}
	if !ok && len(c.recent) >= contentGeneration {
		c.older, c.recent = c.recent, map[[12]byte]uint32{}
	}
	c.recent[id] = nth + 1
	if nth > 0 {
		b = binary.BigEndian.AppendUint32(b, nth)
		c.buf = b
		sum = sha256.Sum256(b)
	}
	return anonymous + hex.EncodeToString(sum[:12])
}

// appendHashed appends text with its length, so that no two sequences of texts
// give the same bytes.
func appendHashed(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
