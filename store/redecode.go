package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"danmaku/event"
)

// Redecoded is what Redecode did.
type Redecoded struct {
	Commands int64 `json:"commands"` // looked at
	Failed   int64 `json:"failed"`   // that could not be decoded: their events stay
	Changed  int64 `json:"changed"`  // events that are different now
	Added    int64 `json:"added"`
	Removed  int64 `json:"removed"`
}

// Redecode decodes the commands as received anew, with the function given, and
// puts the events in the place of the former ones: with the same key, else in
// the same order. Further ones go to the end of the archive; those that no
// longer come out of the command are removed. An event keeps what is not in the
// command: its position, when it was received, and Backlog.
//
// Each lot of commands is one transaction; other programs may write meanwhile.
func (a *Archive) Redecode(ctx context.Context, decode func(room event.RoomID, received event.Millis, command []byte) ([]event.Event, error), progress Progress) (Redecoded, error) {
	rd := redecoding{decode: decode}
	var firsts []int64
	err := a.read(ctx, func(r *reader) (err error) {
		firsts, err = r.numbers(ctx, "select first from raw order by first")
		return err
	})
	for i, first := range firsts {
		if err != nil {
			break
		}
		var n Redecoded
		err = a.write(ctx, func(w *writer) error {
			n = Redecoded{}
			return rd.row(w, first, &n)
		})
		if err == nil {
			rd.n.add(n)
		}
		progress.tell(int64(i+1), int64(len(firsts)))
	}
	if err == nil {
		err = a.rebuild(ctx)
	}
	if err != nil {
		return rd.n, fmt.Errorf("store: decode anew: %w", err)
	}
	return rd.n, nil
}

func (n *Redecoded) add(m Redecoded) {
	n.Commands += m.Commands
	n.Failed += m.Failed
	n.Changed += m.Changed
	n.Added += m.Added
	n.Removed += m.Removed
}

type redecoding struct {
	decode func(event.RoomID, event.Millis, []byte) ([]event.Event, error)
	n      Redecoded
}

// row decodes one row of raw commands.
func (rd *redecoding) row(w *writer, first int64, n *Redecoded) error {
	ctx := context.Background()
	row, err := w.c.first(ctx, "select sealed, data from raw where first=?", first)
	if err != nil || row == nil {
		return err
	}
	var f frames
	commands, err := f.unpack(first, integer(row[0]) != 0, blob(row[1]))
	if err != nil {
		return err
	}
	var added []event.Event
	err = w.edit(func(ed *editor) error {
		for _, k := range commands {
			n.Commands++
			more, err := rd.command(ed, k, n)
			if err != nil {
				return err
			}
			added = append(added, more...)
		}
		return nil
	})
	if err != nil || len(added) == 0 {
		return err
	}
	if err := w.load(ctx); err != nil { // edit has left it to be read again
		return err
	}
	var stored []event.Event
	err = w.append(added, &stored)
	n.Added += int64(len(stored))
	return err
}

// twin finds the earlier event of the same command that an event is once more,
// -1: none. The same command may come twice in a moment without a key; it is stored
// once, its events are not.
func twin(old []event.Event, i int) int {
	return slices.IndexFunc(old[:i], func(e event.Event) bool {
		e.Seq = old[i].Seq
		return e.Key == "" && reflect.DeepEqual(e, old[i])
	})
}

// command replaces the events of one command and returns those that have no
// place yet.
func (rd *redecoding) command(ed *editor, k command, n *Redecoded) (added []event.Event, err error) {
	var old []event.Event
	for seq := k.seq; seq <= k.seq+k.more; seq++ {
		e, _, ok, err := ed.at(seq)
		if err != nil {
			return nil, err
		}
		if ok {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	fresh, err := rd.decode(old[0].Room, old[0].Received, k.raw)
	if err != nil || len(fresh) == 0 {
		n.Failed++
		return nil, nil
	}
	place := make([]*event.Event, len(fresh)) // the former event of each
	used := map[int64]bool{}
	for i := range fresh {
		for j := range old {
			if fresh[i].Key != "" && fresh[i].Key == old[j].Key && fresh[i].Room == old[j].Room {
				place[i], used[old[j].Seq] = &old[j], true
			}
		}
	}
	for i := range fresh {
		for j := range old {
			if place[i] == nil && !used[old[j].Seq] {
				place[i], used[old[j].Seq] = &old[j], true
			}
		}
	}
	for i := range old {
		j := twin(old, i)
		if j < 0 || used[old[i].Seq] {
			continue
		}
		k := slices.IndexFunc(place, func(e *event.Event) bool { return e != nil && e.Seq == old[j].Seq })
		if k >= 0 && fresh[k].Key == "" {
			fresh, place = append(fresh, fresh[k]), append(place, &old[i])
			used[old[i].Seq] = true
		}
	}
	for i := range fresh {
		e := fresh[i]
		e.Raw = nil
		e.Received, e.Backlog = old[0].Received, old[0].Backlog
		if place[i] == nil {
			e.Raw = k.raw
			added = append(added, e)
			continue
		}
		e.Seq, e.Received, e.Backlog = place[i].Seq, place[i].Received, place[i].Backlog
		if e.Key == "" && strings.HasPrefix(place[i].Key, "import:") {
			e.Key = place[i].Key // made by an importer, because the command has none
		}
		if reflect.DeepEqual(e, *place[i]) {
			continue
		}
		kept, err := ed.replace(&e)
		if err != nil {
			return nil, err
		}
		if kept {
			n.Changed++
		} else {
			n.Removed++ // the archive has it elsewhere
		}
	}
	for i := range old {
		if used[old[i].Seq] {
			continue
		}
		if _, err := ed.remove(old[i].Seq); err != nil {
			return nil, err
		}
		n.Removed++
	}
	return added, nil
}
