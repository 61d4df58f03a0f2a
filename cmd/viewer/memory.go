package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much garbage may pile up before it is collected, in percent
// of what is in use. A window makes little garbage, and much of what it uses
// are fonts, which cost the collector nothing to look at: Go's usual 100 would
// double its memory for a saving of a thousandth of a core.
const gcPercent = 30

// spareMemory has the collector come more often, unless GOGC says something.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
