package collector

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/decoder"
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

	hash := maphash.MakeSeed()
	have := map[uint64]int{} // archived commands, by what they say
	keys := map[string]int{}
	var last int64
	undecoded := 0
	for e, err := range archive.Query(context.Background(), event.Filter{Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Key != "" {
			if keys[e.Key]++; keys[e.Key] > 1 {
				t.Errorf("event %s is archived %d times", e.Key, keys[e.Key])
			}
		}
		if e.Seq <= last {
			t.Errorf("seq %d after %d", e.Seq, last)
		}
		last = e.Seq
		if bytes.HasPrefix(e.Raw, []byte(`{"undecodable"`)) {
			undecoded++
		}
		have[maphash.Bytes(hash, e.Raw)]++
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	commands := w.platform.Commands(room)
	dec := decoder.New(decoder.Limits{})
	replays := 0
	archived := func(command []byte) bool {
		h := maphash.Bytes(hash, command)
		if n, met := have[h]; n > 0 {
			have[h]--
			return true
		} else if met {
			// Without identity, the same to the byte, and said again just after
			// a reconnect: taken for what a server says again then.
			replays++
			return true
		}
		// What told again what another command had told is there by its key.
		events, err := dec.Events(nil, room, 0, command)
		return err == nil && len(events) == 1 && events[0].Key != "" && keys[events[0].Key] > 0
	}
	covered, missing, silent := 0, 0, 0
	from := int64(0)
	for s, to := range said {
		lost := 0
		for _, command := range commands[from:to] {
			if !archived(command) {
				lost++
			}
		}
		from = to
		if lost == 0 {
			covered++
			continue
		}
		missing += lost
		// A second that is not whole lies in a gap, or touches one.
		at, end := event.At(began)+event.Millis(s*1000), event.At(began)+event.Millis(s*1000+1000)
		told := false
		for _, g := range cov.Gaps {
			told = told || g.From <= end && (g.To == nil || *g.To >= at)
		}
		if !told {
			silent++
			t.Errorf("second %d lacks %d commands and is no gap", s, lost)
		}
	}
	t.Logf("%d faults in %v: %d commands said, %d events archived, %d duplicates left to the archive, %d messages kept undecoded; %d of %d seconds whole, %d commands lost, all in %d gaps; %d connections",
		n, d, from, last, st.Duplicates, undecoded, covered, len(said), missing, len(cov.Gaps), w.platform.Calls()["/sub"])
	if replays > len(commands)/100 {
		t.Errorf("%d commands were taken for replays of others", replays)
	}
	if st.Stored+st.Duplicates != st.Received || st.Unarchived != 0 {
		t.Errorf("stats %+v", st)
	}
	if covered < len(said)/10 || undecoded < n/4 || rooms[0].DecodeErrors < int64(n/4) {
		t.Errorf("%d of %d seconds whole, %d undecoded, %+v", covered, len(said), undecoded, rooms[0])
	}
}
