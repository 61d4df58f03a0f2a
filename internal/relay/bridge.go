package relay

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/dialect"
	"danmaku/internal/fanout"
)

// The two dialects whose socket is at the bare address: the LAPLACE event
// bridge, where the server speaks first, and Social Stream Ninja, where the
// client does.

func (r *Relay) bridgeRoutes() {
	r.mux.HandleFunc("GET /info", r.bridgeInfo)
	r.mux.HandleFunc("GET /join/{session}/{in}/{out}", func(w http.ResponseWriter, req *http.Request) {
		conn, leave, ok := r.accept(w, req, "")
		if !ok {
			return
		}
		in, err := strconv.Atoi(req.PathValue("in"))
		if err != nil {
			in = dialect.ChatChannel
		}
		r.socialStream(conn, dialect.SocialStreamSaid{Join: req.PathValue("session"), In: in}, leave)
	})
	r.mux.HandleFunc("GET /sse/{session}", func(w http.ResponseWriter, req *http.Request) {
		if err := r.ready(req.Context()); err != nil {
			writeProblem(w, errStarting)
			return
		}
		r.stream(w, req, selection{dialect: dialect.SocialStream, format: formatSSE,
			filter: event.Filter{Rooms: r.sessionRooms(req.PathValue("session")), Kinds: dialect.SocialStream.Kinds()}}, afterNone, nil)
	})
}

// Roles are named by subprotocol, the token is a second one.
const (
	bridgeClient = "laplace-event-bridge-role-client"
	bridgeServer = "laplace-event-bridge-role-server"
)

func bridgeRole(protocol string) bool { return protocol == bridgeClient || protocol == bridgeServer }

// firstWord is how long a client that names no role may take to say that it
// speaks first.
const firstWord = 500 * time.Millisecond

// bridge serves a WebSocket at the bare address.
func (r *Relay) bridge(w http.ResponseWriter, req *http.Request) {
	role := ""
	if p := websocket.Subprotocols(req); len(p) > 0 && bridgeRole(p[0]) {
		role = p[0] // answered alone: a browser hangs up on a token
	}
	conn, leave, ok := r.accept(w, req, role)
	if !ok {
		return
	}
	var early []byte
	if role == "" {
		op, b, err := fanout.First(conn, 4<<10, r.speakUp)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = conn.SetReadDeadline(time.Time{})
		}
		if err == nil && op == fanout.OpText {
			if said, e := dialect.ParseSocialStream(b); e == nil && said.Join != "" {
				r.socialStream(conn, said, leave)
				return
			}
			early = b
		}
		if err != nil || op == fanout.OpBinary {
			leave()
			refuse(conn, err, "this address speaks JSON in text messages")
			return
		}
	}
	r.laplace(conn, req, role == bridgeServer, early, leave)
}

// laplace subscribes a client of the event bridge; early is what it has said
// already.
func (r *Relay) laplace(conn net.Conn, req *http.Request, server bool, early []byte, leave func()) {
	if server && !r.maySpeak(req) {
		leave()
		fanout.Refuse(conn, nil, &fanout.CloseError{Code: fanout.CloseRefused, Reason: "only a token of scope admin may send events"})
		return
	}
	name := "client-" + strconv.FormatUint(r.guests.Add(1), 10)
	first := [][]byte{jsonOf(map[string]any{"type": "established", "clientId": name, "isServer": server,
		"message": "danmaku relay, compatible with LAPLACE Event Bridge", "version": dialect.LaplaceVersion})}
	l := listener{dialect: dialect.Laplace, first: func(int64) [][]byte { return first }}
	if server {
		l.limit = pluginLimit
	}
	v := r.values(req)
	if l.rooms = v.rooms(r.longID); v.err != nil {
		l.rooms = nil
	}
	l.receive = func(message []byte) ([][]byte, *fanout.CloseError) {
		return r.bridgeSaid(name, server, message)
	}
	if early != nil {
		answers, ce := l.receive(early)
		if ce != nil {
			leave()
			fanout.Refuse(conn, textFrames(first), ce)
			return
		}
		first = append(first, answers...)
	}
	r.listen(conn, l, leave)
}

// bridgeSaid answers a message. Those of sources are passed on to all clients,
// those of clients are acknowledged and go no further.
func (r *Relay) bridgeSaid(name string, server bool, message []byte) ([][]byte, *fanout.CloseError) {
	var m map[string]json.RawMessage
	var kind string
	if json.Unmarshal(message, &m) != nil || json.Unmarshal(m["type"], &kind) != nil {
		return nil, &fanout.CloseError{Code: fanout.CloseBadText, Reason: "a message must be a JSON object with a type"}
	}
	now := event.At(time.Now())
	switch {
	case kind == "pong":
		return nil, nil
	case kind == "ping":
		return [][]byte{jsonOf(map[string]any{"type": "pong", "timestamp": now, "respondingTo": m["timestamp"]})}, nil
	case !server:
		return [][]byte{jsonOf(map[string]any{"type": "client-message-received", "timestamp": now})}, nil
	}
	var room event.RoomID
	_ = json.Unmarshal(m["origin"], &room) // without one it is for all
	m["source"] = jsonOf(name)
	r.feeds.pass(dialect.Laplace, room, jsonOf(m))
	return [][]byte{jsonOf(map[string]any{"type": "broadcast-success", "clientCount": r.feeds.listeners(dialect.Laplace), "timestamp": now})}, nil
}

func jsonOf(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}") // only what came as JSON, or our own types
	}
	return b
}

// bridgeInfo tells clients of the event bridge which rooms there are.
func (r *Relay) bridgeInfo(w http.ResponseWriter, _ *http.Request) {
	type room struct {
		Status   int          `json:"status"`
		UID      int          `json:"uid"`
		Room     event.RoomID `json:"roomId"`
		Short    event.RoomID `json:"shortRoomId"`
		Username string       `json:"username"`
	}
	rooms := []room{}
	for _, s := range r.rooms() {
		rooms = append(rooms, room{Room: s.Room, Short: s.ShortID, Username: s.Streamer})
	}
	writeJSON(w, http.StatusOK, map[string]any{"success": true, "status": http.StatusOK, "data": map[string]any{
		"version": dialect.LaplaceVersion, "uptime": time.Since(r.since).Round(time.Second).String(), "connectedAt": event.At(r.since),
		"websocketBridge": true, "websocketClients": r.feeds.listeners(dialect.Laplace), "rooms": rooms,
	}})
}

// socialStream subscribes a page of Social Stream Ninja.
func (r *Relay) socialStream(conn net.Conn, said dialect.SocialStreamSaid, leave func()) {
	r.listen(conn, listener{
		dialect: dialect.SocialStream, rooms: r.sessionRooms(said.Join), silent: said.In != dialect.ChatChannel,
		receive: func(message []byte) ([][]byte, *fanout.CloseError) {
			said, err := dialect.ParseSocialStream(message)
			switch {
			case err != nil:
				return nil, &fanout.CloseError{Code: fanout.CloseBadText, Reason: err.Error()}
			case said.Reply != nil:
				return [][]byte{said.Reply}, nil
			}
			return nil, nil
		},
	}, leave)
}

// sessionRooms are the rooms that a session's name means: a joined room's
// number is that room, any other name all of them.
func (r *Relay) sessionRooms(session string) []event.RoomID {
	room := r.longID(dialect.SessionRoom(session))
	if _, joined := r.status(room); !joined || room == 0 {
		return nil
	}
	return []event.RoomID{room}
}

// oneCommeAsks reports whether a request for /sub is one for OneComme's socket,
// which always says by p= what it wants; the platform's clients never do.
func oneCommeAsks(req *http.Request) bool {
	return strings.Contains(req.URL.RawQuery, "p=") && req.URL.Query().Has("p")
}
