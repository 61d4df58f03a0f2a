package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/store"
)

func TestExportToAFileAndToStandardOutput(t *testing.T) {
	path := newArchive(t, broadcast()...)
	dir := t.TempDir()
	for _, ext := range []string{"xml", "ass", "json", "jsonl", "csv", "parquet"} {
		file := filepath.Join(dir, "out."+ext)
		_, stderr := mustCall(t, "--archive", path, "export", "--room", "100", "-o", file)
		data, err := os.ReadFile(file)
		if err != nil || len(data) == 0 || !strings.Contains(stderr, ext+": 8 events written") {
			t.Errorf("%s: %d bytes, %v, %q", ext, len(data), err, stderr)
		}
		stdout, _ := mustCall(t, "--archive", path, "export", "--room", "100", "--format", ext)
		if ext != "parquet" && stdout != string(data) {
			t.Errorf("%s: standard output is not what the file is", ext)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestExportThatFailsLeavesTheOldFile(t *testing.T) {
	path := newArchive(t, broadcast()...)
	file := filepath.Join(t.TempDir(), "out.ass")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := call(t, nil, "--archive", path, "export", "--room", "999", "-o", file)
	if data, err := os.ReadFile(file); err != nil || string(data) != "old" || code != cli.ExitFailed || !strings.Contains(stderr, "999") {
		t.Errorf("exit %d, %q, %q, %v", code, stderr, data, err)
	}
}

// An archive in which a week was live, and then two older recordings were imported,
// the earlier one last, and the same evening from elsewhere.
func TestSearchIsNewestFirstByTheClockWhateverWasImportedWhen(t *testing.T) {
	live, older := []event.Event{}, ""
	for i := range 20 {
		live = append(live, comment(2*i, 100, "a", fmt.Sprintf("live %02d", i)))
	}
	path := newArchive(t, live...)
	for _, days := range []int{1, 2} {
		older = ""
		for i := range 20 {
			older += fmt.Sprintf("{\"platform\":\"bilibili\",\"room\":200,\"kind\":\"comment\",\"cmd\":\"DANMU_MSG\",\"key\":\"dm:%d-%d\",\"at\":%d,\"received\":%[3]d,\"comment\":{\"text\":\"%d days before %02d\"}}\n",
				days, i, int64(at(2*i))-int64(days)*24*3600_000, days, i)
		}
		importText(t, path, older)
	}
	importText(t, path, fmt.Sprintf("{\"platform\":\"bilibili\",\"room\":100,\"kind\":\"comment\",\"cmd\":\"DANMU_MSG\",\"key\":\"dm:x\",\"at\":%d,\"received\":%[1]d,\"comment\":{\"text\":\"between\"}}\n", at(7)))

	stdout, _ := mustCall(t, "--archive", path, "search", "--format", "jsonl", "--limit", "0")
	last, n := event.Millis(math.MaxInt64), 0
	for line := range strings.Lines(stdout) {
		var e event.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.At > last {
			t.Errorf("%s stands behind an event of %d", line, last)
		}
		last = e.At
		n++
	}
	if n != 61 {
		t.Errorf("%d events", n)
	}
	stdout, _ = mustCall(t, "--archive", path, "search", "e", "--format", "csv", "--limit", "1")
	if !strings.Contains(stdout, "live 19") {
		t.Errorf("the newest is %s", stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "search", "between", "--context", "2")
	if found := regexp.MustCompile(`(live \d\d|between)`).FindAllString(stdout, -1); strings.Join(found, " ") != "live 02 live 03 between live 04 live 05" {
		t.Errorf("around it are %q in %s", found, stdout)
	}
	if stdout, _ := mustCall(t, "--archive", path, "search", "e", "--count", "--limit", "1"); stdout != "61\n" {
		t.Errorf("counted %s", stdout)
	}
}

// importText imports a file of these lines.
func importText(t *testing.T, archive, lines string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lines.jsonl")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _ := mustCall(t, "--archive", archive, "import", file); !strings.Contains(stdout, "0 known before") {
		t.Fatalf("import: %s", stdout)
	}
}

func TestATimeLineIsOfOneRoom(t *testing.T) {
	path := newArchive(t, broadcast()...)
	code, _, stderr := call(t, nil, "--archive", path, "export", "--format", "xml")
	if code != cli.ExitUsage || !strings.Contains(stderr, "--room") || !strings.Contains(stderr, "100") || !strings.Contains(stderr, "200") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	single := newArchive(t, comment(1, 100, "a", "only room"))
	if stdout, _ := mustCall(t, "--archive", single, "export", "--format", "xml"); !strings.Contains(stdout, `roomid="100"`) || !strings.Contains(stdout, "only room") {
		t.Errorf("the only room was not taken: %s", stdout)
	}
}

func TestExportIsAlignedToARecording(t *testing.T) {
	path := newArchive(t, broadcast()...)
	stdout, _ := mustCall(t, "--archive", path, "export", "--room", "100", "--format", "xml", "--start", at(2).Time().Format(time.RFC3339), "--offset=-500ms")
	for _, want := range []string{`<d p="-1.460,`, `<d p="-0.460,`, `<d p="0.540,`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %s in %s", want, stdout)
		}
	}
	stdout, _ = mustCall(t, "--archive", path, "export", "--room", "100", "--format", "ass", "--start", at(2).Time().Format(time.RFC3339), "--resolution", "1280x720", "--font", "Some Font", "--font-size", "30", "--no-boxes")
	for _, want := range []string{"PlayResX: 1280", "Style: R2L,Some Font,30,", "Dialogue: 0,0:00:00.04,"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in %s", want, stdout)
		}
	}
	if strings.Contains(stdout, `\p1`) {
		t.Error("a box in spite of --no-boxes")
	}
}

func TestExportOfABroadcastTakesItsTimeAndTitle(t *testing.T) {
	list := []event.Event{
		{Key: "live:a", Platform: event.Bilibili, Room: 100, Kind: event.KindLive, Cmd: "LIVE", At: at(-100), Received: at(-100), Live: &event.Live{Session: "a", Start: at(-100)}},
		{Platform: event.Bilibili, Room: 100, Kind: event.KindRoom, Cmd: "ROOM_CHANGE", At: at(-50), Received: at(-50), RoomInfo: &event.RoomInfo{Title: "第一场", Area: "单机"}},
		comment(-40, 100, "a", "first evening"),
		{Platform: event.Bilibili, Room: 100, Kind: event.KindOffline, Cmd: "PREPARING", At: at(-10), Received: at(-10), Offline: &event.Offline{}},
		{Key: "live:b", Platform: event.Bilibili, Room: 100, Kind: event.KindLive, Cmd: "LIVE", At: at(0), Received: at(0), Live: &event.Live{Session: "b", Start: at(0)}},
		comment(10, 100, "a", "second evening"),
	}
	path := newArchive(t, list...)
	stdout, _ := mustCall(t, "--archive", path, "export", "--broadcast", "last", "--format", "xml")
	if !strings.Contains(stdout, `<d p="10.040,`) || strings.Contains(stdout, "first evening") {
		t.Errorf("%s", stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "export", "--broadcast", at(-50).Time().Format(time.RFC3339), "--format", "xml")
	if !strings.Contains(stdout, "first evening") || strings.Contains(stdout, "second evening") || !strings.Contains(stdout, `title="第一场"`) {
		t.Errorf("%s", stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "broadcasts", "--format", "csv")
	if rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll(); err != nil || len(rows) != 3 || rows[2][1] != "a" || rows[2][4] != "第一场" {
		t.Errorf("%q, %v", stdout, err)
	}
	if code, _, _ := call(t, nil, "--archive", path, "export", "--broadcast", "last", "--from", "1h", "--format", "xml"); code != cli.ExitUsage {
		t.Errorf("--broadcast with --from: exit %d", code)
	}
}

func TestExportTellsWhatCameBeforeTheVideo(t *testing.T) {
	path := newArchive(t, broadcast()...)
	_, stderr := mustCall(t, "--archive", path, "export", "--room", "100", "--format", "ass", "--start", evening.Add(4*time.Second).Format(time.RFC3339), "-o", filepath.Join(t.TempDir(), "out.ass"))
	if !strings.Contains(stderr, "5 events written") || !strings.Contains(stderr, "; 3 left out, from before the video's start") {
		t.Errorf("%s", stderr)
	}
}

func TestRoomsHaveTheTimesOfTheirFirstAndLastEvents(t *testing.T) {
	path := newArchive(t, broadcast()...)
	stdout, _ := mustCall(t, "--archive", path, "rooms", "--format", "csv")
	for _, want := range []string{",8," + instant(at(1)) + "," + instant(at(9)) + "\n", ",1," + instant(at(4)) + "," + instant(at(4)) + "\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestAnonymousExportNamesNobody(t *testing.T) {
	list := broadcast()
	list[0].Comment.Text = "@老板 hello"
	list[0].Raw = json.RawMessage(`{"cmd":"DANMU_MSG","info":["園田"]}`)
	path := newArchive(t, list...)
	var exports []string
	for range 2 {
		stdout, _ := mustCall(t, "--archive", path, "export", "--anonymise", "--format", "jsonl")
		for _, secret := range []string{"老板", "園田", "さくら", "Meeseeks", "坏人", "dm:00000001"} {
			if strings.Contains(stdout, secret) {
				t.Errorf("%s is in %s", secret, stdout)
			}
		}
		exports = append(exports, stdout)
	}
	names := regexp.MustCompile(`user-[0-9a-f]{8}`).FindAllString(exports[0], -1)
	counts := map[string]int{}
	for _, n := range names {
		counts[n]++
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	if most != 3 || exports[0] == exports[1] { // 老板: a gift, a super chat, a mention
		t.Errorf("the same person is not the same in one export, or is in two: %v", counts)
	}
	if code, _, _ := call(t, nil, "--archive", path, "export", "--anonymise", "--raw", "--format", "jsonl"); code != cli.ExitUsage {
		t.Errorf("--raw with --anonymise: exit %d", code)
	}
}

func TestStats(t *testing.T) {
	list := append(broadcast(), evenComments(-86400, 60, 30, "昨天")...)
	for i := range list {
		list[i].Room = 100
	}
	path := newArchive(t, list...)
	stdout, _ := mustCall(t, "--archive", path, "stats", "--from", evening.Add(-time.Hour).Format(time.RFC3339), "--format", "json")
	var got statistics
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Events != 9 || got.People != 7 || got.New != 7 || !got.Exact || got.Ledger.Total != 31_000 || len(got.Senders) != 6 || got.Senders[0].Name != "園田" || got.Senders[0].Comments != 2 ||
		len(got.Payers) != 1 || got.Payers[0] != (person{ID: "42", Name: "老板", Paid: 31_000}) || len(got.Peaks) != 1 || got.Peaks[0].Comments != 7 || len(got.Words) != 0 {
		t.Errorf("%s", stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "stats")
	for _, want := range []string{"39 events", "37 people", "super chats", "¥31.00", "昨天", "PEAK MINUTES"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	stdout, _ = mustCall(t, "--archive", path, "stats", "--format", "csv")
	if rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll(); err != nil || len(rows) < 15 {
		t.Errorf("%v in %s", err, stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "stats", "--user", "42", "--format", "jsonl")
	if !strings.Contains(stdout, `{"list":"money","name":"gifts","count":10,"paid":1000}`) || strings.Contains(stdout, "園田") {
		t.Errorf("%s", stdout)
	}
	if _, stderr := mustCall(t, "--archive", path, "stats", "--room", "5"); !strings.Contains(stderr, "nothing found") {
		t.Errorf("%q", stderr)
	}
}

func TestReturningPeopleAreThoseSeenBefore(t *testing.T) {
	list := append(evenComments(-86400, 60, 30, "昨天"), evenComments(0, 60, 40, "今天")...)
	path := newArchive(t, list...)
	stdout, _ := mustCall(t, "--archive", path, "stats", "--from", evening.Format(time.RFC3339))
	if !strings.Contains(stdout, "40 people wrote or paid: 10 new, 30 returning") {
		t.Errorf("%s", stdout)
	}
}

func TestChartsAreDrawn(t *testing.T) {
	path := newArchive(t, broadcast()...)
	dir := t.TempDir()
	picture, drawing := filepath.Join(dir, "a.png"), filepath.Join(dir, "a.svg")
	mustCall(t, "--archive", path, "stats", "--chart", picture)
	mustCall(t, "--archive", path, "stats", "--chart", drawing)
	data, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Dx() < 1000 {
		t.Fatalf("%v %v", err, img)
	}
	colours := map[string]int{}
	for y := 0; y < img.Bounds().Dy(); y += 3 {
		for x := 0; x < img.Bounds().Dx(); x += 3 {
			colours[fmt.Sprint(img.At(x, y))]++
		}
	}
	if len(colours) < 10 {
		t.Errorf("a picture of %d colours", len(colours))
	}
	if data, err := os.ReadFile(drawing); err != nil || !strings.Contains(string(data), "<svg") || !strings.Contains(string(data), "園田") && !strings.Contains(string(data), "□") {
		t.Errorf("%v %.200s", err, data)
	}
	if code, _, _ := call(t, nil, "--archive", path, "stats", "--chart", "a.gif"); code != cli.ExitUsage {
		t.Errorf("a chart of a sort that is none: exit %d", code)
	}
	if code, _, stderr := call(t, nil, "--archive", path, "stats", "--chart", picture, "--font", path); code != cli.ExitFailed || !strings.Contains(stderr, "font") {
		t.Errorf("a font that is none: exit %d, %q", code, stderr)
	}
}

func TestHighlightsInEveryForm(t *testing.T) {
	list := append(evenComments(0, 1200, 600, "普通的话"), evenComments(600, 20, 150, `名场面 "x"; #1|=`)...)
	path := newArchive(t, list...)
	start := at(-60).Time().Format(time.RFC3339)
	for format, want := range map[string]string{
		"table": "0:10:", "csv": `0:1\d:\d\d,0:1\d:\d\d,"名场面`, "json": `"position": 6\d\d`, "edl": `001  001      V     C        00:1\d:\d\d:\d\d 00:1`,
		"chapters": `START=6\d\d\d\d\d\nEND=\d+\ntitle=名场面`, "list": `0:1\d:\d\d 名场面`,
	} {
		stdout, _ := mustCall(t, "--archive", path, "highlights", "--start", start, "--format", format)
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("%s: no %s in %s", format, want, stdout)
		}
	}
	quiet := newArchive(t, broadcast()...)
	if stdout, stderr := mustCall(t, "--archive", quiet, "highlights", "--room", "100"); stdout != "" || !strings.Contains(stderr, "no moment stands out") {
		t.Errorf("%q %q", stdout, stderr)
	}
}

func TestLedgerIsTraceable(t *testing.T) {
	list := broadcast()
	taken := event.Event{Key: "scdel:9", Platform: event.Bilibili, Room: 100, Kind: event.KindSuperChatDelete, Cmd: "SUPER_CHAT_MESSAGE_DELETE", At: at(20), Received: at(20), SuperChatDelete: &event.SuperChatDelete{IDs: []string{"9"}}}
	path := newArchive(t, append(list, taken)...)
	stdout, _ := mustCall(t, "--archive", path, "ledger")
	if !strings.Contains(stdout, "¥1.00") || !strings.Contains(stdout, "¥30.00") || !strings.Contains(stdout, "TAKEN AWAY") {
		t.Errorf("%s", stdout)
	}
	stdout, stderr := mustCall(t, "--archive", path, "ledger", "--by", "purchase")
	if !strings.Contains(stdout, "taken away at 10") || !strings.Contains(stderr, "2 purchases, ¥1") {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, by := range []string{"all", "room", "broadcast", "person", "purchase"} {
		for _, format := range []string{"json", "jsonl", "csv"} {
			stdout, _ := mustCall(t, "--archive", path, "ledger", "--by", by, "--format", format)
			switch format {
			case "json":
				if !json.Valid([]byte(stdout)) {
					t.Errorf("%s %s: %s", by, format, stdout)
				}
			case "csv":
				if _, err := csv.NewReader(strings.NewReader(stdout)).ReadAll(); err != nil {
					t.Errorf("%s %s: %v in %s", by, format, err, stdout)
				}
			}
		}
	}
	stdout, _ = mustCall(t, "--archive", path, "ledger", "--by", "person", "--format", "csv")
	if !strings.Contains(stdout, "老板,42,,1000,30000,30000,0,0,1000,0") {
		t.Errorf("%s", stdout)
	}
}

func TestCoverageTellsWhatIsMissingAndWhy(t *testing.T) {
	path := newArchive(t, broadcast()...)
	a, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{
		a.Online(t.Context(), 100, at(0)), a.Gone(t.Context(), 100, at(3600), event.CauseNetwork, "connection \x1b[1mreset"),
		a.Online(t.Context(), 100, at(3700)), a.Alive(t.Context(), 100, at(7200)), a.Gone(t.Context(), 100, at(7300), event.CauseRestart, ""), a.Close(),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	stdout, stderr := mustCall(t, "--archive", path, "coverage", "--room", "100", "--from", at(0).Time().Format(time.RFC3339), "--to", at(7200).Time().Format(time.RFC3339))
	if !strings.Contains(stdout, "1h0m0s  recorded") || !strings.Contains(stdout, "1m40s            network             connection ␛[1mreset") || !strings.Contains(stderr, "1m40s missing (1.39 %)") {
		t.Errorf("%s%s", stdout, stderr)
	}
	stdout, _ = mustCall(t, "--archive", path, "coverage", "--format", "json")
	var c []event.Coverage
	if err := json.Unmarshal([]byte(stdout), &c); err != nil || len(c) != 1 || len(c[0].Spans) != 2 || c[0].Gaps[0].Cause != event.CauseNetwork {
		t.Errorf("%v %s", err, stdout)
	}
}

func TestRoomsAndPersons(t *testing.T) {
	list := broadcast()
	renamed := comment(50, 100, "園田", "new name")
	renamed.User = &event.User{ID: list[0].User.ID, Name: "園田・改"}
	path := newArchive(t, append(list, renamed)...)
	stdout, _ := mustCall(t, "--archive", path, "rooms")
	if !regexp.MustCompile(`(?m)^ *100 +9 `).MatchString(stdout) || !regexp.MustCompile(`(?m)^ *200 +1 `).MatchString(stdout) {
		t.Errorf("%s", stdout)
	}
	stdout, _ = mustCall(t, "--archive", path, "person", list[0].User.ID)
	if !regexp.MustCompile(`(?s)園田・改 +1 .*園田 +2 `).MatchString(stdout) {
		t.Errorf("%s", stdout)
	}
}

func TestProgressIsDrawnOnATerminalOnly(t *testing.T) {
	var out bytes.Buffer
	clockTime := evening
	p := &program{errs: &out, now: func() time.Time { return clockTime }}
	work := func() string {
		out.Reset()
		b := p.bar("import 草\x1b.xml", 1000)
		for range 10 {
			clockTime = clockTime.Add(time.Second)
			b.add(100)
		}
		b.say("a line\n")
		b.done()
		b.done()
		return out.String()
	}
	if got := work(); got != "a line\n" {
		t.Errorf("no terminal: %q", got)
	}
	p.errsTTY = true
	got := work()
	if !strings.Contains(got, "import 草␛.xml  ████████████░░░░░░░░░░░░  50%") || !strings.Contains(got, "left") || strings.ContainsRune(got, '\x1b') {
		t.Errorf("terminal: %q", got)
	}
	if lines := strings.Split(got, "\r"); strings.TrimSpace(lines[len(lines)-1]) != "a line" {
		t.Errorf("the bar stays: %q", got)
	}
}

func TestARoomIsFoundByItsShortID(t *testing.T) {
	path := newArchive(t, broadcast()...)
	a, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Describe(t.Context(), event.Status{Room: 100, ShortID: 6, Streamer: "主播"}, at(0)); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"search", "--format", "jsonl"}, {"export", "--format", "xml"}, {"stats", "--format", "csv"}, {"ledger", "--format", "csv"}} {
		_, long, _ := call(t, nil, append([]string{"--archive", path}, append(args, "--room", "100")...)...)
		code, short, stderr := call(t, nil, append([]string{"--archive", path}, append(args, "--room", "6")...)...)
		if code != 0 || short != long || !strings.Contains(short, "園田") && args[0] != "ledger" {
			t.Errorf("%v: exit %d, %s\nby the long id:\n%s\nby the short one:\n%s", args, code, stderr, long, short)
		}
	}
	if code, _, stderr := call(t, nil, "--archive", path, "search", "--room", "5", "草"); code != 0 || !strings.Contains(stderr, "room 5 is not in the archive") {
		t.Errorf("a room that is not there: exit %d, %q", code, stderr)
	}
}

func TestAPersonsNameIsListedOnceWhateverTheFace(t *testing.T) {
	var list []event.Event
	for i, face := range []string{"a", "b", "a", "c"} {
		e := comment(i, 100, "園田", "草")
		e.User.Face = "https://i0.hdslb.com/" + face
		list = append(list, e)
	}
	_, stdout, stderr := call(t, nil, "--archive", newArchive(t, list...), "person", list[0].User.ID, "--format", "csv")
	if lines := strings.Split(strings.TrimSpace(stdout), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "園田,4,") {
		t.Errorf("%s%s", stdout, stderr)
	}
}

// In a container the relay and archive have one configuration file.
func TestTheRelaysConfigurationIsTakenToo(t *testing.T) {
	path := newArchive(t, broadcast()...)
	file := filepath.Join(t.TempDir(), "danmaku.toml")
	text := fmt.Sprintf("archive = %q\nroom = [5]\nlisten = '0.0.0.0:1'\ntoken-file = '/cfg/tokens'\n[search]\nlimit = 1\n", path)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr := mustCall(t, "--config", file, "search", "--format", "jsonl"); strings.Count(stdout, "\n") != 1 || strings.Contains(stderr, "room 5") {
		t.Errorf("%q, %q", stdout, stderr)
	}
	if err := os.WriteFile(file, []byte(text+"limmit = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, nil, "--config", file, "search"); code != cli.ExitUsage || !strings.Contains(stderr, "limmit") {
		t.Errorf("a key that is wrong: exit %d, %q", code, stderr)
	}
}
