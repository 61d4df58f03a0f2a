// Package exchange turns events into the files other tools read, and reads
// theirs: XML of the video site and of BililiveRecorder, ASS subtitles, JSON
// lines, CSV, Parquet, raw frames, dated text.
//
// Everything is a function over an iterator and needs the same small memory
// for a minute and for a year.
package exchange

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"time"

	"danmaku/event"
)

// Events is what every writer takes and every reader gives. A writer stops at
// the first error of its input and returns it.
type Events = iter.Seq2[event.Event, error]

// Format names a file format that can be written.
type Format string

// The formats of Write.
const (
	XML     Format = "xml"
	ASS     Format = "ass"
	JSON    Format = "json" // one array
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// Options says how a file is written. The zero value is good for all formats.
type Options struct {
	Recording Recording
	// Raw adds the commands as received, where the format has a place for
	// them: XML, JSON, JSONL, Parquet. The events must carry them.
	Raw   bool
	Style Style // ASS only
}

// Recording is the video an export belongs to: XML and ASS count their times
// from its start.
type Recording struct {
	Room       event.RoomID // 0: the first event's
	ShortID    event.RoomID
	Streamer   string
	Title      string
	Area       string
	ParentArea string
	// Start is when the recording began. 0: with the first event.
	Start event.Millis
	// Offset is added to every time: positive shows everything later.
	Offset time.Duration
}

// Summary counts what a writer did.
type Summary struct {
	Written int64
	// Left counts events the format has no place for, repeats of another
	// event, and events before the start of the recording.
	Left int64
	// Early counts, within Left, events before the start of the recording.
	Early int64
	// Crowded counts, within Written, comments and boxes of an ASS file that
	// are in it as comment lines only, because the picture was full.
	Crowded int64
}

// Write writes events to w in a format.
func Write(w io.Writer, f Format, events Events, o Options) (Summary, error) {
	switch f {
	case XML:
		return WriteXML(w, events, o)
	case ASS:
		return WriteASS(w, events, o)
	case JSON:
		return WriteJSON(w, events, o.Raw)
	case JSONL:
		return WriteJSONL(w, events, o.Raw)
	case CSV:
		return WriteCSV(w, events)
	case Parquet:
		return WriteParquet(w, events, o.Raw)
	}
	return Summary{}, fmt.Errorf("exchange: no format is named %q", f)
}

// Moment is where an event belongs on the time line of a recording: a video
// shows what was on screen when the comment arrived, so our clock counts,
// save for what the platform told later about earlier.
func Moment(e *event.Event) event.Millis {
	if e.Received != 0 && !e.Backlog || e.At == 0 {
		return e.Received
	}
	return e.At
}

// timeline turns moments into milliseconds from the start of a recording.
type timeline struct {
	start  event.Millis
	offset int64
}

func newTimeline(r Recording) timeline {
	return timeline{start: r.Start, offset: r.Offset.Milliseconds()}
}

func (t *timeline) position(e *event.Event) int64 {
	m := Moment(e)
	if t.start == 0 {
		t.start = m
	}
	return int64(m-t.start) + t.offset
}

const bufferSize = 1 << 16

// output is a buffered writer that keeps its first error, and a scratch line.
type output struct {
	w    *bufio.Writer
	line []byte
	err  error
}

func newOutput(w io.Writer) *output { return &output{w: bufio.NewWriterSize(w, bufferSize)} }

// flush writes the scratch line.
func (o *output) flush() {
	if o.err == nil {
		_, o.err = o.w.Write(o.line)
	}
	o.line = o.line[:0]
}

func (o *output) text(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *output) close(format Format) error {
	if o.err == nil {
		o.err = o.w.Flush()
	}
	if o.err != nil {
		return fmt.Errorf("exchange: write %s: %w", format, o.err)
	}
	return nil
}
