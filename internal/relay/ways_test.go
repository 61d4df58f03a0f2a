package relay

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"danmaku/event"
	"danmaku/internal/hub"
)

func TestBatchesAreArraysThatHoldTheSameEvents(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		l := start(t, c, &memory{id: "A1"})
		l.say(comment(1, "1"), comment(1, "2"))
		s := l.dial("?batch=500ms&after=0") // long against what a slow machine takes for an event
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
		waitAsked(archive) // else the first look finds what is said now, and tells no gap
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

// waitAsked waits until the archive has been asked for events.
func waitAsked(archive *memory) {
	for archive != nil {
		archive.mu.Lock()
		asked := archive.asked
		archive.mu.Unlock()
		if asked > 0 {
			return
		}
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
