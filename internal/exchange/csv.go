package exchange

import (
	"io"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// csvColumns are the names in the first line of a CSV file. cny is the paid
// sum as people read it; paid is the same in thousandths, for programs.
var csvColumns = []string{"seq", "at", "room", "kind", "user_id", "user", "text", "item", "count", "cny", "paid", "guard", "admin",
	"medal", "medal_level", "mode", "color", "size", "received", "key", "of", "backlog", "cmd", "masked", "level", "wealth",
	"medal_room", "medal_owner", "medal_lit", "medal_guard", "medal_color", "face", "detail"}

// WriteCSV writes a line of names, then a line for each event. Times are
// RFC 3339 with milliseconds; what does not apply is empty.
func WriteCSV(w io.Writer, events Events) (Summary, error) {
	var sum Summary
	out := newOutput(w)
	out.text(strings.Join(csvColumns, ",") + "\n")
	var f flat
	for e, err := range events {
		if err != nil {
			return sum, err
		}
		f.fill(&e)
		out.line = f.appendCSV(out.line)
		out.flush()
		if out.err != nil {
			break
		}
		sum.Written++
	}
	return sum, out.close(CSV)
}

func (f *flat) appendCSV(dst []byte) []byte {
	number := func(n int64) {
		dst = append(dst, ',')
		if n != 0 {
			dst = strconv.AppendInt(dst, n, 10)
		}
	}
	words := func(s string) { dst = appendCSVField(append(dst, ','), s) }
	flag := func(b bool) {
		dst = append(dst, ',')
		if b {
			dst = append(dst, '1')
		}
	}
	moment := func(ms int64) {
		dst = append(dst, ',')
		if ms != 0 {
			dst = time.UnixMilli(ms).AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
		}
	}
	dst = strconv.AppendInt(dst, f.Seq, 10)
	moment(f.At)
	number(f.Room)
	words(f.Kind)
	words(f.UserID)
	words(f.User)
	words(f.Text)
	words(f.Item)
	number(f.Count)
	dst = append(dst, ',')
	if f.Paid != 0 {
		dst = appendYuan(dst, event.Money(f.Paid))
	}
	number(f.Paid)
	number(int64(f.Guard))
	flag(f.Admin)
	words(f.Medal)
	number(int64(f.MedalLevel))
	words(f.Mode)
	words(f.Color)
	number(int64(f.Size))
	moment(f.Received)
	words(f.Key)
	words(f.Of)
	flag(f.Backlog)
	words(f.Cmd)
	flag(f.Masked)
	number(int64(f.Level))
	number(int64(f.Wealth))
	number(f.MedalRoom)
	words(f.MedalOwner)
	flag(f.MedalLit)
	number(int64(f.MedalGuard))
	words(f.MedalColor)
	words(f.Face)
	words(f.Detail)
	return append(dst, '\n')
}

// appendCSVField quotes s where RFC 4180 asks for it, and where readers would
// trim it.
func appendCSVField(dst []byte, s string) []byte {
	if s == "" {
		return dst
	}
	if !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[0] != '\t' && s[len(s)-1] != ' ' {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i+1]...), '"')
		s = s[i+1:]
	}
	return append(append(dst, s...), '"')
}
