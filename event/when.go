package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseWhen reads a moment as people write it: RFC 3339
// ("2026-11-22T20:00:00+08:00"), a month, day or minute of local time ("2026-11",
// "2026-11-22", "2026-11-22 20:00", "20:00", "yesterday 20:00", "今天 20:00"), a
// time ago ("90s", "15m", "2h", "3d ago", "2w"), "now", or Unix milliseconds. now is what "ago" counts from.
func ParseWhen(s string, now time.Time) (Millis, error) {
	written := s
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return At(t), nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return At(t), nil
		}
	}
	if strings.Contains(s, ":") && !strings.ContainsAny(s, " -/T") {
		s = "today " + s
	}
	if t, ok := namedDay(s, now); ok {
		return At(t), nil
	}
	if s == "now" {
		return At(now), nil
	}
	s = strings.TrimSpace(strings.TrimSuffix(s, " ago"))
	if n, ok := cutDays(s); ok {
		return At(now.AddDate(0, 0, -n)), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return At(now.Add(-d)), nil
	}
	// Fewer digits would be a year or a typing mistake.
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms >= 1e11 && ms < 1e14 {
		return Millis(ms), nil
	}
	return 0, fmt.Errorf("%q is not a time: write 2026-11-22, 20:00 (today), yesterday 20:00, 2026-11-22T20:00:00+08:00, 2h, 3d or 2w (ago), or Unix milliseconds", written)
}

// namedDay reads a day by its name, from its beginning or a clock time on.
func namedDay(s string, now time.Time) (time.Time, bool) {
	name, clock, _ := strings.Cut(s, " ")
	day := now
	switch name {
	case "today", "今天":
	case "yesterday", "昨天":
		day = now.AddDate(0, 0, -1)
	default:
		return now, false
	}
	date := day.Format("2006-01-02")
	if clock == "" {
		t, err := time.ParseInLocation("2006-01-02", date, now.Location())
		return t, err == nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, date+" "+clock, now.Location()); err == nil {
			return t, true
		}
	}
	return now, false
}

func cutDays(s string) (int, bool) {
	if len(s) < 2 {
		return 0, false
	}
	each := map[byte]int{'d': 1, 'w': 7}[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	return n * each, err == nil && each > 0 && n >= 0 && n <= 36500
}
