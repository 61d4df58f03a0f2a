package relay

import (
	"net/http"
	"strconv"
	"strings"

	"danmaku/event"
)

func (r *Relay) routes() {
	r.mux.HandleFunc("GET /v1/events", r.events)
	r.mux.HandleFunc("GET /v1/rooms", r.listRooms)
	r.mux.HandleFunc("PUT /v1/rooms/{room}", r.joinRoom)
	r.mux.HandleFunc("DELETE /v1/rooms/{room}", r.leaveRoom)
	r.mux.HandleFunc("GET /v1/search", r.search)
	r.mux.HandleFunc("GET /v1/coverage", r.coverage)
	r.facadeRoutes()
	r.blivechatRoutes()
	r.bridgeRoutes()
	r.oneCommeRoutes()
	r.pageRoutes()
	r.mux.HandleFunc("GET /v1/timeline", r.timeline)
	r.mux.HandleFunc("GET /v1/broadcasts", r.broadcasts)
	r.mux.HandleFunc("GET /v1/export", r.export)
	r.mux.HandleFunc("GET /schema/event.json", schema)
	r.mux.Handle("GET /metrics", r.metrics())
	r.mux.HandleFunc("GET /healthz", r.healthz)
	r.mux.HandleFunc("GET /readyz", r.readyz)
	r.handler = r.guard(plainErrors(r.mux))
}

// plainErrors gives the answers of the router itself (no such address, wrong
// method) the shape of all other errors.
func plainErrors(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, pattern := mux.Handler(req); pattern != "" {
			mux.ServeHTTP(w, req)
			return
		}
		rec := &refusal{header: http.Header{}}
		mux.ServeHTTP(rec, req)
		switch rec.status {
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", rec.header.Get("Allow"))
			writeProblem(w, &problem{rec.status, "method_not_allowed", "this address does not take " + method(req), "it takes " + rec.header.Get("Allow")})
		case http.StatusMovedPermanently, http.StatusPermanentRedirect, http.StatusTemporaryRedirect:
			w.Header().Set("Location", rec.header.Get("Location"))
			writeProblem(w, &problem{rec.status, "moved", "the address has a simpler form", "use " + strconv.QuoteToASCII(rec.header.Get("Location"))})
		default:
			writeProblem(w, &problem{http.StatusNotFound, "not_found", "there is nothing at this address", "the dashboard at / lists the addresses"})
		}
	})
}

// method is a request's method as it may be repeated in an answer.
func method(req *http.Request) string {
	if len(req.Method) > 10 {
		return "this method"
	}
	return req.Method
}

type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (r *refusal) WriteHeader(status int)      { r.status = status }

func (r *Relay) listRooms(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"rooms": r.rooms()})
}

func (r *Relay) rooms() []event.Status {
	rooms := []event.Status{}
	if r.config.Rooms != nil {
		rooms = append(rooms, r.config.Rooms.Rooms()...)
	}
	return rooms
}

func roomOf(req *http.Request) (event.RoomID, *problem) {
	id, err := strconv.ParseInt(req.PathValue("room"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &problem{http.StatusBadRequest, "bad_parameter", "the address does not end in a room's number", "use the number in the address of the live room"}
	}
	return event.RoomID(id), nil
}

func (r *Relay) joinRoom(w http.ResponseWriter, req *http.Request) {
	room, p := roomOf(req)
	if p == nil && r.config.Rooms == nil {
		p = errNoRooms
	}
	if p != nil {
		writeProblem(w, p)
		return
	}
	status, err := r.config.Rooms.Join(req.Context(), room)
	switch {
	case status.State == event.StateNotFound:
		writeProblem(w, &problem{http.StatusNotFound, "no_such_room", "the platform knows no room " + room.String(), "use the number in the address of the live room"})
	case err != nil:
		writeProblem(w, &problem{http.StatusBadGateway, "join_failed", err.Error(), cmpOr(status.Advice, "try again later")})
	default:
		writeJSON(w, http.StatusOK, status)
	}
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (r *Relay) leaveRoom(w http.ResponseWriter, req *http.Request) {
	room, p := roomOf(req)
	if p == nil && r.config.Rooms == nil {
		p = errNoRooms
	}
	if p == nil {
		room = r.longID(room)
		p = &problem{http.StatusNotFound, "not_joined", "the relay has not joined room " + room.String(), "list the rooms: relay rooms list, or GET /v1/rooms"}
		for _, s := range r.config.Rooms.Rooms() {
			if s.Room == room {
				p = nil
			}
		}
	}
	if p == nil {
		if err := r.config.Rooms.Leave(req.Context(), room); err != nil {
			p = &problem{http.StatusBadGateway, "leave_failed", err.Error(), "try again later"}
		}
	}
	if p != nil {
		writeProblem(w, p)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Limits of one page of a search.
const (
	defaultSearch = 100
	maxSearch     = 1000
)

// search answers from the archive, newest first by the platform's clock; next is
// what to ask with before= for the following page, 0 when there is none.
func (r *Relay) search(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	f := event.Filter{
		Rooms: v.rooms(r.longID), Kinds: v.kinds(), User: v.text("user"), Text: v.text("q"),
		From: v.when("from"), To: v.when("to"), Before: v.number("before", 0, 1, 1<<62),
		Limit: int(v.number("limit", defaultSearch, 1, maxSearch)), Raw: v.flag("raw"), Newest: true, ByClock: true,
	}
	if v.err == nil && r.config.History == nil {
		v.err = errNoArchive
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	p := &answerPage{}
	var buf []byte
	for e, err := range r.config.History.Query(req.Context(), f) {
		if err != nil {
			writeProblem(w, archiveProblem(err))
			return
		}
		buf = e.AppendJSON(buf[:0], f.Raw)
		p.add(buf, e.Seq)
	}
	next := int64(0)
	if p.events == f.Limit {
		next = p.last
	}
	p.write(w, next, "")
}

// coverage answers what is known of the completeness of a room's events.
func (r *Relay) coverage(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	rooms := v.rooms(r.longID)
	from, to := v.when("from"), v.when("to")
	if to == 0 {
		to = event.At(v.now)
	}
	if v.err == nil && len(rooms) != 1 {
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "coverage is of one room", "add room=NUMBER"}
	}
	if v.err == nil && from > to {
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "from is later than to", "swap them"}
	}
	if v.err == nil && r.config.History == nil {
		v.err = errNoArchive
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	c, err := r.config.History.Coverage(req.Context(), rooms[0], from, to)
	if err != nil {
		writeProblem(w, archiveProblem(err))
		return
	}
	// Lists, never null.
	c.Room = rooms[0]
	c.Spans, c.Gaps = append([]event.Span{}, c.Spans...), append([]event.Gap{}, c.Gaps...)
	for i := range c.Gaps {
		c.Gaps[i].Room = 0 // said once, above
	}
	writeJSON(w, http.StatusOK, c)
}

// health is what /healthz and /readyz say.
type health struct {
	Status  string   `json:"status"` // ok, degraded, starting
	Reasons []string `json:"reasons"`
	Rooms   int      `json:"rooms"`
	Online  int      `json:"online"`
	Archive string   `json:"archive"` // id, or why there is none
	Seq     int64    `json:"seq"`
	Clients int      `json:"subscribers"`
	Version string   `json:"version"`
}

func (r *Relay) health(req *http.Request) health {
	h := health{Status: "ok", Reasons: []string{}, Clients: r.Subscribers(), Version: r.config.Version}
	select {
	case <-r.started:
		h.Seq = r.feeds.position()
	default:
		h.Status = "starting"
		h.Reasons = append(h.Reasons, "the relay is starting")
	}
	if r.draining.Err() != nil {
		h.Reasons = append(h.Reasons, "the relay is stopping")
	}
	if r.config.History == nil {
		h.Archive = "not archived: there is no archive file"
	} else {
		h.Archive = r.config.History.ID()
		if _, err := r.config.History.LastSeq(req.Context()); err != nil {
			h.Reasons = append(h.Reasons, "the archive cannot be read: "+err.Error())
		}
	}
	for _, s := range r.rooms() {
		h.Rooms++
		if s.State.Connected() {
			h.Online++
			if r.config.History != nil && !s.Archived {
				h.Reasons = append(h.Reasons, "not archived: events of room "+s.Room.String()+" are not being written")
			}
		} else if s.State != event.StateStopped {
			h.Reasons = append(h.Reasons, strings.TrimSpace("room "+s.Room.String()+" is "+string(s.State)+" "+string(s.Cause)))
		}
	}
	if h.Status == "ok" && len(h.Reasons) > 0 {
		h.Status = "degraded"
	}
	return h
}

// Subscribers is how many there are at the moment, on every way: as many as
// the limit of subscribers counts.
func (r *Relay) Subscribers() int {
	return r.subscribed.count()
}

// healthz says whether the process lives; what is wrong with it is in the
// answer, for people.
func (r *Relay) healthz(w http.ResponseWriter, req *http.Request) {
	writeJSON(w, http.StatusOK, r.told(req, r.health(req)))
}

// told leaves out what is only for those with a token.
func (r *Relay) told(req *http.Request, h health) any {
	if r.config.Tokens == nil || r.config.Tokens.scope(tokenOf(req)) >= scopeRead {
		return h
	}
	return map[string]string{"status": h.Status}
}

// readyz says whether the relay does its job: it fails while it starts or
// stops, while the archive cannot be written, and while no room is connected.
func (r *Relay) readyz(w http.ResponseWriter, req *http.Request) {
	h := r.health(req)
	status := http.StatusOK
	if h.Status != "ok" && (h.Rooms == 0 || h.Online == 0 || h.Status == "starting" || r.draining.Err() != nil || notArchived(h.Reasons)) {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, r.told(req, h))
}

func notArchived(reasons []string) bool {
	for _, s := range reasons {
		if strings.HasPrefix(s, "not archived") || strings.HasPrefix(s, "the archive") {
			return true
		}
	}
	return false
}
