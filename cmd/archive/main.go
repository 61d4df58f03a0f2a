// Command archive searches, exports, imports and looks after an archive file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/store"
)

const help = `Search, export, import and inspect an archive of live comments, also while the relay is writing it.

Examples:
  archive search 草                                    newest comments with 草 in them
  archive search --room 21452505 --kind superchat --from 2026-11-01 --format csv >sc.csv
  archive search --user 12345 --from 2h                what one person wrote in the last two hours
  archive search --rule "price>30 -is:guard"           what holds, as in the window's search box
  archive export --room 21452505 --start "2026-11-22 20:00" -o show.ass   subtitles for a recording
  archive import 录制-*.xml comments.jsonl.gz          recordings of other programs

Exit status: 0 done, also when nothing was found; 1 failed, damaged or interrupted; 2 bad usage.`

type flags struct {
	cli.Common
	Archive string `help:"The archive file; the relay's default when not given." placeholder:"FILE"`
	Color   string `help:"Colour the output: ${enum}." enum:"auto,always,never" default:"auto"`

	Search     searchFlags     `cmd:"" help:"Find events, newest first."`
	Rooms      roomsFlags      `cmd:"" help:"List the rooms in the archive."`
	Broadcasts broadcastsFlags `cmd:"" help:"List when rooms were live, and under which titles."`
	Person     personFlags     `cmd:"" help:"Tell the names a person has had."`
	Stats      statsFlags      `cmd:"" help:"Tell who wrote, what about, when, and what was paid; as a chart too."`
	Ledger     ledgerFlags     `cmd:"" help:"Sum up what was paid, exactly, down to each purchase."`
	Highlights highlightFlags  `cmd:"" help:"Find the moments of a broadcast when the room spoke up."`
	Coverage   coverageFlags   `cmd:"" help:"Tell when comments were recorded, and when not and why."`
	Export     exportFlags     `cmd:"" help:"Write events as subtitles, XML, JSON, CSV or Parquet."`
	Import     importFlags     `cmd:"" help:"Read recordings of other programs into the archive."`
	Verify     verifyFlags     `cmd:"" help:"Work out the whole archive again and tell what is wrong."`
	Backup     backupFlags     `cmd:"" help:"Copy the archive while programs go on writing it."`
	Compact    compactFlags    `cmd:"" help:"Make the file as small as it can be."`
	Forget     forgetFlags     `cmd:"" help:"Take a person out of the archive for good."`
	Drift      driftFlags      `cmd:"" help:"Tell what the commands as received have that this program does not know."`
	Redecode   redecodeFlags   `cmd:"" help:"Decode the commands as received anew, with what this program knows by now."`
}

// program is one call of the command and what it touches.
type program struct {
	flags     flags
	input     io.Reader // a terminal to ask on, or nil
	out, errs io.Writer
	tty       bool // out is a terminal
	width     int  // of that terminal in columns; 0: unknown, or it is none
	errsTTY   bool
	ink       ink
	log       *slog.Logger
	now       func() time.Time
}

func main() {
	p := &program{out: os.Stdout, errs: os.Stderr, now: time.Now}
	p.tty, p.errsTTY = isatty.IsTerminal(os.Stdout.Fd()), isatty.IsTerminal(os.Stderr.Fd())
	if p.tty {
		p.width = terminalWidth(os.Stdout)
	}
	if isatty.IsTerminal(os.Stdin.Fd()) {
		p.input = os.Stdin
	}
	os.Exit(cli.Main(p.command()))
}

func (p *program) command() cli.Command {
	return cli.Command{Name: "archive", Help: help, Flags: &p.flags, Others: cli.Recording, Run: p.run}
}

func (p *program) run(ctx context.Context, path string, log *slog.Logger) error {
	p.log = log
	p.ink.on = p.flags.Color == "always" ||
		p.flags.Color == "auto" && p.tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	command, _, _ := strings.Cut(path, " ")
	err := p.do(ctx, command)
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted") // half the work is no success
	}
	return err
}

func (p *program) do(ctx context.Context, command string) error {
	switch command {
	case "search":
		return p.search(ctx, &p.flags.Search)
	case "rooms":
		return p.rooms(ctx, &p.flags.Rooms)
	case "broadcasts":
		return p.broadcasts(ctx, &p.flags.Broadcasts)
	case "person":
		return p.person(ctx, &p.flags.Person)
	case "stats":
		return p.stats(ctx, &p.flags.Stats)
	case "ledger":
		return p.ledger(ctx, &p.flags.Ledger)
	case "highlights":
		return p.highlights(ctx, &p.flags.Highlights)
	case "coverage":
		return p.coverage(ctx, &p.flags.Coverage)
	case "export":
		return p.export(ctx, &p.flags.Export)
	case "import":
		return p.importFiles(ctx, &p.flags.Import)
	case "verify":
		return p.verify(ctx, &p.flags.Verify)
	case "backup":
		return p.backup(ctx, &p.flags.Backup)
	case "compact":
		return p.compact(ctx, &p.flags.Compact)
	case "forget":
		return p.forget(ctx, &p.flags.Forget)
	case "drift":
		return p.drift(ctx, &p.flags.Drift)
	case "redecode":
		return p.redecode(ctx, &p.flags.Redecode)
	}
	return cli.Usagef("no such command: %s", command)
}

// path is the archive to work on.
func (p *program) path() (string, error) {
	if p.flags.Archive != "" {
		return p.flags.Archive, nil
	}
	dir, err := cli.DataDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "danmaku.db"), nil
}

// existing is the path of an archive that is there.
func (p *program) existing() (string, error) {
	path, err := p.path()
	if err != nil {
		return "", err
	}
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no archive %s; name the file with --archive", printable(path))
	case err != nil:
		return "", err
	}
	return path, nil
}

// open opens the archive for reading; a relay may be writing it.
func (p *program) open(ctx context.Context) (*store.Archive, error) {
	path, err := p.existing()
	if err != nil {
		return nil, err
	}
	return store.OpenReadOnly(ctx, path)
}

// openToWrite opens an archive that is there already.
func (p *program) openToWrite(ctx context.Context) (*store.Archive, error) {
	path, err := p.existing()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, path, store.Options{})
}

// ask opens the archive for reading what is selected. Wrong words are told
// before an archive that is not there.
func (p *program) ask(ctx context.Context, s selection) (*store.Archive, event.Filter, error) {
	f, err := s.filter(p)
	if err != nil {
		return nil, f, err
	}
	a, err := p.open(ctx)
	if err != nil {
		return nil, f, err
	}
	if err := p.longIDs(ctx, a, f.Rooms); err != nil {
		return nil, f, errors.Join(err, a.Close())
	}
	return a, f, nil
}

// longIDs puts long ids in the place of short ones, and tells of rooms that are
// not in the archive.
func (p *program) longIDs(ctx context.Context, a *store.Archive, asked []event.RoomID) error {
	if len(asked) == 0 {
		return nil
	}
	rooms, err := a.Rooms(ctx)
	if err != nil {
		return err
	}
	for i, id := range asked {
		known := slices.IndexFunc(rooms, func(r store.Room) bool { return r.Room == id })
		if known < 0 {
			known = slices.IndexFunc(rooms, func(r store.Room) bool { return r.ShortID == id })
		}
		if known < 0 {
			fmt.Fprintf(p.errs, "archive: room %d is not in the archive\n", id)
			continue
		}
		asked[i] = rooms[known].Room
	}
	return nil
}
