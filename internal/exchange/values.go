package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// How files write modes, colours, times and money.

// The modes of comments, as numbered by the video site.
func modeNumber(mode string) int {
	switch mode {
	case "bottom":
		return 4
	case "top":
		return 5
	case "reverse":
		return 6
	case "positioned":
		return 7
	}
	return 1
}

// modeName is the inverse of modeNumber.
func modeName(n int64) string {
	switch n {
	case 4:
		return "bottom"
	case 5:
		return "top"
	case 6:
		return "reverse"
	case 7, 8, 9:
		return "positioned"
	}
	return "scroll"
}

const white = 0xffffff

// colorNumber reads "#rrggbb"; anything else gives the fallback.
func colorNumber(s string, fallback uint32) uint32 {
	if len(s) != 7 || s[0] != '#' {
		return fallback
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return fallback
	}
	return uint32(n)
}

func colorText(n int64) string {
	const hex = "0123456789abcdef"
	if n < 0 || n > white {
		n = white
	}
	b := [7]byte{0: '#'}
	for i := range 6 {
		b[i+1] = hex[n>>(20-4*i)&15]
	}
	return string(b[:])
}

func decimal(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 20
}

// appendSeconds appends milliseconds as seconds with three decimals.
func appendSeconds(dst []byte, ms int64) []byte {
	if ms < 0 {
		dst, ms = append(dst, '-'), -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	return append(dst, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
}

// parseTime reads a time with a zone, or without one in zone.
func parseTime(s string, zone *time.Location) (event.Millis, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006.01.02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return event.At(t), nil
		}
	}
	return 0, fmt.Errorf("time %q is none", s)
}

// appendYuan appends money in CNY, exactly and without needless zeros.
func appendYuan(dst []byte, m event.Money) []byte {
	if m < 0 {
		dst, m = append(dst, '-'), -m
	}
	dst = strconv.AppendInt(dst, int64(m)/1000, 10)
	if rest := m % 1000; rest != 0 {
		dst = append(dst, '.', byte('0'+rest/100))
		if rest %= 100; rest != 0 {
			dst = append(dst, byte('0'+rest/10))
			if rest %= 10; rest != 0 {
				dst = append(dst, byte('0'+rest))
			}
		}
	}
	return dst
}

// parseMoney reads an amount of CNY exactly, to the thousandth.
func parseMoney(s string) (event.Money, error) {
	whole, rest, _ := strings.Cut(strings.TrimSpace(s), ".")
	negative := strings.HasPrefix(whole, "-")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > 1e12 || n < -1e12 {
		return 0, fmt.Errorf("amount %q is no number", s)
	}
	milli := int64(0)
	for i := range 3 {
		d := int64(0)
		if i < len(rest) {
			if d = int64(rest[i]) - '0'; d < 0 || d > 9 {
				return 0, fmt.Errorf("amount %q is no number", s)
			}
		}
		milli = milli*10 + d
	}
	if negative {
		milli = -milli
	}
	return event.Money(n*1000 + milli), nil
}
