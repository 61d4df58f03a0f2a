package gui

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed font/emoji.zip
var emojiZip []byte

// picture is an image in a text: an emoji, an emote, a sticker.
type picture struct{ image image.Image }

// emojiBook is the built-in pictures of emoji. The toolkit has an emoji font
// of its own, but an old one, which stands on another base line than Chinese;
// with pictures every emoji is there on any machine, and in its place.
type emojiBook struct {
	first map[rune][]*emojiEntry // by first character, longest sequence first
	// alone are the characters that are pictures without a variation selector:
	// all beyond the basic plane, and those the text font has no letter for.
	alone map[rune]bool
}

type emojiEntry struct {
	codes []rune
	file  []byte // a part of emojiZip
	once  sync.Once
	pic   *picture
}

var emojis = sync.OnceValue(func() *emojiBook {
	b := &emojiBook{first: make(map[rune][]*emojiEntry), alone: make(map[rune]bool)}
	z, err := zip.NewReader(bytes.NewReader(emojiZip), int64(len(emojiZip)))
	if err != nil {
		panic("gui: the built-in emoji: " + err.Error()) // a broken build
	}
	letters := fontRunes(regularFont)
	for _, f := range z.File {
		var codes []rune
		for _, part := range strings.Split(f.Name, "-") {
			c, err := strconv.ParseUint(part, 16, 21)
			if err != nil {
				panic(fmt.Sprintf("gui: the built-in emoji: %s: %v", f.Name, err))
			}
			codes = append(codes, rune(c))
		}
		at, err := f.DataOffset()
		if err != nil || f.Method != zip.Store {
			panic(fmt.Sprintf("gui: the built-in emoji: %s: not stored as it is: %v", f.Name, err))
		}
		// The entry of the archive itself is not kept: all of them take 1.5 MB.
		b.first[codes[0]] = append(b.first[codes[0]], &emojiEntry{codes: codes, file: emojiZip[at : at+int64(f.CompressedSize64)]})
		b.alone[codes[0]] = codes[0] > 0xffff || !letters.has(codes[0])
	}
	for _, list := range b.first {
		slices.SortFunc(list, func(x, y *emojiEntry) int { return len(y.codes) - len(x.codes) })
	}
	return b
})

// picture decodes an entry, once.
func (e *emojiEntry) picture() *picture {
	e.once.Do(func() {
		img, err := png.Decode(bytes.NewReader(e.file))
		if err != nil {
			return
		}
		rgba := image.NewRGBA(img.Bounds())
		draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
		e.pic = &picture{rgba}
	})
	return e.pic
}

const selector = '\ufe0f' // asks for the picture of a character that is also a letter

func skinTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// at finds the emoji s begins with, and how many bytes it takes.
func (b *emojiBook) at(s string, r rune, n int) (*emojiEntry, int) {
	for _, e := range b.first[r] {
		at, asked, ok := n, b.alone[r], true
		for _, want := range e.codes[1:] {
			c, m := utf8.DecodeRuneInString(s[at:])
			for c == selector || skinTone(c) && c != want {
				at += m
				c, m = utf8.DecodeRuneInString(s[at:])
			}
			if c != want {
				ok = false
				break
			}
			at += m
			asked = true
		}
		if !ok {
			continue
		}
		for {
			c, m := utf8.DecodeRuneInString(s[at:])
			if c != selector && !skinTone(c) {
				break
			}
			asked = true
			at += m
		}
		if asked {
			return e, at
		}
	}
	return nil, 0
}

// plain reports whether s surely has no emoji; it is quick.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0xf0 || c == 0xe2 || c == 0xe3 && i+1 < len(s) && (s[i+1] == 0x80 || s[i+1] == 0x8a) {
			return false
		}
	}
	return true
}

// split calls each for the parts of s in order: runs of text, and emoji with
// their picture. Line breaks inside emoji do not happen.
func split(s string, each func(text string, pic *picture)) {
	if plain(s) {
		if s != "" {
			each(s, nil)
		}
		return
	}
	b := emojis()
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		e, length := b.at(s[i:], r, n)
		if e == nil {
			i += n
			continue
		}
		pic := e.picture()
		if pic == nil {
			i += n
			continue
		}
		if i > start {
			each(s[start:i], nil)
		}
		each(s[i:i+length], pic)
		i += length
		start = i
	}
	if start < len(s) {
		each(s[start:], nil)
	}
}
