package model

import "danmaku/event"

// StartReplay makes room for the past: a room with a number below 0, of its
// own, which is taken in like any other but counts nowhere else. A replay that
// runs already begins anew in its place, with nothing in its lists; what still
// comes under its former number is dropped.
func (m *Model) StartReplay(s event.Status, totals Totals) *Room {
	r := m.Replay
	if r == nil {
		r = newRoom(s.Room, m.limit, m.packer)
		r.Replay = true
		r.Chat.Height, r.Paid.Height = m.All.Chat.Height, m.All.Paid.Height
		m.Replay = r
	} else {
		delete(m.byID, r.Status.Room)
		r.Chat.Clear()
		r.Paid.Clear()
		r.Pins, r.Stats, r.Rate, r.Gaps, r.Missed = nil, event.Stats{}, Rate{}, 0, 0
		clear(r.open)
	}
	r.Status, r.Totals = s, totals
	m.byID[s.Room] = r
	return r
}

// EndReplay forgets the replay.
func (m *Model) EndReplay() {
	if m.Replay == nil {
		return
	}
	delete(m.byID, m.Replay.Status.Room)
	if m.Selected == m.Replay {
		m.Selected = nil
	}
	m.Replay = nil
}
