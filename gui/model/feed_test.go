package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// feedOf makes a feed of rows whose heights are told by Count.
func feedOf(heights ...int) *Feed {
	f := &Feed{Height: func(r *Row) float32 { return float32(r.Count) }}
	for _, h := range heights {
		f.Append(&Row{Count: h})
	}
	return f
}

func seen(f *Feed, window float32) string {
	s := ""
	f.Show(window, 0, func(i int64, _ *Row, y, h float32) { s += fmt.Sprintf("%d@%v ", i, y) })
	return s
}

func TestAListSticksToItsNewestRow(t *testing.T) {
	f := feedOf(10, 20, 30)
	if got := seen(f, 100); got != "0@0 1@10 2@30 " {
		t.Errorf("a short list begins at the top: %s", got)
	}
	if got := seen(f, 45); got != "1@-5 2@15 " {
		t.Errorf("a long list ends at the bottom: %s", got)
	}
	f.Append(&Row{Count: 5})
	if got := seen(f, 45); got != "1@-10 2@10 3@40 " {
		t.Errorf("after another row: %s", got)
	}
}

func TestAListScrolledAwayStaysWhereItIs(t *testing.T) {
	f := feedOf(10, 10, 10, 10, 10, 10)
	f.Scroll(30, -12)
	want := "1@-8 2@2 3@12 4@22 "
	if got := seen(f, 30); got != want {
		t.Fatalf("scrolled: %s, not %s", got, want)
	}
	for range 7 {
		f.Append(&Row{Count: 10})
	}
	if got := seen(f, 30); got != want {
		t.Errorf("rows came: %s, not %s", got, want)
	}
	if away, n := f.Away(); !away || n != 7 {
		t.Errorf("away %v, %d new", away, n)
	}
	f.Scroll(30, 1000)
	if away, n := f.Away(); away || n != 0 {
		t.Errorf("at the end it sticks again: away %v, %d new", away, n)
	}
	f.Scroll(30, -1000)
	if got := seen(f, 30); got != "0@0 1@10 2@20 " {
		t.Errorf("at the beginning: %s", got)
	}
}

func TestAListThatFitsIsNotScrolled(t *testing.T) {
	f := feedOf(10, 10)
	f.Scroll(30, -5)
	if away, _ := f.Away(); away {
		t.Error("scrolled away from a list that is all in sight")
	}
}

func TestOldRowsAreDroppedAndTheRestKeepTheirPlace(t *testing.T) {
	f := feedOf()
	f.Limit = 1000
	for i := range 5000 {
		f.Append(&Row{Count: 1 + i%7, Seq: int64(i)})
	}
	if f.Len() > 1000+chunkRows || f.Len() < 1000 {
		t.Errorf("%d rows held", f.Len())
	}
	if r := f.Row(f.End() - 1); r.Seq != 4999 || f.End() != 5000 {
		t.Errorf("the newest is %d of %d", r.Seq, f.End())
	}
	if r := f.Row(f.First()); r.Seq != f.First() {
		t.Errorf("index %d holds row %d", f.First(), r.Seq)
	}
	if f.Row(f.First()-1) != nil || f.Row(f.End()) != nil {
		t.Error("rows outside the list")
	}
	f.ScrollTo(f.First(), 50, 0)
	for range 3000 {
		f.Append(&Row{Count: 3})
	}
	f.Show(50, 0, func(i int64, _ *Row, y, _ float32) {
		if i < f.First() {
			t.Errorf("row %d is shown but was dropped", i)
		}
	})
}

func TestARowThatChangesItsHeightMovesOnlyWhatFollows(t *testing.T) {
	f := feedOf(10, 10, 10)
	seen(f, 100)
	f.Row(1).Count = 25
	f.Changed(f.Row(1))
	if got := seen(f, 100); got != "0@0 1@10 2@35 " {
		t.Error(got)
	}
}

// TestScrollingAgreesWithAPlainList drives a feed and a plain list of heights
// with the same random steps and compares what is in sight.
func TestScrollingAgreesWithAPlainList(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := feedOf()
		var heights []float64
		const window = 100
		top, away := 0.0, false // the plain list: height above the window
		total := func() float64 {
			s := 0.0
			for _, h := range heights {
				s += h
			}
			return s
		}
		clamp := func() {
			if !away || top >= total()-window-0.5 {
				top, away = max(0, total()-window), false
			}
			top = max(0, top)
		}
		for step := range 400 {
			switch k := r.IntN(10); {
			case k < 6:
				for range 1 + r.IntN(20) {
					h := 1 + r.IntN(40)
					heights = append(heights, float64(h))
					f.Append(&Row{Count: h})
				}
			case k < 9:
				dy := float64(r.IntN(600) - 350)
				if len(heights) > 0 && total() > window && (away || dy < 0) {
					top, away = top+dy, true
				}
				f.Scroll(window, float32(dy))
			default:
				away = false
				f.Stick()
			}
			clamp()
			f.Relayout()
			y, first := -top, -1
			want := map[int64]float64{}
			for i, h := range heights {
				if y+h > 0.001 && y < window-0.001 {
					want[int64(i)] = y
					if first < 0 {
						first = i
					}
				}
				y += h
			}
			n := 0
			f.Show(window, 0, func(i int64, _ *Row, y, h float32) {
				if float64(y)+float64(h) < 0.01 || y > window-0.01 {
					return
				}
				n++
				if w, ok := want[i]; !ok || math.Abs(w-float64(y)) > 0.01 {
					t.Fatalf("seed %d step %d: row %d at %v, the plain list says %v (%v)", seed, step, i, y, w, ok)
				}
			})
			if n != len(want) {
				t.Fatalf("seed %d step %d: %d rows in sight, not %d", seed, step, n, len(want))
			}
			if a, _ := f.Away(); a != away {
				t.Fatalf("seed %d step %d: away %v, not %v", seed, step, a, away)
			}
		}
	}
}

func TestAnotherWidthMeasuresOnlyRowsNearTheWindow(t *testing.T) {
	measured := 0
	f := &Feed{Height: func(*Row) float32 { measured++; return 20 }}
	for range 100_000 {
		f.Append(&Row{})
	}
	seen(f, 600)
	if measured > 3*chunkRows {
		t.Errorf("%d rows measured for one window", measured)
	}
	measured = 0
	f.Relayout()
	seen(f, 600)
	if measured > 3*chunkRows {
		t.Errorf("%d rows measured after another width", measured)
	}
	if got := f.Total(); math.Abs(got-2_000_000) > 2_000_000*0.3 {
		t.Errorf("estimated height %v", got)
	}
	f.ScrollFraction(600, 0.5)
	var rows []int64
	f.Show(600, 0, func(i int64, _ *Row, _, _ float32) { rows = append(rows, i) })
	if len(rows) == 0 || rows[0] < 40_000 || rows[0] > 60_000 || !slices.IsSorted(rows) {
		t.Errorf("half way down: rows %v", rows)
	}
}
