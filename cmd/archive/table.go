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
	max   int    // columns of the terminal; 0: no bound
	color string // of its cells
	plain bool   // cells are ready for the terminal: not cleaned, not padded; only the last column
	spare bool   // left out of a table in which it is empty
}

// table aligns lines whose cells may be of wide characters. Widths follow the
// first lines; later ones are cut or stick out, so that a table of any length
// needs little memory.
type table struct {
	w       io.Writer
	ink     ink
	columns []column
	widths  []int
	held    []tableLine
	started bool
}

type tableLine struct {
	cells     []string
	separator string // stands for the whole line
}

// heldRows are looked at for the widths.
const heldRows = 512

func newTable(w io.Writer, k ink, columns ...column) *table {
	return &table{w: w, ink: k, columns: columns}
}

// row adds a line; missing cells are empty.
func (t *table) row(cells ...string) error {
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

// dropSpare takes out spare columns without a word in them; only when all
// lines are known.
func (t *table) dropSpare() {
	for i := len(t.columns) - 1; i >= 0; i-- {
		said := func(l tableLine) bool { return l.cells != nil && l.cells[i] != "" }
		if !t.columns[i].spare || slices.ContainsFunc(t.held, said) {
			continue
		}
		t.columns = slices.Delete(t.columns, i, i+1)
		for _, l := range t.held {
			if l.cells != nil {
				copy(l.cells[i:], l.cells[i+1:])
			}
		}
	}
	for k := range t.held {
		if t.held[k].cells != nil {
			t.held[k].cells = t.held[k].cells[:len(t.columns)]
		}
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
