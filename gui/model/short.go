package model

import (
	"encoding/binary"

	"danmaku/event"
)

// A row that is no longer young is written with its fields one after another and
// packed: a Row is four times as large, and its texts hold on to those of the
// whole event. See packer.

// lasting reports whether a row stays a Row, because others know it and change
// it when it is old: a super chat is pinned, a gap ends.
func (r *Row) lasting() bool { return r.Kind == RowSuperChat || r.Kind == RowGap }

// Which parts follow. The numbers of most rows are 0, most texts
// are empty.
const (
	hasMedal = 1 << iota
	hasEmotes
	hasSticker
	hasMore // of what only gifts, guards and notices have
	isBacklog
	isMirror
	isLottery
	isHighlight
	isRecalled
	isMuted
	isAdmin
	isLit
	isPaid
)

// short writes the row.
func (r *Row) short(w *writer) {
	flags := uint64(0)
	for _, f := range []struct {
		set  bool
		flag uint64
	}{
		{r.Medal != nil, hasMedal}, {len(r.Emotes) > 0, hasEmotes}, {r.Sticker != nil, hasSticker}, {r.more(), hasMore},
		{r.Backlog, isBacklog}, {r.Mirror, isMirror}, {r.Lottery, isLottery}, {r.Highlight, isHighlight}, {r.Recalled, isRecalled},
		{r.Hidden(), isMuted}, {r.Admin, isAdmin}, {r.Lit, isLit}, {r.Paid, isPaid},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	w.number(int64(flags))
	w.number(int64(r.Kind))
	w.number(int64(r.Guard))
	w.number(int64(r.Room))
	w.number(int64(r.At))
	w.number(r.Seq)
	w.text(r.Key)
	w.text(r.UserID)
	w.text(r.Name)
	w.number(int64(r.Color))
	w.text(r.Text)
	w.text(r.Mode)
	w.text(r.Reply)
	w.number(int64(r.Count))
	w.number(int64(r.Version))
	if m := r.Medal; m != nil {
		w.text(m.Name)
		w.number(int64(m.Level))
		w.number(int64(m.Color))
		w.number(int64(m.Guard))
	}
	if len(r.Emotes) > 0 {
		w.number(int64(len(r.Emotes)))
		for i := range r.Emotes {
			w.emote(&r.Emotes[i])
		}
	}
	if r.Sticker != nil {
		w.emote(r.Sticker)
	}
	if flags&hasMore != 0 {
		w.text(r.Item)
		w.text(r.Icon)
		w.text(r.Unit)
		w.number(int64(r.Price))
		w.text(r.Action)
		w.number(int64(r.Until))
		w.text(r.Detail)
		w.number(int64(r.Level))
		w.number(int64(r.Back))
		w.number(r.Lagged)
	}
	if r.Hidden() {
		w.number(int64(len(r.Muted)))
		for _, rule := range r.Muted {
			w.text(rule)
		}
	}
}

// more reports whether a row has what most comments have not.
func (r *Row) more() bool {
	return r.Item != "" || r.Icon != "" || r.Unit != "" || r.Price != 0 || r.Action != "" || r.Until != 0 || r.Detail != "" ||
		r.Level != 0 || r.Back != 0 || r.Lagged != 0
}

// row returns the next row that short wrote.
func (w *reader) row() *Row {
	r := &Row{}
	flags := w.number()
	r.Kind, r.Guard = RowKind(w.number()), int8(w.number())
	r.Room, r.At, r.Seq = event.RoomID(w.number()), event.Millis(w.number()), w.number()
	r.Key, r.UserID, r.Name = w.text(), w.text(), w.text()
	r.Color = uint32(w.number())
	r.Text, r.Mode, r.Reply = w.text(), w.text(), w.text()
	r.Count, r.Version = int(w.number()), int32(w.number())
	if flags&hasMedal != 0 {
		r.Medal = &Medal{Name: w.text(), Level: int(w.number()), Color: uint32(w.number()), Guard: int8(w.number())}
	}
	if flags&hasEmotes != 0 {
		r.Emotes = make([]event.Emote, w.number())
		for i := range r.Emotes {
			r.Emotes[i] = w.emote()
		}
	}
	if flags&hasSticker != 0 {
		e := w.emote()
		r.Sticker = &e
	}
	if flags&hasMore != 0 {
		r.Item, r.Icon, r.Unit = w.text(), w.text(), w.text()
		r.Price, r.Action, r.Until, r.Detail = event.Money(w.number()), w.text(), event.Millis(w.number()), w.text()
		r.Level, r.Back, r.Lagged = int(w.number()), uint32(w.number()), w.number()
	}
	if flags&isMuted != 0 {
		r.Muted = make([]string, w.number())
		for i := range r.Muted {
			r.Muted[i] = w.text()
		}
	}
	for _, f := range []struct {
		to   *bool
		flag int64
	}{
		{&r.Backlog, isBacklog}, {&r.Mirror, isMirror}, {&r.Lottery, isLottery}, {&r.Highlight, isHighlight}, {&r.Recalled, isRecalled},
		{&r.Admin, isAdmin}, {&r.Lit, isLit}, {&r.Paid, isPaid},
	} {
		*f.to = flags&f.flag != 0
	}
	return r
}

type writer []byte

func (w *writer) number(n int64) { *w = binary.AppendVarint(*w, n) }

func (w *writer) text(s string) {
	*w = binary.AppendUvarint(*w, uint64(len(s)))
	*w = append(*w, s...)
}

func (w *writer) emote(e *event.Emote) {
	w.text(e.Text)
	w.text(e.ID)
	w.text(e.URL)
	w.number(int64(e.Width))
	w.number(int64(e.Height))
}

// reader reads what a writer wrote; its texts are parts of the string.
type reader string

func (r *reader) uvarint() uint64 {
	var n uint64
	for i := 0; ; i++ {
		c := (*r)[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			*r = (*r)[i+1:]
			return n
		}
	}
}

func (r *reader) number() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) text() string {
	n := r.uvarint()
	s := string((*r)[:n])
	*r = (*r)[n:]
	return s
}

func (r *reader) emote() event.Emote {
	return event.Emote{Text: r.text(), ID: r.text(), URL: r.text(), Width: int(r.number()), Height: int(r.number())}
}
