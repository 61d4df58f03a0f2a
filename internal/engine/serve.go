package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"danmaku/internal/cli"
	"danmaku/internal/relay"
)

// Service says how the relay is served.
type Service struct {
	Listen       string // host:port; port 0 picks one
	TokenFile    string // "": no token is asked, and only loopback is allowed
	TLSCert      string // both or none
	TLSKey       string
	AllowOrigins []string
	Log          *slog.Logger
}

// Relay is a relay with its listener, open but not serving yet.
type Relay struct {
	relay    *relay.Relay
	listener net.Listener
	tls      *tls.Config
	url      string
}

// OpenRelay checks the service's configuration and takes its address. An
// address that is not loopback is refused without a token file.
func (e *Engine) OpenRelay(ctx context.Context, s Service) (*Relay, error) {
	c := relay.Config{Hub: e.Hub, Rooms: e.Collector, Log: s.Log, Version: cli.Version(), AllowOrigins: s.AllowOrigins}
	e.answers(&c)
	if s.TokenFile != "" {
		var err error
		if c.Tokens, err = ReadTokens(s.TokenFile); err != nil {
			return nil, err
		}
	}
	r := &Relay{}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return nil, cli.Usagef("--tls-cert and --tls-key belong together: give both or none")
	}
	if s.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("TLS certificate: %w", err)
		}
		// The feed is a WebSocket, which HTTP/2 as net/http has it cannot carry.
		r.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	// What was bound decides, not what was written: a name may mean anything.
	if at, ok := l.Addr().(*net.TCPAddr); c.Tokens == nil && (!ok || !at.IP.IsLoopback()) {
		return nil, errors.Join(cli.Usagef("--listen %s can be reached from other machines: give a file of access tokens with --token-file, or listen on 127.0.0.1", s.Listen), l.Close())
	}
	r.listener, r.relay = l, relay.New(c)
	scheme := "http"
	if r.tls != nil {
		scheme = "https"
	}
	r.url = scheme + "://" + dialable(l.Addr())
	return r, nil
}

// ReadTokens reads a file of access tokens; see relay.ParseTokens.
func ReadTokens(path string) (*relay.Tokens, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	tokens, err := relay.ParseTokens(text)
	if err != nil {
		return nil, fmt.Errorf("token file %s: %w", path, err)
	}
	return tokens, nil
}

// dialable names an address a program on this machine can dial: 0.0.0.0 is
// not one.
func dialable(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil || !ap.Addr().Unmap().IsUnspecified() {
		return a.String()
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), ap.Port()).String()
}

// URL is the base address, such as http://127.0.0.1:32668.
func (r *Relay) URL() string { return r.url }

// Subscribers is how many read at the moment.
func (r *Relay) Subscribers() int { return r.relay.Subscribers() }

// Run serves until the hub closes or ctx ends, then lets subscribers finish.
func (r *Relay) Run(ctx context.Context) error {
	hs := &http.Server{
		Handler:           r.relay.Handler(),
		TLSConfig:         r.tls,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnState:         r.relay.ConnState,
	}
	served := make(chan error, 1)
	go func() {
		if r.tls != nil {
			served <- hs.ServeTLS(r.listener, "", "")
			return
		}
		served <- hs.Serve(r.listener)
	}()
	running, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- r.relay.Run(running) }()

	var errs []error
	serving := true
	select {
	case err := <-stopped:
		errs = append(errs, err)
	case err := <-served: // the listener broke
		serving = false
		errs = append(errs, err)
		stop()
		errs = append(errs, <-stopped)
	}
	// Subscribers are gone by now; a plain request may take a moment longer.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := hs.Shutdown(grace); err != nil {
		errs = append(errs, hs.Close())
	}
	if serving {
		errs = append(errs, <-served)
	}
	for i, err := range errs {
		if errors.Is(err, http.ErrServerClosed) || ctx.Err() != nil && errors.Is(err, context.Canceled) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// Close gives the address back without having served.
func (r *Relay) Close() error { return r.listener.Close() }
