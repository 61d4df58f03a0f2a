package event

import (
	"testing"
	"time"
)

func TestParseWhenReadsTimesAsPeopleWriteThem(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, zone)
	tests := []struct {
		in   string
		want time.Time
	}{
		{"2026-11-22", time.Date(2026, 11, 22, 0, 0, 0, 0, zone)},
		{"2026-11-22 20:05", time.Date(2026, 11, 22, 20, 5, 0, 0, zone)},
		{"2026-11-22T20:05:06Z", time.Date(2026, 11, 22, 20, 5, 6, 0, time.UTC)},
		{"2h", now.Add(-2 * time.Hour)},
		{"1h30m", now.Add(-90 * time.Minute)},
		{"3d", now.AddDate(0, 0, -3)},
		{"2h ago", now.Add(-2 * time.Hour)},
		{"3d ago", now.AddDate(0, 0, -3)},
		{"2w", now.AddDate(0, 0, -14)},
		{"20:05", time.Date(2026, 11, 22, 20, 5, 0, 0, zone)},
		{"2026-09", time.Date(2026, 9, 1, 0, 0, 0, 0, zone)},
		{"now", now},
		{"yesterday", time.Date(2026, 11, 21, 0, 0, 0, 0, zone)},
		{"yesterday 20:00", time.Date(2026, 11, 21, 20, 0, 0, 0, zone)},
		{"今天 08:30", time.Date(2026, 11, 22, 8, 30, 0, 0, zone)},
		{"1700000000123", time.UnixMilli(1700000000123)},
	}
	for _, tt := range tests {
		got, err := ParseWhen(tt.in, now)
		if err != nil || got != At(tt.want) {
			t.Errorf("%q: got %v, %v; want %v", tt.in, got.Time(), err, tt.want)
		}
	}
	for _, bad := range []string{"", "yesterday 25:00", "tomorrow", "ago", "2026", "2026-13-01", "-2h", "-3d", "3m2w", "w", "25:00", "20:5:", "2026-13", "17", "99999999999999999999"} {
		if got, err := ParseWhen(bad, now); err == nil {
			t.Errorf("%q was read as %v", bad, got.Time())
		}
	}
}
