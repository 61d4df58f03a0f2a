package decoder

import (
	"reflect"
	"testing"

	"danmaku/event"
)

// testComment has the shape of 2026: 18 elements, uinfo, extra with an emote.
const testComment = `{"cmd":"DANMU_MSG","dm_v2":"","info":[[0,4,25,16772431,1790000000123,1789990000,0,"95efc4a4",0,0,0,"",0,"{}","{}",` +
	`{"extra":"{\"send_from_me\":false,\"mode\":0,\"color\":16772431,\"dm_type\":0,\"content\":\"早上好[dog]\\u0026[热]\",\"user_hash\":\"2515518628\",` +
	`\"emots\":{\"[热]\":{\"count\":1,\"emoji\":\"[热]\",\"emoticon_unique\":\"emoji_278\",\"height\":20,\"url\":\"http://i0.example/hot.png\",\"width\":20},` +
	`\"[dog]\":{\"count\":1,\"emoji\":\"[dog]\",\"emoticon_unique\":\"emoji_208\",\"height\":60,\"url\":\"http://i0.example/dog.png\",\"width\":60}},` +
	`\"id_str\":\"1a82ab483a320856767d27739f69b3bb7955\",\"reply_mid\":3546000000000077,\"reply_uname\":\"小\\\"明\\\"\",\"is_mirror\":false}","mode":0,"show_player_type":0,` +
	`"user":{"base":{"face":"https://i0.example/face.jpg","is_mystery":false,"name":"早起的鸟"},"guard":{"level":3},"medal":{"color":398668,"guard_level":3,"id":1,"is_light":1,"level":26,"name":"星星","ruid":780791},` +
	`"uid":3546000000000001,"wealth":{"level":31}}},{"activity_identity":"","activity_source":0,"not_show":0},42],` +
	`"早上好[dog]&[热]",[3546000000000001,"早起的鸟",1,0,0,10000,1,"#00D1F1"],[26,"星星","星星主播",5561470,398668,"",0,398668,398668,6850801,3,1,780791],` +
	`[24,0,5805790,">50000",2],["",""],0,3,null,{"ct":"AFFF4206","ts":1790000000},0,0,null,null,0,104,[30],null]}`

func TestCommentOfToday(t *testing.T) {
	e := one(t, testComment)
	want := event.Event{
		Key: "dm:1a82ab483a320856767d27739f69b3bb7955", Platform: event.Bilibili, Room: testRoom, Kind: event.KindComment, Cmd: "DANMU_MSG",
		At: 1790000000123, Received: testReceived,
		User: &event.User{ID: "3546000000000001", Name: "早起的鸟", Face: "https://i0.example/face.jpg", Guard: 3, Admin: true, Level: 24, Wealth: 31,
			Medal: &event.Medal{Name: "星星", Level: 26, Room: 5561470, Owner: "星星主播", Lit: true, Guard: 3, Color: "#06154c"}},
		Comment: &event.Comment{Text: "早上好[dog]&[热]", Mode: "bottom", Color: "#ffed4f", Size: 25,
			Emotes: []event.Emote{
				{Text: "[dog]", ID: "emoji_208", URL: "http://i0.example/dog.png", Width: 60, Height: 60},
				{Text: "[热]", ID: "emoji_278", URL: "http://i0.example/hot.png", Width: 20, Height: 20},
			},
			ReplyTo: &event.ReplyTo{ID: "3546000000000077", Name: `小"明"`}},
		Raw: []byte(testComment),
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v %+v %+v\nwant %+v %+v %+v", e, e.User, e.Comment, want, want.User, want.Comment)
	}
}
