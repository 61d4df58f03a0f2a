package relay

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"danmaku/internal/dialect"
	"danmaku/internal/fanout"
)

// writeTime is how long one piece of an HTTP stream may take to be taken.
const writeTime = time.Minute

// keepAlive is the silence after which an SSE stream gets a comment, so that
// proxies keep it open.
const keepAlive = 15 * time.Second

// stream serves SSE and NDJSON: the same logs, by an HTTP response.
func (r *Relay) stream(w http.ResponseWriter, req *http.Request, sel selection, after int64, refused *problem) {
	if refused != nil {
		writeProblem(w, refused)
		return
	}
	leave, p := r.admit(req)
	if p != nil {
		writeProblem(w, p)
		return
	}
	defer leave()
	f, place, seq := r.feeds.join(sel)
	defer r.feeds.leave(f)
	r.streams.add(1)
	defer r.streams.add(-1)
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(r.draining, cancel)()

	out := &streamWriter{w: w, c: http.NewResponseController(w)}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no")
	var first []byte
	switch {
	case sel.dialect != dialect.None:
		head.Set("Content-Type", "text/event-stream")
		first = []byte(":\n\n")
	case sel.format == formatSSE:
		head.Set("Content-Type", "text/event-stream")
		first = sel.format.append(nil, r.hello(seq), nil)
	default:
		// A line per event and nothing else: what hello tells is in the header.
		head.Set("Content-Type", "application/x-ndjson")
	}
	head.Set("Danmaku-Seq", strconv.FormatInt(seq, 10))
	if r.config.History != nil {
		head.Set("Danmaku-Archive", r.config.History.ID())
	}
	out.send(first)

	skip := int64(0)
	from, loose := after, false
	for out.err == nil {
		if from != afterNone {
			c := &catchUp{r: r, feed: f, after: from, place: place, loose: loose}
			for done := false; !done && out.err == nil; {
				piece, err := r.older(ctx, c)
				if err != nil {
					r.log.Warn("a subscriber could not be served from the archive", "err", err)
					return
				}
				out.send(piece.Frames)
				done, place, skip = piece.Done, piece.Place, piece.Skip
			}
		}
		missed := r.follow(ctx, out, f, f.log.Reader(place, skip), after)
		if missed.From == 0 {
			break
		}
		from, place, loose = missed.From-1, missed.Next, missed.Loose
	}
	if r.draining.Err() != nil && sel.format == formatSSE {
		out.send([]byte("retry: " + strconv.FormatInt(retryHint().Milliseconds(), 10) + "\n\n"))
	}
}

// older asks the archive when it is this stream's turn.
func (r *Relay) older(ctx context.Context, c *catchUp) (fanout.Older, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return fanout.Older{}, ctx.Err()
	}
	defer func() { <-r.slots }()
	return c.next(ctx)
}

// follow sends what is live until the subscriber or the relay ends, or until
// the archive is to tell what the subscriber fell behind of: then it returns
// that.
func (r *Relay) follow(ctx context.Context, out *streamWriter, f *feed, reader *fanout.Reader, after int64) fanout.Missed {
	for out.err == nil {
		quiet, stop := context.WithTimeout(ctx, keepAlive)
		b, missed, err := reader.Next(quiet)
		stop()
		switch {
		case missed.Frames > 0 && r.complete(after, missed):
			return missed
		case missed.Frames > 0:
			r.count.lagged(missed.Frames)
			if f.dialect == dialect.None {
				out.send(f.format.append(nil, laggedMessage(missed), nil))
			}
		case err == nil:
			out.send(b)
		case ctx.Err() != nil:
			return fanout.Missed{}
		case errors.Is(err, context.DeadlineExceeded) && f.format == formatSSE:
			out.send([]byte(":\n\n"))
		}
	}
	return fanout.Missed{}
}

// streamWriter writes and flushes with a deadline and keeps the first error.
type streamWriter struct {
	w   http.ResponseWriter
	c   *http.ResponseController
	err error
}

func (s *streamWriter) send(b []byte) {
	if s.err != nil {
		return
	}
	if err := s.c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return
	}
	if _, s.err = s.w.Write(b); s.err == nil {
		s.err = s.c.Flush()
	}
}
