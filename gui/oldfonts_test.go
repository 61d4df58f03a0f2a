package gui

import (
	"runtime"
	"testing"
)

func TestFontsOfAnEarlierLookAreNotKept(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "zh-CN"}, 1280, 800)
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools held, too
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	change := func(times int) {
		for range times {
			w.settings.Appearance = Light
			w.restyle()
			w.settings.Appearance = Dark
			w.restyle()
		}
	}
	change(1)
	before := live()
	change(5)
	after := live()
	t.Logf("%d KB before, %d after", before>>10, after>>10)
	if after > before+8<<20 { // the fonts once: more than ten megabytes
		t.Errorf("%d MB more are kept after ten changes of the look", (after-before)>>20)
	}
}
