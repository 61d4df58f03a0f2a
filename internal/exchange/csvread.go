package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
)

// isTable: the first line names columns of WriteCSV, at least when, what kind
// and what words.
func isTable(text []byte) bool {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	names := strings.Split(strings.TrimSpace(string(first)), ",")
	return slices.Contains(names, "at") && slices.Contains(names, "kind") && slices.Contains(names, "text")
}

// readTable reads what WriteCSV wrote; columns may be missing or in another
// order.
func readTable(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		var columns map[string]int
		for n, row := range csvRows(in) {
			if row.err != nil {
				if !goOn(yield, row.err) {
					return
				}
				continue
			}
			if columns == nil {
				columns = map[string]int{}
				for i, name := range row.fields {
					columns[name] = i
				}
				continue
			}
			e, err := rowEvent(row.fields, columns, o.Zone)
			if err != nil {
				err = &Unread{Line: n, Err: err}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

type csvRow struct {
	fields []string
	err    error
}

// A row of more lines than this is taken for one that lacks a quote: it is
// reported, and reading goes on with its second line.
const maxRowLines = 64

// csvRows gives the rows of a CSV file with the number of their first line.
func csvRows(in *bufio.Reader) iter.Seq2[int64, csvRow] {
	return func(yield func(int64, csvRow) bool) {
		var block []string // lines of a row that has not ended
		first := int64(0)
		next := func() bool { // the lines in block make a row, or none yet
			for len(block) > 0 {
				row, used, ok := parseRow(block)
				if !ok && len(block) < maxRowLines {
					return true
				}
				if !ok {
					row, used = csvRow{err: &Unread{Line: first, Err: errors.New("a quote is missing")}}, 1
				}
				empty := row.err == nil && len(row.fields) == 1 && row.fields[0] == ""
				if !empty && !yield(first, row) {
					return false
				}
				block, first = block[used:], first+int64(used)
			}
			return true
		}
		for n, line := range textLines(in) {
			if line.err != nil {
				if !yield(n, csvRow{err: line.err}) {
					return
				}
				continue
			}
			if len(block) == 0 {
				first = n
			}
			block = append(block, string(line.text))
			if !next() {
				return
			}
		}
		for len(block) > 0 {
			row, used, ok := parseRow(block)
			if !ok {
				row, used = csvRow{err: &Unread{Line: first, Err: errors.New("a quote is missing")}}, 1
			}
			if !yield(first, row) {
				return
			}
			block, first = block[used:], first+int64(used)
		}
	}
}

// parseRow reads a row from the first of lines; used says how many it took,
// ok is false when it does not end in them.
func parseRow(lines []string) (row csvRow, used int, ok bool) {
	line, used := lines[0], 1
	var field strings.Builder
	for {
		if !strings.HasPrefix(line, `"`) {
			text, rest, more := strings.Cut(line, ",")
			row.fields = append(row.fields, text)
			if line = rest; !more {
				return row, used, true
			}
			continue
		}
		field.Reset()
		for line = line[1:]; ; {
			i := strings.IndexByte(line, '"')
			if i < 0 {
				field.WriteString(line)
				field.WriteByte('\n')
				if used == len(lines) {
					return csvRow{}, 0, false
				}
				line = lines[used]
				used++
				continue
			}
			field.WriteString(line[:i])
			if line = line[i+1:]; !strings.HasPrefix(line, `"`) {
				break
			}
			field.WriteByte('"')
			line = line[1:]
		}
		row.fields = append(row.fields, field.String())
		if line == "" {
			return row, used, true
		}
		if line[0] != ',' {
			return csvRow{err: errors.New("words behind a closing quote")}, used, true
		}
		line = line[1:]
	}
}

func rowEvent(record []string, columns map[string]int, zone *time.Location) (event.Event, error) {
	field := func(name string) string {
		i, ok := columns[name]
		if !ok || i >= len(record) {
			return ""
		}
		return record[i]
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(field(name), 10, 64)
		return n
	}
	flag := func(name string) bool { s := field(name); return s == "1" || s == "true" }
	e := event.Event{Key: field("key"), Room: event.RoomID(number("room")), Kind: event.Kind(field("kind")), Cmd: field("cmd"), Of: field("of"), Backlog: flag("backlog")}
	for _, t := range []struct {
		name string
		to   *event.Millis
	}{{"at", &e.At}, {"received", &e.Received}} {
		s := field(t.name)
		if s == "" {
			continue
		}
		m, err := parseTime(s, zone)
		if err != nil {
			return event.Event{}, err
		}
		*t.to = m
	}
	u := event.User{ID: field("user_id"), Name: field("user"), Masked: flag("masked"), Face: field("face"), Guard: int(number("guard")),
		Admin: flag("admin"), Level: int(number("level")), Wealth: int(number("wealth"))}
	if name := field("medal"); name != "" || number("medal_level") != 0 {
		u.Medal = &event.Medal{Name: name, Level: int(number("medal_level")), Room: event.RoomID(number("medal_room")), Owner: field("medal_owner"),
			Lit: flag("medal_lit"), Guard: int(number("medal_guard")), Color: field("medal_color")}
	}
	if u != (event.User{}) {
		e.User = &u
	}
	if detail := field("detail"); detail != "" {
		// The detail object goes through the public form of an event.
		var holder event.Event
		if err := json.Unmarshal([]byte(`{"`+detailName(e.Kind)+`":`+detail+`}`), &holder); err != nil {
			return event.Event{}, fmt.Errorf("detail: %w", err)
		}
		holder.Key, holder.Room, holder.Kind, holder.Cmd, holder.Of, holder.Backlog = e.Key, e.Room, e.Kind, e.Cmd, e.Of, e.Backlog
		holder.At, holder.Received, holder.User = e.At, e.Received, e.User
		return holder, whole(&holder)
	}
	paid := event.Money(number("paid"))
	count := int(max(1, number("count")))
	switch e.Kind {
	case event.KindComment:
		e.Comment = plainComment(field("text"), field("color"))
		if mode := field("mode"); mode != "" {
			e.Comment.Mode = mode
		}
		if size := int(number("size")); size > 0 {
			e.Comment.Size = size
		}
	case event.KindGift:
		e.Gift = &event.Gift{Name: field("item"), Count: count, UnitPrice: paid / event.Money(count), Total: paid, Paid: paid > 0}
	case event.KindSuperChat:
		e.SuperChat = &event.SuperChat{Text: field("text"), Price: paid, Start: e.At}
	case event.KindGuard:
		e.Guard = &event.Guard{Level: event.GuardLevel(field("item")), Name: field("item"), Count: count, Unit: "月", Price: paid}
	}
	return e, whole(&e)
}

// readTimedCSV reads lines of seconds, a number, and an object with "user:
// words" and a style.
func readTimedCSV(in *bufio.Reader, o ReadOptions) Events {
	return func(yield func(event.Event, error) bool) {
		if o.Start == 0 {
			yield(event.Event{}, fmt.Errorf("exchange: %w", ErrNoStart))
			return
		}
		for n, line := range textLines(in) {
			if line.err != nil {
				if !goOn(yield, line.err) {
					return
				}
				continue
			}
			if len(bytes.TrimSpace(line.text)) == 0 {
				continue
			}
			e, err := timedComment(string(line.text), o)
			if err != nil {
				err = &Unread{Line: n, Err: err}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func timedComment(line string, o ReadOptions) (event.Event, error) {
	seconds, rest, ok := strings.Cut(line, ",")
	_, object, ok2 := strings.Cut(rest, ",")
	f, err := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	if !ok || !ok2 || err != nil || math.IsNaN(f) || math.Abs(f) > 1e9 {
		return event.Event{}, errors.New("not a line of seconds, number, object")
	}
	var c struct {
		Text  string `json:"text"`
		Style struct {
			Color string `json:"color"`
			Mode  int    `json:"mode"`
		} `json:"style"`
	}
	if err := json.Unmarshal([]byte(object), &c); err != nil {
		return event.Event{}, err
	}
	at := o.Start + event.Millis(math.Round(f*1000))
	e := event.Event{Kind: event.KindComment, Cmd: "DANMU_MSG", At: at, Received: at}
	user, words, named := strings.Cut(c.Text, ": ")
	if named && user != "" {
		e.User = &event.User{Name: user, Masked: true}
	} else {
		words = c.Text
	}
	e.Comment = plainComment(words, c.Style.Color)
	switch c.Style.Mode { // as its player numbers them: 0 scrolls, 1 top, 2 bottom
	case 1:
		e.Comment.Mode = "top"
	case 2:
		e.Comment.Mode = "bottom"
	}
	return e, nil
}
