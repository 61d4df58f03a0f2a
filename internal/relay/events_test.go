package relay

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// What comes in while a subscriber is being served from the archive, and is
// itself in no archive, is in the live log only.
func TestUnarchivedEventsDuringTheCatchUpAreSent(t *testing.T) {
	for _, query := range []string{"?after=1", "?after=1&batch=1ms"} {
		both(t, func(t *testing.T, c Config) {
			archive := &memory{id: "A1"}
			l := start(t, c, archive)
			live := l.dial("")
			live.want("hello")
			l.say(comment(1, "one"), comment(1, "two"))
			live.want("one", "two")
			archive.mu.Lock()
			archive.turn = sync.OnceFunc(func() {
				loose := comment(1, "loose")
				l.hub.Publish([]hub.Item{{Event: &loose}})
				live.want("loose")
			})
			archive.mu.Unlock()
			s := l.dial(query)
			s.want("hello")
			var texts []string
			for len(texts) < 2 {
				_, b, err := s.conn.ReadMessage()
				if err != nil {
					t.Fatalf("got %q, then %v", texts, err)
				}
				var batch []got
				if json.Unmarshal(b, &batch) != nil {
					batch = make([]got, 1)
					if err := json.Unmarshal(b, &batch[0]); err != nil {
						t.Fatal(err)
					}
				}
				for _, g := range batch {
					texts = append(texts, g.text())
				}
			}
			if !slices.Equal(texts, []string{"two", "loose"}) {
				t.Errorf("got %q", texts)
			}
		})
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

func TestResumeIsExactWhileEventsArrive(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		const total = 1600
		for n := 0; n < total/2; n++ {
			l.archive.append(comment(1, strconv.Itoa(n)))
		}
		var wg sync.WaitGroup
		for i := range 10 {
			after := i * 80
			s := l.dial(fmt.Sprintf("?after=%d", after))
			wg.Go(func() {
				for want := int64(after); want <= total; want++ {
					_, b, err := s.conn.ReadMessage()
					if err != nil {
						t.Errorf("after %d: at %d: %v", after, want, err)
						return
					}
					if want == int64(after) {
						continue // hello
					}
					var g got
					if json.Unmarshal(b, &g); g.Seq != want {
						t.Errorf("after %d: got %d, want %d", after, g.Seq, want)
						return
					}
				}
			})
		}
		for n := total / 2; n < total; {
			var batch []event.Event
			for range min(1+rand.IntN(15), total-n) {
				batch = append(batch, comment(1, strconv.Itoa(n)))
				n++
			}
			l.say(batch...)
		}
		wg.Wait()
	})
}

func TestASubscriberThatIsAheadOfTheRelaysOwnReadingSeesNothingTwice(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	// Committed, and not yet published: a search has shown them already.
	events := l.archive.append(comment(1, "1"), comment(1, "2"), comment(1, "3"))
	s := l.dial("?after=2")
	s.want("hello", "3")
	for i := range events {
		l.hub.Publish([]hub.Item{{Event: &events[i]}})
	}
	l.say(comment(1, "4"))
	s.want("4")
}

func TestAPositionThatCannotBeResumedFromIsRefused(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	l.say(comment(1, "1"))
	for query, reason := range map[string]string{"?after=1&archive=B2": "another archive", "?after=7": "archive's end"} {
		s := l.dial(query)
		s.want("hello")
		if r := s.wantClose(1008); !strings.Contains(r, reason) {
			t.Errorf("%s: reason %q", query, r)
		}
		if status, body := l.get("/v1/events"+query, "Accept", "text/event-stream"); status != 409 || !strings.Contains(body, reason) {
			t.Errorf("%s by SSE: %d %s", query, status, body)
		}
	}
	s := l.dial("?after=0&archive=A1")
	s.want("hello", "1")
	bare := start(t, Config{}, nil).dial("?after=5")
	bare.want("hello")
	bare.wantClose(1008)
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

func TestWhoComesBackIsToldTheGapsOfTheTimeBetween(t *testing.T) {
	before, after := event.Millis(1_700_000_000_000), event.Millis(1_700_000_005_000)
	l := start(t, Config{}, &memory{id: "A1", gaps: []event.Gap{
		{From: before - 100, To: &before, Cause: event.CauseToken},
		{From: before + 10, To: &after, Cause: event.CauseNetwork},
		{From: after + 10, Cause: event.CauseSilence}}})
	l.say(comment(1, "1"), comment(1, "2"))
	s := l.dial("?after=1&room=1")
	s.want("hello", "2")
	for _, cause := range []event.Cause{event.CauseNetwork, event.CauseSilence} {
		if g := s.next(); g.Gap == nil || g.Gap.Cause != cause || g.Gap.Room != 1 {
			t.Errorf("got %+v, want the gap by %s", g, cause)
		}
	}
	l.say(comment(1, "3"))
	s.want("3")
	all := l.dial("?after=0&room=1") // nothing is between the beginning and now
	all.want("hello", "1", "2", "3")
}

func TestWhatTheRelayItselfWasTooSlowForComesFromTheArchive(t *testing.T) {
	archive := &memory{id: "A1"}
	l := &line{t: t, hub: hub.New(hub.Options{Items: 256}), archive: archive}
	r := New(Config{Hub: l.hub, History: archive})
	cursor := l.hub.Subscribe(hub.Live)
	f, place, _ := r.feeds.join(selection{})
	defer r.feeds.leave(f)
	for n := range 2000 { // nobody reads meanwhile
		l.say(comment(1, strconv.Itoa(n+1)))
	}
	l.hub.Close()
	if err := r.pump(t.Context(), cursor); !errors.Is(err, hub.ErrClosed) {
		t.Fatal(err)
	}
	reader, messages := f.log.Reader(place, 0), []byte{}
	for reader.Seq() < 2000 {
		b, missed, err := reader.Next(t.Context())
		if err != nil || missed.Frames > 0 {
			t.Fatal(missed, err)
		}
		messages = append(messages, b...)
	}
	at := -1
	for n := range 2000 {
		next := strings.Index(string(messages), fmt.Sprintf(`"text":"%d"`, n+1))
		if next <= at || strings.Contains(string(messages), "lagged") {
			t.Fatalf("event %d is at %d, the one before at %d", n+1, next, at)
		}
		at = next
	}
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

func TestAFailingArchiveClosesWithComeBack(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	l.say(comment(1, "1"))
	live := l.dial("")
	live.want("hello")
	l.archive.mu.Lock()
	l.archive.fail = errors.New("disk on fire")
	l.archive.mu.Unlock()
	s := l.dial("?after=0")
	s.want("hello")
	s.wantClose(websocket.CloseGoingAway)
	l.archive.mu.Lock()
	l.archive.fail = nil
	l.archive.mu.Unlock()
	l.say(comment(1, "2"))
	for live.next().text() != "2" { // the first may have come live, too
	}
}

func TestASlowArchiveHoldsNobodyUp(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		l.say(comment(1, "1"))
		live := l.dial("?room=1")
		live.want("hello")
		held := make(chan struct{})
		l.archive.mu.Lock()
		l.archive.turn = func() { <-held }
		l.archive.mu.Unlock()
		var waiting []*socket
		for range 10 {
			s := l.dial("?after=0")
			s.want("hello")
			waiting = append(waiting, s)
		}
		l.say(comment(1, "2"))
		for live.next().text() != "2" {
		}
		close(held)
		for _, s := range waiting {
			s.want("1", "2")
		}
	})
}

func TestBatchesAreArraysThatHoldTheSameEvents(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		l.say(comment(1, "1"), comment(1, "2"))
		s := l.dial("?batch=20ms&after=0")
		s.want("hello")
		for n := 3; n <= 200; n++ {
			l.say(comment(1, strconv.Itoa(n)))
		}
		messages := 0
		for want := int64(1); want <= 200; messages++ {
			_, b, err := s.conn.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			var batch []got
			if err := json.Unmarshal(b, &batch); err != nil || len(batch) == 0 {
				t.Fatalf("%v in %.100q", err, b)
			}
			for _, g := range batch {
				if g.Seq != want {
					t.Fatalf("got %d, want %d", g.Seq, want)
				}
				want++
			}
		}
		if messages > 150 {
			t.Errorf("%d messages for 200 events", messages)
		}
	})
}

// sse reads events of a text/event-stream.
type sse struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Scanner
}

func (l *line) stream(query string, header ...string) *sse {
	l.t.Helper()
	req, _ := http.NewRequest("GET", l.server.URL+"/v1/events"+query, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		l.t.Fatal(resp, err)
	}
	l.t.Cleanup(func() { resp.Body.Close() })
	return &sse{l.t, resp, bufio.NewScanner(resp.Body)}
}

func (s *sse) next() (name, id string, g got) {
	s.t.Helper()
	for s.lines.Scan() {
		line := s.lines.Text()
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &g); err != nil {
				s.t.Fatalf("%v in %q", err, line)
			}
		case "":
			if g.text() != "?" {
				return name, id, g
			}
		}
	}
	s.t.Fatalf("stream ended: %v", s.lines.Err())
	return
}

func TestSSEIsTheSameFeedWithIds(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	l.say(comment(1, "1"), gift(1, "2"), comment(1, "3"))
	s := l.stream("?kind=comment&after=0", "Accept", "text/event-stream")
	if ct := s.resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q", ct)
	}
	if name, _, g := s.next(); name != "hello" || g.Hello == nil || g.Hello.Archive != "A1" {
		t.Errorf("first event %q %+v", name, g)
	}
	for _, want := range []string{"1", "3"} {
		if name, id, g := s.next(); name != "" || id != want || g.text() != want {
			t.Errorf("got %q %q %q", name, id, g.text())
		}
	}
	l.say(comment(1, "4"))
	if _, id, g := s.next(); id != "4" || g.text() != "4" {
		t.Errorf("live: %q %q", id, g.text())
	}
	// A browser that reconnects uses the same address and tells its last id.
	s = l.stream("?kind=comment&after=0", "Accept", "text/event-stream", "Last-Event-ID", "3")
	s.next()
	if _, id, _ := s.next(); id != "4" {
		t.Errorf("resumed at %q", id)
	}
	l.hub.Publish([]hub.Item{{Gap: &event.Gap{Room: 1, From: 5}}})
	if name, id, g := s.next(); name != "gap" || id != "" || g.Gap == nil {
		t.Errorf("gap: %q %q %+v", name, id, g)
	}
}

func TestNDJSONIsALinePerEvent(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	l.say(comment(1, "1"))
	s := l.stream("?after=0", "Accept", "application/x-ndjson")
	if s.resp.Header.Get("Danmaku-Archive") != "A1" || !strings.HasPrefix(s.resp.Header.Get("Content-Type"), "application/x-ndjson") {
		t.Errorf("header %v", s.resp.Header)
	}
	next := func() (g got) {
		if !s.lines.Scan() {
			t.Fatal(s.lines.Err())
		}
		if err := json.Unmarshal(s.lines.Bytes(), &g); err != nil {
			t.Fatalf("%v in %q", err, s.lines.Text())
		}
		return g
	}
	if g := next(); g.text() != "1" {
		t.Errorf("got %+v", g)
	}
	l.say(comment(1, "2"))
	if g := next(); g.text() != "2" {
		t.Errorf("got %+v", g)
	}
	l.hub.Close()
	if s.lines.Scan() {
		t.Errorf("after the end: %q", s.lines.Text())
	}
}

type pageJSON struct {
	Events  []got
	Next    int64
	Archive string
	Gaps    []event.Gap
}

func (l *line) poll(query string) pageJSON {
	l.t.Helper()
	status, body := l.get("/v1/events"+query, "Accept", "application/json")
	var p pageJSON
	if err := json.Unmarshal([]byte(body), &p); err != nil || status != 200 {
		l.t.Fatalf("%d %v in %q", status, err, body)
	}
	return p
}

func texts(events []got) string {
	var s []string
	for _, g := range events {
		s = append(s, g.text())
	}
	return strings.Join(s, " ")
}

func TestPlainPollsReadOnFromNext(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	if p := l.poll(""); len(p.Events) != 0 || p.Events == nil || p.Next != 0 {
		t.Errorf("empty archive: %+v", p)
	}
	l.say(comment(1, "1"), gift(1, "2"), comment(1, "3"), comment(1, "4"))
	if p := l.poll("?limit=2"); texts(p.Events) != "3 4" || p.Next != 4 || p.Archive != "A1" {
		t.Errorf("without after: the newest, got %s, next %d", texts(p.Events), p.Next)
	}
	p := l.poll("?after=0&limit=2&kind=comment")
	if texts(p.Events) != "1 3" || p.Next != 3 {
		t.Errorf("got %s, next %d", texts(p.Events), p.Next)
	}
	if p = l.poll(fmt.Sprintf("?after=%d&limit=2&kind=comment", p.Next)); texts(p.Events) != "4" || p.Next != 4 {
		t.Errorf("then %s, next %d", texts(p.Events), p.Next)
	}
	if p = l.poll("?after=1&kind=guard"); len(p.Events) != 0 || p.Next != 4 {
		t.Errorf("nothing of the kind: %s, next %d, want 4: all was looked at", texts(p.Events), p.Next)
	}
}

func TestALongPollWaitsForTheNextEvent(t *testing.T) {
	for _, archive := range []*memory{{id: "A1"}, nil} {
		l := start(t, Config{}, archive)
		l.say(comment(1, "old"))
		waitPosition(l, archive)
		answer := make(chan pageJSON, 1)
		go func() { answer <- l.poll("?wait=30s&kind=comment") }()
		l.waitSubscribed(1)
		l.say(gift(1, "no"))
		to := event.Millis(2)
		l.hub.Publish([]hub.Item{{Gap: &event.Gap{Room: 1, From: 1, To: &to}}})
		l.say(comment(1, "yes"))
		p := <-answer
		if texts(p.Events) != "yes" || archive != nil && (p.Next != 3 || len(p.Gaps) != 1) {
			t.Errorf("got %s, next %d, gaps %v", texts(p.Events), p.Next, p.Gaps)
		}
	}
	l := start(t, Config{}, &memory{id: "A1"})
	if p := l.poll("?wait=20ms"); len(p.Events) != 0 {
		t.Errorf("nothing happened: %+v", p)
	}
}

// waitPosition waits until the relay has read what was said so far.
func waitPosition(l *line, archive *memory) {
	if archive == nil {
		return
	}
	last, _ := archive.LastSeq(context.Background())
	for l.relay.feeds.position() < last {
		runtime.Gosched()
	}
}

// waitSubscribed waits until so many feeds are in use.
func (l *line) waitSubscribed(n int) {
	for {
		l.relay.feeds.mu.Lock()
		have := 0
		for _, f := range l.relay.feeds.byKey {
			have += f.refs
		}
		l.relay.feeds.mu.Unlock()
		if have >= n {
			return
		}
		runtime.Gosched()
	}
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

func manyRooms(n int) string {
	var s []string
	for i := range n {
		s = append(s, strconv.Itoa(i+1))
	}
	return strings.Join(s, ",")
}

func TestMalformedRequestsGetAnErrorThatSaysWhatToDo(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}}, &memory{id: "A1"})
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v1/events?room=abc", 400, "bad_parameter"},
		{"GET", "/v1/events?room=-1", 400, "bad_parameter"},
		{"GET", "/v1/events?room=99999999999999999999", 400, "bad_parameter"},
		{"GET", "/v1/events?kind=chat", 400, "bad_parameter"},
		{"GET", "/v1/events?after=x", 400, "bad_parameter"},
		{"GET", "/v1/events?after=-5", 400, "bad_parameter"},
		{"GET", "/v1/events?raw=yes", 400, "bad_parameter"},
		{"GET", "/v1/events?batch=1h", 400, "bad_parameter"},
		{"GET", "/v1/events?wait=soon", 400, "bad_parameter"},
		{"GET", "/v1/events?limit=0", 400, "bad_parameter"},
		{"GET", "/v1/events?format=xml", 400, "bad_parameter"},
		{"GET", "/v1/events?q=%ff", 400, "bad_parameter"},
		{"GET", "/v1/events?q=%zz", 400, "bad_query"},
		{"GET", "/v1/events?room=" + manyRooms(1100), 400, "bad_parameter"},
		{"GET", "/v1/events?x=" + strings.Repeat("x", 9000), 414, "query_too_long"},
		{"GET", "/v1/search?from=yesterday-ish", 400, "bad_parameter"},
		{"GET", "/v1/search?limit=100000", 400, "bad_parameter"},
		{"GET", "/v1/coverage", 400, "bad_parameter"},
		{"GET", "/v1/coverage?room=1&from=20&to=10", 400, "bad_parameter"},
		{"PUT", "/v1/rooms/x", 400, "bad_parameter"},
		{"PUT", "/v1/rooms/404", 404, "no_such_room"},
		{"DELETE", "/v1/rooms/5", 404, "not_joined"},
		{"POST", "/v1/rooms/5", 405, "method_not_allowed"},
		{"GET", "/nothing", 404, "not_found"},
	}
	for _, tt := range tests {
		status, body := l.do(tt.method, tt.path)
		var p struct {
			Error struct{ Code, Message, Hint string }
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != tt.status || p.Error.Code != tt.code || p.Error.Message == "" || p.Error.Hint == "" {
			t.Errorf("%s %.60s: %d %s", tt.method, tt.path, status, body)
		}
		if len(body) > 600 {
			t.Errorf("%.40s: the whole parameter is repeated", tt.path)
		}
	}
	// A WebSocket handshake is refused in the same words.
	_, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.server.URL, "http")+"/v1/events?kind=chat", nil)
	if err == nil || resp.StatusCode != 400 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("handshake: %v %v", resp, err)
	}
}

func TestRoomsAreListedJoinedAndLeft(t *testing.T) {
	l := start(t, Config{Rooms: &roomList{}}, nil)
	if status, body := l.get("/v1/rooms"); status != 200 || strings.TrimSpace(body) != `{"rooms":[]}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := l.do("PUT", "/v1/rooms/7"); status != 200 || !strings.Contains(body, `"room":7`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := l.get("/v1/rooms"); status != 200 || !strings.Contains(body, `"state":"connecting"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := l.do("DELETE", "/v1/rooms/7"); status != 204 {
		t.Errorf("%d", status)
	}
	bare := start(t, Config{}, nil)
	if status, _ := bare.do("PUT", "/v1/rooms/7"); status != 404 {
		t.Errorf("%d", status)
	}
}

func TestSearchPagesBackwards(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1"})
	for n := range 5 {
		l.say(comment(1, fmt.Sprintf("草%d", n+1)), comment(2, "other"))
	}
	search := func(query string) (p pageJSON) {
		status, body := l.get("/v1/search?" + query)
		if err := json.Unmarshal([]byte(body), &p); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		return p
	}
	q := "q=" + url.QueryEscape("草") + "&limit=2"
	p := search(q)
	if texts(p.Events) != "草5 草4" || p.Next == 0 {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	p = search(fmt.Sprintf("%s&before=%d", q, p.Next))
	if texts(p.Events) != "草3 草2" {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	if p = search(fmt.Sprintf("%s&before=%d", q, p.Next)); texts(p.Events) != "草1" || p.Next != 0 {
		t.Errorf("%s, next %d", texts(p.Events), p.Next)
	}
	if p = search("q=nothing"); p.Events == nil || len(p.Events) != 0 {
		t.Errorf("%+v", p)
	}
	if status, _ := start(t, Config{}, nil).get("/v1/search?q=x"); status != 404 {
		t.Errorf("without an archive: %d", status)
	}
}

func TestCoverageTellsSpansAndGaps(t *testing.T) {
	l := start(t, Config{}, &memory{id: "A1", gaps: []event.Gap{{Room: 1, From: 5, Cause: event.CauseDisk, Detail: "full"}}})
	status, body := l.get("/v1/coverage?room=1&from=0&to=100")
	want := `{"room":1,"spans":[{"from":0,"to":100}],"gaps":[{"from":5,"to":null,"cause":"disk","detail":"full"}]}`
	if status != 200 || strings.TrimSpace(body) != want {
		t.Errorf("%d %s", status, body)
	}
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	rooms := &roomList{}
	l := start(t, Config{Rooms: rooms}, &memory{id: "A1"})
	<-l.relay.started
	if status, body := l.get("/healthz"); status != 200 || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("%d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 1, State: event.StateOnline, Archived: true}, {Room: 2, State: event.StateWaiting, Cause: event.CauseNetwork}}
	if status, body := l.get("/readyz"); status != 200 || !strings.Contains(body, "room 2 is waiting network") {
		t.Errorf("one of two rooms is connected: %d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 1, State: event.StateOnline}}
	if status, body := l.get("/readyz"); status != 503 || !strings.Contains(body, "not archived") {
		t.Errorf("archive failing: %d %s", status, body)
	}
	rooms.rooms = []event.Status{{Room: 2, State: event.StateWaiting}}
	if status, _ := l.get("/readyz"); status != 503 {
		t.Errorf("no room connected: %d", status)
	}
	l = start(t, Config{}, nil)
	<-l.relay.started
	if status, body := l.get("/healthz"); status != 200 || !strings.Contains(body, "not archived") {
		t.Errorf("%d %s", status, body)
	}
}
