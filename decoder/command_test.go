package decoder

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"danmaku/event"
)

const (
	testRoom     = event.RoomID(21452505)
	testReceived = event.Millis(1790000000456)
)

// one decodes a command that gives exactly one event and no error.
func one(t *testing.T, command string) event.Event {
	t.Helper()
	got, err := New(Limits{}).Events(nil, testRoom, testReceived, []byte(command))
	if err != nil || len(got) != 1 {
		t.Fatalf("%d events, error %v", len(got), err)
	}
	return got[0]
}

func TestUnknownCommandIsKeptAsItCame(t *testing.T) {
	in := `{ "data": {"b":[1,{"cmd":"inner"}],"roomid":5}, "cmd":"NEW_THING:1:2", "x":"\u4e2d" }`
	e := one(t, in)
	want := event.Event{Platform: event.Bilibili, Room: testRoom, Kind: event.KindOther, Cmd: "NEW_THING",
		At: testReceived, Received: testReceived, Raw: json.RawMessage(in)}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
}

func TestEnvelopeGivesKeyAndTime(t *testing.T) {
	e := one(t, `{"cmd":"NEW_THING","msg_id":"89987847643274240:1000:1000","p_is_ack":true,"p_msg_type":1,"send_time":1774372979086}`)
	if e.Key != "msg:89987847643274240:1000:1000" || e.At != 1774372979086 {
		t.Errorf("key %q, at %d", e.Key, e.At)
	}
}

func TestRoomIsThatOfTheSessionAndElseThatOfTheCommand(t *testing.T) {
	d := New(Limits{})
	for command, want := range map[string]event.RoomID{
		`{"cmd":"PREPARING","roomid":"1713548468"}`:    1713548468,
		`{"cmd":"LIVE","roomid":1713548468}`:           1713548468,
		`{"cmd":"X","data":{"room_id":"7"}}`:           7,
		`{"cmd":"X","data":{"roomid":8},"roomid":"x"}`: 8,
		`{"cmd":"X"}`: 0,
	} {
		got, err := d.Events(nil, 0, 1, []byte(command))
		if err != nil || got[0].Room != want {
			t.Errorf("%s: room %d, error %v", command, got[0].Room, err)
		}
	}
	if e := one(t, `{"cmd":"LIVE","roomid":5}`); e.Room != testRoom {
		t.Errorf("room %d", e.Room)
	}
}

func TestWhatIsNotJSONIsAnErrorAndKept(t *testing.T) {
	d := New(Limits{})
	for _, in := range []string{"\x00", `{"cmd":"A"`, `{"cmd":"A"}}`, `"text"`, `[1,2]`, `null`, "\xff\xfe", `{"cmd":7}`, `{}`, `{"cmd":null}`, `{"undecodable":"!!"}`} {
		got, err := d.Events(nil, testRoom, testReceived, []byte(in))
		var e *Error
		if !errors.As(err, &e) || e.Stage != StageCommand {
			t.Errorf("%q: error %v", in, err)
		}
		if len(got) != 1 || got[0].Kind != event.KindOther || got[0].Room != testRoom || got[0].At != testReceived {
			t.Fatalf("%q: %+v", in, got)
		}
		if !json.Valid(got[0].Raw) {
			t.Errorf("%q: raw %s is not JSON", in, got[0].Raw)
		}
		// From an archive the same comes out again.
		again, err := d.Events(nil, testRoom, testReceived, got[0].Raw)
		if err == nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q: decoded from raw: %+v, error %v", in, again, err)
		}
	}
	if n := d.Stats().CommandErrors; n != 22 {
		t.Errorf("%d errors counted", n)
	}
	if got, err := d.Events(nil, testRoom, testReceived, nil); len(got) != 0 || err != nil {
		t.Errorf("an empty body gave %+v, %v", got, err)
	}
}

func TestBrokenUTF8IsDecodedAndItsBytesAreKept(t *testing.T) {
	in := "{\"cmd\":\"ROOM_CHANGE\",\"data\":{\"title\":\"a\xffb\xc3\",\"area_name\":\"x\\n\xfe\"}}"
	e := one(t, in)
	if e.Kind != event.KindRoom || e.RoomInfo.Title != "a\ufffdb\ufffd" || e.RoomInfo.Area != "x\n\ufffd" {
		t.Errorf("got %+v", e.RoomInfo)
	}
	if !json.Valid(e.Raw) || !strings.HasPrefix(string(e.Raw), `{"undecodable":"`) {
		t.Errorf("raw %s", e.Raw)
	}
	if again := one(t, string(e.Raw)); !reflect.DeepEqual(again, e) {
		t.Errorf("decoded from raw: %+v", again)
	}
}

func TestEventsOutliveTheirCommand(t *testing.T) {
	d := New(Limits{})
	in := []byte(testComment)
	got, err := d.Events(nil, testRoom, testReceived, in)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(got)
	for i := range in {
		in[i] = 'x'
	}
	if _, err := d.Events(nil, testRoom, testReceived, []byte(strings.ReplaceAll(testComment, "早", "晚"))); err != nil {
		t.Fatal(err)
	}
	if now, _ := json.Marshal(got); string(now) != string(want) {
		t.Errorf("changed to %s", now)
	}
}
