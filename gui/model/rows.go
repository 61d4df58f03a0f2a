package model

import (
	"hash/maphash"
	"slices"
	"strings"

	"danmaku/event"
)

const (
	recent     = 16     // how many rows back a repeat or combo is looked for
	repeatSpan = 12_000 // milliseconds in which a repeat is folded
	comboSpan  = 20_000 // between two parts of a combo of gifts
)

// event takes one event in.
func (m *Model) event(e *event.Event, now event.Millis, ch *Changed) {
	if e.Room == 0 {
		return
	}
	room := m.room(e.Room)
	if room == nil {
		return
	}
	m.Events++
	if !e.Backlog {
		m.sums(room, func(r *Room) { r.Rate.Add(e.Received, 1) })
	}
	if e.Of != "" {
		return // repeats another event
	}
	var muted []string
	if m.Rules.Muted != nil {
		muted = m.Rules.Muted(e)
	}
	row := func() *Row {
		r := m.RowOf(e)
		if r != nil {
			r.Muted = muted
		}
		return r
	}
	switch {
	case e.Comment != nil:
		m.comment(room, e, row(), ch)
	case e.SuperChat != nil:
		m.superChat(room, e, row(), now, ch)
	case e.SuperChatDelete != nil:
		m.unpin(room, e.SuperChatDelete.IDs, ch)
	case e.Gift != nil:
		m.gift(room, e, row(), ch)
	case e.Guard != nil:
		m.guard(room, e, row(), ch)
	case e.Live != nil:
		if !room.Status.Live || e.Live.Start != 0 && e.Live.Start > room.Status.LiveFrom+60_000 {
			m.chat(room, row(), ch)
		}
	case e.RoomInfo != nil:
		room.Status.Title = e.RoomInfo.Title
		ch.Rooms, ch.Stats = true, true
		m.chat(room, row(), ch)
	case e.Stats != nil:
		m.stats(room, e.Stats, ch)
	case e.Moderation != nil && strings.HasPrefix(e.Moderation.Action, "recall"):
		m.recall(room, e.Moderation, ch)
	case e.Enter != nil, e.Follow != nil, e.Share != nil, e.Like != nil:
		if m.Rules.Arrivals {
			m.chat(room, row(), ch)
		}
	default:
		if r := row(); r != nil {
			m.chat(room, r, ch)
		}
	}
}

// RowOf makes the row that shows one event; nil for events that have none.
func (m *Model) RowOf(e *event.Event) *Row {
	switch {
	case e.Comment != nil:
		c := e.Comment
		r := m.row(RowComment, e)
		r.Text = m.intern.text(CleanText(c.Text))
		r.touched = r.At
		r.Color = ParseColor(c.Color, 0xffffff)
		r.Emotes, r.Sticker = c.Emotes, c.Sticker
		r.Mirror, r.Lottery = c.Mirror, c.Lottery
		r.Mode = c.Mode
		if c.ReplyTo != nil {
			r.Reply = m.intern.text(CleanName(c.ReplyTo.Name))
		}
		return r
	case e.SuperChat != nil:
		s := e.SuperChat
		r := m.row(RowSuperChat, e)
		r.Text, r.Price, r.Paid = CleanText(s.Text), s.Price, true
		r.Back = ParseColor(s.Background, 0)
		if s.Translated != "" {
			r.Detail = CleanText(s.Translated)
		}
		start := s.Start
		if start == 0 {
			start = r.At
		}
		if r.Until = s.End; r.Until == 0 {
			r.Until = start + event.Millis(s.Seconds)*1000
		}
		return r
	case e.Gift != nil:
		g := e.Gift
		r := m.row(RowGift, e)
		r.Item, r.Count, r.Paid = m.intern.text(CleanName(g.Name)), max(1, g.Count), g.Paid
		r.combo, r.Icon = g.Combo, m.intern.text(g.Icon)
		if g.Paid {
			r.Price = g.Total
		}
		r.touched = r.At
		return r
	case e.Guard != nil:
		g := e.Guard
		r := m.row(RowGuard, e)
		r.Item, r.Count, r.Unit, r.Level = m.intern.text(CleanName(g.Name)), max(1, g.Count), CleanName(g.Unit), g.Level
		r.Price, r.Paid = g.Price, true
		if g.Renewal {
			r.Action = "renewal"
		}
		return r
	case e.Enter != nil, e.Follow != nil, e.Share != nil, e.Like != nil:
		r := m.row(RowArrival, e)
		r.Action = string(e.Kind)
		if e.Like != nil {
			r.Count = e.Like.Count
		}
		return r
	case e.Live != nil:
		return m.row(RowLive, e)
	case e.Offline != nil:
		return m.row(RowOffline, e)
	case e.RoomInfo != nil:
		r := m.row(RowTitle, e)
		r.Text = CleanText(e.RoomInfo.Title)
		return r
	case e.Moderation != nil:
		r := m.row(RowModeration, e)
		r.Action, r.Detail, r.Text = e.Moderation.Action, CleanName(e.Moderation.Target), CleanText(e.Moderation.Text)
		r.Until = e.Moderation.Until
		return r
	case e.RedPacket != nil && e.RedPacket.Phase == "start":
		r := m.row(RowRedPacket, e)
		r.Price, r.Text = e.RedPacket.Value, CleanText(e.RedPacket.Comment)
		return r
	case e.Lottery != nil && e.Lottery.Phase == "start":
		r := m.row(RowLottery, e)
		r.Item, r.Count, r.Text = CleanName(e.Lottery.Name), e.Lottery.Count, CleanText(e.Lottery.Comment)
		return r
	case e.Notice != nil && e.Notice.Text != "":
		r := m.row(RowNotice, e)
		r.Text = CleanText(e.Notice.Text)
		return r
	}
	return nil
}

// row makes the row of an event with what all kinds share.
func (m *Model) row(kind RowKind, e *event.Event) *Row {
	r := &Row{Kind: kind, Room: e.Room, At: e.At, Seq: e.Seq, Key: e.Key, Backlog: e.Backlog, Count: 1, Color: 0xffffff}
	if r.At == 0 {
		r.At = e.Received
	}
	if u := e.User; u != nil {
		r.UserID = u.ID
		r.Name = m.intern.text(CleanName(u.Name))
		r.Guard, r.Admin = int8(u.Guard), u.Admin
		r.Medal = m.intern.medal(u.Medal)
		r.Lit = u.Medal != nil && u.Medal.Lit
	}
	if m.Rules.Highlight != nil {
		r.Highlight = m.Rules.Highlight(e)
	}
	return r
}

func (m *Model) comment(room *Room, e *event.Event, r *Row, ch *Changed) {
	c := e.Comment
	if !e.Backlog {
		m.sums(room, func(r *Room) { r.Totals.Comments++ })
		ch.Stats = true
	}
	if m.Rules.FoldRepeats && c.Sticker == nil && c.ReplyTo == nil && !r.Hidden() {
		folded := m.intern.text(strings.TrimSpace(event.Fold(CleanText(c.Text))))
		if first := m.earlier(room.Chat, folded, e); first != nil {
			first.Count++
			first.touched = e.At
			m.changed(room, first, ch)
			return
		}
		r.folded = folded
	}
	m.chat(room, r, ch)
}

// earlier finds the row that says the same and is still near.
func (m *Model) earlier(f *Feed, folded string, e *event.Event) *Row {
	if folded == "" {
		return nil
	}
	for i := f.End() - 1; i >= f.First() && i >= f.End()-recent; i-- {
		r := f.Row(i)
		if r.Kind == RowComment && r.folded == folded && !r.Recalled && !r.Hidden() && r.Backlog == e.Backlog && e.At-r.touched <= repeatSpan && e.At-r.touched >= -repeatSpan {
			return r
		}
	}
	return nil
}

func (m *Model) superChat(room *Room, e *event.Event, r *Row, now event.Millis, ch *Changed) {
	s := e.SuperChat
	start := s.Start
	if start == 0 {
		start = r.At
	}
	if !e.Backlog {
		m.sum(room, r, func(t *Totals) { t.SuperChats += s.Price }, ch)
	}
	m.chat(room, r, ch)
	m.paid(room, r, ch)
	if r.Until > now {
		p := &Pin{Row: r, Start: start, ID: s.ID}
		m.sums(room, func(r *Room) { r.pin(p) })
		ch.Pins = true
	}
}

func (m *Model) unpin(room *Room, ids []string, ch *Changed) {
	for _, r := range []*Room{room, m.All} {
		for _, p := range r.Pins {
			if p.Room == room.Status.Room && slices.Contains(ids, p.ID) {
				p.Recalled = true
				m.changed(room, p.Row, ch)
			}
		}
		r.Pins = slices.DeleteFunc(r.Pins, func(p *Pin) bool { return p.Recalled })
	}
	ch.Pins = true
}

func (m *Model) gift(room *Room, e *event.Event, r *Row, ch *Changed) {
	if !e.Backlog {
		m.sum(room, r, func(t *Totals) { t.Gifts += e.Paid() }, ch)
	}
	for i := room.Paid.End() - 1; i >= room.Paid.First() && i >= room.Paid.End()-recent; i-- {
		q := room.Paid.Row(i)
		if q.Kind == RowGift && q.UserID == r.UserID && q.Name == r.Name && q.Item == r.Item && q.Paid == r.Paid && q.Hidden() == r.Hidden() &&
			(q.combo == r.combo && r.combo != "" || r.At-q.touched <= comboSpan) {
			q.Count += r.Count
			q.Price += r.Price
			q.touched = r.At
			m.changed(room, q, ch)
			return
		}
	}
	if m.Rules.Cheap > 0 && r.Price < m.Rules.Cheap {
		return
	}
	m.paid(room, r, ch)
}

func (m *Model) guard(room *Room, e *event.Event, r *Row, ch *Changed) {
	if !e.Backlog {
		m.sum(room, r, func(t *Totals) { t.Guards += r.Price }, ch)
	}
	m.chat(room, r, ch)
	m.paid(room, r, ch)
}

// sum adds to the totals of the room and of all rooms.
func (m *Model) sum(room *Room, r *Row, add func(*Totals), ch *Changed) {
	ch.Stats = true
	m.sums(room, func(room *Room) {
		t := &room.Totals
		add(t)
		if !r.Paid {
			return
		}
		if t.givers == nil {
			t.givers = make(map[uint64]struct{})
		}
		who := r.UserID
		if who == "" {
			who = r.Name
		}
		h := maphash.String(m.seed, who)
		if _, ok := t.givers[h]; !ok && len(t.givers) < 1<<20 {
			t.givers[h] = struct{}{}
			t.Givers++
		}
	})
}

func (m *Model) stats(room *Room, s *event.Stats, ch *Changed) {
	for _, p := range []struct {
		to   **int64
		from *int64
	}{
		{&room.Stats.Watched, s.Watched}, {&room.Stats.Online, s.Online}, {&room.Stats.Popularity, s.Popularity},
		{&room.Stats.Likes, s.Likes}, {&room.Stats.Followers, s.Followers}, {&room.Stats.FanClub, s.FanClub},
	} {
		if p.from != nil {
			*p.to = p.from
		}
	}
	ch.Stats = true
}

// recall strikes what an administrator took back out.
func (m *Model) recall(room *Room, mod *event.Moderation, ch *Changed) {
	f := room.Chat
	for i := f.End() - 1; i >= f.First() && i >= f.End()-2000; i-- {
		r := f.Row(i)
		if r.Kind != RowComment {
			continue
		}
		switch mod.Action {
		case "recall_all":
		case "recall_user":
			if r.UserID != mod.Target || mod.Target == "" {
				continue
			}
		default:
			if mod.Target == "" || r.Key != mod.Target && strings.TrimPrefix(r.Key, "dm:") != mod.Target {
				continue
			}
		}
		r.Recalled = true
		m.changed(room, r, ch)
	}
}
