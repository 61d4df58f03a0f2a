package live

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/simroom"
)

// hear shows an estimator a room in which n comments are said, of which a share
// of the comments and of the copies arrive.
func hear(s *estimator, n int, comments, copies float64, rng *rand.Rand) (now event.Millis) {
	now = 1_000_000
	for i := range n {
		now += 200
		name, text := fmt.Sprintf("%c观众", 'a'+rune(i%26)), fmt.Sprint("第", i/3, "条")
		if rng.Float64() < comments {
			s.see(&event.Event{Kind: event.KindComment, Comment: &event.Comment{Text: text}, User: &event.User{Name: name}}, now)
		}
		if rng.Float64() < copies {
			raw := fmt.Sprintf(`{"cmd":"LIVE_INTERACTIVE_GAME","data":{"type":2,"uname":%q,"msg":%q}}`, name, text)
			s.see(&event.Event{Kind: event.KindOther, Cmd: "LIVE_INTERACTIVE_GAME", Raw: json.RawMessage(raw)}, now+1000)
		}
		s.estimate(now)
	}
	return now
}

func TestTheShareOfCommentsThatArriveIsEstimatedWithinItsBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	inside := 0
	const rounds = 60
	for round := range rounds {
		want := []float64{1, 0.95, 0.6, 0.3}[round%4]
		s := newEstimator()
		now := hear(&s, 2000, want, 0.85, rng)
		s.made = 0
		c := s.estimate(now + matchWithin + 5000)
		if c == nil || c.Comments == nil || c.Comments.Sample < 1000 || c.Comments.Basis == "" {
			t.Fatalf("share %v: estimate %+v", want, shown(c))
		}
		e := c.Comments
		if e.High-e.Low > 0.07 {
			t.Errorf("share %v: bounds %v to %v of %d", want, e.Low, e.High, e.Sample)
		}
		if e.Low-0.0005 <= want && want <= e.High+0.0005 {
			inside++
		}
	}
	if inside < rounds*88/100 { // 95 % are expected
		t.Errorf("the truth lay within the bounds in %d of %d rounds", inside, rounds)
	}
}

func TestNothingIsSaidWithoutGrounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, s := range map[string]struct{ n, comments, copies float64 }{
		"no copies":                           {2000, 1, 0},
		"a few copies":                        {40, 1, 0.9},
		"no comments and no copies in common": {2000, 0.05, 0.05},
	} {
		e := newEstimator()
		now := hear(&e, int(s.n), s.comments, s.copies, rng)
		e.made = 0
		if c := e.estimate(now + matchWithin + 5000); c != nil {
			t.Errorf("%s: %+v", name, c.Comments)
		}
	}
}

func TestPiecesMissingFromACombosSumAreCounted(t *testing.T) {
	s := newEstimator()
	now := event.Millis(1_000_000)
	s.estimate(now)
	for i := range 200 {
		id := fmt.Sprint("combo", i)
		for piece := range 10 {
			now += 100
			if piece == 3 && i%2 == 0 {
				continue // lost
			}
			s.see(&event.Event{Kind: event.KindGift, Gift: &event.Gift{Combo: id, Count: 1}}, now)
		}
		s.see(&event.Event{Kind: event.KindOther, Cmd: "COMBO_SEND", Raw: fmt.Appendf(nil, `{"data":{"batch_combo_id":%q,"total_num":10}}`, id)}, now)
		s.estimate(now)
	}
	s.made = 0
	c := s.estimate(now + 20_000)
	if c == nil || c.Gifts == nil || c.Comments != nil || c.Gifts.Share < 0.94 || c.Gifts.Share > 0.96 || c.Gifts.Sample < 1300 {
		t.Errorf("estimate %s", shown(c))
	}
}

func shown(c *event.Completeness) string {
	b, _ := json.Marshal(c)
	return string(b)
}

func TestARealCaptureLooksComplete(t *testing.T) {
	// Needs the recordings beside the repository.
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "recordings", "ws-frames", "blive-ws-2023-08-30_frames01-16.expected.jsonl.gz"))
	if err != nil {
		t.Skip("no recordings beside the repository: ", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s, dec := newEstimator(), decoder.New(decoder.Limits{})
	now := event.Millis(1_000_000)
	s.estimate(now)
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var line struct {
			Body json.RawMessage `json:"body"`
			JSON json.RawMessage `json:"json"`
		}
		body := sc.Bytes()
		if json.Unmarshal(body, &line) == nil {
			if len(line.Body) > 0 {
				body = line.Body
			} else if len(line.JSON) > 0 {
				body = line.JSON
			}
		}
		events, err := dec.Events(nil, 1, now, body)
		if err != nil {
			continue
		}
		for i := range events {
			s.see(&events[i], now)
		}
	}
	s.made = 0
	c := s.estimate(now + matchWithin + 5000)
	if c == nil || c.Comments == nil {
		t.Fatalf("no estimate: %+v", s.young)
	}
	t.Logf("%+v, comments without copy %d", *c.Comments, s.young.uncopied)
	if c.Comments.High < 0.95 {
		t.Errorf("a complete capture is taken for a thinned one: %+v", *c.Comments)
	}
}

func TestThinningShowsInTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault, err := simroom.ParseFault("thin=0.5@0s")
		if err != nil {
			t.Fatal(err)
		}
		server, err := simroom.New(simroom.Config{Profile: "event", Rate: 30, Faults: []simroom.Fault{fault}})
		if err != nil {
			t.Fatal(err)
		}
		pipe := simroom.NewPipe()
		web := &http.Server{Handler: server.Handler()}
		ctx, cancel := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() { server.Run(ctx) })
		work.Go(func() { web.Serve(pipe) })
		s := simulated(t, pipe)
		<-time.After(5 * time.Minute)
		synctest.Wait()
		st := s.last()
		if st.Completeness == nil || st.Completeness.Comments == nil {
			t.Fatalf("no estimate: %+v", st)
		}
		if e := st.Completeness.Comments; e.Low > 0.52 || e.High < 0.48 || e.High-e.Low > 0.12 || st.Advice == "" {
			t.Errorf("thinned to a half: %+v, advice %q", *e, st.Advice)
		}
		s.stop()
		cancel()
		web.Close()
		work.Wait()
	})
}
