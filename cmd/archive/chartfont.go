package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
)

// chartFont is the font of a chart: one of the machine's with Chinese and
// Japanese in it, or the drawing library's own without.
type chartFont struct {
	handler text.Handler
	font    font.Font
	file    *opentype.Font // nil: the library's own
	buf     sfnt.Buffer
}

const maxFontFile = 64 << 20

// openChartFont loads a font file, or looks for one. The error is for a named
// file only.
func openChartFont(name string) (*chartFont, error) {
	if name != "" {
		f, err := loadFont(name)
		if err != nil {
			return nil, fmt.Errorf("font %s: %w", name, err)
		}
		return newChartFont(f), nil
	}
	for _, path := range systemFonts() {
		if f, err := loadFont(path); err == nil && covers(f, '弹') && covers(f, 'あ') {
			return newChartFont(f), nil
		}
	}
	cache := font.NewCache(liberation.Collection())
	return &chartFont{handler: text.Plain{Fonts: cache}, font: font.Font{Typeface: "Liberation", Variant: "Sans"}}, nil
}

func newChartFont(f *opentype.Font) *chartFont {
	var buf sfnt.Buffer
	family, err := f.Name(&buf, sfnt.NameIDFamily)
	if err != nil || family == "" {
		family = "sans-serif"
	}
	c := &chartFont{file: f, font: font.Font{Typeface: font.Typeface(family), Variant: "Sans"}}
	c.handler = text.Plain{Fonts: font.NewCache(font.Collection{{Font: c.font, Face: f}})}
	return c
}

func loadFont(path string) (*opentype.Font, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFontFile {
		return nil, errors.New("is too large")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(string(data), "ttcf") {
		return opentype.Parse(data)
	}
	collection, err := opentype.ParseCollection(data)
	if err != nil {
		return nil, err
	}
	var first *opentype.Font
	var buf sfnt.Buffer
	for i := range collection.NumFonts() {
		f, err := collection.Font(i)
		if err != nil {
			continue
		}
		if name, err := f.Name(&buf, sfnt.NameIDFamily); err == nil && strings.HasSuffix(name, " SC") {
			return f, nil
		}
		if first == nil {
			first = f
		}
	}
	if first == nil {
		return nil, errors.New("has no font in it")
	}
	return first, nil
}

func covers(f *opentype.Font, r rune) bool {
	var buf sfnt.Buffer
	i, err := f.GlyphIndex(&buf, r)
	return err == nil && i != 0
}

// systemFonts lists files that may hold Chinese and Japanese, the likeliest
// first.
func systemFonts() []string {
	var patterns []string
	switch runtime.GOOS {
	case "windows":
		dir := filepath.Join(os.Getenv("WINDIR"), "Fonts")
		patterns = []string{filepath.Join(dir, "msyh.ttc"), filepath.Join(dir, "simhei.ttf"), filepath.Join(dir, "meiryo.ttc")}
	case "darwin":
		patterns = []string{"/System/Library/Fonts/Hiragino Sans GB.ttc", "/System/Library/Fonts/PingFang.ttc", "/System/Library/Fonts/STHeiti Medium.ttc"}
	default:
		for _, name := range []string{"NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "NotoSansSC*.ttf", "SourceHanSans*Regular.*", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallback*.ttf"} {
			for _, dir := range []string{"/usr/share/fonts", "/usr/local/share/fonts", filepath.Join(os.Getenv("HOME"), ".local/share/fonts"), filepath.Join(os.Getenv("HOME"), ".fonts")} {
				for _, below := range []string{"", "*", "*/*", "*/*/*"} {
					patterns = append(patterns, filepath.Join(dir, below, name))
				}
			}
		}
	}
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err == nil {
			files = append(files, found...)
		}
	}
	return files
}

// drawable gives s without what the font has no picture for, and whether that
// was anything but emoji. Letters in fancy dress, such as 𝕃, are drawn plain.
func (c *chartFont) drawable(s string) (out string, complete bool) {
	var b strings.Builder
	complete = true
	for _, r := range s {
		plain := norm.NFKC.String(string(r))
		switch {
		case unicode.IsControl(r):
		case c.has(r):
			b.WriteRune(r)
		case !strings.ContainsFunc(plain, func(r rune) bool { return !c.has(r) }):
			b.WriteString(plain)
		case unicode.IsLetter(r):
			complete = false
			b.WriteRune('□')
		}
	}
	return strings.TrimSpace(b.String()), complete
}

func (c *chartFont) has(r rune) bool {
	if c.file == nil {
		return r < 0x250
	}
	i, err := c.file.GlyphIndex(&c.buf, r)
	return err == nil && i != 0
}
