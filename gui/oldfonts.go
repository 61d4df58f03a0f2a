package gui

import (
	_ "unsafe" // for go:linkname

	"github.com/go-text/typesetting/shaping"
)

// toolkitShaper lays out every text of the toolkit. Whenever the look or the
// font changes, also when the desktop turns dark, the toolkit reads its fonts
// anew, and this one keeps the old for ever: for each it has a plan how to shape
// text, and never drops one. With fonts for Chinese that is 14 MB for a change.
// The toolkit (2.8.0) has no way to say so; a test tells when this one fails.
//
//go:linkname toolkitShaper fyne.io/fyne/v2/internal/painter.shaper
var toolkitShaper *shaping.HarfbuzzShaper

// forgetFonts lets go of the fonts that are no longer in use. Those that are
// come back with the next letter. It belongs to the goroutine that draws.
func forgetFonts() { toolkitShaper = new(shaping.HarfbuzzShaper) }
