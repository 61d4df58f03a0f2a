package relay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"danmaku/event"
)

// checker judges a value by the part of JSON Schema that our schema uses. A
// property that the schema does not name is an error here: a new field must be
// described.
type checker struct{ defs map[string]any }

func (c checker) check(at string, v any, s map[string]any) (wrong []string) {
	if ref, ok := s["$ref"].(string); ok {
		return c.check(at, v, c.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any))
	}
	if any, ok := s["anyOf"].([]any); ok {
		for _, alternative := range any {
			if wrong = c.check(at, v, alternative.(map[string]interface{})); wrong == nil {
				return nil
			}
		}
		return wrong
	}
	types, _ := s["type"].([]any)
	if t, ok := s["type"].(string); ok {
		types = []any{t}
	}
	if types != nil && !slices.Contains(types, any(typeOf(v))) && !(typeOf(v) == "integer" && slices.Contains(types, any("number"))) {
		return []string{fmt.Sprintf("%s is %s, not %v", at, typeOf(v), types)}
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		wrong = append(wrong, fmt.Sprintf("%s is %v, not one of %v", at, v, enum))
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		wrong = append(wrong, fmt.Sprintf("%s is %q", at, v))
	}
	switch v := v.(type) {
	case map[string]any:
		properties, ok := s["properties"].(map[string]any)
		if !ok {
			break
		}
		for name, value := range v {
			p, ok := properties[name].(map[string]any)
			if !ok {
				wrong = append(wrong, at+"."+name+" is not in the schema")
				continue
			}
			wrong = append(wrong, c.check(at+"."+name, value, p)...)
		}
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				wrong = append(wrong, fmt.Sprintf("%s.%s is missing", at, name))
			}
		}
	case []any:
		if items, ok := s["items"].(map[string]any); ok {
			for i, item := range v {
				wrong = append(wrong, c.check(fmt.Sprintf("%s[%d]", at, i), item, items)...)
			}
		}
	}
	return wrong
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// fill sets every field below v to something that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"cmd":"X"}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	default:
		panic("a field of a type that fill does not know: " + v.Type().String())
	}
}

func TestEveryEventMatchesTheSchema(t *testing.T) {
	l := start(t, Config{}, nil)
	status, text := l.get("/schema/event.json")
	var schema map[string]any
	if err := json.Unmarshal([]byte(text), &schema); err != nil || status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	c := checker{schema["$defs"].(map[string]any)}
	for _, kind := range event.Kinds() {
		detail := strings.ReplaceAll(string(kind), "_", "")
		for _, full := range []bool{false, true} {
			e := event.Event{Platform: "bilibili", Room: 1, Kind: kind}
			v := reflect.ValueOf(&e).Elem()
			found := false
			for i := range v.NumField() {
				field := v.Type().Field(i)
				if field.Type.Kind() == reflect.Pointer && (strings.EqualFold(field.Name, detail) || kind == event.KindRoom && field.Name == "RoomInfo") {
					found = true
					v.Field(i).Set(reflect.New(field.Type.Elem()))
					if full {
						fill(v.Field(i))
					}
				}
			}
			if want := kind != event.KindOther && kind != event.KindRecall; found != want {
				t.Errorf("%s: detail found: %t", kind, found)
			}
			if full {
				fill(reflect.ValueOf(&e.User).Elem())
				e.Seq, e.Key, e.Cmd, e.At, e.Received, e.Of, e.Backlog, e.Raw = 1, "k", "C", 1, 1, "k2", true, json.RawMessage(`[]`)
				if e.Comment != nil {
					e.Comment.Mode, e.Comment.Color = "scroll", "#ffffff"
				}
				if e.SuperChat != nil {
					e.SuperChat.Background = "#00ff99"
				}
			}
			var got any
			if err := json.Unmarshal(e.AppendJSON(nil, full), &got); err != nil {
				t.Fatal(err)
			}
			for _, wrong := range c.check("event", got, schema) {
				t.Errorf("%s: %s", kind, wrong)
			}
		}
	}
	if wrong := c.check("event", map[string]any{"seq": "1", "kind": "chat", "news": 1.0}, schema); len(wrong) < 5 {
		t.Errorf("the checker finds only %v", wrong)
	}
}
