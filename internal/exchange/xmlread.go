package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"danmaku/event"
)

// xmlReader turns elements into events.
type xmlReader struct {
	o       ReadOptions
	dialect Dialect
	room    event.RoomID
	start   event.Millis
	said    map[string]bool // unknown elements already reported
	// biliup writes each command (o), then what it read in it (d, s).
	fromCommand bool
	// blrec writes a purchase of a guard twice, as guard and as toast.
	guards []event.Event
}

func readXML(in *bufio.Reader, d Dialect, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		x := newXMLScanner(in)
		r := &xmlReader{o: o, dialect: d, start: o.Start, said: map[string]bool{}}
		var list []event.Event
		give := func() bool {
			for _, e := range list {
				if !yield(e, nil) {
					return false
				}
			}
			return true
		}
		for {
			el, err := x.next()
			var u *Unread
			switch {
			case errors.As(err, &u):
				if !yield(event.Event{}, u) {
					return
				}
				continue
			case errors.Is(err, io.EOF):
				list = r.settledGuards(list[:0], math.MaxInt64)
				give()
				return
			case err != nil:
				yield(event.Event{}, fmt.Errorf("exchange: read %s: %w", d, err))
				return
			}
			if el.name == "BililiveRecorderXmlStyle" {
				if err := x.skipElement(el.name); err != nil && !errors.Is(err, io.EOF) {
					yield(event.Event{}, fmt.Errorf("exchange: read %s: %w", d, err))
					return
				}
				continue
			}
			list, err = r.element(list[:0], &el)
			if errors.Is(err, ErrNoStart) || errors.Is(err, ErrNoDecoder) {
				yield(event.Event{}, fmt.Errorf("exchange: %w", err))
				return
			}
			if err != nil && !yield(event.Event{}, &Unread{Line: el.line, Err: err}) {
				return
			}
			if !give() {
				return
			}
		}
	}
}

// element appends the events of one element. Events and an error together mean
// that a part was read.
func (r *xmlReader) element(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	derived := r.fromCommand
	r.fromCommand = false
	switch el.name {
	case "d", "gift", "sc", "guard", "toast", "s":
		if derived && r.dialect == Biliup {
			return dst, nil
		}
	}
	switch el.name {
	case "i", "chatserver", "chatid", "mission", "maxlimit", "state", "real_name", "source", "BililiveRecorder",
		"metadata", "user_name", "room_title", "area", "parent_area", "recorder", "live_start_time":
		return dst, nil
	case "BililiveRecorderRecordInfo":
		return dst, r.recordInfo(el.value("roomid"), el.value("start_time"))
	case "room_id":
		return dst, r.recordInfo(strings.TrimSpace(el.text), "")
	case "record_start_time":
		return dst, r.recordInfo("", strings.TrimSpace(el.text))
	case "d":
		return r.comment(dst, el)
	case "gift", "sc", "guard", "toast":
		return r.paid(dst, el)
	case "s":
		return r.biliupPaid(dst, el)
	case "o":
		return r.command(dst, el)
	}
	if r.said[el.name] || len(r.said) >= 1000 {
		return dst, nil
	}
	r.said[el.name] = true
	return dst, fmt.Errorf("elements <%s> are not known", el.name)
}

func (r *xmlReader) recordInfo(room, start string) error {
	if room != "" {
		n, err := strconv.ParseInt(room, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("room %q is not a number", room)
		}
		r.room = event.RoomID(n)
	}
	if start == "" || r.o.Start != 0 {
		return nil
	}
	m, err := parseTime(start, r.o.Zone)
	if err != nil {
		return err
	}
	r.start = m
	return nil
}

// position gives the moment of seconds from the start of the file.
func (r *xmlReader) position(seconds string) (event.Millis, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e9 {
		return 0, fmt.Errorf("time %q is not a number of seconds", seconds)
	}
	return event.Millis(math.Round(f * 1000)), nil
}

func (r *xmlReader) comment(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	p := strings.Split(el.value("p"), ",")
	if len(p) < 5 {
		return dst, fmt.Errorf("comment with %d fields in p, 5 needed", len(p))
	}
	pos, err := r.position(p[0])
	if err != nil {
		return dst, err
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(strings.TrimSpace(p[i]), 10, 64)
		return n
	}
	e := event.Event{Key: el.value("key"), Room: r.room, Kind: event.KindComment, Cmd: "DANMU_MSG"}
	sent := number(4)
	r.times(&e, pos, sent)
	if e.At == 0 {
		return dst, ErrNoStart
	}
	size := int(number(2))
	if size < 1 || size > 1000 {
		size = 25
	}
	e.Comment = &event.Comment{Text: el.text, Mode: modeName(number(1)), Color: colorText(number(3)), Size: size}
	id := ""
	switch {
	case r.dialect == VideoSite: // a hash of the sender, not to be undone
		if len(p) > 7 && p[7] != "" && p[7] != "0" && e.Key == "" {
			e.Key = "video:" + p[7]
		}
	case r.dialect != Blrec && len(p) > 6 && decimal(p[6]):
		id = strings.TrimLeft(p[6], "0")
	}
	e.User = r.user(el, id)
	return r.decoded(dst, el, "info", e)
}

// times fills both clocks. sent is Unix seconds or milliseconds, 0: unknown.
func (r *xmlReader) times(e *event.Event, pos event.Millis, sent int64) {
	if sent < 1e8 || sent > 1e14 {
		sent = 0
	}
	coarse := sent < 1e11
	if coarse {
		sent *= 1000
	}
	if r.start == 0 && sent != 0 && r.dialect != VideoSite {
		r.start = event.Millis(sent) - pos // the file does not say; its first time does
	}
	if r.start != 0 {
		e.Received = r.start + pos
	}
	switch near := math.Abs(float64(int64(e.Received) - sent)); {
	case sent == 0, coarse && e.Received != 0 && near < 600_000:
		e.At = e.Received // as exact as can be had
	default:
		e.At = event.Millis(sent)
		if e.Received == 0 {
			e.Received = e.At
		}
	}
}

func (r *xmlReader) user(el *xmlElement, id string) *event.User {
	u := event.User{ID: el.value("uid"), Name: el.value("user", "username")}
	if u.ID == "" || u.ID == "0" {
		u.ID = id
	}
	if u.ID == "0" {
		u.ID = ""
	}
	u.Masked = u.ID == ""
	if u.ID == "" && u.Name == "" {
		return nil
	}
	return &u
}
