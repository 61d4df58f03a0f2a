package relay

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Many subscribers come back at once when a relay has been away, mostly with
// the same selection and at nearly the same position. What they are to be sent
// from the archive is read and encoded once for all of them: their pieces end at
// the same positions, wherever they began, and are kept for a moment.
const (
	pieceGrid  = 256             // pieces end at multiples of so many positions
	piecesMax  = 16 << 20        // bytes kept for others, of all selections
	pieceStays = 5 * time.Second // how long; what is deleted from the archive is gone for all soon after
)

// piece is a part of the archive as encoded for one selection. It is never
// changed.
type piece struct {
	frames []byte
	events int
	end    int64 // position up to which the archive was looked through
	final  bool  // what follows it does not change it: end is not just as far as the archive went
}

// pieces are the pieces of late. Its zero value is empty and ready.
type pieces struct {
	stay time.Duration // 0: pieceStays

	mu   sync.Mutex
	held map[pieceKey]*heldPiece
	kept []*heldPiece // those that are read, oldest first
	size int          // bytes of kept
}

type pieceKey struct {
	feed  *feed
	after int64
}

type heldPiece struct {
	key  pieceKey
	read chan struct{} // closed when the piece is there, or could not be read
	piece
	err error
}

// after gives the piece of a selection that begins behind a position and ends at
// or before upTo. Only one at a time reads the same piece; the others wait for it.
func (p *pieces) after(ctx context.Context, key pieceKey, upTo int64, read func(context.Context) (piece, error)) (piece, error) {
	for {
		p.mu.Lock()
		h := p.held[key]
		if h == nil {
			h = &heldPiece{key: key, read: make(chan struct{})}
			if p.held == nil {
				p.held = map[pieceKey]*heldPiece{}
			}
			p.held[key] = h
			p.mu.Unlock()
			h.piece, h.err = read(ctx)
			p.keep(h)
			return h.piece, h.err
		}
		p.mu.Unlock()
		select {
		case <-h.read:
		case <-ctx.Done():
			return piece{}, ctx.Err()
		}
		switch {
		case h.err != nil: // perhaps only the one who read went away
			if ctx.Err() != nil {
				return piece{}, ctx.Err()
			}
		case h.end == upTo, h.final && h.end < upTo:
			return h.piece, nil
		case h.end > upTo: // this one began before the archive had so much
			return read(ctx)
		default: // the archive has grown since
			p.mu.Lock()
			p.drop(h)
			p.mu.Unlock()
		}
	}
}

// keep shows a piece to those who wait for it and keeps it for a moment.
func (p *pieces) keep(h *heldPiece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(h.read)
	if h.err != nil || len(h.frames) > piecesMax/4 {
		delete(p.held, h.key)
		return
	}
	p.kept = append(p.kept, h)
	p.size += len(h.frames)
	for p.size > piecesMax {
		p.drop(p.kept[0])
	}
	time.AfterFunc(cmp.Or(p.stay, pieceStays), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.drop(h)
	})
}

// drop forgets a kept piece, if it is still kept.
func (p *pieces) drop(h *heldPiece) {
	if p.held[h.key] != h {
		return
	}
	delete(p.held, h.key)
	i := slices.Index(p.kept, h) // mostly the first: they go by age
	p.kept = slices.Delete(p.kept, i, i+1)
	p.size -= len(h.frames)
}
