package main

import (
	"slices"
	"testing"

	"github.com/alecthomas/kong"

	"danmaku/internal/cli"
)

// The archive's command line reads the same file: it must know what is the viewer's.
func TestTheKeysOfTheViewerAreKnownToOtherPrograms(t *testing.T) {
	parser, err := kong.New(&flags{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		every := []string{"help", "config", "log-format", "log-level", "version", "archive"}
		if !slices.Contains(every, f.Name) && !slices.Contains(cli.Recording, f.Name) {
			t.Errorf("cli.Recording lacks %q", f.Name)
		}
	}
}
