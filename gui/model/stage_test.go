package model

import (
	"math/rand/v2"
	"testing"
	"time"
)

// overlap reports whether two flights that share a track touch at any time
// both are there. Both move evenly, so the ends of that time tell.
func overlap(a, b *Flight, width float32) bool {
	if a.Layer != b.Layer || a.Track+a.Span <= b.Track || b.Track+b.Span <= a.Track {
		return false
	}
	from, to := max(a.Start, b.Start), min(a.End, b.End)
	if from >= to {
		return false
	}
	for _, at := range []time.Duration{from, (from + to) / 2, to} {
		x, y := float64(a.X(at, width)), float64(b.X(at, width))
		if x < y+float64(b.Width)-0.01 && y < x+float64(a.Width)-0.01 {
			return true
		}
	}
	return false
}

func TestNoTwoCommentsOfATrackEverOverlap(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := &Stage{Width: 300 + rng.Float32()*1700, Height: 80 + rng.Float32()*1000, Track: 20 + rng.Float32()*40, Gap: rng.Float32() * 30,
			Area: rng.Float32(), Cross: time.Duration(2+rng.IntN(14)) * time.Second, Hold: time.Duration(1+rng.IntN(6)) * time.Second, Most: 1 << 20}
		var all []Flight
		now := time.Duration(0)
		for range 400 {
			now += time.Duration(rng.IntN(400)) * time.Millisecond
			if rng.IntN(40) == 0 {
				s.Resize(300+rng.Float32()*1700, s.Height)
			}
			if rng.IntN(60) == 0 { // another speed, which those under way do not follow
				s.Cross = time.Duration(2+rng.IntN(14)) * time.Second
			}
			layer := Layer(0)
			if rng.IntN(4) == 0 {
				layer = Layer(rng.IntN(3))
			}
			if f, ok := s.Place(now, layer, 5+rng.Float32()*900, 1+rng.IntN(3)); ok {
				if f.Y < -0.01 || f.Y+float32(f.Span)*s.Track > s.Height+0.01 {
					t.Fatalf("seed %d: a comment at %v of a stage %v high", seed, f.Y, s.Height)
				}
				all = append(all, f)
			}
		}
		if len(all) < 20 {
			t.Fatalf("seed %d: only %d of 400 found a track", seed, len(all))
		}
		for i := range all {
			for k := range i {
				if overlap(&all[i], &all[k], s.Width) {
					t.Fatalf("seed %d: %+v overlaps %+v", seed, all[i], all[k])
				}
			}
		}
	}
}

func newStage() *Stage {
	return &Stage{Width: 1000, Height: 100, Track: 50, Gap: 10, Cross: 10 * time.Second, Hold: 4 * time.Second, Most: 100}
}

func TestALongCommentWaitsUntilItDoesNotCatchUp(t *testing.T) {
	s := newStage()
	s.Height = 50
	slow, ok := s.Place(0, LayerScroll, 100, 1) // 110 px/s
	if !ok || slow.X(0, 1000) != 1000 || slow.X(slow.End, 1000) != -100 {
		t.Fatalf("%+v", slow)
	}
	if _, ok := s.Place(500*time.Millisecond, LayerScroll, 100, 1); ok {
		t.Error("one starts while the tail of another is still outside")
	}
	// 2000 px long: 300 px/s. It may start when it needs longer to the left
	// edge than the slow one to leave.
	var started time.Duration
	for at := time.Second; ; at += 100 * time.Millisecond {
		if _, ok := s.Place(at, LayerScroll, 2000, 1); ok {
			started = at
			break
		}
	}
	if started < 6600*time.Millisecond || started > 6900*time.Millisecond {
		t.Errorf("the long one started after %v", started)
	}
}

func TestCommentsThatStayFillFromTheirEdge(t *testing.T) {
	s := newStage()
	s.Height = 200
	for i, want := range []float32{0, 50} {
		if f, ok := s.Place(0, LayerTop, 100, 1); !ok || f.Y != want || f.X(0, 1000) != 450 {
			t.Errorf("top %d: %+v", i, f)
		}
	}
	if _, ok := s.Place(3*time.Second, LayerTop, 100, 1); ok {
		t.Error("a third one is on top of the others")
	}
	if f, ok := s.Place(4*time.Second, LayerTop, 100, 1); !ok || f.Y != 0 {
		t.Error("nothing follows when they have gone")
	}
	if f, ok := s.Place(0, LayerBottom, 100, 1); !ok || f.Y != 150 {
		t.Errorf("bottom: %+v", f)
	}
}

func TestPaidCommentsGoFirstAndOthersAreLeftOutInTime(t *testing.T) {
	s := newStage()
	s.Most = 2
	size := func(*Row) (float32, int) { return 400, 1 }
	row := func(text string) *Row { return &Row{Text: text, Mode: "scroll"} }
	for _, text := range []string{"a", "b", "c"} {
		s.Offer(row(text), 0, false)
	}
	s.Offer(row("paid"), 0, true)
	s.Offer(row("paid too"), 0, true)
	var flown []string
	fly := func(r *Row, _ Flight) { flown = append(flown, r.Text) }
	s.Launch(0, 0, 1, size, fly)
	s.Launch(0, 1, 9, size, fly)
	if len(flown) != 2 || flown[0] != "paid" || flown[1] != "paid too" || s.Waiting() != 3 {
		t.Fatalf("%v flew, %d wait", flown, s.Waiting())
	}
	s.Launch(5*time.Second, 2, 9, size, fly)
	if s.Waiting() != 0 || s.LeftOut != 3 || len(flown) != 2 {
		t.Errorf("%d wait, %d left out, %v", s.Waiting(), s.LeftOut, flown)
	}
	for range 2 * cuesAtMost {
		s.Offer(row("flood"), 0, false)
	}
	if s.Waiting() != cuesAtMost || s.LeftOut != 3+cuesAtMost {
		t.Errorf("%d wait, %d left out", s.Waiting(), s.LeftOut)
	}
}

func TestASlowMachineGetsHalfTheFramesThenFewerComments(t *testing.T) {
	var p Pace
	p.Second(20, 0, 100)
	if p.Half {
		t.Error("an empty stage says nothing about the machine")
	}
	p.Second(20, 80, 100)
	if !p.Half || p.Limit(100) != 100 {
		t.Errorf("%+v", p)
	}
	p.Second(15, 80, 100)
	if p.Limit(100) != 56 {
		t.Errorf("%+v", p)
	}
	for range 50 {
		p.Second(5, p.Limit(100), 100)
	}
	if p.Limit(100) != fewest {
		t.Errorf("%+v", p)
	}
	for i := 0; i < 90 && p.Half; i++ {
		p.Second(30, p.Limit(100), 100)
	}
	if p.Limit(100) != 100 || p.Half {
		t.Errorf("after peace: %+v", p)
	}
	for range 2 * retryAtMost { // a machine that never manages all frames
		if p.Half {
			p.Second(30, 50, 100)
		} else {
			p.Second(35, 50, 100)
		}
	}
	if p.again != retryAtMost {
		t.Errorf("all frames are tried again every %d s", p.again)
	}
}

func BenchmarkStagePlace(b *testing.B) {
	s := &Stage{Width: 1920, Height: 1080, Track: 34, Gap: 16, Cross: 8 * time.Second, Hold: 4 * time.Second, Most: 1000}
	now := time.Duration(0)
	for b.Loop() {
		now += 5 * time.Millisecond
		s.Place(now, LayerScroll, 180, 1)
	}
}
