package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
)

const (
	readToken  = "read-0123456789abcdef"
	adminToken = "admin-0123456789abcdef"
)

func tokens(t *testing.T) *Tokens {
	t.Helper()
	tokens, err := ParseTokens([]byte("# the tokens of this relay\n\nread " + readToken + " obs on the second machine\nadmin\t" + adminToken + " # me\n"))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestTokenFilesThatAreWrongAreToldByLineWithoutTheirContent(t *testing.T) {
	for file, want := range map[string]string{
		"":                               "no token",
		"# nothing\n":                    "no token",
		"read short":                     "line 1",
		"\nwrite 0123456789abcdef":       "line 2",
		"0123456789abcdef0123456789":     "line 1",
		"read":                           "line 1",
		"read 0123456789abcdef,comma":    "line 1",
		"read 0123456789abcdefümlaut":    "line 1",
		"admin 0123456789abcdef\nread x": "line 2",
	} {
		_, err := ParseTokens([]byte(file))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestEveryCallNeedsATokenOfItsScope(t *testing.T) {
	l := start(t, Config{Tokens: tokens(t), Rooms: &roomList{}}, &memory{id: "A1"})
	tests := []struct {
		method, path, token string
		status              int
	}{
		{"GET", "/v1/rooms", "", 401},
		{"GET", "/v1/rooms", "wrong-0123456789abcdef", 401},
		{"GET", "/v1/rooms", readToken, 200},
		{"GET", "/v1/rooms", adminToken, 200},
		{"PUT", "/v1/rooms/5", "", 401},
		{"PUT", "/v1/rooms/5", readToken, 403},
		{"PUT", "/v1/rooms/5", adminToken, 200},
		{"DELETE", "/v1/rooms/5", readToken, 403},
		{"GET", "/v1/events", "", 401},
		{"GET", "/v1/search?q=x", "", 401},
		{"GET", "/metrics", "", 401},
		{"GET", "/metrics", readToken, 200},
		{"GET", "/healthz", "", 200},
		{"GET", "/", "", 200},
		{"GET", "/overlay/5", "", 200},
		{"GET", "/room/5", "", 200},
		{"GET", "/assets/overlay.js", "", 200},
		{"GET", "/nothing", "", 401},
	}
	for _, tt := range tests {
		header := []string{}
		if tt.token != "" {
			header = []string{"Authorization", "Bearer " + tt.token}
		}
		if status, body := l.do(tt.method, tt.path, header...); status != tt.status {
			t.Errorf("%s %s with %q: %d %.100s", tt.method, tt.path, tt.token, status, body)
		}
	}
	if status, body := l.get("/healthz"); strings.Contains(body, "A1") || status != 200 {
		t.Errorf("health without a token tells %s", body)
	}
	if status, _ := l.get("/v1/rooms?token=" + readToken); status != 200 {
		t.Errorf("in the query: %d", status)
	}
	ws := "ws" + strings.TrimPrefix(l.server.URL, "http") + "/v1/events"
	d := websocket.Dialer{Subprotocols: []string{"danmaku.v1", readToken}}
	c, resp, err := d.Dial(ws, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p := resp.Header.Get("Sec-WebSocket-Protocol"); p != "danmaku.v1" {
		t.Errorf("answered with subprotocol %q: never the token", p)
	}
	if _, resp, err := websocket.DefaultDialer.Dial(ws, nil); err == nil || resp.StatusCode != 401 {
		t.Errorf("without a token: %v", err)
	}
}

func TestWithoutTokensForeignNamesAndPagesAreRefused(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}, AllowOrigins: []string{"https://overlay.example"}}, &memory{id: "A1"})
	own := strings.TrimPrefix(l.server.URL, "http://")
	tests := []struct {
		host, origin string
		status       int
	}{
		{own, "", 200},
		{"localhost:32668", "", 200},
		{"[::1]:32668", "", 200},
		{"192.168.1.5", "", 200},
		{"rebound.attacker.example", "", 403},
		{"127.0.0.1.attacker.example:32668", "", 403},
		{"overlay.example", "", 200},
		{own, "http://" + own, 200},
		{own, "http://localhost:8080", 200},
		{own, "https://overlay.example", 200},
		{own, "http://overlay.example", 403},
		{own, "https://attacker.example", 403},
		{own, "null", 403},
		{own, "file://", 403},
		{"rebound.attacker.example", "http://rebound.attacker.example", 403},
	}
	for _, tt := range tests {
		header := []string{"Host", tt.host}
		if tt.origin != "" {
			header = append(header, "Origin", tt.origin)
		}
		status, body := l.get("/v1/rooms", header...)
		if status != tt.status {
			t.Errorf("Host %q Origin %q: %d %s", tt.host, tt.origin, status, body)
		}
		d := http.Header{}
		if tt.origin != "" {
			d.Set("Origin", tt.origin)
		}
		d.Set("Host", tt.host)
		c, resp, err := websocket.DefaultDialer.Dial("ws://"+own+"/v1/events", d)
		if (err == nil) != (tt.status == 200) {
			t.Errorf("WebSocket, Host %q Origin %q: %v %v", tt.host, tt.origin, resp, err)
		}
		if err == nil {
			c.Close()
		}
	}
	for _, header := range [][]string{{"Origin", "https://attacker.example"}, {"Sec-Fetch-Site", "cross-site"}} {
		if status, _ := l.do("PUT", "/v1/rooms/5", header...); status != 403 {
			t.Errorf("joining with %v: %d", header, status)
		}
	}
	if status, _ := l.do("PUT", "/v1/rooms/5"); status != 200 {
		t.Errorf("joining from a program: %d", status)
	}
	if status, _ := l.do("OPTIONS", "/v1/rooms/5", "Origin", "https://overlay.example", "Access-Control-Request-Method", "PUT"); status != 204 {
		t.Errorf("preflight: %d", status)
	}
}

func TestNoAnswerRepeatsATokenOrAnAddress(t *testing.T) {
	l := start(t, Config{Tokens: tokens(t)}, &memory{id: "A1"})
	for _, path := range []string{"/v1/rooms?token=" + adminToken[:20], "/v1/events?kind=nonsense&token=" + readToken, "/nothing?token=" + readToken, "/metrics?token=" + readToken} {
		if _, body := l.get(path); strings.Contains(body, "0123456789abc") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestPagesRunTheirOwnScriptsOnly(t *testing.T) {
	l := start(t, Config{}, nil)
	for _, path := range []string{"/", "/overlay/21452505", "/room/21452505"} {
		resp, err := http.Get(l.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		csp := resp.Header.Get("Content-Security-Policy")
		if resp.StatusCode != 200 || !strings.Contains(csp, "script-src 'self'") || !strings.Contains(csp, "default-src 'none'") || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
		if strings.Contains(string(b), "<script>") || strings.Contains(string(b), " on") && strings.Contains(string(b), "onclick=") {
			t.Errorf("%s has a script inside", path)
		}
		page := map[string]string{"/": "dashboard", "/overlay/21452505": "overlay", "/room/21452505": "room"}[path]
		for _, name := range []string{page + ".js", page + ".css", "feed.js", "room-template.js"} {
			if strings.HasPrefix(name, page+".") && !strings.Contains(string(b), "/assets/"+name) {
				t.Errorf("%s does not load %s", path, name)
			}
			if status, text := l.get("/assets/" + name); status != 200 || strings.Contains(text, "innerHTML") || strings.Contains(text, "insertAdjacentHTML") || strings.Contains(text, "document.write") {
				t.Errorf("%s: %d", name, status)
			}
		}
	}
	for path, want := range map[string]int{"/overlay/x": 400, "/room/x": 400, "/assets/overlay.html": 404, "/assets/..%2frelay.go": 404, "/assets/event.schema.json": 404, "/favicon.ico": 200} {
		if status, _ := l.get(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestMetricsTellWhatHappened(t *testing.T) {
	c := Config{Version: "9.9", Rooms: oneRoom(), Stats: func() []Stat {
		return []Stat{{Name: "danmaku_commits_total", Help: "Commits.", Value: 3, Counter: true}, {Name: "danmaku_decode_errors_total", Help: "x", Label: "stage", Of: "bundle", Value: 2, Counter: true}}
	}}
	l := start(t, c, &memory{id: "A1"})
	s := l.dial("")
	s.want("hello")
	l.say(comment(1, "a"), comment(1, "b"), gift(1, "c"))
	s.want("a", "b", "c")
	_, text := l.get("/metrics")
	for _, want := range []string{
		`danmaku_build_info{version="9.9"} 1`,
		`danmaku_sessions{state="online"} 2`,
		`danmaku_subscribers 1`,
		`danmaku_events_total{kind="comment"} 2`,
		`danmaku_events_total{kind="gift"} 1`,
		`danmaku_delivery_seconds_count 3`,
		`danmaku_lagged_total 0`,
		`danmaku_seq 3`,
		`danmaku_commits_total 3`,
		`danmaku_decode_errors_total{stage="bundle"} 2`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(text, "观众") {
		t.Error("a user is in the metrics")
	}
}

func TestLimitsHoldForAddressesThatAreNotOurs(t *testing.T) {
	l := start(t, Config{PerAddress: 2, Subscribers: 5}, nil)
	from := func(addr string) *problem {
		_, p := l.relay.admit(&http.Request{RemoteAddr: addr})
		return p
	}
	for i, tt := range []struct {
		addr string
		ok   bool
	}{{"10.0.0.1:1", true}, {"10.0.0.1:2", true}, {"10.0.0.1:3", false}, {"[2001:db8::1]:1", true}, {"[2001:db8::2]:1", true}, {"[2001:db8::3]:1", false}, {"127.0.0.1:1", true}, {"127.0.0.1:2", false}} {
		if p := from(tt.addr); (p == nil) != tt.ok || p != nil && p.Status != 429 {
			t.Errorf("%d: %s: %v", i, tt.addr, p)
		}
	}
	var c tally
	a := addressOf("10.0.0.1:1")
	if !c.add(a, 9, 1) || c.add(a, 9, 1) {
		t.Error("the limit of 1 does not hold")
	}
	if c.remove(a); !c.add(a, 9, 1) {
		t.Error("what ended is still counted")
	}
}

func TestASubscriberBeyondTheLimitIsToldAndPlaceIsMadeWhenOneGoes(t *testing.T) {
	l := start(t, Config{Subscribers: 1}, nil)
	s := l.dial("")
	s.want("hello")
	if status, body := l.get("/v1/events", "Accept", "text/event-stream"); status != 429 || !strings.Contains(body, "too_many_subscribers") {
		t.Errorf("%d %s", status, body)
	}
	s.conn.Close()
	for l.relay.Subscribers() > 0 {
		runtime.Gosched()
	}
	l.dial("").want("hello")
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	r := New(Config{})
	conns := make([]*fakeConn, connsPerAddress+1)
	for i := range conns {
		conns[i] = &fakeConn{}
		r.ConnState(conns[i], http.StateNew)
	}
	if !conns[connsPerAddress].closed || conns[0].closed {
		t.Error("the last one should be closed, and no other")
	}
	for _, c := range conns {
		r.ConnState(c, http.StateClosed)
	}
	if len(r.conns.each) != 0 || r.conns.total != 0 {
		t.Errorf("still counted: %v", r.conns.each)
	}
}

type fakeConn struct {
	net.Conn
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}
}
func (c *fakeConn) Close() error { c.closed = true; return nil }

func TestTimelineAndExportAskTheArchive(t *testing.T) {
	var asked Export
	c := Config{
		Timeline: func(_ context.Context, room event.RoomID, from, to event.Millis, step time.Duration) (any, error) {
			if room == 9 {
				return nil, errors.New("disk on fire")
			}
			return []string{fmt.Sprint(room, from, to, step)}, nil
		},
		Broadcasts: func(_ context.Context, room event.RoomID, from, to event.Millis) (rooms, broadcasts any, err error) {
			if room == 9 {
				return nil, nil, errors.New("disk on fire")
			}
			return []string{"rooms"}, []string{fmt.Sprint(room, from, to)}, nil
		},
		Export: func(_ context.Context, w io.Writer, e Export) error {
			asked = e
			switch e.Format {
			case "csv":
				return errors.New("disk on fire")
			case "xml":
				io.WriteString(w, strings.Repeat("<half", 10_000))
				return errors.New("disk on fire")
			}
			_, err := io.WriteString(w, "{}\n")
			return err
		},
	}
	l := start(t, c, &memory{id: "A1"})
	if status, body := l.get("/v1/timeline?room=5&from=1000&to=2000&step=60s"); status != 200 || strings.TrimSpace(body) != `{"from":1000,"room":5,"step":60,"steps":["5 1000 2000 1m0s"],"to":2000}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := l.get("/v1/broadcasts?room=5&from=1000"); status != 200 || strings.TrimSpace(body) != `{"broadcasts":["5 1000 0"],"rooms":["rooms"]}` {
		t.Errorf("%d %s", status, body)
	}
	for path, want := range map[string]int{"/v1/broadcasts?room=9": 503, "/v1/broadcasts?room=1,2": 400, "/v1/broadcasts?from=5&to=4": 400, "/v1/timeline?room=9": 503, "/v1/timeline?room=1,2": 400, "/v1/timeline?step=1ms": 400, "/v1/timeline?from=0&step=1s&to=9999999999999": 400,
		"/v1/timeline?from=5&to=4": 400, "/v1/export": 400, "/v1/export?format=exe": 400, "/v1/export?format=csv": 503} {
		if status, body := l.get(path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	resp, err := http.Get(l.server.URL + "/v1/export?format=jsonl&room=5&from=100&kind=gift")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.Header.Get("Content-Disposition") != `attachment; filename="danmaku-5.jsonl"` || string(b) != "{}\n" || asked.Filter.Rooms[0] != 5 || asked.Filter.From != 100 || asked.Filter.Kinds[0] != "gift" {
		t.Errorf("%v %s %+v", resp.Header, b, asked)
	}
	resp, err = http.Get(l.server.URL + "/v1/export?format=xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(resp.Body); err == nil {
		t.Error("half an export looks whole")
	}
	resp.Body.Close()
}

func TestBodiesAreNotRead(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}}, nil)
	for body, want := range map[string]int{"{}": 200, strings.Repeat("x", 2000): 413} {
		req, err := http.NewRequest("PUT", l.server.URL+"/v1/rooms/5", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("%d bytes: %d", len(body), resp.StatusCode)
		}
	}
	req, _ := http.NewRequest("PUT", l.server.URL+"/v1/rooms/5", io.LimitReader(strings.NewReader("{}"), 2)) // chunked
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != 413 {
		t.Errorf("a body of unknown length: %d", resp.StatusCode)
	}
}
