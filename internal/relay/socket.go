package relay

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"

	"danmaku/internal/fanout"
)

// upgrade does the WebSocket handshake and gives the bare connection. On an
// error the answer has been written.
func (r *Relay) upgrade(w http.ResponseWriter, req *http.Request, deflate bool, protocol string) (net.Conn, error) {
	up := websocket.Upgrader{
		ReadBufferSize: 256, WriteBufferSize: 256,
		EnableCompression: deflate,
		CheckOrigin:       func(*http.Request) bool { return true }, // judged before, with a better answer
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			writeProblem(w, &problem{status, "bad_handshake", reason.Error(), "connect with a WebSocket client of RFC 6455"})
		},
	}
	var header http.Header
	if protocol != "" {
		header = http.Header{"Sec-Websocket-Protocol": {protocol}}
	}
	// What the middleware prepared for an ordinary answer does not belong here.
	c, err := up.Upgrade(w, req, header)
	if err != nil {
		return nil, err
	}
	return c.NetConn(), nil
}

// offersDeflate reports whether a client accepts permessage-deflate as we do
// it: without context takeover and with the full window.
func offersDeflate(req *http.Request) bool {
	for _, h := range req.Header.Values("Sec-WebSocket-Extensions") {
		for offer := range strings.SplitSeq(h, ",") {
			name, params, _ := strings.Cut(offer, ";")
			if strings.TrimSpace(name) == "permessage-deflate" {
				// The upgrade answers the first offer: one that limits our window
				// must be declined, and another offer may not be picked instead.
				return !strings.Contains(params, "server_max_window_bits")
			}
		}
	}
	return false
}

// loopback reports whether the peer is on this machine, where compression only
// costs.
func loopback(req *http.Request) bool {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		return true // not TCP
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// socket subscribes a WebSocket.
func (r *Relay) socket(w http.ResponseWriter, req *http.Request, sel selection, after int64, refused *problem) {
	leave, p := r.admit(req)
	if p != nil {
		writeProblem(w, p)
		return
	}
	deflate := offersDeflate(req) && !loopback(req)
	conn, err := r.upgrade(w, req, deflate, r.protocolOf(req))
	if err != nil {
		leave()
		return
	}
	if deflate {
		sel.format = formatDeflate
	}
	f, place, seq := r.feeds.join(sel)
	sub := r.subscription(f, place, seq, after, leave)
	if refused != nil {
		sub.Older = nil
		sub.Close = &fanout.CloseError{Code: fanout.CloseRefused, Reason: refused.Message}
	}
	sub.Deflated = deflate
	if err := r.sockets.Add(conn, sub); err != nil {
		leave()
		r.feeds.leave(f)
		r.log.Debug("subscriber not taken", "err", err)
	}
}

// subscription is what a subscriber of a feed is sent from a place on.
func (r *Relay) subscription(f *feed, place fanout.Place, seq, after int64, leave func()) fanout.Subscription {
	sub := fanout.Subscription{
		Log: f.log, Place: place,
		First: f.format.append(nil, r.hello(seq), new(deflater)),
		Lagged: func(m fanout.Missed) []byte {
			r.count.lagged(m.Frames)
			return f.format.append(nil, laggedMessage(m), new(deflater))
		},
		Closed: func(why fanout.Ending) {
			leave()
			r.feeds.leave(f)
			r.count.ended(why)
		},
	}
	if after != afterNone {
		sub.Older = (&catchUp{r: r, feed: f, after: after, place: place}).next
		sub.Behind = func(m fanout.Missed) func(context.Context) (fanout.Older, error) {
			if !r.complete(after, m) {
				return nil
			}
			return (&catchUp{r: r, feed: f, after: m.From - 1, place: m.Next, loose: m.Loose}).next
		}
	}
	return sub
}

// complete reports whether a subscriber that fell behind the log is to get what
// it missed from the archive: it asked for everything after a position, and the
// archive has it.
func (r *Relay) complete(after int64, m fanout.Missed) bool {
	return after != afterNone && r.config.History != nil && m.From > 0
}
