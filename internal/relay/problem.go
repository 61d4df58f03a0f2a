package relay

import (
	"encoding/json"
	"net/http"
)

// problem is an error as callers see it.
type problem struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`    // for programs
	Message string `json:"message"` // what is wrong
	Hint    string `json:"hint"`    // what to do
}

func (p *problem) Error() string { return p.Message }

func writeProblem(w http.ResponseWriter, p *problem) {
	writeJSON(w, p.Status, map[string]*problem{"error": p})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // our own types always marshal
		status, b = 500, []byte(`{"error":{"code":"internal","message":"the answer could not be encoded","hint":"please report this"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

var (
	errNoArchive = &problem{http.StatusNotFound, "no_archive", "this relay keeps no archive",
		"start it with --archive FILE to search and to resume"}
	errNoRooms = &problem{http.StatusNotFound, "no_rooms", "this relay cannot join or leave rooms",
		"it passes on what another program receives"}
	errStarting = &problem{http.StatusServiceUnavailable, "starting", "the relay is starting or stopping", "try again in a second"}
)

func archiveProblem(err error) *problem {
	return &problem{http.StatusServiceUnavailable, "archive_unreadable", "the archive cannot be read: " + err.Error(),
		"look at /healthz and the relay's log"}
}
