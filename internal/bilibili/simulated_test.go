package bilibili

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/live"
	"danmaku/internal/simroom"
)

// sit watches a room, so that it talks; the function returned leaves it.
func sit(config Config, e Endpoint) func() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- live.Run(ctx, live.Config{
			Room:    e.Room,
			Resolve: func(context.Context, event.RoomID) (live.Endpoint, error) { return live.Endpoint(e), nil },
			Emit:    func(context.Context, live.Delivery) error { return nil },
			Notify:  func(event.Status) {},
			Dial:    config.Transport.(*http.Transport).DialContext,
		})
	}()
	return func() { cancel(); <-done }
}

// simulated runs a platform in the bubble and returns its address for clients.
func simulated(t *testing.T, c simroom.Config) (*simroom.Server, Config) {
	t.Helper()
	s, err := simroom.New(c)
	if err != nil {
		t.Fatal(err)
	}
	pipe := simroom.NewPipe()
	server := &http.Server{Handler: s.Handler()}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { s.Run(ctx) })
	work.Go(func() { server.Serve(pipe) })
	transport := &http.Transport{DialContext: pipe.Dial}
	t.Cleanup(func() {
		cancel()
		transport.CloseIdleConnections()
		server.Close()
		work.Wait()
	})
	return s, Config{Upstream: "http://platform.test:80", Transport: transport}
}

func TestLoginByQRCodeEndsInACookieFileThatLogsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, config := simulated(t, simroom.Config{})
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		l, err := c.BeginLogin(t.Context())
		if err != nil || !strings.Contains(l.URL, "qrcode") || time.Until(l.Expires) != 180*time.Second {
			t.Fatalf("login %v, %v", l, err)
		}
		var states []LoginState
		cookies, err := l.Run(t.Context(), func(s LoginState) { states = append(states, s) })
		if err != nil || !slices.Equal(states, []LoginState{LoginWaiting, LoginScanned, LoginDone}) {
			t.Fatalf("states %v, %v", states, err)
		}
		file := filepath.Join(t.TempDir(), "cookies.txt")
		if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := cookies.Write(file); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("cookie file %v, %v", info.Mode(), err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
		if config.Cookies, err = ReadCookies(file); err != nil || !config.Cookies.LoggedIn() {
			t.Fatalf("cookies read back: %v", err)
		}
		again, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		e, err := again.Endpoint(t.Context(), 7734200)
		if err != nil || e.UID == 0 || e.Expired {
			t.Errorf("with the cookies: %+v, uid %d, %v", e, e.UID, err)
		}
		config.Cookies, _ = ParseCookies([]byte("SESSDATA=old%2C; DedeUserID=5"))
		if again, err = New(config); err != nil {
			t.Fatal(err)
		}
		if e, err = again.Endpoint(t.Context(), 7734200); err != nil || e.UID != 0 || !e.Expired {
			t.Errorf("with a login that expired: uid %d, expired %v, %v", e.UID, e.Expired, err)
		}
	})
}

func TestAQRCodeThatNobodyScansExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault, err := simroom.ParseFault("no-scan")
		if err != nil {
			t.Fatal(err)
		}
		_, config := simulated(t, simroom.Config{Faults: []simroom.Fault{fault}})
		c, _ := New(config)
		l, err := c.BeginLogin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = l.Run(t.Context(), func(LoginState) {})
		if !errors.Is(err, ErrCodeExpired) || time.Since(began) < 3*time.Minute || time.Since(began) > 4*time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Run(ctx, func(LoginState) {}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func TestTheBacklogHasTheKeysItHadLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{Rate: 10, Record: true})
		c, _ := New(config)
		e, err := c.Endpoint(t.Context(), 7734200)
		if err != nil || len(e.URLs) == 0 {
			t.Fatal(e.URLs, err)
		}
		// The room talks once somebody has joined it.
		leave := sit(config, e)
		<-time.After(time.Minute)
		b, err := c.Backlog(t.Context(), 7734200)
		leave()
		if err != nil || len(b.Events) == 0 || len(b.Events) > 20 {
			t.Fatalf("%d events, %v", len(b.Events), err)
		}
		said := string(slices.Concat(s.Commands(7734200)...))
		for i, e := range b.Events {
			id := strings.TrimPrefix(e.Key, "dm:")
			if id == e.Key || !strings.Contains(said, id) || !e.Backlog || e.Kind != event.KindComment || e.Comment.Text == "" || e.Room != 7734200 || e.Received == 0 {
				t.Errorf("event %+v", e)
			}
			if i > 0 && e.At < b.Events[i-1].At {
				t.Errorf("not in order: %d after %d", e.At, b.Events[i-1].At)
			}
		}
		for _, command := range b.Commands {
			if !strings.HasPrefix(string(command), `{"cmd":"SUPER_CHAT_MESSAGE","data":{`) {
				t.Errorf("command %.80s", command)
			}
		}
	})
}

func openLive(t *testing.T, config Config, rooms ...event.RoomID) *OpenLive {
	t.Helper()
	oc := OpenConfig{Upstream: config.Upstream, Transport: config.Transport,
		Access: Access{KeyID: NewSecret(simroom.AccessKeyID), Secret: NewSecret(simroom.AccessKeySecret), AppID: simroom.AppID}}
	for _, room := range rooms {
		oc.Access.Codes = append(oc.Access.Codes, NewSecret(simroom.IdentityCode(room)))
	}
	o, err := NewOpenLive(oc)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnAppIsStartedKeptAliveAndEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{Rooms: []simroom.Room{{ID: 1001}, {ID: 1002}}})
		for range 2 { // at once again: that works only if the first run ended its apps
			o := openLive(t, config, 1001, 1002)
			ctx, cancel := context.WithCancel(t.Context())
			rooms := make(chan event.RoomID, 2)
			done := make(chan error)
			go func() { done <- o.Run(ctx, func(r event.RoomID) { rooms <- r }) }()
			found := []event.RoomID{<-rooms, <-rooms}
			slices.Sort(found)
			if !slices.Equal(found, []event.RoomID{1001, 1002}) || !o.Has(1001) || o.Has(7) {
				t.Fatalf("rooms %v", found)
			}
			first, err := o.Endpoint(t.Context(), 1001)
			if err != nil || len(first.AuthBody) == 0 || first.URLs[0] != "ws://platform.test:80/sub" || first.Streamer == "" {
				t.Fatalf("endpoint %v of %q: %v", first.URLs, first.Streamer, err)
			}
			<-time.After(10 * time.Minute)
			select {
			case <-first.Ended:
				t.Error("the app was given up")
			default:
			}
			second, err := o.Endpoint(t.Context(), 1001) // the session says that the first is no good
			if err != nil || string(second.AuthBody) == string(first.AuthBody) {
				t.Errorf("the second endpoint: %v", err)
			}
			<-first.Ended
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		calls := s.Calls()
		if calls["/v2/app/start"] != 6 || calls["/v2/app/end"] != 6 || calls["/v2/app/batchHeartbeat"] < 58 || calls["/v2/app/batchHeartbeat"] > 62 {
			t.Errorf("calls %v", calls)
		}
		if _, err := openLive(t, config).Endpoint(t.Context(), 1001); err == nil {
			t.Error("an endpoint without an app")
		}
	})
}

func TestAnAppIsEndedWhenItsRoomIsLeftAndStartsAgainWhenJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{})
		o := openLive(t, config, 7734200)
		ctx, cancel := context.WithCancel(t.Context())
		rooms := make(chan event.RoomID, 1)
		done := make(chan error)
		go func() { done <- o.Run(ctx, func(r event.RoomID) { rooms <- r }) }()
		room := <-rooms
		for range 2 {
			e, err := o.Endpoint(t.Context(), room)
			if err != nil {
				t.Fatal(err)
			}
			o.Leave(room)
			<-e.Ended
			<-time.After(5 * time.Minute)
		}
		o.Leave(1)
		cancel()
		<-done
		if c := s.Calls(); c["/v2/app/start"] != 2 || c["/v2/app/end"] != 2 || c["/v2/app/heartbeat"] != 0 {
			t.Errorf("calls %v", c)
		}
	})
}

func TestManyAppsEndInTimeWithTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c simroom.Config
		var ids []event.RoomID
		for i := range 50 {
			ids = append(ids, event.RoomID(1000+i))
			c.Rooms = append(c.Rooms, simroom.Room{ID: ids[i]})
		}
		s, config := simulated(t, c)
		o := openLive(t, config, ids...)
		ctx, cancel := context.WithCancel(t.Context())
		rooms := make(chan event.RoomID, 50)
		done := make(chan error)
		go func() { done <- o.Run(ctx, func(r event.RoomID) { rooms <- r }) }()
		for range 50 {
			<-rooms
		}
		cancel()
		began := time.Now()
		<-done
		if n := s.Calls()["/v2/app/end"]; n != 50 || time.Since(began) > endTimeout {
			t.Errorf("%d apps ended in %v", n, time.Since(began))
		}
	})
}

func TestAWrongIdentityCodeIsSaidSoAndTriedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{})
		o := openLive(t, config, 5)
		var log bytes.Buffer
		o.log = slog.New(slog.NewTextHandler(&log, nil))
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Hour)
		defer cancel()
		o.Run(ctx, func(event.RoomID) { t.Error("joined") })
		if n := s.Calls()["/v2/app/start"]; n < 20 || n > 40 {
			t.Errorf("%d starts in six hours", n)
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "7007") || !strings.Contains(text, "new one") || strings.Contains(text, simroom.IdentityCode(5)) {
			t.Errorf("want one line that says what to do:\n%s", text)
		}
	})
}

func TestAnAppThePlatformForgotEndsItsEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{Rooms: []simroom.Room{{ID: 1001}}})
		o := openLive(t, config, 1001)
		ctx, cancel := context.WithCancel(t.Context())
		rooms := make(chan event.RoomID, 1)
		done := make(chan error)
		go func() { done <- o.Run(ctx, func(r event.RoomID) { rooms <- r }) }()
		e, err := o.Endpoint(t.Context(), <-rooms)
		if err != nil {
			t.Fatal(err)
		}
		// Another program ends it.
		other := openLive(t, config)
		o.mu.Lock()
		id := o.games[1001].id
		o.mu.Unlock()
		if err := other.end(t.Context(), &game{id: id, running: true, over: make(chan struct{})}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		<-e.Ended
		if d := time.Since(began); d > 21*time.Second {
			t.Errorf("noticed after %v", d)
		}
		if _, err := o.Endpoint(t.Context(), 1001); err != nil {
			t.Errorf("started again: %v", err)
		}
		cancel()
		<-done
		if s.Calls()["/v2/app/start"] != 2 {
			t.Errorf("calls %v", s.Calls())
		}
	})
}

// The worked example of protocol.md 3.1.
func TestOpenLiveSignature(t *testing.T) {
	h := openHeader(NewSecret("test_access_key_id"), NewSecret("test_access_key_secret"), []byte(`{"code":"BJ4NAT0V9GSQ5","app_id":1234567890123}`),
		"0123456789abcdef0123456789abcdef", time.Unix(1700000000, 0))
	for name, want := range map[string]string{
		"x-bili-accesskeyid": "test_access_key_id", "x-bili-content-md5": "5f747efb1e52ca9711b055933eae6d34",
		"x-bili-signature-method": "HMAC-SHA256", "x-bili-signature-nonce": "0123456789abcdef0123456789abcdef",
		"x-bili-signature-version": "1.0", "x-bili-timestamp": "1700000000", "Content-Type": "application/json", "Accept": "application/json",
		"Authorization": "25b0229b40a5c3061461ffe385b9d4b4f693d6165d52e9c4c6a54f2cd3104cf5",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestOpenLiveCodesSayWhatToDo(t *testing.T) {
	for _, code := range []int{4001, 4002, 4003, 4007, 4009, 7001, 7002, 7007, 7010, 8002} {
		e := &APIError{Endpoint: "app/start", Code: code, Message: "x"}
		s := e.Status()
		if s.State != event.StateWaiting || s.Advice == "" || s.Until == 0 {
			t.Errorf("code %d: %+v", code, s)
		}
		if e.Endpoint = "nav"; e.Status().Advice == s.Advice {
			t.Errorf("code %d of the web route is taken for one of Open Live", code)
		}
	}
	for _, a := range []Access{{}, {KeyID: NewSecret("a"), AppID: 1}, {Secret: NewSecret("s"), AppID: 1}, {KeyID: NewSecret("a"), Secret: NewSecret("s")}} {
		if _, err := NewOpenLive(OpenConfig{Access: a}); err == nil {
			t.Error("accepted an incomplete configuration")
		}
	}
}
