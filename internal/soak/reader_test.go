//go:build linux

package soak

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

// position reads the seq that an event begins with; 0: it is a notice.
func position(message []byte) int64 {
	rest, ok := bytes.CutPrefix(message, []byte(`{"seq":`))
	if !ok {
		return 0
	}
	n, _, _ := bytes.Cut(rest, []byte{','})
	seq, _ := strconv.ParseInt(string(n), 10, 64)
	return seq
}

// follow reads a relay's feed until take returns false, ctx ends or the
// connection breaks. Then the connection is dropped without a word, as by a
// reader that was killed.
func follow(ctx context.Context, base, query string, take func(message []byte) bool) error {
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(base, "http")+"/v1/events"+query, nil)
	if err != nil {
		return err
	}
	defer ws.NetConn().Close()
	defer context.AfterFunc(ctx, func() { ws.NetConn().Close() })()
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		if !take(b) {
			return nil
		}
	}
}
