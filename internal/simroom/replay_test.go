package simroom

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/protocol"
)

// listen joins the room of a server that plays a recording as fast as it is
// read, and returns all commands.
func listen(t *testing.T, rec *Recording, protover int) [][]byte {
	t.Helper()
	c := Demo()
	c.Rooms[0].Recording = rec
	s, g := start(t, c)
	sock := g.join(7734200, protover)
	var got [][]byte
	stop := make(chan struct{})
	go func() {
		<-s.Finished()
		close(stop)
		sock.ws.Close()
	}()
	for {
		list, err := sock.tryPackets()
		if err != nil {
			select {
			case <-stop:
				return got
			default:
				t.Fatal(err)
			}
		}
		for _, p := range list {
			got = append(got, bytes.Clone(p.Body))
		}
	}
}

// texts are those of the comments among commands.
func texts(t *testing.T, commands [][]byte) (list []string) {
	t.Helper()
	for _, b := range commands {
		var c struct {
			Cmd  string            `json:"cmd"`
			Info []json.RawMessage `json:"info"`
		}
		decode(t, b, &c)
		if strings.HasPrefix(c.Cmd, "DANMU_MSG") {
			var text string
			decode(t, c.Info[1], &text)
			list = append(list, text)
		}
	}
	return list
}

func recording(t *testing.T, name, data string) *Recording {
	t.Helper()
	r, err := NewRecording(name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryDialectPlaysItsTexts(t *testing.T) {
	inner := func(texts ...string) (b []byte) {
		for _, s := range texts {
			b = protocol.Append(b, protocol.Packet{Op: protocol.OpCommand, Body: put(nil, `{"cmd":"DANMU_MSG","info":[[0],$,[1,"甲",0]]}`, s)})
		}
		return b
	}
	pack := func(v protocol.Version, plain []byte) []byte {
		body, err := newEncoders().compress(v, plain)
		if err != nil {
			t.Fatal(err)
		}
		return protocol.Append(nil, protocol.Packet{Version: v, Op: protocol.OpCommand, Body: body})
	}
	framed := func(frames ...[]byte) string {
		var b []byte
		for _, f := range frames {
			b = append(b, byte(len(f)>>24), byte(len(f)>>16), byte(len(f)>>8), byte(len(f)))
			b = append(b, f...)
		}
		return string(b)
	}
	brotli, zlib := pack(protocol.Brotli, inner("一", " 二 ")), pack(protocol.Zlib, inner("三"))
	for _, c := range []struct {
		name, data string
		dialect    dialect
		want       []string
	}{
		{"day_2019-5-10.txt", "TIME23:59ONLINE12\n 前\n \n草\nTIME0:0ONLINE0\nTIME\n<b>&\nTIME0:0ONLINE9\n末\nSPEAKERNUM3\n", datedDialect, []string{" 前", " ", "草", "TIME", "<b>&", "末"}},
		{"frames.lp32", framed(protocol.AppendAuthReply(nil, protocol.AuthReply{}), protocol.AppendHeartbeatReply(nil, 1), brotli, zlib, inner("四")), framesDialect, []string{"一", " 二 ", "三", "四"}},
		{"one.frame", string(brotli) + string(zlib), packetsDialect, []string{"一", " 二 ", "三"}},
		{"rec.xml", `<?xml version="1.0"?><i><BililiveRecorderRecordInfo start_time="2022-03-20T19:51:23.6348295+08:00"/><BililiveRecorderXmlStyle><d p="no">x</d></BililiveRecorderXmlStyle>` +
			`<d p="0.5,1,25,255,1647777083220,0,42,0" user="乙">&lt;草&gt; </d><d p="1.0,1,25,16777215,0,0,0,0"> </d>` +
			`<d p="2,1,25,1,0,0,7,0" user="丙" raw="[[0],&quot;原样&quot;,[7,&quot;丙&quot;,0]]">原样</d></i>`, xmlDialect, []string{"<草> ", " ", "原样"}},
		{"rows.jsonl", `{"kind":"comment","room":"1","at":"2026-01-26 11:35:58","uid":"5","user":"丁","level":41,"guard":"舰长","role":"房管","text":"✌"}` + "\n" +
			`{"room":6,"stored_at":"2025-08-31 10:54:06.254080","uid":3,"user":"戊","text":"[赞]","medal":"","medal_level":0}` + "\n" +
			`{"msg_type":"danmaku","name":"己","content":"早","color":"455ff6","Date":"2021.12.31","ExactTime":"18:32:17","DeltaTime":4.61}` + "\n" +
			`{"msg_type":"other","content":"{\"code\":0}"}` + "\n", jsonDialect, []string{"✌", "[赞]", "早"}},
		{"commands.jsonl", string(bytes.Join([][]byte{[]byte(`{"cmd":"DANMU_MSG:4:0","info":[[],"带冒号",[]]}`), []byte(`{"frame":1,"op":5,"body":{"cmd":"DANMU_MSG","info":[[],"里面",[]]}}`), []byte(`{"op":8,"body":{"code":0}}`)}, []byte("\n"))), jsonDialect, []string{"带冒号", "里面"}},
		{"log.csv", `3.25,0,{"text":"庚: 你好, 世界: 再见","style":{"color":"#ff0000"},"time":0}` + "\n" + `4,0,{"text":"没有名字","style":{"color":""}}` + "\n", secondsDialect, []string{"你好, 世界: 再见", "没有名字"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := recording(t, c.name, c.data)
				if r.Dialect() != string(c.dialect) {
					t.Errorf("recognised as %s, is %s", r.Dialect(), c.dialect)
				}
				for _, protover := range []int{0, 2, 3} {
					if got := texts(t, listen(t, r, protover)); !reflect.DeepEqual(got, c.want) {
						t.Errorf("protover %d: %q, want %q", protover, got, c.want)
					}
				}
			})
		})
	}
}

func TestPaidThingsOfRecordingsKeepTheirMoney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := `{"kind":"gift","at":"2026-01-26 13:55:22","uid":"1","user":"甲","gift":"人气票","num":10,"price":1.0}
{"kind":"gift","at":"2026-01-26 13:55:23","uid":"1","user":"甲","gift":"猪","num":10,"price":100000.0}
{"kind":"superchat","at":"2026-01-26 13:55:24","uid":"1","user":"甲","text":"谢谢","price":30.0}`
		c := Demo()
		c.Rooms[0].Recording = recording(t, "rows.jsonl", data)
		s, g := start(t, c)
		g.join(7734200, 3).commands(3)
		got := s.Sent()[0].Money
		if got["gift"] != 101000 || got["superchat"] != 30000 {
			t.Errorf("sent %v", got)
		}
	})
}

func TestARecordingIsPlayedAtItsSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Demo()
		c.Speed = 10
		c.Rooms[0].Recording = recording(t, "a.csv", `0,0,{"text":"甲: 始"}`+"\n"+`100,0,{"text":"乙: 终"}`+"\n")
		_, g := start(t, c)
		pass(time.Hour) // nobody listens yet: it has not begun
		sock := g.join(7734200, 3)
		began := time.Now()
		sock.commands(1)
		first := time.Since(began)
		sock.commands(1)
		if second := time.Since(began); first > time.Second || second != first+10*time.Second {
			t.Errorf("the comments came after %v and %v", first, second)
		}
	})
}

func TestAFlatRowBecomesItsCommandAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := "_DeltaTime,_ExactTime,_content_cmd,_content_data_widget_list_58_is_add,_content_data_widget_list_58_sub_data,_content_data_widget_list_58_platform_in,_content_data_widget_list_58_id,_content_data_timestamp,_msg_type,\n" +
			"0.38,19:34:43,WIDGET_BANNER,True,%7B%22a%22%3A1%7D,['pc_link'],58,1640864083,other,\n"
		got := listen(t, recording(t, "flat.csv", data), 3)
		want := `{"cmd":"WIDGET_BANNER","data":{"timestamp":1640864083,"widget_list":{"58":{"id":58,"is_add":true,"platform_in":["pc_link"],"sub_data":"%7B%22a%22%3A1%7D"}}}}`
		if len(got) != 1 || string(got[0]) != want {
			t.Errorf("%s\nwant %s", bytes.Join(got, nil), want)
		}
	})
}

func TestAFileThatIsNoRecordingIsRefused(t *testing.T) {
	for _, data := range []string{"", "hello\nworld\n", "\x00\x01\x02", "PK\x03\x04"} {
		if r, err := NewRecording("x", []byte(data)); err == nil {
			t.Errorf("%q was taken for %s", data, r.Dialect())
		}
	}
}

func shared(t *testing.T, path ...string) string {
	t.Helper()
	p := filepath.Join(append([]string{"..", "..", "..", "shared", "recordings"}, path...)...)
	if _, err := os.Stat(p); err != nil {
		t.Skip("the shared recordings are not here: ", err)
	}
	return p
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSharedFramesArriveAsExpectedAtEveryProtover(t *testing.T) {
	path := shared(t, "ws-frames", "blive-ws-2023-08-30_frames01-16.lp32")
	var want []any
	in := bufio.NewScanner(bytes.NewReader(unzip(t, strings.TrimSuffix(path, ".lp32")+".expected.jsonl.gz")))
	for in.Buffer(nil, 1<<20); in.Scan(); {
		var line struct {
			Op   int `json:"op"`
			Body any `json:"body"`
		}
		decode(t, in.Bytes(), &line)
		if line.Op == 5 {
			want = append(want, line.Body)
		}
	}
	if len(want) != 178 {
		t.Fatalf("%d commands are expected, should be 178", len(want))
	}
	r, err := OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, protover := range []int{0, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			var got []any
			for _, b := range listen(t, r, protover) {
				var v any
				decode(t, b, &v)
				got = append(got, v)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("protover %d: %d commands differ from the %d expected", protover, len(got), len(want))
			}
		})
	}
}

func TestSharedDatedTextArrivesByteForByte(t *testing.T) {
	path := shared(t, "ddc-2019-text", "12235923_2019-5-10.txt.gz")
	var want []string
	for _, line := range strings.Split(strings.TrimSuffix(string(unzip(t, path)), "\n"), "\n") {
		if !mark.MatchString(line) {
			want = append(want, line)
		}
	}
	if len(want) != 48734 {
		t.Fatalf("%d comments, should be 48734", len(want))
	}
	r, err := OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		got := listen(t, r, 0) // packing is tested elsewhere, and slow under the race detector
		if len(got) != len(want) {
			t.Fatalf("%d comments arrived instead of %d", len(got), len(want))
		}
		for i := range want { // FuzzQuote proves that quote loses nothing
			if !bytes.Contains(got[i], slices.Concat([]byte("},0],"), quote(nil, want[i]), []byte(",["))) {
				t.Fatalf("comment %d was %q, is in %s", i, want[i], got[i])
			}
		}
	})
}

func TestAllSharedRecordingsPlayToTheirEnd(t *testing.T) {
	// Entries that are said, counted by other means (wc, grep) than ours.
	want := map[string]int64{
		"bililiverecorder-1.3.11_22637261_2022-03-20_first-0.6s.xml": 8, "other-platform_biliup-writer_test.xml": 483,
		"bili_danmu_22259479_2023-07-10.csv": 25, "blivedm-anime_room732_2026-01-26.jsonl": 560, "blivedm-anime_room52030_2026-01-26.jsonl": 263,
		"blivedm-anime_room22603245_2026-01-26.jsonl": 92, "polled_room6_2025-08-31_part1.jsonl.gz": 2242, "room11365_2021-12-30_widget-banner.csv.gz": 8575,
		"room11365_2021-12-31_sample.jsonl": 8, "bili-live-listener_reference.jsonl": 34, "laplace-ws_brotli_danmu_msg.frame": 1,
		"14917277_2019-5-11.txt.gz": 32864, "919919_2019-5-11.txt.gz": 2701,
	}
	files, err := filepath.Glob(filepath.Join(shared(t), "*", "*"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	total := int64(0)
	for _, path := range files {
		name := filepath.Base(path)
		if strings.HasSuffix(name, ".expected.json") {
			continue
		}
		r, err := OpenRecording(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var n int64
		for item, err := range r.items(1) {
			if err != nil {
				t.Error(err)
				break
			}
			if item.message == nil && item.popularity == nil {
				n++
			}
			if item.message != nil && r.dialect == packetsDialect {
				n++
			}
		}
		if strings.HasSuffix(name, ".txt.gz") {
			total += n
		}
		if w, known := want[name]; known && n != w {
			t.Errorf("%s says %d things, should be %d", name, n, w)
		}
	}
	if total != 150019 {
		t.Errorf("the dated texts have %d comments, should be 150019", total)
	}
}

func FuzzRecording(f *testing.F) {
	for _, s := range []string{
		"TIME20:42ONLINE204898\n草\nTIME20:43ONLINE1\nSPEAKERNUM3", "\x00\x00\x00\x14\x00\x00\x00\x14\x00\x10\x00\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01",
		`<i><d p="1,1,25,255,0,0,0,0">x</d><gift ts="1" user="a" giftname="b" giftcount="2"/><sc ts="1" price="30" time="60">y</sc><guard ts="2" level="3" count="1"/></i>`,
		`{"cmd":"X"}`, `{"kind":"gift","price":1e300,"num":-5}`, `1.5,0,{"text":"a: b"}`, "_DeltaTime,_content_cmd,_content_data_widget_list_5_a\n1,X,[1]\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewRecording("fuzz", data)
		if err != nil {
			return
		}
		s, err := New(Demo())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for item, err := range r.items(1) {
			if err != nil {
				return
			}
			if item.at < 0 {
				t.Fatalf("%s: an entry at %v", r.dialect, item.at)
			}
			switch {
			case item.message != nil:
				unpack(item.message, 1, func([]byte) {}, func(uint32) {})
			case item.popularity == nil:
				for v := web; v < views; v++ {
					if b := s.order[0].append(nil, &item.happening, v); len(b) > 0 && item.happening.sort != rawCommand && !json.Valid(b) {
						t.Fatalf("%s: view %d is not JSON: %s", r.dialect, v, b)
					}
				}
			}
			if n++; n > 10_000 {
				return
			}
		}
	})
}
