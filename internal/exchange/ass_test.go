package exchange

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

// scriptLine is a line of the events of a script.
type scriptLine struct {
	shown      bool
	layer      int
	from, to   int64 // hundredths of a second
	style      string
	tags, text string
	raw        string
}

var (
	scriptTime = regexp.MustCompile(`^(\d+):([0-5]\d):([0-5]\d)\.(\d\d)$`)
	tagBlock   = regexp.MustCompile(`\{[^{}]*\}`)
)

func parseScript(t *testing.T, data []byte) []scriptLine {
	t.Helper()
	head, body, ok := strings.Cut(string(data), "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n")
	if !ok || !strings.HasPrefix(head, "[Script Info]\n") {
		t.Fatalf("no script: %.200q", data)
	}
	var lines []scriptLine
	for _, l := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		if l == "" {
			continue
		}
		sort, rest, _ := strings.Cut(l, ": ")
		f := strings.SplitN(rest, ",", 10)
		if len(f) != 10 || sort != "Dialogue" && sort != "Comment" {
			t.Fatalf("line %q", l)
		}
		if !strings.Contains(head, "Style: "+f[3]+",") {
			t.Fatalf("style %s of %q is not there", f[3], l)
		}
		moment := func(s string) int64 {
			m := scriptTime.FindStringSubmatch(s)
			if m == nil {
				t.Fatalf("time %q in %q", s, l)
			}
			n := func(i int) int64 { v, _ := strconv.ParseInt(m[i], 10, 64); return v }
			return n(1)*360000 + n(2)*6000 + n(3)*100 + n(4)
		}
		layer, _ := strconv.Atoi(f[0])
		lines = append(lines, scriptLine{sort == "Dialogue", layer, moment(f[1]), moment(f[2]), f[3],
			strings.Join(tagBlock.FindAllString(f[9], -1), ""), tagBlock.ReplaceAllString(f[9], ""), l})
	}
	return lines
}

var (
	moveTag = regexp.MustCompile(`\\move\((-?\d+),(-?\d+),(-?\d+),(-?\d+)\)`)
	posTag  = regexp.MustCompile(`\\pos\((-?\d+),(-?\d+)\)`)
)

// box tells where the text of a comment is at a moment. width is our estimate.
func (l *scriptLine) place(tick int64, width float64) (x, y float64) {
	if m := moveTag.FindStringSubmatch(l.tags); m != nil {
		x1, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		x2, _ := strconv.ParseFloat(m[3], 64)
		return x1 + (x2-x1)*float64(tick-l.from)/float64(l.to-l.from), y
	}
	m := posTag.FindStringSubmatch(l.tags)
	x, _ = strconv.ParseFloat(m[1], 64)
	y, _ = strconv.ParseFloat(m[2], 64)
	return x - width/2, y // alignment 8
}

func TestNoTwoCommentsOfAScriptTouch(t *testing.T) {
	for _, style := range []Style{{}, {Area: 1}, {Width: 1280, Height: 720, FontSize: 60, Scroll: 6 * time.Second}, {Area: 0.1, Patience: -1}, {Names: true, NoBoxes: true}} {
		s := newSampler(uint64(style.Width) + 11)
		list := only(s.list(3000), func(e *event.Event) bool { return e.Comment != nil })
		for i := range list { // a busy room
			list[i].Received = list[0].Received + event.Millis(i)*60
			list[i].Of = ""
		}
		data, sum := mustWrite(t, ASS, list, Options{Style: style})
		lines := parseScript(t, data)
		if sum.Written != int64(len(list)) || len(lines) != len(list) {
			t.Fatalf("%+v: %+v, %d lines for %d comments", style, sum, len(lines), len(list))
		}
		type shown struct {
			scriptLine
			width, height float64
		}
		full := style.withDefaults()
		em := float64(full.FontSize) * emPerLine(full.Font)
		var texts []shown
		crowded := int64(0)
		for i, l := range lines {
			if !l.shown {
				crowded++
				continue
			}
			scale := 1.0
			if size := list[i].Comment.Size; size != 25 {
				scale = math.Round(float64(full.FontSize)*float64(size)/25) / float64(full.FontSize)
			}
			w := textWidth(list[i].Comment.Text)
			if style.Names {
				w += textWidth(list[i].User.Name + ": ")
			}
			texts = append(texts, shown{l, w * em * scale, float64(full.FontSize) * scale})
		}
		if crowded != sum.Crowded || len(texts) < 100 {
			t.Errorf("%+v: %d shown, %d crowded, summary %+v", style, len(texts), crowded, sum)
		}
		for i := range texts {
			a := &texts[i]
			if _, y := a.place(a.from, a.width); y < 0 || y+a.height > float64(full.Height) {
				t.Fatalf("outside the picture: %s", a.raw)
			}
			for j := i + 1; j < len(texts) && j < i+400; j++ {
				b := &texts[j]
				for tick := max(a.from, b.from); tick < min(a.to, b.to); tick += 23 {
					ax, ay := a.place(tick, a.width)
					bx, by := b.place(tick, b.width)
					if ax+1 < bx+b.width && bx+1 < ax+a.width && ay < by+b.height && by < ay+a.height {
						t.Fatalf("%+v: at %d\n%s\ntouches\n%s", style, tick, a.raw, b.raw)
					}
				}
			}
		}
	}
}

func TestWordsOfAStreamAreNoTags(t *testing.T) {
	tests := map[string]string{
		`{\pos(1,2)}`:      "｛\\\u200bpos(1,2)｝",
		`C:\new\N`:         "C:\\\u200bnew\\\u200bN",
		"a\nb\r\nc\t":      "a b  c ",
		"  x ":             `\h\hx\h`,
		" ":                `\h`,
		"\x00\x1b\u0085ab": "ab",
		"\u202eabc\u2066":  "abc",
		"\xff":             "\ufffd",
		"草👨‍👩‍👧":           "草👨‍👩‍👧",
	}
	for in, want := range tests {
		if got := string(appendASSText(nil, in)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func FuzzWordsOfAStreamAreNoTags(f *testing.F) {
	for _, w := range sampleWords {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := string(appendASSText(nil, s))
		if strings.ContainsAny(got, "{}\n\r\x00") {
			t.Errorf("%q gives %q", s, got)
		}
		for rest := got; ; {
			_, after, ok := strings.Cut(rest, `\`)
			if !ok {
				break
			}
			if !strings.HasPrefix(after, "h") && !strings.HasPrefix(after, "\u200b") {
				t.Errorf("%q gives %q with a tag in it", s, got)
			}
			rest = after
		}
	})
}

func TestColoursAreBlueFirst(t *testing.T) {
	if got := string(appendColor(nil, 0x123456)); got != "&H563412&" {
		t.Errorf("got %s", got)
	}
	e := event.Event{Kind: event.KindComment, Received: 1, Comment: &event.Comment{Text: "x", Mode: "top", Color: "#e33fff", Size: 36}}
	data, _ := mustWrite(t, ASS, []event.Event{e}, Options{Style: Style{Opacity: 0.8, Font: "A,B"}})
	if !strings.Contains(string(data), `\c&HFF3FE3&`) || !strings.Contains(string(data), "Style: TOP,AB,47,&H33FFFFFF,") || !strings.Contains(string(data), `\fs68`) {
		t.Errorf("%s", data)
	}
}

func TestTimesOfAScriptAreRoundedAndHaveAnyLength(t *testing.T) {
	for ms, want := range map[int64]string{0: "0:00:00.00", 59_994: "0:00:59.99", 59_995: "0:01:00.00", 3_599_999: "1:00:00.00", 360_000_000: "100:00:00.00"} {
		if got := string(appendTicks(nil, (ms+5)/10)); got != want {
			t.Errorf("%d ms gives %s, want %s", ms, got, want)
		}
	}
}

func TestWhatWasBeforeTheRecordingIsLeftOut(t *testing.T) {
	s := newSampler(1)
	var list []event.Event
	for len(list) < 10 {
		if e := s.next(); e.Comment != nil && e.Of == "" {
			list = append(list, e)
		}
	}
	data, sum := mustWrite(t, ASS, list, Options{Recording: Recording{Start: list[4].Received}})
	if n := len(parseScript(t, data)); n != 6 || sum.Written != 6 || sum.Left != 4 {
		t.Errorf("%d lines, %+v", n, sum)
	}
}

// boxes of a script: everything on the layer of shapes.
func shapes(lines []scriptLine) []scriptLine {
	var out []scriptLine
	for _, l := range lines {
		if l.shown && l.layer == layerBox {
			out = append(out, l)
		}
	}
	return out
}

func TestBoxesNeverCoverEachOther(t *testing.T) {
	s := newSampler(21)
	var list []event.Event
	for len(list) < 2000 {
		e := s.next()
		if e.Of == "" && (e.Gift != nil && e.Gift.Paid || e.SuperChat != nil || e.Guard != nil) {
			e.Received = 1_700_000_000_000 + event.Millis(len(list)/3)*700
			list = append(list, e)
		}
	}
	data, sum := mustWrite(t, ASS, list, Options{})
	if sum.Written != int64(len(list)) || sum.Crowded == 0 || sum.Crowded > sum.Written*9/10 {
		t.Errorf("%+v", sum)
	}
	type rect struct {
		scriptLine
		y, h float64
	}
	var rects []rect
	for _, l := range shapes(parseScript(t, data)) {
		_, y := l.place(l.from, 0)
		h := 0.0
		for _, m := range regexp.MustCompile(`-?\d+ (-?\d+)`).FindAllStringSubmatch(l.text, -1) {
			v, _ := strconv.ParseFloat(m[1], 64)
			h = max(h, v)
		}
		rects = append(rects, rect{l, y, h})
	}
	if len(rects) < 300 {
		t.Fatalf("only %d shapes", len(rects))
	}
	for i, a := range rects {
		if a.y < 0 || a.y+a.h > 1080 {
			t.Fatalf("outside the picture: %s", a.raw)
		}
		for _, b := range rects[i+1:] {
			sameBox := a.from == b.from && a.to == b.to // parts of one card
			if !sameBox && a.from < b.to && b.from < a.to && a.y < b.y+b.h && b.y < a.y+a.h {
				t.Fatalf("%s\ncovers\n%s", a.raw, b.raw)
			}
		}
	}
}

func gift(at event.Millis, user string, n int, total event.Money) event.Event {
	return event.Event{Kind: event.KindGift, At: at, Received: at, User: &event.User{ID: user, Name: user},
		Gift: &event.Gift{Name: "小花花", Count: n, Total: total, Paid: total > 0, Action: "投喂"}}
}

func TestARunOfGiftsSharesAStrip(t *testing.T) {
	var list []event.Event
	for i := range 30 {
		list = append(list, gift(1_000_000+event.Millis(i)*100, "老板", 1, 100))
	}
	list = append(list, gift(1_500_000, "老板", 5, 500))
	data, sum := mustWrite(t, ASS, list, Options{})
	lines := parseScript(t, data)
	var texts []string
	for _, l := range lines {
		if l.layer == layerBoxText {
			texts = append(texts, fmt.Sprintf("%d-%d %s", l.from, l.to, l.text))
		}
	}
	if sum.Crowded != 0 || len(texts) > 9 {
		t.Fatalf("%+v\n%s", sum, strings.Join(texts, "\n"))
	}
	if first, last := texts[0], texts[len(texts)-2]; !strings.Contains(first, "×1 ") || !strings.Contains(last, "×30 ") || !strings.Contains(last, "¥3") {
		t.Errorf("first %q, last %q", first, last)
	}
	for i, l := range lines[1 : len(lines)-2] {
		if l.layer == layerBoxText && l.from < lines[i].from {
			t.Errorf("not in order of time: %s", l.raw)
		}
	}
}

func TestFreeAndSmallGiftsHaveNoBox(t *testing.T) {
	list := []event.Event{gift(1000, "a", 1, 0), gift(2000, "b", 1, 900), gift(3000, "c", 1, 1000)}
	data, sum := mustWrite(t, ASS, list, Options{Style: Style{GiftMin: 1000}})
	if n := len(shapes(parseScript(t, data))); n != 1 || sum.Written != 1 || sum.Left != 2 {
		t.Errorf("%d boxes, %+v", n, sum)
	}
	_, sum = mustWrite(t, ASS, list, Options{Style: Style{NoBoxes: true}})
	if sum.Written != 0 || sum.Left != 3 {
		t.Errorf("without boxes: %+v", sum)
	}
}

func TestASuperChatWaitsUntilThereIsRoom(t *testing.T) {
	var list []event.Event
	for i := range 12 {
		list = append(list, event.Event{Kind: event.KindSuperChat, Received: 1_000_000 + event.Millis(i)*1000, User: &event.User{Name: fmt.Sprint("u", i)},
			SuperChat: &event.SuperChat{Text: strings.Repeat("很长的话", 20), Price: 30000, Seconds: 60}})
	}
	data, sum := mustWrite(t, ASS, list, Options{})
	if sum.Crowded != 0 {
		t.Errorf("%+v", sum)
	}
	seen := map[string]bool{}
	for _, l := range parseScript(t, data) {
		if strings.HasPrefix(l.text, "u") {
			seen[l.text] = true
			if l.to-l.from != paidTicks {
				t.Errorf("%s is shown for %d", l.text, l.to-l.from)
			}
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 shown", len(seen))
	}
}

func TestPositionedCommentsMoveAsTheyAsk(t *testing.T) {
	c := func(text string) []byte {
		data, _ := mustWrite(t, ASS, []event.Event{{Kind: event.KindComment, Received: 1, Comment: &event.Comment{Text: text, Mode: "positioned", Color: "#ffffff", Size: 25}}}, Options{})
		return data
	}
	if l := parseScript(t, c(`["0.5","0.25","1-0",4.5,"一/n二",90,0,"0.75","0.25",500,100,true,"黑体"]`)); len(l) != 1 || l[0].to-l[0].from != 450 ||
		!strings.Contains(l[0].tags, `\move(960,270,1440,270,100,600)`) || !strings.Contains(l[0].tags, `\frz-90`) || !strings.Contains(l[0].tags, `\t(\alpha&Hff&)`) || l[0].text != `一\N二` {
		t.Errorf("%+v", l)
	}
	if l := parseScript(t, c(`[341,219,"1-1",2,"x"]`)); len(l) != 1 || !strings.Contains(l[0].tags, `\pos(960,540)`) {
		t.Errorf("%+v", l)
	}
	if l := parseScript(t, c(`no array`)); len(l) != 1 || l[0].style != "R2L" || l[0].text != "no array" {
		t.Errorf("%+v", l)
	}
}

func FuzzPositioned(f *testing.F) {
	f.Add(`["0.5","0.25","1-0",4.5,"text",90,0,"0.75","0.25",500,100,true,"黑体"]`)
	f.Add(`[1e300,-1e300,"x-y",-1,"",null,[],{},"NaN"]`)
	f.Fuzz(func(t *testing.T, s string) {
		data, sum := mustWrite(t, ASS, []event.Event{{Kind: event.KindComment, Received: 1, Comment: &event.Comment{Text: s, Mode: "positioned", Color: "#ffffff", Size: 25}}}, Options{})
		if n := len(parseScript(t, data)); n != 1 || sum.Written != 1 {
			t.Errorf("%d lines for %q", n, s)
		}
	})
}

func TestEventsOutOfOrderAreStillShown(t *testing.T) {
	list := only(newSampler(31).list(600), func(e *event.Event) bool { return e.Comment != nil && e.Of == "" })
	start := list[0].Received
	for i := range list {
		if i%50 == 49 {
			list[i].Received -= 5000
		}
	}
	data, sum := mustWrite(t, ASS, list, Options{Recording: Recording{Start: start - 10_000}})
	if n := len(parseScript(t, data)); n != len(list) || sum.Crowded > int64(len(list))/50 {
		t.Errorf("%d lines for %d comments, %+v", n, len(list), sum)
	}
	if bytes.Contains(data, []byte("-0:")) {
		t.Error("a time below zero")
	}
}
