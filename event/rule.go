package event

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Rule is a compiled question about events, in the one language that the
// search box, highlights, mutes, alerts and the relay share:
//
//	word "a phrase" /regular expression/   in what was said; all must be there
//	user:name  room:123  kind:gift         who, where, what; several: kind:gift,guard
//	medal:name  medal>20  guard:captain    of the person
//	price>30  count>=10  level>40          numbers; a price is in CNY
//	is:admin  is:guard  is:medal  is:paid  is:reply  is:sticker  is:lottery
//	from:2h  to:2026-11-22                 when
//	-this  not this  this or that  (this or that) those
//
// The zero Rule matches every event.
type Rule struct {
	root node
	text string
}

// RuleProblem names what is wrong with a rule, for a translation.
type RuleProblem string

// What can be wrong with a rule.
const (
	RuleUnclosedQuote RuleProblem = "unclosed_quote"
	RuleUnclosedRegex RuleProblem = "unclosed_regex"
	RuleBadRegex      RuleProblem = "bad_regex"
	RuleUnclosedGroup RuleProblem = "unclosed_group"
	RuleStrayBracket  RuleProblem = "stray_bracket"
	RuleNothingToNot  RuleProblem = "nothing_to_not"
	RuleNothingToOr   RuleProblem = "nothing_to_or"
	RuleUnknownField  RuleProblem = "unknown_field"
	RuleNoValue       RuleProblem = "no_value"
	RuleBadNumber     RuleProblem = "bad_number"
	RuleBadKind       RuleProblem = "bad_kind"
	RuleBadGuard      RuleProblem = "bad_guard"
	RuleBadIs         RuleProblem = "bad_is"
	RuleBadTime       RuleProblem = "bad_time"
	RuleNoOrder       RuleProblem = "no_order" // user>x
	RuleTooLong       RuleProblem = "too_long"
	RuleTooManyWords  RuleProblem = "too_many_words"
	RuleTooDeep       RuleProblem = "too_deep"
)

// Limits of a rule.
const (
	maxRule      = 1000 // bytes
	maxRuleTerms = 64
	maxRuleDepth = 16
	maxRegexText = 4000 // bytes of a text that a regular expression looks at
)

// RuleError tells what is wrong with a rule, and where.
type RuleError struct {
	From, To int // bytes of the rule's text
	Problem  RuleProblem
	Token    string // what stands there
}

func (e *RuleError) Error() string {
	hints := map[RuleProblem]string{
		RuleUnclosedQuote: `the quotation mark is not closed`,
		RuleUnclosedRegex: `the regular expression is not closed: a / is missing`,
		RuleBadRegex:      `this is not a regular expression`,
		RuleUnclosedGroup: `the bracket is not closed`,
		RuleStrayBracket:  `nothing was opened that this bracket could close`,
		RuleNothingToNot:  `there is nothing behind the "not"`,
		RuleNothingToOr:   `"or" stands between two things`,
		RuleUnknownField:  `no such field; there are ` + strings.Join(ruleFieldNames(), ", "),
		RuleNoValue:       `a value is missing behind it`,
		RuleBadNumber:     `this is not a number`,
		RuleBadKind:       `no such kind; there are ` + ruleKindNames(),
		RuleBadGuard:      `guards are captain, admiral, governor, or any`,
		RuleBadIs:         `is: takes admin, guard, medal, paid, reply, sticker, lottery`,
		RuleBadTime:       `this is not a time; write 2026-11-22, 20:00 with a date, 2h or 3d ago`,
		RuleNoOrder:       `this field is equal or not; it has no > and <`,
		RuleTooLong:       `a rule has at most 1000 letters`,
		RuleTooManyWords:  `a rule has at most 64 parts`,
		RuleTooDeep:       `brackets go at most 16 deep`,
	}
	return fmt.Sprintf("rule: %q at %d: %s", e.Token, e.From, hints[e.Problem])
}

// ParseRule compiles a rule. now is what times ago count from. The error is a
// *RuleError.
func ParseRule(text string, now time.Time) (*Rule, error) {
	p := &ruleParser{text: text, now: now}
	if len(text) > maxRule {
		return nil, p.fail(maxRule, len(text), RuleTooLong)
	}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) { // only a bracket stops it early
		return nil, p.fail(p.at, p.at+1, RuleStrayBracket)
	}
	return &Rule{root: root, text: text}, nil
}

// String is the rule as it was written.
func (r *Rule) String() string { return r.text }

// Empty reports whether the rule asks for nothing, and so matches everything.
func (r *Rule) Empty() bool { return r == nil || r.root == nil }

type ruleParser struct {
	text  string
	at    int
	terms int
	now   time.Time
}

func (p *ruleParser) fail(from, to int, problem RuleProblem) error {
	to = min(max(to, from), len(p.text))
	from = min(from, to)
	for from > 0 && !utf8.RuneStart(p.text[from-1+min(1, len(p.text)-from)]) {
		from--
	}
	return &RuleError{From: from, To: to, Problem: problem, Token: p.text[from:to]}
}

func (p *ruleParser) space() {
	for p.at < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.at:])
		if !unicode.IsSpace(r) {
			return
		}
		p.at += n
	}
}

// word returns the letters up to the next space or bracket.
func (p *ruleParser) word() string {
	end := strings.IndexFunc(p.text[p.at:], func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' })
	if end < 0 {
		return p.text[p.at:]
	}
	return p.text[p.at : p.at+end]
}

func isOr(w string) bool { return strings.EqualFold(w, "or") || w == "|" || w == "或" }

func (p *ruleParser) or(depth int) (node, error) {
	if depth > maxRuleDepth {
		return nil, p.fail(p.at, p.at+1, RuleTooDeep)
	}
	var any anyOf
	for {
		n, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		p.space()
		start := p.at
		w := p.word()
		more := isOr(w)
		if n == nil && (more || len(any) > 0) {
			return nil, p.fail(start, start+len(w), RuleNothingToOr)
		}
		if n != nil {
			any = append(any, n)
		}
		if !more {
			break
		}
		p.at += len(w)
	}
	if len(any) == 1 {
		return any[0], nil
	}
	if len(any) == 0 {
		return nil, nil
	}
	return any, nil
}

func (p *ruleParser) and(depth int) (node, error) {
	var all allOf
	for {
		p.space()
		if p.at == len(p.text) || p.text[p.at] == ')' || isOr(p.word()) {
			break
		}
		n, err := p.term(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

func (p *ruleParser) term(depth int) (node, error) {
	start := p.at
	if p.terms++; p.terms > maxRuleTerms {
		return nil, p.fail(start, start+len(p.word()), RuleTooManyWords)
	}
	w := p.word()
	negated := false
	switch {
	case strings.EqualFold(w, "not") || w == "非":
		p.at += len(w)
		negated = true
	case strings.HasPrefix(w, "-") || p.text[p.at] == '-':
		p.at++
		negated = true
	}
	if negated {
		p.space()
		if p.at == len(p.text) || p.text[p.at] == ')' || isOr(p.word()) {
			return nil, p.fail(start, p.at, RuleNothingToNot)
		}
		if depth >= maxRuleDepth {
			return nil, p.fail(start, p.at, RuleTooDeep)
		}
		n, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		return noneOf{n}, nil
	}
	switch p.text[p.at] {
	case '(':
		p.at++
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.at == len(p.text) {
			return nil, p.fail(start, start+1, RuleUnclosedGroup)
		}
		p.at++ // or stops at a bracket only
		if n == nil {
			n = allOf{} // () matches everything
		}
		return n, nil
	case '"':
		return p.phrase(start)
	case '/':
		return p.regex(start)
	}
	if q, ok := p.openQuote(); ok {
		return p.quoted(start, q)
	}
	if f, op, ok := p.field(); ok {
		return p.value(start, f, op)
	}
	p.at += len(w)
	return words(Fold(w)), nil
}

// openQuote tells whether a Chinese quotation mark stands here, and its end.
func (p *ruleParser) openQuote() (end string, ok bool) {
	for open, end := range map[string]string{"“": "”", "「": "」"} {
		if strings.HasPrefix(p.text[p.at:], open) {
			return end, true
		}
	}
	return "", false
}

func (p *ruleParser) phrase(start int) (node, error) { return p.quoted(start, `"`) }

func (p *ruleParser) quoted(start int, end string) (node, error) {
	_, open := utf8.DecodeRuneInString(p.text[p.at:])
	i := strings.Index(p.text[p.at+open:], end)
	if i < 0 {
		return nil, p.fail(start, len(p.text), RuleUnclosedQuote)
	}
	s := p.text[p.at+open : p.at+open+i]
	p.at += open + i + len(end)
	return words(Fold(s)), nil
}

func (p *ruleParser) regex(start int) (node, error) {
	i := p.at + 1
	for ; i < len(p.text) && p.text[i] != '/'; i++ {
		if p.text[i] == '\\' {
			i++
		}
	}
	if i >= len(p.text) {
		return nil, p.fail(start, len(p.text), RuleUnclosedRegex)
	}
	source := strings.ReplaceAll(p.text[p.at+1:i], `\/`, `/`)
	p.at = i + 1
	if p.at < len(p.text) && p.text[p.at] == 'i' {
		p.at++
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, p.fail(start, p.at, RuleBadRegex)
	}
	return matching{re}, nil
}

// fieldNames are the fields of the language.
func ruleFieldNames() []string {
	return []string{"user", "room", "kind", "medal", "guard", "price", "count", "level", "is", "from", "to"}
}

func ruleKindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// field reads a name and an operator; letters without one are a word.
func (p *ruleParser) field() (name, op string, ok bool) {
	s := p.text[p.at:]
	i := 0
	for i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z') {
		i++
	}
	if i == 0 || i == len(s) {
		return "", "", false
	}
	for _, op := range []string{">=", "<=", ":", ">", "<", "="} {
		if !strings.HasPrefix(s[i:], op) {
			continue
		}
		// An address or a smiley is what somebody said, not a field.
		if rest := s[i+len(op):]; op == ":" && (strings.HasPrefix(rest, "//") || i == 1 && !slices.Contains(ruleFieldNames(), strings.ToLower(s[:i]))) {
			return "", "", false
		}
		return strings.ToLower(s[:i]), op, true
	}
	return "", "", false
}

// value reads what stands behind a field and makes its node.
func (p *ruleParser) value(start int, name, op string) (node, error) {
	at := start + len(name)
	if !slices.Contains(ruleFieldNames(), name) {
		return nil, p.fail(start, at, RuleUnknownField)
	}
	p.at = at + len(op)
	from := p.at
	var v string
	if quote, ok := p.openQuote(); ok || strings.HasPrefix(p.text[p.at:], `"`) {
		if !ok {
			quote = `"`
		}
		_, open := utf8.DecodeRuneInString(p.text[p.at:])
		i := strings.Index(p.text[p.at+open:], quote)
		if i < 0 {
			return nil, p.fail(p.at, len(p.text), RuleUnclosedQuote)
		}
		v = p.text[p.at+open : p.at+open+i]
		p.at += open + i + len(quote)
	} else {
		v = p.word()
		p.at += len(v)
	}
	if strings.TrimSpace(v) == "" {
		return nil, p.fail(start, p.at, RuleNoValue)
	}
	bad := func(problem RuleProblem) (node, error) { return nil, p.fail(from, p.at, problem) }
	equal := op == ":" || op == "="
	number := func(scale float64) (compare, bool) {
		n, err := strconv.ParseFloat(strings.TrimPrefix(v, "¥"), 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > 1e12 {
			return compare{}, false
		}
		return compare{op: op, to: int64(math.Round(n * scale))}, true
	}
	switch name {
	case "user":
		if !equal {
			return bad(RuleNoOrder)
		}
		return byUser{id: v, name: Fold(v)}, nil
	case "room":
		var rooms inRooms
		for _, part := range strings.FieldsFunc(v, comma) {
			id, err := strconv.ParseInt(part, 10, 64)
			if err != nil || id <= 0 {
				return bad(RuleBadNumber)
			}
			rooms = append(rooms, RoomID(id))
		}
		if !equal || len(rooms) == 0 {
			return bad(RuleNoOrder)
		}
		return rooms, nil
	case "kind":
		var kinds ofKinds
		for _, part := range strings.FieldsFunc(v, comma) {
			k := Kind(strings.ToLower(part))
			if !slices.Contains(Kinds(), k) {
				return bad(RuleBadKind)
			}
			kinds = append(kinds, k)
		}
		if !equal || len(kinds) == 0 {
			return bad(RuleNoOrder)
		}
		return kinds, nil
	case "medal":
		if c, ok := number(1); ok {
			return medalLevel(c), nil
		}
		if !equal {
			return bad(RuleBadNumber)
		}
		return medalName(Fold(v)), nil
	case "guard":
		level, ok := guardLevels[strings.ToLower(v)]
		if !ok {
			return bad(RuleBadGuard)
		}
		if equal {
			return guardIs(level), nil
		}
		// A governor is more than a captain, though the numbers go down.
		return guardOrder(compare{op: op, to: -int64(level)}), nil
	case "price", "count", "level":
		c, ok := number(map[string]float64{"price": 1000, "count": 1, "level": 1}[name])
		if !ok {
			return bad(RuleBadNumber)
		}
		switch name {
		case "price":
			return priceIs(c), nil
		case "count":
			return countIs(c), nil
		}
		return levelIs(c), nil
	case "is":
		if t, ok := ruleTraits[strings.ToLower(v)]; ok && equal {
			return t, nil
		}
		return bad(RuleBadIs)
	}
	when, err := ParseWhen(v, p.now)
	if err != nil || !equal {
		return bad(RuleBadTime)
	}
	if name == "from" {
		return between{from: when}, nil
	}
	return between{to: when}, nil
}

func comma(r rune) bool { return r == ',' || r == '，' }
