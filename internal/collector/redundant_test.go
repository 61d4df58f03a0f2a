package collector

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"
)

func TestLosingEitherOfTwoConnectionsLeavesNoGapInTheArchive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room event.RoomID = 7734200
		archive, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "archive"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var conns []net.Conn // in the order they were made
		w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 20, Record: true, Hosts: []string{"one.test", "two.test"}}, archive: archive,
			redundant: true, keep: true, dialed: func(c net.Conn) {
				mu.Lock()
				defer mu.Unlock()
				conns = append(conns, c)
			}})
		began := time.Now()
		w.join(520)
		for i := range 10 { // the older one each time: the one, the other, the one …
			pass(40 * time.Second) // long enough for each to count as one that held
			mu.Lock()
			n := len(conns)
			if n == i+2 {
				conns[i].Close()
			}
			mu.Unlock()
			if n != i+2 {
				t.Fatalf("%d connections were made before the loss of number %d", n, i)
			}
		}
		pass(10 * time.Second)
		synctest.Wait()
		commands := w.platform.Commands(room)
		ended := event.At(time.Now())
		w.stop()
		cov, err := archive.Coverage(context.Background(), room, event.At(began), ended)
		if err != nil {
			t.Fatal(err)
		}
		k := readKept(t, archive)
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		// After the last message nothing is known when the program ends.
		if len(cov.Spans) != 1 || len(cov.Gaps) != 1 || cov.Gaps[0].Cause != event.CauseRestart || ended-cov.Gaps[0].From > 2000 {
			t.Errorf("coverage %+v", cov)
		}
		lost := 0
		for _, command := range commands {
			if there, again := k.has(room, command); !there || again {
				lost++
			}
		}
		if lost > 0 || len(commands) < 5000 {
			t.Errorf("%d of %d commands are not in the archive", lost, len(commands))
		}
		if gaps, _ := w.told(); len(gaps) != 0 {
			t.Errorf("readers were told of the gaps %+v", gaps)
		}
	})
}
