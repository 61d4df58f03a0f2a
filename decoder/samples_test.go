package decoder

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// shared is the folder of captures beside the repository.
var shared = filepath.Join("..", "..", "shared")

// sampleFields is the table of commands, their kind, and where in the command
// each field of the event is from. A source path goes through objects (.key),
// lists ([2]), JSON text ($) and protobuf (#3); several are tried in turn
// ("|"), and a last word says how the value changes on its way.
const sampleFields = `
DANMU_MSG comment
	key info[0][15].extra.$.id_str dm
	at info[0][4]
	user.id info[2][0] id
	user.name info[2][1]
	user.admin info[2][2] bool
	user.level info[4][0]
	user.guard info[7]
	user.wealth info[0][15].user.wealth.level|info[16][0]
	user.face info[0][15].user.base.face
	user.medal.name info[0][15].user.medal.name|info[3][1]
	user.medal.level info[0][15].user.medal.level|info[3][0]
	user.medal.owner info[3][2]
	user.medal.room info[3][3]
	comment.text info[1]
	comment.size info[0][2]
	comment.color info[0][3] color
	comment.mode info[0][1] mode
	comment.sticker.url info[0][13].url
	comment.sticker.id info[0][13].emoticon_unique
	comment.sticker.width info[0][13].width
	comment.sticker.height info[0][13].height
	comment.emotes info[0][15].extra.$.emots count
	comment.reply_to.id info[0][15].extra.$.reply_mid id
	comment.reply_to.name info[0][15].extra.$.reply_uname
SEND_GIFT gift
	key data.tid gift
	at data.timestamp seconds
	user.id data.uid id
	user.name data.uname
	user.face data.face
	user.guard data.guard_level
	user.wealth data.wealth_level
	user.medal.name data.sender_uinfo.medal.name|data.medal_info.medal_name
	user.medal.level data.sender_uinfo.medal.level|data.medal_info.medal_level
	gift.id data.giftId text
	gift.name data.giftName
	gift.count data.num
	gift.action data.action
	gift.combo data.batch_combo_id
	gift.icon data.gift_info.img_basic
	gift.unit_price data.price gold
	gift.total data.total_coin gold
	gift.paid data.coin_type isgold
	gift.blind_box.name data.blind_gift.original_gift_name
	gift.blind_box.price data.blind_gift.original_gift_price
	gift.receiver.id data.send_master.uid|data.receive_user_info.uid id
	gift.receiver.name data.send_master.uname|data.receive_user_info.uname
SEND_GIFT_V2 gift
	key data.pb#10#9 gift
	at data.pb#10#10 seconds
	user.id data.pb#1 id
	user.name data.pb#2
	user.face data.pb#3
	user.wealth data.pb#13#1
	user.medal.name data.pb#15#3#1
	user.medal.level data.pb#15#3#2
	gift.id data.pb#10#1 text
	gift.name data.pb#10#2
	gift.count data.pb#10#3
	gift.unit_price data.pb#10#5 goldv2
	gift.total data.pb#10#7 goldv2
	gift.combo data.pb#10#12
	gift.action data.pb#10#18
	gift.icon data.pb#10#35#1
	gift.receiver.id data.pb#10#29#2 id
	gift.receiver.name data.pb#10#29#1
INTERACT_WORD enter,share,follow
	at data.trigger_time nanoseconds
	user.id data.uid id
	user.name data.uname
	user.guard data.privilege_type
	user.face data.uinfo.base.face
	user.wealth data.uinfo.wealth.level
	user.medal.name data.fans_medal.medal_name
	user.medal.level data.fans_medal.medal_level
	user.medal.room data.fans_medal.anchor_roomid
INTERACT_WORD_V2 enter
	at data.pb#15|data.pb#7 moment
	user.id data.pb#1 id
	user.name data.pb#2
	user.masked data.pb#1 hidden
	user.face data.pb#22#2#2
	user.wealth data.pb#22#4#1
	user.guard data.pb#22#6#1
	user.medal.name data.pb#9#3
	user.medal.level data.pb#9#2
	user.medal.room data.pb#9#12
ENTRY_EFFECT enter
	at data.trigger_time nanoseconds
	user.id data.uid id
	user.face data.face
	user.guard data.privilege_type
	user.wealth data.uinfo.wealth.level|data.wealthy_info.level
	enter.effect cmd bool
ENTRY_EFFECT_MUST_RECEIVE enter
	at data.trigger_time nanoseconds
	user.id data.uid id
	user.name data.uinfo.base.name
	enter.effect cmd bool
WELCOME enter
	user.id data.uid id
	user.name data.uname
	enter.effect cmd bool
LIKE_INFO_V3_CLICK like
	user.id data.uid id
	user.name data.uname
	user.medal.name data.fans_medal.medal_name
	user.guard data.uinfo.guard.level
	like.text data.like_text
LIKE_INFO_V3_UPDATE stats
	stats.likes data.click_count
WATCHED_CHANGE stats
	stats.watched data.num
ONLINE_RANK_COUNT stats
	stats.online data.online_count|data.count
ONLINE_RANK_V2 stats
	stats.top[0].id data.list[0].uid id
	stats.top[0].name data.list[0].uname
	stats.top[0].score data.list[0].score number
	stats.top[6].rank data.list[6].rank
	stats.top[7].id data.list[7].uid id
ONLINE_RANK_V3 stats
	stats.top[0].id data.pb#3#1 id
	stats.top[0].name data.pb#3#4
	stats.top[0].score data.pb#3#3 number
	stats.top[0].guard data.pb#3#6
ONLINE_RANK_TOP3 stats
	stats.top[0].rank data.list[0].rank
	stats.top[0].name data.list[0].msg marked
ROOM_REAL_TIME_MESSAGE_UPDATE stats
	stats.followers data.fans
	stats.fan_club data.fans_club
SUPER_CHAT_MESSAGE superchat
	key data.id sc
	at data.start_time seconds
	user.id data.uid id
	user.name data.user_info.uname
	user.face data.user_info.face
	user.guard data.user_info.guard_level
	user.level data.user_info.user_level
	user.medal.name data.medal_info.medal_name
	user.medal.level data.medal_info.medal_level
	user.medal.owner data.medal_info.anchor_uname
	user.medal.room data.medal_info.anchor_roomid
	superchat.id data.id text
	superchat.text data.message
	superchat.translated data.message_trans
	superchat.price data.price cny
	superchat.seconds data.time
	superchat.start data.start_time seconds
	superchat.end data.end_time seconds
SUPER_CHAT_MESSAGE_JPN other
	of data.id sc
	user.id data.uid id
	user.name data.user_info.uname
SUPER_CHAT_MESSAGE_DELETE superchat_delete
	superchat_delete.ids[0] data.ids[0] text
GUARD_BUY guard
	at data.start_time seconds
	user.id data.uid id
	user.name data.username
	guard.level data.guard_level
	guard.name data.gift_name
	guard.count data.num
	guard.price data.price
USER_TOAST_MSG guard
	key data.payflow_id guard
	at data.start_time seconds
	user.id data.uid id
	user.name data.username
	user.guard data.guard_level
	guard.level data.guard_level
	guard.name data.role_name
	guard.count data.num
	guard.unit data.unit
	guard.price data.price
	guard.renewal data.toast_msg renewal
USER_TOAST_MSG_V2 guard
	key data.pay_info.payflow_id guard
	at data.guard_info.start_time seconds
	user.id data.sender_uinfo.uid id
	user.name data.sender_uinfo.base.name
	user.face data.sender_uinfo.base.face
	guard.level data.guard_info.guard_level
	guard.name data.guard_info.role_name
	guard.count data.pay_info.num
	guard.unit data.pay_info.unit
	guard.price data.pay_info.price
LIVE live
	at live_time seconds
	live.session live_key
	live.start live_time seconds
PREPARING offline
	key msg_id msg
	offline.rotation round bool
ROOM_CHANGE room
	room_info.title data.title
	room_info.area data.area_name trim
	room_info.parent_area data.parent_area_name
WARNING moderation
	moderation.text msg
CUT_OFF moderation
	moderation.text msg
CUT_OFF_V2 moderation
	at data.timestamp seconds
ROOM_BLOCK_MSG moderation
	moderation.target data.uid id
	user.name data.uname
ROOM_SILENT_ON moderation
	moderation.target data.type
	moderation.until data.second seconds
ROOM_SILENT_OFF moderation
RECALL_DANMU_MSG moderation
	moderation.target data.target_id id
ROOM_ADMINS moderation
	moderation.target uids list
room_admin_entrance moderation
	moderation.target uid id
	moderation.text msg
ROOM_ADMIN_REVOKE moderation
	moderation.target uid id
	moderation.text msg
POPULARITY_RED_POCKET_START redpacket
	redpacket.id data.lot_id text
	at data.current_time seconds
	user.id data.sender_uid id
	user.name data.sender_name
	redpacket.value data.total_price
	redpacket.comment data.danmu
	redpacket.start data.start_time seconds
	redpacket.end data.end_time seconds
	redpacket.awards[2].id data.awards[2].gift_id id
	redpacket.awards[2].name data.awards[2].gift_name
	redpacket.awards[2].count data.awards[2].num
POPULARITY_RED_POCKET_NEW redpacket
	redpacket.id data.lot_id text
	at data.current_time seconds
	user.id data.uid id
	user.name data.uname
	user.medal.name data.medal_info.medal_name
	redpacket.price data.price batteries
	redpacket.count data.num
POPULARITY_RED_POCKET_WINNER_LIST redpacket
	redpacket.id data.lot_id text
	redpacket.count data.total_num
	redpacket.awards data.winner_info count
	redpacket.awards[1].winner.id data.winner_info[1][0] id
	redpacket.awards[1].winner.name data.winner_info[1][1]
	redpacket.awards[1].id data.winner_info[1][3] id
ANCHOR_LOT_START lottery
	lottery.id data.id text
	at data.current_time seconds
	lottery.name data.award_name
	lottery.count data.award_num
	lottery.comment data.danmu
	lottery.require data.require_text
	lottery.seconds data.time
ANCHOR_LOT_AWARD lottery
	lottery.id data.id text
	lottery.name data.award_name
	lottery.awards data.award_users count
	lottery.awards[0].winner.id data.award_users[0].uid id
	lottery.awards[0].winner.name data.award_users[0].uname
ANCHOR_LOT_END lottery
	lottery.id data.id text
ANCHOR_LOT_CHECKSTATUS lottery
	lottery.id data.id text
NOTICE_MSG notice
	notice.text msg_self unmarked
COMMON_NOTICE_DANMAKU notice
SYS_MSG notice
	notice.text msg
LIVE_OPEN_PLATFORM_DM comment
	key data.msg_id dm
	at data.timestamp seconds
	room data.room_id
	user.id data.open_id|data.uid id
	user.name data.uname
	user.face data.uface
	user.medal.name data.fans_medal_name
	user.medal.level data.fans_medal_level
	user.medal.lit data.fans_medal_wearing_status
	comment.text data.msg
LIVE_OPEN_PLATFORM_SEND_GIFT gift
	key data.msg_id gift
	at data.timestamp seconds
	user.id data.open_id|data.uid id
	gift.id data.gift_id text
	gift.name data.gift_name
	gift.count data.gift_num
	gift.paid data.paid
	gift.receiver.name data.anchor_info.uname
LIVE_OPEN_PLATFORM_GUARD guard
	key data.msg_id guard
	at data.timestamp seconds
	user.id data.user_info.uid id
	user.name data.user_info.uname
	guard.level data.guard_level
	guard.count data.guard_num
	guard.unit data.guard_unit
COMBO_SEND other
	user.id data.uid id
	user.name data.uname
LIVE_INTERACTIVE_GAME other
LIVE_OPEN_PLATFORM_GAME other
ACTIVITY_BANNER_CHANGE_V2 other
ANCHOR_BROADCAST other
ANCHOR_ECOLOGY_LIVING_DIALOG other
AREA_RANK_CHANGED other
CHANGE_ROOM_INFO other
DM_INTERACTION other
FANS_CLUB_POKE_GIFT_NOTICE other
GIFT_BOARD_RED_DOT other
GIFT_STAR_PROCESS other
GUARD_HONOR_THOUSAND other
GUARD_LOTTERY_START other
HOT_BUY_NUM other
HOT_RANK_CHANGED other
HOT_RANK_CHANGED_V2 other
HOT_RANK_SETTLEMENT other
LIVE_MULTI_VIEW_NEW_INFO other
LIVE_PANEL_CHANGE other
LOG_IN_NOTICE other
MESSAGEBOX_USER_MEDAL_CHANGE other
PK_BATTLE_FINAL_PROCESS other
PK_BATTLE_PROCESS other
PK_BATTLE_RANK_CHANGE other
PK_BATTLE_SETTLE_NEW other
PK_BATTLE_SETTLE_USER other
PK_BATTLE_SETTLE_V2 other
PK_BATTLE_START other
PK_BATTLE_START_NEW other
PK_LOTTERY_START other
PLAYURL_RELOAD other
PLAY_TOGETHER other
POPULAR_RANK_CHANGED other
POPULAR_RANK_GUIDE_CARD other
REENTER_LIVE_ROOM other
ROOM_RANK other
SPECIAL_GIFT other
STOP_LIVE_ROOM_LIST other
UNIVERSAL_EVENT_GIFT other
VIDEO_CONNECTION_JOIN_END other
VIDEO_CONNECTION_JOIN_START other
VIDEO_CONNECTION_MSG other
VOICE_JOIN_LIST other
VOICE_JOIN_ROOM_COUNT_INFO other
VOICE_JOIN_STATUS other
VOICE_JOIN_SWITCH other
WEALTH_NOTIFY other
WIDGET_BANNER other
WIDGET_GIFT_STAR_PROCESS other
WIDGET_WISH_INFO other
`

type sampleField struct{ event, source, how string }

type sampleRule struct {
	kinds  []string
	fields []sampleField
}

func sampleRules() map[string]*sampleRule {
	rules := map[string]*sampleRule{}
	var last *sampleRule
	for line := range strings.Lines(sampleFields) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case line[0] == '\t':
			f := sampleField{event: words[0], source: words[1]}
			if len(words) > 2 {
				f.how = words[2]
			}
			last.fields = append(last.fields, f)
		default:
			last = &sampleRule{kinds: strings.Split(words[1], ",")}
			rules[words[0]] = last
		}
	}
	return rules
}

func TestSharedSamplesBecomeTheEventsOfTheTable(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared, "samples", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no captured samples beside this repository")
	}
	rules := sampleRules()
	d := New(Limits{})
	commands, fields := map[string]bool{}, 0
	for _, file := range files {
		command := filepath.Base(filepath.Dir(file))
		commands[command] = true
		t.Run(command+"/"+filepath.Base(file), func(t *testing.T) {
			rule := rules[command]
			if rule == nil {
				t.Fatal("not in the table")
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			events, err := d.Events(nil, 0, testReceived, raw)
			if err != nil || len(events) == 0 {
				t.Fatalf("%d events, error %v", len(events), err)
			}
			e := events[0]
			if e.Cmd != command || !bytes.Equal(e.Raw, raw) {
				t.Errorf("command %q with %d bytes of raw, want %q with %d", e.Cmd, len(e.Raw), command, len(raw))
			}
			if !strings.Contains(","+strings.Join(rule.kinds, ",")+",", ","+string(e.Kind)+",") {
				t.Fatalf("kind %s, want %v", e.Kind, rule.kinds)
			}
			public := generic(t, e.AppendJSON(nil, false))
			source := generic(t, raw)
			for _, f := range rule.fields {
				fields++
				got, want := follow(public, f.event), convert(t, f, source)
				if f.how == "dm" && shown(want) == "" && e.Key != "" {
					continue // no id in old captures: a hash
				}
				if shown(got) != shown(want) {
					t.Errorf("%s is %s, want %s (%s %s)", f.event, shown(got), shown(want), f.source, f.how)
				}
			}
		})
	}
	if len(files) < 191 || len(commands) < 97 || fields < 1000 {
		t.Errorf("only %d captures of %d commands and %d fields", len(files), len(commands), fields)
	}
	if drift := d.Drift(); len(drift.Commands) > 0 {
		text, _ := json.MarshalIndent(drift, "", "\t")
		t.Errorf("known.txt does not know the captures:\n%s", text)
	}
}

// convert follows the first source path that leads to something.
func convert(t *testing.T, f sampleField, source any) any {
	var v any
	for path := range strings.SplitSeq(f.source, "|") {
		if v = follow(source, path); shown(v) != "" {
			break
		}
	}
	n, _ := strconv.ParseInt(shown(v), 10, 64)
	switch f.how {
	case "":
		return v
	case "dm", "gift", "sc", "guard", "msg":
		if shown(v) == "" {
			return nil
		}
		return f.how + ":" + shown(v)
	case "id", "text", "number", "trim":
		return strings.TrimSpace(shown(v))
	case "seconds", "cny":
		return n * 1000
	case "nanoseconds":
		return n / 1e6
	case "moment":
		if n > 1e17 {
			return n / 1e6
		}
		return n * 1000
	case "batteries":
		return n * 100
	case "bool":
		return v != nil && shown(v) != ""
	case "hidden":
		return n == 0
	case "color":
		return fmt.Sprintf("#%06x", n)
	case "mode":
		return map[int64]string{4: "bottom", 5: "top"}[n] + map[bool]string{true: "scroll"}[n < 4]
	case "gold":
		return map[bool]any{true: v}[shown(follow(source, "data.coin_type")) == "gold"]
	case "goldv2":
		return map[bool]any{true: v}[shown(follow(source, "data.pb#10#8")) == "gold"]
	case "isgold":
		return shown(v) == "gold"
	case "renewal":
		return strings.Contains(shown(v), "续费")
	case "marked":
		_, s, _ := strings.Cut(shown(v), "<%")
		s, _, _ = strings.Cut(s, "%>")
		return s
	case "unmarked":
		return strings.ReplaceAll(strings.ReplaceAll(shown(v), "<%", ""), "%>", "")
	case "list":
		var ids []string
		for _, x := range v.([]any) {
			ids = append(ids, shown(x))
		}
		return strings.Join(ids, ",")
	case "count":
		return v
	}
	t.Fatalf("no way called %q", f.how)
	return nil
}

// shown writes a value so that what is missing, null, zero and empty are one.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "true"
		}
		return ""
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("%d values", len(v))
	case []any:
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("%d values", len(v))
	}
	if s := fmt.Sprint(v); s != "0" {
		return s
	}
	return ""
}

func generic(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// follow walks a path, independently of the decoder.
func follow(v any, path string) any {
	for path != "" && v != nil {
		switch path[0] {
		case '.':
			path = path[1:]
		case '$':
			text, _ := v.(string)
			path = path[1:]
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if v = nil; d.Decode(&v) != nil {
				return nil
			}
		case '[':
			number, rest, _ := strings.Cut(path[1:], "]")
			path = rest
			i, _ := strconv.Atoi(number)
			list, _ := v.([]any)
			if i >= len(list) {
				return nil
			}
			v = list[i]
		case '#':
			end := strings.IndexAny(path[1:]+"#", "#.") + 1
			i, _ := strconv.Atoi(path[1:end])
			path = path[end:]
			if text, ok := v.(string); ok {
				v, _ = base64.StdEncoding.DecodeString(text)
			}
			b, _ := v.([]byte)
			v = protobufField(b, protowire.Number(i))
			if path == "" || path[0] != '#' {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
			}
		default:
			end := strings.IndexAny(path+".", ".[#$")
			object, _ := v.(map[string]any)
			v, path = object[path[:end]], path[end:]
		}
	}
	return v
}

// protobufField returns the first field of that number.
func protobufField(b []byte, want protowire.Number) any {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if number == want && kind == protowire.VarintType {
			x, _ := protowire.ConsumeVarint(b)
			return int64(x)
		}
		if number == want && kind == protowire.BytesType {
			x, _ := protowire.ConsumeBytes(b)
			return x
		}
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			return nil
		}
		b = b[n:]
	}
	return nil
}
