// Package cli is what the commands have in common on their outside: flags
// with an environment twin and a key in a TOML file, exit codes, the log, and
// interrupts.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes of every command.
const (
	ExitDone   = 0
	ExitFailed = 1
	ExitUsage  = 2
)

// Common holds the flags every command has; embed it in the command's struct.
type Common struct {
	Config    kong.ConfigFlag  `help:"TOML file whose keys are the names of the flags." placeholder:"FILE"`
	LogFormat string           `help:"How log lines look on standard error: ${enum}." enum:"text,json" default:"text"`
	LogLevel  string           `help:"The least important lines to log: ${enum}." enum:"debug,info,warn,error" default:"info"`
	Version   kong.VersionFlag `help:"Print the version and exit."`
}

func (c *Common) common() *Common { return c }

// Command is what Main runs.
type Command struct {
	Name string // as typed, such as "relay"
	Help string // one or two sentences; --help shows them first
	// Flags points to a struct for kong that embeds Common.
	Flags interface{ common() *Common }
	// Others are keys and tables of the configuration file that are for other
	// programs: they have no effect, also where a flag has the same name. A
	// subcommand's flag of that name has a key in the table of the subcommand.
	Others []string
	// Run does the work; path is the chosen subcommand ("search"), "" without
	// any. It returns when ctx ends. A UsageError exits 2, any other error 1.
	Run func(ctx context.Context, path string, log *slog.Logger) error
}

// Recording are the keys and tables of the relay and the viewer in a configuration
// file that all programs share, without those that every program has.
var Recording = []string{"room", "listen", "raw-keep", "demo", "upstream", "cookie-file", "open-live-file", "user-agent", "redundant", "token-file",
	"tls-cert", "tls-key", "nats", "allow-origin", "relay", "serve", "login", "doctor"}

// UsageError is a mistake in how the command was called.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// Main parses the process's arguments, runs c and returns the exit code. The
// first interrupt ends the context; a second one ends the process at once.
func Main(c Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the next interrupt has its default effect
	return Run(ctx, c, os.Args[1:], os.Stdout, os.Stderr)
}

type exit int

// Run is Main with its surroundings handed in.
func Run(ctx context.Context, c Command, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exit:
			code = int(e)
		default:
			panic(e)
		}
	}()
	parser, err := kong.New(c.Flags, kong.Name(c.Name), kong.Description(c.Help), kong.Writers(stdout, stderr),
		kong.DefaultEnvars("DANMAKU"), kong.Configuration(func(r io.Reader) (kong.Resolver, error) { return loadTOML(r, c.Others) }), kong.Vars{"version": c.Name + " " + Version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		panic("cli: " + c.Name + ": " + err.Error()) // a mistake in the struct tags
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		var parse *kong.ParseError
		if errors.As(err, &parse) {
			parsed = parse.Context
		}
		fmt.Fprintf(stderr, "%s: %v\nTry %s --help.\n", c.Name, err, chosen(c, parsed))
		return ExitUsage
	}
	log := newLog(c.Flags.common(), stderr)
	err = c.Run(ctx, parsed.Command(), log)
	var usage *UsageError
	switch {
	case err == nil, errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return ExitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v\nTry %s --help.\n", c.Name, err, chosen(c, parsed))
		return ExitUsage
	}
	fmt.Fprintf(stderr, "%s: %v\n", c.Name, err)
	return ExitFailed
}

// chosen is the command to ask for help: that of the mistake, as far as it is known.
func chosen(c Command, parsed *kong.Context) string {
	if parsed != nil {
		if node := parsed.Selected(); node != nil {
			return node.FullPath()
		}
	}
	return c.Name
}

func newLog(c *Common, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		panic("cli: log level " + c.LogLevel) // the enum lets no other through
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// Version tells the program's version and, where the build knows it, commit.
func Version() string {
	v := "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v = m
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " (" + s.Value[:12] + ")"
		}
	}
	return v
}

// DataDir is the folder for what a user keeps: archives, credentials.
func DataDir() (string, error) {
	if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "danmaku"), nil
	}
	if runtime.GOOS != "linux" {
		d, err := os.UserConfigDir() // Application Support, AppData
		if err != nil {
			return "", fmt.Errorf("cli: data folder: %w; name the archive with --archive", err)
		}
		return filepath.Join(d, "danmaku"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("cli: data folder: %w; name the archive with --archive", err)
	}
	return filepath.Join(home, ".local", "share", "danmaku"), nil
}
