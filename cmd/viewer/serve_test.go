package main

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"danmaku/gui"
	"danmaku/internal/engine"
)

func TestARelayWhoseAddressIsTakenSaysSo(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	l := newLocal(engine.Config{Archive: filepath.Join(t.TempDir(), "a.db"), Log: quiet()}, other.Addr().String())
	collect(t, l)
	_, err = l.Serve(t.Context(), true)
	var taken *gui.PortTakenError
	if !errors.As(err, &taken) || taken.Address != other.Addr().String() || l.State().On {
		t.Errorf("%v, %+v", err, l.State())
	}
}
