package event

import (
	"regexp"
	"slices"
	"strings"
)

// Match reports whether the rule holds for an event.
func (r *Rule) Match(e *Event) bool {
	if r.Empty() {
		return true
	}
	return r.root.match(&subject{Event: e})
}

// Filter returns a filter that lets through every event the rule holds for,
// for an archive to search with. exact reports that it lets nothing else
// through; otherwise Match decides about each.
func (r *Rule) Filter() (f Filter, exact bool) {
	if r.Empty() {
		return Filter{}, true
	}
	return filterOf(r.root)
}

// filterOf is Filter for a part of a rule.
func filterOf(n node) (f Filter, exact bool) {
	switch n := n.(type) {
	case words:
		return Filter{Text: string(n)}, true
	case byUser:
		return Filter{User: n.id}, true
	case inRooms:
		return Filter{Rooms: n}, true
	case ofKinds:
		return Filter{Kinds: n}, true
	case between:
		return Filter{From: n.from, To: n.to}, true
	case allOf:
		exact = true
		for _, part := range n {
			g, ok := filterOf(part)
			if !f.narrow(g) || !ok {
				exact = false
			}
		}
		return f, exact
	case anyOf:
		// Only what the parts have in common narrows; kinds and rooms add up
		// when every part names nothing else.
		return unite(n)
	case priceIs:
		if c := compare(n); c.op != "<" && c.op != "<=" && c.to > 0 {
			return Filter{Kinds: []Kind{KindGift, KindSuperChat, KindGuard, KindRedPacket}}, false
		}
	}
	return Filter{}, false
}

// narrow adds the conditions of g to f, as far as a filter can hold both, and
// reports whether it holds all of them.
func (f *Filter) narrow(g Filter) bool {
	whole := true
	if len(g.Rooms) > 0 {
		if len(f.Rooms) > 0 {
			f.Rooms = both(f.Rooms, g.Rooms)
			whole = len(f.Rooms) > 0
			if !whole {
				f.Rooms = g.Rooms // nothing is in both; Match says so
			}
		} else {
			f.Rooms = g.Rooms
		}
	}
	if len(g.Kinds) > 0 {
		if len(f.Kinds) > 0 {
			k := both(f.Kinds, g.Kinds)
			if len(k) == 0 {
				k, whole = g.Kinds, false
			}
			f.Kinds = k
		} else {
			f.Kinds = g.Kinds
		}
	}
	if g.User != "" {
		whole = whole && (f.User == "" || f.User == g.User)
		f.User = g.User
	}
	if g.Text != "" {
		whole = whole && (f.Text == "" || f.Text == g.Text)
		if len(g.Text) > len(f.Text) { // the longer one is the rarer one
			f.Text = g.Text
		}
	}
	if g.From != 0 {
		f.From = max(f.From, g.From)
	}
	if g.To != 0 && (f.To == 0 || g.To < f.To) {
		f.To = g.To
	}
	return whole
}

func both[T comparable](a, b []T) (out []T) {
	for _, v := range a {
		if slices.Contains(b, v) {
			out = append(out, v)
		}
	}
	return out
}

// unite is the filter of a choice.
func unite(parts anyOf) (Filter, bool) {
	var f Filter
	for i, part := range parts {
		g, ok := filterOf(part)
		only := ok && g.User == "" && g.Text == "" && g.From == 0 && g.To == 0
		kinds, rooms := only && len(g.Rooms) == 0 && len(g.Kinds) > 0, only && len(g.Kinds) == 0 && len(g.Rooms) > 0
		if !kinds && !rooms || i > 0 && (kinds != (len(f.Kinds) > 0)) {
			return Filter{}, false
		}
		f.Kinds = append(f.Kinds[:len(f.Kinds):len(f.Kinds)], g.Kinds...)
		f.Rooms = append(f.Rooms[:len(f.Rooms):len(f.Rooms)], g.Rooms...)
	}
	return f, true
}

// subject is an event while a rule looks at it.
type subject struct {
	*Event
	text   string
	folded bool
}

func (s *subject) said() string {
	if !s.folded {
		s.text, s.folded = Fold(s.Text()), true
	}
	return s.text
}

// node is a part of a rule.
type node interface {
	match(*subject) bool
	cond() Cond
}

type (
	allOf      []node
	anyOf      []node
	noneOf     struct{ node }
	words      string // folded
	matching   struct{ *regexp.Regexp }
	byUser     struct{ id, name string } // name: folded
	inRooms    []RoomID
	ofKinds    []Kind
	medalLevel compare
	medalName  string // folded
	guardIs    int    // -1: any
	guardOrder compare
	priceIs    compare
	countIs    compare
	levelIs    compare
	trait      struct {
		asked Cond
		has   func(*Event) bool
	}
	between struct{ from, to Millis }
)

func (n allOf) match(s *subject) bool {
	for _, part := range n {
		if !part.match(s) {
			return false
		}
	}
	return true
}

func (n anyOf) match(s *subject) bool {
	for _, part := range n {
		if part.match(s) {
			return true
		}
	}
	return false
}

func (n noneOf) match(s *subject) bool { return !n.node.match(s) }
func (n words) match(s *subject) bool  { return strings.Contains(s.said(), string(n)) }

func (n matching) match(s *subject) bool {
	return MatchPattern(n.Regexp, s.Text())
}

func (n byUser) match(s *subject) bool {
	return s.User != nil && (s.User.ID == n.id || strings.Contains(Fold(s.User.Name), n.name))
}

func (n inRooms) match(s *subject) bool { return slices.Contains(n, s.Room) }
func (n ofKinds) match(s *subject) bool { return slices.Contains(n, s.Kind) }

func (n medalLevel) match(s *subject) bool {
	return s.User != nil && s.User.Medal != nil && compare(n).holds(int64(s.User.Medal.Level))
}

func (n medalName) match(s *subject) bool {
	return s.User != nil && s.User.Medal != nil && strings.Contains(Fold(s.User.Medal.Name), string(n))
}

// GuardLevel is the guard level that rules ask for: what was bought, else what the
// person is, as in User.Guard.
func (e *Event) GuardLevel() int {
	switch {
	case e.Guard != nil:
		return e.Guard.Level
	case e.User != nil:
		return e.User.Guard
	}
	return 0
}

func (n guardIs) match(s *subject) bool {
	level := s.Event.GuardLevel()
	return level == int(n) || n < 0 && level > 0
}

func (n guardOrder) match(s *subject) bool {
	level := s.Event.GuardLevel()
	return level > 0 && compare(n).holds(-int64(level))
}

func (n priceIs) match(s *subject) bool {
	paid := s.Gift != nil || s.SuperChat != nil || s.Event.Guard != nil || s.RedPacket != nil
	return paid && compare(n).holds(int64(s.Paid()))
}

func (n countIs) match(s *subject) bool {
	switch {
	case s.Gift != nil:
		return compare(n).holds(int64(s.Gift.Count))
	case s.Event.Guard != nil:
		return compare(n).holds(int64(s.Event.Guard.Count))
	case s.Like != nil:
		return compare(n).holds(int64(s.Like.Count))
	}
	return false
}

func (n levelIs) match(s *subject) bool {
	return s.User != nil && compare(n).holds(int64(s.User.Level))
}

func (n trait) match(s *subject) bool { return n.has(s.Event) }

func (n between) match(s *subject) bool {
	return (n.from == 0 || s.At >= n.from) && (n.to == 0 || s.At < n.to)
}

// compare is a comparison with a number.
type compare struct {
	op string
	to int64
}

func (c compare) holds(v int64) bool {
	switch c.op {
	case ">":
		return v > c.to
	case ">=":
		return v >= c.to
	case "<":
		return v < c.to
	case "<=":
		return v <= c.to
	}
	return v == c.to
}

// guardLevels are the names of guard levels in the languages of the window.
var guardLevels = map[string]int{
	"any": -1, "captain": 3, "admiral": 2, "governor": 1, "3": 3, "2": 2, "1": 1,
	"舰长": 3, "提督": 2, "总督": 1, "艦長": 3, "総督": 1, "舰队": -1, "大航海": -1,
}

// ruleTraits are what is: can ask.
var ruleTraits = map[string]trait{
	"admin":   {Cond{Op: CondAdmin}, func(e *Event) bool { return e.User != nil && e.User.Admin }},
	"guard":   {anyGuard, func(e *Event) bool { return e.GuardLevel() > 0 }},
	"medal":   {Cond{Op: CondLit}, func(e *Event) bool { return e.User != nil && e.User.Medal != nil && e.User.Medal.Lit }},
	"paid":    {Cond{Op: CondPaid}, func(e *Event) bool { return e.Paid() > 0 }},
	"reply":   {Cond{Op: CondReply}, func(e *Event) bool { return e.Comment != nil && e.Comment.ReplyTo != nil }},
	"sticker": {Cond{Op: CondSticker}, func(e *Event) bool { return e.Comment != nil && e.Comment.Sticker != nil }},
	"lottery": {Cond{Op: CondLottery}, func(e *Event) bool { return e.Comment != nil && e.Comment.Lottery }},
}
