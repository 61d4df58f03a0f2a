package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
)

// Who comes back at nearly the same position with the same selection is served
// by the same reading of the archive, in whichever way it subscribes; each gets
// what is its own.
func TestTheArchiveIsReadOnceForThoseWhoComeBackTogether(t *testing.T) {
	both(t, func(t *testing.T, c Config) {
		const total, back = 2000, 20
		archive := &memory{id: "A1"}
		for n := range total {
			archive.append(comment(event.RoomID(1+n%2), strconv.Itoa(n+1)))
		}
		l := start(t, c, archive)
		l.relay.pieces.stay = time.Hour // however slow the machine
		for _, query := range []string{"", "&room=1", "&batch=1ms", "&kind=comment&raw=1"} {
			archive.mu.Lock()
			before := archive.asked
			archive.mu.Unlock()
			var wg sync.WaitGroup
			for i := range back {
				after := 200 + i*3
				s := l.dial(fmt.Sprintf("?after=%d%s", after, query))
				wg.Go(func() {
					for want := int64(after + 1); want <= total; {
						_, b, err := s.conn.ReadMessage()
						if err != nil {
							t.Errorf("%s after %d: at %d: %v", query, after, want, err)
							return
						}
						if strings.Contains(string(b), `"hello"`) {
							continue
						}
						for _, seq := range seqs(t, b) {
							if query == "&room=1" && want%2 == 0 {
								want++ // the other room's
							}
							if seq != want {
								t.Errorf("%s after %d: got %d, want %d", query, after, seq, want)
								return
							}
							want++
						}
						if query == "&room=1" && want == total {
							return
						}
					}
				})
			}
			wg.Wait()
			archive.mu.Lock()
			asked := archive.asked - before
			archive.mu.Unlock()
			// Its own last event, its own first piece; raw ones are short.
			if most := back*2 + total/pieceGrid*3; asked > most {
				t.Errorf("%q: %d queries for %d subscribers, want at most %d", query, asked, back, most)
			}
		}
	})
}

// seqs are the positions of a message's events.
func seqs(t *testing.T, b []byte) (all []int64) {
	t.Helper()
	for part := range strings.SplitSeq(string(b), `{"seq":`) {
		if number, _, ok := strings.Cut(part, ","); ok {
			if n, err := strconv.ParseInt(number, 10, 64); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

func TestAPieceIsReadByOneAndGivenToAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pieces
		reads, held := 0, make(chan struct{})
		read := func(context.Context) (piece, error) {
			reads++
			<-held
			return piece{frames: []byte("x"), end: 256, final: true}, nil
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if got, err := p.after(t.Context(), pieceKey{nil, 0}, 1000, read); err != nil || string(got.frames) != "x" {
					t.Errorf("got %q, %v", got.frames, err)
				}
			})
		}
		synctest.Wait()
		close(held)
		wg.Wait()
		if reads != 1 {
			t.Errorf("read %d times", reads)
		}
		<-time.After(pieceStays) // of the test's own clock
		synctest.Wait()
		if len(p.held) != 0 || len(p.kept) != 0 || p.size != 0 {
			t.Errorf("after %v there are still %d pieces, %d bytes", pieceStays, len(p.held), p.size)
		}
	})
}

// The one who reads may leave, or fail: that is nothing to the others.
func TestWhoWaitsForAPieceReadsItWhenTheReaderCannot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pieces
		ctx, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.after(ctx, pieceKey{nil, 0}, 10, func(ctx context.Context) (piece, error) {
				<-ctx.Done()
				return piece{}, ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the one who left: %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			got, err := p.after(t.Context(), pieceKey{nil, 0}, 10, func(context.Context) (piece, error) { return piece{end: 10, events: 3}, nil })
			if err != nil || got.events != 3 {
				t.Errorf("the one who stayed: %+v, %v", got, err)
			}
		})
		gone, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if _, err := p.after(gone, pieceKey{nil, 0}, 10, func(ctx context.Context) (piece, error) { return piece{end: 10}, ctx.Err() }); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		leave()
		wg.Wait()
	})
}

func TestAPieceThatEndedWhereTheArchiveDidIsNotForThoseWhoWantMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pieces
		for _, step := range []struct {
			upTo, end int64
			final     bool // of what would be read now
			want      int64
		}{
			{100, 100, false, 100},
			{100, -1, false, 100}, // the same again: kept
			{120, 120, false, 120},
			{110, 110, false, 110}, // began earlier: its own
			{120, -1, false, 120},
			{300, 256, true, 256},
			{400, -1, false, 256}, // whoever comes later
			{200, 200, false, 200},
		} {
			got, err := p.after(t.Context(), pieceKey{nil, 0}, step.upTo, func(context.Context) (piece, error) {
				return piece{end: step.end, final: step.final}, nil
			})
			if err != nil || got.end != step.want {
				t.Errorf("up to %d: ended at %d (%v), want %d", step.upTo, got.end, err, step.want)
			}
		}
	})
}

func TestPiecesTakeBoundedMemoryAndTheOldestGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pieces
		var keys []int64
		for n := range int64(100) {
			_, err := p.after(t.Context(), pieceKey{nil, n}, n+1, func(context.Context) (piece, error) {
				return piece{frames: make([]byte, 1<<20), end: n + 1}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for k := range p.held {
			keys = append(keys, k.after)
		}
		if slices.Sort(keys); p.size > piecesMax || len(keys) != piecesMax>>20 || keys[0] != 100-piecesMax>>20 {
			t.Errorf("%d bytes kept, of %v", p.size, keys)
		}
		_, err := p.after(t.Context(), pieceKey{nil, 1000}, 1001, func(context.Context) (piece, error) {
			return piece{frames: make([]byte, piecesMax), end: 1001}, nil
		})
		if err != nil || len(p.held) != len(keys) {
			t.Errorf("a piece that leaves no room for others is kept too, or %v", err)
		}
	})
}
