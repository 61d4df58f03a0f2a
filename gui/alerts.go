package gui

import (
	"fmt"
	"time"

	"danmaku/event"
	"danmaku/gui/model"
)

// AlertRule is a rule that calls the user, as it is remembered.
type AlertRule struct {
	Rule   string `json:"rule"` // in the language of event.Rule
	Silent bool   `json:"silent,omitempty"`
	Hidden bool   `json:"hidden,omitempty"` // no notification of the desktop
}

// applyAlerts compiles the alerts of the settings. What cannot be read is left
// out.
func (w *Window) applyAlerts() {
	var list []model.Alert
	for _, a := range w.settings.Alerts {
		if r, err := event.ParseRule(a.Rule, time.Now()); err == nil && !r.Empty() {
			list = append(list, model.Alert{Rule: r, Sound: !a.Silent, Announce: !a.Hidden})
		}
	}
	w.alerts.Set(list)
}

// watch looks for alerts in what has come in.
func (w *Window) watch(items []Item) {
	if w.settings.AlertsOff || len(w.settings.Alerts) == 0 {
		return
	}
	now := w.now()
	for i := range items {
		if e := items[i].Event; e != nil && e.Room > 0 && !e.Backlog && e.Of == "" && !w.muted(e) {
			w.alerts.Check(e, now, w.ring)
		}
	}
}

// ring calls the user.
func (w *Window) ring(a model.Alarm) {
	title, text := w.alarmText(a)
	w.rung++
	if a.Announce {
		w.announce(title, text)
	}
	if a.Sound {
		w.sound()
	}
}

// announce shows an alert as a notification of the desktop, or in the window when
// that would be seen by nobody.
func (w *Window) announce(title, text string) {
	if w.cfg.Notify == nil {
		w.called.tell(join(title, text))
		return
	}
	w.spawn(func() { // a desktop may take its time
		err := w.notifies()
		if err == nil {
			w.cfg.Notify(title, text)
		}
		w.do(func() {
			if w.hears(err); err != nil {
				w.called.tell(join(title, text))
			}
		})
	})
}

// notifies tells why a notification would be seen by nobody.
func (w *Window) notifies() error {
	if w.cfg.Notifies == nil {
		return nil
	}
	return w.cfg.Notifies()
}

// hears notes whether the desktop shows notifications.
func (w *Window) hears(err error) {
	if err != nil && !w.unheard {
		w.cfg.Log.Warn("alerts are shown in the window: the desktop shows no notifications", "err", err)
	}
	w.unheard = err != nil
}

// sound plays the sound, unless it is being played.
func (w *Window) sound() {
	if w.cfg.Sound == nil || w.sounding {
		return
	}
	w.sounding = true
	ctx := w.ctx
	w.spawn(func() {
		err := w.cfg.Sound(ctx)
		w.do(func() {
			if w.sounding = false; err != nil && ctx.Err() == nil {
				w.cfg.Log.Warn("the sound of an alert was not played", "by", w.cfg.SoundBy, "err", err)
			}
		})
	})
}

// alarmText is what a notification says.
func (w *Window) alarmText(a model.Alarm) (title, text string) {
	title = a.Event.Room.String()
	if r := w.model.Room(a.Event.Room); r != nil {
		title = r.Name()
	}
	if row := w.model.RowOf(a.Event); row != nil {
		text = w.said(row)
	}
	if a.More > 0 {
		text += " " + fmt.Sprintf(w.words.Alerts.More, a.More)
	}
	return title, text
}

// said is a row as a line, without its time.
func (w *Window) said(r *model.Row) string {
	line := w.rowText(r)
	if at := len("15:04:05 "); len(line) >= at {
		return line[at:]
	}
	return line
}
