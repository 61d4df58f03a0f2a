package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"danmaku/event"
	"danmaku/store"
)

// pageHits is how many hits the window's page of search asks for.
const pageHits = 200

// benchRules asks the archive what the window's page of search asks it for each
// rule, and prints how long the first hits and a page take by the clock. The first
// run of each finds nothing of the file in memory.
func benchRules(out io.Writer, path string, repeat int) error {
	a, err := store.OpenReadOnly(context.Background(), path)
	if err != nil {
		return err
	}
	defer a.Close()
	rules, err := chooseRules(a)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nRules, newest first as the window asks, ms by the clock of %d runs each; cold: with nothing of the file in memory\n", repeat)
	fmt.Fprintf(out, "  %-34s %6s %17s %17s %12s\n", "rule", "hits", "first hit, p50 max", fmt.Sprintf("%d hits, p50 max", pageHits), "cold: first all")
	for _, text := range rules {
		rule, err := event.ParseRule(text, time.Now())
		if err != nil {
			return err
		}
		if err := forgetFile(path); err != nil {
			return err
		}
		coldFirst, coldAll, hits, err := askRule(a, rule)
		if err != nil {
			return err
		}
		var first, all []time.Duration
		for range repeat {
			f, p, _, err := askRule(a, rule)
			if err != nil {
				return err
			}
			first, all = append(first, f), append(all, p)
		}
		fmt.Fprintf(out, "  %-34s %6d %8.1f %8.1f %8.1f %8.1f   %5.0f %5.0f\n", text, hits, millis(first, 50), millis(first, 100), millis(all, 50), millis(all, 100),
			float64(coldFirst.Microseconds())/1000, float64(coldAll.Microseconds())/1000)
	}
	return nil
}

// askRule asks for a page and returns when the first hit and the last were there.
func askRule(a *store.Archive, rule *event.Rule) (first, all time.Duration, hits int, err error) {
	f, exact := rule.Filter()
	f.Rule, f.Newest, f.ByClock = rule, true, true
	if exact {
		f.Limit = pageHits
	}
	from := time.Now()
	for e, err := range a.Query(context.Background(), f) {
		if err != nil {
			return 0, 0, 0, err
		}
		if !rule.Match(&e) {
			return 0, 0, 0, fmt.Errorf("%s: event %d was found, the rule does not match it", rule, e.Seq)
		}
		if hits++; hits == 1 {
			first = time.Since(from)
		}
		if hits == pageHits {
			break
		}
	}
	all = time.Since(from)
	if hits == 0 {
		first = all
	}
	return first, all, hits, nil
}

// forgetFile has the system forget what it holds of an archive's file.
func forgetFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// chooseRules are rules of every sort; names are taken from the archive.
func chooseRules(a *store.Archive) ([]string, error) {
	rules := []string{
		"草", "哈哈", "下次一定", "囧囧", "😭", "www", "草 or 哈哈", "-草", "-哈 -草 -？ -6",
		"medal>20", "medal>20 草", "medal>29", "medal>40", "medal<3 草", "medal:草", "medal:無",
		"guard:any", "guard:governor", "guard:any 下次一定", "is:admin", "is:admin medal>28 guard:any", "is:reply", "is:lottery or is:sticker",
		"level>30", "level>30 草", "level>49", "level>60", "price>30", "price>499", "price>1000000", "kind:superchat price>30", "is:paid", "is:paid or is:reply",
		"count>8", "count>99", "kind:gift or is:sticker", "kind:moderation", "-kind:comment -kind:enter",
		"/^6+$/", "/哈{5}/", "/[0-9]{5}/", "/(好听|可爱)！/", "/^x.y$/", "/囧|鑫龘/", "-medal>0 guard:any",
		"user:1234567",
	}
	// A name of somebody, and parts that many have.
	for e, err := range a.Query(context.Background(), event.Filter{Newest: true, Limit: 200}) {
		if err != nil {
			return nil, err
		}
		if e.User == nil {
			continue
		}
		if name := []rune(e.User.Name); len(name) > 3 {
			rules = append(rules, "user:"+string(name[:2]), "user:"+string(name[:1]), "user:"+string(name[:1])+" 草", "user:2", "user:2 zzqq")
			break
		}
	}
	return slices.Compact(rules), nil
}
