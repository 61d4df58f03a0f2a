package gui

import (
	"context"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

// openPerson shows everything of one person: from the archive, newest first.
func (w *Window) openPerson(r *model.Row) {
	if from := w.page; from != pageSearch {
		w.openPage(pageSearch)
		w.search.from = from
	}
	p := &person{id: r.UserID, name: w.chatPen.name(r), rooms: make(map[event.RoomID]int)}
	w.search.openSide(p)
	w.search.askPerson(p, 0)
}

// askPerson reads what a person said before a position, newest first.
func (s *search) askPerson(p *person, before int64) {
	w := s.w
	if w.cfg.Archive == nil {
		s.side.empty.set(w.words.NoArchive)
		return
	}
	who := p.id
	if who == "" {
		who = p.name
	}
	p.asking = true
	ctx, cancel := context.WithTimeout(w.ctx, searchTimeout)
	w.spawn(func() {
		defer cancel()
		var events []event.Event
		var failed error
		oldest, read := int64(0), 0
		for e, err := range w.cfg.Archive.Query(ctx, event.Filter{User: who, Newest: true, ByClock: true, Limit: personPage, Before: before}) {
			if failed = err; err != nil {
				break
			}
			oldest = e.Seq
			if read++; p.id == "" || e.User != nil && e.User.ID == p.id {
				events = append(events, e)
			}
		}
		if read < personPage {
			oldest = 0
		}
		w.do(func() {
			if s.person == p {
				p.asking, p.oldest, p.problem = false, oldest, failed
				s.showPerson(p, events, before == 0)
			}
		})
	})
}

// morePerson reads on when the card is scrolled near its end.
func (s *search) morePerson() {
	p := s.person
	if p == nil || p.asking || p.oldest == 0 || s.side.feed.Total()-s.side.feed.Top(s.side.size.Height) > 3*float64(s.side.size.Height) {
		return
	}
	s.askPerson(p, p.oldest)
}

// showPerson adds what was read to the card.
func (s *search) showPerson(p *person, events []event.Event, first bool) {
	f := s.side.feed
	f.Hold(s.side.size.Height)
	for i := range events {
		e := &events[i]
		p.rooms[e.Room]++
		p.paid += e.Paid()
		if e.Comment != nil {
			p.comments++
		}
		if n := model.CleanName(e.User.Name); n != "" && !slices.Contains(p.names, n) && len(p.names) < 8 {
			p.names = append(p.names, n)
		}
		if p.last == 0 {
			p.last = e.At
		}
		p.first = e.At
		if r := s.w.model.RowOf(e); r != nil && r.Kind != model.RowArrival {
			f.Append(r)
		}
	}
	if rooms := len(p.rooms) > 1; rooms != s.sidePen.rooms {
		s.sidePen.rooms = rooms
		f.Relayout()
	}
	s.side.empty.set(s.w.words.NothingFound)
	if p.problem != nil {
		s.side.empty.set(s.w.words.searchError(p.problem))
	}
	s.relayout()
	if first {
		s.side.reset()
		f.ScrollTo(f.First(), s.side.size.Height, 0)
	}
	s.side.update(time.Now())
}

// facts are the lines of a person's card.
func (p *person) facts(w *words) []string {
	var lines []string
	if len(p.names) > 1 {
		lines = append(lines, fmt.Sprintf(w.FormerNames, strings.Join(p.names[1:], ", ")))
	}
	if p.first != 0 {
		const day, minute = "2006-01-02", "15:04"
		first, last := p.first.Time(), p.last.Time()
		switch {
		case first.Format(day) != last.Format(day):
			lines = append(lines, fmt.Sprintf(w.SeenFrom, first.Format(day), last.Format(day+" "+minute)))
		case first.Format(minute) != last.Format(minute):
			lines = append(lines, fmt.Sprintf(w.SeenFrom, first.Format(day+" "+minute), last.Format(minute)))
		default:
			lines = append(lines, first.Format(day+" "+minute))
		}
	}
	line := many(w.Comments, int64(p.comments), event.Grouped(int64(p.comments)))
	if p.oldest != 0 {
		line += "+" // so far
	}
	if p.paid > 0 {
		line += " · " + money(p.paid)
	}
	if len(p.rooms) > 1 {
		line += " · " + fmt.Sprintf(w.InRooms, len(p.rooms))
	}
	return append(lines, line)
}

// cardLine is a line of a person's card as it is drawn.
type cardLine struct {
	text string
	ink  color.NRGBA
}

// card are the lines of the person's card at a width. What is long, as many
// former names or a note, takes some lines and is then cut.
func (s *search) card(width float32) []cardLine {
	const most = 3
	var card []cardLine
	add := func(text string, ink color.NRGBA) {
		lines := breakLines(text, 12, width-32)
		if len(lines) > most {
			lines[most-1] = cutTo(strings.Join(lines[most-1:], ""), 12, false, width-32)
			lines = lines[:most]
		}
		for _, l := range lines {
			card = append(card, cardLine{l, ink})
		}
	}
	for _, f := range s.person.facts(s.w.words) {
		add(f, s.w.palette.dim)
	}
	if n := s.w.settings.Notes[s.person.key()]; n != "" {
		add(n, s.w.palette.warn)
	}
	return card
}

func (s *search) sideHeight(width float32) float32 {
	if s.person == nil {
		return 48
	}
	return 48 + 20*float32(len(s.card(width))) + 8
}

// key is what a person is remembered by.
func (p *person) key() string { return personKey(p.id, p.name) }

// personKey is the id, or the name of somebody whose id is hidden.
func personKey(id, name string) string {
	if id != "" {
		return id
	}
	return "name:" + name
}

func (s *search) paintSide(c *cell, size fyne.Size) {
	w := s.w
	c.rect(0, 0, size.Width, size.Height, w.palette.side, 0)
	c.rect(0, size.Height-1, size.Width, 1, w.palette.edge, 0)
	if s.person == nil {
		c.write(16, 0, 48, w.words.Around, 14, true, w.palette.text)
		return
	}
	name := s.person.name
	if len(s.person.names) > 0 {
		name = s.person.names[0]
	}
	c.disc(14, 8, 32, name, roomColor(event.RoomID(len(s.person.key()))))
	c.write(56, 0, 48, cutTo(name, 15, true, size.Width-110), 15, true, w.palette.text)
	y := float32(46)
	for _, l := range s.card(size.Width) {
		c.write(16, y, 20, l.text, 12, false, l.ink)
		y += 20
	}
}
