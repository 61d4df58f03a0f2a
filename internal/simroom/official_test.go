package simroom

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/protocol"
)

func TestTheOfficialSignatureIsThatOfTheWorkedExample(t *testing.T) {
	h := http.Header{}
	for k, v := range map[string]string{"accesskeyid": "test_access_key_id", "content-md5": "5f747efb1e52ca9711b055933eae6d34", "signature-method": "HMAC-SHA256",
		"signature-nonce": "0123456789abcdef0123456789abcdef", "signature-version": "1.0", "timestamp": "1700000000"} {
		h.Set("x-bili-"+k, v)
	}
	if got := officialSignature(h, "test_access_key_secret"); got != "25b0229b40a5c3061461ffe385b9d4b4f693d6165d52e9c4c6a54f2cd3104cf5" {
		t.Errorf("signature %s", got)
	}
}

// app calls the official platform as a developer's program does; change
// spoils the request.
func (g *guest) app(path, body string, change func(*http.Request)) (code int, data json.RawMessage) {
	g.t.Helper()
	q, err := http.NewRequest("POST", g.base+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	sum := md5.Sum([]byte(body))
	g.nonce++
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json", "x-bili-accesskeyid": AccessKeyID,
		"x-bili-content-md5": hex.EncodeToString(sum[:]), "x-bili-signature-method": "HMAC-SHA256", "x-bili-signature-version": "1.0",
		"x-bili-signature-nonce": strconv.Itoa(g.nonce), "x-bili-timestamp": strconv.FormatInt(time.Now().Unix(), 10)} {
		q.Header.Set(k, v)
	}
	if change != nil {
		change(q)
	}
	if q.Header.Get("Authorization") == "" {
		q.Header.Set("Authorization", officialSignature(q.Header, AccessKeySecret))
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
	decode(g.t, b, &a)
	return a.Code, a.Data
}

const startBody = `{"code":"SIM7734200","app_id":1700000000001}`

type started struct {
	Game struct {
		ID string `json:"game_id"`
	} `json:"game_info"`
	Socket struct {
		Auth  string   `json:"auth_body"`
		Links []string `json:"wss_link"`
	} `json:"websocket_info"`
	Anchor struct {
		Room   int64  `json:"room_id"`
		OpenID string `json:"open_id"`
	} `json:"anchor_info"`
}

func TestOfficialCallsAreChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		set := func(k, v string) func(*http.Request) { return func(q *http.Request) { q.Header.Set(k, v) } }
		for _, c := range []struct {
			name   string
			body   string
			change func(*http.Request)
			want   int
		}{
			{"a wrong signature", startBody, set("Authorization", "00"), 4002},
			{"an unknown key", startBody, set("x-bili-accesskeyid", "me"), 4001},
			{"a wrong MD5", startBody, set("x-bili-content-md5", "00"), 4012},
			{"an old time", startBody, set("x-bili-timestamp", "1"), 4003},
			{"no nonce", startBody, set("x-bili-signature-nonce", ""), 4004},
			{"another method", startBody, set("x-bili-signature-method", "MD5"), 4005},
			{"another version", startBody, set("x-bili-signature-version", "2.0"), 4006},
			{"another type", startBody, set("Content-Type", "text/plain"), 4011},
			{"another accept", startBody, set("Accept", "*/*"), 4013},
			{"no JSON", `{`, nil, 4000},
			{"another app", `{"code":"SIM7734200","app_id":5}`, nil, 8002},
			{"an unknown code", `{"code":"X","app_id":1700000000001}`, nil, 7007},
		} {
			if code, _ := g.app("/v2/app/start", c.body, c.change); code != c.want {
				t.Errorf("%s: code %d, want %d", c.name, code, c.want)
			}
		}
		same := set("x-bili-signature-nonce", "once")
		if code, _ := g.app("/v2/app/heartbeat", `{"game_id":"x"}`, same); code != 7003 {
			t.Errorf("a heartbeat for no game: %d", code)
		}
		if code, _ := g.app("/v2/app/heartbeat", `{"game_id":"x"}`, same); code != 4004 {
			t.Errorf("the same nonce again: %d", code)
		}
	})
}

func TestAnOfficialAppHearsItsRoomWhileItsHeartBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		code, data := g.app("/v2/app/start", startBody, nil)
		if code != 0 {
			t.Fatalf("start: code %d", code)
		}
		var st started
		decode(t, data, &st)
		u, err := url.Parse(st.Socket.Links[0])
		if err != nil || u.Path != "/sub" || st.Anchor.Room != int64(home) || st.Anchor.OpenID == "" {
			t.Fatalf("%+v, %v", st, err)
		}
		s := &socket{t: t, ws: g.connect(host{Host: u.Hostname(), WSPort: 80})}
		s.send(protocol.Append(nil, protocol.Packet{Version: protocol.Control, Op: protocol.OpAuth, Seq: 1, Body: []byte(st.Socket.Auth)}))
		if got := string(s.packets()[0].Body); got != `{"code":0}` {
			t.Fatalf("auth: %s", got)
		}
		s.beat(20)
		seen := map[string]int{}
		for _, b := range s.commands(300) {
			var c struct {
				Cmd  string
				Data struct {
					UID    int64
					OpenID string `json:"open_id"`
					MsgID  string `json:"msg_id"`
				}
			}
			decode(t, b, &c)
			seen[c.Cmd]++
			if !strings.HasPrefix(c.Cmd, "LIVE_OPEN_PLATFORM_") || c.Data.UID != 0 || c.Data.MsgID == "" {
				t.Errorf("%s", b)
			}
		}
		for _, name := range []string{"DM", "SEND_GIFT", "LIVE_ROOM_ENTER", "LIKE"} {
			if seen["LIVE_OPEN_PLATFORM_"+name] == 0 {
				t.Errorf("no %s in %v", name, seen)
			}
		}
		if code, _ := g.app("/v2/app/start", startBody, nil); code != 7002 {
			t.Errorf("a second start: code %d", code)
		}
		if code, data := g.app("/v2/app/batchHeartbeat", `{"game_ids":["`+st.Game.ID+`","x"]}`, nil); code != 0 || !bytes.Contains(data, []byte(`["x"]`)) {
			t.Errorf("batch: code %d, %s", code, data)
		}
		beat := time.Now()
		var last time.Time
		for time.Since(beat) < 3*time.Minute {
			for _, p := range s.packets() {
				if p.Op == protocol.OpCommand {
					last = time.Now()
				}
			}
		}
		if d := last.Sub(beat); d > 60*time.Second || d < 50*time.Second {
			t.Errorf("the last command came %v after the last heartbeat", d)
		}
		if code, _ := g.app("/v2/app/heartbeat", `{"game_id":"`+st.Game.ID+`"}`, nil); code != 7003 {
			t.Errorf("a late heartbeat: code %d", code)
		}
	})
}

func TestAnEndedAppMayStartAtOnceAndAnAbandonedOneLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		begin := func() (int, started) {
			code, data := g.app("/v2/app/start", startBody, nil)
			var st started
			decode(t, data, &st)
			return code, st
		}
		_, st := begin()
		end := `{"app_id":1700000000001,"game_id":"` + st.Game.ID + `"}`
		if code, _ := g.app("/v2/app/end", end, nil); code != 0 {
			t.Errorf("end: code %d", code)
		}
		if code, _ := g.app("/v2/app/end", end, nil); code != 7000 {
			t.Errorf("a second end: code %d", code)
		}
		if code, _ := begin(); code != 0 {
			t.Errorf("after an end: code %d", code)
		}
		pass(65 * time.Second)
		if code, _ := begin(); code != 7001 {
			t.Errorf("after an app that went silent: code %d", code)
		}
		pass(10 * time.Second)
		if code, _ := begin(); code != 0 {
			t.Errorf("ten seconds later: code %d", code)
		}
	})
}

func TestWhoScansTheCodeIsLoggedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		var code struct {
			URL string `json:"url"`
			Key string `json:"qrcode_key"`
		}
		decode(t, g.call("/x/passport-login/web/qrcode/generate"), &code)
		if len(code.Key) != 32 || !strings.Contains(code.URL, code.Key) {
			t.Errorf("%+v", code)
		}
		var states []int
		var cookies []*http.Cookie
		for len(cookies) == 0 && len(states) < 20 {
			p, err := g.http.Get(g.base + "/x/passport-login/web/qrcode/poll?qrcode_key=" + code.Key)
			if err != nil {
				t.Fatal(err)
			}
			var a struct{ Data struct{ Code int } }
			if err := json.NewDecoder(p.Body).Decode(&a); err != nil {
				t.Fatal(err)
			}
			p.Body.Close()
			cookies = p.Cookies()
			states = append(states, a.Data.Code)
			pass(time.Second)
		}
		if want := []int{86101, 86101, 86101, 86090, 86090, 0}; len(states) != len(want) || states[0] != want[0] || states[3] != want[3] || states[5] != 0 {
			t.Errorf("states %v, want %v", states, want)
		}
		sess := ""
		for _, c := range cookies {
			if c.Name == "SESSDATA" {
				sess = c.Name + "=" + c.Value
			}
		}
		var nav struct {
			IsLogin bool
			Mid     int64
		}
		decode(t, g.call("/x/web-interface/nav", sess), &nav)
		if !nav.IsLogin || nav.Mid == 0 {
			t.Errorf("nav: %+v", nav)
		}
		query := g.signed(url.Values{"id": {home.String()}})
		g.buvid = "AAinfoc"
		var a access
		decode(t, g.call("/xlive/web-room/v1/index/getDanmuInfo?"+query, "buvid3="+g.buvid+"; "+sess), &a)
		s := &socket{t: t, ws: g.connect(a.Hosts[0])}
		s.send(auth(g, a, func(p *protocol.Auth) { p.UID = nav.Mid }))
		if got := string(s.packets()[0].Body); got != `{"code":0}` {
			t.Errorf("auth as that user: %s", got)
		}
	})
}

func TestACodeThatNobodyScansExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "no-scan")
		var code struct {
			Key string `json:"qrcode_key"`
		}
		decode(t, g.call("/x/passport-login/web/qrcode/generate"), &code)
		state := func() (n struct{ Code int }) {
			decode(t, g.call("/x/passport-login/web/qrcode/poll?qrcode_key="+code.Key), &n)
			return n
		}
		pass(170 * time.Second)
		if n := state(); n.Code != 86101 {
			t.Errorf("state %d", n.Code)
		}
		pass(20 * time.Second)
		if n := state(); n.Code != 86038 {
			t.Errorf("state %d", n.Code)
		}
	})
}
