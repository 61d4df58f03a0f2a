package model

import (
	"math"
	"slices"
	"time"
)

// Layer is how a comment crosses the stage. Layers lie over each other, as on
// the platform; within one nothing ever overlaps.
type Layer int

// The layers of the stage.
const (
	LayerScroll Layer = iota // from right to left
	LayerTop                 // in the middle, from the top down
	LayerBottom              // in the middle, from the bottom up
	layerCount
)

// LayerOf is the layer a comment asks for.
func LayerOf(mode string) Layer {
	switch mode {
	case "top":
		return LayerTop
	case "bottom":
		return LayerBottom
	}
	return LayerScroll
}

// Flight is where one comment is on the stage, and when. Times count from a
// moment of the caller's choice.
type Flight struct {
	Layer       Layer
	Track, Span int     // its first track, and how many it takes
	Y           float32 // of its upper edge
	Width       float32
	Start, End  time.Duration
	from, speed float64 // of its left edge; pixels, pixels per second
}

// X is where the left edge is at a moment, on a stage of a width.
func (f *Flight) X(now time.Duration, stage float32) float32 {
	if f.Layer != LayerScroll {
		return (stage - f.Width) / 2
	}
	return float32(f.at(now))
}

func (f *Flight) at(now time.Duration) float64 { return f.from - f.speed*(now-f.Start).Seconds() }

// apart reports whether two flights of one track never come nearer to each
// other than gap; b starts later than a. Both move evenly, so it is enough to
// look at the moments when both have begun and when the first has gone.
func apart(a, b *Flight, gap float64) bool {
	if b.Start >= a.End {
		return true
	}
	if a.Layer != LayerScroll {
		return false
	}
	end := min(a.End, b.End)
	behind := func(at time.Duration) bool { return b.at(at) >= a.at(at)+float64(a.Width)+gap }
	return behind(b.Start) && behind(end)
}

// Stage decides when and on which track comments fly. It reads no clock and
// draws nothing: the same calls always give the same flights.
type Stage struct {
	Width, Height float32       // pixels
	Track         float32       // height of a track
	Gap           float32       // least distance between two comments of a track
	Area          float32       // part of the height that is used, from the top; 0: all
	Cross         time.Duration // how long a comment takes from edge to edge
	Hold          time.Duration // how long one stays that does not move
	Most          int           // comments at once; those that go first may exceed it

	// LeftOut counts comments for which there was no room in time.
	LeftOut int

	last [layerCount][]Flight // the newest flight of each track
	cues []cue                // what waits to fly, those that go first in front
}

// cue is a comment that waits.
type cue struct {
	row   *Row
	at    time.Duration
	first bool
}

const (
	waitAtMost  = 4 * time.Second  // for room, of an ordinary comment
	firstAtMost = 20 * time.Second // of one that goes first
	cuesAtMost  = 400
)

// Tracks is how many tracks a layer has.
func (s *Stage) Tracks(l Layer) int {
	if s.Track <= 0 {
		return 0
	}
	area := s.Area
	if area <= 0 || area > 1 {
		area = 1
	}
	n := int(s.Height * area / s.Track)
	if l != LayerScroll { // those that stay share the height between them
		n = int(s.Height/s.Track) / 2
	}
	return max(n, min(1, int(s.Height/s.Track)))
}

// Offer puts a comment up to fly. Those that go first are before all others,
// in the order they came.
func (s *Stage) Offer(row *Row, now time.Duration, first bool) {
	at := len(s.cues)
	if first {
		at = slices.IndexFunc(s.cues, func(c cue) bool { return !c.first })
		if at < 0 {
			at = len(s.cues)
		}
	}
	s.cues = slices.Insert(s.cues, at, cue{row, now, first})
	if len(s.cues) > cuesAtMost { // the oldest that does not go first
		i := max(0, slices.IndexFunc(s.cues, func(c cue) bool { return !c.first }))
		s.cues = slices.Delete(s.cues, i, i+1)
		s.LeftOut++
	}
}

// Waiting is how many comments are up to fly.
func (s *Stage) Waiting() int { return len(s.cues) }

// Launch starts at most n of the waiting comments. aloft is how many fly
// already, size tells how wide a comment is and how many tracks it takes, and
// fly is called for each that starts.
func (s *Stage) Launch(now time.Duration, aloft, n int, size func(*Row) (width float32, span int), fly func(*Row, Flight)) {
	var full [layerCount]bool
	kept := s.cues[:0]
	for _, c := range s.cues {
		limit := waitAtMost
		if c.first {
			limit = firstAtMost
		}
		layer := LayerOf(c.row.Mode)
		switch {
		case now-c.at > limit:
			s.LeftOut++
			continue
		case n <= 0 || full[layer] || aloft >= s.Most && !c.first:
		default:
			width, span := size(c.row)
			f, ok := s.Place(now, layer, width, span)
			if ok {
				fly(c.row, f)
				aloft++
				n--
				continue
			}
			full[layer] = true // those behind it wait their turn
		}
		kept = append(kept, c)
	}
	clear(s.cues[len(kept):])
	s.cues = kept
}

// Place gives a comment the first tracks on which it overlaps nothing until it
// has gone, also while it catches up with a slower one. It reports false when
// there are none now.
func (s *Stage) Place(now time.Duration, layer Layer, width float32, span int) (Flight, bool) {
	span = max(1, span)
	f := Flight{Layer: layer, Span: span, Width: width, Start: now, End: now + s.Hold}
	if layer == LayerScroll {
		way := float64(s.Width) + float64(width)
		f.from, f.speed = float64(s.Width), way/max(0.1, s.Cross.Seconds())
		f.End = now + s.Cross
	}
	n := s.Tracks(layer)
	for len(s.last[layer]) < n {
		s.last[layer] = append(s.last[layer], Flight{Layer: layer, End: math.MinInt64, Start: math.MinInt64})
	}
	last := s.last[layer]
	for k := 0; k+span <= n; k++ {
		free := true
		for i := k; i < k+span && free; i++ {
			free = apart(&last[i], &f, float64(s.Gap))
		}
		if !free {
			continue
		}
		f.Track, f.Y = k, float32(k)*s.Track
		if layer == LayerBottom {
			f.Y = s.Height - float32(k+span)*s.Track
		}
		for i := k; i < k+span; i++ {
			last[i] = f
		}
		return f, true
	}
	return Flight{}, false
}

// Resize gives the stage another size. What flies goes on as it was.
func (s *Stage) Resize(width, height float32) { s.Width, s.Height = width, height }

// Clear forgets what flies and what waits.
func (s *Stage) Clear() {
	for l := range s.last {
		s.last[l] = s.last[l][:0]
	}
	s.cues = nil
}

// Pace makes the stage as busy as the machine can move evenly: first it draws
// every other frame, then it lets fewer comments fly, and it goes back as
// slowly as that becomes possible.
type Pace struct {
	Most int  // comments at once that the machine can move; 0: as many as wanted
	Half bool // every other frame is drawn

	smooth int // seconds without trouble
	again  int // seconds of peace before all frames are tried again
}

const (
	fewest       = 12
	fullRate     = 60
	retryFirst   = 20
	retryAtMost  = 600
	growEvery    = 5
	shrinkFactor = 0.7
)

// Second takes in how many frames the last second had, in which at most want
// comments were to fly and flying did.
func (p *Pace) Second(frames, flying, want int) {
	if flying == 0 {
		return // nothing was learnt
	}
	due := fullRate
	if p.Half {
		due /= 2
	}
	if frames < due*7/10 {
		p.smooth = 0
		switch {
		case !p.Half:
			p.Half = true
			p.again = min(retryAtMost, max(retryFirst, 2*p.again))
		default:
			p.Most = max(fewest, int(float64(min(want, max(flying, fewest)))*shrinkFactor))
		}
		return
	}
	p.smooth++
	switch {
	case p.Most > 0 && p.smooth%growEvery == 0:
		if p.Most += max(1, p.Most/5); p.Most >= want {
			p.Most = 0
		}
	case p.Half && p.Most == 0 && p.smooth >= p.again:
		p.Half, p.smooth = false, 0
	}
}

// Limit is how many comments may fly when want are wanted.
func (p *Pace) Limit(want int) int {
	if p.Most > 0 {
		return min(want, p.Most)
	}
	return want
}
