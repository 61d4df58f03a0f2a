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
	if format == exchange.Parquet && s.Output == "-" && p.tty {
		return cli.Usagef("parquet is no text: name a file with -o")
	}
	a, f, err := p.ask(ctx, s.selection)
	if err != nil {
		return err
	}
	defer a.Close()
	f.Raw = o.Raw
	forVideo := format == exchange.XML || format == exchange.ASS
	var room store.Room
	if forVideo || s.Broadcast != "" {
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
	events := exchange.Ahead(a.Query(ctx, f))
	if forVideo {
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
	bar, place := p.bar("export "+string(format), last), bySeq
	if forVideo {
		bar, place = p.timeBar("export "+string(format), f, room)
	}
	defer bar.done()
	events = watched(ctx, events, bar, place)
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
	if sum.Written+sum.Early == 0 {
		fmt.Fprintln(p.errs, "archive: no events to export")
		return
	}
	note := fmt.Sprintf("archive: %s: %s written", format, many(sum.Written, "event"))
	if file != "-" {
		note += " to " + printable(file)
	}
	if sum.Crowded > 0 {
		note += fmt.Sprintf(", %s of them hidden because the picture was full (a smaller --font-size, a larger --area or --patience shows more)", event.Grouped(sum.Crowded))
	}
	if n := sum.Left - sum.Early; n > 0 {
		note += fmt.Sprintf("; %s left out, which this format has no place for", event.Grouped(n))
	}
	if sum.Early > 0 {
		note += fmt.Sprintf("; %s left out, from before the video's start", event.Grouped(sum.Early))
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
