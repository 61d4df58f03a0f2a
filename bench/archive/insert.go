package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"danmaku/event"
	"danmaku/store"
)

// cpu is the processor time of who: RUSAGE_SELF or RUSAGE_THREAD.
func cpu(who int) time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(who, &ru); err != nil {
		panic(err) // it takes no input that could be wrong
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

const rusageThread = 1

// sliceRows is how many rows one side inserts before it is the other's turn.
const sliceRows = 5120

// inserted is one round: microseconds of processor time a row, of the store, of C
// with FTS4's insertion, and of C with the very statements of the store.
type inserted struct{ store, c, very float64 }

func (i inserted) ratio() float64     { return i.store / i.c }
func (i inserted) ratioVery() float64 { return i.store / i.very }

// insertRound inserts the events through the store and, in turns with it, the
// same rows in C. C's time is that of this thread while it is C's turn; the
// store's is all other time of the process, Go's collector included.
func insertRound(dir string, events []event.Event, batch int, recordings [2]*recording) (inserted, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx := context.Background()
	removeArchive(filepath.Join(dir, "store.db"))
	a, err := store.Open(ctx, filepath.Join(dir, "store.db"), store.Options{})
	if err != nil {
		return inserted{}, err
	}
	defer a.Close()
	var limits [2]*limit
	for i, r := range recordings {
		path := filepath.Join(dir, fmt.Sprintf("c%d.db", i))
		removeArchive(path)
		if limits[i], err = openLimit(path, r); err != nil {
			return inserted{}, err
		}
		defer limits[i].close()
		if err := limits[i].run(1); err != nil { // the tables
			return inserted{}, err
		}
	}
	runtime.GC()
	var inC [2]time.Duration
	all := cpu(syscall.RUSAGE_SELF)
	perSlice := max(1, sliceRows/batch)
	turn := func(i int) error {
		for j := i; j < min(i+perSlice*batch, len(events)); j += batch {
			if _, err := a.Append(ctx, events[j:min(j+batch, len(events))]); err != nil {
				return err
			}
		}
		return nil
	}
	for i, n := 0, 0; i < len(events); i, n = i+perSlice*batch, n+1 {
		if n%2 == 0 {
			err = turn(i)
		}
		for k, l := range limits {
			if err == nil {
				from := cpu(rusageThread)
				err = l.run(perSlice)
				inC[k] += cpu(rusageThread) - from
			}
		}
		if err == nil && n%2 == 1 {
			err = turn(i)
		}
		if err != nil {
			return inserted{}, err
		}
	}
	all = cpu(syscall.RUSAGE_SELF) - all
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(len(events)) }
	return inserted{per(all - inC[0] - inC[1]), per(inC[0]), per(inC[1])}, nil
}

// benchInsert measures insertion and prints a line for each size of transaction.
func benchInsert(out io.Writer, dir string, rows, rounds int) error {
	fmt.Fprintf(out, "\nInsertion, %d rows into an empty file, us of CPU a row; median of %d rounds (all of them)\n", rows, rounds)
	fmt.Fprintf(out, "  C: search by FTS4's own insertion; C*: the very statements of the store\n")
	fmt.Fprintf(out, "  %-18s %-8s %-8s %-8s %-12s %s\n", "a transaction", "store", "C", "C*", "store / C", "store / C*")
	events := newTraffic(1, 8, 20_000).many(rows, anything, false)
	for _, c := range []struct {
		batch int
		goal  float64
	}{{512, 20}, {10, 45}} {
		var recordings [2]*recording
		for i := range recordings {
			path := filepath.Join(dir, "record.db")
			removeArchive(path)
			r, err := record(path, events, c.batch, i == 1)
			if err != nil {
				return err
			}
			removeArchive(path)
			recordings[i] = r
		}
		var all []inserted
		for range rounds {
			i, err := insertRound(dir, events, c.batch, recordings)
			if err != nil {
				return err
			}
			all = append(all, i)
		}
		of := func(f func(inserted) float64) float64 { return medianOf(all, f) }
		fmt.Fprintf(out, "  %-18d %-8.1f %-8.1f %-8.1f %-12.2f %-12.2f goals %.0f us, 1.35   (", c.batch, of(func(i inserted) float64 { return i.store }),
			of(func(i inserted) float64 { return i.c }), of(func(i inserted) float64 { return i.very }), of(inserted.ratio), of(inserted.ratioVery), c.goal)
		for i, x := range all {
			if i > 0 {
				fmt.Fprint(out, ", ")
			}
			fmt.Fprintf(out, "%.1f/%.1f/%.1f", x.store, x.c, x.very)
		}
		fmt.Fprintln(out, ")")
	}
	return nil
}

func medianOf[T any](all []T, f func(T) float64) float64 {
	var v []float64
	for _, x := range all {
		v = append(v, f(x))
	}
	slices.Sort(v)
	return v[len(v)/2]
}
