package gui

import (
	"fmt"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
)

// KeptKind names something that is kept of the user.
type KeptKind string

// What is kept.
const (
	KeptArchive  KeptKind = "archive"
	KeptLogin    KeptKind = "login"
	KeptPictures KeptKind = "pictures"
	KeptReports  KeptKind = "reports" // logs, crash reports, diagnostics
	KeptSettings KeptKind = "settings"
)

// Kept is something on the disk that is the user's.
type Kept struct {
	Kind  KeptKind
	Path  string
	Bytes int64
}

// Data tells what is kept of the user, and deletes it.
type Data interface {
	// Kept lists what there is now.
	Kept() []Kept
	// EraseAtEnd has all of it deleted once the program has ended.
	EraseAtEnd()
}

// deskWords is what the window says of itself as a program on a desktop.
type deskWords struct {
	Crashed, CrashedText, OpenFolder, Data            string
	Erase, EraseText, EraseStays, EraseSure, EraseNow string
	Kept                                              map[string]string
	NothingKept                                       string
}

// Raise brings the window to the front, as when the program is started again;
// the rooms are watched too. It may be called from any goroutine.
func (w *Window) Raise(rooms []event.RoomID) {
	w.do(func() {
		w.window.Show()
		w.window.RequestFocus()
		for _, id := range rooms {
			w.join(id, true, func(_ event.Status, err error) {
				if err != nil {
					w.cfg.Log.Warn("a room asked for by another start was not joined", "room", id, "err", err)
				}
			})
		}
	})
}

// sayCrash tells that the program died last time, and where the report is.
func (w *Window) sayCrash() {
	words := &w.words.Desk
	text := newProse(fmt.Sprintf(words.CrashedText, filepath.Base(w.cfg.Crash)), dimInk)
	text.restyle(w.palette)
	folder := newChip(words.OpenFolder, theme.FolderOpenIcon(), func() { w.open(filepath.Dir(w.cfg.Crash)) }).with(chipPlain)
	ok := newChip(w.words.OK, nil, w.closeSheet)
	for _, c := range []*chip{folder, ok} {
		c.restyle(w.palette)
	}
	foot := container.NewBorder(nil, nil, nil, container.NewHBox(folder, ok))
	s := w.openSheet(words.Crashed, container.NewBorder(nil, foot, nil, nil, text), 480, 230)
	s.note = text
}

// askErase says what would be deleted, and deletes it when the user is sure.
func (w *Window) askErase() {
	words := &w.words.Desk
	kept := w.cfg.Data.Kept()
	body := container.NewVBox()
	say := func(text string, from *prose) *prose {
		from.text = text
		from.restyle(w.palette)
		body.Add(from)
		return from
	}
	if len(kept) == 0 {
		say(words.NothingKept, newProse("", dimInk))
		w.openSheet(words.Erase, body, 460, 160)
		return
	}
	note := say(words.EraseText, newProse("", badInk))
	for _, k := range kept {
		line := newPane(fyne.NewSize(200, 42), nil)
		line.paint = func(c *cell, size fyne.Size) {
			right := byteSize(k.Bytes)
			rw := measure(right, 12, false)
			c.write(0, 2, 20, cutTo(words.Kept[string(k.Kind)], 13, true, size.Width-rw-12), 13, true, w.palette.text)
			c.write(size.Width-rw, 2, 20, right, 12, false, w.palette.dim)
			c.write(0, 21, 18, cutTo(k.Path, 11, false, size.Width), 11, false, w.palette.faint)
		}
		body.Add(line)
	}
	say(words.EraseStays, newProse("", dimInk))
	now := newChip(words.EraseNow, theme.DeleteIcon(), nil)
	sure := newCheck(w, words.EraseSure, func(on bool) { show(now, on) })
	now.tap = func() {
		if sure.Checked {
			w.erasing = true
			w.cfg.Data.EraseAtEnd()
			w.window.Close()
		}
	}
	now.restyle(w.palette)
	now.Hide()
	foot := container.New(highAs(38), container.NewBorder(nil, nil, sure, now))
	s := w.openSheet(words.Erase, container.NewBorder(nil, foot, nil, nil, container.NewVScroll(body)), 520, 470)
	s.note = note
}
