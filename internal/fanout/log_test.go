package fanout

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

func TestALogKeepsNoMoreThanItIsAllowed(t *testing.T) {
	l := NewLog(256 << 10)
	first := l.End()
	for n := int64(1); n <= 10_000; n++ {
		l.Add(n, 1000)
		l.Publish()
	}
	size := 0
	for _, s := range l.window.Load().segments {
		size += len(s.buf)
	}
	if size > 256<<10+2*segmentMax {
		t.Errorf("%d bytes kept", size)
	}
	if l.Holds(first) || !l.Holds(l.End()) {
		t.Error("Holds is wrong")
	}
	r := l.Reader(first, 0)
	b, missed, err := r.Next(t.Context())
	if b != nil || err != nil || missed.From != 1 || missed.To != 10_000 || missed.Frames != 10_000 {
		t.Errorf("%d bytes, missed %+v, %v", len(b), missed, err)
	}
}

// Any cutting of writes leaves the place and the rest of the cut frame right.
func TestAPlaceAdvancedByAnyAmountsGivesEveryByteOnce(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 7))
		l := NewLog(64 << 20)
		var want []byte
		k := live{log: l}
		var got []byte
		take := func(all bool) {
			for {
				s, b, lagged := k.read()
				if lagged {
					t.Fatal("lagged")
				}
				if len(b) == 0 {
					return
				}
				n := rng.IntN(len(b) + 1)
				if all {
					n = len(b)
				}
				got = append(got, b[:n]...)
				got = append(got, k.place.advance(s, n)...)
				if !all && rng.IntN(2) == 0 {
					return
				}
			}
		}
		for n := range 300 {
			b := bytes.Repeat([]byte{byte(n)}, 1+rng.IntN(700))
			copy(l.Add(int64(n+1), len(b)), b)
			want = append(want, b...)
			if rng.IntN(3) == 0 {
				l.Publish()
				take(false)
			}
		}
		l.Publish()
		take(true)
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %d bytes, want %d", seed, len(got), len(want))
		}
		if k.place != l.End() {
			t.Fatalf("seed %d: place %+v, end %+v", seed, k.place, l.End())
		}
	}
}

func TestALogKnowsWhetherWhatIsBehindAPlaceIsInNoArchive(t *testing.T) {
	l := NewLog(1 << 20)
	add := func(seq int64) Place {
		l.Add(seq, 10)
		l.Publish()
		return l.End()
	}
	start := l.End()
	if l.Loose(start) {
		t.Error("an empty log has frames that are in no archive")
	}
	archived := add(1)
	if l.Loose(start) {
		t.Error("an archived frame is taken for one that is not")
	}
	loose := add(0)
	after := add(2)
	if !l.Loose(start) || !l.Loose(archived) {
		t.Error("a frame without a position is not seen from before it")
	}
	if l.Loose(loose) || l.Loose(after) {
		t.Error("a frame without a position is seen from behind it")
	}
}

func TestAReaderIsToldWhetherSomeOfWhatItMissedIsInNoArchive(t *testing.T) {
	for _, tt := range []struct {
		name  string
		loose int64 // the frame that has no position; 0: none
		want  Missed
	}{
		{"all archived", 0, Missed{From: 1, To: 1000, Frames: 1000}},
		{"one of those dropped", 10, Missed{From: 1, To: 1000, Frames: 1000, Loose: true}},
		{"the last one", 1000, Missed{From: 1, To: 999, Frames: 1000, Loose: true}},
	} {
		l := NewLog(32 << 10)
		r := l.Reader(l.End(), 0)
		for n := int64(1); n <= 1000; n++ {
			seq := n
			if n == tt.loose {
				seq = 0
			}
			l.Add(seq, 1000)
		}
		l.Publish()
		b, missed, err := r.Next(t.Context())
		tt.want.Next = l.End()
		if b != nil || err != nil || missed != tt.want {
			t.Errorf("%s: %d bytes, missed %+v, %v; want %+v", tt.name, len(b), missed, err, tt.want)
		}
		// What it goes on with is new: nothing of it is missed again.
		if l.Loose(missed.Next) {
			t.Errorf("%s: something without a position is still behind the end", tt.name)
		}
	}
}

// Who was served from the archive beyond its place in the log, and then falls
// behind, has missed only what it was not served.
func TestWhatTheArchiveGaveIsNotMissedInTheLog(t *testing.T) {
	for _, tt := range []struct {
		name       string
		last, gave int64 // the log's last position, the archive's
		loose      bool  // the log's last frame is in no archive
		want       Missed
	}{
		{"more than the archive gave", 1000, 600, false, Missed{From: 601, To: 1000, Frames: 1000}},
		{"all of it was given", 600, 1000, false, Missed{}},
		{"just that", 1000, 1000, false, Missed{}},
		{"all but what is in no archive", 600, 1000, true, Missed{Frames: 601, Loose: true}},
	} {
		l := NewLog(32 << 10)
		r := l.Reader(l.End(), tt.gave)
		for n := int64(1); n <= tt.last; n++ {
			l.Add(n, 1000)
		}
		if tt.loose {
			l.Add(0, 1000)
		}
		l.Publish()
		ctx, want := t.Context(), error(nil)
		if tt.want.Frames > 0 {
			tt.want.Next = l.End()
			tt.want.Next.seq = max(tt.want.To, tt.gave)
		} else { // it waits for what comes next
			done, cancel := context.WithCancel(ctx)
			cancel()
			ctx, want = done, context.Canceled
		}
		if b, missed, err := r.Next(ctx); b != nil || !errors.Is(err, want) || missed != tt.want {
			t.Errorf("%s: %d bytes, missed %+v, %v; want %+v", tt.name, len(b), missed, err, tt.want)
		}
		// What comes next is given, and nothing twice.
		next := max(tt.last, tt.gave) + 1
		for n := next - 1; n <= next; n++ {
			if n > tt.last {
				copy(l.Add(n, 1), []byte{byte(n - next)})
			}
		}
		l.Publish()
		var got []byte
		for r.Seq() < next {
			b, missed, err := r.Next(t.Context())
			if err != nil || missed.Frames > 0 {
				t.Fatalf("%s: then missed %+v, %v", tt.name, missed, err)
			}
			got = append(got, b...)
		}
		if !bytes.Equal(got, []byte{0}) {
			t.Errorf("%s: then came %v", tt.name, got)
		}
	}
}
