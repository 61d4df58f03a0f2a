package relay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"danmaku/event"
)

// Export is what /v1/export is asked for.
type Export struct {
	Format string // a key of formats
	Filter event.Filter
}

// formats are the forms of an export, with their content types.
var formats = map[string]string{
	"xml":     "application/xml; charset=utf-8",
	"ass":     "text/x-ssa; charset=utf-8",
	"jsonl":   "application/x-ndjson",
	"csv":     "text/csv; charset=utf-8",
	"parquet": "application/vnd.apache.parquet",
}

// stepsMax bounds the answer of /v1/timeline.
const stepsMax = 20_000

// timeline answers counts and money per step.
func (r *Relay) timeline(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	room, from, to := v.oneRoom(r.longID)
	step := v.duration("step", time.Second, 7*24*time.Hour)
	if step == 0 {
		step = time.Minute
	}
	if to == 0 {
		to = event.At(v.now)
	}
	if from == 0 {
		from = to - event.Millis((24 * time.Hour).Milliseconds())
	}
	switch {
	case v.err != nil:
	case from > to: // from lies after now
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "from is later than to", "swap them"}
	case int64(to-from)/step.Milliseconds() > stepsMax:
		v.err = &problem{http.StatusBadRequest, "bad_parameter", "that is too many steps", "ask for a longer step= or a shorter time"}
	case r.config.Timeline == nil:
		v.err = errNoArchive
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	steps, err := r.config.Timeline(req.Context(), room, from, to, step)
	if err != nil {
		writeProblem(w, archiveProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"room": room, "from": from, "to": to, "step": step.Seconds(), "steps": steps})
}

// broadcasts answers which rooms the archive has anything of, and with a room
// its broadcasts.
func (r *Relay) broadcasts(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	room, from, to := v.oneRoom(r.longID)
	if v.err == nil && r.config.Broadcasts == nil {
		v.err = errNoArchive
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	known, list, err := r.config.Broadcasts(req.Context(), room, from, to)
	if err != nil {
		writeProblem(w, archiveProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"rooms": known, "broadcasts": list})
}

// export writes the archive's events as a file.
func (r *Relay) export(w http.ResponseWriter, req *http.Request) {
	v := r.values(req)
	e := Export{Format: v.Get("format"), Filter: event.Filter{Rooms: v.rooms(r.longID), Kinds: v.kinds(), User: v.text("user"), Text: v.text("q"),
		From: v.when("from"), To: v.when("to"), Raw: v.flag("raw")}}
	kind, ok := formats[e.Format]
	if !ok {
		v.fail("format", e.Format, "xml, ass, jsonl, csv or parquet")
	}
	if v.err == nil && r.config.Export == nil {
		v.err = errNoArchive
	}
	if v.err == nil {
		select {
		case r.exports <- struct{}{}:
			defer func() { <-r.exports }()
		default:
			v.err = &problem{http.StatusTooManyRequests, "busy", "other exports are running", "try again when they are done"}
		}
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	name := "danmaku"
	for _, room := range e.Filter.Rooms[:min(len(e.Filter.Rooms), 3)] {
		name += "-" + room.String()
	}
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(r.draining, cancel)()
	out := &lateHeader{w: w, c: http.NewResponseController(w), kind: kind, name: name + "." + e.Format}
	err := r.config.Export(ctx, out, e)
	switch {
	case err == nil && !out.begun:
		_, err = out.Write(nil) // an empty file
	case err != nil && !out.begun:
		writeProblem(w, archiveProblem(err))
		return
	}
	if err != nil {
		r.log.Warn("an export broke off", "format", e.Format, "err", err)
		panic(http.ErrAbortHandler) // half a file must not look whole
	}
}

// lateHeader sends the header with the first byte, so that an error before it
// is still told as one.
type lateHeader struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	kind  string
	name  string
	begun bool
}

func (l *lateHeader) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		h := l.w.Header()
		h.Set("Content-Type", l.kind)
		h.Set("Content-Disposition", `attachment; filename="`+l.name+`"`)
		h.Set("Cache-Control", "no-store")
	}
	if err := l.c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return l.w.Write(b)
}

var _ io.Writer = (*lateHeader)(nil)

// schema answers the JSON Schema of an event.
func schema(w http.ResponseWriter, _ *http.Request) {
	b, err := web.ReadFile("web/event.schema.json")
	if err != nil {
		writeProblem(w, errNoPage)
		return
	}
	w.Header().Set("Content-Type", "application/schema+json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b)
}
