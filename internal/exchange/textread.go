package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"danmaku/event"
)

var (
	stampLine   = regexp.MustCompile(`^TIME(\d{1,2}):(\d{1,2})ONLINE(\d{1,18})$`)
	speakerLine = regexp.MustCompile(`^SPEAKERNUM\d+$`)
)

// readText reads the text archives of 2019: one comment a line, a line with
// clock and popularity about every minute, nothing else. Comments are spread
// evenly over their minute, in order; their keys come from the minute, so that
// a file that is longer later gives the same ones again.
func readText(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		if o.Start == 0 {
			yield(event.Event{}, fmt.Errorf("exchange: %w: it has clock times but no day", ErrNoStart))
			return
		}
		t := textReader{o: o, keys: newContentKeys()}
		start := o.Start.Time().In(o.Zone)
		t.day = time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, o.Zone)
		t.minute = event.At(t.day)
		give := func() bool {
			for _, e := range t.ready {
				if !yield(e, nil) {
					return false
				}
			}
			t.ready = t.ready[:0]
			return true
		}
		for n, line := range textLines(in) {
			if line.err != nil {
				if !goOn(yield, line.err) {
					return
				}
				continue
			}
			if err := t.line(string(line.text)); err != nil && !yield(event.Event{}, &Unread{Line: n, Err: err}) {
				return
			}
			if !give() {
				return
			}
		}
		t.flush(60_000)
		give()
	}
}

type textReader struct {
	o       ReadOptions
	keys    *contentKeys
	day     time.Time
	minute  event.Millis // of the comments waiting
	last    event.Millis // given
	waiting []event.Event
	ready   []event.Event
}

// maxWaitingLines bounds the comments of one minute kept to spread them.
const maxWaitingLines = 20_000

func (t *textReader) line(s string) error {
	m := stampLine.FindStringSubmatch(s)
	switch {
	case m != nil:
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		if hour > 23 || minute > 59 {
			return fmt.Errorf("clock %s:%s is none", m[1], m[2])
		}
		at := event.At(t.day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute))
		if at+12*3600_000 < t.minute { // past midnight
			t.day = t.day.AddDate(0, 0, 1)
			at += 24 * 3600_000
		}
		if at > t.minute {
			t.flush(min(60_000, int64(at-t.minute)))
			t.minute = at
		}
		if popularity, err := strconv.ParseInt(m[3], 10, 64); err == nil {
			t.add(event.Event{Kind: event.KindStats, Cmd: "_POPULARITY", Stats: &event.Stats{Popularity: &popularity}})
		}
	case speakerLine.MatchString(s):
		return errors.New("the number of speakers is no event")
	default:
		t.add(event.Event{Kind: event.KindComment, Cmd: "DANMU_MSG", Comment: plainComment(s, "")})
	}
	return nil
}

func (t *textReader) add(e event.Event) {
	e.Room = t.o.Room
	e.Key = t.keys.key(&e, t.minute)
	t.waiting = append(t.waiting, e)
	if len(t.waiting) == maxWaitingLines {
		t.flush(60_000)
	}
}

// flush spreads what waits over so many milliseconds.
func (t *textReader) flush(span int64) {
	for i, e := range t.waiting {
		at := t.minute + event.Millis(span*int64(i)/int64(len(t.waiting)))
		at = max(at, t.last) // the order of the lines is certain
		e.At, e.Received, t.last = at, at, at
		t.ready = append(t.ready, e)
	}
	t.waiting = t.waiting[:0]
}
