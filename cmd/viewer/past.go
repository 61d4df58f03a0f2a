package main

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"danmaku/event"
)

// searchPage is how many hits are asked for at once; the relay gives no more.
const searchPage = 200

// Query searches the relay's archive along the clock (an earlier relay's along its
// positions), newest first or oldest first. The relay only searches newest first: the other order, which the window asks for in
// short spans of time alone, is turned round here.
func (r *remote) Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	if f.Newest {
		return r.newest(ctx, f)
	}
	return func(yield func(event.Event, error) bool) {
		limit := f.Limit
		f.Limit = 0
		var events []event.Event
		for e, err := range r.newest(ctx, f) {
			if err != nil {
				yield(e, err)
				return
			}
			events = append(events, e)
		}
		for i := len(events) - 1; i >= 0 && (limit <= 0 || len(events)-i <= limit); i-- {
			if !yield(events[i], nil) {
				return
			}
		}
	}
}

func (r *remote) newest(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		given := 0
		for before := f.Before; ; {
			var page struct {
				Events []event.Event
				Next   int64
			}
			if err := r.call(ctx, http.MethodGet, "/v1/search?"+searchQuery(f, before), &page); err != nil {
				yield(event.Event{}, err)
				return
			}
			for i := range page.Events {
				if f.Limit > 0 && given == f.Limit {
					return
				}
				given++
				before = page.Events[i].Seq
				if !yield(page.Events[i], nil) {
					return
				}
			}
			if len(page.Events) < searchPage {
				return
			}
		}
	}
}

// searchQuery writes a filter as the relay reads it.
func searchQuery(f event.Filter, before int64) string {
	q := url.Values{"limit": {strconv.Itoa(searchPage)}}
	for _, room := range f.Rooms {
		q.Add("room", room.String())
	}
	for _, kind := range f.Kinds {
		q.Add("kind", string(kind))
	}
	set := func(name, value string) {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	set("user", f.User)
	set("q", f.Text)
	set("from", strconv.FormatInt(int64(f.From), 10))
	set("to", strconv.FormatInt(int64(f.To), 10))
	set("before", strconv.FormatInt(before, 10))
	return q.Encode()
}

// Coverage asks the relay how complete its archive is.
func (r *remote) Coverage(ctx context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error) {
	var c event.Coverage
	q := url.Values{"room": {room.String()}, "from": {strconv.FormatInt(int64(from), 10)}, "to": {strconv.FormatInt(int64(to), 10)}}
	err := r.call(ctx, http.MethodGet, "/v1/coverage?"+q.Encode(), &c)
	return c, err
}
