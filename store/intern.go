package store

import (
	"context"
	"database/sql/driver"
	"strings"

	"danmaku/event"
)

// interned is what the writer knows of the small tables: values to their rows.
// It holds rows of the transaction in progress too, so it is emptied when one
// fails, and when another program has written.
type interned struct {
	rooms  cache[roomKey, int64]
	users  cache[userKey, int64]
	medals cache[event.Medal, int64]
	forms  cache[string, int64] // by row.sign
}

type roomKey struct {
	platform string
	room     event.RoomID
}

type userKey struct {
	uid, name, face string
	masked          bool
}

// limit bounds what is known to a number of people, and of medals; 0: cacheSize.
func (in *interned) limit(people int) { in.users.size, in.medals.size = people, people }

func (in *interned) clear() {
	people := in.users.size
	*in = interned{}
	in.limit(people)
}

// intern returns the number of a row found by find, or else made by insert.
func intern[K comparable](c *conn, known *cache[K, int64], key K, find, insert string, args ...driver.Value) (int64, error) {
	id, err := c.number(context.Background(), find, args...)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if id, err = c.insert(insert, args...); err != nil {
			return 0, err
		}
	}
	known.put(key, id)
	return id, nil
}

func (in *interned) room(c *conn, platform string, room event.RoomID) (int64, error) {
	k := roomKey{platform, room}
	if id, ok := in.rooms.get(k); ok {
		return id, nil
	}
	return intern(c, &in.rooms, k, "select id from room where platform=? and room=?",
		"insert into room(platform, room) values(?,?)", platform, int64(room))
}

func (in *interned) user(c *conn, u *event.User) (int64, error) {
	k := userKey{u.ID, u.Name, u.Face, u.Masked}
	if id, ok := in.users.get(k); ok {
		return id, nil
	}
	// The texts of an event are one piece of memory, which these must not keep.
	k.uid, k.name, k.face = strings.Clone(k.uid), strings.Clone(k.name), strings.Clone(k.face)
	return intern(c, &in.users, k, "select id from user where uid=? and name=? and masked=? and face=?",
		"insert into user(uid, name, masked, face) values(?,?,?,?)", u.ID, u.Name, oneIf(u.Masked), u.Face)
}

func (in *interned) medal(c *conn, m *event.Medal) (int64, error) {
	if id, ok := in.medals.get(*m); ok {
		return id, nil
	}
	k := *m
	k.Name, k.Owner, k.Color = strings.Clone(k.Name), strings.Clone(k.Owner), strings.Clone(k.Color)
	return intern(c, &in.medals, k, "select id from medal where name=? and level=? and room=? and owner=? and lit=? and guard=? and color=?",
		"insert into medal(name, level, room, owner, lit, guard, color) values(?,?,?,?,?,?,?)",
		m.Name, int64(m.Level), int64(m.Room), m.Owner, oneIf(m.Lit), int64(m.Guard), m.Color)
}

func (in *interned) form(c *conn, r *row, e *event.Event) (int64, error) {
	if id, ok := in.forms.new[string(r.sign)]; ok { // as get does, but without a copy of the key
		return id, nil
	}
	if id, ok := in.forms.get(string(r.sign)); ok {
		return id, nil
	}
	common, err := formDetail(e, r.flags)
	if err != nil {
		return 0, err
	}
	return intern(c, &in.forms, string(r.sign), "select id from form where platform=? and cmd=? and kind=? and flags=? and detail=?",
		"insert into form(platform, cmd, kind, flags, detail) values(?,?,?,?,?)", e.Platform, e.Cmd, r.kind, r.flags, string(common))
}

// known is what a reader knows of the small tables: rows to their values. Rows
// of these tables never change, and numbers of deleted ones are not used again.
type known struct {
	rooms  byRow[roomKey]
	users  byRow[person]
	medals byRow[event.Medal]
	forms  byRow[form]
}

// person is somebody as the event read last had them: mostly the next is the same.
type person struct {
	standing, medal int64 // of the row; 0: none
	user            *event.User
}

// look returns the value of a row, from memory or by one query.
func look[V any](ctx context.Context, c *conn, known *byRow[V], id int64, query string, make func(row []driver.Value) (*V, error)) (*V, error) {
	if v := known.get(id); v != nil {
		return v, nil
	}
	row, err := c.first(ctx, query, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, errDangling
	}
	v, err := make(row)
	if err != nil {
		return nil, err
	}
	known.put(id, v)
	return v, nil
}

func (k *known) room(ctx context.Context, c *conn, id int64) (*roomKey, error) {
	return look(ctx, c, &k.rooms, id, "select platform, room from room where id=?", func(r []driver.Value) (*roomKey, error) {
		return &roomKey{text(r[0]), event.RoomID(integer(r[1]))}, nil
	})
}

// user returns somebody with the standing and the medal that an event has them with.
func (k *known) user(ctx context.Context, c *conn, id, standing, medal int64) (*event.User, error) {
	p, err := look(ctx, c, &k.users, id, "select uid, name, masked, face from user where id=?", func(r []driver.Value) (*person, error) {
		return &person{user: &event.User{ID: text(r[0]), Name: text(r[1]), Masked: integer(r[2]) != 0, Face: text(r[3])}}, nil
	})
	if err != nil {
		return nil, err
	}
	if p.standing == standing && p.medal == medal {
		return p.user, nil
	}
	u := *p.user // events that were given have the other
	setStanding(&u, standing)
	u.Medal = nil
	if medal != 0 {
		if u.Medal, err = k.medal(ctx, c, medal); err != nil {
			return nil, err
		}
	}
	*p = person{standing, medal, &u}
	return &u, nil
}

func (k *known) medal(ctx context.Context, c *conn, id int64) (*event.Medal, error) {
	return look(ctx, c, &k.medals, id, "select name, level, room, owner, lit, guard, color from medal where id=?", func(r []driver.Value) (*event.Medal, error) {
		return &event.Medal{Name: text(r[0]), Level: int(integer(r[1])), Room: event.RoomID(integer(r[2])), Owner: text(r[3]),
			Lit: integer(r[4]) != 0, Guard: int(integer(r[5])), Color: text(r[6])}, nil
	})
}

func (k *known) form(ctx context.Context, c *conn, id int64) (*form, error) {
	return look(ctx, c, &k.forms, id, "select platform, cmd, kind, flags, detail from form where id=?", func(r []driver.Value) (*form, error) {
		return newForm(text(r[0]), text(r[1]), integer(r[2]), integer(r[3]), text(r[4]))
	})
}
