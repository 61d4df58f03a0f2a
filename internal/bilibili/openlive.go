package bilibili

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"danmaku/event"
)

const (
	gameBeat   = 20 * time.Second // after 60 s without, pushes stop (protocol.md 3)
	batchMost  = 200              // games in one batchHeartbeat
	endTimeout = 5 * time.Second  // to end games

	appEnd = "app/end"
)

// OpenConfig says how an OpenLive speaks to the official platform.
type OpenConfig struct {
	Upstream string // as Config.Upstream
	Access   Access
	// Budget is nil for a polite one of its own. It should not be the one of
	// the web's calls: when those are refused, heartbeats must go on.
	Budget    *Budget
	Transport http.RoundTripper
	Log       *slog.Logger // nil: silent
}

// OpenLive watches rooms by the official Open Live platform: for each identity
// code an app is started in its streamer's room, kept alive by heartbeats, and
// ended when the program ends. It is for concurrent use.
type OpenLive struct {
	client *Client
	access Access
	log    *slog.Logger

	mu    sync.Mutex
	games map[event.RoomID]*game
	codes []*codeState // in the order they came
}

// codeState is how a code fares.
type codeState struct {
	code Secret
	room event.RoomID // 0: not found yet
	err  error        // why its app was not started the last time it was tried; nil: it was
}

// game is an app in a room.
type game struct {
	turn     chan struct{} // holds one while it is started or ended
	code     Secret
	id       string // "": an app that needs neither heartbeats nor an end (protocol.md 3)
	endpoint Endpoint
	given    bool          // a session has the endpoint
	over     chan struct{} // closed when the platform no longer knows the app
	running  bool
}

// NewOpenLive returns the official platform's client. It makes no call.
func NewOpenLive(c OpenConfig) (*OpenLive, error) {
	if a := c.Access; a.KeyID.Empty() || a.Secret.Empty() || a.AppID == 0 {
		return nil, errors.New("bilibili: Open Live needs an access key id, its secret and an app id")
	}
	client, err := New(Config{Upstream: c.Upstream, UserAgent: "danmaku", Budget: c.Budget, Transport: c.Transport, Log: c.Log})
	if err != nil {
		return nil, err
	}
	return &OpenLive{client: client, access: c.Access, log: client.log, games: map[event.RoomID]*game{}}, nil
}

// Budget returns the allowance the calls draw from, for the dials of comment
// sockets and for its counters.
func (o *OpenLive) Budget() *Budget { return o.client.budget }

// CloseIdle closes connections kept for later calls.
func (o *OpenLive) CloseIdle() { o.client.CloseIdle() }

// Run starts the app in the room of every code and calls joined once for each
// room that is found. It sends heartbeats every 20 seconds until ctx ends, then
// ends all apps: without that a quick restart is refused. It returns the
// context's error. A code that is refused is tried again, ever more rarely.
func (o *OpenLive) Run(ctx context.Context, joined func(event.RoomID)) error {
	var running sync.WaitGroup
	for _, code := range o.access.Codes {
		c := &codeState{code: code}
		o.mu.Lock()
		o.codes = append(o.codes, c)
		o.mu.Unlock()
		running.Go(func() { o.enter(ctx, c, joined) })
	}
	tick := time.NewTicker(gameBeat)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			o.beat(ctx)
		}
	}
	running.Wait()
	o.mu.Lock()
	games := slices.Collect(maps.Values(o.games))
	o.mu.Unlock()
	o.endSome(games)
	return ctx.Err()
}

// enter starts the app of a code until it succeeds once.
func (o *OpenLive) enter(ctx context.Context, c *codeState, joined func(event.RoomID)) {
	wait := 5 * time.Second
	said := "" // what the log was told last: an outage is one line
	for o.has(c) {
		room, added, err := o.let(ctx, c)
		if err == nil {
			if added {
				joined(room)
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		d, advice, level := wait, "Check the network connection; trying again by itself.", slog.LevelDebug
		var e *APIError
		if errors.As(err, &e) {
			s := e.Status()
			d, advice = max(d, time.Until(s.Until.Time())), s.Advice
		}
		if said != advice {
			said, level = advice, slog.LevelWarn
		}
		o.log.Log(ctx, level, "an app could not be started in the room of an identity code", "err", err, "advice", advice, "next", d.Round(time.Second))
		if sleep(ctx, jitter(d)) != nil {
			return
		}
		wait = min(2*wait, 10*time.Minute)
	}
}

// let starts the app of a code and remembers its room; added: no other code
// leads there.
func (o *OpenLive) let(ctx context.Context, c *codeState) (room event.RoomID, added bool, err error) {
	g := &game{code: c.code, turn: make(chan struct{}, 1)}
	room, err = o.start(ctx, g)
	o.mu.Lock()
	c.err = err
	if err == nil {
		c.room = room
		if added = o.games[room] == nil; added {
			o.games[room] = g
		}
	}
	o.mu.Unlock()
	if err == nil && !added {
		o.endSome([]*game{g}) // the one there is will do
	}
	return room, added, err
}

// Enter takes one more code in while Run runs, and returns the room it leads
// to; added is false when that is one of the rooms already. It is tried once:
// whoever entered the code is told what came of it.
func (o *OpenLive) Enter(ctx context.Context, code Secret) (room event.RoomID, added bool, err error) {
	o.mu.Lock()
	for _, c := range o.codes {
		if c.code.Is(code) && c.err == nil && c.room != 0 {
			room = c.room
		}
	}
	o.mu.Unlock()
	if room != 0 {
		return room, false, nil
	}
	c := &codeState{code: code}
	if room, added, err = o.let(ctx, c); err != nil {
		return 0, false, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.codes = slices.DeleteFunc(o.codes, func(d *codeState) bool { return d.code.Is(code) }) // it was tried in vain so far
	o.codes = append(o.codes, c)
	return room, added, nil
}

// Drop forgets a code. When it led to a room, the app there is ended; its
// session should have.
func (o *OpenLive) Drop(code Secret) {
	o.mu.Lock()
	var room event.RoomID
	o.codes = slices.DeleteFunc(o.codes, func(c *codeState) bool {
		if c.code.Is(code) {
			room = c.room
		}
		return c.code.Is(code)
	})
	g := o.games[room]
	delete(o.games, room)
	o.mu.Unlock()
	if g != nil {
		o.endSome([]*game{g})
	}
}

// CodeState is how an identity code fares.
type CodeState struct {
	Code Secret
	Room event.RoomID // 0: not found yet
	Err  error        // why the app was not started the last time it was tried
}

// Codes returns how the codes fare, in the order they came.
func (o *OpenLive) Codes() []CodeState {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]CodeState, 0, len(o.codes))
	for _, c := range o.codes {
		list = append(list, CodeState{Code: c.code, Room: c.room, Err: c.err})
	}
	return list
}

// has reports whether a code was not dropped.
func (o *OpenLive) has(c *codeState) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.codes, c)
}

// Has reports whether room is one of those found by Run or Enter.
func (o *OpenLive) Has(room event.RoomID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.games[room] != nil
}

// Endpoint returns the comment servers of a room found by Run. The second
// question for the same room means that the first answer is used up: the app is
// then ended and started again.
func (o *OpenLive) Endpoint(ctx context.Context, room event.RoomID) (Endpoint, error) {
	o.mu.Lock()
	g := o.games[room]
	o.mu.Unlock()
	if g == nil {
		return Endpoint{}, fmt.Errorf("bilibili: Open Live: room %d is of none of the identity codes", room)
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return Endpoint{}, ctx.Err()
	}
	o.mu.Lock()
	usable := g.running && !g.given
	o.mu.Unlock()
	if !usable {
		if err := o.end(ctx, g); err != nil {
			return Endpoint{}, err
		}
		_, err := o.start(ctx, g)
		o.note(g.code, err)
		if err != nil {
			return Endpoint{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	g.given = true
	return g.endpoint, nil
}

// note keeps what came of starting the app of a code anew.
func (o *OpenLive) note(code Secret, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.codes {
		if c.code.Is(code) {
			c.err = err
		}
	}
}

// start starts g's app and fills g in.
func (o *OpenLive) start(ctx context.Context, g *game) (event.RoomID, error) {
	const name = "app/start"
	a, err := o.call(ctx, name, "/v2/app/start", map[string]any{"code": g.code.reveal(), "app_id": o.access.AppID})
	if err != nil {
		return 0, err
	}
	var data struct {
		Game struct {
			ID string `json:"game_id"`
		} `json:"game_info"`
		Socket struct {
			Auth  string   `json:"auth_body"`
			Links []string `json:"wss_link"`
		} `json:"websocket_info"`
		Anchor struct {
			Room number `json:"room_id"`
			Name string `json:"uname"`
		} `json:"anchor_info"`
	}
	if err := a.data(name, &data); err != nil {
		return 0, err
	}
	var urls []string
	for _, u := range data.Socket.Links {
		if o.client.socketURL(u) && len(urls) < 16 {
			urls = append(urls, u)
		}
	}
	room := event.RoomID(data.Anchor.Room)
	if room <= 0 || data.Socket.Auth == "" || len(urls) == 0 {
		return 0, &APIError{Endpoint: name, Message: "data not understood: no room, auth_body or wss_link"}
	}
	over := make(chan struct{})
	o.mu.Lock()
	defer o.mu.Unlock()
	g.id, g.running, g.given, g.over = data.Game.ID, true, false, over
	g.endpoint = Endpoint{Room: room, URLs: urls, AuthBody: []byte(data.Socket.Auth), UserAgent: o.client.userAgent, Ended: over, Streamer: clip(data.Anchor.Name, 200)}
	return room, nil
}

// stopped notes that the platform no longer knows the app. The mutex is held.
func (g *game) stopped() {
	if g.running {
		g.running = false
		close(g.over)
	}
}

// Leave ends the app in a room whose session has ended; another question for
// the room's Endpoint starts it again. It takes some seconds at most.
func (o *OpenLive) Leave(room event.RoomID) {
	o.mu.Lock()
	g := o.games[room]
	o.mu.Unlock()
	if g != nil {
		o.endSome([]*game{g})
	}
}

// end ends g's app, if it runs. That the platform does not know it is success.
func (o *OpenLive) end(ctx context.Context, g *game) error {
	o.mu.Lock()
	id, running := g.id, g.running
	g.stopped()
	o.mu.Unlock()
	if !running || id == "" {
		return nil
	}
	_, err := o.call(ctx, appEnd, "/v2/app/end", map[string]any{"app_id": o.access.AppID, "game_id": id})
	var e *APIError
	if errors.As(err, &e) && (e.Code == 7000 || e.Code == 7003) {
		return nil
	}
	return err
}

// endSome ends apps, whether or not the program is being stopped.
func (o *OpenLive) endSome(games []*game) {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	var ending sync.WaitGroup
	for _, g := range games {
		ending.Go(func() {
			if err := o.end(ctx, g); err != nil {
				o.log.Warn("an app was not ended; starting it again may be refused for a minute", "err", err)
			}
		})
	}
	ending.Wait()
}

// beat sends the heartbeats of all apps and notes which are over.
func (o *OpenLive) beat(ctx context.Context) {
	o.mu.Lock()
	running := map[string]*game{}
	var ids []string
	for _, g := range o.games {
		if g.running && g.id != "" {
			running[g.id] = g
			ids = append(ids, g.id)
		}
	}
	o.mu.Unlock()
	for len(ids) > 0 {
		n := min(len(ids), batchMost)
		failed, err := o.beatSome(ctx, ids[:n])
		ids = ids[n:]
		if err != nil {
			o.log.Debug("heartbeat of Open Live failed", "err", err)
		}
		o.mu.Lock()
		for _, id := range failed {
			if g := running[id]; g != nil && g.id == id {
				g.stopped()
			}
		}
		o.mu.Unlock()
	}
}

// beatSome sends one heartbeat for the apps and returns those that are over.
func (o *OpenLive) beatSome(ctx context.Context, ids []string) (failed []string, err error) {
	if len(ids) == 1 {
		_, err := o.call(ctx, "app/heartbeat", "/v2/app/heartbeat", map[string]any{"game_id": ids[0]})
		var e *APIError
		if errors.As(err, &e) && (e.Code == 7000 || e.Code == 7003) {
			return ids, nil
		}
		return nil, err
	}
	const name = "app/batchHeartbeat"
	a, err := o.call(ctx, name, "/v2/app/batchHeartbeat", map[string]any{"game_ids": ids})
	if err != nil {
		return nil, err
	}
	// The name of the field with the failed ids is not known for sure: every
	// list of text in the answer is taken for one.
	var data map[string]json.RawMessage
	if len(a.Data) > 0 && string(a.Data) != "null" {
		if err := a.data(name, &data); err != nil {
			return nil, err
		}
	}
	for _, raw := range data {
		var list []string
		if json.Unmarshal(raw, &list) == nil {
			failed = append(failed, list...)
		}
	}
	return failed, nil
}

// call makes a signed call. Its body and with it the identity code are in no
// error.
func (o *OpenLive) call(ctx context.Context, name, path string, body map[string]any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, endpointError(name, err)
	}
	return o.client.call(ctx, request{name: name, base: openBase, path: path, body: text, bare: true,
		paid: name == appEnd,
		sign: func() http.Header { return openHeader(o.access.KeyID, o.access.Secret, text, newNonce(), time.Now()) }})
}
