package engine

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
)

const room = 7734200

// record runs one room through the whole line until everything it had to say
// has come to a subscriber, and returns what the subscriber and the archive got.
func record(t *testing.T, c simroom.Config, want int) (feed, kept []json.RawMessage, events []event.Event) {
	t.Helper()
	p := startPlatform(t, c, "127.0.0.1:0")
	archive := filepath.Join(t.TempDir(), "danmaku.db")
	l := startLine(t, Config{Archive: archive, Upstream: p.url})
	enough := make(chan struct{})
	var last int64
	done := subscribe(t, l.url, "raw=1&after=0", func(m message) bool {
		switch {
		case m.Lagged != nil:
			t.Errorf("the subscriber lagged: %+v", m.Lagged)
		case m.Hello == nil && m.Gap == nil:
			if m.Event.Seq <= last {
				t.Errorf("seq %d after %d", m.Event.Seq, last)
			}
			last = m.Event.Seq
			feed = append(feed, m.Event.Raw)
			if len(feed) == want {
				close(enough)
			}
		}
		return true
	})
	if _, err := l.Collector.Join(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-done:
		t.Errorf("the feed ended after %d of %d commands", len(feed), want)
	}
	l.stop() // a surplus event would still come
	<-done
	kept, events = commands(t, archive)
	return feed, kept, events
}

func TestEveryCommandReachesArchiveAndSubscriberOnceInOrder(t *testing.T) {
	for _, protover := range []int{0, 2, 3} {
		t.Run(fmt.Sprintf("protover %d", protover), func(t *testing.T) {
			c := simroom.Config{Rooms: []simroom.Room{{ID: room}}, Profile: "gala", Count: 1500, Seed: 7, Protover: &protover, Record: true}
			server := startPlatform(t, c, "127.0.0.1:0")
			archive := filepath.Join(t.TempDir(), "danmaku.db")
			l := startLine(t, Config{Archive: archive, Upstream: server.url, Rooms: []event.RoomID{room}})
			got := make(chan json.RawMessage, 10_000)
			done := subscribe(t, l.url, "raw=1&after=0", func(m message) bool {
				if m.Hello == nil && m.Gap == nil && m.Lagged == nil {
					got <- m.Event.Raw
				}
				return true
			})
			<-server.server.Finished()
			var sent []json.RawMessage
			for _, cmd := range server.server.Commands(room) {
				sent = append(sent, cmd)
			}
			var feed []json.RawMessage
			for len(ordered(feed)) < len(ordered(sent)) {
				select {
				case raw := <-got:
					feed = append(feed, raw)
				case <-done:
					t.Fatalf("the feed ended after %d of %d commands", len(ordered(feed)), len(ordered(sent)))
				}
			}
			l.stop() // a surplus event would still come
			<-done
			close(got)
			for raw := range got {
				feed = append(feed, raw)
			}
			kept, _ := commands(t, archive)
			compare(t, "archive", ordered(kept), ordered(sent))
			compare(t, "subscriber", ordered(feed), ordered(sent))
		})
	}
}

// ordered leaves out the messages of guards' purchases: up to three of them
// tell of one purchase, wait for each other and become one event.
func ordered(raws []json.RawMessage) []json.RawMessage {
	return slices.DeleteFunc(distinct(raws), func(raw json.RawMessage) bool {
		head := raw[:min(len(raw), 80)]
		return bytes.Contains(head, []byte("GUARD_BUY")) || bytes.Contains(head, []byte("USER_TOAST_MSG"))
	})
}

// distinct joins the events made of one command: each carries the whole of it.
func distinct(raws []json.RawMessage) (out []json.RawMessage) {
	for _, raw := range raws {
		if n := len(out); n == 0 || !bytes.Equal(out[n-1], raw) || !bytes.Contains(raw, []byte("SEND_GIFT_V2")) {
			out = append(out, raw)
		}
	}
	return out
}

func TestRealFramesReachArchiveAndSubscriberExactly(t *testing.T) {
	path := shared(t, "ws-frames/blive-ws-2023-08-30_frames01-16.lp32")
	var want []json.RawMessage
	for line := range gzipLines(t, shared(t, "ws-frames/blive-ws-2023-08-30_frames01-16.expected.jsonl.gz")) {
		var x struct {
			Op   int             `json:"op"`
			Body json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if x.Op == 5 {
			want = append(want, x.Body)
		}
	}
	if len(want) != 178 && len(want) < 170 {
		t.Fatalf("only %d commands are expected", len(want))
	}
	for _, protover := range []int{0, 2, 3} {
		t.Run(fmt.Sprintf("protover %d", protover), func(t *testing.T) {
			recording, err := simroom.OpenRecording(path)
			if err != nil {
				t.Fatal(err)
			}
			feed, kept, _ := record(t, simroom.Config{Rooms: []simroom.Room{{ID: room, Recording: recording}}, Protover: &protover}, len(want))
			compare(t, "archive", kept, want)
			compare(t, "subscriber", feed, want)
		})
	}
}

func TestRealTextsAreByteEqualInArchiveAndFeed(t *testing.T) {
	path := shared(t, "ddc-2019-text/12235923_2019-5-10.txt.gz")
	var want []string
	for line := range gzipLines(t, path) {
		if !strings.HasPrefix(line, "TIME") && !strings.HasPrefix(line, "SPEAKERNUM") {
			want = append(want, line)
		}
	}
	if len(want) != 48734 {
		t.Fatalf("%d comments in the recording, its description says 48,734", len(want))
	}
	recording, err := simroom.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	p := startPlatform(t, simroom.Config{Rooms: []simroom.Room{{ID: room, Recording: recording}}}, "127.0.0.1:0")
	archive := filepath.Join(t.TempDir(), "danmaku.db")
	l := startLine(t, Config{Archive: archive, Upstream: p.url})
	var feed []string
	enough := make(chan struct{})
	done := subscribe(t, l.url, "kind=comment&after=0", func(m message) bool {
		if m.Lagged != nil {
			t.Errorf("lagged %+v", m.Lagged)
		}
		if m.Event.Comment != nil {
			feed = append(feed, m.Event.Comment.Text)
			if len(feed) == len(want) {
				close(enough)
			}
		}
		return true
	})
	if _, err := l.Collector.Join(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-done:
		t.Errorf("the feed ended after %d comments", len(feed))
	}
	l.stop()
	<-done
	var kept []string
	_, events := commands(t, archive)
	for _, e := range events {
		if e.Comment != nil {
			kept = append(kept, e.Comment.Text)
		}
	}
	for _, got := range []struct {
		who   string
		texts []string
	}{{"archive", kept}, {"subscriber", feed}} {
		if len(got.texts) != len(want) {
			t.Errorf("%s: %d texts, want %d", got.who, len(got.texts), len(want))
		}
		for i := range min(len(got.texts), len(want)) {
			if got.texts[i] != want[i] {
				t.Errorf("%s: text %d is %q, want %q", got.who, i, got.texts[i], want[i])
				break
			}
		}
	}
}

func gzipLines(t *testing.T, path string) func(func(string) bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string) bool) {
		sc := bufio.NewScanner(bytes.NewReader(text))
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			if !yield(sc.Text()) {
				return
			}
		}
	}
}

func TestAPlatformThatGoesAndComesBackLeavesAGapThatIsToldAndKept(t *testing.T) {
	c := simroom.Config{Rooms: []simroom.Room{{ID: room}}, Profile: "event"}
	p := startPlatform(t, c, "127.0.0.1:0")
	archive := filepath.Join(t.TempDir(), "danmaku.db")
	l := startLine(t, Config{Archive: archive, Upstream: p.url, Rooms: []event.RoomID{room}})
	before, after := make(chan struct{}), make(chan struct{})
	opened, closed := make(chan event.Gap, 16), make(chan event.Gap, 16)
	var once, again sync.Once
	var back bool
	subscribe(t, l.url, "after=0", func(m message) bool {
		switch {
		case m.Gap != nil && m.Gap.To == nil:
			opened <- *m.Gap
		case m.Gap != nil:
			closed <- *m.Gap
			back = true
		case m.Event.Kind == event.KindComment && !back:
			once.Do(func() { close(before) })
		case m.Event.Kind == event.KindComment:
			again.Do(func() { close(after) })
		}
		return true
	})
	<-before
	address := strings.TrimPrefix(p.url, "http://")
	p.stop()
	if g := <-opened; g.Room != room || g.Cause != event.CauseNetwork {
		t.Errorf("the subscriber was told of %+v", g)
	}
	c.Seed = 99
	startPlatform(t, c, address)
	told := <-closed
	if told.To == nil || *told.To < told.From || told.Cause != event.CauseNetwork {
		t.Errorf("the end of the gap was told as %+v", told)
	}
	<-after
	resp, err := http.Get(l.url + fmt.Sprintf("/v1/coverage?room=%d", room))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var coverage event.Coverage
	if err := json.NewDecoder(resp.Body).Decode(&coverage); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, g := range coverage.Gaps {
		if g.Cause == event.CauseNetwork && g.To != nil && *g.To == *told.To && g.From == told.From {
			found = true
		}
	}
	if !found {
		kept, _ := json.Marshal(coverage)
		t.Errorf("the gap from %d to %d is not in the coverage %s", told.From, *told.To, kept)
	}
}

func TestAnAddressBeyondThisMachineNeedsATokenFile(t *testing.T) {
	e, err := Open(t.Context(), Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = e.OpenRelay(t.Context(), Service{Listen: "0.0.0.0:0", Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--token-file") {
		t.Errorf("got %v", err)
	}
}

func TestTheDemoTalksAtOnce(t *testing.T) {
	l := startLine(t, Config{Demo: true, Archive: filepath.Join(t.TempDir(), "danmaku.db")})
	first := make(chan time.Time, 1)
	subscribe(t, l.url, "kind=comment&after=0", func(m message) bool {
		if m.Event.Comment == nil {
			return true
		}
		first <- time.Now()
		return false
	})
	<-first
}
