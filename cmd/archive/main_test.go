package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/store"
)

// evening is when the test's broadcast happens.
var evening = time.Date(2026, 11, 22, 20, 0, 0, 0, time.Local)

func at(seconds int) event.Millis {
	return event.At(evening.Add(time.Duration(seconds) * time.Second))
}

func comment(n int, room event.RoomID, user, text string) event.Event {
	return event.Event{Key: fmt.Sprintf("dm:%08x", n), Platform: event.Bilibili, Room: room, Kind: event.KindComment, Cmd: "DANMU_MSG", At: at(n), Received: at(n) + 40,
		User:    &event.User{ID: fmt.Sprint(crc32.ChecksumIEEE([]byte(user))), Name: user},
		Comment: &event.Comment{Text: text, Mode: "scroll", Color: "#ffffff", Size: 25}}
}

// broadcast is a short evening in two rooms, with text as people write it.
func broadcast() []event.Event {
	list := []event.Event{
		comment(1, 100, "園田", "草"),
		comment(2, 100, "🌸さくら🌸", "８８８８ｗｗｗ"),
		comment(3, 100, "含着王力口乐的麦克风", "ｶﾗｵｹ 最高!! 👨‍👩‍👧‍👦"),
		comment(4, 200, "Meeseeks", "Look at me"),
		comment(5, 100, "坏人", "\x1b[31mred\x1b]0;title\x07 \u009b2J \u202eabc"),
		comment(6, 100, "e\u0301té", "e\u0301 \u0301start"),
		comment(7, 100, "園田", "草生えた"),
	}
	gift := event.Event{Key: "gift:77", Platform: event.Bilibili, Room: 100, Kind: event.KindGift, Cmd: "SEND_GIFT", At: at(8), Received: at(8),
		User: &event.User{ID: "42", Name: "老板", Guard: 3}, Gift: &event.Gift{ID: "1", Name: "小花花", Count: 10, UnitPrice: 100, Total: 1000, Paid: true, Action: "投喂"}}
	sc := event.Event{Key: "sc:9", Platform: event.Bilibili, Room: 100, Kind: event.KindSuperChat, Cmd: "SUPER_CHAT_MESSAGE", At: at(9), Received: at(9),
		User: &event.User{ID: "42", Name: "老板", Guard: 3}, SuperChat: &event.SuperChat{ID: "9", Text: "生日快乐\n草", Price: 30000, Seconds: 60, Start: at(9), End: at(69)}}
	return append(list, gift, sc)
}

// newArchive writes events into a file and returns its path.
func newArchive(t *testing.T, events ...event.Event) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive.db")
	a, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// call runs the command and returns its exit code and outputs.
func call(t *testing.T, set func(*program), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{out: &out, errs: &errs, now: func() time.Time { return evening.Add(time.Hour) }}
	if set != nil {
		set(p)
	}
	code = cli.Run(t.Context(), p.command(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func terminal(p *program) { p.tty = true }

func TestSearchFindsNewestFirst(t *testing.T) {
	path := newArchive(t, broadcast()...)
	tests := []struct {
		args []string
		want []string // the texts, in order
	}{
		{[]string{"草"}, []string{"¥30  生日快乐⏎草", "草生えた", "草"}},
		{[]string{"888"}, []string{"８８８８ｗｗｗ"}},
		{[]string{"カラオケ"}, []string{"ｶﾗｵｹ 最高!! 👨‍👩‍👧‍👦"}},
		{[]string{"LOOK"}, []string{"Look at me"}},
		{[]string{"--kind", "gift"}, []string{"小花花 ×10  ¥1"}},
		{[]string{"--room", "200"}, []string{"Look at me"}},
		{[]string{"--user", "園"}, []string{"草生えた", "草"}},
		{[]string{"--user", "42", "--kind", "superchat,gift"}, []string{"¥30  生日快乐⏎草", "小花花 ×10  ¥1"}},
		{[]string{"草", "--to", evening.Add(3 * time.Second).Format(time.RFC3339)}, []string{"草"}},
		{[]string{"草", "--limit", "1"}, []string{"¥30  生日快乐⏎草"}},
		{[]string{"--rule", "price>=1 guard:captain"}, []string{"¥30  生日快乐⏎草", "小花花 ×10  ¥1"}},
		{[]string{"草", "--rule=-kind:superchat"}, []string{"草生えた", "草"}},
		{[]string{"--seq", "8"}, []string{"小花花 ×10  ¥1"}},
	}
	for _, tt := range tests {
		code, stdout, stderr := call(t, nil, append([]string{"--archive", path, "search"}, tt.args...)...)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if code != 0 || len(lines) != len(tt.want)+1 {
			t.Errorf("%v: exit %d\n%s%s", tt.args, code, stdout, stderr)
			continue
		}
		for i, want := range tt.want {
			if !strings.HasSuffix(lines[i+1], "  "+want) {
				t.Errorf("%v: line %d is %q, want %q at its end", tt.args, i, lines[i+1], want)
			}
		}
	}
}

func TestSearchSaysWhenNothingIsFoundAndWhenThereIsMore(t *testing.T) {
	path := newArchive(t, broadcast()...)
	if code, stdout, stderr := call(t, nil, "--archive", path, "search", "不存在"); code != 0 || stdout != "" || !strings.Contains(stderr, "nothing found") {
		t.Errorf("nothing found: exit %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := call(t, nil, "--archive", path, "search", "--limit", "2"); code != 0 || !strings.Contains(stderr, "there are more") {
		t.Errorf("more: exit %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, nil, "--archive", path, "search", "--limit", "9"); code != 0 || strings.Contains(stderr, "there are more") {
		t.Errorf("just all: exit %d, %q", code, stderr)
	}
	if code, stdout, _ := call(t, nil, "--archive", path, "search", "草", "--count", "--limit", "1"); code != 0 || stdout != "3\n" {
		t.Errorf("count: exit %d, %q", code, stdout)
	}
}

func TestColumnsLineUpUnderWideCharacters(t *testing.T) {
	path := newArchive(t, broadcast()...)
	_, stdout, _ := call(t, nil, "--archive", path, "search")
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	column := func(line, before string) int {
		head, _, ok := strings.Cut(line, before)
		if !ok {
			t.Fatalf("no %q in %q", before, line)
		}
		return cells.StringWidth(head)
	}
	want := column(lines[0], "TEXT")
	for line, text := range map[int]string{1: "¥30", 2: "小花花", 3: "草生えた", 4: "e\u0301 \u0301start", 6: "Look", 7: "ｶﾗｵｹ", 8: "８８８８", 9: "草"} {
		if got := column(lines[line], text); got != want {
			t.Errorf("%q begins in column %d, want %d:\n%s", text, got, want, stdout)
		}
	}
}

func TestWhatStreamsSayDoesNotSteerTheTerminal(t *testing.T) {
	path := newArchive(t, broadcast()...)
	for _, format := range []string{"table", "json", "jsonl", "csv"} {
		for _, color := range []string{"never", "always"} {
			_, stdout, _ := call(t, terminal, "--archive", path, "--color", color, "search", "--format", format)
			for _, r := range strings.ReplaceAll(stripSGR(stdout), "\t", "") {
				if r != '\n' && steers(r) {
					t.Errorf("format %s, color %s: %U reaches the terminal", format, color, r)
				}
			}
			if color == "never" && strings.Contains(stdout, "\x1b") {
				t.Errorf("format %s: an escape sequence without colour", format)
			}
		}
	}
	if _, stdout, _ := call(t, nil, "--archive", path, "search", "--format", "csv"); !strings.Contains(stdout, "\u202eabc") {
		t.Error("into a pipe the text is not as it was sent")
	}
}

// stripSGR takes the colours out that we write.
func stripSGR(s string) string {
	for _, c := range []string{dim, bold, hit, cyan, yellow, magenta, green, "0"} {
		s = strings.ReplaceAll(s, "\x1b["+c+"m", "")
	}
	return s
}

func TestColourOnlyOnATerminal(t *testing.T) {
	path := newArchive(t, broadcast()...)
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if _, stdout, _ := call(t, nil, "--archive", path, "search", "草"); strings.Contains(stdout, "\x1b") {
		t.Errorf("colour in a pipe: %q", stdout)
	}
	if _, stdout, _ := call(t, terminal, "--archive", path, "search", "草"); !strings.Contains(stdout, "\x1b["+hit+"m草\x1b[0m生えた") {
		t.Errorf("the hit is not marked: %q", stdout)
	}
	t.Setenv("NO_COLOR", "1")
	if _, stdout, _ := call(t, terminal, "--archive", path, "search", "草"); strings.Contains(stdout, "\x1b") {
		t.Errorf("colour in spite of NO_COLOR: %q", stdout)
	}
}

func TestContextShowsWhatWasSaidAround(t *testing.T) {
	path := newArchive(t, broadcast()...)
	_, stdout, _ := call(t, nil, "--archive", path, "search", "カラオケ", "--context", "1")
	var texts []string
	for _, line := range strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")[1:] {
		fields := strings.Split(line, "  ")
		texts = append(texts, strings.TrimSpace(fields[len(fields)-1]))
	}
	want := []string{"８８８８ｗｗｗ", "ｶﾗｵｹ 最高!! 👨‍👩‍👧‍👦", "␛[31mred␛]0;title␇ \ufffd2J \ufffdabc"}
	if strings.Join(texts, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", texts)
	}
}

func TestMistakesExit2AndFailures1(t *testing.T) {
	path := newArchive(t, broadcast()...)
	for _, args := range [][]string{
		{"search", "--kind", "chat"}, {"search", "--from", "yesterday-ish"}, {"search", "--room", "x"}, {"search", "--format", "xml"},
		{"search", "--from", "1h", "--to", "2h"}, {"search", "--limit", "-1"}, {"search", "--rule", "price>x"}, {"search", "--seq", "-1"}, {"find"}, {},
	} {
		if code, stdout, stderr := call(t, nil, append([]string{"--archive", path}, args...)...); code != cli.ExitUsage || stdout != "" || !strings.Contains(stderr, strings.TrimSpace("archive "+command(args))+" --help") {
			t.Errorf("%v: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
	if code, _, stderr := call(t, nil, "--archive", filepath.Join(t.TempDir(), "none.db"), "search"); code != cli.ExitFailed || !strings.Contains(stderr, "none.db") {
		t.Errorf("no archive: exit %d, %q", code, stderr)
	}
	if code, stdout, _ := call(t, nil, "search", "--help"); code != 0 || !strings.Contains(stdout, "--context") {
		t.Errorf("help: exit %d, %q", code, stdout)
	}
}

// command is the one of some arguments, unless there is none such.
func command(args []string) string {
	if len(args) == 0 || args[0] == "find" {
		return ""
	}
	return args[0]
}

func TestWhatIsInterruptedIsNoSuccess(t *testing.T) {
	path := newArchive(t, broadcast()...)
	file := filepath.Join(t.TempDir(), "out.xml")
	for _, args := range [][]string{{"export", "--room", "100", "-o", file}, {"import", commandsFile(t)}, {"stats"}, {"verify"}} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out, errs bytes.Buffer
		p := &program{out: &out, errs: &errs, now: time.Now}
		code := cli.Run(ctx, p.command(), append([]string{"--archive", path}, args...), &out, &errs)
		if code != cli.ExitFailed || !strings.HasSuffix(errs.String(), "archive: interrupted\n") {
			t.Errorf("%v: exit %d, %s%s", args, code, out.String(), errs.String())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSearchWhileTheArchiveIsWritten(t *testing.T) {
	path := newArchive(t, broadcast()...)
	a, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := range 20 {
		if _, err := a.Append(t.Context(), []event.Event{comment(100+i, 300, "writer", "unterwegs")}); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, nil, "--archive", path, "search", "unterwegs", "--count")
		if code != 0 || stdout != fmt.Sprintln(i+1) {
			t.Fatalf("after %d appends: exit %d, %q, %q", i+1, code, stdout, stderr)
		}
	}
}
