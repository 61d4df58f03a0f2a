package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"danmaku/event"
	"danmaku/internal/exchange"
	"danmaku/store"
)

// Most recorders write no identity of what they record, so what a file tells is
// also looked for by its content: the same words or gift by the same person at
// about the same time is the same event, each of those in the archive once. Only
// where neither side hides its identity the keys alone decide.

const (
	// sameMoment is how far apart the clocks of two recorders may be.
	sameMoment = event.Millis(10_000)
	// sameMinute is the same for a file without senders: some of them tell the
	// minute only.
	sameMinute = event.Millis(120_000)
	// mostTaken is how many events of the archive are remembered as found, in each
	// of two halves.
	mostTaken = 1 << 16
)

// recorded are the kinds of events that recorders write.
var recorded = []event.Kind{event.KindComment, event.KindGift, event.KindSuperChat, event.KindGuard}

// known recognises events of a file that the archive had before, from elsewhere.
type known struct {
	a    *store.Archive
	last int64 // position of the last event before the file
	// What was found is not found again: people do write the same twice.
	taken, older map[int64]bool
}

// newKnown begins with a file.
func newKnown(ctx context.Context, a *store.Archive) (*known, error) {
	last, err := a.LastSeq(ctx)
	return &known{a: a, last: last, taken: map[int64]bool{}}, err
}

func (k *known) take(seq int64) {
	if len(k.taken) >= mostTaken {
		k.older, k.taken = k.taken, map[int64]bool{}
	}
	k.taken[seq] = true
}

// sift takes the events out of a batch that the archive has under another key.
func (k *known) sift(ctx context.Context, batch []event.Event) ([]event.Event, error) {
	if k.last == 0 {
		return batch, nil
	}
	var order []int
	for i := range batch {
		if e := &batch[i]; e.Of == "" && slices.Contains(recorded, e.Kind) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		a, b := &batch[x], &batch[y]
		return cmp.Or(cmp.Compare(a.Room, b.Room), cmp.Compare(a.At, b.At))
	})
	found := map[int]bool{}
	for len(order) > 0 {
		// What is far apart is looked for apart: between there may be years.
		n := 1
		for n < len(order) && batch[order[n]].Room == batch[order[0]].Room && batch[order[n]].At-batch[order[n-1]].At <= 2*sameMinute {
			n++
		}
		if err := k.siftRoom(ctx, batch, order[:n], found); err != nil {
			return nil, err
		}
		order = order[n:]
	}
	if len(found) == 0 {
		return batch, nil
	}
	rest := make([]event.Event, 0, len(batch)-len(found))
	for i := range batch {
		if !found[i] {
			rest = append(rest, batch[i])
		}
	}
	return rest, nil
}

// siftRoom finds those among some events of a room, in the order of time, that
// are in the archive.
func (k *known) siftRoom(ctx context.Context, batch []event.Event, order []int, found map[int]bool) error {
	byKey, wanted := map[string]int{}, map[string][]int{}
	for _, i := range order {
		byKey[batch[i].Key] = i
		c := content(&batch[i])
		wanted[c] = append(wanted[c], i)
	}
	there := map[string][]*event.Event{}
	own := map[int]bool{} // the archive will know them by their keys
	first, last := &batch[order[0]], &batch[order[len(order)-1]]
	f := event.Filter{Rooms: []event.RoomID{first.Room}, Kinds: recorded, From: max(first.At-sameMinute, 1), To: last.At + sameMinute + 1, Before: k.last + 1}
	for s, err := range k.a.ByTime(ctx, f) {
		if err != nil {
			return err
		}
		if i, ok := byKey[s.Key]; ok && s.Key != "" {
			own[i] = true
			k.take(s.Seq)
			continue
		}
		if c := content(&s); wanted[c] != nil && s.Of == "" && !k.taken[s.Seq] && !k.older[s.Seq] {
			there[c] = append(there[c], &s)
		}
	}
	for c, list := range wanted {
		list = slices.DeleteFunc(list, func(i int) bool { return own[i] })
		// First by the same people, then what does not say by whom.
		for _, who := range [...]func(*event.Event) string{sender, nobody} {
			k.pair(batch, list, there[c], who, found)
			list = slices.DeleteFunc(list, func(i int) bool { return found[i] })
			there[c] = slices.DeleteFunc(there[c], func(s *event.Event) bool { return k.taken[s.Seq] })
		}
	}
	return nil
}

// pair finds the events of a list among others with the same content, by sender.
func (k *known) pair(batch []event.Event, list []int, there []*event.Event, who func(*event.Event) string, found map[int]bool) {
	if len(there) == 0 {
		return
	}
	mine, theirs := map[string][]int{}, map[string][]*event.Event{}
	for _, i := range list {
		mine[who(&batch[i])] = append(mine[who(&batch[i])], i)
	}
	for _, s := range there {
		theirs[who(s)] = append(theirs[who(s)], s)
	}
	for w, list := range mine {
		there := theirs[w]
		near := func(i, j int) event.Millis { return likeness(&batch[list[i]], there[j]) }
		for i, j := range align(len(list), len(there), near) {
			if j >= 0 {
				found[list[i]] = true
				k.take(there[j].Seq)
			}
		}
	}
}

// align pairs two lists in their order so that what is paired is near, and little
// is left over of the first: an event that is paired with none counts as if it were
// sameMinute off. It returns the partner of each, -1: none.
func align(n, m int, near func(i, j int) event.Millis) []int {
	const left, up, both = 0, 1, 2
	best := make([]event.Millis, m+1)
	way := make([]byte, n*(m+1))
	for i := range n {
		corner := best[0]
		best[0] += sameMinute
		way[i*(m+1)] = up
		for j := 1; j <= m; j++ {
			above := best[j]
			best[j] = above + sameMinute
			w := byte(up)
			if best[j-1] <= best[j] {
				best[j], w = best[j-1], left
			}
			if d := near(i, j-1); d >= 0 && corner+d < best[j] {
				best[j], w = corner+d, both
			}
			way[i*(m+1)+j] = w
			corner = above
		}
	}
	partner := make([]int, n)
	for i, j := n-1, m; i >= 0; {
		switch way[i*(m+1)+j] {
		case left:
			j--
		case up:
			partner[i] = -1
			i--
		case both:
			j--
			partner[i] = j
			i--
		}
	}
	return partner
}

// likeness is how far an event of a file and one of the archive with the same
// content are apart; -1: they are not the same.
func likeness(e, s *event.Event) event.Millis {
	// Guards are told in several ways, each with a number of its own.
	if !exchange.Anonymous(e.Key) && !exchange.Anonymous(s.Key) && e.Kind != event.KindGuard {
		return -1
	}
	span := sameMinute
	if e.User != nil && s.User != nil {
		if span = sameMoment; !mayBeSame(e.User, s.User) {
			return -1
		}
	}
	if d := apart(e, s); d <= span {
		return d
	}
	return -1
}

// sender is by whom an event is, nobody what those have in common who do not say.
func sender(e *event.Event) string {
	if e.User == nil {
		return ""
	}
	return e.User.ID + "\x00" + e.User.Name
}

func nobody(*event.Event) string { return "" }

// apart is how far two events are from each other by the nearest of their clocks.
func apart(e, s *event.Event) event.Millis {
	return min(distance(e.At, s.At), distance(e.At, s.Received), distance(e.Received, s.Received))
}

func distance(a, b event.Millis) event.Millis { return max(a-b, b-a) }

// mayBeSame reports whether two tell of one person, as far as they tell: the
// platform hides ids and parts of names from some.
func mayBeSame(a, b *event.User) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	if hidden(a) || hidden(b) {
		x, y := []rune(a.Name), []rune(b.Name)
		return len(x) == 0 || len(y) == 0 || x[0] == y[0]
	}
	return a.Name == b.Name
}

func hidden(u *event.User) bool { return u.Name == "" || strings.Contains(u.Name, "***") }

// content is what recorders agree on of an event: they leave different characters
// out that nobody sees.
func content(e *event.Event) string {
	switch {
	case e.Comment != nil:
		return "c" + seen(e.Comment.Text)
	case e.SuperChat != nil:
		return "s" + seen(e.SuperChat.Text)
	case e.Gift != nil:
		return "g" + seen(e.Gift.Name) + "\x00" + event.Grouped(int64(e.Gift.Count))
	case e.Guard != nil:
		return "u" + event.GuardName(e.Guard.Level) + "\x00" + event.Grouped(int64(e.Guard.Count))
	}
	return ""
}

func seen(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\ufeff' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s))
}
