package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlScanner reads the elements of a comment file. Recorders write XML that
// parsers refuse: characters XML forbids, bare ampersands, a file that ends in
// the middle because the program died. A strict parser would lose all that
// follows; this one reports the place and goes on with the next element.
type xmlScanner struct {
	r    *bufio.Reader
	line int64
	size int // of the present element
	buf  []byte
	last byte
	back bool // last is to be read again
}

// xmlElement is a start tag with the text up to the next tag.
type xmlElement struct {
	line  int64
	name  string
	attrs []xmlAttr
	text  string
}

type xmlAttr struct{ name, value string }

// attr gives an attribute's value and whether it is there.
func (e *xmlElement) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// value gives the first of some attributes that is there, or "".
func (e *xmlElement) value(names ...string) string {
	for _, n := range names {
		if v, ok := e.attr(n); ok {
			return v
		}
	}
	return ""
}

var (
	errCutOff  = errors.New("the file ends in the middle of an element")
	errTooLong = fmt.Errorf("an element of more than %d MB", maxLine>>20)
)

func newXMLScanner(r *bufio.Reader) *xmlScanner { return &xmlScanner{r: r, line: 1} }

func (x *xmlScanner) byte() (byte, error) {
	if x.back {
		x.back = false
		return x.last, nil
	}
	b, err := x.r.ReadByte()
	if b == '\n' {
		x.line++
	}
	x.size++
	x.last = b
	return b, err
}

// unread lets the last byte be read again.
func (x *xmlScanner) unread() { x.back = true }

// next returns the next element. An *Unread error is about one element; any
// other ends the file.
func (x *xmlScanner) next() (xmlElement, error) {
	for {
		if err := x.seek('<'); err != nil {
			return xmlElement{}, err
		}
		b, err := x.byte()
		if err != nil {
			return xmlElement{}, err
		}
		switch {
		case b == '?':
			err = x.skip("?>")
		case b == '!':
			err = x.skipDeclaration()
		case b == '/':
			err = x.skip(">")
		case nameByte(b):
			x.unread()
			return x.element()
		default:
			x.unread() // a bare < in text
		}
		if err != nil {
			return xmlElement{}, err
		}
	}
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == ':' || b == '-' || b == '.' || b >= utf8.RuneSelf
}

// seek reads up to and including c.
func (x *xmlScanner) seek(c byte) error {
	for {
		b, err := x.byte()
		if err != nil || b == c {
			return err
		}
	}
}

// skip reads up to and including the end mark.
func (x *xmlScanner) skip(end string) error {
	last := make([]byte, 0, len(end))
	for {
		b, err := x.byte()
		if err != nil {
			return err
		}
		if len(last) == len(end) {
			copy(last, last[1:])
			last = last[:len(end)-1]
		}
		last = append(last, b)
		if string(last) == end {
			return nil
		}
	}
}

// skipDeclaration reads a comment, a CDATA section between elements, or a
// document type.
func (x *xmlScanner) skipDeclaration() error {
	head, _ := x.r.Peek(7)
	switch {
	case strings.HasPrefix(string(head), "--"):
		return x.skip("-->")
	case string(head) == "[CDATA[":
		return x.skip("]]>")
	}
	return x.skip(">")
}

// skipElement reads on behind the end tag of name, however much is nested.
func (x *xmlScanner) skipElement(name string) error { return x.skip("</" + name + ">") }

func (x *xmlScanner) element() (xmlElement, error) {
	x.size = 0
	e := xmlElement{line: x.line}
	closed, err := x.tag(&e)
	if err != nil {
		return e, x.failed(e.line, err)
	}
	if !closed {
		if e.text, err = x.text(e.name); err != nil {
			return e, x.failed(e.line, err)
		}
	}
	return e, nil
}

// failed makes a place of an error in the middle of an element; the end of the
// file there means that the recorder died.
func (x *xmlScanner) failed(line int64, err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Unread{Line: line, Err: errCutOff}
	case errors.Is(err, errTooLong), errors.Is(err, errTag):
		return &Unread{Line: line, Err: err}
	}
	return err
}

var errTag = errors.New("broken tag")

// tag reads the name and attributes; closed: by "/>".
func (x *xmlScanner) tag(e *xmlElement) (closed bool, err error) {
	var b byte
	if e.name, b, err = x.name(); err != nil {
		return false, err
	}
	for {
		for b == ' ' || b == '\t' || b == '\n' || b == '\r' {
			if b, err = x.byte(); err != nil {
				return false, err
			}
		}
		switch {
		case b == '>':
			return false, nil
		case b == '/':
			if b, err = x.byte(); err != nil {
				return false, err
			}
			if b == '>' {
				return true, nil
			}
		case b == '<':
			x.unread()
			return false, fmt.Errorf("%w <%s", errTag, e.name)
		case !nameByte(b):
			if b, err = x.byte(); err != nil {
				return false, err
			}
		default:
			x.unread()
			if b, err = x.attribute(e); err != nil {
				return false, err
			}
		}
	}
}

// nameMax is how many bytes the name of an element or attribute may have.
const nameMax = 200

// name reads a name and returns the byte behind it.
func (x *xmlScanner) name() (string, byte, error) {
	x.buf = x.buf[:0]
	for {
		b, err := x.byte()
		if err != nil {
			return "", 0, err
		}
		if !nameByte(b) {
			return string(x.buf), b, nil
		}
		if len(x.buf) >= nameMax {
			return "", 0, fmt.Errorf("%w: a name of more than %d bytes", errTag, nameMax)
		}
		x.buf = append(x.buf, b)
	}
}

// attribute reads one attribute and returns the byte behind it.
func (x *xmlScanner) attribute(e *xmlElement) (byte, error) {
	name, b, err := x.name()
	if err != nil {
		return 0, err
	}
	for b == ' ' || b == '\t' || b == '\n' || b == '\r' {
		if b, err = x.byte(); err != nil {
			return 0, err
		}
	}
	if b != '=' {
		return b, nil // an attribute without a value
	}
	quote := byte(' ')
	for quote == ' ' || quote == '\t' || quote == '\n' || quote == '\r' {
		if quote, err = x.byte(); err != nil {
			return 0, err
		}
	}
	if quote != '"' && quote != '\'' {
		if quote == '\n' {
			return quote, nil
		}
		x.unread()
		return 0, fmt.Errorf("%w <%s: attribute %s has no quotes", errTag, e.name, name)
	}
	x.buf = x.buf[:0]
	for {
		if b, err = x.byte(); err != nil {
			return 0, err
		}
		switch {
		case b == quote:
			e.attrs = append(e.attrs, xmlAttr{name, unescape(x.buf)})
			return x.byte()
		case b == '<': // forbidden in values: a quote is missing
			x.unread()
			return 0, fmt.Errorf("%w <%s: attribute %s has no end", errTag, e.name, name)
		case x.size > maxLine:
			return 0, errTooLong
		}
		x.buf = append(x.buf, b)
	}
}

// A bare < belongs to the words of a comment, unless a tag we know follows.
func isComment(name string) bool { return name == "d" || name == "sc" || name == "s" || name == "o" }

func isElement(name string) bool {
	return isComment(name) || name == "gift" || name == "guard" || name == "toast" || name == "i"
}

// text reads up to the next tag, taking in CDATA sections and bare <.
func (x *xmlScanner) text(name string) (string, error) {
	x.buf = x.buf[:0]
	var done strings.Builder // unescaped parts before CDATA sections
	for {
		b, err := x.byte()
		if err != nil {
			return "", err
		}
		if x.size > maxLine {
			return "", errTooLong
		}
		if b != '<' {
			x.buf = append(x.buf, b)
			continue
		}
		head, _ := x.r.Peek(8)
		switch {
		case strings.HasPrefix(string(head), "![CDATA["):
			done.WriteString(unescape(x.buf))
			x.buf = x.buf[:0]
			if err := x.cdata(&done); err != nil {
				return "", err
			}
			continue
		case len(head) > 0 && (head[0] == '/' || head[0] == '!' || head[0] == '?'), startsElement(head), !isComment(name):
			x.unread()
			return done.String() + unescape(x.buf), nil
		}
		x.buf = append(x.buf, "&lt;"...)
	}
}

func startsElement(head []byte) bool {
	n := 0
	for n < len(head) && nameByte(head[n]) {
		n++
	}
	return isElement(string(head[:n]))
}

func (x *xmlScanner) cdata(to *strings.Builder) error {
	if _, err := x.r.Discard(len("![CDATA[")); err != nil {
		return err
	}
	var raw []byte
	for {
		b, err := x.byte()
		if err != nil {
			return err
		}
		if x.size > maxLine {
			return errTooLong
		}
		raw = append(raw, b)
		if b == '>' && strings.HasSuffix(string(raw[max(0, len(raw)-3):]), "]]>") {
			to.WriteString(strings.ToValidUTF8(string(raw[:len(raw)-3]), "\ufffd"))
			return nil
		}
	}
}

// unescape resolves entities; what is none stays as it is.
func unescape(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\ufffd")
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var out strings.Builder
	for i >= 0 {
		out.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if r, ok := entity(s[:max(0, end)]); ok {
			out.WriteRune(r)
			s = s[end+1:]
		} else {
			out.WriteByte('&')
			s = s[1:]
		}
		i = strings.IndexByte(s, '&')
	}
	out.WriteString(s)
	return out.String()
}

// entity gives the character of "&name" or "&#number".
func entity(s string) (rune, bool) {
	switch s {
	case "&amp":
		return '&', true
	case "&lt":
		return '<', true
	case "&gt":
		return '>', true
	case "&quot":
		return '"', true
	case "&apos":
		return '\'', true
	}
	if !strings.HasPrefix(s, "&#") {
		return 0, false
	}
	digits, base := s[2:], 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
