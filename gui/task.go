package gui

import (
	"context"
	"time"
)

// task is something done in the background, of which only the latest counts:
// starting it again gives up what it was doing.
type task struct {
	run    int
	cancel context.CancelFunc
}

// start runs work on a goroutine of its own. work hands to show what is to be
// done on the goroutine that draws; that is left out when the task was started
// again or stopped in between.
func (k *task) start(w *Window, limit time.Duration, work func(ctx context.Context, show func(func()))) {
	k.stop()
	ctx, cancel := w.ctx, context.CancelFunc(nil)
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	k.cancel = cancel
	run := k.run
	w.spawn(func() {
		defer cancel()
		work(ctx, func(f func()) {
			w.do(func() {
				if run == k.run {
					f()
				}
			})
		})
	})
}

// busy reports whether what was started has not been stopped yet.
func (k *task) busy() bool { return k.cancel != nil }

// stop gives up what is being done.
func (k *task) stop() {
	k.run++
	if k.cancel != nil {
		k.cancel()
		k.cancel = nil
	}
}
