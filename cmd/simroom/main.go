// Command simroom is a simulated live platform on loopback: the HTTP calls
// and the comment socket of the real one, with made-up or recorded traffic
// and faults on demand.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/simroom"
)

type flags struct {
	cli.Common
	Listen   string   `help:"Address to listen on; port 0 picks one." default:"127.0.0.1:0" placeholder:"ADDR"`
	Room     []string `help:"A room to simulate: ID, ID/SHORT or ID/SHORT=PROFILE. Repeatable; without it there is one room, 7734200, short 520." placeholder:"ID"`
	Rate     float64  `help:"Events a second in each room, without bursts, in place of the profile's." placeholder:"EVENTS_PER_S"`
	Profile  string   `help:"Load of the rooms: small (0.5/s), event (40/s) or gala (300/s), each with bursts." enum:"small,event,gala" default:"event"`
	Replay   []string `help:"Play this recording instead (XML, JSONL, CSV, raw frames, dated text; gzip or not). It starts when the first client has joined. Several recordings go to the rooms in turn." placeholder:"FILE" sep:"none" type:"existingfile"`
	Speed    string   `help:"How fast a recording is played: a factor, or max for as fast as the clients read; max hurries made-up traffic too." default:"1" placeholder:"X"`
	Protover string   `help:"Send bundles of this version whatever the clients ask for: 0 plain, 2 zlib, 3 brotli." enum:"asked,0,2,3" default:"asked"`
	Seed     uint64   `help:"The same seed says the same things, with the same ids; 0: other things each time, as archives expect of a platform." default:"0"`
	Fault    []string `help:"Something that goes wrong, such as drop@30s; listed above. Repeatable." placeholder:"SPEC"`
	Bundle   int      `help:"At most so many commands in one bundle; 256 is hostile." default:"32" placeholder:"N"`
	Count    int64    `help:"Stop after so many events, when the clients have them, and log what was sent." placeholder:"N"`
}

func main() {
	f := &flags{}
	os.Args = joinFaults(os.Args)
	os.Exit(cli.Main(f.command()))
}

func (f *flags) command() cli.Command {
	return cli.Command{
		Name:  "simroom",
		Help:  "A simulated live platform: join it with --upstream and the address it prints.\n\nFaults: " + simroom.FaultHelp(),
		Flags: f,
		Run:   func(ctx context.Context, _ string, log *slog.Logger) error { return f.run(ctx, log) },
	}
}

// joinFaults writes "--fault -352@0s" as "--fault=-352@0s": else the dash of
// the code would be taken for that of a flag.
func joinFaults(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--fault" && i+1 < len(args) {
			i++
			out = append(out, "--fault="+args[i])
		} else {
			out = append(out, args[i])
		}
	}
	return out
}

// config reads what kong cannot check.
func (f *flags) config(log *slog.Logger) (simroom.Config, error) {
	if f.Seed == 0 {
		f.Seed = uint64(time.Now().UnixNano())
	}
	c := simroom.Config{Profile: f.Profile, Rate: f.Rate, Seed: f.Seed, Count: f.Count, Bundle: f.Bundle, Log: log}
	if f.Rate < 0 || f.Count < 0 {
		return c, cli.Usagef("--rate and --count cannot be negative")
	}
	if f.Bundle < 1 || f.Bundle > 10_000 {
		return c, cli.Usagef("--bundle %d: from 1 to 10000", f.Bundle)
	}
	if f.Speed != "max" {
		speed, err := strconv.ParseFloat(f.Speed, 64)
		if err != nil || speed < 0 {
			return c, cli.Usagef("--speed %s: a factor such as 2.5, or max", f.Speed)
		}
		c.Speed = speed
	}
	c.Rush = f.Speed == "max" && len(f.Replay) == 0
	if n, err := strconv.Atoi(f.Protover); err == nil {
		c.Protover = &n
	}
	for _, text := range f.Fault {
		fault, err := simroom.ParseFault(text)
		if err != nil {
			return c, &cli.UsageError{Err: err}
		}
		c.Faults = append(c.Faults, fault)
	}
	c.Rooms = simroom.Demo().Rooms
	if len(f.Room) > 0 {
		c.Rooms = nil
	}
	for _, text := range f.Room {
		r, err := parseRoom(text)
		if err != nil {
			return c, err
		}
		c.Rooms = append(c.Rooms, r)
	}
	var recordings []*simroom.Recording
	for _, path := range f.Replay {
		r, err := simroom.OpenRecording(path)
		if err != nil {
			return c, err
		}
		log.Info("recording", "file", path, "dialect", r.Dialect())
		recordings = append(recordings, r)
	}
	for i := range c.Rooms {
		if len(recordings) > 0 {
			c.Rooms[i].Recording = recordings[i%len(recordings)]
		}
	}
	return c, nil
}

// parseRoom reads ID[/SHORT][=PROFILE].
func parseRoom(text string) (simroom.Room, error) {
	ids, profile, _ := strings.Cut(text, "=")
	long, short, _ := strings.Cut(ids, "/")
	r := simroom.Room{Profile: profile}
	for _, part := range []struct {
		text string
		to   *event.RoomID
	}{{long, &r.ID}, {short, &r.Short}} {
		if part.text == "" && part.to == &r.Short {
			continue
		}
		n, err := strconv.ParseInt(part.text, 10, 64)
		if err != nil || n <= 0 {
			return r, cli.Usagef("--room %s: %q is not a room id", text, part.text)
		}
		*part.to = event.RoomID(n)
	}
	return r, nil
}

func (f *flags) run(ctx context.Context, log *slog.Logger) error {
	c, err := f.config(log)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return fmt.Errorf("simroom: %w; choose another address with --listen", err)
	}
	listeners := []net.Listener{l}
	addr := l.Addr().(*net.TCPAddr)
	if addr.IP.Equal(net.IPv4(127, 0, 0, 1)) {
		// A second name for the socket, where the system has one, so that
		// clients have hosts to choose between.
		if second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.2:%d", addr.Port)); err == nil {
			listeners = append(listeners, second)
			c.Hosts = []string{"127.0.0.1", "127.0.0.2"}
		}
	}
	s, err := simroom.New(c)
	if err != nil {
		return &cli.UsageError{Err: err}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	h := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	failed := make(chan error, len(listeners)+1)
	for _, l := range listeners {
		go func() {
			if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("simroom: serve: %w", err)
			}
		}()
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Run(ctx) // nil, always
	}()
	log.Info("the simulated platform is ready", "url", "http://"+l.Addr().String(), "rooms", len(c.Rooms), "seed", c.Seed)
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	case <-s.Finished():
		report(log, s)
		if f.Count > 0 {
			s.Farewell(ctx)
			break
		}
		select { // a recording has ended: the room stays open, and silent
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	if f.Count == 0 || ctx.Err() != nil {
		report(log, s)
	}
	stop()
	<-ended
	h.Close()
	return err
}

// report logs what each room has sent.
func report(log *slog.Logger, s *simroom.Server) {
	for _, sent := range s.Sent() {
		attrs := []any{"room", sent.Room, "messages", sent.Messages, "commands", sent.Commands, "events", sent.Events, "unheard", sent.Unheard,
			"checksum", strconv.FormatUint(uint64(sent.Checksum), 16)}
		for _, k := range event.Kinds() {
			if n := sent.Kinds[k]; n > 0 {
				attrs = append(attrs, string(k), n)
			}
			if n := sent.Repeats[k]; n > 0 {
				attrs = append(attrs, "repeats."+string(k), n)
			}
			if m := sent.Money[k]; m > 0 {
				attrs = append(attrs, "money."+string(k), int64(m))
			}
		}
		log.Info("sent", attrs...)
	}
}
