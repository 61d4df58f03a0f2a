package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/exchange"
	"danmaku/store"
)

type exportFlags struct {
	selection
	Output    string        `short:"o" help:"File to write; - is standard output." default:"-" placeholder:"FILE"`
	Format    string        `help:"What to write: xml, ass, json, jsonl, csv or parquet; without it the file's name tells." enum:"xml,ass,json,jsonl,csv,parquet," default:"" placeholder:"FORMAT"`
	Broadcast string        `help:"Only one broadcast: \"last\", or a day or time at which it was on." placeholder:"WHICH"`
	Start     string        `help:"When the video began: times of xml and ass count from there (the first event when not given)." placeholder:"TIME"`
	Offset    time.Duration `help:"Shift all times of xml and ass: --offset=1.5s shows later, --offset=-800ms earlier." default:"0s"`
	Anonymise bool          `help:"Pseudonyms for people, new ones for each export; no raw commands."`
	Raw       *bool         `negatable:"" help:"With the commands as received; json and jsonl have them unless told otherwise."`
	Streamer  string        `help:"The streamer's name for the head of xml and ass." placeholder:"NAME"`
	Title     string        `help:"The title for the head of xml and ass; the room's when not given." placeholder:"TEXT"`

	Font       string        `help:"Font, by a name players find." default:"Noto Sans CJK SC" group:"Look of ass subtitles"`
	FontSize   int           `help:"Height of a line in pixels; 0: by the resolution." default:"0" group:"Look of ass subtitles"`
	Bold       bool          `help:"Bold comments." group:"Look of ass subtitles"`
	Opacity    float64       `help:"Of comments, above 0 to 1." default:"0.85" group:"Look of ass subtitles"`
	Scroll     time.Duration `help:"How long a comment takes to cross the picture." default:"12s" group:"Look of ass subtitles"`
	Stand      time.Duration `help:"How long a comment at the top or bottom stays." default:"5s" group:"Look of ass subtitles"`
	Area       float64       `help:"Part of the height for comments, from the top, above 0 to 1." default:"0.5" group:"Look of ass subtitles"`
	Resolution string        `help:"Of the video, such as 1920x1080 or 720x1280." default:"1920x1080" group:"Look of ass subtitles"`
	Patience   time.Duration `help:"How late a comment may be shown when the picture is full." default:"2s" group:"Look of ass subtitles"`
	Names      bool          `help:"Senders' names before comments." group:"Look of ass subtitles"`
	Boxes      bool          `negatable:"" help:"Boxes for super chats, guards and gifts." default:"true" group:"Look of ass subtitles"`
	GiftMin    float64       `help:"Leave out gifts of less than so many CNY." default:"0" group:"Look of ass subtitles"`
}

func (p *program) export(ctx context.Context, s *exportFlags) error {
	format, err := s.format()
	if err != nil {
		return err
	}
	f, err := s.filter(p)
	if err != nil {
		return err
	}
	o := exchange.Options{}
	if o.Style, err = s.style(); err != nil {
		return err
	}
	start, err := p.when("--start", s.Start)
	if err != nil {
		return err
	}
	o.Recording = exchange.Recording{Start: start, Offset: s.Offset, Streamer: s.Streamer, Title: s.Title}
	o.Raw = format == exchange.JSON || format == exchange.JSONL
	if s.Raw != nil {
		o.Raw = *s.Raw
	}
	if s.Anonymise {
		if s.Raw != nil && *s.Raw {
			return cli.Usagef("--raw and --anonymise exclude each other: commands name people")
		}
		o.Raw = false
	}
	f.Raw = o.Raw
	if format == exchange.Parquet && s.Output == "-" && p.tty {
		return cli.Usagef("parquet is no text: name a file with -o")
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	bySeq := format != exchange.XML && format != exchange.ASS
	var room store.Room
	if !bySeq || s.Broadcast != "" {
		if room, err = p.roomOf(ctx, a, f.Rooms); err != nil {
			return err
		}
		f.Rooms = []event.RoomID{room.Room}
	}
	if s.Broadcast != "" {
		if err := p.broadcast(ctx, a, s.Broadcast, room, &f, &o.Recording.Start); err != nil {
			return err
		}
	}
	events := exchange.Events(a.Query(ctx, f))
	if !bySeq {
		if events, err = p.timeLine(ctx, a, f, room, &o.Recording); err != nil {
			return err
		}
	}
	if s.Anonymise {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return err
		}
		events = exchange.Anonymise(events, key)
	}
	last, err := a.LastSeq(ctx)
	if err != nil {
		return err
	}
	if !bySeq {
		last = 0 // in the order of time nobody knows how much is left
	}
	bar := p.bar("export "+string(format), last)
	defer bar.done()
	events = counted(ctx, events, bar, bySeq)
	var sum exchange.Summary
	if s.Output == "-" {
		sum, err = exchange.Write(p.data(format == exchange.JSON || format == exchange.JSONL), format, events, o)
	} else {
		err = exchange.ReplaceFile(s.Output, func(w io.Writer) error {
			sum, err = exchange.Write(w, format, events, o)
			return err
		})
	}
	if err != nil {
		return err
	}
	bar.done()
	p.reportExport(format, s.Output, sum)
	return nil
}

func (p *program) reportExport(format exchange.Format, file string, sum exchange.Summary) {
	if sum.Written == 0 {
		fmt.Fprintln(p.errs, "archive: no events to export")
		return
	}
	note := fmt.Sprintf("archive: %s: %s events written", format, grouped(sum.Written))
	if file != "-" {
		note += " to " + printable(file)
	}
	if sum.Crowded > 0 {
		note += fmt.Sprintf(", %s of them hidden because the picture was full (a smaller --font-size, a larger --area or --patience shows more)", grouped(sum.Crowded))
	}
	if sum.Left > 0 {
		note += fmt.Sprintf("; %s left out, which this format has no place for", grouped(sum.Left))
	}
	fmt.Fprintln(p.errs, note)
}

func (s *exportFlags) format() (exchange.Format, error) {
	if s.Format != "" {
		return exchange.Format(s.Format), nil
	}
	switch ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(s.Output), ".")); ext {
	case "xml", "ass", "json", "jsonl", "csv", "parquet":
		return exchange.Format(ext), nil
	case "ndjson":
		return exchange.JSONL, nil
	}
	return "", cli.Usagef("say what to write: --format xml, ass, json, jsonl, csv or parquet, or -o with such an ending")
}

func (s *exportFlags) style() (exchange.Style, error) {
	w, h, ok := strings.Cut(strings.ToLower(s.Resolution), "x")
	width, err1 := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	if !ok || err1 != nil || err2 != nil || width < 64 || height < 64 || width > 16384 || height > 16384 {
		return exchange.Style{}, cli.Usagef("--resolution %s: write it as 1920x1080", s.Resolution)
	}
	switch {
	case s.Opacity <= 0 || s.Opacity > 1:
		return exchange.Style{}, cli.Usagef("--opacity %g is not above 0 and at most 1", s.Opacity)
	case s.Area <= 0 || s.Area > 1:
		return exchange.Style{}, cli.Usagef("--area %g is not above 0 and at most 1", s.Area)
	case s.FontSize < 0 || s.FontSize > height:
		return exchange.Style{}, cli.Usagef("--font-size %d does not suit a height of %d", s.FontSize, height)
	case s.Scroll < time.Second || s.Stand < time.Second:
		return exchange.Style{}, cli.Usagef("--scroll and --stand must be at least 1s")
	case s.GiftMin < 0 || s.GiftMin > 1e6:
		return exchange.Style{}, cli.Usagef("--gift-min %g is no price", s.GiftMin)
	}
	if s.Patience <= 0 {
		s.Patience = -1
	}
	return exchange.Style{Width: width, Height: height, Font: s.Font, FontSize: s.FontSize, Bold: s.Bold, Opacity: s.Opacity, Scroll: s.Scroll,
		Stand: s.Stand, Area: s.Area, Patience: s.Patience, Names: s.Names, NoBoxes: !s.Boxes, GiftMin: event.Money(s.GiftMin * 1000)}, nil
}

// timeLine gives the events of one room in the order of time, and fills in what
// the archive knows of the recording. Times of two rooms on one line would make
// no sense.
func (p *program) timeLine(ctx context.Context, a *store.Archive, f event.Filter, room store.Room, r *exchange.Recording) (exchange.Events, error) {
	f.Rooms = []event.RoomID{room.Room}
	if len(f.Kinds) == 0 {
		f.Kinds = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}
	}
	if r.Start != 0 && f.From == 0 {
		f.From = r.Start - 60_000 // sent before the recording began, shown in it
	}
	r.Room, r.ShortID = room.Room, room.ShortID
	if r.Streamer == "" {
		r.Streamer = room.Streamer
	}
	if r.Title == "" {
		at := r.Start
		if at == 0 {
			at = f.From
		}
		title, err := titleAt(ctx, a, room, at)
		if err != nil {
			return nil, err
		}
		r.Title, r.Area = title.Title, title.Area
	}
	return exchange.InTimeOrder(func(f event.Filter) exchange.Events { return a.Query(ctx, f) }, f, room.From, room.To, day), nil
}

// titleAt is the title a room had; without a moment the last.
func titleAt(ctx context.Context, a *store.Archive, room store.Room, at event.Millis) (store.Title, error) {
	found := store.Title{Title: room.Title, Area: room.Area}
	if at == 0 {
		return found, nil
	}
	broadcasts, err := a.Broadcasts(ctx, room.Room, at, at+1)
	for _, b := range broadcasts {
		for _, t := range b.Titles {
			if t.From <= at || found.Title == "" {
				found = t
			}
		}
	}
	return found, err
}

// broadcast narrows a filter to one broadcast: the last, or the one that was on
// at a time. The recording is taken to have begun with it unless told.
func (p *program) broadcast(ctx context.Context, a *store.Archive, which string, room store.Room, f *event.Filter, start *event.Millis) error {
	if f.From != 0 || f.To != 0 {
		return cli.Usagef("--broadcast and --from or --to exclude each other")
	}
	var at, to event.Millis
	if which != "last" {
		var err error
		if at, err = p.when("--broadcast", which); err != nil {
			return err
		}
		to = at + 1
		if len(which) == len(time.DateOnly) {
			to = at + day
		}
	}
	broadcasts, err := a.Broadcasts(ctx, room.Room, at, to)
	if err != nil {
		return err
	}
	if len(broadcasts) == 0 {
		return fmt.Errorf("no broadcast of room %d is known then; archive broadcasts --room %d lists them", room.Room, room.Room)
	}
	b := broadcasts[len(broadcasts)-1]
	f.From, f.To = b.From, b.To
	if *start == 0 {
		*start = b.From
	}
	return nil
}

// counted moves the bar: by the positions of events that come in their order,
// else by their number.
func counted(ctx context.Context, events exchange.Events, b *bar, bySeq bool) exchange.Events {
	return func(yield func(event.Event, error) bool) {
		n, told := int64(0), int64(0)
		for e, err := range events {
			if n++; n%256 == 0 {
				now := n
				if bySeq {
					now = e.Seq
				}
				b.add(now - told)
				told = now
				if err == nil && ctx.Err() != nil {
					err = ctx.Err()
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
