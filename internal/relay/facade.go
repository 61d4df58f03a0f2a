package relay

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"danmaku/event"
)

// The calls that clients of the platform make before they connect. They get
// what the relay knows of its rooms; nothing is asked of the platform, and the
// caller's cookies are not looked at.

func (r *Relay) facadeRoutes() {
	r.mux.HandleFunc("GET /sub", func(w http.ResponseWriter, req *http.Request) {
		if oneCommeAsks(req) {
			r.oneComme(w, req)
			return
		}
		r.sub(w, req)
	})
	r.mux.HandleFunc("GET /xlive/web-room/v1/index/getDanmuInfo", r.danmuInfo)
	r.mux.HandleFunc("GET /room/v1/Danmu/getConf", r.danmuConf)
	r.mux.HandleFunc("GET /room/v1/Room/room_init", r.roomInit)
	r.mux.HandleFunc("GET /room/v1/Room/mobileRoomInit", r.roomInit)
	r.mux.HandleFunc("GET /room/v1/Room/get_info", r.roomInfo)
	r.mux.HandleFunc("GET /xlive/web-room/v1/index/getRoomBaseInfo", r.roomBaseInfo)
	r.mux.HandleFunc("GET /x/frontend/finger/spi", finger)
	r.mux.HandleFunc("GET /x/web-interface/nav", nav)
}

// envelope is the frame of every answer of the platform.
type envelope struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Msg     string `json:"msg"`
	TTL     int    `json:"ttl"`
	Data    any    `json:"data"`
}

func answer(w http.ResponseWriter, data any) {
	writeJSON(w, http.StatusOK, envelope{Message: "0", TTL: 1, Data: data})
}

// decline answers as the platform does: status 200 and a code.
func decline(w http.ResponseWriter, code int, message string) {
	writeJSON(w, http.StatusOK, envelope{Code: code, Message: message, Msg: message, TTL: 1, Data: nil})
}

// asked finds the room a call is about.
func (r *Relay) asked(req *http.Request, parameter string) (event.Status, bool) {
	id, err := strconv.ParseInt(req.URL.Query().Get(parameter), 10, 64)
	if err != nil || id <= 0 {
		return event.Status{}, false
	}
	return r.status(event.RoomID(id))
}

type danmuHost struct {
	Host    string `json:"host"`
	Port    int    `json:"port"` // 0: no bare TCP; clients skip it
	WSSPort int    `json:"wss_port"`
	WSPort  int    `json:"ws_port"`
}

// self is this relay as an entry of a host list.
func self(req *http.Request) danmuHost {
	h := danmuHost{Host: req.Host}
	port := 0
	if host, p, err := net.SplitHostPort(req.Host); err == nil {
		h.Host = host
		port, _ = strconv.Atoi(p)
		if net.ParseIP(host) != nil && net.ParseIP(host).To4() == nil {
			h.Host = "[" + host + "]" // clients paste it into an address
		}
	}
	if req.TLS != nil {
		h.WSSPort = or(port, 443)
	} else {
		h.WSPort = or(port, 80)
	}
	return h
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// keyFor is the token that a client will send as key: the one it asked with.
func (r *Relay) keyFor(req *http.Request) string {
	if r.config.Tokens == nil {
		return "danmaku"
	}
	return tokenOf(req)
}

func (r *Relay) danmuInfo(w http.ResponseWriter, req *http.Request) {
	if _, ok := r.asked(req, "id"); !ok {
		decline(w, 1002002, "the relay has not joined this room")
		return
	}
	answer(w, map[string]any{
		"group": "live", "business_id": 0, "refresh_row_factor": 0.125, "refresh_rate": 100, "max_delay": 5000,
		"token": r.keyFor(req), "host_list": []danmuHost{self(req)},
	})
}

// danmuConf is the older call for the same.
func (r *Relay) danmuConf(w http.ResponseWriter, req *http.Request) {
	if _, ok := r.asked(req, "room_id"); !ok {
		decline(w, 1002002, "the relay has not joined this room")
		return
	}
	h := self(req)
	answer(w, map[string]any{
		"refresh_row_factor": 0.125, "refresh_rate": 100, "max_delay": 5000, "token": r.keyFor(req),
		"host": h.Host, "port": h.Port, "host_server_list": []danmuHost{h}, "server_list": []danmuHost{h},
	})
}

func liveStatus(s event.Status) int {
	if s.Live {
		return 1
	}
	return 0
}

func (r *Relay) roomInit(w http.ResponseWriter, req *http.Request) {
	s, ok := r.asked(req, "id")
	if !ok {
		decline(w, 60004, "the relay has not joined this room")
		return
	}
	start := int64(-62170012800) // the platform's "never"
	if s.LiveFrom != 0 {
		start = int64(s.LiveFrom) / 1000
	}
	answer(w, map[string]any{
		"room_id": s.Room, "short_id": s.ShortID, "uid": 0, "need_p2p": 0, "is_hidden": false,
		"is_locked": s.State == event.StateLocked, "is_portrait": false, "live_status": liveStatus(s), "hidden_till": 0, "lock_till": 0,
		"encrypted": false, "pwd_verified": false, "live_time": start, "room_shield": 0, "is_sp": 0, "special_type": 0,
	})
}

// beijing is the zone of the times that the platform writes as text.
var beijing = time.FixedZone("UTC+8", 8*3600)

func liveTime(s event.Status) string {
	if s.LiveFrom == 0 {
		return "0000-00-00 00:00:00"
	}
	return s.LiveFrom.Time().In(beijing).Format("2006-01-02 15:04:05")
}

func (r *Relay) roomInfo(w http.ResponseWriter, req *http.Request) {
	s, ok := r.asked(req, "room_id")
	if !ok {
		decline(w, 1, "the relay has not joined this room")
		return
	}
	answer(w, map[string]any{
		"uid": 0, "room_id": s.Room, "short_id": s.ShortID, "attention": 0, "online": 0, "is_portrait": false, "description": "",
		"live_status": liveStatus(s), "area_id": 0, "parent_area_id": 0, "parent_area_name": "", "background": "", "title": s.Title,
		"user_cover": "", "keyframe": "", "is_strict_room": false, "live_time": liveTime(s), "tags": "", "is_anchor": 0,
		"room_silent_type": "", "room_silent_level": 0, "room_silent_second": 0, "area_name": s.Area, "pendants": "",
	})
}

func (r *Relay) roomBaseInfo(w http.ResponseWriter, req *http.Request) {
	rooms := map[string]any{}
	for _, id := range req.URL.Query()["room_ids"] {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			continue
		}
		if s, ok := r.status(event.RoomID(n)); ok {
			rooms[s.Room.String()] = map[string]any{
				"room_id": s.Room, "uid": 0, "short_id": s.ShortID, "area_id": 0, "area_name": s.Area, "parent_area_id": 0, "parent_area_name": "",
				"live_status": liveStatus(s), "live_url": "https://live.bilibili.com/" + s.Room.String(), "title": s.Title, "cover": "",
				"background": "", "description": "", "tags": "", "live_time": liveTime(s), "uname": s.Streamer,
			}
		}
	}
	answer(w, map[string]any{"by_room_ids": rooms})
}

// finger and nav let clients go through the motions of the platform's risk
// control: an own device id, and keys for a signature that is not checked.
func finger(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"b_3": "00000000-0000-0000-0000-00000000000000000infoc", "b_4": "00000000-0000-0000-0000-000000000000"})
}

func nav(w http.ResponseWriter, _ *http.Request) {
	const base = "https://i0.hdslb.com/bfs/wbi/"
	writeJSON(w, http.StatusOK, envelope{Code: -101, Message: "not logged in: the relay has no accounts", TTL: 1, Data: map[string]any{
		"isLogin": false,
		"wbi_img": map[string]string{
			"img_url": base + "0123456789abcdef0123456789abcdef.png",
			"sub_url": base + "fedcba9876543210fedcba9876543210.png",
		},
	}})
}
