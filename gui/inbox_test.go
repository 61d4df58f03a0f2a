package gui

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"danmaku/event"
)

func numbered(from, n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i].Event = &event.Event{Seq: int64(from + i)}
	}
	return items
}

func TestTheInboxKeepsOrderAndWakesOncePerDrain(t *testing.T) {
	wakes := 0
	b := &inbox{wake: func() { wakes++ }}
	for i := range 10 {
		if err := b.put(t.Context(), numbered(i*3, 3)); err != nil {
			t.Fatal(err)
		}
	}
	items := b.take()
	for i, it := range items {
		if it.Event.Seq != int64(i) {
			t.Fatalf("item %d is %d", i, it.Event.Seq)
		}
	}
	if len(items) != 30 || wakes != 1 || b.waiting() {
		t.Errorf("%d items, %d wakes", len(items), wakes)
	}
}

func TestAFullInboxMakesTheFeedWaitAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &inbox{}
		const all = 5 * inboxSize
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; i < all; i += 100 {
				if err := b.put(t.Context(), numbered(i, min(100, all-i))); err != nil {
					t.Error(err)
					return
				}
			}
		})
		got := 0
		for got < all {
			synctest.Wait()
			items := b.take()
			if len(items) > inboxSize+100 {
				t.Fatalf("%d items at once", len(items))
			}
			for _, it := range items {
				if it.Event.Seq != int64(got) {
					t.Fatalf("item %d is %d", got, it.Event.Seq)
				}
				got++
			}
		}
		wg.Wait()
	})
}

func TestWhoWaitsForTheInboxGoesWhenTheWindowCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &inbox{}
		if err := b.put(t.Context(), numbered(0, inboxSize)); err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, 2)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { errs <- b.put(ctx, numbered(0, 1)) }()
		synctest.Wait()
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		go func() { errs <- b.put(t.Context(), numbered(0, 1)) }()
		synctest.Wait()
		b.close()
		if err := <-errs; !errors.Is(err, errClosed) {
			t.Error(err)
		}
	})
}
