package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"reflect"
	"testing"

	"danmaku/event"
)

// open makes an archive in a new folder and closes it with the test.
func open(t testing.TB, o Options) *Archive {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "archive.db"), o)
}

func openAt(t testing.TB, path string, o Options) *Archive {
	t.Helper()
	a, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func appendAll(t testing.TB, a *Archive, batch []event.Event) []event.Event {
	t.Helper()
	stored, err := a.Append(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func collect(t testing.TB, seq iter.Seq2[event.Event, error]) []event.Event {
	t.Helper()
	var all []event.Event
	for e, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func ask(t testing.TB, a *Archive, f event.Filter) []event.Event {
	t.Helper()
	return collect(t, a.Query(context.Background(), f))
}

// same fails unless both are the same events, field for field.
func same(t testing.TB, got, want []event.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			g, _ := json.Marshal(got[i])
			w, _ := json.Marshal(want[i])
			gv, wv := reflect.ValueOf(got[i]), reflect.ValueOf(want[i])
			for k := range gv.NumField() {
				if a, b := gv.Field(k).Interface(), wv.Field(k).Interface(); !reflect.DeepEqual(a, b) {
					t.Errorf("field %s: %#v, want %#v", gv.Type().Field(k).Name, a, b)
				}
			}
			t.Fatalf("event %d of %d:\n got %s\nwant %s", i, len(got), g, w)
		}
	}
}

func TestQueryGivesBackEveryEventFieldForField(t *testing.T) {
	for seed := range uint64(8) {
		a := open(t, Options{})
		g := newGenerator(seed)
		var want []event.Event
		for range 12 {
			batch := g.batch(1 + g.IntN(150))
			stored := appendAll(t, a, batch)
			if len(stored) != len(batch) {
				t.Fatalf("%d of %d events stored", len(stored), len(batch))
			}
			for i := range stored {
				if stored[i].Seq != int64(len(want)+i+1) {
					t.Fatalf("event %d got position %d", len(want)+i+1, stored[i].Seq)
				}
			}
			want = append(want, stored...)
			same(t, ask(t, a, event.Filter{Raw: true}), want) // also the commands not sealed yet
		}
		bare := make([]event.Event, len(want))
		for i, e := range want {
			bare[len(want)-1-i] = e
			bare[len(want)-1-i].Raw = nil
		}
		same(t, ask(t, a, event.Filter{Newest: true}), bare)

		a.Close()
		b := openAt(t, a.path, Options{})
		if b.ID() != a.ID() || a.ID() == "" {
			t.Errorf("id %q became %q", a.ID(), b.ID())
		}
		same(t, ask(t, b, event.Filter{Raw: true}), want)
	}
}

func TestSameKeyIsStoredOnce(t *testing.T) {
	comment := func(key string, at event.Millis) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, Cmd: "DANMU_MSG", Key: key, At: at, Received: at, Comment: &event.Comment{Text: key}}
	}
	gift := func(key string, at event.Millis) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindGift, Cmd: "SEND_GIFT", Key: key, At: at, Received: at, Gift: &event.Gift{Count: 1, Total: 100, Paid: true}}
	}
	other := func(e event.Event) event.Event { e.Room = 2; return e }
	a := open(t, Options{})
	path := a.path
	stored := appendAll(t, a, []event.Event{comment("dm:1", 1000), comment("dm:2", 1000), comment("dm:1", 1000), comment("dm:1", 1001), other(comment("dm:1", 1000)), gift("gift:1", 5000)})
	if len(stored) != 4 {
		t.Errorf("%d events stored of a batch with 4 different ones", len(stored))
	}
	for _, c := range []struct {
		what string
		e    event.Event
		want int
	}{
		{"again", comment("dm:1", 1000), 0},
		{"at another time", comment("dm:2", 99000), 0},
		{"a gift at another time", gift("gift:1", 1), 0},
		{"another key", comment("dm:3", 1000), 1},
		{"the gift in another room", other(gift("gift:1", 5000)), 1},
		{"no key", comment("", 1000), 1},
		{"no key again", comment("", 1000), 1},
	} {
		if got := appendAll(t, a, []event.Event{c.e}); len(got) != c.want {
			t.Errorf("%s: stored %d times, want %d", c.what, len(got), c.want)
		}
	}
	last, err := a.LastSeq(context.Background())
	if err != nil || last != 8 {
		t.Errorf("last position %d, %v; want 8", last, err)
	}
	a.Close()
	a = openAt(t, path, Options{})
	if got := appendAll(t, a, []event.Event{comment("dm:2", 98000), gift("gift:1", 2), other(comment("dm:1", 7))}); len(got) != 0 {
		t.Errorf("after opening again %d events were stored twice", len(got))
	}
}

func TestOldEventsAreFoundByTheirTimeAndRareOnesByTheirKeyAlone(t *testing.T) {
	a := open(t, Options{RawKeep: -1, recent: 256})
	g := newGenerator(1)
	comments := func(n int) []event.Event {
		batch := make([]event.Event, n)
		for i := range batch {
			batch[i] = g.kind(event.KindComment)
			batch[i].Key = fmt.Sprintf("dm:%036x", g.Uint64())
		}
		return batch
	}
	rare := []event.Event{}
	for _, k := range []event.Kind{event.KindGift, event.KindSuperChat, event.KindSuperChatDelete, event.KindGuard, event.KindLive, event.KindRoom, event.KindModeration, event.KindRedPacket, event.KindLottery} {
		e := g.kind(k)
		e.Key = "msg:" + string(k)
		rare = append(rare, e)
	}
	old := comments(200)
	appendAll(t, a, append(old, rare...))
	for range 5 {
		appendAll(t, a, comments(400))
	}
	if got := appendAll(t, a, old); len(got) != 0 {
		t.Errorf("%d of %d old events were stored twice", len(got), len(old))
	}
	for i := range rare {
		rare[i].At += 86_400_000
	}
	if got := appendAll(t, a, rare); len(got) != 0 {
		t.Errorf("%d of %d rare events at another time were stored twice", len(got), len(rare))
	}
	// What is said not to be found, is not: the price of a small index.
	old[0].At += 86_400_000
	if got := appendAll(t, a, old[:1]); len(got) != 1 {
		t.Error("an old comment at another time was found; say so in Append's comment")
	}
}

// TestACommentOfTheBacklogIsTheOneThatCameLive although the platform tells its time in
// whole seconds on joining, however long ago it came, and whichever was first.
func TestACommentOfTheBacklogIsTheOneThatCameLive(t *testing.T) {
	a := open(t, Options{RawKeep: -1, recent: 16})
	const moment = event.Millis(1_700_000_000_123)
	comment := func(key string, at event.Millis, backlog bool) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 7, Kind: event.KindComment, Cmd: "DANMU_MSG", Key: key, At: at, Received: moment + 100_000_000, Backlog: backlog,
			User: &event.User{ID: "1", Name: "草莓"}, Comment: &event.Comment{Text: key, Mode: "scroll"}}
	}
	days := 0
	later := func() {
		days++
		batch := make([]event.Event, 100)
		for i := range batch {
			batch[i] = comment(fmt.Sprintf("dm:%d%032d", days, i), moment+event.Millis(days*86_400_000+i*10), false)
		}
		if got := appendAll(t, a, batch); len(got) != len(batch) {
			t.Fatalf("%d of %d new comments were stored", len(got), len(batch))
		}
	}
	appendAll(t, a, []event.Event{comment("dm:a1", moment, false), comment("dm:b2", moment/1000*1000, true)})
	later()
	for _, c := range []struct {
		what string
		e    event.Event
		want int
	}{
		{"told on joining, after it came live", comment("dm:a1", moment/1000*1000, true), 0},
		{"told on joining again", comment("dm:b2", moment/1000*1000, true), 0},
		{"in somebody's recording, after it was told on joining", comment("dm:b2", moment, false), 0},
		{"another one in that second", comment("dm:c3", moment/1000*1000, true), 1},
		{"another one in that second, from a recording", comment("dm:d4", moment+1, false), 1},
	} {
		later()
		if got := appendAll(t, a, []event.Event{c.e}); len(got) != c.want {
			t.Errorf("%s: stored %d times, want %d", c.what, len(got), c.want)
		}
	}
	other := comment("dm:a1", moment/1000*1000, true)
	other.Room = 8
	if got := appendAll(t, a, []event.Event{other}); len(got) != 1 {
		t.Error("a comment of another room with that key is taken for it")
	}
}

func TestAMomentOfABusyHourIsFound(t *testing.T) {
	a := open(t, Options{})
	const from, step = event.Millis(1_700_000_000_000), 100
	appendAll(t, a, remarks("busy", 7, from, narrow+1000, step))
	for _, newest := range []bool{false, true} {
		for _, span := range []event.Millis{60_000, narrow * step} { // few events, and more than the clock is asked for
			f := event.Filter{Rooms: []event.RoomID{7}, From: from + 30_000, To: from + 30_000 + span, Newest: newest, Limit: 40}
			if got := ask(t, a, f); len(got) != 40 || got[0].At < f.From || got[0].At >= f.To {
				t.Errorf("%d ms, newest first %v: %d events", span, newest, len(got))
			}
		}
	}
}

func TestEventsWithTheSameHashAreBothStored(t *testing.T) {
	// Two keys whose 32-bit hash is the same, found by trying.
	byHash := map[int64]string{}
	var one, two string
	for i := 0; two == ""; i++ {
		k := fmt.Sprintf("dm:%d", i)
		h := keyHash(packKey(k), 0)
		if one = byHash[h]; one != "" {
			two = k
		}
		byHash[h] = k
	}
	for _, kind := range []event.Kind{event.KindComment, event.KindGift} {
		a := open(t, Options{})
		make := func(key string) event.Event {
			return event.Event{Platform: event.Bilibili, Room: 1, Kind: kind, Key: key, At: 5}
		}
		if got := appendAll(t, a, []event.Event{make(one), make(two)}); len(got) != 2 {
			t.Fatalf("%s: of two events with keys of one hash %d was stored", kind, len(got))
		}
		a.Close()
		a = openAt(t, a.path, Options{})
		if got := appendAll(t, a, []event.Event{make(two), make(one), make(two)}); len(got) != 0 {
			t.Errorf("%s: %d events stored twice", kind, len(got))
		}
	}
}

func TestFilterDecidesLikeMatch(t *testing.T) {
	a := open(t, Options{RawKeep: -1})
	g := newGenerator(3)
	all := appendAll(t, a, g.batch(3000))
	for i := range all {
		all[i].Raw = nil
	}
	for n := range 300 {
		f := g.filter(all)
		var want []event.Event
		for _, e := range all {
			if f.Match(&e) && (f.Before == 0 || e.Seq < f.Before) {
				want = append(want, e)
			}
		}
		if f.Newest {
			reverse(want)
		}
		if f.Limit > 0 && len(want) > f.Limit {
			want = want[:f.Limit]
		}
		got := ask(t, a, f)
		if len(got) != len(want) {
			t.Fatalf("filter %d %+v: %d events, want %d", n, f, len(got), len(want))
		}
		same(t, got, want)
	}
}

// filter returns a random filter that tends to find something in all.
func (g *generator) filter(all []event.Event) event.Filter {
	var f event.Filter
	e := all[g.IntN(len(all))]
	if g.IntN(3) == 0 {
		f.Rooms = []event.RoomID{e.Room}
		if g.flip() {
			f.Rooms = append(f.Rooms, 1, 77)
		}
	}
	if g.IntN(3) == 0 {
		f.Kinds = []event.Kind{e.Kind}
		if g.flip() {
			f.Kinds = append(f.Kinds, event.KindComment)
		}
	}
	if g.IntN(3) == 0 && e.User != nil {
		f.User = e.User.ID
		if name := []rune(e.User.Name); g.flip() && len(name) > 0 {
			f.User = string(name[g.IntN(len(name)):])
		}
	}
	if g.IntN(3) == 0 {
		f.From = e.At - event.Millis(g.IntN(20000))
	}
	if g.IntN(3) == 0 {
		f.To = e.At + event.Millis(g.IntN(20000))
	}
	if g.flip() {
		f.Text = g.part(e.Text())
	}
	if g.IntN(4) == 0 {
		f.After = g.Int64N(int64(len(all)))
	}
	if g.IntN(4) == 0 {
		f.Before = g.Int64N(int64(len(all)))
	}
	if g.flip() {
		f.Limit = 1 + g.IntN(40)
	}
	f.Newest = g.flip()
	return f
}

// part returns some of the characters of s that stand together.
func (g *generator) part(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return g.word()
	}
	from := g.IntN(len(r))
	return string(r[from : from+1+g.IntN(min(6, len(r)-from))])
}

func reverse(e []event.Event) {
	for i, j := 0, len(e)-1; i < j; i, j = i+1, j-1 {
		e[i], e[j] = e[j], e[i]
	}
}

func TestEventsOfOneCommandShareItsBytes(t *testing.T) {
	a := open(t, Options{})
	raw := json.RawMessage(`{"cmd":"SEND_GIFT_V2",  "data":"` + string(bytes.Repeat([]byte("x"), 5000)) + `"}`)
	var batch []event.Event
	for i := range 400 {
		batch = append(batch, event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindGift, Key: fmt.Sprintf("gift:%d", i), At: event.Millis(i), Raw: raw})
	}
	want := appendAll(t, a, batch)
	same(t, ask(t, a, event.Filter{Raw: true}), want)
	n, err := a.w.c.number(context.Background(), "select sum(commands) from raw")
	if err != nil || n != 1 {
		t.Errorf("%d commands kept for one, %v", n, err)
	}
}

func TestRawIsNotKeptLongerThanAsked(t *testing.T) {
	none := open(t, Options{RawKeep: -1})
	g := newGenerator(5)
	appendAll(t, none, g.batch(300))
	for _, e := range ask(t, none, event.Filter{Raw: true}) {
		if e.Raw != nil {
			t.Fatal("a command was kept")
		}
	}
	hour := open(t, Options{RawKeep: 3600e9})
	for i := range 20 {
		batch := g.batch(200)
		for k := range batch {
			batch[k].Received = event.Millis(1700000000000 + i*600_000) // ten minutes a batch
			batch[k].Raw = json.RawMessage(`{"cmd":"X"}`)
		}
		appendAll(t, hour, batch)
	}
	kept := map[event.Millis]bool{}
	for _, e := range ask(t, hour, event.Filter{Raw: true}) {
		if e.Raw != nil {
			kept[e.Received] = true
		}
	}
	for i := range 20 {
		if at := event.Millis(1700000000000 + i*600_000); kept[at] != (i >= 13) {
			t.Errorf("batch %d: commands kept: %v", i, kept[at])
		}
	}
}

func TestOpenRefusesWhatIsNoArchive(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	c, err := openConn(foreign, "mode=rwc", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script("create table x(y)"); err != nil {
		t.Fatal(err)
	}
	c.close()
	if _, err := Open(ctx, foreign, Options{}); !errors.Is(err, ErrNotArchive) {
		t.Errorf("a file of another program: %v", err)
	}
	newer := filepath.Join(dir, "newer.db")
	a := openAt(t, newer, Options{})
	if err := a.w.c.script(fmt.Sprintf("pragma user_version=%d", schemaVersion+7)); err != nil {
		t.Fatal(err)
	}
	a.Close()
	_, err = Open(ctx, newer, Options{})
	var se *SchemaError
	if !errors.Is(err, ErrNewerSchema) || !errors.As(err, &se) || se.File != schemaVersion+7 || se.Program != schemaVersion {
		t.Errorf("a newer schema: %v", err)
	}
	if _, err := OpenReadOnly(ctx, newer); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("a newer schema, only to read: %v", err)
	}
	if _, err := OpenReadOnly(ctx, filepath.Join(dir, "none.db")); err == nil {
		t.Error("a file that is not there was opened for reading")
	}
	if _, err := Open(ctx, filepath.Join(dir, "no", "folder.db"), Options{}); err == nil {
		t.Error("a folder that is not there")
	}
}
