package relay

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"danmaku/event"
	"danmaku/internal/dialect"
	"danmaku/internal/fanout"
)

// blivechat: the socket of its pages, the one of its plugins, and the calls that
// both make first.

func (r *Relay) blivechatRoutes() {
	r.mux.HandleFunc("GET /api/chat", r.blivechat)
	r.mux.HandleFunc("GET /api/plugin/websocket", r.plugin)
	r.mux.HandleFunc("GET /api/plugin/rooms", func(w http.ResponseWriter, _ *http.Request) {
		writeRaw(w, dialect.PluginRooms(r.feeds.knownRooms()))
	})
	r.mux.HandleFunc("GET /api/ping", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r.mux.HandleFunc("GET /api/server_info", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"version": "danmaku " + r.config.Version,
			"config": map[string]any{"enableTranslate": false, "enableUploadFile": false, "loaderUrl": "", "enableAdminPlugins": false}})
	})
	r.mux.HandleFunc("GET /api/endpoints", func(w http.ResponseWriter, req *http.Request) {
		scheme := "http://"
		if req.TLS != nil {
			scheme = "https://"
		}
		writeJSON(w, http.StatusOK, map[string][]string{"endpoints": {scheme + req.Host}})
	})
	r.mux.HandleFunc("GET /api/room_info", func(w http.ResponseWriter, req *http.Request) {
		s, ok := r.asked(req, "roomId")
		if !ok {
			writeProblem(w, errNotJoined)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"roomId": s.Room, "ownerUid": 0})
	})
	r.mux.HandleFunc("GET /api/text_emoticon_mappings", func(w http.ResponseWriter, _ *http.Request) {
		writeRaw(w, []byte(`{"textEmoticons":[]}`))
	})
	r.mux.HandleFunc("GET /custom_public/preset.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", types[".css"])
	})
}

var errNotJoined = &problem{http.StatusNotFound, "not_joined", "the relay has not joined this room", "join it: relay rooms add NUMBER"}

func writeRaw(w http.ResponseWriter, json []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(json, '\n'))
}

// joinTime is how long a page may take to say which room it wants.
const joinTime = 15 * time.Second

// blivechat serves /api/chat: a page joins one room.
func (r *Relay) blivechat(w http.ResponseWriter, req *http.Request) {
	conn, leave, ok := r.accept(w, req, "")
	if !ok {
		return
	}
	op, b, err := fanout.First(conn, 16<<10, joinTime)
	if err != nil {
		leave()
		refuse(conn, err, "no room was named within "+joinTime.String())
		return
	}
	room, err := dialect.Join(b)
	room = r.longID(room)
	var last []byte
	switch {
	case op != fanout.OpText:
		err = errors.New("this address speaks JSON in text messages")
	case errors.Is(err, dialect.ErrIdentityCode):
		last = textFrames([][]byte{dialect.Fatal(1, err.Error())})
	case err == nil && !r.joined(room):
		err = errors.New("the relay has not joined room " + room.String())
	}
	if err != nil {
		leave()
		fanout.Refuse(conn, last, &fanout.CloseError{Code: fanout.CloseRefused, Reason: err.Error()})
		return
	}
	r.listen(conn, listener{dialect: dialect.Blivechat, rooms: []event.RoomID{room}}, leave)
}

// pluginLimit bounds what a plugin or another source of events sends at once.
const pluginLimit = 64 << 10

// plugin serves /api/plugin/websocket: all rooms to a plugin, and its comments
// to the pages.
func (r *Relay) plugin(w http.ResponseWriter, req *http.Request) {
	conn, leave, ok := r.accept(w, req, "")
	if !ok {
		return
	}
	number := strconv.FormatUint(r.guests.Add(1), 10)
	l := listener{dialect: dialect.BlivechatPlugin, limit: pluginLimit, first: func(int64) [][]byte {
		first := [][]byte{dialect.PluginStart(r.config.Version, "plugin-"+number)}
		for _, room := range r.feeds.knownRooms() {
			first = append(first, dialect.PluginRoom(room, true)...)
		}
		return first
	}}
	speaks, added := r.maySpeak(req), 0
	l.receive = func(message []byte) ([][]byte, *fanout.CloseError) {
		said, err := dialect.ParsePlugin(message)
		switch {
		case err != nil:
			return nil, &fanout.CloseError{Code: fanout.CloseBadText, Reason: err.Error()}
		case said.Log != "":
			r.log.Info("a plugin says", "plugin", number, "text", shorten(said.Log, 500))
		case said.Text != nil && !speaks:
			return nil, &fanout.CloseError{Code: fanout.CloseRefused, Reason: "only a token of scope admin may add comments"}
		case said.Text != nil:
			added++
			e := said.Text
			e.Key, e.At, e.Received = "plugin:"+number+"-"+strconv.Itoa(added), event.At(time.Now()), event.At(time.Now())
			r.feeds.inject(e)
		}
		return nil, nil
	}
	r.listen(conn, l, leave)
}

func shorten(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && s[bytes]&0xc0 == 0x80 {
		bytes--
	}
	return s[:bytes] + "…"
}
