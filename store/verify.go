package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"danmaku/event"
)

// Report is what Verify found.
type Report struct {
	Events   int64 `json:"events"`
	Last     int64 `json:"last"`    // the highest position
	Missing  int64 `json:"missing"` // positions without event: forgotten, or decoded anew
	Rooms    int64 `json:"rooms"`
	Users    int64 `json:"users"`
	Commands int64 `json:"commands"` // as received
	Gaps     int64 `json:"gaps"`     // spans of coverage that ended
	// Problems are what is wrong, in plain words; at most 100, and how many more.
	Problems []string `json:"problems"`
	More     int64    `json:"more,omitempty"`
}

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) >= 100 {
		r.More++
		return
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Verify reads the whole archive and works out again what follows from other
// parts of it: SQLite's own structure, the order of positions, keys and their
// hashes, what rows refer to, the counts by minute and hour, the words of the
// search index, the rows of raw commands, the spans of coverage. It sees one
// moment of the archive; programs may go on writing. Its memory does not grow
// with the archive.
func (a *Archive) Verify(ctx context.Context, progress Progress) (Report, error) {
	v := verifier{progress: progress}
	r, err := openReader(ctx, a.path, a.id, a.o) // of its own: it takes long
	if err != nil {
		return v.Report, fmt.Errorf("store: verify %s: %w", a.path, classify(err))
	}
	defer r.c.close()
	v.r = r
	err = r.c.script("begin")
	for _, step := range []func(context.Context) error{v.file, v.events, v.counts, v.search, v.names, v.raw, v.spans} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err != nil {
		return v.Report, fmt.Errorf("store: verify %s: %w", a.path, classify(err))
	}
	return v.Report, nil
}

type verifier struct {
	Report
	r        *reader
	progress Progress
	indexed  int64
	counted  int64   // the last position that the counts have
	plain    []int64 // parts
	seed     maphash.Seed
	buf      []byte
	parts    map[int64]uint64 // sums of words, by part of the index
}

// file has SQLite check its own structure.
func (v *verifier) file(ctx context.Context) error {
	return v.r.c.each(ctx, "pragma integrity_check(50)", func(r []driver.Value) (bool, error) {
		if s := text(r[0]); s != "ok" {
			v.problem("SQLite: %s", s)
		}
		return true, nil
	})
}

// place stands for a word at a position of a text. The sum of all places is the
// same for two indexes exactly when they have the same words, whatever order
// they come in (but for a chance of 1 in 2^64).
func (v *verifier) place(word []byte, doc, position int64) uint64 {
	v.buf = append(binary.AppendVarint(binary.AppendVarint(v.buf[:0], doc), position), word...)
	return maphash.Bytes(v.seed, v.buf)
}

// words sums up the words of one text.
func (v *verifier) words(doc int64, words []byte) (sum uint64) {
	for i, w := range bytes.Fields(words) {
		sum += v.place(w, doc, int64(i))
	}
	return sum
}

// events reads all events in the order of their positions.
func (v *verifier) events(ctx context.Context) error {
	c := v.r.c
	v.seed, v.parts = maphash.MakeSeed(), map[int64]uint64{}
	var err error
	if v.Last, err = lastSeq(ctx, c); err != nil {
		return err
	}
	if v.indexed, err = c.number(ctx, "select value from meta where name='indexed'"); err != nil {
		return err
	}
	if v.counted, err = c.number(ctx, countedTo); err != nil {
		return err
	}
	if v.plain, err = plainParts(ctx, c); err != nil {
		return err
	}
	if v.indexed > v.Last {
		v.problem("the search index goes to position %d, the events to %d", v.indexed, v.Last)
	}
	if v.counted < v.indexed || v.counted > v.Last {
		v.problem("the counts go to position %d, the search index to %d, the events to %d", v.counted, v.indexed, v.Last)
	}
	stretches, err := v.r.stretches(ctx)
	if err != nil {
		return err
	}
	var w words
	err = c.each(ctx, "select "+eventColumns+", e.hash from event e order by e.seq", func(r []driver.Value) (bool, error) {
		seq := integer(r[colSeq])
		v.Events++
		if v.Events%(1<<16) == 0 {
			v.progress.tell(seq, v.Last)
		}
		if seq < 1 || seq > v.Last {
			v.problem("event %d: its position is not between 1 and %d", seq, v.Last)
		}
		e, err := v.r.scan(ctx, r)
		if err != nil {
			v.problem("%v", err)
			return true, nil
		}
		if n := kindNumber(e.Kind); n != integer(r[colKind]) {
			v.problem("event %d: its form says kind %d, its row %d", seq, n, integer(r[colKind]))
		}
		v.hash(seq, blob(r[colKey]), r[colRest+1])
		for stretches[0].last < seq {
			stretches = stretches[1:]
		}
		if moment(int64(e.At), int64(e.Received)) > stretches[0].newest {
			v.problem("event %d: it is newer than its stretch of the archive says: a search gives it too late", seq)
		}
		if seq <= v.indexed {
			u, part := toIndex(&e, integer(r[colRoom]), integer(r[colKind]), integer(r[colUser])), partOf(seq, v.r.partSize)
			w.event(&u, slices.Contains(v.plain, part))
			v.parts[part] += v.words(seq, w.buf)
		}
		return true, ctx.Err()
	})
	v.Missing = v.Last - v.Events
	return err
}

// hash checks an event's key. Other tries are for keys of the same hash.
func (v *verifier) hash(seq int64, key []byte, hash driver.Value) {
	if (hash == nil) != (len(key) == 0) {
		v.problem("event %d: it has a key without hash or a hash without key", seq)
		return
	}
	if len(key) == 0 {
		return
	}
	if unpackKey(key) == "" {
		v.problem("event %d: its key cannot be read", seq)
	}
	for try := range 8 {
		if keyHash(key, try) == integer(hash) {
			return
		}
	}
	v.problem("event %d: the hash of its key is wrong: the same event could be stored again", seq)
}

// counts goes along the time line of each room and compares.
func (v *verifier) counts(ctx context.Context) error {
	rooms, err := v.r.numbers(ctx, "select id from room order by id")
	if err != nil {
		return err
	}
	v.Rooms = int64(len(rooms))
	if v.Users, err = v.r.c.number(ctx, "select count(*) from user"); err != nil {
		return err
	}
	for _, room := range rooms {
		if err := v.countsOf(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) countsOf(ctx context.Context, room int64) error {
	var minute, hour int64
	var kinds [64]Count
	var inHour hourCount
	checkMinute := func() error {
		var have [64]Count
		err := v.r.c.each(ctx, "select kind, events, paid from minute where room=? and minute=?", func(r []driver.Value) (bool, error) {
			have[integer(r[0])&63] = Count{integer(r[1]), event.Money(integer(r[2]))}
			return true, nil
		}, room, minute)
		if err == nil && have != kinds {
			v.problem("room %d, minute %s: the counts are not those of its events", room, event.Millis(minute*millisPerMinute).Time().UTC().Format("2006-01-02 15:04"))
		}
		kinds = [64]Count{}
		return err
	}
	checkHour := func() error {
		r, err := v.r.c.first(ctx, "select events, first, last from hour where room=? and hour=?", room, hour)
		if err != nil {
			return err
		}
		if inHour.events > 0 && (r == nil || integer(r[0]) != inHour.events || integer(r[1]) > inHour.first || integer(r[2]) < inHour.last) {
			v.problem("room %d, hour %s: the count or the positions are not those of its events", room, event.Millis(hour*millisPerHour).Time().UTC().Format("2006-01-02 15h"))
		}
		inHour = hourCount{}
		return nil
	}
	begun, events, minutes := false, int64(0), int64(0)
	err := v.r.c.each(ctx, "select "+eventColumns+" from event e indexed by event_timeline where e.room=? order by e.at", func(r []driver.Value) (bool, error) {
		e, err := v.r.scan(ctx, r)
		if err != nil {
			return true, nil // told already
		}
		if e.Seq > v.counted {
			return true, nil
		}
		m, h, seq := floorDiv(int64(e.At), millisPerMinute), floorDiv(int64(e.At), millisPerHour), e.Seq
		if begun && m != minute {
			if err := checkMinute(); err != nil {
				return false, err
			}
		}
		if begun && h != hour {
			if err := checkHour(); err != nil {
				return false, err
			}
		}
		begun, minute, hour = true, m, h
		if inHour.events == 0 {
			inHour.first, inHour.last = seq, seq
		}
		inHour.add(seq, 1)
		if e.Of == "" {
			k := &kinds[integer(r[colKind])&63]
			k.Events++
			k.Paid += paid(&e)
			minutes++
		}
		events++
		return true, ctx.Err()
	}, room)
	if err != nil || !begun {
		return err
	}
	if err := checkMinute(); err != nil {
		return err
	}
	if err := checkHour(); err != nil {
		return err
	}
	// What is in the tables beyond.
	for query, want := range map[string]int64{"select sum(events) from minute where room=?": minutes, "select sum(events) from hour where room=?": events} {
		n, err := v.r.c.number(ctx, query, room)
		if err != nil {
			return err
		}
		if n != want {
			v.problem("room %d: %d events counted, %d stored", room, n, want)
		}
	}
	return nil
}

// search compares the words of the index with those of the events. A part that
// waits to be made anew is told, and not compared.
func (v *verifier) search(ctx context.Context) error {
	if v.indexed == 0 {
		return nil
	}
	stale, err := v.r.numbers(ctx, "select part from stale")
	if err != nil {
		return err
	}
	for part := int64(0); part <= partOf(min(v.indexed, v.Last), v.r.partSize); part++ {
		from, to := part*v.r.partSize+1, min((part+1)*v.r.partSize, v.indexed)
		if slices.Contains(stale, part) {
			v.problem("the search index of positions %d to %d still has words of events that were changed: compact the archive", from, to)
			continue
		}
		if err := v.compare(ctx, partName(part), v.parts[part]); err != nil {
			return err
		}
	}
	return nil
}

// compare sums up the words of an index.
func (v *verifier) compare(ctx context.Context, name string, want uint64) error {
	exists, err := v.r.c.number(ctx, "select count(*) from sqlite_master where name=?", name)
	if err != nil || exists == 0 {
		v.problem("search index %s is missing", name)
		return err
	}
	got := uint64(0)
	err = eachWord(ctx, v.r.c, name, func(word []byte, doc, position int64) { got += v.place(word, doc, position) })
	switch {
	case errors.Is(err, errSegment):
		v.problem("search index: %v", err)
		return nil
	case err == nil && got != want:
		v.problem("search index %s: it does not have the words of what it is made of", name)
	}
	return err
}

// names compares the words of users' names.
func (v *verifier) names(ctx context.Context) error {
	want := uint64(0)
	var w words
	err := v.r.c.each(ctx, "select id, name from user where id<=(select value from meta where name='named')", func(r []driver.Value) (bool, error) {
		w.name(text(r[1]))
		want += v.words(integer(r[0]), w.buf)
		return true, ctx.Err()
	})
	if err != nil {
		return err
	}
	return v.compare(ctx, "names", want)
}

// raw unpacks every row of raw commands.
func (v *verifier) raw(ctx context.Context) error {
	end := int64(0)
	return v.r.c.each(ctx, "select first, last, commands, sealed, data from raw order by first", func(r []driver.Value) (bool, error) {
		first, last := integer(r[0]), integer(r[1])
		commands, err := v.r.frames.unpack(first, integer(r[3]) != 0, blob(r[4]))
		if err != nil {
			v.problem("%v", err)
			return true, nil
		}
		n := len(commands)
		v.Commands += int64(n)
		if int64(n) != integer(r[2]) || n == 0 || commands[0].seq != first || commands[n-1].seq+commands[n-1].more != last {
			v.problem("row %d of raw commands: it does not hold what it says", first)
			return true, nil
		}
		for _, k := range commands {
			if k.seq <= end || k.more < 0 || k.seq+k.more > v.Last {
				v.problem("row %d of raw commands: the command of event %d is out of order", first, k.seq)
			}
			end = k.seq + k.more
		}
		return true, ctx.Err()
	})
}

// spans checks coverage.
func (v *verifier) spans(ctx context.Context) error {
	v.progress.tell(v.Last, v.Last)
	open := map[int64]bool{}
	return v.r.c.each(ctx, "select id, room, since, until, open from span order by id", func(r []driver.Value) (bool, error) {
		id, room := integer(r[0]), integer(r[1])
		if integer(r[2]) > integer(r[3]) {
			v.problem("span %d of coverage ends before it begins", id)
		}
		if integer(r[4]) != 0 {
			if open[room] {
				v.problem("room %d has two open spans of coverage", room)
			}
			open[room] = true
		} else {
			v.Gaps++
		}
		return true, nil
	})
}
