package model

import (
	"slices"
	"strconv"
	"strings"

	"danmaku/event"
)

// RowKind names what a row of a list shows.
type RowKind uint8

// The kinds of rows. Line is a short notice of the platform or of us; what it
// says follows from the row's other fields, so that it can be said in another
// language later.
const (
	RowComment RowKind = iota
	RowSuperChat
	RowGift
	RowGuard
	RowGap
	RowLagged
	RowLive
	RowOffline
	RowTitle
	RowModeration
	RowRedPacket
	RowLottery
	RowNotice
	RowArrival // entering, following, sharing, liking: Action tells which
)

// Row is one entry of a list: what is shown of an event, and no more. Texts are
// clean.
type Row struct {
	Kind RowKind
	// Flags that change how the row looks.
	Backlog, Mirror, Lottery, Highlight, Recalled bool

	Guard int8
	Admin bool
	Lit   bool // the medal is

	Room event.RoomID
	At   event.Millis
	Seq  int64
	Key  string

	UserID string
	Name   string
	Medal  *Medal
	Color  uint32 // 0xrrggbb of the comment; 0xffffff when the user chose none

	Text    string
	Mode    string // scroll, top, bottom, as in event.Comment
	Reply   string // name of the person answered
	Emotes  []event.Emote
	Sticker *event.Emote

	// Count is how often a comment was repeated (1: once), or pieces of a gift.
	Count int
	Item  string // the gift's name, the guard's name
	Icon  string // address of the gift's picture
	Unit  string // of a guard membership
	Price event.Money
	Paid  bool
	// Action is the kind of arrival or of moderation; Cause of a gap.
	Action string
	Until  event.Millis // a gap's end, 0 while it lasts; a super chat's end
	Detail string
	Level  int    // of a guard
	Back   uint32 // a super chat's colour
	Lagged int64  // events the window itself missed

	// Muted are the user's rules that hide the row; it takes no room then.
	Muted []string

	// Version counts the changes since the row was added.
	Version int32

	combo   string
	touched event.Millis // of the latest part of a combo
	folded  string
}

// Medal is a fan medal as shown. Equal medals share one value.
type Medal struct {
	Name  string
	Level int
	Color uint32
	Guard int8
}

// Hidden reports whether a rule of the user's hides the row.
func (r *Row) Hidden() bool { return len(r.Muted) > 0 }

// Mute hides the row by a rule.
func (r *Row) Mute(rule string) {
	if !slices.Contains(r.Muted, rule) {
		r.Muted = append(slices.Clip(r.Muted), rule)
	}
}

// Unmute takes back what a rule did; the row is shown again unless another rule
// hides it, too.
func (r *Row) Unmute(rule string) {
	if slices.Contains(r.Muted, rule) {
		r.Muted = slices.DeleteFunc(slices.Clone(r.Muted), func(q string) bool { return q == rule })
	}
}

// Mine reports whether the row is somebody's, so that it has a name.
func (r *Row) Mine() bool {
	switch r.Kind {
	case RowComment, RowSuperChat, RowGift, RowGuard, RowArrival:
		return true
	}
	return false
}

// ParseColor reads "#rrggbb"; anything else gives otherwise.
func ParseColor(s string, otherwise uint32) uint32 {
	if len(s) != 7 || s[0] != '#' {
		return otherwise
	}
	v, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return otherwise
	}
	return uint32(v)
}

// interned keeps one copy of the texts and medals that come again and again.
// It forgets everything when it has grown too big, which costs memory for a
// while and nothing else. Only young rows share what it keeps; see packer.
type interned struct {
	texts  map[string]string
	medals map[Medal]*Medal
}

const maxInterned = 1 << 12

func (n *interned) text(s string) string {
	if s == "" {
		return ""
	}
	if t, ok := n.texts[s]; ok {
		return t
	}
	if n.texts == nil || len(n.texts) > maxInterned {
		n.texts = make(map[string]string)
	}
	s = strings.Clone(s) // the texts of an event are one piece of memory
	n.texts[s] = s
	return s
}

func (n *interned) medal(m *event.Medal) *Medal {
	if m == nil || m.Name == "" {
		return nil
	}
	v := Medal{Name: CleanName(m.Name), Level: m.Level, Color: ParseColor(m.Color, 0), Guard: int8(m.Guard)}
	if p, ok := n.medals[v]; ok {
		return p
	}
	if n.medals == nil || len(n.medals) > maxInterned {
		n.medals = make(map[Medal]*Medal)
	}
	p := &v
	n.medals[v] = p
	return p
}
