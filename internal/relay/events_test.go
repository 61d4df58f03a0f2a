package relay

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/hub"
)

func TestASubscriberIsGreetedThenFollowsLive(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		l.say(comment(1, "before"))
		s := l.dial("")
		g := s.next()
		if g.Hello == nil || g.Hello.Version != 1 || g.Hello.Archive != "A1" {
			t.Fatalf("first message %+v", g)
		}
		l.say(comment(1, "草"), gift(2, "小花花"))
		// Published before or after subscribing: hello tells which.
		if g.Hello.Seq == 0 {
			s.want("before")
		}
		s.want("草", "小花花")
	})
}

func TestWithoutAnArchiveEventsComeWithSeqZero(t *testing.T) {
	l := start(t, Config{}, nil)
	s := l.dial("?after=0")
	if g := s.next(); g.Hello == nil || g.Hello.Archive != "" || g.Hello.Seq != 0 {
		t.Fatalf("hello %+v", g.Hello)
	}
	l.say(comment(1, "a"))
	if g := s.next(); g.Seq != 0 || g.text() != "a" {
		t.Errorf("got %+v", g)
	}
}

func TestFiltersOfRoomsKindsUserAndTextApplyToLiveAndArchive(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		c.Rooms = &roomList{rooms: []event.Status{{Room: 21452505, ShortID: 3}}}
		l := start(t, c, &memory{id: "A1"})
		other := comment(2, "Hello")
		other.User = &event.User{ID: "9", Name: "Ｎｅｋｏ"}
		say := func() {
			l.say(comment(1, "one"), gift(1, "gift one"), comment(2, "two"), gift(2, "gift two"), comment(21452505, "short"), other)
		}
		say()
		tests := []struct {
			query string
			want  []string
		}{
			{"room=1", []string{"one", "gift one"}},
			{"room=1&room=2&kind=comment", []string{"one", "two", "Hello"}},
			{"room=1,2&kind=gift", []string{"gift one", "gift two"}},
			{"kind=comment,gift&room=2", []string{"two", "gift two", "Hello"}},
			{"room=3", []string{"short"}},
			{"user=neko", []string{"Hello"}},
			{"user=9", []string{"Hello"}},
			{"q=hello", []string{"Hello"}},
			{"", []string{"one", "gift one", "two", "gift two", "short", "Hello"}},
		}
		var sockets []*socket
		for _, tt := range tests {
			s := l.dial("?after=0&" + tt.query)
			s.want("hello")
			s.want(tt.want...)
			sockets = append(sockets, s)
		}
		say()
		for i, tt := range tests {
			sockets[i].want(tt.want...)
		}
	})
}

func TestRawIsGivenExactlyAsReceivedAndOnlyWhenAsked(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	with, without := l.dial("?raw=1&after=0"), l.dial("?raw=0")
	with.want("hello")
	without.want("hello")
	e := comment(1, "a")
	e.Raw = json.RawMessage(`{"cmd":"DANMU_MSG","x": [1, 2.50, "\u8349"],"z":{}}`)
	l.say(e)
	if g := with.next(); string(g.Raw) != string(e.Raw) {
		t.Errorf("raw %s", g.Raw)
	}
	if g := without.next(); g.Raw != nil {
		t.Errorf("raw %s was not asked for", g.Raw)
	}
	again := l.dial("?raw=1&after=0")
	again.want("hello")
	if g := again.next(); string(g.Raw) != string(e.Raw) {
		t.Errorf("raw from the archive %s", g.Raw)
	}
}

func TestGapsReachTheSubscribersOfTheRoom(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	one, all := l.dial("?room=1&kind=gift"), l.dial("")
	one.want("hello")
	all.want("hello")
	to := event.Millis(20)
	l.hub.Publish([]hub.Item{
		{Gap: &event.Gap{Room: 2, From: 10, Cause: event.CauseNetwork}},
		{Gap: &event.Gap{Room: 1, From: 10, To: &to, Cause: event.CauseSilence}},
		{Status: &event.Status{Room: 1, State: event.StateOnline}},
	})
	l.say(gift(1, "end"))
	if g := one.next(); g.Gap == nil || g.Gap.Room != 1 || *g.Gap.To != 20 || g.Gap.Cause != event.CauseSilence {
		t.Errorf("got %+v", g)
	}
	one.want("end")
	if g := all.next(); g.Gap == nil || g.Gap.Room != 2 || g.Gap.To != nil {
		t.Errorf("got %+v", g)
	}
	all.want("gap", "end") // and no status: it was not asked for
}

func TestStatusesComeWhenAskedFor(t *testing.T) {
	l := start(t, Config{}, nil)
	s := l.dial("?status=1&room=1")
	s.want("hello")
	l.hub.Publish([]hub.Item{{Status: &event.Status{Room: 2}}, {Status: &event.Status{Room: 1, State: event.StateWaiting, Cause: event.CauseNetwork}}})
	if g := s.next(); g.Status == nil || g.Status.State != event.StateWaiting {
		t.Errorf("got %+v", g)
	}
}

func TestStoppingClosesWithComeBackAfterEverythingWasGiven(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		s := l.dial("")
		s.want("hello")
		var want []string
		for n := range 500 {
			l.say(comment(1, strconv.Itoa(n)))
			want = append(want, strconv.Itoa(n))
		}
		done := make(chan struct{})
		go func() {
			l.hub.Close()
			l.stop()
			close(done)
		}()
		s.want(want...)
		if r := s.wantClose(websocket.CloseGoingAway); !strings.Contains(r, "retry in") {
			t.Errorf("reason %q", r)
		}
		<-done
	})
}

type pageJSON struct {
	Events  []got
	Next    int64
	Archive string
	Gaps    []event.Gap
}

func TestFeedsAreSharedByEqualFiltersAndForgottenWithTheLastSubscriber(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	var sockets []*socket
	for _, q := range []string{"?room=1&room=2&kind=gift", "?room=2,1,2&kind=gift", "?kind=gift&room=2&room=1&after=0", "?room=1"} {
		s := l.dial(q)
		s.want("hello")
		sockets = append(sockets, s)
	}
	l.relay.feeds.mu.Lock()
	if n := len(l.relay.feeds.byKey); n != 2 {
		t.Errorf("%d logs for 2 distinct filters", n)
	}
	l.relay.feeds.mu.Unlock()
	for _, s := range sockets {
		s.conn.Close()
	}
	for {
		l.relay.feeds.mu.Lock()
		left := len(l.relay.feeds.byKey) + len(l.relay.feeds.byRoom)
		l.relay.feeds.mu.Unlock()
		if left == 0 {
			return
		}
		runtime.Gosched()
	}
}
