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
	t.plan = nil
	return true
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
	d.src, d.nodes, d.bad, d.utf8, d.nested = src, d.nodes[:0], 0, true, false
	d.open, d.edits = d.open[:0], d.edits[:0]
	var (
		shift uint32                   // how far behind a place of the template its counterpart is
		same  = common(src, t.src)     // up to where in the template both are equal
		stop  = uint32(len(t.nodes))   // where what is being read ends
		after = t.after[:len(t.nodes)] // of the same length
		k     uint32                   // the node of the template
		n     = uint32(len(d.nodes))   // len(d.nodes)
	)

	// again reads the value anew that is node k of the template and begins at
	// from here, and goes on behind it.
	again := func(old uint32, from uint32) bool {
		d.nodes = d.nodes[:n]
		to := d.value(int(from), len(d.open))
		if to < 0 {
			return false
		}
		d.utf8 = d.utf8 && utf8.Valid(src[from:to])
		if fresh += to - int(from); fresh > 2*len(src) {
			return false
		}
		k = t.nodes[old].next
		if now := uint32(len(d.nodes)); k-old != 1 || now-n != 1 || d.nodes[n].holds() || t.nodes[old].holds() {
			d.edits = append(d.edits, edit{old, k, n, now})
		}
		n = uint32(len(d.nodes))
		shift = uint32(to) - after[old]
		same = after[old] + common(src[to:], t.src[after[old]:])
		return true
	}
	// around reads anew what is being read innermost.
	around := func() bool {
		for {
			if len(d.open) < 2 {
				return false // everything
			}
			c := d.open[len(d.open)-1]
			d.open = d.open[:len(d.open)-1]
			n = c.now
			for len(d.edits) > 0 && d.edits[len(d.edits)-1].now >= n {
				d.edits = d.edits[:len(d.edits)-1]
			}
			if t.nodes[c.old].kind == isJSON {
				d.nested = false
			}
			if again(c.old, d.nodes[c.now].before()) {
				stop = t.nodes[d.open[len(d.open)-1].old].next
				return true
			}
			if !d.nested {
				return false
			}
		}
	}

	for {
		// What is the same and complete.
		d.nodes = slices.Grow(d.nodes[:n], int(stop-k))
		for move := n - k; k < stop && after[k] < same; k++ {
			now := t.nodes[k]
			now.start += shift
			now.end += shift
			now.next += move
			d.nodes = append(d.nodes, now)
		}
		n = uint32(len(d.nodes))

		if k == stop { // the end of what is being read
			if len(d.open) == 0 {
				break
			}
			c := d.open[len(d.open)-1]
			old, now := &t.nodes[c.old], &d.nodes[c.now]
			// A string that no longer begins like one that holds JSON is none.
			if same < after[c.old] || old.kind == isJSON && src[now.start+1] != '\\' {
				if !around() {
					return fresh, false
				}
				continue
			}
			now.end, now.next = old.end+shift, n
			d.nested = d.nested && old.kind != isJSON
			d.open = d.open[:len(d.open)-1]
			if stop = uint32(len(t.nodes)); len(d.open) > 0 {
				stop = t.nodes[d.open[len(d.open)-1].old].next
			}
			continue
		}
		old := &t.nodes[k]
		switch {
		case old.holds() && same > old.start:
			d.open = append(d.open, open{k, n})
			d.nested = d.nested || old.kind == isJSON
			d.nodes = append(d.nodes, node{start: old.start + shift, kind: old.kind})
			stop = old.next
			k, n = k+1, n+1
		case same >= old.before() && !old.key && k > 0:
			nested := d.nested
			if again(k, old.before()+shift) {
				continue
			}
			if d.nested = nested; !nested || !around() {
				return fresh, false
			}
		default:
			if !around() {
				return fresh, false
			}
		}
	}
	end := int(t.nodes[0].end + shift)
	return fresh, space(src, end) == len(src) && len(d.nodes) <= maxNodes
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
	for i+64 <= n && bytes.Equal(a[i:i+64], b[i:i+64]) {
		i += 64
	}
	for i+8 <= n {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return uint32(i + bits.TrailingZeros64(x)/8)
		}
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return uint32(i)
}
