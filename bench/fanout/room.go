package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"danmaku/internal/simroom"
	"danmaku/protocol"

	"github.com/andybalholm/brotli"
	"github.com/gorilla/websocket"
)

// room is a simulated live room that says stamped comments. The calls of a
// client that joins are answered by the simulated platform; only the comment
// socket is its own, so that what is said, and when, is the benchmark's.
type room struct {
	http.Handler
	size   int           // of an event's JSON, about; 0: as it comes
	joined chan struct{} // a client has joined

	mu     sync.Mutex
	ws     *websocket.Conn
	plain  []byte
	packed bytes.Buffer
	brotli *brotli.Writer
}

const roomID = 7734200 // of the simulated platform's usual room

func newRoom(size int) (*room, error) {
	s, err := simroom.New(simroom.Demo())
	if err != nil {
		return nil, err
	}
	r := &room{size: size, joined: make(chan struct{}, 1), brotli: brotli.NewWriterLevel(nil, 2)}
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.HandleFunc("/sub", r.socket)
	r.Handler = mux
	return r, nil
}

// socket admits a client and answers its heartbeats.
func (r *room) socket(w http.ResponseWriter, req *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, req, nil)
	if err != nil {
		return // it has been answered
	}
	defer ws.Close()
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return
		}
		p, _, err := protocol.Next(b)
		if err != nil {
			return
		}
		r.mu.Lock()
		switch p.Op {
		case protocol.OpAuth:
			err = ws.WriteMessage(websocket.BinaryMessage, protocol.AppendAuthReply(nil, protocol.AuthReply{}))
			r.ws = ws
			select {
			case r.joined <- struct{}{}:
			default:
			}
		case protocol.OpHeartbeat:
			err = ws.WriteMessage(websocket.BinaryMessage, protocol.AppendHeartbeatReply(nil, 1))
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// say sends a comment for each stamp, in bundles of at most 32 as the platform does.
func (r *room) say(batch []stamp) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ws == nil {
		return errors.New("nobody is in the simulated room")
	}
	for len(batch) > 0 {
		n := min(len(batch), 32)
		r.plain = r.plain[:0]
		for _, s := range batch[:n] {
			r.plain = protocol.Append(r.plain, protocol.Packet{Op: protocol.OpCommand, Body: r.comment(s)})
		}
		batch = batch[n:]
		r.packed.Reset()
		r.brotli.Reset(&r.packed)
		if _, err := r.brotli.Write(r.plain); err != nil {
			return err
		}
		if err := r.brotli.Close(); err != nil {
			return err
		}
		b := protocol.Append(nil, protocol.Packet{Version: protocol.Brotli, Op: protocol.OpCommand, Body: r.packed.Bytes()})
		if err := r.ws.WriteMessage(websocket.BinaryMessage, b); err != nil {
			return fmt.Errorf("simulated room: %w", err)
		}
	}
	return nil
}

// comment is a DANMU_MSG in the shape of 2026 with a viewer who wears a medal.
func (r *room) comment(s stamp) []byte {
	text := string(appendStamp(nil, s))
	for n := r.size - 480; n > 0; n-- {
		text += "x"
	}
	now := time.Now()
	extra, _ := json.Marshal(`{"send_from_me":false,"mode":0,"color":16777215,"dm_type":0,"font_size":25,"player_mode":1,"show_player_type":0,"content":"` + text +
		`","user_hash":"3209547382","emoticon_unique":"","bulge_display":0,"recommend_score":3,"direction":0,"space_type":"","space_url":"","animation":{},"emots":null,` +
		`"is_audited":false,"id_str":"` + fmt.Sprintf("%032x%08x", now.UnixNano(), s.seq) + `","icon":null,"show_reply":true,"reply_mid":0,"reply_uname":"","reply_uname_color":"",` +
		`"reply_is_mystery":false,"reply_type_enum":0,"hit_combo":0,"esports_jump_url":"","is_mirror":false}`)
	uid := 20000000 + int64(s.seq%997)
	name := "听众" + strconv.FormatUint(uint64(s.seq%997), 10)
	return fmt.Appendf(nil, `{"cmd":"DANMU_MSG","dm_v2":"","info":[[0,1,25,16777215,%d,%d,0,"bf4da2b6",0,0,0,"",0,"{}","{}",{"extra":%s,"mode":0,"show_player_type":0,`+
		`"user":{"base":{"face":"https://i0.hdslb.com/bfs/face/0123456789abcdef0123456789abcdef01234567.jpg","is_mystery":false,"name":"%[4]s","name_color":0,"name_color_str":"",`+
		`"official_info":{"desc":"","role":0,"title":"","type":-1},"origin_info":{"face":"https://i0.hdslb.com/bfs/face/0123456789abcdef0123456789abcdef01234567.jpg","name":"%[4]s"}},`+
		`"guard":{"expired_str":"","level":0},"guard_leader":{"is_guard_leader":false},"medal":{"color":6126494,"color_border":6126494,"color_end":6126494,"color_start":6126494,`+
		`"guard_icon":"","guard_level":0,"honor_icon":"","id":1201,"is_light":1,"level":12,"name":"小铃铛","ruid":320001,"score":13000,"typ":0,"user_receive_count":0},`+
		`"title":{"old_title_css_id":"","title_css_id":""},"uhead_frame":null,"uid":%[5]d,"wealth":{"dm_icon_key":"","level":7}}},{"activity_identity":"","activity_source":0,"not_show":0},0],`+
		`"%[6]s",[%[5]d,"%[4]s",0,0,0,10000,1,""],[12,"小铃铛","星野铃_Official",7734200,6126494,"",0,6126494,6126494,6126494,0,1,320001],[9,0,9868950,">50000",0],["",""],0,0,null,`+
		`{"ct":"%08X","ts":%[8]d},0,0,null,null,0,105,[7],null]}`,
		now.UnixMilli(), s.seq, extra, name, uid, text, s.seq, now.Unix())
}
