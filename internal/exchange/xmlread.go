package exchange

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

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

// parseTime reads a time with a zone, or without one in zone.
func parseTime(s string, zone *time.Location) (event.Millis, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006.01.02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return event.At(t), nil
		}
	}
	return 0, fmt.Errorf("time %q is none", s)
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

// paid reads gift, sc, guard and toast.
func (r *xmlReader) paid(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	e := event.Event{Key: el.value("key"), Room: r.room, User: r.user(el, "")}
	pos, err := r.position(el.value("ts"))
	if err != nil {
		return dst, err
	}
	sent, _ := strconv.ParseInt(el.value("sent", "timestamp"), 10, 64)
	r.times(&e, pos, sent)
	if e.At == 0 {
		return dst, ErrNoStart
	}
	number := func(names ...string) int64 {
		n, _ := strconv.ParseInt(strings.TrimSpace(el.value(names...)), 10, 64)
		return n
	}
	count := int(min(max(number("giftcount", "count", "num"), 1), 1<<30))
	switch el.name {
	case "gift":
		e.Kind, e.Cmd = event.KindGift, "SEND_GIFT"
		g := &event.Gift{Name: el.value("giftname"), Count: count, UnitPrice: event.Money(number("price"))}
		g.Paid = el.value("cointype") == "金瓜子"
		if g.Paid {
			g.Total = g.UnitPrice * event.Money(count)
			if t, ok := el.attr("total"); ok {
				n, err := strconv.ParseInt(t, 10, 64)
				if err != nil {
					return dst, fmt.Errorf("gift with a total of %q", t)
				}
				g.Total = event.Money(n)
			}
		}
		e.Gift = g
	case "sc":
		e.Kind, e.Cmd = event.KindSuperChat, "SUPER_CHAT_MESSAGE"
		price, err := parseMoney(el.value("price"))
		if err != nil {
			return dst, err
		}
		if r.dialect == Blrec { // thousandths there, CNY in the other dialects
			price /= 1000
		}
		seconds := int(min(max(number("time"), 0), 1<<20))
		e.SuperChat = &event.SuperChat{ID: strings.TrimPrefix(e.Key, "sc:"), Text: el.text, Price: price, Seconds: seconds,
			Start: e.At, End: e.At + event.Millis(seconds)*1000}
	default:
		e.Kind, e.Cmd = event.KindGuard, "GUARD_BUY"
		if el.name == "toast" {
			e.Cmd = "USER_TOAST_MSG"
		}
		level := int(number("level"))
		name := el.value("giftname", "role")
		if level < 1 || level > 3 {
			level = guardLevel(name)
		}
		if name == "" {
			name = guardName(level)
		}
		unit, ok := el.attr("unit")
		if !ok {
			unit = "月"
		}
		e.Guard = &event.Guard{Level: level, Name: name, Count: count, Unit: unit, Price: event.Money(number("price"))}
		if e.Guard.Price < 0 {
			e.Guard.Price = 0
		}
	}
	if r.dialect == Blrec && e.Guard != nil {
		return r.pairedGuard(dst, el, e)
	}
	return r.decoded(dst, el, "data", e)
}

// pairedGuard keeps a purchase back until its twin must have come; of two, the
// toast counts: its price is what was really paid.
func (r *xmlReader) pairedGuard(dst []event.Event, el *xmlElement, e event.Event) ([]event.Event, error) {
	dst = r.settledGuards(dst, e.Received-10_000)
	for i := range r.guards {
		o := &r.guards[i]
		if o.Cmd == e.Cmd || o.Guard.Level != e.Guard.Level || o.User == nil || e.User == nil || o.User.ID != e.User.ID || o.User.Name != e.User.Name {
			continue
		}
		if e.Cmd == "USER_TOAST_MSG" {
			*o = e
		}
		return dst, nil
	}
	if len(r.guards) < 1000 {
		r.guards = append(r.guards, e)
		return dst, nil
	}
	return append(dst, e), nil
}

// settledGuards gives those that came before a moment.
func (r *xmlReader) settledGuards(dst []event.Event, before event.Millis) []event.Event {
	keep := r.guards[:0]
	for _, g := range r.guards {
		if g.Received < before {
			dst = append(dst, g)
		} else {
			keep = append(keep, g)
		}
	}
	r.guards = keep
	return dst
}

// biliupPaid reads s: times in seconds of the clock, money in thousandths.
func (r *xmlReader) biliupPaid(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	at, err := strconv.ParseInt(el.value("timestamp"), 10, 64)
	if err != nil || at < 1e8 || at > 1e11 {
		return dst, fmt.Errorf("element s without a time")
	}
	e := event.Event{Room: r.room, At: event.Millis(at * 1000), User: r.user(el, "")}
	e.Received = e.At
	price, _ := strconv.ParseInt(el.value("price"), 10, 64) // "None" for guards
	count, _ := strconv.Atoi(el.value("num"))
	count = max(1, count)
	switch t := el.value("type"); t {
	case "gift":
		// The coin is not told, and free gifts have a price too: no sum is made up.
		e.Kind, e.Cmd = event.KindGift, "SEND_GIFT"
		e.Gift = &event.Gift{Name: el.value("giftname"), Count: count, UnitPrice: event.Money(price)}
	case "super_chat":
		e.Kind, e.Cmd = event.KindSuperChat, "SUPER_CHAT_MESSAGE"
		e.SuperChat = &event.SuperChat{Text: el.text, Price: event.Money(price), Start: e.At}
	case "guard_buy":
		e.Kind, e.Cmd = event.KindGuard, "GUARD_BUY"
		name := el.value("giftname")
		e.Guard = &event.Guard{Level: guardLevel(name), Name: name, Count: count, Unit: "月", Price: event.Money(max(0, price))}
	default:
		return dst, fmt.Errorf("element s of type %q is not known", t)
	}
	return append(dst, e), nil
}

// command reads o, a whole command as received.
func (r *xmlReader) command(dst []event.Event, el *xmlElement) ([]event.Event, error) {
	if r.o.Stream == nil {
		return dst, ErrNoDecoder
	}
	seconds, _ := strconv.ParseInt(el.value("timestamp"), 10, 64)
	n := len(dst)
	dst, err := r.o.Stream(dst, r.roomOr(), event.Millis(seconds*1000), []byte(el.text))
	r.fromCommand = err == nil && len(dst) > n
	return dst, err
}

func (r *xmlReader) roomOr() event.RoomID {
	if r.room != 0 {
		return r.room
	}
	return r.o.Room
}

// decoded gives what the raw attribute holds where there is one, else e as the
// other attributes tell it.
func (r *xmlReader) decoded(dst []event.Event, el *xmlElement, part string, e event.Event) ([]event.Event, error) {
	raw, ok := el.attr("raw")
	if !ok || r.o.Command == nil {
		return append(dst, e), nil
	}
	if !json.Valid([]byte(raw)) {
		return append(dst, e), errors.New("attribute raw is not JSON; the other attributes were used")
	}
	command := `{"cmd":"` + rawCommand(el.name, raw) + `","` + part + `":` + raw + `}`
	events, err := r.o.Command(nil, r.roomOr(), e.Received, []byte(command))
	if err == nil && len(events) == 0 {
		err = errors.New("no event in it")
	}
	if err != nil {
		return append(dst, e), fmt.Errorf("attribute raw: %w; the other attributes were used", err)
	}
	if e.Key == "" {
		return append(dst, events...), nil
	}
	// One command may hold several gifts; the key says which this element is.
	found := events[0]
	for _, d := range events {
		if d.Key == e.Key {
			found = d
		}
	}
	found.Key = e.Key // the envelope, which may have given it, is not in raw
	return append(dst, found), nil
}

// rawCommand tells whose data an element's raw attribute is.
func rawCommand(element, raw string) string {
	switch has := func(name string) bool { return member([]byte(raw), name) != nil }; element {
	case "d":
		return "DANMU_MSG"
	case "gift":
		if has("pb") {
			return "SEND_GIFT_V2"
		}
		return "SEND_GIFT"
	case "sc":
		return "SUPER_CHAT_MESSAGE"
	default:
		switch {
		case has("pay_info"):
			return "USER_TOAST_MSG_V2"
		case has("payflow_id"), has("toast_msg"), has("op_type"):
			return "USER_TOAST_MSG"
		}
		return "GUARD_BUY"
	}
}

// modeName is the inverse of modeNumber.
func modeName(n int64) string {
	switch n {
	case 4:
		return "bottom"
	case 5:
		return "top"
	case 6:
		return "reverse"
	case 7, 8, 9:
		return "positioned"
	}
	return "scroll"
}

func colorText(n int64) string {
	const hex = "0123456789abcdef"
	if n < 0 || n > white {
		n = white
	}
	b := [7]byte{0: '#'}
	for i := range 6 {
		b[i+1] = hex[n>>(20-4*i)&15]
	}
	return string(b[:])
}

func guardLevel(name string) int {
	switch name {
	case "总督":
		return 1
	case "提督":
		return 2
	case "舰长":
		return 3
	}
	return 0
}

func guardName(level int) string {
	switch level {
	case 1:
		return "总督"
	case 2:
		return "提督"
	case 3:
		return "舰长"
	}
	return ""
}

// parseMoney reads an amount of CNY exactly, to the thousandth.
func parseMoney(s string) (event.Money, error) {
	whole, rest, _ := strings.Cut(strings.TrimSpace(s), ".")
	negative := strings.HasPrefix(whole, "-")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > 1e12 || n < -1e12 {
		return 0, fmt.Errorf("amount %q is no number", s)
	}
	milli := int64(0)
	for i := range 3 {
		d := int64(0)
		if i < len(rest) {
			if d = int64(rest[i]) - '0'; d < 0 || d > 9 {
				return 0, fmt.Errorf("amount %q is no number", s)
			}
		}
		milli = milli*10 + d
	}
	if negative {
		milli = -milli
	}
	return event.Money(n*1000 + milli), nil
}
