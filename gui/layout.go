package gui

import (
	"fyne.io/fyne/v2"
)

// Widths at which the window is arranged in another way.
const (
	wideFrom = 1000
	slimFrom = 680
)

// rootLayout arranges the window: rooms, chat and gifts side by side when there
// is room for all, rooms as discs when there is less, and one at a time when
// the window is narrow.
type rootLayout struct{ w *Window }

func (l *rootLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(340, 260) }

func (l *rootLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	w := l.w
	place := func(o fyne.CanvasObject, x, y, width, height float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, width), max(0, height)))
	}
	show := func(o fyne.CanvasObject, on bool) {
		if on != o.Visible() {
			if on {
				o.Show()
			} else {
				o.Hide()
			}
		}
	}
	w.narrow = size.Width < slimFrom
	side, column := float32(sidebarWide), float32(columnWidth)
	switch {
	case w.narrow:
		side, column = 0, 0
	case size.Width < wideFrom:
		side, column = sidebarSlim, max(220, size.Width*0.3)
	}
	middle := size.Width - side - column
	show(w.side.box, !w.narrow)
	show(w.rooms, w.narrow)
	show(w.tabs.box, w.narrow && w.page == pageLive)
	show(w.strip.scroll, w.narrow && w.page == pageLive && w.tabs.chosen != tabPaid && len(w.model.Shown().Pinned()) > 0) // there they stand anyway
	live := w.page == pageLive
	show(w.column.box, live && (!w.narrow || w.tabs.chosen == tabPaid))
	show(w.chat, live && w.tabs.chosen != tabStage && (!w.narrow || w.tabs.chosen == tabChat))
	show(w.actor.box, live && w.tabs.chosen == tabStage)
	show(w.curtain, !w.narrow)
	show(w.search.box, w.page == pageSearch)
	show(w.past.box, w.page == pagePast)

	foot := size.Height - statusHeight
	place(w.status, 0, foot, size.Width, statusHeight)
	if !w.narrow {
		place(w.side.box, 0, 0, side, foot)
	}
	place(w.header, side, 0, size.Width-side, headerHeight)
	place(w.rooms, 10, (headerHeight-32)/2, 38, 32)
	place(w.seek, size.Width-48, (headerHeight-34)/2, 38, 34)
	place(w.curtain, size.Width-90, (headerHeight-34)/2, 38, 34)
	history := size.Width - 132
	if w.narrow {
		history = size.Width - 90
	}
	place(w.history, history, (headerHeight-34)/2, 38, 34)
	y := float32(headerHeight)
	banner := w.bannerHeight(size.Width - side)
	show(w.banner, banner > 0)
	place(w.banner, side, y, size.Width-side, banner)
	y += banner
	place(w.search.box, side, y, size.Width-side, foot-y)
	place(w.past.box, side, y, size.Width-side, foot-y)
	play := w.replay.bar.height(size.Width - side)
	show(w.replay.bar.box, live && play > 0)
	if live {
		foot -= play
	}
	place(w.replay.bar.box, side, foot, size.Width-side, play)
	if w.narrow && w.page == pageLive {
		place(w.tabs.box, 0, y, size.Width, tabsHeight)
		y += tabsHeight
		if w.strip.scroll.Visible() {
			place(w.strip.scroll, 0, y, size.Width, stripHeight)
			y += stripHeight
		}
		place(w.chat, 0, y, size.Width, foot-y)
		place(w.actor.box, 0, y, size.Width, foot-y)
		place(w.column.box, 0, y, size.Width, foot-y)
	} else {
		place(w.chat, side, y, middle, foot-y)
		place(w.actor.box, side, y, middle, foot-y)
		place(w.column.box, side+middle, y, column, foot-y)
	}
	note := w.notice.box.MinSize()
	note.Width = min(note.Width, size.Width-side-24)
	place(w.notice.box, side+(size.Width-side-note.Width)/2, size.Height-statusHeight-note.Height-56, note.Width, note.Height)
	note = w.called.box.MinSize()
	note.Width = min(note.Width, size.Width-side-24)
	place(w.called.box, side+(size.Width-side-note.Width)/2, size.Height-statusHeight-2*note.Height-64, note.Width, note.Height) // above the other
	place(w.welcome.box, side, 0, size.Width-side, size.Height-statusHeight)
}
