package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"danmaku/event"
)

// traffic makes events as rooms do: few senders say much, two fifths of the
// comments are phrases that everybody says, an eighth repeats a recent one, the
// rest is made of words by Zipf's law, with kana, Latin words, digits and emoji
// among them. The same seed makes the same events.
type traffic struct {
	rnd    *rand.Rand
	users  []*event.User
	who    *rand.Zipf
	rooms  []event.RoomID
	now    event.Millis
	words  []string
	word   *rand.Zipf
	phrase *rand.Zipf
	recent []string
	key    int64
}

var phrases = strings.Fields(`哈哈哈哈 哈哈哈 哈哈哈哈哈哈 666 ？ ？？？ 草 好耶 来了来了 晚上好 2333 www 泪目 awsl 好听 8888 1 啊啊啊啊啊 可爱 [dog]
 [妙] 牛 牛啊 下次一定 打call 主播好 笑死 绷不住了 对对对 确实 就这 真的吗 谢谢老板 舰长大气 晚安 早上好 中午好 冲冲冲 yyds GG
 gg nice NICE 233333 あああ かわいい 草草草 うまい おつ お疲れ様 👍 😂😂😂 ❤ 🎉🎉 抱抱 好好好 不要啊 救命 难绷 急了`)

var latin = strings.Fields("OK boss Steam RTX NPC bug BUG lol pvp PVP up UP主 ChatGPT mvp Love live 4K 60fps vs APEX")

// common are the characters that Chinese texts have most, the most frequent first.
const common = `的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运`

const kana = "あいうえおかきくけこさしすせそたちつてとなにぬねのはまみやゆよらりるれろわをんアイウエオカキクケコサシスセソタチツテトナニハマラリルレロン"

func newTraffic(seed uint64, rooms, users int) *traffic {
	t := &traffic{rnd: rand.New(rand.NewPCG(seed, 1)), now: 1772689533403}
	// The rarer characters are spread over the block, or neighbours would share bytes.
	order := rand.New(rand.NewPCG(7, 7)).Perm(20_000)
	character := rand.NewZipf(t.rnd, 1.07, 8, 3499)
	kana, common := []rune(kana), []rune(common)
	for range 20_000 {
		w, n := "", 1+t.rnd.IntN(2)
		if t.rnd.IntN(6) == 0 {
			n += 1 + t.rnd.IntN(2)
		}
		for range n {
			if i := character.Uint64(); i < uint64(len(common)) {
				w += string(common[i])
			} else {
				w += string(rune(0x4e00 + order[i]))
			}
		}
		t.words = append(t.words, w)
	}
	for range 3000 {
		w := ""
		for range 2 + t.rnd.IntN(4) {
			w += string(kana[t.rnd.IntN(len(kana))])
		}
		t.words = append(t.words, w)
	}
	for i := range 1000 {
		t.words = append(t.words, latin[i%len(latin)])
	}
	t.rnd.Shuffle(len(t.words), func(i, j int) { t.words[i], t.words[j] = t.words[j], t.words[i] })
	t.word = rand.NewZipf(t.rnd, 1.05, 20, uint64(len(t.words)-1))
	t.phrase = rand.NewZipf(t.rnd, 1.2, 3, uint64(len(phrases)-1))
	t.who = rand.NewZipf(t.rnd, 1.1, 10, uint64(users-1))
	for i := range rooms {
		t.rooms = append(t.rooms, 21_000_000+event.RoomID(i)*7919)
	}
	for i := range users {
		t.users = append(t.users, t.user(i))
	}
	return t
}

// user makes a person. Levels are as in captures of rooms: half are below 5, one in
// ten from 16 on, the highest is 60.
func (t *traffic) user(i int) *event.User {
	u := &event.User{ID: strconv.FormatInt(1000+t.rnd.Int64N(700_000_000), 10), Level: min(int(t.rnd.ExpFloat64()*7), 60), Admin: t.rnd.IntN(300) == 0}
	if t.rnd.IntN(3) == 0 { // the newer ids
		u.ID = strconv.FormatInt(3493000000000000+t.rnd.Int64N(70_000_000_000_000), 10)
	}
	u.Name = t.words[t.rnd.IntN(9000)] + t.words[t.rnd.IntN(9000)]
	if i%3 == 0 {
		u.Name += strconv.Itoa(t.rnd.IntN(10_000))
	}
	u.Face = fmt.Sprintf("https://i%d.hdslb.com/bfs/face/%016x%016x%08x.jpg", t.rnd.IntN(3), t.rnd.Uint64(), t.rnd.Uint64(), t.rnd.Uint32())
	if t.rnd.IntN(100) < 55 {
		name := phrases[t.rnd.IntN(8)]
		u.Medal = &event.Medal{Name: name, Level: 1 + t.rnd.IntN(30), Room: 20_000 + event.RoomID(t.rnd.IntN(1000)), Owner: "主播" + name, Lit: true, Color: "#1a544b"}
		if t.rnd.IntN(8) == 0 {
			u.Guard = 3
			u.Medal.Guard = 3
		}
	}
	return u
}

// text makes a comment of 1 to 40 characters.
func (t *traffic) text() string {
	switch p := t.rnd.IntN(100); {
	case p < 38:
		return phrases[t.phrase.Uint64()]
	case p < 52 && len(t.recent) > 0:
		return t.recent[t.rnd.IntN(len(t.recent))]
	}
	var b strings.Builder
	n := 1 + t.rnd.IntN(4)
	if t.rnd.IntN(4) == 0 {
		n += t.rnd.IntN(9)
	}
	for i := range n {
		if i > 0 && t.rnd.IntN(9) == 0 {
			b.WriteString("，")
		}
		b.WriteString(t.words[t.word.Uint64()])
	}
	if p := t.rnd.IntN(28); p < 14 {
		b.WriteString([...]string{"！", "！", "？", "？", "😂", "😭", "🤣", "🔥", "[doge]", "233", "666", "100", "2026", "3"}[p])
	}
	s := b.String()
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40])
	}
	if len(t.recent) < 500 {
		t.recent = append(t.recent, s)
	} else if t.rnd.IntN(10) == 0 {
		t.recent[t.rnd.IntN(len(t.recent))] = s
	}
	return s
}

// gifts are what is given, the most frequent first.
var gifts = [...]struct {
	id, name string
	price    event.Money
}{{"31036", "小花花", 100}, {"31039", "牛哇", 100}, {"31164", "灯牌", 1000}, {"31001", "粉丝荧光棒", 0}, {"31216", "情书", 5200}, {"31122", "花束", 22_000}, {"31591", "飞船", 1_245_000}}

// What next is to make.
type mix int

const (
	comments mix = iota
	anything     // of 1000: 840 comments, 90 arrivals, 62 gifts, 5 super chats, 3 guards
)

func (t *traffic) next(m mix, raw bool) event.Event {
	t.now += event.Millis(t.rnd.Int64N(21))
	t.key += 1 + t.rnd.Int64N(1<<20)
	e := event.Event{Platform: event.Bilibili, Room: t.rooms[t.rnd.IntN(len(t.rooms))], At: t.now, Received: t.now + 150 + t.now%200, User: t.users[t.who.Uint64()]}
	p := 0
	if m == anything {
		p = t.rnd.IntN(1000)
	}
	if p >= 930 {
		e.At = e.At / 1000 * 1000 // purchases are told to the second
	}
	switch {
	case p < 840:
		e.Kind, e.Cmd, e.Key = event.KindComment, "DANMU_MSG", fmt.Sprintf("dm:%016x%08x%012x", t.rnd.Uint64(), t.rnd.Uint32(), t.rnd.Uint64N(1<<48))
		color := "#ffffff"
		if t.rnd.IntN(4) == 0 {
			color = [...]string{"#54eed8", "#e33fff", "#975ef9", "#ff9840", "#00fffc"}[t.rnd.IntN(5)]
		}
		e.Comment = &event.Comment{Text: t.text(), Mode: "scroll", Color: color, Size: 25}
		if raw {
			e.Raw = t.command(&e)
		}
	case p < 930:
		e.Kind, e.Cmd, e.Key = event.KindEnter, "INTERACT_WORD", fmt.Sprintf("enter:%d:%s", t.now, e.User.ID)
		e.Enter = &event.Enter{}
	case p < 992:
		n, g := 1+t.rnd.IntN(9), &gifts[min(int(t.rnd.ExpFloat64()*1.2), len(gifts)-1)]
		if g.price >= 10_000 {
			n = 1
		}
		e.Kind, e.Cmd, e.Key = event.KindGift, "SEND_GIFT", fmt.Sprintf("gift:%d", 4_600_000_000_000_000_000+t.key)
		e.Gift = &event.Gift{ID: g.id, Name: g.name, Count: n, UnitPrice: g.price, Total: g.price * event.Money(n), Paid: g.price > 0, Action: "投喂", Combo: "batch:gift:combo_id:" + e.User.ID + ":1"}
	case p < 997:
		id := strconv.FormatInt(t.key, 10)
		e.Kind, e.Cmd, e.Key = event.KindSuperChat, "SUPER_CHAT_MESSAGE", "sc:"+id
		price := [...]event.Money{30_000, 30_000, 30_000, 30_000, 30_000, 30_000, 50_000, 50_000, 100_000, 500_000}[t.rnd.IntN(10)]
		e.SuperChat = &event.SuperChat{ID: id, Text: t.text(), Price: price, Seconds: 60, Start: e.At, End: e.At + 60_000, Background: "#2A60B2"}
	default:
		e.Kind, e.Cmd, e.Key = event.KindGuard, "USER_TOAST_MSG", fmt.Sprintf("guard:%d", t.key)
		e.Guard = &event.Guard{Level: 3, Name: "舰长", Count: 1, Unit: "月", Price: 198_000}
	}
	return e
}

func (t *traffic) many(n int, m mix, raw bool) []event.Event {
	all := make([]event.Event, n)
	for i := range all {
		all[i] = t.next(m, raw)
	}
	return all
}

// command makes what the platform would have sent for a comment: 2.3 KB, of which
// the sender's picture, ids and hashes do not repeat.
func (t *traffic) command(e *event.Event) json.RawMessage {
	u := e.User
	quoted := func(s string) string { return strings.Trim(strconv.Quote(s), `"`) }
	medal := "[]"
	medalInfo := "null"
	if m := u.Medal; m != nil {
		medal = fmt.Sprintf(`[%d,"%s","%s",%d,1725515,"",0,1725515,1725515,5414290,0,1,8739477]`, m.Level, m.Name, m.Owner, m.Room)
		medalInfo = fmt.Sprintf(`{"color":1725515,"color_border":1725515,"color_end":5414290,"color_start":1725515,"guard_icon":"","guard_level":%d,"honor_icon":"","id":0,"is_light":1,"level":%d,"name":"%s","ruid":8739477,"score":%d,"typ":0,"user_receive_count":0,"v2_medal_color_border":"#5FC7F4FF","v2_medal_color_end":"#43B3E3CC","v2_medal_color_level":"#00308C99","v2_medal_color_start":"#43B3E3CC","v2_medal_color_text":"#FFFFFFFF"}`,
			m.Guard, m.Level, m.Name, 50_000+t.rnd.IntN(9999))
	}
	base := fmt.Sprintf(`{"face":"%s","is_mystery":false,"name":"%s","name_color":0,"name_color_str":"","official_info":{"desc":"","role":0,"title":"","type":-1},"origin_info":{"face":"%s","name":"%s"},"risk_ctrl_info":null}`, u.Face, quoted(u.Name), u.Face, quoted(u.Name))
	hash := t.rnd.Uint32()
	extra := fmt.Sprintf(`{"send_from_me":false,"master_player_hidden":false,"mode":0,"color":16777215,"dm_type":0,"font_size":25,"player_mode":1,"show_player_type":0,"content":"%s","user_hash":"%d","emoticon_unique":"","bulge_display":0,"recommend_score":%d,"main_state_dm_color":"","objective_state_dm_color":"","direction":0,"pk_direction":0,"quartet_direction":0,"anniversary_crowd":0,"yeah_space_type":"","yeah_space_url":"","jump_to_url":"","space_type":"","space_url":"","animation":{},"emots":null,"is_audited":false,"id_str":"%s","icon":null,"show_reply":true,"reply_mid":0,"reply_uname":"","reply_uname_color":"","reply_is_mystery":false,"reply_type_enum":0,"hit_combo":0,"esports_jump_url":""}`,
		quoted(e.Comment.Text), hash, t.rnd.IntN(10), strings.TrimPrefix(e.Key, "dm:"))
	return fmt.Appendf(nil, `{"cmd":"DANMU_MSG","dm_v2":"","info":[[0,1,25,16777215,%d,%d,0,"%08x",0,0,0,"",0,"{}","{}",{"extra":%q,"mode":0,"show_player_type":0,"user":{"base":%s,"guard":null,"guard_leader":{"is_guard_leader":false},"medal":%s,"title":{"old_title_css_id":"","title_css_id":""},"uhead_frame":null,"uid":%s,"wealth":null}},{"activity_identity":"","activity_source":0,"not_show":0},%d],"%s",[%s,"%s",0,0,0,10000,1,""],%s,[%d,0,9868950,">50000",0],["",""],0,%d,null,{"ct":"%08X","ts":%d},0,0,null,null,0,42,[%d],null]}`,
		e.At, int32(t.rnd.Uint32()), hash, extra, base, medalInfo, u.ID, t.rnd.IntN(99), quoted(e.Comment.Text), u.ID, quoted(u.Name), medal, u.Level, u.Guard, t.rnd.Uint32(), e.At/1000, t.rnd.IntN(40))
}
