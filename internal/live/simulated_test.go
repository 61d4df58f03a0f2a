package live

import (
	"context"
	"net/http"
	"testing"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

// simulated is a session in the demo's room of a simulated platform.
func simulated(t *testing.T, pipe *simroom.Pipe) *session {
	t.Helper()
	client, err := bilibili.New(bilibili.Config{Upstream: "http://platform.test:80", Transport: &http.Transport{DialContext: pipe.Dial, DisableKeepAlives: true}})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, &hosts{}, func(c *Config) {
		c.Room, c.Dial, c.Lookup = 520, pipe.Dial, client.Room
		c.Resolve = func(ctx context.Context, room event.RoomID) (Endpoint, error) {
			e, err := client.Endpoint(ctx, room)
			return Endpoint(e), err
		}
	})
}
