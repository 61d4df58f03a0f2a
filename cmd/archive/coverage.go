package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"danmaku/event"
)

type coverageFlags struct {
	timesFlags
	formatFlag
}

// stretch is a line of a coverage: a time that is covered, or one that is not.
type stretch struct {
	Room    event.RoomID `json:"room"`
	From    event.Millis `json:"from"`
	To      event.Millis `json:"to"` // 0: still open
	Covered bool         `json:"covered"`
	Cause   event.Cause  `json:"cause,omitempty"`
	Detail  string       `json:"detail,omitempty"`
}

// coverage prints when comments were recorded and when not. As JSON it is the
// same as from the relay's address, an object a line for each room.
func (p *program) coverage(ctx context.Context, s *coverageFlags) error {
	a, f, err := p.ask(ctx, selection{timesFlags: s.timesFlags})
	if err != nil {
		return err
	}
	defer a.Close()
	rooms, err := p.roomsOf(ctx, a, f.Rooms)
	if err != nil {
		return err
	}
	var all []event.Coverage
	var lines []stretch
	for _, r := range rooms {
		c, err := a.Coverage(ctx, r, f.From, f.To)
		if err != nil {
			return err
		}
		if len(c.Spans) == 0 && len(f.Rooms) == 0 {
			continue // only imported
		}
		all = append(all, c)
		lines = append(lines, stretches(c)...)
	}
	if s.Format == "json" || s.Format == "jsonl" {
		return list(printer{p: p, format: s.Format}, all, nil, nil)
	}
	pr := printer{p, s.Format, []column{{head: "ROOM", right: true, color: dim}, {head: "FROM", day: true}, {head: "TO", day: true}, {head: "LENGTH", right: true}, {head: "", color: green}, {head: "MISSING BECAUSE OF", color: yellow, spare: true, words: true}, {head: "DETAIL", spare: true, words: true}},
		[]string{"room", "from", "to", "covered", "cause", "detail"}}
	err = list(pr, lines, func(l *stretch) []string {
		to, long, mark := "now", "", ""
		if l.To != 0 {
			to, long = clock(l.To), length(l.To-l.From)
		}
		if l.Covered {
			mark = "recorded"
		}
		return []string{l.Room.String(), clock(l.From), to, long, mark, string(l.Cause), l.Detail}
	}, func(l *stretch) []string {
		return []string{l.Room.String(), instant(l.From), instant(l.To), fmt.Sprint(l.Covered), string(l.Cause), l.Detail}
	})
	if err != nil || s.Format != "table" {
		return err
	}
	for _, c := range all {
		if covered, missed := total(c); covered+missed > 0 {
			fmt.Fprintf(p.errs, "archive: room %d: %s recorded, %s missing (%.2f %%)\n", c.Room, length(covered), length(missed), 100*float64(missed)/float64(covered+missed))
		}
	}
	return nil
}

// stretches puts spans and gaps into the order of time.
func stretches(c event.Coverage) []stretch {
	var list []stretch
	for _, s := range c.Spans {
		list = append(list, stretch{Room: c.Room, From: s.From, To: s.To, Covered: true})
	}
	for _, g := range c.Gaps {
		to := event.Millis(0)
		if g.To != nil {
			to = *g.To
		}
		list = append(list, stretch{Room: c.Room, From: g.From, To: to, Cause: g.Cause, Detail: g.Detail})
	}
	slices.SortStableFunc(list, func(x, y stretch) int { return cmp.Compare(x.From, y.From) })
	return list
}

func total(c event.Coverage) (covered, missed event.Millis) {
	for _, s := range c.Spans {
		covered += s.To - s.From
	}
	for _, g := range c.Gaps {
		if g.To != nil {
			missed += *g.To - g.From
		}
	}
	return covered, missed
}
