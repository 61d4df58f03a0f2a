package simroom

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzQuote(f *testing.F) {
	for _, list := range [][]string{odd, emoji, nameWhole, {"", "\x00\x1f\x7f", "\xff\xfe", "a\xc3", "\u2028"}} {
		for _, s := range list {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := strings.ToValidUTF8(s, "\ufffd")
		if strings.Contains(s, "\ufffd") || want != s {
			want = string([]rune(s)) // one U+FFFD for every bad byte
		}
		for _, b := range [][]byte{quote(nil, s), quote(nil, []byte(s))} {
			var got string
			if err := json.Unmarshal(b, &got); err != nil || got != want {
				t.Errorf("%q became %s, which is %q, %v", s, b, got, err)
			}
		}
	})
}

func TestPutFillsTheGapsOfAShape(t *testing.T) {
	got := string(put([]byte("x"), `{"a":$,"b":$,"c":$,"d":[$,$],"e":$}`, `"<>"`, 7, []byte(`{"in":"ner"}`), json.RawMessage(`{"r":1}`), true, nil))
	want := `x{"a":"\"\u003c\u003e\"","b":7,"c":"{\"in\":\"ner\"}","d":[{"r":1},true],"e":null}`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
