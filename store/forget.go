package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"danmaku/event"
)

// Forgotten is what Forget took out.
type Forgotten struct {
	Events   int64 `json:"events"`   // of the person
	Mentions int64 `json:"mentions"` // events of others that no longer name the person
	Commands int64 `json:"commands"` // as received: of these events, and others that hold the person's id
	Names    int64 `json:"names"`
}

// Progress is told from time to time how much of the work is done. It may be nil.
type Progress func(done, total int64)

func (p Progress) tell(done, total int64) {
	if p != nil {
		p(done, total)
	}
}

// Forget takes a person out of the archive: the events with this user id, their
// words in the search index and their part in the counts, the names, every
// command as received that holds the id, and the id where events of others name
// it (answers, winners, receivers, targets of moderation). The freed places are
// overwritten and the log is emptied. What others wrote about the person stays.
//
// Positions stay as they are: those of the removed events are empty from then
// on. Other programs may write meanwhile. If it ends early, do it again.
func (a *Archive) Forget(ctx context.Context, id string, progress Progress) (Forgotten, error) {
	f := forgetting{a: a, id: id, progress: progress}
	if id == "" {
		return f.n, errors.New("store: forget: no user id")
	}
	for _, step := range []func(context.Context) error{f.ownEvents, f.mentions, f.commands, f.names, f.clean} {
		if err := step(ctx); err != nil {
			return f.n, fmt.Errorf("store: forget %s: %w", id, err)
		}
	}
	return f.n, nil
}

type forgetting struct {
	a        *Archive
	id       string
	n        Forgotten
	progress Progress
}

// editLot is how many events are changed in one transaction.
const editLot = 256

// edit is an edit in a transaction whose freed places are overwritten.
func (f *forgetting) edit(ctx context.Context, do func(ed *editor) error) error {
	return f.a.write(ctx, func(w *writer) error {
		if err := w.c.script("pragma secure_delete=on"); err != nil {
			return err
		}
		w.afterCommit(func() { _ = w.c.script("pragma secure_delete=fast") })
		return w.edit(do)
	})
}

// ownEvents removes the person's events.
func (f *forgetting) ownEvents(ctx context.Context) error {
	var seqs []int64
	err := f.a.read(ctx, func(r *reader) error {
		users, err := r.numbers(ctx, "select id from user where uid=?", f.id)
		if err != nil {
			return err
		}
		// The index knows them, but an early end of Forget must not hide any, so
		// the rows decide.
		seqs, err = r.numbers(ctx, "select seq from event where user in ("+numbers(users)+")")
		return err
	})
	if err != nil {
		return err
	}
	total := int64(len(seqs))
	for lot := range slices.Chunk(seqs, editLot) {
		err := f.edit(ctx, func(ed *editor) error {
			for _, seq := range lot {
				ok, err := ed.remove(seq)
				if err != nil {
					return err
				}
				if ok {
					f.n.Events++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		f.progress.tell(f.n.Events, total)
	}
	return nil
}

// numbers returns the first column of a query.
func (r *reader) numbers(ctx context.Context, query string, args ...driver.Value) ([]int64, error) {
	var n []int64
	err := r.c.each(ctx, query, func(v []driver.Value) (bool, error) {
		n = append(n, integer(v[0]))
		return true, nil
	}, args...)
	return n, err
}

// mentions takes the id out of events of others.
func (f *forgetting) mentions(ctx context.Context) error {
	quoted, err := json.Marshal(f.id)
	if err != nil {
		return err
	}
	var seqs []int64
	err = f.a.read(ctx, func(r *reader) (err error) {
		seqs, err = r.numbers(ctx, "select seq from event where instr(rest, ?1) or form in (select id from form where instr(detail, ?1))", string(quoted))
		return err
	})
	if err != nil {
		return err
	}
	for lot := range slices.Chunk(seqs, editLot) {
		err := f.edit(ctx, func(ed *editor) error {
			for _, seq := range lot {
				e, _, ok, err := ed.at(seq)
				if err != nil {
					return err
				}
				if !ok || !scrub(&e, f.id) {
					continue
				}
				if _, err := ed.replace(&e); err != nil {
					return err
				}
				f.n.Mentions++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return f.edit(ctx, func(ed *editor) error { // forms that nothing has any more
		ed.w.interned.clear()
		return ed.w.c.exec("delete from form where instr(detail, ?) and not exists (select 1 from event where event.form=form.id)", string(quoted))
	})
}

// scrub takes an id out of what an event says of persons other than its user.
// It changes copies, because events share their parts.
func scrub(e *event.Event, id string) bool {
	changed := false
	person := func(p *event.Person) *event.Person {
		if p == nil || p.ID != id {
			return p
		}
		changed = true
		return &event.Person{}
	}
	awards := func(a []event.Award) []event.Award {
		a = slices.Clone(a)
		for i := range a {
			a[i].Winner = person(a[i].Winner)
		}
		return a
	}
	if c := e.Comment; c != nil && c.ReplyTo != nil && c.ReplyTo.ID == id {
		n := *c
		n.ReplyTo = &event.ReplyTo{}
		e.Comment, changed = &n, true
	}
	if e.Gift != nil {
		n := *e.Gift
		n.Receiver = person(n.Receiver)
		e.Gift = &n
	}
	if s := e.Stats; s != nil && slices.ContainsFunc(s.Top, func(r event.Ranked) bool { return r.ID == id }) {
		n := *s
		n.Top = slices.Clone(n.Top)
		for i := range n.Top {
			if r := &n.Top[i]; r.ID == id {
				*r = event.Ranked{Rank: r.Rank}
			}
		}
		e.Stats, changed = &n, true
	}
	if m := e.Moderation; m != nil && m.Target == id {
		n := *m
		n.Target = ""
		e.Moderation, changed = &n, true
	}
	if e.RedPacket != nil {
		n := *e.RedPacket
		n.Awards = awards(n.Awards)
		e.RedPacket = &n
	}
	if e.Lottery != nil {
		n := *e.Lottery
		n.Awards = awards(n.Awards)
		e.Lottery = &n
	}
	return changed
}

// commands removes the raw commands whose events are all gone, and those that
// hold the id.
func (f *forgetting) commands(ctx context.Context) error {
	var firsts []int64
	err := f.a.read(ctx, func(r *reader) (err error) {
		firsts, err = r.numbers(ctx, "select first from raw order by first")
		return err
	})
	if err != nil {
		return err
	}
	find := newFinder(f.id)
	for i, first := range firsts {
		err := f.edit(ctx, func(ed *editor) error {
			n, err := ed.filterRaw(first, func(k command) (bool, error) {
				if find.in(k.raw) {
					return false, nil
				}
				has, err := ed.w.c.number(ctx, "select count(*) from event where seq between ? and ?", k.seq, k.seq+k.more)
				return has > 0, err
			})
			f.n.Commands += n
			return err
		})
		if err != nil {
			return err
		}
		f.progress.tell(int64(i+1), int64(len(firsts)))
	}
	return nil
}

// filterRaw rewrites one row of raw commands without those that keep refuses. It
// returns how many went.
func (ed *editor) filterRaw(first int64, keep func(command) (bool, error)) (int64, error) {
	c := ed.w.c
	row, err := c.first(context.Background(), "select first, newest, sealed, data from raw where first=?", first)
	if err != nil || row == nil {
		return 0, err
	}
	newest, sealed := event.Millis(integer(row[1])), integer(row[2]) != 0
	all, err := ed.s.frames.unpack(first, sealed, blob(row[3]))
	if err != nil {
		return 0, err
	}
	var left []command
	for _, k := range all {
		ok, err := keep(k)
		if err != nil {
			return 0, err
		}
		if ok {
			left = append(left, k)
		}
	}
	gone := int64(len(all) - len(left))
	if gone == 0 {
		return 0, nil
	}
	if err := c.exec("delete from raw where first=?", first); err != nil {
		return 0, err
	}
	if len(left) > 0 {
		err = ed.w.putFrame(left, newest, sealed)
	}
	return gone, err
}

// finder finds an id in commands: as a number or text in JSON, and inside the
// base64 of protobuf messages, where a number is a varint.
type finder struct {
	id, varint []byte
}

func newFinder(id string) finder {
	f := finder{id: []byte(id)}
	if n, err := strconv.ParseUint(id, 10, 64); err == nil && n >= 1<<14 { // shorter ones are anywhere
		f.varint = binary.AppendUvarint(nil, n)
	}
	return f
}

func (f finder) in(raw []byte) bool {
	for rest := raw; ; {
		i := bytes.Index(rest, f.id)
		if i < 0 {
			break
		}
		end := i + len(f.id)
		if (i == 0 || !wordByte(rest[i-1])) && (end == len(rest) || !wordByte(rest[end])) {
			return true
		}
		rest = rest[i+1:]
	}
	const field = `"pb":"`
	for rest := raw; ; {
		i := bytes.Index(rest, []byte(field))
		if i < 0 {
			return false
		}
		rest = rest[i+len(field):]
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			return false
		}
		pb, err := base64.StdEncoding.DecodeString(string(rest[:end]))
		if err == nil && (f.varint != nil && bytes.Contains(pb, f.varint) || bytes.Contains(pb, f.id)) {
			return true
		}
		rest = rest[end:]
	}
}

func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// names removes the person's rows of the table user.
func (f *forgetting) names(ctx context.Context) error {
	return f.edit(ctx, func(ed *editor) error {
		w := ed.w
		n, err := w.c.number(ctx, "select count(*) from user where uid=?", f.id)
		if err != nil || n == 0 {
			return err
		}
		f.n.Names = n
		w.interned.clear()
		return w.c.exec("delete from user where uid=?", f.id)
	})
}

// clean makes what had the words anew, and empties the log.
func (f *forgetting) clean(ctx context.Context) error {
	if err := f.a.rebuild(ctx); err != nil {
		return err
	}
	if err := f.a.rebuildNames(ctx); err != nil {
		return err
	}
	return f.a.checkpoint(ctx)
}
