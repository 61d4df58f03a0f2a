package subscriber

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
)

func TestMain(m *testing.M) {
	code := m.Run()
	var stacks string
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); {
		stacks = string(buf[:runtime.Stack(buf, true)])
		if code != 0 || !strings.Contains(stacks, "subscriber.(*follower)") {
			os.Exit(code)
		}
		runtime.Gosched()
	}
	os.Stderr.WriteString("goroutines left over:\n" + stacks)
	os.Exit(1)
}

// script is a relay that plays one part per connection: the messages it sends
// and how it closes.
type part struct {
	refuse int // HTTP status instead of an upgrade
	send   []string
	code   int // close code; 0: the connection just breaks
	reason string
}

type relay struct {
	*httptest.Server
	queries chan url.Values
	auth    chan string
}

func play(t *testing.T, parts ...part) *relay {
	r := &relay{queries: make(chan url.Values, len(parts)+1), auth: make(chan string, len(parts)+1)}
	n := 0
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if n == len(parts) {
			http.Error(w, "the script is over", http.StatusServiceUnavailable)
			return
		}
		p := parts[n]
		n++
		r.queries <- req.URL.Query()
		r.auth <- req.Header.Get("Authorization")
		if p.refuse != 0 {
			w.WriteHeader(p.refuse)
			fmt.Fprint(w, `{"error":{"code":"x","message":"not for you","hint":"ask nicely"}}`)
			return
		}
		up := websocket.Upgrader{}
		c, err := up.Upgrade(w, req, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for _, s := range p.send {
			if err := c.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
				return
			}
		}
		if p.code != 0 {
			c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(p.code, p.reason), time.Now().Add(time.Second))
			c.ReadMessage()
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func hello(archive string, seq int) string {
	return fmt.Sprintf(`{"hello":{"version":1,"archive":%q,"seq":%d}}`, archive, seq)
}

func comment(seq int) string {
	return fmt.Sprintf(`{"seq":%d,"key":"","platform":"bilibili","room":1,"kind":"comment","cmd":"DANMU_MSG","at":1,"received":1,"comment":{"text":"%d"}}`, seq, seq)
}

// describe is an item in a word.
func describe(i Item) string {
	switch {
	case i.Event != nil:
		return fmt.Sprint(i.Event.Seq)
	case i.Gap != nil:
		return fmt.Sprintf("gap%d", i.Gap.Room)
	case i.Status != nil:
		return "status"
	case i.Lagged != nil:
		return fmt.Sprintf("lagged%d-%d", i.Lagged.From, i.Lagged.To)
	case i.Hello.Restarted:
		return "hello!"
	}
	return "hello"
}

// follow runs until the items are as many as wanted, and compares.
func follow(t *testing.T, c Config, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	c.Emit = func(i Item) {
		got = append(got, describe(i))
		if len(got) == len(want) {
			cancel()
		}
	}
	if err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestABrokenFeedIsResumedWhereItWas(t *testing.T) {
	r := play(t,
		part{send: []string{hello("A", 10), comment(11), comment(12)}},
		part{send: []string{hello("A", 14), comment(13), comment(14), `{"gap":{"room":1,"from":1,"to":2,"cause":"network"}}`, `{"status":{"room":1,"state":"online"}}`}, code: 1001, reason: "shutting down; retry in 1ms"},
		part{send: []string{hello("A", 14), comment(14), comment(15)}}, // 14 again: not given twice
	)
	follow(t, Config{URL: r.URL, Token: "secret-token", Filter: event.Filter{Rooms: []event.RoomID{1, 2}, Kinds: []event.Kind{"comment"}, User: "u", Text: "t", Raw: true}},
		"hello", "11", "12", "hello", "13", "14", "gap1", "status", "hello", "15")
	first := <-r.queries
	for name, want := range map[string]string{"kind": "comment", "user": "u", "q": "t", "raw": "1", "status": "1", "after": "", "archive": ""} {
		if first.Get(name) != want {
			t.Errorf("%s=%q, want %q", name, first.Get(name), want)
		}
	}
	if !slices.Equal(first["room"], []string{"1", "2"}) {
		t.Errorf("rooms %v", first["room"])
	}
	if second := <-r.queries; second.Get("after") != "12" || second.Get("archive") != "A" {
		t.Errorf("resumed with %v", second)
	}
	if third := <-r.queries; third.Get("after") != "14" {
		t.Errorf("resumed with %v", third)
	}
	if a := <-r.auth; a != "Bearer secret-token" {
		t.Errorf("Authorization %q", a)
	}
}

func TestAConnectionThatBreaksBeforeTheFirstEventLosesNothing(t *testing.T) {
	r := play(t, part{send: []string{hello("A", 10)}}, part{send: []string{hello("A", 12), comment(11), comment(12)}})
	follow(t, Config{URL: r.URL}, "hello", "hello", "11", "12")
	<-r.queries
	if q := <-r.queries; q.Get("after") != "10" {
		t.Errorf("resumed with %v", q)
	}
}

func TestWhatWasMissedByLaggingIsReadFromTheArchive(t *testing.T) {
	r := play(t,
		part{send: []string{hello("A", 0), comment(1), `{"lagged":{"from":2,"to":9,"messages":8}}`, comment(10)}},
		part{send: []string{hello("A", 10), comment(2), comment(3)}})
	follow(t, Config{URL: r.URL, All: true}, "hello", "1", "hello", "2", "3")
	if q := <-r.queries; q.Get("after") != "0" {
		t.Errorf("began with %v", q)
	}
}

func TestWithoutAnArchiveWhatIsLostIsTold(t *testing.T) {
	r := play(t,
		part{send: []string{hello("", 0), comment(0), `{"lagged":{"from":0,"to":0,"messages":3}}`}},
		part{send: []string{hello("", 0), comment(0)}})
	follow(t, Config{URL: r.URL}, "hello", "0", "lagged0-0", "gap0", "hello", "0")
	<-r.queries
	if q := <-r.queries; q.Has("after") {
		t.Errorf("asked with %v", q)
	}
}

func TestAnotherArchiveStartsTheFeedAnew(t *testing.T) {
	r := play(t,
		part{send: []string{hello("A", 10), comment(11)}},
		part{send: []string{hello("B", 3)}, code: 1008, reason: "another archive"},
		part{send: []string{hello("B", 3), comment(4)}})
	follow(t, Config{URL: r.URL}, "hello", "11", "gap0", "hello!", "4")
}

func TestARefusalEndsTheFeed(t *testing.T) {
	for _, p := range []part{{refuse: 401}, {refuse: 400}, {send: []string{hello("A", 1)}, code: 1008, reason: "not for you"}} {
		r := play(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := Run(ctx, Config{URL: r.URL, Emit: func(Item) {}, Filter: event.Filter{After: 5}})
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "not for you") {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestARelayThatIsNotThereIsTriedAgain(t *testing.T) {
	r := play(t, part{refuse: 503}, part{send: []string{hello("A", 1)}})
	var phases []Phase
	var failed error
	follow(t, Config{URL: r.URL, Notify: func(s State) {
		phases = append(phases, s.Phase)
		if s.Err != nil {
			failed = s.Err
		}
	}}, "hello")
	if want := []Phase{Connecting, Waiting, Connecting, Online}; !slices.Equal(phases, want) {
		t.Errorf("phases %v", phases)
	}
	if failed == nil || !strings.Contains(failed.Error(), "not for you") {
		t.Errorf("waiting because of %v", failed)
	}
}

func TestGarbageFromTheRelayIsNoEvent(t *testing.T) {
	r := play(t, part{send: []string{hello("A", 1), "{{{"}}, part{send: []string{hello("A", 1), `{"seq":"x"}`}}, part{send: []string{hello("A", 1), comment(2)}})
	follow(t, Config{URL: r.URL}, "hello", "hello", "hello", "2")
}

func TestAddressesOfARelay(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:32668":     "ws://127.0.0.1:32668/v1/events",
		"https://relay.example/sub/": "wss://relay.example/sub/v1/events",
		"127.0.0.1:32668":            "ws://127.0.0.1:32668/v1/events",
		"ws://[::1]:1/":              "ws://[::1]:1/v1/events",
	} {
		u, err := address(in)
		if err != nil || u.String() != want {
			t.Errorf("%s: %v %v", in, u, err)
		}
	}
	for _, in := range []string{"", "ftp://x", "http://", "://"} {
		if u, err := address(in); err == nil {
			t.Errorf("%q: %v", in, u)
		}
	}
}
