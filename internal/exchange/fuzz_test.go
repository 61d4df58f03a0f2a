package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead gives any bytes to the reader: it must come to an end, give only
// events that can be stored, and the same ones when it reads them again.
func FuzzRead(f *testing.F) {
	for _, format := range []Format{XML, JSON, JSONL, CSV} {
		var b bytes.Buffer
		if _, err := Write(&b, format, seq(newSampler(1).list(12)), Options{}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(bililiveHead + `<d p="1,1,25,0,1647777083220,0,1,0" user="a" raw="[[0,1]]">x</d></i>`))
	f.Add([]byte(`<i><metadata><room_id>4</room_id></metadata><guard ts="3" uid="8" level="3" price="1"/><toast ts="4" uid="8" level="3"/><sc ts="1" price="30000">x</sc></i>`))
	f.Add([]byte(`<i><s timestamp="1647777083" type="gift" price="100" num="5"/><o timestamp="1647777083">{"cmd":"A"}</o><d p="1,1,25,0,0,0,0,0">x</d></i>`))
	f.Add([]byte("TIME23:58ONLINE1\na\n b \nTIME0:0ONLINE80\nc\nSPEAKERNUM55\n"))
	f.Add([]byte(`{"kind":"gift","room":"7","at":"2022-03-20 12:00:02","gift":"x","num":10,"price":1.0}` + "\n" + `{"cmd":"Z"}` + "\n" + `{"msg_type":"danmaku","content":"x","Date":"2022.03.20","ExactTime":"12:00:05"}`))
	f.Add([]byte(`3.2,0,{"text":"a: b","style":{"color":"#58c1de","mode":0}}`))
	f.Add([]byte(`[{"platform":"bilibili","kind":"comment","room":1,"at":5,"comment":{"text":"x"}}]`))
	message := packet(5, `{"cmd":"A","at":1647777083220}`)
	f.Add(append([]byte{0, 0, 0, byte(len(message))}, message...))
	f.Add(message)
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func() (keys []string) {
			_, events, err := Read(bytes.NewReader(data), ReadOptions{Room: 1, Start: noon, Command: fakeCommand, Message: fakeMessage})
			if err != nil {
				return nil
			}
			for e, err := range events {
				var u *Unread
				if errors.As(err, &u) {
					if u.Line <= 0 && u.Item <= 0 {
						t.Errorf("a place without a number: %v", u)
					}
					continue
				}
				if err != nil {
					keys = append(keys, err.Error())
					continue
				}
				if e.Key == "" || e.Room <= 0 || e.Platform == "" || whole(&e) != nil || len(e.Raw) > 0 && !json.Valid(e.Raw) {
					t.Errorf("cannot be stored: %+v", e)
				}
				keys = append(keys, e.Key)
			}
			return keys
		}
		if one, two := read(), read(); strings.Join(one, "|") != strings.Join(two, "|") {
			t.Errorf("read twice: %q and %q", one, two)
		}
	})
}

// FuzzXMLScanner holds the tolerant scanner to what a strict parser reads in
// well-formed files.
func FuzzXMLScanner(f *testing.F) {
	f.Add(`<i><d p="1" user="a&amp;b">x &lt; <![CDATA[<y>]]> z</d><gift a='"'/><!-- <d> --><?x y?></i>`)
	f.Add(`<i>t<d/>u<d>&#x1F40E;&#10;</d></i>`)
	f.Add(bililiveHead + "</i>")
	f.Add(`<i><z:` + strings.Repeat("v", nameMax) + `/></i>`)
	f.Fuzz(func(t *testing.T, s string) {
		type element struct{ name, attrs, text string }
		var want []element
		strict := xml.NewDecoder(strings.NewReader(s))
		strict.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not ours") }
		depth, leaf := 0, false
		for {
			tok, err := strict.RawToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // not well-formed: FuzzRead looks at those
			}
			switch k := tok.(type) {
			case xml.StartElement:
				name := k.Name.Local
				if k.Name.Space != "" {
					name = k.Name.Space + ":" + name
				}
				if leaf && !isElement(name) {
					return // we take it for words, as in "I <3 you"
				}
				e := element{name: name}
				for _, a := range k.Attr {
					if a.Name.Space != "" {
						a.Name.Local = a.Name.Space + ":" + a.Name.Local
					}
					e.attrs += a.Name.Local + "=" + a.Value + ";"
				}
				want = append(want, e)
				depth++
				leaf = isComment(name)
			case xml.EndElement:
				if depth--; depth < 0 {
					return
				}
				leaf = false
			case xml.CharData:
				if leaf {
					want[len(want)-1].text += string(k)
				}
			case xml.Directive, xml.ProcInst, xml.Comment:
				if leaf {
					leaf = false // we take the text up to them
				}
			}
		}
		if depth != 0 || !plainXML(s) {
			return
		}
		x := newXMLScanner(bufio.NewReader(strings.NewReader(s)))
		for i := 0; ; i++ {
			got, err := x.next()
			if errors.Is(err, io.EOF) {
				if i != len(want) {
					t.Fatalf("%d elements, want %d", i, len(want))
				}
				return
			}
			if err != nil {
				t.Fatalf("element %d: %v", i, err)
			}
			if i >= len(want) {
				t.Fatalf("more than %d elements: %+v", i, got)
			}
			e := element{name: got.name}
			for _, a := range got.attrs {
				e.attrs += a.name + "=" + a.value + ";"
			}
			if isComment(got.name) {
				e.text = got.text
			}
			if e != want[i] {
				t.Fatalf("element %d\n got %q\nwant %q", i, e, want[i])
			}
		}
	})
}

// plainXML leaves out what a strict parser changes on its way (line ends), what
// it allows and no recorder writes, and marks inside directives.
func plainXML(s string) bool {
	name := 0
	for i := range len(s) {
		if name++; !nameByte(s[i]) {
			name = 0
		}
		if name > nameMax { // perhaps no name, but enough to be one
			return false
		}
	}
	return utf8.ValidString(s) && !strings.ContainsAny(s, "\r\x00") && !strings.Contains(s, "<!D") && !strings.Contains(s, "<!E") &&
		!strings.Contains(s, "<!A") && strings.Count(s, "<!") == strings.Count(s, "<!--")+strings.Count(s, "<![CDATA[")
}

// FuzzMember holds the scanner of JSON members to encoding/json.
func FuzzMember(f *testing.F) {
	f.Add([]byte(`{"cmd":"A","info":[1,{"info":2},"]}"],"data":{"x":"\"}"}}`), "info")
	f.Add([]byte(` { "a" : null , "b":1e5 } `), "b")
	f.Add([]byte(`{"a`), "a")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		got := member(raw, name)
		var all map[string]json.RawMessage
		if json.Unmarshal(raw, &all) != nil || !utf8.Valid(raw) || strings.ContainsAny(name, `"\`) || bytes.Contains(raw, []byte(`\u`)) {
			return
		}
		want, ok := all[name]
		if !ok {
			if got != nil {
				t.Fatalf("%s of %s: %s, and there is none", name, raw, got)
			}
			return
		}
		if bytes.Count(raw, []byte(`"`+name+`"`)) > 1 {
			return // of a name that comes twice the first is taken, by encoding/json the last
		}
		if !bytes.Equal(bytes.TrimSpace(want), got) {
			t.Fatalf("%s of %s: %s, want %s", name, raw, got, want)
		}
	})
}
