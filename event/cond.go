package event

import (
	"math"
	"regexp"
)

// Cond is what a rule asks, as a tree, for an archive that finds events by other
// means than looking at each. Its meaning is that of Rule.Match.
type Cond struct {
	Op CondOp
	// Parts are those of CondAll, CondAny and CondNot. Those of CondPattern, one
	// or none, hold for every text that the pattern matches.
	Parts []Cond

	Text    string         // CondText, CondMedalName: folded; CondUser: as it was written
	Pattern *regexp.Regexp // CondPattern; see MatchPattern
	Rooms   []RoomID
	Kinds   []Kind
	// Min and Max bound, inclusively, what CondMedal, CondGuard, CondLevel,
	// CondPrice (Money) and CondCount ask for, and CondTime (Millis).
	Min, Max int64
}

// CondOp says what a Cond asks.
type CondOp int

// What a Cond may ask.
const (
	CondAll       CondOp = iota // all Parts hold; without Parts: always
	CondAny                     // one of Parts holds at least
	CondNot                     // its one part does not hold
	CondText                    // Text is a part of the folded words
	CondPattern                 // Pattern matches the words
	CondUser                    // as Filter.User
	CondRooms                   // one of Rooms
	CondKinds                   // one of Kinds
	CondTime                    // the platform's clock
	CondMedal                   // the level of the medal that is worn
	CondMedalName               // a part of its folded name
	CondGuard                   // the guard level: what was bought, else what the person is; 0 is none
	CondLevel                   // the user level
	CondPrice                   // what was paid, of what can be bought
	CondCount                   // how many, of what is counted
	CondAdmin
	CondLit // the medal is lit
	CondPaid
	CondReply
	CondSticker
	CondLottery
)

// Cond returns what the rule asks as a tree; of an empty rule CondAll without
// parts. Nothing of it may be changed.
func (r *Rule) Cond() Cond {
	if r.Empty() {
		return Cond{}
	}
	return r.root.cond()
}

func conds(nodes []node) []Cond {
	parts := make([]Cond, len(nodes))
	for i, n := range nodes {
		parts[i] = n.cond()
	}
	return parts
}

func (n allOf) cond() Cond     { return Cond{Op: CondAll, Parts: conds(n)} }
func (n anyOf) cond() Cond     { return Cond{Op: CondAny, Parts: conds(n)} }
func (n noneOf) cond() Cond    { return Cond{Op: CondNot, Parts: []Cond{n.node.cond()}} }
func (n words) cond() Cond     { return Cond{Op: CondText, Text: string(n)} }
func (n byUser) cond() Cond    { return Cond{Op: CondUser, Text: n.id} }
func (n inRooms) cond() Cond   { return Cond{Op: CondRooms, Rooms: n} }
func (n ofKinds) cond() Cond   { return Cond{Op: CondKinds, Kinds: n} }
func (n medalName) cond() Cond { return Cond{Op: CondMedalName, Text: string(n)} }
func (n trait) cond() Cond     { return n.asked }

func (n matching) cond() Cond {
	c := Cond{Op: CondPattern, Pattern: n.Regexp}
	if needs, ok := patternNeeds(n.String()); ok {
		c.Parts = []Cond{needs}
	}
	return c
}

func (n medalLevel) cond() Cond { return compare(n).within(CondMedal) }
func (n priceIs) cond() Cond    { return compare(n).within(CondPrice) }
func (n countIs) cond() Cond    { return compare(n).within(CondCount) }
func (n levelIs) cond() Cond    { return compare(n).within(CondLevel) }

func (n guardIs) cond() Cond {
	if n < 0 {
		return anyGuard
	}
	return Cond{Op: CondGuard, Min: int64(n), Max: int64(n)}
}

var anyGuard = Cond{Op: CondGuard, Min: 1, Max: math.MaxInt64}

// cond turns the order round again: a governor has the lowest number.
func (n guardOrder) cond() Cond {
	c := compare(n).within(CondGuard)
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if c.Max != math.MaxInt64 {
		low = -c.Max
	}
	if c.Min != math.MinInt64 {
		high = -c.Min
	}
	return Cond{Op: CondGuard, Min: max(1, low), Max: high}
}

func (n between) cond() Cond {
	c := Cond{Op: CondTime, Min: math.MinInt64, Max: math.MaxInt64}
	if n.from != 0 {
		c.Min = int64(n.from)
	}
	if n.to != 0 {
		c.Max = int64(n.to) - 1
	}
	return c
}

// within is a comparison as bounds. The numbers of rules are far from the ends.
func (c compare) within(op CondOp) Cond {
	w := Cond{Op: op, Min: math.MinInt64, Max: math.MaxInt64}
	switch c.op {
	case ">":
		w.Min = c.to + 1
	case ">=":
		w.Min = c.to
	case "<":
		w.Max = c.to - 1
	case "<=":
		w.Max = c.to
	default:
		w.Min, w.Max = c.to, c.to
	}
	return w
}

// MatchPattern is how a rule holds a pattern against the words of an event.
func MatchPattern(p *regexp.Regexp, text string) bool {
	return p.MatchString(text[:min(len(text), maxRegexText)])
}
