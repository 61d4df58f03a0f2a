package decoder

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
)

var update = flag.Bool("update", false, "write what the fixtures of testdata/commands decode to")

// fixtures are commands written by us in the shape of the platform's.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/commands/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d fixtures found: %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(f), ".json")] = bytes.TrimSpace(text)
	}
	return all
}

func TestFixturesDecodeToTheEventsBesideThem(t *testing.T) {
	for name, command := range fixtures(t) {
		events, err := New(Limits{}).Events(nil, testRoom, testReceived, command)
		damaged := slices.Contains([]string{"null-data", "no-cmd", "short-info"}, name)
		if (err != nil) != damaged {
			t.Errorf("%s: %v", name, err)
		}
		var got []byte
		for _, e := range events {
			got = append(e.AppendJSON(got, false), '\n')
		}
		golden := filepath.Join("testdata", "commands", name+".events")
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with go test ./decoder -update and read what it says", err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %swant %s", name, got, want)
		}
	}
}

// received gives the bytes that came back out of Raw: they are Raw, unless they
// could not stand in JSON.
func received(t *testing.T, raw json.RawMessage) []byte {
	var odd struct{ Undecodable *[]byte }
	if !bytes.HasPrefix(raw, []byte(`{"undecodable":`)) || json.Unmarshal(raw, &odd) != nil || odd.Undecodable == nil {
		return bytes.TrimSpace(raw)
	}
	return bytes.TrimSpace(*odd.Undecodable)
}

// FuzzCommand: whatever arrives becomes at least one event, carries what
// arrived, belongs to the room, survives its JSON form, and does not depend on
// what the decoder read before.
func FuzzCommand(f *testing.F) {
	all := fixtures(f)
	for _, command := range all {
		f.Add(command)
	}
	for _, s := range []string{"", "null", "[]", "{}", "{", `{"cmd":7}`, "\xff\xfe", `{"cmd":"DANMU_MSG","info":"x"}`, `{"cmd":"SEND_GIFT_V2","data":{"pb":"!!!"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, command []byte) {
		kept := slices.Clone(command)
		used := New(Limits{})
		for _, c := range [][]byte{all["DANMU_MSG-1"], all["DANMU_MSG-2"], all["SEND_GIFT_V2-1"]} {
			if _, err := used.Events(nil, testRoom, testReceived, c); err != nil {
				t.Fatal(err)
			}
		}
		events, err := New(Limits{}).Events(nil, testRoom, testReceived, command)
		again, err2 := used.Events(nil, testRoom, testReceived, command)
		if !bytes.Equal(kept, command) {
			t.Fatal("the command was written to")
		}
		// An empty body is a thing the platform sends, and says nothing.
		if (len(events) == 0) != (len(command) == 0) || len(events) != len(again) || (err == nil) != (err2 == nil) {
			t.Fatalf("%d events and %v, with a used decoder %d and %v", len(events), err, len(again), err2)
		}
		for i := range events {
			e := &events[i]
			if e.Room != testRoom || e.Received != testReceived || e.Platform != event.Bilibili || !slices.Contains(event.Kinds(), e.Kind) {
				t.Fatalf("event %+v", e)
			}
			if !json.Valid(e.Raw) || !bytes.Equal(received(t, e.Raw), bytes.TrimSpace(command)) {
				t.Fatalf("raw %q of %q, error %v", e.Raw, command, err)
			}
			one := e.AppendJSON(nil, true)
			if other := again[i].AppendJSON(nil, true); !bytes.Equal(one, other) {
				t.Fatalf("a used decoder reads it otherwise:\n%s\n%s", one, other)
			}
			var back event.Event
			if err := json.Unmarshal(one, &back); err != nil {
				t.Fatalf("%v in %s", err, one)
			}
		}
	})
}
