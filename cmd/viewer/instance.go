package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"danmaku/event"
)

// instance is the claim of one program to a window and what it keeps: a second
// start finds it, hands over what it was asked for, and ends.
type instance struct {
	lock     *os.File
	listener net.Listener
}

// errRunning: another program has the claim, and was told to come forward.
var errRunning = errors.New("another viewer is running")

// call is what a second start says to the first.
type call struct {
	Rooms []event.RoomID `json:"rooms,omitempty"` // to watch too
}

const (
	callTimeout = 10 * time.Second // a busy machine takes its time
	callLimit   = 64 << 10
	// socketLength is how long the address of a Unix socket may be; systems
	// differ, none takes less.
	socketLength = 100
)

// instanceName names a claim by what it is to: two windows that watch through
// different relays do not disturb each other.
func instanceName(to string) string {
	if to == "" {
		return "viewer"
	}
	return fmt.Sprintf("viewer-%x", sha256.Sum256([]byte(to)))[:len("viewer-")+8]
}

// claim takes the claim of a name in a folder. When another program has it,
// that one is told and errRunning returned.
func claim(ctx context.Context, dir, name string, c call) (*instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, name+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	address := socketAddress(dir, name)
	if err := lockFile(lock); err != nil {
		_ = lock.Close()
		if err := tell(ctx, address, c); err != nil {
			return nil, fmt.Errorf("another viewer is running and does not answer: %w", err)
		}
		return nil, errRunning
	}
	_ = os.Remove(address) // of a program that did not end well
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", address)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return &instance{lock: lock, listener: l}, nil
}

func socketAddress(dir, name string) string {
	address := filepath.Join(dir, name+".sock")
	if len(address) > socketLength {
		address = filepath.Join(os.TempDir(), instanceName(address)+".sock")
	}
	return address
}

// tell says something to the program that has the claim. It may be just about
// to listen.
func tell(ctx context.Context, address string, c call) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", address)
		if err != nil {
			select {
			case <-time.After(50 * time.Millisecond):
				continue
			case <-ctx.Done():
				return err
			}
		}
		defer conn.Close()
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		if err := json.NewEncoder(conn).Encode(c); err != nil {
			return err
		}
		_, err = bufio.NewReader(conn).ReadString('\n')
		return err
	}
}

// Run hands what later starts say to heard, one after the other, until ctx
// ends; then the claim is given up.
func (i *instance) Run(ctx context.Context, heard func(call)) {
	defer i.close()
	defer context.AfterFunc(ctx, func() { _ = i.listener.Close() })()
	for {
		conn, err := i.listener.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(callTimeout))
		line, err := bufio.NewReaderSize(conn, callLimit).ReadSlice('\n')
		var c call
		if err == nil && json.Unmarshal(line, &c) == nil {
			heard(c)
			_, _ = conn.Write([]byte("ok\n"))
		}
		_ = conn.Close()
	}
}

func (i *instance) close() {
	_ = i.listener.Close() // removes the socket
	_ = os.Remove(i.lock.Name())
	_ = i.lock.Close()
}
