package relay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/hub"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		code = leftOver()
	}
	os.Exit(code)
}

func leftOver() int {
	http.DefaultClient.CloseIdleConnections()
	var stacks string
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); {
		stacks = string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "internal/fanout.(*") && !strings.Contains(stacks, "internal/relay.(*") {
			return 0
		}
		runtime.Gosched()
	}
	os.Stderr.WriteString("goroutines left over:\n" + stacks)
	return 1
}

// memory is an archive in memory.
type memory struct {
	mu     sync.Mutex
	events []event.Event // ascending by Seq
	id     string
	gaps   []event.Gap
	fail   error
	asked  int    // queries
	turn   func() // called at each query
}

func (m *memory) append(events ...event.Event) []event.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range events {
		if events[i].Seq = 1; len(m.events) > 0 {
			events[i].Seq = m.events[len(m.events)-1].Seq + 1
		}
		m.events = append(m.events, events[i])
	}
	return events
}

func (m *memory) Query(_ context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	m.mu.Lock()
	m.asked++
	turn := m.turn
	events, fail := m.events, m.fail
	m.mu.Unlock()
	if turn != nil {
		turn()
	}
	return func(yield func(event.Event, error) bool) {
		if fail != nil {
			yield(event.Event{}, fail)
			return
		}
		n := 0
		give := func(e event.Event) bool {
			if !f.Match(&e) || f.Before != 0 && e.Seq >= f.Before {
				return true
			}
			if !f.Raw {
				e.Raw = nil
			}
			n++
			return yield(e, nil) && n != f.Limit
		}
		if f.Newest {
			for _, e := range slices.Backward(events) {
				if !give(e) {
					return
				}
			}
			return
		}
		from, _ := slices.BinarySearchFunc(events, f.After+1, func(e event.Event, seq int64) int { return cmp.Compare(e.Seq, seq) })
		for i := from; i < len(events) && (f.Before == 0 || events[i].Seq < f.Before); i++ {
			if !give(events[i]) {
				return
			}
		}
	}
}

func (m *memory) Coverage(_ context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error) {
	return event.Coverage{Room: room, Spans: []event.Span{{From: from, To: to}}, Gaps: m.gaps}, m.fail
}

func (m *memory) LastSeq(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return 0, m.fail
	}
	return m.events[len(m.events)-1].Seq, m.fail
}

func (m *memory) ID() string { return m.id }

// roomList is a set of sessions that does nothing.
type roomList struct {
	mu    sync.Mutex
	rooms []event.Status
}

func (l *roomList) Rooms() []event.Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rooms)
}

func (l *roomList) Join(_ context.Context, room event.RoomID) (event.Status, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room == 404 {
		return event.Status{Room: room, State: event.StateNotFound}, fmt.Errorf("no such room")
	}
	s := event.Status{Room: room, State: event.StateConnecting}
	l.rooms = append(l.rooms, s)
	return s, nil
}

func (l *roomList) Leave(_ context.Context, room event.RoomID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms = slices.DeleteFunc(l.rooms, func(s event.Status) bool { return s.Room == room })
	return nil
}

// line is a relay on a real listener with everything before it simulated.
type line struct {
	t       *testing.T
	hub     *hub.Hub
	archive *memory // nil: none
	relay   *Relay
	server  *httptest.Server
	stop    func()
}

func start(t *testing.T, c Config, archive *memory) *line {
	t.Helper()
	l := &line{t: t, hub: hub.New(hub.Options{}), archive: archive}
	c.Hub = l.hub
	if archive != nil {
		c.History = archive
	}
	l.relay = New(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.relay.Run(ctx) }()
	l.server = httptest.NewServer(l.relay.Handler())
	l.stop = sync.OnceFunc(func() {
		l.hub.Close()
		<-done
		cancel()
		l.server.Close()
	})
	t.Cleanup(l.stop)
	return l
}

// both runs a test with the loops and without them.
func both(t *testing.T, test func(t *testing.T, c Config)) {
	for _, portable := range []bool{false, true} {
		t.Run(map[bool]string{false: "loops", true: "portable"}[portable], func(t *testing.T) { test(t, Config{Portable: portable}) })
	}
}

// comment makes an event of a room.
func comment(room event.RoomID, text string) event.Event {
	return event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindComment, Cmd: "DANMU_MSG", Key: "dm:" + text,
		At: 1700000000000, Received: 1700000000001, User: &event.User{ID: "1", Name: "观众"},
		Comment: &event.Comment{Text: text, Mode: "scroll", Color: "#ffffff", Size: 25},
		Raw:     json.RawMessage(`{"cmd":"DANMU_MSG","info":["` + text + `"]}`)}
}

func gift(room event.RoomID, name string) event.Event {
	e := comment(room, name)
	e.Kind, e.Comment, e.Cmd = event.KindGift, nil, "SEND_GIFT"
	e.Gift = &event.Gift{Name: name, Count: 1}
	return e
}

// say commits and publishes events as one batch.
func (l *line) say(events ...event.Event) {
	if l.archive != nil {
		events = l.archive.append(events...)
	}
	var items []hub.Item
	for i := range events {
		items = append(items, hub.Item{Event: &events[i]})
	}
	l.hub.Publish(items)
}

// got is a message of any way to subscribe.
type got struct {
	Seq  int64
	Room event.RoomID
	Kind string
	Raw  json.RawMessage

	Comment *event.Comment
	Gift    *event.Gift

	Hello *struct {
		Version int
		Archive string
		Seq     int64
	}
	Gap    *event.Gap
	Lagged *struct{ From, To int64 }
	Status *event.Status
}

func (g got) text() string {
	switch {
	case g.Comment != nil:
		return g.Comment.Text
	case g.Gift != nil:
		return g.Gift.Name
	case g.Hello != nil:
		return "hello"
	case g.Gap != nil:
		return "gap"
	case g.Status != nil:
		return "status"
	case g.Lagged != nil:
		return "lagged"
	}
	return "?"
}

// socket is a WebSocket subscriber.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func (l *line) dial(query string) *socket {
	l.t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+"/v1/events"+query, nil)
	if err != nil {
		body := ""
		if resp != nil {
			b, _ := io.ReadAll(resp.Body)
			body = string(b)
		}
		l.t.Fatalf("subscribe %s: %v %s", query, err, body)
	}
	l.t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(time.Minute))
	return &socket{l.t, c}
}

func (s *socket) next() got {
	s.t.Helper()
	typ, b, err := s.conn.ReadMessage()
	if err != nil {
		s.t.Fatalf("read: %v", err)
	}
	if typ != websocket.TextMessage {
		s.t.Fatalf("message type %d", typ)
	}
	var g got
	if err := json.Unmarshal(b, &g); err != nil {
		s.t.Fatalf("%v in %q", err, b)
	}
	return g
}

func (s *socket) want(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if g := s.next(); g.text() != text {
			s.t.Fatalf("got %q (seq %d), want %q", g.text(), g.Seq, text)
		}
	}
}

func (s *socket) wantClose(code int) string {
	s.t.Helper()
	for {
		_, _, err := s.conn.ReadMessage()
		if err == nil {
			continue
		}
		ce, ok := err.(*websocket.CloseError)
		if !ok || ce.Code != code {
			s.t.Fatalf("ended by %v, want close code %d", err, code)
		}
		return ce.Text
	}
}

func (l *line) get(path string, header ...string) (int, string) {
	l.t.Helper()
	return l.do(http.MethodGet, path, header...)
}

func (l *line) do(method, path string, header ...string) (int, string) {
	l.t.Helper()
	req, err := http.NewRequest(method, l.server.URL+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
