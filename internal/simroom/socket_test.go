package simroom

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/protocol"
)

const home = event.RoomID(7734200)

func auth(g *guest, a access, change func(*protocol.Auth)) []byte {
	p := protocol.Auth{Room: int64(home), Protover: 3, Platform: "web", Type: 2, Buvid: g.buvid, Key: a.Token}
	change(&p)
	return protocol.AppendAuth(nil, p)
}

func TestAnAuthPacketThatIsNotRightIsRefused(t *testing.T) {
	const refused, cut = protocol.AuthToken, 0
	for name, c := range map[string]struct {
		change func(*protocol.Auth)
		want   int
	}{
		"no token":      {func(a *protocol.Auth) { a.Key = "" }, refused},
		"a made-up one": {func(a *protocol.Auth) { a.Key += "x" }, refused},
		"another room":  {func(a *protocol.Auth) { a.Room = 8000001 }, refused},
		"a short id":    {func(a *protocol.Auth) { a.Room = 520 }, refused},
		"another uid":   {func(a *protocol.Auth) { a.UID = 42 }, cut},
		"another buvid": {func(a *protocol.Auth) { a.Buvid = "FFinfoc" }, cut},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := Demo()
				config.Rooms = append(config.Rooms, Room{ID: 8000001})
				_, g := start(t, config)
				a := g.access(home)
				s := &socket{t: t, ws: g.connect(a.Hosts[0])}
				s.send(auth(g, a, c.change))
				list, err := s.tryPackets()
				if c.want == cut {
					if err == nil {
						t.Fatalf("it was answered: %v", list)
					}
					return
				}
				if err != nil || list[0].Op != protocol.OpAuthReply || string(list[0].Body) != `{"code":-101}` {
					t.Fatalf("answered with %v, %v", list, err)
				}
				if _, err := s.tryPackets(); err == nil {
					t.Error("the connection stays open")
				}
			})
		})
	}
}

func TestATokenEndsWithItsTimeAndBelongsToItsBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.TokenLife = time.Minute
		_, g := start(t, config)
		try := func(a access) string {
			s := &socket{t: t, ws: g.connect(a.Hosts[0])}
			s.send(auth(g, a, func(*protocol.Auth) {}))
			return string(s.packets()[0].Body)
		}
		a := g.access(home)
		if got := try(a); got != `{"code":0}` {
			t.Errorf("a fresh token: %s", got)
		}
		if got := try(a); got != `{"code":0}` {
			t.Errorf("the same a second time: %s", got)
		}
		pass(2 * time.Minute)
		if got := try(a); got != `{"code":-101}` {
			t.Errorf("an old token: %s", got)
		}
		a = g.access(home)
		g.agent += " Edg/147.0"
		if got := try(a); got != `{"code":-101}` {
			t.Errorf("with another browser: %s", got)
		}
	})
}

func TestWhoSaysNothingIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.Profile = "small"
		_, g := start(t, config)
		a := g.access(home)
		silent := &socket{t: t, ws: g.connect(a.Hosts[0])}
		began := time.Now()
		if _, err := silent.tryPackets(); err == nil || time.Since(began) != 5*time.Second {
			t.Errorf("without an auth packet: %v after %v", err, time.Since(began))
		}
		s := g.join(home, 3)
		began = time.Now()
		for {
			if _, err := s.tryPackets(); err != nil {
				break
			}
		}
		if d := time.Since(began); d != 70*time.Second {
			t.Errorf("without heartbeats it is cut after %v", d)
		}
	})
}

func TestHeartbeatsKeepAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.Profile = "small"
		_, g := start(t, config)
		s := g.join(home, 3)
		s.beat(120)
		replies, began := 0, time.Now()
		for {
			list, err := s.tryPackets()
			if err != nil {
				break
			}
			for _, p := range list {
				if p.Op == protocol.OpHeartbeatReply {
					replies++
				}
			}
		}
		if d := time.Since(began); replies != 120 || d != 119*30*time.Second+70*time.Second {
			t.Errorf("%d replies, cut after %v", replies, d)
		}
	})
}

func TestGetDanmuInfoWantsABrowserACookieAndASignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		query := func() url.Values { return url.Values{"id": {home.String()}, "type": {"0"}} }
		const path = "/xlive/web-room/v1/index/getDanmuInfo?"
		try := func(name string, want int, query string, cookies ...string) {
			t.Helper()
			if code, _ := g.tryCall(path+query, cookies...); code != want {
				t.Errorf("%s: code %d, want %d", name, code, want)
			}
		}
		const cookie = "buvid3=AAinfoc"
		try("as a browser does it", 0, g.signed(query()), cookie)
		try("without a cookie", -352, g.signed(query()))
		try("with an empty cookie", -352, g.signed(query()), "buvid3=")
		try("without a signature", -352, query().Encode(), cookie)
		try("with a changed parameter", -352, strings.Replace(g.signed(query()), "type=0", "type=1", 1), cookie)
		old := g.signed(query())
		pass(11 * time.Minute)
		try("signed long ago", -352, old, cookie)
		q := query()
		q.Set("id", "520")
		try("for a short id", 1002002, g.signed(q), cookie)
		for _, agent := range []string{"", "Go-http-client/1.1", "curl/8.5", "Mozilla/5.0 (X11) Chrome/90.0.1 Safari/537.36"} {
			g.agent = agent
			try("as "+agent, -352, g.signed(query()), cookie)
		}
		g.agent = browser
		yesterday := g.signed(query())
		pass(24 * time.Hour)
		try("with yesterday's keys", -352, yesterday, cookie)
		try("with today's", 0, g.signed(query()), cookie)
	})
}

func TestTheSignatureIsThatOfTheKnownVectors(t *testing.T) {
	const img, sub = "7cd084941338484aae1ad9425b84077c", "4932caff0ff746eab6f01bf08b70ac45"
	for query, want := range map[string]string{
		"bar=514&foo=114&wts=1702204169&zab=1919810":           "8f6f2b5b3d485fe1886cec6a0be8c5d4",
		"id=1017&type=0&web_location=444.8&wts=1748266797":     "cf24f88ea0cbb61e7b29aed0c070187d",
		"id=5553263&type=0&wts=1776925721":                     "2662a4f8479c442aa069cef32d60394b",
		"msg=a+b%28c%29%2A%27d%27%21~&roomid=1&wts=1700000000": "85c370174fffa92fb6c843ff9df7729d",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := wbiSign(q, img, sub); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestRoomsAreFoundByBothIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		for _, id := range []string{"520", "7734200"} {
			var init struct {
				Room  int64 `json:"room_id"`
				Short int64 `json:"short_id"`
				Live  int   `json:"live_status"`
			}
			decode(t, g.call("/room/v1/Room/room_init?id="+id), &init)
			if init.Room != 7734200 || init.Short != 520 || init.Live != 1 {
				t.Errorf("room_init %s: %+v", id, init)
			}
		}
		if code, _ := g.tryCall("/room/v1/Room/room_init?id=4711"); code != 60004 {
			t.Errorf("an unknown room: code %d", code)
		}
		if code, _ := g.tryCall("/room/v1/Room/get_info?room_id=4711"); code != 1 {
			t.Errorf("an unknown room's information: code %d", code)
		}
		var base struct {
			Rooms map[string]struct{ Uname, Title string } `json:"by_room_ids"`
		}
		decode(t, g.call("/xlive/web-room/v1/index/getRoomBaseInfo?req_biz=web_room_componet&room_ids=7734200&room_ids=1"), &base)
		if r := base.Rooms["7734200"]; len(base.Rooms) != 1 || r.Uname == "" || r.Title == "" {
			t.Errorf("base information: %+v", base)
		}
	})
}

func TestThePastIsThereForThoseWhoJoinLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.Profile = "gala"
		_, g := start(t, config)
		s := g.join(home, 3)
		go func() {
			for {
				if _, err := s.tryPackets(); err != nil {
					return
				}
			}
		}()
		pass(40 * time.Second)
		var past struct {
			Room []struct {
				Text  string
				IDStr string `json:"id_str"`
			}
		}
		decode(t, g.call("/xlive/web-room/v1/dM/gethistory?roomid=7734200"), &past)
		if len(past.Room) != 10 || past.Room[0].IDStr == "" {
			t.Errorf("%d comments of the past: %+v", len(past.Room), past.Room)
		}
		var chats struct {
			List []struct {
				ID, Price int64
			}
		}
		decode(t, g.call("/av/v1/SuperChat/getMessageList?room_id=7734200"), &chats)
		if len(chats.List) == 0 || chats.List[0].ID == 0 || chats.List[0].Price < 30 {
			t.Errorf("standing super chats: %+v", chats.List)
		}
	})
}

func TestAllConnectionsHearTheSameInTheSameOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.Record = true
		s, g := start(t, config)
		a, b := g.join(home, 3), g.join(home, 0)
		results := make(chan [][]byte, 2)
		for _, sock := range []*socket{a, b} {
			go func() {
				var got [][]byte
				for range 20 {
					for _, p := range sock.packets() {
						got = append(got, bytes.Clone(p.Body))
					}
				}
				results <- got
			}()
		}
		for range 2 {
			got, said := <-results, s.Commands(home)
			// A connection hears everything from when it has joined.
			at := slices.IndexFunc(said, func(c []byte) bool { return bytes.Equal(c, got[0]) })
			if at < 0 || at > 40 || len(got) < 100 || !slices.EqualFunc(got, said[at:at+len(got)], bytes.Equal) {
				t.Errorf("%d commands, from the one at %d, are not what was said", len(got), at)
			}
		}
	})
}

func TestASlowConnectionIsCutAndHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Demo()
		config.Profile = "gala"
		s, g := start(t, config)
		g.join(home, 3) // never reads again
		quick := g.join(home, 3)
		began, last := time.Now(), time.Now()
		for time.Since(began) < 30*time.Second {
			quick.packets()
			if gap := time.Since(last); gap > 3*time.Second {
				t.Fatalf("nothing for %v", gap)
			}
			last = time.Now()
		}
		if n := s.Connections(home); n != 1 {
			t.Errorf("%d connections are left", n)
		}
	})
}

func TestARecordingWaitsForTheSlowestConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		text.WriteString("TIME1:00ONLINE5\n")
		for range 20_000 {
			text.WriteString("草\n")
		}
		config := Demo()
		config.Rooms[0].Recording = recording(t, "big.txt", text.String())
		s, g := start(t, config)
		slow := g.join(home, 0)
		n := 0
		for n < 20_000 {
			n += len(slow.packets())
			if n%1024 == 0 {
				pass(10 * time.Millisecond)
			}
		}
		if sent := s.Sent()[0]; n != 20_000 || sent.Events != 20_000 || sent.Unheard != 0 {
			t.Errorf("%d arrived; sent %+v", n, sent)
		}
	})
}
