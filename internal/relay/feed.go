package relay

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/internal/dialect"
	"danmaku/internal/fanout"
	"danmaku/internal/hub"
)

// selection is what a subscriber asked for: its filter and form. Subscribers
// with the same selection share one log.
type selection struct {
	filter   event.Filter // Rooms, Kinds, User, Text, Raw
	statuses bool
	format   format
	batch    time.Duration   // 0: one message per event
	dialect  dialect.Dialect // not None: the words of another program, events only
}

// key is the same for equal selections, whatever the order of their lists.
func (s *selection) key() string {
	rooms := slices.Clone(s.filter.Rooms)
	slices.Sort(rooms)
	kinds := slices.Clone(s.filter.Kinds)
	slices.Sort(kinds)
	return fmt.Sprintf("%d|%d|%d|%t%t|%v|%v|%q|%q", s.format, s.dialect, s.batch, s.filter.Raw, s.statuses,
		slices.Compact(rooms), slices.Compact(kinds), s.filter.User, s.filter.Text)
}

// feed is the shared log of one selection.
type feed struct {
	selection
	key   string
	kinds uint64 // bit per kind; all set: any
	odd   bool   // the filter has more than rooms and kinds
	log   *fanout.Log
	refs  int
	dirty bool // has frames to publish

	// With batch: what waits for the end of the interval.
	pending []byte // JSON array, unfinished
	first   int64  // lowest and highest position in it
	last    int64
	split   int64 // a batch must not reach over this position
}

// Logs share this much memory; each keeps at least and at most so much.
const (
	logsTotal = 64 << 20
	logsMin   = 256 << 10
	logsMax   = 4 << 20
)

// feeds turns the hub's items into the logs that subscribers read.
type feeds struct {
	wake func([]*fanout.Log)

	mu     sync.Mutex
	byKey  map[string]*feed
	byRoom map[event.RoomID][]*feed
	any    []*feed // of every room
	seq    int64   // last position that every feed has been given
	dirty  []*feed
	logs   []*fanout.Log
	plain  []byte // the event being encoded, without and with raw
	raw    []byte
	said   []byte // the event in a dialect
	z      deflater
	known  map[event.RoomID]bool // rooms that are joined, as far as told
	kinds  map[event.Kind]int    // number of its bit

	published   published
	native      nativeFeeds
	dirtyNative []*fanout.Log
}

func newFeeds() *feeds {
	f := &feeds{byKey: map[string]*feed{}, byRoom: map[event.RoomID][]*feed{}, kinds: map[event.Kind]int{}, known: map[event.RoomID]bool{}}
	for i, k := range event.Kinds() {
		f.kinds[k] = i
	}
	return f
}

// join finds or makes the feed of a selection, and attaches to it; leave it when
// done.
func (fs *feeds) join(s selection) (*feed, fanout.Place, int64) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	key := s.key()
	f := fs.byKey[key]
	if f == nil {
		f = &feed{selection: s, key: key, kinds: ^uint64(0), odd: s.filter.User != "" || s.filter.Text != "", log: fanout.NewLog(logsMax)}
		if len(s.filter.Kinds) > 0 {
			f.kinds = 0
			for _, k := range s.filter.Kinds {
				f.kinds |= 1 << fs.kinds[k]
			}
		}
		fs.byKey[key] = f
		if len(s.filter.Rooms) == 0 {
			fs.any = append(fs.any, f)
		}
		for _, room := range s.filter.Rooms {
			if !slices.Contains(fs.byRoom[room], f) {
				fs.byRoom[room] = append(fs.byRoom[room], f)
			}
		}
		fs.budget()
	}
	f.refs++
	place, seq := fs.attachLocked(f, 0)
	return f, place, seq
}

func (fs *feeds) leave(f *feed) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.refs--; f.refs > 0 {
		return
	}
	delete(fs.byKey, f.key)
	is := func(g *feed) bool { return g == f }
	fs.any = slices.DeleteFunc(fs.any, is)
	for _, room := range f.filter.Rooms {
		if left := slices.DeleteFunc(fs.byRoom[room], is); len(left) > 0 {
			fs.byRoom[room] = left
		} else {
			delete(fs.byRoom, room)
		}
	}
	fs.budget()
}

// budget shares the memory among the logs.
func (fs *feeds) budget() {
	keep := min(max(logsTotal/max(len(fs.byKey)+len(fs.native.logs), 1), logsMin), logsMax)
	for _, f := range fs.byKey {
		f.log.Keep(keep)
	}
	for _, l := range fs.native.logs {
		l.log.Keep(keep)
	}
}

// attach gives the place where a new subscriber starts and the position of the
// archive that it corresponds to: what the feed was given up to it is before
// the place, all else behind it. split is where batches must not reach over.
// (Nor does a batch mix what is archived with what is not: a subscriber that
// has had the first from the archive is still to be sent the second.)
func (fs *feeds) attach(f *feed, split int64) (fanout.Place, int64) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.attachLocked(f, split)
}

func (fs *feeds) attachLocked(f *feed, split int64) (fanout.Place, int64) {
	if len(f.pending) > 0 {
		f.endBatch(&fs.z)
		fs.touch(f)
		fs.flushLocked()
	}
	f.split = max(f.split, split)
	return f.log.End(), fs.seq
}

// begin sets the position from which events are to come.
func (fs *feeds) begin(seq int64) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.seq = seq
}

// position is the last archive position given to the feeds.
func (fs *feeds) position() int64 {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.seq
}

// publish gives a batch of items to every feed that wants them and wakes each
// subscriber once.
func (fs *feeds) publish(items []hub.Item) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	now := time.Now().UnixMilli()
	for _, item := range items {
		switch {
		case item.Event != nil:
			fs.event(item.Event, now)
		case item.Gap != nil:
			fs.tell(item.Gap.Room, gapMessage(item.Gap), false)
		case item.Status != nil:
			fs.tell(item.Status.Room, notice("status", item.Status), true)
			fs.know(item.Status)
		case item.Bundle != nil:
			fs.native.bundle(fs, item.Bundle)
		}
	}
	fs.flushLocked()
}

func (fs *feeds) event(e *event.Event, now int64) {
	fs.plain, fs.raw = fs.plain[:0], fs.raw[:0]
	number, ok := fs.kinds[e.Kind]
	if !ok {
		number = len(fs.published.events) - 1
	}
	fs.published.see(e, number, now)
	kind := uint64(1) << number
	var plain, raw message // each format of a message is made once
	for _, group := range [2][]*feed{fs.any, fs.byRoom[e.Room]} {
		for _, f := range group {
			if f.kinds&kind == 0 || f.odd && !f.filter.Match(e) {
				continue
			}
			if f.dialect != dialect.None {
				fs.say(f, e)
				continue
			}
			m := &plain
			if f.filter.Raw {
				m = &raw
				if m.json == nil {
					fs.raw = e.AppendJSON(fs.raw, true)
					*m = message{seq: e.Seq, json: fs.raw}
				}
			} else if m.json == nil {
				fs.plain = e.AppendJSON(fs.plain, false)
				*m = message{seq: e.Seq, json: fs.plain}
			}
			fs.add(f, m)
		}
	}
	fs.seq = max(fs.seq, e.Seq)
}

// tell gives a notice to the feeds of a room.
func (fs *feeds) tell(room event.RoomID, m *message, status bool) {
	for _, group := range [2][]*feed{fs.any, fs.byRoom[room]} {
		for _, f := range group {
			if f.dialect == dialect.None && (!status || f.statuses) {
				fs.add(f, m)
			}
		}
	}
}

// lagged tells every feed that the relay itself missed something.
func (fs *feeds) lagged(l *hub.LaggedError) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	m := notice("lagged", lagged{l.From, l.To, uint64(l.Items)})
	for _, f := range fs.byKey {
		if f.dialect == dialect.None {
			fs.add(f, m)
		}
	}
	fs.seq = max(fs.seq, l.To)
	fs.flushLocked()
}

// add appends a message to a feed's log, or to its batch.
func (fs *feeds) add(f *feed, m *message) {
	if f.batch == 0 {
		f.write(m, &fs.z)
		fs.touch(f)
		return
	}
	const full = 64 << 10
	if len(f.pending) > 0 && (len(f.pending)+len(m.json) > full || (m.seq == 0) != (f.last == 0) ||
		m.seq > f.split && f.first != 0 && f.last <= f.split) {
		f.endBatch(&fs.z)
		fs.touch(f)
	}
	if len(f.pending) == 0 {
		time.AfterFunc(f.batch, func() { fs.endBatch(f) })
		f.pending, f.first, f.last = append(f.pending, '['), m.seq, m.seq
	} else {
		f.pending = append(f.pending, ',')
		f.last = max(f.last, m.seq)
		if f.first == 0 {
			f.first = m.seq
		}
	}
	f.pending = append(f.pending, m.json...)
}

// endBatch shows a batch whose interval is over.
func (fs *feeds) endBatch(f *feed) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(f.pending) > 0 {
		f.endBatch(&fs.z)
		fs.touch(f)
		fs.flushLocked()
	}
}

// endBatch moves what is pending into the log as one message.
func (f *feed) endBatch(z *deflater) {
	if len(f.pending) == 0 {
		return
	}
	f.write(&message{seq: f.last, json: append(f.pending, ']')}, z)
	f.pending = f.pending[:0]
}

// write appends a message to the log without an extra copy where the size is
// known beforehand.
func (f *feed) write(m *message, z *deflater) {
	if f.format == formatText {
		n := len(m.json)
		h := fanout.HeaderSize(n)
		b := f.log.Add(m.seq, h+n)
		fanout.AppendHeader(b[:0], fanout.OpText, n)
		copy(b[h:], m.json)
		return
	}
	b := f.format.append(nil, m, z)
	copy(f.log.Add(m.seq, len(b)), b)
}

func (fs *feeds) touch(f *feed) {
	if !f.dirty {
		f.dirty = true
		fs.dirty = append(fs.dirty, f)
	}
}

// flush shows all that was added to the readers, batches included.
func (fs *feeds) flush() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.byKey {
		if len(f.pending) > 0 {
			f.endBatch(&fs.z)
			fs.touch(f)
		}
	}
	fs.flushLocked()
}

func (fs *feeds) flushLocked() {
	fs.logs = fs.logs[:0]
	for _, f := range fs.dirty {
		f.log.Publish()
		f.dirty = false
		fs.logs = append(fs.logs, f.log)
	}
	for i, l := range fs.dirtyNative {
		if !slices.Contains(fs.dirtyNative[:i], l) {
			l.Publish()
			fs.logs = append(fs.logs, l)
		}
	}
	clear(fs.dirty)
	clear(fs.dirtyNative)
	fs.dirty, fs.dirtyNative = fs.dirty[:0], fs.dirtyNative[:0]
	if len(fs.logs) > 0 {
		fs.wake(fs.logs)
	}
}
