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
func (s *scanner) scan(ctx context.Context, v []driver.Value) (e event.Event, err error) {
	err = s.scanTo(ctx, v, &e)
	return e, err
}

// scanTo is scan where the event is to be: it is large, and copying it is much of
// what reading costs.
func (s *scanner) scanTo(ctx context.Context, v []driver.Value, e *event.Event) error {
	if err := s.scanRow(ctx, v, e); err != nil {
		return fmt.Errorf("event %d: %w", integer(v[colSeq]), err)
	}
	return nil
}

func (s *scanner) scanRow(ctx context.Context, v []driver.Value, e *event.Event) error {
	f, err := s.form(ctx, s.c, integer(v[colForm]))
	if err != nil {
		return err
	}
	w := row{text: text(v[colText]), num: integer(v[colNum]), amount: integer(v[colAmount])}
	if t, ok := v[colRest].(string); ok {
		w.rest = []byte(t)
	}
	if err = join(f, &w, e); err != nil {
		return err
	}
	room, err := s.room(ctx, s.c, integer(v[colRoom]))
	if err != nil {
		return err
	}
	e.Seq, e.Room, e.At = integer(v[colSeq]), room.room, event.Millis(integer(v[colAt]))
	e.Received = e.At + event.Millis(integer(v[colDelay]))
	e.Key, e.Of = unpackKey(blob(v[colKey])), unpackKey(blob(v[colOf]))
	if f.flags&flagWhole == 0 && v[colUser] != nil {
		e.User, err = s.user(ctx, s.c, integer(v[colUser]), integer(v[colStanding]), integer(v[colMedal]))
	}
	return err
}
