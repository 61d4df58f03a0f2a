package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"
	nats "github.com/nats-io/nats-server/v2/server"
)

// server is what a child process serves: where subscribers connect, and how
// a batch of messages gets in.
type server struct {
	url  string // ws://…
	send func(batch [][]byte)
}

// peers are the servers that can be measured, in the order of the tables.
var peers = []struct {
	name, about string
	open        func() (server, error)
}{
	{"loop", "a loop that writes each message to each socket (limit)", openLoop},
	{"loop-batch", "a loop that writes each batch to each socket (limit)", openLoopBatch},
	{relay, "the relay behind a simulated room: decode, archive, encode, fan out", nil},
	{"gws", "github.com/lxzan/gws, its broadcaster", openGWS},
	{"gorilla-hub", "github.com/gorilla/websocket, a hub with a channel for each client", openHub},
	{"gev", "github.com/Allenxuxu/gev, its WebSocket plugin", openGev},
	{"centrifuge", "github.com/centrifugal/centrifuge, its JSON protocol", func() (server, error) { return openCentrifuge(0) }},
	{"centrifuge-wait", "the same, each client's writer waiting 5 ms for more", func() (server, error) { return openCentrifuge(5 * time.Millisecond) }},
	{"nats", "github.com/nats-io/nats-server over WebSocket", openNATS},
}

// relay is the one peer that is a program of its own.
const relay = "relay"

// open serves WebSocket upgrades on a port of loopback.
func open(upgrade http.HandlerFunc) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = http.Serve(l, upgrade) }()
	return "ws://" + l.Addr().String() + "/", nil
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// loopSockets is the bare minimum: the frame is made once, then written to
// one socket after the other.
type loopSockets struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (l *loopSockets) add(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.conns = append(l.conns, ws.NetConn())
	l.mu.Unlock()
}

func (l *loopSockets) write(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // stalled readers hold everybody up: a limit, no server
		_, _ = c.Write(b)
	}
}

func frame(dst, message []byte) []byte {
	if n := len(message); n < 126 {
		dst = append(dst, 0x81, byte(n))
	} else {
		dst = append(dst, 0x81, 126, byte(n>>8), byte(n))
	}
	return append(dst, message...)
}

func openLoop() (server, error) {
	var l loopSockets
	url, err := open(l.add)
	var buf []byte
	return server{url, func(batch [][]byte) {
		for _, m := range batch {
			buf = frame(buf[:0], m)
			l.write(buf)
		}
	}}, err
}

func openLoopBatch() (server, error) {
	var l loopSockets
	url, err := open(l.add)
	var buf []byte
	return server{url, func(batch [][]byte) {
		buf = buf[:0]
		for _, m := range batch {
			buf = frame(buf, m)
		}
		l.write(buf)
	}}, err
}

// openHub is the hub of gorilla's chat example: a channel and a goroutine for
// each client, who is thrown out when the channel is full.
func openHub() (server, error) {
	var mu sync.Mutex
	clients := map[chan []byte]bool{}
	url, err := open(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		send := make(chan []byte, 256)
		mu.Lock()
		clients[send] = true
		mu.Unlock()
		go func() {
			defer ws.Close()
			for m := range send {
				_ = ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
				if ws.WriteMessage(websocket.TextMessage, m) != nil {
					return
				}
			}
		}()
		go func() {
			for {
				if _, _, err := ws.NextReader(); err != nil {
					return
				}
			}
		}()
	})
	return server{url, func(batch [][]byte) {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range batch {
			m = bytes.Clone(m)
			for c := range clients {
				select {
				case c <- m:
				default:
					delete(clients, c)
					close(c)
				}
			}
		}
	}}, err
}

type gwsHandler struct {
	gws.BuiltinEventHandler
	mu    sync.Mutex
	conns map[*gws.Conn]bool
}

func (h *gwsHandler) OnOpen(c *gws.Conn) {
	h.mu.Lock()
	h.conns[c] = true
	h.mu.Unlock()
}

func (h *gwsHandler) OnClose(c *gws.Conn, _ error) {
	h.mu.Lock()
	delete(h.conns, c)
	h.mu.Unlock()
}

func openGWS() (server, error) {
	h := &gwsHandler{conns: map[*gws.Conn]bool{}}
	up := gws.NewUpgrader(h, &gws.ServerOption{})
	url, err := open(func(w http.ResponseWriter, r *http.Request) {
		if c, err := up.Upgrade(w, r); err == nil {
			go c.ReadLoop()
		}
	})
	return server{url, func(batch [][]byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, m := range batch {
			b := gws.NewBroadcaster(gws.OpcodeText, bytes.Clone(m))
			for c := range h.conns {
				_ = b.Broadcast(c)
			}
			b.Close()
		}
	}}, err
}

// openNATS runs a NATS server; the publisher is a client inside the process.
func openNATS() (server, error) {
	s, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, MaxPending: 64 << 20,
		Websocket: nats.WebsocketOpts{Host: "127.0.0.1", Port: -1, NoTLS: true}})
	if err != nil {
		return server{}, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return server{}, errors.New("the NATS server did not start")
	}
	in, err := s.InProcessConn()
	if err != nil {
		return server{}, err
	}
	var mu sync.Mutex
	go func() { // takes what the server says, and answers its pings
		buf := make([]byte, 4096)
		for {
			n, err := in.Read(buf)
			if err != nil {
				return
			}
			if bytes.Contains(buf[:n], []byte("PING")) {
				mu.Lock()
				_, _ = io.WriteString(in, "PONG\r\n")
				mu.Unlock()
			}
		}
	}()
	if _, err := io.WriteString(in, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"); err != nil {
		return server{}, err
	}
	ports := s.PortsInfo(10 * time.Second)
	if ports == nil || len(ports.WebSocket) == 0 {
		return server{}, errors.New("the NATS server has no WebSocket port")
	}
	var buf []byte
	return server{ports.WebSocket[0] + "/", func(batch [][]byte) {
		buf = buf[:0]
		for _, m := range batch {
			buf = fmt.Appendf(buf, "PUB d %d\r\n%s\r\n", len(m), m)
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = in.Write(buf)
	}}, nil
}
