package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/store"
)

// printer prints a list in a format: a table for people, the others for
// programs.
type printer struct {
	p       *program
	format  string
	columns []column
	fields  []string // names of the cells in csv
}

// list prints items; cells gives those of the table, fields those of csv.
func list[T any](pr printer, items []T, cells, fields func(*T) []string) error {
	switch pr.format {
	case "json":
		if items == nil {
			items = []T{}
		}
		return pr.p.printJSON(items)
	case "jsonl":
		enc := json.NewEncoder(pr.p.data(true))
		enc.SetEscapeHTML(false)
		for i := range items {
			if err := enc.Encode(&items[i]); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := pr.p.data(false)
		line := func(cells []string) error {
			for i := range cells {
				cells[i] = csvField(cells[i])
			}
			_, err := io.WriteString(w, strings.Join(cells, ",")+"\n")
			return err
		}
		if err := line(slices.Clone(pr.fields)); err != nil {
			return err
		}
		for i := range items {
			if err := line(fields(&items[i])); err != nil {
				return err
			}
		}
		return nil
	}
	if len(items) == 0 {
		fmt.Fprintln(pr.p.errs, "archive: nothing found")
		return nil
	}
	t := pr.p.table(pr.columns...)
	for i := range items {
		if err := t.row(cells(&items[i])...); err != nil {
			return err
		}
	}
	return t.close()
}

// instant writes a moment for programs.
func instant(m event.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().Format("2006-01-02T15:04:05.000Z07:00")
}

// length writes how long something is as people read it.
func length(m event.Millis) string {
	d := (time.Duration(m) * time.Millisecond).Round(time.Second)
	if d >= 24*time.Hour {
		return fmt.Sprintf("%dd%s", d/(24*time.Hour), strings.TrimSuffix((d%(24*time.Hour)).Round(time.Minute).String(), "0s"))
	}
	return d.String()
}

type formatFlag struct {
	Format string `help:"How to print: ${enum}." enum:"table,json,jsonl,csv" default:"table"`
}

type roomsFlags struct{ formatFlag }

func (p *program) rooms(ctx context.Context, s *roomsFlags) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	rooms, err := a.Rooms(ctx)
	if err != nil {
		return err
	}
	for i := range rooms {
		if err := exactEnds(ctx, a, &rooms[i]); err != nil {
			return err
		}
	}
	pr := printer{p, s.Format, []column{{head: "ROOM", right: true}, {head: "STREAMER", max: 20, color: cyan, spare: true}, {head: "TITLE", max: 40, spare: true}, {head: "AREA", max: 16, spare: true},
		{head: "EVENTS", right: true}, {head: "FROM", color: dim, day: true}, {head: "TO", color: dim, day: true}},
		[]string{"room", "short_id", "streamer", "title", "area", "events", "from", "to"}}
	return list(pr, rooms, func(r *store.Room) []string {
		return []string{r.Room.String(), r.Streamer, r.Title, r.Area, event.Grouped(r.Events), minuteOf(r.From), minuteOf(r.To)}
	}, func(r *store.Room) []string {
		return []string{r.Room.String(), r.ShortID.String(), r.Streamer, r.Title, r.Area, strconv.FormatInt(r.Events, 10), instant(r.From), instant(r.To)}
	})
}

// exactEnds puts the times of a room's first and last event in the place of the
// hours that the archive's counters know.
func exactEnds(ctx context.Context, a *store.Archive, r *store.Room) error {
	for _, newest := range [...]bool{false, true} {
		for e, err := range a.Query(ctx, event.Filter{Rooms: []event.RoomID{r.Room}, ByClock: true, Newest: newest, Limit: 1}) {
			if err != nil {
				return err
			}
			if newest {
				r.To = e.At
			} else {
				r.From = e.At
			}
		}
	}
	return nil
}

func minuteOf(m event.Millis) string {
	if m == 0 {
		return ""
	}
	return m.Time().Format("2006-01-02 15:04")
}

// roomOf chooses the one room of a command that is about one.
func (p *program) roomOf(ctx context.Context, a *store.Archive, asked []event.RoomID) (store.Room, error) {
	if len(asked) > 1 {
		return store.Room{}, cli.Usagef("this is about one room: give --room once")
	}
	rooms, err := a.Rooms(ctx)
	if err != nil {
		return store.Room{}, err
	}
	rooms = slices.DeleteFunc(rooms, func(r store.Room) bool {
		return r.Events == 0 || len(asked) == 1 && r.Room != asked[0]
	})
	switch {
	case len(rooms) == 1:
		return rooms[0], nil
	case len(asked) == 1:
		return store.Room{}, fmt.Errorf("there is nothing of room %d in the archive", asked[0])
	case len(rooms) == 0:
		return store.Room{}, fmt.Errorf("there is nothing in the archive yet")
	}
	slices.SortFunc(rooms, func(x, y store.Room) int { return int(y.To - x.To) })
	var names []string
	for _, r := range rooms[:min(len(rooms), 8)] {
		names = append(names, strings.TrimSpace(r.Room.String()+" "+printable(r.Streamer)))
	}
	more := ""
	if len(rooms) > 8 {
		more = ", …"
	}
	return store.Room{}, cli.Usagef("choose a room with --room; there are %d: %s%s", len(rooms), strings.Join(names, ", "), more)
}

// roomsOf gives the rooms asked for, or all.
func (p *program) roomsOf(ctx context.Context, a *store.Archive, asked []event.RoomID) ([]event.RoomID, error) {
	if len(asked) > 0 {
		return asked, nil
	}
	rooms, err := a.Rooms(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]event.RoomID, len(rooms))
	for i := range rooms {
		ids[i] = rooms[i].Room
	}
	return ids, nil
}

type broadcastsFlags struct {
	timesFlags
	formatFlag
}

func (p *program) broadcasts(ctx context.Context, s *broadcastsFlags) error {
	a, f, err := p.ask(ctx, selection{timesFlags: s.timesFlags})
	if err != nil {
		return err
	}
	defer a.Close()
	rooms, err := p.roomsOf(ctx, a, f.Rooms)
	if err != nil {
		return err
	}
	var all []store.Broadcast
	for _, r := range rooms {
		some, err := a.Broadcasts(ctx, r, f.From, f.To)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(x, y store.Broadcast) int { return int(y.From - x.From) })
	titles := func(b *store.Broadcast) string {
		var list []string
		for _, t := range b.Titles {
			list = append(list, t.Title)
		}
		return strings.Join(slices.Compact(list), " → ") // the area may have changed, too
	}
	pr := printer{p, s.Format, []column{{head: "FROM", color: dim, day: true}, {head: "TO", color: dim, day: true}, {head: "LENGTH", right: true}, {head: "ROOM", right: true}, {head: "TITLES", max: 80}},
		[]string{"room", "session", "from", "to", "titles"}}
	return list(pr, all, func(b *store.Broadcast) []string {
		to, long := "", ""
		if b.To != 0 {
			to, long = clock(b.To), length(b.To-b.From)
		}
		return []string{clock(b.From), to, long, b.Room.String(), titles(b)}
	}, func(b *store.Broadcast) []string {
		return []string{b.Room.String(), b.Session, instant(b.From), instant(b.To), titles(b)}
	})
}

type personFlags struct {
	ID string `arg:"" help:"The person's id."`
	formatFlag
}

func (p *program) person(ctx context.Context, s *personFlags) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	person, err := a.Person(ctx, s.ID)
	if err != nil {
		return err
	}
	pr := printer{p, s.Format, []column{{head: "NAME", color: cyan, words: true}, {head: "EVENTS", right: true}, {head: "FIRST", color: dim, day: true}, {head: "LAST", color: dim, day: true}},
		[]string{"name", "events", "first", "last"}}
	if len(person.Names) == 0 && s.Format == "table" {
		fmt.Fprintf(p.errs, "archive: nobody has the id %s (archive search --user NAME --format jsonl shows ids)\n", printable(s.ID))
		return nil
	}
	names := person.Names
	if s.Format == "table" || s.Format == "csv" {
		names = oneFace(names)
	}
	return list(pr, names, func(n *store.PersonName) []string {
		return []string{n.Name, event.Grouped(n.Events), clock(n.First), clock(n.Last)}
	}, func(n *store.PersonName) []string {
		return []string{n.Name, strconv.FormatInt(n.Events, 10), instant(n.First), instant(n.Last)}
	})
}

// oneFace joins the names that differ only in the face.
func oneFace(names []store.PersonName) []store.PersonName {
	var list []store.PersonName
	for _, n := range names {
		i := slices.IndexFunc(list, func(o store.PersonName) bool { return o.Name == n.Name })
		if i < 0 {
			list = append(list, n)
			continue
		}
		o := &list[i]
		o.Events, o.First, o.Last = o.Events+n.Events, min(o.First, n.First), max(o.Last, n.Last)
	}
	return list
}
