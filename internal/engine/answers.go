package engine

import (
	"context"
	"fmt"
	"io"
	"time"

	"danmaku/event"
	"danmaku/internal/exchange"
	"danmaku/internal/relay"
)

// answers hands the relay what it cannot import: the archive's time lines and
// exports, and the numbers of the rest of the line.
func (e *Engine) answers(c *relay.Config) {
	c.Stats = e.stats
	if e.Archive == nil {
		return
	}
	c.History = e.Archive
	c.Timeline = func(ctx context.Context, room event.RoomID, from, to event.Millis, step time.Duration) (any, error) {
		return e.Archive.Timeline(ctx, room, from, to, step)
	}
	c.Broadcasts = e.broadcasts
	c.Export = e.export
}

// export writes events, with what is known of the room when there is one: in
// the order of the archive, or of time for the forms that are played beside a
// video (recordings imported later stand behind what is newer).
func (e *Engine) export(ctx context.Context, w io.Writer, x relay.Export) error {
	o := exchange.Options{Raw: x.Filter.Raw}
	format := exchange.Format(x.Format)
	rooms, err := e.Archive.Rooms(ctx)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if len(x.Filter.Rooms) == 1 && r.Room == x.Filter.Rooms[0] {
			o.Recording = exchange.Recording{Room: r.Room, ShortID: r.ShortID, Streamer: r.Streamer, Title: r.Title, Area: r.Area}
		}
	}
	events := exchange.Events(e.Archive.Query(ctx, x.Filter))
	if format == exchange.XML || format == exchange.ASS {
		if len(x.Filter.Kinds) == 0 {
			x.Filter.Kinds = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}
		}
		events = exchange.ByMoment(e.Archive.ByTime(ctx, x.Filter))
	}
	if _, err := exchange.Write(w, format, events, o); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (e *Engine) stats() []relay.Stat {
	s := e.Collector.Stats()
	failing := 0.0
	if s.Failure != "" {
		failing = 1
	}
	return []relay.Stat{
		{Name: "danmaku_received_total", Help: "Events received from the platform.", Value: float64(s.Received), Counter: true},
		{Name: "danmaku_stored_total", Help: "Events committed to the archive.", Value: float64(s.Stored), Counter: true},
		{Name: "danmaku_duplicates_total", Help: "Events that the archive had already.", Value: float64(s.Duplicates), Counter: true},
		{Name: "danmaku_commits_total", Help: "Transactions committed.", Value: float64(s.Commits), Counter: true},
		{Name: "danmaku_commit_seconds_total", Help: "Time spent in commits.", Value: s.CommitTime.Seconds(), Counter: true},
		{Name: "danmaku_archive_failing", Help: "1 while the archive cannot be written.", Value: failing},
	}
}
