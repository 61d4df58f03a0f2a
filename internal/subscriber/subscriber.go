// Package subscriber follows a relay's feed over WebSocket: it reconnects,
// resumes exactly where it was, and tells what could not be resumed.
package subscriber

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
)

// Item is one message of the feed, in order: exactly one pointer is set.
type Item struct {
	Event  *event.Event
	Gap    *event.Gap    // what a room's socket missed; Room 0: what was lost between the relay and us
	Status *event.Status // a room's session
	Lagged *Lagged
	Hello  *Hello // at each connection, first
}

// Lagged tells what this subscriber missed by its own slowness and could not
// get again.
type Lagged struct {
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Messages uint64 `json:"messages"`
}

// Hello is the relay's greeting.
type Hello struct {
	Version int    `json:"version"`
	Archive string `json:"archive"` // "": the relay keeps none
	Seq     int64  `json:"seq"`
	// Restarted: the relay has another archive than before, or none: the feed
	// starts anew, and positions known so far mean nothing any more.
	Restarted bool `json:"-"`
}

// Phase is what the connection to the relay is doing.
type Phase string

// The phases of a connection.
const (
	Connecting Phase = "connecting"
	Online     Phase = "online"
	Waiting    Phase = "waiting"
)

// State is a change of the connection.
type State struct {
	Phase Phase
	Err   error     // why it is waiting
	Until time.Time // when the next try is
}

// Config says what to follow.
type Config struct {
	// URL is the relay's address, such as http://127.0.0.1:32668.
	URL string
	// Filter's Rooms, Kinds, User, Text and Raw choose events. After is the
	// position to resume behind; 0 starts live, unless All is set.
	Filter event.Filter
	All    bool   // with After 0: begin with the first event of the archive
	ID     string // the archive that After is a position of; "": not checked
	Token  string // access token; ""
	// Emit is called with each item, in order; it blocks the feed.
	Emit func(Item)
	// Notify, if not nil, is told of each change of the connection, in order.
	Notify func(State)
	Log    *slog.Logger
}

// Refused is a permanent refusal by the relay.
type Refused struct {
	Status int // HTTP status, or the close code
	Reason string
}

func (e *Refused) Error() string {
	return fmt.Sprintf("subscriber: the relay refused (%d): %s", e.Status, e.Reason)
}

// Why the relay ended a connection that is tried again, in State.Err.
var (
	ErrShutdown = errors.New("subscriber: the relay is shutting down")
	ErrSlow     = errors.New("subscriber: the relay closed: too slow")
)

// Timing of the connection.
const (
	silence   = 75 * time.Second // the relay pings every 30 s
	backoff0  = 300 * time.Millisecond
	backoffN  = 15 * time.Second
	readLimit = 16 << 20
)

// Run follows the feed until ctx ends or the relay refuses for good.
func Run(ctx context.Context, c Config) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Notify == nil {
		c.Notify = func(State) {}
	}
	base, err := address(c.URL)
	if err != nil {
		return err
	}
	f := &follower{Config: c, base: base, after: c.Filter.After, archive: c.ID, resume: c.Filter.After > 0 || c.All}
	wait := time.Duration(0)
	for {
		c.Notify(State{Phase: Connecting})
		progress, err := f.connect(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var refused *Refused
		if errors.As(err, &refused) {
			return err
		}
		if progress {
			wait = 0
		}
		var again *retry
		if errors.As(err, &again) && again.at >= 0 {
			wait = again.at
		} else {
			wait = min(max(2*wait, backoff0), backoffN)
			wait = wait/2 + rand.N(wait/2)
		}
		f.lost(err)
		c.Log.Info("the relay's feed broke off", "err", err, "retry", wait)
		c.Notify(State{Phase: Waiting, Err: err, Until: time.Now().Add(wait)})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// address makes the feed's WebSocket address of the relay's.
func address(s string) (*url.URL, error) {
	whole := s
	if !strings.Contains(s, "://") {
		whole = "http://" + s
	}
	u, err := url.Parse(whole)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("subscriber: %q is not a relay's address; write one such as http://127.0.0.1:32668", s)
	}
	switch u.Scheme {
	case "http", "ws":
		u.Scheme = "ws"
	case "https", "wss":
		u.Scheme = "wss"
	default:
		return nil, fmt.Errorf("subscriber: %q is not a relay's address: it begins with %s, not http or https", s, u.Scheme)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/v1/events"
	u.RawQuery, u.Fragment = "", ""
	return u, nil
}

// retry asks for a reconnection after a time; below 0: as usual.
type retry struct {
	at  time.Duration
	err error
}

func (e *retry) Error() string { return e.err.Error() }
func (e *retry) Unwrap() error { return e.err }

// errAgain ends a connection to get from the archive what was missed.
var errAgain = errors.New("subscriber: fell behind; reading again from the archive")

type follower struct {
	Config
	base    *url.URL
	archive string // of the position after
	after   int64
	resume  bool // ask with after=
	broken  time.Time
	greeted bool // there was a connection before
	ours    bool // the position is from this relay, not the caller's own
}

func (f *follower) query() string {
	q := url.Values{"status": {"1"}}
	for _, room := range f.Filter.Rooms {
		q.Add("room", room.String())
	}
	for _, kind := range f.Filter.Kinds {
		q.Add("kind", string(kind))
	}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("user", f.Filter.User)
	set("q", f.Filter.Text)
	if f.Filter.Raw {
		q.Set("raw", "1")
	}
	if f.resume {
		q.Set("after", strconv.FormatInt(f.after, 10))
		set("archive", f.archive)
	}
	return q.Encode()
}

// connect follows one connection to its end; progress: it gave something.
func (f *follower) connect(ctx context.Context) (progress bool, err error) {
	u := *f.base
	u.RawQuery = f.query()
	header := http.Header{}
	if f.Token != "" {
		header.Set("Authorization", "Bearer "+f.Token)
	}
	dialer := websocket.Dialer{HandshakeTimeout: 10 * time.Second, ReadBufferSize: 32 << 10, Proxy: http.ProxyFromEnvironment}
	conn, resp, err := dialer.DialContext(ctx, u.String(), header) //nolint:bodyclose // the library reads what there is of it
	if err != nil {
		return false, f.dialError(resp, err)
	}
	defer conn.Close()
	// A read does not see a context.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetReadLimit(readLimit)
	extend := func() { _ = conn.SetReadDeadline(time.Now().Add(silence)) }
	conn.SetPingHandler(func(s string) error {
		extend()
		return conn.WriteControl(websocket.PongMessage, []byte(s), time.Now().Add(5*time.Second))
	})
	for {
		extend()
		_, b, err := conn.ReadMessage()
		if err != nil {
			return progress, f.closed(err)
		}
		if err := f.message(b, &progress); err != nil {
			return progress, err
		}
	}
}

func (f *follower) dialError(resp *http.Response, err error) error {
	if resp == nil {
		return fmt.Errorf("subscriber: connect to %s: %w", f.base.Host, err)
	}
	var p struct {
		Error struct{ Message, Hint string }
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	reason := resp.Status
	if json.Unmarshal(b, &p) == nil && p.Error.Message != "" {
		reason = p.Error.Message + "; " + p.Error.Hint
	}
	switch resp.StatusCode {
	case 400, 401, 403, 404, 409, 414:
		return &Refused{resp.StatusCode, reason}
	}
	return fmt.Errorf("subscriber: the relay answered %s", reason)
}

// closed judges the end of a connection.
func (f *follower) closed(err error) error {
	var ce *websocket.CloseError
	if !errors.As(err, &ce) {
		return fmt.Errorf("subscriber: %w", err)
	}
	switch ce.Code {
	case websocket.ClosePolicyViolation:
		if f.resume && f.restarted() {
			return &retry{0, errors.New("subscriber: the relay has another archive: " + ce.Text)}
		}
		return &Refused{ce.Code, ce.Text}
	case websocket.CloseGoingAway:
		after := time.Duration(-1)
		if _, hint, ok := strings.Cut(ce.Text, "retry in "); ok {
			if d, err := time.ParseDuration(hint); err == nil && d >= 0 && d <= backoffN {
				after = d
			}
		}
		return &retry{after, ErrShutdown}
	case 4000:
		return &retry{0, ErrSlow}
	}
	return fmt.Errorf("subscriber: the relay closed the connection: %w", err)
}

// restarted gives up a position that the relay does not know any more; false:
// the position was the caller's, who must know.
func (f *follower) restarted() bool {
	if !f.ours {
		return false
	}
	f.resume, f.after, f.archive = false, 0, ""
	return true
}

type wire struct {
	Hello  *Hello
	Gap    *event.Gap
	Lagged *Lagged
	Status *event.Status
}

func (f *follower) message(b []byte, progress *bool) error {
	// Notices begin with their name, events with "seq".
	if strings.HasPrefix(string(b[:min(len(b), 8)]), `{"seq":`) {
		var e event.Event
		if err := json.Unmarshal(b, &e); err != nil {
			return fmt.Errorf("subscriber: the relay sent what is not an event: %w", err)
		}
		*progress = true
		if e.Seq != 0 {
			if e.Seq <= f.after {
				return nil
			}
			f.after, f.ours = e.Seq, true
		}
		f.Emit(Item{Event: &e})
		return nil
	}
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("subscriber: the relay sent what is not JSON: %w", err)
	}
	switch {
	case w.Hello != nil:
		f.hello(w.Hello)
	case w.Gap != nil:
		f.Emit(Item{Gap: w.Gap})
	case w.Status != nil:
		f.Emit(Item{Status: w.Status})
	case w.Lagged != nil:
		if f.resume && w.Lagged.To > f.after {
			return &retry{0, errAgain} // nothing behind it has been emitted yet
		}
		f.Emit(Item{Lagged: w.Lagged})
	}
	return nil
}

func (f *follower) hello(h *Hello) {
	h.Restarted = f.greeted && h.Archive != f.archive
	if f.resume && f.archive != "" && h.Archive != f.archive {
		f.greeted = f.greeted || h.Restarted
		return // it is about to refuse the position
	}
	if !f.broken.IsZero() && !f.resume {
		// What came in between is lost: the relay cannot give it again.
		to := event.At(time.Now())
		f.Emit(Item{Gap: &event.Gap{From: event.At(f.broken), To: &to, Cause: event.CauseNetwork, Detail: "the connection to the relay"}})
	}
	f.broken = time.Time{}
	f.greeted = true
	f.archive = h.Archive
	if h.Archive != "" && !f.resume {
		f.resume, f.after, f.ours = true, h.Seq, true
	}
	f.Notify(State{Phase: Online})
	f.Emit(Item{Hello: h})
}

// lost remembers since when nothing arrives.
func (f *follower) lost(err error) {
	if f.broken.IsZero() && f.greeted && !errors.Is(err, errAgain) {
		f.broken = time.Now()
	}
}
