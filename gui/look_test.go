package gui

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"danmaku/gui/model"
)

// contrast is the contrast ratio of two colours (WCAG 2).
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

func TestTextCanBeReadOnItsGround(t *testing.T) {
	for name, p := range map[string]*palette{"dark": &darkPalette, "light": &lightPalette} {
		check := func(what string, ink, ground color.NRGBA, least float64) {
			t.Helper()
			if c := contrast(ink, ground); c < least {
				t.Errorf("%s: %s has contrast %.2f, below %.1f", name, what, c, least)
			}
		}
		for _, g := range []color.NRGBA{p.ground, p.side, p.card, p.hover, p.chosen, p.marked} {
			check("text", p.text, g, 7)
			check("dim", p.dim, g, 4)
		}
		check("faint", p.faint, p.ground, 3)
		check("button", p.onAccent, p.accent, 4.5)
		for i, n := range p.names {
			check("name "+string(rune('0'+i)), n, p.ground, 4.5)
		}
		for i := 1; i <= 3; i++ {
			check("guard", p.guards[i], p.ground, 4.5)
		}
		check("warning", p.warn, p.warnGround, 4.5)
		check("error", p.bad, p.badGround, 4.5)
		check("money", p.money, p.card, 4.5)
		check("accent", p.accent, p.ground, 4.5)
	}
	white := rgb(0xffffff)
	for _, tier := range tiers {
		if c := contrast(white, tierColor(&model.Row{Back: tier.back})); c < 3.7 {
			t.Errorf("super chats from ¥%d: contrast %.2f", tier.from, c)
		}
	}
	if c := contrast(white, tierColor(&model.Row{Back: 0xffffff})); c < 3.7 {
		t.Errorf("a super chat in white: contrast %.2f", c)
	}
	d := &drawer{}
	for _, v := range []uint32{0xffffff, 0xffff00, 0x000000, 0} {
		if c := contrast(white, d.medalColor(&model.Medal{Color: v, Level: 5}, true)); c < 2.9 {
			t.Errorf("a medal in %06x: contrast %.2f", v, c)
		}
	}
}

func TestTheRulerAgreesWithTheToolkit(t *testing.T) {
	newTestApp(t).Settings().SetTheme(fyneTheme{appearance: Dark, size: 14})
	r := newRuler(14)
	for _, s := range []string{"草", "哈哈哈哈，你好", "Hello from London", "はじめまして、日本から", "Ｆｕｌｌ", "a b c", "www草 666", "…—·"} {
		want := fyne.MeasureText(s, 14, fyne.TextStyle{}).Width
		if got := r.width(styleBody, s); math.Abs(float64(got-want)) > 0.6 {
			t.Errorf("%q: %v, the toolkit says %v", s, got, want)
		}
		bold := &canvas.Text{Text: s, TextSize: 14}
		embolden(bold, true)
		want = bold.MinSize().Width
		if got := r.width(styleBold, s); math.Abs(float64(got-want)) > 0.6 {
			t.Errorf("%q in bold: %v, the toolkit says %v", s, got, want)
		}
	}
	if got := r.cut(styleBody, "一二三四五六七八", 60); got != "一二三…" {
		t.Errorf("cut to 60: %q", got)
	}
	if got := r.cut(styleBody, "👍👍👍👍👍👍", 60); got != "👍👍…" {
		t.Errorf("emoji cut to 60: %q", got)
	}
}

func parts(s string) (out []string) {
	split(s, func(text string, pic *picture) {
		if pic != nil {
			text = "<" + text + ">"
		}
		out = append(out, text)
	})
	return out
}

func TestLinesOfTheInterfaceAreNoWiderThanTheirPlace(t *testing.T) {
	newTestApp(t).Settings().SetTheme(fyneTheme{appearance: Dark, size: 14})
	for _, text := range []string{
		strings.Repeat("🎉", 40),
		"欢迎大家来监督🎉🎉🎉 and the title goes on in English for quite a while",
		strings.Repeat("a few plain words ", 8),
	} {
		const width = 190
		for _, l := range breakLines(text, 13, width) {
			if w := measure(strings.TrimRight(l, " "), 13, false); w > width {
				t.Errorf("%q is %.1f wide, of %d", l, w, width)
			}
		}
	}
}

func TestEmojiAreFoundInText(t *testing.T) {
	for in, want := range map[string][]string{
		"草":                {"草"},
		"":                 nil,
		"泪目😭😭":             {"泪目", "<😭>", "<😭>"},
		"a👍🏽b":             {"a", "<👍🏽>", "b"},
		"👨‍👩‍👧!":           {"<👨‍👩‍👧>", "!"},
		"🇨🇳🇯🇵":             {"<🇨🇳>", "<🇯🇵>"},
		"1️⃣2":             {"<1️⃣>", "2"},
		"12":               {"12"},
		"❤ ❤️":             {"<❤>", " ", "<❤️>"},
		"★☆ ♪ ① →":         {"★☆ ♪ ① →"}, // letters of the text font
		"☀️":               {"<☀️>"},
		"🥺🫶🫡🥹🪄":            {"<🥺>", "<🫶>", "<🫡>", "<🥹>", "<🪄>"},
		"〰️x":              {"<〰️>", "x"},
		"\U000f0000\ue000": {"\U000f0000\ue000"},
	} {
		got := parts(in)
		if len(got) != len(want) {
			t.Errorf("%q: %q, not %q", in, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %q, not %q", in, got, want)
				break
			}
		}
	}
}

func TestEveryBuiltInEmojiCanBeDrawn(t *testing.T) {
	n := 0
	for _, list := range emojis().first {
		for _, e := range list {
			if e.picture() == nil || e.picture().image.Bounds().Dx() != 44 {
				t.Errorf("%U cannot be drawn", e.codes)
			}
			n++
		}
	}
	if n < 2000 {
		t.Errorf("only %d emoji", n)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("👨‍👩‍👧a🇨🇳🇨")
	f.Add("1\ufe0f\u20e3\U0001f3fb")
	f.Add("\xf0\x9f")
	f.Fuzz(func(t *testing.T, s string) {
		whole := ""
		split(s, func(text string, _ *picture) {
			if text == "" {
				t.Errorf("%q: an empty part", s)
			}
			whole += text
		})
		if whole != s {
			t.Errorf("%q became %q", s, whole)
		}
	})
}
