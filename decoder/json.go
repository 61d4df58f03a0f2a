package decoder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// document is a JSON text read in one pass into a list of its values, which
// are then looked at in place: nothing is copied before somebody asks for it.
// It takes and refuses exactly what encoding/json does (fuzzed), except that
// the number of values is bounded.
//
// A string that holds a JSON object, as "extra" of a comment does, is read in
// the same pass, in its escaped form. When that form is not the usual one, or
// the text is not JSON after all, the string is a string and nothing else.
type document struct {
	src    []byte
	nodes  []node
	bad    int    // where it stopped being JSON
	utf8   bool   // src is valid UTF-8
	nested bool   // inside a string that holds JSON
	open   []open // of like
	edits  []edit // of like
}

// node is one value or one key. Keys stand before their values.
type node struct {
	start, end uint32 // in src; a string without its quotes
	next       uint32 // the node behind this one and all that is inside it
	kind       kind
	key        bool
}

// kind is what a node is. The kinds of strings in a string that holds JSON
// are others: their quotes are \" and their escapes are escaped.
type kind byte

const (
	isNothing kind = iota
	isObject
	isArray
	isNumber
	isTrue
	isFalse
	isNull
	isString     // without escapes
	isEscaped    // with escapes
	isJSON       // a string that holds JSON; what it holds follows as its inside
	isInner      // a string in such a string
	isInnerTwice // the same with escapes of its own
)

const (
	maxNodes = 1 << 18 // 4 MiB of nodes; the largest real command has some 2,000
	maxDepth = 10000   // as encoding/json
)

var errTooManyValues = errors.New("too many values")

// parse reads src, which must not change while the document is used.
func (d *document) parse(src []byte) error {
	if cap(d.nodes) > 1<<14 {
		d.nodes = nil
	}
	d.src, d.nodes, d.bad, d.utf8, d.nested = src, d.nodes[:0], 0, utf8.Valid(src), false
	i := d.value(space(src, 0), 0)
	if i >= 0 {
		i = space(src, i)
		if i == len(src) {
			return nil
		}
		d.bad = i
	}
	d.nodes = d.nodes[:0]
	if d.bad < 0 {
		return errTooManyValues
	}
	return fmt.Errorf("not JSON at byte %d of %d", d.bad, len(src))
}

// space returns the index of the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// fail notes where the text is wrong.
func (d *document) fail(i int) int {
	d.bad = i
	return -1
}

// value reads the value at i and returns the index behind it, or -1.
func (d *document) value(i, depth int) int {
	src := d.src
	if i >= len(src) {
		return d.fail(i)
	}
	if len(d.nodes) >= maxNodes {
		return d.fail(-1)
	}
	self := len(d.nodes)
	switch c := src[i]; c {
	case '"', '\\':
		return d.text(i, false)
	case '{':
		if depth == maxDepth {
			return d.fail(i)
		}
		d.nodes = append(d.nodes, node{start: uint32(i), kind: isObject})
		i = space(src, i+1)
		if i < len(src) && src[i] == '}' {
			return d.closed(self, i+1)
		}
		for {
			if i = d.text(i, true); i < 0 {
				return -1
			}
			if i < len(src) && src[i] != ':' {
				i = space(src, i)
			}
			if i >= len(src) || src[i] != ':' {
				return d.fail(i)
			}
			if i = d.value(space(src, i+1), depth+1); i < 0 {
				return -1
			}
			i = space(src, i)
			if i >= len(src) {
				return d.fail(i)
			}
			if src[i] == '}' {
				return d.closed(self, i+1)
			}
			if src[i] != ',' {
				return d.fail(i)
			}
			i = space(src, i+1)
		}
	case '[':
		if depth == maxDepth {
			return d.fail(i)
		}
		d.nodes = append(d.nodes, node{start: uint32(i), kind: isArray})
		i = space(src, i+1)
		if i < len(src) && src[i] == ']' {
			return d.closed(self, i+1)
		}
		for {
			if i = d.value(i, depth+1); i < 0 {
				return -1
			}
			i = space(src, i)
			if i >= len(src) {
				return d.fail(i)
			}
			if src[i] == ']' {
				return d.closed(self, i+1)
			}
			if src[i] != ',' {
				return d.fail(i)
			}
			i = space(src, i+1)
		}
	case 't':
		return d.word(i, "true", isTrue)
	case 'f':
		return d.word(i, "false", isFalse)
	case 'n':
		return d.word(i, "null", isNull)
	default:
		return d.number(i)
	}
}

func (d *document) closed(self, end int) int {
	d.nodes[self].end = uint32(end)
	d.nodes[self].next = uint32(len(d.nodes))
	return end
}

func (d *document) leaf(k kind, key bool, start, end int) {
	d.nodes = append(d.nodes, node{start: uint32(start), end: uint32(end), next: uint32(len(d.nodes) + 1), kind: k, key: key})
}

func (d *document) word(i int, w string, k kind) int {
	if len(d.src)-i < len(w) || string(d.src[i:i+len(w)]) != w {
		return d.fail(i)
	}
	d.leaf(k, false, i, i+len(w))
	return i + len(w)
}

func (d *document) number(i int) int {
	src, start := d.src, i
	if src[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(src) && src[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(src) && src[i] == '0' {
		i++
	} else if !digits() {
		return d.fail(i)
	}
	if i < len(src) && src[i] == '.' {
		i++
		if !digits() {
			return d.fail(i)
		}
	}
	if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if !digits() {
			return d.fail(i)
		}
	}
	d.leaf(isNumber, false, start, i)
	return i
}

// text reads the string whose opening quote is at i.
func (d *document) text(i int, key bool) int {
	src := d.src
	if d.nested {
		return d.innerText(i, key)
	}
	if i >= len(src) || src[i] != '"' {
		return d.fail(i)
	}
	if !key && i+3 < len(src) && src[i+1] == '{' && src[i+2] == '\\' {
		if end := d.holdsJSON(i); end >= 0 {
			return end
		}
	}
	i++
	start, k := i, isString
	for {
		i = plain(src, i)
		if i >= len(src) || src[i] < ' ' {
			return d.fail(i)
		}
		if src[i] == '"' {
			d.leaf(k, key, start, i)
			return i + 1
		}
		k = isEscaped
		if i+1 >= len(src) {
			return d.fail(i)
		}
		switch src[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		case 'u':
			if !fourHex(src, i+2) {
				return d.fail(i)
			}
			i += 6
		default:
			return d.fail(i)
		}
	}
}

// plain returns the index of the first byte from i on that is a quote, a
// backslash or a control character.
func plain(src []byte, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	// Eight bytes at a time. The tests can be wrong only above a true hit, so
	// the lowest hit is always right.
	for i+8 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i:])
		q, s := w^(ones*'"'), w^(ones*'\\')
		hit := (((q - ones) &^ q) | ((s - ones) &^ s) | ((w - ones*' ') &^ w)) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
		i += 8
	}
	for i < len(src) && src[i] >= ' ' && src[i] != '"' && src[i] != '\\' {
		i++
	}
	return i
}

func fourHex(src []byte, i int) bool {
	return i+4 <= len(src) && isHex(src[i]) && isHex(src[i+1]) && isHex(src[i+2]) && isHex(src[i+3])
}

func isHex(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' <= 5 }

// holdsJSON reads the string whose opening quote is at i as one that holds a
// JSON object. It returns -1, and leaves no trace, when it is not that, or not
// written in the usual way.
func (d *document) holdsJSON(i int) int {
	self := len(d.nodes)
	d.nodes = append(d.nodes, node{start: uint32(i + 1), kind: isJSON})
	d.nested = true
	end := d.value(i+1, 0)
	d.nested = false
	if end >= 0 {
		end = space(d.src, end)
	}
	if end < 0 || end >= len(d.src) || d.src[end] != '"' {
		d.nodes, d.bad = d.nodes[:self], 0
		return -1
	}
	d.closed(self, end)
	return end + 1
}

// innerText reads the string whose opening quote, a \", is at i. Escapes of
// the outer string other than of quotes and backslashes are not the usual way:
// they are an error here.
func (d *document) innerText(i int, key bool) int {
	src := d.src
	if i+1 >= len(src) || src[i] != '\\' || src[i+1] != '"' {
		return d.fail(i)
	}
	i += 2
	start, k := i, isInner
	for {
		i = plain(src, i)
		if i+3 >= len(src) || src[i] != '\\' {
			return d.fail(i)
		}
		if src[i+1] == '"' {
			d.leaf(k, key, start, i)
			return i + 2
		}
		if src[i+1] != '\\' {
			return d.fail(i)
		}
		k = isInnerTwice
		switch src[i+2] {
		case '\\': // an escaped quote or backslash, escaped again
			if src[i+3] != '"' && src[i+3] != '\\' {
				return d.fail(i)
			}
			i += 4
		case '/', 'b', 'f', 'n', 'r', 't':
			i += 3
		case 'u':
			if !fourHex(src, i+3) {
				return d.fail(i)
			}
			i += 7
		default:
			return d.fail(i)
		}
	}
}
