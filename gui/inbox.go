package gui

import (
	"context"
	"errors"
	"sync"
)

// inboxSize is how many items wait at most. Whoever fills the inbox waits for
// the window to take them; a live source then tells it what it had to skip.
const inboxSize = 1 << 14

var errClosed = errors.New("gui: the window is closed")

// inbox takes items from many goroutines and gives them to the one that draws,
// all at once, once per frame.
type inbox struct {
	wake func() // called when the first item comes in, outside the lock

	mu     sync.Mutex
	items  []Item
	spare  []Item
	room   chan struct{} // closed when items were taken while somebody waited
	closed bool
}

// put adds items in order, waiting while the inbox is full. A batch larger than
// the inbox goes in as soon as there is any room.
func (b *inbox) put(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return ctx.Err()
	}
	for {
		b.mu.Lock()
		if b.closed {
			b.mu.Unlock()
			return errClosed
		}
		if len(b.items) < inboxSize {
			first := len(b.items) == 0
			b.items = append(b.items, items...)
			b.mu.Unlock()
			if first && b.wake != nil {
				b.wake()
			}
			return nil
		}
		if b.room == nil {
			b.room = make(chan struct{})
		}
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take returns what has come in since. The slice is the caller's until the
// next take.
func (b *inbox) take() []Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	clear(b.spare)
	b.items, b.spare = b.spare[:0], items
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
	return items
}

func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
}

// waiting reports whether something has come in.
func (b *inbox) waiting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items) > 0
}
