package relay

import "danmaku/internal/hub"

// nativeFeeds are the logs of the platform's own protocol.
type nativeFeeds struct{}

func (n *nativeFeeds) bundle(*feeds, *hub.Bundle) {}
