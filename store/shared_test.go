package store

import (
	"context"
	"fmt"
	"testing"

	"danmaku/event"
)

// Two Archives on one file stand for two programs: they share nothing else.

func TestTwoProgramsWriteOneArchive(t *testing.T) {
	a := open(t, Options{})
	b := openAt(t, a.path, Options{})
	ro, err := OpenReadOnly(context.Background(), a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	ga, gb := newGenerator(1), newGenerator(2)
	var want []event.Event
	for range 30 {
		want = append(want, appendAll(t, a, ga.batch(1+ga.IntN(40)))...)
		want = append(want, appendAll(t, b, gb.batch(1+gb.IntN(40)))...)
	}
	for i, e := range want {
		if e.Seq != int64(i+1) {
			t.Fatalf("position %d given to event %d", e.Seq, i+1)
		}
	}
	same(t, ask(t, ro, event.Filter{Raw: true}), want)
	e := event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, Key: "dm:twice", At: 1}
	if n := len(appendAll(t, a, []event.Event{e})); n != 1 {
		t.Errorf("stored %d times", n)
	}
	e.At = 2
	if n := len(appendAll(t, b, []event.Event{e})); n != 0 {
		t.Error("the other program stored it again")
	}
	if _, err := ro.Append(context.Background(), []event.Event{e}); err == nil {
		t.Error("an archive opened for reading took events")
	}
}

func TestReadersSeeWholeBatchesWhileOneWrites(t *testing.T) {
	a := open(t, Options{})
	b := openAt(t, a.path, Options{})
	done := make(chan error, 1)
	const batches, size = 60, 50
	go func() {
		g := newGenerator(4)
		for range batches {
			if _, err := a.Append(context.Background(), g.batch(size)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	next := int64(1)
	for next <= batches*size {
		n := 0
		for e, err := range b.Query(context.Background(), event.Filter{After: next - 1, Raw: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Seq != next {
				t.Fatalf("position %d after %d", e.Seq, next-1)
			}
			next++
			n++
		}
		if n%size != 0 {
			t.Fatalf("%d events seen at once: half a batch", n)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestCloseEndsQueries(t *testing.T) {
	a := open(t, Options{})
	g := newGenerator(4)
	appendAll(t, a, g.batch(2000))
	n := 0
	var last error
	for _, err := range a.Query(context.Background(), event.Filter{}) {
		n++
		if n == 1 {
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
		}
		last = err
	}
	if want := fmt.Sprintf("store: query: %v", ErrClosed); last == nil || last.Error() != want {
		t.Errorf("after %d events: %v, want %s", n, last, want)
	}
	if _, err := a.Append(context.Background(), g.batch(1)); err == nil {
		t.Error("a closed archive took events")
	}
}
