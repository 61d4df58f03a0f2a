package model

import "slices"

// Feed is a long list of rows of different heights, of which a window shows a
// part: it sticks to its newest row until it is scrolled away, and then stays
// with the row it was scrolled to, whatever is added or dropped.
//
// Heights are asked for only where they matter. Rows live in chunks; a chunk
// that was never near the window has an estimated height, so changing the
// width of a hundred thousand rows costs as much as that of a hundred. The rows
// of old chunks are packed, and unpacked when one is asked for: it is another *Row
// each time, but for the few that were used last.
type Feed struct {
	// Height measures a row at the present width. Relayout says that it would
	// answer differently now.
	Height func(*Row) float32
	// Limit is how many rows are kept; 0 means 100,000.
	Limit int

	packer *packer
	edits  []func(*Row) // all that Edit was ever given
	chunks []*chunk
	opened []*chunk // of the old ones, those with rows; the last used last
	first  int64    // index of the oldest row
	count  int
	epoch  int
	usual  float32 // height of an unmeasured row

	away   bool
	anchor int64   // the row at the top edge while away
	offset float32 // how much of it is above the edge
	newer  int     // rows added while away
}

const (
	chunkRows   = 256
	youngChunks = 8 // that are full and not packed: what may still change, a recall above all
	maxOpened   = 4 // packed chunks whose rows are at hand
)

type chunk struct {
	n       int
	rows    []*Row       // nil: they are only packed
	packed  []byte       // nil: the chunk is young
	edits   int          // how many of the feed's edits are in what is packed
	lasting map[int]*Row // the rows that are never packed
	heights []float32
	sum     float64
	epoch   int // of the heights
}

const defaultLimit = 100_000

// Len returns the number of rows held.
func (f *Feed) Len() int { return f.count }

// First returns the index of the oldest row held. Indices only grow: a row
// keeps its own while others are dropped.
func (f *Feed) First() int64 { return f.first }

// End returns the index the next row will have.
func (f *Feed) End() int64 { return f.first + int64(f.count) }

// Row returns the row with an index, or nil when there is none.
func (f *Feed) Row(i int64) *Row {
	if i < f.first || i >= f.End() {
		return nil
	}
	c, k := f.find(i)
	return f.rows(c)[k]
}

// rows returns the rows of a chunk, as they were packed if they were, and edited.
func (f *Feed) rows(c int) []*Row {
	ch := f.chunks[c]
	if ch.packed == nil {
		return ch.rows
	}
	if ch.rows == nil {
		ch.rows = f.packer.unpack(ch.packed, ch.n, func(k int) bool { return ch.lasting[k] != nil })
		for k, r := range ch.rows {
			if r == nil {
				ch.rows[k] = ch.lasting[k]
				continue
			}
			for _, do := range f.edits[ch.edits:] {
				do(r)
			}
		}
	}
	f.touch(ch)
	return ch.rows
}

// touch notes that an old chunk was used, and lets go of the rows of the one
// that was not for the longest time.
func (f *Feed) touch(ch *chunk) {
	if n := len(f.opened); n > 0 && f.opened[n-1] == ch {
		return
	}
	f.opened = append(slices.DeleteFunc(f.opened, func(o *chunk) bool { return o == ch }), ch)
	if len(f.opened) > maxOpened {
		f.opened[0].rows = nil
		f.opened = slices.Delete(f.opened, 0, 1)
	}
}

// pack packs the rows of a chunk.
func (f *Feed) pack(ch *chunk) {
	if f.packer == nil { // a list of its own
		f.packer = &packer{}
	}
	rows := slices.Clone(ch.rows)
	for k, r := range rows {
		if r.lasting() {
			if ch.lasting == nil {
				ch.lasting = make(map[int]*Row)
			}
			ch.lasting[k], rows[k] = r, nil
		}
	}
	ch.packed, ch.edits = f.packer.pack(rows), len(f.edits)
	f.touch(ch)
}

// find needs i to be held. All chunks but the last are full.
func (f *Feed) find(i int64) (c, k int) {
	n := int(i - f.first)
	return n / chunkRows, n % chunkRows
}

// Append adds the newest row.
func (f *Feed) Append(r *Row) {
	if n := len(f.chunks); n == 0 || f.chunks[n-1].n == chunkRows {
		f.chunks = append(f.chunks, &chunk{rows: make([]*Row, 0, chunkRows), epoch: f.epoch})
		if n > youngChunks {
			f.pack(f.chunks[n-youngChunks-1])
		}
	}
	c := f.chunks[len(f.chunks)-1]
	c.rows = append(c.rows, r)
	c.n++
	c.sum += float64(f.guess())
	f.count++
	if f.away && !r.Hidden() {
		f.newer++
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	if f.count > limit+chunkRows {
		f.drop()
	}
}

// drop forgets the oldest chunk.
func (f *Feed) drop() {
	f.opened = slices.DeleteFunc(f.opened, func(o *chunk) bool { return o == f.chunks[0] })
	f.chunks[0] = nil
	f.chunks = f.chunks[1:]
	f.first += chunkRows
	f.count -= chunkRows
	if f.anchor < f.first {
		f.anchor, f.offset = f.first, 0
	}
}

// Clear forgets every row.
func (f *Feed) Clear() {
	f.first = f.End()
	f.chunks, f.opened, f.count = nil, nil, 0
	f.Stick()
}

func (f *Feed) guess() float32 {
	if f.usual > 0 {
		return f.usual
	}
	return 24
}

// Edit lets do change every row; what was on show stays where it is. Packed rows
// are changed when they are unpacked, each time, and those at hand at once: do
// may come to a row several times, or much later.
func (f *Feed) Edit(do func(*Row)) {
	f.edits = append(f.edits, do)
	for _, ch := range f.chunks {
		for _, r := range ch.rows {
			do(r)
		}
		if ch.rows == nil {
			for _, r := range ch.lasting {
				do(r)
			}
		}
	}
	f.Relayout()
}

// Relayout says that all heights have changed: another width, size or language.
func (f *Feed) Relayout() { f.epoch++ }

// Changed says that the height of a row changed. Only rows near the end are
// looked for: others are not changed once they are old.
func (f *Feed) Changed(r *Row) {
	for i := f.End() - 1; i >= f.first && i >= f.End()-4*recent; i-- {
		c, k := f.find(i)
		ch := f.chunks[c]
		if f.rows(c)[k] != r {
			continue
		}
		if ch.epoch == f.epoch && k < len(ch.heights) {
			h := f.height(r)
			ch.sum += float64(h - ch.heights[k])
			ch.heights[k] = h
		}
		return
	}
}

// height measures a row; one that is hidden takes no room.
func (f *Feed) height(r *Row) float32 {
	if r.Hidden() {
		return 0
	}
	return f.Height(r)
}

// measured brings the heights of a chunk up to date.
func (f *Feed) measured(c int) *chunk {
	ch := f.chunks[c]
	if ch.epoch != f.epoch {
		ch.heights = ch.heights[:0]
		ch.epoch = f.epoch
	}
	if len(ch.heights) == ch.n {
		return ch
	}
	rows := f.rows(c)
	for k := len(ch.heights); k < ch.n; k++ {
		ch.heights = append(ch.heights, f.height(rows[k]))
	}
	ch.sum = 0
	for _, h := range ch.heights {
		ch.sum += float64(h)
	}
	f.usual = float32(ch.sum / float64(ch.n))
	return ch
}

// RowHeight returns the height of the row with an index that is held.
func (f *Feed) RowHeight(i int64) float32 {
	c, k := f.find(i)
	return f.measured(c).heights[k]
}

// Total returns the height of all rows, estimated where they were never near.
func (f *Feed) Total() float64 {
	var sum float64
	for _, c := range f.chunks {
		sum += c.sum
	}
	return sum
}

// Top returns how much is above a window of the given height.
func (f *Feed) Top(window float32) float64 {
	if !f.away {
		return max(0, f.Total()-float64(window))
	}
	var sum float64
	if f.count == 0 {
		return 0
	}
	c, k := f.find(f.anchor)
	for _, ch := range f.chunks[:c] {
		sum += ch.sum
	}
	for _, h := range f.measured(c).heights[:k] {
		sum += float64(h)
	}
	return sum + float64(f.offset)
}

// Away reports whether the list was scrolled away from its newest row, and how
// many rows came since.
func (f *Feed) Away() (away bool, newer int) { return f.away, f.newer }

// Stick goes to the newest row and stays there.
func (f *Feed) Stick() {
	f.away, f.newer, f.offset = false, 0, 0
}

// Hold has a list in a window of the given height stay where it is when rows are
// appended, as one that is read from the top does.
func (f *Feed) Hold(window float32) {
	if f.away || f.count == 0 {
		return
	}
	if f.leave(window); !f.away { // all rows fit
		f.anchor, f.offset, f.away = f.first, 0, true
	}
}

// Show calls visit for every row that is not hidden in a window of the given height, from the top
// down; y is where the row begins. behind is how far the window lags behind
// the newest row while it glides there.
func (f *Feed) Show(window, behind float32, visit func(i int64, r *Row, y, h float32)) {
	if f.count == 0 {
		return
	}
	var i int64
	var y float32
	if f.away {
		i, y = f.anchor, 0-f.offset
	} else {
		i, y = f.End(), window+behind
		for i > f.first && y > 0 {
			i--
			y -= f.RowHeight(i)
		}
		if i == f.first && y > 0 { // the whole list fits
			y = 0
		}
	}
	for end := f.End(); i < end && y < window; i++ {
		h := f.RowHeight(i)
		if h > 0 && y+h > 0 {
			visit(i, f.Row(i), y, h)
		}
		y += h
	}
}

// Scroll moves the window of the given height by dy, down when positive. It
// sticks again when it reaches the newest row.
func (f *Feed) Scroll(window, dy float32) {
	if f.count == 0 || dy == 0 || dy > 0 && !f.away {
		return
	}
	if !f.away {
		f.leave(window)
		if !f.away {
			return
		}
	}
	f.offset += dy
	f.settle(window)
}

// ScrollTo puts the row with an index at the given distance from the top edge.
func (f *Feed) ScrollTo(i int64, window, y float32) {
	if f.count == 0 {
		return
	}
	f.anchor = min(max(i, f.first), f.End()-1)
	f.offset = -y
	f.away = true
	f.settle(window)
}

// ScrollFraction moves the window so that the given part of the list is above
// it: 0 is the beginning, 1 the end.
func (f *Feed) ScrollFraction(window float32, part float64) {
	if f.count == 0 {
		return
	}
	if part >= 1 {
		f.Stick()
		return
	}
	y := max(0, part) * max(0, f.Total()-float64(window))
	for c := range f.chunks {
		if s := f.chunks[c].sum; y >= s && c < len(f.chunks)-1 {
			y -= s
			continue
		}
		f.anchor, f.offset, f.away = f.first+int64(c)*chunkRows, float32(y), true
		f.settle(window)
		return
	}
}

// leave lets go of the newest row without moving what is shown.
func (f *Feed) leave(window float32) {
	i, y := f.End(), window
	for i > f.first && y > 0 {
		i--
		y -= f.RowHeight(i)
	}
	if y > 0 {
		return // all rows fit: nowhere to go
	}
	f.anchor, f.offset, f.away = i, -y, true
}

// settle brings anchor and offset back to a row that is held and an offset
// inside it, and sticks when the window's lower edge reached the end.
func (f *Feed) settle(window float32) {
	for f.offset < 0 && f.anchor > f.first {
		f.anchor--
		f.offset += f.RowHeight(f.anchor)
	}
	if f.offset < 0 {
		f.offset = 0
	}
	for f.anchor < f.End()-1 {
		h := f.RowHeight(f.anchor)
		if f.offset < h {
			break
		}
		f.offset -= h
		f.anchor++
	}
	left := -f.offset // height from the top edge to the end, as far as it matters
	for i := f.anchor; i < f.End() && left <= window+0.5; i++ {
		left += f.RowHeight(i)
	}
	if left <= window+0.5 {
		f.Stick()
	}
}
