package gui

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// Diagnostic is what the window shows and how it fares, as a file that can be
// sent along with a bug report. F12 writes it; tests of the window read it.
type Diagnostic struct {
	Version    string    `json:"version"`
	At         time.Time `json:"at"`
	Go         string    `json:"go"`
	System     string    `json:"system"`
	Language   Language  `json:"language"`
	Dark       bool      `json:"dark"`
	Width      float32   `json:"width"`
	Height     float32   `json:"height"`
	Welcome    bool      `json:"welcome"`
	Sheet      string    `json:"sheet,omitempty"` // title of the sheet that is open
	Focus      string    `json:"focus,omitempty"` // what the next key goes to
	Banner     string    `json:"banner,omitempty"`
	Rooms      []string  `json:"rooms"` // name, state, unread
	Shown      string    `json:"shown"`
	Chat       Listing   `json:"chat"`
	Paid       Listing   `json:"paid"`
	Page       string    `json:"page"`
	Search     Listing   `json:"search"`
	SearchTook string    `json:"search_took,omitempty"` // from the last key to the first hits, or that there are none
	Past       Listing   `json:"past"`                  // what was said in the broadcast on show
	Broadcasts []string  `json:"broadcasts,omitempty"`
	Replay     string    `json:"replay,omitempty"` // where it is
	Note       string    `json:"note,omitempty"`   // what the open sheet says
	Alert      string    `json:"alert,omitempty"`  // that stands in the window
	Pins       int       `json:"pins"`
	Stage      []string  `json:"stage,omitempty"` // what flies, with or without a window of its own
	Relay      string    `json:"relay,omitempty"` // its address when it runs
	Events     int64     `json:"events"`
	Lagged     int64     `json:"lagged"`
	Frames     int64     `json:"frames"`
	Dropped    int64     `json:"dropped"`
	WorstPause string    `json:"worst_pause"`
	Dear       bool      `json:"dear"` // drawn less often: there is no graphics card
	Goroutines int       `json:"goroutines"`
	HeapMB     uint64    `json:"heap_mb"`
}

// Listing is a list as it is in sight.
type Listing struct {
	Held  int      `json:"held"`
	Away  bool     `json:"away"`
	Newer int      `json:"newer"`
	Rows  []string `json:"rows"`
}

// Diagnose looks at the window.
func (w *Window) Diagnose() *Diagnostic {
	size := w.window.Canvas().Size()
	d := &Diagnostic{Version: w.cfg.Version, At: time.Now(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Language: w.language(), Dark: w.palette == &darkPalette, Width: size.Width, Height: size.Height,
		Welcome: w.welcome.box.Visible(), Events: w.model.Events, Lagged: w.model.Lagged,
		Frames: w.frames.total, Dropped: w.frames.dropped, WorstPause: w.frames.worst.String(), Dear: w.frames.dear, Goroutines: runtime.NumGoroutine()}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	d.HeapMB = m.HeapAlloc >> 20
	if w.sheet != nil {
		d.Sheet = w.sheet.title
		if w.sheet.note != nil {
			d.Note = w.sheet.note.text
		}
		if w.sheet.also != nil {
			d.Note = join(d.Note, w.sheet.also.text)
		}
	}
	switch f := w.window.Canvas().Focused().(type) {
	case nil:
	case *field:
		d.Focus = f.PlaceHolder
	case *chip:
		d.Focus = f.text
	case *check:
		d.Focus = f.Text
	default:
		d.Focus = fmt.Sprintf("%T", f)
	}
	if w.banner.Visible() {
		title, advice, _ := w.trouble()
		d.Banner = join(title, advice)
	}
	for _, r := range w.model.Rooms {
		d.Rooms = append(d.Rooms, fmt.Sprintf("%s %s %s %d", r.Status.Room, r.Name(), r.Status.State, r.Unread))
	}
	d.Shown = w.words.AllRooms
	if r := w.model.One(); r != nil {
		d.Shown = r.Name()
	}
	d.Chat, d.Paid = w.listing(w.chat), w.listing(w.paid)
	d.Page = []string{"live", "search", "past"}[w.page]
	if w.page == pageSearch {
		d.Search = w.listing(w.search.list)
		if w.search.took > 0 {
			d.SearchTook = w.search.took.String()
		}
	}
	if w.page == pagePast {
		d.Past = w.listing(w.past.detail.list)
		for i := range w.past.broadcasts {
			b := &w.past.broadcasts[i]
			d.Broadcasts = append(d.Broadcasts, w.broadcastTitle(b)+" "+w.broadcastTime(b))
		}
	}
	if w.replay.on() {
		d.Replay = w.replay.line()
	}
	if w.called.box.Visible() {
		d.Alert = w.called.say
	}
	d.Pins = len(w.model.Shown().Pinned())
	for _, v := range w.stages() {
		for _, f := range slices.Concat(v.low.up, v.high.up) {
			d.Stage = append(d.Stage, f.row.Text)
		}
	}
	if w.relay.on() && !w.relay.busy {
		d.Relay = w.cfg.Relay.State().URL
	}
	return d
}

func (w *Window) listing(v *feedView) Listing {
	l := Listing{Held: v.feed.Len(), Rows: []string{}}
	l.Away, l.Newer = v.feed.Away()
	if v.Visible() {
		for _, s := range v.shown {
			l.Rows = append(l.Rows, w.rowText(s.row))
		}
	}
	return l
}

// diagnosticFile is its name in the data folder.
const diagnosticFile = "diagnostic.json"

// saveDiagnostic writes the file and says where it is.
func (w *Window) saveDiagnostic() {
	b, err := json.MarshalIndent(w.Diagnose(), "", "\t")
	if err != nil {
		w.cfg.Log.Error("diagnostic not made", "err", err)
		return
	}
	path := filepath.Join(w.cfg.DataDir, diagnosticFile)
	if err := writeFile(path, b, false); err != nil {
		w.cfg.Log.Error("diagnostic not written", "err", err)
		return
	}
	w.cfg.Log.Info("diagnostic written", "file", path)
}

// writeFile writes a file whole or not at all; a lasting one also when the
// machine fails the next moment.
func writeFile(path string, b []byte, lasting bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".write-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && lasting {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
