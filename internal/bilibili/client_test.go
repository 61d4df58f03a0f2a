package bilibili

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
)

// platform answers calls by path, without a network, and remembers them.
type platform struct {
	answers map[string]func(*http.Request) string
	seen    []*http.Request
	at      []time.Time
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	p.seen = append(p.seen, r)
	p.at = append(p.at, time.Now())
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r}
	f := p.answers[r.URL.Path]
	if f == nil {
		resp.StatusCode = 404
		resp.Body = io.NopCloser(strings.NewReader("404"))
		return resp, nil
	}
	text := f(r)
	if status, rest, ok := strings.Cut(text, " "); ok && strings.HasPrefix(status, "HTTP") {
		fmt.Sscan(status[4:], &resp.StatusCode)
		text = rest
	}
	if head, rest, ok := strings.Cut(text, "\n\n"); ok {
		for line := range strings.SplitSeq(head, "\n") {
			k, v, _ := strings.Cut(line, ": ")
			resp.Header.Add(k, v)
		}
		text = rest
	}
	resp.Body = io.NopCloser(strings.NewReader(text))
	return resp, nil
}

func (p *platform) count(path string) int {
	n := 0
	for _, r := range p.seen {
		if r.URL.Path == path {
			n++
		}
	}
	return n
}

func says(text string) func(*http.Request) string { return func(*http.Request) string { return text } }

const (
	pathSPI     = "/x/frontend/finger/spi"
	pathNav     = "/x/web-interface/nav"
	pathInit    = "/room/v1/Room/room_init"
	pathBase    = "/xlive/web-room/v1/index/getRoomBaseInfo"
	pathInfo    = "/room/v1/Room/get_info"
	pathToken   = "/xlive/web-room/v1/index/getDanmuInfo"
	pathHistory = "/xlive/web-room/v1/dM/gethistory"
	pathSC      = "/av/v1/SuperChat/getMessageList"
)

// usual is a platform that answers as the real one does to the anonymous.
func usual() *platform {
	return &platform{answers: map[string]func(*http.Request) string{
		pathSPI:   says(`{"code":0,"data":{"b_3":"AAAA-1111infoc","b_4":"BBBB"},"message":"ok"}`),
		pathNav:   says(`{"code":-101,"message":"账号未登录","ttl":1,"data":{"isLogin":false,"wbi_img":{"img_url":"https://i0.hdslb.com/bfs/wbi/` + vectorImg + `.png","sub_url":"https://i0.hdslb.com/bfs/wbi/` + vectorSub + `.png"}}}`),
		pathInit:  says(`{"code":0,"msg":"ok","message":"ok","data":{"room_id":21452505,"short_id":510,"uid":7,"live_status":1,"is_locked":false,"lock_till":0,"live_time":1700000000}}`),
		pathBase:  says(`{"code":0,"message":"0","ttl":1,"data":{"by_room_ids":{"21452505":{"room_id":21452505,"uid":7,"title":"今天也要加油","uname":"主播","area_name":"虚拟Singer","parent_area_name":"虚拟主播","live_time":"2023-11-15 06:13:20","short_id":510}}}}`),
		pathToken: says(`{"code":0,"message":"0","ttl":1,"data":{"token":"tok==","host_list":[{"host":"broadcastlv.chat.bilibili.com","port":2243,"wss_port":443,"ws_port":2244},{"host":"zj-cn-live-comet.chat.bilibili.com","port":2243,"wss_port":"443","ws_port":2244}]}}`),
	}}
}

func client(t *testing.T, p *platform, c Config) *Client {
	t.Helper()
	c.Transport = p
	cl, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

func TestJoiningARoomMakesTheCallsOfTheWebPage(t *testing.T) {
	p := usual()
	c := client(t, p, Config{})
	room, err := c.Room(t.Context(), 510)
	if err != nil {
		t.Fatal(err)
	}
	want := event.Status{Room: 21452505, ShortID: 510, Live: true, LiveFrom: 1700000000000, Title: "今天也要加油", Streamer: "主播", Area: "虚拟主播 · 虚拟Singer"}
	if got, want := fmt.Sprintf("%+v", room), fmt.Sprintf("%+v", want); got != want {
		t.Errorf("room %s\nwant %s", got, want)
	}
	e, err := c.Endpoint(t.Context(), room.Room)
	if err != nil {
		t.Fatal(err)
	}
	if e.Token != "tok==" || e.Buvid != "AAAA-1111infoc" || e.UID != 0 || e.UserAgent != DefaultUserAgent || e.Expired {
		t.Errorf("endpoint %#v", e)
	}
	if got, want := strings.Join(e.URLs, " "), "wss://zj-cn-live-comet.chat.bilibili.com:443/sub wss://broadcastlv.chat.bilibili.com:443/sub"; got != want {
		t.Errorf("servers %s, want %s (the general one last)", got, want)
	}
	last := p.seen[len(p.seen)-1]
	if got := last.Header.Get("Cookie"); got != "buvid3=AAAA-1111infoc; buvid4=BBBB" {
		t.Errorf("getDanmuInfo was sent the cookies %q", got)
	}
	q := last.URL.Query()
	signed := map[string]string{}
	for k := range q {
		if k != "w_rid" && k != "wts" {
			signed[k] = q.Get(k)
		}
	}
	var at int64
	fmt.Sscan(q.Get("wts"), &at)
	if again, _ := url.ParseQuery(signWBI(signed, mixinKey(vectorImg, vectorSub), time.Unix(at, 0))); again.Get("w_rid") != q.Get("w_rid") || q.Get("w_rid") == "" {
		t.Errorf("signature of %s does not hold", last.URL.RawQuery)
	}
	for _, r := range p.seen {
		if r.Header.Get("User-Agent") != DefaultUserAgent || r.Header.Get("Referer") != "https://live.bilibili.com/" || r.Header.Get("Origin") != "https://live.bilibili.com" {
			t.Errorf("%s was sent headers %v", r.URL.Path, r.Header)
		}
		host := "api.live.bilibili.com"
		if strings.HasPrefix(r.URL.Path, "/x/") {
			host = "api.bilibili.com"
		}
		if r.URL.Scheme != "https" || r.URL.Host != host {
			t.Errorf("%s went to %s://%s", r.URL.Path, r.URL.Scheme, r.URL.Host)
		}
	}
	if _, err := c.Endpoint(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if p.count(pathSPI) != 1 || p.count(pathNav) != 1 {
		t.Errorf("device cookie asked for %d times, keys %d times, want once each for two rooms", p.count(pathSPI), p.count(pathNav))
	}
}

func TestWBIKeysAreFetchedAgainAfterTwelveHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		c := client(t, p, Config{})
		for range 25 { // once an hour
			if _, err := c.Endpoint(t.Context(), 3); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Hour)
		}
		if got := p.count(pathNav); got != 3 {
			t.Errorf("keys fetched %d times in 24 hours, want 3", got)
		}
	})
}

func TestUpstreamReplacesEveryBaseAddress(t *testing.T) {
	for _, v := range []struct{ upstream, socket string }{
		{"http://127.0.0.1:8000", "ws://h1:2244/sub"},
		{"https://example.test/", "wss://h1:443/sub"},
	} {
		p := usual()
		p.answers[pathToken] = says(`{"code":0,"data":{"token":"t","host_list":[{"host":"h1","wss_port":443,"ws_port":2244}]}}`)
		p.answers["/x/passport-login/web/qrcode/generate"] = says(`{"code":0,"data":{"url":"https://x/","qrcode_key":"k"}}`)
		c := client(t, p, Config{Upstream: v.upstream})
		if _, err := c.Room(t.Context(), 510); err != nil {
			t.Fatal(err)
		}
		e, err := c.Endpoint(t.Context(), 3)
		if err != nil || len(e.URLs) != 1 || e.URLs[0] != v.socket {
			t.Errorf("%s: servers %v, %v; want %s", v.upstream, e.URLs, err, v.socket)
		}
		if _, err := c.BeginLogin(t.Context()); err != nil {
			t.Error(err)
		}
		for _, r := range p.seen {
			if got := r.URL.Scheme + "://" + r.URL.Host; got != strings.TrimSuffix(v.upstream, "/") {
				t.Errorf("%s went to %s", r.URL.Path, got)
			}
		}
	}
	for _, bad := range []string{"127.0.0.1:80", "ftp://x", "http://", "http://x/path", "http://user:pw@x", "://"} {
		if _, err := New(Config{Upstream: bad}); err == nil {
			t.Errorf("upstream %q was accepted", bad)
		}
	}
}

// A relay of ours speaks the platform's protocol with a few calls only.
func TestAServerThatKnowsOnlyTheOldCallsIsEnough(t *testing.T) {
	p := usual()
	delete(p.answers, pathSPI)
	delete(p.answers, pathNav)
	delete(p.answers, pathBase)
	p.answers[pathInfo] = says(`{"code":0,"data":{"room_id":21452505,"title":"t","area_name":"a","parent_area_name":"a","live_time":"2023-11-15 06:13:20"}}`)
	p.answers[pathToken] = says(`{"code":0,"data":{"token":"","host_list":[]}}`)
	c := client(t, p, Config{Upstream: "http://relay:1"})
	s, err := c.Room(t.Context(), 510)
	if err != nil || s.Title != "t" || s.Area != "a" {
		t.Errorf("room %+v, %v", s, err)
	}
	e, err := c.Endpoint(t.Context(), s.Room)
	if err != nil || len(e.URLs) != 1 || e.URLs[0] != "ws://relay:1/sub" {
		t.Errorf("endpoint %v, %v", e.URLs, err)
	}
	if p.seen[len(p.seen)-1].URL.Query().Has("w_rid") {
		t.Error("signed without a key")
	}
}

func TestAnswersMeanWhatTheyMean(t *testing.T) {
	for _, v := range []struct {
		path, text string
		want       error
		state      event.State
		cause      event.Cause
	}{
		{pathInit, `{"code":60004,"msg":"直播间不存在","data":{}}`, ErrNoRoom, event.StateNotFound, event.CauseUnknown},
		{pathToken, `{"code":-352,"message":"-352","ttl":1}`, ErrRiskControl, event.StateRiskControl, event.CauseRiskControl},
		{pathToken, `{"code":-412,"message":"request was banned"}`, ErrRefused, event.StateRefused, event.CauseRefused},
		{pathToken, `HTTP412 <html>`, ErrRefused, event.StateRefused, event.CauseRefused},
		{pathToken, `HTTP429 {}`, ErrTooFrequent, event.StateWaiting, event.CauseRefused},
		{pathToken, `{"code":-799,"message":"请求过于频繁"}`, ErrTooFrequent, event.StateWaiting, event.CauseRefused},
		{pathToken, `{"code":65530,"message":"token error"}`, ErrLogin, event.StateWaiting, event.CauseToken},
		{pathToken, `{"code":1002002}`, ErrNoRoom, event.StateNotFound, event.CauseUnknown},
		{pathToken, `{"code":-500}`, nil, event.StateWaiting, event.CauseNetwork},
		{pathToken, `HTTP502 <html>`, nil, event.StateWaiting, event.CauseNetwork},
		{pathToken, `<html>`, nil, event.StateWaiting, event.CauseNetwork},
		{pathToken, `{"code":0,"data":[]}`, nil, event.StateWaiting, event.CauseNetwork},
		{pathToken, `{"code":0,"data":{"token":7}}`, nil, event.StateWaiting, event.CauseNetwork},
		{pathInit, `{"code":0,"data":{}}`, nil, event.StateWaiting, event.CauseNetwork},
		{pathInit, `{"code":0,"data":"` + strings.Repeat("x", maxAnswer) + `"}`, nil, event.StateWaiting, event.CauseNetwork},
	} {
		p := usual()
		p.answers[v.path] = says(v.text)
		c := client(t, p, Config{})
		c.identity.refreshed = time.Now() // no second try
		_, err := c.Room(t.Context(), 510)
		if err == nil {
			_, err = c.Endpoint(t.Context(), 3)
		}
		name := v.text[:min(len(v.text), 60)]
		var refusal *APIError
		if !errors.As(err, &refusal) {
			t.Errorf("%s: error %v, want an *APIError", name, err)
			continue
		}
		if v.want != nil && !errors.Is(err, v.want) {
			t.Errorf("%s: %v is not %v", name, err, v.want)
		}
		if s := refusal.Status(); s.State != v.state || s.Cause != v.cause || s.Advice == "" || s.Detail == "" {
			t.Errorf("%s: state %s, cause %s, advice %q", name, s.State, s.Cause, s.Advice)
		}
	}
}

func TestALockedRoomIsSaidToBeLocked(t *testing.T) {
	p := usual()
	p.answers[pathInit] = says(`{"code":0,"data":{"room_id":"21452505","short_id":0,"live_status":0,"live_time":-62170012800,"is_locked":true,"lock_till":1700009999}}`)
	s, err := client(t, p, Config{}).Room(t.Context(), 21452505)
	if err != nil || s.State != event.StateLocked || s.Until != 1700009999000 || s.Live || s.LiveFrom != 0 {
		t.Errorf("room %+v, %v", s, err)
	}
}

func TestRiskControlIsMetOnceWithAFreshIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		bad := 1
		good := p.answers[pathToken]
		p.answers[pathToken] = func(r *http.Request) string {
			if bad > 0 {
				bad--
				return `{"code":-352,"message":"-352","ttl":1}`
			}
			return good(r)
		}
		c := client(t, p, Config{})
		if _, err := c.Endpoint(t.Context(), 3); err != nil {
			t.Fatalf("one -352: %v", err)
		}
		if p.count(pathToken) != 2 || p.count(pathNav) != 2 || p.count(pathSPI) != 2 {
			t.Errorf("%d token calls, %d nav, %d spi; want 2 of each", p.count(pathToken), p.count(pathNav), p.count(pathSPI))
		}
		if s := c.Budget().Stats(); s.Refusals != 0 {
			t.Errorf("a -352 that a fresh identity cured began %d pauses", s.Refusals)
		}
		bad = 1 << 30
		_, err := c.Endpoint(t.Context(), 3)
		var e *APIError
		if !errors.As(err, &e) || !e.Is(ErrRiskControl) || time.Until(e.Until) < time.Minute || time.Until(e.Until) > 75*time.Second {
			t.Fatalf("lasting -352: %v, until %v", err, time.Until(e.Until))
		}
		if p.count(pathToken) != 3 {
			t.Errorf("%d token calls, want one more: the identity was fresh", p.count(pathToken)-2)
		}
	})
}

func TestKeysThatChangeAgainSoonCostOneRestAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c simroom.Config
		for _, text := range []string{"rotate-wbi@1m", "rotate-wbi@3m", "rotate-wbi@6m"} {
			fault, err := simroom.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			c.Faults = append(c.Faults, fault)
		}
		s, config := simulated(t, c)
		began := time.Now()
		client, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(at time.Duration) error {
			<-time.After(time.Until(began.Add(at)))
			_, err := client.Endpoint(t.Context(), 7734200)
			return err
		}
		if err := errors.Join(ask(0), ask(2*time.Minute)); err != nil {
			t.Fatal(err) // the first change is met at once
		}
		calls := s.Calls()
		for _, at := range []time.Duration{4 * time.Minute, 7 * time.Minute} {
			if err := ask(at); !errors.Is(err, ErrRiskControl) {
				t.Errorf("a change soon after the last one: %v", err)
			}
			if err := ask(at + 75*time.Second); err != nil { // 1 to 1.25 minutes
				t.Errorf("after the rest: %v", err)
			}
		}
		after := s.Calls()
		if n := after["/x/frontend/finger/spi"] - calls["/x/frontend/finger/spi"]; n != 0 {
			t.Errorf("%d new device cookies within ten minutes", n)
		}
		if n := after[pathNav] - calls[pathNav]; n != 2 {
			t.Errorf("%d calls for keys, want one after each rest", n)
		}
	})
}

func TestRepeatedRiskControlIsAskedAboutEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		p.answers[pathToken] = says(`{"code":-352,"message":"-352"}`)
		c := client(t, p, Config{})
		start := time.Now()
		for time.Since(start) < 24*time.Hour { // twenty rooms, each as impatient as can be
			for room := range 20 {
				if _, err := c.Endpoint(t.Context(), event.RoomID(room+1)); !errors.Is(err, ErrRiskControl) {
					t.Fatal(err)
				}
			}
			<-time.After(time.Minute)
		}
		// 1+2+4+8+16 minutes, then one every 30 to 37; each may be met once
		// with a fresh identity.
		if n := p.count(pathToken); n > 2*(5+48) {
			t.Errorf("%d calls of getDanmuInfo in 24 hours of -352", n)
		}
		if _, err := c.Room(t.Context(), 510); err != nil {
			t.Errorf("risk control of one call stopped another: %v", err)
		}
	})
}

func TestARefusedAddressIsLeftAloneAndComesBackOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		good := p.answers[pathInit]
		p.answers[pathInit] = says(`HTTP412 {"code":-412,"message":"request was banned"}`)
		c := client(t, p, Config{})
		var first *APIError
		if _, err := c.Room(t.Context(), 1); !errors.As(err, &first) {
			t.Fatal(err)
		}
		calls := len(p.seen)
		var held *APIError
		if _, err := c.Endpoint(t.Context(), 1); !errors.As(err, &held) || !held.Held || !held.Is(ErrRefused) || !held.Until.Equal(first.Until) {
			t.Fatalf("during the pause: %v", err)
		}
		if len(p.seen) != calls {
			t.Fatal("a call went out during the pause")
		}
		<-time.After(time.Until(first.Until) + time.Millisecond)

		p.answers[pathInit] = func(r *http.Request) string {
			// While the probe is out every other call is turned away.
			if _, err := c.Endpoint(context.Background(), 1); !errors.As(err, &held) || !held.Held {
				t.Errorf("a second call during the probe: %v", err)
			}
			p.answers[pathInit] = good
			return good(r)
		}
		if _, err := c.Room(t.Context(), 510); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Endpoint(t.Context(), 3); err != nil {
			t.Errorf("after a good answer: %v", err)
		}
	})
}

func TestAllRoomsShareOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		delete(p.answers, pathBase)
		c := client(t, p, Config{})
		start := time.Now()
		for range 100 {
			if err := c.Budget().Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d < 89*time.Second || d > 91*time.Second {
			t.Errorf("100 calls took %v, want 90 s: ten at once, then one a second", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := c.Budget().Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
		start = time.Now()
		if _, err := c.Backlog(t.Context(), 3); err == nil {
			t.Error("a platform without history gave one")
		}
		if d := time.Since(start); d < 4*time.Second {
			t.Errorf("a call nobody waits for went out after %v, before the budget was half full", d)
		}
	})
}

func TestNoErrorHoldsAQueryOrACookie(t *testing.T) {
	cookies, err := ParseCookies([]byte("SESSDATA=s3cr3t; buvid3=b3infoc"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Cookies: cookies, Transport: failing{}})
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := c.Endpoint(t.Context(), 3)
	l := &Login{key: NewSecret("s3cr3t"), client: c, URL: "https://x/?s3cr3t"}
	_, _, err2 := l.Poll(t.Context())
	for _, v := range []any{err1, err2, c, cookies, &cookies, l, Endpoint{Token: "s3cr3t"}, Config{Cookies: cookies}} {
		texts := []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v)}
		if j, err := json.Marshal(v); err == nil {
			texts = append(texts, string(j))
		}
		for _, text := range texts {
			if strings.Contains(text, "s3cr3t") || strings.Contains(text, "w_rid") {
				t.Errorf("%T prints %s", v, text)
			}
		}
	}
}

type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
