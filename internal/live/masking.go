package live

import (
	"math/bits"

	"danmaku/event"
)

// masking notices that the platform hides names: it says so itself soon after
// the authentication of the anonymous (LOG_IN_NOTICE, protocol.md 2.5), or the
// names tell. Some rooms are exempt, and the first minutes may be unmasked.
type masking struct {
	on   bool
	last uint16 // of the last 16 events with a user, which were masked
	seen int
}

func (m *masking) see(e *event.Event) {
	if e.Cmd == "LOG_IN_NOTICE" {
		m.on = true
		return
	}
	if e.User == nil || e.User.Name == "" && e.User.ID == "" {
		return
	}
	m.last <<= 1
	if e.User.Masked {
		m.last |= 1
	}
	m.seen = min(m.seen+1, 16)
	masked := bits.OnesCount16(m.last)
	switch {
	case masked >= 3 && 2*masked >= m.seen:
		m.on = true
	case masked == 0 && m.seen == 16:
		m.on = false // names are shown after all
	}
}
