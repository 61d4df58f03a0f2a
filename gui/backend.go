// Package gui is the window: lists of comments, gifts and super chats of one
// or many rooms, drawn with Fyne. It knows nothing of sockets and archives;
// what it shows and does comes and goes through a Backend.
package gui

import (
	"context"

	"danmaku/event"
	"danmaku/gui/model"
)

// Item is one thing the window is told.
type Item = model.Item

// Backend is where the window's rooms come from: sessions of its own, or a
// relay. Its methods are called from goroutines of the window, never from the
// one that draws.
type Backend interface {
	// Feed calls put with everything that happens in the watched rooms, in
	// order, until ctx ends. put blocks while the window is behind and returns
	// an error when it is closed.
	Feed(ctx context.Context, put func(context.Context, []Item) error) error
	// Join watches a room; a short id is resolved. The status tells which room
	// it became.
	Join(ctx context.Context, room event.RoomID) (event.Status, error)
	// Leave stops watching a room.
	Leave(ctx context.Context, room event.RoomID) error
}

// RelayState is what the relay inside the viewer is doing.
type RelayState struct {
	On          bool
	URL         string // base address, such as http://127.0.0.1:32668
	Subscribers int
	Token       bool // it asks for an access token
}

// PortTakenError says that another program has the address the relay was to
// have.
type PortTakenError struct {
	Address string
	Err     error
}

func (e *PortTakenError) Error() string { return e.Err.Error() }

// Unwrap gives the error of the system.
func (e *PortTakenError) Unwrap() error { return e.Err }

// Relay re-broadcasts what the window shows to overlays and bots.
type Relay interface {
	// Serve switches it on or off and returns what it then is.
	Serve(ctx context.Context, on bool) (RelayState, error)
	// State is quick: the goroutine that draws asks it.
	State() RelayState
}
