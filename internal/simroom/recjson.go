package simroom

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// record is a line of one of the collectors whose files are known; each uses
// some of the fields.
type record struct {
	// blivedm-style: one row of its database.
	Kind  string   `json:"kind"`
	At    string   `json:"at"`
	UID   flexible `json:"uid"`
	User  string   `json:"user"`
	Level *int     `json:"level"`
	Guard string   `json:"guard"`
	Role  string   `json:"role"`
	Text  string   `json:"text"`
	Gift  string   `json:"gift"`
	Num   int      `json:"num"`
	Price float64  `json:"price"`

	// Polled from the history call.
	StoredAt   string `json:"stored_at"`
	Medal      string `json:"medal"`
	MedalLevel int    `json:"medal_level"`

	// A collector's own lines: a command or words inside an envelope.
	MsgType   string          `json:"msg_type"`
	Name      string          `json:"name"`
	Color     string          `json:"color"`
	Content   json.RawMessage `json:"content"`
	Date      string          `json:"Date"`
	ExactTime string          `json:"ExactTime"`
	DeltaTime float64         `json:"DeltaTime"`

	// Our own decoded frames: the packet's body.
	Op   *int            `json:"op"`
	Body json.RawMessage `json:"body"`
}

// flexible is a number that may be written as text.
type flexible int64

func (f *flexible) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err == nil {
		*f = flexible(n)
	}
	return nil // an id that is no number is as good as none
}

// readJSONLines reads a JSON object from each line: a command of the
// platform, which is sent byte for byte, or the record of a collector. Lines
// that hold neither (the auth reply, say) are left out.
func readJSONLines(b *bufio.Reader, c *cast, yield yielder) error {
	var first time.Time
	var last time.Duration
	return lines(b, func(n int, line []byte) error {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
		if len(line) == 0 {
			return nil
		}
		if !json.Valid(line) {
			return fmt.Errorf("line %d is not JSON", n)
		}
		line = bytes.Clone(line)
		item := recorded{at: last + defaultStep}
		if h, ok := command(line); ok {
			item.happening = h
		} else {
			var r record
			if err := json.Unmarshal(line, &r); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			at, timed := r.time()
			if timed && first.IsZero() {
				first = at
			}
			switch {
			case r.DeltaTime > 0 && r.DeltaTime < 1e9:
				item.at = time.Duration(r.DeltaTime * float64(time.Second))
			case timed:
				item.at = max(last, at.Sub(first)) // rows are not always in order
			default:
				at = time.Date(2023, 1, 1, 20, 0, 0, 0, beijing).Add(item.at)
			}
			if h, ok = r.happening(c, at); !ok {
				return nil
			}
			item.happening = h
		}
		last = item.at
		if !yield(item, nil) {
			return errEnough
		}
		return nil
	})
}

// time is when the record says it happened, by the platform's local clock.
func (r *record) time() (time.Time, bool) {
	for _, try := range []struct{ layout, text string }{
		{time.DateTime, r.At}, {"2006-01-02 15:04:05.999999", r.StoredAt}, {"2006.1.2 15:04:05", r.Date + " " + r.ExactTime},
	} {
		if t, err := time.ParseInLocation(try.layout, try.text, beijing); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// happening is what the record tells; false: nothing that is said in a room.
func (r *record) happening(c *cast, at time.Time) (happening, bool) {
	switch {
	case r.Op != nil:
		if *r.Op != 5 {
			return happening{}, false
		}
		return command(r.Body)
	case r.MsgType == "danmaku":
		var text string
		if json.Unmarshal(r.Content, &text) != nil {
			return happening{}, false
		}
		h := c.comment(at, c.person(0, r.Name), text)
		if n, err := strconv.ParseUint(r.Color, 16, 24); err == nil {
			h.comment.color = int(n)
		}
		return h, true
	case len(r.Content) > 0:
		var inner string // the content may be JSON inside a text
		if json.Unmarshal(r.Content, &inner) == nil {
			return command([]byte(inner))
		}
		return command(r.Content)
	}
	v := c.person(int64(r.UID), r.User)
	if r.Level != nil {
		v.level = *r.Level
	}
	v.admin = r.Role == "房管"
	for level, name := range guardNames {
		if level > 0 && r.Guard == name {
			v.guard = level
		}
	}
	if r.Medal != "" {
		v.medal = &medal{name: r.Medal, level: r.MedalLevel, lit: true}
	}
	switch r.Kind {
	case "gift":
		return c.gift(at, v, r.Gift, r.Num, coinsOf(r.Price)), true
	case "superchat":
		return c.superChat(at, v, r.Text, int(math.Round(r.Price)), 0), true
	case "comment", "":
		return c.comment(at, v, r.Text), r.Text != "" || r.User != ""
	}
	return happening{}, false
}

// coinsOf reads the price of a gift: some of these files have it in CNY,
// others in coins of which 1000 are one CNY. No gift costs less than 100
// coins, and hardly one more than 100 CNY.
func coinsOf(price float64) int {
	if price >= 100 {
		return int(price)
	}
	return int(math.Round(price * 1000))
}
