package gui

import (
	"time"
)

// frames watches how evenly the window is drawn.
type frames struct {
	last    time.Time
	seconds [10]int // dropped in each of the last seconds
	second  int64
	worst   time.Duration // longest pause between two frames since the last look
	total   int64
	dropped int64

	cpu      time.Duration // the program had used at the last look
	cpuTotal int64         // frames there had been then
	costly   int           // seconds in a row in which frames cost much
	dear     bool          // drawing takes the processor: it is done less often
}

// What drawing costs too much. A graphics card leaves the program a millisecond
// or two per frame; without one, the processor paints each of them.
const (
	dearCost    = 6 * time.Millisecond
	dearFrames  = 20 // in a second, below which nothing is saved by drawing less
	dearSeconds = 5
	dearPause   = time.Second / 15 // between two frames of the lists, then
)

// spend notes once a second how much processor time the program has used, and
// reports whether it turns out now that drawing is dear.
func (f *frames) spend(cpu time.Duration) bool {
	spent, drawn := cpu-f.cpu, f.total-f.cpuTotal
	first := f.cpu == 0
	f.cpu, f.cpuTotal = cpu, f.total
	if first || f.dear {
		return false
	}
	if drawn < dearFrames || spent/time.Duration(drawn) < dearCost {
		f.costly = 0
		return false
	}
	f.costly++
	f.dear = f.costly >= dearSeconds
	return f.dear
}

const frameTime = time.Second / 60

// tick notes a frame that follows another one without a rest.
func (f *frames) tick(now time.Time) {
	if !f.last.IsZero() {
		gap := now.Sub(f.last)
		f.worst = max(f.worst, gap)
		f.advance(now)
		if n := int(gap/frameTime) - 1; n > 0 && gap > frameTime*9/5 {
			f.seconds[f.second%int64(len(f.seconds))] += n
			f.dropped += int64(n)
		}
	}
	f.last = now
	f.total++
}

// rest notes that no frame is expected next.
func (f *frames) rest() { f.last = time.Time{} }

// slow reports whether the machine cannot keep up with smooth motion: more than
// a quarter of the frames of the last ten seconds were left out.
func (f *frames) slow() bool { return f.droppedLately() > 150 }

func (f *frames) advance(now time.Time) {
	for s := now.Unix(); f.second < s; {
		f.second = max(f.second+1, s-int64(len(f.seconds)))
		f.seconds[f.second%int64(len(f.seconds))] = 0
	}
}

// droppedLately is how many frames were left out in the last ten seconds.
func (f *frames) droppedLately() int {
	f.advance(time.Now())
	n := 0
	for _, d := range f.seconds {
		n += d
	}
	return n
}
