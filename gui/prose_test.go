package gui

import (
	"slices"
	"testing"
)

func TestLinesInTheMiddleAreAboutEquallyWide(t *testing.T) {
	newTestApp(t).Settings().SetTheme(fyneTheme{appearance: Dark, size: 14}) // the built-in fonts, not those of the machine
	for _, text := range []string{english.WelcomeText, chinese.WelcomeText, japanese.WelcomeText, japanese.SearchHelp, english.Past.Empty} {
		for width := float32(200); width < 700; width += 50 {
			greedy, even := breakLines(text, 14, width), evenLines(text, 14, width)
			if len(even) != len(greedy) {
				t.Errorf("%v wide: %d lines, not %d", width, len(even), len(greedy))
			}
			widest := func(lines []string) (w float32) {
				for _, l := range lines {
					w = max(w, measure(l, 14, false))
				}
				return w
			}
			if widest(even) > widest(greedy) {
				t.Errorf("%v wide: %q is wider than %q", width, even, greedy)
			}
		}
	}
	want := []string{"ルーム番号を入力するか、アドレスを貼り付けてください。", "コメントが表示され、検索できるアーカイブに残ります。"}
	if got := evenLines(japanese.WelcomeText, 14, 420); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := evenLines("一二三四五六七八九十一", 14, 145); len(got) != 2 || measure(got[1], 14, false) < 50 {
		t.Errorf("%q", got)
	}
}
