// Package fanout sends the same bytes to very many connections at the cost of
// a loop of writes. A message is made into a frame once, in a shared
// append-only [Log]; a subscriber is a place in that log; everything between
// its place and the log's end goes out in one write. A slow reader costs
// nothing but its place: when the log no longer holds what comes next it is
// moved to the end and told how much it missed.
package fanout

import (
	"context"
	"sort"

	"sync/atomic"
)

const (
	segmentMin = 4 << 10  // the first piece of a log: most logs are of quiet rooms
	segmentMax = 64 << 10 // later pieces double up to this
	frameGuess = 96       // bytes of a small frame: decides how many frames a piece can index
)

// frame is an entry of a segment's index.
type frame struct {
	end uint32 // offset behind the frame
	seq uint32 // position in the archive, less the segment's seq, plus 1; 0: none
}

// segment is one piece of a log. A frame never spans two.
type segment struct {
	first uint64 // number of its first frame in the log
	seq   int64  // position that the index counts from
	buf   []byte
	index []frame
	// published is how much readers may see: frames in the upper half, bytes
	// in the lower. What is published never changes.
	published atomic.Uint64
}

// seqBefore is the last archive position among the first n frames, or 0.
func (s *segment) seqBefore(n int) int64 {
	for n--; n >= 0; n-- {
		if d := s.index[n].seq; d != 0 {
			return s.seq + int64(d) - 1
		}
	}
	return 0
}

func (s *segment) seqOf(f frame) int64 {
	if f.seq == 0 {
		return 0
	}
	return s.seq + int64(f.seq) - 1
}

// window is the part of a log that is still kept.
type window struct {
	first    uint64 // number of segments[0] in the log
	segments []*segment
}

// Log is a shared append-only log of frames. One goroutine at a time writes
// it (Add, then Publish); any number read it. It keeps the newest bytes only.
type Log struct {
	keep   atomic.Int64 // bytes
	window atomic.Pointer[window]
	wake   atomic.Pointer[chan struct{}] // closed at each publication
	loose  atomic.Uint64                 // number behind the newest frame without an archive position

	// The writer's own.
	tail   *segment
	used   int // bytes of tail
	frames int // frames of tail
	size   int // bytes of all segments
	last   int64
}

// NewLog makes an empty log that keeps about the given number of bytes for
// readers that are behind.
func NewLog(keep int) *Log {
	l := &Log{}
	l.Keep(keep)
	l.window.Store(&window{})
	c := make(chan struct{})
	l.wake.Store(&c)
	return l
}

// Keep changes how many bytes the log keeps; it takes effect with later frames.
func (l *Log) Keep(bytes int) { l.keep.Store(int64(max(bytes, 2*segmentMin))) }

// Add reserves a frame of n bytes for the caller to fill at once; readers see it
// after Publish. seq is its position in the archive, 0 if it has none;
// positions rise.
func (l *Log) Add(seq int64, n int) []byte {
	s := l.tail
	if s == nil || l.used+n > len(s.buf) || l.frames == len(s.index) ||
		seq != 0 && s.seq != 0 && (seq < s.seq || seq-s.seq >= 1<<32-2) {
		s = l.roll(n)
	}
	f := frame{end: uint32(l.used + n)}
	if seq != 0 {
		if s.seq == 0 {
			s.seq = seq
		}
		f.seq = uint32(seq-s.seq) + 1
		l.last = seq
	} else {
		l.loose.Store(s.first + uint64(l.frames) + 1)
	}
	s.index[l.frames] = f
	l.frames++
	b := s.buf[l.used : l.used+n : l.used+n]
	l.used += n
	return b
}

func (l *Log) roll(n int) *segment {
	size, number := segmentMin, uint64(0)
	w := l.window.Load()
	s := &segment{}
	if l.tail != nil {
		l.publish() // before the successor is seen: then the old one is final
		size = min(2*max(len(l.tail.buf), segmentMin), segmentMax)
		s.first = l.tail.first + uint64(l.frames)
		number = w.first + uint64(len(w.segments))
	}
	size = max(size, n)
	s.buf = make([]byte, size)
	s.index = make([]frame, size/frameGuess+1)
	segments := w.segments
	l.size += size
	for len(segments) > 1 && l.size-len(segments[0].buf) >= int(l.keep.Load()) {
		l.size -= len(segments[0].buf)
		segments = segments[1:]
	}
	segments = append(append(make([]*segment, 0, len(segments)+1), segments...), s)
	l.window.Store(&window{first: number + 1 - uint64(len(segments)), segments: segments})
	l.tail, l.used, l.frames = s, 0, 0
	return s
}

func (l *Log) publish() {
	l.tail.published.Store(uint64(l.frames)<<32 | uint64(l.used))
}

// Publish shows all frames added so far to the readers and wakes those that
// wait in a [Reader]. A [Server] is told by its own Wake.
func (l *Log) Publish() {
	if l.tail == nil {
		return
	}
	l.publish()
	c := make(chan struct{})
	close(*l.wake.Swap(&c))
}

// Place is where a reader is in a log. The zero Place is the start of an
// empty log.
type Place struct {
	segment uint64
	offset  uint32
	frame   uint64 // number of the next frame
	seq     int64  // archive position of the last frame before it that has one
}

// End is the place behind everything published. Frames that are added but not
// yet published come after it.
func (l *Log) End() Place {
	w := l.window.Load()
	if len(w.segments) == 0 {
		return Place{}
	}
	n := len(w.segments) - 1
	s := w.segments[n]
	p := s.published.Load()
	at := Place{segment: w.first + uint64(n), offset: uint32(p), frame: s.first + p>>32, seq: s.seqBefore(int(p >> 32))}
	for at.seq == 0 && n > 0 {
		n--
		at.seq = w.segments[n].seqBefore(int(w.segments[n].published.Load() >> 32))
	}
	return at
}

// Holds reports whether everything behind a place is still kept.
func (l *Log) Holds(p Place) bool { return p.segment >= l.window.Load().first }

// Loose reports whether frames without an archive position were added behind a
// place: nobody can bring those back when the log drops them.
func (l *Log) Loose(p Place) bool { return l.loose.Load() > p.frame }

// Missed tells what a reader was moved over.
type Missed struct {
	From, To int64  // archive positions, inclusive; both 0 when none was archived
	Frames   uint64 // messages
	Loose    bool   // some of them are in no archive
	Next     Place  // where it goes on
}

// read finds the published bytes at a place that lie together; none: the
// reader has everything. lagged: the log does not hold them any more.
func (l *Log) read(p *Place) (s *segment, b []byte, lagged bool) {
	for {
		w := l.window.Load() // before published: a segment with a successor is final
		if p.segment < w.first {
			return nil, nil, true
		}
		i := p.segment - w.first
		if i >= uint64(len(w.segments)) {
			return nil, nil, false
		}
		s = w.segments[i]
		end := uint32(s.published.Load())
		if p.offset < end {
			return s, s.buf[p.offset:end], false
		}
		if i+1 == uint64(len(w.segments)) {
			return nil, nil, false
		}
		p.segment++
		p.offset = 0
	}
}

// advance moves a place over the first n bytes of what read gave. When that
// cuts a frame, the place is moved behind the frame and its rest is returned.
func (p *Place) advance(s *segment, n int) (cut []byte) {
	at := p.offset + uint32(n)
	frames := int(s.published.Load() >> 32)
	if frames == 0 || s.index[frames-1].end != at { // not all of it
		frames = sort.Search(frames, func(i int) bool { return s.index[i].end > at })
		if frames == 0 || s.index[frames-1].end != at {
			if start := p.frameStart(s, frames); at > start {
				cut = s.buf[at:s.index[frames].end]
				at = s.index[frames].end
				frames++
			}
		}
	}
	p.offset = at
	p.frame = s.first + uint64(frames)
	if seq := s.seqBefore(frames); seq != 0 {
		p.seq = seq
	}
	return cut
}

func (p *Place) frameStart(s *segment, i int) uint32 {
	if i == 0 {
		return 0
	}
	return s.index[i-1].end
}

// next is the frame at a place; the place must be inside published bytes.
func (p *Place) next(s *segment) frame { return s.index[p.frame-s.first] }

// skip moves a place to the end of the log.
func (l *Log) skip(p *Place) Missed {
	end := l.End()
	m := Missed{Frames: end.frame - p.frame, Loose: l.Loose(*p)}
	if end.seq > p.seq {
		m.From, m.To = p.seq+1, end.seq
	} else {
		end.seq = p.seq
	}
	*p, m.Next = end, end
	return m
}

// live is a subscriber's reading side of a log: its place, and up to which
// archive position it was already served from elsewhere.
type live struct {
	log   *Log
	place Place
	skip  int64
}

// read gives the bytes that are next for this subscriber.
func (r *live) read() (s *segment, b []byte, lagged bool) {
	for {
		s, b, lagged = r.log.read(&r.place)
		if r.skip == 0 || len(b) == 0 {
			return s, b, lagged
		}
		f := r.place.next(s)
		switch seq := s.seqOf(f); {
		case seq == 0:
			return s, s.buf[r.place.offset:f.end], false
		case seq > r.skip:
			r.skip = 0
		default:
			r.place.advance(s, int(f.end-r.place.offset))
		}
	}
}

// missed moves on after lagged. What was served from elsewhere is not missed; when
// there is nothing else, no frames are.
func (r *live) missed() Missed {
	r.place.seq = max(r.place.seq, r.skip)
	m := r.log.skip(&r.place)
	if m.From == 0 && !m.Loose {
		m.Frames = 0
	}
	return m
}

// Reader reads a log from a goroutine of its own, for connections that are not
// in a [Server]: HTTP streams, long polls. It is not for concurrent use.
type Reader struct {
	live
	segment *segment
	given   int
}

// Reader makes a reader at a place. Frames with archive positions at or below
// skip are left out.
func (l *Log) Reader(at Place, skip int64) *Reader {
	return &Reader{live: live{log: l, place: at, skip: skip}}
}

// Next waits for frames and returns all that lie together in memory; they
// must not be changed. When the reader fell behind what the log keeps it
// returns no bytes and tells what was missed.
func (r *Reader) Next(ctx context.Context) ([]byte, Missed, error) {
	if r.segment != nil {
		r.place.advance(r.segment, r.given)
		r.segment = nil
	}
	for {
		wake := *r.log.wake.Load()
		s, b, lagged := r.read()
		if lagged {
			if m := r.missed(); m.Frames > 0 {
				return nil, m, nil
			}
			continue
		}
		if len(b) > 0 {
			r.segment, r.given = s, len(b)
			return b, Missed{}, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, Missed{}, ctx.Err()
		}
	}
}

// Seq is the last archive position among the frames given so far.
func (r *Reader) Seq() int64 {
	p := r.place
	if r.segment != nil {
		p.advance(r.segment, r.given)
	}
	return max(p.seq, r.skip)
}
