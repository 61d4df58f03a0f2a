package relay

import (
	"net"
	"net/http"
	"strconv"

	"danmaku/internal/dialect"
)

// OneComme: its socket and the calls that its pages make.

func (r *Relay) oneCommeRoutes() {
	r.mux.HandleFunc("GET /api/info", func(w http.ResponseWriter, req *http.Request) {
		port := 80
		if _, p, err := net.SplitHostPort(req.Host); err == nil {
			port, _ = strconv.Atoi(p)
		}
		writeJSON(w, http.StatusOK, map[string]any{"platform": "win", "version": "8.0.0", "port": port, "licensed": false, "templatePath": "", "templateUrl": ""})
	})
	r.mux.HandleFunc("GET /api/comments", func(w http.ResponseWriter, req *http.Request) {
		v := r.values(req)
		rooms := v.rooms(r.longID)
		if v.err != nil {
			writeProblem(w, v.err)
			return
		}
		writeRaw(w, dialect.OneCommeComments(r.newest(req.Context(), dialect.OneComme, rooms, r.feeds.position(), 100)))
	})
	r.mux.HandleFunc("GET /api/services", func(w http.ResponseWriter, _ *http.Request) { writeRaw(w, dialect.OneCommeServices(r.rooms())) })
	r.mux.HandleFunc("GET /api/setlists/current", func(w http.ResponseWriter, _ *http.Request) { writeRaw(w, dialect.OneCommeSetlist()) })
	for path, nothing := range map[string]string{"comments/pinned": "null", "comments/search": "[]", "orders": "[]", "templates": "[]", "config": "{}"} {
		r.mux.HandleFunc("GET /api/"+path, func(w http.ResponseWriter, _ *http.Request) { writeRaw(w, []byte(nothing)) })
	}
}

// oneCommeHistory is how many comments a page begins with.
const oneCommeHistory = 30

// oneComme serves /sub?p=: the last comments, then the live ones.
func (r *Relay) oneComme(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	rooms := v.rooms(r.longID)
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	conn, leave, ok := r.accept(w, req, "")
	if !ok {
		return
	}
	r.listen(conn, listener{dialect: dialect.OneComme, rooms: rooms, first: func(seq int64) [][]byte {
		comments := dialect.OneCommeComments(r.newest(r.draining, dialect.OneComme, rooms, seq, oneCommeHistory))
		return [][]byte{dialect.OneCommeConnected(comments, dialect.OneCommeServices(r.rooms()))}
	}}, leave)
}
