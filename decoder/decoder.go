// Package decoder turns WebSocket messages of the comment socket into events:
// bundles are opened (zlib, brotli), commands are read, both within limits.
//
// It never panics and never needs more memory than its limits allow, whatever
// the bytes. What cannot be understood is kept: an unknown command becomes an
// event of kind "other" with its raw JSON.
package decoder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/andybalholm/brotli"
)

// Limits bound what one WebSocket message may cost. A field that is zero
// stands for its default.
type Limits struct {
	// Body is how many bytes all bundles of one message may hold together when
	// opened; default 8 MiB. Real ones hold up to 44 KB.
	Body int
	// Depth is how many bundles may be nested; default 3. Real ones: 1.
	Depth int
	// Packets is how many packets one message may give; default 16,384. Real
	// ones give up to 32.
	Packets int
}

// ErrLimit is found (errors.Is) in the error of a message that breaks a limit.
var ErrLimit = errors.New("limit reached")

// Stage is the part of the way from bytes to events where an error arose.
type Stage string

// The stages of decoding.
const (
	StagePacket  Stage = "packet"  // a header that cannot be true, or a cut packet
	StageBundle  Stage = "bundle"  // a compressed body that cannot be opened
	StageCommand Stage = "command" // a body that is not JSON, or a command that lacks what makes it one
)

// Error says at which stage a message or command could not be read, and why.
// What was read before it is given along and stays good.
type Error struct {
	Stage Stage
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("decoder: %s: %v", e.Stage, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Decoder reads the messages of one session. It reuses its readers and
// buffers, so it must not be used by two goroutines at once.
type Decoder struct {
	limits Limits

	brotli  *brotli.Reader // both nil until the first bundle of their sort
	zlib    zlibReader
	src     bytes.Reader
	buf     []byte // opened bundles of the message at hand
	scratch []byte

	doc   document // the command at hand
	inner document // JSON text inside the command
	words words

	report    report
	templates int
	checking  *tally   // of the command at hand, when its fields are looked at
	unknown   []string // what was found
	path      []byte   // where the looking is
	text      []byte   // for that
	texts     document // for that

	counted counters
}

type counters struct {
	messages, commands, events, packet, bundle, command atomic.Int64
}

type zlibReader interface {
	io.Reader
	Reset(r io.Reader, dict []byte) error
}

// Stats counts what a Decoder did since New.
type Stats struct {
	Messages int64 // WebSocket messages
	Commands int64
	Events   int64
	// Errors by stage. An error loses at most the rest of its message; a bad
	// command is kept as an event.
	PacketErrors  int64
	BundleErrors  int64
	CommandErrors int64
}

// New returns a Decoder for one session.
func New(l Limits) *Decoder {
	if l.Body <= 0 {
		l.Body = 8 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 3
	}
	if l.Packets <= 0 {
		l.Packets = 16384
	}
	return &Decoder{limits: l, report: report{seen: map[string]*tally{}, drift: map[string]CommandDrift{}}}
}

// Stats returns the counters as they are now. It may be called while another
// goroutine decodes.
func (d *Decoder) Stats() Stats {
	c := &d.counted
	return Stats{Messages: c.messages.Load(), Commands: c.commands.Load(), Events: c.events.Load(),
		PacketErrors: c.packet.Load(), BundleErrors: c.bundle.Load(), CommandErrors: c.command.Load()}
}

// fail counts err and gives it its stage.
func (d *Decoder) fail(stage Stage, err error) error {
	switch stage {
	case StagePacket:
		d.counted.packet.Add(1)
	case StageBundle:
		d.counted.bundle.Add(1)
	case StageCommand:
		d.counted.command.Add(1)
	}
	return &Error{Stage: stage, Err: err}
}
