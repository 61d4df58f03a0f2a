package bilibili

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"danmaku/event"
)

// Budget is the allowance of calls to the platform that all rooms of a process
// share: a token bucket, and pauses that grow each time the platform says that
// it wants fewer calls. The zero Budget is not usable; see NewBudget.
type Budget struct {
	mu     sync.Mutex
	rate   float64 // tokens per second
	burst  float64
	tokens float64 // negative: promised to calls that wait
	last   time.Time
	pauses map[scope]*pause
	stats  BudgetStats
}

// scope is what a refusal is about: an endpoint ("": every one), for a room (0:
// for all, and for calls about none).
type scope struct {
	endpoint string
	room     event.RoomID
}

// pause keeps a scope quiet after a refusal.
type pause struct {
	until   time.Time
	strikes int  // refusals since the last good answer
	probing bool // one call is out to see whether it is over
	err     APIError
	// doubt, with no strikes: this room was refused, and nobody else has been
	// answered since. Calls go out one at a time until that is clear.
	doubt  event.RoomID
	probed chan struct{} // closed when the call that is out has its answer
}

// scopes are those a call belongs to: of all rooms, then of its own.
func scopes(endpoint string, room event.RoomID) []scope {
	s := []scope{{"", 0}, {endpoint, 0}, {"", room}, {endpoint, room}}
	if room == 0 {
		return s[:2]
	}
	return s
}

// BudgetStats counts what the budget let through since the start.
type BudgetStats struct {
	Calls    int64     // calls and dials let through
	Held     int64     // calls turned away during a pause
	Refusals int64     // answers that began a pause
	Until    time.Time // end of the longest running pause; zero: none
}

// NewBudget returns a budget of perSecond tokens a second with at most burst
// saved up. Values that are not positive become the polite defaults: one a
// second, a burst of ten.
func NewBudget(perSecond float64, burst int) *Budget {
	if perSecond <= 0 {
		perSecond = 1
	}
	if burst <= 0 {
		burst = 10
	}
	return &Budget{rate: perSecond, burst: float64(burst), tokens: float64(burst), pauses: map[scope]*pause{}}
}

// Wait takes one token, waiting for it when none is left. It returns the context's error when that ends first.
func (b *Budget) Wait(ctx context.Context) error {
	b.mu.Lock()
	b.refill(time.Now())
	b.tokens--
	wait := time.Duration(0)
	if b.tokens < 0 {
		wait = time.Duration(-b.tokens / b.rate * float64(time.Second))
	}
	b.mu.Unlock()
	if err := sleep(ctx, wait); err != nil {
		b.mu.Lock()
		b.tokens++ // not used: the next one may have it
		b.mu.Unlock()
		return err
	}
	b.mu.Lock()
	b.stats.Calls++
	b.mu.Unlock()
	return nil
}

// Dial is Wait for a comment socket: during a pause of everything it takes no
// token and returns the refusal that began the pause.
func (b *Budget) Dial(ctx context.Context) error {
	if _, err := b.held("", 0, false); err != nil {
		return err
	}
	return b.Wait(ctx)
}

// waitIdle waits until the budget is at least half full, so that calls nobody
// waits for never stand in the way of a room that wants to connect.
func (b *Budget) waitIdle(ctx context.Context) error {
	for {
		b.mu.Lock()
		b.refill(time.Now())
		missing := b.burst/2 - b.tokens
		b.mu.Unlock()
		if missing <= 0 {
			return nil
		}
		d := time.Duration(missing / b.rate * float64(time.Second))
		if err := sleep(ctx, d+time.Millisecond); err != nil {
			return err
		}
	}
}

// Stats returns the counters.
func (b *Budget) Stats() BudgetStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	now := time.Now()
	for _, p := range b.pauses {
		if p.until.After(now) && p.until.After(s.Until) {
			s.Until = p.until
		}
	}
	return s
}

func (b *Budget) refill(now time.Time) {
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
}

// begin lets a call of endpoint about a room (0: none) through or turns it away
// with the refusal that keeps it quiet. A call that is paid for takes no token.
// A call let through must be ended with done.
func (b *Budget) begin(ctx context.Context, endpoint string, room event.RoomID, paid bool) error {
	if _, err := b.held(endpoint, room, false); err != nil {
		return err
	}
	if paid {
		b.mu.Lock()
		b.stats.Calls++
		b.mu.Unlock()
	} else if err := b.Wait(ctx); err != nil {
		return err
	}
	for {
		turn, err := b.held(endpoint, room, true) // a pause may have begun while it waited
		if err != nil || turn == nil {
			return err
		}
		select {
		case <-turn:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// held returns the refusal that keeps a call quiet, or nil; then turn, if there
// is one, is closed when it is to be asked about again. With probe set the call about to go
// out becomes the one that tries after a pause.
func (b *Budget) held(endpoint string, room event.RoomID, probe bool) (turn <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	var pauses []*pause
	for _, s := range scopes(endpoint, room) {
		p := b.pauses[s]
		if p == nil || p.strikes == 0 && p.doubt == 0 {
			continue
		}
		pauses = append(pauses, p)
		if p.strikes == 0 && p.probing {
			turn = p.probed
		}
		if p.strikes == 0 || !now.Before(p.until) && !p.probing {
			continue
		}
		e := p.err
		e.Held = true
		e.Until = p.until
		if !now.Before(p.until) { // over, but the first call after it is still out
			e.Until = now.Add(jitter(15 * time.Second))
		}
		b.stats.Held++
		return nil, &e
	}
	if probe && turn == nil {
		for _, p := range pauses {
			p.probing, p.probed = true, make(chan struct{})
		}
	}
	return turn, nil
}

// done tells how a call that begin let through ended: with an answer (nil: the
// one asked for), or with none at all. It writes the end of the pause that the
// answer began into it; retryAfter is the platform's own wish for its length.
//
// A doubt about who asks (ErrRiskControl, ErrRefused) that answers a call about a
// room is that room's alone until a second room is refused before anybody was
// answered.
func (b *Budget) done(endpoint string, room event.RoomID, answered bool, answer *APIError, retryAfter time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	good := answered && (answer == nil || answer.ordinary())
	for _, s := range scopes(endpoint, room) {
		p := b.pauses[s]
		if p == nil {
			continue
		}
		if p.probing {
			p.probing = false
			close(p.probed)
		}
		if good && (s.room == 0 || p.err.Endpoint == endpoint) {
			delete(b.pauses, s)
		}
	}
	if answer == nil {
		return
	}
	of, first, most := answer.pause()
	if first == 0 {
		return
	}
	struck := []scope{{of, 0}, {of, room}}
	switch all := b.pauses[struck[0]]; {
	case room == 0 || answer.Is(ErrTooFrequent):
		struck = struck[:1]
	case all == nil:
		b.pauses[struck[0]] = &pause{doubt: room}
		struck = struck[1:]
	case all.strikes == 0 && all.doubt == room:
		struck = struck[1:]
	}
	began := false
	for _, s := range struck {
		began = b.strike(s, first, most, answer, retryAfter) || began
	}
	if began {
		b.stats.Refusals++
	}
}

// strike keeps a scope quiet, for longer each time, and moves the end of the
// pause that answer tells of to the end of this one if that is later. It reports
// whether a pause began. The mutex is held.
func (b *Budget) strike(s scope, first, most time.Duration, answer *APIError, retryAfter time.Duration) bool {
	now := time.Now()
	p := b.pauses[s]
	if p == nil {
		p = &pause{}
		b.pauses[s] = p
	}
	began := !now.Before(p.until) // else it was sent before the pause began: no second strike
	if began {
		wait := most
		if p.strikes < 16 {
			wait = min(most, first<<p.strikes)
		}
		p.strikes++
		p.doubt = 0
		p.until = now.Add(max(jitter(wait), min(retryAfter, most)))
	}
	if answer.Until.Before(p.until) {
		answer.Until = p.until
	}
	p.err = *answer
	return began
}

// first reports whether a refusal of a call would be the first of a row.
func (b *Budget) first(endpoint string, room event.RoomID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range scopes(endpoint, room) {
		if p := b.pauses[s]; p != nil && p.strikes > 0 {
			return false
		}
	}
	return true
}

// doubtless ends the pauses that a doubt about who asks began: somebody else
// asks now. The next doubt is met with a longer one, all the same.
func (b *Budget) doubtless() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, p := range b.pauses {
		if p.until.After(now) && p.err.Is(ErrRiskControl) {
			p.until = now
		}
	}
}

// jitter returns a random duration from d to a quarter above it.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
