package main

import (
	"sync"
	"time"

	"danmaku/event"
	"danmaku/gui"
)

// departAfter is how long a room's leaving is held back: longer than a relay
// takes to shut down.
const departAfter = 5 * time.Second

// departures are rooms the relay has left. A relay that shuts down leaves its
// rooms, too, before it ends the connection: these stay in the window, with what
// was said in them, and when the relay is back its list tells which are watched.
type departures struct {
	give func(...gui.Item)

	mu     sync.Mutex
	timers map[event.RoomID]*time.Timer
}

// add tells the window that a room was left, unless the connection ends or the
// room is joined again in a moment.
func (d *departures) add(room event.RoomID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timers == nil {
		d.timers = make(map[event.RoomID]*time.Timer)
	}
	if d.timers[room] != nil {
		return
	}
	d.timers[room] = time.AfterFunc(departAfter, func() {
		if d.drop(room) {
			d.give(gui.Item{Left: room})
		}
	})
}

// drop keeps a room, and reports whether it was about to go.
func (d *departures) drop(room event.RoomID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.timers[room]
	if t != nil {
		t.Stop()
		delete(d.timers, room)
	}
	return t != nil
}

// dropAll keeps all rooms.
func (d *departures) dropAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.timers {
		t.Stop()
	}
	clear(d.timers)
}
