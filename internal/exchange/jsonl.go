package exchange

import (
	"io"
)

// WriteJSONL writes one event a line in the public JSON form. With raw, and
// events that carry their commands, nothing is lost.
func WriteJSONL(w io.Writer, events Events, raw bool) (Summary, error) {
	return writeJSON(w, events, raw, JSONL, "", "\n", "\n", "")
}

// WriteJSON writes one array of events in the public JSON form.
func WriteJSON(w io.Writer, events Events, raw bool) (Summary, error) {
	return writeJSON(w, events, raw, JSON, "[", ",\n ", "", "]\n")
}

func writeJSON(w io.Writer, events Events, raw bool, f Format, open, between, last, end string) (Summary, error) {
	var sum Summary
	out := newOutput(w)
	out.text(open)
	for e, err := range events {
		if err != nil {
			return sum, err
		}
		if sum.Written > 0 {
			out.line = append(out.line, between...)
		}
		out.line = e.AppendJSON(out.line, raw)
		out.flush()
		if out.err != nil {
			break
		}
		sum.Written++
	}
	if sum.Written > 0 {
		out.text(last)
	}
	out.text(end)
	return sum, out.close(f)
}
