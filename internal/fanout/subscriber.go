package fanout

import (
	"context"
	"errors"
	"time"
)

// Subscription says what a WebSocket connection is sent. Functions are called
// from the server's goroutines and must not wait for anything but what they
// are for.
type Subscription struct {
	// Log and Place: the live part. Frames with positions at or below Skip are
	// left out.
	Log   *Log
	Place Place
	Skip  int64
	// First is sent before all else: whole frames.
	First []byte
	// Older, if not nil, is called after First has been sent, and again after
	// what it returned has been sent, until it says Done: the way to send what
	// is in the archive without holding anybody else up.
	Older func(context.Context) (Older, error)
	// Behind, if not nil, is asked when the log no longer holds what a
	// subscriber is to be sent next: an Older that brings it, or nil when there
	// is none.
	Behind func(Missed) func(context.Context) (Older, error)
	// Lagged makes the frame that tells a subscriber what it missed for good;
	// nil: it is not told.
	Lagged func(Missed) []byte
	// Receive, if not nil, is called with each data message of the client and
	// returns frames to send it. Otherwise its messages are read and dropped.
	// An error closes the connection.
	Receive func(op byte, payload []byte) ([]byte, *CloseError)
	// Limit bounds the client's messages, in bytes; 0: 4 KiB.
	Limit int
	// Deflated: the handshake agreed on permessage-deflate.
	Deflated bool
	// Close, if not nil, closes the connection after First: a refusal that a
	// browser's script can read.
	Close *CloseError
	// Closed, if not nil, is called once when the connection is gone.
	Closed func(Ending)
}

// Older is a piece of the archive on its way to a subscriber.
type Older struct {
	Frames []byte // whole frames; may be empty, and is never changed: several may be given the same
	Done   bool   // go on live, at Place, leaving out up to Skip
	Place  Place
	Skip   int64
}

// Ending is why a connection ended.
type Ending string

// The endings of connections.
const (
	EndClient   Ending = "client"   // closed or gone
	EndProtocol Ending = "protocol" // broke RFC 6455 or sent what it must not
	EndRefused  Ending = "refused"
	EndStuck    Ending = "stuck" // took nothing for too long
	EndShutdown Ending = "shutdown"
	EndError    Ending = "error" // the archive could not be read
)

// ownLimit bounds what is queued for one subscriber alone by its own doing:
// answers to pings and messages that it does not read.
const ownLimit = 16 << 10

type phase uint8

const (
	phaseOlder   phase = iota // Older is to be called, or running
	phaseLive                 // following the log
	phaseClosing              // the close frame is queued or sent; nothing follows it
)

// sink is the writing side of one connection and the state that both ways of
// serving share. Only its owner (a loop, or its own goroutine) touches it.
type sink struct {
	sub  *Subscription
	live live

	phase   phase
	waiting bool // Older is running
	finish  bool // close when the log's end is reached
	answer  bool // the client's close frame has been seen
	ending  Ending
	close   *CloseError // to be sent, or sent

	cut []byte // rest of a log frame that a short write cut: goes first
	own []byte // whole frames for this one alone, from its own start; second

	moved time.Time // when bytes were last taken
}

func newSink(sub *Subscription, now time.Time) sink {
	first := sub.First[:len(sub.First):len(sub.First)]
	sub.First = nil
	k := sink{sub: sub, own: first, moved: now,
		live: live{log: sub.Log, place: sub.Place, skip: sub.Skip}}
	if sub.Older == nil {
		k.phase = phaseLive
	}
	if sub.Close != nil {
		k.end(sub.Close, EndRefused)
	}
	return k
}

// errShort is returned by a put that took less than it was given for now.
var errShort = errors.New("fanout: socket full")

// state is what flush ended with.
type state uint8

const (
	stateIdle  state = iota // everything is sent
	stateFull               // the socket takes no more for now
	stateOlder              // call Older
	stateDone               // the close frame is sent
	stateDead               // the connection is broken
)

// flush sends all there is. put writes some bytes and returns how many; with
// fewer than given it returns errShort or the error that ended the connection.
func (k *sink) flush(put func([]byte) (int, error), now time.Time) state {
	for {
		for _, b := range []*[]byte{&k.cut, &k.own} {
			if len(*b) == 0 {
				continue
			}
			n, err := put(*b)
			if n > 0 {
				k.moved = now
			}
			if n < len(*b) {
				*b = (*b)[n:]
				return failure(err)
			}
			*b = nil
		}
		switch k.phase {
		case phaseClosing:
			return stateDone
		case phaseOlder:
			if k.waiting {
				return stateIdle
			}
			if k.finish {
				k.queueClose()
				continue
			}
			return stateOlder
		}
		s, b, lagged := k.live.read()
		switch {
		case lagged:
			k.missed(k.live.missed())
		case len(b) == 0 && k.finish:
			k.queueClose()
		case len(b) == 0:
			return stateIdle
		default:
			n, err := put(b)
			if n > 0 {
				k.moved = now
			}
			k.cut = k.live.place.advance(s, n)
			if n < len(b) {
				return failure(err)
			}
		}
	}
}

func failure(err error) state {
	if errors.Is(err, errShort) {
		return stateFull
	}
	return stateDead
}

// missed goes back to the archive for what the log dropped, or tells that it
// is gone.
func (k *sink) missed(m Missed) {
	if m.Frames == 0 {
		return
	}
	if k.sub.Behind != nil {
		if older := k.sub.Behind(m); older != nil {
			k.sub.Older, k.phase = older, phaseOlder
			return
		}
	}
	if k.sub.Lagged != nil {
		k.own = k.sub.Lagged(m)
	}
}

// older takes what Older returned.
func (k *sink) older(o Older, err error) {
	k.waiting = false
	switch {
	case k.phase == phaseClosing:
	case err != nil:
		k.end(&CloseError{CloseGoingAway, "the archive cannot be read at the moment; come back"}, EndError)
	default:
		if len(k.own) == 0 { // shared with others, perhaps: appending copies
			k.own = o.Frames[:len(o.Frames):len(o.Frames)]
		} else {
			k.own = append(k.own, o.Frames...)
		}
		if o.Done {
			k.phase = phaseLive
			k.live.place, k.live.skip = o.Place, o.Skip
		}
	}
}

// reply queues frames for this subscriber alone.
func (k *sink) reply(frames []byte) {
	if k.phase == phaseClosing || len(frames) == 0 {
		return
	}
	if len(k.own)+len(frames) > ownLimit && k.phase == phaseLive {
		k.end(&CloseError{CloseRefused, "too many messages without reading the answers"}, EndProtocol)
		return
	}
	k.own = append(k.own, frames...)
}

// release lets go of the log's memory: a cut frame is copied.
func (k *sink) release() {
	if len(k.cut) > 0 && cap(k.cut) != len(k.cut) {
		k.cut = append(make([]byte, 0, len(k.cut)), k.cut...)
		k.cut = k.cut[:len(k.cut):len(k.cut)]
	}
}

// end closes now: what is cut is finished, then the close frame goes out.
func (k *sink) end(err *CloseError, why Ending) {
	if k.phase == phaseClosing {
		return
	}
	k.close, k.ending = err, why
	k.queueClose()
}

// drain closes when everything published has been sent.
func (k *sink) drain(reason func() *CloseError) {
	if k.phase != phaseClosing && !k.finish {
		k.close, k.ending, k.finish = reason(), EndShutdown, true
	}
}

func (k *sink) queueClose() {
	k.phase = phaseClosing
	k.own = appendClose(k.own, k.close.Code, k.close.Reason)
}

// receive handles a frame of the client.
func (k *sink) receive(op byte, payload []byte) *CloseError {
	switch op {
	case opPing:
		k.reply(AppendFrame(nil, opPong, payload))
	case opPong:
	case opClose:
		k.answer = true
		code := 0
		if len(payload) >= 2 {
			code = int(payload[0])<<8 | int(payload[1])
		}
		k.end(&CloseError{Code: code}, EndClient)
	default:
		if k.sub.Receive == nil || k.phase == phaseClosing {
			return nil
		}
		frames, err := k.sub.Receive(op, payload)
		k.reply(frames)
		return err
	}
	return nil
}
