package decoder

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"danmaku/decoder/internal/pb"
	"danmaku/event"

	"google.golang.org/protobuf/proto"
)

// testV2 is what dm_v2 held in 2023.
func testV2() *pb.Comment {
	return &pb.Comment{
		IdStr: []byte("2b4f3d"), Mode: 1, FontSize: 25, Color: 0xffffff, Text: []byte("早上好[dog]"), Time: 1690000000123,
		Emotes: []*pb.Comment_NamedEmote{{Token: []byte("[dog]"), Emote: &pb.Comment_Emote{Unique: []byte("emoji_208"), Url: []byte("http://i0.example/dog.png"), Width: 60, Height: 62}}},
		User: &pb.Comment_Sender{Uid: 77, Name: []byte("早起的鸟"), Face: []byte("https://i0.example/face.jpg"),
			Medal: &pb.Comment_Medal{Level: 26, Name: []byte("星星"), Color: 0x06154c, GuardLevel: 3, IsLighted: 1},
			Level: &pb.Comment_Level{Level: 24}, Wealth: &pb.Comment_Wealth{Level: 31}},
		Room: &pb.Comment_Streamer{Uid: 780791, Name: []byte("星星主播"), Roomid: 5561470},
	}
}

// commentOf2023 is a comment in the old lists, with m as its dm_v2.
func commentOf2023(t *testing.T, list string, m *pb.Comment) string {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"cmd":"DANMU_MSG","dm_v2":"%s"%s}`, base64.StdEncoding.EncodeToString(b), list)
}

const listOf2023 = `,"info":[[0,1,25,16777215,1690000000123,1689990000,0,"95efc4a4",0,0,0,"",0,"{}","{}"],"早上好[dog]",[77,"早起的鸟",0,0,0,10000,1,""],[],[24,0,5805790,">50000",2],["",""],0,3,null,{"ct":"AFFF4206","ts":1690000000}]`

func TestV2CompletesACommentOfItsTime(t *testing.T) {
	e := one(t, commentOf2023(t, listOf2023, testV2()))
	want := &event.User{ID: "77", Name: "早起的鸟", Face: "https://i0.example/face.jpg", Guard: 3, Level: 24, Wealth: 31,
		Medal: &event.Medal{Name: "星星", Level: 26, Room: 5561470, Owner: "星星主播", Lit: true, Guard: 3, Color: "#06154c"}}
	if e.Key != "dm:2b4f3d" || !reflect.DeepEqual(e.User, want) {
		t.Errorf("key %q, user %+v with medal %+v", e.Key, e.User, e.User.Medal)
	}
	emotes := []event.Emote{{Text: "[dog]", ID: "emoji_208", URL: "http://i0.example/dog.png", Width: 60, Height: 62}}
	if !reflect.DeepEqual(e.Comment.Emotes, emotes) || e.Comment.Sticker != nil {
		t.Errorf("emotes %+v, sticker %+v", e.Comment.Emotes, e.Comment.Sticker)
	}
}

func TestACommentThatIsOnlyInV2IsDecoded(t *testing.T) {
	m := testV2()
	m.Mode, m.Color, m.Kind = 5, 0xff6868, kindPicture
	e := one(t, commentOf2023(t, "", m))
	c := &event.Comment{Text: "早上好[dog]", Mode: "top", Size: 25, Color: "#ff6868",
		Sticker: &event.Emote{Text: "[dog]", ID: "emoji_208", URL: "http://i0.example/dog.png", Width: 60, Height: 62}}
	if e.Key != "dm:2b4f3d" || e.At != 1690000000123 || !reflect.DeepEqual(e.Comment, c) || e.User.ID != "77" || e.User.Medal == nil || e.User.Wealth != 31 {
		t.Errorf("%+v %+v %+v", e, e.Comment, e.User)
	}
}

// Another scheme was in use in February 2023, its text in the place of the
// time: it gives itself away.
func TestV2OfAnotherSchemeIsLeftAlone(t *testing.T) {
	other := testV2()
	other.Text = []byte("something else")
	bare := one(t, commentOf2023(t, listOf2023, &pb.Comment{}))
	e := one(t, commentOf2023(t, listOf2023, other))
	if e.Key != bare.Key || e.Key == "dm:2b4f3d" || !reflect.DeepEqual(e.User, bare.User) || !reflect.DeepEqual(e.Comment, bare.Comment) {
		t.Errorf("%+v %+v %+v", e, e.User, e.Comment)
	}
}

func TestV2DoesNotTellWhomTheCommentHides(t *testing.T) {
	hidden := `,"info":[[0,1,25,16777215,1690000000123,1689990000,0,"95efc4a4",0,0,0,"",0,"{}","{}"],"早上好[dog]",[0,"早***",0,0,0,10000,1,""],[],[24,0,5805790,">50000",2],["",""],0,0,null,{"ct":"AFFF4206","ts":1690000000}]`
	if e := one(t, commentOf2023(t, hidden, testV2())); e.User.ID != "" || !e.User.Masked || e.User.Name != "早***" {
		t.Errorf("%+v", e.User)
	}
}

func TestBrokenV2DoesNotSpoilTheComment(t *testing.T) {
	for _, v2 := range []string{"!!!", "AA", "null"} {
		e := one(t, `{"cmd":"DANMU_MSG","dm_v2":"`+v2+`"`+listOf2023+`}`)
		if e.Comment == nil || e.Comment.Text != "早上好[dog]" || e.Key == "" {
			t.Errorf("%q: %+v", v2, e)
		}
	}
}

// What a comment without an id is known by: two that differ in any of moment,
// sender, check token, random number and text are two comments.
func TestCommentsWithoutAnIDAreToldApart(t *testing.T) {
	base := `{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,1690000000123,1689990000,0,"95efc4a4",0],"早上好",[77,"早起的鸟",0],[],[24],["",""],0,3,null,{"ct":"AFFF4206","ts":1690000000}]}`
	key := one(t, base).Key
	if key == "" || key != one(t, base).Key {
		t.Fatalf("key %q", key)
	}
	for _, change := range [][2]string{{"1690000000123,", "1690000000124,"}, {"1689990000,", "1689990001,"}, {"早上好", "早上坏"}, {"[77,", "[78,"}, {"AFFF4206", "AFFF4207"}} {
		other := one(t, replaceOnce(t, base, change[0], change[1])).Key
		if other == key || other == "" {
			t.Errorf("%q instead of %q has the key %q too", change[1], change[0], other)
		}
	}
	// Hidden senders are told apart by their hash.
	a := one(t, replaceOnce(t, base, "[77,", "[0,")).Key
	b := one(t, replaceOnce(t, replaceOnce(t, base, "[77,", "[0,"), "95efc4a4", "95efc4a5")).Key
	if a == b {
		t.Errorf("two hidden senders have the key %q", a)
	}
}

func replaceOnce(t *testing.T, s, old, new string) string {
	t.Helper()
	if strings.Count(s, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(s, old))
	}
	return strings.Replace(s, old, new, 1)
}
