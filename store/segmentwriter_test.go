package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"danmaku/event"
)

// indexed is an index in a file of its own and what must be in it.
type indexed struct {
	t     *testing.T
	table *indexTable
	lot   lot
	want  map[string]map[int64][]int64 // word, document, places
	next  int64                        // the next document
}

func newIndexed(t *testing.T, nodeSize int) *indexed {
	c, err := openConn("index.db", "mode=memory", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	x := &indexed{t: t, table: newIndexTable(c, "texts", 4096), want: map[string]map[int64][]int64{}, next: 1}
	x.table.nodeSize = nodeSize
	x.do("create virtual table texts using fts4(" + indexOptions + ")")
	return x
}

func (x *indexed) do(sql string) {
	x.t.Helper()
	if err := x.table.c.script(sql); err != nil {
		x.t.Fatalf("%s: %v", sql, err)
	}
}

// add adds documents, each its words, in one transaction: by FTS4 or past it.
func (x *indexed) add(docs [][]string, byFTS4 bool) {
	x.t.Helper()
	x.do("begin")
	x.lot.reset()
	first := x.next
	for _, words := range docs {
		for i, w := range words {
			if x.want[w] == nil {
				x.want[w] = map[int64][]int64{}
			}
			x.want[w][x.next] = append(x.want[w][x.next], int64(i))
		}
		if byFTS4 {
			if err := x.table.c.exec("insert into texts(docid, words) values(?,?)", x.next, strings.Join(words, " ")); err != nil {
				x.t.Fatal(err)
			}
		}
		x.next++
	}
	if !byFTS4 {
		for i, words := range slices.Backward(docs) {
			line := ""
			for _, w := range words {
				line += " " + w
			}
			x.lot.add(first+int64(i), []byte(line))
		}
		if err := x.table.put(&x.lot); err != nil {
			x.t.Fatal(err)
		}
	}
	x.do("commit")
}

// check compares everything in the index, then what this program and FTS4 find.
func (x *indexed) check(rnd *rand.Rand) {
	x.t.Helper()
	ctx, c := context.Background(), x.table.c
	got := map[string]map[int64][]int64{}
	err := eachWord(ctx, c, "texts", func(word []byte, doc, position int64) {
		w := string(word)
		if got[w] == nil {
			got[w] = map[int64][]int64{}
		}
		got[w][doc] = append(got[w][doc], position)
	})
	if err != nil {
		x.t.Fatal(err)
	}
	if !maps.EqualFunc(got, x.want, func(a, b map[int64][]int64) bool { return maps.EqualFunc(a, b, slices.Equal) }) {
		x.t.Fatalf("the index has %d words, wanted are %d; or their places are others", len(got), len(x.want))
	}
	r := &reader{scanner: newScanner(c)}
	words := slices.Sorted(maps.Keys(x.want))
	for range 20 {
		word := words[rnd.IntN(len(words))]
		want := slices.Sorted(maps.Keys(x.want[word]))
		slices.Reverse(want)
		ours, err := r.candidates(ctx, "texts", lookup{{words: []string{word}}}, 1, x.next, len(want)+1)
		if err != nil || !slices.Equal(ours, want) {
			x.t.Fatalf("%q is found here in %d documents, want %d; %v", word, len(ours), len(want), err)
		}
		x.match(word, want)
		// The word and the one behind it.
		var pair string
		var both []int64
		other := words[rnd.IntN(len(words))]
		for _, doc := range want {
			if slices.ContainsFunc(x.want[word][doc], func(at int64) bool { return slices.Contains(x.want[other][doc], at+1) }) {
				both = append(both, doc)
			}
		}
		pair = word + " " + other
		x.match(pair, both)
		some, has := []string{"nowhere", word}, maps.Clone(x.want[word])
		for range rnd.IntN(40) {
			w := words[rnd.IntN(len(words))]
			some = append(some, w, w+"!")
			maps.Copy(has, x.want[w])
		}
		want = slices.Sorted(maps.Keys(has))
		slices.Reverse(want)
		ours, err = r.candidates(ctx, "texts", lookup{{words: some, any: true}}, 1, x.next, len(want)+1)
		if err != nil || !slices.Equal(ours, want) {
			x.t.Fatalf("one of %d words is found in %d documents, want %d; %v", len(some), len(ours), len(want), err)
		}
	}
	x.match("nowhere", nil)
}

// match has FTS4 look for a phrase.
func (x *indexed) match(phrase string, want []int64) {
	x.t.Helper()
	var docs []int64
	err := x.table.c.each(context.Background(), "select docid from texts where texts match ?", func(r []driver.Value) (bool, error) {
		docs = append(docs, integer(r[0]))
		return true, nil
	}, `"`+phrase+`"`)
	if err != nil || !slices.Equal(docs, want) {
		x.t.Fatalf("%q is found by FTS4 in %v, want %v; %v", phrase, docs, want, err)
	}
}

// vocabulary is words of one to twenty bytes that share much.
func vocabulary(rnd *rand.Rand, n int) []string {
	var all []string
	for range n {
		w := ""
		for range 1 + rnd.IntN(1+rnd.IntN(6)) {
			w += [...]string{"a", "b", "0", "哈", "草", "\u0091", "\u0093", "\ue021", "😂", "z"}[rnd.IntN(10)]
		}
		all = append(all, w)
	}
	return all
}

// TestSegmentsWrittenHereAreReadByFTS4 mixes what this program and FTS4 write and
// merge, with nodes of all sizes, and compares after each step with what was put in.
func TestSegmentsWrittenHereAreReadByFTS4(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			x := newIndexed(t, []int{60, 200, 4096 - nodeMargin}[seed%3])
			words := vocabulary(rnd, 5+rnd.IntN(400))
			for step := range 60 {
				switch what := rnd.IntN(20); {
				case step > 3 && what == 0:
					x.do("insert into texts(texts) values('optimize')")
				case step > 3 && what < 3:
					x.do(fmt.Sprintf("insert into texts(texts) values('merge=%d,2')", 1+rnd.IntN(40)))
				default:
					var docs [][]string
					for range 1 + rnd.IntN(1+rnd.IntN(60)) {
						var doc []string
						for range rnd.IntN(12) * (1 + rnd.IntN(2)*rnd.IntN(20)) {
							doc = append(doc, words[int(float64(len(words))*rnd.Float64()*rnd.Float64())])
						}
						docs = append(docs, doc)
					}
					x.next += rnd.Int64N(3) * rnd.Int64N(200)
					x.add(docs, what < 6)
				}
				if step%7 == 6 {
					x.check(rnd)
				}
			}
			x.check(rnd)
		})
	}
}

func TestASegmentOfManyWordsIsAHighTree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 4))
	x := newIndexed(t, 60)
	for range 20 { // the last of them bring all together
		x.add([][]string{vocabulary(rnd, 900)}, false)
	}
	height := byte(0)
	err := x.table.c.each(context.Background(), "select root from texts_segdir", func(r []driver.Value) (bool, error) {
		height = max(height, blob(r[0])[0])
		return true, nil
	})
	if err != nil || height < 3 {
		t.Errorf("the highest root has height %d; %v", height, err)
	}
	x.check(rnd)
	x.do("insert into texts(texts) values('optimize')")
	x.check(rnd)
}

// TestLongTextsMakeSeveralSegments: a lot takes only so much memory.
func TestLongTextsMakeSeveralSegments(t *testing.T) {
	a := open(t, Options{})
	g := newGenerator(17)
	var batch []event.Event
	for i := range int64(600) {
		g.now++
		batch = append(batch, event.Event{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, At: g.now, Received: g.now,
			Comment: &event.Comment{Text: strings.Repeat("很长的话，", 200) + strconv.FormatInt(i, 10)}})
	}
	appendAll(t, a, batch)
	n, err := a.w.c.number(context.Background(), "select count(*) from search_0_segdir")
	if err != nil || n != (600*1000+fullLot-1)/fullLot {
		t.Errorf("%d segments; %v", n, err)
	}
	if got := ask(t, a, event.Filter{Text: "话，599"}); len(got) != 1 || got[0].Seq != 600 {
		t.Errorf("found are %d events", len(got))
	}
	sound(t, a)
}

// TestTwoProgramsFillOneIndex: each finds the segments of the other.
func TestTwoProgramsFillOneIndex(t *testing.T) {
	a := open(t, Options{partSize: 4096})
	b := openAt(t, a.path, Options{})
	g := newGenerator(18)
	var want []event.Event
	for i := range 60 {
		to := a
		if i%3 == 1 || i > 40 {
			to = b
		}
		want = append(want, appendAll(t, to, g.batch(170))...)
	}
	same(t, ask(t, a, event.Filter{Raw: true}), want)
	sound(t, b)
}

// TestListsOfDocumentsAreMerged compares with what a map makes of the same lists.
func TestListsOfDocumentsAreMerged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 4))
	for round := range 2000 {
		apart := round%2 == 0 // the usual case: what is newer is higher
		var lists [][]byte
		want := map[int64][]int64{}
		top := 1 + rnd.Int64N(1<<20)
		for range 1 + rnd.IntN(16) {
			var docs []int64
			places := map[int64][]int64{}
			d := top
			for n := 1 + rnd.IntN(20); n > 0 && d > 0; n-- {
				docs = append(docs, d)
				places[d] = []int64{rnd.Int64N(300)}
				if rnd.IntN(3) == 0 {
					places[d] = append(places[d], places[d][0]+1+rnd.Int64N(300))
				}
				if want[d] == nil {
					want[d] = places[d]
				}
				d -= 1 + rnd.Int64N(1+rnd.Int64N(300))
			}
			lists = append(lists, documentList(docs, places))
			if apart {
				top = d
			} else {
				top = 1 + rnd.Int64N(1000)
			}
			if top <= 0 {
				break
			}
		}
		got, err := mergeDocuments(nil, lists)
		docs := slices.Sorted(maps.Keys(want))
		slices.Reverse(docs)
		if wanted := documentList(docs, want); err != nil || !bytes.Equal(got, wanted) {
			t.Fatalf("%d lists: %x\nwant %x; %v", len(lists), got, wanted, err)
		}
		for cut := range lists[0] { // damaged: an error or a shorter list, never a panic
			if _, err := mergeDocuments(nil, [][]byte{lists[0][:cut], lists[0]}); err != nil && !errors.Is(err, errSegment) {
				t.Fatal(err)
			}
		}
	}
}

// FuzzWordsOfTheIndex puts documents of any words into an index and compares what
// is read there by this program and by FTS4. A line is a document.
func FuzzWordsOfTheIndex(f *testing.F) {
	f.Add([]byte("a bc abc\nabcdefgh abcdefghi abcdefghj\n\n草 草 a"), uint8(60), uint8(3))
	f.Add([]byte(strings.Repeat("x y z zz zzz zzzzzzzzzzzzzzzz\n", 40)), uint8(0), uint8(20))
	f.Fuzz(func(t *testing.T, text []byte, nodeSize, lots uint8) {
		var docs [][]string
		for line := range strings.Lines(strings.ToLower(string(text))) {
			docs = append(docs, strings.FieldsFunc(line, func(r rune) bool {
				return r < utf8.RuneSelf && plain(byte(max(r, 0))) < 0 || r == utf8.RuneError
			}))
		}
		if len(docs) == 0 || len(text) > 1<<12 {
			return
		}
		x := newIndexed(t, 40+16*int(nodeSize))
		for range 1 + lots%40 {
			x.add(docs, false)
		}
		if len(x.want) > 0 {
			x.check(rand.New(rand.NewPCG(uint64(len(text)), 1)))
		}
	})
}
