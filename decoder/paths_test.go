package decoder

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// changed follows the first source path that leads to something, and changes
// what is there as the table says.
func changed(t *testing.T, f sampleField, source any) any {
	t.Helper()
	var v any
	for path := range strings.SplitSeq(f.source, "|") {
		if text, ok := strings.CutPrefix(path, "="); ok {
			v = text
		} else {
			v = follow(source, path)
		}
		if shown(v) != "" {
			break
		}
	}
	n, _ := strconv.ParseInt(shown(v), 10, 64)
	switch f.how {
	case "":
		return v
	case "dm", "gift", "sc", "scjpn", "guard", "msg", "live":
		if shown(v) == "" {
			return nil
		}
		return f.how + ":" + shown(v)
	case "id", "text", "number", "trim":
		return strings.TrimSpace(shown(v))
	case "seconds", "cny":
		return n * 1000
	case "nanoseconds":
		return n / 1e6
	case "moment":
		if n > 1e17 {
			return n / 1e6
		}
		return n * 1000
	case "batteries":
		return n * 100
	case "bool":
		return v != nil && shown(v) != ""
	case "hidden":
		return n == 0
	case "color":
		return fmt.Sprintf("#%06x", n)
	case "tint": // a colour that need not be there
		if text := shown(v); strings.HasPrefix(text, "#") {
			return strings.ToLower(text[:7])
		}
		return map[bool]any{true: fmt.Sprintf("#%06x", n)}[n != 0]
	case "mode":
		return map[int64]string{4: "bottom", 5: "top"}[n] + map[bool]string{true: "scroll"}[n < 4]
	case "gold":
		return map[bool]any{true: v}[shown(follow(source, "data.coin_type")) == "gold"]
	case "goldv2":
		return map[bool]any{true: v}[shown(follow(source, "data.pb#10#8")) == "gold"]
	case "isgold":
		return shown(v) == "gold"
	case "renewal":
		return strings.Contains(shown(v), "续费")
	case "marked": // a name, which may stand between marks in a text
		before, after, _ := strings.Cut(shown(v), "<%")
		if after == "" {
			return before
		}
		name, _, _ := strings.Cut(after, "%>")
		return strings.TrimSpace(name)
	case "unmarked":
		return strings.ReplaceAll(strings.ReplaceAll(shown(v), "<%", ""), "%>", "")
	case "list":
		var ids []string
		for _, x := range v.([]any) {
			ids = append(ids, shown(x))
		}
		return strings.Join(ids, ",")
	case "count":
		return v
	case "true":
		return n != 0 || shown(v) == "true"
	case "lower":
		return strings.ToLower(shown(v))
	case "interaction":
		return [...]string{"", "enter", "follow", "share", "follow", "follow", "like"}[n]
	case "operator":
		return [...]string{"", "admin", "streamer"}[n]
	case "recall":
		return [...]string{"", "recall", "recall_user", "recall_all"}[n]
	case "silencelevel":
		if shown(follow(v, "type")) == "member" {
			return nil
		}
		return follow(v, "level")
	case "ifpaid":
		return map[bool]any{true: v}[shown(follow(source, "data.paid")) == "true"]
	case "segments":
		text := ""
		for _, x := range v.([]any) {
			text += shown(follow(x, "text"))
		}
		return strings.TrimSpace(strings.NewReplacer("<%", "", "%>", "").Replace(text))
	case "lines":
		text := shown(follow(v, "cut_off_title"))
		for _, x := range follow(v, "cut_off_message_list").([]any) {
			text += "\n" + shown(follow(x, "label")) + "：" + shown(follow(x, "content"))
		}
		return text
	}
	t.Fatalf("no way called %q", f.how)
	return nil
}

// shown writes a value so that what is missing, null, zero and empty are one.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "true"
		}
		return ""
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("%d values", len(v))
	case []any:
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("%d values", len(v))
	}
	if s := fmt.Sprint(v); s != "0" {
		return s
	}
	return ""
}

func generic(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// follow walks a path, independently of the decoder.
func follow(v any, path string) any {
	for path != "" && v != nil {
		switch path[0] {
		case '.':
			path = path[1:]
		case '$':
			text, _ := v.(string)
			path = path[1:]
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if v = nil; d.Decode(&v) != nil {
				return nil
			}
		case '[':
			number, rest, _ := strings.Cut(path[1:], "]")
			path = rest
			i, _ := strconv.Atoi(number)
			list, _ := v.([]any)
			if i >= len(list) {
				return nil
			}
			v = list[i]
		case '#':
			end := strings.IndexAny(path[1:]+"#", "#.") + 1
			i, _ := strconv.Atoi(path[1:end])
			path = path[end:]
			if text, ok := v.(string); ok {
				v, _ = base64.StdEncoding.DecodeString(text)
			}
			b, _ := v.([]byte)
			v = protobufField(b, protowire.Number(i))
			if path == "" || path[0] != '#' {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
			}
		default:
			end := strings.IndexAny(path+".", ".[#$")
			object, _ := v.(map[string]any)
			v, path = object[path[:end]], path[end:]
		}
	}
	return v
}

// protobufField returns the first field of that number.
func protobufField(b []byte, want protowire.Number) any {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if number == want && kind == protowire.VarintType {
			x, _ := protowire.ConsumeVarint(b)
			return int64(x)
		}
		if number == want && kind == protowire.BytesType {
			x, _ := protowire.ConsumeBytes(b)
			return x
		}
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			return nil
		}
		b = b[n:]
	}
	return nil
}
