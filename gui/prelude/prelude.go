// Package prelude sets two things the toolkit reads from the environment while
// its own packages are initialised.
//
// How long the texture of a text is kept that is no longer shown: a busy chat
// draws tens of texts a second, which over the toolkit's minute add up to more
// than a hundred megabytes. And the locale, of which the toolkit complains on
// standard error when it is C.
//
// This package needs nothing but os and strings, and among the packages that
// are ready Go initialises the one whose path sorts first: so it comes before
// the toolkit. A test of cmd/viewer looks at the order.
package prelude

import (
	"os"
	"strings"
)

func init() {
	if os.Getenv("FYNE_CACHE") == "" {
		// Twelve seconds, not ten: the toolkit walks through an idle window
		// whenever what it keeps could be older than this minus ten seconds.
		_ = os.Setenv("FYNE_CACHE", "12s") // cannot fail for such a name
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := os.Getenv(name)
		if v == "" {
			continue
		}
		if v == "POSIX" || v == "C" || strings.HasPrefix(v, "C.") {
			_ = os.Setenv(name, "en_US.UTF-8") // what C means for a window
		}
		return
	}
	_ = os.Setenv("LANG", "en_US.UTF-8")
}
