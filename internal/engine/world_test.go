package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"

	"github.com/gorilla/websocket"
)

// shared returns a file of the recordings that may lie beside the checkout.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "recordings", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real traffic is not part of the repository: %v", err)
	}
	return path
}

// platform is a simulated platform on loopback that can be taken away and
// brought back at the same address.
type platform struct {
	server *simroom.Server
	url    string
	stop   func()
}

func startPlatform(t *testing.T, c simroom.Config, address string) *platform {
	t.Helper()
	return startPlatformWith(t, c, address, func(h http.Handler) http.Handler { return h })
}

// startPlatformWith lets wrap stand between the platform and its clients.
func startPlatformWith(t *testing.T, c simroom.Config, address string, wrap func(http.Handler) http.Handler) *platform {
	t.Helper()
	server, err := simroom.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	hs := httptest.NewUnstartedServer(wrap(server.Handler()))
	_ = hs.Listener.Close()
	hs.Listener = l
	hs.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	p := &platform{server: server, url: hs.URL, stop: sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		hs.CloseClientConnections()
		hs.Close()
	})}
	t.Cleanup(p.stop)
	return p
}

// line is a running engine with its relay.
type line struct {
	*Engine
	url  string
	stop func() // returns when everything is committed and closed
}

func startLine(t *testing.T, c Config) *line {
	t.Helper()
	return startLineWith(t, c, Service{Listen: "127.0.0.1:0"})
}

func startLineWith(t *testing.T, c Config, s Service) *line {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	e, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s.Log = c.Log
	r, err := e.OpenRelay(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := e.Run(ctx); err != nil {
			t.Errorf("engine: %v", err)
		}
	})
	wg.Go(func() {
		if err := r.Run(context.WithoutCancel(ctx)); err != nil {
			t.Errorf("relay: %v", err)
		}
	})
	l := &line{Engine: e, url: r.URL(), stop: sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})}
	t.Cleanup(l.stop)
	return l
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// message is what a subscriber gets, one of its fields set.
type message struct {
	Hello  *struct{ Archive string }
	Gap    *event.Gap
	Lagged *struct{ From, To int64 }
	Event  event.Event
}

// subscribe reads the relay's feed until it ends and hands each message to
// take, which returns false when it has seen enough.
func subscribe(t *testing.T, base, query string, take func(message) bool) (done <-chan struct{}) {
	t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(base, "http")+"/v1/events?"+query, nil)
	if err != nil {
		t.Fatalf("subscribe: %v (%v)", err, resp)
	}
	ch := make(chan struct{})
	t.Cleanup(func() {
		_ = ws.Close()
		<-ch
	})
	ready := make(chan struct{})
	go func() {
		defer close(ch)
		first := true
		for {
			_, text, err := ws.ReadMessage()
			if err != nil {
				if first {
					close(ready)
				}
				return
			}
			var m message
			if err := json.Unmarshal(text, &m); err != nil {
				t.Errorf("not JSON: %v: %.200s", err, text)
				return
			}
			if m.Hello == nil && m.Gap == nil && m.Lagged == nil {
				if err := json.Unmarshal(text, &m.Event); err != nil {
					t.Errorf("not an event: %v: %.200s", err, text)
					return
				}
			}
			if first {
				if m.Hello == nil {
					t.Errorf("the first message is not hello: %s", text)
				}
				first = false
				close(ready)
			}
			if !take(m) {
				return
			}
		}
	}()
	<-ready
	return ch
}

// commands reads the archive's raw commands in order.
func commands(t *testing.T, path string) (raws []json.RawMessage, events []event.Event) {
	t.Helper()
	a, err := store.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for e, err := range a.Query(t.Context(), event.Filter{Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, e.Raw)
		events = append(events, e)
	}
	return raws, events
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	for _, p := range []struct {
		b []byte
		v *any
	}{{a, &x}, {b, &y}} {
		d := json.NewDecoder(bytes.NewReader(p.b))
		d.UseNumber() // ids have more digits than a float
		if err := d.Decode(p.v); err != nil {
			t.Fatalf("%v in %.200s", err, p.b)
		}
	}
	return reflect.DeepEqual(x, y)
}

// compare checks that commands are those wanted, in order, none twice.
func compare(t *testing.T, who string, got, want []json.RawMessage) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d commands, want %d", who, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if !sameJSON(t, got[i], want[i]) {
			t.Errorf("%s: command %d differs:\n got %.300s\nwant %.300s", who, i, got[i], want[i])
			return
		}
	}
}
