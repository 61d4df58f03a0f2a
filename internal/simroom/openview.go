package simroom

import (
	"encoding/json"
	"strconv"
)

// openID is who a viewer is for an app of the official platform, which never
// tells uids.
func openID(v *viewer) string {
	a, b, c, d := crc("a"+v.hash), crc("b"+v.hash), crc("c"+v.hash), crc("d"+v.hash)
	s := hex8(a) + hex8(b) + hex8(c) + hex8(d)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func hex8(n uint32) string {
	s := strconv.FormatUint(uint64(n), 16)
	return "00000000"[len(s):] + s
}

// appendOpen writes what the official platform tells of h (protocol.md 3.2);
// nothing for what it does not tell.
func (r *room) appendOpen(dst []byte, h *happening) []byte {
	v := h.who
	// common is what all of these commands share about their sender.
	common := func(dst []byte, id string) []byte {
		m := v.medal
		if m == nil {
			m = &medal{}
		}
		return put(dst, `"room_id":$,"uid":0,"open_id":$,"union_id":"","uname":$,"uface":$,"timestamp":$,"msg_id":$,"guard_level":$,`+
			`"fans_medal_level":$,"fans_medal_name":$,"fans_medal_wearing_status":$`,
			int64(r.ID), openID(v), v.name, r.s.images()+v.face, h.at.Unix(), "open:"+h.name()+":"+id, v.guard, m.level, m.name, v.medal != nil && m.ruid == r.UID)
	}
	begin := func(name string) []byte {
		return put(dst, `{"cmd":$,"data":{`, "LIVE_OPEN_PLATFORM_"+name)
	}
	switch h.sort {
	case sayComment:
		dst = common(begin("DM"), h.id)
		c, kind, url, replyID, replyName := h.comment, 0, "", "", ""
		if c.sticker != nil {
			kind, url = 1, r.picture(c.sticker.unique)
		}
		if c.reply != nil {
			replyID, replyName = openID(c.reply), c.reply.name
		}
		return put(dst, `,"msg":$,"dm_type":$,"emoji_img_url":$,"glory_level":$,"reply_open_id":$,"reply_union_id":"","reply_uname":$,"is_admin":$}}`,
			h.text, kind, url, v.wealth, replyID, replyName, bit(v.admin))
	case giveGift, giveGiftV2:
		it := &h.gift.items[0]
		dst = common(begin("SEND_GIFT"), it.tid)
		blind := json.RawMessage(`{"blind_gift_id":0,"status":false}`)
		unit := it.price
		if b := h.gift.box; b != nil {
			blind = put(nil, `{"blind_gift_id":$,"status":true}`, b.id)
			unit = b.price
		}
		return put(dst, `,"gift_id":$,"gift_name":$,"gift_num":$,"price":$,"r_price":$,"paid":$,"gift_icon":$,"combo_gift":true,`+
			`"combo_info":{"combo_base_num":$,"combo_count":$,"combo_id":$,"combo_timeout":5},"blind_gift":$,`+
			`"anchor_info":{"uid":0,"open_id":$,"union_id":"","uname":$,"uface":$}}}`,
			it.id, it.name, it.num, it.price, unit, !it.silver, r.giftPicture(it.id, "png"),
			it.num, h.gift.running, h.gift.combo, blind, openID(r.streamer), r.Streamer, r.s.images()+r.streamer.face)
	case saySuperChat:
		dst = common(begin("SUPER_CHAT"), h.id)
		return put(dst, `,"message_id":$,"message":$,"rmb":$,"start_time":$,"end_time":$}}`,
			json.RawMessage(h.id), h.text, h.chat.cny, h.at.Unix(), h.at.Unix()+int64(h.chat.seconds))
	case deleteSuperChat:
		return put(begin("SUPER_CHAT_DEL"), `"message_ids":[$],"msg_id":$,"room_id":$}}`, json.RawMessage(h.id), "open:del:"+h.id, int64(r.ID))
	case guardToastV2:
		dst = begin("GUARD")
		dst = put(dst, `"user_info":{"uid":0,"open_id":$,"union_id":"","uname":$,"uface":$},"guard_level":$,"guard_num":$,"guard_unit":"月","price":$,`+
			`"fans_medal_level":0,"fans_medal_name":"","fans_medal_wearing_status":false,"timestamp":$,"room_id":$,"msg_id":$}}`,
			openID(v), v.name, r.s.images()+v.face, h.guard.level, h.guard.months, h.guard.price, h.at.Unix(), int64(r.ID), "open:guard:"+h.id)
		return dst
	case likeClick:
		dst = common(begin("LIKE"), strconv.FormatInt(h.at.UnixNano(), 10)+v.hash)
		return put(dst, `,"like_text":"为主播点赞了","like_count":1}}`)
	case enterV2, enterOld:
		dst = common(begin("LIVE_ROOM_ENTER"), strconv.FormatInt(h.at.UnixNano(), 10)+v.hash)
		return append(dst, "}}"...)
	case liveOn:
		if h.n == 0 {
			return dst
		}
		return put(begin("LIVE_START"), `"room_id":$,"open_id":$,"union_id":"","timestamp":$,"area_name":$,"title":$,"msg_id":$}}`,
			int64(r.ID), openID(r.streamer), h.at.Unix(), r.Area, r.title(), "open:live:"+h.id)
	case liveOff:
		return put(begin("LIVE_END"), `"room_id":$,"open_id":$,"union_id":"","timestamp":$,"area_name":$,"title":$,"msg_id":$}}`,
			int64(r.ID), openID(r.streamer), h.at.Unix(), r.Area, r.title(), "open:end:"+h.id)
	}
	return dst
}
