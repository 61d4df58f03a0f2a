package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"danmaku/event"
	"danmaku/internal/bilibili"
	"danmaku/internal/engine"
	"danmaku/store"
)

// finding is what one check of the doctor came to.
type finding struct {
	what   string
	good   bool
	detail string // what was seen
	advice string // what to do; only of what is not good
}

// errUnwell says that a check failed; the findings have told which.
var errUnwell = errors.New("not all is well")

// doctor checks everything a relay with these flags depends on, and changes
// nothing.
func doctor(ctx context.Context, f *flags, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	archive, remove, err := archiveFile(f)
	if err != nil {
		return err
	}
	defer remove()
	findings := []finding{checkListen(ctx, f), checkTokens(f), checkArchive(ctx, archive), checkSpace(archive), checkCookies(f), checkOpenLive(f)}
	findings = append(findings, checkPlatform(ctx, f)...)
	ill := false
	for _, x := range findings {
		mark := "ok  "
		if !x.good {
			mark, ill = "FAIL", true
		}
		fmt.Fprintf(w, "%s  %-12s %s\n", mark, x.what, plain(x.detail))
		if !x.good {
			fmt.Fprintf(w, "%18s → %s\n", "", plain(x.advice))
		}
	}
	if ill {
		return errUnwell
	}
	return nil
}

func checkListen(ctx context.Context, f *flags) finding {
	r := finding{what: "address"}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.Listen)
	if err == nil {
		r.good, r.detail = true, f.Listen+" is free"
		_ = l.Close()
		return r
	}
	if c, e := dialRelay(f); e == nil {
		var answer struct{ Rooms []event.Status }
		if c.call(ctx, http.MethodGet, "/v1/rooms", &answer) == nil {
			r.good, r.detail = true, fmt.Sprintf("a relay runs at %s; rooms: %d", f.Listen, len(answer.Rooms))
			return r
		}
	}
	r.detail = err.Error()
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		r.advice = "that is no address of this machine: choose another with --listen, 127.0.0.1:PORT for this machine alone"
	case errors.Is(err, syscall.EACCES):
		r.advice = "ports below 1024 need special rights: choose a higher one with --listen 127.0.0.1:PORT"
	case errors.Is(err, syscall.EADDRINUSE):
		r.advice = "another program has this port: choose another with --listen 127.0.0.1:PORT"
	default:
		r.advice = "choose another with --listen 127.0.0.1:PORT"
	}
	return r
}

func checkTokens(f *flags) finding {
	r := finding{what: "access", good: true, detail: "no token is asked; only programs on this machine reach the relay"}
	host, _, err := net.SplitHostPort(f.Listen)
	if ip := net.ParseIP(host); err == nil && f.TokenFile == "" && (host == "" || ip != nil && !ip.IsLoopback()) {
		return finding{what: "access", detail: f.Listen + " can be reached from other machines and no token is asked",
			advice: "give a file of access tokens with --token-file, or listen on 127.0.0.1"}
	}
	if f.TokenFile == "" {
		return r
	}
	if _, err := engine.ReadTokens(f.TokenFile); err != nil {
		return finding{what: "access", detail: err.Error(), advice: "write lines such as: read TOKEN, admin TOKEN; make tokens with openssl rand -hex 24"}
	}
	r.detail = "tokens of " + f.TokenFile + " are asked"
	if bilibili.OpenToOthers(f.TokenFile) {
		return finding{what: "access", detail: "other users of this machine can read " + f.TokenFile, advice: "chmod 600 " + f.TokenFile}
	}
	return r
}

func checkArchive(ctx context.Context, path string) finding {
	r := finding{what: "archive", good: true}
	if path == "" {
		r.detail = "none: nothing is kept"
		return r
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		dir := existing(filepath.Dir(path))
		probe, err := os.CreateTemp(dir, ".danmaku-doctor-*")
		if err != nil {
			return finding{what: "archive", detail: "no file can be made in " + dir + ": " + cause(err).Error(), advice: "make " + dir + " writable, or name another file with --archive"}
		}
		_ = probe.Close()
		_ = os.Remove(probe.Name())
		r.detail = path + " will be made"
		return r
	}
	a, err := store.OpenReadOnly(ctx, path)
	if err != nil {
		return finding{what: "archive", detail: err.Error(), advice: "name another file with --archive, or restore this one from a backup"}
	}
	defer a.Close()
	last, err := a.LastSeq(ctx)
	if err != nil {
		return finding{what: "archive", detail: err.Error(), advice: "check it with: archive verify --archive " + path}
	}
	r.detail = fmt.Sprintf("%s, %d events so far", path, last)
	return r
}

// cause is an error without the name of a file that only the check has made.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// lowSpace is when to speak up: about half a year of a busy room.
const lowSpace = 5 << 30

func checkSpace(path string) finding {
	r := finding{what: "disk", good: true, detail: "nothing is kept, none is needed"}
	if path == "" {
		return r
	}
	dir := existing(filepath.Dir(path))
	free, err := freeSpace(dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		r.detail = "free space cannot be told on this system"
	case err != nil:
		return finding{what: "disk", detail: err.Error(), advice: "is the disk of " + dir + " there?"}
	case free < lowSpace:
		return finding{what: "disk", detail: fmt.Sprintf("%.1f GB free in %s", float64(free)/1e9, dir),
			advice: "a busy room takes about 1 GB a month; free some space, or keep raw commands for a while only: --raw-keep 720h"}
	default:
		r.detail = fmt.Sprintf("%.0f GB free in %s", float64(free)/1e9, dir)
	}
	return r
}

// existing is the nearest folder above dir that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func checkCookies(f *flags) finding {
	r := finding{what: "login", good: true, detail: "none: the platform hides names and leaves comments out; log in with: relay login"}
	if f.CookieFile == "" {
		return r
	}
	cookies, err := bilibili.ReadCookies(f.CookieFile)
	switch {
	case err != nil:
		return finding{what: "login", detail: err.Error(), advice: "log in again: relay login --cookie-file " + f.CookieFile}
	case bilibili.OpenToOthers(f.CookieFile):
		return finding{what: "login", detail: "other users of this machine can read " + f.CookieFile, advice: "chmod 600 " + f.CookieFile}
	case !cookies.LoggedIn():
		return finding{what: "login", detail: f.CookieFile + " holds no login", advice: "log in: relay login --cookie-file " + f.CookieFile}
	}
	r.detail = "cookies of an account in " + f.CookieFile
	return r
}

func checkOpenLive(f *flags) finding {
	r := finding{what: "open live", good: true, detail: "not used"}
	access, err := bilibili.ReadAccess(f.OpenLive, os.Getenv)
	switch {
	case f.Demo:
	case err != nil:
		return finding{what: r.what, detail: err.Error(), advice: "relay --help says what the file holds"}
	case f.OpenLive != "" && bilibili.OpenToOthers(f.OpenLive):
		return finding{what: r.what, detail: "other users of this machine can read " + f.OpenLive, advice: "chmod 600 " + f.OpenLive}
	case !access.Empty():
		r.detail = fmt.Sprintf("app %d, %d identity codes; whether the platform accepts them shows when the relay starts", access.AppID, len(access.Codes))
	}
	return r
}

// clockSlack is how far our clock may be from the platform's before signed
// calls and recorded times suffer.
const clockSlack = 30 * time.Second

// checkPlatform asks the platform what a session would ask first: each call
// once.
func checkPlatform(ctx context.Context, f *flags) []finding {
	if f.Demo {
		return []finding{{what: "platform", good: true, detail: "a simulated one is started by --demo"}}
	}
	clock := finding{what: "clock", good: true}
	c := bilibili.Config{Upstream: f.Upstream, UserAgent: f.UserAgent}
	c.Transport = dateKeeper{http.DefaultTransport, func(there time.Time) {
		off := time.Since(there).Round(time.Second)
		clock.detail = fmt.Sprintf("%v from the platform's", off)
		if off.Abs() > clockSlack {
			clock.good, clock.advice = false, "set the machine's clock, for example: timedatectl set-ntp true"
		}
	}}
	if f.CookieFile != "" {
		if cookies, err := bilibili.ReadCookies(f.CookieFile); err == nil {
			c.Cookies = cookies
		}
	}
	p, err := bilibili.New(c)
	if err != nil {
		return []finding{{what: "platform", detail: err.Error(), advice: "write --upstream http://HOST:PORT"}}
	}
	defer p.CloseIdle()
	room := event.RoomID(1)
	if len(f.Room) > 0 {
		room = f.Room[0]
	}
	reach := finding{what: "platform"}
	s, err := p.Room(ctx, room)
	switch {
	case err == nil:
		reach.good, reach.detail = true, fmt.Sprintf("room %d is %q by %q", s.Room, s.Title, s.Streamer)
	case errors.Is(err, bilibili.ErrNoRoom):
		reach.good, reach.detail = len(f.Room) == 0, fmt.Sprintf("it answers, but knows no room %d", room)
		reach.advice = "check the number in the address of the live room"
	default:
		reach.detail, reach.advice = err.Error(), "is this machine online, and does a proxy or firewall stand between?"
	}
	found := []finding{reach}
	if err == nil {
		token := finding{what: "token"}
		endpoint, err := p.Endpoint(ctx, s.Room)
		switch {
		case err != nil:
			token.detail, token.advice = err.Error(), "wait some minutes; log in (relay login) if it goes on"
		case endpoint.Expired:
			token.detail, token.advice = "the platform no longer accepts the login", "log in again: relay login --cookie-file "+f.CookieFile
		default:
			token.good, token.detail = true, fmt.Sprintf("given, with %d comment servers", len(endpoint.URLs))
		}
		found = append(found, token)
	}
	if clock.detail == "" {
		clock.detail = "not compared: the platform told no time"
	}
	return append(found, clock)
}

// dateKeeper tells the time in the answers that pass.
type dateKeeper struct {
	http.RoundTripper
	tell func(time.Time)
}

func (d dateKeeper) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.RoundTripper.RoundTrip(req)
	if err == nil {
		if at, e := http.ParseTime(resp.Header.Get("Date")); e == nil {
			d.tell(at)
		}
	}
	return resp, err
}
