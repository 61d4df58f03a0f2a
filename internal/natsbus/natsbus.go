// Package natsbus publishes every event to a NATS server, for those who already
// have one: subject danmaku.ROOM.KIND, the event's JSON as the payload.
//
// Delivery is at least once: what the server has not confirmed is published
// again after a break, and what the hub no longer holds then comes from the
// archive. Each message of an archived event has a Nats-Msg-Id that is the same
// every time, by which JetStream leaves repetitions out.
package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/hub"

	"github.com/nats-io/nats.go"
)

// Config says what is published where.
type Config struct {
	// URL of the server, nats://HOST:4222 or tls://HOST:4222; a name and password,
	// or a token, may stand before the host.
	URL string
	Hub *hub.Hub
	// Query reads the archive in ascending order, and Archive is its id; nil and
	// "": there is none, and what is missed in a long break is gone.
	Query   func(context.Context, event.Filter) iter.Seq2[event.Event, error]
	Archive string
	Log     *slog.Logger
}

// Bus publishes one hub's events. Make it with New and have Run running.
type Bus struct {
	config Config
	cursor *hub.Cursor
	retry  time.Duration
	last   int64 // position of the last event that the server has confirmed
}

// New checks the address and takes its place at the end of the hub: what is
// published from then on is told. It connects to nothing.
func New(c Config) (*Bus, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the address of the NATS server cannot be read; write nats://HOST:4222") // the error would repeat a password
	}
	if (u.Scheme != "nats" && u.Scheme != "tls") || u.Hostname() == "" {
		return nil, fmt.Errorf("%s is no address of a NATS server; write nats://HOST:4222 or tls://HOST:4222", u.Redacted())
	}
	return &Bus{config: c, cursor: c.Hub.Subscribe(hub.Live), retry: time.Second}, nil
}

// Run publishes until ctx ends or the hub is closed and everything is told. A
// server that cannot be reached is tried again for ever.
func (b *Bus) Run(ctx context.Context) error {
	u, _ := url.Parse(b.config.URL) // New has
	where := u.Host
	conn, err := nats.Connect(b.config.URL,
		nats.Name("danmaku"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(b.retry),
		nats.ReconnectBufSize(-1), // nothing is kept there: what is not confirmed is published again
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.config.Log.Warn("the NATS server is gone", "server", where, "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { b.config.Log.Info("connected to the NATS server", "server", where) }),
		nats.ConnectHandler(func(*nats.Conn) { b.config.Log.Info("connected to the NATS server", "server", where) }))
	if err != nil {
		return fmt.Errorf("natsbus: connect to %s: %w", where, err)
	}
	defer conn.Close()
	for {
		items, err := b.cursor.Next(ctx)
		var lag *hub.LaggedError
		switch {
		case errors.As(err, &lag):
			if err := b.missed(ctx, conn, lag); err != nil {
				return err
			}
		case errors.Is(err, hub.ErrClosed) || err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("natsbus: %w", err)
		}
		if err := b.deliver(ctx, conn, items); err != nil {
			return nil // ctx ended
		}
	}
}

// missed publishes from the archive what the hub no longer holds.
func (b *Bus) missed(ctx context.Context, conn *nats.Conn, lag *hub.LaggedError) error {
	if b.config.Query == nil || lag.From == 0 {
		b.config.Log.Warn("events were not published: the NATS server was away for too long and they are in no archive", "items", lag.Items)
		return nil
	}
	after := max(b.last, lag.From-1)
	var piece []hub.Item
	for e, err := range b.config.Query(ctx, event.Filter{After: after, Before: lag.To + 1}) {
		if err != nil {
			b.config.Log.Warn("events were not published: the archive cannot be read", "from", lag.From, "to", lag.To, "err", err)
			return nil
		}
		if piece = append(piece, hub.Item{Event: &e}); len(piece) == 256 {
			if err := b.deliver(ctx, conn, piece); err != nil {
				return nil // ctx ended
			}
			piece = piece[:0]
		}
	}
	_ = b.deliver(ctx, conn, piece)
	return nil
}

// deliver publishes items until the server has confirmed them; its error is
// that of ctx.
func (b *Bus) deliver(ctx context.Context, conn *nats.Conn, items []hub.Item) error {
	for told := false; ; {
		err := b.publish(ctx, conn, items)
		if err == nil {
			for _, item := range items {
				b.last = max(b.last, item.Seq())
			}
			return nil
		}
		if !told && conn.IsConnected() && ctx.Err() == nil { // else its absence has been told
			told = true
			b.config.Log.Warn("the NATS server does not take events; they are tried again", "err", err)
		}
		wait := time.NewTimer(b.retry)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

// confirmTime is how long the server may take to confirm a batch.
const confirmTime = 10 * time.Second

// errReplaced: what confirmed is another connection than what was published to.
var errReplaced = errors.New("the connection was lost and made anew before all was confirmed")

func (b *Bus) publish(ctx context.Context, conn *nats.Conn, items []hub.Item) error {
	n, connection := 0, conn.Stats().Reconnects
	for _, item := range items {
		m := b.message(item)
		if m == nil {
			continue
		}
		if err := conn.PublishMsg(m); errors.Is(err, nats.ErrMaxPayload) {
			b.config.Log.Warn("an event is too large for the NATS server", "subject", m.Subject, "bytes", len(m.Data))
			continue
		} else if err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	if err := conn.FlushWithContext(ctx); err != nil {
		return err
	}
	// The client asks across a break, too: what comes after it is answered by a
	// server that need not have seen what went before.
	if conn.Stats().Reconnects != connection {
		return errReplaced
	}
	return nil
}

// message is what tells an item; nil: it is not told. Statuses are for who asks
// the relay, bundles for clients of the platform.
func (b *Bus) message(item hub.Item) *nats.Msg {
	switch {
	case item.Event != nil:
		e := item.Event
		m := &nats.Msg{Subject: subject(e.Room, string(e.Kind)), Data: e.AppendJSON(nil, false)}
		if e.Seq != 0 {
			m.Header = nats.Header{nats.MsgIdHdr: {b.config.Archive + "-" + strconv.FormatInt(e.Seq, 10)}}
		}
		return m
	case item.Gap != nil:
		data, err := json.Marshal(map[string]any{"gap": item.Gap})
		if err != nil { // our own types always marshal
			return nil
		}
		return &nats.Msg{Subject: subject(item.Gap.Room, "gap"), Data: data}
	}
	return nil
}

func subject(room event.RoomID, kind string) string {
	return strings.Join([]string{"danmaku", room.String(), kind}, ".")
}
