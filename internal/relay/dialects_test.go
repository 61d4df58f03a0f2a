package relay

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/dialect"
	"danmaku/internal/hub"
)

// guest is a client of another program.
type guest struct {
	t    *testing.T
	conn *websocket.Conn
}

func (l *line) guest(path string, header http.Header, protocols ...string) *guest {
	l.t.Helper()
	d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: time.Minute}
	c, resp, err := d.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+path, header)
	if err != nil {
		status := "no answer"
		if resp != nil {
			status = resp.Status
		}
		l.t.Fatalf("%s: %v (%s)", path, err, status)
	}
	l.t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(time.Minute))
	return &guest{l.t, c}
}

func (g *guest) send(message string) {
	g.t.Helper()
	if err := g.conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		g.t.Fatal(err)
	}
}

// hear reads the next message into v.
func (g *guest) hear(v any) {
	g.t.Helper()
	_, b, err := g.conn.ReadMessage()
	if err != nil {
		g.t.Fatalf("read: %v", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		g.t.Fatalf("%v in %s", err, b)
	}
}

// closed reads until the close frame and returns its code.
func (g *guest) closed() int {
	g.t.Helper()
	for {
		_, _, err := g.conn.ReadMessage()
		if ce, ok := err.(*websocket.CloseError); ok {
			return ce.Code
		}
		if err != nil {
			g.t.Fatalf("no close frame: %v", err)
		}
	}
}

type blcSaid struct {
	Cmd   int
	Data  json.RawMessage
	Extra struct {
		RoomID       event.RoomID
		IsFromPlugin bool
	}
}

// waitListeners waits until so many listen in a dialect.
func (l *line) waitListeners(d dialect.Dialect, n int) {
	l.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for l.relay.feeds.listeners(d) != n {
		if time.Now().After(deadline) {
			l.t.Fatalf("%d listeners of %s, want %d", l.relay.feeds.listeners(d), d, n)
		}
		<-time.After(time.Millisecond)
	}
}

// evening is one event of each kind that every dialect tells.
func evening(room event.RoomID) []event.Event {
	superchat, guard, free, twice := comment(room, ""), comment(room, ""), gift(room, "辣条"), gift(room, "copy")
	superchat.Kind, superchat.Key, superchat.Comment = event.KindSuperChat, "sc:8001", nil
	superchat.SuperChat = &event.SuperChat{ID: "8001", Text: "醒目", Price: 30_000, Seconds: 60}
	guard.Kind, guard.Key, guard.Comment = event.KindGuard, "guard:1", nil
	guard.Guard = &event.Guard{Level: 3, Name: "舰长", Count: 1, Unit: "月", Price: 198_000}
	twice.Of = "dm:辣条"
	removed := event.Event{Room: room, Kind: event.KindSuperChatDelete, SuperChatDelete: &event.SuperChatDelete{IDs: []string{"8001"}}}
	return []event.Event{comment(room, "草"), free, twice, superchat, guard, removed}
}

func TestABlivechatPageJoinsItsRoomAndHearsItsEvening(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		c.Rooms = oneRoom()
		l := start(t, c, nil)
		g := l.guest("/api/chat", nil)
		g.send(`{"cmd":1,"data":{"roomKey":{"type":1,"value":21452505},"config":{"autoTranslate":false}}}`)
		l.waitListeners(dialect.Blivechat, 1)
		l.say(comment(7, "in another room"))
		l.say(evening(21452505)...)
		l.waitPublished(7)
		l.relay.feeds.beat(dialect.Blivechat)
		g.send(`{"cmd":0}`)
		for _, want := range []struct {
			cmd  int
			data string
		}{{2, `"草"`}, {3, `"giftName":"辣条"`}, {5, `"price":30`}, {4, `"total_coin":198000`}, {6, `["8001"]`}, {0, `{}`}} {
			var m blcSaid
			g.hear(&m)
			if m.Cmd != want.cmd || !strings.Contains(string(m.Data), want.data) {
				t.Errorf("heard command %d %s, want %d with %s", m.Cmd, m.Data, want.cmd, want.data)
			}
		}
	})
}

// waitPublished waits until the feeds have been given so many events.
func (l *line) waitPublished(n uint64) {
	l.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		l.relay.feeds.mu.Lock()
		sum := uint64(0)
		for _, k := range l.relay.feeds.published.events {
			sum += k
		}
		l.relay.feeds.mu.Unlock()
		if sum >= n {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%d events published, want %d", sum, n)
		}
		<-time.After(time.Millisecond)
	}
}

func TestABlivechatPageIsRefusedWhatCannotBeServed(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	for message, code := range map[string]int{
		`{"cmd":1,"data":{"roomKey":{"type":1,"value":9}}}`: websocket.ClosePolicyViolation,
		`hello`: websocket.ClosePolicyViolation,
		`{"cmd":1,"data":{"roomKey":{"type":1,"value":"` + strings.Repeat("9", 20<<10) + `"}}}`: websocket.CloseMessageTooBig,
	} {
		g := l.guest("/api/chat", nil)
		g.send(message)
		if got := g.closed(); got != code {
			t.Errorf("%.60s: closed with %d, want %d", message, got, code)
		}
	}
	g := l.guest("/api/chat", nil)
	g.send(`{"cmd":1,"data":{"roomKey":{"type":2,"value":"CODE"}}}`)
	var m blcSaid
	g.hear(&m)
	if m.Cmd != 8 || !strings.Contains(string(m.Data), `"type":1`) || g.closed() != websocket.ClosePolicyViolation {
		t.Errorf("an identity code is answered with %d %s", m.Cmd, m.Data)
	}
}

func TestABlivechatPluginHearsAllRoomsAndMayAddComments(t *testing.T) {
	rooms := oneRoom()
	l := start(t, Config{Rooms: rooms, Version: "9.9"}, nil)
	page := l.guest("/api/chat", nil)
	page.send(`{"cmd":1,"data":{"roomId":21452505}}`)
	l.waitListeners(dialect.Blivechat, 1)
	g := l.guest("/api/plugin/websocket", http.Header{"Authorization": {"Bearer anything"}})
	var m blcSaid
	for _, want := range []int{1, 2, 3, 2, 3} { // its start, then both rooms, each with its state
		if g.hear(&m); m.Cmd != want {
			t.Fatalf("greeted with %d %s, want %d", m.Cmd, m.Data, want)
		}
	}
	l.waitListeners(dialect.BlivechatPlugin, 1)
	l.hub.Publish([]hub.Item{{Status: &event.Status{Room: 77, State: event.StateConnecting}}, {Status: &event.Status{Room: 77, State: event.StateOnline}},
		{Status: &event.Status{Room: 77, State: event.StateStopped}}})
	for _, want := range []int{2, 3, 4} {
		if g.hear(&m); m.Cmd != want || m.Extra.RoomID != 77 {
			t.Fatalf("told %d of room %d, want %d of 77", m.Cmd, m.Extra.RoomID, want)
		}
	}
	l.say(evening(21452505)...)
	for _, want := range []int{50, 51, 53, 52, 54} {
		if g.hear(&m); m.Cmd != want || m.Extra.RoomID != 21452505 {
			t.Fatalf("told %d of room %d, want %d", m.Cmd, m.Extra.RoomID, want)
		}
	}
	l.relay.feeds.beat(dialect.BlivechatPlugin)
	if g.hear(&m); m.Cmd != 0 {
		t.Fatalf("no heartbeat but %d", m.Cmd)
	}
	g.send(`{"cmd":0,"data":{}}`)
	g.send(`{"cmd":30,"data":{"level":20,"msg":"started"}}`)
	g.send(`{"cmd":31,"data":{"content":"译文","authorName":"机器人","uid":"1","roomKey":{"type":1,"value":21452505}}}`)
	if g.hear(&m); m.Cmd != 50 || !m.Extra.IsFromPlugin || !strings.Contains(string(m.Data), "译文") {
		t.Errorf("the added comment comes back as %d %s", m.Cmd, m.Data)
	}
	for m.Cmd != 2 || !strings.Contains(string(m.Data), "译文") { // behind the evening
		page.hear(&m)
	}
	code, body := l.get("/api/plugin/rooms")
	if code != http.StatusOK || !strings.Contains(body, `{"roomId":21452505,"roomKey":{"type":1,"value":21452505}}`) {
		t.Errorf("rooms: %d %s", code, body)
	}
	g.send(`{"cmd":`)
	if got := g.closed(); got != websocket.CloseInvalidFramePayloadData {
		t.Errorf("garbage is closed with %d", got)
	}
}

type bridgeSaid struct {
	Type, ClientID, Version, Source string
	Origin                          event.RoomID
	ClientCount                     int
	IsServer                        bool
}

func TestALaplaceClientIsGreetedPingedAndToldEverything(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		c.Rooms = oneRoom()
		l := start(t, c, nil)
		g := l.guest("/", nil) // without a token the client offers no subprotocol
		var m bridgeSaid
		if g.hear(&m); m.Type != "established" || m.ClientID == "" || m.IsServer || m.Version != dialect.LaplaceVersion {
			t.Fatalf("greeted with %+v", m)
		}
		l.waitListeners(dialect.Laplace, 1)
		l.say(evening(21452505)...)
		for _, want := range []string{"message", "gift", "superchat", "toast", "superchat-delete"} {
			if g.hear(&m); m.Type != want || m.Origin != 21452505 {
				t.Fatalf("told %+v, want a %s", m, want)
			}
		}
		l.relay.feeds.beat(dialect.Laplace)
		if g.hear(&m); m.Type != "ping" {
			t.Fatalf("no ping but %+v", m)
		}
		g.send(`{"type":"pong","timestamp":1,"respondingTo":1}`)
		g.send(`{"type":"something"}`)
		if g.hear(&m); m.Type != "client-message-received" {
			t.Errorf("acknowledged with %+v", m)
		}
		code, body := l.get("/info")
		if code != http.StatusOK || !strings.Contains(body, `"websocketClients":1`) || !strings.Contains(body, `"roomId":21452505`) {
			t.Errorf("info: %d %s", code, body)
		}
	})
}

func TestALaplaceSourceIsPassedOnToTheClientsOfItsRoom(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	g := l.guest("/?room=21452505", nil, bridgeClient)
	if g.conn.Subprotocol() != bridgeClient {
		t.Errorf("answered with subprotocol %q", g.conn.Subprotocol())
	}
	var m bridgeSaid
	g.hear(&m)
	l.waitListeners(dialect.Laplace, 1)
	s := l.guest("/", nil, bridgeServer)
	if s.hear(&m); !m.IsServer {
		t.Fatalf("greeted with %+v", m)
	}
	l.waitListeners(dialect.Laplace, 2)
	s.send(`{"type":"message","origin":9,"message":"elsewhere"}`)
	s.send(`{"type":"message","origin":21452505,"message":"here"}`)
	m = bridgeSaid{}
	if g.hear(&m); m.Type != "message" || m.Origin != 21452505 || m.Source == "" {
		t.Errorf("passed on as %+v", m)
	}
	for m.Type != "broadcast-success" { // its own copies come as well
		s.hear(&m)
	}
	if m.ClientCount != 2 {
		t.Errorf("acknowledged with %+v", m)
	}
	s.send(`{"no":"type"}`)
	if got := s.closed(); got != websocket.CloseInvalidFramePayloadData {
		t.Errorf("garbage is closed with %d", got)
	}
}

func TestASocialStreamPageJoinsByItsFirstWordOrByThePath(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	l.relay.speakUp = time.Hour // however slow the machine
	byWord, byPath, other := l.guest("/", nil), l.guest("/join/21452505/4/3", nil), l.guest("/join/anything/1/2", nil)
	byWord.send(`{"join":"SESSION","in":4,"out":3}`)
	l.waitListeners(dialect.SocialStream, 2)
	l.say(comment(7, "in another room"))
	l.say(evening(21452505)...)
	type chat struct{ ChatMessage, HasDonation, Type string }
	for _, want := range []string{"in another room", "草", "赠送 辣条 ×1", "醒目", "开通了舰长"} {
		var m chat
		if byWord.hear(&m); m.ChatMessage != want || m.Type != "bilibili" {
			t.Errorf("told %+v, want %s", m, want)
		}
		if want == "in another room" {
			continue
		}
		if byPath.hear(&m); m.ChatMessage != want {
			t.Errorf("the room's session is told %+v, want %s", m, want)
		}
	}
	for _, g := range []*guest{byWord, other} { // who listens on another channel is answered, too, and told nothing
		g.send(`{"action":"getQueueSize","get":"q1"}`)
		var m struct {
			Callback struct {
				Get    string
				Result bool
			}
		}
		if g.hear(&m); m.Callback.Get != "q1" {
			t.Errorf("answered with %+v", m)
		}
	}
}

func TestASocialStreamSessionIsAlsoAnEventStream(t *testing.T) {
	l := start(t, Config{Rooms: oneRoom()}, nil)
	resp, err := http.Get(l.server.URL + "/sse/21452505")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	l.waitListeners(dialect.SocialStream, 1)
	l.say(comment(21452505, "草"))
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if !strings.Contains(data, `"chatmessage":"草"`) {
			t.Errorf("told %s", data)
		}
		return
	}
	t.Error("the stream ended", lines.Err())
}

type oneSaid struct {
	Type string
	Data json.RawMessage
}

func (m oneSaid) ids(t *testing.T) (ids []string) {
	t.Helper()
	var d struct {
		Comments []struct {
			Service string
			Data    struct{ ID, Comment string }
		}
	}
	if err := json.Unmarshal(m.Data, &d); err != nil {
		t.Fatalf("%v in %s", err, m.Data)
	}
	for _, c := range d.Comments {
		ids = append(ids, c.Data.ID)
	}
	return ids
}

func TestAnOneCommePageBeginsWithTheLastCommentsThenFollows(t *testing.T) {
	archive := &memory{id: "a"}
	l := start(t, Config{Rooms: oneRoom()}, archive)
	for n := range 40 {
		l.say(comment(21452505, fmt.Sprint(n)))
	}
	waitPosition(l, archive)
	g := l.guest("/sub?p=all", nil)
	var m oneSaid
	if g.hear(&m); m.Type != "connected" {
		t.Fatalf("greeted with %s", m.Type)
	}
	if ids := m.ids(t); len(ids) != oneCommeHistory || ids[0] != "10" || ids[29] != "39" {
		t.Errorf("begins with %v", ids)
	}
	l.say(evening(21452505)...)
	for _, want := range []string{"草", "辣条", "8001", "1"} {
		if g.hear(&m); m.Type != "comments" || len(m.ids(t)) != 1 || m.ids(t)[0] != want {
			t.Errorf("told %s %s, want comment %s", m.Type, m.Data, want)
		}
	}
	if g.hear(&m); m.Type != "deleted" || !strings.Contains(string(m.Data), `"8001"`) {
		t.Errorf("told %s %s, want a deletion", m.Type, m.Data)
	}
	for path, want := range map[string]string{
		"/api/info": `"licensed":false`, "/api/comments": `"id":"8001"`, "/api/services": `"id":"danmaku-21452505"`, "/api/config": `{}`, "/api/orders": `[]`,
		"/api/templates": `[]`, "/api/comments/pinned": `null`, "/api/comments/search": `[]`, "/api/setlists/current": `"items":[]`,
		"/api/server_info": `"enableTranslate":false`, "/api/endpoints": l.server.URL, "/api/room_info?roomId=21452505": `"roomId":21452505`, "/api/text_emoticon_mappings": `"textEmoticons":[]`,
	} {
		if code, body := l.get(path); code != http.StatusOK || !strings.Contains(body, want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d %s; want %s in it", path, code, body, want)
		}
	}
	if code, _ := l.get("/api/ping"); code != http.StatusNoContent {
		t.Errorf("/api/ping: %d", code)
	}
}

func TestDialectsAskForTheTokenAndOnlyAdminsMaySpeak(t *testing.T) {
	tokens, err := ParseTokens([]byte("read reader-token-000000\nadmin admin-token-0000000\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := start(t, Config{Rooms: oneRoom(), Tokens: tokens}, nil)
	base := "ws" + strings.TrimPrefix(l.server.URL, "http")
	for _, path := range []string{"/", "/api/chat", "/api/plugin/websocket", "/sub?p=all", "/join/1/4/3", "/?token=wrong"} {
		c, resp, err := websocket.DefaultDialer.Dial(base+path, nil)
		if err == nil {
			c.Close()
			t.Errorf("%s lets everybody in", path)
		} else if resp == nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", path, err)
		}
	}
	var m bridgeSaid
	if l.guest("/", nil, bridgeClient, "reader-token-000000").hear(&m); m.Type != "established" {
		t.Errorf("a reader is greeted with %+v", m)
	}
	if code := l.guest("/", nil, bridgeServer, "reader-token-000000").closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("a reader that wants to send events is closed with %d", code)
	}
	if l.guest("/", nil, bridgeServer, "admin-token-0000000").hear(&m); !m.IsServer {
		t.Errorf("an admin is greeted with %+v", m)
	}
	p := l.guest("/api/plugin/websocket", http.Header{"Authorization": {"Bearer reader-token-000000"}})
	p.send(`{"cmd":31,"data":{"content":"x"}}`)
	if code := p.closed(); code != websocket.ClosePolicyViolation {
		t.Errorf("a reader that adds a comment is closed with %d", code)
	}
	for _, path := range []string{"/info", "/api/comments", "/api/plugin/rooms", "/sse/1"} {
		if code, _ := l.get(path); code != http.StatusUnauthorized {
			t.Errorf("%s: %d without a token", path, code)
		}
	}
}
