package simroom

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// routes merges the paths of all of the platform's hosts.
func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	handle := func(path string, h http.HandlerFunc) {
		m.HandleFunc(path, func(w http.ResponseWriter, q *http.Request) {
			s.called(q)
			if s.failing(w, q) {
				return
			}
			h(w, q)
		})
	}
	handle("GET /", s.serveHome)
	handle("GET /bfs/", servePicture)
	handle("GET /x/frontend/finger/spi", s.serveFinger)
	handle("GET /x/web-frontend/getbuvid", s.serveBuvid)
	handle("GET /x/web-interface/nav", s.serveNav)
	handle("GET /room/v1/Room/room_init", s.serveRoomInit)
	handle("GET /room/v1/Room/get_info", s.serveInfo)
	handle("GET /xlive/web-room/v1/index/getRoomBaseInfo", s.serveBaseInfo)
	handle("GET /xlive/web-room/v1/index/getDanmuInfo", s.serveDanmuInfo)
	handle("GET /xlive/web-room/v1/dM/gethistory", s.serveHistory)
	handle("GET /av/v1/SuperChat/getMessageList", s.serveSuperChats)
	handle("GET /x/passport-login/web/qrcode/generate", s.serveQRGenerate)
	handle("GET /x/passport-login/web/qrcode/poll", s.serveQRPoll)
	handle("POST /v2/app/start", s.serveStart)
	handle("POST /v2/app/heartbeat", s.serveHeartbeat)
	handle("POST /v2/app/batchHeartbeat", s.serveHeartbeats)
	handle("POST /v2/app/end", s.serveEnd)
	m.HandleFunc("GET /sub", func(w http.ResponseWriter, q *http.Request) {
		s.called(q)
		s.serveSocket(w, q)
	})
	return m
}

func (s *Server) called(q *http.Request) {
	base := "http://" + q.Host
	if q.TLS != nil {
		base = "https://" + q.Host
	}
	s.base.CompareAndSwap(nil, &base)
	s.mu.Lock()
	s.calls[q.URL.Path]++
	s.mu.Unlock()
}

// answer sends a whole body; ok sends data in the envelope of every call.
func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body)
}

func ok(w http.ResponseWriter, data []byte) {
	answer(w, put(nil, `{"code":0,"message":"0","ttl":1,"data":$}`, json.RawMessage(data)))
}

func fail(w http.ResponseWriter, code int, words string) {
	answer(w, put(nil, `{"code":$,"message":$,"ttl":1}`, code, words))
}

// scripted reports a User-Agent that the platform's risk check does not like.
func scripted(agent string) bool {
	if !strings.HasPrefix(agent, "Mozilla/") {
		return true
	}
	// Outdated browsers are refused too (protocol.md, 2026-04).
	if _, v, found := strings.Cut(agent, "Chrome/"); found {
		major, _, _ := strings.Cut(v, ".")
		if n, err := strconv.Atoi(major); err == nil && n < 120 {
			return true
		}
	}
	return false
}

// roomOf finds the room that a parameter names by its long or short id.
func (s *Server) roomOf(q *http.Request, parameter string) *room {
	id, err := strconv.ParseInt(q.URL.Query().Get(parameter), 10, 64)
	if err != nil {
		return nil
	}
	r := s.rooms[event.RoomID(id)]
	if _, on := s.active("wrong-room", r); r != nil && on {
		return nil
	}
	return r
}

// state is what the calls tell of a broadcast.
func (r *room) state() (live int, from time.Time, locked bool) {
	_, locked = r.s.active("locked", r)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.live {
		return 0, time.Unix(-62170012800, 0), locked
	}
	return 1, r.liveFrom, locked
}

func (s *Server) serveRoomInit(w http.ResponseWriter, q *http.Request) {
	r := s.roomOf(q, "id")
	if r == nil {
		answer(w, []byte(`{"code":60004,"msg":"直播间不存在","message":"直播间不存在","data":{}}`))
		return
	}
	live, from, locked := r.state()
	till := int64(0)
	if locked {
		till = time.Now().Unix() + 3600
	}
	answer(w, put(nil, `{"code":0,"msg":"ok","message":"ok","data":{"room_id":$,"short_id":$,"uid":$,"need_p2p":0,"is_hidden":false,"is_locked":$,"is_portrait":false,`+
		`"live_status":$,"hidden_till":0,"lock_till":$,"encrypted":false,"pwd_verified":false,"live_time":$,"room_shield":0,"is_sp":0,"special_type":0}}`,
		int64(r.ID), int64(r.Short), r.UID, locked, live, till, from.Unix()))
}

func (s *Server) serveInfo(w http.ResponseWriter, q *http.Request) {
	r := s.roomOf(q, "room_id")
	if r == nil {
		answer(w, []byte(`{"code":1,"msg":"未找到该房间","message":"未找到该房间","data":[]}`))
		return
	}
	live, from, _ := r.state()
	since := "0000-00-00 00:00:00"
	if live == 1 {
		since = from.In(beijing).Format(time.DateTime)
	}
	answer(w, put(nil, `{"code":0,"msg":"ok","message":"ok","data":{"uid":$,"room_id":$,"short_id":$,"attention":$,"online":$,"is_portrait":false,"description":"",`+
		`"live_status":$,"area_id":745,"parent_area_id":9,"parent_area_name":$,"old_area_id":6,"background":"","title":$,"user_cover":$,"keyframe":$,"live_time":$,`+
		`"tags":"","is_strict_room":false,"room_silent_type":"","room_silent_level":0,"room_silent_second":0,"area_name":$,"verify":"","pendants":{}}}`,
		r.UID, int64(r.ID), int64(r.Short), 123456, 4321, live, r.ParentArea, r.title(), s.images()+"/bfs/live/cover.jpg", s.images()+"/bfs/live/keyframe.jpg", since, r.Area))
}

func (s *Server) serveBaseInfo(w http.ResponseWriter, q *http.Request) {
	var all []byte
	for _, text := range q.URL.Query()["room_ids"] {
		id, err := strconv.ParseInt(text, 10, 64)
		r := s.rooms[event.RoomID(id)]
		if err != nil || r == nil {
			continue
		}
		live, from, _ := r.state()
		since := "0000-00-00 00:00:00"
		if live == 1 {
			since = from.In(beijing).Format(time.DateTime)
		}
		if all != nil {
			all = append(all, ',')
		}
		all = put(all, `$:{"room_id":$,"uid":$,"area_id":745,"live_status":$,"live_url":$,"parent_area_id":9,"title":$,"parent_area_name":$,"area_name":$,"live_time":$,`+
			`"description":"","tags":"","attention":123456,"online":4321,"short_id":$,"uname":$,"cover":$,"background":"","join_slide":1,"live_id":0}`,
			r.ID.String(), int64(r.ID), r.UID, live, "https://live.bilibili.com/"+r.ID.String(), r.title(), r.ParentArea, r.Area, since, int64(r.Short), r.Streamer,
			s.images()+"/bfs/live/cover.jpg")
	}
	ok(w, append(append([]byte(`{"by_uids":{},"by_room_ids":{`), all...), "}}"...))
}

func (r *room) title() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Title
}

// serveDanmuInfo gives a token for a room's socket, to a browser with a
// device cookie whose request is signed; others get -352 (protocol.md 2.1).
func (s *Server) serveDanmuInfo(w http.ResponseWriter, q *http.Request) {
	refuse := func(why string) {
		s.log.Warn("getDanmuInfo refused with -352", "why", why)
		answer(w, []byte(`{"code":-352,"message":"-352","ttl":1}`))
	}
	query := q.URL.Query()
	if scripted(q.UserAgent()) {
		refuse("the User-Agent is not a current browser's")
		return
	}
	buvid, err := q.Cookie("buvid3")
	if err != nil || buvid.Value == "" {
		refuse("no buvid3 cookie")
		return
	}
	img, sub := wbiKeys(s.config.Seed, s.period())
	if err := checkWBI(query, img, sub, time.Now()); err != nil {
		refuse(err.Error())
		return
	}
	r := s.roomOf(q, "id")
	if r == nil || query.Get("id") != r.ID.String() {
		fail(w, 1002002, "房间不存在")
		return
	}
	if t := query.Get("type"); t != "" && t != "0" {
		fail(w, -400, "请求错误")
		return
	}
	now := time.Now()
	key := s.accounts.issue(token{room: r.ID, uid: s.accounts.session(q).uid, buvid: buvid.Value, agent: q.UserAgent(),
		made: now, expires: now.Add(s.config.TokenLife), view: web})
	ok(w, put(nil, `{"group":"live","business_id":0,"refresh_row_factor":0.125,"refresh_rate":100,"max_delay":5000,"token":$,"host_list":$}`,
		key, json.RawMessage(s.hostList(q, r))))
}

// hosts are the names and the port under which this server is to be reached.
func (s *Server) hosts(q *http.Request) (names []string, port int) {
	host, p, err := net.SplitHostPort(q.Host)
	if err != nil {
		host, p = q.Host, "80"
		if q.TLS != nil {
			p = "443"
		}
	}
	port, _ = strconv.Atoi(p)
	if len(s.config.Hosts) > 0 {
		return slices.Clone(s.config.Hosts), port
	}
	return []string{host}, port
}

// hostList is where the comment sockets are. The fault wrong-host puts
// addresses first at which nobody listens.
func (s *Server) hostList(q *http.Request, r *room) []byte {
	names, port := s.hosts(q)
	list := []byte{'['}
	entry := func(host string, port int) {
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = put(list, `{"host":$,"port":2243,"wss_port":$,"ws_port":$}`, host, port, port)
	}
	if value, on := s.active("wrong-host", r); on {
		n, _ := strconv.Atoi(cmp.Or(value, "1"))
		for range n {
			entry("127.0.0.1", 1)
		}
		if value == "all" {
			entry("127.0.0.1", 1)
			return append(list, ']')
		}
	}
	for _, name := range names {
		entry(name, port)
	}
	return append(list, ']')
}

// serveHistory tells the last comments: ten of everybody and ten of admins.
func (s *Server) serveHistory(w http.ResponseWriter, q *http.Request) {
	r := s.roomOf(q, "roomid")
	if r == nil {
		fail(w, -400, "请求错误")
		return
	}
	hide := false
	if whom, on := s.active("mask", r); on {
		hide = whom == "all" || s.accounts.session(q).uid == 0
	}
	r.mu.Lock()
	history := slices.Clone(r.history)
	r.mu.Unlock()
	if r.Recording != nil {
		// A recording keeps its own times and may be played faster than it is
		// read, so its last comments cannot be told from those still under way.
		history = nil
	}
	list := func(only func(*happening) bool) json.RawMessage {
		b := []byte{'['}
		kept := slices.DeleteFunc(slices.Clone(history), func(h happening) bool { return !only(&h) })
		for i := range kept[max(0, len(kept)-10):] {
			if i > 0 {
				b = append(b, ',')
			}
			h := kept[max(0, len(kept)-10)+i]
			if hide {
				h.who = h.who.masked()
			}
			b = r.appendHistory(b, &h)
		}
		return append(b, ']')
	}
	ok(w, put(nil, `{"admin":$,"room":$}`, list(func(h *happening) bool { return h.who.admin }), list(func(*happening) bool { return true })))
}

func (r *room) appendHistory(dst []byte, h *happening) []byte {
	c, v := h.comment, h.who
	emoticon, kind := json.RawMessage(`{"id":0,"emoticon_unique":"","text":"","perm":0,"url":"","in_player_area":0,"bulge_display":0,"is_dynamic":0,"height":0,"width":0}`), 0
	if st := c.sticker; st != nil {
		kind = 1
		emoticon = put(nil, `{"id":0,"emoticon_unique":$,"text":$,"perm":1,"url":$,"in_player_area":1,"bulge_display":$,"is_dynamic":$,"height":$,"width":$}`,
			st.unique, st.text, r.picture(st.unique), bit(st.size > 100), st.dynamic, st.size, st.size)
	}
	medal := json.RawMessage("[]")
	if m := v.medal; m != nil {
		medal = put(nil, `[$,$,$,$,$,"",0,$,$,$,$,$,$]`, m.level, m.name, m.owner, m.room, m.color(), m.color(), m.color(), m.color(), m.guard, bit(m.lit), m.ruid)
	}
	var reply int64
	if c.reply != nil {
		reply = c.reply.uid
	}
	return put(dst, `{"text":$,"dm_type":$,"uid":$,"nickname":$,"uname_color":"","timeline":$,"isadmin":$,"vip":0,"svip":0,"medal":$,"title":[""],"user_level":[$,0,9868950,">50000"],`+
		`"rank":10000,"teamid":0,"rnd":$,"user_title":"","guard_level":$,"bubble":0,"bubble_color":"","lpl":0,"yeah_space_url":"","jump_to_url":"","check_info":{"ts":$,"ct":$},`+
		`"emoticon":$,"emots":$,"id_str":$,"wealth_level":$,"reply":{"reply_mid":$},"user":{"uid":$,"base":{"name":$,"face":$,"is_mystery":false}}}`,
		h.text, kind, v.uid, v.name, h.at.In(beijing).Format(time.DateTime), bit(v.admin), medal, v.level, strconv.FormatInt(c.rnd, 10), v.guard, h.at.Unix(), c.ct,
		emoticon, json.RawMessage(r.appendEmotes(nil, h)), h.id, v.wealth, reply, v.uid, v.name, r.s.images()+v.face)
}

func (s *Server) serveSuperChats(w http.ResponseWriter, q *http.Request) {
	r := s.roomOf(q, "room_id")
	if r == nil {
		fail(w, -400, "请求错误")
		return
	}
	now := s.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []byte(`{"list":[`)
	first := true
	for _, st := range r.standing {
		if st.end.Before(now) {
			continue
		}
		if !first {
			list = append(list, ',')
		}
		first = false
		list = append(list, st.item...)
	}
	ok(w, append(list, "]}"...))
}
