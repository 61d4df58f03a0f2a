package fanout

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func TestASubscriberGetsItsOwnFramesThenTheLog(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		say(s, l, 1, "before")
		p := subscribe(t, s, Subscription{Log: l, Place: l.End(), First: AppendFrame(nil, OpText, []byte("hello"))})
		p.want(OpText, "hello")
		say(s, l, 2, "a", strings.Repeat("b", 300), strings.Repeat("c", 70_000))
		p.want(OpText, "a")
		p.want(OpText, strings.Repeat("b", 300))
		p.want(OpText, strings.Repeat("c", 70_000))
		say(s, l, 5, "d")
		p.want(OpText, "d")
	})
}

func TestEverySubscriberGetsEveryFrameOfItsLogInOrder(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		logs := []*Log{NewLog(64 << 20), NewLog(64 << 20)}
		const frames = 3000
		var wg sync.WaitGroup
		for i := range 40 {
			l := logs[i%2]
			p := subscribe(t, s, Subscription{Log: l, Place: l.End()})
			wg.Go(func() {
				for n := range frames {
					op, b, err := readFrame(p.conn)
					if err != nil || op != OpText || !strings.HasPrefix(string(b), fmt.Sprintf("%d/%d/", i%2, n)) {
						t.Errorf("subscriber %d, frame %d: op %d %.30q %v", i, n, op, b, err)
						return
					}
				}
			})
		}
		for n := 0; n < frames; {
			batch := min(1+rand.IntN(20), frames-n)
			for i, l := range logs {
				var texts []string
				for k := range batch {
					texts = append(texts, fmt.Sprintf("%d/%d/%s", i, n+k, strings.Repeat("x", rand.IntN(400))))
				}
				say(s, l, int64(n+1), texts...)
			}
			n += batch
		}
		wg.Wait()
	})
}

func TestASubscriberCatchesUpThenGoesOnLiveWithoutRepeats(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		place := l.End()
		step := 0
		p := subscribe(t, s, Subscription{Log: l, First: AppendFrame(nil, OpText, []byte("hello")),
			Older: func(context.Context) (Older, error) {
				switch step++; step {
				case 1:
					say(s, l, 3, "3", "4", "5") // published meanwhile; 3 and 4 are in the archive too
					return Older{Frames: AppendFrame(AppendFrame(nil, OpText, []byte("1")), OpText, []byte("2"))}, nil
				case 2:
					return Older{}, nil // nothing found in this stretch
				}
				return Older{Frames: AppendFrame(AppendFrame(nil, OpText, []byte("3")), OpText, []byte("4")), Done: true, Place: place, Skip: 4}, nil
			}})
		for _, want := range []string{"hello", "1", "2", "3", "4", "5"} {
			p.want(OpText, want)
		}
		say(s, l, 6, "6")
		p.want(OpText, "6")
		say(s, l, 0, "not archived")
		p.want(OpText, "not archived")
	})
}

func TestASubscriberThatFallsBehindAfterTheArchiveGoesOnWhereTheArchiveEnded(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(32 << 10)
		place := l.End()
		frames := func(from, to int64) (b []byte) {
			for n := from; n <= to; n++ {
				b = AppendFrame(b, OpText, fmt.Append(nil, n))
			}
			return b
		}
		p := subscribe(t, s, Subscription{Log: l,
			Older: func(context.Context) (Older, error) {
				for n := int64(1); n <= 800; n++ { // the log goes on, beyond what it can hold
					say(s, l, n, strings.Repeat("x", 1000))
				}
				return Older{Frames: frames(1, 500), Done: true, Place: place, Skip: 500}, nil
			},
			Behind: func(m Missed) func(context.Context) (Older, error) {
				return func(context.Context) (Older, error) {
					return Older{Frames: frames(m.From, m.To), Done: true, Place: m.Next, Skip: m.To}, nil
				}
			}})
		for n := 1; n <= 800; n++ {
			p.want(OpText, fmt.Sprint(n))
		}
		say(s, l, 801, "live")
		p.want(OpText, "live")
	})
}

func TestAnArchiveThatCannotBeReadClosesWithComeBack(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		l := NewLog(1 << 20)
		ended := make(chan Ending, 1)
		p := subscribe(t, s, Subscription{Log: l, Closed: func(e Ending) { ended <- e },
			Older: func(context.Context) (Older, error) { return Older{}, errors.New("disk") }})
		p.wantClose(CloseGoingAway)
		if e := <-ended; e != EndError {
			t.Errorf("ended by %s", e)
		}
	})
}

func TestMessagesReachReceiveAndItsAnswersComeBack(t *testing.T) {
	serveTest(t, Options{}, func(t *testing.T, s *Server) {
		p := subscribe(t, s, Subscription{Log: NewLog(1 << 20), Receive: func(op byte, b []byte) ([]byte, *CloseError) {
			if op == OpText {
				return nil, &CloseError{CloseUnsupported, "binary only"}
			}
			return AppendFrame(nil, OpBinary, append([]byte("got "), b...)), nil
		}})
		p.send(OpBinary, []byte("one"))
		p.want(OpBinary, "got one")
		p.conn.Write(append(masked(OpBinary, []byte("tw")), masked(finBit|opCont, []byte("o"))...))
		p.want(OpBinary, "got two")
		p.send(OpText, []byte("three"))
		p.wantClose(CloseUnsupported)
	})
}
