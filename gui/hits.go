package gui

import (
	"context"
	"iter"
	"time"

	"danmaku/event"
)

// found is a part of what a search finds.
type found struct {
	hits []event.Event
	// till is the Seq of the event up to which the archive was looked through, the
	// newest by the clock first; 0: all of it.
	till int64
	done bool // no more comes of this page
}

// findHits looks for a page of at most limit events that a rule matches, newest
// first. What it finds is handed to some in portions while it takes long; it
// returns the rest. A page may have fewer hits although there are more.
func findHits(ctx context.Context, a Archive, rule *event.Rule, before int64, limit int, some func(found)) (found, error) {
	filters, exact := rule.Filters()
	for i := range filters {
		f := &filters[i]
		f.Newest, f.ByClock, f.Before = true, true, before
		f.Rule = rule // for an archive that can: no event is made that does not fit
		if exact {
			f.Limit = limit + 1
		}
	}
	var x found
	seen, n, told := 0, 0, time.Now().Add(searchSoon-searchShow)
	for e, err := range merged(ctx, a, filters) {
		if err != nil {
			return found{hits: x.hits, done: true}, err
		}
		if seen == searchScan || n == limit {
			x.done = true
			return x, nil
		}
		seen++
		x.till = e.Seq
		if !rule.Match(&e) {
			if now := time.Now(); seen%256 == 0 && now.Sub(told) >= 4*searchShow {
				some(x)
				x.hits, told = nil, now
			}
			continue
		}
		n++
		x.hits = append(x.hits, e)
		if now := time.Now(); n == searchFirst || now.Sub(told) >= searchShow {
			some(x)
			x.hits, told = nil, now
		}
	}
	return found{hits: x.hits, done: true}, ctx.Err()
}

// merged gives what several filters find, newest first, each event once.
func merged(ctx context.Context, a Archive, filters []event.Filter) iter.Seq2[event.Event, error] {
	if len(filters) == 1 {
		return a.Query(ctx, filters[0])
	}
	return func(yield func(event.Event, error) bool) {
		type source struct {
			next func() (event.Event, error, bool)
			e    event.Event
		}
		var sources []*source
		for _, f := range filters {
			next, stop := iter.Pull2(a.Query(ctx, f))
			defer stop()
			s := &source{next: next}
			e, err, ok := next()
			if err != nil {
				yield(e, err)
				return
			}
			if s.e = e; ok {
				sources = append(sources, s)
			}
		}
		last := int64(0)
		for len(sources) > 0 {
			best := 0
			for i, s := range sources {
				if b := &sources[best].e; s.e.At > b.At || s.e.At == b.At && s.e.Seq > b.Seq {
					best = i
				}
			}
			s := sources[best]
			if s.e.Seq != last {
				if last = s.e.Seq; !yield(s.e, nil) {
					return
				}
			}
			e, err, ok := s.next()
			if err != nil {
				yield(e, err)
				return
			}
			if s.e = e; !ok {
				sources = append(sources[:best], sources[best+1:]...)
			}
		}
	}
}
