package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/store"
)

// bar tells how far long work is, on standard error: a line that redraws itself
// on a terminal, elsewhere nothing until the work is over.
type bar struct {
	w     io.Writer
	tty   bool
	what  string
	total int64 // 0: unknown
	now   func() time.Time

	mu      sync.Mutex
	n       int64
	started time.Time
	drawn   time.Time
	width   int // of what is drawn
}

const redraw = 100 * time.Millisecond

// bar makes the bar of some work of a known size.
func (p *program) bar(what string, total int64) *bar {
	b := &bar{w: p.errs, tty: p.errsTTY, what: printable(what), total: total, now: p.now}
	b.started = b.now()
	b.drawn = b.started // nothing is drawn for work that ends at once
	return b
}

// add tells that n more of the work is done.
func (b *bar) add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n += n
	if !b.tty {
		return
	}
	now := b.now()
	if now.Sub(b.drawn) < redraw {
		return
	}
	b.drawn = now
	b.draw(now)
}

func (b *bar) draw(now time.Time) {
	line := b.what + "  "
	if b.total > 0 {
		const cellsOfBar = 24
		part := min(1, float64(b.n)/float64(b.total))
		full := int(part * cellsOfBar)
		line += strings.Repeat("█", full) + strings.Repeat("░", cellsOfBar-full) + fmt.Sprintf(" %3.0f%%", part*100)
		if spent := now.Sub(b.started); part > 0.02 && part < 1 && spent > 2*time.Second {
			left := time.Duration(float64(spent) * (1 - part) / part)
			line += "  " + left.Round(time.Second).String() + " left"
		}
	} else {
		line += event.Grouped(b.n)
	}
	w := cells.StringWidth(line)
	fmt.Fprintf(b.w, "\r%s%s", line, strings.Repeat(" ", max(0, b.width-w)))
	b.width = w
}

// show names work that does not tell how far it is.
func (b *bar) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tty {
		fmt.Fprint(b.w, b.what)
		b.width = cells.StringWidth(b.what)
	}
}

// say prints a line without tearing the bar.
func (b *bar) say(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	_, _ = io.WriteString(b.w, line)
}

func (b *bar) clear() {
	if b.width > 0 {
		fmt.Fprintf(b.w, "\r%s\r", strings.Repeat(" ", b.width))
		b.width = 0
	}
}

// done takes the bar away. It may be called again.
func (b *bar) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// long does work that takes a while, with a bar for what the archive tells of it.
func (p *program) long(what string, work func(store.Progress) error) error {
	b := p.bar(what, 0)
	defer b.done()
	last := int64(0)
	return work(func(done, total int64) {
		b.mu.Lock()
		if done < last { // the next part of the work
			b.n, last = 0, 0
		}
		b.total = total
		b.mu.Unlock()
		b.add(done - last)
		last = done
	})
}

// reader counts what is read of r.
func (b *bar) reader(r io.Reader) io.Reader { return &countedReader{r, b} }

type countedReader struct {
	r io.Reader
	b *bar
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.b.add(int64(n))
	return n, err
}
