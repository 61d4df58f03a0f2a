// Command archive measures what the archive costs: inserting beside the same
// rows in C, searching beside a scan, rules as the window asks them, the file's
// size, opening and reading.
//
//	./dev bench archive                          all, a million comments
//	./dev bench archive -only insert -rounds 9
//	./dev bench archive -comments 10000000       takes half an hour and 3 GB
//
// Times are the processor's, of the whole process, system calls included.
// Linux only.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

type config struct {
	rows, rounds int    // of inserting
	comments     int    // of the archive that is searched and read
	path         string // of an archive to search and read instead
	repeat       int    // of each search
	dir          string
}

func main() {
	var c config
	only := flag.String("only", "", "insert, search, rules, size: comma separated; empty: all")
	flag.IntVar(&c.rows, "rows", 200_000, "rows of an insertion")
	flag.IntVar(&c.rounds, "rounds", 5, "rounds of an insertion; the median counts")
	flag.IntVar(&c.comments, "comments", 1_000_000, "comments of the archive that is searched and read")
	flag.StringVar(&c.path, "archive", "", "search and read this archive instead of making one")
	flag.IntVar(&c.repeat, "repeat", 10, "how often each search is made")
	flag.StringVar(&c.dir, "dir", os.TempDir(), "a folder on the disk to be measured")
	flag.Parse()
	if err := bench(os.Stdout, *only, c); err != nil {
		fmt.Fprintln(os.Stderr, "archive:", err)
		os.Exit(1)
	}
}

func bench(out io.Writer, only string, c config) (err error) {
	if c.dir, err = os.MkdirTemp(c.dir, "danmaku-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(c.dir)
	wanted := func(name string) bool { return only == "" || strings.Contains(","+only+",", ","+name+",") }
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(out, "load %s", load)
	}
	if wanted("insert") {
		if err := benchInsert(out, c.dir, c.rows, c.rounds); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
	}
	if !wanted("search") && !wanted("rules") && !wanted("size") {
		return nil
	}
	if wanted("rules") {
		path, _, err := makeArchive(out, c, anything)
		if err != nil {
			return err
		}
		if err := benchRules(out, path, c.repeat); err != nil {
			return fmt.Errorf("rules: %w", err)
		}
	}
	if !wanted("search") && !wanted("size") {
		return nil
	}
	path, size, err := makeArchive(out, c, comments)
	if err != nil {
		return err
	}
	if wanted("search") {
		if err := benchSearch(out, path, c.repeat); err != nil {
			return fmt.Errorf("search: %w", err)
		}
	}
	if wanted("size") {
		if err := benchSize(out, path, size, c); err != nil {
			return fmt.Errorf("size: %w", err)
		}
	}
	return nil
}

// removeArchive deletes an archive and what SQLite puts beside it.
func removeArchive(path string) {
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end) // that there is none is as well
	}
}
