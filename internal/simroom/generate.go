package simroom

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// generator makes up what happens in a room. The same seed gives the same
// happenings at the same times since the beginning.
type generator struct {
	room    *room
	rng     *rand.Rand
	profile Profile

	lump, rest time.Duration // when the next of each is due, since the beginning
	comments   float64       // due, in parts
	copies     float64
	enters     float64
	gifts      float64
	others     float64

	crowd  []*viewer
	texts  []string    // said lately
	toCopy []happening // comments that may be copied
	runs   []*run
	made   int64
	chats  int64

	watched, online, likes, fans, guards int64
}

// run is somebody giving the same present again and again.
type run struct {
	who    *viewer
	of     present
	id     string
	left   int
	pieces int
	coins  int
}

func newGenerator(r *room, seed uint64, p Profile) *generator {
	g := &generator{room: r, rng: rand.New(rand.NewPCG(seed, uint64(r.ID))), profile: p, comments: 1}
	for range p.crowd {
		g.crowd = append(g.crowd, newViewer(g.rng, &r.Room))
	}
	g.watched, g.online = 900+g.rng.Int64N(20_000), 80+g.rng.Int64N(int64(4*p.crowd))
	g.likes, g.fans, g.guards = g.rng.Int64N(90_000), 5000+g.rng.Int64N(800_000), 20+g.rng.Int64N(400)
	return g
}

// next makes up what happens next and when that is, since the beginning. now
// gives the platform's clock at a time since the beginning.
func (g *generator) next(now func(time.Duration) time.Time) (at time.Duration, batch []happening) {
	if g.lump <= g.rest {
		return g.nextLump(now)
	}
	return g.nextRest(now)
}

// nextLump is comments: they come in lumps of 8 to 26 every 1.1 to 2.5 s
// (MEASURED 1), more often when the rate asks for more.
func (g *generator) nextLump(now func(time.Duration) time.Time) (time.Duration, []happening) {
	at := g.lump
	usual, _ := g.profile.rates(at)
	rate := usual * g.profile.Mix.Comment / 100
	wait := time.Duration((1.1 + 1.4*g.rng.Float64()) * float64(time.Second))
	if rate > 0 {
		wait = min(wait, g.fill(rate, float64(8+g.rng.IntN(19))))
	}
	wait = max(min(wait, g.profile.until(at)), time.Millisecond)
	g.lump += wait
	n := int(g.comments)
	g.comments += rate*wait.Seconds() - float64(n)
	batch := make([]happening, 0, n)
	for i := range n { // they were sent since the last lump
		batch = append(batch, g.comment(now(at).Add(-wait*time.Duration(n-i)/time.Duration(n+1))))
	}
	g.copies += float64(n) * g.profile.Mix.Copy / g.profile.Mix.Comment
	g.toCopy = append(g.toCopy, batch...)
	g.toCopy = slices.Delete(g.toCopy, 0, max(0, len(g.toCopy)-48)) // a copy comes within seconds of its comment
	return at, batch
}

// nextRest is everything else, in bundles of about ten.
func (g *generator) nextRest(now func(time.Duration) time.Time) (time.Duration, []happening) {
	at := g.rest
	usual, storm := g.profile.rates(at)
	m := g.profile.Mix
	rate := usual*(m.Copy+m.Enter+m.Gift+m.Other)/100 + storm
	wait := 1500 * time.Millisecond
	if rate > 0 {
		wait = min(wait, g.fill(rate, 5+10*g.rng.Float64()))
	}
	wait = max(min(wait, g.profile.until(at)), time.Millisecond)
	g.rest += wait
	s := wait.Seconds()
	g.enters += usual * m.Enter / 100 * s
	g.gifts += (usual*m.Gift/100 + storm) * s
	g.others += usual * m.Other / 100 * s

	var units [][]happening // what belongs together stays in order
	t := now(at)
	for ; g.copies >= 1 && len(g.toCopy) > 0; g.copies-- {
		c := g.toCopy[0]
		g.toCopy = g.toCopy[1:]
		c.sort = copyComment
		units = append(units, []happening{c})
	}
	for ; g.enters >= 1; g.enters-- {
		units = append(units, g.enter(t))
	}
	for g.gifts >= 1 {
		u := g.gift(t)
		for i := range u {
			g.gifts -= float64(u[i].events())
		}
		units = append(units, u)
	}
	for g.others >= 1 {
		u := g.other(t)
		g.others -= float64(len(u))
		units = append(units, u)
	}
	g.rng.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	return at, slices.Concat(units...)
}

// fill is how long it takes at a rate until a message is worth sending: with
// usual commands in it, or more when much is going on.
func (g *generator) fill(rate, usual float64) time.Duration {
	full := float64(g.room.s.config.Bundle)
	if g.profile.full {
		usual = full
	}
	return time.Duration(max(usual, min(full, rate/20)) / rate * float64(time.Second))
}

// viewer is somebody of the crowd, those at its head more often; now and then
// somebody new takes a place.
func (g *generator) viewer() *viewer {
	f := g.rng.Float64()
	i := int(float64(len(g.crowd)) * f * f)
	if g.rng.IntN(12) == 0 {
		g.crowd[i] = newViewer(g.rng, &g.room.Room)
	}
	return g.crowd[i]
}

// number is an id that no other happening of this room has.
func (g *generator) number(at time.Time) string {
	g.made++
	return strconv.FormatInt(at.UnixMilli()*1_000_000+g.made%1_000_000, 10)
}

func (g *generator) comment(at time.Time) happening {
	h := happening{sort: sayComment, at: at, who: g.viewer(), id: hexString(g.rng, 35)}
	c := &comment{mode: 1, color: 16777215, size: 25, rnd: at.Unix() - int64(g.rng.IntN(7200)), ct: strings.ToUpper(hexString(g.rng, 8))}
	h.comment = c
	if len(g.texts) > 20 && g.rng.Float64() < g.profile.Repeat {
		h.text = pick(g.rng, g.texts)
		c.combo = g.rng.IntN(3) == 0
	} else {
		h.text = g.room.text(g.rng)
		g.texts = append(g.texts, h.text)
		g.texts = slices.Delete(g.texts, 0, max(0, len(g.texts)-200))
	}
	switch {
	case h.who.guard > 0:
		c.color = []int{0, 16744232, 14776831, 53745}[h.who.guard]
	case g.rng.IntN(6) == 0:
		c.color = pick(g.rng, []int{14893055, 5566168, 9920249, 65532, 16772431, 4546550, 16738408})
	}
	switch g.rng.IntN(100) {
	case 0, 1:
		c.mode = 4
	case 2:
		c.mode = 5
	case 3, 4, 5, 6, 7:
		s := pick(g.rng, stickers)
		c.sticker, h.text, c.combo = &s, s.text, false
	case 8, 9, 10:
		if w := pick(g.rng, g.crowd); w != h.who {
			c.reply = w
		}
	case 11:
		c.lottery, c.rnd = true, 0
		h.text = "我要抽奖！"
	case 12:
		c.suffix = true
	case 13:
		c.rnd = -c.rnd
	}
	return h
}

// enter is somebody arriving: at times with an entry effect before, at times
// told the way of before July 2025, at times a follow or a share.
func (g *generator) enter(at time.Time) []happening {
	v := g.viewer()
	h := happening{sort: enterV2, at: at, who: v}
	switch g.rng.IntN(20) {
	case 0, 1:
		h.sort = follow
	case 2:
		h.sort = share
	case 3, 4, 5:
		h.sort = enterOld
	}
	h.at = at.Add(-time.Duration(g.rng.IntN(900)) * time.Millisecond).Add(time.Duration(g.rng.IntN(1_000_000)))
	if h.sort == enterV2 && (v.guard > 0 || v.wealth > 38) && g.enters >= 2 {
		g.enters--
		e := h
		e.sort, e.at = entryEffect, h.at.Add(-time.Duration(g.rng.IntN(1500))*time.Millisecond) // it comes before
		return []happening{e, h}
	}
	return []happening{h}
}

// gift is one message of a gift, and the sum of a run that it ends.
func (g *generator) gift(at time.Time) []happening {
	h := happening{sort: giveGift, at: at}
	if g.rng.IntN(2) == 0 {
		h.sort = giveGiftV2
	}
	if g.rng.IntN(8) == 0 {
		h.who = g.viewer()
		h.gift = g.openBoxes(h.sort == giveGiftV2, at)
		return []happening{h}
	}
	var r *run
	if len(g.runs) > 0 && (g.rng.IntN(100) < 60 || len(g.runs) >= 6) {
		r = pick(g.rng, g.runs)
	} else {
		r = &run{who: g.viewer(), id: uuid(g.rng), left: 1 + g.rng.IntN(12)}
		for range 2 + g.rng.IntN(3) { // the dear ones are rare
			if p := pick(g.rng, presents); r.of.name == "" || p.price < r.of.price {
				r.of = p
			}
		}
		g.runs = append(g.runs, r)
	}
	h.who = r.who
	it := item{present: r.of, num: 1, tid: g.number(at)}
	if r.of.price < 1000 {
		it.num = pick(g.rng, []int{1, 1, 1, 1, 5, 10, 66})
	}
	it.total = it.price * it.num
	if it.silver && it.price < 1000 {
		it.total = 0
	}
	r.pieces += it.num
	r.coins += it.total
	r.left--
	h.gift = &gift{items: []item{it}, combo: r.id, running: r.pieces, runSum: r.coins}
	if r.left > 0 {
		return []happening{h}
	}
	g.runs = slices.DeleteFunc(g.runs, func(x *run) bool { return x == r })
	if r.pieces == it.num {
		return []happening{h}
	}
	sum := happening{sort: comboSum, at: at, who: r.who, combo: &combo{id: r.id, of: r.of, num: r.pieces, coin: r.coins}}
	return []happening{h, sum}
}

// openBoxes gives blind boxes: paid is the price of the boxes, whatever comes
// out. One message of the second generation tells of all kinds that came out.
func (g *generator) openBoxes(several bool, at time.Time) *gift {
	b := pick(g.rng, boxes)
	gf := &gift{box: &b, combo: uuid(g.rng)}
	kinds := 1
	if several {
		kinds += g.rng.IntN(3)
	}
	for _, i := range g.rng.Perm(len(b.inside))[:min(kinds, len(b.inside))] {
		it := item{present: b.inside[i], num: 1 + g.rng.IntN(5), tid: g.number(at)}
		it.total = b.price * it.num
		gf.items = append(gf.items, it)
		gf.running += it.num
		gf.runSum += it.price * it.num
	}
	return gf
}

func uuid(rng *rand.Rand) string {
	s := hexString(rng, 32)
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}

// other is what fills up a room's stream.
func (g *generator) other(at time.Time) []happening {
	h := happening{at: at, who: g.viewer()}
	one := func(s sort, n int64) []happening { h.sort, h.n = s, n; return []happening{h} }
	switch n := g.rng.IntN(1000); {
	case n < 250:
		return one(likeClick, 0)
	case n < 360:
		g.likes += 1 + g.rng.Int64N(60)
		return one(likeTotal, g.likes)
	case n < 500:
		g.watched += g.rng.Int64N(40)
		return one(watched, g.watched)
	case n < 640:
		g.online = max(10, g.online+g.rng.Int64N(41)-20)
		return one(onlineCount, g.online)
	case n < 680:
		return one(onlineRank, 1+g.rng.Int64N(900))
	case n < 720:
		g.fans += g.rng.Int64N(5)
		return one(realTime, g.fans)
	case n < 780:
		return one(stoppedRooms, at.Unix())
	case n < 830:
		return one(banner, g.rng.Int64N(1200))
	case n < 870:
		h.id = g.number(at)
		return one(dmInteraction, g.rng.Int64N(40))
	case n < 890:
		h.id = g.number(at)
		return one(rankChanged, g.rng.Int64N(100))
	case n < 900:
		h.text = "小电视飞船"
		return one(siteNotice, 1000+g.rng.Int64N(30_000_000))
	case n < 925:
		return g.superChat(at)
	case n < 940:
		return g.guard(at)
	case n < 943:
		h.text, h.id = pick(g.rng, titles), g.number(at)
		return one(roomChange, 0)
	}
	// What a newer platform sends and nobody knows yet.
	name := pick(g.rng, []string{"SIM_FUTURE_EVENT", "SIM_FUTURE_EVENT_V2", "sim_lower_case"})
	h.rawCmd, h.rawKind = name, "other"
	h.raw = put(nil, `{"cmd":$,"data":{"id":$,"text":$,"list":[1,2.5,-3e2,null,true,{"deep":[[]]}]},"msg_id":$}`,
		name, int64(g.rng.Uint64()>>1), pick(g.rng, odd), g.number(at)+":1000:1000")
	return one(rawCommand, 0)
}

// chatID is the number of the nth super chat: below 2^53, as clients expect.
func chatID(at time.Time, n int64) string { return strconv.FormatInt(at.Unix()*10_000+n%10_000, 10) }

func (g *generator) superChat(at time.Time) []happening {
	g.chats++
	h := happening{sort: saySuperChat, at: at, who: g.viewer(), text: g.room.fill(g.rng, pick(g.rng, paid))}
	h.id = chatID(at, g.chats)
	h.chat = &superChat{cny: pick(g.rng, []int{30, 30, 30, 30, 30, 50, 50, 52, 100, 100, 500, 1000, 2000}), token: strings.ToUpper(hexString(g.rng, 8))}
	h.chat.seconds = tiers[tier(h.chat.cny)].seconds
	out := []happening{h}
	switch g.rng.IntN(8) {
	case 0, 1:
		twin := h
		c := *h.chat
		c.trans = pick(g.rng, japanese)
		twin.sort, twin.chat = translateSuperChat, &c
		out = append(out, twin)
	case 2:
		gone := h
		gone.sort = deleteSuperChat
		out = append(out, gone)
	}
	return out
}

// guard is one purchase: three messages. Who buys joins the crowd as a guard;
// nobody buys twice, because GUARD_BUY has no number to tell purchases of one
// second apart.
func (g *generator) guard(at time.Time) []happening {
	level := pick(g.rng, []int{3, 3, 3, 3, 3, 3, 3, 3, 2, 1})
	v := newViewer(g.rng, &g.room.Room)
	v.join(&g.room.Room, level)
	g.crowd[g.rng.IntN(len(g.crowd))] = v
	h := happening{sort: guardToastV2, at: at, who: v}
	months := pick(g.rng, []int{1, 1, 1, 1, 1, 3, 12})
	g.guards++
	list := guardPrices[level] * months
	h.guard = &guard{level: level, months: months, list: list, price: list, renewal: g.rng.IntN(2) == 0, count: int(g.guards)}
	if h.guard.renewal && level == 3 {
		h.guard.price = list - 30000*months // a promotion
	}
	h.id = at.In(beijing).Format("0601021504") + strconv.FormatInt(100_000_000_000+g.rng.Int64N(900_000_000_000), 10)
	second, third := h, h
	second.sort, third.sort = guardToast, guardBuy
	return []happening{h, second, third}
}
