package simroom

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
)

// newsNames are the commands of the sorts that tell of the room rather than
// of a viewer.
var newsNames = map[sort]string{
	likeTotal: "LIKE_INFO_V3_UPDATE", watched: "WATCHED_CHANGE", onlineCount: "ONLINE_RANK_COUNT", onlineRank: "ONLINE_RANK_V3",
	realTime: "ROOM_REAL_TIME_MESSAGE_UPDATE", roomChange: "ROOM_CHANGE", siteNotice: "NOTICE_MSG", liveOn: "LIVE", liveOff: "PREPARING",
	stoppedRooms: "STOP_LIVE_ROOM_LIST", banner: "WIDGET_BANNER", dmInteraction: "DM_INTERACTION", rankChanged: "POPULAR_RANK_CHANGED", logInNotice: "LOG_IN_NOTICE",
}

// tens writes a count as the platform shows it: 12000 is "1.2万".
func tens(n int64) string {
	if n < 10000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%.1f万", float64(n)/10000)
}

// appendNews writes the commands that tell of the room.
func (r *room) appendNews(dst []byte, h *happening) []byte {
	switch h.sort {
	case likeTotal:
		return put(dst, `{"cmd":"LIKE_INFO_V3_UPDATE","data":{"click_count":$}}`, h.n)
	case watched:
		return put(dst, `{"cmd":"WATCHED_CHANGE","data":{"num":$,"text_small":$,"text_large":$}}`, h.n, tens(h.n), tens(h.n)+"人看过")
	case onlineCount:
		return put(dst, `{"cmd":"ONLINE_RANK_COUNT","data":{"count":$,"count_text":$,"online_count":$,"online_count_text":$}}`,
			min(h.n, 9999), tens(min(h.n, 9999)), h.n, tens(h.n))
	case onlineRank:
		b := pbText(nil, 1, "online_rank")
		v := h.who
		p := pbText(pbText(pbText(pbInt(nil, 1, v.uid), 2, r.s.images()+v.face), 3, strconv.FormatInt(h.n, 10)), 4, v.name)
		p = pbInt(pbInt(p, 5, 1), 6, int64(v.guard))
		b = pbMessage(b, 3, pbMessage(p, 8, r.pbUserInfo(v)))
		return put(dst, `{"cmd":"ONLINE_RANK_V3","data":{"pb":$}}`, base64.StdEncoding.EncodeToString(b))
	case realTime:
		return put(dst, `{"cmd":"ROOM_REAL_TIME_MESSAGE_UPDATE","data":{"roomid":$,"fans":$,"red_notice":-1,"fans_club":$}}`, int64(r.ID), h.n, h.n/7)
	case roomChange:
		return put(dst, `{"cmd":"ROOM_CHANGE","data":{"title":$,"area_id":$,"parent_area_id":$,"area_name":$,"parent_area_name":$,"live_key":$,"sub_session_key":$}}`,
			h.text, 745, 9, r.Area, r.ParentArea, h.id, h.id+"sub_time:"+strconv.FormatInt(h.at.Unix(), 10))
	case siteNotice:
		words := "<%" + h.who.name + "%>投喂<%" + r.Streamer + "%>1个" + h.text + "，点击前往TA的房间吧！"
		return put(dst, `{"cmd":"NOTICE_MSG","business_id":"20003","full":{"background":"#66A74EFF","color":"#FFFFFFFF","head_icon":"","highlight":"#FDFF2FFF","tail_icon":"","time":20},`+
			`"half":{"background":"#85B971FF","color":"#FFFFFFFF","head_icon":"","highlight":"#FDFF2FFF","tail_icon":"","time":15},"id":2,"link_url":$,"marquee_id":"","msg_common":$,`+
			`"msg_self":$,"msg_type":2,"name":"分区道具抽奖广播样式","notice_type":0,"real_roomid":$,"roomid":$,"scatter":{"max":0,"min":0},"shield_uid":-1,"side":{"background":""}}`,
			"https://live.bilibili.com/"+r.ID.String(), words, words, h.n, h.n)
	case liveOn:
		key := h.id
		if h.n == 0 { // the second of the two messages of a start has no live_time
			return put(dst, `{"cmd":"LIVE","live_key":$,"voice_background":"","sub_session_key":$,"live_platform":"pc_link","live_model":0,"roomid":$,"special_types":[50]}`,
				key, key+"sub_time:"+strconv.FormatInt(h.at.Unix(), 10), int64(r.ID))
		}
		return put(dst, `{"cmd":"LIVE","live_key":$,"voice_background":"","sub_session_key":$,"live_platform":"pc_link","live_model":0,"live_time":$,"roomid":$,"special_types":[50]}`,
			key, key+"sub_time:"+strconv.FormatInt(h.n, 10), h.n, int64(r.ID))
	case liveOff:
		dst = put(dst, `{"cmd":"PREPARING","roomid":$`, r.ID.String())
		return r.envelope(dst, h)
	case stoppedRooms:
		dst = append(dst, `{"cmd":"STOP_LIVE_ROOM_LIST","data":{"room_id_list":[`...)
		for i := range int64(20) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, 20_000_000+(h.n*7919+i*104729)%9_000_000, 10)
		}
		return append(dst, `]}}`...)
	case banner:
		sub := put(nil, `{"task_status":0,"current_val":$,"target_val":1200,"timeout":$}`, h.n%1200, h.at.Unix()+3600)
		return put(dst, `{"cmd":"WIDGET_BANNER","data":{"timestamp":$,"widget_list":{"308":{"id":308,"title":"限时任务","cover":"","web_cover":"","tip_text":"限时任务","tip_text_color":"",`+
			`"tip_bottom_color":"","jump_url":"","url":"","stay_time":5,"site":1,"platform_in":["live","blink","live_link","web","pc_link"],"type":1,"band_id":101558,"sub_key":"",`+
			`"sub_data":$,"is_add":true},"311":null}}}`, h.at.Unix(), sub)
	case dmInteraction:
		inner := put(nil, `{"fade_duration":10000,"cnt":$,"card_appear_interval":0,"suffix_text":"人正在点赞","reset_cnt":1,"display_flag":1}`, h.n%40+1)
		return put(dst, `{"cmd":"DM_INTERACTION","data":{"data":$,"dmscore":36,"id":$,"status":4,"type":106}}`, inner, json.RawMessage(h.id))
	case rankChanged:
		return put(dst, `{"cmd":"POPULAR_RANK_CHANGED","data":{"uid":$,"rank":$,"countdown":$,"timestamp":$,"cache_key":$,"rank_name_by_type":"人气榜","on_rank_name_by_type":"人气榜第"}}`,
			r.UID, h.n%100+1, 1800, h.at.Unix(), "rank_change:"+h.id)
	case logInNotice:
		return put(dst, `{"cmd":"LOG_IN_NOTICE","data":{"notice_msg":"为保护用户隐私，未登录无法查看他人昵称","image_web":$,"image_app":$}}`,
			r.s.images()+"/bfs/dm/login.png", r.s.images()+"/bfs/dm/login.png")
	}
	panic("simroom: no command for sort " + strconv.Itoa(int(h.sort)))
}
