package decoder

import (
	"strings"
	"testing"
)

// uncaptured are commands that are described (protocol.md, section 3.2 and 4)
// and of which no capture is at hand, and what their events say. Of an event
// the parts written down are looked for.
var uncaptured = []struct{ command, event string }{
	{strings.Replace(testComment, "DANMU_MSG", "DANMU_MSG_MIRROR:4:0:2:2:2:0", 1),
		`"kind":"comment","cmd":"DANMU_MSG_MIRROR" "mirror":true "id":"3546000000000001"`},
	{strings.Replace(testComment, `1790000000123,1789990000,0,"95efc4a4",0,0`, `1790000000123,1789990000,0,"95efc4a4",0,2`, 1), `"kind":"comment" "lottery":true`},
	{strings.Replace(testComment, `"activity_identity":"","activity_source":0`, `"activity_identity":"1234","activity_source":2`, 1), `"lottery":true`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_DM_MIRROR","data":{"room_id":5,"open_id":"o1","uname":"鸟","msg":"hi","msg_id":"m1","timestamp":1790000000}}`,
		`"key":"dm:m1" "kind":"comment" "at":1790000000000 "id":"o1" "text":"hi" "mirror":true`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_DM","data":{"open_id":"o1","uname":"鸟","msg":"赞","msg_id":"m2","dm_type":1,"emoji_img_url":"http://i0.example/a.png","glory_level":4,"guard_level":2,"is_admin":1,"reply_open_id":"o2","reply_uname":"鱼","timestamp":1790000000}}`,
		`"sticker":{"text":"赞","url":"http://i0.example/a.png","width":0,"height":0} "reply_to":{"id":"o2","name":"鱼"} "admin":true "guard":2 "wealth":4`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_SEND_GIFT","data":{"open_id":"o1","uname":"鸟","gift_id":31036,"gift_name":"小花花","gift_num":3,"price":1000,"r_price":800,"paid":true,"combo_info":{"combo_id":"c1"},"blind_gift":{"blind_gift_id":1,"status":true},"msg_id":"m3","timestamp":1790000000,"anchor_info":{"open_id":"o9","uname":"主播"}}}`,
		`"key":"gift:m3" "count":3 "unit_price":1000 "total":2400 "paid":true "combo":"c1" "blind_box":{"name":"","price":800} "receiver":{"id":"o9","name":"主播"}`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_SEND_GIFT","data":{"open_id":"o1","uname":"鸟","gift_id":1,"gift_name":"辣条","gift_num":3,"price":100,"paid":false,"msg_id":"m4","timestamp":1790000000}}`,
		`"count":3 "unit_price":0 "total":0 "paid":false`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_SUPER_CHAT","data":{"open_id":"o1","uname":"鸟","message_id":77,"message":"hi","rmb":30,"start_time":1790000000,"end_time":1790000060,"timestamp":1790000000,"msg_id":"m5"}}`,
		`"key":"sc:77" "kind":"superchat" "id":"77","text":"hi" "price":30000 "seconds":60 "background":"#2a60b2"`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL","data":{"room_id":5,"message_ids":[77,78],"msg_id":"m6"}}`, `"key":"scdel:77,78" "superchat_delete":{"ids":["77","78"]}`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_GUARD","data":{"user_info":{"open_id":"o1","uname":"鸟","uface":""},"guard_level":3,"guard_num":1,"guard_unit":"*3天","price":30000,"msg_id":"m7","timestamp":1790000000}}`,
		`"key":"guard:m7" "kind":"guard" "level":3,"name":"舰长","count":1,"unit":"*3天","price":30000`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_LIKE","data":{"open_id":"o1","uname":"鸟","like_text":"点赞","like_count":12,"timestamp":1790000000,"msg_id":"m8"}}`, `"key":"msg:m8" "like":{"text":"点赞","count":12}`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_LIVE_ROOM_ENTER","data":{"open_id":"o1","uname":"鸟","timestamp":1790000000}}`, `"kind":"enter" "id":"o1","name":"鸟" "at":1790000000000`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_LIVE_START","data":{"open_id":"o9","timestamp":1790000000,"title":"唱歌","area_name":"唱见","msg_id":"m9"}}`, `"kind":"live" "start":1790000000000`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_LIVE_END","data":{"open_id":"o9","timestamp":1790000000,"msg_id":"m10"}}`, `"kind":"offline" "at":1790000000000`},
	{`{"cmd":"LIVE_OPEN_PLATFORM_INTERACTION_END","data":{"game_id":"g1","timestamp":1790000000}}`, `"kind":"other"`},
	{`{"cmd":"INTERACT_WORD","data":{"uid":7,"uname":"鸟","msg_type":4,"trigger_time":1790000000123456789}}`, `"key":"follow:1790000000123456789:7" "follow":{"special":true}`},
	{`{"cmd":"INTERACT_WORD","data":{"uid":7,"uname":"鸟","msg_type":5,"timestamp":1790000000}}`, `"follow":{"mutual":true} "at":1790000000000`},
	{`{"cmd":"INTERACT_WORD","data":{"uid":"7","uname":"鸟","msg_type":6,"timestamp":1790000000,"identities":[1,2]}}`, `"kind":"like" "id":"7" "admin":true`},
	{`{"cmd":"WELCOME_GUARD","data":{"uid":7,"username":"鸟","guard_level":2}}`, `"kind":"enter" "guard":2 "enter":{"effect":true}`},
	{`{"cmd":"ROOM_LOCK","expire":"2026-11-22 14:30:00","roomid":5}`, `"action":"lock","target":"","operator":"platform","until":1795329000000`},
	{`{"cmd":"RECALL_DANMU_MSG","data":{"recall_type":1,"target_id":4711}}`, `"action":"recall","target":"4711"`},
	{`{"cmd":"RECALL_DANMU_MSG","data":{"recall_type":3,"target_id":0}}`, `"action":"recall_all","target":""`},
	{`{"cmd":"ROOM_SILENT_ON","data":{"type":"wealth","level":5,"second":-1,"msg":"安静"}}`, `"action":"silence","target":"wealth" "until":0 "text":"安静" "level":5`},
	{`{"cmd":"ROOM_BLOCK_MSG","uid":"7","uname":"鸟"}`, `"action":"block","target":"7","operator":""`},
	{`{"cmd":"ROOM_BLOCK_MSG","data":{"uid":7,"uname":"鸟","operator":1,"block_expired":1790003600,"vaild_period":"1小时"}}`, `"operator":"admin","until":1790003600000,"text":"1小时"`},
	{`{"cmd":"POPULARITY_RED_POCKET_V2_START","data":{"lot_id":5,"sender_uid":7,"sender_name":"鸟","total_price":1600,"start_time":1790000000,"end_time":1790000180,"awards":[{"gift_id":1,"gift_name":"a","num":2},{"gift_id":2,"gift_name":"b","num":3}]}}`,
		`"key":"redpacket:5:start" "phase":"start","price":0,"value":1600 "count":5`},
	{`{"cmd":"POPULARITY_RED_POCKET_V2_NEW","data":{"lot_id":5,"uid":7,"uname":"鸟","price":20,"num":1,"start_time":1790000000}}`, `"key":"redpacket:5:bought" "phase":"bought","price":2000`},
	{`{"cmd":"POPULARITY_RED_POCKET_V2_WINNER_LIST","data":{"lot_id":5,"total_num":1,"winner_info":[[7,"鸟",1,31036]],"awards":{"31036":{"award_name":"小花花"}}}}`,
		`"awards":[{"id":"31036","name":"小花花","count":1,"winner":{"id":"7","name":"鸟"}}]`},
	{`{"cmd":"SUPER_CHAT_MESSAGE","data":{"id":"9","uid":"7","price":"52.5","message":"hi","message_trans":"やあ","start_time":1790000000,"end_time":1790000120,"user_info":{"uname":"鸟"}}}`,
		`"key":"sc:9" "price":52500 "translated":"やあ" "seconds":120 "background":"#427d9e"`},
	{`{"cmd":"SUPER_CHAT_MESSAGE_DELETE","data":{"ids":["9",10]}}`, `"ids":["9","10"]`},
	{`{"cmd":"USER_TOAST_MSG","data":{"uid":7,"username":"鸟","guard_level":3,"num":3,"unit":"月","price":198000,"payflow_id":"p1","op_type":2,"start_time":1790000000}}`, `"price":594000,"renewal":true`},
	{`{"cmd":"USER_TOAST_MSG","data":{"uid":7,"username":"鸟","guard_level":3,"num":3,"unit":"月","price":474000,"payflow_id":"p1","toast_msg":"<%鸟%> 续费了舰长","start_time":1790000000}}`, `"price":474000,"renewal":true`},
	{`{"cmd":"ONLINE_RANK_COUNT","data":{"count":9999,"online_count":412345}}`, `"stats":{"online":412345}`},
	{`{"cmd":"LIVE","live_key":"5","sub_session_key":"5sub_time:1790000000","roomid":5}`, `"key":"live:5sub_time:1790000000" "at":1790000000000 "session":"5","start":0`},
	{`{"cmd":"ADMIN_SHIELD_KEYWORD","data":{"action":1,"keyword":"x","name":"鸟","uid":7}}`, `"kind":"other"`},
}

func TestCommandsWithoutACaptureBecomeTheirEvents(t *testing.T) {
	for _, c := range uncaptured {
		e := one(t, c.command)
		got := string(e.AppendJSON(nil, false))
		for part := range strings.FieldsSeq(c.event) {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nhas no %s:\n%s", c.command, part, got)
			}
		}
		if d := driftedBy(t, c.command).Drift(); len(d.Commands) > 0 {
			t.Errorf("%s: not known: %+v", c.command, d.Commands)
		}
	}
}
