package exchange

import (
	"sync"

	"danmaku/event"
)

const (
	aheadLot   = 256     // events handed over at once,
	aheadBytes = 1 << 20 // fewer when their commands are larger than so much together
	aheadLots  = 8       // lots that are read ahead at most
)

// Ahead reads events ahead in a goroutine of its own, so that reading and what
// is done with the events each have a processor. The goroutine has ended when
// the iteration has; events must therefore not wait for what the caller does
// with the ones before.
func Ahead(events Events) Events {
	type one struct {
		event event.Event
		err   error
	}
	return func(yield func(event.Event, error) bool) {
		lots := make(chan []one, aheadLots)
		used := make(chan []one, aheadLots+2)
		stop := make(chan struct{})
		var reading sync.WaitGroup
		defer reading.Wait()
		defer close(stop)
		reading.Go(func() {
			defer close(lots)
			var lot []one
			size := 0
			hand := func() bool {
				select {
				case lots <- lot:
				case <-stop:
					return false
				}
				select {
				case lot = <-used:
					lot = lot[:0]
				default:
					lot = make([]one, 0, aheadLot)
				}
				size = 0
				return true
			}
			for e, err := range events {
				lot = append(lot, one{e, err})
				size += len(e.Raw)
				if (len(lot) >= aheadLot || size >= aheadBytes) && !hand() {
					return
				}
			}
			if len(lot) > 0 {
				hand()
			}
		})
		for lot := range lots {
			for i := range lot {
				if !yield(lot[i].event, lot[i].err) {
					return
				}
			}
			clear(lot)
			select {
			case used <- lot:
			default:
			}
		}
	}
}
