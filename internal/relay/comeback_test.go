package relay

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/hub"
)

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
