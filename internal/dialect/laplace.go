package dialect

import (
	"strconv"
	"strings"

	"danmaku/event"
)

// The messages are those of @laplace.live/event-types 2.0.21 (Apache-2.0).

// LaplaceVersion is the version of the bridge that we are like: since 4.0.3
// clients expect a ping at least every 90 s.
const LaplaceVersion = "4.0.3"

type lapBase struct {
	Type                string       `json:"type"`
	ID                  string       `json:"id"`
	Origin              event.RoomID `json:"origin"`
	OriginIdx           int          `json:"originIdx"`
	UID                 int64        `json:"uid"`
	Username            string       `json:"username"`
	Timestamp           event.Millis `json:"timestamp"`
	TimestampNormalized event.Millis `json:"timestampNormalized"`
	Read                bool         `json:"read"`
}

type lapMedal struct {
	Level     int          `json:"level"`
	Name      string       `json:"name"`
	Room      event.RoomID `json:"room"`
	GuardType int          `json:"guardType"`
	Lightened int          `json:"lightened"`
}

// lapUser is what the messages about people have in common.
type lapUser struct {
	Avatar           string   `json:"avatar"`
	GuardType        int      `json:"guardType"`
	Medal            lapMedal `json:"medal"`
	WealthMedalLevel int      `json:"wealthMedalLevel"`
}

// lapText is a message with nothing but words.
type lapText struct {
	lapBase
	Message string `json:"message"`
}

func lapHead(kind string, e *event.Event) lapBase {
	u, at := person(e), moment(e)
	return lapBase{Type: kind, ID: id(e), Origin: e.Room, UID: number(u.ID), Username: u.Name, Timestamp: at, TimestampNormalized: at}
}

func lapWho(e *event.Event) lapUser {
	u := person(e)
	m := event.Medal{}
	if u.Medal != nil {
		m = *u.Medal
	}
	return lapUser{u.Face, u.Guard, lapMedal{m.Level, m.Name, m.Room, m.Guard, bit(m.Lit)}, u.Wealth}
}

func laplace(e *event.Event) any {
	switch {
	case e.Comment != nil:
		return lapComment(e)
	case e.SuperChat != nil:
		return lapSuperChat(e)
	case e.SuperChatDelete != nil:
		ids := []int64{}
		for _, id := range e.SuperChatDelete.IDs {
			ids = append(ids, number(id))
		}
		return struct {
			lapBase
			IDs []int64 `json:"scIds"`
		}{lapHead("superchat-delete", e), ids}
	case e.Gift != nil:
		return lapGift(e)
	case e.Guard != nil:
		return lapToast(e)
	case e.Enter != nil && e.Enter.Effect:
		return struct {
			lapBase
			lapUser
			Message string `json:"message"`
		}{lapHead("entry-effect", e), lapWho(e), person(e).Name + " 进入直播间"}
	case e.Enter != nil:
		return lapInteraction(e, 1)
	case e.Follow != nil && e.Follow.Special:
		return lapInteraction(e, 4)
	case e.Follow != nil && e.Follow.Mutual:
		return lapInteraction(e, 5)
	case e.Follow != nil:
		return lapInteraction(e, 2)
	case e.Share != nil:
		return lapInteraction(e, 3)
	case e.Like != nil:
		return struct {
			lapBase
			lapUser
			Message string `json:"message"`
		}{lapHead("like-click", e), lapWho(e), e.Like.Text}
	case e.Moderation != nil:
		return lapModeration(e)
	case e.Stats != nil:
		return lapStats(e)
	}
	return lapRoom(e)
}

func lapComment(e *event.Event) any {
	c, u := e.Comment, person(e)
	type emote struct {
		URL    string `json:"url"`
		Width  int    `json:"width,omitempty"`
		Height int    `json:"height,omitempty"`
	}
	type sticker struct {
		emote
		Unique string `json:"emoticon_unique"`
		Bulge  int    `json:"bulge_display"`
	}
	type replyTo struct {
		UID  int64  `json:"uid,omitempty"`
		Name string `json:"uname,omitempty"`
	}
	m := struct {
		lapBase
		lapUser
		NameColor     string           `json:"nameColor"`
		Message       string           `json:"message"`
		UserType      int              `json:"userType"` // 1: administrator
		UserLvl       int              `json:"userLvl"`
		UserLvlBorder int              `json:"userLvlBorder"`
		CurrentRank   int              `json:"currentRank"`
		PhoneVerified int              `json:"phoneVerified"`
		SendType      int              `json:"sendType"` // 2: sent for a red packet or lottery
		Emote         *sticker         `json:"emote,omitempty"`
		Bmotes        map[string]emote `json:"bmotes,omitempty"`
		Reply         replyTo          `json:"reply"`
		IDStr         string           `json:"idStr"`
		Mirror        bool             `json:"isMirror,omitempty"`
	}{lapBase: lapHead("message", e), lapUser: lapWho(e), Message: c.Text, UserType: bit(u.Admin), UserLvl: u.Level, PhoneVerified: 1,
		SendType: 2 * bit(c.Lottery), IDStr: id(e), Mirror: c.Mirror}
	if s := c.Sticker; s != nil {
		m.Emote = &sticker{emote{s.URL, s.Width, s.Height}, s.ID, 1}
	}
	for _, x := range c.Emotes {
		if m.Bmotes == nil {
			m.Bmotes = map[string]emote{}
		}
		m.Bmotes[x.Text] = emote{x.URL, x.Width, x.Height}
	}
	if r := c.ReplyTo; r != nil {
		m.Reply = replyTo{number(r.ID), r.Name}
	}
	return m
}

func lapSuperChat(e *event.Event) any {
	s := e.SuperChat
	if s.ID == "" {
		s = &event.SuperChat{ID: id(e), Text: s.Text, Translated: s.Translated, Price: s.Price, Seconds: s.Seconds}
	}
	return struct {
		lapBase
		lapUser
		AvatarFrame     string  `json:"avatarFrame"`
		Message         string  `json:"message"`
		MessageColor    string  `json:"messageColor"`
		MessageTrans    string  `json:"messageTrans"`
		TransMark       int     `json:"transMark"`
		IsAudited       int     `json:"isAudited"`
		Price           float64 `json:"price"` // CNY, as the platform says it
		PriceNormalized float64 `json:"priceNormalized"`
		Token           string  `json:"token"`
		Rate            int     `json:"rate"`
		Duration        int     `json:"duration"`
		GuardBackground string  `json:"guardBackground"`
		SCID            int64   `json:"scId"`
		SCName          string  `json:"scName"`
		SCAmount        int     `json:"scAmount"`
		Deleted         bool    `json:"deleted"`
	}{lapBase: lapHead("superchat", e), lapUser: lapWho(e), Message: s.Text, MessageTrans: s.Translated, TransMark: bit(s.Translated != ""),
		Price: yuan(s.Price), PriceNormalized: yuan(s.Price), Rate: 1000, Duration: s.Seconds, SCID: number(s.ID), SCName: "醒目留言", SCAmount: 1}
}

func lapGift(e *event.Event) any {
	g := e.Gift
	type master struct {
		UID  int64  `json:"uid"`
		Name string `json:"uname"`
	}
	type receiver struct {
		master
		Master *master `json:"master"`
	}
	type blind struct {
		Name  string      `json:"original_gift_name"`
		Price event.Money `json:"original_gift_price"`
		Tip   event.Money `json:"gift_tip_price"`
		Act   string      `json:"gift_action"`
	}
	coin, price := "gold", g.Total
	if !g.Paid {
		coin, price = "silver", g.UnitPrice*event.Money(g.Count)
	}
	m := struct {
		lapBase
		lapUser
		Message         string      `json:"message"`
		Price           event.Money `json:"price"`
		PriceNormalized float64     `json:"priceNormalized"`
		Duration        int         `json:"duration"`
		CoinType        string      `json:"coinType"`
		GiftType        int         `json:"giftType"`
		GiftAction      string      `json:"giftAction"`
		GiftAmount      int         `json:"giftAmount"`
		GiftID          int64       `json:"giftId"`
		GiftName        string      `json:"giftName"`
		GiftRemain      int         `json:"giftRemain"`
		GiftIcon        string      `json:"giftIcon"`
		BizSource       string      `json:"bizSource"`
		Receiver        receiver    `json:"receiver"`
		BlindGift       *blind      `json:"blindGift"`
	}{lapBase: lapHead("gift", e), lapUser: lapWho(e), Message: gave(g), Price: price, PriceNormalized: yuan(price), CoinType: coin,
		GiftAction: g.Action, GiftAmount: g.Count, GiftID: number(g.ID), GiftName: g.Name, GiftIcon: g.Icon, BizSource: "Live"}
	if !g.Paid {
		m.PriceNormalized = 0 // it cost nothing
	}
	if r := g.Receiver; r != nil {
		m.Receiver.master = master{number(r.ID), r.Name}
	}
	if b := g.BlindBox; b != nil {
		m.BlindGift = &blind{b.Name, b.Price, g.UnitPrice, "爆出"}
	}
	return m
}

func lapToast(e *event.Event) any {
	g := e.Guard
	who := lapWho(e)
	who.GuardType = g.Level
	return struct {
		lapBase
		lapUser
		StableKey       string      `json:"stableKey"`
		Message         string      `json:"message"`
		Price           event.Money `json:"price"`
		PriceNormalized float64     `json:"priceNormalized"`
		MockPrice       bool        `json:"mockPrice"`
		Duration        int         `json:"duration"`
		Color           string      `json:"color"`
		ToastType       int         `json:"toastType"`
		ToastAmount     int         `json:"toastAmount"`
		ToastAmountUnit string      `json:"toastAmountUnit"`
		ToastName       string      `json:"toastName"`
		ToastTotalCount int         `json:"toastTotalCount"`
		ToastID         int         `json:"toastId"`
		EffectID        int         `json:"effectId"`
	}{lapBase: lapHead("toast", e), lapUser: who, StableKey: e.Key, Message: person(e).Name + " " + bought(g), Price: g.Price,
		PriceNormalized: yuan(g.Price), ToastType: g.Level, ToastAmount: g.Count, ToastAmountUnit: g.Unit, ToastName: guardName(g.Level, g.Name)}
}

func lapInteraction(e *event.Event, action int) any {
	return struct {
		lapBase
		lapUser
		Action   int `json:"action"`
		Relation struct {
			Type int    `json:"type"`
			Icon string `json:"icon"`
			Text string `json:"text"`
		} `json:"relation"`
	}{lapBase: lapHead("interaction", e), lapUser: lapWho(e), Action: action}
}

func lapModeration(e *event.Event) any {
	m := e.Moderation
	text := func(kind string) any { return lapText{lapHead(kind, e), m.Text} }
	switch m.Action {
	case "warning":
		return text("live-warning")
	case "cutoff", "lock":
		return text("live-cutoff")
	case "recall", "recall_user", "recall_all":
		r := struct {
			lapText
			RecallType int    `json:"recallType"`
			Target     string `json:"target"` // ours: id of the comment or person
		}{lapText{lapHead("message-recall", e), m.Text}, 1, m.Target}
		switch m.Action {
		case "recall_user":
			r.RecallType, r.UID = 2, number(m.Target)
		case "recall_all":
			r.RecallType = 3
		}
		return r
	case "block":
		operator := 2
		if m.Operator == "admin" {
			operator = 1
		}
		b := struct {
			lapBase
			Operator int          `json:"operator"` // 1: administrator, 2: streamer
			Until    event.Millis `json:"blockExpired,omitempty"`
		}{lapHead("user-block", e), operator, m.Until}
		if b.UID == 0 {
			b.UID = number(m.Target)
		}
		return b
	case "silence":
		length := int64(m.Until) / 1000
		if m.Until == 0 {
			length = -1
		}
		return struct {
			lapText
			By     string `json:"muteBy"`
			Level  int    `json:"muteLevel"`
			Length int64  `json:"muteLength"` // Unix seconds of its end; -1: none
		}{lapText{lapHead("room-mute-on", e), m.Text}, m.Target, m.Level, length}
	case "silence_end":
		return text("room-mute-off")
	case "admin", "admin_end":
		kind := map[string]string{"admin": "mod-assign", "admin_end": "mod-revoke"}[m.Action]
		return struct {
			lapText
			Mod int64 `json:"mod"`
		}{lapText{lapHead(kind, e), m.Text}, number(m.Target)}
	case "admins":
		mods := []int64{}
		for id := range strings.FieldsFuncSeq(m.Target, func(c rune) bool { return c == ',' || c == ' ' }) {
			mods = append(mods, number(id))
		}
		return struct {
			lapText
			Mods []int64 `json:"mods"`
		}{lapText{lapHead("mod-list", e), m.Text}, mods}
	}
	return nil
}

// lapStats tells the number that a command gave; it gives one kind at a time.
func lapStats(e *event.Event) any {
	s := e.Stats
	said := func(kind string, n int64) lapText { return lapText{lapHead(kind, e), strconv.FormatInt(n, 10)} }
	switch {
	case s.Watched != nil:
		return struct {
			lapText
			N int64 `json:"watched"`
		}{said("watched-update", *s.Watched), *s.Watched}
	case s.Likes != nil:
		return struct {
			lapText
			N int64 `json:"likes"`
		}{said("likes-update", *s.Likes), *s.Likes}
	case s.Online != nil:
		return struct {
			lapText
			Count  int64 `json:"count"`
			Online int64 `json:"online"`
		}{said("online-update", *s.Online), *s.Online, *s.Online}
	case s.Followers != nil || s.FanClub != nil:
		return struct {
			lapText
			Followers *int64 `json:"fans,omitempty"`
			FanClub   *int64 `json:"fansclub,omitempty"`
		}{lapText{lapHead("room-meta-update", e), ""}, s.Followers, s.FanClub}
	case len(s.Top) > 0:
		type ranked struct {
			Rank  int    `json:"rank"`
			UID   int64  `json:"uid"`
			Name  string `json:"uname"`
			Score string `json:"score"`
			Guard int    `json:"guardLevel"`
		}
		list := []ranked{}
		for _, r := range s.Top {
			list = append(list, ranked{r.Rank, number(r.ID), r.Name, strconv.FormatInt(r.Score, 10), r.Guard})
		}
		return struct {
			lapText
			List []ranked `json:"list"`
		}{lapText{lapHead("online-rank-update", e), ""}, list}
	}
	return nil
}

// lapRoom tells what concerns the room as a whole.
func lapRoom(e *event.Event) any {
	text := func(kind, s string) lapText { return lapText{lapHead(kind, e), s} }
	switch {
	case e.Live != nil:
		return struct {
			lapText
			Initial bool `json:"initial"`
		}{text("live-start", "直播开始"), e.Live.Start != 0}
	case e.Offline != nil:
		return text("live-end", "直播结束")
	case e.RoomInfo != nil:
		return struct {
			lapText
			Area       string `json:"area"`
			ParentArea string `json:"parentArea"`
		}{text("room-name-update", e.RoomInfo.Title), e.RoomInfo.Area, e.RoomInfo.ParentArea}
	case e.Notice != nil:
		return struct {
			lapText
			Segments  []any `json:"messageRaw"` // pages walk through these: none, then
			Terminals []int `json:"terminals"`
		}{text("notice", e.Notice.Text), []any{}, []int{}}
	case e.RedPacket != nil:
		return lapRedPacket(e)
	case e.Lottery != nil:
		return lapLottery(e)
	}
	return nil
}

type lapAward struct {
	ID    int64  `json:"gift_id"`
	Name  string `json:"gift_name"`
	Num   int    `json:"num"`
	UID   int64  `json:"uid,omitempty"`
	Uname string `json:"uname,omitempty"`
}

func lapAwards(awards []event.Award) []lapAward {
	list := []lapAward{}
	for _, a := range awards {
		x := lapAward{ID: number(a.ID), Name: a.Name, Num: a.Count}
		if a.Winner != nil {
			x.UID, x.Uname = number(a.Winner.ID), a.Winner.Name
		}
		list = append(list, x)
	}
	return list
}

func lapRedPacket(e *event.Event) any {
	p := e.RedPacket
	kind := "red-envelope-start"
	switch p.Phase {
	case "bought": // its start follows
		return nil
	case "winners":
		kind = "red-envelope-result"
	}
	return struct {
		lapText
		Avatar          string      `json:"avatar"`
		List            []lapAward  `json:"list"`
		Price           event.Money `json:"price"`
		PriceNormalized float64     `json:"priceNormalized"`
		Duration        int64       `json:"duration"`
	}{lapText{lapHead(kind, e), p.Comment}, person(e).Face, lapAwards(p.Awards), p.Value, yuan(p.Value), max(int64(p.End-p.Start)/1000, 0)}
}

func lapLottery(e *event.Event) any {
	l := e.Lottery
	kind := "lottery-start"
	switch l.Phase {
	case "check", "end":
		return nil
	case "award":
		kind = "lottery-result"
	}
	return struct {
		lapText
		Duration   int        `json:"duration"`
		Join       string     `json:"messageToJoin"`
		Require    string     `json:"requirement"`
		RewardName string     `json:"rewardName"`
		RewardNum  int        `json:"rewardNum"`
		List       []lapAward `json:"list"`
	}{lapText{lapHead(kind, e), l.Name}, l.Seconds, l.Comment, l.Require, l.Name, l.Count, lapAwards(l.Awards)}
}
