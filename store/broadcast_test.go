package store

import (
	"context"
	"reflect"
	"testing"

	"danmaku/event"
)

func TestBroadcastsGoFromLiveToOffline(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	live := func(at, start event.Millis, session string) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindLive, At: at, Live: &event.Live{Session: session, Start: start}}
	}
	offline := func(at event.Millis) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindOffline, At: at, Offline: &event.Offline{}}
	}
	title := func(at event.Millis, s string) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindRoom, At: at, RoomInfo: &event.RoomInfo{Title: s, Area: "单机"}}
	}
	// In an order in which an import may bring them.
	appendAll(t, a, []event.Event{
		live(5000, 0, "b"), live(5001, 0, "b"), title(5500, "第二场"), offline(6000),
		live(1000, 900, "a"), live(1002, 0, ""), title(1500, "新标题"), offline(2000),
		live(2100, 0, "a"), offline(2500), // the stream was away for a moment
		live(7000, 0, "c"), live(8000, 0, "d"), // the end of c was missed
	})
	if err := a.Describe(ctx, event.Status{Room: 1, Title: "旧标题", Area: "单机", Streamer: "主播"}, 500); err != nil {
		t.Fatal(err)
	}
	want := []Broadcast{
		{Room: 1, Session: "a", From: 900, To: 2500, Titles: []Title{{900, "旧标题", "单机"}, {1500, "新标题", "单机"}}},
		{Room: 1, Session: "b", From: 5000, To: 6000, Titles: []Title{{5000, "新标题", "单机"}, {5500, "第二场", "单机"}}},
		{Room: 1, Session: "c", From: 7000, To: 8000, Titles: []Title{{7000, "第二场", "单机"}}},
		{Room: 1, Session: "d", From: 8000, To: 0, Titles: []Title{{8000, "第二场", "单机"}}},
	}
	got, err := a.Broadcasts(ctx, 1, 0, 0)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	got, err = a.Broadcasts(ctx, 1, 2500, 7500)
	if err != nil || !reflect.DeepEqual(got, want[1:3]) {
		t.Errorf("some: %v\n got %+v\nwant %+v", err, got, want[1:3])
	}
}

func TestABroadcastJoinedInTheMiddleIsKnownFromThePage(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	describe := func(s event.Status, at event.Millis) {
		t.Helper()
		s.Room, s.Streamer, s.ShortID = 1, "主播", 6
		if err := a.Describe(ctx, s, at); err != nil {
			t.Fatal(err)
		}
	}
	describe(event.Status{Title: "x", Live: true, LiveFrom: 1000}, 4000)
	describe(event.Status{Title: "x", Live: true, LiveFrom: 1000}, 4500) // nothing new
	describe(event.Status{Title: "y", Live: true, LiveFrom: 1000}, 5000)
	describe(event.Status{Title: "y"}, 9000)
	want := []Broadcast{{Room: 1, From: 1000, To: 9000, Titles: []Title{{4000, "x", ""}, {5000, "y", ""}}}}
	got, err := a.Broadcasts(ctx, 1, 0, 0)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	rooms, err := a.Rooms(ctx)
	if err != nil || len(rooms) != 1 || rooms[0].Streamer != "主播" || rooms[0].Title != "y" || rooms[0].ShortID != 6 {
		t.Errorf("rooms %+v, %v", rooms, err)
	}
}

func TestRoomsAndPersonsAreCounted(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	var batch []event.Event
	for i := range 1300 { // some of them in the index, some waiting for it
		name := "旧名"
		if i >= 600 {
			name = "新名"
		}
		batch = append(batch, event.Event{Platform: event.Bilibili, Room: event.RoomID(1 + i%2), Kind: event.KindEnter, At: event.Millis(3_600_000 + i), User: &event.User{ID: "5", Name: name}})
	}
	appendAll(t, a, batch[:1000])
	appendAll(t, a, batch[1000:])
	p, err := a.Person(ctx, "5")
	want := Person{ID: "5", Names: []PersonName{{Name: "新名", Events: 700, First: 3_600_600, Last: 3_601_299}, {Name: "旧名", Events: 600, First: 3_600_000, Last: 3_600_599}}}
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, p, want)
	}
	if p, err := a.Person(ctx, "6"); err != nil || len(p.Names) != 0 {
		t.Errorf("nobody: %+v, %v", p, err)
	}
	rooms, err := a.Rooms(ctx)
	if err != nil || len(rooms) != 2 || rooms[0] != (Room{Platform: "bilibili", Room: 1, Events: 650, First: 1, Last: 1299, From: 3_600_000, To: 7_200_000}) {
		t.Errorf("%+v, %v", rooms, err)
	}
}
