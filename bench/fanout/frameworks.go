package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/Allenxuxu/gev"
	gevws "github.com/Allenxuxu/gev/plugins/websocket"
	"github.com/Allenxuxu/gev/plugins/websocket/ws"
	"github.com/Allenxuxu/gev/plugins/websocket/ws/util"
	"github.com/centrifugal/centrifuge"
)

// channel is what the subscribers of centrifuge subscribe to.
const channel = "d"

// openCentrifuge is a node with its own memory broker whose clients speak its
// JSON protocol. A client's writer takes all that waits for it into one frame;
// the library's default is at most 16 messages. With a delay it first waits for so
// long for more, which its authors offer to those who have many messages.
func openCentrifuge(delay time.Duration) (server, error) {
	node, err := centrifuge.New(centrifuge.Config{ClientQueueMaxSize: 64 << 20})
	if err != nil {
		return server{}, err
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{}, MaxMessagesInFrame: -1, WriteDelay: delay}, nil
	})
	node.OnConnect(func(c *centrifuge.Client) {
		c.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		return server{}, err
	}
	url, err := open(centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		CheckOrigin:        func(*http.Request) bool { return true },
		ReadBufferSize:     1024,
		UseWriteBufferPool: true,
		WriteTimeout:       10 * time.Second,
	}).ServeHTTP)
	return server{url, func(batch [][]byte) {
		for _, m := range batch {
			_, _ = node.Publish(channel, append([]byte(nil), m...))
		}
	}}, err
}

// gevHandler knows the connections whose handshake has come.
type gevHandler struct {
	mu    sync.Mutex
	conns map[*gev.Connection]bool
}

func (h *gevHandler) OnConnect(*gev.Connection) {}

func (h *gevHandler) OnMessage(*gev.Connection, []byte) (ws.MessageType, []byte) {
	return ws.MessageText, nil
}

func (h *gevHandler) OnClose(c *gev.Connection) {
	h.mu.Lock()
	delete(h.conns, c)
	h.mu.Unlock()
}

// openGev is a gev server with its WebSocket plugin, a loop for each core. A
// frame is made once; each connection's loop is asked to write it, which is how
// others than the loop send.
func openGev() (server, error) {
	// It does not tell which port it was given.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return server{}, err
	}
	addr := l.Addr().String()
	l.Close()
	h := &gevHandler{conns: map[*gev.Connection]bool{}}
	// In the loop, before the handshake is answered: what is sent from here on
	// comes after the answer.
	up := &ws.Upgrader{OnRequest: func(c *gev.Connection, _ []byte) error {
		h.mu.Lock()
		h.conns[c] = true
		h.mu.Unlock()
		return nil
	}}
	s, err := gev.NewServer(gevws.NewHandlerWrap(up, h), gev.CustomProtocol(gevws.New(up)), gev.Network("tcp"), gev.Address(addr), gev.NumLoops(-1))
	if err != nil {
		return server{}, fmt.Errorf("gev: %w", err)
	}
	go s.Start()
	return server{"ws://" + addr + "/", func(batch [][]byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, m := range batch {
			frame, err := util.PackData(ws.MessageText, m)
			if err != nil {
				continue
			}
			for c := range h.conns {
				_ = c.Send(frame)
			}
		}
	}}, nil
}
