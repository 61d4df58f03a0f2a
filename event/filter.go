package event

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Filter says which events a reader wants. The zero Filter wants all. The hub
// calls Match; the archive turns the same filter into SQL; a test of the
// archive proves that they agree.
type Filter struct {
	Rooms []RoomID // any of them; empty: all
	Kinds []Kind   // any of them; empty: all
	User  string   // the user's id, or a part of the name
	Text  string   // a part of the words, width and case folded
	From  Millis   // platform clock, inclusive; 0: no bound
	To    Millis   // platform clock, exclusive; 0: no bound
	Rule  *Rule    // what holds besides; nil: nothing
	After int64    // only Seq above
	// Before and Limit are for readers of the archive: only Seq below Before
	// (0: no bound), at most Limit events (0: no limit). Newest asks for the
	// newest first.
	Before int64
	Limit  int
	Newest bool
	// ByClock asks for the order of the platform's clock instead of that of
	// arrival, in which recordings imported later stand behind what is newer.
	// With Newest, Before then asks for what stands behind that event, and at the
	// same time the higher Seq comes first.
	ByClock bool
	Raw     bool // give Raw too
}

// Match reports whether a reader with this filter wants e. Before, Limit,
// Newest, ByClock and Raw are of no concern here.
func (f *Filter) Match(e *Event) bool {
	if e.Seq != 0 && e.Seq <= f.After {
		return false
	}
	if len(f.Rooms) > 0 && !slices.Contains(f.Rooms, e.Room) {
		return false
	}
	if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) {
		return false
	}
	if f.From != 0 && e.At < f.From || f.To != 0 && e.At >= f.To {
		return false
	}
	if f.User != "" {
		if e.User == nil || e.User.ID != f.User && !strings.Contains(Fold(e.User.Name), Fold(f.User)) {
			return false
		}
	}
	if f.Text != "" && !strings.Contains(Fold(e.Text()), Fold(f.Text)) {
		return false
	}
	return f.Rule.Match(e)
}

// Fold returns s as search compares it: compatibility-normalised (full-width
// letters become plain ones, half-width kana full ones) and in lower case.
func Fold(s string) string {
	plain, capitals := true, false
	for _, r := range s {
		switch {
		case r < 0x80:
			capitals = capitals || 'A' <= r && r <= 'Z'
		case 0x4e00 <= r && r <= 0x9fff, 0x3041 <= r && r <= 0x3096, 0x30a1 <= r && r <= 0x30fe:
			// Ideographs and kana are as they are to be, and so is what they stand beside.
		default:
			plain = false
		}
	}
	if plain && !capitals {
		return s
	}
	if plain {
		b := []byte(s)
		for i, c := range b {
			if 'A' <= c && c <= 'Z' {
				b[i] = c + 'a' - 'A'
			}
		}
		return string(b)
	}
	// Bytes that are no text first: what they stand beside would decide their form.
	return strings.Map(unicode.ToLower, norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")))
}
