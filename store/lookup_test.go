package store

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"danmaku/event"
)

// documentList writes a list of documents as FTS4 does with order=desc.
func documentList(docs []int64, places map[int64][]int64) []byte {
	var b []byte
	last := int64(0)
	for i, d := range docs {
		if i == 0 {
			b = binary.AppendUvarint(b, uint64(d))
		} else {
			b = binary.AppendUvarint(b, uint64(last-d))
		}
		last = d
		at := int64(0)
		for _, p := range places[d] {
			b = binary.AppendUvarint(b, uint64(p-at+2))
			at = p
		}
		b = append(b, 0)
	}
	return b
}

func TestACursorGoesThroughTheListsOfAllSegments(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		want, places := map[int64]bool{}, map[int64][]int64{}
		var c wordCursor
		for range rnd.IntN(6) {
			var docs []int64
			for d := 1 + rnd.Int64N(900); d > 0 && len(docs) < 200; d -= 1 + rnd.Int64N(1+rnd.Int64N(300)) {
				docs = append(docs, d)
				want[d] = true
				if places[d] == nil {
					p := int64(0)
					for range 1 + rnd.IntN(20)*rnd.IntN(2) {
						p += 1 + rnd.Int64N(1+rnd.Int64N(400))
						places[d] = append(places[d], p)
					}
				}
			}
			c.add(documentList(docs, places))
		}
		for doc := int64(901); ; doc -= rnd.Int64N(1 + rnd.Int64N(90)) {
			got := c.seek(doc)
			next := int64(0)
			for d := doc; d > 0 && next == 0; d-- {
				if want[d] {
					next = d
				}
			}
			if got != next || c.broken {
				t.Fatalf("the document at or below %d is %d, want %d; broken %v", doc, got, next, c.broken)
			}
			if got == 0 {
				break
			}
			doc = got
			at := c.positions(nil, doc)
			slices.Sort(at)
			if at = slices.Compact(at); !slices.Equal(at, places[doc]) {
				t.Fatalf("places in document %d: %v, want %v", doc, at, places[doc])
			}
		}
	}
}

// TestASearchInADamagedIndexSaysSo: it must not find less in silence.
func TestASearchInADamagedIndexSaysSo(t *testing.T) {
	a, _ := searchArchive(t, 3000)
	c := a.w.c
	if err := c.exec("update search_0_segments set block=substr(block, 1, length(block)/2)"); err != nil {
		t.Fatal(err)
	}
	if err := c.exec("update search_0_segdir set root=x'0301'"); err != nil {
		t.Fatal(err)
	}
	for _, err := range a.Query(t.Context(), event.Filter{Text: "草", Newest: true}) {
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("not told as damage: %v", err)
			}
			return
		}
	}
	t.Error("a damaged index is searched as if it were whole")
}
