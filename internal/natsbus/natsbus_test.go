package natsbus

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/hub"
)

func TestMain(m *testing.M) {
	code := m.Run()
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); {
		if !strings.Contains(string(buf[:runtime.Stack(buf, true)]), "nats-io") {
			os.Exit(code)
		}
		runtime.Gosched()
	}
	os.Stderr.WriteString("goroutines of the client left over\n")
	os.Exit(1)
}

// server speaks as much of the NATS protocol as a publisher needs: INFO,
// CONNECT, PING, PONG, PUB and HPUB.
// Source: docs.nats.io/reference/reference-protocols/nats-protocol.
type server struct {
	t        *testing.T
	listener net.Listener
	messages chan published
	answered chan int // how many messages a connection had taken, at each PONG

	mu    sync.Mutex
	conns []net.Conn
	mute  bool // takes messages but confirms none
}

type published struct{ subject, id, data string }

func newServer(t *testing.T, address string) *server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, listener: l, messages: make(chan published, 1000), answered: make(chan int, 1000)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			wg.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		s.stop()
		wg.Wait()
	})
	return s
}

func (s *server) url() string { return "nats://" + s.listener.Addr().String() }

// stop ends the server and cuts its connections.
func (s *server) stop() {
	s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Close()
	}
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprintf(c, "INFO {\"server_id\":\"T\",\"version\":\"2.10.0\",\"proto\":1,\"headers\":true,\"max_payload\":65536}\r\n")
	r := bufio.NewReader(c)
	for taken := 0; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "PING":
			s.mu.Lock()
			mute := s.mute
			s.mu.Unlock()
			if !mute {
				io.WriteString(c, "PONG\r\n")
				s.answered <- taken
			}
		case "PUB", "HPUB":
			total, err := strconv.Atoi(words[len(words)-1])
			body := make([]byte, total+2)
			if err != nil {
				s.t.Errorf("not understood: %q", line)
				return
			}
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			head := 0
			if words[0] == "HPUB" {
				head, _ = strconv.Atoi(words[len(words)-2])
			}
			m := published{subject: words[1], data: string(body[head:total])}
			for h := range strings.SplitSeq(string(body[:head]), "\r\n") {
				if id, ok := strings.CutPrefix(h, "Nats-Msg-Id: "); ok {
					m.id = id
				}
			}
			taken++
			s.messages <- m
		}
	}
}

// confirmed waits until a connection was told that a number of messages are taken.
func (s *server) confirmed(messages int) {
	s.t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case n := <-s.answered:
			if n >= messages {
				return
			}
		case <-limit:
			s.t.Fatalf("the publisher does not ask whether %d messages are taken", messages)
		}
	}
}

func (s *server) next() published {
	s.t.Helper()
	select {
	case m := <-s.messages:
		return m
	case <-time.After(time.Minute):
		s.t.Fatal("nothing is published")
		return published{}
	}
}

func comment(seq int64) event.Event {
	return event.Event{Seq: seq, Platform: event.Bilibili, Room: 21452505, Kind: event.KindComment, Comment: &event.Comment{Text: strconv.FormatInt(seq, 10)},
		Raw: json.RawMessage(`{"cmd":"DANMU_MSG"}`)}
}

func publish(h *hub.Hub, events ...event.Event) {
	var items []hub.Item
	for i := range events {
		items = append(items, hub.Item{Event: &events[i]})
	}
	h.Publish(items)
}

// run starts a bus and returns what stops it and waits.
func run(t *testing.T, c Config) (stop func()) {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	b.retry = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func TestEventsAndGapsAreOneMessageEach(t *testing.T) {
	s := newServer(t, "127.0.0.1:0")
	h := hub.New(hub.Options{})
	run(t, Config{URL: s.url(), Hub: h, Archive: "a1"})
	publish(h, comment(7), comment(0))
	h.Publish([]hub.Item{{Gap: &event.Gap{Room: 5, From: 1}}, {Status: &event.Status{Room: 5}}})
	m := s.next()
	var e event.Event
	if err := json.Unmarshal([]byte(m.data), &e); err != nil || m.subject != "danmaku.21452505.comment" || m.id != "a1-7" || e.Comment.Text != "7" || e.Raw != nil {
		t.Errorf("%+v, %v", m, err)
	}
	if m := s.next(); m.id != "" {
		t.Errorf("what is in no archive has the id %q", m.id)
	}
	if m := s.next(); m.subject != "danmaku.5.gap" || !strings.HasPrefix(m.data, `{"gap":{"room":5,`) {
		t.Errorf("%+v", m)
	}
}

func TestWhatWasNotConfirmedIsPublishedAgainAfterABreak(t *testing.T) {
	s := newServer(t, "127.0.0.1:0")
	address := s.listener.Addr().String()
	h := hub.New(hub.Options{})
	run(t, Config{URL: s.url(), Hub: h, Archive: "a1"})
	publish(h, comment(1))
	s.next()
	s.confirmed(1)
	s.mu.Lock()
	s.mute = true
	s.mu.Unlock()
	publish(h, comment(2), comment(3))
	s.next()
	s.stop() // has taken them, has confirmed neither
	again := newServer(t, address)
	publish(h, comment(4))
	for want := int64(2); want <= 4; {
		id := again.next().id
		seq, err := strconv.ParseInt(strings.TrimPrefix(id, "a1-"), 10, 64)
		if err != nil || seq < 2 || seq > want {
			t.Fatalf("after the break came %q, want a1-%d", id, want)
		}
		if seq == want { // earlier ones are repetitions: it may break again
			want++
		}
	}
}

func TestALongBreakIsFilledFromTheArchive(t *testing.T) {
	reserved, err := net.Listen("tcp", "127.0.0.1:0") // an address where nobody answers yet
	if err != nil {
		t.Fatal(err)
	}
	address := reserved.Addr().String()
	reserved.Close()
	h := hub.New(hub.Options{Items: 256})
	const count = 2000
	query := func(_ context.Context, f event.Filter) iter.Seq2[event.Event, error] {
		return func(yield func(event.Event, error) bool) {
			for seq := f.After + 1; seq < f.Before && yield(comment(seq), nil); seq++ {
			}
		}
	}
	run(t, Config{URL: "nats://" + address, Hub: h, Archive: "a1", Query: query})
	for seq := int64(1); seq <= count; seq++ {
		publish(h, comment(seq))
	}
	s := newServer(t, address)
	for want := int64(1); want <= count; {
		seq, err := strconv.ParseInt(strings.TrimPrefix(s.next().id, "a1-"), 10, 64)
		if err != nil || seq > want {
			t.Fatalf("position %d (%v) came, want %d", seq, err, want)
		}
		if seq == want { // earlier ones are repetitions
			want++
		}
	}
}

func TestAnAddressThatIsNoneIsRefusedWithoutItsPassword(t *testing.T) {
	for _, bad := range []string{"", "localhost:4222", "http://127.0.0.1:4222", "nats://", "http://me:secret@host", "nats://me:secret@ho st"} {
		if _, err := New(Config{URL: bad}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
