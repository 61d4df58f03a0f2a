package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"maps"
	"slices"

	"danmaku/event"
)

// Sum is a number of purchases with what they come to.
type Sum struct {
	Events int64       `json:"events"`
	Count  int64       `json:"count"` // pieces, months
	Money  event.Money `json:"money"`
}

func (s *Sum) add(count int, m event.Money) {
	s.Events++
	s.Count += int64(count)
	s.Money += m
}

// Ledger is what was paid and given. All money is in thousandths of CNY. Events
// that repeat others are not in it.
type Ledger struct {
	// Gifts that were paid for, at what was really paid: blind boxes at the
	// price of the box. FreeGifts are the others, at their list price, which
	// nobody paid.
	Gifts     Sum `json:"gifts"`
	FreeGifts Sum `json:"free_gifts"`
	// BlindBoxes are the paid gifts that came out of one (they are in Gifts
	// too). BlindValue is the list price of what came out.
	BlindBoxes Sum         `json:"blind_boxes"`
	BlindValue event.Money `json:"blind_value"`
	// SuperChats are all of them; Deleted those that were taken away later.
	SuperChats Sum `json:"super_chats"`
	Deleted    Sum `json:"deleted"`
	// Guards by level (1 governor, 2 admiral, 3 captain); Count is the terms as
	// bought, mostly months.
	Guards     map[int]Sum `json:"guards"`
	RedPackets Sum         `json:"red_packets"`
	// Total is Gifts, SuperChats without Deleted, Guards and RedPackets.
	Total event.Money `json:"total"`
}

// Purchase is one event of a ledger: the source of its figures.
type Purchase struct {
	Event event.Event
	Money event.Money // what it adds to Total
	// Deleted: a super chat that was taken away later, at the position By.
	Deleted bool
	By      int64
}

// Add counts one more purchase.
func (l *Ledger) Add(p *Purchase) {
	e := &p.Event
	l.Total += p.Money
	switch {
	case e.Of != "":
	case e.Gift != nil && e.Gift.Paid:
		l.Gifts.add(e.Gift.Count, e.Gift.Total)
		if e.Gift.BlindBox != nil {
			l.BlindBoxes.add(e.Gift.Count, e.Gift.Total)
			l.BlindValue += e.Gift.UnitPrice * event.Money(e.Gift.Count)
		}
	case e.Gift != nil:
		l.FreeGifts.add(e.Gift.Count, e.Gift.UnitPrice*event.Money(e.Gift.Count))
	case e.SuperChat != nil:
		l.SuperChats.add(1, e.SuperChat.Price)
		if p.Deleted {
			l.Deleted.add(1, e.SuperChat.Price)
		}
	case e.Guard != nil:
		if l.Guards == nil {
			l.Guards = map[int]Sum{}
		}
		s := l.Guards[e.Guard.Level]
		s.add(e.Guard.Count, e.Guard.Price)
		l.Guards[e.Guard.Level] = s
	case e.RedPacket != nil:
		l.RedPackets.add(e.RedPacket.Count, e.RedPacket.Price)
	}
}

// Purchases gives the events that a ledger of the filter's rooms, time and user
// is made of, in the order of the archive (f.Newest: the newest first); f.Kinds
// and f.Text narrow it further.
func (a *Archive) Purchases(ctx context.Context, f event.Filter) iter.Seq2[Purchase, error] {
	if len(f.Kinds) == 0 {
		f.Kinds = []event.Kind{event.KindGift, event.KindSuperChat, event.KindGuard, event.KindRedPacket}
	}
	return func(yield func(Purchase, error) bool) {
		for e, err := range a.Query(ctx, f) {
			if err != nil {
				yield(Purchase{}, err)
				return
			}
			p := Purchase{Event: e, Money: e.Paid()}
			switch {
			case e.Of != "", e.Gift == nil && e.SuperChat == nil && e.Guard == nil && (e.RedPacket == nil || e.RedPacket.Phase != "bought"):
				continue
			case e.SuperChat != nil:
				if p.By, err = a.deletion(ctx, &e); err != nil {
					yield(Purchase{}, fmt.Errorf("store: purchases: %w", err))
					return
				}
				if p.Deleted = p.By != 0; p.Deleted {
					p.Money = 0
				}
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// deletion returns the position of the event that took a super chat away; 0: none.
func (a *Archive) deletion(ctx context.Context, e *event.Event) (seq int64, err error) {
	err = a.read(ctx, func(r *reader) error {
		seq, err = r.c.number(ctx, "select d.seq from deleted d join room r on r.id=d.room where r.platform=? and r.room=? and d.id=?", e.Platform, int64(e.Room), e.SuperChat.ID)
		return err
	})
	return seq, err
}

// Ledger sums up the purchases of the filter's rooms, time and user.
func (a *Archive) Ledger(ctx context.Context, f event.Filter) (Ledger, error) {
	l := Ledger{Guards: map[int]Sum{}}
	for p, err := range a.Purchases(ctx, f) {
		if err != nil {
			return l, err
		}
		l.Add(&p)
	}
	return l, nil
}

// Payer is a person's ledger. A person whose id the platform hides is known by
// the name alone.
type Payer struct {
	User   event.User `json:"user"` // as in the newest purchase
	Ledger Ledger     `json:"ledger"`
}

// Payers returns the ledgers of those who gave something, the highest total
// first. It keeps one ledger for each of them in memory.
func (a *Archive) Payers(ctx context.Context, f event.Filter) ([]Payer, error) {
	byID := map[string]*Payer{}
	for p, err := range a.Purchases(ctx, f) {
		if err != nil {
			return nil, err
		}
		u := p.Event.User
		if u == nil {
			u = &event.User{}
		}
		id := "id " + u.ID
		if u.ID == "" {
			id = "name " + u.Name
		}
		if byID[id] == nil {
			byID[id] = &Payer{Ledger: Ledger{Guards: map[int]Sum{}}}
		}
		byID[id].User = *u
		byID[id].Ledger.Add(&p)
	}
	payers := make([]Payer, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		payers = append(payers, *byID[id])
	}
	slices.SortStableFunc(payers, func(a, b Payer) int { return cmp.Compare(b.Ledger.Total, a.Ledger.Total) })
	return payers, nil
}

// noteDeleted remembers which super chats an event takes away.
func (w *writer) noteDeleted(room, seq int64, e *event.Event) error {
	if e.SuperChatDelete == nil {
		return nil
	}
	for _, id := range e.SuperChatDelete.IDs {
		if err := w.c.exec("insert or ignore into deleted(room, id, seq) values(?,?,?)", room, driver.Value(id), seq); err != nil {
			return err
		}
	}
	return nil
}
