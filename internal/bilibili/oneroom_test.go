package bilibili

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
)

// doubted answers calls that name room 3 with text, all others as usual, and
// returns the times of the former.
func doubted(p *platform, paths []string, text string) func() []time.Time {
	var at []time.Time
	for _, path := range paths {
		good := p.answers[path]
		p.answers[path] = func(r *http.Request) string {
			q := r.URL.Query()
			if q.Get("id") != "3" && q.Get("room_ids") != "3" {
				return good(r)
			}
			at = append(at, time.Now())
			return text
		}
	}
	return func() []time.Time { return at }
}

func TestOneRoomUnderRiskControlRestsAloneWhileOthersAreAnswered(t *testing.T) {
	for _, v := range []struct {
		text  string
		paths []string
		means error
		rests []time.Duration // at least
	}{
		{`{"code":-352,"message":"-352","ttl":1}`, []string{pathToken}, ErrRiskControl,
			[]time.Duration{0, 1, 2, 4, 8, 16, 30, 30, 30}}, // the first time with a fresh identity at once
		{`HTTP412 {"code":-412,"message":"request was banned"}`, []string{pathInit, pathBase, pathToken}, ErrRefused,
			[]time.Duration{5, 10, 20, 40, 60, 60}},
		{`HTTP412 <html>`, []string{pathInit, pathBase, pathToken}, ErrRefused, []time.Duration{5, 10, 20, 40, 60, 60}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := usual()
			times := doubted(p, v.paths, v.text)
			c := client(t, p, Config{})
			began := time.Now()
			for time.Since(began) < 5*time.Hour { // as impatient as can be
				_, err := c.Room(t.Context(), 3)
				if err == nil {
					_, err = c.Endpoint(t.Context(), 3)
				}
				var e *APIError
				if !errors.As(err, &e) || !e.Is(v.means) || !e.Until.After(time.Now()) {
					t.Fatalf("the room: %v", err)
				}
				for _, room := range []event.RoomID{510, 4} {
					_, err1 := c.Room(t.Context(), room)
					_, err2 := c.Endpoint(t.Context(), room)
					if err := errors.Join(err1, err2, c.Budget().Dial(t.Context())); err != nil {
						t.Fatalf("another room after %v: %v", time.Since(began), err)
					}
				}
				<-time.After(30 * time.Second)
			}
			at := times()
			if len(at) < len(v.rests)+1 || len(at) > 16 {
				t.Fatalf("the room was asked for %d times in five hours", len(at))
			}
			for i, rest := range v.rests {
				if d := at[i+1].Sub(at[i]); d < rest*time.Minute || d > rest*time.Minute*5/4+time.Minute {
					t.Errorf("%.20s: rest %d was %v, want %v minutes", v.text, i, d, int(rest))
				}
			}
			if n := p.count(pathSPI); n > 2 {
				t.Errorf("%d device cookies: the others' was renewed for a room that rests", n)
			}
		})
	}
}

func TestARoomThatIsAnsweredAgainIsAsOthersAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		good := p.answers[pathToken]
		times := doubted(p, []string{pathToken}, `{"code":-352}`)
		c := client(t, p, Config{})
		var e *APIError
		for range 3 {
			if _, err := c.Endpoint(t.Context(), 3); !errors.As(err, &e) {
				t.Fatal(err)
			}
			<-time.After(time.Until(e.Until))
		}
		if n := len(times()); n != 4 {
			t.Errorf("asked %d times", n)
		}
		bad := p.answers[pathToken]
		p.answers[pathToken] = good
		if _, err := c.Endpoint(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		p.answers[pathToken] = bad
		<-time.After(refreshPause)
		if _, err := c.Endpoint(t.Context(), 3); !errors.As(err, &e) || time.Until(e.Until) > 75*time.Second {
			t.Errorf("the pauses do not begin anew: %v, %v", err, time.Until(e.Until))
		}
	})
}

func TestASecondRoomRefusedMeansEveryRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := usual()
		good := p.answers[pathToken]
		p.answers[pathToken] = says(`{"code":-352}`)
		c := client(t, p, Config{})
		var e *APIError
		for _, room := range []event.RoomID{3, 4} {
			if _, err := c.Endpoint(t.Context(), room); !errors.As(err, &e) || e.Held {
				t.Fatalf("room %d: %v", room, err)
			}
		}
		calls := p.count(pathToken)
		if _, err := c.Endpoint(t.Context(), 510); !errors.As(err, &e) || !e.Held || p.count(pathToken) != calls {
			t.Fatalf("a third room: %v", err)
		}
		p.answers[pathToken] = good
		<-time.After(time.Until(e.Until))
		for _, room := range []event.RoomID{510, 5} {
			if _, err := c.Endpoint(t.Context(), room); err != nil {
				t.Errorf("after the pause: %v", err)
			}
		}
	})
}

// concurrent answers calls for tokens after a second, those for room 3 with a
// -352; it is for concurrent use.
type concurrent struct {
	usual *platform
	mu    sync.Mutex
	out   int // of others than room 3, at once
	most  int
}

func (p *concurrent) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	resp, err := p.usual.RoundTrip(r)
	if r.URL.Path != pathToken {
		p.mu.Unlock()
		return resp, err
	}
	if r.URL.Query().Get("id") == "3" {
		p.mu.Unlock()
		resp.Body = io.NopCloser(strings.NewReader(`{"code":-352}`))
		return resp, err
	}
	p.out++
	p.most = max(p.most, p.out)
	p.mu.Unlock()
	<-time.After(time.Second)
	p.mu.Lock()
	p.out--
	p.mu.Unlock()
	return resp, err
}

func TestAfterARefusalOthersGoOneAtATimeUntilOneIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &concurrent{usual: usual()}
		c, err := New(Config{Transport: p})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Endpoint(t.Context(), 3); !errors.Is(err, ErrRiskControl) {
			t.Fatal(err)
		}
		began := time.Now()
		var asking sync.WaitGroup
		for room := range event.RoomID(4) {
			asking.Go(func() {
				if _, err := c.Endpoint(t.Context(), 10+room); err != nil {
					t.Errorf("room %d: %v", 10+room, err)
				}
			})
		}
		<-time.After(500 * time.Millisecond)
		p.mu.Lock()
		if p.out != 1 {
			t.Errorf("%d calls at once before any was answered", p.out)
		}
		p.mu.Unlock()
		asking.Wait()
		if d := time.Since(began); d != 2*time.Second || p.most != 3 {
			t.Errorf("four rooms took %v, %d at once", d, p.most)
		}
	})
}
