package model

import (
	"slices"
	"time"

	"danmaku/event"
)

// Speeds are those a replay can have.
var Speeds = []float64{0.5, 1, 2, 4, 8, 16}

// Player is the clock of a replay: it says which moment of the past is on show
// at a moment of the wall clock. The zero Player is not usable; see NewPlayer.
type Player struct {
	From, To event.Millis
	speed    float64
	playing  bool
	at       event.Millis // on show at since
	since    time.Time
}

// NewPlayer stands at the beginning of a time, paused, at speed 1.
func NewPlayer(from, to event.Millis) *Player {
	return &Player{From: from, To: max(from, to), speed: 1, at: from}
}

// Position is the moment on show at now, between From and To.
func (p *Player) Position(now time.Time) event.Millis {
	at := p.at
	if p.playing {
		at += event.Millis(float64(now.Sub(p.since).Milliseconds()) * p.speed)
	}
	return min(max(at, p.From), p.To)
}

// Playing reports whether time goes on; at the end it does not.
func (p *Player) Playing(now time.Time) bool { return p.playing && p.Position(now) < p.To }

// Speed is how many seconds of the past go by in one.
func (p *Player) Speed() float64 { return p.speed }

// anchor makes now the moment from which the position is counted.
func (p *Player) anchor(now time.Time) {
	p.at, p.since = p.Position(now), now
}

// Play goes on, from the beginning if it was at the end.
func (p *Player) Play(now time.Time) {
	p.anchor(now)
	if p.at >= p.To {
		p.at = p.From
	}
	p.playing = true
}

// Pause stops where it is.
func (p *Player) Pause(now time.Time) {
	p.anchor(now)
	p.playing = false
}

// Seek goes to another moment and plays or stands as before.
func (p *Player) Seek(now time.Time, at event.Millis) {
	p.anchor(now)
	p.at = min(max(at, p.From), p.To)
}

// SetSpeed goes on at another speed from where it is; it is brought between the
// slowest and the fastest of Speeds.
func (p *Player) SetSpeed(now time.Time, speed float64) {
	p.anchor(now)
	p.speed = min(max(speed, Speeds[0]), Speeds[len(Speeds)-1])
}

// Faster and slower speeds, one step at a time.
func (p *Player) change(now time.Time, by int) {
	i := slices.Index(Speeds, p.speed)
	if i < 0 {
		i = slices.Index(Speeds, 1)
	}
	p.SetSpeed(now, Speeds[min(max(i+by, 0), len(Speeds)-1)])
}

// Faster takes the next higher speed.
func (p *Player) Faster(now time.Time) { p.change(now, 1) }

// Slower takes the next lower speed.
func (p *Player) Slower(now time.Time) { p.change(now, -1) }

// Wait is how long it takes from now until a moment is on show; 0 when it is
// already. It never is while the player stands: then ok is false.
func (p *Player) Wait(now time.Time, at event.Millis) (d time.Duration, ok bool) {
	left := at - p.Position(now)
	if left <= 0 {
		return 0, true
	}
	if !p.playing {
		return 0, false
	}
	return max(time.Millisecond, time.Duration(float64(left)/p.speed*float64(time.Millisecond))), true
}

// Replayed is an event of the past as it is shown at now: it has just come,
// while what it says of its own time stays. A super chat is on show as much
// shorter as time goes by faster.
func (p *Player) Replayed(e *event.Event, room event.RoomID, now time.Time) *event.Event {
	r := *e
	r.Room, r.Received, r.Backlog = room, event.At(now), false
	if r.At == 0 {
		r.At = e.Received
	}
	if s := e.SuperChat; s != nil {
		shown := *s
		shown.Start = event.At(now)
		shown.End = shown.Start + event.Millis(float64(max(s.Seconds, 1))*1000/p.speed)
		r.SuperChat = &shown
	}
	return &r
}

// Moment is when an event was seen: our clock counts, save for what the
// platform told later about earlier.
func Moment(e *event.Event) event.Millis {
	if e.Received != 0 && !e.Backlog || e.At == 0 {
		return e.Received
	}
	return e.At
}
