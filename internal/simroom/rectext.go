package simroom

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	mark      = regexp.MustCompile(`^TIME(\d{1,2}):(\d{1,2})ONLINE(\d{1,10})$`)
	speakers  = regexp.MustCompile(`^SPEAKERNUM\d+$`)
	dateName  = regexp.MustCompile(`(\d{4})-(\d{1,2})-(\d{1,2})`)
	secondsAt = regexp.MustCompile(`^\d+(\.\d+)?,\d+,\{`)
)

func isMark(line string) bool    { return mark.MatchString(line) }
func isSeconds(line string) bool { return secondsAt.MatchString(line) }

// dateIn finds the day in the name of a file; without one it is the first day
// of 2019, when such archives began.
func dateIn(name string) time.Time {
	if m := dateName.FindStringSubmatch(name); m != nil {
		y, _ := strconv.Atoi(m[1])
		mon, _ := strconv.Atoi(m[2])
		d, _ := strconv.Atoi(m[3])
		return time.Date(y, time.Month(mon), d, 0, 0, 0, 0, beijing)
	}
	return time.Date(2019, 1, 1, 0, 0, 0, 0, beijing)
}

// readDated reads text with a line for each comment and, about every 30 to 60
// seconds, a line TIMEh:mONLINEn. The comments between two such lines are
// spread evenly over the time between. Every other line is a comment, byte
// for byte, also when it is only spaces; a last line SPEAKERNUMn is not.
func readDated(b *bufio.Reader, c *cast, day time.Time, yield yielder) error {
	var from, start time.Time // of the waiting comments, and of the recording
	var waiting []string
	flush := func(to time.Time) error {
		if !to.After(from) {
			to = from.Add(30 * time.Second)
		}
		step := to.Sub(from) / time.Duration(len(waiting)+1)
		for i, text := range waiting {
			at := from.Add(step * time.Duration(i))
			if !yield(recorded{at: at.Sub(start), happening: c.comment(at, c.somebody(), text)}, nil) {
				return errEnough
			}
		}
		waiting = waiting[:0]
		return nil
	}
	err := lines(b, func(n int, line []byte) error {
		text := string(line)
		m := mark.FindStringSubmatch(text)
		if m == nil {
			if !speakers.MatchString(text) {
				if !utf8.ValidString(text) {
					text = strings.ToValidUTF8(text, "\ufffd")
				}
				waiting = append(waiting, text)
			}
			return nil
		}
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		online, err := strconv.ParseUint(m[3], 10, 32)
		if hour > 23 || minute > 59 || err != nil {
			return fmt.Errorf("line %d: %q is no time", n, text)
		}
		at := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
		switch {
		case start.IsZero():
			start, from = at, at
		case at.Before(from.Add(-12 * time.Hour)): // past midnight
			day = day.AddDate(0, 0, 1)
			at = at.AddDate(0, 0, 1)
		case !at.After(from): // two in one minute
			at = from.Add(30 * time.Second)
		}
		if err := flush(at); err != nil {
			return err
		}
		from = at
		popularity := uint32(online)
		if !yield(recorded{at: at.Sub(start), popularity: &popularity}, nil) {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush(from)
}

// readSeconds reads lines of seconds, 0 and a JSON object whose text is
// "name: comment".
func readSeconds(b *bufio.Reader, c *cast, yield yielder) error {
	start := time.Date(2023, 7, 10, 20, 0, 0, 0, beijing) // the file tells no day
	return lines(b, func(n int, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		seconds, rest, _ := strings.Cut(string(line), ",")
		_, object, _ := strings.Cut(rest, ",")
		s, err := strconv.ParseFloat(seconds, 64)
		if err != nil || s < 0 || s > 1e9 {
			return fmt.Errorf("line %d: %q is no number of seconds", n, seconds)
		}
		var d struct {
			Text  string `json:"text"`
			Style struct {
				Color string `json:"color"`
			} `json:"style"`
		}
		if err := json.Unmarshal([]byte(object), &d); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		at := time.Duration(s * float64(time.Second))
		v, text := c.somebody(), d.Text
		if name, words, ok := strings.Cut(d.Text, ": "); ok {
			v, text = c.person(0, name), words
		}
		h := c.comment(start.Add(at), v, text)
		if color, err := strconv.ParseUint(strings.TrimPrefix(d.Style.Color, "#"), 16, 24); err == nil {
			h.comment.color = int(color)
		}
		if !yield(recorded{at: at, happening: h}, nil) {
			return errEnough
		}
		return nil
	})
}

// readFlat reads CSV with a column for every field of a command, such as
// _content_data_widget_list_58_title, and puts the command together again.
func readFlat(b *bufio.Reader, yield yielder) error {
	r := csv.NewReader(b)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return err
	}
	columns := append([]string(nil), head...)
	for n := 2; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at, raw, err := unflatten(columns, row)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		h, ok := command(raw)
		if !ok {
			return fmt.Errorf("line %d: no command", n)
		}
		if !yield(recorded{at: at, happening: h}, nil) {
			return errEnough
		}
	}
}

// unflatten makes a command of a row. A widget is a field of widget_list by
// its number; other fields are fields of data.
func unflatten(columns, row []string) (at time.Duration, raw []byte, err error) {
	cmd := ""
	data, widgets := map[string]any{}, map[string]map[string]any{}
	for i, name := range columns {
		if i >= len(row) {
			break
		}
		value := row[i]
		switch name {
		case "_DeltaTime":
			s, err := strconv.ParseFloat(value, 64)
			if err != nil || s < 0 || s > 1e9 {
				return 0, nil, fmt.Errorf("%q is no number of seconds", value)
			}
			at = time.Duration(s * float64(time.Second))
			continue
		case "_content_cmd":
			cmd = value
			continue
		}
		if rest, ok := strings.CutPrefix(name, "_content_data_widget_list_"); ok {
			id, field, ok := strings.Cut(rest, "_")
			if !ok {
				continue
			}
			if widgets[id] == nil {
				widgets[id] = map[string]any{}
			}
			widgets[id][field] = unflattenValue(value)
		} else if field, ok := strings.CutPrefix(name, "_content_data_"); ok {
			data[field] = unflattenValue(value)
		}
	}
	if len(widgets) > 0 {
		data["widget_list"] = widgets
	}
	raw, err = json.Marshal(struct {
		Cmd  string `json:"cmd"`
		Data any    `json:"data"`
	}{cmd, data})
	return at, raw, err
}

// unflattenValue reads a value as the tool that flattened it wrote it.
func unflattenValue(s string) any {
	switch s {
	case "True":
		return true
	case "False":
		return false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return n
	}
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		list := []string{}
		for _, part := range strings.Split(strings.TrimSuffix(inner, "]"), ",") {
			if part = strings.Trim(strings.TrimSpace(part), "'\""); part != "" {
				list = append(list, part)
			}
		}
		return list
	}
	return s
}
