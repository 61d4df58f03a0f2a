package simroom

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// readXML reads the XML of recorders: comments as <d p="…">, and with some
// <gift>, <sc>, <guard> or <toast>. A raw attribute is the platform's own
// JSON and is sent as it is.
func readXML(b *bufio.Reader, c *cast, yield yielder) error {
	d := xml.NewDecoder(b)
	d.Strict = false
	d.Entity = xml.HTMLEntity
	start := time.Date(2022, 1, 1, 20, 0, 0, 0, beijing) // unless the file says
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		a := attributes{}
		for _, x := range e.Attr {
			a[x.Name.Local] = x.Value
		}
		switch e.Name.Local {
		case "BililiveRecorderRecordInfo":
			if t, err := time.Parse(time.RFC3339Nano, a["start_time"]); err == nil {
				start = t
			}
			continue
		case "d", "gift", "sc", "guard", "toast":
		case "BililiveRecorderXmlStyle": // its style sheet has elements like ours
			if err := d.Skip(); err != nil {
				return err
			}
			continue
		default:
			continue
		}
		line, _ := d.InputPos()
		text, err := characters(d)
		if err != nil {
			return err
		}
		item, err := fromXML(e.Name.Local, a, text, start, c)
		if err != nil {
			return fmt.Errorf("line %d: <%s>: %w", line, e.Name.Local, err)
		}
		if !yield(item, nil) {
			return errEnough
		}
	}
}

// characters reads the text of an element to its end.
func characters(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for depth := 1; ; {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return b.String(), nil
			}
		}
	}
}

type attributes map[string]string

func (a attributes) number(name string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(a[name]))
	return n
}

// fromXML makes an entry of one element.
func fromXML(name string, a attributes, text string, start time.Time, c *cast) (recorded, error) {
	p := strings.Split(a["p"], ",")
	seconds := a["ts"]
	if name == "d" {
		if len(p) < 5 {
			return recorded{}, fmt.Errorf("%d fields in p, at least 5 are needed", len(p))
		}
		seconds = p[0]
	}
	s, err := strconv.ParseFloat(seconds, 64)
	if err != nil || s < 0 || s > 1e9 {
		return recorded{}, fmt.Errorf("%q is no number of seconds", seconds)
	}
	item := recorded{at: time.Duration(s * float64(time.Second))}
	if h, ok := fromRaw(name, a["raw"]); ok {
		item.happening = h
		return item, nil
	}
	at := start.Add(item.at)
	uid, _ := strconv.ParseInt(a["uid"], 10, 64)
	v := c.somebody()
	if user := a["user"]; user != "" {
		if uid == 0 && len(p) > 6 {
			uid, _ = strconv.ParseInt(p[6], 10, 64)
		}
		v = c.person(uid, user)
	}
	switch name {
	case "d":
		if sent, err := strconv.ParseInt(p[4], 10, 64); err == nil && sent > 1e12 {
			at = time.UnixMilli(sent)
		} else if err == nil && sent > 1e9 {
			at = time.Unix(sent, 0)
		}
		h := c.comment(at, v, text)
		h.comment.mode, _ = strconv.Atoi(p[1])
		h.comment.size, _ = strconv.Atoi(p[2])
		h.comment.color, _ = strconv.Atoi(p[3])
		item.happening = h
	case "gift":
		coins := 0
		if a["cointype"] == "金瓜子" {
			coins = a.number("price") * max(1, a.number("giftcount"))
		}
		item.happening = c.gift(at, v, a["giftname"], a.number("giftcount"), coins)
	case "sc":
		price, _ := strconv.ParseFloat(a["price"], 64)
		item.happening = c.superChat(at, v, text, int(price), a.number("time"))
	default:
		level := a.number("level")
		if level == 0 {
			level = a.number("guard_level")
		}
		item.happening = c.guard(at, v, level, max(a.number("count"), a.number("num")))
	}
	return item, nil
}

// fromRaw makes the command again of which a recorder kept the inside.
func fromRaw(name, raw string) (happening, bool) {
	if raw == "" || !json.Valid([]byte(raw)) {
		return happening{}, false
	}
	cmd, field := map[string]string{"d": "DANMU_MSG", "gift": "SEND_GIFT", "sc": "SUPER_CHAT_MESSAGE", "guard": "GUARD_BUY", "toast": "USER_TOAST_MSG"}[name], "data"
	if name == "d" {
		field = "info"
	}
	return command([]byte(`{"cmd":"` + cmd + `","` + field + `":` + raw + `}`))
}
