package gui

import (
	_ "embed"
	"sync"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	_ "danmaku/gui/prelude" // before the toolkit is initialised
)

//go:embed font/NotoSansCJKsc-Regular.otf
var regularFont []byte

//go:embed font/NotoSansCJKsc-Bold-GB2312-JIS.otf
var boldFont []byte

var (
	fontRegular = newFont("NotoSansCJKsc-Regular.otf", regularFont)
	fontBold    = newFont("NotoSansCJKsc-Bold-GB2312-JIS.otf", boldFont)
)

// fontFile is a font as the toolkit takes it, and what can be drawn with it,
// which is read when it is first asked for.
type fontFile struct {
	*fyne.StaticResource
	typeface func() *typeface
}

func newFont(name string, content []byte) *fontFile {
	return &fontFile{fyne.NewStaticResource(name, content), sync.OnceValue(func() *typeface { return newTypeface(content) })}
}

// BuiltInFonts returns what the toolkit copies when the first text is written
// and hardly ever reads again: the fonts in this program's file, its own too.
func BuiltInFonts() [][]byte {
	fonts := [][]byte{regularFont, boldFont}
	if emoji := theme.DefaultEmojiFont(); emoji != nil {
		fonts = append(fonts, emoji.Content())
	}
	return fonts
}

// boldable reports whether the bold font has every character of s. It is the
// smaller of the two: a text it cannot write whole is written in regular,
// because a missing character would be a box on a bare machine.
func boldable(s string) bool {
	for _, r := range s {
		if r >= 0x80 && !fontBold.typeface().quick.has(r) {
			return false
		}
	}
	return true
}

// embolden writes a text in bold where that font can write it. The bold font is
// named as the text's own: as a style of the theme the toolkit would keep for
// it, beside the bold font, a second copy of everything it falls back to (its
// Latin and emoji fonts and one of the system: 12 MB). A font of the user's has
// no bold.
func embolden(t *canvas.Text, bold bool) {
	t.TextStyle, t.FontSource = boldOf(t.Text, bold)
}

func boldOf(s string, bold bool) (fyne.TextStyle, fyne.Resource) {
	if !bold || !boldable(s) || theme.Font(fyne.TextStyle{Bold: true}) != fyne.Resource(fontBold) {
		return fyne.TextStyle{}, nil
	}
	return fyne.TextStyle{Bold: true}, fontBold
}

// textWidth is how wide a text without emoji is on one line.
func textWidth(s string, size float32, bold bool) float32 {
	style, source := boldOf(s, bold)
	w, _ := fyne.CurrentApp().Driver().RenderedTextSize(s, size, style, source)
	return w.Width
}

// runeSet is a set of characters of the basic plane.
type runeSet [1 << 10]uint64

func (s *runeSet) has(r rune) bool { return r < 1<<16 && s[r>>6]&(1<<(r&63)) != 0 }

// fontRunes reads which characters of the basic plane an OpenType font has,
// from a format 4 character map, which pyftsubset always writes.
func fontRunes(font []byte) *runeSet {
	var set runeSet
	u16 := func(at int) int {
		if at < 0 || at+2 > len(font) {
			return 0
		}
		return int(font[at])<<8 | int(font[at+1])
	}
	u32 := func(at int) int { return u16(at)<<16 | u16(at+2) }
	for t := range u16(4) {
		record := 12 + 16*t
		if record+16 > len(font) || string(font[record:record+4]) != "cmap" {
			continue
		}
		cmap := u32(record + 8)
		for i := range u16(cmap + 2) {
			sub := cmap + u32(cmap+4+8*i+4)
			if u16(sub) != 4 {
				continue
			}
			segments := u16(sub+6) / 2
			for s := range segments {
				last := u16(sub + 14 + 2*s)
				first := u16(sub + 16 + 2*segments + 2*s)
				for r := first; r <= last && r < 0xffff; r++ {
					set[r>>6] |= 1 << (r & 63)
				}
			}
		}
	}
	return &set
}

// firstRune returns the first character of s that is a letter or picture, for
// the disc that stands for a streamer.
func firstRune(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return "?"
	}
	return s[:n]
}
