package relay

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"danmaku/event"
)

func manyRooms(n int) string {
	var s []string
	for i := range n {
		s = append(s, strconv.Itoa(i+1))
	}
	return strings.Join(s, ",")
}

func TestMalformedRequestsGetAnErrorThatSaysWhatToDo(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}}, &memory{id: "A1"})
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v1/events?room=abc", 400, "bad_parameter"},
		{"GET", "/v1/events?room=-1", 400, "bad_parameter"},
		{"GET", "/v1/events?room=99999999999999999999", 400, "bad_parameter"},
		{"GET", "/v1/events?kind=chat", 400, "bad_parameter"},
		{"GET", "/v1/events?after=x", 400, "bad_parameter"},
		{"GET", "/v1/events?after=-5", 400, "bad_parameter"},
		{"GET", "/v1/events?raw=yes", 400, "bad_parameter"},
		{"GET", "/v1/events?batch=1h", 400, "bad_parameter"},
		{"GET", "/v1/events?wait=soon", 400, "bad_parameter"},
		{"GET", "/v1/events?limit=0", 400, "bad_parameter"},
		{"GET", "/v1/events?format=xml", 400, "bad_parameter"},
		{"GET", "/v1/events?q=%ff", 400, "bad_parameter"},
		{"GET", "/v1/events?q=%zz", 400, "bad_query"},
		{"GET", "/v1/events?room=" + manyRooms(1100), 400, "bad_parameter"},
		{"GET", "/v1/events?x=" + strings.Repeat("x", 9000), 414, "query_too_long"},
		{"GET", "/v1/search?from=yesterday-ish", 400, "bad_parameter"},
		{"GET", "/v1/search?limit=100000", 400, "bad_parameter"},
		{"GET", "/v1/coverage", 400, "bad_parameter"},
		{"GET", "/v1/coverage?room=1&from=20&to=10", 400, "bad_parameter"},
		{"PUT", "/v1/rooms/x", 400, "bad_parameter"},
		{"PUT", "/v1/rooms/404", 404, "no_such_room"},
		{"DELETE", "/v1/rooms/5", 404, "not_joined"},
		{"POST", "/v1/rooms/5", 405, "method_not_allowed"},
		{"GET", "/nothing", 404, "not_found"},
	}
	for _, tt := range tests {
		status, body := l.do(tt.method, tt.path)
		var p struct {
			Error struct{ Code, Message, Hint string }
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != tt.status || p.Error.Code != tt.code || p.Error.Message == "" || p.Error.Hint == "" {
			t.Errorf("%s %.60s: %d %s", tt.method, tt.path, status, body)
		}
		if len(body) > 600 {
			t.Errorf("%.40s: the whole parameter is repeated", tt.path)
		}
	}
	// A WebSocket handshake is refused in the same words.
	_, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+"/v1/events?kind=chat", nil)
	if err == nil || resp.StatusCode != 400 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("handshake: %v %v", resp, err)
	}
}

func TestRoomsAreListedJoinedAndLeft(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}}, nil)
	if status, body := l.get("/v1/rooms"); status != 200 || strings.TrimSpace(body) != `{"rooms":[]}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := l.do("PUT", "/v1/rooms/7"); status != 200 || !strings.Contains(body, `"room":7`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := l.get("/v1/rooms"); status != 200 || !strings.Contains(body, `"state":"connecting"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := l.do("DELETE", "/v1/rooms/7"); status != 204 {
		t.Errorf("%d", status)
	}
	bare := start(t, Config{}, nil)
	if status, _ := bare.do("PUT", "/v1/rooms/7"); status != 404 {
		t.Errorf("%d", status)
	}
}

func TestSearchPagesBackwards(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	for n := range 5 {
		l.say(comment(1, fmt.Sprintf("草%d", n+1)), comment(2, "other"))
	}
	search := func(query string) (p pageJSON) {
		status, body := l.get("/v1/search?" + query)
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		return p
	}
	q := "q=" + url.QueryEscape("草") + "&limit=2"
	p := search(q)
	if texts(p.Events) != "草5 草4" || p.Next == 0 {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	p = search(fmt.Sprintf("%s&before=%d", q, p.Next))
	if texts(p.Events) != "草3 草2" {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	if p = search(fmt.Sprintf("%s&before=%d", q, p.Next)); texts(p.Events) != "草1" || p.Next != 0 {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	if p = search("q=nothing"); p.Events == nil || len(p.Events) != 0 {
		t.Errorf("%+v", p)
	}
	if status, _ := start(t, Config{}, nil).get("/v1/search?q=x"); status != 404 {
		t.Errorf("without an archive: %d", status)
	}
}

func TestCoverageTellsSpansAndGaps(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1", gaps: []event.Gap{{Room: 1, From: 5, Cause: event.CauseDisk, Detail: "full"}}})
	status, body := l.get("/v1/coverage?room=1&from=0&to=100")
	want := `{"room":1,"spans":[{"from":0,"to":100}],"gaps":[{"from":5,"to":null,"cause":"disk","detail":"full"}]}`
	if status != 200 || strings.TrimSpace(body) != want {
		t.Errorf("%d %s", status, body)
	}
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	rooms := &roomList{}
	l := start(t, Config{Rooms: rooms}, &memory{id: "A1"})
	<-l.relay.started
	if status, body := l.get("/healthz"); status != 200 || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("%d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 1, State: event.StateOnline, Archived: true}, {Room: 2, State: event.StateWaiting, Cause: event.CauseNetwork}}
	if status, body := l.get("/readyz"); status != 200 || !strings.Contains(body, "room 2 is waiting network") {
		t.Errorf("one of two rooms is connected: %d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 1, State: event.StateOnline}}
	if status, body := l.get("/readyz"); status != 503 || !strings.Contains(body, "not archived") {
		t.Errorf("archive failing: %d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 2, State: event.StateWaiting}}
	if status, _ := l.get("/readyz"); status != 503 {
		t.Errorf("no room connected: %d", status)
	}
	l = start(t, Config{}, nil)
	<-l.relay.started
	if status, body := l.get("/healthz"); status != 200 || !strings.Contains(body, "not archived") {
		t.Errorf("%d %s", status, body)
	}
}
