package gui

import (
	"strings"
	"testing"

	"danmaku/gui/model"
)

func TestLettersThatNoFontHasAreDrawnAsThoseTheyShow(t *testing.T) {
	drawnAs(t, map[string]string{
		"𝓛𝓸𝓷𝓰":     "Long",
		"𝕏𝖙 𝟙𝟚":    "Xt 12",
		"𝒞小猫𝒶":     "C小猫a",
		"小猫":       "小猫",
		"ＡＢ １２":    "ＡＢ １２",
		"plain":    "plain",
		"한글 Ω ж":   "한글 Ω ж",
		"𠮷野家":      "𠮷野家",
		"👍🏽𝓐👨‍👩‍👧": "👍🏽A👨‍👩‍👧",
		"":         "",
	})
}

func TestCharactersNobodyCanDrawAreOneBox(t *testing.T) {
	drawnAs(t, map[string]string{ // places of the third plane that mean nothing: no font has them
		"a\U0003ff00\U0003ff01\U0003ff02b": "a□b",
		"\U0003ff00小\U0003ff01":            "□小□",
		"□□":                               "□□",
	})
}

// drawnAs checks how texts can be read.
func drawnAs(t *testing.T, texts map[string]string) {
	t.Helper()
	newTestWindow(t, Config{Locale: "zh"}, 480, 400)
	for text, want := range texts {
		if got := readable(text); got != want {
			t.Errorf("%q is drawn as %q, not %q", text, got, want)
		}
	}
}

func TestSmallCapitalsAreDrawnOneWayOrAnother(t *testing.T) {
	newTestWindow(t, Config{Locale: "zh"}, 480, 400)
	letter := 'A'
	for _, r := range smallCapitals {
		if got := readable(string(r)); r != ' ' && got != string(r) && got != string(letter) {
			t.Errorf("%q is drawn as %q", r, got)
		}
		letter++
	}
	if letter != 'Z'+1 {
		t.Errorf("the alphabet ends at %q", letter-1)
	}
}

func TestWhatIsDrawnDifferentlyIsCopiedAsItWasWritten(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "zh"}, 1280, 720)
	e := commentItem(1, "我是𝓛𝓸𝓷𝓰")
	e.Event.User.Name = "𝓐𝓲"
	give(t, w, liveStatus(testRoom), e)
	expect(t, "the chat", onScreen(w.chat.body), "我是Long", "Ai")
	row := w.chat.shown[0].row
	if got := w.rowText(row); !strings.Contains(got, "𝓐𝓲: 我是𝓛𝓸𝓷𝓰") {
		t.Errorf("copied: %q", got)
	}
	p := newPlacards(24, 1)
	p.words, p.palette, p.fetchable = w.words, w.palette, w.chatPen.fetchable
	p.compose(&model.Row{Kind: model.RowComment, Text: "𝓛𝓸𝓷𝓰\U0003ff00"})
	if len(p.parts) != 1 || p.parts[0].text != "Long□" {
		t.Errorf("on the stage: %+v", p.parts)
	}
	if got := w.chatPen.cut(styleBold, "𝓛𝓸𝓷𝓰𝓛𝓸𝓷𝓰𝓛𝓸𝓷𝓰𝓛𝓸𝓷𝓰", 60); !strings.HasPrefix(got, "Long") || !strings.HasSuffix(got, "…") {
		t.Errorf("cut: %q", got)
	}
}

func TestWhiteLettersInBlackAreTheLettersOfTheAlphabet(t *testing.T) {
	for r, want := range map[rune]rune{'🅐': 'A', '🅩': 'Z', '🅰': 'A', '🆉': 'Z', '🇦': 'A', '🇿': 'Z', 'ᴀ': 'A', 'ᴢ': 'Z', '猫': 0, 'a': 0} {
		if got := plainLetter(r); got != want {
			t.Errorf("%c shows the letter %c, not %c", r, got, want)
		}
	}
}

func BenchmarkLegible(b *testing.B) {
	newTestWindow(b, Config{Locale: "zh"}, 480, 400)
	for _, c := range []struct{ name, text string }{{"chinese", "今天的节目真好看，下次一定"}, {"folded", "𝓛𝓸𝓷𝓰小猫"}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				legible(c.text)
			}
		})
	}
}
