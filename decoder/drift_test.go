package decoder

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"danmaku/decoder/internal/pb"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// driftedBy gives commands to a new decoder.
func driftedBy(t *testing.T, commands ...string) *Decoder {
	t.Helper()
	d := New(Limits{})
	for _, c := range commands {
		d.Events(nil, testRoom, testReceived, []byte(c)) // an error is part of some stories
	}
	return d
}

func TestWhatIsKnownIsNoDrift(t *testing.T) {
	d := New(Limits{})
	for name, command := range fixtures(t) {
		if strings.HasPrefix(name, "SIM_") || strings.HasPrefix(name, "sim_") || slices.Contains([]string{"no-cmd", "null-data", "short-info", "wrong-types"}, name) {
			continue
		}
		if _, err := d.Events(nil, testRoom, testReceived, command); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := d.Drift(); len(got.Commands) > 0 || d.DriftNews() != nil {
		t.Errorf("%+v", got)
	}
	if len(known().missing) > 0 {
		t.Errorf("known.txt uses shapes that are not in it: %v", known().missing)
	}
}

func TestAnUnknownCommandIsReportedOnce(t *testing.T) {
	d := driftedBy(t, `{"cmd":"NEW_THING_V9","data":{"uname":"早起的鸟","uid":3546000000000001}}`)
	if news := d.DriftNews(); !slices.Equal(news, []string{"unknown command NEW_THING_V9"}) {
		t.Errorf("news %q", news)
	}
	for range 9 {
		d.Events(nil, testRoom, testReceived, []byte(`{"cmd":"NEW_THING_V9","data":{"other":1}}`))
	}
	if news := d.DriftNews(); news != nil {
		t.Errorf("news again: %q", news)
	}
	want := CommandDrift{Count: 10, Unknown: true, Example: json.RawMessage(`{"cmd":"text","data":{"uname":"text","uid":1000000000000000}}`)}
	if got := d.Drift().Commands["NEW_THING_V9"]; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestANewFieldOfAKnownCommandIsReportedWithItsPlace(t *testing.T) {
	d := driftedBy(t,
		`{"cmd":"WATCHED_CHANGE","data":{"num":5,"text_small":"5","mood":{"level":3}}}`,
		`{"cmd":"WATCHED_CHANGE","data":{"num":6,"text_small":"6"},"epoch":1}`,
		`{"cmd":"WATCHED_CHANGE","data":{"num":7,"text_small":"7","mood":null}}`)
	got := d.Drift().Commands["WATCHED_CHANGE"]
	if got.Count != 3 || got.Unknown || got.Failed != 0 || !reflect.DeepEqual(got.Fields, map[string]int64{"data.mood": 2, "epoch": 1}) {
		t.Errorf("%+v", got)
	}
	if news := d.DriftNews(); len(news) != 2 || !strings.Contains(news[0], "WATCHED_CHANGE has fields that are not known: data.mood") || !strings.Contains(news[1], "epoch") {
		t.Errorf("news %q", news)
	}
}

func TestNewPlacesInTheListOfACommentAreReported(t *testing.T) {
	longer := strings.Replace(testComment, `null,0,104,[30],null]}`, `null,0,104,[30],null,{"x":1}]}`, 1)
	inner := strings.Replace(testComment, `\"is_mirror\":false`, `\"is_mirror\":false,\"aura\":7`, 1)
	if longer == testComment || inner == testComment {
		t.Fatal("the test does not know its comment")
	}
	d := driftedBy(t, longer, inner)
	if got := d.Drift().Commands["DANMU_MSG"].Fields; !reflect.DeepEqual(got, map[string]int64{"info[18]": 1, "info[0][15].extra.aura": 1}) {
		t.Errorf("%v", got)
	}
}

func TestANewFieldOfAProtobufMessageIsReportedByItsNumber(t *testing.T) {
	b, err := proto.Marshal(&pb.InteractWord{Uid: 7, Uname: []byte("早起的鸟"), MsgType: 1, Uinfo: &pb.UserInfo{Uid: 7}})
	if err != nil {
		t.Fatal(err)
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 99, protowire.VarintType), 1)
	d := driftedBy(t, `{"cmd":"INTERACT_WORD_V2","data":{"dmscore":4,"pb":"`+base64.StdEncoding.EncodeToString(b)+`"}}`)
	if got := d.Drift().Commands["INTERACT_WORD_V2"].Fields; !reflect.DeepEqual(got, map[string]int64{"data.pb.#99": 1}) {
		t.Errorf("%v", got)
	}
}

func TestWhatCannotBeDecodedIsCountedWithItsReason(t *testing.T) {
	d := driftedBy(t, `{"cmd":"SEND_GIFT_V2","data":{"pb":"AA"}}`, `{"cmd":"SEND_GIFT_V2","data":{"pb":"!!!"}}`, `{"no":"cmd"}`, `not JSON`)
	got := d.Drift()
	if c := got.Commands["SEND_GIFT_V2"]; c.Count != 2 || c.Failed != 2 || c.Reason == "" || c.Example == nil {
		t.Errorf("%+v", c)
	}
	if c := got.Commands[notCommand]; c.Count != 2 || c.Failed != 2 || c.Reason != "no cmd" {
		t.Errorf("%+v", c)
	}
	if s := d.Stats(); s.CommandErrors != 4 || s.Events != 4 {
		t.Errorf("%+v", s)
	}
}

func TestAPlatformGoneMadCannotFillTheReport(t *testing.T) {
	d := New(Limits{})
	for i := range 3000 {
		d.Events(nil, testRoom, testReceived, fmt.Appendf(nil, `{"cmd":"MAD_%c%c%c","data":{}}`, 'A'+i%26, 'A'+i/26%26, 'A'+i/676))
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf(`"field_%c%c":1`, 'a'+i%26, 'a'+i/26))
	}
	d.Events(nil, testRoom, testReceived, []byte(`{"cmd":"WATCHED_CHANGE","data":{`+strings.Join(many, ",")+`}}`))
	got := d.Drift()
	if len(got.Commands) > maxDriftCommands {
		t.Errorf("%d commands", len(got.Commands))
	}
	for name, c := range got.Commands {
		if len(c.Fields) > maxDriftFields {
			t.Errorf("%s: %d fields", name, len(c.Fields))
		}
	}
	if n := len(d.report.seen); n > 1024 {
		t.Errorf("%d names are remembered", n)
	}
}

func TestReportsOfSeveralRoomsAreAdded(t *testing.T) {
	a := driftedBy(t, `{"cmd":"NEW_ONE"}`, `{"cmd":"WATCHED_CHANGE","data":{"num":1,"x":1}}`).Drift()
	b := driftedBy(t, `{"cmd":"NEW_ONE","y":1}`, `{"cmd":"NEW_TWO"}`, `{"cmd":"WATCHED_CHANGE","data":{"num":1,"x":1,"z":1}}`).Drift()
	before := a.Commands["WATCHED_CHANGE"].Fields
	var sum Drift
	sum.Merge(a)
	sum.Merge(b)
	if !slices.Equal(sum.Names(), []string{"NEW_ONE", "NEW_TWO", "WATCHED_CHANGE"}) || sum.Commands["NEW_ONE"].Count != 2 || !sum.Commands["NEW_TWO"].Unknown ||
		!reflect.DeepEqual(sum.Commands["WATCHED_CHANGE"].Fields, map[string]int64{"data.x": 2, "data.z": 1}) {
		t.Errorf("%+v", sum)
	}
	if string(sum.Commands["NEW_ONE"].Example) != `{"cmd":"text"}` {
		t.Errorf("example %s", sum.Commands["NEW_ONE"].Example)
	}
	if !reflect.DeepEqual(before, map[string]int64{"data.x": 1}) {
		t.Errorf("adding changed what was added: %v", before)
	}
}

func TestTheReportCanBeReadWhileCommandsAreDecoded(t *testing.T) {
	d := New(Limits{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := range 2000 {
			d.Events(nil, testRoom, testReceived, fmt.Appendf(nil, `{"cmd":"NEW_%c","data":{"f_%c":1}}`, 'A'+i%26, 'a'+i/26%26))
		}
	})
	for range 200 {
		for name, c := range d.Drift().Commands {
			if c.Count < 0 || name == "" {
				t.Errorf("%s: %+v", name, c)
			}
		}
		d.Stats()
	}
	wait.Wait()
	if got := d.Drift(); len(got.Commands) != 26 || got.Commands["NEW_A"].Count != 77 {
		t.Errorf("%d commands, %+v", len(got.Commands), got.Commands["NEW_A"])
	}
}
