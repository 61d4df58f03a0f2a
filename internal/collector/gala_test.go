package collector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"
)

// randomFaults draws n faults for the time between 10 s and d. Most are bad
// messages; the others cost the connection or the token and are short, so that
// there is something left to lose.
func randomFaults(t *testing.T, n int, d time.Duration, rng *rand.Rand) []simroom.Fault {
	bad := []string{"corrupt", "truncated", "bomb=16", "zlib-bomb=16", "giant=5", "bad-length", "zero-length", "short-header", "bad-json", "bad-utf8", "bad-type"}
	moments := []string{"drop", "half-open", "expire-token", "duplicate=30", "rotate-wbi"}
	lasting := []string{"drop", "slow=50ms", "refuse", "wrong-host=1", "wrong-host=all", "refuse-token", "api=-500", "http=502", "skew=5m", "skew=-5m", "out-of-order"}
	var texts []string
	for range n {
		at := 10*time.Second + time.Duration(rng.Int64N(int64(d-10*time.Second)))
		text := fmt.Sprintf("%s@%s", bad[rng.IntN(len(bad))], at.Round(time.Millisecond))
		switch rng.IntN(10) {
		case 0:
			text = fmt.Sprintf("%s@%s", moments[rng.IntN(len(moments))], at.Round(time.Millisecond))
		case 1:
			text = fmt.Sprintf("%s@%s/%dms", lasting[rng.IntN(len(lasting))], at.Round(time.Millisecond), 100+rng.IntN(5000))
		}
		texts = append(texts, text)
	}
	return faults(t, texts...)
}

// The whole of it, 1,000 faults over an hour of the profile gala, takes minutes
// of CPU: DANMAKU_LONG=1.
func TestUnderRandomFaultsEverySecondIsArchivedOrAGap(t *testing.T) {
	n, d, rate := 50, 2*time.Minute, 30.0
	if os.Getenv("DANMAKU_LONG") != "" {
		n, d, rate = 1000, time.Hour, 0
	}
	for _, redundant := range []bool{false, true} {
		t.Run(fmt.Sprintf("redundant=%v", redundant), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { underRandomFaults(t, n, d, rate, redundant) })
		})
	}
}

func underRandomFaults(t *testing.T, n int, d time.Duration, rate float64, redundant bool) {
	const room event.RoomID = 7734200
	const seed = 20261122
	archive, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "archive"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sim := simroom.Config{Profile: "gala", Rate: rate, Seed: seed, Record: true, Faults: randomFaults(t, n, d, rand.New(rand.NewPCG(seed, 1)))}
	if redundant {
		sim.Hosts = []string{"one.test", "two.test"}
	}
	w := newWorld(t, worldConfig{sim: sim, archive: archive, redundant: redundant})
	began := time.Now()
	w.join(520)
	var said []int64 // commands said before the end of each second
	for time.Since(began) < d {
		<-time.After(time.Until(began.Add(time.Duration(len(said)+1) * time.Second)))
		said = append(said, w.platform.Sent()[0].Commands)
	}
	rooms := w.c.Rooms()
	w.stop()
	st := w.c.Stats()
	cov, err := archive.Coverage(context.Background(), room, event.At(began), event.At(began.Add(d)))
	if err != nil {
		t.Fatal(err)
	}

	k := readKept(t, archive)
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	commands := w.platform.Commands(room)
	// A second that is not whole lies in a gap, or touches one. What was said in
	// the others is looked for first: it has the first claim to what is there.
	inGap := func(s int) bool {
		at, end := event.At(began)+event.Millis(s*1000), event.At(began)+event.Millis(s*1000+1000)
		return slices.ContainsFunc(cov.Gaps, func(g event.Gap) bool { return g.From <= end && (g.To == nil || *g.To >= at) })
	}
	covered, missing, replays := 0, 0, 0
	for _, gaps := range []bool{false, true} {
		from := int64(0)
		for s, to := range said {
			lost := 0
			second := commands[from:to]
			if from = to; inGap(s) != gaps {
				continue
			}
			for _, command := range second {
				there, replay := k.has(room, command)
				if !there {
					lost++
				}
				if replay && !gaps {
					replays++
				}
			}
			missing += lost
			if !gaps {
				covered++
			}
			if !gaps && lost > 0 {
				t.Errorf("second %d lacks %d commands and is no gap", s, lost)
			}
		}
	}
	t.Logf("%d faults in %v: %d commands said, %d events archived, %d duplicates left to the archive, %d messages kept undecoded; %d of %d seconds in no gap, all of them whole; %d commands lost, all in %d gaps; %d taken for what was said again; %d connections",
		n, d, len(commands), k.last, st.Duplicates, k.undecoded, covered, len(said), missing, len(cov.Gaps), replays, w.platform.Calls()["/sub"])
	if replays > len(commands)/500 {
		t.Errorf("%d commands outside of gaps were taken for replays of others", replays)
	}
	if lines := busiestMinute(w.log.String()); lines > 12 {
		t.Errorf("%d lines in one minute of the log", lines)
	}
	if st.Stored+st.Duplicates != st.Received || st.Unarchived != 0 {
		t.Errorf("stats %+v", st)
	}
	if covered < len(said)/3 || k.undecoded < n/4 || rooms[0].DecodeErrors < int64(n/4) {
		t.Errorf("%d of %d seconds in no gap, %d undecoded, %+v", covered, len(said), k.undecoded, rooms[0])
	}
}
