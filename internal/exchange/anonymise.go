package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"danmaku/event"
)

// Anonymise gives events in which people cannot be known again: ids, names and
// what is made of them become pseudonyms by a keyed hash, the same person
// having the same one under the same key; faces and commands as received are
// left out, and so are texts of the platform that may name somebody. What
// people wrote stays, with @names in it replaced. Use a fresh random key for
// each export and do not keep it.
func Anonymise(events Events, key []byte) Events {
	return func(yield func(event.Event, error) bool) {
		p := pseudonyms{key: key}
		for e, err := range events {
			if err == nil {
				e = p.event(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

type pseudonyms struct{ key []byte }

// of hashes s for one use, so that an id and a name that are equal by chance
// do not look equal.
func (p *pseudonyms) of(use, s string, n int) string {
	if s == "" {
		return ""
	}
	h := hmac.New(sha256.New, p.key)
	h.Write([]byte(use + "\x00" + s))
	return hex.EncodeToString(h.Sum(nil))[:n]
}

func (p *pseudonyms) id(s string) string { return p.of("id", s, 16) }

func (p *pseudonyms) name(s string) string {
	if s == "" {
		return ""
	}
	return "user-" + p.of("name", s, 8)
}

// eventKey keeps the prefix that says what sort of key it is.
func (p *pseudonyms) eventKey(s string) string {
	sort, rest, ok := strings.Cut(s, ":")
	if !ok {
		return p.of("key", s, 24)
	}
	return sort + ":" + p.of("key", rest, 24)
}

func (p *pseudonyms) person(o *event.Person) *event.Person {
	if o == nil {
		return nil
	}
	return &event.Person{ID: p.id(o.ID), Name: p.name(o.Name)}
}

// event works on copies: the input may be shared with other readers.
func (p *pseudonyms) event(e event.Event) event.Event {
	e.Raw = nil
	e.Key, e.Of = p.eventKey(e.Key), p.eventKey(e.Of)
	if e.User != nil {
		u := *e.User
		u.ID, u.Name, u.Face = p.id(u.ID), p.name(u.Name), ""
		if u.Medal != nil {
			m := *u.Medal
			m.Owner = p.name(m.Owner)
			u.Medal = &m
		}
		e.User = &u
	}
	switch {
	case e.Comment != nil:
		c := *e.Comment
		c.Text = p.mentions(c.Text)
		if c.ReplyTo != nil {
			c.ReplyTo = &event.ReplyTo{ID: p.id(c.ReplyTo.ID), Name: p.name(c.ReplyTo.Name)}
		}
		e.Comment = &c
	case e.Gift != nil:
		g := *e.Gift
		g.Combo = p.of("combo", g.Combo, 16) // the platform's has uids in it
		g.Receiver = p.person(g.Receiver)
		e.Gift = &g
	case e.SuperChat != nil:
		s := *e.SuperChat
		s.ID = p.id(s.ID)
		s.Text, s.Translated = p.mentions(s.Text), p.mentions(s.Translated)
		e.SuperChat = &s
	case e.SuperChatDelete != nil:
		ids := make([]string, len(e.SuperChatDelete.IDs))
		for i, id := range e.SuperChatDelete.IDs {
			ids[i] = p.id(id)
		}
		e.SuperChatDelete = &event.SuperChatDelete{IDs: ids}
	case e.Like != nil:
		e.Like = &event.Like{Count: e.Like.Count}
	case e.Moderation != nil:
		m := *e.Moderation
		m.Text = ""
		if strings.HasPrefix(m.Action, "recall") || m.Action == "block" || strings.HasPrefix(m.Action, "admin") {
			m.Target = p.id(m.Target)
		}
		e.Moderation = &m
	case e.RedPacket != nil:
		r := *e.RedPacket
		r.Awards = p.awards(r.Awards)
		e.RedPacket = &r
	case e.Lottery != nil:
		l := *e.Lottery
		l.Awards = p.awards(l.Awards)
		e.Lottery = &l
	case e.Notice != nil:
		e.Notice = &event.Notice{}
	}
	return e
}

func (p *pseudonyms) awards(list []event.Award) []event.Award {
	if list == nil {
		return nil
	}
	out := make([]event.Award, len(list))
	for i, a := range list {
		out[i] = a
		out[i].Winner = p.person(a.Winner)
	}
	return out
}

// mentions replaces what follows an @ up to the next space.
func (p *pseudonyms) mentions(s string) string {
	if !strings.ContainsAny(s, "@＠") {
		return s
	}
	var b strings.Builder
	for rest := s; ; {
		at := strings.IndexAny(rest, "@＠")
		if at < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:at])
		rest = strings.TrimLeft(rest[at:], "@＠")
		end := strings.IndexAny(rest, " \t\n\u3000")
		if end < 0 {
			end = len(rest)
		}
		b.WriteString("@" + p.name(rest[:end]))
		rest = rest[end:]
	}
}
