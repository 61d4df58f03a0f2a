package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"

	"danmaku/event"
)

// Broadcast is a time in which a room was live.
type Broadcast struct {
	Room    event.RoomID `json:"room"`
	Session string       `json:"session,omitempty"` // the platform's live key, if it was told
	From    event.Millis `json:"from"`
	To      event.Millis `json:"to"` // 0: still live, or the end was missed and nothing came after
	Titles  []Title      `json:"titles"`
}

// Title is a title and area from a moment on.
type Title struct {
	From  event.Millis `json:"from"`
	Title string       `json:"title"`
	Area  string       `json:"area"`
}

// Describe notes what the platform's pages say of a room: names, title, and
// since when it is live. It is for the moment of joining, when the events of the
// broadcast's beginning are missed, and writes only what has changed.
func (a *Archive) Describe(ctx context.Context, s event.Status, at event.Millis) error {
	from := event.Millis(0)
	if s.Live {
		from = max(s.LiveFrom, 1)
	}
	err := a.write(ctx, func(w *writer) error {
		room, err := w.interned.room(w.c, event.Bilibili, s.Room)
		if err != nil {
			return err
		}
		row, err := w.c.first(ctx, "select short, streamer, title, area, live_from from described where room=? order by at desc limit 1", room)
		if err != nil {
			return err
		}
		now := []driver.Value{int64(s.ShortID), s.Streamer, s.Title, s.Area, int64(from)}
		if row != nil && slices.Equal(row, now) {
			return nil
		}
		return w.c.exec("insert or replace into described(room, at, short, streamer, title, area, live_from) values(?,?,?,?,?,?,?)",
			append([]driver.Value{room, int64(at)}, now...)...)
	})
	if err != nil {
		return fmt.Errorf("store: describe room %d: %w", s.Room, err)
	}
	return nil
}

// change is something that a room's broadcasts are made of.
type change struct {
	at      event.Millis
	kind    event.Kind // live, offline, room
	start   event.Millis
	session string
	title   Title
	page    bool // not an event: what a page said
}

// Broadcasts returns the broadcasts of a room that overlap the time between from
// and to (0: no bound), in order. They are worked out from the events of the
// kinds live, offline and room, and from what was noted by Describe, so they are
// right after an import too.
func (a *Archive) Broadcasts(ctx context.Context, room event.RoomID, from, to event.Millis) ([]Broadcast, error) {
	var changes []change
	err := a.read(ctx, func(r *reader) error {
		ids, err := r.roomRows(ctx, []event.RoomID{room})
		if err != nil {
			return err
		}
		err = r.c.each(ctx, "select "+eventColumns+" from event e indexed by event_broadcast where e.kind between 10 and 12 and e.room in ("+numbers(ids)+")", func(v []driver.Value) (bool, error) {
			e, err := r.scan(ctx, v)
			c := change{at: e.At, kind: e.Kind, start: e.At}
			if l := e.Live; l != nil {
				c.session = l.Session
				if l.Start != 0 {
					c.start = l.Start
				}
			}
			if i := e.RoomInfo; i != nil {
				c.title = Title{e.At, i.Title, i.Area}
			}
			changes = append(changes, c)
			return true, err
		})
		if err != nil {
			return err
		}
		return r.c.each(ctx, "select at, title, area, live_from from described where room in ("+numbers(ids)+")", func(v []driver.Value) (bool, error) {
			at, live := event.Millis(integer(v[0])), event.Millis(integer(v[3]))
			changes = append(changes, change{at: at, kind: event.KindRoom, page: true, title: Title{at, text(v[1]), text(v[2])}})
			if live == 0 {
				changes = append(changes, change{at: at, kind: event.KindOffline, page: true})
			} else if live > 1 {
				changes = append(changes, change{at: at, kind: event.KindLive, page: true, start: live})
			} else {
				changes = append(changes, change{at: at, kind: event.KindLive, page: true, start: at})
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store: broadcasts of room %d: %w", room, err)
	}
	all := broadcasts(room, changes)
	return slices.DeleteFunc(all, func(b Broadcast) bool {
		return to != 0 && b.From >= to || from != 0 && b.To != 0 && b.To <= from
	}), nil
}

// broadcasts makes broadcasts of a room's changes.
func broadcasts(room event.RoomID, changes []change) []Broadcast {
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	all := []Broadcast{}
	var title Title
	var open *Broadcast // the last of all, when it is live
	for _, c := range changes {
		switch c.kind {
		case event.KindRoom:
			if c.title.Title == title.Title && c.title.Area == title.Area {
				continue
			}
			title = c.title
			if open != nil {
				open.Titles = append(open.Titles, title)
			}
		case event.KindOffline:
			if open != nil {
				open.To, open = c.at, nil
			}
		case event.KindLive:
			if open != nil {
				if c.page || c.session == "" || open.Session == "" || c.session == open.Session {
					if open.Session == "" {
						open.Session = c.session
					}
					continue // the platform tells it several times
				}
				open.To = c.start // another one began, so its end was missed
			}
			if n := len(all); n > 0 && c.session != "" && all[n-1].Session == c.session {
				open = &all[n-1] // the stream was away for a moment
				open.To = 0
				continue
			}
			if n := len(all); n > 0 && c.start < all[n-1].To {
				c.start = c.at
			}
			all = append(all, Broadcast{Room: room, Session: c.session, From: c.start, Titles: []Title{}})
			open = &all[len(all)-1]
			if title.Title != "" || title.Area != "" {
				first := title
				first.From = max(first.From, open.From)
				open.Titles = append(open.Titles, first)
			}
		}
	}
	return all
}
