package live

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/protocol"
)

const (
	authTimeout    = 10 * time.Second // for the answer; ours must be there within 5 s (protocol.md 1.3)
	writeTimeout   = 10 * time.Second
	heartbeatEvery = 30 * time.Second // without, the server cuts after 60 s (protocol.md 1.4)
	// deadAfter is how long nothing at all may come: each heartbeat has a reply,
	// so a healthy connection is never quiet for longer than heartbeatEvery.
	deadAfter  = 45 * time.Second
	maxMessage = 4 << 20  // bytes of a WebSocket message; real ones have up to 10 KB
	maxKept    = 64 << 10 // bytes kept of a message that cannot be read
)

// connection is one try, and the session that comes of it.
type connection struct {
	room *room
	lane int
	next int // which server of the list
	used int // issue of an endpoint that is no good

	issue    int // of the endpoint used
	online   bool
	onlineAt time.Time
	heard    event.Millis // up to where everything the server sent has been delivered

	ws       *websocket.Conn
	dec      *decoder.Decoder
	packets  []protocol.Packet
	buf      bytes.Buffer
	ended    atomic.Bool // the endpoint is of no use any more
	why      error       // what that means
	rejoinAt time.Time   // the platform wants us to connect anew then; zero: it does not
}

// run connects and reads until something ends it; the error is never nil.
func (c *connection) run(ctx context.Context) error {
	r := c.room
	if err := r.prepare(ctx); err != nil {
		return err
	}
	e, issue, err := r.resolve(ctx, c.used)
	if err != nil {
		return err
	}
	c.issue = issue
	if c.why = errEnded; e.AuthBody == nil {
		c.why = errLogin
	}
	address := e.URLs[r.pick(c.lane, c.next, e.URLs)]
	if r.c.Pace != nil {
		if err := r.c.Pace(ctx); err != nil {
			return err
		}
	}
	if c.ws, err = dial(ctx, r.c, address, e.UserAgent); err != nil {
		return err
	}
	defer c.ws.Close()

	// The writer owns all writes of ours. It also ends the reader when ctx ends or
	// the endpoint does: a socket read sees neither.
	ctx, cancel := context.WithCancel(ctx)
	accepted, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		if write(ctx, c.ws, authPacket(e, r.id()), accepted, e.Ended) {
			c.ended.Store(true)
		}
		c.ws.Close()
	}()
	defer func() { cancel(); <-written }()

	first, err := c.authenticate()
	if err != nil {
		if c.ended.Load() {
			err = c.why
		}
		return err
	}
	close(accepted)
	c.online, c.onlineAt = true, time.Now()
	c.heard = event.At(c.onlineAt)
	r.up(ctx, c.lane, c.heard, e, hostOf(address))
	return c.read(ctx, first, e.AuthBody == nil)
}

// pick chooses the server of a try: the next in the list, but not the one the
// room's other connection is on.
func (r *room) pick(lane, next int, urls []string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := next % len(urls)
	for j := range r.lanes {
		if j != lane && r.lanes[j].connected && r.lanes[j].host == hostOf(urls[i]) {
			i = (i + 1) % len(urls)
		}
	}
	return i
}

func dial(ctx context.Context, c Config, address, userAgent string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	stop := func() bool { return true }
	d := websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: dialTimeout,
		TLSClientConfig:  c.TLS,
		ReadBufferSize:   4096,
		WriteBufferSize:  512, // we only write auth and heartbeats
		NetDialContext: func(dialing context.Context, network, addr string) (net.Conn, error) {
			conn, err := c.Dial(dialing, network, addr)
			if err == nil { // the handshake itself does not see a context
				stop = context.AfterFunc(ctx, func() { conn.Close() })
			}
			return conn, err
		},
	}
	header := http.Header{"Origin": {"https://live.bilibili.com"}}
	if userAgent != "" {
		header.Set("User-Agent", userAgent)
	}
	ws, resp, err := d.DialContext(ctx, address, header) //nolint:bodyclose // the library reads what there is of it
	if !stop() && err == nil {
		ws.Close()
		err = ctx.Err()
	}
	switch {
	case err == nil:
		return ws, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, websocket.ErrBadHandshake) && resp != nil:
		return nil, &handshakeError{resp.StatusCode}
	}
	return nil, err
}

// authPacket must be the first packet of a connection (protocol.md 1.3).
func authPacket(e Endpoint, room event.RoomID) []byte {
	if e.AuthBody != nil {
		return protocol.Append(nil, protocol.Packet{Version: 1, Op: protocol.OpAuth, Seq: 1, Body: e.AuthBody})
	}
	return protocol.AppendAuth(nil, protocol.Auth{UID: e.UID, Room: int64(room), Protover: 3, Platform: "web", Type: 2, Buvid: e.Buvid, Key: e.Token})
}

// write sends auth, and once it is accepted a heartbeat at once and every 30
// seconds, until ctx ends, a write fails, or ended is closed: then it returns
// true. The body of a heartbeat is empty: the server would echo it
// (protocol.md 1.4).
func write(ctx context.Context, ws *websocket.Conn, auth []byte, accepted, ended <-chan struct{}) bool {
	send := func(b []byte) bool {
		_ = ws.SetWriteDeadline(time.Now().Add(writeTimeout))
		return ws.WriteMessage(websocket.BinaryMessage, b) == nil
	}
	if !send(auth) {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-ended:
		return true
	case <-accepted:
	}
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	beat := protocol.AppendHeartbeat(nil)
	for send(beat) {
		select {
		case <-ctx.Done():
			return false
		case <-ended:
			return true
		case <-tick.C:
		}
	}
	return false
}

// authenticate waits for the reply to our first packet, and returns the message
// it came in: more may be in it.
func (c *connection) authenticate() ([]byte, error) {
	deadline := time.Now().Add(authTimeout)
	for {
		_ = c.ws.SetReadDeadline(deadline)
		msg, _, err := c.message()
		if err != nil {
			if timedOut(err) {
				return nil, errAuthTimeout
			}
			return nil, fmt.Errorf("authentication: %w", err)
		}
		for p, rest, err := protocol.Next(msg); err == nil; p, rest, err = protocol.Next(rest) {
			if p.Op != protocol.OpAuthReply {
				continue
			}
			reply, err := protocol.ParseAuthReply(p.Body)
			if err != nil {
				return nil, fmt.Errorf("authentication: %w", err)
			}
			if reply.Code != 0 {
				return nil, &authError{reply.Code}
			}
			return msg, nil
		}
	}
}

// read delivers first and then messages until the connection ends, is dead, or
// silent.
func (c *connection) read(ctx context.Context, first []byte, watch bool) error {
	r := c.room
	command := c.onlineAt // when commands last came
	for {
		now := time.Now()
		deadline, reason := now.Add(deadAfter), errDead
		if watch {
			// Time we did not read, because the taker of deliveries was busy, is
			// no silence: the server gets at least a second from now.
			if quiet := r.quietUntil(command); !quiet.IsZero() && quiet.Before(deadline) {
				deadline, reason = later(quiet, now.Add(time.Second)), errSilent
			}
		}
		if !c.rejoinAt.IsZero() && c.rejoinAt.Before(deadline) {
			deadline, reason = c.rejoinAt, errRejoin
		}
		_ = c.ws.SetReadDeadline(deadline)
		msg, whole, err := first, true, error(nil)
		if first = nil; msg == nil {
			msg, whole, err = c.message()
		}
		at := time.Now()
		if err != nil {
			var closed *websocket.CloseError
			switch {
			case c.ended.Load():
				err = c.why
			case timedOut(err):
				err = reason
				if errors.Is(reason, errSilent) {
					c.heard = event.At(command)
					r.doubt()
				}
			case ctx.Err() == nil && errors.As(err, &closed):
				// A server that takes its leave has sent all it had to say. One that
				// is cut off may have stood still for a while.
				if closed.Code != websocket.CloseAbnormalClosure {
					c.heard = event.At(at)
				}
				err = closedBy(closed)
			}
			return err
		}
		d := Delivery{Received: event.At(at), Message: msg}
		commands, ended := c.decode(&d, whole)
		if commands {
			command = at
		}
		r.beat(at, commands)
		if err := r.deliver(ctx, c.lane, d); err != nil {
			return err
		}
		c.heard = d.Received
		if ended != nil {
			return ended
		}
		if !c.rejoinAt.IsZero() && !time.Now().Before(c.rejoinAt) {
			return errRejoin
		}
		if commands {
			command = time.Now()
		}
	}
}

func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// message reads one WebSocket message. One that is too large is read to its end
// and cut: it costs the message, not the session.
func (c *connection) message() (msg []byte, whole bool, err error) {
	_, rd, err := c.ws.NextReader()
	if err != nil {
		return nil, false, err
	}
	c.buf.Reset()
	n, err := c.buf.ReadFrom(io.LimitReader(rd, maxMessage+1))
	if err != nil {
		return nil, false, err
	}
	whole = n <= maxMessage
	if !whole {
		if _, err := io.Copy(io.Discard, rd); err != nil {
			return nil, false, err
		}
		c.buf.Truncate(maxKept)
	}
	msg = bytes.Clone(c.buf.Bytes())
	if c.buf.Cap() > 1<<20 {
		c.buf = bytes.Buffer{} // one giant does not cost memory for ever
	}
	return msg, whole, nil
}

// decode reads the packets and commands of d.Message. It reports whether there
// were commands, and an error when one of them ends the session.
func (c *connection) decode(d *Delivery, whole bool) (commands bool, ended error) {
	var err error
	room := c.room.id()
	if whole {
		c.packets, err = c.dec.Packets(c.packets[:0], d.Message)
	} else {
		c.packets, err = c.packets[:0], errTooLong
	}
	for _, p := range c.packets {
		switch p.Op {
		case protocol.OpCommand:
			if len(p.Body) == 0 {
				continue
			}
			commands = true
			if d.Events == nil {
				d.Events = make([]event.Event, 0, len(c.packets))
			}
			from := len(d.Events)
			var bad error
			if d.Events, bad = c.dec.Events(d.Events, room, d.Received, p.Body); bad != nil {
				d.Errors++
			}
			for i := range d.Events[from:] {
				if end := c.obey(&d.Events[from+i]); end != nil {
					ended = end
				}
			}
		case protocol.OpAuthReply: // a token that expired while connected
			if reply, bad := protocol.ParseAuthReply(p.Body); bad == nil && reply.Code != 0 {
				ended = &authError{reply.Code}
			}
		}
	}
	if err != nil {
		// What could not be read is kept as it is: a later decoder may do better.
		d.Errors++
		d.Events = append(d.Events, undecodable(room, d.Received, d.Message, whole))
		d.Message = nil
	}
	d.News = c.dec.DriftNews()
	return commands, ended
}

var errTooLong = errors.New("live: message too long")

// undecodable is the event a message that cannot be read is kept as.
func undecodable(room event.RoomID, at event.Millis, msg []byte, whole bool) event.Event {
	kept := msg[:min(len(msg), maxKept)]
	raw := append([]byte(`{"undecodable":"`), base64.StdEncoding.EncodeToString(kept)...)
	raw = append(raw, '"')
	if len(kept) < len(msg) || !whole {
		raw = append(raw, `,"cut":true`...)
	}
	raw = append(raw, '}')
	return event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindOther, At: at, Received: at, Raw: raw}
}

// obey does what the platform asks of its clients.
func (c *connection) obey(e *event.Event) error {
	switch e.Cmd {
	case "LIVE_OPEN_PLATFORM_INTERACTION_END":
		return errEnded
	case "REENTER_LIVE_ROOM", "REENTER_LIVE_ROOM_V2":
		var ask struct {
			Data struct {
				Range json.Number `json:"request_random_sec_range"`
			} `json:"data"`
		}
		seconds := int64(0)
		if json.Unmarshal(e.Raw, &ask) == nil {
			seconds, _ = strconv.ParseInt(ask.Data.Range.String(), 10, 64)
		}
		seconds = min(max(seconds, 1), 600)
		if c.rejoinAt.IsZero() {
			c.rejoinAt = time.Now().Add(time.Duration(rand.Int64N(seconds*1000)) * time.Millisecond)
		}
	}
	return nil
}

// closedBy says in words how the server ended a connection.
func closedBy(e *websocket.CloseError) error {
	if e.Code == websocket.CloseAbnormalClosure || e.Code == websocket.CloseNoStatusReceived {
		return errors.New("the comment server closed the connection")
	}
	return fmt.Errorf("the comment server closed the connection with code %d", e.Code)
}

// quietUntil is when the silence since command is too long; zero: never, the
// room is not live.
func (r *room) quietUntil(command time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known && !r.info.Live {
		return time.Time{}
	}
	return command.Add(r.rhythm.patience())
}

func (r *room) beat(at time.Time, commands bool) {
	if !commands {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rhythm.beat(at)
}

// doubt takes note of a silence that ended a connection.
func (r *room) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rhythm.doubts++
	r.rhythm.rest()
}
