package exchange

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"danmaku/event"
)

// Dialect names a kind of file that can be read.
type Dialect string

// The dialects of Read.
const (
	BililiveRecorder Dialect = "BililiveRecorder XML"
	Blrec            Dialect = "blrec XML"
	Biliup           Dialect = "biliup XML"
	VideoSite        Dialect = "video site XML"
	Lines            Dialect = "JSON lines"
	Array            Dialect = "JSON array"
	Frames           Dialect = "raw frames"
	DatedText        Dialect = "dated text"
	Table            Dialect = "CSV"
	TimedCSV         Dialect = "CSV of seconds and JSON"
)

// ReadOptions tells a reader what its file does not.
type ReadOptions struct {
	// Room of events whose file names none.
	Room event.RoomID
	// Start is when a recording began whose file only counts from there; its
	// day serves for dated text. 0: unknown.
	Start event.Millis
	// GiftUnit is what a price of 1 for a gift stands for in files that do not
	// say: thousandths of CNY, 1000 or 1. 0: found out by gifts whose price is
	// known, else 1000.
	GiftUnit event.Money
	// Zone of local times without a zone; nil: the platform's, UTC+8.
	Zone *time.Location
	// Command decodes one command as received, Stream one of a file that holds
	// all of a connection's (nil: Command does), Message one WebSocket message;
	// all append to dst. received is the best guess at our clock. Nil: files of
	// raw commands cannot be read, raw attributes are not looked into.
	Command func(dst []event.Event, room event.RoomID, received event.Millis, command []byte) ([]event.Event, error)
	Stream  func(dst []event.Event, room event.RoomID, received event.Millis, command []byte) ([]event.Event, error)
	Message func(dst []event.Event, room event.RoomID, received event.Millis, message []byte) ([]event.Event, error)
}

// Unread is an error about one place of a file: that place could not be read,
// all others can. A reader goes on behind it.
type Unread struct {
	Line int64 // counted from 1; 0 when Item is set
	Item int64 // number of the frame or array element, for files without lines
	Err  error
}

func (u *Unread) Error() string {
	if u.Item > 0 {
		return fmt.Sprintf("item %d: %v", u.Item, u.Err)
	}
	return fmt.Sprintf("line %d: %v", u.Line, u.Err)
}

func (u *Unread) Unwrap() error { return u.Err }

// goOn hands an error on and reports whether there are events behind it.
func goOn(yield func(event.Event, error) bool, err error) bool {
	var u *Unread
	return yield(event.Event{}, err) && errors.As(err, &u)
}

// Errors that end the reading of a file.
var (
	ErrEmpty          = errors.New("the file is empty")
	ErrUnknownDialect = errors.New("no recording of comments in a known format")
	ErrNoRoom         = errors.New("the file does not say which room it is of")
	ErrNoStart        = errors.New("the file does not say when it was recorded")
	ErrNoDecoder      = errors.New("the file holds raw commands, and there is nothing to decode them")
)

const (
	headSize = 64 << 10 // looked at to recognise a dialect
	maxLine  = 16 << 20 // a longer line or element is reported, not read
)

// Read recognises the dialect of r by its content, unpacking gzip, and gives
// its events in the order of the file. An *Unread error stands for a place
// that could not be read; the events go on behind it. Any other error ends
// them. Events keep the platform's identity where the file has it; the others
// get a key made of their content, so that a file read twice gives the same
// keys. The events can be asked for once.
func Read(r io.Reader, o ReadOptions) (Dialect, Events, error) {
	if o.Zone == nil {
		o.Zone = china
	}
	if o.Stream == nil {
		o.Stream = o.Command
	}
	in := bufio.NewReaderSize(r, headSize)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return "", nil, fmt.Errorf("exchange: read gzip: %w", err)
		}
		in = bufio.NewReaderSize(z, headSize)
	}
	head, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", nil, fmt.Errorf("exchange: read: %w", err)
	}
	if len(bytes.TrimSpace(head)) == 0 && len(head) < headSize {
		return "", nil, fmt.Errorf("exchange: %w", ErrEmpty)
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		head = head[3:]
		_, _ = in.Discard(3) // it is buffered
	}
	d := recognise(head)
	if o.GiftUnit == 0 {
		o.GiftUnit = giftUnit(head)
	}
	var events Events
	switch d {
	case BililiveRecorder, Blrec, Biliup, VideoSite:
		events = readXML(in, d, o)
	case Lines:
		events = readLines(in, o)
	case Array:
		events = readArray(in, o)
	case Frames:
		events = readFrames(in, o)
	case DatedText:
		events = readText(in, o)
	case Table:
		events = readTable(in, o)
	case TimedCSV:
		events = readTimedCSV(in, o)
	default:
		return "", nil, fmt.Errorf("exchange: %w", ErrUnknownDialect)
	}
	return d, finish(events, o), nil
}

var (
	datedLine   = regexp.MustCompile(`(?m)^TIME\d{1,2}:\d{1,2}ONLINE\d+\r?$`)
	timedLine   = regexp.MustCompile(`^\s*\d+(\.\d+)?,\d+,\{`)
	xmlComments = regexp.MustCompile(`<(i|d|gift|sc|guard|s|o)[\s>/]`)
)

// recognise tells the dialect by the first part of a file.
func recognise(head []byte) Dialect {
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(head) >= 8 && isFrames(head):
		return Frames
	case len(text) == 0:
		return ""
	case text[0] == '<':
		switch {
		case bytes.Contains(text, []byte("<BililiveRecorder")):
			return BililiveRecorder
		case bytes.Contains(text, []byte("<metadata>")):
			return Blrec
		case bytes.Contains(text, []byte("<chatserver>")), bytes.Contains(text, []byte("<chatid>")):
			return VideoSite
		case xmlComments.Match(text):
			return Biliup
		}
	case text[0] == '{':
		return Lines
	case text[0] == '[' && startsArray(text):
		return Array
	case timedLine.Match(text):
		return TimedCSV
	case datedLine.Match(text):
		return DatedText
	case isTable(text):
		return Table
	}
	return ""
}

// knownGifts have cost 0.1 CNY a piece for years; recorders of the same make
// have kept prices in CNY and, at other times, in thousandths.
var knownGifts = regexp.MustCompile(`"gift": ?"(?:人气票|粉丝团灯牌|小花花)", ?"num": ?(\d+), ?"price": ?(\d+(?:\.\d+)?)`)

func giftUnit(head []byte) event.Money {
	for _, m := range knownGifts.FindAllSubmatch(head, 10) {
		n, _ := strconv.ParseFloat(string(m[1]), 64)
		price, _ := strconv.ParseFloat(string(m[2]), 64)
		if n > 0 && price/n >= 50 {
			return 1
		}
	}
	return 1000
}

func startsArray(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '{' || rest[0] == ']')
}

// finish gives every event what all must have: a room, times, a key.
func finish(events Events, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		keys := newContentKeys()
		give := func(e event.Event) bool {
			if e.Platform == "" {
				e.Platform = event.Bilibili
			}
			if e.Key == "" {
				e.Key = keys.key(&e, e.At)
			}
			return yield(e, nil)
		}
		// Commands without a time of their own get that of the event before
		// them, or of the first that has one.
		var held []event.Event
		clock := o.Start
		settle := func(e *event.Event) {
			if e.At == 0 {
				e.At = e.Received
			}
			if e.At == 0 {
				e.At = clock
			}
			if e.Received == 0 {
				e.Received = e.At
			}
		}
		release := func() bool {
			for i := range held {
				settle(&held[i])
				if !give(held[i]) {
					return false
				}
			}
			held = nil
			return true
		}
		for e, err := range events {
			if err != nil {
				if !goOn(yield, err) {
					return
				}
				continue
			}
			e.Seq = 0
			if e.Room == 0 {
				e.Room = o.Room
			}
			if e.Room == 0 {
				yield(event.Event{}, fmt.Errorf("exchange: %w", ErrNoRoom))
				return
			}
			switch {
			case e.At != 0:
				clock = e.At
			case e.Received != 0:
				clock = e.Received
			}
			if clock == 0 {
				if len(held) == maxHeld {
					break
				}
				held = append(held, e)
				continue
			}
			if !release() {
				return
			}
			settle(&e)
			if !give(e) {
				return
			}
		}
		if len(held) > 0 {
			yield(event.Event{}, fmt.Errorf("exchange: %w", ErrNoStart))
		}
	}
}

// maxHeld bounds the events kept until the first with a time comes.
const maxHeld = 1 << 14

var nameHints = []*regexp.Regexp{
	regexp.MustCompile(`(\d{1,12})[_ -](\d{4})-?(\d{1,2})-?(\d{1,2})(?:[_ T-]+(\d{2})[-:_]?(\d{2})[-:_]?(\d{2})(?:[-.](\d{3}))?)?`),
}

// HintFromName takes the room and the start of a recording from a file's name,
// as recorders write them: "录制-22637261-20220320-195123-634-title.xml",
// "blive_22637261_2022-03-20-195123.xml", "12235923_2019-5-10.txt". Zero:
// nothing was found.
func HintFromName(name string, zone *time.Location) (event.RoomID, event.Millis) {
	if zone == nil {
		zone = china
	}
	for _, re := range nameHints {
		m := re.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		n := make([]int, len(m))
		for i := range m {
			n[i], _ = strconv.Atoi(m[i])
		}
		if n[3] < 1 || n[3] > 12 || n[4] < 1 || n[4] > 31 || n[5] > 23 || n[6] > 59 || n[7] > 59 {
			continue
		}
		return event.RoomID(n[1]), event.At(time.Date(n[2], time.Month(n[3]), n[4], n[5], n[6], n[7], n[8]*1e6, zone))
	}
	return 0, 0
}
