package relay

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"danmaku/event"
	"danmaku/internal/fanout"
)

// way is a way to subscribe.
type way uint8

const (
	wayWebSocket way = iota
	waySSE
	wayLines
	wayPoll
)

// wayOf chooses by the request: an upgrade, the parameter format=, or Accept.
func wayOf(req *http.Request, v *values) way {
	if websocket.IsWebSocketUpgrade(req) {
		return wayWebSocket
	}
	switch f := v.Get("format"); f {
	case "sse":
		return waySSE
	case "ndjson":
		return wayLines
	case "json":
		return wayPoll
	case "":
	default:
		v.fail("format", f, "sse, ndjson or json; leave it out and use Accept")
	}
	for _, accept := range req.Header.Values("Accept") {
		for item := range strings.SplitSeq(accept, ",") {
			item, _, _ = strings.Cut(item, ";")
			switch strings.ToLower(strings.TrimSpace(item)) {
			case "text/event-stream":
				return waySSE
			case "application/x-ndjson", "application/ndjson", "application/jsonl":
				return wayLines
			case "application/json":
				return wayPoll
			}
		}
	}
	return wayPoll
}

// events answers GET /v1/events in whichever way was asked for.
func (r *Relay) events(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	w.Header().Add("Vary", "Accept")
	way := wayOf(req, v)
	sel, after := r.selection(v)
	if id := req.Header.Get("Last-Event-ID"); id != "" && way == waySSE {
		// A browser that reconnects asks for the same address again: what it has
		// seen since counts.
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 0 {
			v.fail("Last-Event-ID", id, "the id of the last event received")
		}
		after = max(after, n)
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	if err := r.ready(req.Context()); err != nil {
		writeProblem(w, errStarting)
		return
	}
	refused := r.refuse(req.Context(), v.Get("archive"), after)
	switch way {
	case wayWebSocket:
		r.socket(w, req, sel, after, refused)
	case waySSE:
		sel.format = formatSSE
		r.stream(w, req, sel, after, refused)
	case wayLines:
		sel.format = formatLines
		r.stream(w, req, sel, after, refused)
	case wayPoll:
		r.poll(w, req, v, sel, after, refused)
	}
}

func (r *Relay) values(req *http.Request) *values {
	v, err := url.ParseQuery(req.URL.RawQuery)
	vs := &values{Values: v, now: time.Now()}
	if err != nil {
		vs.err = &problem{http.StatusBadRequest, "bad_query", "the part behind the ? is not a query", "escape spaces, % and ; by percent signs"}
	}
	return vs
}

// refuse judges a position to resume from.
func (r *Relay) refuse(ctx context.Context, archive string, after int64) *problem {
	h := r.config.History
	switch {
	case h == nil && (after > 0 || archive != ""):
		return &problem{http.StatusConflict, "no_archive", "this relay keeps no archive to resume from",
			"leave after= and archive= out to follow live"}
	case h == nil:
		return nil
	case archive != "" && archive != h.ID():
		return &problem{http.StatusConflict, "other_archive", "the position is from another archive; this one is " + h.ID(),
			"start again without after= and archive="}
	case after > r.feeds.position():
		last, err := h.LastSeq(ctx)
		if err != nil {
			return archiveProblem(err)
		}
		if after > last {
			return &problem{http.StatusConflict, "position_unknown", "after=" + strconv.FormatInt(after, 10) +
				" is behind the archive's end, which is " + strconv.FormatInt(last, 10), "start again without after="}
		}
	}
	return nil
}

// hello is the message that every subscriber gets first.
func (r *Relay) hello(seq int64) *message {
	h := hello{Version: 1, Seq: seq}
	if r.config.History != nil {
		h.Archive = r.config.History.ID()
	}
	return notice("hello", h)
}

// catchUp brings one subscriber from a position of the archive to the live log,
// piece by piece, at the subscriber's own pace.
type catchUp struct {
	r     *Relay
	feed  *feed
	z     deflater
	after int64
	upTo  int64        // this round's end; 0: a round is to begin
	place fanout.Place // in the live log; what is in no archive is sent from there on
	loose bool         // the log has dropped some of that before it was sent
	since event.Millis // when the subscriber was last there; 0: not known
	begun bool
}

// Bounds of one piece, so that no archive query is long and no piece large.
const (
	pieceEvents = 256             // about
	pieceBytes  = 128 << 10       // and what the last event is longer
	pieceSpan   = 200 * pieceGrid // positions looked through
	gapRooms    = 100             // rooms whose gaps are told to one who comes back
)

// next gives the next piece.
func (c *catchUp) next(ctx context.Context) (fanout.Older, error) {
	history := c.r.config.History
	if history == nil {
		return fanout.Older{Done: true, Place: c.place}, nil
	}
	if !c.begun {
		if c.begun = true; c.after > 0 {
			for e, err := range history.Query(ctx, event.Filter{After: c.after - 1, Before: c.after + 1, Limit: 1}) {
				if err != nil {
					return fanout.Older{}, err
				}
				c.since = e.Received
			}
		}
	}
	if c.upTo == 0 {
		last, err := history.LastSeq(ctx)
		if err != nil {
			return fanout.Older{}, err
		}
		place, seq := c.r.feeds.attach(c.feed, last)
		if !c.feed.log.Holds(c.place) { // it took so long that the live log went on
			c.loose = c.loose || c.feed.log.Loose(c.place)
			c.place = place
		}
		c.upTo = max(seq, last, c.after)
	}
	var frames []byte
	if c.after < c.upTo {
		p, err := c.r.pieces.after(ctx, pieceKey{c.feed, c.after}, c.upTo, c.read)
		if err != nil {
			return fanout.Older{}, err
		}
		c.r.count.older.Add(uint64(p.events))
		if frames, c.after = p.frames, p.end; c.after < c.upTo {
			return fanout.Older{Frames: frames}, nil
		}
	}
	if !c.feed.log.Holds(c.place) {
		c.upTo = 0 // another round, then
		return fanout.Older{Frames: frames}, nil
	}
	if c.loose {
		frames = c.feed.one(frames, laggedMessage(fanout.Missed{}), &c.z)
	}
	frames, err := c.tellGaps(ctx, frames)
	return fanout.Older{Frames: frames, Done: true, Place: c.place, Skip: c.upTo}, err
}

// read reads the piece that begins behind c.after. Where it ends depends on the
// archive and hardly on where it begins, so that others need the same next one.
func (c *catchUp) read(ctx context.Context) (piece, error) {
	p := piece{end: min(c.upTo, (c.after/pieceSpan+1)*pieceSpan)}
	p.final = p.end < c.upTo
	f := c.feed.filter
	f.After, f.Before, f.Limit = c.after, p.end+1, 2*pieceEvents
	stop := func(at int64) { p.end, p.final = at, true }
	var frames, buf []byte
	last := c.after
	for e, err := range c.r.config.History.Query(ctx, f) {
		if err != nil {
			return piece{}, err
		}
		if line := (e.Seq - 1) / pieceGrid * pieceGrid; p.events >= pieceEvents/2 && line >= last {
			stop(line)
			break
		}
		if c.feed.batch == 0 {
			buf = e.AppendJSON(buf[:0], f.Raw)
			frames = c.feed.one(frames, &message{seq: e.Seq, json: buf}, &c.z)
		} else { // a piece is one batch
			buf = e.AppendJSON(append(buf, ','), f.Raw)
		}
		last = e.Seq
		if p.events++; p.events == f.Limit || max(len(frames), len(buf)) >= pieceBytes {
			stop(last)
			break
		}
	}
	if c.feed.batch > 0 && p.events > 0 {
		buf[0] = '['
		frames = c.feed.format.append(frames, &message{seq: last, json: append(buf, ']')}, &c.z)
	}
	p.frames = slices.Clip(frames) // they are shared: what is appended goes elsewhere
	return p, nil
}

// tellGaps appends what the rooms' sockets missed while the subscriber was
// away, when all events of that time have been given.
func (c *catchUp) tellGaps(ctx context.Context, frames []byte) ([]byte, error) {
	rooms := c.feed.filter.Rooms
	if len(rooms) == 0 {
		for _, s := range c.r.rooms() {
			rooms = append(rooms, s.Room)
		}
	}
	if c.since == 0 || len(rooms) > gapRooms {
		return frames, nil
	}
	for _, room := range rooms {
		coverage, err := c.r.config.History.Coverage(ctx, room, c.since, event.At(time.Now()))
		if err != nil {
			return frames, err
		}
		for _, g := range coverage.Gaps {
			if g.Room = room; g.To == nil || *g.To > c.since {
				frames = c.feed.one(frames, gapMessage(&g), &c.z)
			}
		}
	}
	return frames, nil
}

// one appends a single event in the form of the feed.
func (f *feed) one(dst []byte, m *message, z *deflater) []byte {
	if f.batch == 0 {
		return f.format.append(dst, m, z)
	}
	json := append(append([]byte{'['}, m.json...), ']')
	return f.format.append(dst, &message{name: m.name, seq: m.seq, json: json}, z)
}
