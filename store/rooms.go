package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"danmaku/event"
)

// Room is a room that the archive has something of.
type Room struct {
	Platform string       `json:"platform"`
	Room     event.RoomID `json:"room"`
	ShortID  event.RoomID `json:"short_id,omitempty"`
	Streamer string       `json:"streamer,omitempty"`
	Title    string       `json:"title,omitempty"` // the last one that was noted
	Area     string       `json:"area,omitempty"`
	Events   int64        `json:"events"`
	First    int64        `json:"first"` // positions of its first and last event
	Last     int64        `json:"last"`
	From     event.Millis `json:"from"` // platform clock of its earliest and latest event, to the hour
	To       event.Millis `json:"to"`
}

// Rooms returns every room, in the order they came into the archive.
func (a *Archive) Rooms(ctx context.Context) ([]Room, error) {
	rooms := []Room{}
	err := a.read(ctx, func(r *reader) error {
		return r.c.each(ctx, `select r.platform, r.room, d.short, d.streamer, d.title, d.area, h.events, h.first, h.last, h.lo, h.hi from room r
 left join (select room, sum(events) events, min(first) first, max(last) last, min(hour) lo, max(hour)+1 hi from
  (select room, hour, events, first, last from hour where events>0 union all
   select room, at/3600000-(at<0 and at%3600000<>0), 1, seq, seq from event not indexed where seq>(`+countedTo+`)) group by room) h on h.room=r.id
 left join described d on d.room=r.id and d.at=(select max(at) from described where room=r.id) order by r.id`, func(v []driver.Value) (bool, error) {
			rooms = append(rooms, Room{Platform: text(v[0]), Room: event.RoomID(integer(v[1])), ShortID: event.RoomID(integer(v[2])), Streamer: text(v[3]), Title: text(v[4]), Area: text(v[5]),
				Events: integer(v[6]), First: integer(v[7]), Last: integer(v[8]), From: event.Millis(integer(v[9]) * millisPerHour), To: event.Millis(integer(v[10]) * millisPerHour)})
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("store: rooms: %w", err)
	}
	return rooms, nil
}

// Person is a user under all names the archive has.
type Person struct {
	ID    string       `json:"id"`
	Names []PersonName `json:"names"` // the newest first
}

// PersonName is a name with a face, and when it was seen.
type PersonName struct {
	Name   string       `json:"name"`
	Face   string       `json:"face,omitempty"`
	Events int64        `json:"events"`
	First  event.Millis `json:"first"` // platform clock of the first and last event with it
	Last   event.Millis `json:"last"`
}

// Person returns the names of the user with this id; none when there is no such
// user.
func (a *Archive) Person(ctx context.Context, id string) (Person, error) {
	p := Person{ID: id, Names: []PersonName{}}
	var rows []int64
	err := a.read(ctx, func(r *reader) error {
		return r.c.each(ctx, "select id, name, face from user where uid=? and uid<>'' order by id desc", func(v []driver.Value) (bool, error) {
			rows = append(rows, integer(v[0]))
			p.Names = append(p.Names, PersonName{Name: text(v[1]), Face: text(v[2])})
			return true, nil
		}, id)
	})
	for i := range rows {
		if err != nil {
			break
		}
		err = a.spanOf(ctx, rows[i], &p.Names[i])
	}
	if err != nil {
		return p, fmt.Errorf("store: person %q: %w", id, err)
	}
	return p, nil
}

// spanOf counts the events of a row of the table user.
func (a *Archive) spanOf(ctx context.Context, user int64, n *PersonName) error {
	q := newQuery(event.Filter{})
	q.plan = plan{made: true, match: lookup{marks(userMark, []int64{user})}, users: []int64{user}}
	q.keep = func(row []driver.Value) {
		at := event.Millis(integer(row[colAt]))
		if n.Events == 0 || at < n.First {
			n.First = at
		}
		n.Last = max(n.Last, at)
		n.Events++
	}
	for !q.done {
		err := a.read(ctx, func(r *reader) (err error) {
			if q.plan.indexed == 0 {
				if q.plan.indexed, err = r.c.number(ctx, "select value from meta where name='indexed'"); err != nil {
					return err
				}
			}
			return q.step(ctx, r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
