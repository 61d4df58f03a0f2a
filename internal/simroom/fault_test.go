package simroom

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/protocol"

	"github.com/gorilla/websocket"
)

// faulty starts the demo with faults.
func faulty(t *testing.T, profile string, specs ...string) (*Server, *guest) {
	t.Helper()
	c := Demo()
	c.Profile, c.Record = profile, true
	for _, text := range specs {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Faults = append(c.Faults, f)
	}
	return start(t, c)
}

// cutAfter reads until the connection ends and tells how long that took.
func (s *socket) cutAfter() time.Duration {
	began := time.Now()
	for {
		if _, err := s.tryPackets(); err != nil {
			return time.Since(began)
		}
	}
}

// refused tries to join and tells the code of the auth reply; false: there
// was none.
func (g *guest) refused() (code int, answered bool) {
	g.t.Helper()
	a := g.access(home)
	ws, err := g.tryConnect(a.Hosts[0])
	if err == nil {
		err = ws.WriteMessage(websocket.BinaryMessage, auth(g, a, func(*protocol.Auth) {}))
	}
	if err == nil {
		err = ws.SetReadDeadline(time.Now().Add(time.Minute))
	}
	if err != nil {
		return 0, false // the platform may hang up before any of this is done
	}
	s := &socket{t: g.t, ws: ws}
	list, err := s.tryPackets()
	if err != nil {
		return 0, false
	}
	r, err := protocol.ParseAuthReply(list[0].Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return r.Code, true
}

func TestFaultsAreReadAndWrittenTheSame(t *testing.T) {
	for text, want := range map[string]Fault{
		"drop@30s":                {Name: "drop", At: 30 * time.Second},
		"drop":                    {Name: "drop"},
		"-352@0s/2m":              {Name: "-352", For: 2 * time.Minute},
		"412/1m":                  {Name: "-412", For: time.Minute},
		"half-open@1m/20s":        {Name: "half-open", At: time.Minute, For: 20 * time.Second},
		"slow=300ms@10s/1m~5m#42": {Name: "slow", Value: "300ms", At: 10 * time.Second, For: time.Minute, Every: 5 * time.Minute, Room: 42},
		"skew=-5m":                {Name: "skew", Value: "-5m"},
		"wrong-host=all@1s":       {Name: "wrong-host", Value: "all", At: time.Second},
		"api=-799@1h2m3s":         {Name: "api", Value: "-799", At: time.Hour + 2*time.Minute + 3*time.Second},
		"thin=0.25~1h/1m":         {},
		"drop@soon":               {},
		"drop@-5s":                {},
		"earthquake@3s":           {},
		"drop=5":                  {},
		"thin=2":                  {},
		"slow=fast":               {},
		"drop#room":               {},
		"-352@1m#7734200":         {Name: "-352", At: time.Minute, Room: 7734200},
		"poll=-412":               {Name: "poll", Value: "-412"},
		"mask=all":                {Name: "mask", Value: "all"},
		"mask=some":               {},
		"poll#7734200":            {}, // of the whole platform
		"skew=5m#7734200":         {},
		"":                        {},
	} {
		got, err := ParseFault(text)
		if want == (Fault{}) {
			if err == nil {
				t.Errorf("%q was read as %+v", text, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		if again, err := ParseFault(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q and read as %+v, %v", text, got, again, err)
		}
	}
}

func TestDropCutsAndThenRefusesForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "drop@30s/10s")
		if d := g.join(home, 3).cutAfter(); d != 30*time.Second {
			t.Errorf("cut after %v", d)
		}
		if _, answered := g.refused(); answered {
			t.Error("a new connection is let in at once")
		}
		pass(10 * time.Second)
		g.join(home, 3).commands(5)
	})
}

func TestDropRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "drop@10s~20s")
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 20 * time.Second} {
			if d := g.join(home, 3).cutAfter(); d != want {
				t.Errorf("connection %d was cut after %v, want %v", i, d, want)
			}
		}
	})
}

func TestHalfOpenConnectionsStayOpenAndSilentForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "half-open@10s/20s")
		s := g.join(home, 3)
		began, heard := time.Now(), time.Time{}
		s.beat(20)
		if err := s.ws.SetReadDeadline(began.Add(5 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := s.tryPackets(); err != nil {
				break
			}
			heard = time.Now()
		}
		if last, end := heard.Sub(began), time.Since(began); last > 10*time.Second || end != 5*time.Minute {
			t.Errorf("the last message came at %v, the connection ended at %v", last, end)
		}
	})
}

func TestHalfOpenTakesNewConnectionsInToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "half-open@0s/20s")
		if _, answered := g.refused(); answered {
			t.Error("a new connection is answered")
		}
		g.join(home, 3).commands(1) // a minute later
	})
}

func TestSlowDelaysEveryMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "slow=2s")
		s := g.join(home, 3)
		last := time.Now()
		for range 5 {
			s.packets()
			if d := time.Since(last); d < 2*time.Second {
				t.Errorf("a message after %v", d)
			}
			last = time.Now()
		}
	})
}

func TestWrongHostsLeadNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "wrong-host=2@0s/1m", "wrong-host=all@2m")
		hosts := g.access(home).Hosts
		if len(hosts) != 3 || hosts[0].WSPort != 1 || hosts[1].WSPort != 1 || hosts[2].WSPort != 80 {
			t.Errorf("hosts: %+v", hosts)
		}
		d := websocket.Dialer{NetDialContext: g.dial}
		if _, _, err := d.Dial("ws://127.0.0.1:1/sub", nil); err == nil {
			t.Error("somebody listens at the wrong address")
		}
		pass(time.Minute)
		if hosts = g.access(home).Hosts; len(hosts) != 1 || hosts[0].WSPort != 80 {
			t.Errorf("hosts after a minute: %+v", hosts)
		}
		pass(time.Minute)
		if hosts = g.access(home).Hosts; len(hosts) != 1 || hosts[0].WSPort != 1 {
			t.Errorf("hosts in the end: %+v", hosts)
		}
	})
}

func TestRefusedTokensAreAnsweredWithTheirCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "refuse-token@0s/30s")
		if code, _ := g.refused(); code != -101 {
			t.Errorf("code %d", code)
		}
		pass(30 * time.Second)
		g.join(home, 3)
	})
}

func TestExpiredTokensCutTheirConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "expire-token@30s")
		a := g.access(home)
		if d := g.join(home, 3).cutAfter(); d != 30*time.Second {
			t.Errorf("cut after %v", d)
		}
		s := &socket{t: t, ws: g.connect(a.Hosts[0])}
		s.send(auth(g, a, func(*protocol.Auth) {}))
		if got := string(s.packets()[0].Body); got != `{"code":-101}` {
			t.Errorf("the old token: %s", got)
		}
		pass(time.Millisecond)
		g.join(home, 3)
	})
}

func TestTheAPIFailsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "-352@0s/1m", "-412@2m/1m", "api=-799@4m/1m", "wrong-room@6m/1m", "http=502@8m/1m", "locked@10m/1m")
		const info, init = "/xlive/web-room/v1/index/getDanmuInfo?id=1", "/room/v1/Room/room_init?id=520"
		code := func(path string) int { c, _ := g.tryCall(path); return c }
		if a, b := code(info), code(init); a != -352 || b != 0 {
			t.Errorf("-352: %d, %d", a, b)
		}
		pass(150 * time.Second)
		p, err := g.http.Get(g.base + init)
		if err != nil {
			t.Fatal(err)
		}
		p.Body.Close()
		if c := code(init); p.StatusCode != http.StatusPreconditionFailed || c != -412 {
			t.Errorf("-412: status %d, code %d", p.StatusCode, c)
		}
		pass(2 * time.Minute)
		if c := code(init); c != -799 {
			t.Errorf("api=-799: %d", c)
		}
		pass(2 * time.Minute)
		if c := code(init); c != 60004 {
			t.Errorf("wrong-room: %d", c)
		}
		pass(2 * time.Minute)
		p, err = g.http.Get(g.base + init)
		if err != nil {
			t.Fatal(err)
		}
		p.Body.Close()
		if p.StatusCode != http.StatusBadGateway {
			t.Errorf("http=502: %d", p.StatusCode)
		}
		pass(2 * time.Minute)
		var r struct {
			Locked bool `json:"is_locked"`
		}
		decode(t, g.call(init), &r)
		if !r.Locked {
			t.Error("the room is not locked")
		}
	})
}

func TestOneRoomsCallsFailWhileOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{Rooms: []Room{{ID: 1001, Short: 11}, {ID: 1002}}}
		for _, text := range []string{"-352@0s/1m#1001", "-412@2m/1m#1001", "http=412@4m/1m#1001", "api=-799@6m/1m#1001"} {
			f, err := ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			c.Faults = append(c.Faults, f)
		}
		_, g := start(t, c)
		status := func(path string) int {
			p, err := g.http.Get(g.base + path)
			if err != nil {
				t.Fatal(err)
			}
			p.Body.Close()
			return p.StatusCode
		}
		const info, init, base, history = "/xlive/web-room/v1/index/getDanmuInfo?id=", "/room/v1/Room/room_init?id=",
			"/xlive/web-room/v1/index/getRoomBaseInfo?room_ids=", "/xlive/web-room/v1/dM/gethistory?roomid="
		if a, _ := g.tryCall(info + "1001"); a != -352 {
			t.Errorf("-352#1001: code %d", a)
		}
		if a, _ := g.tryCall(init + "1001"); a != 0 {
			t.Errorf("another call of the room: code %d", a)
		}
		g.join(1002, 3).commands(1)
		pass(150 * time.Second)
		for _, path := range []string{info + "1001", init + "11", base + "1001", history + "1001"} {
			if code, _ := g.tryCall(path); code != -412 || status(path) != http.StatusPreconditionFailed {
				t.Errorf("-412#1001: %s: code %d", path, code)
			}
		}
		if code, _ := g.tryCall(init + "1002"); code != 0 {
			t.Errorf("the other room: code %d", code)
		}
		g.call("/x/frontend/finger/spi")
		pass(2 * time.Minute)
		if a, b := status(init+"1001"), status(init+"1002"); a != http.StatusPreconditionFailed || b != http.StatusOK {
			t.Errorf("http=412#1001: status %d, of the other room %d", a, b)
		}
		pass(2 * time.Minute)
		if code, _ := g.tryCall(init + "1001"); code != -799 {
			t.Errorf("api=-799#1001: code %d", code)
		}
	})
}

func TestAFaultOfARoomThatIsNotThereIsAMistake(t *testing.T) {
	for _, room := range []event.RoomID{520, 999} { // the short id of the demo, and nobody's
		c := Demo()
		c.Faults = []Fault{{Name: "drop", Room: room}}
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "long id") {
			t.Errorf("room %d: %v", room, err)
		}
	}
}

func TestRotatedKeysMakeOldSignaturesWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "rotate-wbi@10s")
		g.access(home)
		query := g.signed(map[string][]string{"id": {home.String()}})
		pass(20 * time.Second)
		if code, _ := g.tryCall("/xlive/web-room/v1/index/getDanmuInfo?"+query, "buvid3="+g.buvid); code != -352 {
			t.Errorf("code %d", code)
		}
		g.access(home)
	})
}

func TestSkewSetsThePlatformsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "skew=-1h")
		var c struct{ Info []any }
		decode(t, g.join(home, 3).commands(1)[0], &c)
		at := int64(c.Info[0].([]any)[4].(float64))
		if off := time.Since(time.UnixMilli(at)); off < time.Hour || off > time.Hour+5*time.Second {
			t.Errorf("the comment is %v old", off)
		}
	})
}

func TestOfflineIsToldAndLiveAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "offline@10s/30s")
		s := g.join(home, 3)
		s.beat(5)
		var news []string
		began := time.Now()
		for time.Since(began) < time.Minute {
			for _, p := range s.packets() {
				if name, _, _ := commandName(p.Body); name == "LIVE" || name == "PREPARING" {
					news = append(news, name)
					var init struct {
						Live int `json:"live_status"`
					}
					decode(t, g.call("/room/v1/Room/room_init?id=520"), &init)
					if (init.Live == 1) != (name == "LIVE") {
						t.Errorf("after %s room_init says %d", name, init.Live)
					}
				}
			}
		}
		if got := strings.Join(news, " "); got != "PREPARING LIVE LIVE" {
			t.Errorf("told: %s", got)
		}
	})
}

func TestMaskHidesNamesFromTheAnonymous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "mask")
		s := g.join(home, 3)
		list := s.commands(300)
		if name, _, _ := commandName(list[0]); name != "LOG_IN_NOTICE" {
			t.Errorf("the first command is %s", name)
		}
		comments := 0
		for _, b := range list {
			var c struct {
				Cmd  string
				Info []json.RawMessage
				Data struct {
					UID   json.RawMessage
					Uname string
				}
			}
			decode(t, b, &c)
			if strings.HasPrefix(c.Cmd, "DANMU_MSG") {
				comments++
				var who []any
				decode(t, c.Info[2], &who)
				if who[0] != 0.0 || !strings.HasSuffix(who[1].(string), "***") {
					t.Errorf("a comment of %v", who[:2])
				}
			}
			if c.Data.Uname != "" && (!strings.HasSuffix(c.Data.Uname, "***") || string(c.Data.UID) != "0") {
				t.Errorf("%s of %s %s", c.Cmd, c.Data.UID, c.Data.Uname)
			}
		}
		if comments == 0 {
			t.Error("no comments")
		}
	})
}

func TestMaskAllHidesNamesFromEveryoneWithoutANotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "mask=all")
		for _, b := range g.join(home, 3).commands(200) {
			name, _, _ := commandName(b)
			if name == "LOG_IN_NOTICE" {
				t.Error("somebody is told to log in, though that would change nothing")
			}
			var c struct{ Info []json.RawMessage }
			if decode(t, b, &c); strings.HasPrefix(name, "DANMU_MSG") && !strings.Contains(string(c.Info[2]), "***") {
				t.Errorf("a comment of %s", c.Info[2])
			}
		}
	})
}

func TestThinLeavesOutCommentsButNotTheirCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := faulty(t, "event", "thin=1")
		g.join(home, 3).commands(300)
		if sent := s.Sent()[0]; sent.ByName["DANMU_MSG"] != 0 || sent.ByName["LIVE_INTERACTIVE_GAME"] == 0 {
			t.Errorf("sent %v", sent.ByName)
		}
	})
}

func TestSilentAnswersHeartbeatsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "silent@0s/1m")
		s := g.join(home, 3)
		pass(30 * time.Second)
		s.send(protocol.AppendHeartbeat(nil))
		if p := s.packets(); p[0].Op != protocol.OpHeartbeatReply {
			t.Errorf("%v came instead of the reply", p[0].Op)
		}
		if p := s.packets(); p[0].Op != protocol.OpCommand {
			t.Errorf("%v came after the silence", p[0].Op)
		}
	})
}

func TestRefuseAnswersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "refuse")
		a := g.access(home)
		d := websocket.Dialer{NetDialContext: g.dial}
		_, p, err := d.Dial("ws://"+a.Hosts[0].Host+":80/sub", nil)
		if err == nil || errors.Is(err, websocket.ErrBadHandshake) {
			t.Errorf("it was answered: %v, %v", p, err)
		}
	})
}

func FuzzFault(f *testing.F) {
	for _, s := range []string{"drop@30s", "-352@0s/2m", "slow=300ms@10s/1m~5m#42", "thin=0.5", "=@/~#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFault(text)
		if err != nil {
			return
		}
		if again, err := ParseFault(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q and read as %+v, %v", text, got, again, err)
		}
	})
}
