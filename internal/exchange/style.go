package exchange

import (
	"time"

	"danmaku/event"
)

// Style says how an ASS file looks. Zero values stand for the defaults.
type Style struct {
	Width, Height int // of the script's picture in pixels; 1920 × 1080
	// Font is a name the player finds on its machine; "Noto Sans CJK SC".
	Font string
	// FontSize is the height in pixels of a line of a normal comment (size
	// 25); about a 23rd of the height.
	FontSize int
	Bold     bool
	Opacity  float64       // above 0 to 1; 0.85
	Scroll   time.Duration // how long a comment takes to cross; 12 s
	Stand    time.Duration // how long a comment at the top or bottom stays; 5 s
	// Area is the part of the height, from the top, for comments that scroll
	// or stand at the top; above 0 to 1; 0.5.
	Area float64
	// Patience is how late a comment may be when every row is taken; later
	// ones stay in the file as comment lines. Below 0: none. 2 s.
	Patience time.Duration
	Names    bool // the sender's name before each comment
	NoBoxes  bool // no boxes for super chats, guards and gifts
	// GiftMin leaves out gifts that cost less; free ones are never shown.
	GiftMin event.Money
}

func (s Style) withDefaults() Style {
	fill := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	fill(&s.Width, 1920)
	fill(&s.Height, 1080)
	fill(&s.FontSize, max(1, s.Height*47/1080))
	if s.Font == "" {
		s.Font = "Noto Sans CJK SC"
	}
	if !(s.Opacity > 0 && s.Opacity <= 1) {
		s.Opacity = 0.85
	}
	if !(s.Area > 0 && s.Area <= 1) {
		s.Area = 0.5
	}
	if s.Scroll < 100*time.Millisecond {
		s.Scroll = 12 * time.Second
	}
	if s.Stand < 100*time.Millisecond {
		s.Stand = 5 * time.Second
	}
	if s.Patience == 0 {
		s.Patience = 2 * time.Second
	}
	s.Patience = max(0, s.Patience)
	return s
}

// ticks gives a duration in hundredths of a second.
func ticks(d time.Duration) int64 { return int64(d / (10 * time.Millisecond)) }

// A super chat's colours by its price, as the platform's page has them.
var superChatTiers = []struct {
	from         event.Money
	bottom, back string
}{
	{2_000_000, "#AB1A32", "#FFD8D8"},
	{1_000_000, "#E54D4D", "#FFE7E4"},
	{500_000, "#E09443", "#FFEAD2"},
	{100_000, "#E2B52B", "#FFF1C5"},
	{50_000, "#427D9E", "#DBFFFD"},
	{0, "#2A60B2", "#EDF5FF"},
}

func superChatColors(s *event.SuperChat) (bottom, back uint32) {
	for _, t := range superChatTiers {
		if s.Price >= t.from {
			bottom, back = colorNumber(t.bottom, 0), colorNumber(t.back, white)
			break
		}
	}
	return colorNumber(s.Background, bottom), back
}

// guardColor is the platform's colour of a guard level.
func guardColor(level int) uint32 {
	switch level {
	case 1:
		return 0xff7c28
	case 2:
		return 0xe17aff
	}
	return 0x00d1f1
}
