package decoder

import (
	"strings"
)

// Bounds of an example in the drift report.
const (
	maxExampleValues = 400
	maxExampleList   = 20
	maxExampleDepth  = 32
)

// redacted returns v with its structure kept and what it says taken out: a
// text becomes a word for its sort, a number one with as many digits, and keys
// that are not plain names (a map from names or ids) a question mark.
func redacted(v value) []byte {
	left := maxExampleValues
	return appendRedacted(nil, v, 0, &left)
}

func appendRedacted(dst []byte, v value, depth int, left *int) []byte {
	*left--
	switch v.kind() {
	case isObject:
		dst = append(dst, '{')
		if depth < maxExampleDepth {
			odd, first := false, true
			for key, x := range v.members {
				name := shownName(string(key))
				if *left <= 0 || name == "?" && odd {
					continue
				}
				odd = odd || name == "?"
				if !first {
					dst = append(dst, ',')
				}
				first = false
				dst = append(append(append(dst, '"'), name...), '"', ':')
				dst = appendRedacted(dst, x, depth+1, left)
			}
		}
		return append(dst, '}')
	case isArray:
		dst = append(dst, '[')
		if depth < maxExampleDepth {
			n := 0
			for x := range v.elements {
				if n == maxExampleList || *left <= 0 {
					break
				}
				if n > 0 {
					dst = append(dst, ',')
				}
				n++
				dst = appendRedacted(dst, x, depth+1, left)
			}
		}
		return append(dst, ']')
	case isString, isEscaped, isJSON, isInner, isInnerTwice:
		return append(append(append(dst, '"'), sortOfText(v.text())...), '"')
	case isNumber:
		return append(dst, sortOfNumber(v.bytes())...)
	}
	return append(dst, v.bytes()...) // true, false, null
}

// sortOfText says what a text is, without what it says.
func sortOfText(s string) string {
	switch {
	case s == "":
		return ""
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "//"):
		return "url"
	case s[0] == '{' || s[0] == '[':
		return "json"
	case s[0] == '#':
		return "#color"
	case strings.Trim(s, "0123456789") == "":
		return "digits"
	}
	return "text"
}

// sortOfNumber returns a number of the same sign, kind and length.
func sortOfNumber(b []byte) string {
	sign, digits := "", string(b)
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	switch {
	case strings.ContainsAny(digits, ".eE"):
		return sign + "1.5"
	case digits == "0":
		return sign + "0"
	}
	return sign + "1" + strings.Repeat("0", min(len(digits), 20)-1)
}

// shownName returns a name as it may be shown: names are made of letters and
// underscores, with few digits; everything else may be somebody's.
func shownName(s string) string {
	if s == "" || len(s) > 48 {
		return "?"
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || c|0x20-'a' < 26:
		case c-'0' < 10:
			digits++
		default:
			return "?"
		}
	}
	if digits > 4 || digits == len(s) {
		return "?"
	}
	return s
}
