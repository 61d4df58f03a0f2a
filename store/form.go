package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"danmaku/event"
)

// An event is stored in three parts: its row, its form (what many events have
// in common: platform, command, colour, the gift as the shop has it) and the
// rest, JSON of what is neither. split makes them, join puts them together.

// Flags of a form.
const (
	flagBacklog  = 1 << iota // event.Backlog
	flagNoDetail             // the detail of the kind is nil
	flagWhole                // rest holds the whole event: it did not fit the columns
)

// row is one row of the table event, with what refers to other tables open.
type row struct {
	kind     int64
	standing int64
	text     string
	num      int64
	amount   int64
	rest     []byte // nil: none
	flags    int64
	// sign is the same for two events exactly when platform, cmd, kind, flags and
	// the form's detail are; it is in memory only.
	sign []byte
}

// rest is what the column rest holds: the fields of the event's kind.
type rest struct {
	Reply      *event.ReplyTo         `json:"reply_to,omitempty"`
	Combo      string                 `json:"combo,omitempty"`
	ID         string                 `json:"id,omitempty"`
	Translated string                 `json:"translated,omitempty"`
	Start      event.Millis           `json:"start,omitempty"`
	End        event.Millis           `json:"end,omitempty"`
	Until      event.Millis           `json:"until,omitempty"`
	Deleted    *event.SuperChatDelete `json:"superchat_delete,omitempty"`
	Target     string                 `json:"target,omitempty"`
	Session    string                 `json:"session,omitempty"`
	Stats      *event.Stats           `json:"stats,omitempty"`
	RedPacket  *event.RedPacket       `json:"redpacket,omitempty"`
	Lottery    *event.Lottery         `json:"lottery,omitempty"`
	Whole      *fields                `json:"event,omitempty"`
}

// fields is an event in JSON as its fields are, without the public form's rules
// (one detail, no nil lists).
type fields event.Event

// kindNumber is the number of a kind in archives; -1 when there is no such kind.
func kindNumber(k event.Kind) int64 {
	switch k { // the frequent ones without a search
	case event.KindComment:
		return 0
	case event.KindOther:
		return 18
	}
	return int64(slices.Index(event.Kinds(), k))
}

// Limits of what the column standing holds.
const (
	maxGuard  = 3
	maxLevel  = 1023
	maxWealth = 1<<40 - 1
)

func standing(u *event.User) (int64, bool) {
	if u.Guard < 0 || u.Guard > maxGuard || u.Level < 0 || u.Level > maxLevel || u.Wealth < 0 || u.Wealth > maxWealth {
		return 0, false
	}
	s := int64(u.Guard) | int64(u.Level)<<3 | int64(u.Wealth)<<13
	if u.Admin {
		s |= 4
	}
	return s, true
}

func setStanding(u *event.User, s int64) {
	u.Guard, u.Admin, u.Level, u.Wealth = int(s&3), s&4 != 0, int(s>>3&1023), int(s>>13)
}

// split fills r from e. r.sign is reused.
func split(r *row, e *event.Event) error {
	*r = row{kind: kindNumber(e.Kind), sign: r.sign[:0]}
	if r.kind < 0 {
		return fmt.Errorf("unknown kind %q", e.Kind)
	}
	fits := onlyDetail(e)
	if e.User != nil && fits {
		r.standing, fits = standing(e.User)
	}
	if e.Backlog {
		r.flags |= flagBacklog
	}
	if !fits {
		return r.whole(e)
	}
	if detail(e) == nil && e.Kind != event.KindOther && e.Kind != event.KindRecall {
		r.flags |= flagNoDetail
	}
	r.sign = append(r.sign, byte(r.kind), byte(r.flags))
	r.put(e.Platform, e.Cmd)
	if r.flags&flagNoDetail != 0 {
		return nil
	}
	var x rest
	switch e.Kind {
	case event.KindComment:
		c := e.Comment
		r.text = c.Text
		r.put(c.Mode, c.Color)
		r.putInt(int64(c.Size), oneIf(c.Lottery), oneIf(c.Mirror), oneIf(c.Emotes == nil), int64(len(c.Emotes)))
		for i := range c.Emotes {
			r.putEmote(&c.Emotes[i])
		}
		if c.Sticker != nil {
			r.putEmote(c.Sticker)
		}
		if c.ReplyTo == nil {
			return nil
		}
		x.Reply = c.ReplyTo
	case event.KindGift:
		g := e.Gift
		r.num, r.amount = int64(g.Count), int64(g.Total)
		r.put(g.ID, g.Name, g.Action, g.Icon)
		r.putInt(int64(g.UnitPrice), oneIf(g.Paid), oneIf(g.BlindBox != nil), oneIf(g.Receiver != nil))
		if g.BlindBox != nil {
			r.put(g.BlindBox.Name)
			r.putInt(int64(g.BlindBox.Price))
		}
		if g.Receiver != nil {
			r.put(g.Receiver.ID, g.Receiver.Name)
		}
		if g.Combo == "" {
			return nil
		}
		x.Combo = g.Combo
	case event.KindSuperChat:
		s := e.SuperChat
		r.text, r.num, r.amount = s.Text, int64(s.Seconds), int64(s.Price)
		r.put(s.Background)
		x.ID, x.Translated, x.Start, x.End = s.ID, s.Translated, s.Start, s.End
	case event.KindSuperChatDelete:
		x.Deleted = e.SuperChatDelete
	case event.KindGuard:
		g := e.Guard
		r.num, r.amount = int64(g.Count), int64(g.Price)
		r.put(g.Name, g.Unit)
		r.putInt(int64(g.Level), oneIf(g.Renewal))
		return nil
	case event.KindEnter:
		r.putInt(oneIf(e.Enter.Effect))
		return nil
	case event.KindFollow:
		r.putInt(oneIf(e.Follow.Special), oneIf(e.Follow.Mutual))
		return nil
	case event.KindLike:
		r.num = int64(e.Like.Count)
		r.put(e.Like.Text)
		return nil
	case event.KindLive:
		x.Session, x.Start = e.Live.Session, e.Live.Start
	case event.KindOffline:
		r.putInt(oneIf(e.Offline.Rotation))
		return nil
	case event.KindRoom:
		r.text = e.RoomInfo.Title
		r.put(e.RoomInfo.Area, e.RoomInfo.ParentArea)
		return nil
	case event.KindStats:
		x.Stats = e.Stats
	case event.KindModeration:
		m := e.Moderation
		r.text = m.Text
		r.put(m.Action, m.Operator)
		if m.Target == "" && m.Until == 0 {
			return nil
		}
		x.Target, x.Until = m.Target, m.Until
	case event.KindRedPacket:
		p := *e.RedPacket
		r.num, r.amount = int64(p.Count), int64(p.Price)
		p.Count, p.Price = 0, 0
		x.RedPacket = &p
	case event.KindLottery:
		x.Lottery = e.Lottery
	case event.KindNotice:
		r.text = e.Notice.Text
		return nil
	default: // share, recall, other: nothing of their own
		return nil
	}
	var err error
	r.rest, err = x.marshal()
	return err
}

// marshal takes a copy, so that most events, which have no rest, allocate none.
func (x rest) marshal() ([]byte, error) { return json.Marshal(&x) }

// whole stores an event that the columns cannot hold as JSON.
func (r *row) whole(e *event.Event) error {
	r.flags |= flagWhole
	r.sign = append(r.sign[:0], byte(r.kind), byte(r.flags))
	r.put(e.Platform, e.Cmd)
	c := fields(*e)
	c.Raw, c.Key, c.Of, c.Seq = nil, "", "", 0
	r.text = e.Text()
	b, err := json.Marshal(&rest{Whole: &c})
	r.rest = b
	return err
}

func (r *row) put(texts ...string) {
	for _, s := range texts {
		r.sign = append(binary.AppendUvarint(r.sign, uint64(len(s))), s...)
	}
}

func (r *row) putInt(numbers ...int64) {
	for _, n := range numbers {
		r.sign = binary.AppendVarint(r.sign, n)
	}
}

func (r *row) putEmote(m *event.Emote) {
	r.put(m.Text, m.ID, m.URL)
	r.putInt(int64(m.Width), int64(m.Height))
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// formDetail is the JSON of the part of e's detail that its form holds.
func formDetail(e *event.Event, flags int64) ([]byte, error) {
	if flags&(flagNoDetail|flagWhole) != 0 {
		return nil, nil
	}
	switch e.Kind {
	case event.KindComment:
		c := *e.Comment
		c.Text, c.ReplyTo = "", nil
		return json.Marshal(&c)
	case event.KindGift:
		g := *e.Gift
		g.Count, g.Total, g.Combo = 0, 0, ""
		return json.Marshal(&g)
	case event.KindSuperChat:
		return json.Marshal(&event.SuperChat{Background: e.SuperChat.Background})
	case event.KindGuard:
		g := *e.Guard
		g.Count, g.Price = 0, 0
		return json.Marshal(&g)
	case event.KindEnter, event.KindFollow, event.KindOffline:
		return json.Marshal(detail(e))
	case event.KindLike:
		return json.Marshal(&event.Like{Text: e.Like.Text})
	case event.KindRoom:
		return json.Marshal(&event.RoomInfo{Area: e.RoomInfo.Area, ParentArea: e.RoomInfo.ParentArea})
	case event.KindModeration:
		return json.Marshal(&event.Moderation{Action: e.Moderation.Action, Operator: e.Moderation.Operator})
	}
	return nil, nil
}

// form is a row of the table form, ready to make events from.
type form struct {
	flags int64
	event event.Event // platform, cmd, kind, backlog and the detail's common part
}

// newForm parses a row of the table form.
func newForm(platform, cmd string, kind, flags int64, common string) (*form, error) {
	kinds := event.Kinds()
	if kind < 0 || kind >= int64(len(kinds)) {
		return nil, fmt.Errorf("unknown kind %d", kind)
	}
	f := &form{flags: flags}
	f.event = event.Event{Platform: platform, Cmd: cmd, Kind: kinds[kind], Backlog: flags&flagBacklog != 0}
	if flags&(flagNoDetail|flagWhole) != 0 {
		return f, nil
	}
	d := newDetail(&f.event)
	if d == nil || common == "" {
		return f, nil
	}
	return f, json.Unmarshal([]byte(common), d)
}

// join makes an event from its row and form: the inverse of split.
func join(f *form, r *row, e *event.Event) error {
	*e = f.event
	if f.flags&flagNoDetail != 0 {
		return nil
	}
	var x rest
	if r.rest != nil {
		parsed := new(rest) // x itself is not handed out: most events would allocate one in vain
		if err := json.Unmarshal(r.rest, parsed); err != nil {
			return fmt.Errorf("column rest: %w", err)
		}
		x = *parsed
	}
	if f.flags&flagWhole != 0 {
		if x.Whole == nil {
			return fmt.Errorf("column rest: no event")
		}
		*e = event.Event(*x.Whole)
		return nil
	}
	switch e.Kind {
	case event.KindComment:
		c := *e.Comment
		c.Text, c.ReplyTo = r.text, x.Reply
		e.Comment = &c
	case event.KindGift:
		g := *e.Gift
		g.Count, g.Total, g.Combo = int(r.num), event.Money(r.amount), x.Combo
		e.Gift = &g
	case event.KindSuperChat:
		s := *e.SuperChat
		s.Text, s.Seconds, s.Price = r.text, int(r.num), event.Money(r.amount)
		s.ID, s.Translated, s.Start, s.End = x.ID, x.Translated, x.Start, x.End
		e.SuperChat = &s
	case event.KindSuperChatDelete:
		e.SuperChatDelete = x.Deleted
	case event.KindGuard:
		g := *e.Guard
		g.Count, g.Price = int(r.num), event.Money(r.amount)
		e.Guard = &g
	case event.KindLike:
		e.Like = &event.Like{Text: e.Like.Text, Count: int(r.num)}
	case event.KindLive:
		e.Live = &event.Live{Session: x.Session, Start: x.Start}
	case event.KindRoom:
		i := *e.RoomInfo
		i.Title = r.text
		e.RoomInfo = &i
	case event.KindStats:
		e.Stats = x.Stats
	case event.KindModeration:
		m := *e.Moderation
		m.Text, m.Target, m.Until = r.text, x.Target, x.Until
		e.Moderation = &m
	case event.KindRedPacket:
		if p := x.RedPacket; p != nil {
			p.Count, p.Price = int(r.num), event.Money(r.amount)
			e.RedPacket = p
		}
	case event.KindLottery:
		e.Lottery = x.Lottery
	case event.KindNotice:
		e.Notice = &event.Notice{Text: r.text}
	}
	return nil
}
