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
	c.Export = e.export
}

// export writes events in the order of the archive, with what is known of the
// room.
func (e *Engine) export(ctx context.Context, w io.Writer, x relay.Export) error {
	o := exchange.Options{Raw: x.Filter.Raw}
	if len(x.Filter.Rooms) == 1 {
		rooms, err := e.Archive.Rooms(ctx)
		if err != nil {
			return err
		}
		for _, r := range rooms {
			if r.Room == x.Filter.Rooms[0] {
				o.Recording = exchange.Recording{Room: r.Room, ShortID: r.ShortID, Streamer: r.Streamer, Title: r.Title, Area: r.Area}
			}
		}
	}
	if _, err := exchange.Write(w, exchange.Format(x.Format), e.Archive.Query(ctx, x.Filter), o); err != nil {
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
