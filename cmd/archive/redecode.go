package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// stream decodes the commands of recorded connections as a session does: the
// messages of one guard purchase become one event.
type stream struct {
	decode  func([]event.Event, event.RoomID, event.Millis, []byte) ([]event.Event, error)
	joiners map[event.RoomID]*decoder.Joiner
	one     []event.Event
	now     event.Millis
}

func newStream(d *decoder.Decoder) *stream {
	return &stream{decode: d.Events, joiners: map[event.RoomID]*decoder.Joiner{}}
}

func (s *stream) command(dst []event.Event, room event.RoomID, received event.Millis, command []byte) ([]event.Event, error) {
	var err error
	s.one, err = s.decode(s.one[:0], room, received, command)
	for _, e := range s.one {
		if now := exchange.Moment(&e); now != 0 {
			s.now = now
		}
		j := s.joiners[e.Room]
		if j == nil {
			j = &decoder.Joiner{}
			s.joiners[e.Room] = j
		}
		dst = j.Add(dst, e, s.now)
	}
	return dst, err
}

// rest gives what was held back.
func (s *stream) rest() []event.Event {
	var list []event.Event
	for _, room := range slices.Sorted(maps.Keys(s.joiners)) {
		list = s.joiners[room].Flush(list, s.now)
	}
	return list
}

type redecodeFlags struct{ resultFlag }

func (p *program) redecode(ctx context.Context, s *redecodeFlags) error {
	a, err := p.openToWrite(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	d := decoder.New(decoder.Limits{})
	decode := func(room event.RoomID, received event.Millis, command []byte) ([]event.Event, error) {
		events, err := d.Events(nil, room, received, command)
		if err != nil {
			return nil, err
		}
		for i := range events {
			if err := keepJoined(ctx, a, &events[i]); err != nil {
				return nil, err
			}
		}
		return events, nil
	}
	var n store.Redecoded
	if err := p.long("redecode", func(progress store.Progress) error {
		n, err = a.Redecode(ctx, decode, progress)
		return err
	}); err != nil {
		return err
	}
	if s.Format != "text" {
		return p.printResult(s.Format, n)
	}
	_, err = fmt.Fprintf(p.out, "%s commands decoded anew: %s events changed, %s added, %s removed, %s commands could not be decoded and stay as they were\n",
		event.Grouped(n.Commands), event.Grouped(n.Changed), event.Grouped(n.Added), event.Grouped(n.Removed), event.Grouped(n.Failed))
	return err
}

// keepJoined leaves a message that was found to repeat a guard purchase what it
// is: the command alone does not tell.
func keepJoined(ctx context.Context, a *store.Archive, e *event.Event) error {
	if e.Guard == nil {
		return nil
	}
	was := event.Filter{Rooms: []event.RoomID{e.Room}, Kinds: []event.Kind{event.KindOther}, From: e.At, To: e.At + 1}
	for o, err := range a.Query(ctx, was) {
		if err != nil {
			return err
		}
		if o.Of != "" && o.Cmd == e.Cmd && (o.Key == e.Key || o.Key == e.Key+":"+e.Cmd) {
			e.Kind, e.Key, e.Of, e.Guard = event.KindOther, o.Key, o.Of, nil
			return nil
		}
	}
	return nil
}

type driftFlags struct {
	timesFlags
	resultFlag
}

// drift decodes the commands as received once more and tells what in them this
// program does not know.
func (p *program) drift(ctx context.Context, s *driftFlags) error {
	a, f, err := p.ask(ctx, selection{timesFlags: s.timesFlags})
	if err != nil {
		return err
	}
	defer a.Close()
	f.Raw = true
	last, err := a.LastSeq(ctx)
	if err != nil {
		return err
	}
	d := decoder.New(decoder.Limits{})
	var events []event.Event
	var before []byte
	looked := int64(0)
	bar := p.bar("drift", last)
	defer bar.done()
	for e, err := range watched(ctx, exchange.Ahead(a.Query(ctx, f)), bar, bySeq) {
		if err != nil {
			return err
		}
		if len(e.Raw) == 0 || string(e.Raw) == string(before) {
			continue // another event of the same command
		}
		before = e.Raw
		looked++
		// What cannot be decoded is what the report is about.
		events, _ = d.Events(events[:0], e.Room, e.Received, e.Raw)
	}
	bar.done()
	report := d.Drift()
	if s.Format != "text" {
		return p.printResult(s.Format, report)
	}
	names := report.Names()
	t := p.table(column{head: "COMMAND", color: cyan}, column{head: "TIMES", right: true}, column{head: "WHAT", color: yellow}, column{head: "FIELDS", max: 90, spare: true})
	for _, name := range names {
		c := report.Commands[name]
		var what []string
		if c.Unknown {
			what = append(what, "not known")
		}
		if c.Failed > 0 {
			what = append(what, fmt.Sprintf("%s failed: %s", event.Grouped(c.Failed), c.Reason))
		}
		if len(c.Fields) > 0 {
			what = append(what, fmt.Sprintf("%d new fields in %s looked at", len(c.Fields), event.Grouped(c.Checked)))
		}
		if err := t.row(name, event.Grouped(c.Count), strings.Join(what, "; "), strings.Join(slices.Sorted(maps.Keys(c.Fields)), " ")); err != nil {
			return err
		}
	}
	if err := t.close(); err != nil {
		return err
	}
	fmt.Fprintf(p.errs, "archive: %s commands looked at, %s of them have something new\n", event.Grouped(looked), event.Grouped(int64(len(names))))
	return nil
}
