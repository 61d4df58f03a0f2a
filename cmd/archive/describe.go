package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// describe tells an event in one line, without who and when.
func describe(e *event.Event) string {
	s := what(e)
	switch {
	case e.Gift != nil && !e.Gift.Paid:
		return s + "  free"
	case e.Gift != nil:
		return s + "  " + yuan(e.Gift.Total)
	case e.SuperChat != nil:
		return yuan(e.SuperChat.Price) + "  " + s
	case e.Guard != nil:
		return s + "  " + yuan(e.Guard.Price)
	case s == "":
		return e.Cmd
	}
	return s
}

// what tells an event without its price too.
func what(e *event.Event) string {
	switch {
	case e.Comment != nil:
		if r := e.Comment.ReplyTo; r != nil && r.Name != "" {
			return "@" + r.Name + " " + e.Comment.Text
		}
		return e.Comment.Text
	case e.Gift != nil:
		g := e.Gift
		s := g.Name + " ×" + strconv.Itoa(g.Count)
		if g.BlindBox != nil {
			s += " (from " + g.BlindBox.Name + ")"
		}
		return s
	case e.SuperChat != nil:
		s := e.SuperChat.Text
		if t := e.SuperChat.Translated; t != "" {
			s += " (" + t + ")"
		}
		return s
	case e.SuperChatDelete != nil:
		return "super chat taken away: " + strings.Join(e.SuperChatDelete.IDs, ", ")
	case e.Guard != nil:
		g := e.Guard
		s := g.Name + " ×" + strconv.Itoa(g.Count) + strings.TrimPrefix(g.Unit, "*")
		if g.Renewal {
			s += " renewed"
		}
		return s
	case e.Enter != nil:
		return "came in"
	case e.Follow != nil:
		return "followed"
	case e.Share != nil:
		return "shared the room"
	case e.Like != nil:
		if e.Like.Count > 1 {
			return "liked ×" + strconv.Itoa(e.Like.Count)
		}
		return "liked"
	case e.Live != nil:
		return "went live"
	case e.Offline != nil:
		return "went offline"
	case e.RoomInfo != nil:
		return "title: " + e.RoomInfo.Title + "  area: " + e.RoomInfo.Area
	case e.Stats != nil:
		return describeStats(e.Stats)
	case e.Moderation != nil:
		return describeModeration(e.Moderation)
	case e.RedPacket != nil:
		r := e.RedPacket
		s := "red packet: " + r.Phase
		if r.Price > 0 {
			s += "  " + yuan(r.Price)
		}
		return s
	case e.Lottery != nil:
		return strings.TrimSpace("lottery: " + e.Lottery.Phase + " " + e.Lottery.Name)
	case e.Notice != nil:
		return e.Notice.Text
	}
	return e.Cmd
}

func describeStats(s *event.Stats) string {
	var parts []string
	for _, n := range []struct {
		name  string
		value *int64
	}{{"watched", s.Watched}, {"online", s.Online}, {"popularity", s.Popularity}, {"likes", s.Likes}, {"followers", s.Followers}, {"fan club", s.FanClub}} {
		if n.value != nil {
			parts = append(parts, n.name+" "+event.Grouped(*n.value))
		}
	}
	return strings.Join(parts, ", ")
}

func describeModeration(m *event.Moderation) string {
	s := m.Action
	if m.Target != "" {
		s += " " + m.Target
	}
	if m.Until != 0 {
		s += " until " + clock(m.Until)
	}
	if m.Text != "" {
		s += ": " + m.Text
	}
	return s
}

// many writes a number of things.
func many(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return event.Grouped(n) + " " + thing
}

func yuan(m event.Money) string {
	s := fmt.Sprintf("%d.%03d", m/1000, max(m%1000, -(m%1000)))
	return "¥" + strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// cny writes money for a column: with grouped digits and at least the fen.
func cny(m event.Money) string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	s := fmt.Sprintf("%s¥%s.%02d", sign, event.Grouped(int64(m/1000)), m%1000/10)
	if m%10 != 0 {
		s += strconv.Itoa(int(m % 10))
	}
	return s
}

// clock writes a moment in local time.
func clock(m event.Millis) string {
	if m == 0 {
		return "?"
	}
	return m.Time().Format(time.DateTime)
}

// kindColor tells kinds apart at a glance.
func kindColor(k event.Kind) string {
	switch k {
	case event.KindComment:
		return ""
	case event.KindSuperChat:
		return yellow
	case event.KindGift, event.KindRedPacket:
		return magenta
	case event.KindGuard:
		return green
	case event.KindLive, event.KindOffline, event.KindRoom, event.KindModeration:
		return cyan
	}
	return dim
}
