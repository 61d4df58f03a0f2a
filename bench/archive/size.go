package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"danmaku/event"
	"danmaku/store"
)

// mostRaw is how many comments the archives have that tell what raw commands cost.
const mostRaw = 200_000

func fileSize(path string) (int64, error) {
	st, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// benchSize prints bytes a comment, how long opening takes, and reading in order.
// size is of the archive at path, by comment; 0: not known.
func benchSize(out io.Writer, path string, size float64, c config) error {
	fmt.Fprintln(out, "\nSize, opening, reading")
	if size > 0 {
		fmt.Fprintf(out, "  bytes a comment, without raw commands  %.1f   goal 150\n", size)
		// The difference is what commands cost, whatever the number of users.
		n := min(c.comments/2+1, mostRaw)
		var sizes [2]int64
		for i, raw := range []bool{false, true} {
			p := filepath.Join(c.dir, "raw.db")
			removeArchive(p)
			if err := fill(p, newTraffic(5, 50, 200_000), n, comments, raw); err != nil {
				return err
			}
			var err error
			if sizes[i], err = fileSize(p); err != nil {
				return err
			}
			removeArchive(p)
		}
		cost := float64(sizes[1]-sizes[0]) / float64(n)
		fmt.Fprintf(out, "  bytes a comment, with raw commands     %.1f   goal 350; a command takes %.1f\n", size+cost, cost)
	}
	var opening []time.Duration
	for range 9 {
		from := time.Now()
		a, err := store.Open(context.Background(), path, store.Options{})
		if err != nil {
			return err
		}
		_, err = a.LastSeq(context.Background())
		opening = append(opening, time.Since(from))
		if e := a.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "  opening, ms                            %.1f   goal 100; of 9, by the clock; the slowest %.1f\n", millis(opening, 50), millis(opening, 100))
	a, err := store.OpenReadOnly(context.Background(), path)
	if err != nil {
		return err
	}
	defer a.Close()
	n := 0
	from, cpuFrom := time.Now(), cpu(syscall.RUSAGE_SELF)
	for _, err := range a.Query(context.Background(), event.Filter{Limit: 1_000_000}) {
		if err != nil {
			return err
		}
		n++
	}
	used, wall := cpu(syscall.RUSAGE_SELF)-cpuFrom, time.Since(from)
	_, err = fmt.Fprintf(out, "  reading in order                       %.2f us of CPU an event, %.0f events/s by the clock; goal 200000\n", float64(used.Microseconds())/float64(max(1, n)), float64(n)/wall.Seconds())
	return err
}
