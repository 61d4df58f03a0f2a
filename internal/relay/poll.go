package relay

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"danmaku/event"
)

// answerPage is an answer with events.
type answerPage struct {
	buf    []byte
	events int
	first  int64
	last   int64
}

func (p *answerPage) add(json []byte, seq int64) {
	if p.events++; p.events == 1 {
		p.buf = append(p.buf, `{"events":[`...)
		p.first = seq
	} else {
		p.buf = append(p.buf, ',')
	}
	p.buf = append(p.buf, json...)
	p.last = seq
}

// write ends the page with next and further members of the object.
func (p *answerPage) write(w http.ResponseWriter, next int64, more string) {
	if p.events == 0 {
		p.buf = append(p.buf, `{"events":[`...)
	}
	p.buf = append(strconv.AppendInt(append(p.buf, `],"next":`...), next, 10), more...)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(p.buf, '}', '\n'))
}

// poll answers with the events behind a position: at once, or with wait= when
// there are some. next is the position to ask with again.
func (r *Relay) poll(w http.ResponseWriter, req *http.Request, v *values, sel selection, after int64, refused *problem) {
	wait := v.duration("wait", 0, waitMax)
	limit := int(v.number("limit", defaultPoll, 1, maxPoll))
	if v.err == nil {
		v.err = refused
	}
	if v.err != nil {
		writeProblem(w, v.err)
		return
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + writeTime)); err != nil {
		r.log.Debug("no write deadline", "err", err)
	}
	leave, p := r.admit(req)
	if p != nil {
		writeProblem(w, p)
		return
	}
	defer leave()
	// Attached first: what is committed after the query wakes the reader.
	sel.format, sel.batch, sel.statuses = formatLines, 0, false
	f, place, seq := r.feeds.join(sel)
	defer r.feeds.leave(f)
	reader := f.log.Reader(place, 0)
	ctx, cancel := context.WithTimeout(req.Context(), wait)
	defer cancel()
	defer context.AfterFunc(r.draining, cancel)()
	var told told
	history := r.config.History
	if history != nil {
		told.archive = history.ID()
	}
	newest := after == afterNone && wait == 0
	if after == afterNone {
		after = seq
	}
	for {
		p, next := &answerPage{}, after
		if history != nil {
			var err error
			if p, next, err = r.pageAfter(req.Context(), f.filter, after, limit, newest); err != nil {
				writeProblem(w, archiveProblem(err))
				return
			}
		}
		if p.events > 0 || wait == 0 || ctx.Err() != nil {
			p.write(w, next, told.json())
			return
		}
		for looking := true; looking; {
			b, missed, err := reader.Next(ctx)
			if err != nil {
				break
			}
			told.lagged = told.lagged || missed.Frames > 0 && history == nil
			for line := range bytes.Lines(b) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				if bytes.HasPrefix(line, []byte(`{"gap":`)) {
					told.gaps = append(told.gaps, slices.Clone(line[len(`{"gap":`):len(line)-1]))
				} else if history == nil || bytes.HasPrefix(line, []byte(`{"seq":0,`)) {
					p.add(line, 0)
				}
			}
			looking = len(b) == 0
		}
		if p.events > 0 { // what is not archived is only in the log
			p.write(w, next, told.json())
			return
		}
	}
}

// told is what a poll's answer says besides events.
type told struct {
	archive string
	gaps    [][]byte
	lagged  bool
}

func (t *told) json() string {
	b := strconv.AppendQuote([]byte(`,"archive":`), t.archive)
	if len(t.gaps) > 0 {
		b = append(append(append(b, `,"gaps":[`...), bytes.Join(t.gaps, []byte(","))...), ']')
	}
	if t.lagged {
		b = append(b, `,"lagged":true`...)
	}
	return string(b)
}

// pageAfter reads the events behind a position, or the newest ones, in
// ascending order. next is the position up to which everything was looked at.
func (r *Relay) pageAfter(ctx context.Context, f event.Filter, after int64, limit int, newest bool) (*answerPage, int64, error) {
	history := r.config.History
	last, err := history.LastSeq(ctx)
	if err != nil {
		return nil, 0, err
	}
	f.After, f.Before, f.Limit, f.Newest = after, last+1, limit, newest
	if newest {
		f.After = 0
	}
	var events []event.Event
	for e, err := range history.Query(ctx, f) {
		if err != nil {
			return nil, 0, err
		}
		events = append(events, e)
	}
	if newest {
		slices.Reverse(events)
	}
	p := &answerPage{}
	var buf []byte
	for i := range events {
		buf = events[i].AppendJSON(buf[:0], f.Raw)
		p.add(buf, events[i].Seq)
	}
	if len(events) == limit && !newest {
		return p, p.last, nil
	}
	return p, max(last, after), nil
}
