// Command viewer is the desktop window: live rooms with their comments, gifts
// and super chats, and the archive behind them.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"danmaku/event"
	"danmaku/gui"
	"danmaku/gui/prelude"
	"danmaku/internal/cli"
	"danmaku/internal/engine"
)

const help = `Shows the comments, gifts and super chats of live rooms in a window, and keeps
them in an archive.

Try it without an account:  viewer --demo
Watch through a relay:      viewer --relay http://127.0.0.1:32668`

// appID names the folder of the settings.
const appID = "danmaku.viewer"

type flags struct {
	cli.Common
	Room       []event.RoomID `help:"Room to watch, by long or short id; repeatable. Default: the rooms of last time." placeholder:"ID"`
	Relay      string         `help:"Watch through a running relay instead of joining the platform." placeholder:"URL"`
	Archive    *string        `help:"Archive file; an empty string keeps nothing. Default: danmaku.db in the data folder." placeholder:"FILE"`
	Demo       bool           `help:"Start a simulated platform inside and watch its room."`
	Upstream   string         `help:"Base address to use instead of every one of the platform's." placeholder:"URL"`
	CookieFile string         `help:"File with the cookies of a logged-in account, readable by you alone." placeholder:"FILE"`
	OpenLive   string         `name:"open-live-file" help:"File with the access key, app id and identity codes of the official Open Live platform, readable by you alone." placeholder:"FILE"`
	TokenFile  string         `help:"With --relay, a file whose first line is its access token; else the token file of the relay inside." placeholder:"FILE"`
	Listen     string         `help:"Address of the relay inside, when it is switched on." default:"127.0.0.1:32668" placeholder:"ADDR"`
}

func main() {
	spareMemory()
	var f flags
	os.Exit(cli.Main(cli.Command{Name: "viewer", Help: help, Flags: &f, Run: func(ctx context.Context, _ string, log *slog.Logger) error {
		return run(ctx, &f, log)
	}}))
}

func run(ctx context.Context, f *flags, log *slog.Logger) error {
	if err := check(f); err != nil {
		return err
	}
	dir, err := cli.DataDir()
	if err != nil {
		return err
	}
	// The toolkit makes its own folder, but not the one it is in.
	cache, err := os.UserCacheDir()
	if err == nil {
		_ = os.MkdirAll(cache, 0o700)
		cache = filepath.Join(cache, "danmaku")
	}
	what, own := opens(f, dir)
	name := instanceName(what)
	var first *instance
	if own {
		switch first, err = claim(ctx, dir, name, call{Rooms: f.Room}); {
		case errors.Is(err, errRunning):
			log.Info("the viewer is running already: it was brought to the front")
			return nil
		case err != nil:
			log.Warn("a second start would not find this one", "err", err)
		}
	}
	rec, crash, err := startRecorder(dir, name, time.Now())
	if err != nil {
		log.Warn("a crash would not be recorded", "err", err)
	} else {
		log = rec.logger(log)
	}
	a := app.NewWithID(appID)
	keeps := &kept{data: dir, cache: cache, settings: a.Storage().RootURI().Path()}
	c := gui.Config{App: a, Locale: prelude.Locale(), Open: openOutside, DataDir: dir, SettingsDir: keeps.settings, CacheDir: cache, Version: cli.Version(), Log: log, Data: keeps, Crash: crash}
	c.Notify = func(title, text string) { a.SendNotification(fyne.NewNotification(title, text)) }
	c.Notifies = notifies
	c.CPU = processorTime
	c.Sound, c.SoundBy = findSound(cache)
	if f.Relay != "" {
		r, err := newRemote(f, log)
		if err != nil {
			return err
		}
		c.Backend, c.Archive = r, r
	} else {
		archive, remove, err := archiveFile(f, dir)
		if err != nil {
			return err
		}
		defer remove()
		ec := engine.Config{Rooms: f.Room, Archive: archive, Upstream: f.Upstream, Demo: f.Demo, CookieFile: f.CookieFile, OpenLiveFile: f.OpenLive, CodesLater: true, Hub: spareLog(), Cache: archiveCache, Log: log}
		if f.Upstream == "" && !f.Demo { // the device cookie of a simulated platform is of no use to the real one
			ec.DeviceFile = filepath.Join(dir, "device.txt")
		}
		var who *account
		if !f.Demo {
			who = newAccount(f, dir, log)
			ec.CookieFile, ec.Codes = who.given(), who.codes.all()
			c.Account = who
		}
		l := newLocal(ec, f.Listen)
		l.tokens = f.TokenFile
		if who != nil {
			who.line, l.leaves = l, who.left
		}
		c.Backend, c.Relay = l, l
		if archive != "" {
			c.Archive = l
		}
		if !f.Demo {
			keeps.archive = archive
		}
		c.PictureHosts = l.hosts
		if !f.Demo {
			c.Demo = l.startDemo
		}
		c.Restore = len(f.Room) == 0 && !f.Demo
	}
	w := gui.New(c)
	listening, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { trimMemory(listening) })
	if first != nil {
		wg.Go(func() { first.Run(listening, func(c call) { w.Raise(c.Rooms) }) })
	}
	err = show(ctx, a, w)
	stop()
	wg.Wait()
	if rec != nil {
		rec.stop() // not deferred: a panic comes past here too
	}
	keeps.finish(log)
	return err
}

// opens tells what this start shows and keeps, and whether it may do so alone:
// a demo keeps nothing, so there may be many.
func opens(f *flags, dir string) (what string, own bool) {
	switch {
	case f.Relay != "":
		return f.Relay, true
	case f.Archive != nil && *f.Archive != "":
		what, err := filepath.Abs(*f.Archive)
		if err != nil {
			what = *f.Archive
		}
		if what == filepath.Join(dir, "danmaku.db") {
			what = ""
		}
		return what, true
	case f.Demo, f.Archive != nil:
		return "", false
	}
	return "", true
}

// show runs the window until it is closed or ctx ends.
func show(ctx context.Context, a fyne.App, w *gui.Window) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	started := false
	dropStopHook(a)
	a.Lifecycle().SetOnStarted(func() {
		started = true
		go func() {
			err := w.Run(ctx)
			if err != nil && ctx.Err() == nil {
				w.Fail(err)
			}
			ended <- err
		}()
		context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	})
	w.Show()
	runApp(a)
	cancel()
	if !started {
		return errors.New("the window could not be opened; is OpenGL there?")
	}
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// runApp runs the toolkit until it ends. On a machine that has no file watches
// left, the toolkit (fyne v2.8.0) goes on without one and then, as the last
// thing it does, closes it all the same: that panic is no crash of ours.
func runApp(a fyne.App) {
	defer func() {
		if p := recover(); p != nil && !bytes.Contains(debug.Stack(), []byte(".stopWatching(")) {
			panic(p)
		}
	}()
	a.Run()
}

// dropStopHook takes away what the toolkit (fyne v2.8.0) runs after its last
// frame: the saving of settings of its own, which nobody here has. The toolkit
// hands it to its main loop by way of another goroutine while the loop is ending;
// when the loop ends first, nobody runs it, and App.Run waits for it for ever.
func dropStopHook(a fyne.App) {
	if l, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
}

func check(f *flags) error {
	for _, room := range f.Room {
		if room <= 0 {
			return cli.Usagef("--room %d: a room id is a positive number", room)
		}
	}
	if f.Relay != "" && (f.Demo || f.Upstream != "" || f.Archive != nil || f.CookieFile != "") {
		return cli.Usagef("with --relay the relay joins and keeps: --demo, --upstream, --archive and --cookie-file belong to it")
	}
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("there is no display (DISPLAY and WAYLAND_DISPLAY are empty): start it in a desktop session, or use the relay and its web page")
	}
	return nil
}

// archiveFile is where events are kept. A demo's archive goes when it ends,
// unless a file was named: invented comments do not belong among real ones.
func archiveFile(f *flags, dir string) (path string, remove func(), err error) {
	remove = func() {}
	switch {
	case f.Archive != nil:
		return *f.Archive, remove, nil
	case f.Demo:
		return demoArchive()
	}
	return filepath.Join(dir, "danmaku.db"), remove, nil
}

func demoArchive() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "danmaku-demo-")
	if err != nil {
		return "", func() {}, fmt.Errorf("demo archive: %w", err)
	}
	return filepath.Join(dir, "danmaku.db"), func() { _ = os.RemoveAll(dir) }, nil
}
