package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// schemaVersion is the newest schema this program knows (PRAGMA user_version).
const schemaVersion = 3

// applicationID marks the file as ours (PRAGMA application_id): "dmku".
const applicationID = 0x646d6b75

// onceKinds are the kinds that the index event_once has: gift, super chat and its
// deletion, guard, live, offline, room, moderation, red packet, lottery. As ranges:
// for a list SQLite makes a temporary table for each row that is inserted.
const onceKinds = "(kind between 1 and 4 or kind between 10 and 12 or kind between 14 and 16)"

// partialIndices are the indices of some kinds only.
const partialIndices = `
-- What broadcasts are made of: live, offline, room.
create index event_broadcast on event(room, at) where kind between 10 and 12;
-- Purchases and other rare events are found by their key alone; see recent.go.
create index event_once on event(hash) where hash is not null and ` + onceKinds + `;
`

// stretchTable has a row for each place where the clock steps back; see stretch.go.
const stretchTable = `
create table stretch(
 last integer primary key,          -- position
 newest integer not null,           -- the latest moment up to there, from the row before on
 slack integer not null);           -- how far the clock steps back at most
`

// schema makes an empty archive. Times are Unix milliseconds, money is in
// thousandths of CNY. A file of an older version gets to the same shape by the
// migrations; a test compares.
const schema = `
create table meta(name text primary key, value) without rowid;

create table room(
 id integer primary key,
 platform text not null,
 room integer not null,             -- the platform's long id
 unique(platform, room));

-- A person under one name and face. The rows of a uid are its names over time.
create table user(
 id integer primary key autoincrement,
 uid text not null,                 -- '' when the platform hides it
 name text not null,
 masked integer not null,
 face text not null);
create index user_uid on user(uid, name);

create table medal(
 id integer primary key autoincrement,
 name text not null, level integer not null, room integer not null, owner text not null,
 lit integer not null, guard integer not null, color text not null,
 unique(name, level, room, owner, lit, guard, color));

-- What many events have in common.
create table form(
 id integer primary key autoincrement,
 platform text not null,
 cmd text not null,                 -- the platform's command
 kind integer not null,
 flags integer not null,            -- see form.go
 detail text not null,              -- JSON of the detail without what the event's row holds
 unique(cmd, kind, flags, detail, platform));

create table event(
 seq integer primary key,
 room integer not null references room,
 at integer not null,               -- the platform's clock
 hash integer,                      -- of key, see keyHash; null: no key
 kind integer not null,             -- position in event.Kinds
 form integer not null references form,
 user integer references user,
 standing integer,                  -- guard + 4*admin + 8*level + 8192*wealth
 medal integer references medal,
 delay integer not null,            -- received - at
 key blob,                          -- packed, see key.go
 of blob,                           -- key of the event this one repeats, packed
 text text,
 num integer,                       -- how many
 amount integer,                    -- money
 rest text);                        -- JSON of what fits nowhere else
create unique index event_timeline on event(room, at, hash);
` + partialIndices + `
-- What the platform's pages said of a room, when it changed.
create table described(
 room integer not null references room,
 at integer not null,               -- our clock
 short integer not null, streamer text not null, title text not null, area text not null,
 live_from integer not null,        -- 0: not live
 primary key(room, at)) without rowid;

-- Super chats that were taken away: by which event.
create table deleted(room integer not null, id text not null, seq integer not null, primary key(room, id)) without rowid;

-- Counts by minute of the platform's clock, without events that repeat others. This
-- table and the next have the events up to meta's 'counted'.
create table minute(
 room integer not null, minute integer not null, kind integer not null,
 events integer not null, paid integer not null,
 primary key(room, minute, kind)) without rowid;

-- Where in the archive the events of an hour are: a rough map for queries.
create table hour(
 room integer not null, hour integer not null,
 events integer not null, first integer not null, last integer not null,
 primary key(room, hour)) without rowid;

` + stretchTable + `
-- The words of events are in tables search_0, search_1, … of the same shape as
-- names, a million positions each; docid is seq; see tokens.go and index.go. They
-- cover the events up to meta's 'indexed'. The texts are not kept twice, so words
-- cannot be taken out: a part whose events were changed is stale, and made anew.
create table stale(part integer primary key);
` + plainTable + `
-- The words of users' names, up to meta's 'named'; docid is user.id.
create virtual table names using fts4(` + indexOptions + `);

-- Commands as received, many a row; see raw.go.
create table raw(
 first integer primary key,         -- seq of the first event
 last integer not null,
 newest integer not null,           -- when the newest was received
 commands integer not null,
 sealed integer not null,           -- 1: compressed
 data blob not null);

-- When a room's session was online and its events were committed.
create table span(
 id integer primary key,
 room integer not null references room,
 since integer not null,
 until integer not null,            -- the last committed sign of life
 open integer not null,
 cause text not null,               -- why it ended
 detail text not null);
create index span_room on span(room, since);
`

// indexOptions: the ordering serves the newest first; matchinfo=fts3 leaves out
// the size of each text, which only ranking needs.
const indexOptions = "content='', words, tokenize=simple, order=desc, matchinfo=fts3"

// create makes the schema and the archive's id. The caller has a transaction open.
func create(c *conn, partSize int64) error {
	if err := c.script(schema); err != nil {
		return err
	}
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	if err := c.exec("insert into meta(name, value) values('id', ?)", hex.EncodeToString(id[:])); err != nil {
		return err
	}
	if partSize == 0 {
		partSize = defaultPartSize
	}
	if err := c.script(fmt.Sprintf("insert into meta(name, value) values('indexed', 0), ('counted', 0), ('named', 0), ('merged', 0), ('part', %d)", partSize)); err != nil {
		return err
	}
	return c.script(fmt.Sprintf("pragma application_id=%d; pragma user_version=%d", applicationID, schemaVersion))
}

// version reads the schema version; -1 when the file is empty. It refuses files
// of other programs and of newer versions.
func version(ctx context.Context, c *conn) (int, error) {
	v, err := c.number(ctx, "pragma user_version")
	if err != nil {
		return 0, err
	}
	app, err := c.number(ctx, "pragma application_id")
	if err != nil {
		return 0, err
	}
	if v == 0 && app == 0 {
		n, err := c.number(ctx, "select count(*) from sqlite_master")
		if err != nil || n == 0 {
			return -1, err
		}
	}
	if app != applicationID || v < 1 {
		return 0, ErrNotArchive
	}
	if v > schemaVersion {
		return 0, &SchemaError{File: int(v), Program: schemaVersion}
	}
	return int(v), nil
}
