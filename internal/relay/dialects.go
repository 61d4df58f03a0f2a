package relay

import (
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"danmaku/event"
	"danmaku/internal/dialect"
	"danmaku/internal/fanout"
)

// Existing overlays and plugins connect in their own words: package dialect
// has the words, this file what the sockets share. Each dialect and room is one
// more shared log, so an event is said once however many listen.

// heartbeat is how often pages of blivechat, which wait for 15 s, are told that
// the relay is there; the others are content with every third.
const heartbeat = 10 * time.Second

// beat sends the dialects' heartbeats until ctx ends.
func (r *Relay) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r.feeds.beat(dialect.Blivechat)
		if n%3 == 0 {
			r.feeds.beat(dialect.BlivechatPlugin)
			r.feeds.beat(dialect.Laplace)
		}
	}
}

// beat gives a heartbeat to all who listen in a dialect.
func (fs *feeds) beat(d dialect.Dialect) {
	fs.pass(d, 0, d.Heartbeat(event.At(time.Now())))
}

// pass gives a message to those who listen in a dialect: to a room, or to all (0).
func (fs *feeds) pass(d dialect.Dialect, room event.RoomID, m []byte) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.byKey {
		if f.dialect == d && f.hears(room) {
			fs.add(f, &message{json: m})
		}
	}
	fs.flushLocked()
}

// listeners is how many listen in a dialect.
func (fs *feeds) listeners(d dialect.Dialect) int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	n := 0
	for _, f := range fs.byKey {
		if f.dialect == d {
			n += f.refs
		}
	}
	return n
}

// hears reports whether what is said to a room, or to all (0), is for a feed.
func (f *feed) hears(room event.RoomID) bool {
	return room == 0 || len(f.filter.Rooms) == 0 || slices.Contains(f.filter.Rooms, room)
}

// say gives an event to a feed in the words of its dialect, if it has any.
// fs.mu is held.
func (fs *feeds) say(f *feed, e *event.Event) {
	if fs.said = f.dialect.Append(fs.said[:0], e); len(fs.said) > 0 {
		fs.add(f, &message{seq: e.Seq, json: fs.said})
	}
}

// inject shows a comment that was never said in a room to the pages and plugins
// of blivechat: to nobody else, and not to the archive.
func (fs *feeds) inject(e *event.Event) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.byKey {
		if (f.dialect == dialect.Blivechat || f.dialect == dialect.BlivechatPlugin) && f.hears(e.Room) {
			fs.say(f, e)
		}
	}
	fs.flushLocked()
}

// know keeps which rooms are joined and tells plugins of changes. fs.mu is held.
func (fs *feeds) know(s *event.Status) {
	joined := s.State != event.StateStopped && s.State != event.StateNotFound
	if fs.known[s.Room] == joined {
		return
	}
	if joined {
		fs.known[s.Room] = true
	} else {
		delete(fs.known, s.Room)
	}
	for _, f := range fs.any {
		if f.dialect == dialect.BlivechatPlugin {
			for _, m := range dialect.PluginRoom(s.Room, joined) {
				fs.add(f, &message{json: m})
			}
		}
	}
}

// knownRooms lists the rooms that are joined.
func (fs *feeds) knownRooms() []event.RoomID {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	rooms := make([]event.RoomID, 0, len(fs.known))
	for room := range fs.known {
		rooms = append(rooms, room)
	}
	slices.Sort(rooms)
	return rooms
}

// listener is a WebSocket that is to hear a dialect.
type listener struct {
	dialect dialect.Dialect
	rooms   []event.RoomID // none: all
	// first, if not nil, gives the messages before all else; what is live begins
	// behind the archive position it is called with.
	first   func(seq int64) [][]byte
	silent  bool // it only waits for what the relay never says
	limit   int  // of its own messages, in bytes; 0: 4 KiB
	receive func(message []byte) ([][]byte, *fanout.CloseError)
}

// accept does what comes before every dialect's first word. When it fails the
// answer has been written.
func (r *Relay) accept(w http.ResponseWriter, req *http.Request, protocol string) (conn net.Conn, leave func(), ok bool) {
	if err := r.ready(req.Context()); err != nil {
		writeProblem(w, errStarting)
		return nil, nil, false
	}
	leave, p := r.admit(req)
	if p != nil {
		writeProblem(w, p)
		return nil, nil, false
	}
	conn, err := r.upgrade(w, req, false, protocol)
	if err != nil {
		leave()
		return nil, nil, false
	}
	return conn, leave, true
}

// listen subscribes an accepted connection.
func (r *Relay) listen(conn net.Conn, l listener, leave func()) {
	done, log, place, seq := func() {}, fanout.NewLog(logsMin), fanout.Place{}, int64(0)
	if !l.silent {
		var f *feed
		f, place, seq = r.feeds.join(selection{dialect: l.dialect, filter: event.Filter{Rooms: l.rooms, Kinds: l.dialect.Kinds()}})
		log, done = f.log, func() { r.feeds.leave(f) }
	}
	var first []byte
	if l.first != nil {
		first = textFrames(l.first(seq))
	}
	sub := fanout.Subscription{
		Log: log, Place: place, First: first, Limit: l.limit,
		Lagged: func(m fanout.Missed) []byte { // no dialect has a word for it
			r.count.lagged(m.Frames)
			return nil
		},
		Closed: func(why fanout.Ending) {
			leave()
			done()
			r.count.ended(why)
		},
	}
	if l.receive != nil {
		sub.Receive = func(op byte, b []byte) ([]byte, *fanout.CloseError) {
			if op != fanout.OpText {
				return nil, &fanout.CloseError{Code: fanout.CloseUnsupported, Reason: "this address speaks JSON in text messages"}
			}
			answers, ce := l.receive(b)
			return textFrames(answers), ce
		}
	}
	if err := r.sockets.Add(conn, sub); err != nil {
		leave()
		done()
	}
}

func textFrames(messages [][]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = fanout.AppendFrame(b, fanout.OpText, m)
	}
	return b
}

// newest reads the last events of a dialect by the clock, of those up to a
// position, from the archive, in ascending order; none when there is no archive or it cannot be read.
func (r *Relay) newest(ctx context.Context, d dialect.Dialect, rooms []event.RoomID, seq int64, limit int) []event.Event {
	if r.config.History == nil {
		return nil
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil
	}
	var events []event.Event
	for e, err := range r.config.History.Query(ctx, event.Filter{Rooms: rooms, Kinds: d.Kinds(), Newest: true, ByClock: true}) {
		if err != nil {
			r.log.Warn("the archive cannot be read for an overlay", "dialect", d, "err", err)
			return nil
		}
		if e.Seq > seq {
			continue
		}
		if events = append(events, e); len(events) == limit {
			break
		}
	}
	slices.Reverse(events)
	return events
}

// maySpeak reports whether a caller may say something to other subscribers: a
// program on this machine, or with a token the holder of one that may change
// things.
func (r *Relay) maySpeak(req *http.Request) bool {
	return r.config.Tokens == nil || r.config.Tokens.scope(tokenOf(req)) >= scopeAdmin
}
