package model

import (
	"danmaku/event"
)

// Alert is a rule that calls the user.
type Alert struct {
	Rule     *event.Rule
	Sound    bool
	Announce bool // by a notification of the desktop
}

// Alarm is one call to the user.
type Alarm struct {
	Event    *event.Event
	Alert    int // which one: its index
	Sound    bool
	Announce bool
	More     int // how many were held back since the last one
}

// Alerts decides what calls the user, and not more often than one can bear.
type Alerts struct {
	list []Alert
	last []event.Millis // when each called
	held []int          // of each, since then
	all  []event.Millis // the newest calls of all
}

// Limits of how often the user is called, in milliseconds and calls.
const (
	alertPause  = 8_000 // between two calls by one rule
	alertWindow = 60_000
	alertMost   = 8 // calls in that time
)

// Set replaces the rules.
func (a *Alerts) Set(list []Alert) {
	a.list = list
	a.last, a.held = make([]event.Millis, len(list)), make([]int, len(list))
}

// Check calls ring when an event calls the user. The first rule that matches
// decides.
func (a *Alerts) Check(e *event.Event, now event.Millis, ring func(Alarm)) {
	for i := range a.list {
		r := &a.list[i]
		if !r.Rule.Match(e) {
			continue
		}
		for len(a.all) > 0 && now-a.all[0] >= alertWindow {
			a.all = a.all[1:]
		}
		if a.last[i] != 0 && now-a.last[i] < alertPause || len(a.all) >= alertMost {
			a.held[i]++
			return
		}
		ring(Alarm{Event: e, Alert: i, Sound: r.Sound, Announce: r.Announce, More: a.held[i]})
		a.last[i], a.held[i] = now, 0
		a.all = append(a.all, now)
		return
	}
}
