package decoder

import (
	"encoding/json"
	"maps"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Drift says where the platform's commands are no longer what this decoder
// knows: it is how a new version of the platform is noticed. It holds no name,
// text, id or token of anybody.
type Drift struct {
	Commands map[string]CommandDrift `json:"commands"` // only those with something to say
}

// CommandDrift is what was seen of one command.
type CommandDrift struct {
	Count   int64 `json:"count"`             // how many came
	Unknown bool  `json:"unknown,omitempty"` // nobody here knows the command
	// Failed is how many could not be decoded, Reason why the first could not.
	Failed int64  `json:"failed,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Fields is how often a field was met that is not known, among Checked
	// commands: the first 64 of each and then one in 256 are looked at.
	Checked int64            `json:"checked,omitempty"`
	Fields  map[string]int64 `json:"fields,omitempty"`
	// Example is the first that gave reason for an entry, its texts and
	// numbers replaced by words and numbers of the same sort.
	Example json.RawMessage `json:"example,omitempty"`
}

// Bounds of the report, for a platform gone mad.
const (
	maxDriftCommands = 256
	maxDriftFields   = 64
	alwaysChecked    = 64  // of each command
	checkedOneIn     = 256 // after that
)

// Merge adds what another decoder saw.
func (d *Drift) Merge(other Drift) {
	if d.Commands == nil {
		d.Commands = map[string]CommandDrift{}
	}
	for name, o := range other.Commands {
		c, met := d.Commands[name]
		if !met && len(d.Commands) >= maxDriftCommands {
			continue
		}
		c.Count += o.Count
		c.Failed += o.Failed
		c.Checked += o.Checked
		c.Unknown = c.Unknown || o.Unknown
		if c.Reason == "" {
			c.Reason = o.Reason
		}
		if c.Example == nil {
			c.Example = o.Example
		}
		fields := maps.Clone(c.Fields)
		for f, n := range o.Fields {
			if fields == nil {
				fields = map[string]int64{}
			}
			if _, met := fields[f]; met || len(fields) < maxDriftFields {
				fields[f] += n
			}
		}
		c.Fields = fields
		d.Commands[name] = c
	}
}

// Names returns the commands of the report in order.
func (d Drift) Names() []string {
	var names []string
	for n := range d.Commands {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// tally is what a Decoder keeps of a command.
type tally struct {
	name  string
	shown string // the name as the report may show it
	shape *shape // nil: its fields are not looked at
	like  *template
	count atomic.Int64

	drifts bool // fields that are not known were met; only the owner looks
}

// notCommand is where bodies are counted that name no command.
const notCommand = "(not a command)"

// report is the drift a Decoder saw. Its owner writes, anybody may read a
// snapshot.
type report struct {
	mu    sync.Mutex
	seen  map[string]*tally       // the owner reads without the lock
	drift map[string]CommandDrift // with it
	news  []string
}

// Drift returns what was seen since New. It may be called while another
// goroutine decodes.
func (d *Decoder) Drift() Drift {
	d.report.mu.Lock()
	defer d.report.mu.Unlock()
	out := Drift{Commands: map[string]CommandDrift{}}
	for name, c := range d.report.drift {
		c.Fields = maps.Clone(c.Fields)
		out.Commands[name] = c
	}
	for _, t := range d.report.seen {
		if c, met := out.Commands[t.shown]; met {
			c.Count += t.count.Load()
			out.Commands[t.shown] = c
		}
	}
	return out
}

// DriftNews returns, once, what entered the drift report since the last call:
// a line for the log each. It costs nothing when there is nothing new.
func (d *Decoder) DriftNews() []string {
	if len(d.report.news) == 0 {
		return nil
	}
	news := d.report.news
	d.report.news = nil
	return news
}

// tallyOf returns the tally of a command.
func (d *Decoder) tallyOf(name []byte) *tally {
	if t := d.report.seen[string(name)]; t != nil {
		return t
	}
	return d.firstSeen(string(name))
}

func (d *Decoder) firstSeen(name string) *tally {
	t := &tally{name: name, shown: shownName(name)}
	if name == "" {
		t.shown = notCommand
	}
	kept := len(d.report.seen) < 1024 && len(name) <= 64 // about 400 names exist
	if kept {
		d.report.mu.Lock()
		d.report.seen[name] = t
		d.report.mu.Unlock()
	}
	k := known()
	if t.shape = k.commands[name]; k.has(name) && d.templates < maxTemplates {
		t.like = &template{}
		d.templates++
	}
	if name != "" && !k.has(name) {
		d.drifted(t, func(c *CommandDrift) (news string) {
			if !kept {
				c.Count++
			}
			if !c.Unknown {
				news = "unknown command " + t.shown
			}
			c.Unknown = true
			return news
		})
	}
	return t
}

// failed notes that a command could not be decoded.
func (d *Decoder) failed(t *tally, reason error) {
	d.drifted(t, func(c *CommandDrift) (news string) {
		c.Failed++
		if c.Reason == "" {
			c.Reason = reason.Error()
			news = t.shown + " cannot be decoded: " + c.Reason
		}
		return news
	})
}

// drifted changes the entry of a command in the report. change returns a line
// for the log, or "".
func (d *Decoder) drifted(t *tally, change func(*CommandDrift) string) {
	r := &d.report
	r.mu.Lock()
	defer r.mu.Unlock()
	c, met := r.drift[t.shown]
	if !met && len(r.drift) >= maxDriftCommands {
		return
	}
	if news := change(&c); news != "" {
		r.news = append(r.news, news)
	}
	if c.Example == nil && len(d.doc.nodes) > 0 {
		c.Example = redacted(d.doc.root())
	}
	r.drift[t.shown] = c
}

// check looks for fields that are not known in the command at hand.
func (d *Decoder) check(t *tally, root value) {
	d.checking, d.unknown, d.path = t, d.unknown[:0], d.path[:0]
	if t.shape != nil {
		d.walk(t.shape, root)
	}
}

// checkProtobuf looks for fields that are not known in a protobuf message, if
// the command at hand is one that is looked at.
func (d *Decoder) checkProtobuf(m proto.Message) {
	if d.checking != nil {
		d.walkProtobuf(m.ProtoReflect(), "data.pb")
	}
}

// checked notes what the two found.
func (d *Decoder) checked() {
	t := d.checking
	if d.checking = nil; t == nil || len(d.unknown) == 0 && !t.drifts {
		return
	}
	t.drifts = true
	d.drifted(t, func(c *CommandDrift) (news string) {
		c.Checked++
		for _, f := range d.unknown {
			if _, met := c.Fields[f]; !met && len(c.Fields) >= maxDriftFields {
				continue
			} else if !met {
				news += ", " + f
			}
			if c.Fields == nil {
				c.Fields = map[string]int64{}
			}
			c.Fields[f]++
		}
		if news != "" {
			news = t.shown + " has fields that are not known: " + news[2:]
		}
		return news
	})
}

// walk notes the fields in v that s does not know. d.path is where v is.
func (d *Decoder) walk(s *shape, v value) {
	if s.closed || len(d.unknown) >= maxDriftFields {
		return
	}
	here := len(d.path)
	switch {
	case s.text && v.isText():
		d.text = v.appendText(d.text[:0])
		if d.texts.parse(d.text) == nil {
			inside := *s
			inside.text = false
			d.walk(&inside, d.texts.root())
		}
	case v.isObject():
		for key, x := range v.members {
			f := s.fields[string(key)]
			if f == nil {
				f = s.any
			}
			if here > 0 {
				d.path = append(d.path, '.')
			}
			d.path = append(d.path, key...)
			if f != nil {
				d.walk(f, x)
			} else {
				d.path = append(d.path[:len(d.path)-len(key)], shownName(string(key))...)
				d.unknown = append(d.unknown, string(d.path))
			}
			d.path = d.path[:here]
		}
	case v.isArray():
		i := 0
		for x := range v.elements {
			f := s
			d.path = append(d.path, '[')
			if s.places {
				d.path = strconv.AppendInt(d.path, int64(i), 10)
				f = s.place(i)
			}
			d.path = append(d.path, ']')
			i++
			if f != nil {
				d.walk(f, x)
			} else {
				d.unknown = append(d.unknown, string(d.path))
			}
			d.path = d.path[:here]
		}
	}
}

func (d *Decoder) walkProtobuf(m protoreflect.Message, path string) {
	for b := m.GetUnknown(); len(b) > 0 && len(d.unknown) < maxDriftFields; {
		number, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return
		}
		d.unknown = append(d.unknown, path+".#"+strconv.Itoa(int(number)))
		b = b[n:]
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		inside := path + "." + string(f.Name())
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				d.walkProtobuf(v.List().Get(i).Message(), inside+"[]")
			}
		default:
			d.walkProtobuf(v.Message(), inside)
		}
		return true
	})
}
