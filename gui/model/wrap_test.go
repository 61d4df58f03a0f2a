package model

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// ten gives every letter the width 10, wide ones 20.
func ten(_ int, r rune) float32 {
	if r > 0x2e7f {
		return 20
	}
	return 10
}

func wrapText(text string, width float32) []string {
	var lines []string
	n := Wrap([]Span{{Text: text}}, width, ten, func(p Piece) {
		for len(lines) <= p.Line {
			lines = append(lines, "")
		}
		lines[p.Line] += text[p.From:p.To]
	})
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines
}

func TestTextBreaksWhereItMay(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width float32
		want  []string
		why   string
	}{
		{"一二三四五", 60, []string{"一二三", "四五"}, "between Chinese characters"},
		{"hello big world", 90, []string{"hello", "big world"}, "at spaces, which are not seen at the end"},
		{"abcdefghij", 40, []string{"abcd", "efgh", "ij"}, "inside a word wider than the line"},
		{"ab abcdefghij", 40, []string{"ab a", "bcde", "fghi", "j"}, "a wide word begins where there is room"},
		{"一二三。四", 60, []string{"一二", "三。四"}, "no full stop at the beginning of a line"},
		{"一二三)四", 60, []string{"一二", "三)四"}, "nor a bracket that closes"},
		{"看「那个」", 40, []string{"看", "「那", "个」"}, "brackets stay with what they hold"},
		{"", 60, []string{""}, "nothing is one empty line"},
		{"一", 5, []string{"一"}, "a character wider than the line"},
		{"草wwwwww草", 80, []string{"草wwwwww", "草"}, "between scripts"},
	} {
		if got := wrapText(tt.text, tt.width); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %q became %q, not %q", tt.why, tt.text, got, tt.want)
		}
	}
}

func TestBoxesFlowWithTheText(t *testing.T) {
	spans := []Span{{Box: true, Width: 30}, {Text: "一二三"}, {Box: true, Width: 25}, {Text: "四"}}
	var got []string
	lines := Wrap(spans, 100, ten, func(p Piece) { got = append(got, fmt.Sprintf("%d@%d:%v", p.Span, p.Line, p.X)) })
	want := "[0@0:0 1@0:30 2@1:0 3@1:25]"
	if fmt.Sprint(got) != want || lines != 2 {
		t.Errorf("%d lines, %v; want 2, %s", lines, got, want)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("hello 世界，foo", uint16(50))
	f.Add(strings.Repeat("a", 300), uint16(10))
	f.Add("   ", uint16(1))
	f.Fuzz(func(t *testing.T, text string, w uint16) {
		width := float32(w%500) + 1
		if !utf8.ValidString(text) {
			t.Skip("rows are valid UTF-8")
		}
		var out strings.Builder
		at, line := 0, 0
		n := Wrap([]Span{{Text: text}}, width, ten, func(p Piece) {
			if gap := text[at:p.From]; strings.Trim(gap, " ") != "" {
				t.Fatalf("%q at %v: %q is not shown", text, width, gap)
			}
			if p.Line < line {
				t.Fatalf("lines go back from %d to %d", line, p.Line)
			}
			piece := text[p.From:p.To]
			if utf8.RuneCountInString(piece) > 1 && p.X+p.Width > width+0.01 {
				t.Fatalf("%q is %v wide in a line of %v", piece, p.X+p.Width, width)
			}
			at, line = p.To, p.Line
			out.WriteString(piece)
		})
		if rest := text[at:]; strings.Trim(rest, " ") != "" {
			t.Fatalf("%q at %v: the end %q is not shown", text, width, rest)
		}
		if n < line+1 || n > utf8.RuneCountInString(text)+1 {
			t.Fatalf("%d lines for %q", n, text)
		}
	})
}

func BenchmarkWrapComment(b *testing.B) {
	spans := []Span{{Box: true, Width: 60}, {Text: "一只路过的猫猫", Style: 1}, {Box: true, Width: 8}, {Text: "请问这首歌叫什么名字？我找了好久都没有找到 thanks"}}
	b.ReportAllocs()
	for b.Loop() {
		Wrap(spans, 400, ten, nil)
	}
}
