package model

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanTextKeepsWhatPeopleWrite(t *testing.T) {
	for _, s := range []string{
		"", "草", "来了来了！！", "はじめまして、日本から", "www草 nice", "한국어", "(´・ω・`)", "Ｆｕｌｌ　ｗｉｄｔｈ",
		"😀😭🥺", "👍🏽", "👨‍👩‍👧", "❤️", "1️⃣", "é", "ก็", "< > & \"", "№ ★☆ ♪",
	} {
		if got := CleanText(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestCleanTextTakesAwayWhatHarmsARow(t *testing.T) {
	for _, tt := range []struct{ in, want, why string }{
		{"a\u202eevil", "aevil", "an override reverses what follows"},
		{"\u2066x\u2069\u200f\u061c", "x", "isolates and marks"},
		{"a\u200b\u200b\u200bb\ufeff\u2060", "ab", "characters of no width"},
		{"a\nb\r\n\tc", "a b c", "one line only"},
		{"a\x00\x1b[31mb\u0085", "a[31mb", "control characters"},
		{"a\u0301\u0301\u0301\u0301\u0301b", "a\u0301\u0301b", "a tower of marks"},
		{"\u0301x", "x", "a mark on nothing"},
		{"a\u200db", "ab", "a joiner between letters only hides"},
		{"a\ufe0fb", "ab", "a selector on a letter"},
		{"😀\u200d", "😀", "a joiner with nothing to join"},
		{"a   b", "a b", "a run of spaces"},
		{"x\U000e0041\U000e007f", "x", "tags"},
		{strings.Repeat("长", 500), strings.Repeat("长", maxText) + "…", "longer than any honest comment"},
	} {
		if got := CleanText(tt.in); got != tt.want {
			t.Errorf("%s: %q became %q, not %q", tt.why, tt.in, got, tt.want)
		}
	}
}

func TestANameOfBlankLettersIsEmpty(t *testing.T) {
	for _, s := range []string{"\u3164", "\uffa0\u115f", " \u2800 ", "\u200b"} {
		if got := CleanName(s); got != "" {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := CleanName(" 小\u3164明 "); got != "小明" {
		t.Errorf("got %q", got)
	}
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"草", "a\u202eb", "👨‍👩‍👧", "\xff\xfe", "a\u0301\u0301\u0301", strings.Repeat("\u200d", 9), "1\ufe0f\u20e3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanText(s)
		if again := CleanText(got); again != got && utf8.RuneCountInString(got) <= maxText {
			t.Errorf("%q: cleaned twice %q became %q", s, got, again)
		}
		marks := 0
		for _, r := range got {
			if r != selector && r != '\u200d' && invisible(r) {
				t.Errorf("%q keeps %U", s, r)
			}
			if unicode.In(r, unicode.Mn, unicode.Me) && r != selector {
				marks++
			} else if r != selector && r != '\u200d' {
				marks = 0
			}
			if marks > maxMarks {
				t.Errorf("%q keeps a tower of marks: %q", s, got)
			}
		}
	})
}
