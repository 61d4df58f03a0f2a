package simroom

import (
	"encoding/json"
	"strconv"
	"strings"
)

// emote is a picture that stands for a token inside a comment.
type emote struct {
	token  string
	id     int
	unique string
}

// sticker is a picture that is a whole comment.
type sticker struct {
	text    string
	unique  string
	size    int
	dynamic int
}

var emotes = []emote{
	{"[dog]", 208, "emoji_208"}, {"[妙]", 210, "emoji_210"}, {"[吃瓜]", 212, "emoji_212"}, {"[比心]", 215, "emoji_215"},
	{"[笑哭]", 220, "emoji_220"}, {"[鼓掌]", 224, "emoji_224"}, {"[泪目]", 229, "emoji_229"}, {"[花]", 233, "emoji_233"},
}

var stickers = []sticker{
	{"打call", "official_147", 60, 0}, {"赞", "official_103", 60, 0}, {"多谢款待", "official_118", 60, 0}, {"泪目", "official_124", 60, 0},
	{"星星眼", "room_7734200_1504", 162, 0}, {"摇铃", "room_7734200_1511", 162, 1}, {"[夜航_晚安]", "upower_[夜航_晚安]", 20, 0},
}

// picture is the address of the emote or sticker with that unique name.
func (r *room) picture(unique string) string {
	h := senderHash(int64(len(unique))) + senderHash(int64(unique[0])<<8|int64(unique[len(unique)-1]))
	return r.s.images() + "/bfs/live/" + h + "/" + strconv.Itoa(int(crc(unique))) + ".png"
}

// appendUserInfo writes the uinfo object of 2024 and later (protocol.md 4.1).
func (r *room) appendUserInfo(dst []byte, v *viewer) []byte {
	if v.uinfo != nil {
		return append(dst, v.uinfo...)
	}
	from := len(dst)
	color := []string{"", "#FF7C28", "#E17AFF", "#00D1F1"}[v.guard]
	face := r.s.images() + v.face
	dst = put(dst, `{"base":{"face":$,"is_mystery":false,"name":$,"name_color":0,"name_color_str":$,`+
		`"official_info":{"desc":"","role":0,"title":"","type":-1},"origin_info":{"face":$,"name":$}},`+
		`"guard_leader":{"is_guard_leader":false},"medal":`, face, v.name, color, face, v.name)
	if m := v.medal; m != nil {
		dst = put(dst, `{"color":$,"color_border":$,"color_end":$,"color_start":$,"guard_icon":"","guard_level":$,"honor_icon":"","id":$,`+
			`"is_light":$,"level":$,"name":$,"ruid":$,"score":$,"typ":0,"user_receive_count":0,"v2_medal_color_border":"#58A1F8FF",`+
			`"v2_medal_color_end":"#4775EFCC","v2_medal_color_level":"#000B7099","v2_medal_color_start":"#4775EFCC","v2_medal_color_text":"#FFFFFFFF"}`,
			m.color(), m.color(), m.color(), m.color(), m.guard, m.id, bit(m.lit), m.level, m.name, m.ruid, m.points)
	} else {
		dst = append(dst, "null"...)
	}
	dst = put(dst, `,"title":{"old_title_css_id":"","title_css_id":""},"uhead_frame":null,"uid":$,"wealth":{"dm_icon_key":"","level":$},"guard":{"expired_str":$,"level":$}}`,
		v.uid, v.wealth, v.guardUntil(), v.guard)
	v.uinfo = append([]byte(nil), dst[from:]...)
	return dst
}

func (v *viewer) guardUntil() string {
	if v.guard == 0 {
		return ""
	}
	return "2026-12-31 23:59:59"
}

// masked is what those who are not logged in see of v: no uid, and of the
// name the first character (protocol.md 2.5). Avatars stay.
func (v *viewer) masked() *viewer {
	if v == nil {
		return nil
	}
	m := *v
	m.uid, m.name, m.uinfo = 0, maskName(v.name), nil
	return &m
}

func maskName(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i] + "***"
		}
	}
	return s + "***"
}

// appendComment writes a DANMU_MSG as it looked in 2025 and 2026: info of 18
// elements, the extra object as JSON text (protocol.md 4.2).
func (r *room) appendComment(dst []byte, h *happening) []byte {
	c, v := h.comment, h.who
	ms := h.at.UnixMilli()
	kind, unique, bulge := 0, "", 0
	if c.sticker != nil {
		kind, unique = 1, c.sticker.unique
		bulge = bit(c.sticker.size > 100)
	}
	hash, _ := strconv.ParseUint(v.hash, 16, 32)
	var replyUID int64
	var replyName string
	if c.reply != nil {
		replyUID, replyName = c.reply.uid, c.reply.name
	}
	x := put(r.scratch[:0], `{"send_from_me":false,"master_player_hidden":false,"mode":0,"color":$,"dm_type":$,"font_size":$,"player_mode":$,"show_player_type":0,`+
		`"content":$,"user_hash":$,"emoticon_unique":$,"bulge_display":$,"recommend_score":$,"main_state_dm_color":"","objective_state_dm_color":"",`+
		`"direction":0,"pk_direction":0,"quartet_direction":0,"anniversary_crowd":0,"yeah_space_type":"","yeah_space_url":"","jump_to_url":"","space_type":"",`+
		`"space_url":"","animation":{},"emots":`,
		c.color, kind, c.size, c.mode, h.text, strconv.FormatUint(hash, 10), unique, bulge, int(hash%10))
	x = r.appendEmotes(x, h)
	x = put(x, `,"is_audited":false,"id_str":$,"icon":null,"show_reply":true,"reply_mid":$,"reply_uname":$,"reply_uname_color":"",`+
		`"reply_is_mystery":false,"reply_type_enum":$,"hit_combo":$,"esports_jump_url":"","is_mirror":false,"is_collaboration_member":false}`,
		h.id, replyUID, replyName, bit(replyUID != 0 || replyName != ""), bit(c.combo))
	r.scratch = x

	cmd := "DANMU_MSG"
	if c.suffix {
		cmd = "DANMU_MSG:4:0:2:2:2:0"
	}
	source := 0
	if c.lottery {
		source = 2
	}
	dst = put(dst, `{"cmd":$,"dm_v2":"","info":[[0,$,$,$,$,$,0,$,0,$,0,"",$,`, cmd, c.mode, c.size, c.color, ms, c.rnd, v.hash, source, kind)
	if s := c.sticker; s != nil {
		dst = put(dst, `{"bulge_display":$,"emoticon_unique":$,"height":$,"in_player_area":1,"is_dynamic":$,"url":$,"width":$}`,
			bulge, s.unique, s.size, s.dynamic, r.picture(s.unique), s.size)
	} else {
		dst = append(dst, `"{}"`...)
	}
	dst = put(dst, `,"{}",{"extra":$,"mode":0,"show_player_type":0,"user":`, x)
	dst = r.appendUserInfo(dst, v)
	dst = put(dst, `},{"activity_identity":"","activity_source":$,"not_show":0},0],$,[$,$,$,0,0,10000,1,$],`,
		source, h.text, v.uid, v.name, bit(v.admin), []string{"", "#FF7C28", "#E17AFF", "#00D1F1"}[v.guard])
	if m := v.medal; m != nil {
		dst = put(dst, `[$,$,$,$,$,"",0,$,$,$,$,$,$]`, m.level, m.name, m.owner, m.room, m.color(), m.color(), m.color(), m.color(), m.guard, bit(m.lit), m.ruid)
	} else {
		dst = append(dst, "[]"...)
	}
	return put(dst, `,[$,0,9868950,">50000",0],["",""],0,$,null,{"ct":$,"ts":$},0,0,null,null,0,$,[$],null]}`,
		v.level, v.guard, c.ct, h.at.Unix(), int(hash%400), v.wealth)
}

// appendEmotes writes the emots object: which tokens of the text are pictures.
func (r *room) appendEmotes(dst []byte, h *happening) []byte {
	if !strings.Contains(h.text, "[") || h.comment.sticker != nil {
		return append(dst, "null"...)
	}
	found := false
	for _, e := range emotes {
		n := strings.Count(h.text, e.token)
		if n == 0 {
			continue
		}
		if found {
			dst = append(dst, ',')
		} else {
			dst = append(dst, '{')
		}
		found = true
		dst = put(dst, `$:{"count":$,"descript":$,"emoji":$,"emoticon_id":$,"emoticon_unique":$,"height":20,"url":$,"width":20}`,
			e.token, n, e.token, e.token, e.id, e.unique, r.picture(e.unique))
	}
	if !found {
		return append(dst, "null"...)
	}
	return append(dst, '}')
}

// appendCopy writes the copy of a comment that LIVE_INTERACTIVE_GAME is.
func (r *room) appendCopy(dst []byte, h *happening) []byte {
	v, level := h.who, 0
	if v.medal != nil {
		level = v.medal.level
	}
	return put(dst, `{"cmd":"LIVE_INTERACTIVE_GAME","data":{"type":2,"uid":$,"uname":$,"uface":"","gift_id":0,"gift_name":"","gift_num":0,"price":0,"paid":false,`+
		`"msg":$,"fans_medal_level":$,"guard_level":$,"timestamp":$,"anchor_lottery":null,"pk_info":null,"anchor_info":null,"combo_info":null}}`,
		v.uid, v.name, h.text, level, v.guard, h.at.Unix())
}

// appendMedal writes the medal object of before 2024, which gifts and
// arrivals still carry; colour says how: as a number or as text.
func appendMedal(dst []byte, m *medal, colorText bool) []byte {
	if m == nil {
		return append(dst, `{"anchor_roomid":0,"anchor_uname":"","guard_level":0,"icon_id":0,"is_lighted":0,"medal_color":0,"medal_color_border":0,`+
			`"medal_color_end":0,"medal_color_start":0,"medal_level":0,"medal_name":"","special":"","target_id":0}`...)
	}
	var color any = m.color()
	if colorText {
		color = rgb(m.color())
	}
	return put(dst, `{"anchor_roomid":$,"anchor_uname":$,"guard_level":$,"icon_id":0,"is_lighted":$,"medal_color":$,"medal_color_border":$,`+
		`"medal_color_end":$,"medal_color_start":$,"medal_level":$,"medal_name":$,"special":"","target_id":$}`,
		m.room, m.owner, m.guard, bit(m.lit), color, m.color(), m.color(), m.color(), m.level, m.name, m.ruid)
}

func rgb(n int) string {
	s := strconv.FormatInt(int64(n), 16)
	return "#" + strings.Repeat("0", max(0, 6-len(s))) + s
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// envelope writes the fields the platform puts beside data since 2025; it
// ends the command.
func (r *room) envelope(dst []byte, h *happening) []byte {
	return put(dst, `,"msg_id":$,"p_is_ack":true,"p_msg_type":1,"send_time":$}`,
		strconv.FormatInt(h.at.UnixMilli()<<20+h.serial&0xfffff, 10)+":1000:1000", h.at.UnixMilli()+3)
}

var noInfo = json.RawMessage("null")
