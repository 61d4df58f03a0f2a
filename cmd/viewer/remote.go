package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/gui/model"
	"danmaku/internal/cli"
	"danmaku/internal/subscriber"
)

// remote is the window's backend behind a relay: the relay joins, keeps and
// answers; the window only looks.
type remote struct {
	base  string // such as http://127.0.0.1:32668
	token string
	rooms []event.RoomID // to have joined; and the only ones shown, unless empty
	log   *slog.Logger
	http  *http.Client
	// stream is for answers that take as long as they take.
	stream *http.Client
	old    atomic.Bool // the relay does not know /v1/broadcasts
}

func newRemote(f *flags, log *slog.Logger) (*remote, error) {
	s := f.Relay
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, cli.Usagef("--relay %s: an address such as http://127.0.0.1:32668 is wanted", f.Relay)
	}
	r := &remote{base: strings.TrimSuffix(s, "/"), rooms: f.Room, log: log, http: &http.Client{Timeout: 30 * time.Second}, stream: &http.Client{}}
	if f.TokenFile != "" {
		b, err := os.ReadFile(f.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("token file: %w", err)
		}
		line, _, _ := bytes.Cut(b, []byte("\n"))
		fields := strings.Fields(string(line))
		if len(fields) == 0 {
			return nil, fmt.Errorf("token file %s: the first line is empty", f.TokenFile)
		}
		r.token = fields[len(fields)-1]
	}
	return r, nil
}

// Feed follows the relay's feed; the rooms' states come first at every
// connection.
func (r *remote) Feed(ctx context.Context, put func(context.Context, []gui.Item) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	give := func(items ...gui.Item) {
		if put(ctx, items) != nil {
			cancel() // the window is closed
		}
	}
	left := &departures{give: give}
	defer left.dropAll()
	listed := make(map[event.RoomID]struct{}) // rooms the window has from the relay
	c := subscriber.Config{URL: r.base, Token: r.token, Filter: event.Filter{Rooms: r.rooms}, Log: r.log}
	c.Notify = func(s subscriber.State) {
		l := &model.Link{Online: s.Phase == subscriber.Online, URL: r.base, Until: event.At(s.Until)}
		if s.Err != nil {
			l.Err, l.Why = s.Err.Error(), linkProblem(s.Err)
		}
		if s.Phase != subscriber.Online {
			left.dropAll()
		}
		if s.Phase != subscriber.Connecting {
			give(gui.Item{Link: l})
		}
	}
	c.Emit = func(it subscriber.Item) {
		switch {
		case it.Hello != nil:
			give(r.states(ctx, listed)...)
		case it.Event != nil:
			give(gui.Item{Event: it.Event})
		case it.Gap != nil:
			give(gui.Item{Gap: it.Gap})
		case it.Status != nil && it.Status.State == event.StateStopped:
			left.add(it.Status.Room)
		case it.Status != nil:
			left.drop(it.Status.Room)
			listed[it.Status.Room] = struct{}{}
			give(gui.Item{Status: it.Status})
		case it.Lagged != nil:
			give(gui.Item{Lagged: int64(it.Lagged.Messages)})
		}
	}
	for _, room := range r.rooms {
		if _, err := r.Join(ctx, room); err != nil && ctx.Err() == nil {
			r.log.Warn("the relay did not join a room", "room", room, "err", err)
		}
	}
	err := subscriber.Run(ctx, c)
	var refused *subscriber.Refused
	if errors.As(err, &refused) {
		give(gui.Item{Link: &model.Link{URL: r.base, Why: linkProblem(err), Err: refused.Reason}})
	}
	return err
}

// linkProblem names why there is no connection, when it is known.
func linkProblem(err error) model.LinkProblem {
	var refused *subscriber.Refused
	var network net.Error
	switch {
	case errors.Is(err, subscriber.ErrShutdown):
		return model.LinkShutdown
	case errors.Is(err, subscriber.ErrSlow):
		return model.LinkSlow
	case errors.As(err, &refused) && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden):
		return model.LinkToken
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		return model.LinkNoRelay
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return model.LinkUnreachable
	}
	return model.LinkOther
}

// states asks for the rooms the relay watches; of those listed before, it tells
// which are gone.
func (r *remote) states(ctx context.Context, listed map[event.RoomID]struct{}) []gui.Item {
	var answer struct{ Rooms []event.Status }
	if err := r.call(ctx, http.MethodGet, "/v1/rooms", &answer); err != nil {
		if ctx.Err() == nil {
			r.log.Warn("the relay did not list its rooms", "err", err)
		}
		return nil
	}
	var items []gui.Item
	now := make(map[event.RoomID]struct{})
	for i := range answer.Rooms {
		now[answer.Rooms[i].Room] = struct{}{}
		items = append(items, gui.Item{Status: &answer.Rooms[i]})
	}
	for room := range listed {
		if _, ok := now[room]; !ok {
			items = append(items, gui.Item{Left: room})
		}
	}
	clear(listed)
	maps.Copy(listed, now)
	return items
}

// Join has the relay join a room.
func (r *remote) Join(ctx context.Context, room event.RoomID) (event.Status, error) {
	var s event.Status
	err := r.call(ctx, http.MethodPut, "/v1/rooms/"+room.String(), &s)
	var refused *refusal
	if errors.As(err, &refused) && refused.status == http.StatusNotFound {
		s = event.Status{Room: room, State: event.StateNotFound}
	}
	return s, err
}

// Leave has the relay leave a room.
func (r *remote) Leave(ctx context.Context, room event.RoomID) error {
	return r.call(ctx, http.MethodDelete, "/v1/rooms/"+room.String(), nil)
}

// answerLimit bounds what is read of one answer.
const answerLimit = 32 << 20

// call makes one request to the relay and reads its answer.
func (r *remote) call(ctx context.Context, method, path string, answer any) error {
	resp, err := r.request(ctx, r.http, method, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return fmt.Errorf("relay: read the answer: %w", err)
	}
	if answer == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("relay: the answer cannot be read: %w", err)
	}
	return nil
}

// request makes one request to the relay; an answer that is a refusal is an
// error, in the relay's words.
func (r *remote) request(ctx context.Context, client *http.Client, method, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("relay: read the answer: %w", err)
	}
	var p struct {
		Error struct{ Code, Message, Hint string }
	}
	refused := &refusal{status: resp.StatusCode, text: "relay: " + resp.Status}
	if json.Unmarshal(body, &p) == nil && p.Error.Message != "" {
		refused.text = p.Error.Message
	}
	refused.code = p.Error.Code
	return nil, refused
}

// refusal is an answer of the relay that is not the one asked for.
type refusal struct {
	status int
	code   string
	text   string
}

func (e *refusal) Error() string { return e.text }

// Is reports whether the relay keeps nothing.
func (e *refusal) Is(target error) bool { return target == gui.ErrNoArchive && e.code == "no_archive" }

// Code names the refusal; the window has words for some.
func (e *refusal) Code() string { return e.code }
