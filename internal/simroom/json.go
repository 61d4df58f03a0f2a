package simroom

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// put appends form to dst with every $ replaced by the next argument: a
// string as JSON text, a []byte as JSON text too (a document inside a text,
// as the platform likes it), json.RawMessage as it is, numbers and booleans
// as JSON writes them, nil as null. It keeps the shapes of the platform's
// commands readable as shapes.
func put(dst []byte, form string, args ...any) []byte {
	from := 0
	for i := 0; i < len(form); i++ {
		if form[i] != '$' {
			continue
		}
		dst = append(dst, form[from:i]...)
		from = i + 1
		switch a := args[0].(type) {
		case string:
			dst = quote(dst, a)
		case []byte:
			dst = quote(dst, a)
		case json.RawMessage:
			dst = append(dst, a...)
		case int:
			dst = strconv.AppendInt(dst, int64(a), 10)
		case int64:
			dst = strconv.AppendInt(dst, a, 10)
		case bool:
			dst = strconv.AppendBool(dst, a)
		case nil:
			dst = append(dst, "null"...)
		default:
			panic(fmt.Sprintf("simroom: put: a %T", a))
		}
		args = args[1:]
	}
	if len(args) != 0 {
		panic("simroom: put: too many arguments for " + form)
	}
	return append(dst, form[from:]...)
}

// quote appends s as a JSON string. Like the platform's servers it writes
// < > & as escapes; bytes that are not UTF-8 become U+FFFD.
func quote[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			dst = append(dst, s[from:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[from:i]...)
			dst = append(dst, "\ufffd"...)
			i++
			from = i
			continue
		}
		i += n
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
