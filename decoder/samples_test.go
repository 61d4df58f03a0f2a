package decoder

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
)

// shared is the folder of captures beside the repository.
var shared = filepath.Join("..", "..", "shared")

// sampleField is a field of an event and where in the command it is from.
type sampleField struct{ event, source, how string }

// sampleRule is what the captures of one command become.
type sampleRule struct {
	kinds  []string
	fields []sampleField
}

// sampleRules reads the tables of testdata/samples.
func sampleRules(t *testing.T) map[string]*sampleRule {
	t.Helper()
	files, err := filepath.Glob("testdata/samples/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables in testdata/samples: %v", err)
	}
	rules := map[string]*sampleRule{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var last *sampleRule
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			switch {
			case len(words) == 0 || words[0] == "#" || line[0] == '#':
			case len(words) < 2 || line[0] == '\t' && last == nil:
				t.Fatalf("%s: %q", file, line)
			case line[0] == '\t':
				last.fields = append(last.fields, sampleField{words[0], words[1], strings.Join(words[2:], " ")})
			case rules[words[0]] != nil:
				t.Fatalf("%s: %s is there twice", file, words[0])
			default:
				last = &sampleRule{kinds: strings.Split(words[1], ",")}
				rules[words[0]] = last
			}
		}
	}
	return rules
}

func TestSharedSamplesBecomeTheEventsOfTheTable(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared, "samples", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no captured samples beside this repository")
	}
	rules := sampleRules(t)
	d := New(Limits{})
	seen, told, fields := map[string]bool{}, map[string]bool{}, 0
	for _, file := range files {
		command := filepath.Base(filepath.Dir(file))
		seen[command] = true
		t.Run(command+"/"+filepath.Base(file), func(t *testing.T) {
			rule := rules[command]
			if rule == nil {
				t.Fatal("not in the table")
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			events, err := d.Events(nil, 0, testReceived, raw)
			if err != nil || len(events) == 0 {
				t.Fatalf("%d events, error %v", len(events), err)
			}
			e := events[0]
			if e.Cmd != command || !bytes.Equal(e.Raw, raw) {
				t.Errorf("command %q with %d bytes of raw, want %q with %d", e.Cmd, len(e.Raw), command, len(raw))
			}
			if !slices.Contains(rule.kinds, string(e.Kind)) {
				t.Fatalf("kind %s, want %v", e.Kind, rule.kinds)
			}
			switch e.Kind {
			case event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard, event.KindRedPacket, event.KindLottery:
				if e.Key == "" { // a copy of it could not be told from another one
					t.Error("no key")
				}
			}
			public, source := generic(t, e.AppendJSON(nil, false)), generic(t, raw)
			for _, f := range rule.fields {
				fields++
				got, want := follow(public, f.event), changed(t, f, source)
				if f.how == "dm" && shown(want) == "" && e.Key != "" {
					continue // no id in old captures: a hash
				}
				if shown(got) != shown(want) {
					t.Errorf("%s is %s, want %s (%s %s)", f.event, shown(got), shown(want), f.source, f.how)
				}
				if shown(got) != "" {
					told[command+"/"+f.event] = true
				}
			}
		})
	}
	for command, rule := range rules {
		if !seen[command] {
			t.Errorf("%s is in the table and not in the captures", command)
		}
		for _, f := range rule.fields {
			if !told[command+"/"+f.event] && !slices.Contains(neverTold, command+"/"+f.event) {
				t.Errorf("%s: no capture tells %s, so nothing is checked", command, f.event)
			}
		}
	}
	t.Logf("%d captures of %d commands, %d fields", len(files), len(seen), fields)
	if len(files) < 191 || len(seen) < 99 || fields < 1350 {
		t.Errorf("only %d captures of %d commands and %d fields", len(files), len(seen), fields)
	}
	if drift := d.Drift(); len(drift.Commands) > 0 {
		text, _ := json.MarshalIndent(drift, "", "\t")
		t.Errorf("known.txt does not know the captures:\n%s", text)
	}
}

// neverTold are the fields that are checked to be empty, because no capture has
// them; other tests have them.
var neverTold = strings.Fields(`
	DANMU_MSG/user.masked DANMU_MSG/comment.mirror DANMU_MSG/comment.reply_to.id DANMU_MSG/comment.reply_to.name
	SEND_GIFT/user.masked SEND_GIFT/user.guard
	SEND_GIFT_V2/user.masked SEND_GIFT_V2/user.guard SEND_GIFT_V2/gift.blind_box.name SEND_GIFT_V2/gift.blind_box.price
	INTERACT_WORD/user.guard
	USER_TOAST_MSG_V2/guard.renewal
	SUPER_CHAT_MESSAGE/superchat.translated
	ONLINE_RANK_V2/stats.top[7].id
	LIVE_OPEN_PLATFORM_DM/user.medal.lit
	LIVE_OPEN_PLATFORM_SEND_GIFT/gift.paid LIVE_OPEN_PLATFORM_SEND_GIFT/gift.icon LIVE_OPEN_PLATFORM_SEND_GIFT/gift.unit_price`)
