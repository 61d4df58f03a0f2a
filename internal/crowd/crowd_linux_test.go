package crowd

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

var noDeadline time.Time

// serve runs a WebSocket server whose connections are handled by talk.
func serve(t *testing.T, talk func(*websocket.Conn)) (url string) {
	var up websocket.Upgrader
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := up.Upgrade(w, r, nil); err == nil {
			defer ws.Close()
			talk(ws)
		}
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http") + "/feed?x=1"
}

func TestEveryReaderGetsEveryMessageWholeAndInOrder(t *testing.T) {
	sizes := []int{0, 1, 125, 126, 70_000, 3, 400_000}
	url := serve(t, func(ws *websocket.Conn) {
		_, hi, err := ws.ReadMessage()
		if err != nil || string(hi) != "hi" {
			t.Errorf("the subscriber said %q, %v", hi, err)
		}
		for i, n := range sizes {
			if err := ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, "%d:%s", i, strings.Repeat("x", n))); err != nil {
				t.Error(err)
			}
		}
		if _, answer, err := ws.ReadMessage(); string(answer) != "done" {
			t.Errorf("the subscriber answered %q, %v", answer, err)
		}
		ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "enough"), noDeadline)
		ws.ReadMessage() // its close frame
	})
	next := make([]int, 20)
	w, err := Connect(t.Context(), Config{URL: url, Readers: len(next), Say: []string{"hi"}, Take: func(i int, b []byte) string {
		head, rest, _ := strings.Cut(string(b), ":")
		if n := next[i]; head != fmt.Sprint(n) || rest != strings.Repeat("x", sizes[n]) {
			t.Errorf("subscriber %d got %.20q (%d bytes) as message %d", i, b, len(b), n)
		}
		if next[i]++; next[i] == len(sizes) {
			return "done"
		}
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := int64(len(sizes) * len(next)); w.Messages != want || w.Closed[4000] != len(next) {
		t.Errorf("%d messages, closed %v; want %d and all by 4000", w.Messages, w.Closed, want)
	}
}

func TestAPingIsAnsweredAndTheStalledReadNothing(t *testing.T) {
	ponged := make(chan struct{}, 1)
	url := serve(t, func(ws *websocket.Conn) {
		ws.SetPongHandler(func(s string) error {
			if s == "there?" {
				ponged <- struct{}{}
			}
			return nil
		})
		ws.WriteControl(websocket.PingMessage, []byte("there?"), noDeadline)
		ws.WriteMessage(websocket.TextMessage, []byte("one"))
		ws.ReadMessage()
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w, err := Connect(ctx, Config{URL: url, Readers: 1, Stalled: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ran := make(chan error, 1)
	go func() { ran <- w.Run(ctx) }()
	<-ponged
	cancel()
	if err := <-ran; err != nil || w.Messages > 1 || len(ponged) > 0 {
		t.Errorf("%v, %d messages: the stalled one has read too", err, w.Messages)
	}
}

func TestARefusalAndWhatIsNoWebSocketAreTold(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	if _, err := Connect(t.Context(), Config{URL: "ws" + strings.TrimPrefix(s.URL, "http"), Readers: 3}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a refusal gave %v", err)
	}
	url := serve(t, func(ws *websocket.Conn) {
		ws.NetConn().Write([]byte("HTTP/1.1 400"))
		ws.ReadMessage()
	})
	w, err := Connect(t.Context(), Config{URL: url, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Run(t.Context()); err == nil {
		t.Error("bytes that are no frame were taken")
	}
}
