package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"danmaku/event"
	"danmaku/internal/simroom"
)

// overheard notes the secrets in what a platform answers.
type overheard struct {
	http.Handler
	mu      sync.Mutex
	secrets map[string]string // by what they are
}

func (o *overheard) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !strings.HasSuffix(req.URL.Path, "/getDanmuInfo") && !strings.HasSuffix(req.URL.Path, "/spi") && req.URL.Path != "/v2/app/start" {
		o.Handler.ServeHTTP(w, req)
		return
	}
	r := httptest.NewRecorder()
	o.Handler.ServeHTTP(r, req)
	var a struct {
		Data struct {
			Token string
			B3    string `json:"b_3"`
			Game  struct {
				ID string `json:"game_id"`
			} `json:"game_info"`
			Socket struct {
				Auth string `json:"auth_body"`
			} `json:"websocket_info"`
		}
	}
	_ = json.Unmarshal(r.Body.Bytes(), &a)
	var auth struct{ Key string }
	_ = json.Unmarshal([]byte(a.Data.Socket.Auth), &auth)
	o.mu.Lock()
	for what, secret := range map[string]string{"token": a.Data.Token, "device cookie": a.Data.B3, "game id": a.Data.Game.ID, "key of auth_body": auth.Key} {
		if secret != "" {
			o.secrets[fmt.Sprint(what, " ", len(o.secrets))] = secret
		}
	}
	o.mu.Unlock()
	for name, values := range r.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(r.Code)
	_, _ = w.Write(r.Body.Bytes())
}

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The log is at its most talkative, both routes are in use, tokens are refused
// and connections cut: nothing that is secret is written anywhere.
func TestNoSecretIsInAnyLogAnswerErrorOrFile(t *testing.T) {
	const refused event.RoomID = 1003
	c := simroom.Config{Rooms: []simroom.Room{{ID: room}, {ID: 1002}, {ID: refused}}, Profile: "event"}
	// Again and again: on a slow machine nobody may be connected the first time.
	for _, text := range []string{fmt.Sprintf("refuse-token@0s#%d", refused), "drop@500ms~10s", "expire-token@1s~10s"} {
		f, err := simroom.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Faults = append(c.Faults, f)
	}
	given := map[string]string{
		"SESSDATA": "sess%2Cdata%2Csecret", "bili_jct": "csrfsecret0123456789", "access key id": simroom.AccessKeyID, "access key secret": simroom.AccessKeySecret,
		"identity code": simroom.IdentityCode(room), "wrong identity code": "WRONGCODE77", "relay token": "adminsecretadminsecret",
	}
	o := &overheard{secrets: maps.Clone(given)} // to which the platform adds
	p := startPlatformWith(t, c, "127.0.0.1:0", func(h http.Handler) http.Handler { o.Handler = h; return o })

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { // which is warned of
			t.Fatal(err)
		}
		return path
	}
	cookies := file("cookies.txt", "SESSDATA="+given["SESSDATA"]+"; bili_jct="+given["bili_jct"]+"; DedeUserID=42")
	tokens := file("tokens.txt", "admin "+given["relay token"])
	official := officialFile(t, simroom.IdentityCode(room), given["wrong identity code"])
	archive := filepath.Join(dir, "danmaku.db")
	log := &lockedLog{}
	l := startLineWith(t, Config{Archive: archive, Upstream: p.url, CookieFile: cookies, OpenLiveFile: official, DeviceFile: filepath.Join(dir, "device.txt"),
		Rooms: []event.RoomID{1002, refused}, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))},
		Service{Listen: "127.0.0.1:0", TokenFile: tokens})
	cursor := l.Hub.Subscribe(0)
	comments, online, tries := map[event.RoomID]int{}, map[event.RoomID]int{}, 0
	for comments[room] < 10 || comments[1002] < 10 || online[room] < 2 || online[1002] < 2 || tries < 3 {
		batch, err := cursor.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range batch {
			switch {
			case i.Event != nil && i.Event.Comment != nil:
				comments[i.Event.Room]++
			case i.Status != nil && i.Status.State.Connected():
				online[i.Status.Room]++
			case i.Status != nil && i.Status.Room == refused && i.Status.Cause == event.CauseToken:
				tries++
			}
		}
	}

	var seen []string // what was looked at
	look := func(what, text string) {
		t.Helper()
		seen = append(seen, fmt.Sprintf("%s (%d bytes)", what, len(text)))
		o.mu.Lock()
		defer o.mu.Unlock()
		for name, secret := range o.secrets {
			if name == "relay token" && strings.Contains(what, "/getDanmuInfo") {
				continue // whoever asks gets back, as the room's token, the one that was sent along
			}
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s holds the %s: …%.200q", what, name, text[max(0, i-100):])
			}
		}
	}
	for _, path := range []string{"/v1/rooms", "/metrics", "/healthz", "/readyz", "/", "/v1/search?q=&limit=100", "/v1/coverage?room=1003", "/v1/export?format=jsonl&room=7734200",
		"/v1/timeline?room=1002", "/v1/events?after=0", "/xlive/web-room/v1/index/getDanmuInfo?id=1003", "/schema/event.json", "/v1/rooms/abc", "/nowhere"} {
		for _, token := range []string{given["relay token"], ""} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept", "application/json")
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			look(path, string(body))
		}
	}
	var closing []string
	for _, s := range l.Collector.Rooms() {
		closing = append(closing, fmt.Sprintf("%+v", s))
	}
	look("states", strings.Join(closing, "\n"))
	l.stop()
	look("log", log.text())
	for _, name := range []string{"danmaku.db", "danmaku.db-wal", "danmaku.db-shm"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			look(name, string(text))
		}
	}
	raws, _ := commands(t, archive) // they are packed in the file
	look("commands", string(bytes.Join(rawBytes(raws), nil)))

	// Errors that end a program before it begins.
	for name, c := range map[string]Config{
		"cookies": {CookieFile: file("bad1.txt", "no cookies but sess%2Cdata%2Csecret")},
		"access":  {OpenLiveFile: file("bad2.txt", simroom.AccessKeySecret)},
	} {
		c.Log = slog.New(slog.DiscardHandler)
		_, err := Open(t.Context(), c)
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		look("error about "+name, err.Error())
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, what := range []string{"device cookie", "token ", "game id", "key of auth_body"} {
		found := false
		for name := range o.secrets {
			found = found || strings.HasPrefix(name, what)
		}
		if !found {
			t.Errorf("the platform gave no %s: nothing was tested", what)
		}
	}
	for _, want := range []string{"level=DEBUG", "7007", "-101", "chmod 600"} {
		if !strings.Contains(log.text(), want) {
			t.Errorf("the log does not have %q: the run was not as meant", want)
		}
	}
	t.Logf("%d secrets, looked for in %s", len(o.secrets), strings.Join(seen, ", "))
}

func rawBytes(raws []json.RawMessage) (out [][]byte) {
	for _, r := range raws {
		out = append(out, r)
	}
	return out
}
