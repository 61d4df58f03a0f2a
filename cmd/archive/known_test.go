package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

// anEvening is what happened in a room, with people who say the same again and again.
func anEvening() (list []event.Event) {
	for i := range 60 {
		e := comment(3*i, 100, fmt.Sprintf("u%d", i%4), []string{"草", "草", "晚安 " + fmt.Sprint(i), "２３３ <&>"}[i%4])
		e.Received = e.At + 500
		list = append(list, e)
	}
	user := list[0].User
	for i, e := range []event.Event{
		{Key: "gift:1", Kind: event.KindGift, Cmd: "SEND_GIFT", Gift: &event.Gift{ID: "1", Name: "小花花", Count: 3, UnitPrice: 100, Total: 300, Paid: true}},
		{Key: "gift:2", Kind: event.KindGift, Cmd: "SEND_GIFT", Gift: &event.Gift{ID: "1", Name: "小花花", Count: 3, UnitPrice: 100, Total: 300, Paid: true}},
		{Key: "sc:7", Kind: event.KindSuperChat, Cmd: "SUPER_CHAT_MESSAGE", SuperChat: &event.SuperChat{ID: "7", Text: "加油", Price: 30_000, Seconds: 60}},
		{Key: "guard:9", Kind: event.KindGuard, Cmd: "USER_TOAST_MSG", Guard: &event.Guard{Level: 3, Name: "舰长", Count: 1, Unit: "月", Price: 198_000}},
	} {
		e.Platform, e.Room, e.User = event.Bilibili, 100, user
		e.At, e.Received = at(40+i), at(40+i)+700
		list = append(list, e)
	}
	return list
}

// recordings writes an evening as different recorders do, in a folder. Only the
// first has the platform's identities.
func recordings(t *testing.T, list []event.Event) map[string]string {
	t.Helper()
	start := at(-5)
	var lines, br, blrec, biliup, dated strings.Builder
	stamp := start.Time().UTC().Format(time.RFC3339Nano)
	fmt.Fprintf(&br, "<?xml version=\"1.0\" encoding=\"utf-8\"?><i><BililiveRecorder version=\"2.11\" /><BililiveRecorderRecordInfo roomid=\"100\" start_time=\"%s\" />\n", stamp)
	fmt.Fprintf(&blrec, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<i>\n<metadata>\n<room_id>100</room_id><record_start_time>%s</record_start_time><recorder>blrec 1.14</recorder>\n</metadata>\n", stamp)
	biliup.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<i>\n")
	minute := ""
	for i := range list {
		e := &list[i]
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", text)
		ts := fmt.Sprintf("%.3f", float64(e.Received-start)/1000)
		who := fmt.Sprintf("user=%q uid=%q", e.User.Name, e.User.ID)
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
		switch {
		case e.Comment != nil:
			fmt.Fprintf(&br, "<d p=\"%s,1,25,16777215,%d,0,%s,0\" user=%q>%s</d>\n", ts, e.At, e.User.ID, e.User.Name, escape(e.Comment.Text))
			fmt.Fprintf(&blrec, "<d p=\"%s,1,25,16777215,%d,0,abc,0\" %s>%s</d>\n", ts, e.At, who, escape(e.Comment.Text))
			fmt.Fprintf(&biliup, "<d p=\"%s,1,25,16777215,0,0,0,0\">%s</d>\n", ts, escape(e.Comment.Text))
			if m := e.Received.Time().UTC().Format("TIME15:4ONLINE7\n"); m != minute {
				minute = m
				dated.WriteString(m)
			}
			dated.WriteString(e.Comment.Text + "\n")
		case e.Gift != nil:
			fmt.Fprintf(&br, "<gift ts=%q %s giftname=%q giftcount=\"%d\" />\n", ts, who, e.Gift.Name, e.Gift.Count)
			fmt.Fprintf(&blrec, "<gift ts=%q %s giftname=%q giftcount=\"%d\" cointype=\"金瓜子\" price=\"100\"/>\n", ts, who, e.Gift.Name, e.Gift.Count)
		case e.SuperChat != nil:
			fmt.Fprintf(&br, "<sc ts=%q %s price=\"30\" time=\"60\">%s</sc>\n", ts, who, e.SuperChat.Text)
			fmt.Fprintf(&blrec, "<sc ts=%q %s price=\"30000\" time=\"60\">%s</sc>\n", ts, who, e.SuperChat.Text)
		case e.Guard != nil:
			fmt.Fprintf(&br, "<guard ts=%q %s level=\"3\" count=\"1\" />\n", ts, who)
			fmt.Fprintf(&blrec, "<guard ts=%q %s giftname=\"舰长\" count=\"1\" price=\"198000\" level=\"3\"/>\n", ts, who)
		}
	}
	files := map[string]string{}
	dir := t.TempDir()
	for name, text := range map[string]string{"lines.jsonl": lines.String(), "br.xml": br.String() + "</i>", "blrec.xml": blrec.String() + "</i>", "biliup.xml": biliup.String() + "</i>", "dated.txt": dated.String()} {
		files[name] = filepath.Join(dir, name)
		if err := os.WriteFile(files[name], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// readInto imports a recording of room 100; those that only count from a beginning
// began at.
func readInto(t *testing.T, archive, file string) {
	t.Helper()
	args := []string{"--archive", archive, "import", file}
	if strings.HasSuffix(file, "biliup.xml") || strings.HasSuffix(file, ".txt") {
		args = append(args, "--room", "100", "--zone", "UTC", "--start", at(-5).Time().Format(time.RFC3339Nano))
	}
	mustCall(t, args...)
}

func counted(t *testing.T, archive string) string {
	t.Helper()
	var n []string
	for _, kind := range recorded {
		stdout, _ := mustCall(t, "--archive", archive, "search", "--kind", string(kind), "--count")
		n = append(n, strings.TrimSpace(stdout))
	}
	return strings.Join(n, " ")
}

func TestAnEveningThatTwoRecordersHaveIsImportedOnce(t *testing.T) {
	files := recordings(t, anEvening())
	for first, a := range files {
		for second, b := range files {
			paid := "2 1 1"
			if plain := func(name string) bool { return name == "biliup.xml" || name == "dated.txt" }; plain(first) && plain(second) {
				paid = "0 0 0"
			}
			archive := filepath.Join(t.TempDir(), "a.db")
			readInto(t, archive, a)
			readInto(t, archive, b)
			readInto(t, archive, a)
			if got := counted(t, archive); got != "60 "+paid {
				t.Errorf("%s, then %s: comments, gifts, super chats, guards: %s", first, second, got)
			}
		}
	}
}

func TestWhatOnlyOneRecorderHasIsKept(t *testing.T) {
	all := anEvening()
	var some []event.Event // without a quarter of an hour of the same words
	for i, e := range all {
		if i < 20 || i >= 30 {
			some = append(some, e)
		}
	}
	live, whole := recordings(t, some), recordings(t, all)
	for _, second := range []string{"br.xml", "blrec.xml", "biliup.xml", "dated.txt"} {
		archive := filepath.Join(t.TempDir(), "a.db")
		readInto(t, archive, live["lines.jsonl"])
		readInto(t, archive, whole[second])
		if got := counted(t, archive); got != "60 2 1 1" {
			t.Errorf("%s beside a session with a gap: %s", second, got)
		}
		readInto(t, archive, whole["lines.jsonl"])
		if got := counted(t, archive); got != "60 2 1 1" {
			t.Errorf("%s, then all: %s", second, got)
		}
	}
}

func TestTwoPeopleWhoSayTheSameAreTwo(t *testing.T) {
	list := []event.Event{comment(1, 100, "a", "草"), comment(2, 100, "b", "草"), comment(40, 100, "a", "草")}
	one := recordings(t, list[:1])
	rest := recordings(t, list[1:])
	archive := filepath.Join(t.TempDir(), "a.db")
	readInto(t, archive, one["lines.jsonl"])
	readInto(t, archive, rest["br.xml"])
	if got := counted(t, archive); got != "3 0 0 0" {
		t.Errorf("another person, and the same one later: %s", got)
	}
}
