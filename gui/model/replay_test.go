package model

import (
	"testing"

	"danmaku/event"
)

func replayed(room event.RoomID, ms int64, text string) Item {
	it := comment(ms, "somebody", text)
	it.Event.Room = room
	return it
}

func TestAReplayIsARoomOfItsOwn(t *testing.T) {
	m := New(0)
	m.Measure(func(*Row) float32 { return 20 }, func(*Row) float32 { return 20 })
	m.Apply([]Item{{Status: &event.Status{Room: room, State: event.StateOnline, Live: true}}, comment(1, "a", "live")}, 0)
	r := m.StartReplay(event.Status{Room: -1, Streamer: "s"}, Totals{Comments: 40})
	m.Select(r)
	ch := m.Apply([]Item{replayed(-1, 2, "then"), replayed(-1, 3, "later"), comment(4, "b", "now")}, 0)
	if m.Shown() != r || r.Chat.Len() != 2 || !ch.Chat || r.Totals.Comments != 42 {
		t.Errorf("%d rows, %+v, totals %+v", r.Chat.Len(), ch, r.Totals)
	}
	if live := m.Room(room); live.Chat.Len() != 2 || live.Unread != 1 || m.All.Chat.Len() != 2 || m.All.Totals.Comments != 2 || len(m.Rooms) != 1 {
		t.Errorf("the live room has %d rows, %d unread; all rooms %d rows, %d comments", live.Chat.Len(), live.Unread, m.All.Chat.Len(), m.All.Totals.Comments)
	}
	to := event.Millis(2000)
	m.Apply([]Item{{Gap: &event.Gap{Room: -1, From: 1000, To: &to, Cause: event.CauseNetwork}}}, 0)
	if r.Gaps != 1 || r.Missed != 1000 || m.All.Gaps != 0 {
		t.Errorf("gaps: %d of %d ms, of all %d", r.Gaps, r.Missed, m.All.Gaps)
	}
	chat := r.Chat
	m.StartReplay(event.Status{Room: -2}, Totals{})
	m.Apply([]Item{replayed(-1, 5, "too late"), replayed(-2, 6, "after the seek")}, 0)
	if m.Shown() != r || r.Chat != chat || chat.Len() != 1 || r.Gaps != 0 || chat.Row(chat.First()).Text != "after the seek" {
		t.Errorf("after a seek: %d rows", chat.Len())
	}
	m.EndReplay()
	if m.Apply([]Item{replayed(-2, 7, "over")}, 0); m.One() != m.Room(room) || m.Replay != nil || len(m.Rooms) != 1 {
		t.Error("the replay is not over")
	}
	m.EndReplay()
}
