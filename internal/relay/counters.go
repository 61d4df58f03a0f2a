package relay

import (
	"sync"
	"sync/atomic"

	"danmaku/internal/fanout"
)

// counters is what the relay counts for /metrics.
type counters struct {
	skipped atomic.Uint64 // messages that slow subscribers missed
	lags    atomic.Uint64 // times that one was moved on
	mu      sync.Mutex
	endings map[fanout.Ending]uint64
}

func (c *counters) lagged(messages uint64) {
	c.lags.Add(1)
	c.skipped.Add(messages)
}

func (c *counters) ended(why fanout.Ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endings == nil {
		c.endings = map[fanout.Ending]uint64{}
	}
	c.endings[why]++
}
