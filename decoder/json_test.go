package decoder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// same reports where a value differs from what encoding/json made of it.
func same(v value, want any) error {
	switch w := want.(type) {
	case nil:
		if v.kind() != isNull || v.text() != "" || v.int() != 0 {
			return fmt.Errorf("%q is not null", v.bytes())
		}
	case bool:
		if v.bool() != w || v.kind() != isTrue && v.kind() != isFalse {
			return fmt.Errorf("%q is not %v", v.bytes(), w)
		}
	case json.Number:
		if v.text() != string(w) {
			return fmt.Errorf("%q is not %v", v.bytes(), w)
		}
		if n, err := w.Int64(); err == nil && v.int() != n {
			return fmt.Errorf("%q is %d", v.bytes(), v.int())
		}
	case string:
		if !v.isText() || v.text() != w {
			return fmt.Errorf("%q is read as %q, not %q", v.bytes(), v.text(), w)
		}
		if inside := v.inside(); inside.exists() {
			want, err := standard([]byte(w))
			if err != nil {
				return fmt.Errorf("%q holds JSON: %w", w, err)
			}
			if err := same(inside, want); err != nil {
				return fmt.Errorf("inside %q: %w", w, err)
			}
		}
	case []any:
		if !v.isArray() || v.count() != len(w) {
			return fmt.Errorf("%d elements, not %d", v.count(), len(w))
		}
		i := 0
		for x := range v.elements {
			if v.at(i) != x {
				return fmt.Errorf("at(%d) is another one", i)
			}
			if err := same(x, w[i]); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
			i++
		}
		if v.at(len(w)).exists() {
			return fmt.Errorf("more than %d elements", len(w))
		}
	case map[string]any:
		if !v.isObject() {
			return fmt.Errorf("%q is not an object", v.bytes())
		}
		seen := map[string]bool{}
		for k := range v.members {
			seen[string(k)] = true
		}
		if len(seen) != len(w) {
			return fmt.Errorf("%d keys, not %d", len(seen), len(w))
		}
		for k, x := range w {
			if err := same(v.get(k), x); err != nil {
				return fmt.Errorf("%q: %w", k, err)
			}
		}
	}
	return nil
}

// standard reads text as encoding/json does.
func standard(text []byte) (v any, err error) {
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return v, dec.Decode(&v)
}

// agrees checks that our reader and encoding/json read the same out of text.
func agrees(t *testing.T, text []byte) {
	t.Helper()
	want, bad := standard(text)
	var d document
	err := d.parse(text)
	if (err == nil) != (bad == nil) {
		t.Fatalf("%q: encoding/json says %v, we say %v", text, bad, err)
	}
	if err != nil {
		if d.root().exists() {
			t.Fatalf("%q: values of what is not JSON", text)
		}
		return
	}
	if err := same(d.root(), want); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
}

var jsonSeeds = []string{
	``, ` `, `{}`, `[]`, `{"a":1}`, ` { "a" : [ 1 , 2 ] , "b" : null } `, `{"a":1,"a":{"b":2},"a":"last"}`,
	`[0,-0,1.5,-1e3,1E+2,123456789012345678,9223372036854775807,9223372036854775808,-9223372036854775808]`,
	`[01]`, `[1.]`, `[.5]`, `[+1]`, `[-]`, `[1e]`, `[1e+]`, `[0x1]`,
	`"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u4e2d"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`, `"\ud83dx"`, `"\u12"`, `"\x"`, `"\`, `"a`,
	"\"a\x1fb\"", "\"a\tb\"", "\"\xff\"", "\"a\xc3\"", "\"\xed\xa0\x80\"", "{\"\xff\":1}", "\"\xef\xbf\xbd\"", "\"\x7f\"",
	`{"\u0061":1}`, `{"a\"b":1,"":2}`, `{"a":1,}`, `[1,]`, `{,}`, `[,]`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `[1 2]`, `[1}`, `{"a":1]`,
	`true`, `false`, `null`, `tru`, `nul`, `True`, `[true,false,null]`, `{} {}`, `[]x`, "\ufeff{}",
	`{"x":"{\"a\":\"b\",\"c\":[1,{}],\"d\":null}"}`, `["{\"a\\\\b\":\"\\\"q\\\" \\n \\u4e2d \\\\ \\/\"}"]`, `"{\"a\":\"\n\"}"`, `"{\"a\":1}x"`, `"{\"a\":1} "`, `"{\"a\":01}"`,
	`"{\"a\":\"{\\\"b\\\":1}\"}"`, `"{\"a\"`, `"{\"a\":\"\u0022\"}"`, `"{\"a\":\"\\ud83d\\ude00\\ud83d\"}"`, `{"{\"k\":1}":2}`, "\"{\\\"\xff\\\":1}\"", `"{\"a\":"x"}"`,
	`{"k":"日本語 と 中文 😀","x":"a\"b","long":"0123456789012345678901234567890123456789\""}`,
}

func TestReadsJSONAsTheStandardLibraryDoes(t *testing.T) {
	for _, s := range jsonSeeds {
		agrees(t, []byte(s))
	}
	agrees(t, []byte(strings.Repeat("[", 10000)+strings.Repeat("]", 10000)))
	agrees(t, []byte(strings.Repeat("[", 10001)+strings.Repeat("]", 10001)))
	agrees(t, []byte(strings.Repeat(`{"a":`, 9999)+"1"+strings.Repeat("}", 9999)))
	// Every byte at every place of the eight that are looked at together.
	for c := range 256 {
		for at := range 9 {
			s := []byte(`"0123456789abcdef"`)
			s[1+at] = byte(c)
			agrees(t, s)
		}
	}
}

func TestTooManyValuesAreAnError(t *testing.T) {
	text := []byte("[" + strings.Repeat("0,", maxNodes) + "0]")
	var d document
	if err := d.parse(text); !errors.Is(err, errTooManyValues) {
		t.Errorf("error %v", err)
	}
	if err := d.parse([]byte("[1]")); err != nil || d.root().at(0).int() != 1 {
		t.Errorf("the next text: %v", err)
	}
}

func TestNumbersAreReadFromNumbersAndText(t *testing.T) {
	tests := map[string]int64{
		`1`: 1, `"1"`: 1, `-5`: -5, `"-5"`: -5, `1.9`: 1, `1e3`: 1000, `"1e3"`: 1000, `""`: 0, `"x"`: 0, `"12x"`: 0, `true`: 1, `false`: 0, `null`: 0,
		`{}`: 0, `[1]`: 0, `9223372036854775807`: 1<<63 - 1, `"9223372036854775807"`: 1<<63 - 1, `1e300`: 0, `"NaN"`: 0, `"Inf"`: 0, `"\u0031"`: 1,
	}
	for text, want := range tests {
		var d document
		if err := d.parse([]byte(text)); err != nil {
			t.Fatal(text, err)
		}
		if got := d.root().int(); got != want {
			t.Errorf("%s is read as %d, want %d", text, got, want)
		}
	}
}

func TestWhatIsNotThereAnswersWithNothing(t *testing.T) {
	var d document
	if err := d.parse([]byte(`{"a":[1],"n":null}`)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []value{{}, d.root().get("x"), d.root().path("a", "b", "c"), d.root().get("a").at(1), d.root().at(0), d.root().get("n").get("x")} {
		if v.exists() || v.int() != 0 || v.text() != "" || v.bool() || v.count() != 0 || v.isObject() || len(v.bytes()) != 0 {
			t.Errorf("%+v answers", v)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range jsonSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agrees(t, text) })
}
