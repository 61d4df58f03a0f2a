package simroom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// Fault is something that goes wrong: NAME[=VALUE][@START][/LENGTH][~EVERY][#ROOM].
type Fault struct {
	Name  string
	Value string
	At    time.Duration // since the server was made
	For   time.Duration // 0: a fault that lasts lasts for ever
	Every time.Duration // 0: once
	Room  event.RoomID  // 0: all rooms
}

// faults are the names, with what they do and what VALUE is. Those that last
// are on from START for LENGTH; a moment happens once, or once a second for
// LENGTH. This table is the help text, too.
var faults = []struct {
	name  string
	lasts bool
	value string
	help  string
}{
	{"drop", false, "", "cut all connections; with LENGTH, refuse new ones for so long"},
	{"half-open", false, "", "connections stay open, but never carry anything again; with LENGTH, new ones too for so long"},
	{"slow", true, "delay (200ms)", "every message of every connection takes so long"},
	{"silent", true, "", "heartbeats are answered, but nothing that is said arrives"},
	{"thin", true, "share (0.5)", "the platform leaves out this share of the comments"},
	{"refuse", true, "", "the socket's address answers nothing"},
	{"wrong-host", true, "number or all (1)", "so many addresses at the head of host_list lead nowhere"},
	{"refuse-token", true, "", "every token is answered with -101"},
	{"expire-token", false, "", "all tokens given so far are void and their connections cut"},
	{"-352", true, "", "getDanmuInfo answers -352; other calls are fine"},
	{"-412", true, "", "all calls answer HTTP 412 with code -412; with ROOM those that name it"},
	{"api", true, "code (-500)", "all calls answer this code; with ROOM those that name it"},
	{"http", true, "status (500)", "all calls answer this HTTP status and no JSON; with ROOM those that name it"},
	{"rotate-wbi", false, "", "the keys for signing change"},
	{"wrong-room", true, "", "the room is not known to any call"},
	{"locked", true, "", "the room is locked"},
	{"mask", true, "whom (guests)", "who is not logged in sees no names and no uids; all: nobody does, and nobody is told why"},
	{"offline", false, "", "the broadcast ends; after LENGTH (20s) it is live again"},
	{"skew", true, "duration (5m)", "the platform's clock is so far ahead, or behind with a minus"},
	{"duplicate", false, "messages (20)", "cut all connections; who joins then gets the last messages again, for LENGTH or ever"},
	{"out-of-order", true, "", "every second message comes before the one it follows"},
	{"corrupt", false, "", "a bundle with flipped bits, between the others"},
	{"truncated", false, "", "a bundle whose brotli stream is cut off"},
	{"bomb", false, "MB (1024)", "a bundle that unpacks to so much"},
	{"zlib-bomb", false, "MB (1024)", "the same with zlib"},
	{"giant", false, "MB (32)", "a command of so many megabytes"},
	{"bad-length", false, "", "a packet that says to be longer than it is"},
	{"zero-length", false, "", "a packet that says to have no length"},
	{"short-header", false, "", "a message of seven bytes"},
	{"bad-json", false, "", "a command that is not JSON"},
	{"bad-utf8", false, "", "a comment that is not UTF-8"},
	{"bad-type", false, "", "a comment whose fields have the wrong types"},
	{"no-scan", true, "", "nobody scans the QR code"},
	{"no-confirm", true, "", "the QR code is scanned, but never confirmed"},
	{"decline", true, "", "the QR code is scanned, and the login declined on the phone: the code is void"},
	{"expire-code", false, "", "all QR codes given so far are void"},
	{"poll", true, "code (-352)", "asking how far the QR code got answers this code; -412 and HTTP 412 go together"},
}

// everywhere are the faults that concern no room.
var everywhere = []string{"rotate-wbi", "skew", "no-scan", "no-confirm", "decline", "expire-code", "poll"}

// FaultHelp describes the grammar of a fault and every name.
func FaultHelp() string {
	var b strings.Builder
	b.WriteString("NAME[=VALUE][@START][/LENGTH][~EVERY][#ROOM], such as drop@30s, half-open@1m/20s, slow=300ms@10s/1m, drop@30s~2m, -352@0s/2m.\n" +
		"START counts from the start of the program (0s when left out), EVERY repeats the fault, ROOM is a long id.\n\n")
	for _, f := range faults {
		name := f.name
		if f.value != "" {
			name += "=" + f.value
		}
		fmt.Fprintf(&b, "  %-30s %s\n", name, f.help)
	}
	return b.String()
}

// FaultNames are the names of all faults.
func FaultNames() []string {
	var names []string
	for _, f := range faults {
		names = append(names, f.name)
	}
	return names
}

// ParseFault reads a fault as written on the command line.
func ParseFault(text string) (Fault, error) {
	bad := func(what string) (Fault, error) {
		return Fault{}, fmt.Errorf("simroom: fault %q: %s; a fault is NAME[=VALUE][@START][/LENGTH][~EVERY][#ROOM]", text, what)
	}
	var f Fault
	rest := text
	cut := func(mark string) (value string, found bool) {
		i := strings.LastIndex(rest, mark)
		if i < 0 {
			return "", false
		}
		value, rest = rest[i+1:], rest[:i]
		return value, true
	}
	if v, found := cut("#"); found {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil || id <= 0 {
			return bad("the room " + strconv.Quote(v) + " is not an id")
		}
		f.Room = event.RoomID(id)
	}
	for _, part := range []struct {
		mark string
		to   *time.Duration
	}{{"~", &f.Every}, {"/", &f.For}, {"@", &f.At}} {
		if v, found := cut(part.mark); found {
			d, err := time.ParseDuration(v)
			if err != nil || d < 0 {
				return bad(strconv.Quote(v) + " is not a duration such as 30s")
			}
			*part.to = d
		}
	}
	f.Name, f.Value, _ = strings.Cut(rest, "=")
	if f.Name == "352" || f.Name == "412" {
		f.Name = "-" + f.Name
	}
	if err := f.check(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

// String writes f as ParseFault reads it.
func (f Fault) String() string {
	s := f.Name
	if f.Value != "" {
		s += "=" + f.Value
	}
	s += "@" + f.At.String()
	if f.For > 0 {
		s += "/" + f.For.String()
	}
	if f.Every > 0 {
		s += "~" + f.Every.String()
	}
	if f.Room != 0 {
		s += "#" + f.Room.String()
	}
	return s
}

func (f Fault) check() error {
	i := slices.IndexFunc(faults, func(x struct {
		name  string
		lasts bool
		value string
		help  string
	}) bool {
		return x.name == f.Name
	})
	if i < 0 {
		return fmt.Errorf("simroom: no fault %q; --help lists them", f.Name)
	}
	if f.Room != 0 && slices.Contains(everywhere, f.Name) {
		return fmt.Errorf("simroom: fault %s is for the whole platform: leave out #%s", f.Name, f.Room)
	}
	if f.Value == "" {
		return nil
	}
	kind, _, _ := strings.Cut(faults[i].value, " ")
	var err error
	switch kind {
	case "":
		err = errors.New("it takes no value")
	case "delay", "duration":
		_, err = time.ParseDuration(f.Value)
	case "share":
		var x float64
		if x, err = strconv.ParseFloat(f.Value, 64); err == nil && (x < 0 || x > 1) {
			err = errors.New("not between 0 and 1")
		}
	case "whom":
		if f.Value != "guests" && f.Value != "all" {
			err = errors.New("guests or all")
		}
	case "number":
		if f.Value != "all" {
			_, err = strconv.ParseUint(f.Value, 10, 8)
		}
	case "messages", "MB", "status":
		_, err = strconv.ParseUint(f.Value, 10, 16)
	default:
		_, err = strconv.Atoi(f.Value)
	}
	if err != nil {
		return fmt.Errorf("simroom: fault %s=%s: %w", f.Name, f.Value, err)
	}
	return nil
}

// on reports whether f is on after d of the server's time.
func (f *Fault) on(d time.Duration) bool {
	if d -= f.At; d < 0 {
		return false
	}
	if f.Every > 0 {
		d %= f.Every
	}
	return f.For == 0 || d < f.For
}

// active reports whether the fault of that name is on, for a room or (nil)
// for what concerns no room, and its value.
func (s *Server) active(name string, r *room) (value string, on bool) {
	if len(s.config.Faults) == 0 {
		return "", false
	}
	d := time.Since(s.began)
	for i := range s.config.Faults {
		f := &s.config.Faults[i]
		if f.Name == name && (f.Room == 0 || r != nil && r.ID == f.Room) && f.on(d) {
			return f.Value, true
		}
	}
	return "", false
}

// play makes the moments of a fault happen.
func (s *Server) play(ctx context.Context, f Fault) {
	at := f.At
	for {
		if !sleep(ctx, time.Until(s.began.Add(at))) {
			return
		}
		s.log.Info("fault", "fault", f.String())
		s.strike(ctx, f)
		if f.Every == 0 {
			return
		}
		at += f.Every
	}
}

// strike does what a fault does at its beginning.
func (s *Server) strike(ctx context.Context, f Fault) {
	for _, r := range s.order {
		if f.Room != 0 && f.Room != r.ID {
			continue
		}
		switch f.Name {
		case "drop", "duplicate":
			r.cutAll("fault: " + f.Name)
		case "expire-token":
			s.accounts.mu.Lock()
			s.accounts.forgot = time.Now()
			s.accounts.mu.Unlock()
			r.cutAll("fault: expire-token")
		case "half-open":
			for _, c := range r.connections() {
				c.deaf.Store(true)
			}
		case "rotate-wbi":
			s.accounts.mu.Lock()
			s.accounts.rotated++
			s.accounts.mu.Unlock()
			return
		case "expire-code":
			s.accounts.mu.Lock()
			clear(s.accounts.codes)
			s.accounts.mu.Unlock()
			return
		case "offline":
			r.offline(ctx, cmp.Or(f.For, 20*time.Second))
		default:
			if packet := s.bad(f, r); packet != nil {
				r.inject(ctx, packet)
				for end := time.Now().Add(f.For); time.Now().Add(time.Second).Before(end); {
					if !sleep(ctx, time.Second) {
						return
					}
					r.inject(ctx, packet)
				}
			}
		}
	}
}

// refusing reports whether new connections to a room are turned away.
func (s *Server) refusing(r *room) bool {
	d := time.Since(s.began)
	for i := range s.config.Faults {
		f := &s.config.Faults[i]
		if f.Name == "drop" && f.For > 0 && (f.Room == 0 || f.Room == r.ID) && f.on(d) {
			return true
		}
	}
	return false
}

// muted reports whether a half-open fault swallows a new connection.
func (s *Server) muted(r *room) bool {
	d := time.Since(s.began)
	for i := range s.config.Faults {
		f := &s.config.Faults[i]
		if f.Name == "half-open" && f.For > 0 && (f.Room == 0 || f.Room == r.ID) && f.on(d) {
			return true
		}
	}
	return false
}

func (r *room) cutAll(why string) {
	for _, c := range r.connections() {
		c.cut(why)
	}
}

// failing answers a call in place of its handler when a fault says so.
func (s *Server) failing(w http.ResponseWriter, q *http.Request) bool {
	r := s.named(q)
	if v, on := s.active("http", r); on {
		status, _ := strconv.Atoi(cmp.Or(v, "500"))
		http.Error(w, http.StatusText(status), status)
		return true
	}
	if _, on := s.active("-412", r); on {
		ban(w)
		return true
	}
	if v, on := s.active("api", r); on {
		code, _ := strconv.Atoi(cmp.Or(v, "-500"))
		fail(w, code, strconv.Itoa(code))
		return true
	}
	if _, on := s.active("-352", r); on && strings.HasSuffix(q.URL.Path, "/getDanmuInfo") {
		fail(w, -352, "-352")
		return true
	}
	if v, on := s.active("poll", nil); on && strings.HasSuffix(q.URL.Path, "/qrcode/poll") {
		if code, _ := strconv.Atoi(cmp.Or(v, "-352")); code == -412 {
			ban(w)
		} else {
			fail(w, code, strconv.Itoa(code))
		}
		return true
	}
	return false
}

// named is the room that a call names, whatever the parameter is called.
func (s *Server) named(q *http.Request) *room {
	query := q.URL.Query()
	for _, parameter := range []string{"id", "room_id", "roomid", "room_ids"} {
		if id, err := strconv.ParseInt(query.Get(parameter), 10, 64); err == nil {
			return s.rooms[event.RoomID(id)]
		}
	}
	return nil
}

// ban answers as the platform does to an address it wants to hear no more of.
func ban(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusPreconditionFailed)
	_, _ = w.Write([]byte(`{"code":-412,"message":"request was banned","ttl":1}`))
}

// delay is how long each message to a room's connections takes.
func (s *Server) delay(r *room) time.Duration {
	v, on := s.active("slow", r)
	if !on {
		return 0
	}
	d, _ := time.ParseDuration(cmp.Or(v, "200ms"))
	return d
}

// skewed is the platform's clock when it should be t.
func (s *Server) skewed(t time.Time) time.Time {
	v, on := s.active("skew", nil)
	if !on {
		return t
	}
	d, _ := time.ParseDuration(cmp.Or(v, "5m"))
	return t.Add(d)
}
