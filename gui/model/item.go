// Package model is what the window knows: rooms, their lists of rows, totals
// and rates. It is plain data and plain functions, without a widget.
package model

import "danmaku/event"

// Item is one thing the window is told: exactly one field is set.
type Item struct {
	Event  *event.Event
	Gap    *event.Gap
	Status *event.Status
	// Lagged is how many events the window could not be given: it was too slow,
	// or the relay it watches through says so.
	Lagged int64
	// Link is the connection to the relay the window watches through.
	Link *Link
	// Left is a room that is no longer watched.
	Left event.RoomID
}

// LinkProblem names why there is no connection to a relay.
type LinkProblem string

// Why there is no connection to a relay.
const (
	LinkOther       LinkProblem = "other"
	LinkUnreachable LinkProblem = "unreachable"
	LinkShutdown    LinkProblem = "shutdown"
	LinkSlow        LinkProblem = "slow" // we were
	LinkToken       LinkProblem = "token"
	LinkNoRelay     LinkProblem = "no_relay" // something else answers there
)

// Link is what the connection to a relay is doing.
type Link struct {
	Online bool
	URL    string
	Why    LinkProblem  // why it is not
	Err    string       // the same in the words of the error
	Until  event.Millis // the next try; 0: none is coming
}
