package relay

import (
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"danmaku/event"
	"danmaku/internal/fanout"
	"danmaku/internal/hub"
	"danmaku/protocol"
)

// nativeKey is a log of the platform's own protocol.
type nativeKey struct {
	room    event.RoomID
	version protocol.Version
}

type nativeLog struct {
	log  *fanout.Log
	refs int
}

// nativeFeeds are the logs of the platform's own protocol: one per room and
// version, whatever the number of clients. Guarded by feeds.mu.
type nativeFeeds struct {
	logs       map[nativeKey]*nativeLog
	popularity map[event.RoomID]*atomic.Uint32
	packer     packer
	failed     uint64 // messages that could not be converted
}

// bundle gives a message of a room's socket to that room's logs.
func (n *nativeFeeds) bundle(fs *feeds, b *hub.Bundle) {
	var c *converted
	for _, v := range [...]protocol.Version{protocol.Plain, protocol.Zlib, protocol.Brotli} {
		l := n.logs[nativeKey{b.Room, v}]
		if l == nil {
			continue
		}
		if c == nil {
			c = newConverted(b)
			if p, ok := c.popularity(); ok {
				n.popularity[b.Room].Store(p)
			}
		}
		frames, err := c.frames(v, &n.packer)
		if err != nil {
			n.failed++
		}
		if len(frames) > 0 {
			copy(l.log.Add(0, len(frames)), frames)
			fs.dirtyNative = append(fs.dirtyNative, l.log)
		}
	}
}

// joinNative finds or makes the log of a room and version.
func (fs *feeds) joinNative(k nativeKey) (*fanout.Log, fanout.Place, *atomic.Uint32) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	n := &fs.native
	if n.logs == nil {
		n.logs, n.popularity = map[nativeKey]*nativeLog{}, map[event.RoomID]*atomic.Uint32{}
	}
	l := n.logs[k]
	if l == nil {
		l = &nativeLog{log: fanout.NewLog(logsMax)}
		n.logs[k] = l
		if n.popularity[k.room] == nil {
			n.popularity[k.room] = new(atomic.Uint32)
			n.popularity[k.room].Store(1) // what the platform says since it keeps no count
		}
		fs.budget()
	}
	l.refs++
	return l.log, l.log.End(), n.popularity[k.room]
}

func (fs *feeds) leaveNative(k nativeKey) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	n := &fs.native
	if n.logs[k].refs--; n.logs[k].refs > 0 {
		return
	}
	delete(n.logs, k)
	for _, v := range [...]protocol.Version{protocol.Plain, protocol.Zlib, protocol.Brotli} {
		if n.logs[nativeKey{k.room, v}] != nil {
			return
		}
	}
	delete(n.popularity, k.room)
	fs.budget()
}

// authTime is how long a client may take to send its auth packet, as on the
// platform.
const authTime = 5 * time.Second

// sub serves /sub: the platform's own comment socket. Clients of the platform
// connect unchanged; nothing they send goes any further.
func (r *Relay) sub(w http.ResponseWriter, req *http.Request) {
	if err := r.ready(req.Context()); err != nil {
		writeProblem(w, errStarting)
		return
	}
	leave, p := r.admit(req)
	if p != nil {
		writeProblem(w, p)
		return
	}
	conn, err := r.upgrade(w, req, false, "")
	if err != nil {
		leave()
		return
	}
	k, ok := r.authorise(conn, req)
	if !ok {
		leave()
		return
	}
	r.native(conn, k, leave)
}

// authorise reads a client's auth packet and answers it if it is refused.
func (r *Relay) authorise(conn net.Conn, req *http.Request) (k nativeKey, ok bool) {
	op, b, err := fanout.First(conn, 4<<10, authTime)
	if err != nil {
		refuse(conn, err, "no auth packet within "+authTime.String())
		return k, false
	}
	auth, ce := authOf(op, b)
	if ce != nil {
		fanout.Refuse(conn, nil, ce)
		return k, false
	}
	room := r.longID(event.RoomID(auth.Room))
	switch {
	case r.config.Tokens != nil && r.config.Tokens.scope(auth.Key) < scopeRead && r.config.Tokens.scope(tokenOf(req)) < scopeRead:
		// Clients ask for a new token when they read this.
		reply := protocol.AppendAuthReply(nil, protocol.AuthReply{Code: protocol.AuthToken})
		fanout.Refuse(conn, fanout.AppendFrame(nil, fanout.OpBinary, reply),
			&fanout.CloseError{Code: fanout.CloseRefused, Reason: "key must be a token of this relay"})
		return k, false
	case !r.joined(room):
		fanout.Refuse(conn, nil, &fanout.CloseError{Code: fanout.CloseRefused, Reason: "the relay has not joined room " + room.String()})
		return k, false
	}
	return nativeKey{room, version(auth.Protover)}, true
}

// refuse closes a connection whose first message did not come or was wrong.
func refuse(conn net.Conn, err error, late string) {
	var ce *fanout.CloseError
	if !errors.As(err, &ce) {
		ce = &fanout.CloseError{Code: fanout.CloseRefused, Reason: late}
	}
	fanout.Refuse(conn, nil, ce)
}

// authOf reads the auth packet out of a client's first message.
func authOf(op byte, message []byte) (protocol.Auth, *fanout.CloseError) {
	if op != fanout.OpBinary {
		return protocol.Auth{}, &fanout.CloseError{Code: fanout.CloseUnsupported, Reason: "this address speaks packets in binary messages; for JSON use /v1/events"}
	}
	p, _, err := protocol.Next(message)
	if err != nil || p.Op != protocol.OpAuth {
		return protocol.Auth{}, &fanout.CloseError{Code: fanout.CloseRefused, Reason: "the first packet must be the auth packet"}
	}
	auth, err := protocol.ParseAuth(p.Body)
	if err != nil {
		return protocol.Auth{}, &fanout.CloseError{Code: fanout.CloseRefused, Reason: "the auth packet cannot be read"}
	}
	return auth, nil
}

// version is the kind of bundle for a protover: only what was asked for.
func version(protover int) protocol.Version {
	switch protover {
	case 2:
		return protocol.Zlib
	case 3:
		return protocol.Brotli
	}
	return protocol.Plain
}

// joined reports whether the relay receives a room.
func (r *Relay) joined(room event.RoomID) bool {
	_, ok := r.status(room)
	return ok || r.config.Rooms == nil
}

// status is what is known of a room, by its long or short id.
func (r *Relay) status(room event.RoomID) (event.Status, bool) {
	for _, s := range r.rooms() {
		if s.Room == room || s.ShortID == room && room != 0 {
			return s, true
		}
	}
	return event.Status{}, false
}

// native subscribes an accepted client to its room's log.
func (r *Relay) native(conn net.Conn, k nativeKey, leave func()) {
	log, place, popularity := r.feeds.joinNative(k)
	sub := fanout.Subscription{
		Log: log, Place: place,
		First: fanout.AppendFrame(nil, fanout.OpBinary, protocol.AppendAuthReply(nil, protocol.AuthReply{Code: protocol.AuthAccepted})),
		Receive: func(op byte, b []byte) ([]byte, *fanout.CloseError) {
			return heartbeats(op, b, popularity)
		},
		Lagged: func(m fanout.Missed) []byte { // there is no way to tell the client
			r.count.lagged(m.Frames)
			return nil
		},
		Closed: func(why fanout.Ending) {
			leave()
			r.feeds.leaveNative(k)
			r.count.ended(why)
		},
	}
	if err := r.sockets.Add(conn, sub); err != nil {
		leave()
		r.feeds.leaveNative(k)
	}
}

// heartbeats answers what a client sends after it was accepted. Clients hang up
// without an answer in 5 to 45 seconds, so it goes out at once; its form is the
// one that all of them read.
func heartbeats(op byte, b []byte, popularity *atomic.Uint32) ([]byte, *fanout.CloseError) {
	if op != fanout.OpBinary {
		return nil, &fanout.CloseError{Code: fanout.CloseUnsupported, Reason: "this address speaks packets in binary messages"}
	}
	var out []byte
	for len(b) > 0 {
		p, rest, err := protocol.Next(b)
		if err != nil {
			return nil, &fanout.CloseError{Code: fanout.CloseProtocol, Reason: "a packet cannot be read"}
		}
		if b = rest; p.Op == protocol.OpHeartbeat {
			out = fanout.AppendFrame(out, fanout.OpBinary, protocol.AppendHeartbeatReply(nil, popularity.Load()))
		}
	}
	return out, nil
}
