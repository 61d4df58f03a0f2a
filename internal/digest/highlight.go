package digest

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"danmaku/event"
)

// Highlight is a moment in which the room spoke up.
type Highlight struct {
	Peak     event.Millis `json:"peak"` // where it is densest
	From     event.Millis `json:"from"`
	To       event.Millis `json:"to"`
	Score    float64      `json:"score"`    // how far above the usual, in standard deviations
	Comments int64        `json:"comments"` // between From and To
	PerMin   float64      `json:"per_min"`  // at the peak
	Hits     int64        `json:"hits"`     // of the words looked for
	Paid     event.Money  `json:"paid"`     // thousandths of CNY
	Words    []string     `json:"words"`
	Sample   string       `json:"sample"`
}

// Time is walked in steps; a moment's density is that of the steps around it,
// and what is usual that of the last minutes. People who write again and again
// count little: it takes many to make a highlight.
const (
	highlightStep   = event.Millis(5_000)
	highlightWindow = 4  // steps
	usualSteps      = 72 // 6 minutes
	reactSteps      = 2  // people write this long after what they saw
	minScore        = 3.0
	maxTexts        = 3000 // of one highlight, looked at for its words
	topWords        = 3    // of one highlight
	apart           = event.Millis(60_000)
)

// Finder finds highlights in events that come in the order of time. Its memory
// does not grow with them.
type Finder struct {
	want  []string // folded words that count more
	keep  int
	found []Highlight // the best so far

	step    event.Millis // beginning of the present step
	weight  float64      // of the present step
	people  map[string]float64
	count   int64
	recent  []float64 // weights of the latest steps
	usual   float64   // mean weight of a window
	known   float64   // how many windows the mean is made of
	open    *Highlight
	quiet   int // steps since the open one was last loud
	texts   []string
	started bool
}

// NewFinder makes one that keeps the best highlights, so many of them. Comments
// with one of the words, in any case and width, count more.
func NewFinder(keep int, words []string) *Finder {
	h := &Finder{keep: keep, people: map[string]float64{}}
	for _, w := range words {
		if f := event.Fold(strings.TrimSpace(w)); f != "" {
			h.want = append(h.want, f)
		}
	}
	return h
}

// Add takes one event, with the moment at which it belongs on the time line.
func (h *Finder) Add(e *event.Event, at event.Millis) {
	if !h.started {
		h.started = true
		h.step = at - at%highlightStep
	}
	for at >= h.step+highlightStep {
		h.endStep()
		// A night without comments is no reason to walk through its steps.
		if gap := (at - h.step) / highlightStep; gap > 4*usualSteps {
			for range 2 * highlightWindow {
				h.endStep()
			}
			h.closeOpen()
			h.step = at - at%highlightStep
			h.usual, h.known = 0, 0
			h.recent = h.recent[:0]
		}
	}
	paid := e.Paid()
	if e.Comment == nil && paid == 0 {
		return
	}
	w := 0.0
	hit := false
	if e.Comment != nil {
		w = 1
		folded := event.Fold(e.Comment.Text)
		for _, want := range h.want {
			if strings.Contains(folded, want) {
				w, hit = 4, true
				break
			}
		}
		if e.User != nil {
			who := e.User.ID + "\x00" + e.User.Name
			before := 1 + h.people[who]
			w /= before * before
			h.people[who]++
		}
		h.count++
	} else {
		w = math.Min(5, float64(paid)/30_000)
	}
	h.weight += w
	if h.open != nil {
		h.note(e, hit, paid)
	}
}

func (h *Finder) note(e *event.Event, hit bool, paid event.Money) {
	h.open.Paid += paid
	if hit {
		h.open.Hits++
	}
	if e.Comment != nil {
		h.open.Comments++
		if len(h.texts) < maxTexts {
			h.texts = append(h.texts, e.Comment.Text)
		}
	}
}

// endStep closes the present step and looks whether it is loud.
func (h *Finder) endStep() {
	h.recent = append(h.recent, h.weight)
	if len(h.recent) > highlightWindow {
		h.recent = slices.Delete(h.recent, 0, 1)
	}
	sum := 0.0
	for _, w := range h.recent {
		sum += w
	}
	// The deviation of a count is its root; a quiet room needs a few people too.
	score := (sum - h.usual) / math.Sqrt(h.usual+4)
	end := h.step + highlightStep
	if h.known < 6 {
		score = 0 // nothing is known of what is usual
	}
	switch {
	case score >= minScore && h.open == nil:
		h.open = &Highlight{From: end - highlightStep*highlightWindow, To: end, Comments: h.count}
		h.texts = h.texts[:0]
		h.quiet = 0
		fallthrough
	case h.open != nil && score >= max(minScore, h.open.Score/2):
		h.open.To = end
		h.quiet = 0
		if score > h.open.Score {
			h.open.Score = score
			h.open.Peak = end - highlightStep*(highlightWindow/2+reactSteps)
			h.open.PerMin = sum * 60_000 / float64(highlightStep*highlightWindow)
		}
	case h.open != nil:
		if h.quiet++; h.quiet >= highlightWindow {
			h.closeOpen()
		}
	}
	// What is loud counts less as usual, or a long storm would hide the next one.
	rate := 1 / math.Min(h.known+1, usualSteps)
	if score >= minScore {
		rate /= 2
	}
	h.usual += (sum - h.usual) * rate
	h.known++
	h.step = end
	h.weight = 0
	h.count = 0
	for who, n := range h.people { // what somebody wrote is forgiven little by little
		if h.people[who] = n / 2; n < 0.5 {
			delete(h.people, who)
		}
	}
}

func (h *Finder) closeOpen() {
	o := h.open
	if o == nil {
		return
	}
	h.open = nil
	t := NewWordTally(topWords)
	for _, s := range h.texts {
		t.Comment(s)
	}
	for _, w := range t.Best(topWords) {
		if w.Count > 1 {
			o.Words = append(o.Words, w.Key)
		}
	}
	o.Sample = sample(h.texts, o.Words)
	h.found = append(h.found, *o)
	if len(h.found) > 4*h.keep+100 {
		h.trim()
	}
}

// sample is the first text of a usual length that has the most frequent word.
func sample(texts, top []string) string {
	best := ""
	for _, s := range texts {
		n := len([]rune(s))
		if len(top) > 0 && !strings.Contains(event.Fold(s), top[0]) {
			continue
		}
		if n >= 4 && n <= 20 {
			return s
		}
		if best == "" {
			best = s
		}
	}
	return best
}

func (h *Finder) trim() {
	slices.SortStableFunc(h.found, func(a, b Highlight) int { return cmp.Compare(b.Score, a.Score) })
	var kept []Highlight
	for _, o := range h.found {
		near := func(k Highlight) bool { return k.Peak-o.Peak < apart && o.Peak-k.Peak < apart }
		if len(kept) < h.keep && !slices.ContainsFunc(kept, near) {
			kept = append(kept, o)
		}
	}
	h.found = kept
}

// Best gives the highest scores found, in the order of time. Nothing can be
// added after it.
func (h *Finder) Best() []Highlight {
	for range highlightWindow + 1 {
		h.endStep()
	}
	h.closeOpen()
	h.trim()
	slices.SortFunc(h.found, func(a, b Highlight) int { return cmp.Compare(a.Peak, b.Peak) })
	return h.found
}
