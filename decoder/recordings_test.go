package decoder

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"danmaku/event"
	"danmaku/protocol"
)

// expected is one packet as another program decoded it.
type expected struct {
	Frame, Index int
	Op           protocol.Op
	Ver          protocol.Version
	Body         any
}

// compareFrame checks the packets and events of one WebSocket message.
func compareFrame(t *testing.T, d *Decoder, frame []byte, want []expected) (kinds map[event.Kind]int) {
	t.Helper()
	packets, err := d.Packets(nil, frame)
	if err != nil || len(packets) != len(want) {
		t.Fatalf("%d packets, error %v; want %d", len(packets), err, len(want))
	}
	kinds = map[event.Kind]int{}
	for i, p := range packets {
		if p.Op != want[i].Op || p.Version != want[i].Ver {
			t.Errorf("packet %d is %v %v, want %v %v", i, p.Op, p.Version, want[i].Op, want[i].Ver)
		}
		switch p.Op {
		case protocol.OpHeartbeatReply:
			n, err := protocol.ParseHeartbeatReply(p.Body)
			if err != nil || shown(want[i].Body) != shown(int64(n)) {
				t.Errorf("packet %d: popularity %d, error %v, want %v", i, n, err, want[i].Body)
			}
		case protocol.OpAuthReply:
			if !reflect.DeepEqual(generic(t, p.Body), want[i].Body) {
				t.Errorf("packet %d: %s, want %v", i, p.Body, want[i].Body)
			}
		default:
			if !reflect.DeepEqual(generic(t, p.Body), want[i].Body) {
				t.Errorf("packet %d differs", i)
			}
			events, err := d.Events(nil, 545068, testReceived, p.Body)
			if err != nil || len(events) != 1 || !bytes.Equal(events[0].Raw, p.Body) {
				t.Fatalf("packet %d: %d events, error %v", i, len(events), err)
			}
			e := events[0]
			kinds[e.Kind]++
			if e.Kind == event.KindComment {
				source := generic(t, p.Body)
				for _, f := range sampleRules(t)["DANMU_MSG"].fields {
					if f.event == "user.face" || f.event == "user.wealth" { // those of 2023 are in dm_v2
						continue
					}
					if got, want := follow(generic(t, e.AppendJSON(nil, false)), f.event), changed(t, f, source); shown(got) != shown(want) {
						t.Errorf("packet %d: %s is %s, want %s", i, f.event, shown(got), shown(want))
					}
				}
				if e.User.Face == "" {
					t.Errorf("packet %d: no face, neither of uinfo nor of dm_v2", i)
				}
			}
		}
	}
	return kinds
}

func TestSharedFramesDecodeToWhatOthersFound(t *testing.T) {
	dir := filepath.Join(shared, "recordings", "ws-frames")
	frames, err := os.ReadFile(filepath.Join(dir, "blive-ws-2023-08-30_frames01-16.lp32"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings beside this repository")
	} else if err != nil {
		t.Fatal(err)
	}
	want := map[int][]expected{}
	for _, e := range readExpected(t, filepath.Join(dir, "blive-ws-2023-08-30_frames01-16.expected.jsonl.gz")) {
		want[e.Frame] = append(want[e.Frame], e)
	}
	d := New(Limits{})
	kinds, packets := map[event.Kind]int{}, 0
	frame := 0
	for ; len(frames) > 0; frame++ {
		n := binary.BigEndian.Uint32(frames)
		for kind, n := range compareFrame(t, d, frames[4:4+n], want[frame+1]) {
			kinds[kind] += n
		}
		packets += len(want[frame+1])
		frames = frames[4+n:]
	}
	if frame != 16 || packets != 180 || kinds[event.KindComment] != 78 || kinds[event.KindOther] != 67 || kinds[event.KindEnter] != 21 ||
		kinds[event.KindStats] != 11 || kinds[event.KindLike] != 1 {
		t.Errorf("%d frames, %d packets, %v", frame, packets, kinds)
	}
	if drift := d.Drift(); len(drift.Commands) > 0 {
		t.Errorf("drift %v", drift.Names())
	}
}

func TestSharedFrameOf2026DecodesToWhatOthersFound(t *testing.T) {
	name := filepath.Join(shared, "recordings", "ws-frames", "laplace-ws_brotli_danmu_msg.frame")
	frame, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings beside this repository")
	} else if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name + ".expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []expected
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if kinds := compareFrame(t, New(Limits{}), frame, want); kinds[event.KindComment] != 1 {
		t.Errorf("%v", kinds)
	}
}

func TestSharedReferenceCommandsDecodeWithoutDrift(t *testing.T) {
	file, err := os.Open(filepath.Join(shared, "recordings", "commands", "bili-live-listener_reference.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings beside this repository")
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := New(Limits{})
	rules := sampleRules(t)
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		events, err := d.Events(nil, 0, testReceived, lines.Bytes())
		if err != nil || len(events) != 1 {
			t.Fatalf("line %d: %d events, error %v", n+1, len(events), err)
		}
		source, public := generic(t, lines.Bytes()), generic(t, events[0].AppendJSON(nil, false))
		for _, f := range rules[events[0].Cmd].fields {
			if got, want := follow(public, f.event), changed(t, f, source); shown(got) != shown(want) {
				t.Errorf("line %d, %s: %s is %s, want %s", n+1, events[0].Cmd, f.event, shown(got), shown(want))
			}
		}
	}
	if n != 34 {
		t.Errorf("%d lines", n)
	}
	if drift := d.Drift(); len(drift.Commands) > 0 {
		text, _ := json.MarshalIndent(drift, "", "\t")
		t.Errorf("drift %s", text)
	}
}

func readExpected(t *testing.T, name string) (list []expected) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(z)
	dec.UseNumber()
	for {
		var e expected
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
}
