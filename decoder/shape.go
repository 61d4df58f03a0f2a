package decoder

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed known.txt
var knownText string

// shape is the fields known of an object, or of the objects of a list.
type shape struct {
	fields map[string]*shape // nil: a plain value, or one that may be null
	any    *shape            // of every key not in fields; nil: there is none
	closed bool              // there is an inside, and nobody looks at it
	text   bool              // a text that holds JSON
	places bool              // a list whose places differ
}

// place is the shape of element i of a list whose places differ.
func (s *shape) place(i int) *shape { return s.fields[strconv.Itoa(i)] }

// knowledge is known.txt, read.
type knowledge struct {
	commands map[string]*shape
	kept     map[string]bool // names of commands that are only kept
	prefixes []string
	missing  []string // shapes that are used and not there; a test wants none
}

// known is the same for every Decoder and never changes.
var known = sync.OnceValue(func() *knowledge { return parseKnown(knownText) })

func parseKnown(text string) *knowledge {
	k := &knowledge{commands: map[string]*shape{}, kept: map[string]bool{}}
	named := map[string]*shape{}
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "" || name == "#" || name[0] == '#':
		case name == "=":
			for _, s := range strings.Fields(rest) {
				if prefix, ok := strings.CutSuffix(s, "*"); ok {
					k.prefixes = append(k.prefixes, prefix)
				} else {
					k.kept[s] = true
				}
			}
		case name[0] == '@':
			p := shapeParser{text: rest, knowledge: k, named: named}
			named[name[1:]] = p.fields()
		default:
			p := shapeParser{text: rest, knowledge: k, named: named}
			var s *shape
			if rest != "" && rest[0] == '@' {
				s = p.shape(rest[1:])
			} else {
				s = p.fields()
			}
			k.commands[name] = withEnvelope(s, p.shape("envelope"))
		}
	}
	return k
}

func withEnvelope(s, envelope *shape) *shape {
	all := &shape{fields: map[string]*shape{}}
	for name, f := range envelope.fields {
		all.fields[name] = f
	}
	for name, f := range s.fields {
		all.fields[name] = f
	}
	return all
}

// has reports whether a command is known.
func (k *knowledge) has(cmd string) bool {
	if k.commands[cmd] != nil || k.kept[cmd] {
		return true
	}
	for _, p := range k.prefixes {
		if strings.HasPrefix(cmd, p) {
			return true
		}
	}
	return false
}

type shapeParser struct {
	text      string
	knowledge *knowledge
	named     map[string]*shape
}

// shape returns a copy of the shape of that name.
func (p *shapeParser) shape(name string) *shape {
	s := p.named[name]
	if s == nil {
		p.knowledge.missing = append(p.knowledge.missing, name)
		return &shape{}
	}
	again := *s
	return &again
}

// fields reads names up to the closing brace or the end.
func (p *shapeParser) fields() *shape {
	s := &shape{fields: map[string]*shape{}}
	for {
		p.text = strings.TrimLeft(p.text, " ")
		if p.text == "" {
			return s
		}
		if p.text[0] == '}' {
			p.text = p.text[1:]
			return s
		}
		name := p.word()
		f := &shape{}
		if name == "" { // the key is "*"
			p.text = p.text[1:]
		} else if strings.HasPrefix(p.text, "*") {
			p.text, f.closed = p.text[1:], true
		}
		text := strings.HasPrefix(p.text, "$")
		if text {
			p.text = p.text[1:]
		}
		switch {
		case strings.HasPrefix(p.text, "{"):
			p.text = p.text[1:]
			f = p.fields()
		case strings.HasPrefix(p.text, "@"):
			p.text = p.text[1:]
			f = p.shape(p.word())
		}
		if text {
			f.text = true
		}
		if name == "" {
			s.any = f
			continue
		}
		if _, err := strconv.Atoi(name); err == nil {
			s.places = true
		}
		s.fields[name] = f
	}
}

func (p *shapeParser) word() string {
	n := strings.IndexAny(p.text, " {}@*$")
	if n < 0 {
		n = len(p.text)
	}
	word := p.text[:n]
	p.text = p.text[n:]
	return word
}
