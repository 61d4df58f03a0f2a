package simroom

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"danmaku/event"
)

// The developer whom the simulated Open Live platform knows. An identity code
// is "SIM" and the long id of the room, such as SIM7734200.
const (
	AccessKeyID     = "simroom_access_key_id"
	AccessKeySecret = "simroom_access_key_secret"
	AppID           = 1700000000001
)

// IdentityCode is the code with which a streamer would let an app in.
func IdentityCode(room event.RoomID) string { return "SIM" + room.String() }

const (
	gameLife     = 60 * time.Second // without a heartbeat; they are due every 20 s
	gameCoolDown = 10 * time.Second // after a game that was not ended
)

// official is the Open Live side: the apps that run (protocol.md 3).
type official struct {
	mu     sync.Mutex
	games  map[string]*game // by game_id
	nonces map[string]time.Time
	cool   map[event.RoomID]time.Time
}

// game is an app that was let into a room.
type game struct {
	id    string
	room  *room
	until time.Time
}

func newOfficial() *official {
	return &official{games: map[string]*game{}, nonces: map[string]time.Time{}, cool: map[event.RoomID]time.Time{}}
}

// signed reads the body of a call and checks its signature; 0 is fine.
func (s *Server) signed(q *http.Request) (body []byte, code int) {
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	if err != nil {
		return nil, 4000
	}
	h := q.Header
	switch {
	case !strings.HasPrefix(h.Get("Content-Type"), "application/json"):
		return nil, 4011
	case h.Get("Accept") != "application/json":
		return nil, 4013
	case h.Get("x-bili-signature-method") != "HMAC-SHA256":
		return nil, 4005
	case h.Get("x-bili-signature-version") != "1.0":
		return nil, 4006
	case h.Get("x-bili-accesskeyid") != AccessKeyID:
		return nil, 4001
	}
	sum := md5.Sum(body)
	if h.Get("x-bili-content-md5") != hex.EncodeToString(sum[:]) {
		return nil, 4012
	}
	if !hmac.Equal([]byte(h.Get("Authorization")), []byte(officialSignature(h, AccessKeySecret))) {
		return nil, 4002
	}
	at, err := strconv.ParseInt(h.Get("x-bili-timestamp"), 10, 64)
	now := time.Now()
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > 10*time.Minute {
		return nil, 4003
	}
	o := s.official
	o.mu.Lock()
	defer o.mu.Unlock()
	for n, seen := range o.nonces {
		if now.Sub(seen) > 20*time.Minute {
			delete(o.nonces, n)
		}
	}
	nonce := h.Get("x-bili-signature-nonce")
	if _, seen := o.nonces[nonce]; seen || nonce == "" {
		return nil, 4004
	}
	o.nonces[nonce] = now
	return body, 0
}

// officialSignature signs the six headers, sorted by name (protocol.md 3.1).
func officialSignature(h http.Header, secret string) string {
	var lines []string
	for _, name := range []string{"accesskeyid", "content-md5", "signature-method", "signature-nonce", "signature-version", "timestamp"} {
		lines = append(lines, "x-bili-"+name+":"+h.Get("x-bili-"+name))
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(mac.Sum(nil))
}

func reply(w http.ResponseWriter, code int, words string, data []byte) {
	if data == nil {
		data = []byte("{}")
	}
	answer(w, put(nil, `{"code":$,"message":$,"request_id":"sim","data":$}`, code, words, json.RawMessage(data)))
}

// call reads a signed body into v; false: it has been answered.
func (s *Server) call(w http.ResponseWriter, q *http.Request, v any) bool {
	body, code := s.signed(q)
	if code == 0 && json.Unmarshal(body, v) != nil {
		code = 4000
	}
	if code != 0 {
		s.log.Warn("open live call refused", "path", q.URL.Path, "code", code)
		reply(w, code, "refused", nil)
		return false
	}
	return true
}

func (s *Server) serveStart(w http.ResponseWriter, q *http.Request) {
	var in struct {
		Code  string `json:"code"`
		AppID int64  `json:"app_id"`
	}
	if !s.call(w, q, &in) {
		return
	}
	if in.AppID != AppID {
		reply(w, 8002, "app_id 无权限", nil)
		return
	}
	var r *room
	for _, x := range s.order {
		if in.Code == IdentityCode(x.ID) {
			r = x
		}
	}
	if r == nil {
		reply(w, 7007, "身份码错误", nil)
		return
	}
	now := time.Now()
	o := s.official
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expire(now)
	for _, g := range o.games {
		if g.room == r {
			reply(w, 7002, "重复开启", nil)
			return
		}
	}
	if now.Before(o.cool[r.ID]) {
		reply(w, 7001, "请求冷却期", nil)
		return
	}
	g := &game{id: s.accounts.hex(32), room: r, until: now.Add(gameLife)}
	o.games[g.id] = g
	key := s.accounts.issue(token{room: r.ID, made: now, expires: now.Add(s.config.TokenLife), view: open})
	names, port := s.hosts(q)
	scheme := "ws"
	if q.TLS != nil {
		scheme = "wss"
	}
	var links []byte
	for i, name := range names {
		if i > 0 {
			links = append(links, ',')
		}
		links = quote(links, fmt.Sprintf("%s://%s:%d/sub", scheme, name, port))
	}
	auth := put(nil, `{"roomid":$,"protover":2,"uid":$,"key":$,"group":"open"}`, int64(r.ID), r.UID*3+1, key)
	reply(w, 0, "0", put(nil, `{"anchor_info":{"room_id":$,"uname":$,"uface":$,"uid":0,"open_id":$,"union_id":""},"game_info":{"game_id":$},`+
		`"websocket_info":{"auth_body":$,"wss_link":[$]}}`,
		int64(r.ID), r.Streamer, s.images()+r.streamer.face, openID(r.streamer), g.id, auth, json.RawMessage(links)))
}

// expire ends the games that were left alone. The mutex is held.
func (o *official) expire(now time.Time) {
	for id, g := range o.games {
		if now.After(g.until) {
			delete(o.games, id)
			o.cool[g.room.ID] = g.until.Add(gameCoolDown)
		}
	}
}

// running reports whether an app is alive in a room: without one, its
// connections get no more commands.
func (s *Server) running(r *room) bool {
	o := s.official
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	for _, g := range o.games {
		if g.room == r && now.Before(g.until) {
			return true
		}
	}
	return false
}

// beat prolongs a game; false: there is none.
func (o *official) beat(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	o.expire(now)
	g := o.games[id]
	if g == nil {
		return false
	}
	g.until = now.Add(gameLife)
	return true
}

func (s *Server) serveHeartbeat(w http.ResponseWriter, q *http.Request) {
	var in struct {
		GameID string `json:"game_id"`
	}
	switch {
	case !s.call(w, q, &in):
	case !s.official.beat(in.GameID):
		reply(w, 7003, "心跳过期或GameId错误", nil)
	default:
		reply(w, 0, "0", nil)
	}
}

func (s *Server) serveHeartbeats(w http.ResponseWriter, q *http.Request) {
	var in struct {
		GameIDs []string `json:"game_ids"`
	}
	if !s.call(w, q, &in) {
		return
	}
	if n := len(in.GameIDs); n == 0 || n > 200 {
		reply(w, 7004, "批量长度超限", nil)
		return
	}
	failed := []byte{'['}
	for _, id := range in.GameIDs {
		if !s.official.beat(id) {
			if len(failed) > 1 {
				failed = append(failed, ',')
			}
			failed = quote(failed, id)
		}
	}
	reply(w, 0, "0", put(nil, `{"failed_game_ids":$}`, json.RawMessage(append(failed, ']'))))
}

func (s *Server) serveEnd(w http.ResponseWriter, q *http.Request) {
	var in struct {
		AppID  int64  `json:"app_id"`
		GameID string `json:"game_id"`
	}
	if !s.call(w, q, &in) {
		return
	}
	o := s.official
	o.mu.Lock()
	o.expire(time.Now())
	_, known := o.games[in.GameID]
	delete(o.games, in.GameID)
	o.mu.Unlock()
	if !known {
		reply(w, 7000, "未在玩法中", nil)
		return
	}
	reply(w, 0, "0", nil)
}
