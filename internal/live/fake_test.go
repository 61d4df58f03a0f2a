package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/protocol"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		var left string
		buf := make([]byte, 1<<20)
		for late := time.Now().Add(time.Minute); time.Now().Before(late); { // what is just ending gets a moment
			_, left, _ = strings.Cut(string(buf[:runtime.Stack(buf, true)]), "\n\n") // the first is this one
			if !strings.Contains(left, "danmaku/") {
				os.Exit(0)
			}
			runtime.Gosched()
		}
		fmt.Fprintf(os.Stderr, "goroutines left over:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// hosts is a comment server, or several, reached through pipes: everything
// happens inside a synctest bubble, in virtual time.
type hosts struct {
	t      *testing.T
	serve  func(*peer) // what a server does with an accepted client
	refuse map[string]error

	mu    sync.Mutex
	dials []dialed
	wait  sync.WaitGroup
	conns []net.Conn
}

type dialed struct {
	address string
	at      time.Time
}

// peer is a client as the server sees it, after its authentication arrived.
type peer struct {
	*websocket.Conn
	t      *testing.T
	n      int // of the connections, from 0
	host   string
	auth   protocol.Auth
	body   []byte // of the auth packet
	header http.Header
	turn   chan struct{} // holds one while somebody writes: virtual time goes on meanwhile
}

func newHosts(t *testing.T, serve func(*peer)) *hosts {
	h := &hosts{t: t, serve: serve, refuse: map[string]error{}}
	t.Cleanup(h.close)
	return h
}

func (h *hosts) close() {
	h.mu.Lock()
	for _, c := range h.conns {
		c.Close()
	}
	h.mu.Unlock()
	h.wait.Wait()
}

func (h *hosts) dial(ctx context.Context, network, address string) (net.Conn, error) {
	h.mu.Lock()
	n := len(h.dials)
	h.dials = append(h.dials, dialed{address, time.Now()})
	err := h.refuse[address]
	h.mu.Unlock()
	if err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	h.mu.Lock()
	h.conns = append(h.conns, theirs)
	h.mu.Unlock()
	ln := &oneConn{c: make(chan net.Conn, 1), done: make(chan struct{})}
	ln.c <- theirs
	srv := &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ln.done)
		if r.URL.Path != "/sub" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		p := &peer{Conn: ws, t: h.t, n: n, host: address, header: r.Header, turn: make(chan struct{}, 1)}
		packet, ok := p.next()
		if !ok {
			return
		}
		if packet.Op != protocol.OpAuth {
			h.t.Errorf("first packet has operation %v", packet.Op)
			return
		}
		p.body = append([]byte{}, packet.Body...)
		p.auth, _ = protocol.ParseAuth(packet.Body)
		h.serve(p)
	})}
	h.wait.Go(func() { srv.Serve(ln) })
	return ours, nil
}

func (h *hosts) dialTimes() []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	var at []time.Time
	for _, d := range h.dials {
		at = append(at, d.at)
	}
	return at
}

func (h *hosts) count() int { return len(h.dialTimes()) }

func (h *hosts) dialed(i int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dials[i].address
}

var quiet = log.New(io.Discard, "", 0)

type oneConn struct {
	c    chan net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.c:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.IPAddr{} }

// next reads the client's next packet; false when the connection is gone.
func (p *peer) next() (protocol.Packet, bool) {
	_, msg, err := p.ReadMessage()
	if err != nil {
		return protocol.Packet{}, false
	}
	packet, rest, err := protocol.Next(msg)
	if err != nil || len(rest) > 0 {
		p.t.Errorf("the client sent %x: %v", msg, err)
	}
	return packet, true
}

func (p *peer) send(b []byte) bool {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	return p.WriteMessage(websocket.BinaryMessage, b) == nil
}

func (p *peer) accept() bool { return p.send(protocol.AppendAuthReply(nil, protocol.AuthReply{})) }

// command sends one command in a message of its own.
func (p *peer) command(format string, args ...any) bool {
	return p.send(protocol.Append(nil, protocol.Packet{Op: protocol.OpCommand, Body: fmt.Appendf(nil, format, args...)}))
}

// answer replies to heartbeats until the client is gone or stop is closed.
func (p *peer) answer(stop <-chan struct{}) {
	for {
		packet, ok := p.next()
		if !ok {
			return
		}
		select {
		case <-stop:
			return
		default:
		}
		if packet.Op != protocol.OpHeartbeat || len(packet.Body) != 0 {
			p.t.Errorf("the client sent %v with %q, want an empty heartbeat", packet.Op, packet.Body)
		}
		if !p.send(protocol.AppendHeartbeatReply(nil, 1)) {
			return
		}
	}
}

// comment is a DANMU_MSG with an identity.
func comment(id string, text string) string {
	return fmt.Sprintf(`{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,%d,0,0,"c0ffee00",0,0,0,"",0,"{}","{}",{"extra":"{\"id_str\":\"%s\"}","mode":0,"show_player_type":0}],%q,[1234567,"观众",0,0,0,10000,1,""],[],[1,0,9868950,">50000",0],["",""],0,0,null,{"ts":%d,"ct":"AB"},0,0,null,null,0,0]}`,
		time.Now().UnixMilli(), id, text, time.Now().Unix())
}

// taker collects what a session tells, in order.
type taker struct {
	mu       sync.Mutex
	story    []string // states and events in the order they came
	events   []event.Event
	statuses []event.Status
	signs    int
}

func (k *taker) emit(_ context.Context, d Delivery) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.signs++
	for _, e := range d.Events {
		k.events = append(k.events, e)
		name := e.Cmd
		if e.Comment != nil {
			name = e.Comment.Text
		}
		k.story = append(k.story, name)
	}
	return nil
}

func (k *taker) notify(s event.Status) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.statuses = append(k.statuses, s)
	k.story = append(k.story, "<"+string(s.State)+">")
}

func (k *taker) told() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.story, " ")
}

func (k *taker) all() []event.Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.events)
}

func (k *taker) last() event.Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.statuses) == 0 {
		return event.Status{}
	}
	return k.statuses[len(k.statuses)-1]
}

// gaps are the times from a lost connection's last sign of life to the next
// connection, and the last state.
func (k *taker) gaps() []event.Gap {
	k.mu.Lock()
	defer k.mu.Unlock()
	var gaps []event.Gap
	connected := false
	for _, s := range k.statuses {
		switch {
		case connected && !s.State.Connected():
			gaps = append(gaps, event.Gap{From: s.Heard, Cause: s.Cause, Detail: s.Detail})
		case !connected && s.State.Connected() && len(gaps) > 0:
			to := s.Since
			gaps[len(gaps)-1].To = &to
		}
		connected = s.State.Connected()
	}
	return gaps
}

// session is a running Run in a bubble.
type session struct {
	taker
	cancel context.CancelFunc
	done   chan error
}

func start(t *testing.T, h *hosts, change func(*Config)) *session {
	s := &session{done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	c := Config{
		Room: 510,
		Lookup: func(context.Context, event.RoomID) (event.Status, error) {
			return event.Status{Room: 21452505, ShortID: 510, Title: "标题", Streamer: "主播", Live: true}, nil
		},
		Resolve: func(_ context.Context, id event.RoomID) (Endpoint, error) {
			return Endpoint{Room: id, URLs: []string{"ws://a:1/sub", "ws://b:2/sub"}, Token: "tok", Buvid: "BV", UserAgent: "UA/1"}, nil
		},
		Dial: h.dial, Emit: s.emit, Notify: s.notify,
	}
	if change != nil {
		change(&c)
	}
	go func() { s.done <- Run(ctx, c) }()
	t.Cleanup(func() { cancel() })
	return s
}

// notLive is a room whose silence means nothing.
func notLive(c *Config) {
	c.Lookup = func(context.Context, event.RoomID) (event.Status, error) { return event.Status{Room: 21452505}, nil }
}

// stop ends the session and returns its error.
func (s *session) stop() error {
	s.cancel()
	return <-s.done
}

var errUnreachable = errors.New("network is unreachable")
