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

// inserted is one round: microseconds of processor time a row.
type inserted struct{ store, c float64 }

func (i inserted) ratio() float64 { return i.store / i.c }

// insertRound inserts the events through the store and, in turns with it, the
// same rows in C. C's time is that of this thread while it is C's turn; the
// store's is all other time of the process, Go's collector included.
func insertRound(dir string, events []event.Event, batch int, r *recording) (inserted, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx := context.Background()
	for _, name := range []string{"store.db", "c.db"} {
		removeArchive(filepath.Join(dir, name))
	}
	a, err := store.Open(ctx, filepath.Join(dir, "store.db"), store.Options{})
	if err != nil {
		return inserted{}, err
	}
	defer a.Close()
	l, err := openLimit(filepath.Join(dir, "c.db"), r)
	if err != nil {
		return inserted{}, err
	}
	defer l.close()
	if err := l.run(1); err != nil { // the tables
		return inserted{}, err
	}
	runtime.GC()
	inC, all := time.Duration(0), cpu(syscall.RUSAGE_SELF)
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
		if err == nil {
			from := cpu(rusageThread)
			err = l.run(perSlice)
			inC += cpu(rusageThread) - from
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
	return inserted{per(all - inC), per(inC)}, nil
}

// benchInsert measures insertion and prints a line for each size of transaction.
func benchInsert(out io.Writer, dir string, rows, rounds int) error {
	fmt.Fprintf(out, "\nInsertion, %d rows into an empty file, us of CPU a row; median of %d rounds (all of them)\n", rows, rounds)
	fmt.Fprintf(out, "  %-18s %-8s %-8s %s\n", "a transaction", "store", "C", "store / C")
	events := newTraffic(1, 8, 20_000).many(rows, anything, false)
	for _, c := range []struct {
		batch int
		goal  float64
	}{{512, 20}, {10, 45}} {
		path := filepath.Join(dir, "record.db")
		removeArchive(path)
		r, err := record(path, events, c.batch)
		if err != nil {
			return err
		}
		removeArchive(path)
		var all []inserted
		for range rounds {
			i, err := insertRound(dir, events, c.batch, r)
			if err != nil {
				return err
			}
			all = append(all, i)
		}
		fmt.Fprintf(out, "  %-18d %-8.1f %-8.1f %.2f   goals %.0f us, 1.35   (", c.batch, medianOf(all, func(i inserted) float64 { return i.store }),
			medianOf(all, func(i inserted) float64 { return i.c }), medianOf(all, inserted.ratio), c.goal)
		for i, x := range all {
			if i > 0 {
				fmt.Fprint(out, ", ")
			}
			fmt.Fprintf(out, "%.1f/%.1f", x.store, x.c)
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
