package dialect

import (
	"encoding/json"
	"html"
	"strconv"
	"time"

	"danmaku/event"
)

// The messages are those of @onecomme.com/onesdk 6.0.0 (MIT).

type oneAction struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

type oneColor struct {
	R int `json:"r"`
	G int `json:"g"`
	B int `json:"b"`
}

type oneBadge struct {
	URL   string `json:"url"`
	Label string `json:"label"`
}

type oneData struct {
	ID           string     `json:"id"`
	UserID       string     `json:"userId"`
	LiveID       string     `json:"liveId"`
	Name         string     `json:"name"`
	DisplayName  string     `json:"displayName"`
	IsOwner      bool       `json:"isOwner"`
	IsModerator  bool       `json:"isModerator"`
	IsMember     bool       `json:"isMember"`
	HasGift      bool       `json:"hasGift"`
	ProfileImage string     `json:"profileImage"`
	Badges       []oneBadge `json:"badges"`
	Timestamp    string     `json:"timestamp"`
	Comment      string     `json:"comment"`    // markup: templates set it as such
	SpeechText   string     `json:"speechText"` // plain
	Price        float64    `json:"price,omitempty"`
	Gift         *oneGift   `json:"giftData,omitempty"`
	SuperChat    *oneSC     `json:"superChatData,omitempty"`
	Colors       *oneColors `json:"colors,omitempty"`
}

type oneGift struct {
	Action    string      `json:"action"`
	ID        int64       `json:"giftId"`
	Name      string      `json:"giftName"`
	Num       int         `json:"num"`
	Price     event.Money `json:"price"`
	TotalCoin event.Money `json:"total_coin"`
	CoinType  string      `json:"coin_type"`
	Face      string      `json:"face"`
	Uname     string      `json:"uname"`
}

type oneSC struct {
	ID         int64   `json:"id"`
	Message    string  `json:"message"`
	Translated string  `json:"message_trans"`
	Price      float64 `json:"price"`
	Time       int     `json:"time"`
	Start      int64   `json:"start_time"`
	End        int64   `json:"end_time"`
	Bottom     string  `json:"background_bottom_color"`
}

type oneColors struct {
	HeaderBackground string `json:"headerBackgroundColor"`
	HeaderText       string `json:"headerTextColor"`
	BodyBackground   string `json:"bodyBackgroundColor"`
	BodyText         string `json:"bodyTextColor"`
}

type oneMeta struct {
	No int64 `json:"no,omitempty"`
}

type oneComment struct {
	ID      string   `json:"id"` // of the room's entry, not of the comment
	Service string   `json:"service"`
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Color   oneColor `json:"color"`
	Meta    oneMeta  `json:"meta"`
	Data    oneData  `json:"data"`
}

// oneCommeOf gives the comment that tells an event; false: there is none.
func oneCommeOf(e *event.Event) (oneComment, bool) {
	u := person(e)
	text := ""
	d := oneData{ID: id(e), UserID: u.ID, LiveID: e.Room.String(), Name: u.Name, DisplayName: u.Name, IsModerator: u.Admin, IsMember: u.Guard > 0,
		ProfileImage: u.Face, Badges: []oneBadge{}, Timestamp: moment(e).Time().UTC().Format(time.RFC3339Nano)}
	switch {
	case e.Of != "":
		return oneComment{}, false
	case e.Comment != nil:
		text = e.Comment.Text
	case e.Gift != nil:
		g := e.Gift
		text = gave(g)
		coin := "silver"
		if g.Paid {
			coin = "gold"
		}
		d.HasGift, d.Price = true, yuan(g.Total)
		d.Gift = &oneGift{g.Action, number(g.ID), g.Name, g.Count, g.UnitPrice, g.Total, coin, u.Face, u.Name}
	case e.SuperChat != nil:
		s := e.SuperChat
		text = s.Text
		if s.ID != "" {
			d.ID = s.ID // what it is deleted by
		}
		d.HasGift, d.Price = true, yuan(s.Price)
		d.SuperChat = &oneSC{number(s.ID), s.Text, s.Translated, yuan(s.Price), s.Seconds, int64(s.Start) / 1000, int64(s.End) / 1000, s.Background}
		if s.Background != "" {
			d.Colors = &oneColors{s.Background, "#ffffff", s.Background, "#ffffff"}
		}
	case e.Guard != nil:
		text = bought(e.Guard)
		d.HasGift, d.IsMember, d.Price = true, true, yuan(e.Guard.Price)
	default:
		return oneComment{}, false
	}
	if m := worn(e, &u); m.Name != "" {
		d.Badges = append(d.Badges, oneBadge{"", m.Name + " " + strconv.Itoa(m.Level)})
	}
	d.Comment, d.SpeechText = html.EscapeString(text), text
	return oneComment{ID: oneService(e.Room), Service: event.Bilibili, Name: e.Room.String(), URL: roomURL(e.Room), Color: oneColor{0, 161, 214},
		Meta: oneMeta{e.Seq}, Data: d}, true
}

func oneService(room event.RoomID) string { return "danmaku-" + room.String() }

func roomURL(room event.RoomID) string { return "https://live.bilibili.com/" + room.String() }

func oneComme(e *event.Event) any {
	type deleted struct {
		ID      string `json:"id"`
		Message string `json:"message"`
	}
	switch {
	case e.SuperChatDelete != nil:
		list := []deleted{}
		for _, id := range e.SuperChatDelete.IDs {
			list = append(list, deleted{ID: id})
		}
		return oneAction{"deleted", list}
	case e.Moderation != nil && e.Moderation.Action == "recall_all":
		return oneAction{"clear", []any{}}
	case e.Moderation != nil && e.Moderation.Action == "recall" && e.Moderation.Target != "":
		return oneAction{"deleted", []deleted{{ID: e.Moderation.Target}}}
	case e.Stats != nil && (e.Stats.Online != nil || e.Stats.Watched != nil):
		return oneAction{"meta", map[string]any{
			"service": map[string]string{"id": oneService(e.Room), "url": roomURL(e.Room)},
			"meta": struct {
				Viewer *int64 `json:"viewer,omitempty"`
				Total  *int64 `json:"total,omitempty"`
			}{e.Stats.Online, e.Stats.Watched},
		}}
	}
	c, ok := oneCommeOf(e)
	if !ok {
		return nil
	}
	return oneAction{"comments", map[string]any{"comments": []oneComment{c}, "options": struct{}{}}}
}

// OneCommeComments is a list of comments, as /api/comments answers and as
// OneCommeConnected begins with.
func OneCommeComments(events []event.Event) json.RawMessage {
	list := []oneComment{}
	for i := range events {
		if c, ok := oneCommeOf(&events[i]); ok {
			list = append(list, c)
		}
	}
	return appendJSON(nil, list)
}

// OneCommeServices is the list of rooms.
func OneCommeServices(rooms []event.Status) json.RawMessage {
	type meta struct {
		Title  string `json:"title"`
		IsLive bool   `json:"isLive"`
	}
	type service struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		URL     string   `json:"url"`
		Speech  bool     `json:"speech"`
		Write   bool     `json:"write"`
		Enabled bool     `json:"enabled"`
		Color   oneColor `json:"color"`
		Meta    meta     `json:"meta"`
	}
	list := []service{}
	for _, s := range rooms {
		name := s.Streamer
		if name == "" {
			name = s.Room.String()
		}
		list = append(list, service{ID: oneService(s.Room), Name: name, URL: roomURL(s.Room), Enabled: true, Color: oneColor{0, 161, 214}, Meta: meta{s.Title, s.Live}})
	}
	return appendJSON(nil, list)
}

// OneCommeSetlist is the current list of songs: there is none.
func OneCommeSetlist() json.RawMessage {
	return json.RawMessage(`{"id":0,"name":"","items":[],"completed":[]}`)
}

// OneCommeConnected is the first message of the socket.
func OneCommeConnected(comments, services json.RawMessage) []byte {
	return appendJSON(nil, oneAction{"connected", map[string]any{
		"comments": comments, "services": services, "config": struct{}{}, "waitingList": []any{}, "setList": OneCommeSetlist(),
	}})
}
