package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"danmaku/event"
	"danmaku/store"
)

// makeArchive makes the archive that is searched and read, without raw commands, and
// returns the size of its file; or takes the one that was named. The one made before
// is gone.
func makeArchive(out io.Writer, c config, m mix) (path string, perComment float64, err error) {
	if c.path != "" {
		return c.path, 0, nil
	}
	path = filepath.Join(c.dir, "searched.db")
	removeArchive(path)
	from := time.Now()
	err = fill(path, newTraffic(3, 50, 200_000), c.comments, m, false)
	if err != nil {
		return "", 0, err
	}
	size, err := fileSize(path)
	with := ""
	if m == anything {
		with = " and what comes with them"
	}
	fmt.Fprintf(out, "\nan archive of %d comments%s made in %.0f s\n", c.comments, with, time.Since(from).Seconds())
	return path, float64(size) / float64(c.comments), err
}

// fill makes an archive of so many comments, and of what else the mix has.
func fill(path string, t *traffic, n int, m mix, raw bool) error {
	ctx := context.Background()
	a, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	for left := n; left > 0; {
		batch := t.many(min(512, left), m, raw)
		for i := range batch {
			if batch[i].Comment != nil {
				left--
			}
		}
		if _, err := a.Append(ctx, batch); err != nil {
			return err
		}
	}
	return a.Close()
}

// wantedHits is how many events a search asks for.
const wantedHits = 100

// search is one text that is looked for.
type search struct {
	class, text string
	folded      string
	want        []int64 // positions, from the scan
}

// benchSearch searches, compares with a scan, and prints a line for each class.
func benchSearch(out io.Writer, path string, repeat int) error {
	a, err := store.OpenReadOnly(context.Background(), path)
	if err != nil {
		return err
	}
	defer a.Close()
	searches, err := chooseSearches(a)
	if err != nil {
		return err
	}
	scanned, err := scan(a, searches)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nSearch, the newest %d of %d events, ms of CPU of %d runs each; found: share of what a scan finds\n", wantedHits, scanned, repeat)
	fmt.Fprintf(out, "  %-22s %8s %8s %8s   %s\n", "class", "p50", "p95", "found", "texts, with hits and median")
	for len(searches) > 0 {
		class := searches[0].class
		n := slices.IndexFunc(searches, func(s search) bool { return s.class != class })
		if n < 0 {
			n = len(searches)
		}
		if err := benchClass(out, a, searches[:n], repeat); err != nil {
			return err
		}
		searches = searches[n:]
	}
	return nil
}

func benchClass(out io.Writer, a *store.Archive, searches []search, repeat int) error {
	var all []time.Duration
	var texts []string
	want, found := 0, 0
	for _, s := range searches {
		var own []time.Duration
		runtime.GC() // what the scan left is no cost of a search
		for i := range repeat {
			from := cpu(syscall.RUSAGE_SELF)
			got, err := positions(a, event.Filter{Text: s.text, Newest: true, Limit: wantedHits})
			own = append(own, cpu(syscall.RUSAGE_SELF)-from)
			if err != nil {
				return err
			}
			if i > 0 {
				continue
			}
			want += len(s.want)
			for _, seq := range got {
				if !slices.Contains(s.want, seq) {
					return fmt.Errorf("%q: event %d was found, a scan does not find it", s.text, seq)
				}
				found++
			}
		}
		all = append(all, own...)
		texts = append(texts, fmt.Sprintf("%s %d %.1f", s.text, len(s.want), millis(own, 50)))
	}
	recall := "-"
	if want > 0 {
		recall = fmt.Sprintf("%.4g %%", 100*float64(found)/float64(want))
	}
	_, err := fmt.Fprintf(out, "  %-22s %8.1f %8.1f %8s   %s\n", searches[0].class, millis(all, 50), millis(all, 95), recall, strings.Join(texts, ", "))
	return err
}

// millis returns a percentile in milliseconds.
func millis(all []time.Duration, percent int) float64 {
	slices.Sort(all)
	return float64(all[min(len(all)*percent/100, len(all)-1)].Microseconds()) / 1000
}

func positions(a *store.Archive, f event.Filter) (seqs []int64, err error) {
	for e, err := range a.Query(context.Background(), f) {
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, e.Seq)
	}
	return seqs, nil
}

// scan looks through all events, the newest first, and notes what each search is
// to find. It returns how many events there are.
func scan(a *store.Archive, searches []search) (n int, err error) {
	open := make([]*search, len(searches))
	for i := range searches {
		searches[i].folded = event.Fold(searches[i].text)
		open[i] = &searches[i]
	}
	for e, err := range a.Query(context.Background(), event.Filter{Newest: true}) {
		if err != nil {
			return n, err
		}
		n++
		folded := event.Fold(e.Text())
		if folded == "" {
			continue
		}
		open = slices.DeleteFunc(open, func(s *search) bool {
			if strings.Contains(folded, s.folded) {
				s.want = append(s.want, e.Seq)
			}
			return len(s.want) == wantedHits
		})
	}
	return n, nil
}

// sampled is how many of the newest events say what is frequent and what is rare.
const sampled = 200_000

// chooseSearches picks texts of every class from what an archive holds.
func chooseSearches(a *store.Archive) ([]search, error) {
	grams := [5]map[string]int{{}, {}, {}, {}, {}} // by length: texts that have them
	words := map[string]int{}
	for e, err := range a.Query(context.Background(), event.Filter{Newest: true, Limit: sampled}) {
		if err != nil {
			return nil, err
		}
		r := []rune(event.Fold(e.Text()))
		for n := 1; n < len(grams); n++ {
			for i := range max(0, len(r)-n+1) {
				grams[n][string(r[i:i+n])]++
			}
		}
		for _, w := range strings.FieldsFunc(string(r), func(r rune) bool { return r >= unicode.MaxASCII || !unicode.IsLetter(r) }) {
			words[w]++
		}
	}
	var all []search
	add := func(class string, texts ...string) {
		for _, t := range texts {
			all = append(all, search{class: class, text: t})
		}
	}
	han := ranked(grams[1], made(isHan))
	add("1 character", pick(han, 0, 4, 100, 1000, len(han)-1)...)
	for n, name := range map[int]string{2: "2 characters", 3: "3 characters", 4: "4 characters"} {
		g := ranked(grams[n], made(isHan))
		add(name+", frequent", pick(g, 0, 3, 20, 100)...)
		rare := g[len(g)*2/3:]
		add(name+", rare", pick(rare, 0, len(rare)/3, len(rare)/2, len(rare)-1)...)
	}
	apart := han[:min(len(han), 12)]
	add("2 and 3, never together", neverTogether(append(apart, "!", "?", ","), grams[2], 6)...)
	add("kana", pick(ranked(grams[3], made(isKana)), 0, 10, 200, 2000)...)
	add("Latin words", pick(ranked(words, func(s string) bool { return len(s) > 1 }), 0, 2, 5, 9, 14)...)
	add("parts of Latin words", pick(ranked(grams[3], made(func(r rune) bool { return 'a' <= r && r <= 'z' })), 1, 8, 20)...)
	add("emoji", pick(ranked(grams[1], made(func(r rune) bool { return r > 0x1f000 })), 0, 1, 2, 3)...)
	add("digits", pick(ranked(grams[2], made(unicode.IsDigit)), 0, 2, 5)...)
	add("punctuation", "？", "！", "？？？")
	add("mixed", "打call", "UP主", "chatgpt！", "[dog")
	add("absent", "鑫龘靐", "齉齉", "zzzz", "ぬゑ")
	slices.SortStableFunc(all, func(a, b search) int { return strings.Compare(a.class, b.class) })
	return all, nil
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func isKana(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }

// made returns whether a text is of such characters only.
func made(of func(rune) bool) func(string) bool {
	return func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return !of(r) }) }
}

// ranked returns the texts that ok takes, the most frequent first.
func ranked(counts map[string]int, ok func(string) bool) []string {
	var all []string
	for s := range counts {
		if ok(s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	return all
}

// pick returns the texts at the ranks that there are.
func pick(all []string, ranks ...int) (picked []string) {
	for _, i := range ranks {
		if 0 <= i && i < len(all) && !slices.Contains(picked, all[i]) {
			picked = append(picked, all[i])
		}
	}
	return picked
}

// neverTogether joins frequent characters to texts that the sample does not have.
func neverTogether(characters []string, pairs map[string]int, n int) (texts []string) {
	for i, a := range characters {
		for j, b := range characters {
			if a == b || pairs[a+b] > 0 || len(texts) >= n {
				continue
			}
			texts = append(texts, a+b)
			if c := characters[(i+j)%len(characters)]; len(texts) < n && pairs[b+c] == 0 {
				texts = append(texts, a+b+c)
			}
			break // another first character
		}
	}
	return texts
}
