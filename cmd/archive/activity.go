package main

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/digest"
	"danmaku/store"
)

// activity is how much happened when. Its memory does not grow with the time.
type activity struct {
	kinds   map[event.Kind]store.Count
	minutes *digest.Tally // comments by minute; the key is the minute
	series  series
	first   event.Millis
	last    event.Millis
}

const minuteBits = 20 // 786,432 minutes are told apart: a year and a half without a pause

// newActivity makes one that can give so many peaks.
func newActivity(peaks int) *activity {
	return &activity{kinds: map[event.Kind]store.Count{}, minutes: digest.NewTally(peaks, minuteBits), series: series{step: minute}}
}

const (
	minute = event.Millis(60_000)
	day    = 24 * 60 * minute
)

// add counts what happened in the minute of at.
func (a *activity) add(at event.Millis, k event.Kind, n store.Count) {
	c := a.kinds[k]
	a.kinds[k] = store.Count{Events: c.Events + n.Events, Paid: c.Paid + n.Paid}
	if a.first == 0 || at < a.first {
		a.first = at
	}
	a.last = max(a.last, at)
	comments := int64(0)
	if k == event.KindComment {
		comments = n.Events
		a.minutes.Add(strconv.FormatInt(int64(at/minute), 10), "", comments)
	}
	a.series.add(at, comments, n.Paid)
}

// fromCounters reads the archive's counters, a day at a time.
func (a *activity) fromCounters(ctx context.Context, archive *store.Archive, f event.Filter) error {
	rooms := f.Rooms
	if len(rooms) == 0 {
		rooms = []event.RoomID{0}
	}
	for _, room := range rooms {
		days, err := archive.Timeline(ctx, room, 0, 0, 24*time.Hour)
		if err != nil {
			return err
		}
		for _, d := range days {
			from, to := max(d.From, f.From), d.From+day
			if f.To != 0 {
				to = min(to, f.To)
			}
			if from >= to {
				continue
			}
			minutes, err := archive.Timeline(ctx, room, from, to, time.Minute)
			if err != nil {
				return err
			}
			for _, m := range minutes {
				for k, n := range m.Kinds {
					a.add(m.From, k, n)
				}
			}
		}
	}
	return nil
}

// peak is a minute with much to read.
type peak struct {
	Minute   event.Millis `json:"minute"`
	Comments int64        `json:"comments"`
}

func (a *activity) peaks(n int) []peak {
	var list []peak
	for _, m := range a.minutes.Top(n) {
		at, err := strconv.ParseInt(m.Key, 10, 64)
		if err == nil {
			list = append(list, peak{event.Millis(at) * minute, m.Count})
		}
	}
	return list
}

// series counts along a time line in at most maxPoints steps: when it gets
// longer, the steps do.
type series struct {
	step   event.Millis
	origin event.Millis
	points []point
}

type point struct {
	comments int64
	paid     event.Money
}

const maxPoints = 2048

func (s *series) add(at event.Millis, comments int64, paid event.Money) {
	if len(s.points) == 0 {
		s.origin = at - at%s.step
		s.points = []point{{}}
	}
	for at < s.origin || (at-s.origin)/s.step >= maxPoints {
		span := max(s.end(), at+1) - min(s.origin, at-at%s.step)
		if span/s.step >= maxPoints {
			s.coarser()
			continue
		}
		before := int((s.origin - at + s.step - 1) / s.step)
		s.points = slices.Insert(s.points, 0, make([]point, before)...)
		s.origin -= event.Millis(before) * s.step
	}
	i := int((at - s.origin) / s.step)
	for len(s.points) <= i {
		s.points = append(s.points, point{})
	}
	s.points[i].comments += comments
	s.points[i].paid += paid
}

func (s *series) end() event.Millis { return s.origin + event.Millis(len(s.points))*s.step }

// coarser doubles the step.
func (s *series) coarser() {
	s.step *= 2
	shift := 0
	if rest := s.origin % s.step; rest != 0 {
		s.origin -= rest
		shift = 1
	}
	merged := make([]point, (len(s.points)+shift+1)/2)
	for i, p := range s.points {
		m := &merged[(i+shift)/2]
		m.comments += p.comments
		m.paid += p.paid
	}
	s.points = merged
}

// distinct counts different things: exactly up to a bound, then by the share of
// hashes below a shrinking limit. A few, evenly chosen, it keeps by name.
type distinct struct {
	seen  map[uint64]struct{} // by hash
	limit uint64
	named map[uint64]string // those of the lowest hashes
	below uint64            // all of named are, and none else is
}

const (
	maxDistinct = 500_000
	maxNamed    = 2 * maxAsked
)

func newDistinct() *distinct {
	return &distinct{seen: map[uint64]struct{}{}, limit: math.MaxUint64, named: map[uint64]string{}, below: math.MaxUint64}
}

func (d *distinct) add(key string) {
	h := hash(key)
	if h > d.limit {
		return
	}
	d.seen[h] = struct{}{}
	for len(d.seen) > maxDistinct {
		d.limit /= 2
		maps.DeleteFunc(d.seen, func(h uint64, _ struct{}) bool { return h > d.limit })
	}
	if h > d.below {
		return
	}
	if _, ok := d.named[h]; !ok {
		d.named[h] = strings.Clone(key)
	}
	for len(d.named) > maxNamed {
		d.below /= 2
		maps.DeleteFunc(d.named, func(h uint64, _ string) bool { return h > d.below })
	}
}

// sample gives the names of at most n, evenly chosen, always the same.
func (d *distinct) sample(n int) []string {
	var list []string
	for _, h := range slices.Sorted(maps.Keys(d.named))[:min(n, len(d.named))] {
		list = append(list, d.named[h])
	}
	return list
}

// scale is how many each thing seen stands for.
func (d *distinct) scale() float64 { return math.MaxUint64 / float64(d.limit) }

func (d *distinct) count() int64 { return int64(float64(len(d.seen)) * d.scale()) }

// exact: none was left out.
func (d *distinct) exact() bool { return d.limit == math.MaxUint64 }

// hash is FNV-1a with its bits mixed, so that the limit cuts evenly.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// sortedKinds gives the kinds that occur, the most frequent first.
func (a *activity) sortedKinds() []event.Kind {
	var list []event.Kind
	for _, k := range event.Kinds() {
		if a.kinds[k].Events > 0 {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(x, y event.Kind) int { return cmp.Compare(a.kinds[y].Events, a.kinds[x].Events) })
	return list
}
