package main

import (
	"io"
	"slices"
	"strings"
)

// column is one column of a table.
type column struct {
	head  string
	right bool   // numbers
	max   int    // columns of the terminal; 0: no bound. A narrow terminal may have less, see fit
	words bool   // a narrow terminal may have less, too
	day   bool   // cells begin with a date, whose year goes where there is no room for it
	color string // of its cells
	plain bool   // cells are ready for the terminal: not cleaned, not padded; only the last column
	spare bool   // left out of a table in which it is empty
	first bool   // left out before others where there is no room
}

// table aligns lines whose cells may be of wide characters. Widths follow the
// first lines; later ones are cut or stick out, so that a table of any length
// needs little memory.
type table struct {
	w       io.Writer
	ink     ink
	limit   int // columns of the terminal; 0: any number
	columns []column
	widths  []int
	held    []tableLine
	started bool
	dropped []int  // columns that were left out, each as numbered when it was
	year    string // that is in the heads instead of the cells of days; see fit
}

type tableLine struct {
	cells     []string
	separator string // stands for the whole line
}

// heldRows are looked at for the widths.
const heldRows = 512

// table begins a table on standard output.
func (p *program) table(columns ...column) *table {
	return &table{w: p.out, ink: p.ink, limit: p.width, columns: columns}
}

// row adds a line; missing cells are empty.
func (t *table) row(cells ...string) error {
	for _, i := range t.dropped {
		if i < len(cells) {
			cells = slices.Delete(slices.Clone(cells), i, i+1)
		}
	}
	line := make([]string, len(t.columns))
	for i := range t.columns {
		if i < len(cells) {
			line[i] = cells[i]
			if !t.columns[i].plain {
				line[i] = printable(line[i])
			}
		}
	}
	return t.add(tableLine{cells: line})
}

// separator adds a line between groups of rows.
func (t *table) separator(s string) error { return t.add(tableLine{separator: s}) }

func (t *table) add(l tableLine) error {
	if t.started {
		return t.write(l)
	}
	t.held = append(t.held, l)
	if len(t.held) < heldRows {
		return nil
	}
	return t.start()
}

func (t *table) write(l tableLine) error {
	if l.separator != "" {
		_, err := io.WriteString(t.w, t.ink.paint(dim, l.separator)+"\n")
		return err
	}
	return t.print(l.cells, false)
}

func (t *table) start() error {
	t.started = true
	t.widths = make([]int, len(t.columns))
	for i, c := range t.columns {
		t.widths[i] = cells.StringWidth(c.head)
		if c.plain {
			continue
		}
		for _, l := range t.held {
			if l.cells != nil {
				t.widths[i] = max(t.widths[i], cells.StringWidth(l.cells[i]))
			}
		}
		if c.max > 0 {
			t.widths[i] = min(t.widths[i], max(c.max, cells.StringWidth(c.head)))
		}
	}
	t.fit()
	heads := make([]string, len(t.columns))
	named := false
	for i, c := range t.columns {
		heads[i] = c.head
		named = named || c.head != ""
	}
	if named {
		if err := t.print(heads, true); err != nil {
			return err
		}
	}
	for _, l := range t.held {
		if err := t.write(l); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

func (t *table) print(line []string, head bool) error {
	var b strings.Builder
	for i, cell := range line {
		c := t.columns[i]
		if c.day && t.year != "" {
			cell = strings.TrimPrefix(cell, t.year)
		}
		last := i == len(line)-1
		if i > 0 {
			b.WriteString("  ")
		}
		color := c.color
		if head {
			color = bold
		}
		gap := t.widths[i] - cells.StringWidth(cell)
		switch {
		case c.plain && !head:
			b.WriteString(cell)
		case c.right:
			b.WriteString(strings.Repeat(" ", max(0, gap)))
			b.WriteString(t.ink.paint(color, cell))
		case last && c.max == 0:
			b.WriteString(t.ink.paint(color, cell))
		default:
			text := pad(cell, t.widths[i])
			words := strings.TrimRight(text, " ")
			b.WriteString(t.ink.paint(color, words))
			if !last {
				b.WriteString(text[len(words):])
			}
		}
	}
	_, err := io.WriteString(t.w, strings.TrimRight(b.String(), " ")+"\n")
	return err
}

// The least a column of text is cut to: while there are other ways to make room,
// while there is a column to leave out, and when nothing else is left.
const (
	easyText  = 16
	shortText = 10
	leastText = 2
)

// leastPlain is what a last column that wraps has of a line, unless that is more
// than half of it.
const leastPlain = 30

// fit makes a table that is wider than the terminal narrower, so that its lines do
// not wrap: texts are cut, the widest first, the year goes into the heads, and the
// last column of text that can be spared is left out.
func (t *table) fit() {
	last := len(t.columns) - 1
	if t.limit == 0 {
		return
	}
	if t.columns[last].plain {
		// It holds what the table is for and wraps, but not from the start of the line.
		t.widths[last] = min(leastPlain, t.limit/2)
	}
	t.cut(easyText)
	if t.over() > 0 {
		t.takeYear()
	}
	for i := last; i >= 0 && t.over() > 0; i-- {
		if t.columns[i].first {
			t.drop(i)
		}
	}
	last = len(t.columns) - 1
	t.cut(shortText)
	if t.columns[last].plain {
		return
	}
	if t.over() > 0 {
		for i := last; i > 0; i-- { // but not what a line is about
			if c := t.columns[i]; c.spare && (c.words || c.max > 0) {
				t.drop(i)
				break
			}
		}
	}
	t.cut(leastText)
	// Lines to come may have more to say than those that were looked at.
	if last = len(t.columns) - 1; t.columns[last].words {
		t.widths[last] -= min(0, t.over())
		t.columns[last].max = t.widths[last]
	}
}

// over is by how much the table is too wide; negative: it has room left.
func (t *table) over() int {
	n := 2*(len(t.widths)-1) - t.limit
	for _, w := range t.widths {
		n += w
	}
	return n
}

// cut takes from the widest text, again and again, until the table fits or all
// texts are as short as least.
func (t *table) cut(least int) {
	for over := t.over(); over > 0; over-- {
		widest := -1
		for i, c := range t.columns {
			if (c.words || c.max > 0) && t.widths[i] > least && (widest < 0 || t.widths[i] > t.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.widths[widest]--
		t.columns[widest].max = t.widths[widest]
	}
}

// takeYear puts the year into the heads of days if all are of one.
func (t *table) takeYear() {
	const digits = len("2006")
	year := ""
	for _, l := range t.held {
		for i := range l.cells {
			if cell := l.cells[i]; t.columns[i].day && len(cell) > digits && cell[digits] == '-' {
				if year != "" && !strings.HasPrefix(cell, year) {
					return
				}
				year = cell[:digits+1]
			}
		}
	}
	if year == "" {
		return
	}
	t.year = year
	for i := range t.columns {
		if c := &t.columns[i]; c.day {
			c.head += " " + year[:digits]
			t.widths[i] = max(t.widths[i]-len(year), cells.StringWidth(c.head))
		}
	}
}

// drop leaves a column out.
func (t *table) drop(i int) {
	t.columns = slices.Delete(t.columns, i, i+1)
	if t.widths != nil {
		t.widths = slices.Delete(t.widths, i, i+1)
	}
	t.dropped = append(t.dropped, i)
	for k, l := range t.held {
		if l.cells != nil {
			t.held[k].cells = slices.Delete(l.cells, i, i+1)
		}
	}
}

// dropSpare takes out spare columns without a word in them; only when all
// lines are known.
func (t *table) dropSpare() {
	for i := len(t.columns) - 1; i >= 0; i-- {
		said := func(l tableLine) bool { return l.cells != nil && l.cells[i] != "" }
		if !t.columns[i].spare || slices.ContainsFunc(t.held, said) {
			continue
		}
		t.drop(i)
	}
}

// close prints what is still held; without a row it prints nothing.
func (t *table) close() error {
	if t.started || len(t.held) == 0 {
		return nil
	}
	t.dropSpare()
	return t.start()
}
