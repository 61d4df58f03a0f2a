// Package simroom is a simulated live platform: the HTTP calls a client makes
// to join a room, the comment socket, an audience that talks, recordings that
// are played again, and faults on demand. Our programs join it exactly as
// they join the real platform, by --upstream alone.
//
// What is said in a room is decided once, in one order, for all connections.
// A room begins to talk when the first client has joined it. All time is
// taken from package time, so a server runs inside testing/synctest.
package simroom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"danmaku/event"
	"danmaku/protocol"

	"github.com/gorilla/websocket"
)

// Room is a simulated room. Fields left empty are made up.
type Room struct {
	ID         event.RoomID // the long id
	Short      event.RoomID // 0: none
	UID        int64        // of the streamer
	Streamer   string
	Title      string
	Area       string
	ParentArea string
	Medal      string // the name of its fan medal
	Offline    bool   // the streamer is not live at first
	Profile    string // small, event or gala; empty: Config.Profile
	// Recording is played in this room instead of made-up traffic.
	Recording *Recording
}

// DemoRoom is the room of programs that show themselves without a platform.
var demoRoom = Room{ID: 7734200, Short: 520, UID: 320001, Streamer: "星野铃_Official", Title: "【歌回】点歌台开张，唱到嗓子哑为止🎤",
	Area: "虚拟日常", ParentArea: "虚拟主播", Medal: "小铃铛"}

// Demo is the configuration for trying things out without a platform: one
// room with the profile event, whose first comment comes at once.
func Demo() Config { return Config{Rooms: []Room{demoRoom}, Profile: "event", Seed: 1} }

// Config says what a Server simulates. The zero value is the demo's room with
// the profile event.
type Config struct {
	Rooms   []Room
	Profile string  // small, event or gala; empty: event
	Rate    float64 // events a second in each room, without bursts; 0: as the profile has it
	Seed    uint64  // the same seed says the same things
	Count   int64   // stop after so many events in all rooms; 0: no bound
	// Speed is how fast recordings are played: 1 as they were, 10 ten times as
	// fast, 0 as fast as the clients read.
	Speed float64
	// Rush has made-up traffic come as fast as the clients read, with the times
	// it would have had: a week in minutes, that goes on into the future.
	Rush bool
	// Protover forces the version of all bundles; nil: as each client asks.
	Protover *int
	Bundle   int // at most so many commands in one bundle; 0: 32
	Faults   []Fault
	// Hosts are the names put into host_list, all with the port that the client
	// called; empty: the one that it called.
	Hosts []string
	// Images is where the addresses of pictures point; empty: to this server.
	Images    string
	TokenLife time.Duration // of a getDanmuInfo token; 0: 20 minutes
	Record    bool          // keep all commands for Commands
	Log       *slog.Logger  // nil: silent
}

// queue is how many messages may wait for one connection. A client that falls
// further behind is cut off, as the platform does; recordings wait instead.
const (
	queue         = 1024
	playbackQueue = 64 // nothing is gained by playing far ahead
)

// Server is the simulated platform.
type Server struct {
	config   Config
	log      *slog.Logger
	rooms    map[event.RoomID]*room
	order    []*room
	began    time.Time // faults count from here
	upgrader websocket.Upgrader
	encoders *encoders
	accounts *accounts
	official *official
	mux      *http.ServeMux
	traffic  context.Context // ends when enough was said
	enough   context.CancelFunc
	finished chan struct{}

	base atomic.Pointer[string] // the address a client used

	mu     sync.Mutex
	left   int64 // events still to say; counts only with Config.Count
	calls  map[string]int
	conns  map[*conn]struct{}
	closed bool
	gone   sync.WaitGroup // connections
}

// New makes a server from c; it starts nothing. The error says which part of
// the configuration cannot be.
func New(c Config) (*Server, error) {
	if len(c.Rooms) == 0 {
		c.Rooms = []Room{demoRoom}
	}
	c.Profile = cmp.Or(c.Profile, "event")
	c.Bundle = cmp.Or(c.Bundle, 32)
	c.TokenLife = cmp.Or(c.TokenLife, 20*time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Protover != nil && *c.Protover != 0 && *c.Protover != 2 && *c.Protover != 3 {
		return nil, fmt.Errorf("simroom: protover %d: there are 0, 2 and 3", *c.Protover)
	}
	s := &Server{config: c, log: c.Log, rooms: map[event.RoomID]*room{}, began: time.Now(), encoders: newEncoders(),
		finished: make(chan struct{}), left: c.Count, calls: map[string]int{}, conns: map[*conn]struct{}{}}
	s.upgrader.CheckOrigin = func(*http.Request) bool { return true }
	for _, f := range c.Faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	for i, cr := range c.Rooms {
		r, err := s.newRoom(cr, i)
		if err != nil {
			return nil, err
		}
		for _, id := range []event.RoomID{r.ID, r.Short} {
			if id == 0 {
				continue
			}
			if s.rooms[id] != nil {
				return nil, fmt.Errorf("simroom: two rooms with the id %d", id)
			}
			s.rooms[id] = r
		}
		s.order = append(s.order, r)
	}
	for _, f := range c.Faults {
		if r := s.rooms[f.Room]; f.Room != 0 && (r == nil || r.ID != f.Room) {
			return nil, fmt.Errorf("simroom: fault %s: there is no room with the long id %d here", f, f.Room)
		}
	}
	s.accounts = newAccounts(c.Seed)
	s.official = newOfficial()
	s.mux = s.routes()
	s.traffic, s.enough = context.WithCancel(context.Background())
	return s, nil
}

func (s *Server) newRoom(c Room, i int) (*room, error) {
	if c.ID <= 0 {
		return nil, errors.New("simroom: a room needs an id above 0")
	}
	c.Profile = cmp.Or(c.Profile, s.config.Profile)
	p, err := profileNamed(c.Profile)
	if err != nil {
		return nil, err
	}
	if s.config.Rate > 0 {
		p = p.steady(s.config.Rate)
	}
	rng := rand.New(rand.NewPCG(s.config.Seed+1, uint64(c.ID)))
	c.UID = cmp.Or(c.UID, 1_000_000+rng.Int64N(600_000_000))
	c.Streamer = cmp.Or(c.Streamer, streamers[(i+1)%len(streamers)])
	c.Title = cmp.Or(c.Title, titles[(i+1)%len(titles)])
	area := areas[(i+1)%len(areas)]
	c.Area, c.ParentArea = cmp.Or(c.Area, area[1]), cmp.Or(c.ParentArea, area[0])
	c.Medal = cmp.Or(c.Medal, pick(rng, medalNames))
	r := &room{Room: c, s: s, profile: p, ledger: newLedger(c.ID, s.config.Record), turn: make(chan struct{}, 1),
		arrival: make(chan struct{}), conns: map[*conn]struct{}{}, live: !c.Offline, popularity: 1}
	r.streamer = namedViewer(c.UID, c.Streamer)
	r.liveFrom = s.began.Add(-47 * time.Minute)
	return r, nil
}

// Run lets the rooms talk and the faults happen until ctx ends, then closes
// all connections and waits for their end. It returns nil; a recording that
// cannot be read to its end is logged and ends that room's traffic.
func (s *Server) Run(ctx context.Context) error {
	defer s.enough()
	stop := context.AfterFunc(ctx, s.enough)
	defer stop()
	var work, rooms sync.WaitGroup
	for _, r := range s.order {
		rooms.Go(func() { r.run(ctx, s.traffic) })
	}
	for _, f := range s.config.Faults {
		work.Go(func() { s.play(ctx, f) })
	}
	work.Go(func() {
		rooms.Wait()
		for _, r := range s.order {
			r.drain(ctx)
		}
		if ctx.Err() == nil {
			close(s.finished)
		}
	})
	<-ctx.Done()
	work.Wait()
	s.cutAll("the server is ending")
	s.gone.Wait()
	return nil
}

// Finished is closed when everything that was to be said has been written to
// the connections: Config.Count events, or all recordings.
func (s *Server) Finished() <-chan struct{} { return s.finished }

// Handler serves the HTTP calls of all of the platform's hosts and the
// comment socket.
func (s *Server) Handler() http.Handler { return s.mux }

// Sent tells what each room has sent so far, in the order of the
// configuration.
func (s *Server) Sent() []Sent {
	var out []Sent
	for _, r := range s.order {
		out = append(out, r.ledger.snapshot())
	}
	return out
}

// Commands returns all commands a room has sent, in order, as the web page
// gets them. It needs Config.Record.
func (s *Server) Commands(id event.RoomID) [][]byte {
	if r := s.rooms[id]; r != nil {
		return r.ledger.commands()
	}
	return nil
}

// Calls tells how often each HTTP path was called; "/sub" counts connections.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int, len(s.calls))
	for k, v := range s.calls {
		out[k] = v
	}
	return out
}

// Connections tells how many sessions are in a room now.
func (s *Server) Connections(id event.RoomID) int {
	r := s.rooms[id]
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns)
}

// take reports whether n more events may be said, and counts them.
func (s *Server) take(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > s.left {
		return false
	}
	if s.left -= n; s.left == 0 {
		s.enough()
	}
	return true
}

// now is the platform's clock, which a fault may set wrong.
func (s *Server) now() time.Time { return s.skewed(time.Now()) }

func (s *Server) images() string {
	if s.config.Images != "" {
		return s.config.Images
	}
	if base := s.base.Load(); base != nil {
		return *base
	}
	return "http://127.0.0.1"
}

// version is how bundles are sent to a client that asked for ask.
func (s *Server) version(ask int) protocol.Version {
	if s.config.Protover != nil {
		ask = *s.config.Protover
	}
	switch ask {
	case 2:
		return protocol.Zlib
	case 3:
		return protocol.Brotli
	}
	return protocol.Plain
}
