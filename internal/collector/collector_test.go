package collector

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/simroom"
)

// pass lets virtual time go by, and what happens at its end happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func faults(t *testing.T, texts ...string) []simroom.Fault {
	t.Helper()
	var fs []simroom.Fault
	for _, text := range texts {
		f, err := simroom.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

func TestEventsAreCommittedThenPublishedInOneOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		w := newWorld(t, worldConfig{sim: simroom.Config{Profile: "event", Count: 3000, Seed: 1, Record: true}, archive: archive, keep: true})
		began := time.Now()
		if s := w.join(520); s.Room != 7734200 || s.ShortID != 520 || s.Title == "" {
			t.Errorf("joined %+v", s)
		}
		<-w.platform.Finished()
		pass(10 * time.Second)
		var published []event.Event
		live := 0
		for _, i := range w.published() {
			if i.Event != nil {
				published = append(published, *i.Event)
				if !i.Event.Backlog {
					live++
				}
			}
		}
		kept := archive.all()
		if len(published) != len(kept) {
			t.Fatalf("%d events published, %d archived", len(published), len(kept))
		}
		for i := range kept {
			if published[i].Seq != int64(i+1) || kept[i].Key != published[i].Key || string(kept[i].Raw) != string(published[i].Raw) {
				t.Fatalf("event %d: published seq %d key %q, archived key %q", i, published[i].Seq, published[i].Key, kept[i].Key)
			}
		}
		// A command that is in no event told again what another one had told:
		// its key is in the archive.
		have := map[string]bool{}
		for _, e := range kept {
			have[string(e.Raw)], have[e.Key] = true, true
		}
		dec := decoder.New(decoder.Limits{})
		commands := w.platform.Commands(7734200)
		for _, command := range commands {
			if have[string(command)] {
				continue
			}
			events, err := dec.Events(nil, 7734200, 0, command)
			if err != nil || len(events) != 1 || events[0].Key == "" || !have[events[0].Key] {
				t.Errorf("not archived: %.300s", command)
			}
		}
		if len(commands) < 2000 || live < 2900 {
			t.Errorf("%d commands, %d events", len(commands), live)
		}
		s := w.c.Rooms()
		if len(s) != 1 || s[0].State != event.StateMasked && s[0].State != event.StateOnline || !s[0].Archived || s[0].Events < int64(live) || s[0].DecodeErrors != 0 {
			t.Errorf("rooms %+v", s)
		}
		w.stop()
		if got := archive.coverage(began, 7734200); !regexp.MustCompile(`^\[0\.0 [\d.]+ restart\]$`).MatchString(got) {
			t.Errorf("coverage %s", got)
		}
		if st := w.c.Stats(); st.Stored != int64(len(kept)) || st.Unarchived != 0 || st.Commits == 0 || st.Commits > st.Stored {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestAMessageIsPassedOnAfterTheEventsMadeOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldConfig{sim: simroom.Config{Profile: "small", Count: 50}, keep: true})
		w.join(7734200)
		<-w.platform.Finished()
		pass(time.Second)
		events, bundles := 0, 0
		for _, i := range w.published() {
			switch {
			case i.Event != nil && i.Event.Seq != 0:
				t.Errorf("an event without an archive has seq %d", i.Event.Seq)
			case i.Event != nil && !i.Event.Backlog:
				events++
			case i.Bundle != nil && (events == 0 || i.Bundle.Room != 7734200 || len(i.Bundle.Message) < 16):
				t.Errorf("bundle %+v after %d events", i.Bundle, events)
			case i.Bundle != nil:
				bundles, events = bundles+1, 0
			}
		}
		if bundles == 0 || events != 0 {
			t.Errorf("%d messages passed on, %d events after the last", bundles, events)
		}
		if s := w.c.Rooms(); s[0].Archived {
			t.Errorf("status without an archive: %+v", s[0])
		}
	})
}

func TestAFailingArchiveEndsCoverageAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 10}, archive: archive, keep: true})
		w.join(520)
		began := time.Now()
		pass(100 * time.Second)
		archive.fail(errors.New("the disk is full"))
		pass(100 * time.Second)
		s := w.c.Rooms()[0]
		if s.Archived || !strings.Contains(s.Detail, "disk is full") || s.Advice == "" || w.c.Stats().Failure == "" {
			t.Errorf("while the archive fails: %+v", s)
		}
		archive.fail(nil)
		pass(100 * time.Second)
		if s := w.c.Rooms()[0]; !s.Archived || strings.Contains(s.Detail, "disk") {
			t.Errorf("after the archive works again: %+v", s)
		}
		w.stop()
		// The story as readers were told it.
		var gaps []event.Gap
		var seq int64
		unkept, disorder := 0, 0
		for _, i := range w.published() {
			switch {
			case i.Gap != nil:
				gaps = append(gaps, *i.Gap)
			case i.Event != nil && i.Event.Seq == 0:
				unkept++
				if len(gaps) != 1 {
					disorder++
				}
			case i.Event != nil:
				if i.Event.Seq != seq+1 {
					disorder++
				}
				seq = i.Event.Seq
			}
		}
		if disorder > 0 || unkept < 500 || int64(unkept) != w.c.Stats().Unarchived || len(gaps) != 2 || gaps[0].To != nil || gaps[1].To == nil || gaps[0].Cause != event.CauseDisk || gaps[1].From != gaps[0].From {
			t.Fatalf("%d events out of order, %d unkept, gaps %+v", disorder, unkept, gaps)
		}
		if from, to := gaps[1].From.Time().Sub(began).Seconds(), gaps[1].To.Time().Sub(began).Seconds(); from < 99 || from > 106 || to < 200 || to > 235 {
			t.Errorf("gap from %.1f s to %.1f s", from, to)
		}
		// The archive says the same as the events it holds.
		for _, e := range archive.all() {
			if e.Backlog {
				continue
			}
			covered := slices.ContainsFunc(archive.spans, func(s memorySpan) bool { return s.from <= e.Received && e.Received <= s.to })
			if !covered {
				t.Fatalf("an archived event of %v is in none of %s", e.Received.Time().Sub(began), archive.coverage(began, 7734200))
			}
		}
		for _, i := range w.published() {
			if e := i.Event; e != nil && e.Seq == 0 {
				for _, s := range archive.spans {
					if s.from <= e.Received && e.Received < s.to {
						t.Fatalf("an event that was not kept, of %v, lies in %s", e.Received.Time().Sub(began), archive.coverage(began, 7734200))
					}
				}
			}
		}
		if got := archive.coverage(began, 7734200); !regexp.MustCompile(`^\[0\.0 [\d.]+ disk\]\[2\d\d\.\d [\d.]+ restart\]$`).MatchString(got) {
			t.Errorf("coverage %s", got)
		}
		if n := strings.Count(w.log.String(), "msg=\"the archive can"); n != 2 {
			t.Errorf("the log says it %d times:\n%s", n, w.log)
		}
	})
}

func TestASessionLostWhileTheArchiveFailsIsWrittenDownLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 10, Faults: faults(t, "drop@150s/30s", "drop@300s/30s")}, archive: archive, keep: true})
		w.join(520)
		began := time.Now()
		pass(100 * time.Second)
		archive.fail(errors.New("read-only"))
		pass(150 * time.Second)
		archive.fail(nil)
		pass(150 * time.Second)
		w.stop()
		got := archive.coverage(began, 7734200)
		if !regexp.MustCompile(`^\[0\.0 (99|1\d\d)\.\d disk\]\[2\d\d\.\d (299|300)\.\d network\]\[3\d\d\.\d \d+\.\d restart\]$`).MatchString(got) {
			t.Errorf("coverage %s", got)
		}
		gaps, _ := w.told()
		open := map[event.Cause]int{}
		for _, g := range gaps {
			if g.To == nil {
				open[g.Cause]++
			} else {
				open[g.Cause]--
			}
		}
		if len(gaps) < 6 || open[event.CauseDisk] != 0 || open[event.CauseNetwork] != 0 {
			t.Errorf("gaps %+v", gaps)
		}
	})
}

func TestALostConnectionIsAGapForReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 10, Faults: faults(t, "drop@60s/20s")}, archive: archive, keep: true})
		w.join(520)
		began := time.Now()
		pass(3 * time.Minute)
		w.stop()
		gaps, states := w.told()
		if len(gaps) != 2 || gaps[0].To != nil || gaps[1].To == nil || gaps[0].Room != 7734200 || gaps[0].Cause != event.CauseNetwork {
			t.Fatalf("gaps %+v, states %v", gaps, states)
		}
		from, to := gaps[1].From.Time().Sub(began).Seconds(), gaps[1].To.Time().Sub(began).Seconds()
		if got, want := archive.coverage(began, 7734200), fmt.Sprintf("[0.0 %.1f network][%.1f 1", from, to); !strings.HasPrefix(got, want) || from < 59 || to > 120 {
			t.Errorf("coverage %s, want %s", got, want)
		}
		if states[0] != "7734200 connecting" || states[len(states)-1] != "7734200 stopped" {
			t.Errorf("states %v", states)
		}
	})
}

func TestRoomsJoinAndLeaveWithoutDisturbingOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &memory{}
		sim := simroom.Config{Profile: "small", Rooms: []simroom.Room{{ID: 100, Short: 1}, {ID: 200, Short: 2}, {ID: 300}}}
		w := newWorld(t, worldConfig{sim: sim, archive: archive, keep: true})
		began := time.Now()
		w.join(1)
		pass(time.Minute)
		if s := w.join(100); s.Room != 100 || len(w.c.Rooms()) != 1 { // the same room
			t.Errorf("joined twice: %+v, rooms %v", s, w.c.Rooms())
		}
		w.join(200)
		if s := w.join(2); s.Room != 200 || s.State == event.StateStopped {
			t.Errorf("the short id of a room joined by its long one: %+v", s)
		}
		w.join(300)
		pass(time.Minute)
		if len(w.c.Rooms()) != 3 {
			t.Errorf("rooms %v", w.c.Rooms())
		}
		if err := w.c.Leave(t.Context(), 2); err != nil {
			t.Error(err)
		}
		if err := w.c.Leave(t.Context(), 200); !errors.Is(err, ErrNotJoined) {
			t.Errorf("left twice: %v", err)
		}
		synctest.Wait() // the platform hears of it a moment later
		if n := w.platform.Connections(200); n != 0 {
			t.Errorf("%d connections left in a room that was left", n)
		}
		s, err := w.c.Join(t.Context(), 999)
		if !errors.Is(err, bilibili.ErrNoRoom) || s.State != event.StateNotFound || s.Advice == "" {
			t.Errorf("a room that does not exist: %+v, %v", s, err)
		}
		pass(time.Minute)
		w.join(2) // again
		pass(time.Minute)
		w.stop()
		if got := archive.coverage(began, 100); !regexp.MustCompile(`^\[0\.0 2\d\d\.\d restart\]$`).MatchString(got) {
			t.Errorf("coverage of the room that stayed: %s", got)
		}
		if got := archive.coverage(began, 200); !regexp.MustCompile(`^\[60\.\d 1[12]\d\.\d restart\]\[180\.\d 2\d\d\.\d restart\]$`).MatchString(got) {
			t.Errorf("coverage of the room that was left: %s", got)
		}
		if _, err := w.c.Join(t.Context(), 100); !errors.Is(err, ErrStopping) {
			t.Errorf("joined after the end: %v", err)
		}
		gaps, states := w.told()
		if len(gaps) != 0 || slices.Contains(states, "1 connecting") || slices.Contains(states, "2 stopped") {
			t.Errorf("gaps %v, states %v", gaps, states)
		}
	})
}

func TestStoppingLosesNothingThatWasReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		archive := &slow{memory: memory{}, delay: 50 * time.Millisecond}
		w := newWorld(t, worldConfig{sim: simroom.Config{Profile: "gala"}, archive: archive, keep: true})
		w.join(520)
		pass(10 * time.Second)
		w.stop()
		st := w.c.Stats()
		if st.Received == 0 || st.Stored+st.Duplicates != st.Received || len(archive.all()) != int(st.Stored) {
			t.Errorf("stats %+v, %d in the archive", st, len(archive.all()))
		}
	})
}

// slow is an archive that takes its time.
type slow struct {
	memory
	delay time.Duration
}

func (a *slow) Append(ctx context.Context, batch []event.Event) ([]event.Event, error) {
	<-time.After(a.delay)
	return a.memory.Append(ctx, batch)
}

func TestAnOutageOfFiftyRoomsIsAFewLinesInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := simroom.Config{Rate: 0.05, Faults: faults(t, "drop@5m/10m")}
		for i := range 50 {
			sim.Rooms = append(sim.Rooms, simroom.Room{ID: event.RoomID(1000 + i)})
		}
		w := newWorld(t, worldConfig{sim: sim, archive: &memory{}})
		for i := range 50 {
			w.join(event.RoomID(1000 + i))
		}
		pass(2 * time.Minute)
		before := strings.Count(w.log.String(), "\n")
		pass(13 * time.Minute)
		w.stop()
		for _, s := range w.c.Rooms() {
			t.Errorf("still there: %+v", s)
		}
		lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
		if n := busiestMinute(w.log.String()); n > 10 {
			t.Errorf("%d lines in one minute", n)
		}
		if after := len(lines) - before; after > 30 {
			t.Errorf("%d lines for an outage of ten minutes:\n%s", after, strings.Join(lines[before:], "\n"))
		}
		if strings.Contains(w.log.String(), "tok") {
			t.Error("the log speaks of tokens")
		}
	})
}

// busiestMinute is how many lines a log has in the minute that has most.
func busiestMinute(log string) (most int) {
	minutes := map[string]int{}
	for line := range strings.Lines(log) {
		minute := line[:len("time=2000-01-01T00:00")]
		minutes[minute]++
		most = max(most, minutes[minute])
	}
	return most
}

func TestEveryRoomOfAHubIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := simroom.Config{Profile: "small", Rooms: []simroom.Room{{ID: 100}, {ID: 200}}}
		w := newWorld(t, worldConfig{sim: sim, archive: &memory{}, keep: true})
		w.join(100)
		w.join(200)
		pass(2 * time.Minute)
		w.stop()
		count := map[event.RoomID]int{}
		last := map[event.RoomID]event.Millis{}
		for _, i := range w.published() {
			if e := i.Event; e != nil && !e.Backlog {
				count[e.Room]++
				if e.Received < last[e.Room] {
					t.Errorf("room %d: an event received at %d comes after one of %d", e.Room, e.Received, last[e.Room])
				}
				last[e.Room] = e.Received
			}
		}
		if count[100] == 0 || count[200] == 0 || len(count) != 2 {
			t.Errorf("events %v", count)
		}
	})
}
