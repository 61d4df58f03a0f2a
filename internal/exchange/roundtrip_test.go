package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"danmaku/event"
)

func TestJSONLinesLoseNothing(t *testing.T) {
	list := newSampler(1).list(2000)
	for i := range list {
		if i%3 == 0 {
			list[i].Raw = json.RawMessage(`{"cmd":"X","n":1.0e2,"s":"\u0041/"}`)
		}
	}
	for _, f := range []Format{JSONL, JSON} {
		data, sum := mustWrite(t, f, list, Options{Raw: true})
		if sum.Written != int64(len(list)) || sum.Left != 0 {
			t.Errorf("%s: %+v", f, sum)
		}
		d, got := collect(t, bytes.NewReader(data), ReadOptions{})
		if want := map[Format]Dialect{JSONL: Lines, JSON: Array}[f]; d != want {
			t.Errorf("%s read as %s", f, d)
		}
		keyed(list, got)
		same(t, got, list, true)
		again, _ := mustWrite(t, f, got, Options{Raw: true})
		if !bytes.Equal(zeroSeq(again), zeroSeq(data)) {
			t.Errorf("%s: written again it is not the same", f)
		}
	}
	var parsed []json.RawMessage
	if data, _ := mustWrite(t, JSON, nil, Options{}); json.Unmarshal(data, &parsed) != nil || len(parsed) != 0 {
		t.Errorf("no events give %q", data)
	}
}

// keyed gives events without a key the one a reader made for them, after
// looking that it made one.
func keyed(list, got []event.Event) {
	for i := range min(len(list), len(got)) {
		if list[i].Key == "" && strings.HasPrefix(got[i].Key, "import:") {
			list[i].Key = got[i].Key
		}
	}
}

func zeroSeq(data []byte) []byte {
	lines := bytes.Split(data, []byte("\n"))
	for i, l := range lines {
		if at := bytes.Index(l, []byte(`"platform"`)); at > 0 {
			lines[i] = l[at:] // seq and key come before
		}
	}
	return bytes.Join(lines, nil)
}

func TestCSVGivesBackAllButRaw(t *testing.T) {
	list := newSampler(2).list(2000)
	data, _ := mustWrite(t, CSV, list, Options{})
	d, got := collect(t, bytes.NewReader(data), ReadOptions{})
	if d != Table {
		t.Errorf("read as %s", d)
	}
	for i := range list { // CSV has no way to tell CR LF from LF
		if c := list[i].Comment; c != nil {
			c.Text = strings.ReplaceAll(c.Text, "\r\n", "\n")
			c.Emotes = nil
		}
	}
	for i := range got {
		if c := got[i].Comment; c != nil {
			c.Emotes = nil
			c.Text = strings.ReplaceAll(c.Text, "\r\n", "\n")
		}
	}
	keyed(list, got)
	for i := range list {
		if c := list[i].Comment; c != nil && (c.Sticker != nil || c.ReplyTo != nil) {
			list[i].Comment.Emotes, got[i].Comment.Emotes = nil, nil
		}
	}
	same(t, got, list, false)
}

// inXMLForm is what an event is after a way through XML without raw: fields
// the dialect has no place for are gone.
func inXMLForm(list []event.Event) []event.Event {
	var out []event.Event
	for _, e := range list {
		if !inXML(&e) {
			continue
		}
		if e.Cmd == "" {
			e.Cmd = "DANMU_MSG"
		}
		if u := e.User; u != nil {
			e.User = &event.User{ID: u.ID, Name: u.Name, Masked: u.ID == ""}
			if u.ID == "" && u.Name == "" {
				e.User = nil
			}
		}
		switch {
		case e.Comment != nil:
			c := e.Comment
			e.Comment = &event.Comment{Text: legal(c.Text), Mode: c.Mode, Color: c.Color, Size: c.Size}
		case e.Gift != nil:
			g := e.Gift
			e.Gift = &event.Gift{Name: g.Name, Count: g.Count, UnitPrice: g.UnitPrice, Total: g.Total, Paid: g.Paid}
		case e.SuperChat != nil:
			s := *e.SuperChat
			s.Text, s.Translated, s.Background = legal(s.Text), "", ""
			e.SuperChat = &s
		case e.Guard != nil:
			g := *e.Guard
			g.Renewal = false
			e.Guard = &g
		}
		e.Raw = nil
		out = append(out, e)
	}
	return out
}

// legal is the filter of the dialect, written down a second time.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func TestXMLGivesBackWhatTheDialectHolds(t *testing.T) {
	list := newSampler(3).list(3000)
	o := Options{Recording: Recording{Room: 21452505, ShortID: 6, Streamer: `"嘉然" <&>`, Title: "歌回\n今晚", Start: list[0].Received - 500, Offset: 0}}
	data, sum := mustWrite(t, XML, list, o)
	want := inXMLForm(list)
	if sum.Written != int64(len(want)) || sum.Left != int64(len(list)-len(want)) {
		t.Errorf("%+v of %d", sum, len(list))
	}
	d, got := collect(t, bytes.NewReader(data), ReadOptions{})
	if d != BililiveRecorder {
		t.Errorf("read as %s", d)
	}
	same(t, got, want, false)
}

func TestXMLIsWellFormedAndBeginsAsReadersExpect(t *testing.T) {
	list := newSampler(4).list(1000)
	for i := range list {
		if c := list[i].Comment; c != nil && i%5 == 0 {
			c.Text += "\x00\x1b\x7f\u0085\ufeff\ufffe\xff\xed\xa0\x80"
		}
	}
	data, _ := mustWrite(t, XML, list, Options{Raw: true})
	if !bytes.HasPrefix(data, []byte(`<?xml version="1.0" encoding="UTF-8"?><i`)) {
		t.Errorf("begins with %.60q", data)
	}
	if !utf8.Valid(data) {
		t.Error("not UTF-8")
	}
	counts := map[string]int{}
	for dec := xml.NewDecoder(bytes.NewReader(data)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok {
			counts[s.Name.Local]++
		}
	}
	for _, name := range []string{"i", "BililiveRecorderRecordInfo", "d", "sc", "gift", "guard"} {
		if counts[name] == 0 {
			t.Errorf("no element %s", name)
		}
	}
}

// What readers of BililiveRecorder's files and danmaku2ass look for: the first
// bytes, the elements of the head, and the attributes' names and places.
func TestXMLIsInTheDialectOfBililiveRecorder(t *testing.T) {
	const at = event.Millis(1_700_000_000_000)
	user := &event.User{ID: "130728", Name: "名<\""}
	list := []event.Event{
		{Key: "dm:1", Room: 21452505, Kind: event.KindComment, At: at + 1123, Received: at + 1500, User: user,
			Comment: &event.Comment{Text: "a<b>&\"c\"", Mode: "top", Color: "#00ff7f", Size: 18}},
		{Key: "gift:2", Room: 21452505, Kind: event.KindGift, At: at + 2000, Received: at + 2000, User: user,
			Gift: &event.Gift{Name: "小花花", Count: 3, UnitPrice: 100, Total: 300, Paid: true}},
		{Key: "sc:3", Room: 21452505, Kind: event.KindSuperChat, At: at + 61_000, Received: at + 61_004, User: user,
			SuperChat: &event.SuperChat{ID: "3", Text: "晚上好", Price: 30_500, Seconds: 60}},
		{Key: "guard:4", Room: 21452505, Kind: event.KindGuard, At: at + 3_600_000, Received: at + 3_600_000, User: user,
			Guard: &event.Guard{Level: 3, Name: "舰长", Count: 2, Unit: "月", Price: 396_000}},
	}
	data, _ := mustWrite(t, XML, list, Options{Recording: Recording{Start: at, ShortID: 6, Streamer: "主播", Title: "标题", Area: "单机", ParentArea: "游戏"}})
	want := `<?xml version="1.0" encoding="UTF-8"?><i>
  <chatserver>chat.bilibili.com</chatserver>
  <chatid>0</chatid>
  <mission>0</mission>
  <maxlimit>1000</maxlimit>
  <state>0</state>
  <real_name>0</real_name>
  <source>0</source>
  <BililiveRecorderRecordInfo roomid="21452505" shortid="6" name="主播" title="标题" areanameparent="游戏" areanamechild="单机" start_time="2023-11-15T06:13:20.0000000+08:00" />
  <d p="1.500,5,18,65407,1700000001123,0,130728,0" user="名&lt;&quot;" key="dm:1">a&lt;b&gt;&amp;"c"</d>
  <gift ts="2.000" user="名&lt;&quot;" uid="130728" giftname="小花花" giftcount="3" cointype="金瓜子" price="100" total="300" sent="1700000002000" key="gift:2"/>
  <sc ts="61.004" user="名&lt;&quot;" uid="130728" price="30.5" time="60" sent="1700000061000" key="sc:3">晚上好</sc>
  <guard ts="3600.000" user="名&lt;&quot;" uid="130728" level="3" count="2" giftname="舰长" unit="月" price="396000" sent="1700003600000" key="guard:4"/>
</i>
`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
}

func TestXMLKeepsTheRawPartOfCommands(t *testing.T) {
	raw := `{"cmd":"DANMU_MSG:4:0:2:2:2:0","dm_v2":"","info":[[0,1,25,16777215,1700000000123,1,0,"8c1850a6",0,0,0,"",0,"{}","{}",{"extra":"{\"id_str\":\"ab\"}"}],"a\"<b>&\u0007",[130728,"名"]]}`
	e := event.Event{Key: "dm:ab", Room: 1, Kind: event.KindComment, At: 1_700_000_000_123, Received: 1_700_000_000_200, User: &event.User{ID: "130728", Name: "名"},
		Comment: &event.Comment{Text: "a", Mode: "scroll", Color: "#ffffff", Size: 25}, Raw: json.RawMessage(raw)}
	data, _ := mustWrite(t, XML, []event.Event{e}, Options{Raw: true})
	var command string
	_, got := collect(t, bytes.NewReader(data), ReadOptions{Command: func(dst []event.Event, room event.RoomID, received event.Millis, c []byte) ([]event.Event, error) {
		command = string(c)
		d := e
		d.Key, d.Room, d.Received, d.Raw = "dm:other", room, received, c
		return append(dst, d), nil
	}})
	if want := `{"cmd":"DANMU_MSG","info":` + string(member([]byte(raw), "info")) + `}`; command != want {
		t.Errorf("command\n got %s\nwant %s", command, want)
	}
	if len(got) != 1 || got[0].Key != "dm:ab" || got[0].Received != e.Received || got[0].Room != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestATimeLineBeginsWithTheRecordingAndItsOffset(t *testing.T) {
	c := func(received event.Millis) event.Event {
		return event.Event{Room: 1, Kind: event.KindComment, At: received - 300, Received: received, Comment: &event.Comment{Text: "x", Mode: "scroll", Color: "#ffffff", Size: 25}}
	}
	data, _ := mustWrite(t, XML, []event.Event{c(1_700_000_010_500)}, Options{Recording: Recording{Start: 1_700_000_000_000, Offset: -2 * time.Second}})
	if !strings.Contains(string(data), `<d p="8.500,1,25,16777215,1700000010200,0,0,0"`) {
		t.Errorf("%s", data)
	}
	if !strings.Contains(string(data), `start_time="2023-11-15T06:13:20.0000000+08:00"`) {
		t.Errorf("%s", data)
	}
	back := c(1_700_000_010_500)
	back.Backlog = true
	data, _ = mustWrite(t, XML, []event.Event{back}, Options{Recording: Recording{Start: 1_700_000_000_000}})
	if !strings.Contains(string(data), `<d p="10.200,`) {
		t.Errorf("what was told afterwards belongs to its own time: %s", data)
	}
}

func TestParquetHasARowForEachEvent(t *testing.T) {
	list := newSampler(5).list(1500)
	for _, raw := range []bool{false, true} {
		data, sum := mustWrite(t, Parquet, list, Options{Raw: raw})
		if sum.Written != int64(len(list)) {
			t.Errorf("%+v", sum)
		}
		rows, err := parquet.Read[flatRaw](bytes.NewReader(data), int64(len(data)))
		if err != nil || len(rows) != len(list) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i := range list {
			var want flatRaw
			want.fill(&list[i])
			if raw {
				want.Raw = string(list[i].Raw)
			}
			if rows[i] != want {
				t.Fatalf("row %d\n got %+v\nwant %+v", i, rows[i], want)
			}
		}
	}
}

func TestPackedFilesAreRead(t *testing.T) {
	list := newSampler(6).list(50)
	data, _ := mustWrite(t, JSONL, list, Options{})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(data)
	z.Close()
	if d, got := collect(t, &packed, ReadOptions{}); d != Lines || len(got) != len(list) {
		t.Errorf("%s, %d events", d, len(got))
	}
}

func TestAWriterStopsAtTheFirstErrorOfItsInput(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, f := range []Format{XML, ASS, JSON, JSONL, CSV, Parquet} {
		_, err := Write(io.Discard, f, func(yield func(event.Event, error) bool) {
			if yield(newSampler(1).next(), nil) {
				yield(event.Event{}, broken)
			}
		}, Options{})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestAWriterStopsWhenTheDiskIsFull(t *testing.T) {
	for _, f := range []Format{XML, ASS, JSON, JSONL, CSV, Parquet} {
		s := newSampler(9)
		asked := 0
		_, err := Write(&fullDisk{1 << 18}, f, func(yield func(event.Event, error) bool) {
			for asked < 1_000_000 && yield(s.next(), nil) {
				asked++
			}
		}, Options{})
		if err == nil || asked == 1_000_000 {
			t.Errorf("%s: %v after %d events", f, err, asked)
		}
	}
	if _, err := Write(io.Discard, "avi", seq(nil), Options{}); err == nil {
		t.Error("a format that is none was written")
	}
}
