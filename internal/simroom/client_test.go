package simroom

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/protocol"

	"github.com/gorilla/websocket"
)

func TestMain(m *testing.M) {
	code := m.Run()
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	if code == 0 && strings.Contains(string(buf), "danmaku/internal/simroom.(*") {
		os.Stderr.WriteString("goroutines left over:\n" + string(buf))
		code = 1
	}
	os.Exit(code)
}

// pass lets virtual time go by.
func pass(d time.Duration) { <-time.After(d) }

// start runs a server on a pipe until the test ends.
func start(t testing.TB, c Config) (*Server, *guest) {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPipe()
	ctx, cancel := context.WithCancel(context.Background())
	h := &http.Server{Handler: s.Handler()}
	var work sync.WaitGroup
	work.Go(func() { s.Run(ctx) })
	work.Go(func() { h.Serve(p) })
	tr := &http.Transport{DialContext: p.Dial}
	t.Cleanup(func() {
		cancel()
		tr.CloseIdleConnections()
		h.Close()
		work.Wait()
	})
	return s, &guest{t: t, http: &http.Client{Transport: tr}, dial: p.Dial, base: "http://platform.test:80", agent: browser}
}

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"

// guest is a plain client that does what protocol.md says and nothing else.
type guest struct {
	t     testing.TB
	http  *http.Client
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	base  string
	agent string
	buvid string
	nonce int
}

func (g *guest) call(path string, cookies ...string) json.RawMessage {
	g.t.Helper()
	code, data := g.tryCall(path, cookies...)
	if code != 0 {
		g.t.Fatalf("%s: code %d: %s", path, code, data)
	}
	return data
}

func (g *guest) tryCall(path string, cookies ...string) (code int, data json.RawMessage) {
	g.t.Helper()
	q, err := http.NewRequest("GET", g.base+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	q.Header.Set("User-Agent", g.agent)
	for _, c := range cookies {
		q.Header.Add("Cookie", c)
	}
	p, err := g.http.Do(q)
	if err != nil {
		g.t.Fatal(err)
	}
	defer p.Body.Close()
	b, err := io.ReadAll(p.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	var a struct {
		Code int             `json:"code"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		g.t.Fatalf("%s: %v in %q", path, err, b)
	}
	return a.Code, a.Data
}

type host struct {
	Host    string `json:"host"`
	WSPort  int    `json:"ws_port"`
	WSSPort int    `json:"wss_port"`
}

type access struct {
	Token string `json:"token"`
	Hosts []host `json:"host_list"`
}

// signed adds the WBI signature to a query.
func (g *guest) signed(query url.Values) string {
	g.t.Helper()
	_, data := g.tryCall("/x/web-interface/nav")
	var nav struct {
		WBI struct {
			Img string `json:"img_url"`
			Sub string `json:"sub_url"`
		} `json:"wbi_img"`
	}
	decode(g.t, data, &nav)
	name := func(s string) string {
		s = s[bytes.LastIndexByte([]byte(s), '/')+1:]
		return s[:len(s)-len(".png")]
	}
	query.Set("wts", strconv.FormatInt(time.Now().Unix(), 10))
	query.Set("w_rid", wbiSign(query, name(nav.WBI.Img), name(nav.WBI.Sub)))
	return query.Encode()
}

// access gets a token the way a browser does.
func (g *guest) access(room event.RoomID) access {
	g.t.Helper()
	if g.buvid == "" {
		var finger struct {
			B3 string `json:"b_3"`
		}
		decode(g.t, g.call("/x/frontend/finger/spi"), &finger)
		g.buvid = finger.B3
	}
	var a access
	decode(g.t, g.call("/xlive/web-room/v1/index/getDanmuInfo?"+g.signed(url.Values{"id": {room.String()}, "type": {"0"}, "web_location": {"444.8"}}), "buvid3="+g.buvid), &a)
	return a
}

// socket is a joined comment socket.
type socket struct {
	t  testing.TB
	ws *websocket.Conn
}

func (g *guest) connect(h host) *websocket.Conn {
	g.t.Helper()
	ws, err := g.tryConnect(h)
	if err != nil {
		g.t.Fatal(err)
	}
	return ws
}

func (g *guest) tryConnect(h host) (*websocket.Conn, error) {
	d := websocket.Dialer{NetDialContext: g.dial}
	ws, _, err := d.Dial(fmt.Sprintf("ws://%s:%d/sub", h.Host, h.WSPort), http.Header{"User-Agent": {g.agent}})
	if err == nil {
		g.t.Cleanup(func() { ws.Close() })
	}
	return ws, err
}

// join does everything from the cookie to the accepted auth packet.
func (g *guest) join(room event.RoomID, protover int) *socket {
	g.t.Helper()
	a := g.access(room)
	ws := g.connect(a.Hosts[0])
	s := &socket{t: g.t, ws: ws}
	s.send(protocol.AppendAuth(nil, protocol.Auth{Room: int64(room), Protover: protover, Platform: "web", Type: 2, Buvid: g.buvid, Key: a.Token}))
	p := s.packets()[0]
	if r, err := protocol.ParseAuthReply(p.Body); p.Op != protocol.OpAuthReply || err != nil || r.Code != 0 {
		g.t.Fatalf("auth answered with %v %q", p.Op, p.Body)
	}
	return s
}

func (s *socket) send(b []byte) {
	s.t.Helper()
	if err := s.ws.WriteMessage(websocket.BinaryMessage, b); err != nil {
		s.t.Fatal(err)
	}
}

// beat sends a heartbeat now and then every 30 seconds, n in all.
func (s *socket) beat(n int) {
	stop := make(chan struct{})
	s.t.Cleanup(func() { close(stop) })
	go func() {
		for range n {
			if s.ws.WriteMessage(websocket.BinaryMessage, protocol.AppendHeartbeat(nil)) != nil {
				return
			}
			select {
			case <-time.After(30 * time.Second):
			case <-stop:
				return
			}
		}
	}()
}

// packets reads one WebSocket message and unpacks it.
func (s *socket) packets() []protocol.Packet {
	s.t.Helper()
	list, err := s.tryPackets()
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *socket) tryPackets() ([]protocol.Packet, error) {
	_, b, err := s.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	return flatten(b)
}

func flatten(b []byte) (list []protocol.Packet, err error) {
	for len(b) > 0 {
		p, rest, err := protocol.Next(b)
		if err != nil {
			return list, err
		}
		b = rest
		if p.Op == protocol.OpCommand && p.Version >= protocol.Zlib {
			plain, err := decompress(p.Version, p.Body)
			if err != nil {
				return list, err
			}
			inner, err := flatten(plain)
			if err != nil {
				return list, err
			}
			list = append(list, inner...)
			continue
		}
		list = append(list, p)
	}
	return list, nil
}

// commands reads until there are n of them.
func (s *socket) commands(n int) [][]byte {
	s.t.Helper()
	var list [][]byte
	for len(list) < n {
		for _, p := range s.packets() {
			if p.Op == protocol.OpCommand {
				list = append(list, p.Body)
			}
		}
	}
	return list
}

func decode(t testing.TB, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%v in %s", err, cmp.Or(string(data), "nothing"))
	}
}
