package simroom

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// maskCommand hides in a recorded command what somebody who is not logged in
// does not see: names become their first character and ***, uids 0.
func maskCommand(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var c map[string]any
	if d.Decode(&c) != nil {
		return raw
	}
	if info, ok := c["info"].([]any); ok && len(info) > 2 {
		if who, ok := info[2].([]any); ok && len(who) > 1 {
			who[0] = 0
			if name, ok := who[1].(string); ok {
				who[1] = maskName(name)
			}
		}
		if meta, ok := info[0].([]any); ok && len(meta) > 15 {
			maskFields(meta[15])
		}
	}
	maskFields(c["data"])
	out, err := json.Marshal(c)
	if err != nil {
		return raw
	}
	return out
}

// maskFields hides the fields of a sender, wherever they are.
func maskFields(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			maskFields(x)
		}
	case map[string]any:
		for k, x := range v {
			text, isText := x.(string)
			switch {
			case k == "uid":
				v[k] = 0
			case isText && (k == "uname" || k == "username" || k == "name"):
				v[k] = maskName(text)
			case isText && k == "pb":
				v[k] = maskPB(text)
			case k == "medal" || k == "medal_info" || k == "fans_medal":
			default:
				maskFields(x)
			}
		}
	}
}

// maskPB hides fields 1 (uid) and 2 (name) of a protobuf message, and leaves
// out the user information of INTERACT_WORD_V2 and SEND_GIFT_V2.
func maskPB(text string) string {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return text
	}
	var out []byte
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return text
		}
		size := protowire.ConsumeFieldValue(field, kind, b[n:])
		if size < 0 {
			return text
		}
		whole := b[:n+size]
		b = b[n+size:]
		switch {
		case field == 1 && kind == protowire.VarintType:
		case field == 2 && kind == protowire.BytesType:
			name, _ := protowire.ConsumeBytes(whole[n:])
			out = pbText(out, 2, maskName(strings.ToValidUTF8(string(name), "")))
		case field == 15 && kind == protowire.BytesType, field == 22:
		default:
			out = append(out, whole...)
		}
	}
	return base64.StdEncoding.EncodeToString(out)
}
