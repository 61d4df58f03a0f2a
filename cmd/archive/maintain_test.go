package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/internal/cli"
)

// commandsFile writes a file of commands as received: comments, an arrival, one
// guard purchase told three times, and commands without identity or time.
func commandsFile(t *testing.T) string {
	t.Helper()
	second := at(0) / 1000
	lines := []string{
		fmt.Sprintf(`{"cmd":"GUARD_BUY","data":{"uid":5,"username":"舰长君","guard_level":3,"num":1,"price":198000,"gift_id":10003,"gift_name":"舰长","start_time":%d,"end_time":%d}}`, second, second),
		fmt.Sprintf(`{"cmd":"USER_TOAST_MSG","data":{"uid":5,"username":"舰长君","guard_level":3,"num":1,"unit":"月","price":138000,"role_name":"舰长","op_type":1,"toast_msg":"<%%舰长君%%> 开通了舰长","payflow_id":"2611222000001","start_time":%d,"end_time":%d}}`, second, second),
		`{"cmd":"WATCHED_CHANGE","data":{"num":1200,"text_small":"1200","text_large":"1200人看过"}}`,
		`{"cmd":"A_COMMAND_OF_TOMORROW","data":{"x":1}}`,
	}
	for i := range 5 {
		lines = append(lines, fmt.Sprintf(`{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,%d,%d,0,"8c1850a6",0,0,0,"",0,"{}","{}",{"extra":"{\"id_str\":\"%016x\"}"}],"第%d句",[%d,"观众%d",0,0,0,10000,1,""],[],[5,0,0,">50000",0],["",""],0,0,null,{"ts":%d,"ct":"AB"},0,0,null,null,0,7]}`,
			int64(at(i+1)), i, i+77, i, 100+i%2, i%2, int64(at(i+1))/1000))
	}
	file := filepath.Join(t.TempDir(), "commands.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAPurchaseToldTwiceIsImportedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.db")
	file := commandsFile(t)
	stdout, stderr := mustCall(t, "--archive", path, "import", "--room", "9", file)
	if !strings.Contains(stdout, "9 events, 9 new") {
		t.Errorf("%s%s", stdout, stderr)
	}
	stdout, _ = mustCall(t, "--archive", path, "ledger", "--format", "csv")
	if !strings.Contains(stdout, ",138000,0,138000,0") {
		t.Errorf("%s", stdout)
	}
	if stdout, _ := mustCall(t, "--archive", path, "import", "--room", "9", file); !strings.Contains(stdout, "9 events, 0 new") {
		t.Errorf("again: %s", stdout)
	}
}

func TestDecodingAnewWithTheSameDecoderChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.db")
	mustCall(t, "--archive", path, "import", "--room", "9", commandsFile(t))
	before := all(t, path, true)
	stdout, _ := mustCall(t, "--archive", path, "redecode")
	if !strings.Contains(stdout, "9 commands decoded anew: 0 events changed, 0 added, 0 removed, 0 commands could not") {
		t.Errorf("%s", stdout)
	}
	sameEvents(t, before, all(t, path, true), true)
}

func TestDriftNamesWhatIsNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.db")
	mustCall(t, "--archive", path, "import", "--room", "9", commandsFile(t))
	stdout, stderr := mustCall(t, "--archive", path, "drift")
	if !strings.Contains(stdout, "A_COMMAND_OF_TOMORROW      1  not known") || !strings.Contains(stderr, "9 commands looked at, 1 of them") {
		t.Errorf("%s%s", stdout, stderr)
	}
	stdout, _ = mustCall(t, "--archive", path, "drift", "--format", "json")
	if !json.Valid([]byte(stdout)) || !strings.Contains(stdout, `"unknown": true`) {
		t.Errorf("%s", stdout)
	}
}

func TestVerifyBackupAndCompact(t *testing.T) {
	path := newArchive(t, broadcast()...)
	if stdout, stderr := mustCall(t, "--archive", path, "verify"); !strings.Contains(stdout, "9 events") || !strings.Contains(stderr, "nothing is wrong") {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, command := range []string{"verify", "drift", "redecode"} {
		stdout, _ := mustCall(t, "--archive", path, command, "--format", "jsonl")
		if !strings.HasPrefix(stdout, "{") || strings.Count(stdout, "\n") != 1 || !json.Valid([]byte(stdout)) {
			t.Errorf("%s as a line of JSON: %s", command, stdout)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	mustCall(t, "--archive", path, "backup", copied)
	sameEvents(t, all(t, path, true), all(t, copied, true), true)
	if code, _, stderr := call(t, nil, "--archive", path, "backup", copied); code != cli.ExitFailed || !strings.Contains(stderr, "exist") {
		t.Errorf("over an older backup: exit %d, %q", code, stderr)
	}
	if _, stderr := mustCall(t, "--archive", copied, "compact"); !strings.Contains(stderr, "KiB, was ") {
		t.Errorf("%s", stderr)
	}
	sameEvents(t, all(t, path, true), all(t, copied, true), true)
	none := filepath.Join(t.TempDir(), "none.db")
	for _, command := range [][]string{{"verify"}, {"backup", copied + "2"}, {"compact"}, {"forget", "1"}, {"drift"}, {"redecode"}} {
		if code, _, stderr := call(t, nil, append([]string{"--archive", none}, command...)...); code != cli.ExitFailed || !strings.Contains(stderr, "none.db") {
			t.Errorf("%v without an archive: exit %d, %q", command, code, stderr)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("an archive was made")
	}
}

func TestVerifyOfADamagedFileFails(t *testing.T) {
	path := newArchive(t, append(broadcast(), evenComments(100, 600, 3000, "viele Worte")...)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 2; i < len(data)/2+8192; i++ {
		data[i] = 0x5a
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := call(t, nil, "--archive", path, "verify"); code != cli.ExitFailed {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

func TestForgetAsksOnATerminal(t *testing.T) {
	list := broadcast()
	id := list[0].User.ID
	path := newArchive(t, list...)
	answer := func(s string) func(*program) { return func(p *program) { p.input = strings.NewReader(s) } }
	for _, s := range []string{"n\n", "\n", ""} {
		if code, _, stderr := call(t, answer(s), "--archive", path, "forget", id); code != cli.ExitFailed || !strings.Contains(stderr, "園田) and 2 events for good? [y/N]") || len(all(t, path, false)) != 9 {
			t.Errorf("answer %q: exit %d, %q", s, code, stderr)
		}
	}
	if code, stdout, _ := call(t, answer("y\n"), "--archive", path, "forget", id); code != 0 || !strings.Contains(stdout, "2 events, 0 mentions") {
		t.Errorf("exit %d, %q", code, stdout)
	}
	if stdout, _ := mustCall(t, "--archive", path, "search", "--user", id, "--count"); stdout != "0\n" {
		t.Errorf("still there: %s", stdout)
	}
	if _, stderr := mustCall(t, "--archive", path, "forget", "4711"); !strings.Contains(stderr, "nobody has the id 4711") {
		t.Errorf("%s", stderr)
	}
	stdout, _ := mustCall(t, "--archive", path, "forget", "42", "--format", "json")
	var n map[string]int64
	if err := json.Unmarshal([]byte(stdout), &n); err != nil || n["events"] != 2 {
		t.Errorf("%s", stdout)
	}
}
