package bilibili

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
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
	pauses map[string]*pause // by endpoint; "" is for every call
	stats  BudgetStats
}

// pause keeps an endpoint quiet after a refusal.
type pause struct {
	until   time.Time
	strikes int  // refusals since the last good answer
	probing bool // one call is out to see whether it is over
	err     APIError
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
	return &Budget{rate: perSecond, burst: float64(burst), tokens: float64(burst), pauses: map[string]*pause{}}
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
	if err := b.held("", false); err != nil {
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

// begin lets a call of endpoint through or turns it away with the refusal that
// keeps it quiet. A call that is paid for takes no token. A call let through
// must be ended with done.
func (b *Budget) begin(ctx context.Context, endpoint string, paid bool) error {
	if err := b.held(endpoint, false); err != nil {
		return err
	}
	if paid {
		b.mu.Lock()
		b.stats.Calls++
		b.mu.Unlock()
	} else if err := b.Wait(ctx); err != nil {
		return err
	}
	return b.held(endpoint, true) // a pause may have begun while it waited
}

// held returns the refusal that keeps endpoint quiet, or nil. With probe set
// the call about to go out becomes the one that tries after a pause.
func (b *Budget) held(endpoint string, probe bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	scopes := [2]*pause{b.pauses[""], b.pauses[endpoint]}
	for _, p := range scopes {
		if p == nil || p.strikes == 0 || !now.Before(p.until) && !p.probing {
			continue
		}
		e := p.err
		e.Held = true
		e.Until = p.until
		if !now.Before(p.until) { // over, but the first call after it is still out
			e.Until = now.Add(jitter(15 * time.Second))
		}
		b.stats.Held++
		return &e
	}
	for _, p := range scopes {
		if p != nil && p.strikes > 0 {
			p.probing = p.probing || probe
		}
	}
	return nil
}

// done tells how a call that begin let through ended: with an answer (nil: the
// one asked for), or with none at all. It writes the end of the pause that the
// answer began into it; retryAfter is the platform's own wish for its length.
func (b *Budget) done(endpoint string, answered bool, answer *APIError, retryAfter time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range [2]*pause{b.pauses[""], b.pauses[endpoint]} {
		if p != nil {
			p.probing = false
			if answered && (answer == nil || answer.ordinary()) {
				p.strikes = 0
			}
		}
	}
	if answer == nil {
		return
	}
	scope, first, most := answer.pause()
	if first == 0 {
		return
	}
	now := time.Now()
	p := b.pauses[scope]
	if p == nil {
		p = &pause{}
		b.pauses[scope] = p
	}
	if now.Before(p.until) { // sent before the pause began: no second strike
		answer.Until = p.until
		return
	}
	wait := most
	if p.strikes < 16 {
		wait = min(most, first<<p.strikes)
	}
	p.strikes++
	p.until = now.Add(max(jitter(wait), min(retryAfter, most)))
	answer.Until = p.until
	p.err = *answer
	b.stats.Refusals++
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
