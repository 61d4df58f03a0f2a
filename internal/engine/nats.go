package engine

import (
	"context"
	"time"

	"danmaku/internal/natsbus"
)

// newBus makes what publishes every event to the configured NATS server.
func (e *Engine) newBus() (*natsbus.Bus, error) {
	c := natsbus.Config{URL: e.config.NATS, Hub: e.Hub, Log: e.config.Log}
	if e.Archive != nil {
		c.Query, c.Archive = e.Archive.Query, e.Archive.ID()
	}
	return natsbus.New(c)
}

// busGrace is how long the NATS server may take for the last events when the
// program ends.
const busGrace = 5 * time.Second

// publish starts the bus, if there is one, and returns what ends it: once the
// hub is closed and all is told, or after a grace.
func (e *Engine) publish(ctx context.Context) (finish func()) {
	if e.bus == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- e.bus.Run(ctx) }()
	return func() {
		e.Hub.Close()
		defer time.AfterFunc(busGrace, cancel).Stop()
		if err := <-ended; err != nil {
			e.config.Log.Error("nothing is published to the NATS server", "err", err)
		}
		cancel()
	}
}
