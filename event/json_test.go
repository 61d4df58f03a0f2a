package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// plain has the fields and tags of Event but not its methods, so that
// encoding/json writes it.
type plain Event

// full is an event with every field of every detail filled in.
func full(kind Kind) Event {
	n := int64(7)
	e := Event{Seq: 48213, Key: "dm:5f<&>", Platform: Bilibili, Room: 21452505, Kind: kind, Cmd: "DANMU_MSG",
		At: 1700000000123, Received: 1700000000456, Of: "gift:1", Backlog: true,
		User: &User{ID: "3546", Name: "名\"\\\n\x01\u2028字😀", Masked: true, Face: "https://face/", Guard: 3, Admin: true, Level: 21, Wealth: 9,
			Medal: &Medal{Name: "草", Level: 24, Room: 21452505, Owner: "主", Lit: true, Guard: 2, Color: "#123456"}},
		Raw: json.RawMessage(`{"cmd":"DANMU_MSG","x":[1,2]}`)}
	switch kind {
	case KindComment:
		e.Comment = &Comment{Text: "草\t\r<b>&\u2029", Mode: "scroll", Color: "#ffffff", Size: 25, Lottery: true, Mirror: true,
			Emotes:  []Emote{{Text: "[dog]", ID: "emoji_208", URL: "https://e/", Width: 60, Height: 61}, {Text: "[x]"}},
			Sticker: &Emote{Text: "赞", URL: "https://s/", Width: 1, Height: 2}, ReplyTo: &ReplyTo{ID: "1", Name: "n"}}
	case KindGift:
		e.Gift = &Gift{ID: "31036", Name: "小花花", Count: 5, UnitPrice: 100, Total: 500, Paid: true, Action: "投喂", Icon: "https://i/",
			Combo: "c", BlindBox: &BlindBox{Name: "盲盒", Price: 15000}, Receiver: &Person{ID: "2", Name: "r"}}
	case KindSuperChat:
		e.SuperChat = &SuperChat{ID: "1", Text: "a<b", Translated: "訳", Price: 30000, Seconds: 60, Start: 1, End: 2, Background: "#2A60B2"}
	case KindSuperChatDelete:
		e.SuperChatDelete = &SuperChatDelete{IDs: []string{"1", "2"}}
	case KindGuard:
		e.Guard = &Guard{Level: 3, Name: "舰长", Count: 1, Unit: "月", Price: 138000, Renewal: true}
	case KindEnter:
		e.Enter = &Enter{Effect: true}
	case KindFollow:
		e.Follow = &Follow{Special: true, Mutual: true}
	case KindShare:
		e.Share = &Share{}
	case KindLike:
		e.Like = &Like{Text: "点赞了", Count: 3}
	case KindLive:
		e.Live = &Live{Session: "k", Start: 5}
	case KindOffline:
		e.Offline = &Offline{Rotation: true}
	case KindRoom:
		e.RoomInfo = &RoomInfo{Title: "t", Area: "a", ParentArea: "p"}
	case KindStats:
		e.Stats = &Stats{Watched: &n, Online: &n, Popularity: &n, Likes: &n, Followers: &n, FanClub: &n}
	case KindModeration:
		e.Moderation = &Moderation{Action: "block", Target: "9", Operator: "admin", Until: 6, Text: "x"}
	case KindRedPacket:
		e.RedPacket = &RedPacket{ID: "1", Phase: "winners", Price: 1, Value: 2, Comment: "c", Count: 3, Start: 4, End: 5,
			Awards: []Award{{ID: "1", Name: "n", Count: 2, Winner: &Person{ID: "3", Name: "w"}}}}
	case KindLottery:
		e.Lottery = &Lottery{ID: "1", Phase: "start", Name: "n", Count: 1, Comment: "c", Require: "r", Seconds: 9, Awards: []Award{}}
	case KindNotice:
		e.Notice = &Notice{Text: "n"}
	}
	return e
}

func marshalPlain(t *testing.T, e Event) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain(e)); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

func TestAppendJSONEqualsEncodingJSONForEveryKind(t *testing.T) {
	for _, kind := range Kinds() {
		for _, e := range []Event{full(kind), {Kind: kind, Comment: emptyComment(kind)}} {
			got, want := e.AppendJSON(nil, true), marshalPlain(t, e)
			if !bytes.Equal(got, want) {
				t.Errorf("%s:\n got %s\nwant %s", kind, got, want)
			}
			var back Event
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if !reflect.DeepEqual(back, e) {
				t.Errorf("%s: read back\n got %+v\nwant %+v", kind, back, e)
			}
		}
	}
}

func emptyComment(k Kind) *Comment {
	if k == KindComment {
		return &Comment{Emotes: []Emote{}}
	}
	return nil
}

func TestRawIsLeftOutUnlessAskedForAndThenByteForByte(t *testing.T) {
	e := full(KindComment)
	e.Raw = json.RawMessage("{\"cmd\": \"DANMU_MSG\",  \"unknown\": 1.50}")
	if b := e.AppendJSON(nil, false); bytes.Contains(b, []byte(`"raw"`)) {
		t.Errorf("raw is there unasked: %s", b)
	}
	if b := e.AppendJSON(nil, true); !bytes.HasSuffix(b, append([]byte(`,"raw":`), append(e.Raw, '}')...)) {
		t.Errorf("raw is not byte for byte: %s", b)
	}
}

func TestTheFormIsOneLineWhateverTheCommandLookedLike(t *testing.T) {
	e := full(KindComment)
	e.Raw = json.RawMessage("{\r\n\t\"cmd\": \"A\\nB\",\n\t\"n\": 12345678901234567890\n}")
	b := e.AppendJSON(nil, true)
	if want := "{\t\"cmd\": \"A\\nB\",\t\"n\": 12345678901234567890}}"; bytes.ContainsAny(b, "\r\n") || !bytes.HasSuffix(b, []byte(want)) {
		t.Errorf("got %s", b)
	}
}

func FuzzAppendStringEqualsEncodingJSON(f *testing.F) {
	for _, s := range []string{"", "草😀", "\xff\xfe", "a\"\\/\b\f\n\r\t\x00\x1f\x7f", "\u2028\u2029\u2030", "<b>&amp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		b := appendString(nil, s)
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q gives %s: %v", s, b, err)
		}
		w, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(w, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("%q: got %q want %q", s, got, want)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	e := full(KindComment)
	dst := e.AppendJSON(nil, false)
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst = e.AppendJSON(dst[:0], false)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		p := plain(e)
		for b.Loop() {
			if _, err := json.Marshal(p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
