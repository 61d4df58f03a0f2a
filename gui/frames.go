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
