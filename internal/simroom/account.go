package simroom

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/protocol"
)

// accounts are those who have logged in, the devices' cookies, and the tokens
// that were handed out for comment sockets.
type accounts struct {
	mu       sync.Mutex
	rng      *rand.Rand
	sessions map[string]account // by SESSDATA
	codes    map[string]time.Time
	tokens   map[string]token
	forgot   time.Time // tokens from before are worth nothing
	rotated  int64     // times the WBI keys were changed by a fault
}

type account struct {
	uid  int64
	name string
}

// token lets its bearer into one room's socket, with the uid, device and
// program that asked for it (protocol.md 1.3).
type token struct {
	room    event.RoomID
	uid     int64
	buvid   string
	agent   string
	made    time.Time
	expires time.Time
	view    view
}

func newAccounts(seed uint64) *accounts {
	return &accounts{rng: rand.New(rand.NewPCG(seed, 77)), sessions: map[string]account{}, codes: map[string]time.Time{}, tokens: map[string]token{}}
}

// session tells whose cookies a request carries; uid 0: nobody's.
func (a *accounts) session(q *http.Request) account {
	c, err := q.Cookie("SESSDATA")
	if err != nil {
		return account{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[c.Value]
}

func (a *accounts) hex(n int) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return hexString(a.rng, n)
}

func (a *accounts) issue(t token) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, old := range a.tokens {
		if old.expires.Before(t.made) {
			delete(a.tokens, k)
		}
	}
	key := hexString(a.rng, 120) + "=="
	a.tokens[key] = t
	return key
}

// checkToken says what an auth packet may see. The code is told to the
// client; with code 0 and an error it is cut off without a word.
func (s *Server) checkToken(a protocol.Auth, agent string) (v view, code int, err error) {
	s.accounts.mu.Lock()
	t, known := s.accounts.tokens[a.Key]
	forgot := s.accounts.forgot
	s.accounts.mu.Unlock()
	if _, on := s.active("refuse-token", s.rooms[event.RoomID(a.Room)]); on {
		return 0, protocol.AuthToken, errors.New("fault: token refused")
	}
	switch {
	case !known:
		return 0, protocol.AuthToken, errors.New("this token was never given")
	case time.Now().After(t.expires) || !t.made.After(forgot) && !forgot.IsZero():
		return 0, protocol.AuthToken, errors.New("the token has expired")
	case t.view == open:
		if int64(t.room) != a.Room {
			return 0, protocol.AuthToken, errors.New("the token is for another room")
		}
		return open, 0, nil
	case int64(t.room) != a.Room:
		return 0, protocol.AuthToken, errors.New("the token is for another room")
	case t.agent != agent:
		return 0, protocol.AuthToken, errors.New("the token was fetched with another User-Agent")
	case t.uid != a.UID:
		return 0, 0, errors.New("the uid is not the one that fetched the token")
	case a.Buvid != "" && a.Buvid != t.buvid:
		return 0, 0, errors.New("the buvid is not the one that fetched the token")
	}
	if whom, on := s.active("mask", s.rooms[t.room]); on && (t.uid == 0 || whom == "all") {
		return masked, 0, nil
	}
	return web, 0, nil
}

// period counts what the WBI keys change with: days, and a fault.
func (s *Server) period() int64 {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	return time.Now().Unix()/86400 + s.accounts.rotated*1_000_000
}

func (s *Server) serveNav(w http.ResponseWriter, q *http.Request) {
	img, sub := wbiKeys(s.config.Seed, s.period())
	keys := put(nil, `{"img_url":$,"sub_url":$}`, "https://i0.hdslb.com/bfs/wbi/"+img+".png", "https://i0.hdslb.com/bfs/wbi/"+sub+".png")
	a := s.accounts.session(q)
	if a.uid == 0 { // the keys are there all the same
		answer(w, put(nil, `{"code":-101,"message":"账号未登录","ttl":1,"data":{"isLogin":false,"wbi_img":`+string(keys)+`}}`))
		return
	}
	ok(w, put(nil, `{"isLogin":true,"mid":$,"uname":$,"face":$,"level_info":{"current_level":5},"wbi_img":`+string(keys)+`}`,
		a.uid, a.name, s.images()+"/bfs/face/me.jpg"))
}

func (s *Server) buvid() string {
	h := strings.ToUpper(s.accounts.hex(32))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:] + "12345infoc"
}

func (s *Server) serveFinger(w http.ResponseWriter, _ *http.Request) {
	ok(w, put(nil, `{"b_3":$,"b_4":$}`, s.buvid(), s.buvid()))
}

func (s *Server) serveBuvid(w http.ResponseWriter, _ *http.Request) {
	ok(w, put(nil, `{"buvid":$}`, s.buvid()))
}

// serveHome is www: it gives a browser its device cookies.
func (s *Server) serveHome(w http.ResponseWriter, q *http.Request) {
	if q.URL.Path != "/" {
		http.NotFound(w, q)
		return
	}
	if !scripted(q.UserAgent()) {
		http.SetCookie(w, &http.Cookie{Name: "buvid3", Value: s.buvid(), Path: "/", MaxAge: 31536000})
		http.SetCookie(w, &http.Cookie{Name: "b_nut", Value: strconv.FormatInt(time.Now().Unix(), 10), Path: "/", MaxAge: 31536000})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html><title>simroom</title>\n"))
}

// How long somebody takes to scan and to confirm a QR code, and how long a
// code is valid (protocol.md 2.4).
const (
	qrScan    = 3 * time.Second
	qrConfirm = 5 * time.Second
	qrLife    = 180 * time.Second
)

func (s *Server) serveQRGenerate(w http.ResponseWriter, _ *http.Request) {
	key := s.accounts.hex(32)
	s.accounts.mu.Lock()
	s.accounts.codes[key] = time.Now()
	s.accounts.mu.Unlock()
	ok(w, put(nil, `{"url":$,"qrcode_key":$}`, s.images()+"/h5/account/qrcode?qrcode_key="+key, key))
}

// serveQRPoll plays the person with the phone: scanned after 3 seconds,
// confirmed after 5, unless a fault has that person do otherwise. What the real
// platform answers to a login declined on the phone is not known; a void code
// is the one answer known that ends it.
func (s *Server) serveQRPoll(w http.ResponseWriter, q *http.Request) {
	key := q.URL.Query().Get("qrcode_key")
	s.accounts.mu.Lock()
	made, known := s.accounts.codes[key]
	s.accounts.mu.Unlock()
	_, alone := s.active("no-scan", nil)
	_, unsure := s.active("no-confirm", nil)
	_, declined := s.active("decline", nil)
	age := time.Since(made)
	state := func(code int, words string) {
		ok(w, put(nil, `{"url":"","refresh_token":"","timestamp":0,"code":$,"message":$}`, code, words))
	}
	switch {
	case !known || age > qrLife || declined && !alone && age >= qrConfirm:
		state(86038, "二维码已失效")
		return
	case alone || age < qrScan:
		state(86101, "未扫码")
		return
	case unsure || age < qrConfirm:
		state(86090, "二维码已扫码未确认")
		return
	}
	sess, csrf := s.accounts.hex(40), s.accounts.hex(32)
	a := account{uid: 3_546_000_000_000_123, name: "模拟用户"}
	s.accounts.mu.Lock()
	delete(s.accounts.codes, key)
	s.accounts.sessions[sess] = a
	s.accounts.mu.Unlock()
	all := url.Values{}
	for _, c := range [][2]string{{"SESSDATA", sess}, {"bili_jct", csrf}, {"DedeUserID", strconv.FormatInt(a.uid, 10)},
		{"DedeUserID__ckMd5", csrf[:16]}, {"sid", csrf[16:24]}} {
		http.SetCookie(w, &http.Cookie{Name: c[0], Value: c[1], Path: "/", MaxAge: 15552000, HttpOnly: c[0] == "SESSDATA"})
		all.Set(c[0], c[1])
	}
	ok(w, put(nil, `{"url":$,"refresh_token":$,"timestamp":$,"code":0,"message":""}`,
		s.images()+"/crossDomain?"+all.Encode(), s.accounts.hex(32), time.Now().UnixMilli()))
}
