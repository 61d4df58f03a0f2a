// Command relay is the headless daemon: many rooms in, archive, re-broadcast
// out.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"danmaku/event"
	"danmaku/internal/cli"
	"danmaku/internal/engine"
)

const help = `Joins live rooms, keeps every event in an archive and re-broadcasts them to
overlays, bots and other programs on this machine.

Try it without an account:  relay --demo

Rooms by long or short id:  relay --room 21452505 --room 6

By the official Open Live platform:  relay --open-live-file FILE, with lines access_key_id = …,
access_key_secret = …, app_id = … and, for each streamer, identity_code = …; or the same as
DANMAKU_OPEN_LIVE_ACCESS_KEY_ID and so on in the environment.`

type flags struct {
	cli.Common
	Room       []event.RoomID `help:"Room to join, by long or short id; repeatable." placeholder:"ID"`
	Listen     string         `help:"Address to serve on; port 0 picks one." default:"127.0.0.1:32668" placeholder:"ADDR"`
	Archive    *string        `help:"Archive file; an empty string keeps nothing. Default: danmaku.db in the data folder." placeholder:"FILE"`
	RawKeep    time.Duration  `help:"How long commands are kept as received; 0: for ever." placeholder:"DURATION"`
	Demo       bool           `help:"Start a simulated platform inside and join its room."`
	Upstream   string         `help:"Base address to use instead of every one of the platform's." placeholder:"URL"`
	CookieFile string         `help:"File with the cookies of a logged-in account, readable by you alone." placeholder:"FILE"`
	OpenLive   string         `name:"open-live-file" help:"File with the access key, app id and identity codes of the official Open Live platform, readable by you alone." placeholder:"FILE"`
	UserAgent  string         `help:"What to call ourselves to the platform; default: a current browser." placeholder:"TEXT"`
	Redundant  bool           `help:"Keep two connections for each room."`
	TokenFile  string         `help:"File of access tokens, one a line; needed to listen beyond this machine." placeholder:"FILE"`
	TLSCert    string         `name:"tls-cert" help:"Certificate to serve TLS with." placeholder:"FILE"`
	TLSKey     string         `name:"tls-key" help:"Key of the certificate." placeholder:"FILE"`
	NATS       string         `name:"nats" help:"NATS server to publish every event to, as danmaku.ROOM.KIND; with a password rather by DANMAKU_NATS." placeholder:"URL"`
	Origin     []string       `name:"allow-origin" help:"Origin of web pages that may read the relay; repeatable." placeholder:"ORIGIN"`

	Serve  struct{} `cmd:"" default:"withargs" help:"Run the relay; this is what relay without a command does."`
	Rooms  rooms    `cmd:"" help:"List, add or remove the rooms of a running relay."`
	Login  login    `cmd:"" help:"Log in by QR code and save the cookies in a file only you can read."`
	Doctor struct{} `cmd:"" help:"Check cookies, clock, disk, ports and the platform, and say what to do."`
}

func main() {
	var f flags
	os.Exit(cli.Main(cli.Command{Name: "relay", Help: help, Flags: &f, Run: func(ctx context.Context, command string, log *slog.Logger) error {
		switch verb, _, _ := strings.Cut(command, " "); verb {
		case "rooms":
			return f.Rooms.run(ctx, &f, command, os.Stdout)
		case "login":
			return f.Login.run(ctx, &f, log)
		case "doctor":
			return doctor(ctx, &f, os.Stdout)
		}
		return run(ctx, &f, log)
	}}))
}

func run(ctx context.Context, f *flags, log *slog.Logger) (err error) {
	for _, room := range f.Room {
		if room <= 0 {
			return cli.Usagef("--room %d: a room id is a positive number", room)
		}
	}
	archive, remove, err := archiveFile(f)
	if err != nil {
		return err
	}
	defer remove()
	device, err := deviceFile(f)
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Config{
		Rooms: f.Room, Archive: archive, RawKeep: f.RawKeep, Upstream: f.Upstream, Demo: f.Demo, CookieFile: f.CookieFile,
		DeviceFile: device, OpenLiveFile: f.OpenLive, UserAgent: f.UserAgent, Redundant: f.Redundant, NATS: f.NATS, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	r, err := e.OpenRelay(ctx, engine.Service{
		Listen: f.Listen, TokenFile: f.TokenFile, TLSCert: f.TLSCert, TLSKey: f.TLSKey, AllowOrigins: f.Origin, Log: log,
	})
	if err != nil {
		return err
	}
	log.Info("ready", "url", r.URL(), "archive", archive, "rooms", len(f.Room))

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	var served error
	wg.Go(func() {
		// The relay ends with the hub, when all that was received is published.
		served = r.Run(context.WithoutCancel(ctx))
		stop()
	})
	err = e.Run(ctx)
	wg.Wait()
	log.Info("stopped")
	return errors.Join(err, served)
}

// deviceFile is where the device cookie is kept. One of a simulated platform is
// of no use to the real one.
func deviceFile(f *flags) (string, error) {
	if f.Demo || f.Upstream != "" {
		return "", nil
	}
	dir, err := cli.DataDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "device.txt"), nil
}

// archiveFile is where events are kept. A demo's archive goes when it ends,
// unless a file was named: invented comments do not belong among real ones.
func archiveFile(f *flags) (path string, remove func(), err error) {
	remove = func() {}
	switch {
	case f.Archive != nil:
		return *f.Archive, remove, nil
	case f.Demo:
		dir, err := os.MkdirTemp("", "danmaku-demo-")
		if err != nil {
			return "", remove, fmt.Errorf("demo archive: %w", err)
		}
		return filepath.Join(dir, "danmaku.db"), func() { _ = os.RemoveAll(dir) }, nil
	}
	dir, err := cli.DataDir()
	if err != nil {
		return "", remove, err
	}
	return filepath.Join(dir, "danmaku.db"), remove, nil
}
