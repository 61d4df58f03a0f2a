package store

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"danmaku/event"
)

// generator makes random events of every kind: mostly ordinary ones, sometimes
// with empty, missing, huge or odd fields.
type generator struct {
	*rand.Rand
	n     int
	users []event.User
	rooms []event.RoomID
	now   event.Millis
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), rooms: []event.RoomID{21452505, 1, 999999999999}, now: 1700000000000}
	for range 30 {
		g.users = append(g.users, *g.user())
	}
	return g
}

var pieces = []string{"哈", "哈哈", "草", "好听", "かわいい", "お疲れ", "ﾊﾟﾁﾊﾟﾁ", "nice", "NICE", "ＡＢＣ", "60fps", "666", "2333", "UP主", "😂", "👨‍👩‍👧",
	"🎉", "[dog]", "，", "！", "？", "...", " ", "\u3000", "\u200b", "é", "e\u0301", "ÅÅ", "안녕", "привет", "مرحبا", "ไทย", "<b>", "&amp;", "\"", "\\", "\n", "\x00", "𠮷", "1", "a", "z9"}

func (g *generator) text() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	return b.String()
}

func (g *generator) word() string { return pieces[g.IntN(len(pieces))] }

// some returns s or, now and then, nothing.
func (g *generator) some(s string) string {
	if g.IntN(4) == 0 {
		return ""
	}
	return s
}

func (g *generator) flip() bool { return g.IntN(2) == 0 }

func (g *generator) number() int {
	switch g.IntN(6) {
	case 0:
		return 0
	case 1:
		return -g.IntN(100)
	case 2:
		return g.Int()
	}
	return g.IntN(1000)
}

func (g *generator) money() event.Money {
	if g.IntN(4) == 0 { // what super chats and guards cost, and a little less and more
		return event.Money([]int{10_000, 30_000, 50_000, 100_000, 1_000_000, 1_998_000}[g.IntN(6)] - 1 + g.IntN(3))
	}
	return event.Money(g.number()) * 100
}

func (g *generator) millis() event.Millis {
	if g.IntN(3) == 0 {
		return 0
	}
	return g.now + event.Millis(g.IntN(1e6))
}

func (g *generator) user() *event.User {
	u := &event.User{ID: fmt.Sprint(3493000000000000 + g.Int64N(1e12)), Name: g.word() + g.word(), Face: g.some("https://i0.hdslb.com/bfs/face/" + g.word() + ".jpg"),
		Guard: g.IntN(4), Admin: g.IntN(9) == 0, Level: g.IntN(80), Wealth: g.IntN(60)}
	switch g.IntN(10) {
	case 0:
		u.ID, u.Masked = "", true
	case 1:
		u.ID = "0a1b2c3d-open-id"
	case 2:
		u.Level, u.Guard, u.Wealth = g.number(), g.number(), g.number()
	}
	if g.flip() {
		u.Medal = &event.Medal{Name: g.word(), Level: g.IntN(40), Room: event.RoomID(g.IntN(5)), Owner: g.some("主播"), Lit: g.flip(), Guard: g.IntN(4), Color: g.some("#1a544b")}
	}
	return u
}

func (g *generator) emote() event.Emote {
	return event.Emote{Text: "[" + g.word() + "]", ID: g.some("official_1"), URL: "https://i0.hdslb.com/" + g.word(), Width: g.IntN(200), Height: g.IntN(200)}
}

func (g *generator) awards() []event.Award {
	if g.flip() {
		return nil
	}
	a := []event.Award{}
	for range g.IntN(3) {
		w := event.Award{ID: g.word(), Name: g.word(), Count: g.number()}
		if g.flip() {
			w.Winner = &event.Person{ID: "7", Name: g.word()}
		}
		a = append(a, w)
	}
	return a
}

// event returns the next event, of any kind.
func (g *generator) event() event.Event {
	kinds := event.Kinds()
	return g.kind(kinds[g.IntN(len(kinds))])
}

func (g *generator) kind(k event.Kind) event.Event {
	g.n++
	g.now += event.Millis(g.IntN(50))
	e := event.Event{Platform: event.Bilibili, Room: g.rooms[g.IntN(len(g.rooms))], Kind: k, Cmd: strings.ToUpper(string(k)), At: g.now, Received: g.now + event.Millis(g.IntN(500)), Backlog: g.IntN(20) == 0}
	switch g.IntN(8) {
	case 0:
		e.At, e.Received = event.Millis(g.number()), event.Millis(g.number())
	case 1:
		e.Received = 0
	case 2:
		e.Platform = "other"
	}
	e.Key = []string{"", fmt.Sprintf("dm:%x%034x", g.n, g.Uint64()), fmt.Sprintf("gift:%d", 4623470640584770048+g.n), fmt.Sprintf("sc:%d", g.n), fmt.Sprintf("msg:%d:1000:1000", g.n), fmt.Sprintf("odd 草 %d", g.n)}[g.IntN(6)]
	if g.IntN(5) == 0 {
		e.Of = fmt.Sprintf("dm:%036x", g.Uint64())
	}
	switch g.IntN(5) {
	case 0:
		e.User = g.user()
	case 1, 2, 3:
		u := g.users[g.IntN(len(g.users))]
		u.Guard, u.Level = g.IntN(4), g.IntN(80)
		e.User = &u
	}
	if g.IntN(4) != 0 {
		e.Raw, _ = json.Marshal(map[string]any{"cmd": e.Cmd, "n": g.n, "text": g.text()})
	}
	if g.IntN(12) == 0 {
		return e // no detail
	}
	g.detail(&e, e.Kind)
	if g.IntN(40) == 0 { // a detail that is not the kind's
		g.detail(&e, []event.Kind{event.KindNotice, event.KindNotice, event.KindGift, event.KindLike}[g.IntN(4)])
	}
	return e
}

// detail sets the detail that the kind names.
func (g *generator) detail(e *event.Event, k event.Kind) {
	switch k {
	case event.KindComment:
		c := &event.Comment{Text: g.text(), Mode: "scroll", Color: []string{"#ffffff", "#e33fff", ""}[g.IntN(3)], Size: 25, Lottery: g.IntN(9) == 0, Mirror: g.IntN(9) == 0}
		if g.flip() {
			c.Emotes = []event.Emote{}
			for range g.IntN(3) {
				c.Emotes = append(c.Emotes, g.emote())
			}
		}
		if g.IntN(5) == 0 {
			m := g.emote()
			c.Sticker = &m
		}
		if g.IntN(5) == 0 {
			c.ReplyTo = &event.ReplyTo{ID: g.some("42"), Name: g.text()}
		}
		e.Comment = c
	case event.KindGift:
		e.Gift = &event.Gift{ID: "31036", Name: g.word(), Count: g.number(), UnitPrice: g.money(), Total: g.money(), Paid: g.flip(), Action: g.some("投喂"), Icon: g.some("https://x/y.png"), Combo: g.some("batch:gift:combo_id:1")}
		if g.flip() {
			e.Gift.BlindBox = &event.BlindBox{Name: g.word(), Price: g.money()}
		}
		if g.flip() {
			e.Gift.Receiver = &event.Person{ID: g.some("9"), Name: g.word()}
		}
	case event.KindSuperChat:
		e.SuperChat = &event.SuperChat{ID: g.some("12"), Text: g.text(), Translated: g.some(g.text()), Price: g.money(), Seconds: g.number(), Start: g.millis(), End: g.millis(), Background: g.some("#2a60b2")}
	case event.KindSuperChatDelete:
		e.SuperChatDelete = &event.SuperChatDelete{}
		if g.flip() {
			e.SuperChatDelete.IDs = []string{}
			for range g.IntN(4) {
				e.SuperChatDelete.IDs = append(e.SuperChatDelete.IDs, fmt.Sprint(g.IntN(1000)))
			}
		}
	case event.KindGuard:
		e.Guard = &event.Guard{Level: g.IntN(4), Name: g.some("舰长"), Count: g.number(), Unit: g.some("月"), Price: g.money(), Renewal: g.flip()}
	case event.KindEnter:
		e.Enter = &event.Enter{Effect: g.flip()}
	case event.KindFollow:
		e.Follow = &event.Follow{Special: g.flip(), Mutual: g.flip()}
	case event.KindShare:
		e.Share = &event.Share{}
	case event.KindLike:
		e.Like = &event.Like{Text: g.some("为主播点赞了"), Count: g.number()}
	case event.KindLive:
		e.Live = &event.Live{Session: g.some("587"), Start: g.millis()}
	case event.KindOffline:
		e.Offline = &event.Offline{Rotation: g.flip()}
	case event.KindRoom:
		e.RoomInfo = &event.RoomInfo{Title: g.text(), Area: g.word(), ParentArea: g.some(g.word())}
	case event.KindStats:
		e.Stats = &event.Stats{}
		for _, p := range []**int64{&e.Stats.Watched, &e.Stats.Online, &e.Stats.Popularity, &e.Stats.Likes, &e.Stats.Followers, &e.Stats.FanClub} {
			if g.flip() {
				n := int64(g.number())
				*p = &n
			}
		}
	case event.KindModeration:
		e.Moderation = &event.Moderation{Action: "block", Target: g.some("99"), Operator: g.some("admin"), Until: g.millis(), Text: g.text()}
	case event.KindRedPacket:
		e.RedPacket = &event.RedPacket{ID: g.word(), Phase: []string{"bought", "start"}[g.IntN(2)], Price: g.money(), Value: g.money(), Comment: g.text(), Count: g.number(), Start: g.millis(), End: g.millis(), Awards: g.awards()}
	case event.KindLottery:
		e.Lottery = &event.Lottery{ID: g.word(), Phase: "start", Name: g.word(), Count: g.number(), Comment: g.text(), Require: g.some("关注主播"), Seconds: g.number(), Awards: g.awards()}
	case event.KindNotice:
		e.Notice = &event.Notice{Text: g.text()}
	}
}

func (g *generator) batch(n int) []event.Event {
	b := make([]event.Event, n)
	for i := range b {
		b[i] = g.event()
		if i > 0 && g.IntN(6) == 0 { // several events of one command
			b[i].Raw, b[i].Room = b[i-1].Raw, b[i-1].Room
		}
	}
	return b
}
