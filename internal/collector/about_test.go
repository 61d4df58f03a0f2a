package collector

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"
)

func TestABroadcastJoinedMidwayHasTitleAndBeginningInTheArchive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "archive"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 0.1, Faults: faults(t, "offline@5m/1m")}, archive: archive})
		began := event.At(time.Now())
		pass(2 * time.Minute)
		joined := w.join(520)
		if !joined.Live || joined.LiveFrom == 0 || joined.LiveFrom > began || joined.Title == "" {
			t.Fatalf("joined %+v", joined)
		}
		pass(time.Minute)
		all, err := archive.Broadcasts(context.Background(), joined.Room, 0, 0)
		if err != nil || len(all) != 1 || all[0].From != joined.LiveFrom || all[0].To != 0 || len(all[0].Titles) != 1 || all[0].Titles[0].Title != joined.Title {
			t.Errorf("a minute after joining: %+v, %v; want one from %d, %q", all, err, joined.LiveFrom, joined.Title)
		}
		pass(4 * time.Minute)
		w.stop()
		// The end and the second beginning came as events, and in the state too.
		all, err = archive.Broadcasts(context.Background(), joined.Room, 0, 0)
		if err != nil || len(all) != 2 || all[0].From != joined.LiveFrom || all[0].To == 0 || all[1].From < all[0].To || all[1].To != 0 {
			t.Errorf("after an end and a beginning: %+v, %v", all, err)
		}
		rooms, err := archive.Rooms(context.Background())
		if err != nil || len(rooms) != 1 || rooms[0].Streamer != joined.Streamer || rooms[0].Title == "" || rooms[0].ShortID != 520 {
			t.Errorf("rooms %+v, %v; want the streamer %q", rooms, err, joined.Streamer)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatARoomIsCalledIsToldTheArchiveOnceAndAgainWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		// A lost connection looks at the page anew, and finds the same.
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 0.1, Faults: faults(t, "drop@2m", "offline@5m/1m")}, archive: archive})
		joined := w.join(520)
		pass(4 * time.Minute)
		if names := archive.described(); len(names) != 1 || names[0] != about(joined) {
			t.Errorf("described as %+v, want once what was joined: %+v", names, about(joined))
		}
		pass(4 * time.Minute)
		names := archive.described()
		live := slices.IndexFunc(names, func(s event.Status) bool { return !s.Live })
		if live < 0 || !names[len(names)-1].Live || names[len(names)-1].LiveFrom <= joined.LiveFrom {
			t.Errorf("the end or the new beginning of the broadcast was not told: %+v", names)
		}
		for i := 1; i < len(names); i++ {
			if names[i] == names[i-1] {
				t.Errorf("told twice: %+v", names[i])
			}
		}
	})
}

func TestWhatARoomIsCalledIsToldWhenTheArchiveCanBeWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		archive.fail(errors.New("the disk is full"))
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 0.1}, archive: archive})
		joined := w.join(520)
		pass(time.Minute)
		archive.fail(nil)
		pass(retryMost + time.Second)
		if names := archive.described(); len(names) != 1 || names[0] != about(joined) {
			t.Errorf("described as %+v, want %+v", names, about(joined))
		}
	})
}

func (a *memory) described() []event.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.names)
}
