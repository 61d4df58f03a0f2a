package digest

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"danmaku/event"
)

// splitter finds words; its memory is used again for each text.
type splitter struct {
	list   []string
	seen   map[string]struct{}
	starts []int // of the characters of a run, and its end
}

const mostWords = 200 // of one comment

// words finds what a comment is about, without a dictionary: words of letters,
// and of ideographs and kana all runs of two to four characters, plus the whole
// run when it is short. Repetition inside a comment is folded (草草草 is 草) and
// each word given once. The list is good until the next call.
func (s *splitter) words(text string) []string {
	if s.seen == nil {
		s.seen = map[string]struct{}{}
	}
	s.list = s.list[:0]
	clear(s.seen)
	for run := range runs(event.Fold(text)) {
		run = foldRepeats(run)
		s.starts = s.starts[:0]
		for i := range run {
			s.starts = append(s.starts, i)
		}
		n := len(s.starts) // characters
		s.starts = append(s.starts, len(run))
		if first, _ := utf8.DecodeRuneInString(run); !dense(first) {
			if n > 1 && n <= 24 {
				s.add(run)
			}
			continue
		}
		if n <= 8 {
			s.add(run)
		}
		for size := 2; size <= 4; size++ {
			for i := 0; i+size <= n && i < 60; i++ {
				s.add(run[s.starts[i]:s.starts[i+size]])
			}
		}
	}
	return s.list
}

func (s *splitter) add(w string) {
	if len(s.list) >= mostWords || stopWords[w] {
		return
	}
	if _, ok := s.seen[w]; !ok {
		s.seen[w] = struct{}{}
		s.list = append(s.list, w)
	}
}

// dense: of scripts written without spaces.
func dense(r rune) bool {
	switch {
	case r < 0x2e80:
		return false
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x3096:
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々'
}

// runs splits text where the sort of character changes.
func runs(s string) iter.Seq[string] {
	sort := func(r rune) int {
		switch {
		case dense(r):
			return 1
		case unicode.IsLetter(r), unicode.IsMark(r), r == '\'':
			return 2
		case unicode.IsDigit(r):
			return 3
		case r >= 0x1f000 && r <= 0x1faff:
			return 4
		}
		return 0
	}
	return func(yield func(string) bool) {
		start, last := 0, 0
		for i, r := range s {
			k := sort(r)
			if k != last {
				if last != 0 && start < i && !yield(s[start:i]) {
					return
				}
				start, last = i, k
			}
		}
		if last != 0 {
			yield(s[start:])
		}
	}
}

// foldRepeats shortens what is only one to four characters over and over:
// 哈哈哈哈 to 哈哈, 8888 to 88, awslawsl to awsl, 草草 to 草.
func foldRepeats(s string) string {
	r := []rune(s)
	for n := 1; n <= 4 && 2*n <= len(r); n++ {
		same := true
		for i := n; i < len(r) && same; i++ {
			same = r[i] == r[i-n]
		}
		if !same {
			continue
		}
		if n == 1 && r[0] != '草' && r[0] != 'w' {
			n = 2
		}
		end := 0
		for _, c := range r[:n] {
			end += utf8.RuneLen(c)
		}
		return s[:end]
	}
	return s
}

// stopWords are too common to tell anything.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`这个 那个 什么 怎么 就是 不是 可以 没有 我们 你们 他们 自己 还是 一个 一下 这么 那么 已经 时候 现在 知道 觉得 因为 所以 但是 如果
 the and you that this it is to of in for on are was be so not me my your we he she they but with have do
 です ます した して ない ている から これ それ という`) {
		m[w] = true
	}
	return m
}()

// WordTally counts words and gives those that tell something: of 生日快 and
// 生日快乐, which come together, only the longer.
type WordTally struct {
	t     *Tally
	split splitter
}

const (
	wordBits     = 19 // 393,216 different words are counted exactly
	fewestTopped = 400
)

// NewWordTally makes a tally that can give the n words that tell most.
func NewWordTally(n int) *WordTally {
	return &WordTally{t: NewTally(max(fewestTopped, 8*n), wordBits)}
}

// Comment counts the words of a comment.
func (t *WordTally) Comment(text string) {
	for _, w := range t.split.words(text) {
		t.t.Add(w, "", 1)
	}
}

// Best gives the n words that tell most.
func (t *WordTally) Best(n int) []Tallied {
	top := t.t.Top(max(fewestTopped, 8*n))
	// The longest first: they take the counts of their parts.
	byLength := slices.Clone(top)
	slices.SortStableFunc(byLength, func(a, b Tallied) int {
		return cmp.Or(cmp.Compare(utf8.RuneCountInString(b.Key), utf8.RuneCountInString(a.Key)), cmp.Compare(b.Count, a.Count))
	})
	part := map[string]bool{}
	for i, long := range byLength {
		if part[long.Key] {
			continue
		}
		for _, short := range byLength[i+1:] {
			if short.Key != long.Key && strings.Contains(long.Key, short.Key) && long.Count*10 >= short.Count*6 {
				part[short.Key] = true
			}
		}
	}
	top = slices.DeleteFunc(top, func(w Tallied) bool { return part[w.Key] })
	return top[:min(n, len(top))]
}
