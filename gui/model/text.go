package model

import (
	"strings"
	"unicode"
)

// Limits of what is shown of one text. The platform allows 40 characters in a
// comment and 30 in a name; sellers of long super chats stay far below.
const (
	maxText  = 400
	maxName  = 40
	maxMarks = 2 // combining marks on one character
)

// CleanText returns s as it may be shown: on one line, without control
// characters, without the marks that reverse what follows or take no room, and
// cut at a length no honest comment has. Text that needs nothing is returned
// as it is, without a copy.
func CleanText(s string) string { return clean(s, maxText) }

// CleanName is CleanText for the name of a person, a gift or a medal: also
// without the blank letters that make a name look empty.
func CleanName(s string) string {
	s = clean(s, maxName)
	if strings.ContainsFunc(s, blankLetter) {
		s = strings.Map(func(r rune) rune {
			if blankLetter(r) {
				return -1
			}
			return r
		}, s)
	}
	return strings.TrimSpace(s)
}

func clean(s string, limit int) string {
	if !needsCleaning(s, limit) {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s), 4*limit))
	n, marks := 0, 0
	var last rune
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.Is(unicode.Z, r):
			if r != '\u3000' {
				r = ' '
			}
			if last == ' ' && r == ' ' {
				continue
			}
		case r == selector || r == '\u200d':
			// A selector asks for the picture of a character, a joiner glues two
			// pictures to one; between letters they only hide.
			if !picture(last) && (r == selector || last != selector) {
				continue
			}
			b.WriteRune(r)
			last = r
			continue
		case invisible(r):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks || n == 0 {
				continue
			}
		default:
			marks = 0
		}
		if n == limit {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		last = r
		n++
	}
	return strings.TrimRight(b.String(), "\u200d")
}

const selector = '\ufe0f'

// needsCleaning is the quick look that lets nearly every text through.
func needsCleaning(s string, limit int) bool {
	n := 0
	var last rune
	for _, r := range s {
		n++
		switch {
		case r < 0x20 || r == 0x7f || n > limit || r == ' ' && last == ' ':
			return true
		case r < 0x80:
		case r >= 0x4e00 && r <= 0x9fff || r >= 0x3001 && r <= 0x30ff && r != '\u3164':
		case r == '\u3000':
		case invisible(r) || r == '\u200d' || unicode.In(r, unicode.Mn, unicode.Me, unicode.Z):
			return true
		}
		last = r
	}
	return false
}

// invisible tells the characters that draw nothing or change the direction of
// their neighbours. The bidirectional overrides really reverse a row.
func invisible(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad:
		return true
	case r == 0x34f, r == 0x61c, r == 0x180e:
		return true
	case r >= 0x200b && r <= 0x200f && r != 0x200d, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb:
		return true
	case r >= 0xe0000 && r <= 0xe0fff, r >= 0x1d173 && r <= 0x1d17a:
		return true
	}
	return false
}

// blankLetter tells the letters that look like nothing.
func blankLetter(r rune) bool {
	return r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800
}

// picture tells whether r is an emoji or another pictograph.
func picture(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2190 && r <= 0x23ff || r >= 0x25a0 && r <= 0x25ff ||
		r >= 0x2b05 && r <= 0x2b55 || r == 0x3030 || r == 0x303d || r == 0x3297 || r == 0x3299 || r == '#' || r == '*' || r >= '0' && r <= '9'
}
