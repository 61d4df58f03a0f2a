package store

import (
	"strings"
	"testing"

	"danmaku/event"
)

// searchArchive makes an archive with several parts of the index, rooms of very
// different size, and texts in many scripts; it returns the events without Raw.
func searchArchive(t *testing.T, n int) (*Archive, []event.Event) {
	a := open(t, Options{RawKeep: -1, partSize: 2048})
	g := newGenerator(11)
	for len(g.rooms) < 40 {
		g.rooms = append(g.rooms, event.RoomID(100+len(g.rooms)))
	}
	var all []event.Event
	for len(all) < n {
		batch := make([]event.Event, 300)
		for i := range batch {
			e := g.event()
			if g.flip() {
				e = g.kind(event.KindComment)
			}
			if e.Comment != nil {
				e.Comment.Text = g.longText()
			}
			e.Raw = nil
			e.Room = g.rooms[min(g.IntN(40), g.IntN(40), g.IntN(40))]
			batch[i] = e
		}
		all = append(all, appendAll(t, a, batch)...)
	}
	return a, all
}

func TestSearchFindsWhatMatchFinds(t *testing.T) {
	a, all := searchArchive(t, 6000)
	folded := make([]string, len(all))
	for i := range all {
		folded[i] = event.Fold(all[i].Text())
	}
	g := newGenerator(12)
	hits := 0
	for range 500 {
		f := event.Filter{Text: g.part(all[g.IntN(len(all))].Text()), Newest: g.flip()}
		if g.IntN(5) == 0 {
			f.Text = g.word() + g.word()
		}
		if g.IntN(8) == 0 {
			f.Rooms = []event.RoomID{g.rooms[g.IntN(3)], 100 + event.RoomID(g.IntN(40))}
		}
		if g.IntN(8) == 0 {
			f.Kinds = []event.Kind{event.KindSuperChat, event.KindComment}
		}
		want := map[int64]bool{}
		bare, text := f, event.Fold(f.Text)
		bare.Text = ""
		for i := range all { // what Match does, without folding everything again
			if strings.Contains(folded[i], text) && bare.Match(&all[i]) {
				want[all[i].Seq] = true
			}
		}
		got := ask(t, a, f)
		last := int64(0)
		for i, e := range got {
			if !want[e.Seq] {
				t.Fatalf("%+v: event %d is not wanted or came twice", f, e.Seq)
			}
			delete(want, e.Seq)
			if i > 0 && (e.Seq < last) != f.Newest {
				t.Fatalf("%+v: event %d after %d", f, e.Seq, last)
			}
			last = e.Seq
		}
		if len(want) > 0 {
			t.Fatalf("%+v: %d found, %d missed", f, len(got), len(want))
		}
		hits += len(got)
	}
	if hits < 5000 {
		t.Errorf("only %d hits: the queries are not worth much", hits)
	}
}

func TestFiltersFindWhatMatchFindsInALargerArchive(t *testing.T) {
	a, all := searchArchive(t, 6000)
	g := newGenerator(13)
	for n := range 100 {
		f := g.filter(all)
		var want []event.Event
		for _, e := range all {
			if f.Match(&e) && (f.Before == 0 || e.Seq < f.Before) {
				want = append(want, e)
			}
		}
		if f.Newest {
			reverse(want)
		}
		if f.Limit > 0 && len(want) > f.Limit {
			want = want[:f.Limit]
		}
		got := ask(t, a, f)
		if len(got) != len(want) {
			t.Fatalf("filter %d %+v: %d events, want %d", n, f, len(got), len(want))
		}
		same(t, got, want)
	}
}
