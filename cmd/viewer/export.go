package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/internal/exchange"
)

// progressPause is the least time between two reports of progress.
const progressPause = 80 * time.Millisecond

// free reports that a file may be written: there is none of that name, or it
// may be replaced.
func free(x gui.Export) error {
	info, err := os.Stat(x.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder", x.File)
	case err == nil && !x.Replace:
		return gui.ErrFileExists
	}
	return err
}

// Export writes what the archive has of a room to a file.
func (l *local) Export(ctx context.Context, x gui.Export, progress func(gui.Progress)) (gui.Exported, error) {
	if err := free(x); err != nil {
		return gui.Exported{}, err
	}
	a, err := l.archiveOf(ctx, x.Room)
	if err != nil {
		return gui.Exported{}, err
	}
	raw := x.Raw && !x.Anonymise // commands name people
	var events exchange.Events
	switch x.Format {
	case gui.FormatXML, gui.FormatASS: // their times count from the beginning
		events = exchange.ByMoment(a.ByTime(ctx, inRoom(x.Room, x.From, x.To, said)))
	default:
		events = a.Query(ctx, event.Filter{Rooms: []event.RoomID{x.Room}, From: x.From, To: x.To, Raw: raw})
	}
	if x.Anonymise {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return gui.Exported{}, err
		}
		events = exchange.Anonymise(events, key)
	}
	o := exchange.Options{Raw: raw, Recording: exchange.Recording{Room: x.Room, Streamer: x.Streamer, Title: x.Title, Start: x.From}}
	m := meter{told: progress, from: x.From, to: x.To}
	var sum exchange.Summary
	err = exchange.ReplaceFile(x.File, func(w io.Writer) error {
		m.w = w
		var err error
		sum, err = exchange.Write(&m, exchange.Format(x.Format), m.follow(ctx, events), o)
		return err
	})
	if err != nil {
		return gui.Exported{}, err
	}
	return gui.Exported{Events: sum.Written, Bytes: m.progress.Bytes}, nil
}

// meter tells how far an export is: by the moments of its events, of which only
// the first and last are known, and by the bytes written.
type meter struct {
	w        io.Writer
	told     func(gui.Progress)
	from, to event.Millis
	progress gui.Progress
	last     time.Time
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.w.Write(b)
	m.progress.Bytes += int64(n)
	m.tell()
	return n, err
}

func (m *meter) tell() {
	if now := time.Now(); now.Sub(m.last) >= progressPause {
		m.last = now
		m.told(m.progress)
	}
}

// follow hands events on, until ctx ends.
func (m *meter) follow(ctx context.Context, events exchange.Events) exchange.Events {
	return func(yield func(event.Event, error) bool) {
		for e, err := range events {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && m.to > m.from {
				m.progress.Part = min(1, max(m.progress.Part, float64(e.At-m.from)/float64(m.to-m.from)))
				m.tell()
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
