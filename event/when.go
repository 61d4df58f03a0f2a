package event

import (
	"fmt"
	"strconv"
	"time"
)

// ParseWhen reads a moment as people write it: RFC 3339
// ("2026-11-22T20:00:00+08:00"), a day or minute of local time ("2026-11-22",
// "2026-11-22 20:00"), a time ago ("90s", "15m", "2h", "3d"), or Unix
// milliseconds. now is what "ago" counts from.
func ParseWhen(s string, now time.Time) (Millis, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return At(t), nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return At(t), nil
		}
	}
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
	return 0, fmt.Errorf("%q is not a time: write 2026-11-22, 2026-11-22T20:00:00+08:00, 2h (ago), 3d (ago), or Unix milliseconds", s)
}

func cutDays(s string) (int, bool) {
	if len(s) < 2 || s[len(s)-1] != 'd' {
		return 0, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	return n, err == nil && n >= 0 && n <= 36500
}
