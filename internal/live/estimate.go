package live

import (
	"encoding/json"
	"hash/maphash"
	"math"
	"unicode/utf8"

	"danmaku/event"
)

const (
	matchWithin  = 30_000  // milliseconds between a comment and its copy; they come in neighbouring messages
	estimateTurn = 900_000 // milliseconds of one generation of counts; two are kept
	estimateWait = 60_000  // least milliseconds between two estimates
	fewest       = 50      // compared, or nothing is said
	maxUnmatched = 4096
)

// Basis of the estimates, for readers.
const (
	basisComments = "copies of comments (LIVE_INTERACTIVE_GAME) whose comment came too; assumes that the platform leaves out comments and copies independently"
	basisGifts    = "pieces of gift combos that came, of those the combo's own sum (COMBO_SEND) tells"
)

// estimator compares what arrives with what the platform says elsewhere. Busy
// rooms carry a copy of nearly every comment in another message (MEASURED: 66
// copies for 78 comments in a capture of 2023), and a combo's summary tells how
// many pieces were given. A copy without its comment is a comment we did not
// get.
type estimator struct {
	seed     maphash.Seed
	comments map[uint64][]event.Millis // without a copy yet: when they came
	copies   map[uint64][]event.Millis // without a comment yet
	waiting  int                       // entries of both
	combos   map[string]*combo
	swept    event.Millis
	made     event.Millis // when the last estimate was

	young, old counts
	told       *event.Completeness
}

// counts are what was compared within a time.
type counts struct {
	since                    event.Millis
	matched, lone, uncopied  int64 // pairs; copies without comment; comments without copy
	pieces, missing, counted int64 // of combos: pieces that were given, and that did not come; combos
}

// combo is a run of gifts.
type combo struct {
	got  int64
	from event.Millis // when its first piece came
	at   event.Millis // when its last piece or sum came
	sum  int64        // what the platform says
	due  event.Millis // when both are compared; 0: no sum yet
}

func newEstimator() estimator {
	return estimator{seed: maphash.MakeSeed(), comments: map[uint64][]event.Millis{}, copies: map[uint64][]event.Millis{}, combos: map[string]*combo{}}
}

// restart forgets what waits for its match: a connection was lost between.
func (s *estimator) restart() {
	clear(s.comments)
	clear(s.copies)
	clear(s.combos)
	s.waiting = 0
}

// see takes an event into account.
func (s *estimator) see(e *event.Event, now event.Millis) {
	switch {
	case e.Comment != nil && !e.Comment.Mirror && e.User != nil:
		s.match(s.hash(e.User.Name, e.Comment.Text), now, s.copies, s.comments)
	case e.Cmd == "LIVE_INTERACTIVE_GAME":
		var copied struct {
			Data struct {
				Type int    `json:"type"`
				Name string `json:"uname"`
				Text string `json:"msg"`
			} `json:"data"`
		}
		if json.Unmarshal(e.Raw, &copied) == nil && copied.Data.Type == 2 && copied.Data.Text != "" {
			s.match(s.hash(copied.Data.Name, copied.Data.Text), now, s.comments, s.copies)
		}
	case e.Gift != nil && e.Gift.Combo != "":
		c := s.combos[e.Gift.Combo]
		if c == nil {
			if len(s.combos) >= maxUnmatched {
				return
			}
			c = &combo{from: now}
			s.combos[e.Gift.Combo] = c
		}
		c.got += int64(e.Gift.Count)
		c.at = now
	case e.Cmd == "COMBO_SEND":
		var sum struct {
			Data struct {
				ID    string `json:"batch_combo_id"`
				Total int64  `json:"total_num"`
			} `json:"data"`
		}
		if json.Unmarshal(e.Raw, &sum) != nil {
			return
		}
		// A combo none of whose pieces came may have begun before we listened.
		if c := s.combos[sum.Data.ID]; c != nil {
			c.sum, c.at = max(c.sum, sum.Data.Total), now
			c.due = now + matchWithin/3
		}
	}
}

// match pairs an event with one of the other sort, or lets it wait for one.
func (s *estimator) match(h uint64, now event.Millis, others, own map[uint64][]event.Millis) {
	if w := others[h]; len(w) > 0 {
		if len(w) == 1 {
			delete(others, h)
		} else {
			others[h] = w[1:]
		}
		s.waiting--
		s.young.matched++
		return
	}
	if s.waiting < maxUnmatched {
		own[h] = append(own[h], now)
		s.waiting++
	}
}

// hash is of the text and the first character of the name: the rest of it may
// be masked in one of the two.
func (s *estimator) hash(name, text string) uint64 {
	_, n := utf8.DecodeRuneInString(name)
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(name[:n])
	h.WriteByte(0)
	h.WriteString(text)
	return h.Sum64()
}

// estimate returns what can be said now; the same pointer as before when that
// did not change noticeably.
func (s *estimator) estimate(now event.Millis) *event.Completeness {
	if s.young.since == 0 {
		s.young.since, s.made = now, now
	}
	if now-s.swept >= 5000 {
		s.swept = now
		s.young.lone += s.expire(s.copies, now)
		s.young.uncopied += s.expire(s.comments, now)
		s.sumUp(now)
	}
	if now-s.made < estimateWait {
		return s.told
	}
	s.made = now
	if now-s.young.since >= estimateTurn {
		s.old, s.young = s.young, counts{since: now}
	}
	c := event.Completeness{Comments: s.ofComments(), Gifts: s.ofGifts()}
	if c.Comments == nil && c.Gifts == nil {
		s.told = nil
	} else if s.told == nil || differs(c.Comments, s.told.Comments) || differs(c.Gifts, s.told.Gifts) {
		s.told = &c
	}
	return s.told
}

// expire drops what has waited too long, and returns how many those are.
func (s *estimator) expire(waiting map[uint64][]event.Millis, now event.Millis) (n int64) {
	for h, w := range waiting {
		k := 0
		for k < len(w) && now-w[k] >= matchWithin {
			k++
		}
		n += int64(k)
		if k == len(w) {
			delete(waiting, h)
		} else if k > 0 {
			waiting[h] = w[k:]
		}
	}
	s.waiting -= int(n)
	return n
}

// sumUp compares the combos whose sum is known.
func (s *estimator) sumUp(now event.Millis) {
	for id, c := range s.combos {
		if c.due != 0 && now >= c.due {
			if c.sum > 0 {
				s.young.counted++
				s.young.pieces += max(c.sum, c.got)
				s.young.missing += max(0, c.sum-c.got)
			}
			delete(s.combos, id)
		} else if now-c.at > 10*matchWithin {
			delete(s.combos, id)
		}
	}
}

func (s *estimator) since() event.Millis {
	if s.old.since != 0 {
		return s.old.since
	}
	return s.young.since
}

// ofComments is nil when too little was compared, or when most copies and most
// comments are without the other: then they are no copies of each other.
func (s *estimator) ofComments() *event.Estimate {
	matched, lone, uncopied := s.old.matched+s.young.matched, s.old.lone+s.young.lone, s.old.uncopied+s.young.uncopied
	if matched+lone < fewest || lone > matched && uncopied > matched {
		return nil
	}
	return share(matched, matched+lone, s.since(), basisComments)
}

func (s *estimator) ofGifts() *event.Estimate {
	pieces, missing := s.old.pieces+s.young.pieces, s.old.missing+s.young.missing
	if s.old.counted+s.young.counted < fewest {
		return nil
	}
	return share(pieces-missing, pieces, s.since(), basisGifts)
}

// share is k of n with Wilson's interval, which holds near 0 and 1, too.
func share(k, n int64, since event.Millis, basis string) *event.Estimate {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return &event.Estimate{Share: round(p), Low: round(max(0, mid-half)), High: round(min(1, mid+half)), Sample: n, Since: since, Basis: basis}
}

func round(x float64) float64 { return math.Round(x*10000) / 10000 }

// differs reports whether readers should be told b after a.
func differs(a, b *event.Estimate) bool {
	if a == nil || b == nil {
		return a != b
	}
	return math.Abs(a.Share-b.Share) >= 0.01 || math.Abs(a.Low-b.Low) >= 0.02 || 2*b.Sample >= 3*a.Sample || 3*b.Sample <= 2*a.Sample
}
