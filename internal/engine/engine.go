// Package engine is the line wired up: platform, sessions, collector, archive,
// hub. The relay and the viewer run the same one. It holds no logic of its own.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/cli"
	"danmaku/internal/collector"
	"danmaku/internal/hub"
	"danmaku/internal/live"
	"danmaku/internal/natsbus"
	"danmaku/internal/simroom"
	"danmaku/store"
)

// Config says what runs.
type Config struct {
	Rooms      []event.RoomID // joined at the start; short ids are resolved
	Archive    string         // file; "": nothing is kept
	RawKeep    time.Duration  // as store.Options
	Cache      int            // as store.Options
	Upstream   string         // replaces the platform's base addresses; see bilibili.Config
	Demo       bool           // start a simulated platform inside and join its room
	CookieFile string         // "": anonymous
	DeviceFile string         // keeps the device cookie across restarts; "": nothing does
	// OpenLiveFile gives access to the official platform, together with the
	// environment; see bilibili.ReadAccess. The rooms of its identity codes are
	// joined by that route alone. A demo leaves it aside.
	OpenLiveFile string
	// CodesLater says that identity codes may come by EnterCode: access without
	// any is no error. Codes are those that came so in earlier runs.
	CodesLater bool
	Codes      []bilibili.Secret
	UserAgent  string // "": bilibili.DefaultUserAgent
	Redundant  bool   // two connections for each room
	NATS       string // address of a NATS server to publish to; "": none
	// Hub bounds what is kept in memory for those who read the line.
	Hub hub.Options
	Log *slog.Logger
}

// Engine is an opened line. Run moves it.
type Engine struct {
	Hub       *hub.Hub
	Archive   *store.Archive // nil: nothing is kept
	Collector *collector.Collector

	config   Config
	platform *bilibili.Client
	official *bilibili.OpenLive // nil: no access was given
	demo     *demo
	bus      *natsbus.Bus // nil: nothing is published
	logins   logins
}

// Open acquires the archive and, for a demo, a port of the loopback interface.
func Open(ctx context.Context, c Config) (*Engine, error) {
	e := &Engine{config: c, Hub: hub.New(c.Hub)}
	if c.Demo {
		if c.Upstream != "" {
			return nil, cli.Usagef("a demo brings its own platform: --demo and --upstream exclude each other")
		}
		var err error
		if e.demo, err = newDemo(c.Log); err != nil {
			return nil, err
		}
		e.config.Upstream = e.demo.url()
		e.config.Rooms = append(e.config.Rooms, e.demo.rooms()...)
	}
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context) error {
	c := e.config
	pc := bilibili.Config{Upstream: c.Upstream, UserAgent: c.UserAgent, Device: c.DeviceFile, Log: c.Log}
	for _, file := range []string{c.CookieFile, c.OpenLiveFile} {
		if file != "" && bilibili.OpenToOthers(file) {
			c.Log.Warn("other users of this machine can read a file of credentials: chmod 600 it", "file", file)
		}
	}
	var err error
	if c.CookieFile != "" {
		if pc.Cookies, err = bilibili.ReadCookies(c.CookieFile); err != nil {
			return err
		}
	}
	if c.DeviceFile != "" {
		if err := os.MkdirAll(filepath.Dir(c.DeviceFile), 0o700); err != nil {
			return fmt.Errorf("folder of the device cookie: %w", err)
		}
	}
	if e.platform, err = bilibili.New(pc); err != nil {
		return err
	}
	if e.demo == nil {
		read := bilibili.ReadAccess
		if c.CodesLater {
			read = bilibili.ReadAppAccess
		}
		access, err := read(c.OpenLiveFile, os.Getenv)
		if err != nil {
			return err
		}
		for _, code := range c.Codes {
			if !slices.ContainsFunc(access.Codes, code.Is) {
				access.Codes = append(access.Codes, code)
			}
		}
		if !access.Empty() {
			if e.official, err = bilibili.NewOpenLive(bilibili.OpenConfig{Upstream: c.Upstream, Access: access, Log: c.Log}); err != nil {
				return err
			}
		}
	}
	cc := collector.Config{Hub: e.Hub, Session: e.session, Log: c.Log}
	if c.Archive != "" {
		if err := os.MkdirAll(filepath.Dir(c.Archive), 0o700); err != nil {
			return fmt.Errorf("folder of the archive: %w", err)
		}
		if e.Archive, err = store.Open(ctx, c.Archive, store.Options{RawKeep: c.RawKeep, Cache: c.Cache}); err != nil {
			return err
		}
		cc.Archive = e.Archive
	}
	if c.NATS != "" {
		if e.bus, err = e.newBus(); err != nil {
			return cli.Usagef("--nats: %v", err)
		}
	}
	e.Collector = collector.New(cc)
	return nil
}

// Upstream is the base address that replaces the platform's: the configured
// one, or that of the demo; empty: the platform itself.
func (e *Engine) Upstream() string { return e.config.Upstream }

// session is what every room's session is made from: one of the official
// platform's where an identity code leads to the room, else one of the web's.
func (e *Engine) session(room event.RoomID) live.Config {
	if e.official != nil && e.official.Has(room) {
		return live.Config{
			Room: room,
			Resolve: func(ctx context.Context, room event.RoomID) (live.Endpoint, error) {
				endpoint, err := e.official.Endpoint(ctx, room)
				return live.Endpoint(endpoint), err
			},
			Release:   func() { e.official.Leave(room) },
			Pace:      e.official.Budget().Dial,
			Redundant: e.config.Redundant,
			Log:       e.config.Log,
		}
	}
	return live.Config{
		Room:    room,
		Lookup:  e.platform.Room,
		Backlog: e.backlog,
		Resolve: func(ctx context.Context, long event.RoomID) (live.Endpoint, error) {
			over := e.logins.of(room) // before it is asked for
			endpoint, err := e.platform.Endpoint(ctx, long)
			endpoint.Ended = over
			return live.Endpoint(endpoint), err
		},
		Changed:   func() <-chan struct{} { return e.logins.of(room) },
		Release:   func() { e.logins.forget(room) },
		Pace:      e.platform.Budget().Dial,
		Redundant: e.config.Redundant,
		Log:       e.config.Log,
	}
}

func (e *Engine) backlog(ctx context.Context, room event.RoomID) (live.Backlog, error) {
	b, err := e.platform.Backlog(ctx, room)
	return live.Backlog(b), err
}

// enter joins a room that an identity code leads to. When it was joined by the
// web meanwhile, the official route takes over.
func (e *Engine) enter(ctx context.Context, room event.RoomID) {
	for _, s := range e.Collector.Rooms() {
		if s.Room == room {
			if err := e.Collector.Leave(ctx, room); err != nil && !errors.Is(err, collector.ErrNotJoined) {
				return // the program is ending
			}
		}
	}
	if _, err := e.Collector.Join(ctx, room); err != nil && ctx.Err() == nil {
		e.config.Log.Error("room of an identity code not joined", "room", room, "err", err)
	}
}

// Run joins the rooms and keeps the line moving until ctx ends and everything
// received is committed and published; then it closes the hub.
func (e *Engine) Run(ctx context.Context) error {
	defer e.Hub.Close()
	defer e.publish(ctx)()
	defer e.platform.CloseIdle()
	if e.official != nil {
		defer e.official.CloseIdle()
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if e.demo != nil {
		wg.Go(func() {
			if err := e.demo.run(ctx); err != nil && ctx.Err() == nil {
				e.config.Log.Error("the simulated platform ended", "err", err)
			}
		})
	}
	if e.official != nil {
		wg.Go(func() {
			// It returns when all apps are ended, with the context's error.
			_ = e.official.Run(ctx, func(room event.RoomID) { wg.Go(func() { e.enter(ctx, room) }) })
		})
	}
	wg.Go(func() {
		for _, room := range e.config.Rooms {
			if _, err := e.Collector.Join(ctx, room); err != nil && ctx.Err() == nil {
				e.config.Log.Error("room not joined", "room", room, "err", err)
			}
		}
	})
	err := e.Collector.Run(ctx)
	if outer.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Close releases what Open acquired. Run must have returned.
func (e *Engine) Close() error {
	var errs []error
	if e.Archive != nil {
		errs = append(errs, e.Archive.Close())
	}
	if e.demo != nil {
		errs = append(errs, e.demo.close())
	}
	return errors.Join(errs...)
}

// demo is a simulated platform on a port of its own.
type demo struct {
	server   *simroom.Server
	listener net.Listener
	config   simroom.Config
}

func newDemo(log *slog.Logger) (*demo, error) {
	c := simroom.Demo()
	c.Log, c.Seed = log, uint64(time.Now().UnixNano()) // no two demos say the same events again
	server, err := simroom.New(c)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return &demo{server: server, listener: l, config: c}, nil
}

func (d *demo) url() string { return "http://" + d.listener.Addr().String() }

func (d *demo) rooms() []event.RoomID {
	var ids []event.RoomID
	for _, r := range d.config.Rooms {
		ids = append(ids, r.ID)
	}
	return ids
}

func (d *demo) run(ctx context.Context) error {
	hs := &http.Server{Handler: d.server.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- hs.Serve(d.listener) }()
	err := d.server.Run(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	if e := hs.Close(); err == nil {
		err = e
	}
	if e := <-served; err == nil && !errors.Is(e, http.ErrServerClosed) {
		err = e
	}
	return err
}

func (d *demo) close() error {
	if err := d.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
