package gui

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	// preroll is shown at once at the moment a replay begins at, so that nobody
	// looks at an empty chat.
	preroll = event.Millis(45_000)
	// together are events so near each other that they are shown at once.
	together = 12 * time.Millisecond
	// jump is how far the arrow keys go.
	jump = event.Millis(10_000)
)

// replay plays a broadcast again: its events come through the inbox like those
// of a live room, as those of a room of its own that counts nowhere else.
type replay struct {
	w         *Window
	broadcast model.Broadcast
	bar       *replayBar
	feeding   task
	steps     []model.Step
	step      event.Millis
	gaps      []event.Gap
	last      event.RoomID // the number it has now
	problem   string
	back      *model.Room // on show before; nil: all

	player *model.Player // nil: no replay; what is in it is guarded by mu

	mu      sync.Mutex
	changed chan struct{} // closed when the player was touched
}

func newReplay(w *Window) *replay {
	r := &replay{w: w, changed: make(chan struct{})}
	r.bar = newReplayBar(w, r)
	return r
}

// on reports whether there is a replay.
func (r *replay) on() bool { return r.w.model.Replay != nil }

// shown reports whether it is what the live page shows.
func (r *replay) shown() bool { return r.on() && r.w.model.One() == r.w.model.Replay }

// startReplay plays a broadcast from a moment on, and puts it on show. What its
// chart knows already need not be counted again.
func (w *Window) startReplay(b model.Broadcast, at event.Millis, chart *timeline) {
	r := w.replay
	r.broadcast, r.steps, r.step, r.gaps, r.problem = b, chart.steps, chart.step, chart.gaps, ""
	speed := 1.0
	r.mu.Lock()
	if r.player != nil {
		speed = r.player.Speed()
	}
	r.player = model.NewPlayer(b.From, b.To)
	r.player.SetSpeed(time.Now(), speed)
	r.player.Play(time.Now())
	r.mu.Unlock()
	r.bar.show(chart)
	if !r.shown() {
		r.back = w.model.Selected
	}
	r.seek(at)
	w.openPage(pageLive)
	w.selectRoom(w.model.Replay)
	w.root.Refresh()
}

// touch changes the player, and has whoever waits for it look again.
func (r *replay) touch(change func(p *model.Player, now time.Time)) {
	r.mu.Lock()
	if r.player != nil {
		change(r.player, time.Now())
		close(r.changed)
		r.changed = make(chan struct{})
	}
	r.mu.Unlock()
	r.bar.refresh()
	r.w.stir()
}

// state is where the player is.
func (r *replay) state() (at event.Millis, speed float64, playing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.player == nil {
		return 0, 1, false
	}
	now := time.Now()
	return r.player.Position(now), r.player.Speed(), r.player.Playing(now)
}

// toggle plays or pauses.
func (r *replay) toggle() {
	if at, _, playing := r.state(); !playing && at >= r.broadcast.To {
		r.seek(r.broadcast.From)
	}
	r.touch(func(p *model.Player, now time.Time) {
		if p.Playing(now) {
			p.Pause(now)
		} else {
			p.Play(now)
		}
	})
}

// seek goes to another moment: the lists begin anew there.
func (r *replay) seek(at event.Millis) {
	w, b, player := r.w, r.broadcast, r.player
	if player == nil {
		return
	}
	at = min(max(at, b.From), b.To)
	r.touch(func(p *model.Player, now time.Time) { p.Seek(now, at) })
	r.last--
	begin := max(b.From, at-preroll)
	w.model.StartReplay(event.Status{Room: r.last, State: event.StateOnline, Live: true, LiveFrom: b.From, Title: w.broadcastTitle(&b), Streamer: w.past.roomName(b.Room)},
		model.Until(r.steps, begin, r.step))
	id, gaps := r.last, slices.Clone(r.gaps)
	r.feeding.start(w, 0, func(ctx context.Context, show func(func())) {
		if err := r.feed(ctx, player, b, gaps, id, begin); err != nil && ctx.Err() == nil {
			show(func() { r.problem = err.Error(); r.bar.refresh() })
		}
	})
	w.merge(model.Changed{Rooms: true, Stats: true, Pins: true})
	if w.chat.feed == w.model.Replay.Chat {
		w.chat.reset()
		w.paid.reset()
		for _, v := range w.stages() {
			v.clear()
		}
	}
	w.stir()
}

// feed hands the events from a moment on to the inbox, each when it is due.
func (r *replay) feed(ctx context.Context, p *model.Player, b model.Broadcast, gaps []event.Gap, id event.RoomID, from event.Millis) error {
	gaps = slices.DeleteFunc(gaps, func(g event.Gap) bool { return g.To == nil || g.From < from })
	var due []Item
	for e, err := range r.w.cfg.Archive.Replay(ctx, b.Room, from, b.To) {
		if err != nil {
			return err
		}
		at := model.Moment(&e)
		for len(gaps) > 0 && gaps[0].From <= at {
			g := gaps[0]
			g.Room, gaps = id, gaps[1:]
			due = append(due, Item{Gap: &g})
		}
		if due, err = r.until(ctx, p, at, due); err != nil {
			return err
		}
		r.mu.Lock()
		shown := p.Replayed(&e, id, time.Now())
		r.mu.Unlock()
		if due = append(due, Item{Event: shown}); len(due) >= 256 {
			if err := r.w.inbox.put(ctx, due); err != nil {
				return err
			}
			due = due[:0]
		}
	}
	return r.w.inbox.put(ctx, due)
}

// until waits until a moment is on show. Whatever is due before that is handed
// over first; it returns what is still to be handed over.
func (r *replay) until(ctx context.Context, p *model.Player, at event.Millis, due []Item) ([]Item, error) {
	for {
		r.mu.Lock()
		wait, ok := p.Wait(time.Now(), at)
		changed := r.changed
		r.mu.Unlock()
		if ok && wait <= together {
			return due, nil
		}
		if len(due) > 0 {
			if err := r.w.inbox.put(ctx, due); err != nil {
				return nil, err
			}
			due = nil
		}
		if !ok {
			wait = time.Hour // until the player is touched
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// end leaves the replay. Who watched it is back at the room of before.
func (r *replay) end() {
	w, shown := r.w, r.w.model.Selected
	if r.shown() {
		shown = nil
		if r.back != nil && w.model.Room(r.back.Status.Room) == r.back {
			shown = r.back
		}
	}
	r.feeding.stop()
	r.mu.Lock()
	r.player = nil
	r.mu.Unlock()
	w.model.EndReplay()
	w.selectRoom(shown)
	w.root.Refresh()
}

// key does what a key does while a replay is on show.
func (r *replay) key(name fyne.KeyName) bool {
	if !r.shown() || r.w.page != pageLive {
		return false
	}
	at, _, _ := r.state()
	switch name {
	case fyne.KeySpace:
		r.toggle()
	case fyne.KeyLeft:
		r.seek(at - jump)
	case fyne.KeyRight:
		r.seek(at + jump)
	case fyne.KeyMinus:
		r.touch((*model.Player).Slower)
	case fyne.KeyEqual, fyne.KeyPlus:
		r.touch((*model.Player).Faster)
	default:
		return false
	}
	return true
}

// line says where the replay is, for the list of rooms.
func (r *replay) line() string {
	at, speed, _ := r.state()
	return fmt.Sprintf("%s · %s · %s", r.w.words.Past.Replaying, clock(time.Duration(at-r.broadcast.From)*time.Millisecond), speedText(speed))
}

func speedText(v float64) string { return short(v) + "×" }
