package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"sync"
	"syscall"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/engine"
	"danmaku/internal/hub"
	"danmaku/store"
)

// local is the window's backend with sessions of its own: a line of rooms,
// archive and hub, and a second one for a demo that was started by a click.
type local struct {
	config engine.Config
	listen string // of the relay
	tokens string // its token file; "": none

	ready chan struct{} // closed when lines[0] is open or never will be

	mu       sync.Mutex
	lines    []*line
	ctx      context.Context // of Feed
	put      func(context.Context, []gui.Item) error
	running  sync.WaitGroup
	changing int                // logins that rooms are being connected anew for
	leaves   func(event.RoomID) // told of rooms the user leaves; may be nil
	relay    *engine.Relay
	stop     context.CancelFunc // of the relay
	stopped  chan struct{}
}

// line is an opened engine.
type line struct {
	*engine.Engine
	remove func() // of its archive, when it is a demo's
}

var errNotReady = errors.New("the archive is not open yet")

func newLocal(c engine.Config, listen string) *local {
	return &local{config: c, listen: listen, ready: make(chan struct{})}
}

// Feed opens the line and hands over what happens on it until ctx ends and
// everything is committed.
func (l *local) Feed(ctx context.Context, put func(context.Context, []gui.Item) error) error {
	e, err := engine.Open(ctx, l.config)
	if err != nil {
		close(l.ready)
		return err
	}
	first := &line{Engine: e, remove: func() {}}
	l.mu.Lock()
	l.lines, l.ctx, l.put = []*line{first}, ctx, put
	l.mu.Unlock()
	close(l.ready)
	err = l.run(first)
	l.switchOff()
	l.running.Wait() // a demo, and the relay
	return errors.Join(err, e.Close())
}

// run moves a line and reads it for the window.
func (l *local) run(n *line) error {
	var wg sync.WaitGroup
	var read error
	cursor := n.Hub.Subscribe(hub.Live)
	ctx, stop := context.WithCancel(l.ctx)
	defer stop()
	wg.Go(func() {
		if read = l.read(ctx, n, cursor); read != nil {
			stop()
		}
	})
	err := n.Run(ctx)
	wg.Wait()
	if read != nil && l.ctx.Err() == nil {
		return read
	}
	return err
}

// read hands what is published over, from the states of the rooms on.
func (l *local) read(ctx context.Context, n *line, cursor *hub.Cursor) error {
	var items []gui.Item
	var last int64
	for _, s := range n.Collector.Rooms() {
		items = append(items, gui.Item{Status: &s})
	}
	for {
		if len(items) > 0 {
			if err := l.put(ctx, items); err != nil {
				return nil // the window is closed, or ctx ended
			}
			items = items[:0]
		}
		batch, err := cursor.Next(ctx)
		var lagged *hub.LaggedError
		switch {
		case errors.As(err, &lagged):
			items = n.catchUp(ctx, items, last, lagged)
		case err != nil:
			return nil // closed, or ctx ended
		}
		for _, it := range batch {
			switch {
			case it.Event != nil:
				last = max(last, it.Event.Seq)
				items = append(items, gui.Item{Event: it.Event})
			case it.Gap != nil:
				items = append(items, gui.Item{Gap: it.Gap})
			case it.Status != nil && it.Status.State == event.StateStopped:
				items = append(items, gui.Item{Left: it.Status.Room})
			case it.Status != nil:
				items = append(items, gui.Item{Status: it.Status})
			}
		}
	}
}

// catchUp reads what the window was too slow for from the archive, or says how
// much it is when there is none.
func (n *line) catchUp(ctx context.Context, items []gui.Item, last int64, lagged *hub.LaggedError) []gui.Item {
	if n.Archive == nil || lagged.To == 0 || last == 0 {
		return append(items, gui.Item{Lagged: int64(lagged.Items)})
	}
	for e, err := range n.Archive.Query(ctx, event.Filter{After: last, Before: lagged.To + 1}) {
		if err != nil {
			return append(items, gui.Item{Lagged: int64(lagged.Items)})
		}
		items = append(items, gui.Item{Event: &e})
	}
	return items
}

// main waits for the first line.
func (l *local) main(ctx context.Context) (*line, error) {
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 {
		return nil, errNotReady
	}
	return l.lines[0], nil
}

// lineOf is the line a room is on: the first one, if it is on none.
func (l *local) lineOf(ctx context.Context, room event.RoomID) (*line, error) {
	first, err := l.main(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.lines[1:] {
		for _, s := range n.Collector.Rooms() {
			if s.Room == room || room == 0 && len(first.Collector.Rooms()) == 0 {
				return n, nil
			}
		}
	}
	return first, nil
}

// hosts are the simulated platforms that may give pictures.
func (l *local) hosts() (hosts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.lines {
		if u, err := url.Parse(n.Upstream()); err == nil && u.Host != "" {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// Join watches a room.
func (l *local) Join(ctx context.Context, room event.RoomID) (event.Status, error) {
	n, err := l.main(ctx)
	if err != nil {
		return event.Status{}, err
	}
	return n.Collector.Join(ctx, room)
}

// Leave stops watching a room.
func (l *local) Leave(ctx context.Context, room event.RoomID) error {
	n, err := l.lineOf(ctx, room)
	if err != nil {
		return err
	}
	if l.leaves != nil {
		l.leaves(room)
	}
	return n.Collector.Leave(ctx, room)
}

// startDemo adds a line on a simulated platform of its own.
func (l *local) startDemo(ctx context.Context) error {
	if _, err := l.main(ctx); err != nil {
		return err
	}
	archive, remove, err := demoArchive()
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Config{Demo: true, Archive: archive, Hub: spareLog(), Cache: archiveCache, Log: l.config.Log})
	if err != nil {
		remove()
		return err
	}
	n := &line{Engine: e, remove: remove}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, n)
	l.running.Go(func() {
		defer remove()
		if err := errors.Join(l.run(n), e.Close()); err != nil {
			l.config.Log.Error("the demo ended", "err", err)
		}
	})
	return nil
}

func (l *local) archiveOf(ctx context.Context, room event.RoomID) (*store.Archive, error) {
	n, err := l.lineOf(ctx, room)
	if err != nil {
		return nil, err
	}
	if n.Archive == nil {
		return nil, errNotReady
	}
	return n.Archive, nil
}

// Query reads the archive of the rooms asked for.
func (l *local) Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	var room event.RoomID
	if len(f.Rooms) > 0 {
		room = f.Rooms[0]
	}
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return func(yield func(event.Event, error) bool) { yield(event.Event{}, err) }
	}
	return a.Query(ctx, f)
}

// Coverage tells how complete the archive is.
func (l *local) Coverage(ctx context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error) {
	a, err := l.archiveOf(ctx, room)
	if err != nil {
		return event.Coverage{}, err
	}
	return a.Coverage(ctx, room, from, to)
}

// Serve switches the relay on or off. It serves the first line, or the demo
// when that is all there is.
func (l *local) Serve(ctx context.Context, on bool) (gui.RelayState, error) {
	if !on {
		l.switchOff()
		return gui.RelayState{}, nil
	}
	n, err := l.lineOf(ctx, 0)
	if err != nil {
		return gui.RelayState{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.relay != nil {
		return l.state(), nil
	}
	r, err := n.OpenRelay(ctx, engine.Service{Listen: l.listen, TokenFile: l.tokens, Log: l.config.Log})
	if err != nil && taken(err) {
		err = &gui.PortTakenError{Address: l.listen, Err: err}
	}
	if err != nil {
		return gui.RelayState{}, fmt.Errorf("relay: %w", err)
	}
	serving, stop := context.WithCancel(l.ctx)
	l.relay, l.stop, l.stopped = r, stop, make(chan struct{})
	stopped := l.stopped
	l.running.Go(func() {
		defer close(stopped)
		if err := r.Run(serving); err != nil {
			l.config.Log.Error("the relay ended", "err", err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.relay == r { // by itself
			l.relay, l.stop, l.stopped = nil, nil, nil
		}
	})
	return l.state(), nil
}

// taken reports whether another program has an address. Windows has a number of
// its own for that.
func taken(err error) bool {
	const windowsInUse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windowsInUse)
}

func (l *local) switchOff() {
	l.mu.Lock()
	stop, stopped := l.stop, l.stopped
	l.relay, l.stop, l.stopped = nil, nil, nil
	l.mu.Unlock()
	if stop != nil {
		stop()
		<-stopped
	}
}

// State tells what the relay is doing.
func (l *local) State() gui.RelayState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state()
}

// state needs l.mu.
func (l *local) state() gui.RelayState {
	if l.relay == nil {
		return gui.RelayState{}
	}
	return gui.RelayState{On: true, URL: l.relay.URL(), Subscribers: l.relay.Subscribers(), Token: l.tokens != ""}
}
