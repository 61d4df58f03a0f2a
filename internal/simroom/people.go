package simroom

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The ranks of guards by level (protocol.md 4.1).
var (
	guardNames  = []string{"", "总督", "提督", "舰长"}
	guardPrices = []int{0, 19998000, 1998000, 198000}
	guardGifts  = []int{0, 10001, 10002, 10003}
	guardColors = []string{"", "#FF7C28", "#E17AFF", "#00D1F1"}
)

func (r *room) toastText(h *happening) string {
	verb := "开通"
	if h.guard.renewal {
		verb = "续费"
	}
	return fmt.Sprintf("<%%%s%%> 在主播%s的直播间%s了%s，今天是TA陪伴主播的第%d天", h.who.name, r.Streamer, verb, guardNames[h.guard.level], h.guard.count%900+1)
}

// appendGuardToastV2 writes the first of the messages of one purchase.
func (r *room) appendGuardToastV2(dst []byte, h *happening) []byte {
	g, v := h.guard, h.who
	dst = put(dst, `{"cmd":"USER_TOAST_MSG_V2","data":{"sender_uinfo":{"uid":$,"base":{"name":$,"face":$}},"receiver_uinfo":{"uid":$,"base":{"name":$,"face":$}},`+
		`"guard_info":{"guard_level":$,"role_name":$,"room_guard_count":$,"op_type":$,"start_time":$,"end_time":$},"group_guard_info":null,`+
		`"pay_info":{"payflow_id":$,"price":$,"num":$,"unit":"月"},"gift_info":{"gift_id":$},"effect_info":{"effect_id":397,"room_effect_id":590,"face_effect_id":44,`+
		`"room_gift_effect_id":0,"room_group_effect_id":1337,"ship_effect_id":590},"toast_msg":$,`+
		`"option":{"anchor_show":true,"user_show":true,"is_group":0,"is_show":0,"source":0,"svga_block":0,"color":$}}`,
		v.uid, v.name, r.s.images()+v.face, r.UID, r.Streamer, r.s.images()+r.streamer.face,
		g.level, guardNames[g.level], g.count, 1+bit(g.renewal), h.at.Unix(), h.at.Unix()+int64(g.months)*30*86400,
		h.id, g.price, g.months, guardGifts[g.level], r.toastText(h), guardColors[g.level])
	return r.envelope(dst, h)
}

func (r *room) appendGuardToast(dst []byte, h *happening) []byte {
	g, v := h.guard, h.who
	dst = put(dst, `{"cmd":"USER_TOAST_MSG","data":{"anchor_show":true,"color":$,"dmscore":306,"effect_id":397,"end_time":$,"face_effect_id":44,"gift_id":$,"group_name":"",`+
		`"group_op_type":0,"group_role_name":"","guard_level":$,"is_group":0,"is_show":0,"num":$,"op_type":$,"payflow_id":$,"price":$,"role_name":$,"room_effect_id":590,`+
		`"room_gift_effect_id":0,"room_group_effect_id":1337,"source":0,"start_time":$,"svga_block":0,"target_guard_count":$,"toast_msg":$,"uid":$,"unit":"月",`+
		`"user_show":true,"username":$}`,
		guardColors[g.level], h.at.Unix(), guardGifts[g.level], g.level, g.months, 1+bit(g.renewal), h.id, g.price, guardNames[g.level],
		h.at.Unix(), g.count, r.toastText(h), v.uid, v.name)
	return r.envelope(dst, h)
}

// appendGuardBuy writes GUARD_BUY: the list price, no payflow_id.
func (r *room) appendGuardBuy(dst []byte, h *happening) []byte {
	g, v := h.guard, h.who
	return put(dst, `{"cmd":"GUARD_BUY","data":{"uid":$,"username":$,"guard_level":$,"num":$,"price":$,"gift_id":$,"gift_name":$,"start_time":$,"end_time":$}}`,
		v.uid, v.name, g.level, g.months, g.list, guardGifts[g.level], guardNames[g.level], h.at.Unix(), h.at.Unix())
}

func (v *viewer) identities() []uint64 {
	ids := []uint64{}
	if v.guard > 0 {
		ids = append(ids, uint64(9-v.guard))
	}
	if v.admin {
		ids = append(ids, 2)
	}
	if v.medal != nil {
		ids = append(ids, 3)
	}
	return append(ids, 1)
}

// score is the sort key of an arrival: the time and a bonus.
func (v *viewer) score(h *happening) int64 {
	bonus := int64(v.wealth) * 1000
	if v.guard > 0 {
		bonus += int64(4-v.guard) * 10_000_000
	}
	return h.at.UnixMilli() + bonus
}

// appendEnterOld writes an INTERACT_WORD of before July 2025.
func (r *room) appendEnterOld(dst []byte, h *happening) []byte {
	v := h.who
	dst = append(dst, `{"cmd":"INTERACT_WORD","data":{"contribution":{"grade":0},"contribution_v2":{"grade":0,"rank_type":"","text":""},"core_user_type":0,"dmscore":14,"fans_medal":`...)
	dst = appendMedal(dst, v.medal, false)
	dst = append(dst, `,"identities":[`...)
	for i, id := range v.identities() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, id, 10)
	}
	dst = put(dst, `],"is_mystery":false,"is_spread":0,"msg_type":1,"privilege_type":$,"relation_tail":{"tail_guide_text":"","tail_icon":"","tail_type":0},"roomid":$,`+
		`"score":$,"spread_desc":"","spread_info":"","tail_icon":0,"tail_text":"","timestamp":$,"trigger_time":$,"uid":$,"uinfo":`,
		v.guard, int64(r.ID), v.score(h), h.at.Unix(), h.at.UnixNano(), v.uid)
	dst = r.appendUserInfo(dst, v)
	return put(dst, `,"uname":$,"uname_color":""}}`, v.name)
}

// appendInteract writes an INTERACT_WORD_V2 (protocol.md 4.5).
func (r *room) appendInteract(dst []byte, h *happening) []byte {
	v := h.who
	kind := map[sort]int64{enterV2: 1, follow: 2, share: 3}[h.sort]
	b := pbText(pbInt(nil, 1, v.uid), 2, v.name)
	var ids []byte
	for _, id := range v.identities() {
		ids = protowire.AppendVarint(ids, id)
	}
	b = pbMessage(b, 4, ids)
	b = pbInt(pbInt(pbInt(pbInt(b, 5, kind), 6, int64(r.ID)), 7, h.at.Unix()), 8, v.score(h))
	if m := v.medal; m != nil {
		c := int64(m.color())
		pm := pbText(pbInt(pbInt(nil, 1, m.ruid), 2, int64(m.level)), 3, m.name)
		pm = pbInt(pbInt(pbInt(pbInt(pm, 4, c), 5, c), 6, c), 7, c)
		pm = pbInt(pbInt(pbInt(pbInt(pm, 8, int64(bit(m.lit))), 9, int64(m.guard)), 12, m.room), 13, int64(m.points))
		b = pbMessage(b, 9, pm)
	}
	b = pbMessage(b, 12, nil)
	b = pbInt(pbInt(b, 15, h.at.UnixNano()), 16, int64(v.guard))
	b = pbMessage(b, 19, nil)
	b = pbMessage(b, 22, r.pbUserInfo(v))
	return put(dst, `{"cmd":"INTERACT_WORD_V2","data":{"dmscore":$,"pb":$}}`, 3+v.wealth, base64.StdEncoding.EncodeToString(b))
}

func (r *room) appendEntryEffect(dst []byte, h *happening) []byte {
	v := h.who
	name := v.name
	if n := []rune(name); len(n) > 7 {
		name = string(n[:6]) + "..."
	}
	words := "<%" + name + "%> 来了"
	if v.guard > 0 {
		words = "欢迎 <%" + name + "%> 进入直播间"
	}
	dst = put(dst, `{"cmd":"ENTRY_EFFECT","data":{"id":$,"uid":$,"target_id":$,"mock_effect":0,"face":$,"privilege_type":$,"copy_writing":$,"copy_color":"#F7F7F7",`+
		`"highlight_color":"#FFFFFF","priority":1,"basemap_url":"","show_avatar":0,"effective_time":0,"web_basemap_url":"","web_effective_time":4,"web_effect_close":1,`+
		`"web_close_time":900,"business":$,"copy_writing_v2":$,"icon_list":[],"max_delay_time":7,"trigger_time":$,"identities":$,"effect_silent_time":0,`+
		`"effective_time_new":0,"web_dynamic_url_webp":"","web_dynamic_url_apng":"","mobile_dynamic_url_webp":"",`+
		`"wealthy_info":{"uid":0,"level":$,"level_total_score":0,"cur_score":0,"upgrade_need_score":0,"status":0,"dm_icon_key":""},"new_style":1,"is_mystery":false,"uinfo":`,
		381, v.uid, r.UID, r.s.images()+v.face, v.guard, words, 6-5*bit(v.guard > 0), words, h.at.UnixNano(), int(v.identities()[0]), v.wealth)
	dst = r.appendUserInfo(dst, v)
	return append(dst, `,"full_cartoon_id":0,"priority_level":0,"wealth_style_info":{"url":""}}}`...)
}

func (r *room) appendLike(dst []byte, h *happening) []byte {
	v := h.who
	dst = append(dst, `{"cmd":"LIKE_INFO_V3_CLICK","data":{"contribution_info":{"grade":0},"dmscore":20,"fans_medal":`...)
	dst = appendMedal(dst, v.medal, false)
	dst = put(dst, `,"identities":[1],"is_mystery":false,"like_icon":$,"like_text":"为主播点赞了","msg_type":6,"show_area":0,"uid":$,"uinfo":`,
		r.s.images()+"/bfs/live/like.png", v.uid)
	dst = r.appendUserInfo(dst, v)
	return put(dst, `,"uname":$,"uname_color":""}}`, v.name)
}
