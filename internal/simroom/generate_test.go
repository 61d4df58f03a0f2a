package simroom

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"danmaku/event"

	"google.golang.org/protobuf/encoding/protowire"
)

// made lets a room's generator run for a while without a server.
type made struct {
	at time.Duration
	h  happening
}

func generate(t *testing.T, profile string, seed uint64, until time.Duration) (*room, []made) {
	t.Helper()
	c := Demo()
	c.Profile = profile
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	r := s.order[0]
	g := newGenerator(r, seed, r.profile)
	begin := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	var list []made
	for {
		at, batch := g.next(func(d time.Duration) time.Time { return begin.Add(d) })
		if at >= until {
			return r, list
		}
		for _, h := range batch {
			list = append(list, made{at, h})
		}
	}
}

func TestAProfileHasItsRatesItsMixAndItsRepeats(t *testing.T) {
	for _, p := range Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			_, list := generate(t, p.Name, 3, cycle)
			near := func(what string, got, want, tolerance float64) {
				t.Helper()
				if math.Abs(got-want) > tolerance*want {
					t.Errorf("%s: %.2f, should be about %.2f", what, got, want)
				}
			}
			in := func(from, to time.Duration) float64 {
				n := 0
				for _, m := range list {
					if m.at >= from && m.at < to {
						n += m.h.events()
					}
				}
				return float64(n) / (to - from).Seconds()
			}
			slack := 0.05 + 0.5*math.Sqrt(1/(p.Mean*60)) // small rooms vary
			near("events a second", in(0, cycle), p.Mean, slack)
			for _, b := range p.Bursts {
				want := b.Rate
				if want == 0 {
					want = p.base() + b.Gifts
				}
				near("events a second in a burst", in(b.At, b.At+b.For), want, 3*slack)
			}
			shares, repeated, comments := map[event.Kind]float64{}, 0.0, 0.0
			copies, all := 0.0, 0.0
			said := map[string]bool{}
			for _, m := range list {
				if m.at >= 150*time.Second && m.at < 210*time.Second {
					continue // the gift storm is on top
				}
				all += float64(m.h.events())
				switch m.h.sort {
				case copyComment:
					copies++
				case sayComment:
					comments++
					if said[m.h.text] {
						repeated++
					}
					said[m.h.text] = true
				case giveGift, giveGiftV2, comboSum:
					shares["gift"] += float64(m.h.events())
				case enterOld, enterV2, entryEffect, follow, share:
					shares["enter"]++
				}
			}
			if p.Name == "small" { // too few to tell shares from
				return
			}
			near("share of comments", 100*comments/all, p.Mix.Comment, 0.1)
			near("share of copies", 100*copies/all, p.Mix.Copy, 0.1)
			near("share of arrivals", 100*shares["enter"]/all, p.Mix.Enter, 0.1)
			near("share of gifts", 100*shares["gift"]/all, p.Mix.Gift, 0.1)
			if got := repeated / comments; got < p.Repeat {
				t.Errorf("%.0f %% of the comments repeat a text, should be at least %.0f %%", 100*got, 100*p.Repeat)
			}
		})
	}
}

func TestCommentsComeInLumps(t *testing.T) {
	_, list := generate(t, "event", 1, 50*time.Second)
	lumps := map[time.Duration]int{}
	var last time.Duration
	for _, m := range list {
		if m.h.sort != sayComment {
			continue
		}
		if gap := m.at - last; lumps[m.at] == 0 && m.at > 0 && (gap < 300*time.Millisecond || gap > 2600*time.Millisecond) {
			t.Errorf("a lump %v after the one before", gap)
		}
		lumps[m.at]++
		last = m.at
	}
	for at, n := range lumps {
		if n > 30 {
			t.Errorf("%d comments at %v", n, at)
		}
	}
	if len(lumps) < 20 || len(lumps) > 60 {
		t.Errorf("%d lumps in 50 seconds", len(lumps))
	}
}

func TestTheSameSeedSaysTheSame(t *testing.T) {
	write := func(seed uint64) []byte {
		r, list := generate(t, "event", seed, 20*time.Second)
		var b []byte
		for i := range list {
			b = append(r.append(b, &list[i].h, web), '\n')
		}
		return b
	}
	one, two, three := write(5), write(5), write(6)
	if !bytes.Equal(one, two) {
		t.Error("the same seed said something else")
	}
	if bytes.Equal(one, three) {
		t.Error("another seed said the same")
	}
}

func TestEveryCommandIsWholeInEveryView(t *testing.T) {
	r, list := generate(t, "gala", 2, 66*time.Second)
	names := map[string]int{}
	size, comments := 0, 0
	for i := range list {
		h := &list[i].h
		b := r.append(nil, h, web)
		var c struct {
			Cmd  string          `json:"cmd"`
			Info []any           `json:"info"`
			Data json.RawMessage `json:"data"`
		}
		decode(t, b, &c)
		name, _, _ := strings.Cut(c.Cmd, ":")
		names[name]++
		if name != h.name() {
			t.Fatalf("%s is counted as %s", c.Cmd, h.name())
		}
		if !utf8.Valid(b) {
			t.Fatalf("not UTF-8: %q", b)
		}
		for v := masked; v < views; v++ {
			for _, one := range h.singly() {
				if b := r.append(nil, &one, v); len(b) > 0 && !json.Valid(b) {
					t.Fatalf("view %d: %s", v, b)
				}
			}
		}
		if h.sort != sayComment {
			continue
		}
		size += len(b)
		comments++
		if len(c.Info) != 18 || c.Info[1] != h.text {
			t.Fatalf("info has %d elements, its text is %q", len(c.Info), c.Info[1])
		}
		var extra struct {
			Content string
			IDStr   string `json:"id_str"`
			Emots   map[string]any
		}
		decode(t, []byte(c.Info[0].([]any)[15].(map[string]any)["extra"].(string)), &extra)
		if extra.Content != h.text || extra.IDStr != h.id {
			t.Fatalf("the extra object says %+v of %q", extra, h.text)
		}
		if strings.Contains(h.text, "[dog]") && extra.Emots["[dog]"] == nil {
			t.Fatalf("no picture for [dog] in %q", h.text)
		}
	}
	if mean := size / comments; mean < 2000 || mean > 2600 {
		t.Errorf("a comment has %d bytes, real ones of 2026 have about 2350", mean)
	}
	for _, name := range []string{"DANMU_MSG", "LIVE_INTERACTIVE_GAME", "SEND_GIFT", "SEND_GIFT_V2", "COMBO_SEND", "SUPER_CHAT_MESSAGE", "SUPER_CHAT_MESSAGE_JPN",
		"SUPER_CHAT_MESSAGE_DELETE", "GUARD_BUY", "USER_TOAST_MSG", "USER_TOAST_MSG_V2", "INTERACT_WORD", "INTERACT_WORD_V2", "ENTRY_EFFECT", "LIKE_INFO_V3_CLICK",
		"LIKE_INFO_V3_UPDATE", "WATCHED_CHANGE", "ONLINE_RANK_COUNT", "ONLINE_RANK_V3", "ROOM_REAL_TIME_MESSAGE_UPDATE", "ROOM_CHANGE", "NOTICE_MSG",
		"STOP_LIVE_ROOM_LIST", "WIDGET_BANNER", "DM_INTERACTION", "POPULAR_RANK_CHANGED", "SIM_FUTURE_EVENT"} {
		if names[name] == 0 {
			t.Errorf("no %s", name)
		}
	}
}

func TestNoTwoHappeningsShareAnIdentity(t *testing.T) {
	s, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	g := newGenerator(s.order[0], 1, s.order[0].profile.steady(20_000))
	seen, chats := map[string]bool{}, 0
	for {
		at, batch := g.next(func(d time.Duration) time.Time { return s.began.Add(d) })
		if at > 3*time.Second {
			break
		}
		for _, h := range batch {
			var ids []string
			switch h.sort {
			case sayComment, guardToastV2:
				ids = []string{h.id}
			case saySuperChat:
				ids = []string{h.id}
				chats++
			case giveGift, giveGiftV2:
				for _, it := range h.gift.items {
					ids = append(ids, it.tid)
				}
			}
			for _, id := range ids {
				if key := h.name() + id; seen[key] {
					t.Fatalf("two %s are %s", h.name(), id)
				} else {
					seen[key] = true
				}
			}
		}
	}
	if chats < 100 {
		t.Errorf("only %d super chats: too few to tell", chats)
	}
}

// paidIn sums up the money of commands as somebody who reads them would.
func paidIn(t *testing.T, commands [][]byte) (gifts, chats, guards int64) {
	t.Helper()
	for _, b := range commands {
		var c struct {
			Cmd  string
			Data json.RawMessage
		}
		decode(t, b, &c)
		var d struct {
			PB        string
			CoinType  string `json:"coin_type"`
			TotalCoin int64  `json:"total_coin"`
			Price     json.RawMessage
			Pay       struct{ Price int64 } `json:"pay_info"`
		}
		switch c.Cmd {
		case "SEND_GIFT":
			decode(t, c.Data, &d)
			if d.CoinType == "gold" {
				gifts += d.TotalCoin
			}
		case "SEND_GIFT_V2":
			decode(t, c.Data, &d)
			raw, err := base64.StdEncoding.DecodeString(d.PB)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range pbFields(t, raw, 10) {
				if f := pbFields(t, it, 8); string(f[0]) == "gold" {
					for _, n := range pbFields(t, it, 7) {
						v, _ := protowire.ConsumeVarint(n)
						gifts += int64(v)
					}
				}
			}
		case "SUPER_CHAT_MESSAGE":
			decode(t, c.Data, &d)
			var cny int64
			decode(t, d.Price, &cny)
			chats += 1000 * cny
		case "USER_TOAST_MSG_V2":
			decode(t, c.Data, &d)
			guards += d.Pay.Price
		}
	}
	return gifts, chats, guards
}

// pbFields are the values of a field: the content of bytes, the encoding of
// others.
func pbFields(t *testing.T, b []byte, want protowire.Number) (list [][]byte) {
	t.Helper()
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		size := protowire.ConsumeFieldValue(field, kind, b[n:])
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		if value := b[n : n+size]; field == want {
			if kind == protowire.BytesType {
				value, _ = protowire.ConsumeBytes(value)
			}
			list = append(list, value)
		}
		b = b[n+size:]
	}
	return list
}

func TestTheLedgerCountsMoneyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Demo()
		c.Profile, c.Count, c.Record = "gala", 20_000, true
		s, g := start(t, c)
		sock := g.join(home, 0)
		sock.beat(20)
		for !finished(s) {
			sock.packets()
		}
		sent := s.Sent()[0]
		gifts, chats, guards := paidIn(t, s.Commands(home))
		if int64(sent.Money["gift"]) != gifts || int64(sent.Money["superchat"]) != chats || int64(sent.Money["guard"]) != guards {
			t.Errorf("the ledger says %v, the commands %d, %d, %d", sent.Money, gifts, chats, guards)
		}
		if gifts == 0 || chats == 0 || guards == 0 {
			t.Errorf("nothing was paid: %d, %d, %d", gifts, chats, guards)
		}
		total := int64(0)
		for _, k := range event.Kinds() {
			total += sent.Kinds[k] + sent.Repeats[k]
		}
		if sent.Events != 20_000 || total != sent.Events || sent.Commands != int64(len(s.Commands(home))) {
			t.Errorf("%d events, %d by kind, %d commands, %d kept", sent.Events, total, sent.Commands, len(s.Commands(home)))
		}
	})
}

func TestARateReplacesTheProfiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Demo()
		c.Rate = 200
		s, g := start(t, c)
		sock := g.join(home, 3)
		sock.beat(5)
		began := time.Now()
		for time.Since(began) < 30*time.Second {
			sock.packets()
		}
		if n := s.Sent()[0].Events; n < 5_600 || n > 6_400 {
			t.Errorf("%d events in 30 seconds at 200 a second", n)
		}
	})
}
