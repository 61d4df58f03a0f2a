package relay

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/hub"
	"danmaku/protocol"
)

func command(n int) []byte {
	return fmt.Appendf(nil, `{"cmd":"DANMU_MSG","info":[%d,"草 %s"]}`, n, strings.Repeat("x", n%50))
}

// bundleOf packs commands as the platform does.
func bundleOf(v protocol.Version, commands ...[]byte) []byte {
	var plain []byte
	for _, c := range commands {
		plain = protocol.Append(plain, protocol.Packet{Op: protocol.OpCommand, Body: c})
	}
	var buf bytes.Buffer
	switch v {
	case protocol.Zlib:
		w := zlib.NewWriter(&buf)
		w.Write(plain)
		w.Close()
	case protocol.Brotli:
		w := brotli.NewWriter(&buf)
		w.Write(plain)
		w.Close()
	default:
		return plain
	}
	return protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: buf.Bytes()})
}

// native is a client of the platform.
type native struct {
	t    *testing.T
	conn *websocket.Conn
}

func (l *line) native(auth string) *native {
	l.t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+"/sub", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(time.Minute))
	n := &native{l.t, c}
	n.send(protocol.Append(nil, protocol.Packet{Version: protocol.Control, Op: protocol.OpAuth, Seq: 1, Body: []byte(auth)}))
	return n
}

func (n *native) send(b []byte) {
	n.t.Helper()
	if err := n.conn.WriteMessage(websocket.BinaryMessage, b); err != nil {
		n.t.Fatal(err)
	}
}

func (n *native) read() (message []byte, packets []protocol.Packet) {
	n.t.Helper()
	typ, b, err := n.conn.ReadMessage()
	if err != nil || typ != websocket.BinaryMessage {
		n.t.Fatalf("type %d, %v", typ, err)
	}
	for rest := b; len(rest) > 0; {
		var p protocol.Packet
		if p, rest, err = protocol.Next(rest); err != nil {
			n.t.Fatal(err)
		}
		packets = append(packets, p)
	}
	return b, packets
}

func (n *native) accepted() {
	n.t.Helper()
	if _, p := n.read(); len(p) != 1 || p[0].Op != protocol.OpAuthReply || p[0].Version != protocol.Control || string(p[0].Body) != `{"code":0}` {
		n.t.Fatalf("answer to the auth packet: %+v", p)
	}
}

// commands reads on until there are so many.
func (n *native) commands(version protocol.Version, count int) (got []string) {
	n.t.Helper()
	for len(got) < count {
		_, packets := n.read()
		if version == protocol.Plain && len(packets) != 1 {
			n.t.Errorf("%d packets in a message for a client of version 0", len(packets))
		}
		for _, p := range packets {
			if p.Op != protocol.OpCommand || p.Version != protocol.Plain && p.Version != version {
				n.t.Fatalf("%s of version %s for a client of %s", p.Op, p.Version, version)
			}
			body := p.Body
			switch p.Version {
			case protocol.Plain:
				got = append(got, string(body))
				continue
			case protocol.Zlib:
				r, err := zlib.NewReader(bytes.NewReader(body))
				if err != nil {
					n.t.Fatal(err)
				}
				body, _ = io.ReadAll(r)
			case protocol.Brotli:
				body, _ = io.ReadAll(brotli.NewReader(bytes.NewReader(body)))
			}
			for len(body) > 0 {
				q, rest, err := protocol.Next(body)
				if err != nil || q.Version != protocol.Plain || q.Op != protocol.OpCommand {
					n.t.Fatalf("inside a bundle: %+v %v", q, err)
				}
				got = append(got, string(q.Body))
				body = rest
			}
		}
	}
	return got
}

func (n *native) wantClose(code int) {
	n.t.Helper()
	for {
		if _, _, err := n.conn.ReadMessage(); err != nil {
			if ce, ok := err.(*websocket.CloseError); !ok || ce.Code != code {
				n.t.Fatalf("ended by %v, want %d", err, code)
			}
			return
		}
	}
}

func oneRoom() *roomList {
	return &roomList{rooms: []event.Status{{Room: 21452505, ShortID: 3, State: event.StateOnline, Title: "标题", Streamer: "主播", Area: "虚拟日常", Live: true, LiveFrom: 1700000000000},
		{Room: 7, State: event.StateOnline}}}
}

func TestNativeClientsGetEveryCommandInTheVersionTheyAskedFor(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		c.Rooms = oneRoom()
		l := start(t, c, nil)
		clients := map[protocol.Version][]*native{}
		for protover, v := range map[int]protocol.Version{0: 0, 1: 0, 2: 2, 3: 3} {
			n := l.native(fmt.Sprintf(`{"uid":0,"roomid":21452505,"protover":%d,"platform":"web","type":2,"key":"any"}`, protover))
			n.accepted()
			clients[v] = append(clients[v], n)
		}
		other := l.native(`{"roomid":"7","protover":3}`)
		other.accepted()
		var want []string
		var items []hub.Item
		add := func(m []byte, commands ...int) {
			for _, n := range commands {
				want = append(want, string(command(n)))
			}
			items = append(items, hub.Item{Bundle: &hub.Bundle{Room: 21452505, Message: m}})
		}
		add(bundleOf(3, command(1), command(2), command(3)), 1, 2, 3)
		add(bundleOf(2, command(4), command(5)), 4, 5)
		add(bundleOf(0, command(6)), 6)
		add(bundleOf(0, command(7), command(8)), 7, 8)
		add(append(bundleOf(3, command(9)), bundleOf(2, command(10))...), 9, 10)
		add(append(protocol.AppendHeartbeatReply(nil, 12345), bundleOf(3, command(11))...), 11)
		add(bundleOf(3, command(12))[:20])                                               // cut off
		add(append(bundleOf(0, command(13)), 0, 0, 0, 0), 13)                            // rubbish behind it
		add(protocol.Append(nil, protocol.Packet{Version: 3, Op: 5, Body: []byte("x")})) // no brotli
		add(bundleOf(3, command(14)), 14)
		l.hub.Publish(items)
		for v, ns := range clients {
			for _, n := range ns {
				if got := n.commands(v, len(want)); !slices.Equal(got, want) {
					t.Errorf("version %s got %q", v, got)
				}
				n.send(protocol.Append(nil, protocol.Packet{Version: 1, Op: protocol.OpHeartbeat, Seq: 1, Body: []byte("[object Object]")}))
				if b, _ := n.read(); !bytes.Equal(b, protocol.AppendHeartbeatReply(nil, 12345)) {
					t.Errorf("heartbeat reply %x", b)
				}
			}
		}
		l.hub.Publish([]hub.Item{{Bundle: &hub.Bundle{Room: 7, Message: bundleOf(3, command(20))}}})
		if got := other.commands(3, 1); got[0] != string(command(20)) {
			t.Errorf("the other room got %q", got)
		}
	})
}

func TestBundlesThatAClientCanReadArePassedOnUnchanged(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	n := l.native(`{"roomid":21452505,"protover":3}`)
	n.accepted()
	m := bundleOf(3, command(1), command(2))
	l.hub.Publish([]hub.Item{{Bundle: &hub.Bundle{Room: 21452505, Message: m}}})
	if b, _ := n.read(); !bytes.Equal(b, m) {
		t.Error("the message was changed")
	}
}

func TestConversionsAreMadeOncePerVersionNotPerClient(t *testing.T) {
	c := newConverted(&hub.Bundle{Message: bundleOf(3, command(1), command(2))})
	var pk packer
	for _, v := range []protocol.Version{0, 2, 3} {
		a, err := c.frames(v, &pk)
		if err != nil || len(a) == 0 {
			t.Fatal(v, err)
		}
		if b, _ := c.frames(v, &pk); &a[0] != &b[0] {
			t.Errorf("version %s was made twice", v)
		}
	}
}

func TestABombInABundleIsBoundedAndTheRestGoesOn(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	n := l.native(`{"roomid":21452505,"protover":0}`)
	n.accepted()
	var bomb bytes.Buffer
	w := brotli.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 18 {
		w.Write(zeros)
	}
	w.Close()
	l.hub.Publish([]hub.Item{
		{Bundle: &hub.Bundle{Room: 21452505, Message: protocol.Append(nil, protocol.Packet{Version: 3, Op: 5, Body: bomb.Bytes()})}},
		{Bundle: &hub.Bundle{Room: 21452505, Message: bundleOf(3, command(1))}},
	})
	if got := n.commands(0, 1); got[0] != string(command(1)) {
		t.Errorf("got %.100q", got)
	}
}

func TestNativeClientsThatBreakTheRulesAreRefused(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	text := l.native(`{"roomid":21452505}`)
	text.accepted()
	text.conn.WriteMessage(websocket.TextMessage, []byte("hello"))
	text.wantClose(1003)
	l.native(`{"roomid":1}`).wantClose(1008) // not joined
	l.native(`{"roomid":[]}`).wantClose(1008)
	bad := l.native(`{"roomid":21452505}`)
	bad.accepted()
	bad.send([]byte{1, 2, 3})
	bad.wantClose(1002)
	first := &native{t: t}
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+"/sub", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	first.conn = c
	first.send(protocol.AppendHeartbeat(nil))
	first.wantClose(1008)
}

func TestOnTheNativeWireOurTokenIsTheKey(t *testing.T) {
	tokens, err := ParseTokens([]byte("read 0123456789abcdef\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := start(t, Config{Rooms: oneRoom(), Tokens: tokens}, nil)
	l.native(`{"roomid":21452505,"key":"0123456789abcdef"}`).accepted()
	refused := l.native(`{"roomid":21452505,"key":"wrong"}`)
	if _, p := refused.read(); len(p) != 1 || string(p[0].Body) != `{"code":-101}` {
		t.Errorf("%+v", p)
	}
	refused.wantClose(1008)
	if status, _ := l.get("/xlive/web-room/v1/index/getDanmuInfo?id=3"); status != 401 {
		t.Errorf("getDanmuInfo without a token: %d", status)
	}
	if status, body := l.get("/xlive/web-room/v1/index/getDanmuInfo?id=3&token=0123456789abcdef"); status != 200 || !strings.Contains(body, `"token":"0123456789abcdef"`) {
		t.Errorf("getDanmuInfo: %d %s", status, body)
	}
}

func TestTheCallsThatClientsMakeFirstAreAnsweredFromWhatTheRelayKnows(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	call := func(path string) (code int, data map[string]any) {
		status, body := l.get(path)
		var a struct {
			Code int
			Data map[string]any
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		return a.Code, a.Data
	}
	code, d := call("/xlive/web-room/v1/index/getDanmuInfo?id=3&type=0&wts=1&w_rid=x")
	host := d["host_list"].([]any)[0].(map[string]any)
	if code != 0 || d["token"] == "" || fmt.Sprintf("http://%s:%.0f", host["host"], host["ws_port"]) != l.server.URL || host["wss_port"] != 0.0 || host["port"] != 0.0 {
		t.Errorf("getDanmuInfo: %d %v", code, d)
	}
	if code, _ := call("/xlive/web-room/v1/index/getDanmuInfo?id=99"); code != 1002002 {
		t.Errorf("getDanmuInfo of another room: %d", code)
	}
	if code, d := call("/room/v1/Room/room_init?id=3"); code != 0 || d["room_id"] != 21452505.0 || d["short_id"] != 3.0 || d["live_status"] != 1.0 || d["live_time"] != 1700000000.0 {
		t.Errorf("room_init: %d %v", code, d)
	}
	if code, _ := call("/room/v1/Room/room_init?id=x"); code != 60004 {
		t.Errorf("room_init of no room: %d", code)
	}
	if code, d := call("/room/v1/Room/get_info?room_id=21452505"); code != 0 || d["title"] != "标题" || d["live_time"] != "2023-11-15 06:13:20" {
		t.Errorf("get_info: %d %v", code, d)
	}
	if code, _ := call("/room/v1/Room/get_info?room_id=1"); code != 1 {
		t.Errorf("get_info of another room: %d", code)
	}
	if _, d := call("/xlive/web-room/v1/index/getRoomBaseInfo?room_ids=7&room_ids=3&room_ids=5"); len(d["by_room_ids"].(map[string]any)) != 2 {
		t.Errorf("getRoomBaseInfo: %v", d)
	}
	if code, d := call("/x/web-interface/nav"); code != -101 || d["wbi_img"] == nil {
		t.Errorf("nav: %d %v", code, d)
	}
}
