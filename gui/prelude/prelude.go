// Package prelude sets what the toolkit reads from the environment while its
// own packages are initialised.
//
// How long the texture of a text is kept that is no longer shown: a busy chat
// draws tens of texts a second, which over the toolkit's minute add up to more
// than a hundred megabytes.
//
// And the language. The toolkit loads a system font for it beside the built-in
// ones, for every style of text, which for Chinese and Japanese takes forty
// megabytes that nothing is drawn with; of the locale C it complains on standard
// error. It is told Persian: a font for that is small, the faces people make of
// characters need it anyway, and it is not the one of all Chinese, Japanese and
// Korean, as the one for English may be. The toolkit itself has no Persian words
// and stays with English; the window speaks the language of the desktop, because
// it asks this package, and letters are typed as before: the input method's part
// of the locale stays as it was.
//
// This package needs nothing but os and strings, and among the packages that are ready Go
// initialises the one whose path sorts first: so it comes before the toolkit.
// A test of cmd/viewer looks at the order.
package prelude

import (
	"os"
	"strings"
)

// The variables that say the locale. LC_ALL is stronger than all others; the
// toolkit asks LANGUAGE too.
const (
	allParts = "LC_ALL"
	letters  = "LC_CTYPE" // what an input method goes by
	messages = "LC_MESSAGES"
	wishes   = "LANGUAGE"
	usual    = "LANG"
)

// before is the variables as they were, of those that are set here.
var before = look()

func look() map[string]string {
	found := make(map[string]string)
	for _, name := range []string{allParts, letters, messages, wishes, usual} {
		if v, ok := os.LookupEnv(name); ok {
			found[name] = v
		}
	}
	return found
}

// first returns the first of some variables that says something.
func first(names ...string) string {
	for _, name := range names {
		if v := before[name]; v != "" {
			return v
		}
	}
	return ""
}

// Setting and unsetting cannot fail for such names.
func init() {
	if os.Getenv("FYNE_CACHE") == "" {
		// Twelve seconds, not ten: the toolkit walks through an idle window
		// whenever what it keeps could be older than this minus ten seconds.
		_ = os.Setenv("FYNE_CACHE", "12s")
	}
	if v := before[allParts]; v != "" {
		_ = os.Setenv(letters, v)
	}
	_ = os.Unsetenv(allParts)
	_ = os.Unsetenv(wishes)
	_ = os.Setenv(messages, "fa_IR.UTF-8")
}

// Locale is the desktop's locale as the environment told it, such as
// zh_CN.UTF-8; empty when it did not.
func Locale() string { return first(allParts, messages, usual) }

// Environ is the environment for other programs: as it was.
func Environ() []string {
	env := os.Environ()
	kept := env[:0]
	for _, v := range env {
		switch name, _, _ := strings.Cut(v, "="); name {
		case allParts, letters, messages, wishes:
		default:
			kept = append(kept, v)
		}
	}
	for _, name := range []string{allParts, letters, messages, wishes} {
		if v, ok := before[name]; ok {
			kept = append(kept, name+"="+v)
		}
	}
	return kept
}
