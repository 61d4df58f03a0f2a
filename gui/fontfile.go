package gui

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
)

const (
	maxFontFile = 64 << 20
	maxFonts    = 3000 // files looked at
)

// Why a font cannot be used.
var (
	errFontBroken = errors.New("not a usable OpenType font")
	errFontPoor   = errors.New("the font has no Chinese characters")
)

// readFont reads a font of the user's. The toolkit cannot take a collection
// (.ttc): its first font is taken out of it.
func readFont(path string) (*fontFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFontFile {
		return nil, fmt.Errorf("%w: longer than %d bytes", errFontBroken, maxFontFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if b, err = oneFont(b); err != nil {
		return nil, err
	}
	f, err := sfnt.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFontBroken, err)
	}
	if !writesChinese(f) {
		return nil, errFontPoor
	}
	return newFont(filepath.Base(path), b), nil
}

// writesChinese reports whether a font has letters and Chinese characters: what
// it has not would be looked for in other fonts, word by word.
func writesChinese(f *sfnt.Font) bool {
	var buf sfnt.Buffer
	for _, r := range "Ag中的あ" {
		if i, err := f.GlyphIndex(&buf, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

// oneFont returns the font in a file: of a collection the first.
func oneFont(b []byte) ([]byte, error) {
	if len(b) < 16 || string(b[:4]) != "ttcf" {
		return b, nil
	}
	at := int(binary.BigEndian.Uint32(b[12:]))
	if at < 0 || at+12 > len(b) {
		return nil, errFontBroken
	}
	tables := int(binary.BigEndian.Uint16(b[at+4:]))
	head := 12 + 16*tables
	if tables == 0 || tables > 64 || at+head > len(b) {
		return nil, errFontBroken
	}
	out := slices.Clone(b[at : at+head])
	for i := range tables {
		record := out[12+16*i:]
		from, n := int(binary.BigEndian.Uint32(record[8:])), int(binary.BigEndian.Uint32(record[12:]))
		if from < 0 || n < 0 || from+n > len(b) || len(out)+n > maxFontFile {
			return nil, errFontBroken
		}
		binary.BigEndian.PutUint32(record[8:], uint32(len(out)))
		out = append(out, b[from:from+n]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}

// fontChoice is an installed font.
type fontChoice struct{ name, path string }

// fontFolders are where fonts are installed.
func fontFolders() []string {
	home, _ := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		return []string{filepath.Join(os.Getenv("WINDIR"), "Fonts"), filepath.Join(os.Getenv("LOCALAPPDATA"), "Microsoft", "Windows", "Fonts")}
	case "darwin":
		return []string{filepath.Join(home, "Library", "Fonts"), "/Library/Fonts", "/System/Library/Fonts"}
	}
	return []string{filepath.Join(home, ".local", "share", "fonts"), filepath.Join(home, ".fonts"), "/usr/local/share/fonts", "/usr/share/fonts"}
}

// installedFonts lists the fonts in some folders that write Chinese, by name.
func installedFonts(folders []string) []fontChoice {
	var list []fontChoice
	seen := 0
	for _, folder := range folders {
		if folder == "" || folder == "Fonts" {
			continue
		}
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // not ours to read
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc", ".otc":
			default:
				return nil
			}
			if seen++; seen > maxFonts {
				return fs.SkipAll
			}
			if name, ok := fontName(path); ok {
				list = append(list, fontChoice{name, path})
			}
			return nil
		})
	}
	slices.SortStableFunc(list, func(a, b fontChoice) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(list, func(a, b fontChoice) bool { return a.name == b.name })
}

// fontName looks into a font file; ok: it can be used.
func fontName(path string) (name string, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxFontFile {
		return "", false
	}
	all, err := sfnt.ParseCollectionReaderAt(f) // a single font is a collection of one
	if err != nil {
		return "", false
	}
	font, err := all.Font(0)
	if err != nil || !writesChinese(font) {
		return "", false
	}
	var buf sfnt.Buffer
	if name, err = font.Name(&buf, sfnt.NameIDFull); err != nil || strings.TrimSpace(name) == "" {
		name = filepath.Base(path)
	}
	return strings.TrimSpace(name), true
}
