package gui

import (
	"slices"
	"time"

	"danmaku/event"
	"danmaku/gui/model"
)

// wake makes sure that frames are drawn. It may be called from any goroutine.
func (w *Window) wake() {
	if w.moving.CompareAndSwap(false, true) {
		w.do(w.start)
	}
}

func (w *Window) start() {
	w.idle = 0
	w.frames.rest()
	w.animation.Start()
}

// stir is wake for the goroutine that draws.
func (w *Window) stir() {
	w.touched = true
	w.idle = 0
	if w.moving.CompareAndSwap(false, true) {
		w.start()
	}
}

// idleFrames is how long the animation goes on with nothing to draw.
const idleFrames = 30

// frame does everything one frame needs: it takes in what has come and draws
// what has changed.
func (w *Window) frame(now time.Time) {
	w.frames.tick(now)
	if w.frames.dear && !w.touched && now.Sub(w.taken) < dearPause {
		w.moveStages(now)
		return
	}
	w.taken = now
	items := w.unlisted(w.inbox.take())
	ch := w.model.Apply(items, event.At(now))
	w.merge(ch)
	w.toStages(items)
	w.watch(items)
	busy := ch.Chat || ch.Paid || ch.Shown > 0 || w.touched
	if w.arrived {
		w.arrived = false
		w.chat.repaint()
		w.paid.repaint()
		for _, v := range w.stages() {
			v.arrived()
		}
	}
	busy = w.moveStages(now) || busy
	if w.touched || ch.Chat || w.chat.glide > 0 {
		busy = w.chat.update(now) || busy
	}
	if w.touched || ch.Paid || w.paid.glide > 0 {
		busy = w.paid.update(now) || busy
	}
	w.touched = false
	if w.pending.Pins {
		w.refreshPins()
	}
	if (w.pending.Rooms || w.pending.Stats) && now.Sub(w.lastSlow) > 250*time.Millisecond {
		w.refreshSlow()
	}
	if busy || w.pending.Rooms || w.pending.Stats {
		w.idle = 0
		return
	}
	if w.idle++; w.idle > idleFrames {
		w.rest()
	}
}

// rest stops the animation until something comes in.
func (w *Window) rest() {
	w.animation.Stop()
	w.frames.rest()
	w.moving.Store(false)
	if w.inbox.waiting() { // came in between
		w.wake()
	}
}

func (w *Window) merge(ch model.Changed) {
	w.pending.Rooms = w.pending.Rooms || ch.Rooms
	w.pending.Stats = w.pending.Stats || ch.Stats
	w.pending.Pins = w.pending.Pins || ch.Pins
}

// eachSecond follows the clock: times left, durations, rates.
func (w *Window) eachSecond() {
	if w.model.Expire(w.now()) || len(w.model.Shown().Pinned()) > 0 {
		w.refreshPins()
	}
	for _, v := range w.stages() {
		v.second(time.Now())
	}
	if w.replay.shown() {
		w.replay.bar.refresh()
	}
	for _, v := range []*feedView{w.chat, w.paid, w.search.list, w.search.side, w.past.detail.list} {
		v.dim(time.Now())
	}
	w.notice.second(time.Now())
	w.trustFont(time.Now())
	if w.cfg.CPU != nil && w.frames.spend(w.cfg.CPU()) {
		w.cfg.Log.Info("there is no graphics card to draw the window: it is drawn less often")
	}
	w.relay.refresh()
	if w.account != nil {
		w.account.second()
	}
	w.refreshSlow()
}

// refreshSlow draws what need not follow every frame.
func (w *Window) refreshSlow() {
	w.lastSlow = time.Now()
	if w.frames.slow() || w.frames.dear { // without a graphics card: rows jump instead of gliding
		w.chat.glideOff, w.paid.glideOff = true, true
	}
	w.pending.Rooms, w.pending.Stats = false, false
	w.showWelcome()
	if w.bannerHeight(w.header.Size().Width) != w.banner.Size().Height {
		w.root.Refresh()
	}
	w.nameRooms()
	if f := w.model.Shown(); f.Chat != w.chat.feed { // a second room came, or one left
		w.chat.show(f.Chat)
		w.paid.show(f.Paid)
		w.refreshPins()
		w.stir()
	}
	w.chat.empty.set(w.emptyChat())
	w.side.refresh()
	w.header.repaint()
	w.banner.repaint()
	w.status.repaint()
	w.tabs.restyle()
	w.column.head.repaint()
}

// restoreTime is how long a start with rooms of last time waits for them before
// it asks for others.
const restoreTime = 3 * time.Second

// showWelcome shows what to do when there is nothing else to show.
func (w *Window) showWelcome() {
	restoring := w.cfg.Restore && len(w.settings.Rooms) > 0 && time.Since(w.begun) < restoreTime
	if on := len(w.model.Rooms) == 0 && !restoring && !w.replay.on() && w.page == pageLive && !w.unlinked(); on != w.welcome.box.Visible() {
		w.welcome.show(on)
	}
}

func (w *Window) emptyChat() string {
	if r := w.model.One(); r != nil {
		switch {
		case r.Replay:
			return w.words.Past.ReplayEmpty
		case r.Status.State == event.StateOffline || r.Status.State == event.StateOnline && !r.Status.Live && r.Status.Title != "":
			return w.words.EmptyChatOffline
		case !r.Status.State.Connected():
			return w.words.state(&r.Status)
		}
		return w.words.EmptyChat
	}
	switch connected := slices.ContainsFunc(w.model.Rooms, func(r *model.Room) bool { return r.Status.State.Connected() }); {
	case connected:
		return w.words.EmptyChat
	case w.unlinked():
		return w.words.NoRelay
	}
	return w.words.EmptyChatWaiting
}

// unlinked reports whether there is a relay to watch through, and no connection
// to it.
func (w *Window) unlinked() bool { return w.model.Link != nil && !w.model.Link.Online }

func (w *Window) refreshPins() {
	w.pending.Pins = false
	if w.narrow {
		had := w.strip.scroll.Visible()
		if has := len(w.model.Shown().Pinned()) > 0; has != had {
			w.root.Refresh()
		}
		w.strip.refresh()
		return
	}
	w.column.refresh()
}
