package model

import (
	"fmt"
	"slices"
	"testing"

	"danmaku/event"
)

const room = event.RoomID(21452505)

// at is a wall clock for tests: a fixed moment plus milliseconds.
func at(ms int64) event.Millis { return 1_700_000_000_000 + event.Millis(ms) }

func comment(ms int64, who, text string) Item {
	return Item{Event: &event.Event{Room: room, Kind: event.KindComment, Key: fmt.Sprintf("dm:%s%d", who, ms), At: at(ms), Received: at(ms),
		User: &event.User{ID: who, Name: who}, Comment: &event.Comment{Text: text, Color: "#ffffff"}}}
}

func gift(ms int64, who, name string, count int, total event.Money) Item {
	return Item{Event: &event.Event{Room: room, Kind: event.KindGift, At: at(ms), Received: at(ms), User: &event.User{ID: who, Name: who},
		Gift: &event.Gift{Name: name, Count: count, Total: total, Paid: total > 0}}}
}

func status(id event.RoomID, s event.State) Item {
	return Item{Status: &event.Status{Room: id, State: s, Live: true}}
}

func newModel() *Model {
	m := New(0)
	m.Rules.FoldRepeats = true
	m.Measure(func(*Row) float32 { return 20 }, func(*Row) float32 { return 20 })
	return m
}

func texts(f *Feed) (out []string) {
	for i := f.First(); i < f.End(); i++ {
		r := f.Row(i)
		s := r.Text
		if r.Count > 1 {
			s += fmt.Sprintf("*%d", r.Count)
		}
		out = append(out, s)
	}
	return out
}

func TestRepeatsNearEachOtherAreFolded(t *testing.T) {
	m := newModel()
	m.Apply([]Item{comment(0, "a", "草"), comment(100, "b", "草"), comment(200, "c", "hi"), comment(300, "d", " 草 "),
		comment(400, "e", "ＨＩ"), comment(30_000, "f", "草")}, at(0))
	if got := fmt.Sprint(texts(m.Room(room).Chat)); got != "[草*3 hi*2 草]" {
		t.Error(got)
	}
	if n := m.Room(room).Totals.Comments; n != 6 {
		t.Errorf("%d comments counted", n)
	}
	m = newModel()
	m.Rules.FoldRepeats = false
	m.Apply([]Item{comment(0, "a", "草"), comment(100, "b", "草")}, at(0))
	if n := m.Room(room).Chat.Len(); n != 2 {
		t.Errorf("%d rows though folding is off", n)
	}
}

func TestAFoldedRepeatIsAChangeOfTheRowOnShow(t *testing.T) {
	m := newModel()
	m.Apply([]Item{comment(0, "a", "草")}, at(0))
	version := m.Room(room).Chat.Row(0).Version
	ch := m.Apply([]Item{comment(10, "b", "草")}, at(0))
	if !ch.Chat || ch.Shown != 0 || m.Room(room).Chat.Row(0).Version == version {
		t.Errorf("%+v", ch)
	}
}

func TestCombosOfGiftsAreOneRow(t *testing.T) {
	m := newModel()
	m.Apply([]Item{gift(0, "a", "小花花", 1, 100), gift(3000, "b", "小花花", 5, 500), gift(9000, "a", "小花花", 10, 1000),
		gift(60_000, "a", "小花花", 1, 100)}, at(0))
	f := m.Room(room).Paid
	if f.Len() != 3 || f.Row(0).Count != 11 || f.Row(0).Price != 1100 || f.Row(2).Count != 1 {
		t.Errorf("%d rows, first %+v", f.Len(), f.Row(0))
	}
	if got := m.Room(room).Totals; got.Gifts != 1700 || got.Givers != 2 {
		t.Errorf("%+v", got)
	}
}

func TestCheapGiftsAreHiddenButCounted(t *testing.T) {
	m := newModel()
	m.Rules.Cheap = 1000
	m.Apply([]Item{gift(0, "a", "小花花", 1, 100), gift(0, "b", "辣条", 1, 0), gift(0, "c", "气球", 1, 2000)}, at(0))
	if n := m.Room(room).Paid.Len(); n != 1 {
		t.Errorf("%d rows", n)
	}
	if got := m.Room(room).Totals.Money(); got != 2100 {
		t.Errorf("sum %d", got)
	}
}

func TestWhatRepeatsAnotherEventIsNotCounted(t *testing.T) {
	m := newModel()
	g := gift(0, "a", "小花花", 1, 100)
	g.Event.Of = "gift:1"
	m.Apply([]Item{g}, at(0))
	if m.Room(room).Paid.Len() != 0 || m.Room(room).Totals.Gifts != 0 {
		t.Error("a repeat was counted")
	}
}

func superChat(ms int64, id string, price event.Money, seconds int) Item {
	return Item{Event: &event.Event{Room: room, Kind: event.KindSuperChat, At: at(ms), Received: at(ms), User: &event.User{ID: "u", Name: "u"},
		SuperChat: &event.SuperChat{ID: id, Text: "sc" + id, Price: price, Seconds: seconds, Start: at(ms), End: at(ms) + event.Millis(seconds)*1000}}}
}

func TestASuperChatIsPinnedForItsTime(t *testing.T) {
	m := newModel()
	m.Apply([]Item{superChat(0, "1", 30_000, 60), superChat(1000, "2", 50_000, 120), superChat(-600_000, "0", 30_000, 60)}, at(1000))
	r := m.Room(room)
	if len(r.Pins) != 2 || r.Pins[0].ID != "2" {
		t.Fatalf("%d pins", len(r.Pins))
	}
	if left := r.Pins[1].Left(at(30_000)); left != 0.5 {
		t.Errorf("half its time later %v is left", left)
	}
	if !m.Expire(at(60_000)) || len(r.Pins) != 1 {
		t.Errorf("%d pins after the first one's time", len(r.Pins))
	}
	m.Apply([]Item{{Event: &event.Event{Room: room, Kind: event.KindSuperChatDelete, SuperChatDelete: &event.SuperChatDelete{IDs: []string{"2"}}}}}, at(61_000))
	if len(r.Pins) != 0 || len(m.All.Pins) != 0 || !r.Chat.Row(1).Recalled {
		t.Error("a super chat taken away is still shown")
	}
	if r.Totals.SuperChats != 110_000 {
		t.Errorf("sum %d", r.Totals.SuperChats)
	}
}

func TestAGapIsOneLineThatCloses(t *testing.T) {
	m := newModel()
	to := at(14_000)
	m.Apply([]Item{{Gap: &event.Gap{Room: room, From: at(0), Cause: event.CauseNetwork}}, comment(0, "a", "x"),
		{Gap: &event.Gap{Room: room, From: at(0), To: &to, Cause: event.CauseNetwork}}}, at(14_000))
	r := m.Room(room)
	if r.Chat.Len() != 2 || r.Chat.Row(0).Kind != RowGap || r.Chat.Row(0).Until != to {
		t.Errorf("%+v", r.Chat.Row(0))
	}
	if r.Gaps != 1 || r.Missed != 14_000 {
		t.Errorf("%d gaps, %d ms", r.Gaps, r.Missed)
	}
}

func TestUnreadCountsWhatIsNotOnShow(t *testing.T) {
	m := newModel()
	other := comment(0, "a", "x")
	other.Event.Room = 7
	m.Apply([]Item{status(room, event.StateOnline), status(7, event.StateOnline)}, at(0))
	m.Select(m.Room(room))
	m.Apply([]Item{comment(0, "a", "x"), other}, at(0))
	if m.Room(7).Unread != 1 || m.Room(room).Unread != 0 {
		t.Errorf("unread %d, %d", m.Room(7).Unread, m.Room(room).Unread)
	}
	m.Select(m.Room(7))
	if m.Room(7).Unread != 0 {
		t.Error("still unread after a look")
	}
	if m.All.Chat.Len() != 2 {
		t.Errorf("%d rows in the list of all rooms", m.All.Chat.Len())
	}
}

func TestARoomThatIsLeftIsForgotten(t *testing.T) {
	m := newModel()
	m.Apply([]Item{comment(0, "a", "x"), superChat(0, "1", 30_000, 600)}, at(0))
	m.Select(m.Room(room))
	m.Apply([]Item{{Left: room}}, at(0))
	if m.Room(room) != nil || len(m.Rooms) != 0 || m.Selected != nil || len(m.All.Pins) != 0 {
		t.Error("something of it is still there")
	}
}

func TestRecalledCommentsAreStruckOut(t *testing.T) {
	m := newModel()
	m.Apply([]Item{comment(0, "a", "one"), comment(1, "b", "two"), comment(2, "a", "three")}, at(0))
	recall := func(action, target string) {
		m.Apply([]Item{{Event: &event.Event{Room: room, Kind: event.KindModeration, Moderation: &event.Moderation{Action: action, Target: target}}}}, at(0))
	}
	recall("recall", "b1")
	recall("recall_user", "a")
	f := m.Room(room).Chat
	for i, want := range []bool{true, true, true} {
		if f.Row(int64(i)).Recalled != want {
			t.Errorf("row %d: recalled %v", i, !want)
		}
	}
	if f.Len() != 3 {
		t.Errorf("%d rows: a recall is no line of its own", f.Len())
	}
}

func TestMutedPeopleAreNotShown(t *testing.T) {
	m := newModel()
	mute(m, "troll")
	m.Rules.Highlight = func(e *event.Event) bool { return e.Text() == "主播" }
	m.Apply([]Item{comment(0, "troll", "x"), comment(0, "a", "主播")}, at(0))
	f := m.Room(room).Chat
	if got := inSight(f); !slices.Equal(got, []string{"主播"}) || !f.Row(1).Highlight {
		t.Errorf("%v", got)
	}
}

// mute hides what people say, each by a rule that is their name.
func mute(m *Model, people ...string) {
	m.Rules.Muted = func(e *event.Event) []string {
		if e.User != nil && slices.Contains(people, e.User.ID) {
			return []string{e.User.ID}
		}
		return nil
	}
}

// inSight are the texts of the rows that a window as high as the list shows.
func inSight(f *Feed) (out []string) {
	f.Height = func(*Row) float32 { return 20 }
	f.Show(20*float32(f.Len()), 0, func(_ int64, r *Row, _, _ float32) { out = append(out, r.Text) })
	return out
}

func TestWhatWasMutedComesBackInItsPlace(t *testing.T) {
	m := newModel()
	m.Rules.FoldRepeats = true
	mute(m, "troll", "bot")
	m.Apply([]Item{status(room, event.StateOnline), comment(0, "a", "1"), comment(1, "troll", "1"), comment(2, "bot", "2"), comment(3, "a", "3"), comment(4, "troll", "4"), comment(5, "b", "5")}, at(0))
	f := m.Room(room).Chat
	if got := inSight(f); !slices.Equal(got, []string{"1", "3", "5"}) {
		t.Fatalf("in sight: %v", got)
	}
	if f.Row(0).Count != 1 {
		t.Error("a muted repeat is counted")
	}
	if m.Shown().Totals.Comments != 6 {
		t.Errorf("%d comments in the sum: a mute changes what is in sight, not what there was", m.Shown().Totals.Comments)
	}
	m.Edit(func(r *Row) { r.Unmute("troll") })
	if got := inSight(f); !slices.Equal(got, []string{"1", "1", "3", "4", "5"}) {
		t.Errorf("without the first rule: %v", got)
	}
	m.Edit(func(r *Row) {
		if r.UserID == "a" {
			r.Mute("one")
			r.Mute("two")
			r.Mute("two") // a row of several lists comes several times
		}
	})
	m.Edit(func(r *Row) { r.Unmute("two") })
	if got := inSight(f); !slices.Equal(got, []string{"1", "4", "5"}) {
		t.Errorf("hidden by two rules, of which one is left: %v", got)
	}
	m.Edit(func(r *Row) { r.Unmute("one") })
	if got := inSight(f); !slices.Equal(got, []string{"1", "1", "3", "4", "5"}) {
		t.Errorf("without both: %v", got)
	}
}

func TestWhatIsMutedCallsForNoAttention(t *testing.T) {
	m := newModel()
	mute(m, "troll")
	m.Apply([]Item{status(room, event.StateOnline), status(room+1, event.StateOnline)}, at(0))
	m.Select(m.Room(room + 1))
	paid := superChat(0, "1", 30_000, 60)
	paid.Event.User.ID = "troll"
	ch := m.Apply([]Item{comment(0, "troll", "x"), paid}, at(0))
	r := m.Room(room)
	if r.Unread != 0 || ch.Shown != 0 {
		t.Errorf("%d unread, %d new in sight", r.Unread, ch.Shown)
	}
	if len(r.Pins) != 1 || len(r.Pinned()) != 0 {
		t.Errorf("%d super chats, %d on show", len(r.Pins), len(r.Pinned()))
	}
	m.Edit(func(r *Row) { r.Unmute("troll") })
	if len(r.Pinned()) != 1 {
		t.Error("the super chat does not come back")
	}
}

func TestANewBroadcastBeginsItsTotalsAnew(t *testing.T) {
	m := newModel()
	s := event.Status{Room: room, State: event.StateOnline, Live: true, LiveFrom: at(0)}
	m.Apply([]Item{{Status: &s}, gift(0, "a", "x", 1, 500)}, at(0))
	again := s
	again.LiveFrom = at(20_000) // the same broadcast, told a little later
	m.Apply([]Item{{Status: &again}}, at(0))
	if m.Room(room).Totals.Gifts != 500 {
		t.Error("a reconnect of the stream reset the totals")
	}
	next := s
	next.LiveFrom = at(7_200_000)
	m.Apply([]Item{{Status: &next}}, at(0))
	if m.Room(room).Totals.Gifts != 0 {
		t.Error("the totals of the last broadcast go on")
	}
}

func TestRatesFollowTheClock(t *testing.T) {
	var r Rate
	for s := range int64(20) {
		r.Add(at(s*1000), 3)
	}
	if got := r.PerSecond(at(20_000)); got != 3 {
		t.Errorf("%v per second", got)
	}
	if got := r.PerSecond(at(60_000)); got != 0 {
		t.Errorf("%v per second after a silence", got)
	}
	steps := r.Steps(nil, at(20_000))
	var sum int32
	for _, n := range steps {
		sum += n
	}
	if len(steps) != RateSteps || sum != 60 {
		t.Errorf("%d steps with %d events", len(steps), sum)
	}
	r.Add(at(-7200_000), 1) // older than the chart
	if sum2 := r.Steps(nil, at(3600_000*2)); len(sum2) != RateSteps || sum2[0] != 0 {
		t.Error("two hours later something is left")
	}
}

func TestLaggedEventsAreALineInEveryRoom(t *testing.T) {
	m := newModel()
	m.Apply([]Item{status(room, event.StateOnline), {Lagged: 40}}, at(0))
	if m.Lagged != 40 || m.Room(room).Chat.Len() != 1 || m.Room(room).Chat.Row(0).Kind != RowLagged {
		t.Error("not told")
	}
}

func BenchmarkApplyComments(b *testing.B) {
	m := newModel()
	items := make([]Item, 100)
	for i := range items {
		items[i] = comment(int64(i), fmt.Sprint("user", i%40), fmt.Sprint("评论内容", i%60))
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Apply(items, at(0))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(items)), "ns/event")
}

func TestAnOpenGapGrows(t *testing.T) {
	m := New(0)
	to := event.Millis(5000)
	m.Apply([]Item{
		{Gap: &event.Gap{Room: 1, From: 1000, To: &to, Cause: event.CauseNetwork}},
		{Gap: &event.Gap{Room: 1, From: 10_000, Cause: event.CauseDisk}},
		{Gap: &event.Gap{Room: 2, From: 12_000, Cause: event.CauseDisk}},
	}, 20_000)
	for _, tt := range []struct {
		room      *Room
		now, want event.Millis
	}{{m.Room(1), 20_000, 14_000}, {m.Room(2), 20_000, 8000}, {m.All, 20_000, 22_000}, {m.All, 30_000, 42_000}, {m.Room(2), 11_000, 0}} {
		if got := m.Missed(tt.room, tt.now); got != tt.want {
			t.Errorf("room %v at %d: %d ms, not %d", tt.room.Status.Room, tt.now, got, tt.want)
		}
	}
	end := event.Millis(15_000)
	m.Apply([]Item{{Gap: &event.Gap{Room: 1, From: 10_000, To: &end, Cause: event.CauseDisk}}}, 20_000)
	if got := m.Missed(m.Room(1), 99_000); got != 9000 {
		t.Errorf("over, it still grows: %d ms", got)
	}
}
