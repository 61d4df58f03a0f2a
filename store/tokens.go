package store

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"danmaku/event"
)

// The search index holds, for each event, the words of its text and what it
// belongs to (room, kind, user), so that one structure finds the newest events
// of any of them together. Words are made so that every part of a text is a
// sequence of whole words, whatever the language:
//
//   - A run of the letters a-z and digits gives its overlapping pairs and then
//     its last character: "60fps" is 60 0f fp ps s. After the text come the
//     single characters of it that are not there yet, for queries of one.
//   - Any other character is a word: Chinese, kana, emoji, punctuation. SQLite's
//     tokenizer takes ASCII punctuation for space, so it is moved to a private
//     range.
//   - Space and control characters separate. After the text comes one word that
//     says that there are some.
//   - Many of the same character (哈哈哈哈哈哈哈哈) give words, after the text, that
//     say how many at least.
//   - Two of the most frequent characters, one behind the other (来了), give a word
//     of their own, after the text: where each has a long list, the pair's is short.
//     Parts of the index that were made before schema 3 have none; see plain.go.
//
// So a query is looked up as its words one after the other, and can only find too much
// ("a b" is like "a  b"): every hit is compared with event.Filter.Match.
const (
	roomMark  = '\u0091' // begin the words for what an event belongs to;
	kindMark  = '\u0092' // as control characters they are in no text's words
	userMark  = '\u0093'
	runMark   = '\u0094'
	blankMark = '\u0095'
	traitMark = '\u0096' // see traits.go
	pairMark  = '\u0097'
	asciiBase = '\ue000' // plus the code of ASCII punctuation
)

// runs are the lengths of runs of one character that have words.
var runs = [...]int{6, 8, 12, 16, 24, 32, 48}

// isMarked says which kinds have a word: all but those that are most of every
// archive, comments, arrivals and commands without a kind, which are found as
// fast without.
func isMarked(kind int64) bool {
	return kind != 0 && kind != 5 && kind != 18
}

// words collects the words of one event or query, each behind a space.
type words struct {
	buf   []byte
	pairs bool // make words of pairs
	// Which of a query's words are in pairs, by their number.
	covered []int
	// What comes after the text.
	tail    []byte
	blank   bool
	singles uint64 // a bit for each of a-z0-9 that the text has
	ended   uint64 // those that stand at the end of a run, as a word already
}

func (w *words) reset() { *w = words{buf: w.buf[:0], tail: w.tail[:0]} }

// mark adds the word for a room, kind or user.
func (w *words) mark(mark rune, id int64) {
	w.buf = strconv.AppendInt(utf8.AppendRune(append(w.buf, ' '), mark), id, 36)
}

// plain returns the number of a letter or digit that forms runs, or -1.
func plain(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}

// text adds the words of a folded text. query leaves out the end of a run at
// the end of the text: in the text that is sought the run may go on.
func (w *words) text(folded string, query bool) {
	var last rune
	same := 0
	before := rune(0) // the character before, if it is a frequent one
	for i := 0; i < len(folded); {
		r, n := rune(folded[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(folded[i:])
		}
		i += n
		if r != last {
			w.run(last, same, query)
			if w.pairs {
				now := rune(0)
				if isFrequent(r) {
					now = marked(r)
				}
				if before != 0 && now != 0 {
					w.pair(before, now)
					if query {
						n := bytes.Count(w.buf, []byte{' '})
						w.covered = append(w.covered, n-1, n)
					}
				}
				before = now
			}
			last, same = r, 0
		}
		same++
		switch {
		case r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.IsControl(r)), r <= ' ', r == 0x7f:
			w.blank = true
			last = 0 // runs of these have no words
		case r >= utf8.RuneSelf:
			w.buf = utf8.AppendRune(append(w.buf, ' '), r)
		case plain(byte(r)) < 0:
			w.buf = utf8.AppendRune(append(w.buf, ' '), asciiBase+r)
		default:
			bit := uint64(1) << plain(byte(r))
			w.singles |= bit
			switch {
			case i < len(folded) && plain(folded[i]) >= 0:
				w.buf = append(w.buf, ' ', byte(r), folded[i])
			case !query || i < len(folded):
				w.ended |= bit
				w.buf = append(w.buf, ' ', byte(r))
			}
		}
	}
	w.run(last, same, query)
}

// run adds the words for n times the same character: for a text all lengths
// that n reaches, for a query the longest.
func (w *words) run(r rune, n int, query bool) {
	if r == 0 || n < runs[0] {
		return
	}
	r = marked(r)
	for i, k := range runs {
		if n >= k && (!query || i+1 == len(runs) || n < runs[i+1]) {
			w.tail = utf8.AppendRune(append(w.tail, ' '), runMark)
			w.tail = strconv.AppendInt(utf8.AppendRune(w.tail, r), int64(k), 10)
		}
	}
}

// marked moves ASCII punctuation to where the tokenizer takes it for letters.
func marked(r rune) rune {
	if r < utf8.RuneSelf && plain(byte(r)) < 0 {
		return r + asciiBase
	}
	return r
}

// pair adds the word for two frequent characters, unless it was added lately.
func (w *words) pair(a, b rune) {
	n := len(w.tail)
	w.tail = utf8.AppendRune(utf8.AppendRune(utf8.AppendRune(append(w.tail, ' '), pairMark), a), b)
	if bytes.Contains(w.tail[max(0, n-pairMemory):n], w.tail[n:]) {
		w.tail = w.tail[:n]
	}
}

// pairMemory is how many bytes of words a pair is looked for in.
const pairMemory = 512

// isFrequent says which characters form pairs: the 128 that the comments of live
// rooms have most, from 150,000 of 57 rooms, each room with about the same weight.
func isFrequent(r rune) bool {
	switch r {
	case '!', '?', ',', '~', '。', '一', '三', '上', '下', '不', '个', '中', '为', '么', '也', '了', '人', '什', '以', '会', '你', '全', '关', '冲', '出', '到',
		'加', '动', '去', '又', '发', '只', '可', '吃', '吗', '吧', '听', '呢', '和', '哈', '哥', '啊', '啦', '喜', '回', '在', '声', '多', '大', '天', '太', '头',
		'夸', '好', '姐', '子', '安', '家', '对', '小', '就', '开', '强', '很', '得', '快', '怎', '想', '感', '戏', '我', '手', '才', '打', '拉', '播', '早', '时',
		'是', '晚', '最', '有', '机', '来', '次', '欢', '死', '没', '油', '游', '点', '然', '爱', '牛', '玩', '现', '生', '用', '的', '直', '看', '真', '笑', '给',
		'老', '能', '舰', '草', '行', '被', '要', '觉', '话', '说', '谢', '起', '转', '过', '还', '这', '送', '道', '那', '都', '里', '面', '音', '龙':
		return true
	}
	return false
}

// event makes the words of an event. plain leaves out those that came with schema 3.
func (w *words) event(u *unindexed, plain bool) {
	w.reset()
	w.pairs = !plain
	w.mark(roomMark, u.room)
	if isMarked(u.kind) {
		w.mark(kindMark, u.kind)
	}
	if u.user != 0 {
		w.mark(userMark, u.user)
	}
	if !plain {
		w.buf = u.traits.appendTo(w.buf)
	}
	if u.text != "" {
		w.text(event.Fold(u.text), false)
		w.end()
	}
}

// name makes the words of a user's name.
func (w *words) name(name string) {
	w.reset()
	w.text(event.Fold(name), false)
	w.end()
}

// end adds what comes after the text.
func (w *words) end() {
	w.buf = append(w.buf, w.tail...)
	if w.blank {
		w.buf = utf8.AppendRune(append(w.buf, ' '), blankMark)
	}
	for p, left := 0, w.singles&^w.ended; left != 0; p, left = p+1, left>>1 {
		if left&1 != 0 {
			w.buf = append(w.buf, ' ', "abcdefghijklmnopqrstuvwxyz0123456789"[p])
		}
	}
}

// phrase returns what the index must hold if a text has folded, which is not
// empty, as a part of it. old: the index has no words of pairs.
func phrase(folded string, old bool) lookup {
	w := words{pairs: !old}
	w.text(folded, true)
	var q lookup
	all := strings.Fields(string(w.buf))
	for _, i := range w.covered {
		all[i] = ""
	}
	if slices.ContainsFunc(all, func(s string) bool { return s != "" }) {
		q = append(q, term{words: all})
	}
	// What comes after the text, and what a run of one at the end is, the words in
	// their order do not say.
	for _, word := range strings.Fields(string(w.tail)) {
		q = append(q, term{words: []string{word}})
	}
	if n := len(folded); plain(folded[n-1]) >= 0 && (n == 1 || plain(folded[n-2]) < 0) {
		q = append(q, term{words: []string{folded[n-1:]}})
	}
	if len(q) == 0 { // nothing but space
		q = append(q, term{words: []string{string(blankMark)}})
	}
	return q
}

// marks returns the term for events that belong to one of the given.
func marks(mark rune, ids []int64) term {
	t := term{any: true}
	for _, id := range ids {
		t.words = append(t.words, string(mark)+strconv.FormatInt(id, 36))
	}
	return t
}
