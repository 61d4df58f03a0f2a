package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/gui/model"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// A relay of an earlier version does not say what its archive has of a room: the
// last year is asked for, and at most so many beginnings and ends of broadcasts.
const (
	remotePast    = event.Millis(365 * 24 * 3600_000)
	remoteChanges = 2000
)

// replaySpan is how much of the past is asked for at once for a replay: little, so
// that it begins at once wherever it is begun.
const replaySpan = event.Millis(2 * 60_000)

// remoteBroadcasts is the answer of /v1/broadcasts.
type remoteBroadcasts struct {
	Rooms      []store.Room
	Broadcasts []store.Broadcast
}

// missing reports whether an error says that a relay does not know an address.
func missing(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == http.StatusNotFound && r.code != "no_archive"
}

// Rooms returns the rooms of the relay's archive; of an earlier relay, those it
// watches.
func (r *remote) Rooms(ctx context.Context) ([]model.PastRoom, error) {
	var answer remoteBroadcasts
	switch err := r.call(ctx, http.MethodGet, "/v1/broadcasts", &answer); {
	case missing(err):
		r.old.Store(true)
		return r.watched(ctx)
	case err != nil:
		return nil, err
	}
	var list []model.PastRoom
	for _, s := range answer.Rooms {
		if len(r.rooms) == 0 || slices.Contains(r.rooms, s.Room) || s.ShortID != 0 && slices.Contains(r.rooms, s.ShortID) {
			list = append(list, model.PastRoom{Room: s.Room, Streamer: s.Streamer, Events: s.Events, From: s.From, To: s.To})
		}
	}
	return list, nil
}

// watched are the rooms a relay watches.
func (r *remote) watched(ctx context.Context) ([]model.PastRoom, error) {
	var answer struct{ Rooms []event.Status }
	if err := r.call(ctx, http.MethodGet, "/v1/rooms", &answer); err != nil {
		return nil, err
	}
	now := event.At(time.Now())
	var list []model.PastRoom
	for _, s := range answer.Rooms {
		list = append(list, model.PastRoom{Room: s.Room, Streamer: s.Streamer, Events: s.Events, From: now - remotePast, To: now})
	}
	return list, nil
}

// Lacks says what the relay cannot tell of the past.
func (r *remote) Lacks() []gui.Lack {
	list := []gui.Lack{gui.LacksPseudonyms}
	if r.old.Load() {
		list = append(list, gui.LacksRooms)
	}
	return list
}

// Broadcasts returns what the relay knows of a room's broadcasts; of an earlier
// relay they are worked out from what it has archived of beginnings and ends.
func (r *remote) Broadcasts(ctx context.Context, room event.RoomID) ([]model.Broadcast, error) {
	var answer remoteBroadcasts
	err := r.call(ctx, http.MethodGet, "/v1/broadcasts?room="+room.String(), &answer)
	switch {
	case err == nil:
		return broadcasts(room, answer.Broadcasts), nil
	case !missing(err):
		return nil, err
	}
	f := event.Filter{Rooms: []event.RoomID{room}, Kinds: []event.Kind{event.KindLive, event.KindOffline, event.KindRoom}, Newest: true, Limit: remoteChanges}
	var changes []event.Event
	for e, err := range r.newest(ctx, f) {
		if err != nil {
			return nil, err
		}
		changes = append(changes, e)
	}
	slices.SortStableFunc(changes, func(a, b event.Event) int { return int(a.At - b.At) })
	return told(room, changes), nil
}

// told makes broadcasts of what the platform told, in the order of time.
func told(room event.RoomID, changes []event.Event) []model.Broadcast {
	var list []model.Broadcast
	title, session, open := "", "", false
	for i := range changes {
		switch e := &changes[i]; {
		case e.RoomInfo != nil:
			title = e.RoomInfo.Title
			if open {
				list[len(list)-1].Title = title
			}
		case e.Offline != nil && open:
			list[len(list)-1].To, open = e.At, false
		case e.Live != nil && !(open && (session == e.Live.Session || e.Live.Session == "")): // told several times
			if session != "" && session == e.Live.Session && len(list) > 0 {
				list[len(list)-1].To, open = 0, true // the stream was away for a moment
				continue
			}
			from := e.At
			if e.Live.Start != 0 {
				from = e.Live.Start
			}
			if open {
				list[len(list)-1].To = from
			}
			list, session, open = append(list, model.Broadcast{Room: room, Title: title, From: from}), e.Live.Session, true
		}
	}
	return list
}

// Timeline asks the relay for the counts of a room.
func (r *remote) Timeline(ctx context.Context, room event.RoomID, from, to, step event.Millis) ([]model.Step, error) {
	q := url.Values{"room": {room.String()}, "from": {number(from)}, "to": {number(to)}, "step": {(time.Duration(step) * time.Millisecond).String()}}
	var answer struct{ Steps []store.Bucket }
	if err := r.call(ctx, http.MethodGet, "/v1/timeline?"+q.Encode(), &answer); err != nil {
		return nil, err
	}
	return steps(answer.Steps), nil
}

func number(m event.Millis) string { return strconv.FormatInt(int64(m), 10) }

// Highlights reads all that was said from the relay: its exports are made for
// that, its search is not.
func (r *remote) Highlights(ctx context.Context, room event.RoomID, from, to event.Millis) ([]model.Highlight, error) {
	return highlights(ctx, inTime(ctx, r.lines, inRoom(room, from, to, said), to-from))
}

// Replay reads the past from the relay, a little at a time.
func (r *remote) Replay(ctx context.Context, room event.RoomID, from, to event.Millis) iter.Seq2[event.Event, error] {
	return inTime(ctx, r.Query, inRoom(room, from, to, shown()), replaySpan)
}

// inTime gives what a relay answers in the order of time, asking for a span at once.
func inTime(ctx context.Context, query func(context.Context, event.Filter) iter.Seq2[event.Event, error], f event.Filter, span event.Millis) exchange.Events {
	return exchange.InTimeOrder(func(f event.Filter) exchange.Events { return query(ctx, f) }, f, f.From, f.To, span)
}

// lines gives the events of a filter from an export of the relay.
func (r *remote) lines(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		body, err := r.export(ctx, gui.Export{Format: gui.FormatJSONL, Room: f.Rooms[0], From: f.From, To: f.To}, f.Kinds)
		if err != nil {
			yield(event.Event{}, err)
			return
		}
		defer body.Close()
		for d := json.NewDecoder(bufio.NewReaderSize(body, 1<<16)); ; {
			var e event.Event
			if err := d.Decode(&e); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				yield(e, fmt.Errorf("relay: the export cannot be read: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// export asks for a file of the relay's archive.
func (r *remote) export(ctx context.Context, x gui.Export, kinds []event.Kind) (io.ReadCloser, error) {
	q := url.Values{"format": {string(x.Format)}, "room": {x.Room.String()}, "from": {number(x.From)}, "to": {number(x.To)}}
	for _, k := range kinds {
		q.Add("kind", string(k))
	}
	if x.Raw {
		q.Set("raw", "1")
	}
	resp, err := r.request(ctx, r.stream, http.MethodGet, "/v1/export?"+q.Encode())
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Export has the relay write the file. How much it will be, it does not say.
func (r *remote) Export(ctx context.Context, x gui.Export, progress func(gui.Progress)) (gui.Exported, error) {
	if x.Anonymise {
		return gui.Exported{}, gui.ErrCannotHide // the box for it cannot be ticked
	}
	if err := free(x); err != nil {
		return gui.Exported{}, err
	}
	var kinds []event.Kind
	if x.Format == gui.FormatXML || x.Format == gui.FormatASS {
		kinds = said
	}
	body, err := r.export(ctx, x, kinds)
	if err != nil {
		return gui.Exported{}, err
	}
	defer body.Close()
	m := meter{told: progress, progress: gui.Progress{Part: -1}}
	err = exchange.ReplaceFile(x.File, func(w io.Writer) error {
		m.w = w
		if _, err := io.Copy(&m, body); err != nil {
			return fmt.Errorf("relay: the export broke off: %w", err)
		}
		return nil
	})
	return gui.Exported{Events: -1, Bytes: m.progress.Bytes}, err
}
