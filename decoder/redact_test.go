package decoder

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func redactedText(t *testing.T, command string) string {
	t.Helper()
	var d document
	if err := d.parse([]byte(command)); err != nil {
		t.Fatal(err)
	}
	out := redacted(d.root())
	if !json.Valid(out) {
		t.Fatalf("not JSON: %s", out)
	}
	return string(out)
}

func TestAnExampleHasTheShapeAndNothingOfWhatItSays(t *testing.T) {
	for in, want := range map[string]string{
		`{"uname":"早起的鸟","msg":"","face":"https://i0.example/a.jpg","color":"#FFAABB","id_str":"0123456789"}`: `{"uname":"text","msg":"","face":"url","color":"#color","id_str":"digits"}`,
		`{"uid":3546000000000001,"zero":0,"loss":-12,"rate":1234.5,"big":1e99}`:                               `{"uid":1000000000000000,"zero":0,"loss":-10,"rate":1.5,"big":1.5}`,
		`{"is":true,"not":false,"none":null,"list":[1,"x",[]],"in":{"a":{}}}`:                                 `{"is":true,"not":false,"none":null,"list":[1,"text",[]],"in":{"a":{}}}`,
		`{"extra":"{\"name\":\"早起的鸟\"}","other":"[1,2]"}`:                                                     `{"extra":"json","other":"json"}`,
		// Keys that may be somebody's: ids, names, words with a place in them.
		`{"awards":{"31036":{"n":1},"31037":{"n":1}},"早起的鸟":1,"a b":2}`: `{"awards":{"?":{"n":1}},"?":1}`,
		`{"sessdata_0123456789abcdef":"x"}`:                             `{"?":"text"}`,
	} {
		if got := redactedText(t, in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestAnExampleOfARealCommandNamesNobody(t *testing.T) {
	for name, command := range fixtures(t) {
		var d document
		if d.parse(command) != nil {
			continue
		}
		out := string(redacted(d.root()))
		if !json.Valid([]byte(out)) {
			t.Fatalf("%s: not JSON: %s", name, out)
		}
		for i := range d.nodes {
			n := &d.nodes[i]
			v := value{&d, uint32(i)}
			if n.key || !v.isText() && !v.isNumber() || len(v.text()) < 5 {
				continue
			}
			text := v.text()
			if !json.Valid([]byte(text)) && (strings.Contains(out, `:"`+text) || strings.Contains(out, `["`+text)) {
				t.Errorf("%s: %q is in %s", name, text, out)
			}
		}
	}
}

func TestAnExampleOfAGiantCommandIsSmall(t *testing.T) {
	wide := `{"list":[` + strings.Repeat(`{"name":"x","id":7},`, 50000) + `{}],"end":1}`
	if out := redactedText(t, wide); len(out) > 2000 {
		t.Errorf("%d bytes of a long list", len(out))
	}
	var keys []string
	for i := range 20000 {
		keys = append(keys, fmt.Sprintf(`"key_%c%c%c":"x"`, 'a'+i%26, 'a'+i/26%26, 'a'+i/676))
	}
	if out := redactedText(t, `{`+strings.Join(keys, ",")+`}`); len(out) > 20000 {
		t.Errorf("%d bytes of an object with many keys", len(out))
	}
	if out := redactedText(t, strings.Repeat(`[`, 5000)+strings.Repeat(`]`, 5000)); len(out) > 200 {
		t.Errorf("%d bytes of a deep list", len(out))
	}
}
