package decoder

// words gathers the strings of one event, so that they take one piece of
// memory together. Each lands in its place when put is called.
type words struct {
	buf   []byte
	spans []span
}

type span struct {
	to       *string
	from, at int
}

// add notes the text of v for *to.
func (w *words) add(to *string, v value) {
	if !v.isText() && !v.isNumber() {
		return
	}
	from := len(w.buf)
	w.buf = v.appendText(w.buf)
	if len(w.buf) > from {
		w.spans = append(w.spans, span{to, from, len(w.buf)})
	}
}

// addPrefixed is add for the text of v behind a prefix.
func (w *words) addPrefixed(to *string, prefix string, v value) {
	from := len(w.buf)
	w.buf = v.appendText(append(w.buf, prefix...))
	w.spans = append(w.spans, span{to, from, len(w.buf)})
}

// addColor notes the colour of v, written in any of the platform's ways. It
// reports whether there is one.
func (w *words) addColor(to *string, v value) bool {
	if n := v.int(); v.isNumber() && n != 0xffffff {
		from := len(w.buf)
		if w.buf = appendRGB(w.buf, n); len(w.buf) == from {
			return false
		}
		w.spans = append(w.spans, span{to, from, len(w.buf)})
		return true
	}
	c := color(v)
	if c == "" {
		return false
	}
	*to = c
	return true
}

// put sets all strings noted, and forgets them.
func (w *words) put() {
	all := string(w.buf)
	for i, s := range w.spans {
		*s.to = all[s.from:s.at]
		w.spans[i].to = nil
	}
	w.buf, w.spans = w.buf[:0], w.spans[:0]
}
