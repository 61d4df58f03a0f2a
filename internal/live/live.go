// Package live keeps one room's comment socket open: it dials, authenticates,
// sends heartbeats, reads messages, notices when the connection is dead, silent
// or masked, and comes back, for as long as its context lasts.
//
// # Politeness
//
// A session never gives up and never hammers:
//
//   - Between tries it waits 1, 1.6, 2.6, 4 … up to 60 seconds, half of it random. The
//     row starts again only after a connection that held for half a minute.
//   - Each dial asks Config.Pace first, which all rooms of a process share.
//   - A token is used again until the platform refuses it (-101) or three
//     tries in a row failed; only then is a new one asked for.
//   - When the platform says when it wants to be asked again (risk control, a
//     refused address), nothing is tried before.
//   - A room that does not exist ends the session; a locked one is looked at
//     every ten minutes at most.
//
// # Completeness
//
// A status that is not connected says in Heard up to which moment everything
// arrived. Whatever the platform sent from then until the next connected
// status's Since may be missing.
package live

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"danmaku/decoder"
	"danmaku/event"
)

// Endpoint is where and how to open a room's comment socket. Token is a secret.
type Endpoint struct {
	Room      event.RoomID
	URLs      []string // ws:// or wss:// addresses, the preferred first
	Token     string
	Buvid     string // the device cookie the token was asked for with
	UID       int64  // of the logged-in user the token belongs to; 0: anonymous
	UserAgent string // the one the token was asked for with: the token is bound to it (protocol.md 1.3)
	// AuthBody is sent as it is instead of a body made of the fields above
	// (Open Live, protocol.md 3).
	AuthBody []byte
	// Ended is closed when connections made with it are of no use any more: the
	// app ended (Open Live), or the login changed. Nil: that never happens
	// unnoticed.
	Ended <-chan struct{}
	// Expired: a login was given, and the platform no longer accepts it.
	Expired bool
	// Streamer is the name of the room\'s streamer, where it is told along (Open
	// Live).
	Streamer string
}

// String keeps the token out of logs.
func (e Endpoint) String() string { return "endpoint of room " + e.Room.String() }

// GoString is String.
func (e Endpoint) GoString() string { return e.String() }

// MarshalJSON is String, quoted.
func (e Endpoint) MarshalJSON() ([]byte, error) { return []byte(`"` + e.String() + `"`), nil }

// Backlog is what the platform still tells about the time before a connection,
// oldest first: events ready made, and commands to be decoded.
type Backlog struct {
	Events   []event.Event
	Commands [][]byte
}

// Delivery is what one WebSocket message brought, in the order it came.
type Delivery struct {
	Room     event.RoomID
	Received event.Millis
	// Message is the WebSocket message as received, nil for backlog. When Events
	// leaves out what another message had brought already, it is made anew of
	// the rest.
	Message []byte
	Events  []event.Event // none: a sign of life, such as a heartbeat's reply
	Errors  int           // packets and commands that could not be read
	News    []string      // what is new in the decoder's drift report: a line for the log each
}

// Config is what a session needs. Resolve, Emit and Notify must be set.
type Config struct {
	Room event.RoomID // long or short id
	// Lookup tells which room an id means and what is on there; its State is ""
	// or StateLocked. Nil: Room is a long id, and nothing is known of it.
	Lookup func(context.Context, event.RoomID) (event.Status, error)
	// Resolve asks for comment servers and a token, by the long id. An error
	// with a method Status() event.Status says by it what state, cause, advice
	// and earliest next try it means.
	Resolve func(context.Context, event.RoomID) (Endpoint, error)
	// Release is called when the session has ended, to give back what Resolve
	// took. Nil: nothing.
	Release func()
	// Backlog is asked after a connection is made. Nil: none.
	Backlog func(context.Context, event.RoomID) (Backlog, error)
	// Pace is asked before each dial and waits for its turn. Nil: no waiting.
	Pace func(context.Context) error
	// Changed returns a channel that is closed when who we are to the platform
	// has changed: what waited because of it need not wait longer. Endpoints made
	// for the earlier one end by themselves. Nil: that never happens.
	Changed func() <-chan struct{}
	// Emit takes a delivery. While it blocks nothing is read from the socket.
	// An error ends the session.
	Emit func(context.Context, Delivery) error
	// Notify takes every change of state, in order among the deliveries.
	Notify    func(event.Status)
	Redundant bool // keep a second connection, to another host where there is one

	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer
	TLS    *tls.Config
	Limits decoder.Limits
	// Decoder makes the decoder of each lane of connections, so that whoever
	// gives it can ask for its drift report. Nil: decoder.New(Limits).
	Decoder func() *decoder.Decoder
	Log     *slog.Logger // debug lines only: the state is told by Notify
}

// Run keeps the room's session until ctx ends (then it returns the context's
// error), the room turns out not to exist (an error that tells so), or Emit
// fails. The last status is StateStopped or StateNotFound.
func Run(ctx context.Context, c Config) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	if c.Changed == nil {
		c.Changed = func() <-chan struct{} { return nil }
	}
	if c.Decoder == nil {
		c.Decoder = func() *decoder.Decoder { return decoder.New(c.Limits) }
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := newRoom(c)
	lanes := 1
	if c.Redundant {
		lanes = 2
	}
	r.lanes = make([]lane, lanes)
	var running sync.WaitGroup
	for i := range r.lanes {
		running.Go(func() {
			if err := r.lanes[i].run(ctx, r, i); err != nil {
				cancel(err) // the other lane has no reason to go on
			}
		})
	}
	running.Wait()
	r.backlogs.Wait()
	err := context.Cause(ctx)
	if !errors.Is(err, errNotFound) {
		r.stopped()
	}
	if c.Release != nil {
		c.Release()
	}
	return err
}

// errNotFound marks the end of a session whose room does not exist.
var errNotFound = errors.New("live: no such room")
