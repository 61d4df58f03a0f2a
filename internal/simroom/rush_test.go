package simroom

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Hurried traffic says what unhurried says, with the same times in it.
func TestHurriedTrafficIsTheSameOnlySooner(t *testing.T) {
	play := func(rush bool) (said [][]byte, took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			c := Demo()
			c.Rush, c.Count, c.Record = rush, 2000, true
			s, g := start(t, c)
			sock := g.join(7734200, 3)
			sock.beat(10)
			began := time.Now()
			go func() {
				for {
					if _, err := sock.tryPackets(); err != nil {
						return
					}
				}
			}()
			<-s.Finished()
			said, took = s.Commands(7734200), time.Since(began)
		})
		return said, took
	}
	slow, whole := play(false)
	fast, short := play(true)
	if whole < 30*time.Second || short > time.Second {
		t.Errorf("the usual pace took %v, the hurried one %v", whole, short)
	}
	if len(fast) != len(slow) {
		t.Fatalf("%d commands in a hurry, %d without", len(fast), len(slow))
	}
	for i := range fast {
		if !bytes.Equal(fast[i], slow[i]) {
			t.Fatalf("command %d differs:\n%s\n%s", i, fast[i], slow[i])
		}
	}
}
