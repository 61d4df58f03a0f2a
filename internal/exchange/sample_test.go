package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"danmaku/event"
)

// sampleWords are texts as people send them, with all that breaks formats.
var sampleWords = []string{
	"草", "８８８８", "生日快乐！！", "ｶﾗｵｹ", "hello, world", `say "hi" & <b>bye</b> ]]> &amp;`, "👨‍👩‍👧‍👦🏳️‍🌈", "e\u0301 zalgo\u0321\u0322", "  spaces  ", " ",
	`C:\new\N{tag}\h`, "{\\pos(1,2)}", "line\nbreak\r\ntab\t.", "مرحبا", "\u202eabc", "=1+1", `a,"b"`, "a;b", "[dog][doge]", "'; drop table", "\u200b\u2060", "𠮷野家",
}

// sampleNames are names as people have them.
var sampleNames = []string{"園田", "粉色羽毛球_Official", "🌸さくら🌸", "__Meeseeks__", `"'<&>,`, "bili_105342487", " ", "a\u0301"}

// sampler makes believable events.
type sampler struct {
	*rand.Rand
	now event.Millis
	n   int
}

func newSampler(seed uint64) *sampler {
	return &sampler{Rand: rand.New(rand.NewPCG(seed, 7)), now: 1_700_000_000_000}
}

func pick[T any](s *sampler, list []T) T { return list[s.IntN(len(list))] }

func (s *sampler) words() string {
	w := pick(s, sampleWords)
	for s.IntN(3) == 0 {
		w += pick(s, sampleWords)
	}
	return w
}

func (s *sampler) user() *event.User {
	u := &event.User{ID: fmt.Sprint(1 + s.Int64N(1<<50)), Name: pick(s, sampleNames)}
	switch s.IntN(6) {
	case 0:
		u.ID, u.Masked = "", true
	case 1:
		u.ID = "open_" + u.ID
	case 2:
		u.Guard, u.Admin, u.Level, u.Wealth, u.Face = 3, true, 21, 30, "https://example.com/face.jpg"
		u.Medal = &event.Medal{Name: "牌", Level: 12, Room: 9, Owner: "主播", Lit: true, Guard: 3, Color: "#00d1f1"}
	}
	return u
}

// next makes an event of any kind; they come in order of time.
func (s *sampler) next() event.Event {
	s.n++
	s.now += event.Millis(s.IntN(2000))
	e := event.Event{Seq: int64(s.n), Platform: event.Bilibili, Room: 21452505, At: s.now - event.Millis(s.IntN(500)), Received: s.now}
	key := func(sort string) { e.Key = fmt.Sprintf("%s:%016x", sort, s.Uint64()) }
	switch s.IntN(16) {
	default:
		key("dm")
		e.Kind, e.Cmd, e.User = event.KindComment, "DANMU_MSG", s.user()
		e.Comment = &event.Comment{Text: s.words(), Mode: pick(s, []string{"scroll", "scroll", "scroll", "top", "bottom", "reverse"}),
			Color: pick(s, []string{"#ffffff", "#e33fff", "#000000", "#00d1f1"}), Size: pick(s, []int{25, 25, 18, 36}), Emotes: []event.Emote{}}
		switch s.IntN(8) {
		case 0:
			e.Comment.Sticker = &event.Emote{Text: "赞", ID: "official_147", URL: "https://example.com/a.png", Width: 162, Height: 162}
		case 1:
			e.Comment.Emotes = []event.Emote{{Text: "[dog]", ID: "emoji_208", URL: "https://example.com/d.png", Width: 20, Height: 20}}
			e.Comment.ReplyTo = &event.ReplyTo{ID: "12", Name: "園田"}
		}
	case 0, 1:
		key("gift")
		e.Kind, e.Cmd, e.User = event.KindGift, "SEND_GIFT", s.user()
		n := 1 + s.IntN(99)
		e.Gift = &event.Gift{ID: "31036", Name: pick(s, []string{"小花花", "情书", `"&<`}), Count: n, UnitPrice: event.Money(100 * (1 + s.IntN(50))), Action: "投喂"}
		if e.Gift.Paid = s.IntN(3) > 0; e.Gift.Paid {
			e.Gift.Total = e.Gift.UnitPrice * event.Money(n)
			if s.IntN(4) == 0 {
				e.Gift.Total -= 50
				e.Gift.BlindBox = &event.BlindBox{Name: "心动盲盒", Price: 15000}
			}
		}
	case 2:
		key("sc")
		e.Kind, e.Cmd, e.User = event.KindSuperChat, "SUPER_CHAT_MESSAGE", s.user()
		e.SuperChat = &event.SuperChat{ID: e.Key[3:], Text: s.words(), Price: event.Money(1000 * (30 + s.IntN(3000))), Seconds: 60 + s.IntN(7000), Start: e.At}
		e.SuperChat.End = e.SuperChat.Start + event.Millis(e.SuperChat.Seconds)*1000
	case 3:
		key("guard")
		e.Kind, e.Cmd, e.User = event.KindGuard, "GUARD_BUY", s.user()
		e.Guard = &event.Guard{Level: 3, Name: "舰长", Count: 1 + s.IntN(12), Unit: pick(s, []string{"月", "年", "*3天"}), Price: 138000}
	case 4:
		key("enter")
		e.Kind, e.Cmd, e.User, e.Enter = event.KindEnter, "INTERACT_WORD", s.user(), &event.Enter{}
	case 5:
		e.Kind, e.Cmd = event.KindStats, "WATCHED_CHANGE"
		n := s.Int64N(1 << 40)
		e.Stats = &event.Stats{Watched: &n}
	case 6:
		e.Kind, e.Cmd, e.RoomInfo = event.KindRoom, "ROOM_CHANGE", &event.RoomInfo{Title: s.words(), Area: "虚拟主播"}
	case 7:
		key("msg")
		e.Kind, e.Cmd, e.Notice = event.KindNotice, "NOTICE_MSG", &event.Notice{Text: s.words()}
		e.Raw = json.RawMessage(`{"cmd":"NOTICE_MSG","msg_common":"` + "\u0085" + `<%x%>"}`)
	}
	if s.IntN(20) == 0 && e.Key != "" {
		e.Of = e.Key + "0"
	}
	return e
}

func (s *sampler) list(n int) []event.Event {
	list := make([]event.Event, n)
	for i := range list {
		list[i] = s.next()
	}
	return list
}

// seq gives a list as writers take it.
func seq(list []event.Event) Events {
	return func(yield func(event.Event, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// collect reads all events; it fails on any error.
func collect(t *testing.T, r io.Reader, o ReadOptions) (Dialect, []event.Event) {
	t.Helper()
	d, list, unread := collectAll(t, r, o)
	for _, err := range unread {
		t.Errorf("not read: %v", err)
	}
	return d, list
}

// collectAll reads all events and the places that could not be read; it fails
// on other errors.
func collectAll(t *testing.T, r io.Reader, o ReadOptions) (Dialect, []event.Event, []*Unread) {
	t.Helper()
	d, events, err := Read(r, o)
	if err != nil {
		t.Fatal(err)
	}
	var list []event.Event
	var unread []*Unread
	for e, err := range events {
		var u *Unread
		switch {
		case errors.As(err, &u):
			unread = append(unread, u)
		case err != nil:
			t.Fatal(err)
		default:
			list = append(list, e)
		}
	}
	return d, list, unread
}

// same compares events by their public form.
func same(t *testing.T, got, want []event.Event, raw bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	wrong := 0
	for i := range min(len(got), len(want)) {
		g, w := got[i], want[i]
		g.Seq, w.Seq = 0, 0
		if a, b := g.AppendJSON(nil, raw), w.AppendJSON(nil, raw); !bytes.Equal(a, b) {
			t.Errorf("event %d\n got %s\nwant %s", i, a, b)
			if wrong++; wrong > 3 {
				return
			}
		}
	}
}

// only gives the events that pass.
func only(list []event.Event, pass func(*event.Event) bool) []event.Event {
	return slices.DeleteFunc(slices.Clone(list), func(e event.Event) bool { return !pass(&e) })
}

// mustWrite writes and fails on an error.
func mustWrite(t *testing.T, f Format, list []event.Event, o Options) ([]byte, Summary) {
	t.Helper()
	var b bytes.Buffer
	sum, err := Write(&b, f, seq(list), o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), sum
}
