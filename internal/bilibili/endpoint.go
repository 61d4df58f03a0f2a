package bilibili

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// fallbackHost is what every client uses when the list of servers is missing
// (protocol.md 1).
const fallbackHost = "broadcastlv.chat.bilibili.com"

// Endpoint is where and how to open one room's comment socket. Token is a
// secret. Package live has a type of the same fields, so that one converts to
// the other.
type Endpoint struct {
	Room      event.RoomID
	URLs      []string // of the comment servers, the preferred first
	Token     string
	Buvid     string
	UID       int64 // of the logged-in user the token belongs to; 0: anonymous
	UserAgent string
	// AuthBody is sent as it is instead of a body made of the fields above
	// (Open Live).
	AuthBody []byte
	// Ended is closed when the endpoint's connections are of no use any more: the
	// app ended (Open Live), or the login changed. Nil: that never happens
	// unnoticed.
	Ended <-chan struct{}
	// Expired: cookies were given, and the platform no longer accepts them.
	Expired bool
	// Streamer is the name of the room\'s streamer, where it is told along (Open
	// Live).
	Streamer string
}

// String keeps the token out of logs.
func (e Endpoint) String() string { return "endpoint of room " + e.Room.String() }

// GoString is String.
func (e Endpoint) GoString() string { return e.String() }

// MarshalJSON is String, quoted.
func (e Endpoint) MarshalJSON() ([]byte, error) { return []byte(`"` + e.String() + `"`), nil }

// Endpoint asks for the comment servers and a token of a room, by its long id.
// A -352 is met once with a fresh identity.
func (c *Client) Endpoint(ctx context.Context, room event.RoomID) (Endpoint, error) {
	e, err := c.endpoint(ctx, room)
	if errors.Is(err, errForgiven) {
		e, err = c.endpoint(ctx, room)
	}
	return e, err
}

func (c *Client) endpoint(ctx context.Context, room event.RoomID) (Endpoint, error) {
	const name = "getDanmuInfo"
	// While it rests, nothing is fetched for it: after a rest it goes out with
	// the keys of that time.
	if err := c.budget.held(name, false); err != nil {
		return Endpoint{}, err
	}
	who, err := c.signer(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	params := map[string]string{"id": room.String(), "type": "0", "web_location": "444.8"}
	query := encodeQuery(params, func(s string) string { return s })
	if who.mixin != "" {
		query = signWBI(params, who.mixin, time.Now())
	}
	a, err := c.call(ctx, request{name: name, base: liveBase, path: "/xlive/web-room/v1/index/getDanmuInfo", query: query, forgive: c.refresh})
	if err != nil {
		return Endpoint{}, err
	}
	var data struct {
		Token string `json:"token"`
		Hosts []host `json:"host_list"`
	}
	if err := a.data(name, &data); err != nil {
		return Endpoint{}, err
	}
	return Endpoint{
		Room: room, URLs: c.socketURLs(data.Hosts), Token: data.Token, Buvid: who.buvid,
		UID: who.uid, UserAgent: c.userAgent, Expired: who.expired,
	}, nil
}

// host is an entry of host_list.
type host struct {
	Host string `json:"host"`
	WSS  number `json:"wss_port"`
	WS   number `json:"ws_port"`
}

// socketURLs turns a list of hosts into addresses to dial, at most 16. The
// general host goes last: stricter loss was seen on it than on regional ones
// (protocol.md 1).
func (c *Client) socketURLs(hosts []host) []string {
	scheme := "wss"
	if strings.HasPrefix(c.upstream, "http:") {
		scheme = "ws"
	}
	var urls, last []string
	for _, h := range hosts {
		port := h.WSS
		if scheme == "ws" {
			port = h.WS
		}
		if !hostName(h.Host) || port < 1 || port > 65535 {
			continue
		}
		u := scheme + "://" + net.JoinHostPort(strings.Trim(h.Host, "[]"), strconv.FormatInt(int64(port), 10)) + "/sub"
		switch {
		case slices.Contains(urls, u) || slices.Contains(last, u):
		case h.Host == fallbackHost:
			last = append(last, u)
		default:
			urls = append(urls, u)
		}
	}
	urls = append(urls, last...)
	if len(urls) > 16 {
		urls = urls[:16]
	}
	if len(urls) > 0 {
		return urls
	}
	if u, err := url.Parse(c.upstream); c.upstream != "" && err == nil {
		return []string{scheme + "://" + u.Host + "/sub"}
	}
	return []string{"wss://" + fallbackHost + ":443/sub"}
}

// socketURL reports whether an address may be dialed as a comment socket: plain
// only where calls are plain, too.
func (c *Client) socketURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && hostName(u.Hostname()) && u.User == nil &&
		(u.Scheme == "wss" || u.Scheme == "ws" && strings.HasPrefix(c.upstream, "http:"))
}

// hostName reports whether s can stand as a host in an address and means
// nothing more.
func hostName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsAny(s, "/@?#\\ \t\r\n%")
}
