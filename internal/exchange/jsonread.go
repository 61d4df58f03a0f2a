package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"danmaku/event"
)

// readLines reads JSON lines. Each line may be of another kind: our events,
// commands as received (blrec's raw files), and what smaller recorders write.
func readLines(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		r := jsonReader{o: o}
		for n, line := range textLines(in) {
			if line.err != nil {
				if !goOn(yield, line.err) {
					return
				}
				continue
			}
			if len(bytes.TrimSpace(line.text)) == 0 {
				continue
			}
			err := r.read(line.text)
			if fatal(err) {
				yield(event.Event{}, fmt.Errorf("exchange: %w", err))
				return
			}
			if err != nil && !yield(event.Event{}, &Unread{Line: n, Err: err}) {
				return
			}
			for _, e := range r.events {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// readArray reads one JSON array of the same things.
func readArray(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		r := jsonReader{o: o}
		d := json.NewDecoder(in)
		n := int64(0)
		if _, err := d.Token(); err != nil {
			yield(event.Event{}, &Unread{Item: 1, Err: err})
			return
		}
		for d.More() {
			n++
			var item json.RawMessage
			if err := d.Decode(&item); err != nil { // JSON ends here: there is no line to go on with
				yield(event.Event{}, &Unread{Item: n, Err: fmt.Errorf("%w; what follows was not read", err)})
				return
			}
			err := r.read(item)
			if fatal(err) {
				yield(event.Event{}, fmt.Errorf("exchange: %w", err))
				return
			}
			if err != nil && !yield(event.Event{}, &Unread{Item: n, Err: err}) {
				return
			}
			for _, e := range r.events {
				if !yield(e, nil) {
					return
				}
			}
		}
		if _, err := d.Token(); err != nil {
			yield(event.Event{}, &Unread{Item: n + 1, Err: errCutOff})
		}
	}
}

func fatal(err error) bool { return errors.Is(err, ErrNoDecoder) || errors.Is(err, ErrNoRoom) }

// jsonReader reads one JSON object after the other.
type jsonReader struct {
	o      ReadOptions
	clock  event.Millis // of the latest event that knew its time
	events []event.Event
}

// shape is what tells the kinds of objects apart, and the fields of those
// smaller recorders write.
type shape struct {
	Platform *string         `json:"platform"`
	Cmd      *string         `json:"cmd"`
	Kind     string          `json:"kind"`
	MsgType  *string         `json:"msg_type"`
	StoredAt string          `json:"stored_at"`
	Body     json.RawMessage `json:"body"`
	Content  json.RawMessage `json:"content"`
	Op       *int            `json:"op"`

	Hello, Gap, Lagged, Status json.RawMessage // of a relay's feed

	Room  json.RawMessage `json:"room"`
	At    json.RawMessage `json:"at"`
	UID   json.RawMessage `json:"uid"`
	User  json.RawMessage `json:"user"`
	Name  string          `json:"name"`
	Level int             `json:"level"`
	Guard json.RawMessage `json:"guard"`
	Role  string          `json:"role"`
	Text  *string         `json:"text"`
	Gift  json.RawMessage `json:"gift"`
	Num   int             `json:"num"`
	Price json.Number     `json:"price"`
	Medal json.RawMessage `json:"medal"`
	MLvl  int             `json:"medal_level"`
	Color string          `json:"color"`
	Date  string          `json:"Date"`
	Exact string          `json:"ExactTime"`
}

// read puts the events of one object into r.events. The error says what could
// not be read of it.
func (r *jsonReader) read(line []byte) error {
	r.events = r.events[:0]
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' {
		return errors.New("not a JSON object")
	}
	var s shape
	if err := json.Unmarshal(line, &s); err != nil {
		var wrong *json.UnmarshalTypeError
		if !errors.As(err, &wrong) {
			return err
		}
	}
	switch {
	case s.Platform != nil && s.Kind != "":
		return r.ours(line)
	case s.Cmd != nil:
		return r.command(line)
	case s.Op != nil && *s.Op != 5, s.Hello != nil:
		return nil // an auth or heartbeat reply, the greeting of a feed
	case s.Gap != nil, s.Lagged != nil, s.Status != nil:
		return errors.New("a message of a relay's feed, not an event")
	case holdsCommand(s.Body):
		return r.command(s.Body)
	case holdsCommand(s.Content):
		return r.command(s.Content)
	case s.MsgType != nil:
		return r.byType(&s)
	case s.StoredAt != "" && s.Text != nil:
		return r.polled(&s)
	case s.Kind == "comment" || s.Kind == "gift" || s.Kind == "superchat":
		return r.simple(&s)
	}
	return errors.New("an object of no known kind")
}

func holdsCommand(raw json.RawMessage) bool { return member(raw, "cmd") != nil }

func (r *jsonReader) add(e event.Event) error {
	if e.At != 0 {
		r.clock = e.At
	}
	r.events = append(r.events, e)
	return nil
}

func (r *jsonReader) ours(line []byte) error {
	var e event.Event
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	if err := whole(&e); err != nil {
		return err
	}
	return r.add(e)
}

// whole refuses an event that no archive can hold, and takes out details that
// are not those of its kind.
func whole(e *event.Event) error {
	if !slices.Contains(event.Kinds(), e.Kind) {
		return fmt.Errorf("kind %q is not known", e.Kind)
	}
	if e.Room < 0 {
		return fmt.Errorf("room %d is none", e.Room)
	}
	o := *e
	e.Comment, e.Gift, e.SuperChat, e.SuperChatDelete, e.Guard, e.Enter, e.Follow, e.Share = nil, nil, nil, nil, nil, nil, nil, nil
	e.Like, e.Live, e.Offline, e.RoomInfo, e.Stats, e.Moderation, e.RedPacket, e.Lottery, e.Notice = nil, nil, nil, nil, nil, nil, nil, nil, nil
	has := true
	switch e.Kind {
	case event.KindComment:
		e.Comment, has = o.Comment, o.Comment != nil
	case event.KindGift:
		e.Gift, has = o.Gift, o.Gift != nil
	case event.KindSuperChat:
		e.SuperChat, has = o.SuperChat, o.SuperChat != nil
	case event.KindSuperChatDelete:
		e.SuperChatDelete, has = o.SuperChatDelete, o.SuperChatDelete != nil
	case event.KindGuard:
		e.Guard, has = o.Guard, o.Guard != nil
	case event.KindEnter:
		e.Enter, has = o.Enter, o.Enter != nil
	case event.KindFollow:
		e.Follow, has = o.Follow, o.Follow != nil
	case event.KindShare:
		e.Share, has = o.Share, o.Share != nil
	case event.KindLike:
		e.Like, has = o.Like, o.Like != nil
	case event.KindLive:
		e.Live, has = o.Live, o.Live != nil
	case event.KindOffline:
		e.Offline, has = o.Offline, o.Offline != nil
	case event.KindRoom:
		e.RoomInfo, has = o.RoomInfo, o.RoomInfo != nil
	case event.KindStats:
		e.Stats, has = o.Stats, o.Stats != nil
	case event.KindModeration:
		e.Moderation, has = o.Moderation, o.Moderation != nil
	case event.KindRedPacket:
		e.RedPacket, has = o.RedPacket, o.RedPacket != nil
	case event.KindLottery:
		e.Lottery, has = o.Lottery, o.Lottery != nil
	case event.KindNotice:
		e.Notice, has = o.Notice, o.Notice != nil
	}
	if !has {
		return fmt.Errorf("an event of kind %q without its %s", e.Kind, detailName(e.Kind))
	}
	return nil
}

func (r *jsonReader) command(raw []byte) error {
	if r.o.Stream == nil {
		return ErrNoDecoder
	}
	var err error
	r.events, err = r.o.Stream(r.events, r.o.Room, r.clock, raw)
	for i := range r.events {
		if at := r.events[i].At; at != 0 {
			r.clock = at
		}
	}
	return err // what could not be read is among the events, as it came
}

// simple reads an object of one event with times in local text and money in
// CNY, as recorders on top of blivedm keep them.
func (r *jsonReader) simple(s *shape) error {
	var at string
	if err := json.Unmarshal(s.At, &at); err != nil {
		return fmt.Errorf("at: %w", err)
	}
	when, err := parseTime(at, r.o.Zone)
	if err != nil {
		return err
	}
	e := event.Event{Room: roomNumber(s.Room), Kind: event.Kind(s.Kind), At: when, Received: when, User: s.user()}
	switch s.Kind {
	case "comment":
		if s.Text == nil {
			return errors.New("a comment without a text")
		}
		e.Cmd = "DANMU_MSG"
		e.Comment = plainComment(*s.Text, "")
	case "gift":
		price, err := parseMoney(s.Price.String())
		if err != nil {
			return err
		}
		price = price * r.o.GiftUnit / 1000
		e.Cmd = "SEND_GIFT"
		e.Gift = &event.Gift{Name: textOf(s.Gift), Count: max(1, s.Num), Total: price, Paid: price > 0}
		e.Gift.UnitPrice = price / event.Money(e.Gift.Count)
	default:
		price, err := parseMoney(s.Price.String())
		if err != nil {
			return err
		}
		if s.Text == nil {
			return errors.New("a super chat without a text")
		}
		e.Cmd = "SUPER_CHAT_MESSAGE"
		e.SuperChat = &event.SuperChat{Text: *s.Text, Price: price, Start: when}
	}
	return r.add(e)
}

// polled reads a comment of a recorder that asked for recent comments again and
// again: the time is that of writing.
func (r *jsonReader) polled(s *shape) error {
	when, err := parseTime(s.StoredAt, r.o.Zone)
	if err != nil {
		return err
	}
	e := event.Event{Room: roomNumber(s.Room), Kind: event.KindComment, Cmd: "DANMU_MSG", At: when, Received: when, User: s.user(), Comment: plainComment(*s.Text, "")}
	if medal := textOf(s.Medal); medal != "" && e.User != nil {
		e.User.Medal = &event.Medal{Name: medal, Level: s.MLvl}
	}
	return r.add(e)
}

// byType reads what carries its sort in msg_type and its time in two fields.
func (r *jsonReader) byType(s *shape) error {
	if *s.MsgType != "danmaku" {
		if textOf(s.Content) == `{"code":0}` {
			return nil // the auth reply
		}
		return fmt.Errorf("a line of type %q", *s.MsgType)
	}
	when, err := parseTime(s.Date+" "+s.Exact, r.o.Zone)
	if err != nil {
		return err
	}
	color := ""
	if len(s.Color) == 6 {
		color = "#" + s.Color
	}
	e := event.Event{Kind: event.KindComment, Cmd: "DANMU_MSG", At: when, Received: when, Comment: plainComment(textOf(s.Content), color)}
	if s.Name != "" {
		e.User = &event.User{Name: s.Name, Masked: true}
	}
	return r.add(e)
}

func (s *shape) user() *event.User {
	u := &event.User{ID: strings.Trim(string(s.UID), `"`), Name: textOf(s.User), Level: s.Level, Guard: event.GuardLevel(textOf(s.Guard)), Admin: s.Role == "房管"}
	if !decimal(u.ID) || u.ID == "0" {
		u.ID = ""
	}
	u.Masked = u.ID == ""
	if u.ID == "" && u.Name == "" {
		return nil
	}
	return u
}

// plainComment is a comment of which only the words are known.
func plainComment(text, color string) *event.Comment {
	if colorNumber(color, 1<<24) == 1<<24 {
		color = "#ffffff"
	}
	return &event.Comment{Text: text, Mode: "scroll", Color: color, Size: 25}
}

func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func roomNumber(raw json.RawMessage) event.RoomID {
	var n json.Number
	if json.Unmarshal(raw, &n) != nil && json.Unmarshal([]byte(strings.Trim(string(raw), `"`)), &n) != nil {
		return 0
	}
	id, err := n.Int64()
	if err != nil || id < 0 {
		return 0
	}
	return event.RoomID(id)
}
