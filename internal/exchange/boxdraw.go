package exchange

import (
	"math"
	"strconv"
	"strings"

	"danmaku/event"
)

// box puts a super chat, a guard or a gift into the column.
func (a *assWriter) box(e *event.Event, start int64) {
	b := &box{e: *e, first: start}
	b.e.Raw = nil
	size := float64(a.style.FontSize)
	switch {
	case e.SuperChat != nil:
		words := e.SuperChat.Text
		if t := e.SuperChat.Translated; t != "" {
			words += "\n" + t
		}
		b.lines = wrap(strings.ReplaceAll(words, "\r", ""), (a.boxWidth-2*a.pad())/(a.em*bodyScale), 6)
		b.height = a.cardHead() + math.Round(float64(len(b.lines))*size*bodyScale+a.pad())
		b.end = start + max(giftTicks, min(paidTicks, int64(e.SuperChat.Seconds)*100))
		b.total = e.SuperChat.Price
	case e.Guard != nil:
		b.height = math.Round(size*(nameScale+bodyScale) + a.pad())
		b.end = start + guardTicks
		b.total = e.Guard.Price
	default:
		g := e.Gift
		if e.User != nil {
			b.run = e.User.ID + "\x00" + e.User.Name + "\x00" + g.ID + "\x00" + g.Name
			if a.boxes.join(b.run, start, g) {
				return
			}
		}
		b.count, b.total = g.Count, g.Total
		b.height = math.Round(size*giftScale + a.pad()*0.7)
		b.end = start + giftTicks
	}
	a.boxes.add(b)
	a.flushBoxes()
}

// Sizes of the words in boxes, as parts of a normal comment's size.
const (
	nameScale = 0.62
	bodyScale = 0.70
	giftScale = 0.60
)

func (a *assWriter) pad() float64 { return math.Round(a.em * 0.35) }
func (a *assWriter) cardHead() float64 {
	return math.Round(float64(a.style.FontSize)*nameScale + a.pad())
}

func (a *assWriter) flushBoxes() {
	for i := range a.boxes.shown {
		s := &a.boxes.shown[i]
		if s.to > s.from {
			a.draw(s, true)
		}
	}
	for _, b := range a.boxes.crowded {
		a.sum.Crowded++
		a.draw(&showing{box: b, words: b.said, from: b.first, to: b.end}, false)
	}
	clear(a.boxes.shown) // let go of the boxes
	clear(a.boxes.crowded)
	a.boxes.shown, a.boxes.crowded = a.boxes.shown[:0], a.boxes.crowded[:0]
}

func (a *assWriter) draw(s *showing, shown bool) {
	switch e := &s.box.e; {
	case e.SuperChat != nil:
		a.drawSuperChat(s, shown)
	case e.Guard != nil:
		a.drawGuard(s, shown)
	default:
		a.drawGift(s, shown)
	}
}

func (a *assWriter) drawSuperChat(s *showing, shown bool) {
	b, sc := s.box, s.box.e.SuperChat
	if !shown {
		a.words(s, false, a.boxLeft, 0, 7, bodyScale, white, name(&b.e)+" "+money(sc.Price)+" "+sc.Text)
		return
	}
	bottom, back := superChatColors(sc)
	top := a.foot - b.rise - b.height
	head, radius := a.cardHead(), a.pad()
	a.shape(s, a.boxLeft, top, a.boxWidth, head, radius, 0, back, 0x10)
	a.shape(s, a.boxLeft, top+head, a.boxWidth, b.height-head, 0, radius, bottom, 0x10)
	price := money(sc.Price)
	room := (a.boxWidth-2*a.pad())/(a.em*nameScale) - textWidth(price) - 1
	y := top + a.pad()*0.5
	a.words(s, true, a.boxLeft+a.pad(), y, 7, nameScale, 0x333333, clip(name(&b.e), room))
	a.words(s, true, a.boxLeft+a.boxWidth-a.pad(), y, 9, nameScale, 0x333333, price)
	words := uint32(white)
	for i, l := range b.lines {
		a.words(s, true, a.boxLeft+a.pad(), top+head+a.pad()*0.4+float64(i)*float64(a.style.FontSize)*bodyScale, 7, bodyScale, words, l)
	}
}

func (a *assWriter) drawGuard(s *showing, shown bool) {
	b, g := s.box, s.box.e.Guard
	act := "开通了"
	if g.Renewal {
		act = "续费了"
	}
	what := act + g.Name
	if g.Count > 1 || g.Unit != "" {
		what += " ×" + strconv.Itoa(g.Count) + strings.TrimPrefix(g.Unit, "*")
	}
	if !shown {
		a.words(s, false, a.boxLeft, 0, 7, bodyScale, white, name(&b.e)+" "+what)
		return
	}
	top, color := a.foot-b.rise-b.height, guardColor(g.Level)
	a.shape(s, a.boxLeft, top, a.boxWidth, b.height, a.pad(), a.pad(), mix(color, 0x101418, 0.78), 0x18)
	a.shape(s, a.boxLeft, top, math.Round(a.pad()*0.7), b.height, 0, 0, color, 0x00)
	x, room := a.boxLeft+a.pad()*1.7, a.boxWidth-a.pad()*2.7
	price := ""
	if g.Price > 0 {
		price = money(g.Price)
		a.words(s, true, a.boxLeft+a.boxWidth-a.pad(), top+a.pad()*0.5, 9, nameScale, color, price)
	}
	a.words(s, true, x, top+a.pad()*0.5, 7, nameScale, color, clip(name(&b.e), room/(a.em*nameScale)-textWidth(price)-1))
	a.words(s, true, x, top+a.pad()*0.5+float64(a.style.FontSize)*nameScale, 7, bodyScale, white, clip(what, room/(a.em*bodyScale)))
}

func (a *assWriter) drawGift(s *showing, shown bool) {
	b, g := s.box, s.box.e.Gift
	act := g.Action
	if act == "" {
		act = "投喂"
	}
	what := act + " " + g.Name
	count := " ×" + strconv.Itoa(s.words.count)
	if !shown {
		a.words(s, false, a.boxLeft, 0, 7, giftScale, white, name(&b.e)+" "+what+count)
		return
	}
	em := a.em * giftScale
	most := (a.boxWidth - 2*a.pad()) / em
	count += "  " + money(s.words.total)
	who := name(&b.e)
	rest := most - textWidth(count) - 0.5
	who = clip(who, math.Max(rest*0.5, rest-textWidth(what)))
	what = clip(what, rest-textWidth(who))
	top := a.foot - b.rise - b.height
	wide := math.Min(a.boxWidth, math.Ceil((textWidth(who)+textWidth(what)+textWidth(count)+0.6)*em+2*a.pad()))
	a.shape(s, a.boxLeft, top, wide, b.height, b.height/2, b.height/2, 0x101418, 0x50)
	a.line(true, layerBoxText, s.from, s.to, "MSG")
	a.pos(int64(a.boxLeft+a.pad()), int64(math.Round(top+a.pad()*0.35)))
	a.fade(s)
	l := strconv.AppendInt(append(a.out.line, `\fs`...), int64(math.Round(float64(a.style.FontSize)*giftScale)), 10)
	l = appendASSText(append(appendColor(append(l, `\c`...), 0xffd27d), '}'), who)
	l = append(appendColor(append(l, `{\c`...), white), "}\\h"...)
	l = appendASSText(l, what)
	l = append(appendColor(append(l, `{\c`...), 0x9fe8ff), '}')
	a.out.line = appendASSText(l, count)
	a.end()
}

func name(e *event.Event) string {
	if e.User == nil || e.User.Name == "" {
		return "?"
	}
	return e.User.Name
}

func money(m event.Money) string { return string(appendYuan([]byte("¥"), m)) }

// mix darkens a colour: part of b in a.
func mix(a, b uint32, part float64) uint32 {
	c := func(shift uint) uint32 {
		return uint32(float64(a>>shift&255)*(1-part)+float64(b>>shift&255)*part) << shift
	}
	return c(16) | c(8) | c(0)
}

func (a *assWriter) fade(s *showing) {
	in, out := int64(0), int64(0)
	if s.first {
		in = 200
	}
	if s.last {
		out = 200
	}
	if in+out > 0 {
		a.out.line = append(appendInts(append(a.out.line, `\fad(`...), in, out), ')')
	}
}

// words writes one line of text of a box; align is 7 for left, 9 for right.
func (a *assWriter) words(s *showing, shown bool, x, y float64, align byte, scale float64, color uint32, text string) {
	a.line(shown, layerBoxText, s.from, s.to, "MSG")
	if align != 7 {
		a.out.line = append(a.out.line, `\an`...)
		a.out.line = append(a.out.line, '0'+align)
	}
	a.pos(int64(math.Round(x)), int64(math.Round(y)))
	a.fade(s)
	l := strconv.AppendInt(append(a.out.line, `\fs`...), int64(math.Round(float64(a.style.FontSize)*scale)), 10)
	l = append(appendColor(append(l, `\c`...), color), '}')
	a.out.line = appendASSText(l, text)
	a.end()
}

// shape draws a filled rectangle whose upper and lower corners are round.
func (a *assWriter) shape(s *showing, x, y, w, h, upper, lower float64, color uint32, alpha byte) {
	a.line(true, layerBox, s.from, s.to, "MSG")
	a.pos(int64(math.Round(x)), int64(math.Round(y)))
	a.fade(s)
	l := append(a.out.line, `\bord0\shad0\p1\c`...)
	l = appendColor(l, color)
	l = append(l, `\1a&H`...)
	l = append(strconv.AppendInt(l, int64(alpha), 16), "&}"...)
	a.out.line = appendRect(l, int64(math.Round(w)), int64(math.Round(h)), int64(math.Round(upper)), int64(math.Round(lower)))
	a.end()
}

// appendRect writes the drawing commands of a rectangle with round corners.
func appendRect(dst []byte, w, h, up, low int64) []byte {
	put := func(cmd byte, v ...int64) {
		dst = append(dst, cmd)
		for _, n := range v {
			dst = strconv.AppendInt(append(dst, ' '), n, 10)
		}
		dst = append(dst, ' ')
	}
	// A Bézier curve comes nearest to a quarter of a circle with its handles at 0.55 of the radius.
	u, d := up-up*55/100, low-low*55/100
	put('m', up, 0)
	put('l', w-up, 0)
	if up > 0 {
		put('b', w-u, 0, w, u, w, up)
	}
	put('l', w, h-low)
	if low > 0 {
		put('b', w, h-d, w-d, h, w-low, h)
	}
	put('l', low, h)
	if low > 0 {
		put('b', d, h, 0, h-d, 0, h-low)
	}
	put('l', 0, up)
	if up > 0 {
		put('b', 0, u, u, 0, up, 0)
	}
	return dst[:len(dst)-1]
}
