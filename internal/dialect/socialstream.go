package dialect

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"danmaku/event"
)

// ssnMessage is a chat message: one flat object.
type ssnMessage struct {
	ID              string   `json:"id"`
	Type            string   `json:"type"`
	SourceName      string   `json:"sourceName"`
	UserID          string   `json:"userid"`
	ChatName        string   `json:"chatname"`
	ChatMessage     string   `json:"chatmessage"`
	ChatImg         string   `json:"chatimg"`
	ChatBadges      []string `json:"chatbadges"`
	ContentImg      string   `json:"contentimg"`
	HasDonation     string   `json:"hasDonation"`
	Membership      string   `json:"membership"`
	Title           string   `json:"title"`
	Subtitle        string   `json:"subtitle"`
	Moderator       bool     `json:"moderator"`
	Admin           bool     `json:"admin"`
	Event           string   `json:"event"`
	NameColor       string   `json:"nameColor"`
	TextColor       string   `json:"textColor"`
	BackgroundColor string   `json:"backgroundColor"`
	// TextOnly makes pages show chatmessage as text: otherwise they take it for
	// markup.
	TextOnly bool `json:"textonly"`
}

func socialStream(e *event.Event) any {
	u := person(e)
	m := ssnMessage{ID: id(e), Type: event.Bilibili, SourceName: e.Room.String(), UserID: u.ID, ChatName: u.Name, ChatImg: u.Face,
		ChatBadges: []string{}, Moderator: u.Admin, TextOnly: true}
	if u.Guard > 0 {
		m.Membership = guardName(u.Guard, "")
	}
	switch {
	case e.Comment != nil:
		m.ChatMessage = e.Comment.Text
		if s := e.Comment.Sticker; s != nil {
			m.ContentImg = s.URL
		}
	case e.Gift != nil:
		m.ChatMessage, m.ContentImg, m.HasDonation = gave(e.Gift), e.Gift.Icon, donation(e.Gift.Total)
	case e.SuperChat != nil:
		m.ChatMessage, m.HasDonation, m.BackgroundColor = e.SuperChat.Text, donation(e.SuperChat.Price), e.SuperChat.Background
		m.Title, m.Subtitle = "醒目留言", e.SuperChat.Translated
	case e.Guard != nil:
		m.ChatMessage, m.HasDonation = bought(e.Guard), donation(e.Guard.Price)
		m.Membership, m.Title = guardName(e.Guard.Level, e.Guard.Name), "大航海"
	default:
		return nil
	}
	return m
}

func donation(m event.Money) string {
	if m == 0 {
		return ""
	}
	return strconv.FormatFloat(yuan(m), 'f', -1, 64) + " CNY"
}

// ChatChannel is the channel on which pages listen for chat.
const ChatChannel = 4

// SocialStreamSaid is what a page may say. At most one field is set.
type SocialStreamSaid struct {
	Join  string // the session to listen to
	In    int    // with Join: the channel to listen on
	Reply []byte // what to answer
}

// ParseSocialStream reads a message of a page. Actions ask the program for
// something that the relay does not do, and are answered so.
func ParseSocialStream(message []byte) (SocialStreamSaid, error) {
	var m struct {
		Join   anyString       `json:"join"`
		In     *int            `json:"in"`
		Action string          `json:"action"`
		Get    json.RawMessage `json:"get"`
	}
	if err := json.Unmarshal(message, &m); err != nil {
		return SocialStreamSaid{}, errors.New("a message is not JSON")
	}
	switch {
	case m.Join != "":
		in := ChatChannel
		if m.In != nil {
			in = *m.In
		}
		return SocialStreamSaid{Join: string(m.Join), In: in}, nil
	case m.Action != "" && len(m.Get) > 0:
		return SocialStreamSaid{Reply: appendJSON(nil, map[string]any{"callback": map[string]any{"get": m.Get, "result": false}})}, nil
	}
	return SocialStreamSaid{}, nil
}

// SessionRoom is the room that a session's name means: its number. Any other
// name means all rooms, 0.
func SessionRoom(session string) event.RoomID {
	return event.RoomID(max(number(strings.TrimSpace(session)), 0))
}
