// Package prelude sets what the toolkit reads from the environment while its
// own packages are initialised.
//
// How long the texture of a text is kept that is no longer shown: a busy chat
// draws tens of texts a second, which over the toolkit's minute add up to more
// than a hundred megabytes.
//
// And the locale. The toolkit loads a system font for it beside the built-in
// ones, which for Chinese and Japanese takes forty megabytes that nothing is
// drawn with; of the locale C it complains on standard error. It is told
// English; the window speaks the language of the desktop all the same, because
// it asks this package.
//
// This package needs nothing but os, and among the packages that are ready Go
// initialises the one whose path sorts first: so it comes before the toolkit.
// A test of cmd/viewer looks at the order.
package prelude

import "os"

// names are the variables that tell the locale, the strongest first.
var names = [...]string{"LC_ALL", "LC_MESSAGES", "LANG"}

var locale, strongest, wasSet = look()

func look() (locale, all string, set bool) {
	for _, name := range names {
		if v := os.Getenv(name); v != "" {
			locale = v
			break
		}
	}
	all, set = os.LookupEnv(names[0])
	return locale, all, set
}

func init() {
	if os.Getenv("FYNE_CACHE") == "" {
		// Twelve seconds, not ten: the toolkit walks through an idle window
		// whenever what it keeps could be older than this minus ten seconds.
		_ = os.Setenv("FYNE_CACHE", "12s") // cannot fail for such a name
	}
	_ = os.Setenv(names[0], "en_US.UTF-8")
}

// Locale is the desktop's locale as the environment told it, such as
// zh_CN.UTF-8; empty when it did not.
func Locale() string { return locale }

// Environ is the environment for other programs: as it was.
func Environ() []string {
	env := os.Environ()
	kept := env[:0]
	for _, v := range env {
		if len(v) > 7 && v[:7] == "LC_ALL=" {
			continue
		}
		kept = append(kept, v)
	}
	if wasSet {
		kept = append(kept, "LC_ALL="+strongest)
	}
	return kept
}
