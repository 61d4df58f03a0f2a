package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"danmaku/event"
)

// scanner makes events from rows: a connection, and what is known of the tables
// that rows refer to.
type scanner struct {
	c *conn
	known
	frames
}

func newScanner(c *conn) scanner {
	s := scanner{c: c}
	s.frames.drop()
	return s
}

// eventColumns are what scan reads.
const eventColumns = "e.seq, e.room, e.at, e.kind, e.form, e.user, e.standing, e.medal, e.delay, e.key, e.of, e.text, e.num, e.amount, e.rest"

// The places in eventColumns.
const (
	colSeq = iota
	colRoom
	colAt
	colKind
	colForm
	colUser
	colStanding
	colMedal
	colDelay
	colKey
	colOf
	colText
	colNum
	colAmount
	colRest
)

// scan makes an event from a row of eventColumns.
func (s *scanner) scan(ctx context.Context, v []driver.Value) (event.Event, error) {
	e, err := s.scanRow(ctx, v)
	if err != nil {
		return e, fmt.Errorf("event %d: %w", integer(v[colSeq]), err)
	}
	return e, nil
}

func (s *scanner) scanRow(ctx context.Context, v []driver.Value) (e event.Event, err error) {
	f, err := s.form(ctx, s.c, integer(v[colForm]))
	if err != nil {
		return e, err
	}
	w := row{text: text(v[colText]), num: integer(v[colNum]), amount: integer(v[colAmount])}
	if t, ok := v[colRest].(string); ok {
		w.rest = []byte(t)
	}
	if e, err = join(f, &w); err != nil {
		return e, err
	}
	room, err := s.room(ctx, s.c, integer(v[colRoom]))
	if err != nil {
		return e, err
	}
	e.Seq, e.Room, e.At = integer(v[colSeq]), room.room, event.Millis(integer(v[colAt]))
	e.Received = e.At + event.Millis(integer(v[colDelay]))
	e.Key, e.Of = unpackKey(blob(v[colKey])), unpackKey(blob(v[colOf]))
	if f.flags&flagWhole != 0 || v[colUser] == nil {
		return e, nil
	}
	known, err := s.user(ctx, s.c, integer(v[colUser]))
	if err != nil {
		return e, err
	}
	u := *known
	setStanding(&u, integer(v[colStanding]))
	if v[colMedal] != nil {
		if u.Medal, err = s.medal(ctx, s.c, integer(v[colMedal])); err != nil {
			return e, err
		}
	}
	e.User = &u
	return e, nil
}
