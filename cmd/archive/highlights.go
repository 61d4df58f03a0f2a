package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/digest"
	"danmaku/internal/exchange"
)

type highlightFlags struct {
	selection
	Broadcast string        `help:"Only one broadcast: \"last\", or a day or time at which it was on." placeholder:"WHICH"`
	Word      []string      `help:"Words that count more, such as 草,名场面." placeholder:"WORD"`
	Start     string        `help:"When the video began: positions count from there (the first event when not given)." placeholder:"TIME"`
	Offset    time.Duration `help:"Shift all positions." default:"0s"`
	Lead      time.Duration `help:"Let a mark begin so long before the peak." default:"10s"`
	Limit     int           `help:"At most this many." default:"20"`
	FPS       float64       `help:"Frames a second of the video, for edl." default:"30"`
	Format    string        `help:"How to print: ${enum}. edl: markers for video editors; chapters: for ffmpeg; list: for a video's description." enum:"table,json,jsonl,csv,edl,chapters,list" default:"table"`
}

func (p *program) highlights(ctx context.Context, s *highlightFlags) error {
	if s.Limit < 1 || s.FPS < 1 || s.FPS > 1000 || s.Lead < 0 {
		return cli.Usagef("--limit must be at least 1, --fps from 1 to 1000, --lead not below 0")
	}
	start, err := p.when("--start", s.Start)
	if err != nil {
		return err
	}
	a, f, err := p.ask(ctx, s.selection)
	if err != nil {
		return err
	}
	defer a.Close()
	room, err := p.roomOf(ctx, a, f.Rooms)
	if err != nil {
		return err
	}
	if s.Broadcast != "" {
		if err := p.broadcast(ctx, a, s.Broadcast, room, &f, &start); err != nil {
			return err
		}
	}
	events, err := p.timeLine(ctx, a, f, room, &exchange.Recording{Start: start})
	if err != nil {
		return err
	}
	bar, place := p.timeBar("highlights", f, room)
	defer bar.done()
	h := digest.NewFinder(s.Limit, s.Word)
	for e, err := range watched(ctx, events, bar, place) {
		if err != nil {
			return err
		}
		if e.Of != "" {
			continue
		}
		if start == 0 {
			start = exchange.Moment(&e)
		}
		h.Add(&e, exchange.Moment(&e))
	}
	bar.done()
	best := h.Best()
	if len(best) == 0 {
		fmt.Fprintln(p.errs, "archive: no moment stands out")
		return nil
	}
	m := marks{list: best, start: start, offset: s.Offset, lead: s.Lead}
	switch s.Format {
	case "json":
		return p.printJSON(m.places())
	case "jsonl":
		return list(printer{p: p, format: s.Format}, m.places(), nil, nil)
	case "csv":
		return m.csv(p.data(false))
	case "edl":
		return m.edl(p.data(false), s.FPS)
	case "chapters":
		return m.chapters(p.data(false))
	case "list":
		return m.description(p.data(false))
	}
	return p.printHighlights(m)
}

// marks are highlights as places in a recording.
type marks struct {
	list         []digest.Highlight
	start        event.Millis
	offset, lead time.Duration
}

// span gives where a mark begins and ends, from the start of the recording.
func (m *marks) span(h *digest.Highlight) (from, to time.Duration) {
	at := func(t event.Millis) time.Duration { return time.Duration(t-m.start)*time.Millisecond + m.offset }
	from = max(0, at(h.Peak)-m.lead)
	return from, max(from+time.Second, at(h.To))
}

// title names a highlight in a few words.
func title(h *digest.Highlight) string {
	t := strings.Join(h.Words, " ")
	if t == "" {
		t = h.Sample
	}
	return strings.Join(strings.Fields(printable(t)), " ")
}

func (p *program) printHighlights(m marks) error {
	t := p.table(
		column{head: "POSITION", right: true, color: bold}, column{head: "TIME", color: dim, day: true}, column{head: "LENGTH", right: true}, column{head: "COMMENTS", right: true},
		column{head: "PER MIN", right: true}, column{head: "SCORE", right: true}, column{head: "HITS", right: true, spare: true}, column{head: "PAID", right: true, color: magenta, spare: true},
		column{head: "WORDS", max: 30, color: cyan}, column{head: "FOR EXAMPLE", max: 40})
	for i := range m.list {
		h := &m.list[i]
		from, _ := m.span(h)
		paid, hits := "", ""
		if h.Paid > 0 {
			paid = cny(h.Paid)
		}
		if h.Hits > 0 {
			hits = event.Grouped(h.Hits)
		}
		if err := t.row(position(from), clock(h.Peak), ((time.Duration(h.To - h.From)) * time.Millisecond).String(), event.Grouped(h.Comments),
			fmt.Sprintf("%.0f", h.PerMin), fmt.Sprintf("%.1f", h.Score), hits, paid, strings.Join(h.Words, " "), h.Sample); err != nil {
			return err
		}
	}
	return t.close()
}

// position writes a place in a recording as h:mm:ss.
func position(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// mark is a highlight for programs.
type mark struct {
	Position float64 `json:"position"` // seconds
	End      float64 `json:"end"`
	digest.Highlight
}

func (m *marks) places() []mark {
	seconds := func(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
	out := make([]mark, len(m.list))
	for i := range m.list {
		from, to := m.span(&m.list[i])
		out[i] = mark{seconds(from), seconds(to), m.list[i]}
		out[i].Score, out[i].PerMin = math.Round(out[i].Score*10)/10, math.Round(out[i].PerMin*10)/10
		if out[i].Words == nil {
			out[i].Words = []string{}
		}
	}
	return out
}

func (m *marks) csv(w io.Writer) error {
	if _, err := io.WriteString(w, "position,end,title,peak,comments,per_min,score,hits,paid\n"); err != nil {
		return err
	}
	for i := range m.list {
		h := &m.list[i]
		from, to := m.span(h)
		if _, err := fmt.Fprintf(w, "%s,%s,\"%s\",%s,%d,%.1f,%.1f,%d,%d\n", position(from), position(to), strings.ReplaceAll(title(h), `"`, `""`),
			h.Peak.Time().Format(time.RFC3339), h.Comments, h.PerMin, h.Score, h.Hits, h.Paid); err != nil {
			return err
		}
	}
	return nil
}

// edl writes a CMX 3600 list with a marker for each highlight, in the form
// DaVinci Resolve reads.
func (m *marks) edl(w io.Writer, fps float64) error {
	if _, err := io.WriteString(w, "TITLE: danmaku highlights\nFCM: NON-DROP FRAME\n\n"); err != nil {
		return err
	}
	for i := range m.list {
		h := &m.list[i]
		from, _ := m.span(h)
		frame := int64(math.Round(from.Seconds() * fps))
		a, b := timecode(frame, fps), timecode(frame+1, fps)
		title := strings.ReplaceAll(title(h), "|", " ")
		if _, err := fmt.Fprintf(w, "%03d  001      V     C        %s %s %s %s\n |C:ResolveColorBlue |M:%s |D:1\n\n", i+1, a, b, a, b, title); err != nil {
			return err
		}
	}
	return nil
}

// timecode counts frames; a rate such as 29.97 counts like 30, without drops.
func timecode(frame int64, fps float64) string {
	rate := int64(math.Round(fps))
	s := frame / rate
	return fmt.Sprintf("%02d:%02d:%02d:%02d", s/3600, s/60%60, s%60, frame%rate)
}

// chapters writes ffmpeg's metadata format.
func (m *marks) chapters(w io.Writer) error {
	if _, err := io.WriteString(w, ";FFMETADATA1\n"); err != nil {
		return err
	}
	escape := strings.NewReplacer(`\`, `\\`, "=", `\=`, ";", `\;`, "#", `\#`)
	last := time.Duration(-1)
	for i := range m.list {
		from, to := m.span(&m.list[i])
		if i+1 < len(m.list) {
			next, _ := m.span(&m.list[i+1])
			to = min(to, max(next, from+time.Second))
		}
		from = max(from, last)
		to = max(to, from+time.Second)
		last = to
		if _, err := fmt.Fprintf(w, "[CHAPTER]\nTIMEBASE=1/1000\nSTART=%d\nEND=%d\ntitle=%s\n", from.Milliseconds(), to.Milliseconds(), escape.Replace(title(&m.list[i]))); err != nil {
			return err
		}
	}
	return nil
}

// description writes lines as video sites turn into links.
func (m *marks) description(w io.Writer) error {
	for i := range m.list {
		from, _ := m.span(&m.list[i])
		if _, err := fmt.Fprintf(w, "%s %s\n", position(from), title(&m.list[i])); err != nil {
			return err
		}
	}
	return nil
}
