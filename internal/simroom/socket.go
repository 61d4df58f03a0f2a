package simroom

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"danmaku/protocol"

	"github.com/gorilla/websocket"
)

// The limits of the comment socket (protocol.md 1.3, 1.4).
const (
	authLimit      = 5 * time.Second
	heartbeatLimit = 70 * time.Second
	writeLimit     = 20 * time.Second
)

// conn is one connection to a room's comments, after its auth.
type conn struct {
	ws      *websocket.Conn
	room    *room
	view    view
	ask     protocol.Version
	queue   chan outgoing
	control chan []byte // answers to heartbeats overtake what waits
	gone    chan struct{}
	once    sync.Once
	deaf    atomic.Bool // a half-open fault swallows everything
}

// outgoing is one message for a connection; done is closed when everything
// before it has been written.
type outgoing struct {
	message *message
	bytes   []byte
	done    chan struct{}
	last    bool // bytes are a close message; the client's answer ends the connection
}

// send puts o into the queue. With wait it blocks until there is room;
// without, a full queue ends the connection.
func (c *conn) send(ctx context.Context, o outgoing, wait bool) {
	if wait {
		select {
		case c.queue <- o:
		case <-c.gone:
		case <-ctx.Done():
		}
		return
	}
	select {
	case c.queue <- o:
	case <-c.gone:
	default:
		c.cut("it reads too slowly")
	}
}

// cut ends the connection without a word, as the platform does.
func (c *conn) cut(why string) {
	c.once.Do(func() {
		c.room.s.log.Info("connection cut", "room", c.room.ID, "why", why)
		close(c.gone)
		c.ws.Close()
	})
}

func (s *Server) cutAll(why string) {
	s.mu.Lock()
	s.closed = true
	var list []*conn
	for c := range s.conns {
		list = append(list, c)
	}
	s.mu.Unlock()
	for _, c := range list {
		c.cut(why)
	}
}

// serveSocket is /sub.
func (s *Server) serveSocket(w http.ResponseWriter, q *http.Request) {
	if _, on := s.active("refuse", nil); on {
		panic(http.ErrAbortHandler)
	}
	ws, err := s.upgrader.Upgrade(w, q, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer ws.Close()
	ws.SetReadLimit(4096)
	if err := ws.SetReadDeadline(time.Now().Add(authLimit)); err != nil {
		return
	}
	c, code, err := s.admit(ws, q)
	if err != nil {
		s.log.Info("connection refused", "why", err)
		if code != 0 {
			_ = s.write(ws, protocol.AppendAuthReply(nil, protocol.AuthReply{Code: code}))
		}
		return
	}
	if s.refusing(c.room) {
		return
	}
	c.deaf.Store(s.muted(c.room))
	c.ignoreControl()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.conns[c] = struct{}{}
	s.gone.Add(1)
	s.mu.Unlock()
	defer s.gone.Done()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	if !c.deaf.Load() {
		if err := s.write(ws, protocol.AppendAuthReply(nil, protocol.AuthReply{})); err != nil {
			return
		}
	}
	var writer sync.WaitGroup
	writer.Go(c.write)
	defer writer.Wait()
	defer c.cut("the client has left")
	c.room.greet(q.Context(), c)
	c.room.join(c)
	defer c.room.leave(c)
	c.read()
}

func (s *Server) write(ws *websocket.Conn, b []byte) error {
	if err := ws.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	return ws.WriteMessage(websocket.BinaryMessage, b)
}

// admit reads the auth packet. The error says why the connection is refused;
// code is told to the client, unless it is 0.
func (s *Server) admit(ws *websocket.Conn, q *http.Request) (c *conn, code int, err error) {
	_, b, err := ws.ReadMessage()
	if err != nil {
		return nil, 0, errors.New("no auth packet in time")
	}
	p, _, err := protocol.Next(b)
	if err != nil || p.Op != protocol.OpAuth {
		return nil, 0, errors.New("the first packet is not an auth packet")
	}
	a, err := protocol.ParseAuth(p.Body)
	if err != nil {
		return nil, 0, err
	}
	v, code, err := s.checkToken(a, q.UserAgent())
	if err != nil {
		return nil, code, err
	}
	var r *room
	for _, x := range s.order { // the long id: short ones are refused here
		if int64(x.ID) == a.Room {
			r = x
		}
	}
	if r == nil {
		return nil, 0, errors.New("no such room")
	}
	depth := queue
	if r.Recording != nil || s.config.Rush {
		depth = playbackQueue
	}
	return &conn{ws: ws, room: r, view: v, ask: s.version(a.Protover), queue: make(chan outgoing, depth),
		control: make(chan []byte, 4), gone: make(chan struct{})}, 0, nil
}

// ignoreControl leaves pings and closes unanswered once the connection is
// half open.
func (c *conn) ignoreControl() {
	pong, close := c.ws.PingHandler(), c.ws.CloseHandler()
	c.ws.SetPingHandler(func(data string) error {
		if c.deaf.Load() {
			return nil
		}
		return pong(data)
	})
	c.ws.SetCloseHandler(func(code int, text string) error {
		if c.deaf.Load() {
			return nil
		}
		return close(code, text)
	})
}

// read answers heartbeats until the connection ends. A client that sends none
// for 70 seconds is cut.
func (c *conn) read() {
	for {
		if err := c.ws.SetReadDeadline(time.Now().Add(heartbeatLimit)); err != nil {
			return
		}
		p, ok := c.heartbeat()
		if !ok {
			return
		}
		if c.deaf.Load() {
			continue
		}
		c.room.mu.Lock()
		popularity := c.room.popularity
		c.room.mu.Unlock()
		// The echo of what the client sent is not counted by the packet's length.
		reply := append(protocol.AppendHeartbeatReply(nil, popularity), p.Body...)
		select {
		case c.control <- reply:
		case <-c.gone:
			return
		}
	}
}

// heartbeat reads until the next one; other packets mean nothing.
func (c *conn) heartbeat() (protocol.Packet, bool) {
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return protocol.Packet{}, false
		}
		if p, _, err := protocol.Next(b); err == nil && p.Op == protocol.OpHeartbeat {
			return p, true
		}
	}
}

// write sends what is queued until the connection ends.
func (c *conn) write() {
	defer c.cut("writing failed")
	for {
		var o outgoing
		select {
		case b := <-c.control:
			o.bytes = b
		case o = <-c.queue:
		case <-c.gone:
			return
		}
		if err := c.put(o); err != nil {
			return
		}
	}
}

func (c *conn) put(o outgoing) error {
	s := c.room.s
	if o.done != nil {
		close(o.done)
		return nil
	}
	if d := s.delay(c.room); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-c.gone:
			return nil
		}
	}
	if c.deaf.Load() {
		return nil
	}
	if o.last {
		return c.ws.WriteControl(websocket.CloseMessage, o.bytes, time.Now().Add(writeLimit))
	}
	if o.message == nil {
		return s.write(c.ws, o.bytes)
	}
	if _, on := s.active("silent", c.room); on {
		return nil
	}
	if c.view == open && !s.running(c.room) { // pushes stop with the app
		return nil
	}
	f, err := o.message.frame(c.view, c.ask)
	if err != nil || f == nil {
		return err
	}
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	return c.ws.WritePreparedMessage(f)
}

// Farewell closes all connections in an orderly way and waits until every
// client has read all it was sent, at most 10 seconds for each.
func (s *Server) Farewell(ctx context.Context) {
	for _, r := range s.order {
		for _, c := range r.connections() {
			c.send(ctx, outgoing{bytes: websocket.FormatCloseMessage(websocket.CloseGoingAway, "enough"), last: true}, true)
			select {
			case <-c.gone:
			case <-time.After(10 * time.Second):
			case <-ctx.Done():
			}
		}
	}
}
