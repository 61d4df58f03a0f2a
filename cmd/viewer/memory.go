package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"danmaku/gui"
	"danmaku/internal/hub"
)

// gcPercent is how much garbage may pile up before it is collected, in percent
// of what is in use. A window makes little garbage, and much of what it uses
// are fonts, which cost the collector nothing to look at: Go's usual 100 would
// double its memory for a saving of a thousandth of a core.
const gcPercent = 20

// logKept is how long events are kept in memory, beside the archive, for the
// window and the relay's readers when they are behind: commands as received are
// long, and a relay of many rooms would keep twelve megabytes.
const logKept = 10 * time.Second

func spareLog() hub.Options { return hub.Options{Archived: logKept} }

// archiveCache is how much of the archive the writing side keeps in memory. One
// room's events find their place in the file's index without sixteen megabytes.
const archiveCache = 4 << 20

// spareMemory has the collector come more often, unless GOGC says something.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// trimEvery is how often the pages of the built-in fonts are given back: sixteen
// megabytes. At the first time the code that starting needed goes as well, most of
// it a compiler in Mesa's software OpenGL: sixty megabytes. (Having the C library
// keep less, too, by its thresholds and by malloc_trim, saved nothing that lasted
// and doubled the page faults: in a busy room the window then stood for more than a
// second.)
const trimEvery = time.Minute

// trimMemory gives them back until ctx ends.
func trimMemory(ctx context.Context) {
	t := time.NewTicker(trimEvery)
	defer t.Stop()
	for begun := true; ; begun = false {
		select {
		case <-t.C:
			for _, b := range gui.BuiltInFonts() {
				giveBack(b)
			}
			if begun {
				giveBackCode()
			}
		case <-ctx.Done():
			return
		}
	}
}
