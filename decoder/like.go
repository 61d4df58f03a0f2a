package decoder

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// template is a command that was read before. The next one of its sort is
// mostly the same text but for some values: where it is the same, there is
// nothing to read, only to compare.
type template struct {
	src   []byte
	nodes []node
	after []uint32 // of every node: where it ends, quotes included
	plan  *commentPlan

	// Which simple values were another in a later command: it is mostly the
	// same ones (names, texts, times). until says of every node where the
	// first of them begins that is not in front of it.
	varies []bool
	until  []uint32
	stale  bool // until is to be made anew
}

// Bounds of what is kept as a template, per Decoder and command.
const (
	maxTemplateSize  = 16 << 10
	maxTemplateNodes = 2048
	maxTemplates     = 24
)

// keep makes a copy of d the template, unless it is too big.
func (t *template) keep(d *document) bool {
	if len(d.src) > maxTemplateSize || len(d.nodes) > maxTemplateNodes || !d.utf8 {
		return false
	}
	d.edits = d.edits[:0]
	t.src = append(t.src[:0], d.src...)
	t.nodes = append(t.nodes[:0], d.nodes...)
	t.after = t.after[:0]
	for i := range t.nodes {
		t.after = append(t.after, t.nodes[i].after())
	}
	t.varies = append(t.varies[:0], make([]bool, len(t.nodes))...)
	t.plan, t.stale = nil, true
	return true
}

// vary notes that the value that is node k is not always the same.
func (t *template) vary(k uint32) {
	t.stale = t.stale || !t.varies[k]
	t.varies[k] = true
}

// learn makes until anew.
func (t *template) learn() {
	first := uint32(len(t.src))
	t.until = slices.Grow(t.until[:0], len(t.nodes)+1)[:len(t.nodes)+1]
	t.until[len(t.nodes)] = first
	for k := len(t.nodes) - 1; k >= 0; k-- {
		if t.varies[k] {
			first = t.nodes[k].before()
		}
		t.until[k] = first
	}
	t.stale = false
}

// edit is a value whose inside is another than in the template.
type edit struct {
	old, oldNext uint32 // its nodes in the template
	now, nowNext uint32 // and here
}

// open is an object, list or string that holds JSON, being read.
type open struct {
	old, now uint32 // its node in the template and here
}

// parseLike does exactly what parse does, faster if src resembles t. It
// reports in fresh how many bytes had to be read all the same. If it is like
// the template, d.edits says where the structure is another.
func (d *document) parseLike(t *template, src []byte) (fresh int, like bool, err error) {
	if len(t.nodes) > 0 && cap(d.nodes) <= 1<<14 {
		if fresh, ok := d.like(t, src); ok {
			return fresh, true, nil
		}
	}
	return len(src), false, d.parse(src)
}

// like goes through the nodes of the template. Values in front of the first
// byte that differs are the same, only elsewhere; the value that byte belongs
// to is read anew (a simple value for itself, one whose keys or length differ
// as a whole), and then both texts are compared on from its end. It gives up,
// with false, on everything difficult.
func (d *document) like(t *template, src []byte) (fresh int, ok bool) {
	d.src, d.bad, d.utf8, d.nested = src, 0, true, false
	d.nodes = slices.Grow(d.nodes[:0], len(t.nodes))
	d.open, d.edits = d.open[:0], d.edits[:0]
	if t.stale {
		t.learn()
	}
	m := match{d: d, t: t, stop: uint32(len(t.nodes))}
	m.compare(0, 0)
	after := t.after[:len(t.nodes)]
	for {
		from := m.k
		for m.k < m.stop && after[m.k] < m.same { // complete, with all that is inside
			m.k = t.nodes[m.k].next
		}
		d.take(t.nodes[from:m.k], m.shift, uint32(len(d.nodes))-from)

		if m.k == m.stop { // the end of what is being read
			if len(d.open) == 0 {
				break
			}
			if !m.close() && !m.around() {
				return m.fresh, false
			}
			continue
		}
		old := &t.nodes[m.k]
		switch {
		case old.holds() && m.same > old.start:
			d.open = append(d.open, open{m.k, uint32(len(d.nodes))})
			d.nested = d.nested || old.kind == isJSON
			d.nodes = append(d.nodes, node{start: old.start + m.shift, kind: old.kind})
			m.stop = old.next
			m.k++
		case m.same >= old.before() && !old.key && m.k > 0:
			nested := d.nested
			if !old.holds() {
				t.vary(m.k)
			}
			if m.leaf(old) || m.again(m.k, old.before()+m.shift, len(d.nodes)) {
				continue
			}
			// In a string that holds JSON the string may end, or hold none; a
			// list may end; anything else is an error.
			d.nested = nested
			if !nested && !m.ends(old.before()+m.shift) || !m.around() {
				return m.fresh, false
			}
		default:
			if !m.around() {
				return m.fresh, false
			}
		}
	}
	end := int(t.nodes[0].end + m.shift)
	return m.fresh, space(src, end) == len(src) && len(d.nodes) <= maxNodes
}

// take appends the nodes of a template, whose counterparts are so far behind
// in the text and in the list.
func (d *document) take(nodes []node, shift, move uint32) {
	n := len(d.nodes)
	if cap(d.nodes)-n < len(nodes) {
		d.nodes = slices.Grow(d.nodes, len(nodes))
	}
	d.nodes = d.nodes[:n+len(nodes)]
	to := d.nodes[n:]
	for i := range nodes {
		to[i] = nodes[i]
		to[i].start += shift
		to[i].end += shift
		to[i].next += move
	}
}

// match is how far like has come.
type match struct {
	d     *document
	t     *template
	k     uint32 // the node of the template
	stop  uint32 // where what is being read ends
	shift uint32 // how far behind a place of the template its counterpart is
	same  uint32 // up to where in the template both are equal, at least as far as the next value that varies
	fresh int    // bytes that were read
}

// compare sets same, from the same place in both texts on. Mostly the first
// difference is in the next value that varies; then what is equal behind its
// beginning does not matter.
func (m *match) compare(old uint32, now int) {
	src, was, n := m.d.src[now:], m.t.src, int(m.t.until[m.k]-old)
	if n <= len(src) && string(src[:n]) == string(was[old:][:n]) {
		m.same = old + uint32(n)
	} else {
		m.same = old + common(src, was[old:])
	}
}

// on goes on behind the value that is node old of the template and ends at to.
func (m *match) on(old uint32, from, to int) bool {
	if m.fresh += to - from; m.fresh > 2*len(m.d.src) {
		return false
	}
	after := m.t.after[old]
	m.k = m.t.nodes[old].next
	m.shift = uint32(to) - after
	m.compare(after, to)
	return true
}

// again reads the value anew that is node old of the template; it begins at
// from and will be node n here.
func (m *match) again(old, from uint32, n int) bool {
	d := m.d
	d.nodes = d.nodes[:n]
	to := d.value(int(from), len(d.open))
	if to < 0 || !m.on(old, int(from), to) {
		return false
	}
	d.utf8 = d.utf8 && utf8.Valid(d.src[from:to])
	if m.k-old != 1 || len(d.nodes)-n != 1 || d.nodes[n].holds() || m.t.nodes[old].holds() {
		d.edits = append(d.edits, edit{old, m.k, uint32(n), uint32(len(d.nodes))})
	}
	return true
}

// leaf is again for what mostly differs: a whole number, or a string without
// escapes, where the template has one too. It reports whether it was that.
func (m *match) leaf(old *node) bool {
	src := m.d.src
	from, start := int(old.before()+m.shift), int(old.start+m.shift)
	i, end, k := start, 0, isNumber
	switch old.kind {
	case isString, isEscaped:
		if k = isString; from >= len(src) || src[from] != '"' {
			return false
		}
		if i = plain(src, start); i >= len(src) || src[i] != '"' {
			return false
		}
		end = i + 1
	case isInner, isInnerTwice:
		if k = isInner; start > len(src) || src[from] != '\\' || src[from+1] != '"' {
			return false
		}
		if i = plain(src, start); i+1 >= len(src) || src[i] != '\\' || src[i+1] != '"' {
			return false
		}
		end = i + 2
	case isNumber:
		if i < len(src) && src[i] == '-' {
			i++
		}
		first := i
		for i < len(src) && src[i]-'0' <= 9 {
			i++
		}
		if i == first || i > first+1 && src[first] == '0' || i == len(src) || src[i] == '.' || src[i]|0x20 == 'e' {
			return false
		}
		end = i
	default:
		return false
	}
	if !m.on(m.k, from, end) {
		return false
	}
	d := m.d
	if k != isNumber {
		d.utf8 = d.utf8 && utf8.Valid(src[start:i])
	}
	d.leaf(k, false, start, i)
	return true
}

// close ends what is being read innermost. It reports false, and does nothing,
// if that has more or other things inside than in the template.
func (m *match) close() bool {
	d := m.d
	c := d.open[len(d.open)-1]
	old, now := &m.t.nodes[c.old], &d.nodes[c.now]
	// A string that no longer begins like one that holds JSON is none.
	if m.same < m.t.after[c.old] || old.kind == isJSON && d.src[now.start+1] != '\\' {
		return false
	}
	now.end, now.next = old.end+m.shift, uint32(len(d.nodes))
	d.nested = d.nested && old.kind != isJSON
	d.open = d.open[:len(d.open)-1]
	m.stop = uint32(len(m.t.nodes))
	if len(d.open) > 0 {
		m.stop = m.t.nodes[d.open[len(d.open)-1].old].next
	}
	return true
}

// ends reports whether a list ends at i, where the template has an element.
func (m *match) ends(i uint32) bool { return int(i) < len(m.d.src) && m.d.src[i] == ']' }

// around reads anew what is being read innermost.
func (m *match) around() bool {
	d := m.d
	for len(d.open) >= 2 { // else it is everything
		c := d.open[len(d.open)-1]
		d.open = d.open[:len(d.open)-1]
		for len(d.edits) > 0 && d.edits[len(d.edits)-1].now >= c.now {
			d.edits = d.edits[:len(d.edits)-1]
		}
		if m.t.nodes[c.old].kind == isJSON {
			d.nested = false
		}
		if m.again(c.old, d.nodes[c.now].before(), int(c.now)) {
			m.stop = m.t.nodes[d.open[len(d.open)-1].old].next
			return true
		}
		if !d.nested {
			return false
		}
	}
	return false
}

// here returns the value that is node k of the template; ok is false when that
// is inside of something that was read anew.
func (d *document) here(k uint32) (v value, ok bool) {
	move := uint32(0)
	for _, e := range d.edits {
		if k < e.old {
			break
		}
		if k == e.old {
			return value{d, e.now}, true
		}
		if k < e.oldNext {
			return value{}, false
		}
		move = e.nowNext - e.oldNext
	}
	return value{d, k + move}, true
}

// holds reports whether nodes may be inside n.
func (n *node) holds() bool { return n.kind == isObject || n.kind == isArray || n.kind == isJSON }

// before and after are where the value begins and ends, quotes included.
func (n *node) before() uint32 {
	switch n.kind {
	case isString, isEscaped, isJSON:
		return n.start - 1
	case isInner, isInnerTwice:
		return n.start - 2
	}
	return n.start
}

func (n *node) after() uint32 {
	switch n.kind {
	case isString, isEscaped, isJSON:
		return n.end + 1
	case isInner, isInnerTwice:
		return n.end + 2
	}
	return n.end
}

// common returns the index of the first byte in which a and b differ, or the
// length of the shorter.
func common(a, b []byte) uint32 {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for i+8 <= n {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return uint32(i + bits.TrailingZeros64(x)/8)
		}
		i += 8
		for i&31 == 0 && i+64 <= n && bytes.Equal(a[i:i+64], b[i:i+64]) { // longer yet
			i += 64
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return uint32(i)
}
