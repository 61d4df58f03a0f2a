package exchange

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

// noon is 2022-03-20 12:00:00 in the platform's zone.
var noon = event.At(time.Date(2022, 3, 20, 12, 0, 0, 0, china))

func users(list []event.Event) string {
	var b strings.Builder
	for _, e := range list {
		id, name := "-", "-"
		if e.User != nil {
			id, name = e.User.ID, e.User.Name
		}
		fmt.Fprintf(&b, "%s/%s ", id, name)
	}
	return strings.TrimSpace(b.String())
}

// told gives what happened, one word an event, with the seconds from noon.
func told(list []event.Event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s@%.3f", e.Kind, float64(e.At-noon)/1000)
		switch {
		case e.Comment != nil:
			fmt.Fprintf(&b, "(%s)", e.Comment.Text)
		case e.Gift != nil:
			fmt.Fprintf(&b, "(%s×%d=%d)", e.Gift.Name, e.Gift.Count, e.Gift.Total)
		case e.SuperChat != nil:
			fmt.Fprintf(&b, "(%s=%d,%ds)", e.SuperChat.Text, e.SuperChat.Price, e.SuperChat.Seconds)
		case e.Guard != nil:
			fmt.Fprintf(&b, "(%d×%d%s=%d)", e.Guard.Level, e.Guard.Count, e.Guard.Unit, e.Guard.Price)
		case e.Stats != nil && e.Stats.Popularity != nil:
			fmt.Fprintf(&b, "(%d)", *e.Stats.Popularity)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

const bililiveHead = `<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/xsl" href="#s"?>
<i>
  <!-- B站录播姬 <d p="comment"> -->
  <chatserver>chat.bilibili.com</chatserver><chatid>0</chatid>
  <BililiveRecorder version="1.3.11" />
  <BililiveRecorderRecordInfo roomid="123" shortid="0" name="主播" title="a &amp; b" start_time="2022-03-20T12:00:00.2500000+08:00" />
  <BililiveRecorderXmlStyle><z:stylesheet xmlns:z="x"><d p="no comment">x</d><z:for-each select="/i/d"/></z:stylesheet></BililiveRecorderXmlStyle>
`

func noonMillis(offset int) string { return fmt.Sprint(int64(noon) + int64(offset)) }

func TestBililiveRecorderXML(t *testing.T) {
	file := "\ufeff" + bililiveHead +
		`<d p="0.581,1,25,14893055,` + noonMillis(800) + `,0,398452452,0" user="小马&#x1F40E;">快&lt;快&gt;</d>
  <d p="1.5,5,36,255,` + noonMillis(1700) + `,0,5,0" user='q"q'><![CDATA[<cdata> & ]]>tail</d>
  <gift ts="2.000" user="羽毛球" giftname="小心心" giftcount="3" />
  <sc ts="3.000" user="老板" uid="7" price="30" time="60">加油</sc>
  <guard ts="4" user="舰" uid="8" level="3" count="2" />
</i>`
	d, list := collect(t, strings.NewReader(file), ReadOptions{})
	if d != BililiveRecorder {
		t.Errorf("read as %s", d)
	}
	if got, want := told(list), `comment@0.800(快<快>) comment@1.700(<cdata> & tail) gift@2.250(小心心×3=0) superchat@3.250(加油=30000,60s) guard@4.250(3×2月=0)`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := users(list), `398452452/小马🐎 5/q"q /羽毛球 7/老板 8/舰`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c := list[0]
	if c.Room != 123 || c.Received != noon+831 || c.Comment.Color != "#e33fff" || list[1].Comment.Mode != "top" || list[1].Comment.Size != 36 || list[1].Comment.Color != "#0000ff" {
		t.Errorf("%+v %+v", c, c.Comment)
	}
}

func TestAnXMLFileWithBrokenPlacesLosesOnlyThose(t *testing.T) {
	file := bililiveHead +
		`<d p="1,1,25,0,` + noonMillis(1000) + `,0,1,0" user="a">bell` + "\x07" + ` & <3 ü</d>
<d p="oops" user="b">no fields</d>
<d p="2,1,25,0,` + noonMillis(2000) + `,0,1,0" user="c>lost quote</d>
<d p="3,1,25,0,` + noonMillis(3000) + `,0,1,0" user="d">third</d>
<d p="3.5,1,25,0,` + noonMillis(3500) + `,0,1,0" user="d">never closed
<d p="4,1,25,0,` + noonMillis(4000) + `,0,1,0" user="e">fourth</d>
<what a="b">is this</what>
<gift ts="x" user="f" giftname="g" giftcount="1"/>
<d p="5,1,25,0,` + noonMillis(5000) + `,0,1,0" user="e">cut o`
	_, list, unread := collectAll(t, strings.NewReader(file), ReadOptions{})
	if got, want := told(list), "comment@1.000(bell\x07 & <3 ü) comment@3.000(third) comment@3.500(never closed\n) comment@4.000(fourth)"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var places []int64
	for _, u := range unread {
		places = append(places, u.Line)
	}
	if fmt.Sprint(places) != "[10 11 15 16 17]" {
		t.Errorf("reported %v at %v", unread, places)
	}
}

func TestBlrecXML(t *testing.T) {
	file := `<?xml version='1.0' encoding='UTF-8'?>
<i>
    <metadata>
        <user_name>主播</user_name>
        <room_id>456</room_id>
        <record_start_time>2022-03-20 12:00:00</record_start_time>
        <recorder>blrec 1.14</recorder>
    </metadata>
    <d p="0.5,1,25,16777215,` + noonMillis(600) + `,0,12345678,0" uid="77" user="甲">好</d>
    <gift ts="1.0" uid="78" user="乙" giftname="情书" giftcount="2" cointype="金瓜子" price="5200"/>
    <gift ts="1.5" uid="78" user="乙" giftname="辣条" giftcount="9" cointype="银瓜子" price="100"/>
    <sc ts="2.0" uid="79" user="丙" price="30000" time="60">醒目</sc>
    <guard ts="3.0" uid="80" user="丁" giftname="舰长" count="1" level="3" price="198000"/>
    <toast ts="3.4" uid="80" user="丁" unit="月" count="1" role="舰长" level="3" price="138000"/>
    <guard ts="30" uid="81" user="戊" giftname="提督" count="1" level="2" price="1998000"/>
</i>`
	d, list := collect(t, strings.NewReader(file), ReadOptions{})
	if d != Blrec {
		t.Errorf("read as %s", d)
	}
	if got, want := told(list), `comment@0.600(好) gift@1.000(情书×2=10400) gift@1.500(辣条×9=0) superchat@2.000(醒目=30000,60s) guard@3.400(3×1月=138000) guard@30.000(2×1月=1998000)`; got != want {
		t.Errorf("one purchase is one event, money is in thousandths\ngot  %s\nwant %s", got, want)
	}
	if list[0].Room != 456 || list[0].User.ID != "77" {
		t.Errorf("%+v", list[0])
	}
}

func TestBiliupXML(t *testing.T) {
	second := int64(noon) / 1000
	file := fmt.Sprintf(`<?xml version='1.0' encoding='UTF-8'?>
<i>
	<d p="1.250,1,25,16777215,%d,0,99,0" timestamp="%d" uid="99" user="甲">详细</d>
	<s timestamp="%d" uid="98" username="乙" price="30000" type="super_chat" num="1" giftname="醒目留言">三十</s>
	<s timestamp="%d" uid="98" username="乙" price="100" type="gift" num="5" giftname="小花花">乙投喂了5个小花花</s>
	<s timestamp="%d" uid="97" username="丙" price="None" type="guard_buy" num="1" giftname="舰长">丙为主播续费舰长一个月</s>
</i>`, second+1, second+1, second+2, second+3, second+4)
	d, list := collect(t, strings.NewReader(file), ReadOptions{Room: 9})
	if d != Biliup {
		t.Errorf("read as %s", d)
	}
	if got, want := told(list), `comment@1.000(详细) superchat@2.000(三十=30000,0s) gift@3.000(小花花×5=0) guard@4.000(3×1月=0)`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	plain := `<?xml version='1.0' encoding='UTF-8'?>
<i xmlns:ns0="http://www.w3.org/1999/XSL/Transform">
	<d p="0.882,1,25,16777215,0,0,0,0">大佬</d>
</i>`
	_, list = collect(t, strings.NewReader(plain), ReadOptions{Room: 9, Start: noon})
	if got, want := told(list)+users(list), `comment@0.882(大佬)-/-`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, tt := range []struct {
		o    ReadOptions
		want error
	}{{ReadOptions{Room: 9}, ErrNoStart}, {ReadOptions{Start: noon}, ErrNoRoom}} {
		if err := endOf(t, plain, tt.o); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt.o, err)
		}
	}
}

// endOf gives the error that ends the reading of a file.
func endOf(t *testing.T, file string, o ReadOptions) error {
	t.Helper()
	_, events, err := Read(strings.NewReader(file), o)
	if err != nil {
		return err
	}
	for _, err := range events {
		var u *Unread
		if err != nil && !errors.As(err, &u) {
			return err
		}
	}
	return nil
}

func TestBiliupFilesOfWholeCommandsGiveEachEventOnce(t *testing.T) {
	file := fmt.Sprintf(`<i>
	<o timestamp="%d">{"cmd":"DANMU_MSG","text":"一"}</o>
	<d p="1,1,25,16777215,%d,0,99,0" timestamp="%d" uid="99" user="甲">一</d>
	<o timestamp="%d">{"cmd":"ENTRY"}</o>
</i>`, noon/1000, noon/1000, noon/1000, noon/1000+5)
	_, list := collect(t, strings.NewReader(file), ReadOptions{Room: 9, Command: fakeCommand})
	if got, want := told(list), `comment@0.000(一) other@5.000`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := endOf(t, file, ReadOptions{Room: 9}); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("without a decoder: %v", err)
	}
}

// fakeCommand decodes commands of the tests: {"cmd":…,"text":…,"at":ms}.
func fakeCommand(dst []event.Event, room event.RoomID, received event.Millis, command []byte) ([]event.Event, error) {
	cmd := strings.Trim(string(member(command, "cmd")), `"`)
	if cmd == "" || !json.Valid(command) {
		return dst, errors.New("no cmd")
	}
	e := event.Event{Platform: event.Bilibili, Room: room, Kind: event.KindOther, Cmd: cmd, At: received, Received: received, Raw: append([]byte(nil), command...)}
	if at := string(member(command, "at")); at != "" {
		fmt.Sscan(at, &e.At)
	}
	if text := member(command, "text"); text != nil {
		e.Kind, e.Comment = event.KindComment, plainComment(strings.Trim(string(text), `"`), "")
	}
	return append(dst, e), nil
}

func TestVideoSiteXMLKeepsSendersHidden(t *testing.T) {
	file := `<?xml version="1.0" encoding="UTF-8"?><i><chatserver>chat.bilibili.com</chatserver><chatid>123</chatid>` +
		`<d p="95.10,4,25,16777215,` + fmt.Sprint(noon/1000) + `,0,12345678,1108899274487246080,10">弹幕</d></i>`
	d, list := collect(t, strings.NewReader(file), ReadOptions{Room: 1})
	if d != VideoSite || told(list) != "comment@0.000(弹幕)" || list[0].User != nil || list[0].Key != "video:1108899274487246080" || list[0].Comment.Mode != "bottom" {
		t.Errorf("%s %s %+v", d, told(list), list)
	}
}

func TestDatedText(t *testing.T) {
	file := "TIME23:58ONLINE1\na\n b \nTIME23:59ONLINE70\n\nTIME0:0ONLINE80\nc\nSPEAKERNUM55\n"
	d, list, unread := collectAll(t, strings.NewReader(file), ReadOptions{Room: 1, Start: event.At(time.Date(2022, 3, 20, 3, 4, 5, 0, china))})
	if d != DatedText {
		t.Errorf("read as %s", d)
	}
	const half = 12 * 3600
	if got, want := told(list), fmt.Sprintf("stats@%d.000(1) comment@%d.000(a) comment@%d.000( b ) stats@%d.000(70) comment@%d.000() stats@%d.000(80) comment@%d.000(c)",
		half-120, half-100, half-80, half-60, half-30, half, half+30); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(unread) != 1 || unread[0].Line != 8 {
		t.Errorf("reported %v", unread)
	}
	longer := strings.Replace(file, "SPEAKERNUM55\n", "d\nTIME0:1ONLINE9\n", 1)
	_, more := collect(t, strings.NewReader(longer), ReadOptions{Room: 1, Start: noon})
	for i := range list {
		if list[i].Key != more[i].Key {
			t.Errorf("event %d has another key in the longer file", i)
		}
	}
	if err := endOf(t, file, ReadOptions{Room: 1}); !errors.Is(err, ErrNoStart) {
		t.Errorf("without a day: %v", err)
	}
}

func TestLinesOfSmallerRecorders(t *testing.T) {
	file := `{"kind": "comment", "room": "732", "at": "2022-03-20 12:00:01", "uid": "188", "user": "鸽宝", "level": 41, "guard": "舰长", "role": "房管", "text": "✌"}
{"kind": "gift", "room": "732", "at": "2022-03-20 12:00:02.500000", "uid": "0", "user": "x", "level": 5, "guard": "普通", "role": "普通", "gift": "人气票", "num": 10, "price": 1.0}
{"kind": "superchat", "room": 732, "at": "2022-03-20 12:00:03", "uid": 36, "user": "y", "text": "sc", "price": 30.0}

{"room": 6, "stored_at": "2022-03-20 12:00:04.254080", "uid": 337, "user": "沉默", "text": "[prpr]", "medal": "牌", "medal_level": 3}
{"msg_type": "danmaku", "name": "小黎", "content": "被刺了", "color": "455ff6", "Date": "2022.03.20", "ExactTime": "12:00:05", "DeltaTime": 4.61}
{"name": "", "content": "{\"code\":0}", "msg_type": "other", "Date": "2022.03.20", "ExactTime": "12:00:05", "DeltaTime": 0.16}
{"msg_type": "other", "content": {"cmd": "X"}, "Date": "2022.03.20", "ExactTime": "12:00:05"}
{"frame":1,"index":0,"op":8,"ver":1,"body":{"code":0}}
{"frame":3,"index":0,"op":5,"ver":0,"body":{"cmd":"Y"}}
{"cmd":"Z","at":` + noonMillis(9000) + `}
{"hello":{"version":1,"archive":"x","seq":1}}
{"what":1}
{"kind":"comment","at":7}
nonsense
{"cmd":
`
	d, list, unread := collectAll(t, strings.NewReader(file), ReadOptions{Room: 5, Command: fakeCommand})
	if d != Lines {
		t.Errorf("read as %s", d)
	}
	if got, want := told(list), `comment@1.000(✌) gift@2.500(人气票×10=1000) superchat@3.000(sc=30000,0s) comment@4.254([prpr]) comment@5.000(被刺了) other@5.000 other@5.000 other@9.000`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if u := list[0].User; u.ID != "188" || u.Guard != 3 || !u.Admin || u.Level != 41 || list[0].Room != 732 {
		t.Errorf("%+v", list[0])
	}
	if u := list[1].User; u.ID != "" || !u.Masked {
		t.Errorf("%+v", u)
	}
	if list[3].User.Medal.Name != "牌" || list[3].Room != 6 || list[4].Comment.Color != "#455ff6" || list[4].Room != 5 {
		t.Errorf("%+v %+v", list[3], list[4])
	}
	var lines []int64
	for _, u := range unread {
		lines = append(lines, u.Line)
	}
	if fmt.Sprint(lines) != "[13 14 15 16]" {
		t.Errorf("reported %v", unread)
	}
}

func TestTheUnitOfGiftPricesIsFoundOut(t *testing.T) {
	const cny = `{"kind": "gift", "room": "7", "at": "2022-03-20 12:00:02", "gift": "人气票", "num": 10, "price": 1.0}` + "\n"
	const thousandths = `{"kind": "gift", "room": "7", "at": "2022-03-20 12:00:02", "gift": "粉丝团灯牌", "num": 2, "price": 200.0}` + "\n"
	const dear = `{"kind": "gift", "room": "7", "at": "2022-03-20 12:00:02", "gift": "城堡", "num": 1, "price": 10000.0}` + "\n"
	for _, tt := range []struct {
		file string
		o    ReadOptions
		want event.Money
	}{{cny + dear, ReadOptions{}, 10_000_000}, {thousandths + dear, ReadOptions{}, 10_000}, {dear, ReadOptions{}, 10_000_000}, {dear, ReadOptions{GiftUnit: 1}, 10_000}} {
		_, list := collect(t, strings.NewReader(tt.file), tt.o)
		if got := list[len(list)-1].Gift.Total; got != tt.want {
			t.Errorf("%s: %d", tt.file, got)
		}
	}
}

func TestCommandsWithoutATimeGetTheirNeighbours(t *testing.T) {
	file := `{"cmd":"A"}
{"cmd":"B"}
{"cmd":"C","at":` + noonMillis(1000) + `}
{"cmd":"D"}
`
	_, list := collect(t, strings.NewReader(file), ReadOptions{Room: 5, Command: fakeCommand})
	if got, want := told(list), `other@1.000 other@1.000 other@1.000 other@1.000`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := endOf(t, `{"cmd":"A"}`, ReadOptions{Room: 5, Command: fakeCommand}); !errors.Is(err, ErrNoStart) {
		t.Errorf("no time at all: %v", err)
	}
	if err := endOf(t, `{"cmd":"A"}`, ReadOptions{Room: 5}); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("no decoder: %v", err)
	}
}

func TestSecondsAndObjects(t *testing.T) {
	file := `3.256057,0,{"text":"bili_5: 2: 3","style":{"color":"#58c1de","border":false,"mode":0},"time":0}
106.97,0,{"text":"2 x 妙啊","style":{"color":"","border":false,"mode":1},"time":0}
x,0,{}
`
	d, list, unread := collectAll(t, strings.NewReader(file), ReadOptions{Room: 1, Start: noon})
	if got, want := string(d)+told(list)+users(list), `CSV of seconds and JSONcomment@3.256(2: 3) comment@106.970(2 x 妙啊)/bili_5 -/-`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(unread) != 1 || unread[0].Line != 3 || list[0].Comment.Color != "#58c1de" || list[1].Comment.Color != "#ffffff" || list[1].Comment.Mode != "top" {
		t.Errorf("%v %+v", unread, list)
	}
}

// packet makes a packet with a plain body.
func packet(op uint32, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
	b = binary.BigEndian.AppendUint16(b, 16)
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint32(b, op)
	b = binary.BigEndian.AppendUint32(b, 0)
	return append(b, body...)
}

// fakeMessage takes the body of one packet for a command.
func fakeMessage(dst []event.Event, room event.RoomID, received event.Millis, message []byte) ([]event.Event, error) {
	if len(message) < 16 {
		return dst, errors.New("short")
	}
	return fakeCommand(dst, room, received, message[16:])
}

func TestRawFrames(t *testing.T) {
	one, two, three := packet(5, `{"cmd":"A","at":`+noonMillis(1000)+`}`), packet(8, `{}`), packet(5, `{"cmd":"B","text":"`+strings.Repeat("长", 50_000)+`"}`)
	var prefixed, bare []byte
	for _, p := range [][]byte{one, two, three} {
		prefixed = append(binary.BigEndian.AppendUint32(prefixed, uint32(len(p))), p...)
		bare = append(bare, p...)
	}
	o := ReadOptions{Room: 1, Message: fakeMessage}
	for _, file := range [][]byte{prefixed, bare} {
		d, list, unread := collectAll(t, strings.NewReader(string(file)), o)
		if d != Frames || len(list) != 2 || list[1].At != noon+1000 || len(list[1].Comment.Text) != 150_000 {
			t.Errorf("%s: %d events", d, len(list))
		}
		if len(unread) != 1 || unread[0].Item != 2 {
			t.Errorf("reported %v", unread)
		}
		_, list, unread = collectAll(t, strings.NewReader(string(file[:len(file)-5])), o)
		if len(list) != 1 || len(unread) != 2 || !strings.Contains(unread[1].Error(), "item 3") {
			t.Errorf("cut off: %d events, %v", len(list), unread)
		}
	}
	if err := endOf(t, string(prefixed), ReadOptions{Room: 1}); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("no decoder: %v", err)
	}
}

func TestCSVWithAMissingQuoteLosesOneRow(t *testing.T) {
	file := "at,kind,text\n2022-03-20T12:00:00+08:00,comment,\"a\nb\"\n2022-03-20T12:00:01+08:00,comment,\"never closed\n" +
		strings.Repeat("2022-03-20T12:00:02+08:00,comment,x\n", 100) + "2022-03-20T12:00:03+08:00,chat,y\n"
	d, list, unread := collectAll(t, strings.NewReader(file), ReadOptions{Room: 1})
	if d != Table || len(list) != 101 || list[0].Comment.Text != "a\nb" {
		t.Errorf("%s, %d events", d, len(list))
	}
	if len(unread) != 2 || unread[0].Line != 4 || unread[1].Line != 105 {
		t.Errorf("reported %v", unread)
	}
}

func TestWhatIsNoRecordingIsRefused(t *testing.T) {
	for _, file := range []string{"", "\n\n", "hello\nworld\n", "<html><body></body></html>", "a,b\n1,2\n", "[1,2]", "\x1f\x8b", "\x89PNG\r\n\x1a\n0000IHDR00000000", "[a", "12,34"} {
		if _, _, err := Read(strings.NewReader(file), ReadOptions{}); err == nil {
			t.Errorf("%q was taken for a recording", file)
		}
	}
}

func TestAFileReadTwiceGivesTheSameKeys(t *testing.T) {
	line := `{"kind": "comment", "room": "732", "at": "2022-03-20 12:00:01", "uid": "188", "user": "鸽宝", "text": "草"}` + "\n"
	file := strings.Repeat(line, 5) + strings.Replace(line, "188", "189", 1) + strings.Replace(line, "732", "733", 1)
	_, one := collect(t, strings.NewReader(file), ReadOptions{})
	_, two := collect(t, strings.NewReader(file), ReadOptions{})
	seen := map[string]bool{}
	for i := range one {
		if one[i].Key != two[i].Key || !strings.HasPrefix(one[i].Key, "import:") {
			t.Errorf("keys %s and %s", one[i].Key, two[i].Key)
		}
		seen[one[i].Key] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d keys for 7 comments: the same said five times is five comments", len(seen))
	}
}

func TestRoomAndStartAreFoundInNames(t *testing.T) {
	tests := []struct {
		name string
		room event.RoomID
		at   string
	}{
		{"录制-22637261-20220320-195123-634-【B限】.xml", 22637261, "2022-03-20T19:51:23.634"},
		{"blive_22637261_2022-03-20-195123.xml", 22637261, "2022-03-20T19:51:23.000"},
		{"12235923_2019-5-10.txt.gz", 12235923, "2019-05-10T00:00:00.000"},
		{"comments.jsonl", 0, ""},
		{"5_2019-13-10.txt", 0, ""},
	}
	for _, tt := range tests {
		room, start := HintFromName(tt.name, nil)
		got := ""
		if start != 0 {
			got = start.Time().In(china).Format("2006-01-02T15:04:05.000")
		}
		if room != tt.room || got != tt.at {
			t.Errorf("%s: room %d, start %s", tt.name, room, got)
		}
	}
}

func TestMoneyIsReadExactly(t *testing.T) {
	for in, want := range map[string]event.Money{"30": 30000, "0.1": 100, "9.90": 9900, "0.0005": 0, "1.2345": 1234, "-0.5": -500, "138": 138000} {
		if got, err := parseMoney(in); err != nil || got != want {
			t.Errorf("%q gives %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "x", "1.x", "1e3", "99999999999999999999"} {
		if got, err := parseMoney(in); err == nil {
			t.Errorf("%q gives %d", in, got)
		}
	}
}
