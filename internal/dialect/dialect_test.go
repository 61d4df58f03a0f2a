package dialect

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
)

const room = event.RoomID(21452505)

func said(sort, id string, kind event.Kind) event.Event {
	return event.Event{Seq: 7, Key: sort + ":" + id, Platform: event.Bilibili, Room: room, Kind: kind, At: 1700000000123, Received: 1700000000456,
		User: &event.User{ID: "3546000", Name: "观众<b>", Face: "https://i0.hdslb.com/face.jpg", Guard: 3, Level: 21, Wealth: 12,
			Medal: &event.Medal{Name: "粉丝", Level: 24, Room: room, Lit: true, Guard: 3}}}
}

func aComment() event.Event {
	e := said("dm", "c1", event.KindComment)
	e.Comment = &event.Comment{Text: "草 & <i>[dog]", Emotes: []event.Emote{{Text: "[dog]", ID: "emoji_1", URL: "https://i0.hdslb.com/dog.png", Width: 20, Height: 20}},
		ReplyTo: &event.ReplyTo{ID: "42", Name: "主播"}}
	return e
}

func aGift() event.Event {
	e := said("gift", "g1", event.KindGift)
	e.Gift = &event.Gift{ID: "31036", Name: "小花花", Count: 5, UnitPrice: 100, Total: 500, Paid: true, Action: "投喂", Icon: "https://i0.hdslb.com/flower.png"}
	return e
}

func aSuperChat() event.Event {
	e := said("sc", "8001", event.KindSuperChat)
	e.SuperChat = &event.SuperChat{ID: "8001", Text: "加油", Translated: "頑張って", Price: 30_000, Seconds: 60, Start: 1700000000000, End: 1700000060000, Background: "#2a60b2"}
	return e
}

func aGuard() event.Event {
	e := said("guard", "p1", event.KindGuard)
	e.Guard = &event.Guard{Level: 3, Name: "舰长", Count: 2, Unit: "月", Price: 396_000, Renewal: true}
	return e
}

func aRecall(action, target string) event.Event {
	e := said("", "", event.KindModeration)
	e.Key, e.User, e.Moderation = "", nil, &event.Moderation{Action: action, Target: target}
	return e
}

func deleted(ids ...string) event.Event {
	e := said("", "", event.KindSuperChatDelete)
	e.Key, e.User, e.SuperChatDelete = "", nil, &event.SuperChatDelete{IDs: ids}
	return e
}

// tell gives a dialect's message as a client reads it.
func tell(t *testing.T, d Dialect, e event.Event) map[string]any {
	t.Helper()
	b := d.Append(nil, &e)
	if len(b) == 0 {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v in %s", d, err, b)
	}
	return m
}

// wantFields compares the named fields of an object with values as written in
// JSON.
func wantFields(t *testing.T, object any, want map[string]string) {
	t.Helper()
	m, ok := object.(map[string]any)
	if !ok {
		t.Fatalf("no object: %v", object)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		var w any
		if err := json.Unmarshal([]byte(want[name]), &w); err != nil {
			t.Fatal(name, err)
		}
		if got, there := m[name]; !there || !reflect.DeepEqual(got, w) {
			t.Errorf("%s: got %v (there: %t), want %v", name, got, there, w)
		}
	}
}

func TestBlivechatRowsHaveEighteenValuesInTheirOrder(t *testing.T) {
	m := tell(t, Blivechat, aComment())
	want := `[["https://i0.hdslb.com/face.jpg",1700000000,"观众<b>",1,"草 & <i>[dog]",3,0,21,0,1,24,"c1","",0,[],[],"3546000","粉丝"]]`
	var w []any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if m["cmd"] != 2.0 || !reflect.DeepEqual(m["data"], w[0]) {
		t.Errorf("got  %v\nwant %v", m["data"], w[0])
	}
}

func TestBlivechatTellsStickersAdministratorsAndForeignMedals(t *testing.T) {
	e := aComment()
	e.User.Admin, e.User.Medal.Room, e.User.Face = true, 1, ""
	e.Comment.Sticker = &event.Emote{URL: "https://i0.hdslb.com/sticker.png"}
	e.Comment.Lottery = true
	row := tell(t, Blivechat, e)["data"].([]any)
	for i, want := range map[int]any{0: noFace, 3: 2.0, 6: 1.0, 10: 0.0, 13: 1.0, 17: ""} {
		if row[i] != want {
			t.Errorf("value %d is %v, want %v", i, row[i], want)
		}
	}
	if p := row[14].([]any); len(p) != 1 || p[0] != "https://i0.hdslb.com/sticker.png" {
		t.Errorf("parameters of the sticker: %v", p)
	}
}

func TestBlivechatMoneyIsInTheUnitsOfItsMessages(t *testing.T) {
	m := tell(t, Blivechat, aGift())
	wantFields(t, m["data"], map[string]string{"id": `"g1"`, "totalCoin": "500", "totalFreeCoin": "0", "giftName": `"小花花"`, "num": "5", "giftId": "31036",
		"giftIconUrl": `"https://i0.hdslb.com/flower.png"`, "uid": `"3546000"`, "timestamp": "1700000000", "privilegeType": "3", "medalLevel": "24", "medalName": `"粉丝"`, "authorName": `"观众<b>"`})
	free := aGift()
	free.Gift.Paid, free.Gift.Total = false, 0
	wantFields(t, tell(t, Blivechat, free)["data"], map[string]string{"totalCoin": "0", "totalFreeCoin": "500"})
	wantFields(t, tell(t, Blivechat, aGuard())["data"], map[string]string{"privilegeType": "3", "num": "2", "unit": `"月"`, "total_coin": "396000"})
	wantFields(t, tell(t, Blivechat, aSuperChat())["data"], map[string]string{"id": `"8001"`, "price": "30", "content": `"加油"`, "translation": `"頑張って"`})
	for e, cmd := range map[*event.Event]float64{ptr(aGift()): 3, ptr(aGuard()): 4, ptr(aSuperChat()): 5} {
		if m := tell(t, Blivechat, *e); m["cmd"] != cmd {
			t.Errorf("%s is command %v, want %v", e.Kind, m["cmd"], cmd)
		}
		if m := tell(t, BlivechatPlugin, *e); m["cmd"] != cmd+48 {
			t.Errorf("%s is command %v to plugins, want %v", e.Kind, m["cmd"], cmd+48)
		}
	}
}

func ptr(e event.Event) *event.Event { return &e }

func TestBlivechatDeletesAndTranslatesByTheIdsItGave(t *testing.T) {
	for _, e := range []event.Event{deleted("8001"), aRecall("recall", "8001")} {
		m := tell(t, Blivechat, e)
		if m["cmd"] != 6.0 {
			t.Fatal(m)
		}
		wantFields(t, m["data"], map[string]string{"ids": `["8001"]`})
	}
	twin := aSuperChat()
	twin.Key, twin.Of = "scjpn:8001", "sc:8001"
	if m := tell(t, Blivechat, twin); m["cmd"] != 7.0 || !reflect.DeepEqual(m["data"], []any{"8001", "頑張って"}) {
		t.Errorf("translation: %v", m)
	}
	if m := tell(t, Laplace, twin); m != nil {
		t.Errorf("a repetition is told as if it were new: %v", m)
	}
}

func TestPluginsAreToldTheRoomOfEachEvent(t *testing.T) {
	m := tell(t, BlivechatPlugin, aComment())
	wantFields(t, m["extra"], map[string]string{"roomId": "21452505", "roomKey": `{"type":1,"value":21452505}`, "isFromPlugin": "false"})
	injected := aComment()
	injected.Platform = Injected
	wantFields(t, tell(t, BlivechatPlugin, injected)["extra"], map[string]string{"isFromPlugin": "true"})
	joined := PluginRoom(room, true)
	if len(joined) != 2 || !strings.Contains(string(joined[0]), `"cmd":2`) || !strings.Contains(string(joined[1]), `"isSuccess":true`) {
		t.Errorf("joined: %s", joined)
	}
	if left := PluginRoom(room, false); len(left) != 1 || !strings.Contains(string(left[0]), `"cmd":4`) {
		t.Errorf("left: %s", left)
	}
}

func TestAPageJoinsByTheKeysThatOldAndNewOnesSend(t *testing.T) {
	for message, want := range map[string]event.RoomID{
		`{"cmd":1,"data":{"roomKey":{"type":1,"value":21452505},"config":{"autoTranslate":false}}}`: room,
		`{"cmd":1,"data":{"roomKey":{"type":1,"value":"21452505"}}}`:                                room,
		`{"cmd":1,"data":{"roomId":21452505}}`:                                                      room,
		`{"cmd":1,"data":{"roomKey":{"type":2,"value":"CODE"}}}`:                                    0,
		`{"cmd":1,"data":{"roomKey":{"type":1,"value":-3}}}`:                                        0,
		`{"cmd":1,"data":null}`:                                                                     0,
		`{"cmd":2}`:                                                                                 0,
		`[]`:                                                                                        0,
		``:                                                                                          0,
	} {
		if got, err := Join([]byte(message)); got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: %d, %v", message, got, err)
		}
	}
}

func TestPluginsMayLogAndAddComments(t *testing.T) {
	s, err := ParsePlugin([]byte(`{"cmd":31,"data":{"content":"翻译","authorName":"机器人","uid":"1","avatarUrl":"","authorType":2,"guardLevel":9,"medalLevel":0,"translation":"","roomKey":{"type":1,"value":21452505}}}`))
	if err != nil || s.Text == nil || s.Text.Room != room || s.Text.Comment.Text != "翻译" || s.Text.User.Name != "机器人" || !s.Text.User.Admin || s.Text.User.Guard != 3 {
		t.Errorf("%+v, %v", s.Text, err)
	}
	if s, err := ParsePlugin([]byte(`{"cmd":30,"data":{"level":20,"msg":"started"}}`)); err != nil || s.Log != "started" {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := ParsePlugin([]byte(`{"cmd":0,"data":{}}`)); err != nil || s != (PluginSaid{}) {
		t.Errorf("a heartbeat says %+v, %v", s, err)
	}
	for _, bad := range []string{``, `7`, `{"cmd":31,"data":"x"}`, `{"cmd":30}`} {
		if s, err := ParsePlugin([]byte(bad)); err == nil {
			t.Errorf("%s is understood as %+v", bad, s)
		}
	}
}

func TestLaplaceEventsHaveTheFieldsOfTheirType(t *testing.T) {
	base := map[string]string{"origin": "21452505", "originIdx": "0", "uid": "3546000", "username": `"观众<b>"`, "timestamp": "1700000000123",
		"timestampNormalized": "1700000000123", "read": "false", "guardType": "3", "avatar": `"https://i0.hdslb.com/face.jpg"`,
		"medal": `{"level":24,"name":"粉丝","room":21452505,"guardType":3,"lightened":1}`}
	for name, c := range map[string]struct {
		e    event.Event
		want map[string]string
	}{
		"message": {aComment(), map[string]string{"id": `"c1"`, "idStr": `"c1"`, "message": `"草 & <i>[dog]"`, "userType": "0", "userLvl": "21", "sendType": "0",
			"reply": `{"uid":42,"uname":"主播"}`, "bmotes": `{"[dog]":{"url":"https://i0.hdslb.com/dog.png","width":20,"height":20}}`, "wealthMedalLevel": "12"}},
		"gift": {aGift(), map[string]string{"price": "500", "priceNormalized": "0.5", "coinType": `"gold"`, "giftAmount": "5", "giftId": "31036", "giftName": `"小花花"`,
			"giftAction": `"投喂"`, "blindGift": "null"}},
		"superchat": {aSuperChat(), map[string]string{"id": `"8001"`, "message": `"加油"`, "messageTrans": `"頑張って"`, "price": "30", "priceNormalized": "30", "duration": "60", "scId": "8001", "deleted": "false"}},
		"toast":     {aGuard(), map[string]string{"price": "396000", "priceNormalized": "396", "toastType": "3", "toastAmount": "2", "toastAmountUnit": `"月"`, "toastName": `"舰长"`}},
	} {
		t.Run(name, func(t *testing.T) {
			m := tell(t, Laplace, c.e)
			if m["type"] != name {
				t.Fatalf("type %v", m["type"])
			}
			wantFields(t, m, base)
			wantFields(t, m, c.want)
		})
	}
	wantFields(t, tell(t, Laplace, deleted("8001", "8002")), map[string]string{"type": `"superchat-delete"`, "scIds": "[8001,8002]"})
}

func TestLaplaceNamesEveryKindOfEvent(t *testing.T) {
	n := int64(99)
	with := func(kind event.Kind, set func(*event.Event)) event.Event {
		e := said("x", "1", kind)
		set(&e)
		return e
	}
	for _, c := range []struct {
		want string
		e    event.Event
	}{
		{"interaction", with(event.KindEnter, func(e *event.Event) { e.Enter = &event.Enter{} })},
		{"entry-effect", with(event.KindEnter, func(e *event.Event) { e.Enter = &event.Enter{Effect: true} })},
		{"interaction", with(event.KindFollow, func(e *event.Event) { e.Follow = &event.Follow{} })},
		{"interaction", with(event.KindShare, func(e *event.Event) { e.Share = &event.Share{} })},
		{"like-click", with(event.KindLike, func(e *event.Event) { e.Like = &event.Like{Text: "点赞了", Count: 1} })},
		{"live-start", with(event.KindLive, func(e *event.Event) { e.Live = &event.Live{} })},
		{"live-end", with(event.KindOffline, func(e *event.Event) { e.Offline = &event.Offline{} })},
		{"room-name-update", with(event.KindRoom, func(e *event.Event) { e.RoomInfo = &event.RoomInfo{Title: "t"} })},
		{"watched-update", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Watched: &n} })},
		{"likes-update", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Likes: &n} })},
		{"online-update", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Online: &n} })},
		{"room-meta-update", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Followers: &n} })},
		{"online-rank-update", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Top: []event.Ranked{{Rank: 1, ID: "5"}}} })},
		{"", with(event.KindStats, func(e *event.Event) { e.Stats = &event.Stats{Popularity: &n} })},
		{"live-warning", aRecall("warning", "")},
		{"live-cutoff", aRecall("cutoff", "")},
		{"message-recall", aRecall("recall", "c1")},
		{"user-block", aRecall("block", "42")},
		{"room-mute-on", aRecall("silence", "level")},
		{"room-mute-off", aRecall("silence_end", "")},
		{"mod-assign", aRecall("admin", "42")},
		{"mod-revoke", aRecall("admin_end", "42")},
		{"mod-list", aRecall("admins", "42,43")},
		{"red-envelope-start", with(event.KindRedPacket, func(e *event.Event) { e.RedPacket = &event.RedPacket{Phase: "start"} })},
		{"red-envelope-result", with(event.KindRedPacket, func(e *event.Event) { e.RedPacket = &event.RedPacket{Phase: "winners"} })},
		{"lottery-start", with(event.KindLottery, func(e *event.Event) { e.Lottery = &event.Lottery{Phase: "start"} })},
		{"lottery-result", with(event.KindLottery, func(e *event.Event) { e.Lottery = &event.Lottery{Phase: "award"} })},
		{"notice", with(event.KindNotice, func(e *event.Event) { e.Notice = &event.Notice{Text: "t"} })},
	} {
		got, _ := tell(t, Laplace, c.e)["type"].(string)
		if got != c.want {
			t.Errorf("%s %+v: type %q, want %q", c.e.Kind, c.e.Moderation, got, c.want)
		}
		if !slices.Contains(Laplace.Kinds(), c.e.Kind) {
			t.Errorf("%s is not among the kinds asked for", c.e.Kind)
		}
	}
}

func TestOneCommeCommentsAreMarkupThatIsSafeToShow(t *testing.T) {
	m := tell(t, OneComme, aComment())
	comments := m["data"].(map[string]any)["comments"].([]any)
	if m["type"] != "comments" || len(comments) != 1 {
		t.Fatal(m)
	}
	c := comments[0].(map[string]any)
	wantFields(t, c, map[string]string{"service": `"bilibili"`, "id": `"danmaku-21452505"`, "url": `"https://live.bilibili.com/21452505"`, "meta": `{"no":7}`})
	wantFields(t, c["data"], map[string]string{"id": `"c1"`, "userId": `"3546000"`, "liveId": `"21452505"`, "name": `"观众<b>"`, "isOwner": "false", "isModerator": "false", "isMember": "true",
		"hasGift": "false", "badges": `[{"url":"","label":"粉丝 24"}]`, "timestamp": `"2023-11-14T22:13:20.123Z"`, "comment": `"草 &amp; &lt;i&gt;[dog]"`, "speechText": `"草 & <i>[dog]"`})
}

func TestOneCommeGiftsSuperChatsAndGuardsCarryTheirPrice(t *testing.T) {
	for _, c := range []struct {
		e     event.Event
		price string
		id    string
	}{{aGift(), "0.5", `"g1"`}, {aSuperChat(), "30", `"8001"`}, {aGuard(), "396", `"p1"`}} {
		data := tell(t, OneComme, c.e)["data"].(map[string]any)["comments"].([]any)[0].(map[string]any)["data"]
		wantFields(t, data, map[string]string{"price": c.price, "hasGift": "true", "id": c.id})
	}
	if m := tell(t, OneComme, deleted("8001")); m["type"] != "deleted" || !reflect.DeepEqual(m["data"], []any{map[string]any{"id": "8001", "message": ""}}) {
		t.Errorf("deletion: %v", m)
	}
	if m := tell(t, OneComme, aRecall("recall_all", "")); m["type"] != "clear" {
		t.Errorf("all recalled: %v", m)
	}
	n := int64(12)
	stats := event.Event{Room: room, Kind: event.KindStats, Stats: &event.Stats{Online: &n}}
	wantFields(t, tell(t, OneComme, stats)["data"], map[string]string{"meta": `{"viewer":12}`, "service": `{"id":"danmaku-21452505","url":"https://live.bilibili.com/21452505"}`})
}

func TestSocialStreamMessagesAreFlatAndPlainText(t *testing.T) {
	wantFields(t, any(tell(t, SocialStream, aComment())), map[string]string{"chatname": `"观众<b>"`, "chatmessage": `"草 & <i>[dog]"`, "textonly": "true", "type": `"bilibili"`,
		"chatimg": `"https://i0.hdslb.com/face.jpg"`, "hasDonation": `""`, "membership": `"舰长"`, "moderator": "false", "userid": `"3546000"`, "id": `"c1"`, "chatbadges": "[]"})
	wantFields(t, any(tell(t, SocialStream, aSuperChat())), map[string]string{"hasDonation": `"30 CNY"`, "chatmessage": `"加油"`, "backgroundColor": `"#2a60b2"`})
	wantFields(t, any(tell(t, SocialStream, aGift())), map[string]string{"hasDonation": `"0.5 CNY"`, "chatmessage": `"投喂 小花花 ×5"`})
	wantFields(t, any(tell(t, SocialStream, aGuard())), map[string]string{"hasDonation": `"396 CNY"`, "chatmessage": `"续费了舰长 ×2月"`})
	if m := tell(t, SocialStream, deleted("1")); m != nil {
		t.Errorf("it has no word for a deletion, but says %v", m)
	}
}

func TestSocialStreamPagesJoinAndAreAnsweredWhenTheyAsk(t *testing.T) {
	s, err := ParseSocialStream([]byte(`{"join":"SESSION","in":4,"out":3}`))
	if err != nil || s.Join != "SESSION" || s.In != 4 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = ParseSocialStream([]byte(`{"action":"getQueue","value":1,"get":"abc"}`))
	if err != nil || string(s.Reply) != `{"callback":{"get":"abc","result":false}}` {
		t.Errorf("%s, %v", s.Reply, err)
	}
	if SessionRoom("21452505") != room || SessionRoom("SESSION") != 0 || SessionRoom("-1") != 0 {
		t.Error("a session is not read as a room")
	}
}

func TestNoDialectTellsARepetitionOrFailsOnAnEmptyEvent(t *testing.T) {
	for d := Blivechat; d <= SocialStream; d++ {
		copied := aGift()
		copied.Of = "gift:g0"
		if m := tell(t, d, copied); m != nil {
			t.Errorf("%s counts a gift twice: %v", d, m)
		}
		for _, kind := range event.Kinds() {
			tell(t, d, event.Event{Kind: kind})
		}
	}
}

func TestPeopleWithoutANameOrIdAreStillTold(t *testing.T) {
	e := aComment()
	e.User, e.Key = &event.User{Masked: true}, ""
	for d := Blivechat; d <= SocialStream; d++ {
		if m := tell(t, d, e); m == nil {
			t.Errorf("%s leaves out who is hidden", d)
		}
	}
	wantFields(t, any(tell(t, Laplace, e)), map[string]string{"uid": "0", "id": `"1700000000456-7"`})
}

func FuzzWhatClientsSay(f *testing.F) {
	for _, s := range []string{`{"cmd":1,"data":{"roomKey":{"type":1,"value":1}}}`, `{"cmd":31,"data":{"content":"x","roomKey":null}}`, `{"join":1,"in":4}`, `{"action":"a","get":{}}`, `{"cmd":1,"data":{"roomId":"\ud800"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if room, err := Join(b); (err == nil) != (room > 0) {
			t.Errorf("room %d, %v", room, err)
		}
		if s, err := ParsePlugin(b); err == nil && s.Text != nil {
			for d := Blivechat; d <= BlivechatPlugin; d++ {
				if !json.Valid(d.Append(nil, s.Text)) {
					t.Error("a plugin's comment is not passed on as JSON")
				}
			}
		}
		if s, err := ParseSocialStream(b); err == nil && s.Reply != nil && !json.Valid(s.Reply) {
			t.Errorf("answer %s", s.Reply)
		}
	})
}
