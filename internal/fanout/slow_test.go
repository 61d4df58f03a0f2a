package fanout

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestASlowReaderIsMovedOnAndToldHowMuchItMissed(t *testing.T) {
	serveTest(t, Options{SendBuffer: 8 << 10}, func(t *testing.T, s *Server) {
		l := NewLog(32 << 10)
		server, client := pair(t)
		small(client)
		client.SetDeadline(time.Now().Add(time.Minute))
		if err := s.Add(server, Subscription{Log: l, Place: l.End(), Lagged: text}); err != nil {
			t.Fatal(err)
		}
		healthy := subscribe(t, s, Subscription{Log: l, Place: l.End(), Lagged: text})
		const frames = 8_000 // far more than the kernel's buffers hold
		for n := int64(1); n <= frames; n++ {
			say(s, l, n, fmt.Sprintf("%d %s", n, strings.Repeat("x", 1000)))
			if op, b := healthy.frame(); op != OpText || !strings.HasPrefix(string(b), fmt.Sprintf("%d ", n)) {
				t.Fatalf("the healthy reader got %.40q, expected %d", b, n)
			}
		}
		say(s, l, frames+1, "end")
		next, missed := int64(1), int64(0)
		for {
			op, b, err := readFrame(client)
			if err != nil || op != OpText {
				t.Fatalf("op %d: %v", op, err)
			}
			var from, to, count, n int64
			if string(b) == "end" {
				break
			}
			if _, err := fmt.Sscanf(string(b), "lagged %d %d %d", &from, &to, &count); err == nil {
				if from != next || count != to-from+1 {
					t.Fatalf("told %s, the last one received was %d", b, next-1)
				}
				next, missed = to+1, missed+count
				if next == frames+2 {
					break // the end itself was among the missed
				}
				continue
			}
			if _, err := fmt.Sscan(string(b), &n); err != nil || n != next {
				t.Fatalf("got %.40q, expected %d", b, next)
			}
			next++
		}
		if missed == 0 {
			t.Error("nothing was missed: the test proves nothing")
		}
		say(s, l, frames+2, "again live")
		for {
			if op, b, err := readFrame(client); err != nil || op == OpText && string(b) == "again live" {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
	})
}

func TestAReaderThatTakesNothingIsClosed(t *testing.T) {
	serveTest(t, Options{SendBuffer: 8 << 10, Stuck: 300 * time.Millisecond}, func(t *testing.T, s *Server) {
		l := NewLog(8 << 20)
		server, client := pair(t)
		small(client)
		ended := make(chan Ending, 1)
		if err := s.Add(server, Subscription{Log: l, Place: l.End(), Closed: func(e Ending) { ended <- e }}); err != nil {
			t.Fatal(err)
		}
		say(s, l, 1, strings.Repeat("x", 6<<20))
		if e := <-ended; e != EndStuck {
			t.Errorf("ended by %s, want %s", e, EndStuck)
		}
	})
}

func TestAClientThatAsksAndNeverReadsIsCutOff(t *testing.T) {
	serveTest(t, Options{SendBuffer: 4 << 10}, func(t *testing.T, s *Server) {
		server, client := pair(t)
		small(client)
		ended := make(chan Ending, 1)
		if err := s.Add(server, Subscription{Log: NewLog(1 << 20), Closed: func(e Ending) { ended <- e }}); err != nil {
			t.Fatal(err)
		}
		ping := bytes.Repeat(masked(finBit|opPing, bytes.Repeat([]byte{'p'}, 125)), 1000)
		client.SetWriteDeadline(time.Now().Add(time.Second))
		for range 200 {
			if _, err := client.Write(ping); err != nil {
				break
			}
		}
		if s.o.Portable {
			// Its goroutine simply does not read on: nothing piles up.
			if _, err := client.Write(ping); err == nil {
				t.Error("25 MB of pings were taken")
			}
			return
		}
		client.Close()
		<-ended
	})
}
