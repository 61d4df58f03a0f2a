package gui

import (
	"bytes"
	"image"
	"strings"
	"sync"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// People write their names with letters from mathematics, in circles and
// squares, that hardly a font has: the toolkit draws a box for each. Here they
// become the letters they are made of, in what is drawn only: what is copied,
// searched and archived stays as it was written.

// noGlyph stands for a run of characters that cannot be drawn at all.
const noGlyph = "□"

// legible returns a text without emoji as it can be drawn.
func legible(s string) string {
	var f *typeface
	for i, r := range s {
		if r < 0x80 {
			continue
		}
		if f == nil {
			f = typefaceNow()
		}
		if !f.quick.has(r) {
			return f.redraw(s, i)
		}
	}
	return s
}

// readable is legible for a text with emoji, which have pictures.
func readable(s string) string {
	if plain(s) {
		return legible(s)
	}
	var b strings.Builder
	spell(s, func(text string, _ *picture) { b.WriteString(text) })
	return b.String()
}

// spell calls each for the parts of s as they are drawn: runs of legible text,
// and emoji with their picture.
func spell(s string, each func(text string, pic *picture)) {
	split(s, func(text string, pic *picture) {
		if pic == nil {
			text = legible(text)
		}
		if text != "" {
			each(text, pic)
		}
	})
}

// typeface is what can be drawn with a font and with those the toolkit falls
// back to.
type typeface struct {
	own   *sfnt.Font // nil: it cannot be read
	quick *runeSet   // of the basic plane
	// as is how characters are drawn that the font may not have. Whether a font of
	// the system has one does not change while the program runs.
	as sync.Map // rune to string
	// missing is what a character looks like that no font has.
	missing func() []byte
}

// typefaceNow is that of the font which texts are written in.
func typefaceNow() *typeface {
	if f, ok := theme.Font(fyne.TextStyle{}).(*fontFile); ok {
		return f.typeface()
	}
	return fontRegular.typeface() // the theme is not the window's: a test of a part
}

func newTypeface(content []byte) *typeface {
	f := &typeface{quick: fontRunes(content), missing: sync.OnceValue(func() []byte { return pixelsOf('\U000ffffe') })} // no character, for ever
	f.own, _ = sfnt.Parse(content)
	return f
}

// latin is the toolkit's own font, which it tries next.
var latin = sync.OnceValue(func() *sfnt.Font {
	f, _ := sfnt.Parse(theme.DefaultTextFont().Content())
	return f
})

// redraw replaces what cannot be drawn in a text, of which the first so many
// bytes can.
func (f *typeface) redraw(s string, from int) string {
	var b strings.Builder
	b.WriteString(s[:from])
	gap := false // the last one was a placeholder
	for _, r := range s[from:] {
		as := f.draws(r)
		if gap && as == noGlyph {
			continue
		}
		gap = as == noGlyph && string(r) != noGlyph
		b.WriteString(as)
	}
	return b.String()
}

// draws returns what is drawn for a character: itself if any font has it.
func (f *typeface) draws(r rune) string {
	if r < 0x80 || f.quick.has(r) {
		return string(r)
	}
	if as, ok := f.as.Load(r); ok {
		return as.(string)
	}
	as := f.find(r)
	f.as.Store(r, as)
	return as
}

// find works out how to draw a character. The fonts of the system are asked
// last: the first character of one may cost 20 MB, and what they have differs
// from machine to machine.
func (f *typeface) find(r rune) string {
	if f.has(r) {
		return string(r)
	}
	if s := norm.NFKC.String(string(r)); s != string(r) && strings.IndexFunc(s, func(r rune) bool { return !f.has(r) }) < 0 {
		return s
	}
	if s := plainLetter(r); s != 0 {
		return string(s)
	}
	switch {
	case r == '\u200d' || r == selector || skinTone(r):
		return "" // of a picture that is not there
	case !bytes.Equal(pixelsOf(r), f.missing()): // a font of the system has it
		return string(r)
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return ""
	}
	return noGlyph
}

// has reports whether the font has a character, or the toolkit's own.
func (f *typeface) has(r rune) bool {
	var buf sfnt.Buffer
	for _, font := range []*sfnt.Font{f.own, latin()} {
		if font == nil {
			continue
		}
		if i, err := font.GlyphIndex(&buf, r); err == nil && i != 0 {
			return true
		}
	}
	return false
}

// smallCapitals are letters of phonetics, in the order of the alphabet; there is
// no small X.
const smallCapitals = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ ʏᴢ"

// plainLetter is the letter that a character shows for which Unicode names no
// such letter: small capitals, white letters in black circles and squares, the
// halves of flags. 0: none.
func plainLetter(r rune) rune {
	switch {
	case r >= 0x1f150 && r <= 0x1f169:
		return 'A' + r - 0x1f150
	case r >= 0x1f170 && r <= 0x1f189:
		return 'A' + r - 0x1f170
	case r >= 0x1f1e6 && r <= 0x1f1ff:
		return 'A' + r - 0x1f1e6
	}
	letter := 'A'
	for _, c := range smallCapitals {
		if c == r {
			return letter
		}
		letter++
	}
	return 0
}

// pixelsOf are the pixels of one character as the toolkit draws it.
func pixelsOf(r rune) []byte {
	t := &canvas.Text{Text: string(r), TextSize: 20, Color: rgb(0)}
	paper := software.NewTransparentCanvas()
	paper.SetPadded(false)
	paper.SetContent(newStill(t))
	t.Resize(fyne.NewSize(1, 40))
	paper.Resize(fyne.NewSize(60, 40))
	if img, ok := paper.Capture().(*image.NRGBA); ok {
		return img.Pix
	}
	return nil // the toolkit's painter always gives one
}
