package decoder

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

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

func (v value) kind() kind {
	if v.d == nil {
		return isNothing
	}
	return v.d.nodes[v.i].kind
}

func (v value) exists() bool { return v.d != nil }

func (v value) isObject() bool { return v.kind() == isObject }

func (v value) isArray() bool { return v.kind() == isArray }

func (v value) isText() bool { return v.kind() >= isString }

func (v value) isNumber() bool { return v.kind() == isNumber }

// inside returns the object that a string holds, if it was read with it; that
// it was not does not mean that there is none.
func (v value) inside() value {
	if v.kind() != isJSON || !v.d.utf8 {
		return value{}
	}
	return value{v.d, v.i + 1}
}

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
	if !v.isObject() {
		return value{}
	}
	nodes := v.d.nodes
	for i, end := v.i+1, nodes[v.i].next; i < end; i = nodes[i+1].next {
		n := &nodes[i]
		if int(n.end-n.start) == len(key) && string(v.d.src[n.start:n.end]) == key ||
			(n.kind != isString && n.kind != isInner || !v.d.utf8) && v.key(i) == key {
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
	if !v.isArray() {
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
	if !v.isArray() {
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
	if !v.isObject() {
		return
	}
	for i, end := v.i+1, v.d.nodes[v.i].next; i < end; i = v.d.nodes[i+1].next {
		n := &v.d.nodes[i]
		key := v.d.src[n.start:n.end]
		if n.kind != isString && n.kind != isInner || !v.d.utf8 {
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
	case isNumber, isString, isInner:
		return parseInt(v.bytes())
	case isTrue:
		return 1
	case isEscaped, isInnerTwice:
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
	if k := v.kind(); k == isNumber || (k == isString || k == isInner) && v.d.utf8 {
		return string(v.bytes())
	}
	return string(v.appendText(nil))
}

// appendText appends to dst what text returns.
func (v value) appendText(dst []byte) []byte {
	switch k := v.kind(); {
	case k == isNumber:
		return append(dst, v.bytes()...)
	case k < isString:
		return dst
	case !v.d.utf8:
		// Broken UTF-8: rare, and encoding/json has the rules for it. Inner
		// strings are not asked for then.
		n := v.d.nodes[v.i]
		var s string
		if json.Unmarshal(v.d.src[n.start-1:n.end+1], &s) == nil {
			dst = append(dst, s...)
		}
		return dst
	case k == isString || k == isInner:
		return append(dst, v.bytes()...)
	case k == isInnerTwice:
		return unescape(dst, unescape(nil, v.bytes()))
	}
	return unescape(dst, v.bytes())
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
