package exchange

import (
	"math/rand/v2"
	"testing"
)

func (m *motion) at(t int64) float64 { return m.x + m.speed*float64(t-m.start) }

var all = band{0, 1 << 30, false}

// placed is what a brute-force look at the picture needs.
type placed struct {
	row, count int
	m          motion
}

func TestTextsOfOneRowNeverMeet(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := &rows{width: 1920, gap: 20, scroll: 1200, stand: 500, left: float64(rnd.IntN(600)), list: make([]rowState, 2+rnd.IntN(8))}
		var seen []placed
		now, turned := int64(0), 0
		for range 400 {
			now += int64(rnd.IntN(60))
			width := 20 + rnd.Float64()*900
			count := 1 + rnd.IntN(2)*rnd.IntN(2)
			var m motion
			switch rnd.IntN(6) {
			case 0:
				m = r.standing(now, width)
			case 1:
				m = r.moving(now, width, true)
			default:
				m = r.moving(now, width, false)
			}
			row, start, ok := r.place(m, band{rnd.IntN(2), 10, rnd.IntN(4) == 0}, count, int64(rnd.IntN(300)))
			if !ok {
				turned++
				continue
			}
			if start < now {
				t.Fatalf("seed %d: starts %d, before its time %d", seed, start, now)
			}
			m.start, m.end = start, m.end+start-now
			seen = append(seen, placed{row, count, m})
		}
		if len(seen) < 50 {
			t.Fatalf("seed %d: only %d texts placed, %d turned away", seed, len(seen), turned)
		}
		for i, a := range seen {
			for _, b := range seen[i+1:] {
				if a.row+a.count <= b.row || b.row+b.count <= a.row {
					continue
				}
				for tick := max(a.m.start, b.m.start); tick < min(a.m.end, b.m.end); tick += 7 {
					if ax, bx := a.m.at(tick), b.m.at(tick); ax < bx+b.m.width && bx < ax+a.m.width {
						t.Fatalf("seed %d: at %d %+v meets %+v", seed, tick, a, b)
					}
				}
			}
		}
	}
}

func TestATextTakesTheFirstRowThatIsFree(t *testing.T) {
	r := &rows{width: 1000, gap: 10, scroll: 1000, stand: 500, list: make([]rowState, 3)}
	for i, want := range []int{0, 1, 2} {
		if row, start, ok := r.place(r.moving(0, 100, false), all, 1, 0); !ok || row != want || start != 0 {
			t.Errorf("text %d: row %d at %d, %v", i, row, start, ok)
		}
	}
	if _, _, ok := r.place(r.moving(0, 100, false), all, 1, 0); ok {
		t.Error("a fourth text found a row though all are taken")
	}
	// The first text has come in wholly after 100 ticks: (100+10) px of 1100 in 1000 ticks.
	if row, start, ok := r.place(r.moving(0, 100, false), all, 1, 200); !ok || row != 0 || start != 100 {
		t.Errorf("with patience: row %d at %d, %v", row, start, ok)
	}
	if row, _, ok := r.place(r.standing(1200, 100), band{0, 3, true}, 1, 0); !ok || row != 2 {
		t.Errorf("from the end: row %d, %v", row, ok)
	}
}

func TestAFasterTextWaitsUntilItCannotCatchUp(t *testing.T) {
	r := &rows{width: 1000, gap: 0, scroll: 1000, stand: 500, list: make([]rowState, 1)}
	r.place(r.moving(0, 100, false), all, 1, 0)
	// 1000 px wide: twice the speed. It reaches the left edge 500 ticks after it starts, when the first is gone at 1000.
	if _, start, ok := r.place(r.moving(100, 1000, false), all, 1, 1000); !ok || start != 500 {
		t.Errorf("starts at %d, %v", start, ok)
	}
}

func TestALargeTextTakesSeveralRows(t *testing.T) {
	r := &rows{width: 1000, gap: 0, scroll: 1000, stand: 500, list: make([]rowState, 3)}
	r.place(r.standing(0, 100), all, 1, 0)
	if row, start, ok := r.place(r.standing(0, 100), all, 2, 0); !ok || row != 1 || start != 0 {
		t.Errorf("row %d at %d, %v", row, start, ok)
	}
	if row, start, ok := r.place(r.standing(0, 100), all, 9, 1000); !ok || row != 0 || start != 500 {
		t.Errorf("taller than the picture: row %d at %d, %v", row, start, ok)
	}
}
