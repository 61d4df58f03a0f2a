package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/event"
)

func TestForgetLeavesNothingOfAPerson(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{partSize: 1024})
	const id, name, text = "3493111122223333", "某观众甲", "只有甲才说的话"
	me := &event.User{ID: id, Name: name, Face: "https://i0.hdslb.com/bfs/face/aaaa.jpg"}
	g := newGenerator(31)
	var others []event.Event
	seen := func(e event.Event) event.Event { e.Platform = event.Bilibili; e.Room = 1; return e }
	const uid uint64 = 3493111122223333 // the id as protobuf has it
	pb := base64.StdEncoding.EncodeToString(append([]byte{8}, binary.AppendUvarint(nil, uid)...))
	for i := range 12 {
		batch := g.batch(250)
		for k := range batch {
			if batch[k].Raw != nil && k%7 == 0 {
				batch[k].Raw = json.RawMessage(`{"cmd":"X","n":"33493111122223333"}`) // not the id
			}
		}
		mine := seen(event.Event{Kind: event.KindComment, Cmd: "DANMU_MSG", At: g.now, Received: g.now, User: me, Key: fmt.Sprintf("dm:%d", i),
			Comment: &event.Comment{Text: text}, Raw: json.RawMessage(fmt.Sprintf(`{"cmd":"DANMU_MSG","info":[[],%q,[%s,%q]]}`, text, id, name))})
		answer := seen(event.Event{Kind: event.KindComment, At: g.now, User: &event.User{ID: "7", Name: "乙"}, Comment: &event.Comment{Text: "回复", ReplyTo: &event.ReplyTo{ID: id, Name: name}}})
		winner := seen(event.Event{Kind: event.KindLottery, At: g.now, Lottery: &event.Lottery{ID: "1", Awards: []event.Award{{Name: "奖", Winner: &event.Person{ID: id, Name: name}}, {Winner: &event.Person{ID: "8", Name: "丙"}}}}})
		gift := seen(event.Event{Kind: event.KindGift, At: g.now, Gift: &event.Gift{Name: "花", Receiver: &event.Person{ID: id, Name: name}}})
		online := int64(5)
		stats := seen(event.Event{Kind: event.KindStats, At: g.now, Stats: &event.Stats{Online: &online, Top: []event.Ranked{{Rank: 1, ID: "9", Name: "丁"}, {Rank: 2, ID: id, Name: name, Score: 7}}}})
		rank := seen(event.Event{Kind: event.KindOther, Cmd: "ONLINE_RANK_V3", At: g.now, Raw: json.RawMessage(`{"cmd":"ONLINE_RANK_V3","data":{"pb":"` + pb + `"}}`)})
		stored := appendAll(t, a, append(batch, mine, answer, winner, gift, stats, rank))
		others = append(others, stored[:250]...)
	}
	before := sound(t, a)
	if len(ask(t, a, event.Filter{Text: text})) != 12 || len(ask(t, a, event.Filter{User: id})) != 12 {
		t.Fatal("the person was not found before")
	}
	n, err := a.Forget(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n != (Forgotten{Events: 12, Mentions: 48, Commands: 24, Names: 1}) {
		t.Errorf("%+v", n)
	}
	for _, f := range []event.Filter{{Text: text}, {User: id}, {User: name}} {
		if got := ask(t, a, f); len(got) != 0 {
			t.Errorf("%+v finds %d events", f, len(got))
		}
	}
	for _, e := range ask(t, a, event.Filter{Kinds: []event.Kind{event.KindStats}, From: 1}) {
		if s := e.Stats; s != nil && len(s.Top) == 2 && (s.Top[0].Name != "丁" || s.Top[1] != event.Ranked{Rank: 2}) {
			t.Errorf("the ranking is %+v", s.Top)
		}
	}
	if p, err := a.Person(ctx, id); err != nil || len(p.Names) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	// The others are as they were, with their commands.
	want := map[int64]event.Event{}
	for _, e := range others {
		want[e.Seq] = e
	}
	for e, err := range a.Query(ctx, event.Filter{Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(e)
		if err != nil || bytes.Contains(b, []byte(id)) && !bytes.Contains(b, []byte("3"+id)) || bytes.Contains(b, []byte(name)) {
			t.Errorf("still there: %s", b)
		}
		if w, ok := want[e.Seq]; ok {
			same(t, []event.Event{e}, []event.Event{w})
			delete(want, e.Seq)
		}
	}
	if len(want) != 0 {
		t.Errorf("%d events of others are gone", len(want))
	}
	r := sound(t, a)
	if r.Events != before.Events-12 || r.Missing != 12 {
		t.Errorf("%+v after %+v", r, before)
	}
	last, _ := a.LastSeq(ctx)
	if got := appendAll(t, a, g.batch(1)); got[0].Seq != last+1 || last != before.Last {
		t.Errorf("position %d given after %d", got[0].Seq, before.Last)
	}
	// Not in the bytes of the file either.
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(a.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{text, name, "face/aaaa", "\x08" + string(binary.AppendUvarint(nil, uid))} {
		if bytes.Contains(file, []byte(s)) {
			t.Errorf("%q is in the file", s)
		}
	}
}

func TestForgetOfNobodyChangesNothing(t *testing.T) {
	a := filled(t)
	want := ask(t, a, event.Filter{Raw: true})
	n, err := a.Forget(context.Background(), "1234567890", nil)
	if err != nil || n != (Forgotten{}) {
		t.Errorf("%+v, %v", n, err)
	}
	same(t, ask(t, a, event.Filter{Raw: true}), want)
	if _, err := a.Forget(context.Background(), "", nil); err == nil {
		t.Error("forgetting everybody without an id was accepted")
	}
}

func TestRedecodeKeepsWhatCameTwiceInAMoment(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	watched := int64(7)
	raw := json.RawMessage(`{"cmd":"WATCHED_CHANGE","data":{"num":7}}`)
	twice := event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindStats, Cmd: "WATCHED_CHANGE", At: 1000, Received: 1000, Stats: &event.Stats{Watched: &watched}, Raw: raw}
	appendAll(t, a, []event.Event{twice, twice})
	decode := func(event.RoomID, event.Millis, []byte) ([]event.Event, error) {
		e := twice
		e.Raw = nil
		return []event.Event{e}, nil
	}
	if n, err := a.Redecode(ctx, decode, nil); err != nil || n.Changed+n.Added+n.Removed != 0 {
		t.Errorf("nothing new is known: %+v, %v", n, err)
	}
	watched = 8
	if n, err := a.Redecode(ctx, decode, nil); err != nil || n.Changed != 2 || n.Added+n.Removed != 0 {
		t.Errorf("decoded in another way: %+v, %v", n, err)
	}
	for _, e := range ask(t, a, event.Filter{}) {
		if e.Stats == nil || *e.Stats.Watched != 8 {
			t.Errorf("%+v", e)
		}
	}
	sound(t, a)
}

func TestRedecodePutsNewEventsInThePlaceOfTheOld(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{partSize: 1024})
	var batch []event.Event
	command := func(s string, n int) {
		for range n {
			batch = append(batch, event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindOther, Cmd: "NEW", At: 1000, Received: 1500, Backlog: true, Raw: json.RawMessage(`"` + s + `"`)})
		}
	}
	for i := range 300 {
		command(fmt.Sprintf("one %d", i), 1)
		command(fmt.Sprintf("two %d", i), 1)
		command(fmt.Sprintf("fewer %d", i), 3)
		command(fmt.Sprintf("broken %d", i), 1)
		command("again 7", 1)
	}
	for len(batch) > 0 {
		n := min(170, len(batch))
		appendAll(t, a, batch[:n])
		batch = batch[n:]
	}
	comment := func(text, key string) event.Event {
		return event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, Cmd: "NEW", Key: key, At: 61_000, User: &event.User{ID: "1", Name: "a"}, Comment: &event.Comment{Text: text}}
	}
	decode := func(room event.RoomID, received event.Millis, raw []byte) ([]event.Event, error) {
		if room != 1 || received != 1500 {
			t.Errorf("room %d, received %d", room, received)
		}
		s := strings.Trim(string(raw), `"`)
		switch strings.Fields(s)[0] {
		case "one", "fewer", "again":
			return []event.Event{comment("新 "+s, "dm:"+s)}, nil
		case "two":
			return []event.Event{comment("甲 "+s, "dm:a"+s), comment("乙 "+s, "dm:b"+s)}, nil
		}
		return nil, errors.New("broken")
	}
	n, err := a.Redecode(ctx, decode, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Of a command that comes again and again each one is decoded, and a command
	// whose events are in two transactions is kept twice.
	want := Redecoded{Commands: n.Commands, Failed: 300, Changed: 300 + 300 + 300 + 1, Added: 300, Removed: 600 + 299}
	if n != want || n.Commands < 1500 {
		t.Errorf("\n got %+v\nwant %+v", n, want)
	}
	for text, count := range map[string]int{"新 one": 300, "甲 two": 300, "乙 two": 300, "新 fewer": 300, "新 again": 1, "two 177": 2} {
		got := ask(t, a, event.Filter{Text: text, Raw: true})
		if len(got) != count {
			t.Errorf("%q is found %d times, want %d", text, len(got), count)
		}
		for _, e := range got {
			if e.Received != 1500 || !e.Backlog || !strings.Contains(text, strings.Fields(strings.Trim(string(e.Raw), `"`))[0]) {
				t.Errorf("%+v, raw %s", e, e.Raw)
			}
		}
	}
	sound(t, a)
	n, err = a.Redecode(ctx, decode, nil)
	if err != nil || n.Changed+n.Added+n.Removed != 0 {
		t.Errorf("the second time: %+v, %v", n, err)
	}
}

func TestBackupIsTheArchiveOfTheMoment(t *testing.T) {
	ctx := context.Background()
	a := filled(t)
	want := ask(t, a, event.Filter{Raw: true})
	path := filepath.Join(t.TempDir(), "backup.db")
	steps := 0
	err := a.Backup(ctx, path, func(done, total int64) {
		steps++
		appendAll(t, a, newGenerator(uint64(50+steps)).batch(10)) // programs go on writing
	})
	if err != nil || steps == 0 {
		t.Fatal(err, steps)
	}
	b := openAt(t, path, Options{})
	same(t, ask(t, b, event.Filter{Raw: true}), want)
	if b.ID() != a.ID() {
		t.Error("the copy is another archive")
	}
	sound(t, b)
	if err := a.Backup(ctx, path, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("a backup over a file: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	left := filepath.Join(t.TempDir(), "cancelled.db")
	if err := a.Backup(gone, left, nil); err == nil {
		t.Error("a cancelled backup succeeded")
	}
	if m, _ := filepath.Glob(left + "*"); len(m) != 0 {
		t.Errorf("left behind: %v", m)
	}
}

func TestCompactKeepsEverything(t *testing.T) {
	a := filled(t)
	want := ask(t, a, event.Filter{Raw: true})
	if err := a.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
	same(t, ask(t, a, event.Filter{Raw: true}), want)
	sound(t, a)
	if len(ask(t, a, event.Filter{Text: "哈"})) == 0 {
		t.Error("search finds nothing any more")
	}
}
