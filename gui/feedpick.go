package gui

import (
	"slices"

	"fyne.io/fyne/v2"

	"danmaku/gui/model"
)

// A row of a list can be picked by a click or by the keyboard: Enter picks the newest in
// sight, in lists that are read from the top the first, up and down go on from there, Enter again opens its menu.

// pick does what a key does to the picked row, and reports whether the key was
// for that.
func (v *feedView) pick(k fyne.KeyName) bool {
	at := v.pickedAt()
	switch k {
	case fyne.KeyReturn, fyne.KeyEnter:
		if v.menu == nil || len(v.shown) == 0 {
			return false
		}
		switch {
		case at >= 0:
		case v.fromTop:
			i := slices.IndexFunc(v.shown, func(s shownRow) bool { return s.y >= 0 })
			v.choose(v.shown[max(0, i)].row)
			return true
		default:
			v.scroll(-1) // hold the list still
			v.choose(v.shown[len(v.shown)-1].row)
			return true
		}
		s := &v.shown[at]
		top, end := max(0, s.y), min(s.y+s.h, v.size.Height)
		v.menu(s.row, fyne.CurrentApp().Driver().AbsolutePositionForObject(v).AddXY(rowX, end), end-top)
	case fyne.KeyUp:
		if v.picked == nil {
			return false
		}
		if at > 0 {
			v.choose(v.shown[at-1].row)
		}
		if at < 2 {
			v.scroll(-60)
		}
	case fyne.KeyDown:
		if v.picked == nil {
			return false
		}
		if at >= 0 && at < len(v.shown)-1 {
			v.choose(v.shown[at+1].row)
		}
		if at < 0 || at > len(v.shown)-3 {
			v.scroll(60)
		}
	default:
		return false
	}
	return true
}

// click picks a row, or no longer if it was.
func (v *feedView) click(r *model.Row, _ fyne.Position) {
	if v.picked == r {
		v.choose(nil)
		return
	}
	v.scroll(-1) // hold the list still
	v.choose(r)
}

// pickedAt is where the picked row is among those in sight, or -1.
func (v *feedView) pickedAt() int {
	for i := range v.shown {
		if v.picked != nil && v.shown[i].row == v.picked {
			return i
		}
	}
	return -1
}

// choose picks a row, nil for none.
func (v *feedView) choose(r *model.Row) {
	v.picked = r
	v.notify()
}
