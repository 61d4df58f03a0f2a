package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/exchange"
	"danmaku/protocol"
	"danmaku/store"
)

type importFlags struct {
	Files []string `arg:"" name:"file" help:"Files to read, packed with gzip or not; folders with such files; \"-\" for standard input."`
	Room  int64    `help:"The room, where a file does not name it." placeholder:"ID"`
	Start string   `help:"When the recording began, where a file only counts from there." placeholder:"TIME"`
	Gifts string   `help:"Unit of gift prices in files that do not say: ${enum}; auto goes by gifts of a known price." enum:"auto,cny,gold" default:"auto"`
	Zone  string   `help:"Zone of clock times that name none, such as Asia/Tokyo." default:"Asia/Shanghai"`
}

// importBatch is how many events one transaction takes, fewer when their commands
// are larger than importBytes together.
const (
	importBatch = 512
	importBytes = 8 << 20
)

func (p *program) importFiles(ctx context.Context, s *importFlags) error {
	o := exchange.ReadOptions{Room: event.RoomID(s.Room), GiftUnit: map[string]event.Money{"cny": 1000, "gold": 1}[s.Gifts]}
	var err error
	if o.Start, err = p.when("--start", s.Start); err != nil {
		return err
	}
	if o.Zone, err = zone(s.Zone); err != nil {
		return cli.Usagef("--zone: %w", err)
	}
	files, err := unfolded(s.Files)
	if err != nil {
		return err
	}
	path, err := p.path()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the archive's folder: %w", err)
	}
	a, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	failed := 0
	for _, name := range files {
		if err := p.importFile(ctx, a, name, o); err != nil {
			if ctx.Err() != nil {
				p.warn("importing again reads the rest: what is there by now is not stored twice")
				return ctx.Err()
			}
			failed++
			fmt.Fprintf(p.errs, "%s: %s\n", printable(name), printable(strings.TrimPrefix(err.Error(), "exchange: ")))
		}
	}
	switch {
	case failed > 0 && len(files) > 1:
		return fmt.Errorf("%d of %d files were not read, or not to their end", failed, len(files))
	case failed > 0:
		return errors.New("the file was not read, or not to its end")
	}
	return a.Close()
}

// unfolded puts the recordings in a folder, and in those below, in its place. What
// has none or cannot be read stays: it is told when it is its turn.
func unfolded(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			files = append(files, name)
			continue
		}
		before := len(files)
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && maybeRecording(d.Name()) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			files = append(files, name)
		}
	}
	return files, nil
}

// recordingEndings are those of files that a folder is searched for; videos lie
// beside them.
var recordingEndings = []string{".xml", ".jsonl", ".ndjson", ".json", ".csv", ".txt"}

func maybeRecording(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return !strings.HasPrefix(name, ".") && slices.Contains(recordingEndings, filepath.Ext(name))
}

// zone finds a time zone, the platform's also on a machine without a database
// of zones.
func zone(name string) (*time.Location, error) {
	if name == "Asia/Shanghai" {
		return time.FixedZone("UTC+8", 8*60*60), nil
	}
	return time.LoadLocation(name)
}

// advice tells what to do about an error of a reader.
func advice(err error) error {
	switch {
	case errors.Is(err, exchange.ErrNoRoom):
		return fmt.Errorf("%w; name it with --room", err)
	case errors.Is(err, exchange.ErrNoStart):
		return fmt.Errorf("%w; say so with --start", err)
	}
	return err
}

func (p *program) importFile(ctx context.Context, a *store.Archive, name string, o exchange.ReadOptions) error {
	in, size, err := openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	bar := p.bar("import "+filepath.Base(name), size)
	defer bar.done()

	hintRoom, hintStart := exchange.HintFromName(filepath.Base(name), o.Zone)
	if o.Room == 0 {
		o.Room = hintRoom
	}
	if o.Start == 0 {
		o.Start = hintStart
	}
	connection := newStream(decoder.New(decoder.Limits{}))
	o.Command = decoder.New(decoder.Limits{}).Events
	o.Stream = connection.command
	o.Message = messageDecoder(decoder.New(decoder.Limits{}), connection)

	dialect, events, err := exchange.Read(bar.reader(in), o)
	if err != nil {
		return err
	}
	before, err := newKnown(ctx, a)
	if err != nil {
		return err
	}
	var read, stored, unread int64
	rooms := map[event.RoomID]bool{}
	batch, raw := make([]event.Event, 0, importBatch), 0
	commit := func() error {
		fresh, err := before.sift(ctx, batch)
		if err != nil {
			return err
		}
		kept, err := a.Append(ctx, fresh)
		stored += int64(len(kept))
		clear(batch)
		batch, raw = batch[:0], 0
		return err
	}
	var end error
	for e, err := range exchange.Ahead(events) {
		var place *exchange.Unread
		switch {
		case errors.As(err, &place):
			unread++
			bar.say(fmt.Sprintf("%s:%s\n", printable(name), printable(whereFirst(place))))
			continue
		case err != nil:
			end = advice(err)
		default:
			read++
			if len(rooms) < manyRooms {
				rooms[e.Room] = true
			}
			batch = append(batch, e)
			raw += len(e.Raw)
		}
		if end != nil {
			break
		}
		if len(batch) == importBatch || raw >= importBytes {
			if err := commit(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	for _, e := range connection.rest() {
		if e.Room == 0 {
			e.Room = o.Room
		}
		batch = append(batch, e)
		read++
	}
	if err := commit(); err != nil {
		return err
	}
	bar.done()
	if read == 0 && end != nil {
		return end
	}
	fmt.Fprintf(p.out, "%s: %s, %s: %s, %s new, %s known before", printable(name), dialect, roomList(rooms), many(read, "event"), event.Grouped(stored), event.Grouped(read-stored))
	if unread > 0 {
		fmt.Fprintf(p.out, ", %s not read", many(unread, "place"))
	}
	fmt.Fprintln(p.out)
	return end
}

// manyRooms is where a list of rooms becomes a number.
const manyRooms = 5

func roomList(rooms map[event.RoomID]bool) string {
	switch n := len(rooms); {
	case n == 0:
		return "no room"
	case n >= manyRooms:
		return "many rooms"
	case n > 1:
		return fmt.Sprintf("rooms %s", strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(rooms))), "[]"))
	}
	for r := range rooms {
		return "room " + r.String()
	}
	return ""
}

// whereFirst writes a place so that "file:" before it makes what editors jump
// to.
func whereFirst(u *exchange.Unread) string {
	if u.Item > 0 {
		return fmt.Sprintf(" item %d: %v", u.Item, u.Err)
	}
	return fmt.Sprintf("%d: %v", u.Line, u.Err)
}

func openInput(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		var pathError *os.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err // the caller names the file
		}
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("no recording in this folder: no name ends in %s", strings.Join(recordingEndings, ", "))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// messageDecoder reads the packets of a message and the commands in them. The
// popularity in an answer to a heartbeat is obsolete and left out, as it is by a
// session.
func messageDecoder(d *decoder.Decoder, s *stream) func([]event.Event, event.RoomID, event.Millis, []byte) ([]event.Event, error) {
	var packets []protocol.Packet
	return func(dst []event.Event, room event.RoomID, received event.Millis, message []byte) ([]event.Event, error) {
		var errs error
		packets, errs = d.Packets(packets[:0], message)
		for _, packet := range packets {
			if packet.Op != protocol.OpCommand {
				continue
			}
			var err error
			if dst, err = s.command(dst, room, received, packet.Body); err != nil {
				errs = errors.Join(errs, err)
			}
		}
		return dst, errs
	}
}
