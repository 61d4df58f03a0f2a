package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// textLines gives the lines of r without their ends, numbered from 1. A line is
// good until the next. A line that is too long is an *Unread error; any other
// error is the last.
func textLines(r *bufio.Reader) iter.Seq2[int64, lineText] {
	return func(yield func(int64, lineText) bool) {
		var long []byte
		skipping := false
		for n := int64(1); ; {
			part, err := r.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				if len(long)+len(part) > maxLine {
					skipping = true
				}
				if !skipping {
					long = append(long, part...)
				}
				continue
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(n, lineText{err: fmt.Errorf("exchange: read: %w", err)})
				return
			}
			line := part
			if len(long) > 0 {
				long = append(long, part...)
				line = long
			}
			switch {
			case skipping:
				if !yield(n, lineText{err: &Unread{Line: n, Err: fmt.Errorf("a line of more than %d MB", maxLine>>20)}}) {
					return
				}
			case len(line) > 0:
				if !yield(n, lineText{text: trimEnd(line)}) {
					return
				}
			}
			if err != nil {
				return
			}
			long, skipping = long[:0], false
			n++
		}
	}
}

type lineText struct {
	text []byte
	err  error
}

func trimEnd(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}
