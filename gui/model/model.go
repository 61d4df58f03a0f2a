package model

import (
	"hash/maphash"
	"slices"

	"danmaku/event"
)

// Rules is what the user asked of the lists. The zero Rules show everything
// but arrivals, repeats one by one.
type Rules struct {
	FoldRepeats bool
	Arrivals    bool
	// Cheap hides gifts below a price from the list, not from the sums.
	Cheap event.Money
	// Muted names the rules that hide an event, Highlight tells whether one marks
	// it; nil decides nothing. What is hidden is held all the same: a row is shown
	// again when the last rule that hides it goes; see Row.Unmute.
	Muted     func(*event.Event) []string
	Highlight func(*event.Event) bool
}

// Model is everything the window knows. It is not for concurrent use.
type Model struct {
	Rules Rules
	Rooms []*Room // those of Order in that order, then the others as they were joined
	Order []event.RoomID
	All   *Room // all rooms in one list; its Status is empty
	// Replay is the past on show like a live room; nil: none. See StartReplay.
	Replay *Room
	// Selected is the room on show, nil when all are.
	Selected *Room
	// Lagged counts events the window could not be given.
	Lagged int64
	Link   *Link // nil: the window has sessions of its own
	Events int64 // taken in

	limit  int
	packer *packer
	byID   map[event.RoomID]*Room
	intern interned
	seed   maphash.Seed
}

// Changed says what an Apply touched, so that only that is drawn again.
type Changed struct {
	Chat, Paid, Pins bool // of the room on show
	Rooms            bool // states, titles, unread counts
	Stats            bool // numbers of the room on show
	Shown            int  // rows added to the chat on show
}

// New returns an empty model that keeps at most limit rows of chat per list;
// 0 means 100,000.
func New(limit int) *Model {
	if limit <= 0 {
		limit = defaultLimit
	}
	p := &packer{}
	return &Model{limit: limit, packer: p, All: newRoom(0, limit, p), byID: make(map[event.RoomID]*Room), seed: maphash.MakeSeed()}
}

// Room returns a watched room, or nil.
func (m *Model) Room(id event.RoomID) *Room { return m.byID[id] }

// One returns the only room on show: the selected one, or the only one there
// is; nil when several share the list.
func (m *Model) One() *Room {
	if m.Selected == nil && len(m.Rooms) == 1 {
		return m.Rooms[0]
	}
	return m.Selected
}

// Shown returns what is on show: One, or All.
func (m *Model) Shown() *Room {
	if r := m.One(); r != nil {
		return r
	}
	return m.All
}

// Select puts a room on show, nil for all of them, and marks it read.
func (m *Model) Select(r *Room) {
	m.Selected = r
	if r != nil {
		r.Unread = 0
		return
	}
	for _, r := range m.Rooms {
		r.Unread = 0
	}
}

// room returns the room of an id, watching it from now on; nil for what comes
// late of a replay that is over.
func (m *Model) room(id event.RoomID) *Room {
	if r := m.byID[id]; r != nil || id < 0 {
		return r
	}
	r := newRoom(id, m.limit, m.packer)
	r.Chat.Height, r.Paid.Height = m.All.Chat.Height, m.All.Paid.Height
	m.byID[id] = r
	rank := func(id event.RoomID) int {
		if i := slices.Index(m.Order, id); i >= 0 {
			return i
		}
		return len(m.Order)
	}
	at := slices.IndexFunc(m.Rooms, func(o *Room) bool { return rank(o.Status.Room) > rank(id) })
	if at < 0 {
		at = len(m.Rooms)
	}
	m.Rooms = slices.Insert(m.Rooms, at, r)
	return r
}

// Leave forgets a room. Rows of it stay in the list of all rooms.
func (m *Model) Leave(id event.RoomID) {
	r := m.byID[id]
	if r == nil {
		return
	}
	delete(m.byID, id)
	m.Rooms = slices.DeleteFunc(m.Rooms, func(o *Room) bool { return o == r })
	if m.Selected == r {
		m.Selected = nil
	}
	m.All.Pins = slices.DeleteFunc(m.All.Pins, func(p *Pin) bool { return p.Room == id })
}

// Apply takes items in, in order. now is the wall clock.
func (m *Model) Apply(items []Item, now event.Millis) Changed {
	var ch Changed
	for i := range items {
		switch it := &items[i]; {
		case it.Event != nil:
			m.event(it.Event, now, &ch)
		case it.Status != nil:
			m.status(it.Status, &ch)
		case it.Gap != nil:
			m.gap(it.Gap, &ch)
		case it.Lagged > 0:
			m.Lagged += it.Lagged
			r := &Row{Kind: RowLagged, Lagged: it.Lagged, At: now}
			for _, room := range m.Rooms {
				m.add(room.Chat, r, &ch)
			}
			m.add(m.All.Chat, r, &ch)
		case it.Link != nil:
			m.Link = it.Link
			ch.Rooms, ch.Stats = true, true
		case it.Left != 0:
			m.Leave(it.Left)
			ch.Rooms, ch.Chat, ch.Paid, ch.Pins, ch.Stats = true, true, true, true, true
		}
	}
	return ch
}

// add appends to a list and notes it when that list is on show.
func (m *Model) add(f *Feed, r *Row, ch *Changed) {
	f.Append(r)
	if r.Hidden() {
		return
	}
	switch f {
	case m.Shown().Chat:
		ch.Chat = true
		ch.Shown++
	case m.Shown().Paid:
		ch.Paid = true
	}
}

// chat adds a row to the lists of its room and of all rooms.
func (m *Model) chat(room *Room, r *Row, ch *Changed) {
	m.add(room.Chat, r, ch)
	if room.Replay {
		return
	}
	m.add(m.All.Chat, r, ch)
	if one := m.One(); one != nil && one != room && r.Mine() && !r.Backlog && !r.Hidden() {
		room.Unread++
		ch.Rooms = true
	}
}

func (m *Model) paid(room *Room, r *Row, ch *Changed) {
	m.add(room.Paid, r, ch)
	if !room.Replay {
		m.add(m.All.Paid, r, ch)
	}
}

func (m *Model) status(s *event.Status, ch *Changed) {
	if s.Room == 0 {
		return
	}
	r := m.room(s.Room)
	if s.Live && s.LiveFrom != 0 && r.Status.LiveFrom != 0 && s.LiveFrom > r.Status.LiveFrom+60_000 {
		r.Totals = Totals{} // another broadcast
	}
	r.Status = *s
	ch.Rooms, ch.Stats = true, true
}

func (m *Model) gap(g *event.Gap, ch *Changed) {
	if g.Room == 0 { // between the relay and us: in every room
		for _, r := range m.Rooms {
			own := *g
			own.Room = r.Status.Room
			m.gap(&own, ch)
		}
		return
	}
	room := m.room(g.Room)
	if room == nil {
		return
	}
	var until event.Millis
	if g.To != nil {
		until = *g.To
	}
	row := room.open[g.From]
	if row == nil {
		row = &Row{Kind: RowGap, Room: g.Room, At: g.From, Action: string(g.Cause), Detail: CleanText(g.Detail)}
		m.sums(room, func(r *Room) {
			r.Gaps++
			m.add(r.Chat, row, ch)
		})
	}
	row.Until = until
	if until == 0 {
		room.open[g.From] = row
	} else {
		delete(room.open, g.From)
		m.sums(room, func(r *Room) { r.Missed += until - g.From })
	}
	m.changed(room, row, ch)
	ch.Stats = true
}

// changed notes that a row says something else now.
func (m *Model) changed(room *Room, row *Row, ch *Changed) {
	row.Version++
	room.Chat.Changed(row)
	m.All.Chat.Changed(row)
	room.Paid.Changed(row)
	m.All.Paid.Changed(row)
	ch.Chat, ch.Paid = true, true
}

// Expire drops the pins that are over, in every room.
func (m *Model) Expire(now event.Millis) (shown bool) {
	for _, r := range m.every() {
		if r.Expire(now) && r == m.Shown() {
			shown = true
		}
	}
	return shown
}

// every returns all rooms there are lists of: the watched ones, a replay, and
// that of all.
func (m *Model) every() []*Room {
	rooms := append(m.Rooms[:len(m.Rooms):len(m.Rooms)], m.All)
	if m.Replay != nil {
		rooms = append(rooms, m.Replay)
	}
	return rooms
}

// sums does something for a room and for the sum of all, of which a replay is
// no part.
func (m *Model) sums(room *Room, do func(*Room)) {
	do(room)
	if !room.Replay {
		do(m.All)
	}
}

// Edit lets do change every row of every list; see [Feed.Edit].
func (m *Model) Edit(do func(*Row)) {
	for _, r := range m.every() {
		r.Chat.Edit(do)
		r.Paid.Edit(do)
	}
}

// Relayout says that rows have other heights now, in every list.
func (m *Model) Relayout() {
	for _, r := range m.every() {
		r.Chat.Relayout()
		r.Paid.Relayout()
	}
}

// Measure gives every list the functions that measure rows.
func (m *Model) Measure(chat, paid func(*Row) float32) {
	for _, r := range m.every() {
		r.Chat.Height, r.Paid.Height = chat, paid
	}
}

// Missed is how long the gaps of a room, or of all, last, those that are still
// open up to a moment.
func (m *Model) Missed(r *Room, now event.Millis) event.Millis {
	rooms := []*Room{r}
	if r == m.All {
		rooms = m.Rooms
	}
	missed := r.Missed
	for _, o := range rooms {
		for from := range o.open {
			missed += max(0, now-from)
		}
	}
	return missed
}
