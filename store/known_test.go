package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"danmaku/event"
)

func TestRowsAreFoundUntilOthersTakeTheirPlace(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 1))
	var c byRow[int64]
	put := map[int64]bool{}
	most := int64(3 * mostRows)
	for range 4 * mostRows {
		id := 1 + rnd.Int64N(1+rnd.Int64N(most))
		c.put(id, &id)
		put[id] = true
		if v := c.get(id); v == nil || *v != id {
			t.Fatalf("row %d is not found after it was put there", id)
		}
	}
	found := 0
	for id := range most + 1 {
		if v := c.get(id); v != nil {
			if *v != id || !put[id] {
				t.Fatalf("row %d has the value of %d", id, *v)
			}
			found++
		}
	}
	if found > mostRows || found < mostRows/2 {
		t.Errorf("%d rows are known, the most are %d", found, mostRows)
	}
	var small byRow[int64]
	for id := int64(1); id <= 1000; id++ {
		small.put(id, &id)
	}
	for id := int64(1); id <= 1000; id++ {
		if v := small.get(id); v == nil || *v != id {
			t.Errorf("row %d of 1000 is forgotten", id)
		}
	}
	if len(small.places) > 1024 {
		t.Errorf("%d places for 1000 rows", len(small.places))
	}
}

// TestAPersonIsAsTheyWereAtEachEvent although events that agree share the person:
// what was given first does not change when the same person comes with another
// standing or medal.
func TestAPersonIsAsTheyWereAtEachEvent(t *testing.T) {
	a := open(t, Options{})
	var batch []event.Event
	for i := range 60 {
		u := &event.User{ID: "7", Name: "草莓", Level: 20 + i/3%2, Guard: i / 5 % 2 * 3, Admin: i%7 == 0}
		if i%4 > 1 {
			u.Medal = &event.Medal{Name: "草", Level: 20 + i/10, Lit: true}
		}
		if i == 30 {
			u = nil
		}
		e := event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, Cmd: "DANMU_MSG", Key: fmt.Sprintf("dm:%d", i), At: event.Millis(i + 1), Received: 100, User: u}
		e.Comment = &event.Comment{Text: "早上好", Mode: "scroll"}
		batch = append(batch, e)
	}
	want := appendAll(t, a, batch)
	got := ask(t, a, event.Filter{})
	same(t, got, want)
	same(t, collect(t, a.ByTime(t.Context(), event.Filter{})), want)
	if got[10].User != got[11].User {
		t.Error("events of one person do not share what they have in common")
	}
}
