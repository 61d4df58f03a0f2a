package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"danmaku/decoder"
	"danmaku/event"
)

func TestAStampComesOutOfALineAsItWentIn(t *testing.T) {
	where := 0
	for _, want := range []stamp{{0, 0}, {1, 1}, {1 << 62, 1<<32 - 1}, {1234567890123, 77}} {
		b := line(nil, want, 300)
		if len(b) < 300 || len(b) > 310 || b[len(b)-1] != '\n' {
			t.Errorf("a line of %d bytes: %q", len(b), b)
		}
		got, rest, ok := nextStamp(b, &where)
		if !ok || got != want {
			t.Errorf("%+v came out as %+v, %t", want, got, ok)
		}
		if _, _, ok := nextStamp(rest, &where); ok {
			t.Error("a second stamp in one message")
		}
	}
}

// One message may hold several, and the next may hold it elsewhere.
func TestStampsAreFoundWhereverTheyAre(t *testing.T) {
	where, found := 0, []uint32{}
	for _, b := range [][]byte{
		line(line(nil, stamp{1, 0}, 90), stamp{1, 1}, 300),
		append([]byte(`{"push":{"channel":"d"}}`), line(nil, stamp{1, 2}, 100)...),
		line(nil, stamp{1, 3}, 40),
		[]byte("#~00000000000000010000000"),
		[]byte("#~000000000000000g00000004"),
	} {
		for {
			s, rest, ok := nextStamp(b, &where)
			if !ok {
				break
			}
			found, b = append(found, s.seq), rest
		}
	}
	if !slices.Equal(found, []uint32{0, 1, 2, 3}) {
		t.Errorf("found %v", found)
	}
}

// What the simulated room says is a comment to the decoder, with the stamp in
// its text and a key of its own.
func TestTheRoomsCommentIsAComment(t *testing.T) {
	r := &room{size: 1500}
	keys := map[string]bool{}
	for seq := range uint32(20) {
		s := stamp{int64(seq) * 1e9, seq}
		events := commentEvents(t, r.comment(s))
		if len(events) != 1 || events[0].Kind != event.KindComment || events[0].Comment == nil {
			t.Fatalf("decoded to %+v", events)
		}
		e := events[0]
		got, _, ok := nextStamp([]byte(e.Comment.Text), new(int))
		if !ok || got != s || e.User.Medal == nil || !strings.HasPrefix(e.User.Name, "听众") {
			t.Errorf("stamp %+v, %t; user %+v", got, ok, e.User)
		}
		if n := len(e.AppendJSON(nil, false)); n < 1400 || n > 1600 {
			t.Errorf("%d bytes of JSON", n)
		}
		keys[e.Key] = true
	}
	if len(keys) != 20 {
		t.Errorf("%d keys for 20 comments", len(keys))
	}
}

func TestAHistogramsQuantilesAreCloseToTheTruth(t *testing.T) {
	var h histogram
	for ns := int64(1); ns <= 1_000_000; ns++ {
		h.add(ns)
	}
	for _, q := range []float64{.01, .5, .99} {
		if got := h.quantile(q); math.Abs(got-q) > q/30 {
			t.Errorf("quantile %v of 1 ms is %v ms", q, got)
		}
	}
}

func commentEvents(t *testing.T, command []byte) []event.Event {
	t.Helper()
	events, err := decoder.New(decoder.Limits{}).Events(nil, roomID, 1, command)
	if err != nil {
		t.Fatal(err)
	}
	return events
}
