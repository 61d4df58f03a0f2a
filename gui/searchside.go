package gui

import (
	"context"
	"time"

	"danmaku/event"
	"danmaku/gui/model"
)

// The panel beside the hits of the search page.

// around shows what was said around a hit.
func (s *search) around(hit *model.Row) {
	if s.w.cfg.Archive == nil {
		return
	}
	s.openSide(nil)
	ctx, cancel := context.WithTimeout(s.w.ctx, searchTimeout)
	run := s.run
	s.w.spawn(func() {
		defer cancel()
		before := event.Filter{Rooms: []event.RoomID{hit.Room}, From: hit.At - aroundSpan, To: hit.At + 1, Newest: true, ByClock: true, Limit: 3 * aroundRows}
		after := event.Filter{Rooms: []event.RoomID{hit.Room}, From: hit.At + 1, To: hit.At + aroundSpan, ByClock: true, Limit: 3 * aroundRows}
		var old, young []event.Event
		var failed error
		for e, err := range s.w.cfg.Archive.Query(ctx, before) {
			if failed = err; err != nil {
				break
			}
			old = append(old, e)
		}
		for e, err := range s.w.cfg.Archive.Query(ctx, after) {
			if err != nil {
				failed = err
				break
			}
			young = append(young, e)
		}
		s.w.do(func() {
			if run == s.run && s.person == nil {
				if failed != nil { // half of it would look like all
					old, young = nil, nil
				}
				s.showAround(hit, old, young)
				if failed != nil {
					s.side.empty.set(s.w.words.searchError(failed))
				}
			}
		})
	})
}

// showAround lists what was before a hit, newest first in old, and after it.
func (s *search) showAround(hit *model.Row, old, young []event.Event) {
	var rows []*model.Row
	for i := len(old) - 1; i >= 0; i-- {
		if r := s.w.model.RowOf(&old[i]); r != nil && r.Kind != model.RowArrival {
			rows = append(rows, r)
		}
	}
	for i := range young {
		if r := s.w.model.RowOf(&young[i]); r != nil && r.Kind != model.RowArrival {
			rows = append(rows, r)
		}
	}
	f := s.side.feed
	f.Clear()
	s.side.empty.set(s.w.words.NothingFound)
	at := int64(-1)
	for _, r := range rows {
		r.Highlight = r.Seq == hit.Seq && hit.Seq != 0
		if r.Highlight {
			at = f.End()
		}
		f.Append(r)
	}
	s.side.reset()
	if at >= 0 {
		f.ScrollTo(at, s.side.size.Height, s.side.size.Height/3)
	}
	s.side.update(time.Now())
}

// openSide shows the panel beside the hits: of a person, or around a hit.
func (s *search) openSide(p *person) {
	s.person, s.sideOpen = p, true
	s.sidePen.rooms = false
	s.side.feed.Clear()
	s.side.empty.set(s.w.words.Searching)
	s.side.picked = nil
	s.side.reset()
	s.box.Refresh()
	s.relayout()
	if !s.entry.Visible() { // nobody types into a box that is not there
		s.w.window.Canvas().Unfocus()
	}
}

func (s *search) relayout() {
	s.box.Layout.Layout(nil, s.box.Size())
	s.ground.repaint()
	s.sideHead.repaint()
	s.list.update(time.Now())
	s.side.update(time.Now())
}

// shutSide closes the panel. Who came for it alone is back where that was.
func (s *search) shutSide() {
	if s.from != pageSearch {
		s.w.openPage(s.from)
		return
	}
	s.sideOpen, s.person = false, nil
	s.relayout()
	s.w.window.Canvas().Focus(s.entry)
}
