package simroom

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"danmaku/event"

	"google.golang.org/protobuf/encoding/protowire"
)

// present is an item of the gift panel. Price is in coins: thousandths of CNY
// when gold; what a silver present costs is no money.
type present struct {
	id     int
	name   string
	price  int
	silver bool
}

var presents = []present{
	{31036, "小花花", 100, false}, {33987, "人气票", 100, false}, {31039, "牛哇牛哇", 100, false}, {30607, "小心心", 5000, true}, {1, "辣条", 100, true},
	{34003, "粉丝团灯牌", 1000, true}, {31213, "这个好诶", 1000, false}, {31225, "打call", 500, false}, {33988, "棒棒糖", 200, false},
	{31119, "星愿水晶球", 100000, false}, {32125, "告白花束", 22000, false}, {31278, "为你加冕", 28000, false}, {30869, "心动卡", 300, false},
	{32360, "小飞机", 9900, false}, {33500, "浪漫城堡", 2233000, false},
}

// box is a blind box: what it costs and what may come out.
type box struct {
	config int
	present
	inside []present
}

var boxes = []box{
	{51, present{32251, "心动盲盒", 15000, false}, []present{{32128, "爱心抱枕", 16000, false}, {32281, "绮彩权杖", 40000, false}, {32126, "棉花糖", 9000, false}, {32694, "电影票", 2000, false}}},
	{122, present{34914, "惊喜盲盒", 9000, false}, []present{{34919, "小丑气球", 9000, false}, {34920, "整点薯条", 5000, false}, {34925, "大满贯", 66000, false}}},
}

// item is pieces of one present inside a gift message.
type item struct {
	present
	num   int
	total int // coins really paid: of the box, when it came out of one
	tid   string
}

// gift is what one message of a gift tells. A message of the second
// generation may hold several items, one of the first holds one.
type gift struct {
	items   []item
	box     *box
	combo   string // id shared by a run
	running int    // pieces in the run so far
	runSum  int    // coins in the run so far
}

func (g *gift) paid() event.Money {
	var sum event.Money
	for _, it := range g.items {
		if !it.silver {
			sum += event.Money(it.total)
		}
	}
	return sum
}

// combo is the summary of a run of gifts.
type combo struct {
	id   string
	of   present
	num  int
	coin int
}

func coins(silver bool) string {
	if silver {
		return "silver"
	}
	return "gold"
}

// appendGift writes a SEND_GIFT, the first generation (protocol.md 4.3).
func (r *room) appendGift(dst []byte, h *happening) []byte {
	g, v, it := h.gift, h.who, &h.gift.items[0]
	face := r.s.images() + v.face
	blind := noInfo
	if g.box != nil {
		blind = put(nil, `{"blind_gift_config_id":$,"from":0,"gift_action":"爆出","gift_tip_price":$,"original_gift_id":$,"original_gift_name":$,"original_gift_price":$}`,
			g.box.config, it.price, g.box.id, g.box.name, g.box.price)
	}
	comboSend := noInfo
	if g.running == it.num { // the first of a run
		comboSend = put(nil, `{"action":"投喂","combo_id":$,"combo_num":$,"gift_id":$,"gift_name":$,"gift_num":$,"send_master":null,"uid":$,"uname":$}`,
			"gift:"+g.combo, it.num, it.id, it.name, it.num, v.uid, v.name)
	}
	dst = put(dst, `{"cmd":"SEND_GIFT","danmu":{"area":0},"data":{"action":"投喂","bag_gift":null,"batch_combo_id":$,"batch_combo_send":$,"beatId":"","biz_source":"live",`+
		`"blind_gift":$,"broadcast_id":0,"coin_type":$,"combo_resources_id":1,"combo_send":$,"combo_stay_time":5,"combo_total_coin":$,"crit_prob":0,"demarcation":$,`+
		`"discount_price":$,"dmscore":462,"draw":0,"effect":$,"effect_block":0,"face":$,"face_effect_id":0,"face_effect_type":0,"face_effect_v2":{"id":0,"type":0},`+
		`"float_sc_resource_id":0,"giftId":$,"giftName":$,"giftType":$,"gift_info":{"effect_id":0,"gif":$,"has_imaged_gift":0,"img_basic":$,"webp":$},"gift_tag":[],`,
		g.combo, comboSend, blind, coins(it.silver), comboSend, g.runSum, 1+bit(!it.silver),
		it.price, bit(it.price >= 10000), face,
		it.id, it.name, bit(it.silver)*5, r.giftPicture(it.id, "gif"), r.giftPicture(it.id, "png"), r.giftPicture(it.id, "webp"))
	dst = put(dst, `"gold":0,"guard_level":$,"is_first":$,"is_join_receiver":false,"is_naming":false,"is_special_batch":0,"magnification":1,"medal_info":`,
		v.guard, g.running == it.num)
	dst = appendMedal(dst, v.medal, false)
	dst = put(dst, `,"name_color":"","num":$,"original_gift_name":"","price":$,"rcost":$,"receive_user_info":{"uid":$,"uname":$},"receiver_uinfo":`,
		it.num, it.price, 121978340, r.UID, r.Streamer)
	dst = r.appendUserInfo(dst, r.streamer)
	dst = put(dst, `,"remain":0,"rnd":$,"send_master":null,"sender_uinfo":`, it.tid)
	dst = r.appendUserInfo(dst, v)
	dst = put(dst, `,"silver":0,"super":0,"super_batch_gift_num":$,"super_gift_num":$,"svga_block":0,"switch":true,"tag_image":"","tid":$,"timestamp":$,`+
		`"top_list":null,"total_coin":$,"uid":$,"uname":$,"wealth_level":$}`,
		g.running, g.running, it.tid, h.at.Unix(), it.total, v.uid, v.name, v.wealth)
	return r.envelope(dst, h)
}

func (r *room) giftPicture(id int, ext string) string {
	return r.s.images() + "/bfs/live/gift/" + strconv.Itoa(id) + "." + ext
}

// The fields of protobuf messages; zero values are left out, as proto3 does.

func pbInt(b []byte, field protowire.Number, n int64) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(n))
}

func pbText(b []byte, field protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func pbMessage(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

// pbUserInfo is UserInfo, which all protobuf commands share (protocol.md 4.5).
func (r *room) pbUserInfo(v *viewer) []byte {
	face := r.s.images() + v.face
	same := pbText(pbText(nil, 1, v.name), 2, face)
	base := pbText(pbText(nil, 1, v.name), 2, face)
	base = pbMessage(base, 5, same)
	base = pbMessage(base, 6, same)
	base = pbMessage(base, 7, pbInt(nil, 4, -1))
	b := pbInt(nil, 1, v.uid)
	b = pbMessage(b, 2, base)
	if m := v.medal; m != nil {
		c := int64(m.color())
		pm := pbInt(pbText(nil, 1, m.name), 2, int64(m.level))
		pm = pbInt(pbInt(pbInt(pbInt(pm, 3, c), 4, c), 5, c), 6, c)
		pm = pbInt(pbInt(pbInt(pm, 7, int64(m.id)), 9, int64(bit(m.lit))), 10, m.ruid)
		pm = pbInt(pbInt(pm, 11, int64(m.guard)), 12, int64(m.points))
		pm = pbText(pbText(pbText(pbText(pbText(pm, 15, "#4775EFCC"), 16, "#4775EFCC"), 17, "#58A1F8FF"), 18, "#FFFFFFFF"), 19, "#000B7099")
		b = pbMessage(b, 3, pm)
	}
	b = pbMessage(b, 4, pbInt(nil, 1, int64(v.wealth)))
	return pbMessage(b, 6, pbText(pbInt(nil, 1, int64(v.guard)), 2, v.guardUntil()))
}

// appendGiftV2 writes a SEND_GIFT_V2: base64 of SendGiftBroadcast.
func (r *room) appendGiftV2(dst []byte, h *happening) []byte {
	g, v := h.gift, h.who
	face := r.s.images() + v.face
	b := pbText(pbText(pbInt(nil, 1, v.uid), 2, v.name), 3, face)
	b = pbInt(b, 5, int64(v.guard))
	if m := v.medal; m != nil {
		c := int64(m.color())
		pm := pbInt(pbText(pbInt(pbInt(nil, 1, m.ruid), 4, m.room), 3, m.owner), 5, int64(m.level))
		pm = pbInt(pbInt(pbInt(pbInt(pbText(pm, 6, m.name), 7, c), 8, c), 9, c), 10, c)
		b = pbMessage(b, 8, pbInt(pbInt(pm, 11, int64(bit(m.lit))), 12, int64(m.guard)))
	}
	if g.box != nil {
		pb := pbText(pbInt(pbInt(nil, 1, int64(g.box.config)), 2, int64(g.box.id)), 3, g.box.name)
		b = pbMessage(b, 9, pbInt(pbInt(pbText(pb, 5, "爆出"), 6, int64(g.box.price)), 7, int64(g.box.price)))
	}
	for i := range g.items {
		it := &g.items[i]
		pi := pbInt(pbText(pbInt(nil, 1, int64(it.id)), 2, it.name), 3, int64(it.num))
		pi = pbInt(pbInt(pbInt(pbInt(pi, 4, int64(1+bit(!it.silver))), 5, int64(it.price)), 6, int64(it.price)), 7, int64(it.total))
		pi = pbInt(pbText(pbText(pi, 8, coins(it.silver)), 9, it.tid), 10, h.at.Unix())
		pi = pbText(pbInt(pi, 11, int64(g.running)), 12, g.combo)
		pi = pbInt(pbInt(pbInt(pi, 13, 1), 14, int64(g.runSum)), 15, 5)
		pi = protowire.AppendFixed32(protowire.AppendTag(pi, 16, protowire.Fixed32Type), 0x3f800000) // 1.0
		pi = pbInt(pbText(pi, 18, "投喂"), 24, 121978340)
		pi = pbMessage(pi, 29, pbInt(pbText(nil, 1, r.Streamer), 2, r.UID))
		pi = pbMessage(pi, 33, r.pbUserInfo(r.streamer))
		pi = pbMessage(pi, 35, pbText(pbText(pbText(nil, 1, r.giftPicture(it.id, "png")), 2, r.giftPicture(it.id, "webp")), 5, r.giftPicture(it.id, "gif")))
		b = pbMessage(b, 10, pi)
	}
	b = pbInt(b, 11, 1)
	b = pbMessage(b, 13, pbInt(nil, 1, int64(v.wealth)))
	b = pbMessage(b, 15, r.pbUserInfo(v))
	dst = put(dst, `{"cmd":"SEND_GIFT_V2","data":{"pb":$}`, base64.StdEncoding.EncodeToString(b))
	return r.envelope(dst, h)
}

// appendCombo writes a COMBO_SEND: the sum of a run, no new money.
func (r *room) appendCombo(dst []byte, h *happening) []byte {
	c, v := h.combo, h.who
	dst = put(dst, `{"cmd":"COMBO_SEND","data":{"action":"投喂","batch_combo_id":$,"batch_combo_num":$,"coin_type":$,"combo_id":$,"combo_num":$,"combo_total_coin":$,`+
		`"dmscore":112,"gift_id":$,"gift_name":$,"gift_num":0,"is_join_receiver":false,"is_naming":false,"is_show":1,"medal_info":`,
		c.id, c.num, coins(c.of.silver), "gift:"+c.id, c.num, c.coin, c.of.id, c.of.name)
	dst = appendMedal(dst, v.medal, false)
	dst = put(dst, `,"name_color":"","r_uname":$,"receive_user_info":{"uid":$,"uname":$},"ruid":$,"send_master":null,"sender_uinfo":`,
		r.Streamer, r.UID, r.Streamer, r.UID)
	dst = r.appendUserInfo(dst, v)
	return put(dst, `,"total_num":$,"uid":$,"uname":$,"wealth_level":$}}`, c.num, v.uid, v.name, v.wealth)
}

// tiers are the colours of super chats by price (protocol.md 4.6).
var tiers = []struct {
	cny                            int
	bottom, background, price, ink string
	seconds                        int
}{
	{2000, "#AB1A32", "#FFD8D8", "#C86A7A", "#FFE163", 7200},
	{1000, "#E54D4D", "#FFE7E4", "#EE8B8B", "#FFE163", 3600},
	{500, "#E09443", "#FFEAD2", "#E8AF79", "#72110E", 1800},
	{100, "#E2B52B", "#FFF1C5", "#ECCF75", "#72110E", 300},
	{50, "#427D9E", "#DBFFFD", "#7DA4BD", "#A3F6FF", 120},
	{0, "#2A60B2", "#EDF5FF", "#7497CD", "#A3F6FF", 60},
}

func tier(cny int) int {
	for i := range tiers {
		if cny >= tiers[i].cny {
			return i
		}
	}
	return len(tiers) - 1
}

// appendSuperChat writes a SUPER_CHAT_MESSAGE.
func (r *room) appendSuperChat(dst []byte, h *happening) []byte {
	dst = append(dst, `{"cmd":"SUPER_CHAT_MESSAGE","data":`...)
	dst = r.appendSuperChatData(dst, h)
	dst = put(dst, `,"is_report":true,"roomid":$`, int64(r.ID))
	return r.envelope(dst, h)
}

// appendSuperChatData writes what the command and the list of the standing
// super chats share.
func (r *room) appendSuperChatData(dst []byte, h *happening) []byte {
	c, v, t := h.chat, h.who, &tiers[tier(h.chat.cny)]
	face, start := r.s.images()+v.face, h.at.Unix()
	dst = put(dst, `{"background_bottom_color":$,"background_color":$,"background_color_end":$,"background_color_start":$,"background_icon":"","background_image":"",`+
		`"background_price_color":$,"color_point":0.7,"dmscore":1008,"end_time":$,"gift":{"gift_id":12000,"gift_name":"醒目留言","num":1},`+
		`"group_medal":{"is_lighted":0,"medal_id":0,"name":""},"id":$,"is_mystery":false,"is_ranked":1,"is_send_audit":0,"medal_info":`,
		t.bottom, t.background, t.bottom, t.bottom, t.price, start+int64(c.seconds), json.RawMessage(h.id))
	if v.medal != nil {
		dst = appendMedal(dst, v.medal, true)
	} else {
		dst = append(dst, "null"...)
	}
	dst = put(dst, `,"message":$,"message_font_color":$,"message_trans":"","price":$,"rate":1000,"start_time":$,"time":$,"token":$,"trans_mark":$,"ts":$,"uid":$,"uinfo":`,
		h.text, t.ink, c.cny, start, c.seconds, c.token, bit(c.trans != ""), start, v.uid)
	dst = r.appendUserInfo(dst, v)
	return put(dst, `,"user_info":{"face":$,"face_frame":"","guard_level":$,"is_main_vip":0,"is_svip":0,"is_vip":0,"level_color":"#5896de","manager":$,`+
		`"name_color":"#666666","title":"","uname":$,"user_level":$}}`, face, v.guard, bit(v.admin), v.name, v.level)
}

// appendTranslation writes the twin of a super chat, whose ids are texts.
func (r *room) appendTranslation(dst []byte, h *happening) []byte {
	c, v, t := h.chat, h.who, &tiers[tier(h.chat.cny)]
	dst = put(dst, `{"cmd":"SUPER_CHAT_MESSAGE_JPN","data":{"id":$,"uid":$,"price":$,"rate":1000,"message":$,"message_jpn":$,"is_ranked":1,"background_image":"",`+
		`"background_color":$,"background_icon":"","background_price_color":$,"background_bottom_color":$,"ts":$,"token":$,"medal_info":`,
		h.id, strconv.FormatInt(v.uid, 10), c.cny, h.text, c.trans, t.background, t.price, t.bottom, h.at.Unix(), c.token)
	dst = appendMedal(dst, v.medal, true)
	return put(dst, `,"user_info":{"uname":$,"face":$,"face_frame":"","guard_level":$,"user_level":$,"level_color":"#61c05a","is_vip":0,"is_svip":0,"is_main_vip":0,`+
		`"title":"","manager":$},"time":$,"start_time":$,"end_time":$,"gift":{"num":1,"gift_id":12000,"gift_name":"醒目留言"}},"roomid":$}`,
		v.name, r.s.images()+v.face, v.guard, v.level, bit(v.admin), c.seconds, h.at.Unix(), h.at.Unix()+int64(c.seconds), r.ID.String())
}
