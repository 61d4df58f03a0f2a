package gui

import (
	"context"
	"errors"
	"iter"

	"danmaku/event"
	"danmaku/gui/model"
)

// Archive reads the past. A window without one says that nothing is kept. Its
// methods are called from goroutines of the window, never from the one that
// draws, and from several at once.
type Archive interface {
	// Query gives events in the archive's order or the clock's; see event.Filter.
	Query(ctx context.Context, f event.Filter) iter.Seq2[event.Event, error]
	// Coverage tells when a room's events were being recorded.
	Coverage(ctx context.Context, room event.RoomID, from, to event.Millis) (event.Coverage, error)
	// Rooms returns the rooms it has events of.
	Rooms(ctx context.Context) ([]model.PastRoom, error)
	// Broadcasts returns what the platform told of a room's broadcasts; those
	// without an end may still be on.
	Broadcasts(ctx context.Context, room event.RoomID) ([]model.Broadcast, error)
	// Timeline counts the events of a room by steps; empty steps are left out.
	Timeline(ctx context.Context, room event.RoomID, from, to, step event.Millis) ([]model.Step, error)
	// Highlights finds the moments in which a room spoke up.
	Highlights(ctx context.Context, room event.RoomID, from, to event.Millis) ([]model.Highlight, error)
	// Replay gives the events of a room in the order in which they were seen.
	Replay(ctx context.Context, room event.RoomID, from, to event.Millis) iter.Seq2[event.Event, error]
	// Lacks says what of the past it cannot give; it is quick.
	Lacks() []Lack
	// Export writes a file, which appears under its name when it is whole.
	Export(ctx context.Context, x Export, progress func(Progress)) (Exported, error)
}

// Lack names something of the past that an archive far away cannot give.
type Lack string

// What may be lacking.
const (
	LacksPseudonyms Lack = "pseudonyms" // in exports
	LacksRooms      Lack = "rooms"      // that are not being watched now
)

// Format is the form of an exported file.
type Format string

// The formats the window offers.
const (
	FormatXML   Format = "xml"
	FormatASS   Format = "ass"
	FormatJSONL Format = "jsonl"
	FormatCSV   Format = "csv"
)

// Export says what to write where.
type Export struct {
	Format Format
	File   string // its full path
	// Replace allows a file of that name to be replaced.
	Replace  bool
	Room     event.RoomID
	From, To event.Millis
	Streamer string // for the head of XML and ASS
	Title    string
	// Raw adds the commands as received, where the format has a place for them.
	Raw bool
	// Anonymise gives people pseudonyms, new ones for each export.
	Anonymise bool
}

// Progress is how far an export is.
type Progress struct {
	Part  float64 // from 0 to 1; below 0: nobody knows
	Bytes int64   // written so far
}

// Exported is what an export came to. Events is below 0 when nobody counted.
type Exported struct {
	Events, Bytes int64
}

// ErrNoArchive says that the relay keeps nothing.
var ErrNoArchive = errors.New("the relay keeps no archive")

// The errors of Export that the window has words for.
var (
	ErrFileExists = errors.New("a file of that name exists")
	ErrCannotHide = errors.New("a relay cannot give people pseudonyms")
)
