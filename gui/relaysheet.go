package gui

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// relayTimeout bounds how long switching the relay may take.
const relayTimeout = 20 * time.Second

// relaySwitch is the switch of the relay inside the viewer, and its sheet.
type relaySwitch struct {
	w      *Window
	busy   bool
	failed error
	show   func() // brings the sheet up to date; nil: it is not open
}

// on reports whether the relay runs.
func (r *relaySwitch) on() bool { return r.w.cfg.Relay != nil && r.w.cfg.Relay.State().On }

// set switches the relay and remembers that for the next start.
func (r *relaySwitch) set(on bool) {
	w := r.w
	if w.cfg.Relay == nil || r.busy {
		return
	}
	r.busy, r.failed = true, nil
	w.settings.Relay = on
	w.remember()
	r.refresh()
	ctx := w.ctx
	w.spawn(func() {
		ctx, cancel := context.WithTimeout(ctx, relayTimeout)
		defer cancel()
		_, err := w.cfg.Relay.Serve(ctx, on)
		w.do(func() {
			r.busy = false
			if r.failed = err; err != nil {
				w.cfg.Log.Warn("the relay was not switched", "on", on, "err", err)
			}
			r.refresh()
			w.status.repaint()
		})
	})
}

func (r *relaySwitch) refresh() {
	if r.show != nil {
		r.show()
	}
}

// problem says what went wrong, if anything did.
func (r *relaySwitch) problem() string {
	t := &r.w.words.Relay
	var taken *PortTakenError
	switch {
	case r.failed == nil:
		return ""
	case errors.As(r.failed, &taken):
		return fmt.Sprintf(t.PortTaken, taken.Address)
	}
	return fmt.Sprintf(t.Failed, r.w.words.reason(r.failed))
}

// addresses are what the relay serves, with what each is for.
func (r *relaySwitch) addresses(base string) (labels, addresses []string) {
	t := &r.w.words.Relay
	base = strings.TrimSuffix(base, "/")
	room := r.w.model.One()
	if room == nil && len(r.w.model.Rooms) > 0 {
		room = r.w.model.Rooms[0]
	}
	if room != nil {
		labels, addresses = append(labels, t.Overlay), append(addresses, base+"/overlay/"+room.Status.Room.String())
	}
	labels, addresses = append(labels, t.Dashboard), append(addresses, base+"/")
	labels, addresses = append(labels, t.Feed), append(addresses, "ws"+strings.TrimPrefix(base, "http")+"/v1/events")
	return labels, addresses
}

// openRelay opens the sheet of the relay.
func (w *Window) openRelay() {
	if w.cfg.Relay == nil {
		return
	}
	r, t := &w.relay, &w.words.Relay
	about := newProse(t.About, dimInk)
	state := newProse("", textInk)
	state.size, state.bold = 14, true
	press := newChip("", nil, func() { r.set(!r.on()) })
	problem := newProse("", badInk)
	token := newProse("", dimInk)
	token.size = 12
	list := container.NewVBox()
	for _, p := range []*prose{about, state, problem, token} {
		p.restyle(w.palette)
	}
	shown := ""
	r.show = func() {
		s := w.cfg.Relay.State()
		on := s.On && !r.busy
		text := t.Off
		switch {
		case r.busy && w.settings.Relay:
			text = t.Starting
		case on:
			text = fmt.Sprintf(t.On, portOf(s.URL)) + " · " + many(t.Subscribers, int64(s.Subscribers), s.Subscribers)
		}
		state.set(text)
		press.look = chipAccent
		press.text = t.Start
		if on {
			press.look, press.text = chipPlain, t.Stop
		}
		press.restyle(w.palette)
		problem.set(r.problem())
		switch {
		case !on:
			token.set("")
		case s.Token:
			token.set(t.Token)
		default:
			token.set(t.NoToken)
		}
		labels, addresses := r.addresses(s.URL)
		if !on {
			labels, addresses = nil, nil
		}
		if key := strings.Join(append(labels, addresses...), "\n"); key != shown {
			shown = key
			list.RemoveAll()
			for i := range labels {
				list.Add(w.addressLine(labels[i], addresses[i]))
			}
			if on && len(w.model.Rooms) == 0 {
				none := newProse(t.NoRoom, dimInk)
				none.restyle(w.palette)
				list.Add(none)
			}
		}
	}
	body := container.NewVBox(about, container.NewBorder(nil, nil, nil, press, container.NewVBox(layout.NewSpacer(), state, layout.NewSpacer())), problem, list, token)
	s := w.openSheet(t.Title, container.NewVScroll(body), 520, 380)
	s.closed = func() { r.show = nil }
	r.show()
	w.window.Canvas().Focus(press)
}

// portOf is the port of an address.
func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Port()
}

// addressLine shows an address with a button that copies it and one that opens
// it.
func (w *Window) addressLine(label, address string) fyne.CanvasObject {
	name := newProse(label, dimInk)
	name.size = 12
	text := newProse(address, textInk)
	copied := newChip(w.words.Copy, theme.ContentCopyIcon(), nil).with(chipPlain)
	copied.tap = func() {
		w.copy(address)
		copied.setText(w.words.Relay.Copied)
	}
	buttons := container.NewHBox(copied)
	if strings.HasPrefix(address, "http") && w.cfg.Open != nil {
		open := newChip("", theme.MailForwardIcon(), func() { w.open(address) }).with(chipPlain)
		open.restyle(w.palette)
		buttons.Add(open)
	}
	copied.restyle(w.palette)
	for _, p := range []*prose{name, text} {
		p.restyle(w.palette)
	}
	return container.New(padded{top: 4, bottom: 4}, container.NewBorder(nil, nil, nil, container.NewCenter(buttons), container.NewVBox(name, text)))
}
