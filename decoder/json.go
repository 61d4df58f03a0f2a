package decoder

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// document is a JSON text read in one pass into a list of its values, which
// are then looked at in place: nothing is copied before somebody asks for it.
// It takes and refuses exactly what encoding/json does (fuzzed), except that
// the number of values is bounded.
type document struct {
	src   []byte
	nodes []node
	bad   int  // where it stopped being JSON
	utf8  bool // src is valid UTF-8
}

// node is one value or one key. Keys stand before their values.
type node struct {
	start, end uint32 // in src; a string without its quotes
	next       uint32 // the node behind this one and all that is inside it
	kind       byte   // 's' string, 'e' string with escapes, '0' number, 't', 'f', 'n', '{', '['
}

const (
	maxNodes = 1 << 18 // 4 MiB of nodes; the largest real command has some 2,000
	maxDepth = 10000   // as encoding/json
)

var errTooManyValues = errors.New("too many values")

// parse reads src, which must not change while the document is used.
func (d *document) parse(src []byte) error {
	d.src, d.nodes, d.bad, d.utf8 = src, d.nodes[:0], 0, utf8.Valid(src)
	if cap(d.nodes) > 1<<14 {
		d.nodes = nil
	}
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
	case '"':
		return d.text(i)
	case '{':
		if depth == maxDepth {
			return d.fail(i)
		}
		d.nodes = append(d.nodes, node{start: uint32(i), kind: '{'})
		i = space(src, i+1)
		if i < len(src) && src[i] == '}' {
			return d.closed(self, i+1)
		}
		for {
			if i >= len(src) || src[i] != '"' {
				return d.fail(i)
			}
			if i = d.text(i); i < 0 {
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
		d.nodes = append(d.nodes, node{start: uint32(i), kind: '['})
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
		return d.word(i, "true")
	case 'f':
		return d.word(i, "false")
	case 'n':
		return d.word(i, "null")
	default:
		return d.number(i)
	}
}

func (d *document) closed(self, end int) int {
	d.nodes[self].end = uint32(end)
	d.nodes[self].next = uint32(len(d.nodes))
	return end
}

func (d *document) leaf(kind byte, start, end int) {
	d.nodes = append(d.nodes, node{start: uint32(start), end: uint32(end), next: uint32(len(d.nodes) + 1), kind: kind})
}

func (d *document) word(i int, w string) int {
	if len(d.src)-i < len(w) || string(d.src[i:i+len(w)]) != w {
		return d.fail(i)
	}
	d.leaf(w[0], i, i+len(w))
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
	d.leaf('0', start, i)
	return i
}

// text reads the string whose opening quote is at i.
func (d *document) text(i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	src := d.src
	start, kind := i+1, byte('s')
	i++
	for {
		// Eight bytes at a time until one of them is a quote, a backslash or a
		// control character. The tests can be wrong only above a true hit, so
		// the lowest hit is always right.
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			q, s := w^(ones*'"'), w^(ones*'\\')
			hit := ((q - ones) &^ q) | ((s - ones) &^ s) | ((w - ones*' ') &^ w)
			if hit &= highs; hit != 0 {
				i += bits.TrailingZeros64(hit) / 8
				break
			}
			i += 8
		}
		for i < len(src) && src[i] >= ' ' && src[i] != '"' && src[i] != '\\' {
			i++
		}
		if i >= len(src) || src[i] < ' ' {
			return d.fail(i)
		}
		if src[i] == '"' {
			d.leaf(kind, start, i)
			return i + 1
		}
		kind = 'e'
		if i+1 >= len(src) {
			return d.fail(i)
		}
		switch src[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		case 'u':
			if i+6 > len(src) || !isHex(src[i+2]) || !isHex(src[i+3]) || !isHex(src[i+4]) || !isHex(src[i+5]) {
				return d.fail(i)
			}
			i += 6
		default:
			return d.fail(i)
		}
	}
}

func isHex(c byte) bool { return c-'0' <= 9 || (c|0x20)-'a' <= 5 }

// value is one value of a document. The zero value stands for what is not
// there: every question to it is answered with nothing.
type value struct {
	d *document
	i uint32
}

// root returns the whole; after an error of parse, what is not there.
func (d *document) root() value {
	if len(d.nodes) == 0 {
		return value{}
	}
	return value{d, 0}
}

func (v value) kind() byte {
	if v.d == nil {
		return 0
	}
	return v.d.nodes[v.i].kind
}

func (v value) exists() bool { return v.d != nil }

func (v value) isObject() bool { return v.kind() == '{' }

func (v value) isArray() bool { return v.kind() == '[' }

func (v value) isText() bool { k := v.kind(); return k == 's' || k == 'e' }

// bytes returns the value as it stands in the text; a string without quotes.
func (v value) bytes() []byte {
	if v.d == nil {
		return nil
	}
	n := v.d.nodes[v.i]
	return v.d.src[n.start:n.end]
}

// get returns the member named key of an object; of several the last, as
// encoding/json does.
func (v value) get(key string) (found value) {
	if v.kind() != '{' {
		return value{}
	}
	nodes := v.d.nodes
	for i, end := v.i+1, nodes[v.i].next; i < end; i = nodes[i+1].next {
		n := &nodes[i]
		if int(n.end-n.start) == len(key) && string(v.d.src[n.start:n.end]) == key ||
			(n.kind == 'e' || !v.d.utf8) && v.key(i) == key {
			found = value{v.d, i + 1}
		}
	}
	return found
}

// key returns the key that is node i.
func (v value) key(i uint32) string { return value{v.d, i}.text() }

// path is get of get.
func (v value) path(keys ...string) value {
	for _, k := range keys {
		v = v.get(k)
	}
	return v
}

// at returns element n of an array.
func (v value) at(n int) value {
	if v.kind() != '[' {
		return value{}
	}
	i, end := v.i+1, v.d.nodes[v.i].next
	for ; i < end && n > 0; n-- {
		i = v.d.nodes[i].next
	}
	if i >= end {
		return value{}
	}
	return value{v.d, i}
}

// elements calls yield for each element of an array.
func (v value) elements(yield func(value) bool) {
	if v.kind() != '[' {
		return
	}
	for i, end := v.i+1, v.d.nodes[v.i].next; i < end; i = v.d.nodes[i].next {
		if !yield(value{v.d, i}) {
			return
		}
	}
}

// members calls yield for each member of an object, in the order of the text.
// The key is good until the document is parsed again.
func (v value) members(yield func([]byte, value) bool) {
	if v.kind() != '{' {
		return
	}
	for i, end := v.i+1, v.d.nodes[v.i].next; i < end; i = v.d.nodes[i+1].next {
		n := &v.d.nodes[i]
		key := v.d.src[n.start:n.end]
		if n.kind == 'e' || !v.d.utf8 {
			key = value{v.d, i}.appendText(nil)
		}
		if !yield(key, value{v.d, i + 1}) {
			return
		}
	}
}

// count returns how many elements an array has.
func (v value) count() (n int) {
	for range v.elements {
		n++
	}
	return n
}

// int returns a whole number, be it written as number or as text: the platform
// does both with the same field. A fraction is cut off; anything else is 0.
func (v value) int() int64 {
	switch v.kind() {
	case '0', 's':
		return parseInt(v.bytes())
	case 't':
		return 1
	case 'e':
		return parseInt(v.appendText(nil))
	}
	return 0
}

func parseInt(b []byte) int64 {
	var n uint64
	neg := len(b) > 0 && b[0] == '-'
	digits := b
	if neg {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return parseIntSlowly(b)
	}
	for _, c := range digits {
		if c-'0' > 9 {
			return parseIntSlowly(b)
		}
		n = n*10 + uint64(c-'0')
	}
	if neg {
		return -int64(n)
	}
	return int64(n)
}

func parseIntSlowly(b []byte) int64 {
	if len(b) > 64 {
		return 0
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f < -1<<62 || f > 1<<62 || f != f {
		return 0
	}
	return int64(f)
}

// bool is true for true and for every number but 0.
func (v value) bool() bool { return v.int() != 0 }

// text returns a string, or a number as it is written; else "".
func (v value) text() string {
	if k := v.kind(); k == 's' && v.d.utf8 || k == '0' {
		return string(v.bytes())
	}
	return string(v.appendText(nil))
}

// appendText appends to dst what text returns.
func (v value) appendText(dst []byte) []byte {
	switch k := v.kind(); {
	case k == '0' || k == 's' && v.d.utf8:
		return append(dst, v.bytes()...)
	case k == 'e' && v.d.utf8:
		return unescape(dst, v.bytes())
	case k == 's' || k == 'e':
		// Broken UTF-8: rare, and encoding/json has the rules for it.
		n := v.d.nodes[v.i]
		var s string
		if json.Unmarshal(v.d.src[n.start-1:n.end+1], &s) == nil {
			dst = append(dst, s...)
		}
	}
	return dst
}

// unescape appends the JSON string s, whose escapes were checked, to dst.
func unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch c := s[i+1]; c {
		case 'u':
			r := hex4(s[i+2:])
			s = s[i+6:]
			if r >= 0xd800 && r < 0xe000 { // half of a pair
				low := rune(-1)
				if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
					low = hex4(s[2:])
				}
				if r < 0xdc00 && low >= 0xdc00 && low < 0xe000 {
					r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
					s = s[6:]
				} else {
					r = utf8.RuneError
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		default: // a quote, a backslash, a slash
			dst = append(dst, c)
		}
		s = s[i+2:]
	}
}

func hex4(s []byte) (r rune) {
	for _, c := range s[:4] {
		r <<= 4
		if c <= '9' {
			r |= rune(c - '0')
		} else {
			r |= rune(c|0x20-'a') + 10
		}
	}
	return r
}
