package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"danmaku/internal/crowd"
)

// places is at how many different positions those who come back are.
const places = 10

// runBehind measures how the relay brings subscribers up to date who all come
// back at once, l.behind messages later: how long it takes until each has all,
// and what it costs. At most length times 30 is waited.
func runBehind(name string, l load, length time.Duration) (res result, err error) {
	c, err := start(name, l.size, 0)
	if err != nil {
		return res, err
	}
	defer c.stop()
	if err := fill(c, l.behind); err != nil {
		return res, fmt.Errorf("fill the archive: %w", err)
	}
	before, err := c.usage()
	if err != nil {
		return res, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*length)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, places)
	meters := make([]*meter, places)
	t0 := time.Now()
	for i := range places {
		wg.Go(func() {
			m := newMeter(l.readers / places)
			meters[i] = m
			after := i * 17
			all := int64(m.readers * (l.behind - after))
			inner, done := context.WithCancel(ctx)
			defer done()
			w, err := crowd.Connect(inner, crowd.Config{URL: fmt.Sprintf("%s&after=%d", c.url, after), Readers: m.readers, Take: m.take, Round: func() {
				if m.round(); m.count >= all {
					done()
				}
			}})
			if err != nil {
				errs[i] = err
				return
			}
			defer w.Close()
			if errs[i] = w.Run(inner); errs[i] == nil && m.count != all {
				errs[i] = fmt.Errorf("%d messages of %d", m.count, all)
			}
		})
	}
	wg.Wait()
	seconds := time.Since(t0).Seconds()
	if err := errors.Join(errs...); err != nil {
		return res, err
	}
	after, err := c.usage()
	n := 0.0
	for _, m := range meters {
		n += float64(m.count)
		res.repeated += m.repeated
	}
	cpu := after.cpu - before.cpu
	res.perDelivery, res.system = float64(cpu.Nanoseconds())/1e3/n, float64(after.system-before.system)/float64(cpu)
	res.perSecond, res.rss, res.took = n/seconds, float64(after.rss)/1024, seconds
	return res, err
}

// fill has n messages said and waits until a subscriber has had them: they are
// archived by then.
func fill(c *child, n int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := newMeter(1)
	w, err := crowd.Connect(ctx, crowd.Config{URL: c.url, Readers: 1, Take: m.take, Round: m.round})
	if err != nil {
		return err
	}
	defer w.Close()
	reading := make(chan error, 1)
	go func() { reading <- w.Run(ctx) }()
	for said := 0; said < n; {
		var batch []stamp
		for range min(100, n-said) {
			batch = append(batch, stamp{int64(time.Since(began)), uint32(said)})
			said++
		}
		if err := c.send(batch); err != nil {
			return err
		}
		for int(m.acked.Load()) < said {
			select {
			case <-m.more:
			case err := <-reading:
				return errors.Join(errClosed, err)
			}
		}
	}
	cancel()
	return <-reading
}
