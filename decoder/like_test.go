package decoder

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// likeAgrees checks that b read by the template a is what b is read alone.
func likeAgrees(t *testing.T, a, b []byte) (fresh int) {
	t.Helper()
	var first, alone, like document
	if first.parse(a) != nil || !first.utf8 {
		return 0
	}
	var tpl template
	tpl.keep(&first)
	want := alone.parse(b)
	fresh, _, err := like.parseLike(&tpl, b)
	if fmt.Sprint(err) != fmt.Sprint(want) {
		t.Fatalf("%q\nlike %q:\nerror %v, alone %v", b, a, err, want)
	}
	if err != nil {
		return fresh
	}
	if like.utf8 != alone.utf8 || !reflect.DeepEqual(like.nodes, alone.nodes) {
		for i := range min(len(like.nodes), len(alone.nodes)) {
			if like.nodes[i] != alone.nodes[i] {
				t.Errorf("node %d is %+v, alone %+v", i, like.nodes[i], alone.nodes[i])
				break
			}
		}
		t.Fatalf("%q\nlike %q:\n%d nodes, UTF-8 %v, alone %d, %v", b, a, len(like.nodes), like.utf8, len(alone.nodes), alone.utf8)
	}
	return fresh
}

func TestReadingByATemplateIsReadingAlone(t *testing.T) {
	for _, a := range jsonSeeds {
		for _, b := range jsonSeeds {
			likeAgrees(t, []byte(a), []byte(b))
		}
	}
	base := []byte(testComment)
	// Every byte cut, doubled, or replaced by one that means something.
	for i := range base {
		likeAgrees(t, base, base[:i])
		likeAgrees(t, base, append(bytes.Clone(base[:i]), base[i+1:]...))
		likeAgrees(t, base, append(bytes.Clone(base[:i+1]), base[i:]...))
		for _, c := range []byte(`"\{}[],:0n a` + "\x00\xff") {
			b := bytes.Clone(base)
			b[i] = c
			likeAgrees(t, base, b)
		}
	}
	// Values of other sorts and lengths.
	var d document
	if err := d.parse(base); err != nil {
		t.Fatal(err)
	}
	for i := range d.nodes {
		n := &d.nodes[i]
		for _, s := range []string{`null`, `-1.5e3`, `""`, `"\u4e2d\n"`, `{}`, `[]`, `{"a":[1,2,{"b":"c"}]}`, `[[],"x"]`, `\"\"`, `\"\\\\\"\"`, `{\"a\":[1]}`, `"{\"a\":1}"`} {
			b := bytes.Clone(base[:n.before()])
			b = append(append(b, s...), base[n.after():]...)
			likeAgrees(t, base, b)
			likeAgrees(t, b, base)
		}
	}
}

func TestATemplateSavesMostOfTheReading(t *testing.T) {
	v := newInvented(3)
	first := []byte(v.comment())
	for range 100 {
		next := []byte(v.comment())
		if fresh := likeAgrees(t, first, next); fresh > len(next)/3 {
			t.Fatalf("%d of %d bytes were read", fresh, len(next))
		}
	}
	// Another sort of emotes, no medal: still most is the same.
	with := strings.Replace(string(first), `\"emots\":null`, `\"emots\":{\"[dog]\":{\"emoji\":\"[dog]\",\"url\":\"http://i0.example/a.png\"}}`, 1)
	if fresh := likeAgrees(t, first, []byte(with)); fresh > 200 {
		t.Errorf("%d bytes were read", fresh)
	}
}

func TestATemplateCannotBeMadeToReadOverAndOver(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat(`}`, 300)
	worse := strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat(`,"b":2}`, 300)
	if fresh := likeAgrees(t, []byte(deep), []byte(worse)); fresh > 3*len(worse) {
		t.Errorf("%d of %d bytes were read", fresh, len(worse))
	}
}

func FuzzLike(f *testing.F) {
	v := newInvented(5)
	f.Add([]byte(testComment), []byte(strings.Replace(testComment, "早上好", "晚\xff上\\n", 2)))
	f.Add([]byte(v.comment()), []byte(v.comment()))
	f.Add([]byte(`{"a":[1,{"b":"{\"c\":[1]}"}]}`), []byte(`{"a":[1,{"b":"{\"c\":[1,2]}"},null]}`))
	f.Add([]byte(`{"a":"x","b":[]}`), []byte(`{"a":"xy","b":[{}],"c":1}`))
	f.Fuzz(func(t *testing.T, a, b []byte) { likeAgrees(t, a, b) })
}
